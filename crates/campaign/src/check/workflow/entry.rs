//! Checks of the order in which a form asks for fields: with which transition each is entered.
//!
//! Where a definition says nothing, a field is entered with the transitions that need, set or give it. What
//! is always required, identifies the record or is needed to begin it is entered when the record begins; so
//! is what no transition states, and what `stated_in = "any"` leaves to whoever begins it.

use std::collections::BTreeMap;

use crate::{
    check::{form::Fields, naming::find},
    definition::{FieldIdx, Transition, TransitionIdx, Workflow},
    mistake::say,
    written::{
        form::{FieldTransitions, Form, Need, Section},
        read::Located,
    },
};

/// The fields that are entered after a record has begun, with the transitions that ask for them.
pub(super) fn check(
    form: &Form,
    workflow: &Workflow,
    fields: Fields<'_>,
) -> BTreeMap<FieldIdx, Vec<TransitionIdx>> {
    let ids = || form.transition.iter().map(|step| step.value.id.value.as_str());
    for name in written(form) {
        find::<Transition>(fields.marker, name, ids(), &say!("步骤", "transition"));
    }
    let mut entered_with = BTreeMap::new();
    for field in fields.all.positions() {
        let steps = match written_for(form, field, fields) {
            Some(name) => {
                let Some(step) = ids().position(|id| id == name.value).map(TransitionIdx::new) else {
                    continue;
                };
                let is_later = !workflow.transitions[step].from.is_empty();
                if is_later && is_needed_first(form, workflow, field, fields) {
                    refuse(name, fields.all[field].0, fields);
                }
                if is_later { vec![step] } else { Vec::new() }
            }
            None => derived(form, workflow, field, fields),
        };
        if !steps.is_empty() {
            entered_with.insert(field, steps);
        }
    }
    entered_with
}

/// Marks `with` on a form whose records take no transitions.
pub(super) fn without_states(form: &Form, fields: Fields<'_>) {
    for name in written(form) {
        fields.marker.mark(
            &name.span,
            say!("没有流程的表没有步骤", "a form without states has no transitions"),
            say!("请删去 with", "leave `with` out"),
        );
    }
}

/// Every `with` of a form.
fn written(form: &Form) -> impl Iterator<Item = &Located<String>> {
    let sections = form.section.iter().filter_map(|section| section.value.with.as_ref());
    sections.chain(form.field.iter().filter_map(|field| field.value.with.as_ref()))
}

/// The transition that is written for a field: beside it, or beside its section.
fn written_for<'f>(form: &'f Form, field: FieldIdx, fields: Fields<'_>) -> Option<&'f Located<String>> {
    let own = form.field[field.number()].value.with.as_ref();
    let id = fields.all[field].0;
    let holds = |section: &&Located<Section>| section.value.fields.iter().any(|name| name.value == id);
    own.or_else(|| form.section.iter().find(holds)?.value.with.as_ref())
}

fn derived(form: &Form, workflow: &Workflow, field: FieldIdx, fields: Fields<'_>) -> Vec<TransitionIdx> {
    let is_left_open = matches!(form.field[field.number()].value.stated_in, FieldTransitions::Any);
    if is_left_open || is_needed_first(form, workflow, field, fields) {
        return Vec::new();
    }
    let states = |step: &Transition| {
        let is_given = step.gives.iter().any(|(given, _)| *given == field);
        !step.from.is_empty()
            && !step.reopens
            && (step.needs.contains(&field) || step.sets.contains(&field) || is_given)
    };
    let steps = workflow.transitions.entries().filter(|(_, step)| states(step));
    steps.map(|(position, _)| position).collect()
}

/// Whether no record begins without a field.
fn is_needed_first(form: &Form, workflow: &Workflow, field: FieldIdx, fields: Fields<'_>) -> bool {
    let id = fields.all[field].0;
    let is_identity = form.identity.iter().any(|name| name.value == id);
    is_identity
        || matches!(form.field[field.number()].value.required, Need::Always)
        || workflow.beginnings().any(|step| step.needs.contains(&field))
}

fn refuse(name: &Located<String>, id: &str, fields: Fields<'_>) {
    let step = &name.value;
    fields.marker.mark(
        &name.span,
        say!(
            "没有字段 `{id}` 就不能开始一条记录，不能到 `{step}` 才填",
            "no record begins without the field `{id}`: it cannot wait for `{step}`"
        ),
        say!(
            "请写开始记录的步骤，或删去 with",
            "name the transition that begins a record, or leave `with` out"
        ),
    );
}
