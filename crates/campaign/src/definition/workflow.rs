//! The workflow of a form's records (流程): states, transitions, clocks.
//!
//! Counting looks at fields, never at states: a transition changes a figure only
//! through the fields that it sets. So that state and fields cannot disagree, a
//! state may have a condition over fields (`when`). The state of a record that
//! came without transitions (from an Excel file, or after a correction) follows
//! from these conditions: [`Workflow::resolve_state`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Span,
    civil::{Date, Weekday},
};
use model::{class::Class, value::Value};

use super::{Amount, FieldIdx, IdxVec, Label, Role, StateIdx, TransitionIdx, Values};
use crate::condition::Condition;

/// The states of a form's records, the transitions between them, and time limits.
#[derive(Debug, Clone, Default)]
pub struct Workflow {
    /// Its states, in the order of progress; the first is the initial one.
    pub states: IdxVec<State>,
    /// The transitions between them.
    pub transitions: IdxVec<Transition>,
    /// Time limits (时限).
    pub clocks: IdxVec<WorkflowClock>,
    /// The fields that are stated in some transitions alone, with these: whoever may take one of
    /// them states the field, from then on, in whatever way. All other fields are stated by
    /// whoever may begin a record.
    pub stated_in: BTreeMap<FieldIdx, Vec<TransitionIdx>>,
    /// The fields that are entered after a record has begun, with the transitions that ask for them. All
    /// other fields are entered when it begins.
    pub entered_with: BTreeMap<FieldIdx, Vec<TransitionIdx>>,
}

/// A state of records.
#[derive(Debug, Clone)]
pub struct State {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// Whether anything has to be done in it.
    pub kind: StateKind,
    /// Its condition over fields; `None` when only a transition leads to it.
    pub when: Option<Condition>,
    /// Whether fields may be corrected in it outside of transitions, and whether the record may be
    /// removed and files attached to it.
    pub is_editable: bool,
    /// Whether a record counts in it: what was returned, withdrawn or refused does not.
    pub counts: bool,
    /// Position of the transition that usually comes next; `None` where none does.
    pub usual: Option<TransitionIdx>,
}

/// Whether anything has to be done in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// Where every record begins; there is exactly one.
    Initial,
    /// Something is still to be done.
    Open,
    /// Nothing is; no transition leads out of it.
    Final,
}

/// A transition from some states to another.
#[derive(Debug, Clone)]
pub struct Transition {
    /// Id.
    pub id: String,
    /// What the button says.
    pub label: Label,
    /// Positions of the states it can be taken in; none for the transition that begins a record.
    pub from: Vec<StateIdx>,
    /// Position of the state it leads to.
    pub to: StateIdx,
    /// Who may take it.
    pub who: Vec<Role>,
    /// From where in the tree.
    pub level: Level,
    /// Positions of the fields that must be stated, before or with the transition.
    pub needs: Vec<FieldIdx>,
    /// Positions of the fields that it asks for.
    pub sets: Vec<FieldIdx>,
    /// Values that it writes without asking, by position of the field.
    pub gives: Vec<(FieldIdx, Value)>,
    /// Positions of the fields that it clears.
    pub clears: Vec<FieldIdx>,
    /// When it can be taken, judged on the record as it will be after the transition.
    pub when: Option<Condition>,
    /// Whether somebody else than who entered the record or took the transition before must take it (四眼原则).
    pub needs_second_person: bool,
    /// Whether it opens a final state again.
    pub reopens: bool,
    /// Whether it is taken on occasion only: no record waits for it.
    pub is_on_occasion: bool,
}

/// The position of the acting unit in the tree, seen from the record's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The record's own unit, or one that acts for it.
    Own,
    /// A unit above the record's: nobody passes their own work.
    Above,
    /// The city: the root of the tree.
    City,
}

/// A time limit: what waits for whom, and until when.
#[derive(Debug, Clone)]
pub struct WorkflowClock {
    /// Id.
    pub id: String,
    /// What has to be done.
    pub label: Label,
    /// Positions of the states it runs in.
    pub states: Vec<StateIdx>,
    /// Position of the date field it counts from; `None` for the day the
    /// record came into its present state.
    pub since: Option<FieldIdx>,
    /// How long it gives; `None` when only [`WorkflowClock::until`] says.
    pub limit: Option<Limit>,
    /// Position of the date field that states the last day itself, where it is stated.
    pub until: Option<FieldIdx>,
    /// When it runs; `None` for always.
    pub when: Option<Condition>,
    /// For whom the record waits.
    pub who: Vec<Role>,
    /// Their positions.
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
    /// Position of the state in which every record begins.
    pub const INITIAL: StateIdx = StateIdx::FIRST;

    /// Position of the state with this id.
    pub fn state(&self, id: &str) -> Option<StateIdx> {
        self.states.position(|state| state.id == id)
    }

    /// The transition with this id.
    pub fn transition(&self, id: &str) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.id == id)
    }

    /// The transitions that begin a record; without any, everyone who may enter records begins them.
    pub fn beginnings(&self) -> impl Iterator<Item = &Transition> {
        self.transitions.iter().filter(|transition| transition.from.is_empty())
    }

    /// The transitions that lead out of a state, in the order written.
    pub fn transitions_from(&self, state: StateIdx) -> impl Iterator<Item = &Transition> {
        self.transitions.iter().filter(move |transition| transition.from.contains(&state))
    }

    /// Whether a record is done with after a transition that is not the usual one: what was applied for is
    /// refused, what was begun is broken off, what nobody goes on with is put away.
    pub fn breaks_off(&self, state: StateIdx, step: TransitionIdx) -> bool {
        let leads_to = self.transitions[step].to;
        self.states[state].usual != Some(step) && self.states[leads_to].kind == StateKind::Final
    }

    /// The state that the fields determine: the furthest whose `when` is true, else the initial one.
    pub fn derived_state(&self, values: &Values) -> StateIdx {
        let is_determined = |state: &State| state.when.as_ref().is_some_and(|when| is_true_of(when, values));
        self.states.as_slice().iter().rposition(is_determined).map_or(Self::INITIAL, StateIdx::new)
    }

    /// The state of a record with these fields that was in `current`.
    ///
    /// States without `when` belong to the nearest state before them that has one, and only
    /// transitions move among those. So a record stays in `current` as long as its fields
    /// determine the same state as before; otherwise, or without `current`, it is in the state
    /// that they determine.
    pub fn resolve_state(&self, values: &Values, current: Option<StateIdx>) -> StateIdx {
        let derived = self.derived_state(values);
        current.filter(|current| self.base(*current) == derived).unwrap_or(derived)
    }

    /// What a record states when a transition is begun: with what is pending of the fields that are stated in it.
    pub fn with_pending(&self, step: &Transition, values: &Values, pending: &Values) -> Values {
        let mut values = values.clone();
        let claims = pending.entries().filter_map(|(field, claim)| Some((field, claim.as_ref()?)));
        for (field, claim) in claims.filter(|(field, _)| self.decides(step, *field)) {
            values[field] = Some(claim.clone());
        }
        values
    }

    /// Whether what is pending of a field is decided in a transition.
    pub fn decides(&self, step: &Transition, field: FieldIdx) -> bool {
        match self.stated_in.get(&field) {
            Some(steps) => steps.iter().any(|known| self.transitions[*known].id == step.id),
            None => step.writes(field),
        }
    }

    /// Whether a transition confirms what is pending: some field that is stated in it, and nothing that it
    /// gives or clears is pending otherwise. With that alone the record must come where it leads.
    pub fn confirms(&self, step: &Transition, values: &Values, pending: &Values) -> bool {
        let agrees =
            step.gives.iter().all(|(field, given)| pending.value(*field).is_none_or(|own| own == given))
                && step.clears.iter().all(|field| pending.value(*field).is_none());
        let mut after = self.with_pending(step, values, pending);
        agrees && after != *values && {
            step.apply(&mut after);
            self.resolve_state(&after, Some(step.to)) == step.to
        }
    }

    /// Whether any transition needs a second person.
    pub fn has_second_person(&self) -> bool {
        self.transitions.iter().any(|step| step.needs_second_person)
    }

    /// Whether a record comes into this state only by a transition that a second person takes.
    pub fn needs_second_person(&self, state: StateIdx) -> bool {
        self.has_second_person() && !self.reached(Self::INITIAL, Transition::is_taken_alone).contains(&state)
    }

    /// Whether a record comes from one state into another, but never without a second person.
    pub fn needs_second_person_between(&self, from: StateIdx, to: StateIdx) -> bool {
        self.has_second_person()
            && !self.reached(from, Transition::is_taken_alone).contains(&to)
            && self.reached(from, |_| true).contains(&to)
    }

    /// The transition in which alone a field comes to have a value, when a second person takes it: the
    /// first of them. `None` for what is stated in other ways as well.
    pub fn second_person_transition(&self, field: FieldIdx, value: &Value) -> Option<&Transition> {
        let mut writing = self.transitions.iter().filter(|step| step.can_write(field, value));
        let second = writing.clone().find(|step| step.needs_second_person);
        second.filter(|_| writing.all(|step| !step.is_taken_alone()))
    }

    /// Whether a field is written only with a second person, whatever its value.
    pub fn is_written_by_second_person(&self, field: FieldIdx) -> bool {
        let mut writing = self.transitions.iter().filter(|step| step.writes(field));
        writing.clone().any(|step| step.needs_second_person) && writing.all(|step| !step.is_taken_alone())
    }

    /// The fields that come to be stated only after a second person has moved a record on from `state`.
    pub fn fields_after_second_person(&self, state: StateIdx) -> BTreeSet<FieldIdx> {
        let alone = self.reached(state, Transition::is_taken_alone);
        let ever = self.reached(state, |_| true);
        let begins_in = |step: &Transition, states: &BTreeSet<StateIdx>| {
            step.from.iter().any(|from| states.contains(from))
        };
        let is_own =
            |step: &&Transition| step.from.is_empty() || begins_in(step, &alone) && step.is_taken_alone();
        let (own, others): (Vec<&Transition>, Vec<&Transition>) = self.transitions.iter().partition(is_own);
        let own: BTreeSet<FieldIdx> = own.into_iter().flat_map(Transition::written_fields).collect();
        let later = others.into_iter().filter(|step| begins_in(step, &ever));
        later.flat_map(Transition::written_fields).filter(|field| !own.contains(field)).collect()
    }

    /// The states that can be reached from one by transitions of a sort, itself among them.
    fn reached(&self, from: StateIdx, takes: impl Fn(&Transition) -> bool) -> BTreeSet<StateIdx> {
        let mut reached = BTreeSet::from([from]);
        loop {
            let next = self.transitions.iter().filter(|step| takes(step));
            let next = next.filter(|step| step.from.iter().any(|from| reached.contains(from)));
            let next: Vec<StateIdx> = next.map(|step| step.to).collect();
            let known = reached.len();
            reached.extend(next);
            if reached.len() == known {
                return reached;
            }
        }
    }

    /// Whether a record in this state may have taken a transition: the state is the one that the
    /// transition leads to, or can be reached from there.
    pub fn has_passed(&self, state: StateIdx, transition: TransitionIdx) -> bool {
        self.reached(self.transitions[transition].to, |step| !step.reopens).contains(&state)
    }

    /// Whether a field is entered by the time that a record is in a state: when the record begins, or with a
    /// transition that it may have taken. `None` for a record that is about to begin.
    pub fn is_entered_by(&self, state: Option<StateIdx>, field: FieldIdx) -> bool {
        let Some(steps) = self.entered_with.get(&field) else { return true };
        state.is_some_and(|state| steps.iter().any(|step| self.has_passed(state, *step)))
    }

    /// The state with `when` that a state belongs to: itself, or the nearest before it.
    pub fn base(&self, state: StateIdx) -> StateIdx {
        let upto = self.states.entries().filter(|(position, _)| *position <= state);
        let derived = upto.rev().find(|(_, state)| state.when.is_some());
        derived.map_or(Self::INITIAL, |(position, _)| position)
    }
}

impl Transition {
    /// Positions of needed fields that are not stated.
    pub fn lacking(&self, values: &Values) -> Vec<FieldIdx> {
        let is_absent = |field: &&FieldIdx| values.value(**field).is_none();
        self.needs.iter().filter(is_absent).copied().collect()
    }

    /// The fields that it writes: it asks for them, gives them or clears them.
    pub fn written_fields(&self) -> impl Iterator<Item = FieldIdx> {
        let given = self.gives.iter().map(|(field, _)| field);
        self.sets.iter().chain(&self.needs).chain(&self.clears).chain(given).copied()
    }

    /// Whether who keeps the records of a unit takes it without anybody else: it needs no second person, and
    /// belongs to no level above.
    pub fn is_taken_alone(&self) -> bool {
        !self.needs_second_person && self.level == Level::Own
    }

    /// Whether it writes a field.
    pub fn writes(&self, field: FieldIdx) -> bool {
        self.written_fields().any(|written| written == field)
    }

    /// Whether a field may have this value because of it.
    fn can_write(&self, field: FieldIdx, value: &Value) -> bool {
        self.sets.contains(&field)
            || self.needs.contains(&field)
            || self.gives.iter().any(|(given, to)| *given == field && to == value)
    }

    /// The record after the transition: `values` with what the transition gives, without what it clears.
    pub fn apply(&self, values: &mut Values) {
        for field in &self.clears {
            values[*field] = None;
        }
        for (field, value) in &self.gives {
            values[*field] = Some(value.clone());
        }
    }

    /// Whether it can be taken on a record that will then have these fields.
    pub fn is_open(&self, values: &Values) -> bool {
        self.when.as_ref().is_none_or(|when| is_true_of(when, values))
    }
}

impl WorkflowClock {
    /// The last day, for a record that came into its present state on
    /// `entered`; `None` when the clock does not run, or a field that it
    /// counts with is not stated.
    pub fn due(&self, values: &Values, entered: Date) -> Option<Date> {
        let date = |field: FieldIdx| values.value(field)?.as_date();
        if self.when.as_ref().is_some_and(|when| !is_true_of(when, values)) {
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

    fn after(self, start: Date, values: &Values) -> Option<Date> {
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

/// Whether a condition is true of a record; the conditions of a workflow contain no class of unit.
fn is_true_of(condition: &Condition, values: &Values) -> bool {
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
            assert_eq!(limit.after(start, &Values::default()), Some(end), "{limit:?} from {start}");
        }
        let field = Limit::Months(Amount::Field(FieldIdx::FIRST));
        assert_eq!(
            field.after(date(2011, 1, 1), &vec![Some(Value::Integer(12))].into()),
            Some(date(2012, 1, 1))
        );
        assert_eq!(field.after(date(2011, 1, 1), &vec![None].into()), None);
        assert_eq!(days(i64::MAX).after(date(2011, 1, 1), &Values::default()), None);
    }
}
