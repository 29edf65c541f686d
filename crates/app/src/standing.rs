//! Where a record stands: in the state that its fields tell, or in the one
//! that a step led to (`docs/decisions/0005-state-follows-fields.md`).

use campaign::definition::Workflow;
use jiff::civil::Date;
use ledger::fact::Fact;
use model::{clock::day_of, value::Value};
use serde::{Deserialize, Serialize};
use store::{facts::FactRow, made_at};

use crate::Snapshot;

/// Position of the state of a record with these values; `None` for records that take no steps.
pub fn state_of(snapshot: &Snapshot, row: &FactRow, values: &[Option<Value>]) -> Option<usize> {
    let (_, form) = snapshot.campaign.form(&row.form)?;
    Some(state_in(form.workflow.as_ref()?, row, values))
}

/// Position of the state of a record with these values, in its workflow.
pub(crate) fn state_in(workflow: &Workflow, row: &FactRow, values: &[Option<Value>]) -> usize {
    // A state that the present version no longer has is as good as none.
    let stored = row.state.as_deref().and_then(|id| workflow.state(id));
    workflow.settle(values, stored)
}

/// Since when a record has been in its state.
pub(crate) fn since(row: &FactRow) -> Date {
    row.since.unwrap_or_else(|| day_of(made_at(row.id.0)))
}

/// Where a record has moved, as the audit keeps it: ids of the step and the states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The step; `None` when its fields were changed in another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The state before; `None` for a record that begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The state after; `None` for a record that begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Moved {
    /// As the audit keeps it.
    pub(crate) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads back what [`Moved::written`] wrote.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Where a changed fact stands, as it is stored.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Id of its state, where its fields do not tell it.
    pub(crate) state: Option<String>,
    /// Since when; `None` for since it was created.
    pub(crate) since: Option<Date>,
    /// What the audit says about it; `None` when it has not moved.
    pub(crate) moved: Option<Moved>,
}

/// Where `old` stands once it states what `new` does; `taken` is the step, and the state it leads to.
pub(crate) fn place(
    snapshot: &Snapshot,
    today: Date,
    old: (&FactRow, &Fact),
    new: &Fact,
    taken: Option<(String, usize)>,
) -> Place {
    let Some(workflow) = &snapshot.campaign.forms[new.form].workflow else { return Place::default() };
    let (row, old) = old;
    let from = state_in(workflow, row, &old.values);
    let (step, to) = match taken {
        Some((step, to)) => (Some(step), to),
        None => (None, from),
    };
    let state = workflow.settle(&new.values, Some(to));
    let id = |state: usize| workflow.states[state].id.clone();
    let has_moved = step.is_some() || state != from;
    Place {
        state: (workflow.told(&new.values) != state).then(|| id(state)),
        since: if has_moved { Some(today) } else { row.since },
        moved: has_moved.then(|| Moved { step, from: Some(id(from)), to: Some(id(state)) }),
    }
}
