//! Forecasts: the value of a count at the end, if it goes on as before.
//!
//! The method is a straight line at the **average monthly pace**:
//!
//! * a count *to date* has grown from nothing since the campaign's first month:
//!   its pace is its value ÷ the months since then, and the line runs to the
//!   campaign's last month;
//! * a count *of a year* begins anew each January: its pace is its value ÷ the
//!   months of the year, and the line ends in December;
//! * a count *in service* at a date begins with the value before the campaign: its
//!   pace is the change between the first and the last known month ÷ the months
//!   between them, up to the campaign's last month. It never falls below zero.
//!
//! With fewer than [`SHORTEST`] months there is no forecast. Shares and growth
//! rates have none, because a ratio does not add up month by month. Levels have
//! none either, because they are stated once for a whole year. Numbers that units
//! state once a year beside their registers count in December, so a forecast
//! made within a year is rather low.

use campaign::{
    definition::{Campaign, Definition, Indicator, IndicatorKind, MeasureIdx, MeasureKind},
    formula::Over,
};
use model::month::Month;

use crate::figure::{Readings, formula_in_force};

/// Months that must be known before a forecast is made.
pub const SHORTEST: i32 = 3;

/// A count at the end of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthEnd {
    /// The month.
    pub month: Month,
    /// What the month added; below zero where more left than came.
    pub added: f64,
    /// The count at its end.
    pub value: f64,
}

/// How a count runs through time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// From nothing at the beginning of `first` to the end of `last`.
    FromNothing {
        /// The first month that adds to it.
        first: Month,
        /// The last one.
        last: Month,
    },
    /// From what there was, to the end of `last`.
    InService {
        /// The last month of the campaign.
        last: Month,
    },
}

impl Course {
    /// How an indicator runs that is asked for up to `through`; `None` for what
    /// does not run month by month.
    pub fn of_indicator(
        (definition, campaign): (&Definition, &Campaign),
        indicator: &Indicator,
        readings: &Readings,
        through: Month,
    ) -> Option<Self> {
        let formula = formula_in_force(indicator, readings);
        if formula.kind != IndicatorKind::Count {
            return None;
        }
        // A count has no denominator.
        let terms = formula.terms();
        let over = terms.first()?.over;
        let is_monthly = |measure: MeasureIdx| {
            !matches!(definition.measures[measure].kind, MeasureKind::Level | MeasureKind::Statement)
        };
        if !terms.iter().all(|term| term.over == over && is_monthly(term.measure)) {
            return None;
        }
        let year = through.year();
        match over {
            Over::ToDate => {
                Some(Self::FromNothing { first: campaign.first_month(), last: campaign.last_month() })
            }
            Over::Year => {
                Some(Self::FromNothing { first: Month::january(year), last: Month::december(year) })
            }
            Over::AtEnd => Some(Self::InService { last: campaign.last_month() }),
            Over::Previous(_) | Over::Years | Over::Base => None,
        }
    }

    /// The last month it runs to.
    pub fn last_month(self) -> Month {
        match self {
            Self::FromNothing { last, .. } | Self::InService { last } => last,
        }
    }
}

/// The months after the last of `known` to the end of `course`, one step each;
/// none where there is no telling. `known` are values at the ends of months, in
/// their order.
pub fn forecast(course: Course, known: &[(Month, f64)]) -> Vec<MonthEnd> {
    let (Some((month, value)), Some(pace)) = (known.last().copied(), pace(course, known)) else {
        return Vec::new();
    };
    // Where the count is whole, so is its forecast.
    let whole = |number: f64| if value.fract() == 0.0 { number.round() } else { number };
    let mut before = value;
    let months = std::iter::successors(Some(month.next()), |month| Some(month.next()));
    let step = |(ahead, month): (i32, Month)| {
        let value = whole(pace.mul_add(f64::from(ahead), value).max(0.0));
        let added = value - std::mem::replace(&mut before, value);
        MonthEnd { month, added, value }
    };
    (1..).zip(months.take_while(|month| *month <= course.last_month())).map(step).collect()
}

/// What an average month added.
fn pace(course: Course, known: &[(Month, f64)]) -> Option<f64> {
    let (month, value) = known.last().copied()?;
    let (growth, months) = match course {
        Course::FromNothing { first, .. } => (value, month.months_since(first)),
        Course::InService { .. } => {
            let (first, before) = known.first().copied()?;
            (value - before, month.months_since(first) - 1)
        }
    };
    (months >= SHORTEST).then(|| growth / f64::from(months))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap_or(Month::NEVER)
    }

    const FIVE_YEARS: (&str, &str) = ("2011-01", "2015-12");

    /// Values at some months ahead, of a count from nothing.
    fn check(span: (&str, &str), known: &[(&str, f64)], expected: &[(&str, f64)]) {
        let course = Course::FromNothing { first: month(span.0), last: month(span.1) };
        compare(course, known, expected);
    }

    fn compare(course: Course, known: &[(&str, f64)], expected: &[(&str, f64)]) {
        let known: Vec<_> = known.iter().map(|(text, value)| (month(text), *value)).collect();
        let steps = forecast(course, &known);
        if expected.is_empty() {
            assert_eq!(steps, [], "{known:?}");
        }
        for (text, value) in expected {
            let found = steps.iter().find(|step| step.month == month(text));
            assert_eq!(found.map(|step| step.value), Some(*value), "{text} after {known:?}");
        }
        // Steps follow each other without a gap, and what they add is their difference.
        let mut last = known.last().copied().unwrap_or((Month::ALWAYS, 0.0));
        for step in steps {
            assert_eq!((step.month, step.added), (last.0.next(), step.value - last.1));
            last = (step.month, step.value);
        }
    }

    #[test]
    fn a_count_to_date_goes_on_at_its_average_pace() {
        check(
            FIVE_YEARS,
            &[("2011-12", 120.0)],
            &[("2012-01", 130.0), ("2012-12", 240.0), ("2015-12", 600.0)],
        );
        check(
            FIVE_YEARS,
            &[("2011-12", 50.0), ("2012-12", 240.0)],
            &[("2013-12", 360.0), ("2015-12", 600.0)],
        );
        check(FIVE_YEARS, &[("2011-06", 60.0)], &[("2011-12", 120.0), ("2015-12", 600.0)]);
        check(FIVE_YEARS, &[("2012-12", 0.0)], &[("2015-12", 0.0)]);
    }

    #[test]
    fn a_count_of_a_year_ends_with_the_year() {
        let year = ("2012-01", "2012-12");
        check(year, &[("2012-09", 90.0)], &[("2012-10", 100.0), ("2012-12", 120.0)]);
        check(year, &[("2012-12", 90.0)], &[]);
    }

    #[test]
    fn whole_counts_stay_whole() {
        check(FIVE_YEARS, &[("2011-03", 10.0)], &[("2011-04", 13.0), ("2011-05", 17.0), ("2011-06", 20.0)]);
        check(FIVE_YEARS, &[("2011-04", 0.5)], &[("2011-08", 1.0)]);
    }

    #[test]
    fn what_is_in_service_changes_as_it_did() {
        let course = Course::InService { last: month("2015-12") };
        compare(
            course,
            &[("2011-12", 1000.0), ("2012-12", 1120.0)],
            &[("2013-01", 1130.0), ("2015-12", 1480.0)],
        );
        compare(course, &[("2011-12", 100.0), ("2012-12", 40.0)], &[("2013-12", 0.0), ("2015-12", 0.0)]);
        compare(course, &[("2011-12", 1000.0)], &[]);
        compare(course, &[], &[]);
    }

    #[test]
    fn a_few_months_or_the_end_have_no_forecast() {
        check(FIVE_YEARS, &[("2011-02", 20.0)], &[]);
        check(FIVE_YEARS, &[("2015-12", 20.0)], &[]);
    }
}
