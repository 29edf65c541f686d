//! What records stated at the end of an earlier day, by their history.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use ledger::fact::Fact;
use model::{
    clock::day_of,
    ids::{RecordId, UnitId},
};
use store::{
    Tx,
    audit::{self, AuditRow, RECORD},
    former, records,
};

use crate::{Result, Snapshot, Transitioned, record::stored_state};

/// A record as it was.
#[derive(Debug, Clone)]
pub(crate) struct PastRecord {
    /// What it stated.
    pub(crate) fact: Fact,
    /// Its version then.
    pub(crate) version: i64,
    /// The version of the definition under which that was written.
    pub(crate) definition_hash: String,
    /// Whether it has been removed since.
    pub(crate) is_removed: bool,
}

/// Those of some records that were there at the end of `day`, as they were. `then` is the region on that day. What cannot
/// be read under its definition is left out.
pub(crate) async fn records_on(
    tx: &mut Tx,
    then: &Snapshot,
    day: Date,
    ids: &[RecordId],
) -> Result<BTreeMap<RecordId, PastRecord>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let found = records::find_all(tx, &ids).await?;
    let mut places: BTreeMap<RecordId, (String, UnitId)> =
        found.into_iter().map(|row| (row.id, (row.form, row.unit))).collect();
    let gone: Vec<RecordId> = ids.iter().copied().filter(|id| !places.contains_key(id)).collect();
    places.extend(
        former::removed(tx, &gone).await?.into_iter().map(|record| (record.id, (record.form, record.unit))),
    );
    let subjects: Vec<i64> = places.keys().map(|id| id.0).collect();
    let mut histories = audit::list_of_all(tx, RECORD, &subjects).await?;
    let mut past = BTreeMap::new();
    for (id, place) in places {
        let history = histories.remove(&id.0).unwrap_or_default();
        if let Some(record) = as_of(then, day, (id, place), &history) {
            let is_removed = gone.binary_search(&id).is_ok();
            past.insert(id, PastRecord { is_removed, ..record });
        }
    }
    Ok(past)
}

/// What a record with this history stated at the end of a day; `None` where it was not there.
fn as_of(
    then: &Snapshot,
    day: Date,
    (id, (form, unit)): (RecordId, (String, UnitId)),
    history: &[AuditRow],
) -> Option<PastRecord> {
    let is_by_then = |row: &&AuditRow| Timestamp::from_microsecond(row.at).is_ok_and(|at| day_of(at) <= day);
    let last = history.iter().rfind(is_by_then)?;
    let content = last.after.as_deref()?;
    let (form, _) = then.definition.form_of_stored(&form)?;
    let values = then.codecs[form].decode(content).ok()?;
    let mut moved = history.iter().filter(is_by_then).filter_map(|row| {
        let detail = row.detail.as_deref().and_then(Transitioned::read)?;
        detail.to
    });
    let state = moved.next_back().and_then(|state| stored_state(then, form, Some(&state)));
    Some(PastRecord {
        fact: Fact { id, form, unit, values, state },
        version: last.version().unwrap_or(1),
        definition_hash: last.definition_hash.clone(),
        is_removed: false,
    })
}
