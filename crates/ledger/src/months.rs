//! A count month by month: the value at the end of each month, and what each month added.
//! Both come from [`figure`], so that the last month agrees with every other page.

use campaign::definition::Indicator;
use model::month::Month;

use crate::{
    figure::{Balances, Question, figure},
    forecast::{Course, MonthEnd},
};

/// The months of the year asked for up to `question.through`; `None` for what
/// does not run month by month. `balances` must hold the unit's months.
pub fn months(question: &Question<'_>, indicator: &Indicator, balances: &Balances) -> Option<Vec<MonthEnd>> {
    let through = question.through;
    let course = Course::of_indicator(
        (question.definition, question.campaign),
        indicator,
        question.readings,
        through,
    )?;
    let at = |month: Month| {
        figure(&Question { through: month, ..question.clone() }, indicator, balances).value.unwrap_or(0.0)
    };
    let january = Month::january(through.year());
    let mut before = match course {
        Course::FromNothing { first, .. } if first == january => 0.0,
        _ => at(Month::december(through.year() - 1)),
    };
    let months = std::iter::successors(Some(january), |month| Some(month.next()));
    let step = |month| {
        let value = at(month);
        MonthEnd { month, added: value - std::mem::replace(&mut before, value), value }
    };
    Some(months.take_while(|month| *month <= through).map(step).collect())
}
