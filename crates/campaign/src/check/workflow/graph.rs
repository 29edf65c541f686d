//! Checks of the graph of a workflow: every state can be reached, every record
//! can reach a final state, and a transition leads to the state that its fields
//! give.

use std::collections::BTreeSet;

use crate::{
    check::form::Fields,
    definition::{FieldIdx, StateIdx, StateKind, Transition, Workflow},
    mistake::say,
    written::form::Form,
};

/// Marks states and transitions that lead nowhere.
pub(super) fn check(form: &Form, workflow: &Workflow, fields: Fields<'_>) {
    let reached =
        spread(workflow, BTreeSet::from([Workflow::INITIAL]), |step| (step.from.clone(), vec![step.to]));
    let ends = workflow.states.entries().filter(|(_, state)| state.kind == StateKind::Final);
    let ends = ends.map(|(position, _)| position);
    let ending = spread(workflow, ends.collect(), |step| (vec![step.to], step.from.clone()));
    for (position, state) in workflow.states.positions().zip(&form.state) {
        let id = &state.value.id.value;
        if !reached.contains(&position) {
            fields.marker.mark(
                &state.value.id.span,
                say!("没有步骤通向状态 `{id}`", "no step leads to the state `{id}`"),
                say!(
                    "请加一个通向它的 [[transition]]，或删去此状态",
                    "add a [[transition]] to it, or delete it"
                ),
            );
        } else if !ending.contains(&position) && !ending.is_empty() {
            fields.marker.mark(
                &state.value.id.span,
                say!("从状态 `{id}` 走不到终了状态", "no way leads from the state `{id}` to a final one"),
                say!(
                    "请加一个 [[transition]]，或写 kind = \"final\"",
                    "add a [[transition]], or write kind = \"final\""
                ),
            );
        }
    }
    for (step, written) in workflow.transitions.iter().zip(&form.transition) {
        for (from, name) in step.from.iter().zip(&written.value.from) {
            if workflow.states[*from].kind == StateKind::Final && !step.reopens {
                let id = &name.value;
                fields.marker.mark(
                    &name.span,
                    say!("`{id}` 是终了状态，不再有步骤", "`{id}` is final: no step leads out of it"),
                    say!(
                        "请从 from 中删去，或把它改为 open",
                        "leave it out of `from`, or make the state open"
                    ),
                );
            }
        }
        check_distinguishable(form, workflow, step, fields);
    }
}

/// Everything that can be come to from `known`, where a transition leads from any of the first to the second.
fn spread(
    workflow: &Workflow,
    mut known: BTreeSet<StateIdx>,
    ways: fn(&Transition) -> (Vec<StateIdx>, Vec<StateIdx>),
) -> BTreeSet<StateIdx> {
    loop {
        let before = known.len();
        for (from, to) in workflow.transitions.iter().map(ways) {
            if from.iter().any(|state| known.contains(state)) {
                known.extend(to);
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// A transition between states that fields tell apart states one of those fields;
/// otherwise the record would be where it was as soon as it is looked at again.
fn check_distinguishable(form: &Form, workflow: &Workflow, step: &Transition, fields: Fields<'_>) {
    let to = workflow.base(step.to);
    let is_set = |field: &FieldIdx| {
        step.needs.contains(field)
            || step.sets.contains(field)
            || step.clears.contains(field)
            || step.gives.iter().any(|(given, _)| given == field)
    };
    for from in step.from.iter().map(|from| workflow.base(*from)).filter(|from| *from != to) {
        // Forward, the state it leads to must become true; back, the one it leaves must cease to be.
        let mut telling = Vec::new();
        if let Some(when) = &workflow.states[to.max(from)].when {
            when.fields(&mut telling);
        }
        if telling.is_empty() || telling.iter().any(is_set) {
            continue;
        }
        let written = form.transition.iter().find(|written| written.value.id.value == step.id);
        let Some(name) = written.map(|written| &written.value.to) else { continue };
        let id = &name.value;
        let names: BTreeSet<&str> = telling.iter().map(|field| fields.all[*field].0).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        fields.marker.mark(
            &name.span,
            say!(
                "状态由字段 {names} 判定，而这一步不填其中任何一个，到不了 `{id}`",
                "where a record is follows from {names}, and this step states nothing of it: it cannot lead to `{id}`"
            ),
            say!("请把判定字段写入 needs、sets 或 gives", "name one of them in `needs`, `sets` or `gives`"),
        );
        return;
    }
}
