//! Who may state what, whatever the way: a form, a correction, a file, a
//! transition (`docs/decisions/0015-who-states-what.md`).
//!
//! A field that is stated in some transitions alone is stated by whoever may
//! take one of them, from then on; every other field by whoever may begin the
//! record. A value that is not changed is not stated.

use campaign::{
    definition::{FieldIdx, FormIdx, StateIdx, Transition, TransitionIdx, Values, Workflow},
    validate::FieldProblem,
};
use model::{ids::UnitId, label::Label, problem::Problem};

use super::{
    read::Record,
    rights::{may_begin, may_take},
};
use crate::{Actor, Context, Error, Result, Snapshot};

/// Somebody who states something about a record.
pub(crate) struct Statement<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) form: FormIdx,
    /// The unit that the record belongs to.
    pub(crate) unit: UnitId,
    /// What the record states and its state; `None` for a new record.
    pub(crate) before: Option<(&'a Values, StateIdx)>,
    /// Whether the person has entered the record or taken its last transition: what only a second
    /// person's step gives is not for this person to state then. Not of a new record: what was decided on
    /// paper is entered afterwards.
    pub(crate) is_own_work: bool,
}

impl<'a> Statement<'a> {
    /// About any new record of a form and a unit.
    pub(crate) fn on_new(ctx: &'a Context, snapshot: &'a Snapshot, (form, unit): (FormIdx, UnitId)) -> Self {
        Self { ctx, snapshot, form, unit, before: None, is_own_work: false }
    }

    /// About a record that is there; `None` for one that takes no transitions.
    pub(crate) fn on_record(ctx: &'a Context, snapshot: &'a Snapshot, record: &'a Record) -> Option<Self> {
        let (form, unit) = (record.fact.form, record.fact.unit);
        let before = Some((&record.fact.values, record.state(snapshot)?));
        Some(Self { ctx, snapshot, form, unit, before, is_own_work: false })
    }

    /// The same, of somebody who has entered the record or taken its last transition, or has not
    /// ([`super::is_own_work`]).
    pub(crate) fn with_own_work(self, is_own_work: bool) -> Self {
        Self { is_own_work, ..self }
    }

    /// Whether no field is for others alone to state.
    pub(crate) fn may_state_all(&self) -> bool {
        let workflow = self.workflow();
        workflow.is_none_or(|workflow| {
            workflow.stated_in.values().all(|steps| self.may_take_any(workflow, steps))
        })
    }

    /// What of `values` is not for the person to state outside of a transition, and why.
    pub(crate) fn refused(&self, values: &Values) -> Vec<FieldProblem> {
        let Some(workflow) = self.workflow() else { return Vec::new() };
        let mut refused = self.refused_fields(workflow, values);
        if refused.is_empty() {
            refused.extend(self.refused_move(workflow, values));
        }
        if refused.is_empty() {
            refused = self.refused_alone(workflow, values);
        }
        refused
    }

    /// What of `values` is not stated in the transition by which the record comes to state it.
    pub(crate) fn refused_in(&self, transition: &Transition, values: &Values) -> Vec<FieldProblem> {
        let Some(workflow) = self.workflow() else { return Vec::new() };
        let own = workflow.transitions.position(|step| step.id == transition.id);
        let fields = workflow.stated_in.iter().filter(|(field, steps)| {
            self.is_changed(**field, values) && !steps.iter().any(|step| Some(*step) == own)
        });
        fields.map(|(field, steps)| by_others(workflow, *field, steps)).collect()
    }

    /// Positions of the fields of `values` that somebody else has to confirm before they are stated.
    pub(crate) fn pending(&self, values: &Values) -> Vec<FieldIdx> {
        let Some(workflow) = self.workflow() else { return Vec::new() };
        let fields = workflow.stated_in.iter();
        let claimed = fields
            .filter(|(field, steps)| self.is_changed(**field, values) && !self.may_take_any(workflow, steps));
        let mut claimed: Vec<FieldIdx> = claimed.map(|(field, _)| *field).collect();
        claimed.extend(self.pending_alone(workflow, values));
        claimed.sort_unstable();
        claimed.dedup();
        claimed
    }

    /// Who confirms what is pending of these fields, and in which transition.
    pub(crate) fn confirmed_by(&self, fields: &[FieldIdx]) -> Vec<FieldProblem> {
        let Some(workflow) = self.workflow() else { return Vec::new() };
        let confirmed = fields.iter().map(|field| {
            let own = workflow.transitions.entries().filter(|(_, step)| step.writes(*field));
            // What a second person decides is told before what comes after it.
            let (second, other): (Vec<_>, Vec<_>) = own.partition(|(_, step)| step.needs_second_person);
            let steps = second.into_iter().chain(other).map(|(step, _)| step).take(1).collect::<Vec<_>>();
            by_others(workflow, *field, workflow.stated_in.get(field).unwrap_or(&steps))
        });
        confirmed.collect()
    }

    /// Positions of the fields that are not for the person to state now outside of a transition.
    pub(crate) fn closed(&self) -> Vec<FieldIdx> {
        let Some(workflow) = self.workflow() else { return Vec::new() };
        let fields = workflow.stated_in.iter().filter(|(field, steps)| {
            !self.may_take_any(workflow, steps) || self.too_early(workflow, **field, steps).is_some()
        });
        let mut closed: Vec<FieldIdx> = fields.map(|(field, _)| *field).collect();
        if self.is_own_work {
            // A field that has other values in other ways stays open.
            let fields = self.snapshot.definition.forms[self.form].fields.positions();
            closed.extend(fields.filter(|field| workflow.is_written_by_second_person(*field)));
            closed.sort_unstable();
            closed.dedup();
        }
        closed
    }

    /// Refuses to remove a record that states what is not for the person to state.
    ///
    /// # Errors
    /// [`Error::InvalidFields`].
    pub(crate) fn require_removal(&self) -> Result<()> {
        let Some((workflow, (values, _))) = self.workflow().zip(self.before) else { return Ok(()) };
        let nothing = self.snapshot.definition.forms[self.form].no_values();
        let fields = workflow.stated_in.iter();
        let foreign = fields
            .filter(|(field, steps)| values.value(**field).is_some() && !self.may_take_any(workflow, steps));
        let mut refused: Vec<_> = foreign.map(|(field, steps)| by_others(workflow, *field, steps)).collect();
        if refused.is_empty() && !self.may_begin() {
            refused = self.refused_fields(workflow, &nothing);
        }
        if refused.is_empty() { Ok(()) } else { Err(self.invalid(refused)) }
    }

    /// The refusal that says so.
    pub(crate) fn invalid(&self, refused: Vec<FieldProblem>) -> Error {
        super::input::invalid(&self.snapshot.definition.forms[self.form], refused)
    }

    fn workflow(&self) -> Option<&'a Workflow> {
        // The machine's own administrator loads and puts right what everybody may state together.
        let is_bound = self.ctx.actor != Actor::System;
        self.snapshot.definition.forms[self.form].workflow.as_ref().filter(|_| is_bound)
    }

    fn is_changed(&self, field: FieldIdx, values: &Values) -> bool {
        let before = self.before.and_then(|(values, _)| values.value(field));
        values.value(field) != before
    }

    fn may_take_any(&self, workflow: &Workflow, steps: &[TransitionIdx]) -> bool {
        steps.iter().any(|step| self.may_take(&workflow.transitions[*step]))
    }

    fn may_take(&self, transition: &Transition) -> bool {
        may_take(self.ctx, self.snapshot, self.unit, transition)
    }

    fn may_begin(&self) -> bool {
        may_begin(self.ctx, self.snapshot, self.unit, self.form)
    }

    fn refused_fields(&self, workflow: &Workflow, values: &Values) -> Vec<FieldProblem> {
        let form = &self.snapshot.definition.forms[self.form];
        let beginnings: Vec<TransitionIdx> = workflow
            .transitions
            .entries()
            .filter(|(_, step)| step.from.is_empty())
            .map(|(step, _)| step)
            .collect();
        let may_begin = self.may_begin();
        if self.before.is_none() && !may_begin && !beginnings.is_empty() {
            return vec![by_others(workflow, form.blamed, &beginnings)];
        }
        // What follows from other fields is not stated.
        let stated = |field: &FieldIdx| Some(*field) != form.unit && !form.is_derived(*field);
        let changed = form.fields.positions().filter(stated);
        let changed = changed.filter(|field| self.is_changed(*field, values));
        let refused = changed.filter_map(|field| match workflow.stated_in.get(&field) {
            Some(steps) if !self.may_take_any(workflow, steps) => Some(by_others(workflow, field, steps)),
            Some(steps) => self.too_early(workflow, field, steps),
            None if may_begin || beginnings.is_empty() => None,
            None => Some(by_others(workflow, field, &beginnings)),
        });
        refused.collect()
    }

    /// A field that is stated in a transition which the record has not come to.
    fn too_early(
        &self,
        workflow: &Workflow,
        field: FieldIdx,
        steps: &[TransitionIdx],
    ) -> Option<FieldProblem> {
        // A new record may have come further on paper.
        let (_, state) = self.before?;
        if steps.iter().any(|step| workflow.has_passed(state, *step)) {
            return None;
        }
        let transition = workflow.transitions[*steps.first()?].label.clone();
        Some(FieldProblem { field, problem: Problem::StatedInTransition { transition } })
    }

    /// What only a second person's step gives, stated by who entered the record or took its last transition.
    fn refused_alone(&self, workflow: &Workflow, values: &Values) -> Vec<FieldProblem> {
        let Some((_, from)) = self.before.filter(|_| self.is_own_work) else { return Vec::new() };
        let second = |field: FieldIdx, step: &Transition| FieldProblem {
            field,
            problem: Problem::SecondPerson { transition: step.label.clone() },
        };
        let decided = values.entries().filter(|(field, _)| self.is_changed(*field, values));
        let decided = decided.filter_map(|(field, value)| {
            Some(second(field, workflow.second_person_transition(field, value.as_ref()?)?))
        });
        let mut refused: Vec<FieldProblem> = decided.collect();
        let to = workflow.resolve_state(values, Some(from));
        if refused.is_empty() && workflow.needs_second_person_between(from, to) {
            let mut deciding = Vec::new();
            if let Some(when) = &workflow.states[to].when {
                when.fields(&mut deciding);
            }
            let field = deciding.iter().find(|field| self.is_changed(**field, values)).or(deciding.first());
            let steps = workflow.transitions.iter().filter(|step| step.needs_second_person);
            // The one that leads there, or one on the way.
            let step = steps.clone().find(|step| step.to == to).or_else(|| steps.clone().next());
            refused.extend(field.zip(step).map(|(field, step)| second(*field, step)));
        }
        refused
    }

    /// Positions of the fields of a file's row that wait for a second person: what that person's step gives
    /// and asks for, and what is stated after it.
    fn pending_alone(&self, workflow: &Workflow, values: &Values) -> Vec<FieldIdx> {
        let Some((before, from)) = self.before.filter(|_| self.is_own_work) else { return Vec::new() };
        let refused = self.refused_alone(workflow, values);
        if refused.is_empty() {
            return Vec::new();
        }
        let later = workflow.fields_after_second_person(from);
        let deciding = workflow.transitions.iter().filter(|step| {
            let own = refused.iter().any(|found| step.writes(found.field));
            let agrees =
                |(field, given): &(FieldIdx, model::value::Value)| values.value(*field) == Some(given);
            step.needs_second_person && own && step.gives.iter().all(agrees)
        });
        let with_them: Vec<FieldIdx> = deciding.flat_map(Transition::written_fields).collect();
        let fields = values.entries().filter(|(field, value)| {
            // What is cleared is no decision.
            value.is_some() && self.is_changed(*field, values)
        });
        let waiting = fields.map(|(field, _)| field).filter(|field| {
            later.contains(field)
                || with_them.contains(field)
                || refused.iter().any(|found| found.field == *field)
        });
        let mut waiting: Vec<FieldIdx> = waiting.collect();
        // Whatever else would move it there waits too.
        let mut rest = values.clone();
        for field in &waiting {
            rest[*field] = before.value(*field).cloned();
        }
        waiting.extend(self.refused_alone(workflow, &rest).into_iter().map(|found| found.field));
        waiting
    }

    /// Fields that would move the record into a state into which no transition of the person's leads.
    fn refused_move(&self, workflow: &Workflow, values: &Values) -> Option<FieldProblem> {
        let before = self.before.map(|(_, state)| state);
        let state = workflow.resolve_state(values, before);
        if state == before.unwrap_or(Workflow::INITIAL) {
            return None;
        }
        let into: Vec<TransitionIdx> = workflow
            .transitions
            .entries()
            .filter(|(_, step)| step.to == state)
            .map(|(step, _)| step)
            .collect();
        if into.is_empty() || self.may_take_any(workflow, &into) {
            return None;
        }
        let mut deciding = Vec::new();
        if let Some(when) = &workflow.states[state].when {
            when.fields(&mut deciding);
        }
        let field = deciding.iter().find(|field| self.is_changed(**field, values)).or(deciding.first())?;
        Some(by_others(workflow, *field, &into))
    }
}

/// That a field is stated by others, in one of these transitions.
fn by_others(workflow: &Workflow, field: FieldIdx, steps: &[TransitionIdx]) -> FieldProblem {
    let mut who: Vec<&Label> = Vec::new();
    let mut transition = Label::default();
    for step in steps.iter().map(|step| &workflow.transitions[*step]) {
        if transition == Label::default() {
            transition = step.label.clone();
        }
        let new = step.who.iter().map(campaign::definition::Role::label).filter(|role| !who.contains(role));
        who.extend(new.collect::<Vec<_>>());
    }
    let join = |texts: Vec<&str>, with: &str| texts.join(with);
    let who = Label {
        zh: join(who.iter().map(|role| role.zh.as_str()).collect(), "、"),
        en: join(who.iter().map(|role| role.en.as_str()).collect(), ", "),
    };
    FieldProblem { field, problem: Problem::StatedByOthers { who, transition } }
}
