//! The steps that the records of a form take (流程): states, transitions, clocks.
//!
//! Counting looks at fields, never at states: a step that changes a figure
//! does so through the fields it states. So that the two cannot disagree, a
//! state may say by which fields it is *told* (`when`), and the state of a
//! record that came without steps (an Excel file, a correction) follows from
//! its fields: [`Workflow::settle`].

use jiff::{
    Span,
    civil::{Date, Weekday},
};
use model::{class::Class, role::Role, value::Value};

use super::{Amount, Label};
use crate::condition::Condition;

/// The steps that the records of a form take.
#[derive(Debug, Clone, Default)]
pub struct Workflow {
    /// Its states, in the order of progress; the first is the initial one.
    pub states: Vec<State>,
    /// The steps between them.
    pub transitions: Vec<Transition>,
    /// Time limits (时限).
    pub clocks: Vec<Clock>,
}

/// Where a record stands.
#[derive(Debug, Clone)]
pub struct State {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// Whether anything is awaited in it.
    pub kind: StateKind,
    /// By which fields it is told; `None` when only a step leads to it.
    pub when: Option<Condition>,
    /// Whether fields may be corrected in it outside of steps.
    pub is_editable: bool,
}

/// Whether anything is awaited in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// Where every record begins; there is exactly one.
    Initial,
    /// Something is still to be done.
    Open,
    /// Nothing is; no step leads out of it.
    Final,
}

/// A step from some states to another.
#[derive(Debug, Clone)]
pub struct Transition {
    /// Id.
    pub id: String,
    /// What the button says.
    pub label: Label,
    /// Positions of the states it can be taken in; none for the step that begins a record.
    pub from: Vec<usize>,
    /// Position of the state it leads to.
    pub to: usize,
    /// Who may take it.
    pub who: Vec<Role>,
    /// From where in the tree.
    pub level: Level,
    /// Positions of the fields that must be stated, before or with the step.
    pub needs: Vec<usize>,
    /// Positions of the fields that it asks for.
    pub sets: Vec<usize>,
    /// Values that it writes without asking, by position of the field.
    pub gives: Vec<(usize, Value)>,
    /// When it can be taken, judged on the record as it will be after the step.
    pub when: Option<Condition>,
}

/// Where the unit that takes a step stands, seen from the record's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The record's own unit, or one that acts for it.
    Own,
    /// A unit above the record's: nobody passes his own work.
    Above,
    /// The city: the root of the tree.
    City,
}

/// A time limit: what waits for whom, and until when.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Id.
    pub id: String,
    /// What is awaited.
    pub label: Label,
    /// Positions of the states it runs in.
    pub states: Vec<usize>,
    /// Position of the date field it counts from; `None` for the day the
    /// record came into its present state.
    pub since: Option<usize>,
    /// How long it gives; `None` when only [`Clock::until`] says.
    pub limit: Option<Limit>,
    /// Position of the date field that states the last day itself, where it is stated.
    pub until: Option<usize>,
    /// When it runs; `None` for always.
    pub when: Option<Condition>,
    /// For whom the record waits.
    pub who: Vec<Role>,
    /// Where they stand.
    pub level: Level,
}

/// How long a clock gives: a number, or the value of a whole-number field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Calendar days.
    Days(Amount),
    /// Days from Monday to Friday; public holidays are not known and count as working days.
    WorkingDays(Amount),
    /// Calendar months.
    Months(Amount),
}

impl Workflow {
    /// Position of the state with this id.
    pub fn state(&self, id: &str) -> Option<usize> {
        self.states.iter().position(|state| state.id == id)
    }

    /// The transition with this id.
    pub fn transition(&self, id: &str) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.id == id)
    }

    /// The steps that begin a record; without any, whoever may enter records begins them.
    pub fn beginnings(&self) -> impl Iterator<Item = &Transition> {
        self.transitions.iter().filter(|transition| transition.from.is_empty())
    }

    /// The steps that lead out of a state, in the order written.
    pub fn steps(&self, state: usize) -> impl Iterator<Item = &Transition> {
        self.transitions.iter().filter(move |transition| transition.from.contains(&state))
    }

    /// The state that the fields tell: the furthest whose `when` is true, else the initial one.
    pub fn told(&self, values: &[Option<Value>]) -> usize {
        let is_told = |state: &State| state.when.as_ref().is_some_and(|when| holds(when, values));
        self.states.iter().rposition(is_told).unwrap_or(0)
    }

    /// The state of a record with these fields that stood at `current`.
    ///
    /// States without `when` belong to the told state before them, and only
    /// steps move among those that belong together. So a record stays where
    /// it is as long as its fields tell the same, and goes where they tell
    /// otherwise; without a `current` state it is there too.
    pub fn settle(&self, values: &[Option<Value>], current: Option<usize>) -> usize {
        let told = self.told(values);
        current.filter(|current| self.base(*current) == told).unwrap_or(told)
    }

    /// The told state that a state belongs to: itself, or the nearest before it.
    pub fn base(&self, state: usize) -> usize {
        let upto = self.states.get(..=state).unwrap_or_default();
        upto.iter().rposition(|state| state.when.is_some()).unwrap_or(0)
    }
}

impl Transition {
    /// Positions of needed fields that are not stated.
    pub fn lacking(&self, values: &[Option<Value>]) -> Vec<usize> {
        let is_absent = |field: &&usize| values.get(**field).is_none_or(Option::is_none);
        self.needs.iter().filter(is_absent).copied().collect()
    }

    /// The record after the step: `values` with what the step gives.
    pub fn apply(&self, values: &mut [Option<Value>]) {
        for (field, value) in &self.gives {
            if let Some(slot) = values.get_mut(*field) {
                *slot = Some(value.clone());
            }
        }
    }

    /// Whether it can be taken on a record that will then have these fields.
    pub fn is_open(&self, values: &[Option<Value>]) -> bool {
        self.when.as_ref().is_none_or(|when| holds(when, values))
    }
}

impl Clock {
    /// The last day, for a record that came into its present state on
    /// `entered`; `None` when the clock does not run, or a field that it
    /// counts with is not stated.
    pub fn due(&self, values: &[Option<Value>], entered: Date) -> Option<Date> {
        let date = |field: usize| values.get(field)?.as_ref()?.as_date();
        if self.when.as_ref().is_some_and(|when| !holds(when, values)) {
            return None;
        }
        if let Some(day) = self.until.and_then(date) {
            return Some(day);
        }
        let start = self.since.map_or(Some(entered), date)?;
        self.limit?.after(start, values)
    }
}

impl Limit {
    /// How much it gives.
    pub fn amount(self) -> Amount {
        match self {
            Self::Days(amount) | Self::WorkingDays(amount) | Self::Months(amount) => amount,
        }
    }

    fn after(self, start: Date, values: &[Option<Value>]) -> Option<Date> {
        let count = match self.amount() {
            Amount::Fixed(count) => count,
            Amount::Field(field) => values.get(field)?.as_ref()?.as_integer()?,
        };
        match self {
            // A span beyond the calendar is no limit.
            Self::Days(_) => start.checked_add(Span::new().try_days(count).ok()?).ok(),
            Self::Months(_) => start.checked_add(Span::new().try_months(count).ok()?).ok(),
            Self::WorkingDays(_) => working_days(start, count),
        }
    }
}

fn working_days(start: Date, count: i64) -> Option<Date> {
    let count = count.max(0);
    let mut day = start;
    while is_weekend(day) {
        day = day.yesterday().ok()?;
    }
    // Whole weeks first, so that a large number costs no more than a small one.
    day = day.checked_add(Span::new().try_weeks(count / 5).ok()?).ok()?;
    let mut left = count % 5;
    while left > 0 {
        day = day.tomorrow().ok()?;
        left -= i64::from(!is_weekend(day));
    }
    Some(day)
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether a condition is true of a record; no class of unit stands in the conditions of a workflow.
fn holds(condition: &Condition, values: &[Option<Value>]) -> bool {
    condition.evaluate(values, Class::default()) == Some(true)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_limit_ends_on_a_day() {
        let days = |count| Limit::Days(Amount::Fixed(count));
        let working = |count| Limit::WorkingDays(Amount::Fixed(count));
        let months = |count| Limit::Months(Amount::Fixed(count));
        // 2011-08-01 was a Monday.
        for (limit, start, end) in [
            (days(60), date(2011, 8, 1), date(2011, 9, 30)),
            (working(4), date(2011, 8, 1), date(2011, 8, 5)),
            (working(5), date(2011, 8, 1), date(2011, 8, 8)),
            (working(1), date(2011, 8, 6), date(2011, 8, 8)),
            (working(5), date(2011, 8, 6), date(2011, 8, 12)),
            (working(12), date(2011, 8, 4), date(2011, 8, 22)),
            (months(1), date(2011, 1, 31), date(2011, 2, 28)),
        ] {
            assert_eq!(limit.after(start, &[]), Some(end), "{limit:?} from {start}");
        }
        let field = Limit::Months(Amount::Field(0));
        assert_eq!(field.after(date(2011, 1, 1), &[Some(Value::Integer(12))]), Some(date(2012, 1, 1)));
        assert_eq!(field.after(date(2011, 1, 1), &[None]), None);
        assert_eq!(days(i64::MAX).after(date(2011, 1, 1), &[]), None);
    }
}
