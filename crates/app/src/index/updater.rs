//! Keeps an index true to the records: builds it from the table,
//! then takes in what the audit says has changed.
//!
//! Ids of audit entries rise with time, but on PostgreSQL a transaction that
//! began earlier may commit later. A pass therefore reads the last seconds of the
//! audit again and passes over what was taken in before, until the newest entry has
//! been known for so long that nothing can come before it any more. Taking a change
//! in twice does no harm: the record is read as it is now. What cannot be
//! explained (another database, a backup put back, a different number of
//! records) is answered by building anew.

use campaign::definition::{FormIdx, StateIdx};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use ledger::fact::Fact;
use model::ids::{RecordId, RegionId, UnitId};
use search::{Filter, Index, IndexQuery, IndexRecord, SearchResult, Sort};
use store::{
    Db, Engine, Tx, listing,
    records::{self, RecordRow},
};
use tokio::{sync::mpsc, time};

use super::open::{IndexState, Progress};
use crate::{
    App, Error, Result, Snapshot,
    record::{Record, record_keys},
};

/// Records read from the table at once.
const READ: usize = 5_000;
/// Changes taken in with one commit.
const BATCH: usize = 10_000;
/// Seconds of the audit that are read again by each pass: how much later than
/// its entries an ordinary command commits.
const RECENT: i64 = 5;
/// Seconds that are read again now and then, for long imports.
const LATE: i64 = 5 * 60;
/// As [`RECENT`] and [`LATE`] where there is one writer, so that entries come in order but for the clocks of two programs.
const ONE_WRITER: i64 = 1;
/// How often an index that another process keeps is looked at.
const FOLLOW: Duration = Duration::from_millis(100);

/// How far a list reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexReach {
    /// Everything that was committed before it was asked for.
    Everything,
    /// What was changed up to a moment; the rest is being taken in.
    UpTo(Timestamp),
    /// Nothing yet: the index is being built, and so many records have been read.
    Building(u64),
}

/// Brings one index up to date.
#[derive(Clone)]
pub(crate) struct IndexUpdater {
    db: Db,
    region: RegionId,
    snapshot: Arc<Snapshot>,
    form: FormIdx,
    state: Arc<IndexState>,
}

impl IndexUpdater {
    pub(crate) fn new(app: &App, snapshot: &Arc<Snapshot>, form: FormIdx) -> Result<Self> {
        let region = snapshot.region_id;
        let state = app.region(region)?.indexes.index_of(snapshot, form)?;
        Ok(Self { db: app.db.clone(), region, snapshot: snapshot.clone(), form, state })
    }

    pub(crate) fn index(&self) -> &Index {
        &self.state.index
    }

    /// Asks the index where it may take its time.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Index) -> search::Result<T> + Send + 'static,
    ) -> Result<T> {
        let state = self.state.clone();
        blocking(move || ask(&state.index)).await
    }

    /// Which records of `units` (`None` for all) fit a filter: `most` of them in order, after `skip`.
    pub(crate) async fn find(
        &self,
        filter: Filter,
        units: Option<Vec<UnitId>>,
        sort: Sort,
        skip: usize,
        most: usize,
    ) -> Result<SearchResult> {
        self.read(move |index| {
            index.find(&IndexQuery { filter: &filter, units: units.as_deref(), sort, skip, most })
        })
        .await
    }

    /// Brings the index up to date, for as long as `timeout` lasts; then the
    /// work goes on while the caller does with what there is.
    pub(crate) async fn update_within(&self, timeout: Duration) -> Result<IndexReach> {
        if self.state.read.load(Ordering::Relaxed) == 0 {
            let updater = self.clone();
            let work = tokio::spawn(async move {
                let result = updater.bring_up_to_date().await;
                if let Err(error) = &result {
                    tracing::error!(
                        error = error as &dyn std::error::Error,
                        "an index of records is not up to date"
                    );
                }
                result
            });
            if let Ok(done) = time::timeout(timeout, work).await {
                done.map_err(Error::internal)??;
                return Ok(IndexReach::Everything);
            }
        }
        Ok(match self.index().reached() {
            None => IndexReach::Building(self.state.read.load(Ordering::Relaxed)),
            Some(reached) => IndexReach::UpTo(store::made_at(reached)),
        })
    }

    /// Brings the index up to date, however long it takes.
    pub(crate) async fn bring_up_to_date(&self) -> Result<()> {
        let mut progress = self.state.progress.lock().await;
        self.begin(&mut progress).await?;
        self.apply_all(&mut progress, self.overlap(RECENT)).await
    }

    /// The same, looking further back, and once counting: what is to be done from time to time.
    pub(crate) async fn reconcile(&self) -> Result<()> {
        let mut progress = self.state.progress.lock().await;
        self.begin(&mut progress).await?;
        let again = self.overlap(LATE);
        self.apply_all(&mut progress, again).await?;
        if !progress.is_counted {
            progress.is_counted = true;
            if !self.is_complete(&progress, again).await? {
                tracing::warn!(
                    form = self.form_id(),
                    "an index of records does not hold what the database holds; building it anew"
                );
                self.build(&mut progress).await?;
            }
        }
        Ok(())
    }

    fn form_id(&self) -> &str {
        &self.snapshot.campaign.forms[self.form].id
    }

    /// How many seconds of the audit a pass reads again: fewer where writers take turns.
    fn overlap(&self, seconds: i64) -> i64 {
        if self.db.engine() == Engine::Sqlite { ONE_WRITER } else { seconds }
    }

    /// Makes sure that there is an index of this database.
    async fn begin(&self, progress: &mut Progress) -> Result<()> {
        if progress.is_known {
            return Ok(());
        }
        let is_ours = match self.index().reached() {
            None => false,
            Some(reached) => {
                let mut tx = self.db.read(self.region).await?;
                let is_ours = listing::has_audit(&mut tx, reached).await?;
                drop(tx);
                is_ours
            }
        };
        if !is_ours {
            self.build(progress).await?;
        }
        progress.is_known = true;
        Ok(())
    }

    /// Whether the index holds as many records as the database; what has been changed since is no reason to doubt it.
    async fn is_complete(&self, progress: &Progress, again: i64) -> Result<bool> {
        let mut tx = self.db.read(self.region).await?;
        let count = listing::count(&mut tx, self.form_id()).await?;
        let after = store::id_before(progress.read_to, again);
        let changes = listing::changed(&mut tx, self.form_id(), after, BATCH).await?;
        let is_fresh = changes.iter().any(|change| !progress.seen.contains(&change.audit));
        Ok(is_fresh || u64::try_from(count).is_ok_and(|count| count == self.index().len()))
    }

    /// Takes in everything that was committed, reading `again` seconds of the audit once more.
    async fn apply_all(&self, progress: &mut Progress, again: i64) -> Result<()> {
        let begun = Instant::now();
        progress.raise(self.index().reached().unwrap_or(0));
        let read_to = progress.read_to;
        let is_confirmed = progress.confirmed >= again;
        let mut after = Some(if is_confirmed { read_to } else { store::id_before(read_to, again) });
        while let Some(from) = after {
            after = self.apply_batch(progress, from).await?;
        }
        progress.confirm(read_to, begun, again);
        Ok(())
    }

    /// Takes in a number of changes after an entry of the audit; returns the entry
    /// after which to go on, `None` when there are no more.
    async fn apply_batch(&self, progress: &mut Progress, after: i64) -> Result<Option<i64>> {
        let most = BATCH + progress.seen.range(after..).count();
        let mut tx = self.db.read(self.region).await?;
        let last = listing::last_audit(&mut tx).await?;
        let changes = listing::changed(&mut tx, self.form_id(), after, most).await?;
        let is_all = changes.len() < most;
        let fresh: Vec<_> =
            changes.iter().filter(|change| !progress.seen.contains(&change.audit)).copied().collect();
        let ids: BTreeSet<RecordId> = fresh.iter().map(|change| change.fact).collect();
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let rows = records::find_all(&mut tx, &ids).await?;
        drop(tx);
        let next = if is_all { None } else { changes.last().map(|change| change.audit) };
        let read_to = next.unwrap_or(last).max(progress.read_to);
        // Now and then it is written down that nothing has concerned this form.
        let is_far = store::id_before(read_to, LATE) > self.index().reached().unwrap_or(0);
        if (!fresh.is_empty() || is_far) && !self.apply(rows, ids, read_to).await? {
            let state = self.state.clone();
            blocking(move || state.index.refresh()).await?;
            let reached = self.index().reached().unwrap_or(0);
            if fresh.iter().all(|change| change.audit <= reached) {
                progress.raise(read_to);
                return Ok(next);
            }
            // The process that keeps the index will take them in.
            time::sleep(FOLLOW).await;
            return Ok(Some(after));
        }
        progress.raise(read_to);
        progress.seen.extend(fresh.iter().map(|change| change.audit));
        let late = store::id_before(read_to, LATE);
        progress.seen = progress.seen.split_off(&late);
        Ok(next)
    }

    /// Puts records as they are now into the index and takes the others of
    /// `ids` out; `false` when another process keeps the index.
    async fn apply(&self, rows: Vec<RecordRow>, ids: Vec<RecordId>, reached: i64) -> Result<bool> {
        let (snapshot, state, form) = (self.snapshot.clone(), self.state.clone(), self.form);
        let work = tokio::task::spawn_blocking(move || -> Result<bool> {
            let of_form = rows.into_iter().filter(|row| row.form == snapshot.campaign.forms[form].id);
            let facts = of_form.map(|row| Entry::read(&snapshot, row)).collect::<Result<Vec<_>>>()?;
            let records: Vec<IndexRecord<'_>> = facts.iter().map(Entry::record).collect();
            let present: BTreeSet<RecordId> = records.iter().map(|record| record.id).collect();
            let removed: Vec<RecordId> = ids.into_iter().filter(|id| !present.contains(id)).collect();
            match state.index.apply(&records, &removed, reached) {
                Err(search::Error::Busy) => Ok(false),
                other => other.map(|()| true).map_err(Error::internal),
            }
        });
        work.await.map_err(Error::internal)?
    }

    /// Reads all records of the form, as they are at one moment, into the index;
    /// waits for another process that does it.
    async fn build(&self, progress: &mut Progress) -> Result<()> {
        let mut tx = self.db.read(self.region).await?;
        let reached = listing::last_audit(&mut tx).await?;
        let (rows, taken) = mpsc::channel(2);
        let (snapshot, state, form) = (self.snapshot.clone(), self.state.clone(), self.form);
        let writing = tokio::task::spawn_blocking(move || write(&snapshot, &state, form, reached, taken));
        let read = self.read_all(&mut tx, rows).await;
        let written = writing.await.map_err(Error::internal)?;
        self.state.read.store(0, Ordering::Relaxed);
        read?;
        drop(tx);
        if !written? {
            self.follow().await?;
        }
        *progress = Progress { is_known: true, ..Progress::default() };
        Ok(())
    }

    /// Hands all records of the form on, piece by piece; an empty piece says that there are no more.
    async fn read_all(&self, tx: &mut Tx, rows: mpsc::Sender<Vec<RecordRow>>) -> Result<()> {
        let mut after = RecordId(i64::MIN);
        loop {
            let some = listing::of_form(tx, self.form_id(), after, READ).await?;
            let last = some.last().map(|row| row.id);
            self.state.read.fetch_add(some.len() as u64, Ordering::Relaxed);
            // Whoever takes them has stopped, and says why.
            let has_stopped = rows.send(some).await.is_err();
            match last {
                Some(last) if !has_stopped => after = last,
                _ => return Ok(()),
            }
        }
    }

    /// Waits until the process that keeps the index has built it.
    async fn follow(&self) -> Result<()> {
        loop {
            let state = self.state.clone();
            blocking(move || state.index.refresh()).await?;
            if self.index().reached().is_some() {
                return Ok(());
            }
            time::sleep(FOLLOW).await;
        }
    }
}

/// Writes records into the index as they come; `false` when another process keeps the index.
fn write(
    snapshot: &Snapshot,
    state: &IndexState,
    form: FormIdx,
    reached: i64,
    mut rows: mpsc::Receiver<Vec<RecordRow>>,
) -> Result<bool> {
    let mut build = match state.index.build() {
        Err(search::Error::Busy) => return Ok(false),
        other => other.map_err(Error::internal)?,
    };
    let start = std::time::Instant::now();
    while let Some(some) = rows.blocking_recv() {
        if some.is_empty() {
            build.finish(reached).map_err(Error::internal)?;
            tracing::info!(
                form = snapshot.campaign.forms[form].id,
                records = state.index.len(),
                took = ?start.elapsed(),
                "index of records built"
            );
            return Ok(true);
        }
        for row in some {
            build.put(&Entry::read(snapshot, row)?.record()).map_err(Error::internal)?;
        }
    }
    Err(Error::internal("reading the records stopped"))
}

/// A record on its way into the index.
struct Entry {
    fact: Fact,
    state: Option<StateIdx>,
    keys: Vec<String>,
}

impl Entry {
    fn read(snapshot: &Snapshot, row: RecordRow) -> Result<Self> {
        let record = Record::new(snapshot, row)?;
        let state = record.state(snapshot);
        let keys = record_keys(snapshot, &record.fact);
        Ok(Self { fact: record.fact, state, keys })
    }

    fn record(&self) -> IndexRecord<'_> {
        IndexRecord {
            id: self.fact.id,
            unit: self.fact.unit,
            state: self.state,
            values: &self.fact.values,
            keys: &self.keys,
        }
    }
}

/// Does what takes its time beside the threads that answer requests.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> search::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::internal)
}
