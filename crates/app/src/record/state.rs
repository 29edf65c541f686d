//! The state of a record: the one that follows from its fields, or the one
//! that a transition led to (`docs/decisions/0005-state-follows-fields.md`).

use campaign::definition::{FormIdx, StateIdx, Values, Workflow};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::clock::{BusinessDay, day_of};
use serde::{Deserialize, Serialize};
use store::{made_at, records::RecordRow};

use super::read::Record;
use crate::Snapshot;

/// Position of the state of a record with these values; `None` for records that take no transitions.
pub fn state_of(snapshot: &Snapshot, row: &RecordRow, values: &Values) -> Option<StateIdx> {
    let (_, form) = snapshot.definition.form(&row.form)?;
    Some(state_in(form.workflow.as_ref()?, row, values))
}

/// Position of the state of a record with these values, in its workflow.
pub(crate) fn state_in(workflow: &Workflow, row: &RecordRow, values: &Values) -> StateIdx {
    // A state that the present version no longer has is as good as none.
    let stored = row.state.as_deref().and_then(|id| workflow.state(id));
    workflow.resolve_state(values, stored)
}

/// Position of the state that a transition has led to, by its id. A state that the present version
/// no longer has is as good as none.
pub(crate) fn stored_state(snapshot: &Snapshot, form: FormIdx, id: Option<&str>) -> Option<StateIdx> {
    snapshot.definition.forms[form].workflow.as_ref()?.state(id?)
}

/// Since when a record has been in its state.
pub(super) fn state_since(row: &RecordRow) -> Date {
    row.since.unwrap_or_else(|| day_of(made_at(row.id.0)))
}

/// Where a record has moved, as the audit keeps it: ids of the transition and the states.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transitioned {
    /// The transition; `None` when its fields were changed in another way.
    #[serde(rename = "step", default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<String>,
    /// The state before; `None` for a record that begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The state after; `None` for a record that begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the record's unit claimed then and somebody else had to confirm, as content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<String>,
    /// Whether personal numbers that the record no longer states in its texts were masked in its history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masks_numbers: bool,
}

impl Transitioned {
    /// What its parts are called where it is written.
    pub(crate) const PARTS: [&str; 5] = ["step", "from", "to", "pending", "masks_numbers"];

    /// What the audit says beside before and after; `None` for a record that stays where it is and has nothing pending.
    pub(crate) fn detail(
        moved: Option<Self>,
        pending: Option<String>,
        masks_numbers: bool,
    ) -> Option<String> {
        if moved.is_none() && pending.is_none() && !masks_numbers {
            return None;
        }
        Some(Self { pending, masks_numbers, ..moved.unwrap_or_default() }.written())
    }

    /// As the audit keeps it.
    fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the record began or came into another state; otherwise only what is pending is told.
    pub(super) fn has_moved(&self) -> bool {
        self.transition.is_some() || self.to.is_some()
    }

    /// Reads back what [`Transitioned::written`] wrote.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The state of a changed record, as it is stored.
#[derive(Debug, Default)]
pub(super) struct StoredState {
    /// Id of its state, where it does not follow from the fields.
    pub(super) state: Option<String>,
    /// Since when; `None` for since it was created.
    pub(super) since: Option<Date>,
    /// What the audit says about it; `None` when it has not moved.
    pub(super) moved: Option<Transitioned>,
}

/// The state of `old` once it states what `new` does; `taken` is the transition, and the state it leads to.
pub(super) fn next_state(
    snapshot: &Snapshot,
    today: BusinessDay,
    old: &Record,
    new: &Fact,
    taken: Option<(String, StateIdx)>,
) -> StoredState {
    let Some(workflow) = &snapshot.definition.forms[new.form].workflow else { return StoredState::default() };
    let from = state_in(workflow, &old.row, &old.fact.values);
    let (transition, to) = match taken {
        Some((transition, to)) => (Some(transition), to),
        None => (None, from),
    };
    let state = workflow.resolve_state(&new.values, Some(to));
    let id = |state: StateIdx| workflow.states[state].id.clone();
    let has_moved = transition.is_some() || state != from;
    StoredState {
        state: (workflow.derived_state(&new.values) != state).then(|| id(state)),
        since: if has_moved { Some(today.date()) } else { old.row.since },
        moved: has_moved.then(|| Transitioned {
            transition,
            from: Some(id(from)),
            to: Some(id(state)),
            ..Transitioned::default()
        }),
    }
}

/// The state of `old` once it states again what it stated before, in `new`; and what the audit says about it.
pub(super) fn state_as_before(
    snapshot: &Snapshot,
    old: &Record,
    new: &Fact,
    (before, since): (Option<StateIdx>, Option<Date>),
) -> (StoredState, Option<Transitioned>) {
    let workflow = snapshot.definition.forms[new.form].workflow.as_ref();
    let Some((workflow, before)) = workflow.zip(before) else { return (StoredState::default(), None) };
    let before = workflow.resolve_state(&new.values, Some(before));
    let from = state_in(workflow, &old.row, &old.fact.values);
    let id = |state: StateIdx| workflow.states[state].id.clone();
    let moved = (from != before).then(|| Transitioned {
        from: Some(id(from)),
        to: Some(id(before)),
        ..Transitioned::default()
    });
    let state = (workflow.derived_state(&new.values) != before).then(|| id(before));
    (StoredState { state, since, moved: None }, moved)
}
