//! The transition that usually comes next in a state: one that leads out of it and is neither taken on occasion
//! nor opens what was closed. A state has one at most, so that a page can put it before all others.

use crate::{
    check::{form::Fields, naming::find},
    definition::{Transition, Workflow},
    mistake::say,
    written::form::Form,
};

/// Finds the usual transition of every state.
pub(super) fn check(form: &Form, workflow: &mut Workflow, fields: Fields<'_>) {
    let positions: Vec<_> = workflow.states.positions().collect();
    for (state, written) in positions.into_iter().zip(&form.state) {
        let Some(name) = &written.value.usual else { continue };
        let ids = workflow.transitions.iter().map(|step| step.id.as_str());
        let Some(found) = find::<Transition>(fields.marker, name, ids, &say!("步骤", "transition")) else {
            continue;
        };
        let step = &workflow.transitions[found];
        let (id, from) = (&step.id, &written.value.id.value);
        if !step.from.contains(&state) {
            fields.marker.mark(
                &name.span,
                say!(
                    "步骤 `{id}` 不从状态 `{from}` 开始",
                    "the transition `{id}` does not lead out of `{from}`"
                ),
                say!("请写一个从它开始的步骤", "name one whose `from` has this state"),
            );
        } else if step.reopens || step.is_on_occasion {
            fields.marker.mark(
                &name.span,
                say!("步骤 `{id}` 只在特殊情况下办理", "the transition `{id}` is taken on occasion only"),
                say!(
                    "请写通常办理的步骤，没有就删去 usual",
                    "name the one that usually comes next, or leave `usual` out"
                ),
            );
        } else {
            workflow.states[state].usual = Some(found);
        }
    }
}
