//! Keeps an index of records true to the facts: builds it from the table,
//! then takes in what the audit says has changed.
//!
//! Ids of audit entries rise with time, but on PostgreSQL a transaction that
//! began earlier may commit later, so the last moments of the audit are read
//! again and what was taken in before is passed over. Taking a change in
//! twice does no harm: the fact is read as it is now. What cannot be
//! explained (another database, a backup put back, a different number of
//! records) is answered by building anew.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use jiff::Timestamp;
use ledger::fact::Fact;
use model::ids::{FactId, RegionId};
use search::{Index, Record};
use store::{
    Db, Engine, Tx,
    facts::{self, FactRow},
    listing,
};
use tokio::{sync::mpsc, time};

use super::indexes::{Kept, Progress};
use crate::{App, Error, Result, Snapshot, keys, record::read_fact, standing::state_of};

/// Facts read from the table at once.
const READ: usize = 5_000;
/// Changes taken in with one commit.
const STEP: usize = 10_000;
/// Seconds of the audit that are read again each time: how much later than
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
pub enum Reach {
    /// Everything that was committed before it was asked for.
    Everything,
    /// What was changed up to a moment; the rest is being taken in.
    UpTo(Timestamp),
    /// Nothing yet: the index is being built, and so many records have been read.
    Building(u64),
}

/// Brings one index up to date.
#[derive(Clone)]
pub(super) struct Keeper {
    db: Db,
    region: RegionId,
    snapshot: Arc<Snapshot>,
    form: usize,
    kept: Arc<Kept>,
}

impl Keeper {
    pub(super) fn new(app: &App, snapshot: &Arc<Snapshot>, form: usize) -> Result<Self> {
        let kept = app.indexes.of(snapshot, form)?;
        Ok(Self { db: app.db.clone(), region: app.region, snapshot: snapshot.clone(), form, kept })
    }

    pub(super) fn index(&self) -> &Index {
        &self.kept.index
    }

    /// Asks the index where it may take its time.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Index) -> search::Result<T> + Send + 'static,
    ) -> Result<T> {
        let kept = self.kept.clone();
        blocking(move || ask(&kept.index)).await
    }

    /// Brings the index up to date, for as long as `patience` lasts; then the
    /// work goes on while the caller does with what there is.
    pub(super) async fn hurry(&self, patience: Duration) -> Result<Reach> {
        if self.kept.read.load(Ordering::Relaxed) == 0 {
            let keeper = self.clone();
            let work = tokio::spawn(async move {
                let result = keeper.bring_up_to_date().await;
                if let Err(error) = &result {
                    tracing::error!(
                        error = error as &dyn std::error::Error,
                        "an index of records is not up to date"
                    );
                }
                result
            });
            if let Ok(done) = time::timeout(patience, work).await {
                done.map_err(Error::internal)??;
                return Ok(Reach::Everything);
            }
        }
        Ok(match self.index().reached() {
            None => Reach::Building(self.kept.read.load(Ordering::Relaxed)),
            Some(reached) => Reach::UpTo(store::made_at(reached)),
        })
    }

    /// Brings the index up to date, however long it takes.
    pub(super) async fn bring_up_to_date(&self) -> Result<()> {
        let mut progress = self.kept.progress.lock().await;
        self.begin(&mut progress).await?;
        let again = if self.has_one_writer() { ONE_WRITER } else { RECENT };
        while !self.step(&mut progress, again).await? {}
        Ok(())
    }

    /// The same, looking further back, and once counting: what is to be done from time to time.
    pub(super) async fn look_over(&self) -> Result<()> {
        let mut progress = self.kept.progress.lock().await;
        self.begin(&mut progress).await?;
        let again = if self.has_one_writer() { ONE_WRITER } else { LATE };
        while !self.step(&mut progress, again).await? {}
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

    fn has_one_writer(&self) -> bool {
        self.db.engine() == Engine::Sqlite
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
                tx.rollback().await?;
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
        let changes = listing::changed(&mut tx, self.form_id(), after, STEP).await?;
        tx.rollback().await?;
        let is_fresh = changes.iter().any(|change| !progress.seen.contains(&change.audit));
        Ok(is_fresh || u64::try_from(count).is_ok_and(|count| count == self.index().len()))
    }

    /// Takes in a number of changes; says whether there are no more.
    async fn step(&self, progress: &mut Progress, again: i64) -> Result<bool> {
        let read_to = progress.read_to.max(self.index().reached().unwrap_or(0));
        let after = store::id_before(read_to, again);
        let most = STEP + progress.seen.range(after..).count();
        let mut tx = self.db.read(self.region).await?;
        let last = listing::last_audit(&mut tx).await?;
        let changes = listing::changed(&mut tx, self.form_id(), after, most).await?;
        let is_all = changes.len() < most;
        let fresh: Vec<_> =
            changes.iter().filter(|change| !progress.seen.contains(&change.audit)).copied().collect();
        let ids: BTreeSet<FactId> = fresh.iter().map(|change| change.fact).collect();
        let ids: Vec<FactId> = ids.into_iter().collect();
        let rows = facts::find_all(&mut tx, &ids).await?;
        tx.rollback().await?;
        let read_to =
            if is_all { last } else { fresh.last().map_or(last, |change| change.audit) }.max(read_to);
        // Now and then it is written down that nothing has concerned this form.
        let is_far = store::id_before(read_to, LATE) > self.index().reached().unwrap_or(0);
        if (!fresh.is_empty() || is_far) && !self.take_in(rows, ids, read_to).await? {
            let kept = self.kept.clone();
            blocking(move || kept.index.refresh()).await?;
            let reached = self.index().reached().unwrap_or(0);
            if fresh.iter().all(|change| change.audit <= reached) {
                progress.read_to = read_to;
                return Ok(is_all);
            }
            // The process that keeps the index will take them in.
            time::sleep(FOLLOW).await;
            return Ok(false);
        }
        progress.read_to = read_to;
        progress.seen.extend(fresh.iter().map(|change| change.audit));
        let late = store::id_before(read_to, LATE);
        progress.seen = progress.seen.split_off(&late);
        Ok(is_all)
    }

    /// Puts facts as they are now into the index and takes the others of
    /// `ids` out; `false` when another process keeps the index.
    async fn take_in(&self, rows: Vec<FactRow>, ids: Vec<FactId>, reached: i64) -> Result<bool> {
        let (snapshot, kept, form) = (self.snapshot.clone(), self.kept.clone(), self.form);
        let work = tokio::task::spawn_blocking(move || -> Result<bool> {
            let of_form = rows.iter().filter(|row| row.form == snapshot.campaign.forms[form].id);
            let facts = of_form.map(|row| Entry::read(&snapshot, row)).collect::<Result<Vec<_>>>()?;
            let records: Vec<Record<'_>> = facts.iter().map(Entry::record).collect();
            let stays: BTreeSet<FactId> = records.iter().map(|record| record.id).collect();
            let gone: Vec<FactId> = ids.into_iter().filter(|id| !stays.contains(id)).collect();
            match kept.index.apply(&records, &gone, reached) {
                Err(search::Error::Busy) => Ok(false),
                other => other.map(|()| true).map_err(Error::internal),
            }
        });
        work.await.map_err(Error::internal)?
    }

    /// Reads all facts of the form, as they are at one moment, into the index;
    /// waits for another process that does it.
    async fn build(&self, progress: &mut Progress) -> Result<()> {
        let mut tx = self.db.read(self.region).await?;
        let reached = listing::last_audit(&mut tx).await?;
        let (rows, taken) = mpsc::channel(2);
        let (snapshot, kept, form) = (self.snapshot.clone(), self.kept.clone(), self.form);
        let writing = tokio::task::spawn_blocking(move || write(&snapshot, &kept, form, reached, taken));
        let read = self.read_all(&mut tx, rows).await;
        let written = writing.await.map_err(Error::internal)?;
        self.kept.read.store(0, Ordering::Relaxed);
        read?;
        tx.rollback().await?;
        if !written? {
            self.follow().await?;
        }
        *progress = Progress { is_known: true, ..Progress::default() };
        Ok(())
    }

    /// Hands all facts of the form on, piece by piece; an empty piece says that there are no more.
    async fn read_all(&self, tx: &mut Tx, rows: mpsc::Sender<Vec<FactRow>>) -> Result<()> {
        let mut after = FactId(i64::MIN);
        loop {
            let some = listing::of_form(tx, self.form_id(), after, READ).await?;
            let last = some.last().map(|row| row.id);
            self.kept.read.fetch_add(some.len() as u64, Ordering::Relaxed);
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
            let kept = self.kept.clone();
            blocking(move || kept.index.refresh()).await?;
            if self.index().reached().is_some() {
                return Ok(());
            }
            time::sleep(FOLLOW).await;
        }
    }
}

/// Writes facts into the index as they come; `false` when another process keeps the index.
fn write(
    snapshot: &Snapshot,
    kept: &Kept,
    form: usize,
    reached: i64,
    mut rows: mpsc::Receiver<Vec<FactRow>>,
) -> Result<bool> {
    let mut build = match kept.index.build() {
        Err(search::Error::Busy) => return Ok(false),
        other => other.map_err(Error::internal)?,
    };
    let start = std::time::Instant::now();
    while let Some(some) = rows.blocking_recv() {
        if some.is_empty() {
            build.finish(reached).map_err(Error::internal)?;
            tracing::info!(
                form = snapshot.campaign.forms[form].id,
                records = kept.index.len(),
                took = ?start.elapsed(),
                "index of records built"
            );
            return Ok(true);
        }
        for row in &some {
            build.put(&Entry::read(snapshot, row)?.record()).map_err(Error::internal)?;
        }
    }
    Err(Error::internal("reading the facts stopped"))
}

/// A fact on its way into the index.
struct Entry {
    fact: Fact,
    state: Option<usize>,
    keys: Vec<String>,
}

impl Entry {
    fn read(snapshot: &Snapshot, row: &FactRow) -> Result<Self> {
        let fact = read_fact(snapshot, row)?;
        let state = state_of(snapshot, row, &fact.values);
        let keys = keys::of(snapshot, &fact);
        Ok(Self { fact, state, keys })
    }

    fn record(&self) -> Record<'_> {
        Record {
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
