//! What was done to a record, from the audit.

use campaign::definition::{FormIdx, Values};
use jiff::Timestamp;
use model::ids::RecordId;
use store::{Tx, audit};

use super::{
    change::{DERIVE, TAKE_BACK},
    state::Transitioned,
};
use crate::{Error, Result, Snapshot, audit::RECORD};

/// One change of a record.
pub struct RecordChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What it stated before; `None` when it did not exist.
    pub before: Option<Values>,
    /// What it stated after.
    pub after: Option<Values>,
    /// The campaign version it was made under.
    pub definition_hash: String,
    /// Where it moved the record.
    pub moved: Option<Transitioned>,
    /// Whether an import was taken back by it.
    pub is_taken_back: bool,
    /// Whether it follows from a change of other records.
    pub is_derived: bool,
    /// Whether personal numbers that it took out of texts were masked in all changes.
    pub masks_numbers: bool,
}

/// Every change of a record, oldest first.
pub(crate) async fn change_list(
    tx: &mut Tx,
    snapshot: &Snapshot,
    form: FormIdx,
    id: RecordId,
) -> Result<Vec<RecordChange>> {
    let codec = &snapshot.codecs[form];
    let decoded = |content: Option<String>| {
        content.map(|content| codec.decode(&content)).transpose().map_err(Error::internal)
    };
    let changes = audit::list_of(tx, RECORD, id.0).await?.into_iter().map(|entry| {
        let detail = entry.detail.as_deref().and_then(Transitioned::read);
        Ok(RecordChange {
            at: Timestamp::from_microsecond(entry.at).map_err(Error::internal)?,
            actor: entry.actor,
            is_taken_back: entry.action == TAKE_BACK,
            is_derived: entry.action == DERIVE,
            before: decoded(entry.before)?,
            after: decoded(entry.after)?,
            definition_hash: entry.definition_hash,
            masks_numbers: detail.as_ref().is_some_and(|detail| detail.masks_numbers),
            moved: detail.filter(Transitioned::has_moved),
        })
    });
    changes.collect()
}

/// What a record that has these changes stated at `version`; `None` when they do not reach back so far.
pub(crate) fn values_at<'r>(
    changes: &'r [RecordChange],
    record: (&'r Values, i64),
    version: i64,
) -> Option<&'r Values> {
    let (values, latest) = record;
    let later = usize::try_from(latest.checked_sub(version)?).ok()?;
    if later == 0 {
        return Some(values);
    }
    // Every change raises the version by one and says what was before it.
    changes.get(changes.len().checked_sub(later)?)?.before.as_ref()
}
