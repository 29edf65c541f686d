//! Keeps an index true to the records: builds it from the table, then takes in what has
//! changed, in the order of the commits (`docs/decisions/0019-commit-order.md`).
//!
//! Each commit of the index says which change it has read last. What follows is read from there;
//! if the change is not in the database, the index is of another database or of a copy, and is built
//! anew. So it is when its files are damaged, or when it holds another number of records than the table.
//! Meanwhile it is not asked.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use campaign::definition::FormIdx;
use jiff::Timestamp;
use model::{
    clock::Clock,
    ids::{RecordId, RegionId, UnitId},
};
use search::{Filter, Index, IndexQuery, IndexRecord, Reached, SearchResult, Sort};
use store::{
    Db, Engine, Tx,
    changes::{self, ChangeMark, ChangedRecords},
    listing,
    records::{self, RecordRow},
};
use tokio::time;

use super::{
    build::{self, Entry},
    open::{IndexState, Progress},
};
use crate::{App, Error, Result, Snapshot};

/// Rows of changes read at once.
pub(super) const ROWS: i64 = 500;
/// Changed records taken in with one commit.
const BATCH: usize = 10_000;
/// How often an index that is damaged is begun anew, until that is told as a fault.
const TRIES: usize = 5;
/// How often it is looked whether another process has mended an index that it keeps, until a page is told to wait.
const WAITS: usize = 20;
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
    pub(super) db: Db,
    clock: Arc<dyn Clock>,
    pub(super) region: RegionId,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) form: FormIdx,
    pub(super) state: Arc<IndexState>,
}

impl IndexUpdater {
    pub(crate) fn new(app: &App, snapshot: &Arc<Snapshot>, form: FormIdx) -> Result<Self> {
        let region = snapshot.region_id;
        let state = app.region(region)?.indexes.index_of(snapshot, form);
        let (db, clock, snapshot) = (app.db.clone(), app.clock.clone(), snapshot.clone());
        Ok(Self { db, clock, region, snapshot, form, state })
    }

    /// The index, if it may be asked.
    pub(super) fn index(&self) -> Option<Arc<Index>> {
        self.state.index().filter(|_| self.state.freshness().is_trusted)
    }

    /// Asks the index where it may take its time.
    ///
    /// # Errors
    /// [`Error::ListBuilding`] when it cannot be asked now; then it is built anew beside.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Index) -> search::Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(index) = self.index() else { return Err(self.is_building()) };
        // An answer counts when nobody has begun the index anew meanwhile.
        let asked = move || ask(&index).map(|answer| index.reached().map(|_| answer));
        let fault = match tokio::task::spawn_blocking(asked).await {
            Ok(Ok(Some(answer))) => return Ok(answer),
            Ok(Ok(None)) => return Err(self.is_building()),
            Ok(Err(error)) => error.to_string(),
            // A part of the library has met what it did not expect.
            Err(error) => error.to_string(),
        };
        tracing::error!(
            form = self.form_id(),
            fault,
            "an index of records could not be asked; building it anew"
        );
        self.state.is_suspect.store(true, Ordering::Relaxed);
        self.state.distrust();
        self.spawn();
        Err(self.is_building())
    }

    fn is_building(&self) -> Error {
        Error::ListBuilding { read: self.state.building().unwrap_or(0) }
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

    /// Brings the index up to date in a task of its own, which goes on when its caller no longer waits.
    fn spawn(&self) -> tokio::task::JoinHandle<Result<()>> {
        let updater = self.clone();
        tokio::spawn(async move { updater.bring_up_to_date().await })
    }

    /// Brings the index up to date, for as long as `timeout` lasts; then the
    /// work goes on while the caller does with what there is.
    ///
    /// # Errors
    /// [`Error::Index`] when there is nothing that could be asked.
    pub(crate) async fn update_within(&self, timeout: Duration) -> Result<IndexReach> {
        if self.state.building().is_none()
            && let Ok(done) = time::timeout(timeout, self.spawn()).await
        {
            match done.map_err(Error::internal)? {
                Ok(()) => return Ok(IndexReach::Everything),
                // It was told in the log; the list says how far it reaches.
                Err(Error::Index(_)) if self.state.freshness().is_trusted => {}
                Err(error) => return Err(error),
            }
        }
        let reached = self.index().and_then(|index| index.reached());
        Ok(match reached.and_then(|reached| Timestamp::from_microsecond(reached.at).ok()) {
            Some(moment) => IndexReach::UpTo(moment),
            None => IndexReach::Building(self.state.building().unwrap_or(0)),
        })
    }

    /// Brings the index up to date, however long it takes.
    pub(crate) async fn bring_up_to_date(&self) -> Result<()> {
        self.update(false).await
    }

    /// The same; all files are compared with their checksums, and the records are counted.
    pub(crate) async fn reconcile(&self) -> Result<()> {
        self.update(true).await
    }

    async fn update(&self, thoroughly: bool) -> Result<()> {
        let mut progress = self.state.progress.lock().await;
        let (mut is_damaged, mut tries, mut waits) = (false, 0, 0);
        let outcome = loop {
            match self.pass(&mut progress, thoroughly && tries == 0, is_damaged).await {
                Err(Error::Index(search::Error::Busy)) if waits < WAITS => {
                    waits += 1;
                    time::sleep(FOLLOW).await;
                }
                Err(Error::Index(search::Error::Busy)) => break Err(self.is_building()),
                Err(Error::Index(error)) if is_mended_by_building(&error) && tries < TRIES => {
                    tracing::error!(
                        form = self.form_id(),
                        directory = %self.directory(),
                        error = &error as &dyn std::error::Error,
                        "an index of records is damaged and is built anew"
                    );
                    self.state.distrust();
                    if is_damaged {
                        // Another process may be at it.
                        time::sleep(FOLLOW).await;
                    }
                    (is_damaged, tries) = (true, tries + 1);
                }
                other => break other,
            }
        };
        if let Err(error) = &outcome {
            self.state.note_failure();
            tracing::error!(
                form = self.form_id(),
                directory = %self.directory(),
                error = error as &dyn std::error::Error,
                "an index of records is not up to date"
            );
        }
        outcome
    }

    pub(super) fn form_id(&self) -> &str {
        &self.snapshot.definition.forms[self.form].id
    }

    /// Whether records of the form are looked at for duplicates.
    pub(super) fn has_duplicate_keys(&self) -> bool {
        !self.snapshot.definition.forms[self.form].duplicate_keys.is_empty()
    }

    /// Whether the index is probably to be built.
    pub(super) fn is_new(&self) -> bool {
        self.state.index().is_none_or(|index| index.reached().is_none())
    }

    /// Where the index is, for the log.
    fn directory(&self) -> String {
        let root = self.state.root.as_ref();
        root.map_or_else(String::new, |root| root.join(self.state.shape.name()).display().to_string())
    }

    /// Whether everything up to a change is in the index, and nothing has happened to its files: then there is
    /// nothing to do.
    pub(super) fn is_at(&self, last: ChangeMark) -> bool {
        let index = self.state.index().filter(|_| self.state.freshness().reached == Some(last));
        let is_suspect = self.state.is_suspect.load(Ordering::Relaxed);
        !is_suspect && index.is_some_and(|index| index.check(false).is_ok())
    }

    /// Takes in everything that was committed, and builds what cannot be trusted.
    async fn pass(&self, progress: &mut Progress, thoroughly: bool, is_damaged: bool) -> Result<()> {
        let mut is_damaged = is_damaged || self.state.is_suspect.load(Ordering::Relaxed);
        loop {
            if !is_damaged {
                let index = self.opened().await?;
                blocking(move || index.check(thoroughly)).await?;
                progress.is_counted &= !thoroughly;
                if self.apply_all(progress).await? {
                    return Ok(());
                }
            }
            if self.build(progress, is_damaged).await? {
                return Ok(());
            }
            is_damaged = false;
        }
    }

    /// Takes in everything that was committed; `false` when the index does not hold what it says.
    async fn apply_all(&self, progress: &mut Progress) -> Result<bool> {
        let (index, form) = (self.opened().await?, self.form_id());
        loop {
            number_changes(&self.db, self.region).await?;
            let mut tx = self.db.read(self.region).await?;
            let last = changes::last(&mut tx).await?;
            let freshness = self.state.freshness();
            if progress.is_counted && freshness.is_trusted && last.is_some() && freshness.reached == last {
                self.state.note_reached(last);
                return Ok(true);
            }
            let Some(reached) = index.reached() else { return Ok(false) };
            let rows = changes::list(&mut tx, form, reached.number, ROWS).await?;
            let Some(rows) = changes_after(&mut tx, reached, &rows).await? else {
                tracing::warn!(form, "an index of records is not of this database; building it anew");
                return Ok(false);
            };
            if !rows.is_empty() {
                self.state.trust();
                self.apply_changes(&mut tx, &index, rows).await?;
                continue;
            }
            if !progress.is_counted {
                let count = listing::count(&mut tx, form).await?;
                progress.is_counted = true;
                if u64::try_from(count).is_ok_and(|count| count != index.len()) {
                    tracing::warn!(
                        form,
                        "an index of records lacks records or has too many; building it anew"
                    );
                    return Ok(false);
                }
            }
            self.state.note_reached(last);
            return Ok(true);
        }
    }

    /// The index, opened.
    async fn opened(&self) -> Result<Arc<Index>> {
        if let Some(index) = self.state.index() {
            return Ok(index);
        }
        let (root, shape) = (self.state.root.clone(), self.state.shape.clone());
        let index = blocking(move || Index::open(root.as_deref(), shape)).await?;
        Ok(self.state.put_index(index))
    }

    /// Takes in changes, as the records are now.
    async fn apply_changes(&self, tx: &mut Tx, index: &Arc<Index>, rows: &[ChangedRecords]) -> Result<()> {
        let mut rows = rows.iter().peekable();
        while let Some(mut row) = rows.next() {
            let mut ids: BTreeSet<RecordId> = row.ids.iter().copied().collect();
            while let Some(next) = rows.next_if(|next| ids.len() + next.ids.len() <= BATCH) {
                ids.extend(&next.ids);
                row = next;
            }
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let found = records::find_all(tx, &ids).await?;
            if !self.apply(index, found, ids, self.reached(row.at)).await? {
                return self.wait_for(index, row.at).await;
            }
        }
        Ok(())
    }

    /// What a commit of the index says.
    pub(super) fn reached(&self, at: ChangeMark) -> Reached {
        Reached { number: at.number, mark: at.mark, at: self.clock.now().as_microsecond() }
    }

    /// Waits until the process that keeps the index has read a change, for a while.
    async fn wait_for(&self, index: &Arc<Index>, at: ChangeMark) -> Result<()> {
        let refreshed = index.clone();
        blocking(move || refreshed.refresh()).await?;
        if index.reached().is_none_or(|reached| reached.number < at.number) {
            time::sleep(FOLLOW).await;
        }
        Ok(())
    }

    /// Puts records as they are now into the index and takes the others of
    /// `ids` out; `false` when another process keeps the index.
    async fn apply(
        &self,
        index: &Arc<Index>,
        rows: Vec<RecordRow>,
        ids: Vec<RecordId>,
        reached: Reached,
    ) -> Result<bool> {
        let (snapshot, index, form) = (self.snapshot.clone(), index.clone(), self.form);
        let work = tokio::task::spawn_blocking(move || -> Result<bool> {
            let of_form = rows.into_iter().filter(|row| row.form == snapshot.definition.forms[form].id);
            let facts = of_form.map(|row| Entry::read(&snapshot, row)).collect::<Result<Vec<_>>>()?;
            let records: Vec<IndexRecord<'_>> = facts.iter().map(Entry::record).collect();
            let present: BTreeSet<RecordId> = records.iter().map(|record| record.id).collect();
            let removed: Vec<RecordId> = ids.into_iter().filter(|id| !present.contains(id)).collect();
            match index.apply(&records, &removed, reached) {
                Err(search::Error::Busy) => Ok(false),
                other => Ok(other.map(|()| true)?),
            }
        });
        work.await.map_err(Error::internal)?
    }

    /// Builds the index from the table, with `is_damaged` in an empty directory. `false` when another process does
    /// it, which is then to be looked at again.
    async fn build(&self, progress: &mut Progress, is_damaged: bool) -> Result<bool> {
        let _building = build::Building::new(&self.state);
        self.state.distrust();
        let index = if is_damaged { self.begun_anew().await? } else { self.opened().await? };
        // It is counted while it is built; what another process builds is counted afterwards.
        let built = build::build(self, &index).await?;
        progress.is_counted = built.is_some();
        if let Some(last) = built {
            self.state.note_reached(Some(last));
            return Ok(true);
        }
        time::sleep(FOLLOW).await;
        blocking(move || index.refresh()).await?;
        Ok(false)
    }

    /// Builds the index anew whatever it holds; `false` when another process keeps it, which is then told to.
    pub(super) async fn build_anew(&self) -> Result<bool> {
        let mut progress = self.state.progress.lock().await;
        number_changes(&self.db, self.region).await?;
        // One that cannot be opened is begun anew.
        drop(self.opened().await);
        if self.build(&mut progress, true).await? {
            return Ok(true);
        }
        let (root, shape) = (self.state.root.clone(), self.state.shape.clone());
        if let Some(root) = root {
            blocking(move || Index::give_up(&root, &shape)).await?;
        }
        Ok(false)
    }

    /// An empty index in place of one that was damaged.
    async fn begun_anew(&self) -> Result<Arc<Index>> {
        let (state, known) = (self.state.clone(), self.state.index());
        let fresh = blocking(move || match known {
            Some(known) => known.begin_anew(),
            None => Index::open(state.root.as_deref(), state.shape.clone()),
        });
        let index = self.state.put_index(fresh.await?);
        self.state.is_suspect.store(false, Ordering::Relaxed);
        Ok(index)
    }
}

/// Numbers what was committed without a number, so that it can be read.
pub(super) async fn number_changes(db: &Db, region: RegionId) -> Result<()> {
    if db.engine() == Engine::Sqlite {
        return Ok(());
    }
    let mut failed = 0;
    while changes::pending(&mut db.read(region).await?).await? > 0 {
        let numbered = async {
            let mut tx = db.write(region).await?;
            changes::number(&mut tx).await?;
            tx.commit().await
        };
        match numbered.await {
            // Whoever looks again sees whether it was stored.
            Err(error) if failed < ATTEMPTS && (error.is_transient() || error.is_duplicate()) => failed += 1,
            other => other?,
        }
    }
    Ok(())
}

/// How often numbering is tried again when another transaction was in the way.
const ATTEMPTS: usize = 3;

/// The changes that follow what an index has read; `None` when it has read another database, or so long ago that
/// the changes since are no longer known.
pub(super) async fn changes_after<'a>(
    tx: &mut Tx,
    reached: Reached,
    rows: &'a [ChangedRecords],
) -> Result<Option<&'a [ChangedRecords]>> {
    let mark = ChangeMark { number: reached.number, mark: reached.mark };
    if mark.number > 0 {
        return Ok(rows.split_first().filter(|(first, _)| first.at == mark).map(|(_, rest)| rest));
    }
    let is_ours = changes::origin(tx).await? == Some(mark);
    Ok(is_ours.then_some(rows).filter(|rows| rows.first().is_none_or(|first| !first.ids.is_empty())))
}

/// Whether the index can be expected to be sound again when it is built anew. Where the disk is full or
/// nothing may be written, what there is stays.
fn is_mended_by_building(error: &search::Error) -> bool {
    !matches!(error, search::Error::Busy) && !error.is_disk_full() && !error.is_refused()
}

/// Does what takes its time beside the threads that answer requests.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> search::Result<T> + Send + 'static,
) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(Error::internal)??)
}
