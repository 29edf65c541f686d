//! Checks of who states which field: in which transitions alone a field is stated.
//!
//! Where a definition says nothing, a field that only transitions of another
//! level set or give is stated in these alone: what is granted cannot be typed
//! in by who asks for it.

use std::collections::BTreeMap;

use crate::{
    check::{
        form::Fields,
        naming::{Age, find},
    },
    definition::{FieldIdx, Level, Transition, TransitionIdx, Workflow},
    marker::Span,
    mistake::say,
    written::{
        form::{FieldTransitions, Form, Need},
        read::Located,
    },
};

/// The fields that are stated in some transitions alone, with these.
pub(super) fn check(
    form: &Form,
    workflow: &Workflow,
    fields: Fields<'_>,
) -> BTreeMap<FieldIdx, Vec<TransitionIdx>> {
    let mut stated_in = BTreeMap::new();
    for (field, written) in fields.all.positions().zip(&form.field) {
        let setting = setting(workflow, field);
        let transitions = match &written.value.stated_in {
            FieldTransitions::Any => continue,
            FieldTransitions::Derived => derived(workflow, &setting),
            FieldTransitions::Transitions(names) => {
                let transitions = named(form, names, fields);
                for position in setting.iter().filter(|position| !transitions.contains(position)) {
                    unlisted(form, workflow, names, *position, fields);
                }
                transitions
            }
        };
        if transitions.is_empty() {
            continue;
        }
        let needed = needed_first(form, workflow, (field, &transitions), fields);
        match needed {
            // Before there was `stated_in`, whoever began a record stated it.
            Some(_) if fields.defined.age == Age::Stored => {}
            Some((span, begin)) => {
                refuse(span, begin, fields.all[field].0, fields);
                stated_in.insert(field, transitions);
            }
            None => {
                stated_in.insert(field, transitions);
            }
        }
    }
    stated_in
}

/// The transitions that state a field by themselves.
fn setting(workflow: &Workflow, field: FieldIdx) -> Vec<TransitionIdx> {
    let sets = |step: &Transition| {
        step.sets.contains(&field)
            || step.clears.contains(&field)
            || step.gives.iter().any(|(given, _)| *given == field)
    };
    let setting = workflow.transitions.entries().filter(|(_, step)| sets(step));
    setting.map(|(position, _)| position).collect()
}

/// All that set the field, when each of them belongs to another level than the record's own.
fn derived(workflow: &Workflow, setting: &[TransitionIdx]) -> Vec<TransitionIdx> {
    let is_own = |position: &&TransitionIdx| workflow.transitions[**position].level == Level::Own;
    if setting.iter().any(|position| is_own(&position)) { Vec::new() } else { setting.to_vec() }
}

fn named(form: &Form, names: &Located<Vec<Located<String>>>, fields: Fields<'_>) -> Vec<TransitionIdx> {
    if names.value.is_empty() {
        fields.marker.mark(
            &names.span,
            say!("没有写在哪些步骤中填写", "no transition is named: nobody could state the field"),
            say!("请写步骤，或写 \"any\"", "name transitions, or write \"any\""),
        );
    }
    let ids = || form.transition.iter().map(|step| step.value.id.value.as_str());
    let found = names.value.iter();
    found.filter_map(|name| find(fields.marker, name, ids(), &say!("步骤", "transition"))).collect()
}

/// A transition that states a field which is not stated in it.
fn unlisted(
    form: &Form,
    workflow: &Workflow,
    names: &Located<Vec<Located<String>>>,
    position: TransitionIdx,
    fields: Fields<'_>,
) {
    let id = &workflow.transitions[position].id;
    debug_assert_eq!(form.transition.len(), workflow.transitions.len(), "every transition was read");
    fields.marker.mark(
        &names.span,
        say!("步骤 `{id}` 也填写这个字段", "the transition `{id}` states this field too"),
        say!(
            "请把 `{id}` 写入 stated_in，或从该步骤中删去此字段",
            "name `{id}` in `stated_in`, or take the field out of that transition"
        ),
    );
}

/// Where the definition says that a transition which begins a record needs a field that is not stated in it.
fn needed_first<'a>(
    form: &'a Form,
    workflow: &'a Workflow,
    (field, transitions): (FieldIdx, &[TransitionIdx]),
    fields: Fields<'_>,
) -> Option<(&'a Span, &'a str)> {
    let id = fields.all[field].0;
    let written = &form.field[field.number()];
    let is_identity = form.identity.iter().any(|name| name.value == id);
    let is_always_needed = is_identity || matches!(written.value.required, Need::Always);
    let beginnings = workflow.transitions.entries().filter(|(_, step)| step.from.is_empty());
    let mut others = beginnings.filter(|(position, _)| !transitions.contains(position));
    others.find_map(|(position, step)| {
        let needs = &form.transition[position.number()].value.needs;
        let needed = needs.iter().find(|name| name.value == id).map(|name| &name.span);
        Some((needed.or(is_always_needed.then_some(&written.span))?, step.id.as_str()))
    })
}

/// Whoever begins a record must be able to: nothing may be needed then that only a later transition states.
fn refuse(span: &Span, begin: &str, id: &str, fields: Fields<'_>) {
    fields.marker.mark(
        span,
        say!(
            "第一步 `{begin}` 就需要字段 `{id}`，它却只在以后的步骤中填写",
            "the first step `{begin}` needs the field `{id}`, which only a later step states"
        ),
        say!(
            "请另设一个申报字段，或写 stated_in = \"any\"",
            "make what is asked for a field of its own, or write stated_in = \"any\""
        ),
    );
}
