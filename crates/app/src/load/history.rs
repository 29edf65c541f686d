//! A record that is loaded with its history: its versions, each with the moment at which it was made, who made it, and
//! the audit entry that says so.

use campaign::definition::{FormIdx, Values};
use jiff::{Timestamp, civil::Date};
use model::{
    clock::day_of,
    ids::{RecordId, UnitId},
};
use store::{
    audit::{self, AuditEntry, PastEntry, RecordMark},
    id_of_past,
    records::RecordRow,
};

use crate::{
    Snapshot,
    audit::RECORD,
    record::{Transitioned, identity},
};

/// One version of a record that is loaded with its history.
#[derive(Debug, Clone)]
pub struct LoadVersion {
    /// When it was made: later than the one before.
    pub at: Timestamp,
    /// Who made it, by the name in the audit.
    pub by: String,
    /// Id of the transition that led to it; `None` for an entry or a correction.
    pub transition: Option<String>,
    /// Id of the state that it is in, where its fields do not determine it.
    pub state: Option<String>,
    /// What it states, by position of the field.
    pub values: Values,
}

/// Counts what is loaded, so that no two ids are the same.
pub(super) struct Numbers {
    records: i64,
    entries: i64,
}

impl Numbers {
    /// Numbers of entries begin after so many others of the load.
    pub(super) fn starting_after(entries: usize) -> Self {
        Self { records: 0, entries: i64::try_from(entries).unwrap_or(i64::MAX / 2) }
    }

    fn next(number: &mut i64) -> i64 {
        *number += 1;
        *number
    }
}

/// The last version of a record as it is stored, and the audit entries of all its versions; `None` without versions.
pub(super) fn record_with_history(
    snapshot: &Snapshot,
    (form, unit): (FormIdx, UnitId),
    history: &[LoadVersion],
    numbers: &mut Numbers,
) -> Option<(RecordRow, Vec<PastEntry>)> {
    let definition = &snapshot.definition.forms[form];
    let id = RecordId(id_of_past(history.first()?.at, Numbers::next(&mut numbers.records)));
    let state_of = |made: &LoadVersion| {
        let workflow = definition.workflow.as_ref()?;
        let stored = made.state.as_deref().and_then(|id| workflow.state(id));
        Some(workflow.states[workflow.resolve_state(&made.values, stored)].id.clone())
    };
    let mut last: Option<(RecordRow, Option<String>)> = None;
    let mut entries = Vec::with_capacity(history.len());
    for (version, made) in (1..).zip(history) {
        let state = state_of(made);
        let former = last.take();
        let from = former.as_ref().and_then(|(_, state)| state.clone());
        let has_moved = made.transition.is_some() || (former.is_some() && from != state);
        // A record that begins comes from nowhere and is where its fields say.
        let to = state.clone().filter(|_| former.is_some());
        let moved = has_moved.then(|| Transitioned {
            transition: made.transition.clone(),
            from,
            to,
            ..Transitioned::default()
        });
        let since: Option<Date> = match &former {
            Some(_) if has_moved => Some(day_of(made.at)),
            Some((row, _)) => row.since,
            None => None,
        };
        let row = RecordRow {
            id,
            form: definition.id.clone(),
            unit,
            identity: identity(snapshot, form, &made.values),
            version,
            definition_hash: snapshot.definition.hash.clone(),
            content: snapshot.codecs[form].encode(&made.values),
            state: made.state.clone(),
            since,
            pending: None,
        };
        let entry = AuditEntry {
            action: match (&former, &made.transition) {
                (None, _) => "create",
                (Some(_), Some(_)) => "step",
                (Some(_), None) => "correct",
            },
            subject: RECORD,
            subject_id: id.0,
            before: former.map(|(former, _)| audit::text_before(&former.content, Some(&row.content))),
            after: None,
            detail: Transitioned::detail(moved, None, false),
            record: Some(RecordMark::written(&snapshot.vault, &row)),
        };
        let number = Numbers::next(&mut numbers.entries);
        entries.push(PastEntry { at: made.at, number, actor: made.by.clone(), entry });
        last = Some((row, state));
    }
    last.map(|(row, _)| (row, entries))
}
