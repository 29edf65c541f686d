//! Reading records.

use std::sync::Arc;

use campaign::definition::{FormIdx, StateIdx, Values};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::{clock::day_of, ids::RecordId};
use store::{
    Tx, made_at,
    records::{self, RecordRow},
};

use super::state::{state_of, state_since, stored_state};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing};

/// A stored record, and what it states.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// As it is stored.
    pub(crate) row: RecordRow,
    /// What it states.
    pub(crate) fact: Fact,
    /// What its unit has stated and somebody else has to confirm; it counts nowhere.
    pub(crate) pending: Values,
}

impl Record {
    /// Reads a stored record.
    pub(crate) fn new(snapshot: &Snapshot, row: RecordRow) -> Result<Self> {
        let fact = read_record(snapshot, &row)?;
        let pending = match &row.pending {
            Some(pending) => decode(snapshot, fact.form, row.id, pending)?,
            None => Values::default(),
        };
        Ok(Self { row, fact, pending })
    }

    /// What it would state if all that is pending were confirmed.
    pub(crate) fn with_pending(&self) -> Values {
        let mut values = self.fact.values.clone();
        for (field, claim) in self.pending.entries().filter(|(_, claim)| claim.is_some()) {
            values[field].clone_from(claim);
        }
        values
    }

    /// Position of its state; `None` for a record that takes no transitions.
    pub(crate) fn state(&self, snapshot: &Snapshot) -> Option<StateIdx> {
        state_of(snapshot, &self.row, &self.fact.values)
    }

    /// The day on which it was entered.
    pub(crate) fn created_on(&self) -> Date {
        day_of(made_at(self.row.id.0))
    }

    /// Since when it has been in its state.
    pub(crate) fn in_state_since(&self) -> Date {
        state_since(&self.row)
    }
}

/// What a stored record states.
pub(crate) fn read_record(snapshot: &Snapshot, row: &RecordRow) -> Result<Fact> {
    let (form, _) = snapshot.definition.form(&row.form).ok_or_else(|| {
        Error::internal(format!("record {} is of form {}, which the campaign has not", row.id, row.form))
    })?;
    let values = decode(snapshot, form, row.id, &row.content)?;
    Ok(Fact {
        id: row.id,
        form,
        unit: row.unit,
        values,
        state: stored_state(snapshot, form, row.state.as_deref()),
    })
}

fn decode(snapshot: &Snapshot, form: FormIdx, id: RecordId, content: &str) -> Result<Values> {
    let values = snapshot.codecs[form].decode(content);
    values.map_err(|detail| Error::from(store::Error::Corrupt { table: "fact", key: id.to_string(), detail }))
}

/// The first line of a use case that concerns one record: it exists, and the
/// person may do `action` to its unit.
///
/// # Errors
/// [`Error::NotFound`] for a record that does not exist, or whose unit or campaign is not the person's;
/// [`Error::Forbidden`].
pub(crate) async fn authorised(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    action: Action,
    id: RecordId,
) -> Result<(Arc<Snapshot>, Record)> {
    let missing = || Error::NotFound { what: Thing::Record, key: id.to_string() };
    let snapshot = app.snapshot(tx).await?;
    let row = records::find(tx, id).await?.ok_or_else(missing)?;
    ctx.require(action, &snapshot, row.unit).map_err(|error| match error {
        Error::NotFound { .. } => missing(),
        other => other,
    })?;
    let record = Record::new(&snapshot, row)?;
    if ctx.may_see_form(&snapshot, record.fact.form) { Ok((snapshot, record)) } else { Err(missing()) }
}
