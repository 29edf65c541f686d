//! Building an index: all records of a form, as they are at one moment. One part of the program
//! reads them, another writes them into the index.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use campaign::definition::StateIdx;
use ledger::fact::Fact;
use model::ids::RecordId;
use search::{Index, IndexRecord, Reached};
use store::{
    Tx,
    changes::{self, ChangeMark},
    listing,
    records::RecordRow,
};
use tokio::sync::mpsc;

use super::{open::IndexState, updater::IndexUpdater};
use crate::{
    Error, Result, Snapshot,
    record::{Record, record_keys},
};

/// Records read from the table at once.
const READ: usize = 5_000;

/// Says while it lives that an index is being built.
pub(super) struct Building<'a>(&'a IndexState);

impl<'a> Building<'a> {
    pub(super) fn new(state: &'a IndexState) -> Self {
        state.read.store(0, Ordering::Relaxed);
        state.is_building.store(true, Ordering::Relaxed);
        Self(state)
    }
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        self.0.is_building.store(false, Ordering::Relaxed);
    }
}

/// Reads all records of the form into the index; the last change of the region that it holds. `None` when
/// another process keeps the index.
pub(super) async fn build(updater: &IndexUpdater, index: &Arc<Index>) -> Result<Option<ChangeMark>> {
    let mut tx = updater.db.walk(updater.region).await?;
    let last = changes::last(&mut tx).await?;
    let of_form = changes::last_of(&mut tx, updater.form_id()).await?;
    let (Some(last), Some(of_form)) = (last, of_form) else {
        return Err(Error::internal("the region has no number of its changes"));
    };
    let (rows, taken) = mpsc::channel(2);
    let reached = updater.reached(of_form);
    let (snapshot, form, index) = (updater.snapshot.clone(), updater.form_id().to_owned(), index.clone());
    let writing = tokio::task::spawn_blocking(move || write(&snapshot, &form, &index, reached, taken));
    let read = read_all(&mut tx, updater.form_id(), rows, |count| {
        updater.state.read.fetch_add(count as u64, Ordering::Relaxed);
    });
    let read = read.await;
    let written = writing.await.map_err(Error::internal)?;
    read?;
    Ok(written?.then_some(last))
}

/// Hands all records of the form on, piece by piece; an empty piece says that there are no more.
pub(super) async fn read_all(
    tx: &mut Tx,
    form: &str,
    rows: mpsc::Sender<Vec<RecordRow>>,
    count: impl Fn(usize),
) -> Result<()> {
    let mut after = RecordId(i64::MIN);
    loop {
        let some = listing::of_form(tx, form, after, READ).await?;
        let last = some.last().map(|row| row.id);
        count(some.len());
        // Whoever takes them has stopped, and says why.
        let has_stopped = rows.send(some).await.is_err();
        match last {
            Some(last) if !has_stopped => after = last,
            _ => return Ok(()),
        }
    }
}

/// Writes records into the index as they come; `false` when another process keeps the index.
fn write(
    snapshot: &Snapshot,
    form: &str,
    index: &Index,
    reached: Reached,
    mut rows: mpsc::Receiver<Vec<RecordRow>>,
) -> Result<bool> {
    let mut build = match index.build() {
        Err(search::Error::Busy) => return Ok(false),
        other => other?,
    };
    let start = std::time::Instant::now();
    let mut records = 0;
    while let Some(some) = rows.blocking_recv() {
        if some.is_empty() {
            build.finish(reached)?;
            if index.len() != records {
                // Its files were changed meanwhile.
                let file = index.directory().map(Path::to_owned).unwrap_or_default();
                let reason = format!("it holds {} of {records} records", index.len());
                return Err(search::Error::Damaged { file, reason }.into());
            }
            tracing::info!(form, records, took = ?start.elapsed(), "index of records built");
            return Ok(true);
        }
        for row in some {
            build.put(&Entry::read(snapshot, row)?.record())?;
            records += 1;
        }
    }
    Err(reading_stopped())
}

/// Reading has stopped in the middle; whoever reads says why.
pub(super) fn reading_stopped() -> Error {
    Error::internal("reading the records stopped")
}

/// A record on its way into the index.
pub(super) struct Entry {
    fact: Fact,
    version: i64,
    state: Option<StateIdx>,
    keys: Vec<String>,
}

impl Entry {
    pub(super) fn read(snapshot: &Snapshot, row: RecordRow) -> Result<Self> {
        let record = Record::new(snapshot, row)?;
        let state = record.state(snapshot);
        let keys = record_keys(snapshot, &record.fact);
        Ok(Self { fact: record.fact, version: record.row.version, state, keys })
    }

    pub(super) fn record(&self) -> IndexRecord<'_> {
        IndexRecord {
            id: self.fact.id,
            version: self.version,
            unit: self.fact.unit,
            state: self.state,
            values: &self.fact.values,
            keys: &self.keys,
        }
    }
}
