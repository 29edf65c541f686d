//! When a record was entered, and what was done with it until it stated what it states: its versions, one for each
//! transition that its fields have gone through, and a correction here and there. What would be entered after the
//! business day is not there yet.

use std::collections::BTreeSet;

use campaign::{
    definition::{
        Definition, FieldIdx, Form, Level, Required, StateIdx, Transition, TransitionIdx, Values, Workflow,
    },
    kinds::ReadAs,
};
use jiff::{
    Span, Timestamp,
    civil::{Date, Weekday},
};
use model::{class::Class, clock::start_of, value::Value};

use super::{City, unit::Grassroots};
use crate::{
    random::Random,
    recipe::{FormRecipe, Pass, Recipe, written::Entry},
};

/// One version of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoVersion {
    /// When it was entered.
    pub at: Timestamp,
    /// Who has entered it: a login where the city has an account for the unit, else a name.
    pub by: String,
    /// Id of the transition that led to it; `None` for a correction.
    pub transition: Option<String>,
    /// Id of the state that it is in, where its fields do not determine it.
    pub state: Option<String>,
    /// What it states, by position of the field.
    pub values: Values,
}

/// By what the delay of a step is divided, when the record is already there.
const SOONER: i32 = 3;

/// Most steps of one record.
const MOST_STEPS: usize = 20;

/// A version before it is known when it was entered.
#[derive(Debug, Clone)]
struct Stage {
    /// The day on which it happened.
    day: Date,
    transition: Option<TransitionIdx>,
    state: StateIdx,
    values: Values,
}

/// Makes the history of one record.
pub(super) struct Historian<'a> {
    pub(super) city: &'a City<'a>,
    pub(super) recipe: &'a Recipe,
    pub(super) form: &'a Form,
    pub(super) written: &'a FormRecipe,
    pub(super) unit: &'a Grassroots,
    /// The day of the record.
    pub(super) event: Date,
    /// The same for all records of a unit and form.
    pub(super) habit: Random,
    pub(super) random: Random,
}

impl Historian<'_> {
    /// The versions of a record that states `values` in the end; none when it is not there yet.
    pub(super) fn history(&mut self, values: Values) -> Vec<DemoVersion> {
        let stages = if let Some(workflow) = &self.form.workflow {
            self.stages(workflow, values)
        } else {
            let day = self.latest_day(&values, |_| true).unwrap_or(self.event);
            vec![Stage { day, transition: None, state: StateIdx::FIRST, values }]
        };
        let stages = self.as_entered(stages);
        let mut versions = self.dated(stages);
        self.correct(&mut versions);
        versions
    }

    /// The steps that a record has gone through, with the day of each.
    fn stages(&mut self, workflow: &Workflow, end: Values) -> Vec<Stage> {
        let mut values = end.clone();
        for field in self.later_fields(workflow) {
            values[field] = None;
        }
        let day =
            self.latest_day(&values, |_| true).or_else(|| self.earliest_day(&end)).unwrap_or(self.event);
        let state = workflow.derived_state(&values);
        let beginning = workflow.transitions.position(|transition| transition.from.is_empty());
        let mut stages = vec![Stage { day, transition: beginning, state, values }];
        let mut passed = BTreeSet::new();
        while stages.len() < MOST_STEPS {
            let Some(last) = stages.last().cloned() else { break };
            let next = self.next_transition(workflow, &last, &end);
            let next = next.or_else(|| self.next_pass(workflow, (&last, &end), &mut passed));
            let Some(next) = next else { break };
            stages.push(next);
        }
        self.add_rest(workflow, &mut stages, end);
        stages
    }

    /// Fields that transitions state: a new record does not have them yet. What a form requires it has, and so what
    /// is taken without asking.
    fn later_fields(&self, workflow: &Workflow) -> BTreeSet<FieldIdx> {
        let taken: BTreeSet<TransitionIdx> = self.written.passes.iter().map(|pass| pass.transition).collect();
        let steps = workflow.transitions.entries().filter(|(position, step)| {
            !step.from.is_empty() && !step.reopens && !step.is_on_occasion && !taken.contains(position)
        });
        let given = |field: &FieldIdx| {
            matches!(self.form.fields[*field].required, Required::Yes)
                || self.form.identity.contains(field)
                || self.form.unit == Some(*field)
                || self.form.year == Some(*field)
        };
        steps
            .flat_map(|(_, step)| step.written_fields().collect::<Vec<_>>())
            .filter(|field| !given(field))
            .collect()
    }

    /// The first transition that leads on towards what is stated in the end.
    fn next_transition(&mut self, workflow: &Workflow, last: &Stage, end: &Values) -> Option<Stage> {
        let mut found: Option<Stage> = None;
        for (position, step) in workflow.transitions.entries() {
            let Some((day, values)) = self.taken(workflow, step, last, end) else { continue };
            if found.as_ref().is_none_or(|found| day < found.day) {
                found = Some(Stage { day, transition: Some(position), state: step.to, values });
            }
        }
        found
    }

    /// What a record states after a transition, and on which day that is; `None` when it is not what comes next.
    fn taken(
        &mut self,
        workflow: &Workflow,
        step: &Transition,
        last: &Stage,
        end: &Values,
    ) -> Option<(Date, Values)> {
        if step.reopens || step.is_on_occasion || !step.from.contains(&last.state) {
            return None;
        }
        let mut values = last.values.clone();
        let mut changed = Vec::new();
        for field in step.written_fields() {
            if values[field] != end[field] {
                values[field].clone_from(&end[field]);
                changed.push(field);
            }
        }
        let agrees = step.gives.iter().all(|(field, given)| end[*field].as_ref() == Some(given));
        let leads_on =
            !changed.is_empty() && agrees && step.lacking(&values).is_empty() && step.is_open(&values);
        if !leads_on || workflow.resolve_state(&values, Some(step.to)) != step.to {
            return None;
        }
        let stated = self.latest_day(&values, |field| changed.contains(&field));
        let day = stated.unwrap_or_else(|| later(last.day, self.random.number_between(1, 12)));
        Some((day.max(last.day), values))
    }

    /// The first transition that asks for nothing and can be taken.
    fn next_pass(
        &mut self,
        workflow: &Workflow,
        (last, end): (&Stage, &Values),
        passed: &mut BTreeSet<TransitionIdx>,
    ) -> Option<Stage> {
        let Pass { transition: position, days: [low, high], .. } =
            *self.written.passes.iter().find(|pass| {
                let step = &workflow.transitions[pass.transition];
                !passed.contains(&pass.transition)
                    && pass.if_stated.is_none_or(|field| end.value(field).is_some())
                    && step.from.contains(&last.state)
                    && step.lacking(&last.values).is_empty()
                    && step.is_open(&last.values)
                    && workflow.resolve_state(&last.values, Some(step.to)) == step.to
            })?;
        passed.insert(position);
        let day = later(last.day, self.random.number_between(low, high));
        let state = workflow.transitions[position].to;
        Some(Stage { day, transition: Some(position), state, values: last.values.clone() })
    }

    /// What no transition has stated is there from the last step on, or comes as a correction of its own.
    fn add_rest(&self, workflow: &Workflow, stages: &mut Vec<Stage>, end: Values) {
        let Some(last) = stages.last_mut() else { return };
        if last.values == end {
            return;
        }
        let state = workflow.resolve_state(&end, Some(last.state));
        if state == last.state {
            last.values = end;
            return;
        }
        let changed = |field: FieldIdx| last.values[field] != end[field];
        let day = self.latest_day(&end, changed).unwrap_or(last.day).max(last.day);
        stages.push(Stage { day, transition: None, state, values: end });
    }

    /// Some units enter a record when all has been done with it, and not step by step.
    fn as_entered(&mut self, mut stages: Vec<Stage>) -> Vec<Stage> {
        let Some(last) = stages.last() else { return stages };
        let is_derived = self
            .form
            .workflow
            .as_ref()
            .is_none_or(|workflow| workflow.derived_state(&last.values) == last.state);
        let is_complete = self.habit.clone().chance(self.recipe.city.entry.complete) && is_derived;
        let is_old = later(last.day, self.recipe.city.recent) < self.recipe.business_day.date();
        if stages.len() > 1 && is_complete && is_old {
            let beginning = stages[0].transition;
            let last = stages.split_off(stages.len() - 1);
            return last.into_iter().map(|last| Stage { transition: beginning, ..last }).collect();
        }
        stages
    }

    /// The versions with the moments at which they were entered, as far as that was until the business day.
    fn dated(&mut self, stages: Vec<Stage>) -> Vec<DemoVersion> {
        let last_day = self.recipe.business_day.date();
        let first_day = first_day(self.city.definition);
        let mut versions: Vec<DemoVersion> = Vec::with_capacity(stages.len());
        let mut day = first_day;
        for stage in stages {
            let entered = entry_day(&self.recipe.city.entry, stage.day.max(first_day), &mut self.random);
            // Where the record is already there, the next step is entered sooner.
            let waits = (entered - stage.day.max(first_day)).get_days() / SOONER;
            day = match versions.last() {
                None => entered,
                Some(_) => workday(later(stage.day.max(first_day), waits.into())).max(day),
            };
            if day > last_day {
                break;
            }
            let at = self.moment(day, versions.last().map(|version| version.at));
            let workflow = self.form.workflow.as_ref();
            let step = stage.transition.zip(workflow).map(|(step, workflow)| &workflow.transitions[step]);
            let state = workflow.filter(|workflow| workflow.derived_state(&stage.values) != stage.state);
            versions.push(DemoVersion {
                at,
                by: self.city.officer(self.unit, step.map_or(Level::Own, |step| step.level), is_second(step)),
                transition: step.map(|step| step.id.clone()),
                state: state.map(|workflow| workflow.states[stage.state].id.clone()),
                values: stage.values,
            });
        }
        versions
    }

    /// A moment of office hours, after the one before.
    fn moment(&mut self, day: Date, before: Option<Timestamp>) -> Timestamp {
        let seconds = self.random.number_between(8 * 3_600 + 1_200, 17 * 3_600);
        let at = start_of(day).saturating_add(Span::new().seconds(seconds)).unwrap_or(Timestamp::MAX);
        match before {
            Some(before) if at <= before => {
                let pause = self.random.number_between(90, 900);
                before.saturating_add(Span::new().seconds(pause)).unwrap_or(Timestamp::MAX)
            }
            _ => at,
        }
    }

    /// A few records are corrected: what was stated wrongly or not at all at first comes right later.
    fn correct(&mut self, versions: &mut Vec<DemoVersion>) {
        let entry = &self.recipe.city.entry;
        let Some(last) = versions.last() else { return };
        if !self.random.chance(entry.corrected) {
            return;
        }
        let stated = last.values.entries().filter(|(_, value)| value.is_some());
        let fields: Vec<FieldIdx> =
            stated.map(|(field, _)| field).filter(|field| self.is_correctable(*field, versions)).collect();
        if fields.is_empty() {
            return;
        }
        let field = fields[self.random.index(fields.len())];
        let [low, high] = entry.corrected_after;
        let day = workday(later(model::clock::day_of(last.at), self.random.number_between(low, high)));
        if day > self.recipe.business_day.date() {
            return;
        }
        let at = self.moment(day, Some(last.at));
        let corrected = DemoVersion {
            at,
            by: self.city.officer(self.unit, Level::Own, false),
            transition: None,
            ..last.clone()
        };
        for version in &mut *versions {
            version.values[field] = match &version.values[field] {
                Some(Value::Integer(number)) => Some(Value::Integer(number + number / 10 + 1)),
                _ => None,
            };
        }
        versions.push(corrected);
    }

    /// Whether a field can have been wrong at first without anything else following from it.
    fn is_correctable(&self, field: FieldIdx, versions: &[DemoVersion]) -> bool {
        let form = self.form;
        let value = versions.last().and_then(|last| last.values.value(field));
        let is_number = matches!(value, Some(Value::Integer(_)));
        let is_text = matches!(value, Some(Value::Text(_)))
            && form.fields[field].kind.spec().personal.is_none()
            && matches!(form.fields[field].required, Required::No);
        let is_named = form.persons.iter().any(|person| person.name == field);
        let is_key = form.year == Some(field)
            || form.identity.contains(&field)
            || form.natural_identity.contains(&field);
        let decides = form.workflow.as_ref().is_some_and(|workflow| {
            versions.iter().any(|version| {
                let mut changed = version.values.clone();
                changed[field] = None;
                workflow.derived_state(&changed) != workflow.derived_state(&version.values)
            })
        });
        (is_number || is_text) && !is_named && !is_key && !decides
    }

    /// The last of the days that `is_wanted` fields state, apart from those that may lie ahead.
    fn latest_day(&self, values: &Values, is_wanted: impl Fn(FieldIdx) -> bool) -> Option<Date> {
        self.days(values).filter(|(field, _)| is_wanted(*field)).map(|(_, day)| day).max()
    }

    fn earliest_day(&self, values: &Values) -> Option<Date> {
        self.days(values).map(|(_, day)| day).min()
    }

    fn days<'v>(&self, values: &'v Values) -> impl Iterator<Item = (FieldIdx, Date)> + use<'v, '_> {
        let form = self.form;
        values.entries().filter_map(move |(field, value)| {
            let is_past = matches!(form.fields[field].kind.spec().read_as, ReadAs::Day { future: false });
            Some((field, value.as_ref()?.as_date()?)).filter(|_| is_past)
        })
    }
}

/// The first working day of a campaign after New Year.
fn first_day(definition: &Definition) -> Date {
    Date::new(definition.first_campaign().period.first, 1, 4).map_or(Date::MIN, workday)
}

/// When the roster was entered, before any record.
pub(super) fn first_morning(definition: &Definition) -> Timestamp {
    start_of(first_day(definition)).saturating_add(Span::new().hours(8)).unwrap_or(Timestamp::MIN)
}

/// Whether a record states all that its form requires: what it lacks has not happened yet.
pub(super) fn is_there(form: &Form, values: &Values) -> bool {
    form.fields.entries().all(|(field, definition)| {
        values.value(field).is_some()
            || match &definition.required {
                Required::No => true,
                Required::Yes => false,
                Required::When(condition) => condition.evaluate(values, Class::default()) != Some(true),
            }
    })
}

fn is_second(step: Option<&Transition>) -> bool {
    step.is_some_and(|step| step.needs_second_person)
}

/// The day on which something is entered that happened on `day`.
fn entry_day(entry: &Entry, day: Date, random: &mut Random) -> Date {
    let delays = entry.delay.get_ref();
    let weights: Vec<f64> = delays.iter().map(|delay| delay.weight).collect();
    let [low, high] = delays[super::unit::draw(&weights, random)].days;
    let entered = later(day, random.number_between(low, high));
    if !random.chance(entry.quarter_end) {
        return workday(entered);
    }
    let quarter = (entered.month() - 1) / 3;
    let end = Date::new(entered.year(), quarter * 3 + 3, 1).map_or(entered, Date::last_of_month);
    let days = random.number_below(entry.quarter_days.unsigned_abs());
    workday(end.saturating_sub(Span::new().days(i64::try_from(days).unwrap_or(0)))).max(workday(day))
}

/// So many days later.
fn later(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

/// The day itself, or the next one on which offices work.
fn workday(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => later(day, 2),
        Weekday::Sunday => later(day, 1),
        _ => day,
    }
}
