//! A server: its database, its clock, and the regions that it has open.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock, PoisonError, RwLock, atomic::AtomicBool},
    time::{Duration, Instant},
};

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::{clock::Clock, ids::RegionId};
use store::{Db, DbLimits, Engine, Tx};
use words::Language;

use crate::{
    Context, Error, OpenRegion, Result, Setup, Snapshot, Thing,
    access_log::{SHORTEST_DAYS, USUAL_DAYS},
    accounts::Hashing,
    attachments::{AttachmentLimits, Cabinet},
    disk::{DiskLimits, Disks, SpaceReader},
    readers::{Readers, ReadingLimits},
    tasks::{self, Health},
    transact::transact,
    upgrade::UpgradeProgress,
};

/// A server: its database, its clock, and the regions that it has open. Use
/// cases find the region in their [`Context`].
pub struct App {
    /// The database; use cases begin transactions with [`App::read`] and [`crate::transact`].
    pub(crate) db: Db,
    /// Whose now it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// Who reads the files that are handed in.
    pub(crate) readers: Readers,
    /// Digests of passwords: so many at once and no more.
    pub(crate) hashing: Hashing,
    /// Where the program keeps things.
    pub(crate) disks: Disks,
    /// What this process has said last of its health, and when.
    pub(crate) health: tokio::sync::Mutex<Option<(Instant, Health)>>,
    /// How far the database of an earlier version has been brought up to date.
    pub(crate) upgrade: UpgradeProgress,
    /// How many days entries of the log of access are kept for.
    log_days: u16,
    /// Whether a transaction has found the disk of the database full, and none has shown since that it is not.
    pub(crate) has_met_full_disk: AtomicBool,
    /// How long this process may work at a job without extending its lease.
    pub(crate) lease: Duration,
    /// Names this process among all that share the database.
    server: String,
    regions: RwLock<BTreeMap<RegionId, Arc<OpenRegion>>>,
    /// The region that was opened first.
    first: OnceLock<RegionId>,
}

impl App {
    /// A server without regions.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self {
            db,
            clock,
            readers: Readers::default(),
            hashing: Hashing::default(),
            disks: Disks::default(),
            health: tokio::sync::Mutex::default(),
            upgrade: UpgradeProgress::default(),
            log_days: USUAL_DAYS,
            has_met_full_disk: AtomicBool::new(false),
            lease: tasks::LEASE,
            server: format!("{:08x}", rand::random::<u32>()),
            regions: RwLock::default(),
            first: OnceLock::new(),
        }
    }

    /// A server with one region.
    ///
    /// # Errors
    /// As [`App::open_region`].
    #[boxed_async]
    pub async fn open(db: Db, region: RegionId, setup: Setup<'_>, clock: Arc<dyn Clock>) -> Result<Self> {
        let app = Self::new(db, clock);
        app.open_region(region, setup).await?;
        Ok(app)
    }

    /// The same server with a name for this process, which is on the page of
    /// tasks, followed by a random part of its own.
    #[must_use]
    pub fn with_server_name(self, name: &str) -> Self {
        Self { server: format!("{name}-{}", self.server), ..self }
    }

    /// The same server, which says here how far it has brought the database of an earlier version up to date.
    #[must_use]
    pub fn with_upgrade_progress(self, upgrade: UpgradeProgress) -> Self {
        Self { upgrade, ..self }
    }

    /// The same server with other limits for the files that are handed in.
    #[must_use]
    pub fn with_reading_limits(self, limits: ReadingLimits) -> Self {
        Self { readers: Readers::new(limits), ..self }
    }

    /// The same server, which keeps entries of the log of access for so many days, but not for fewer than the law
    /// asks for.
    #[must_use]
    pub fn with_log_days(self, days: u16) -> Self {
        Self { log_days: days.max(SHORTEST_DAYS), ..self }
    }

    /// How many days entries of the log of access are kept for.
    pub fn log_days(&self) -> u16 {
        self.log_days
    }

    /// The same server, which keeps things in these places: it looks how much room they have.
    #[must_use]
    pub fn with_disks(self, places: Vec<PathBuf>, limits: DiskLimits, reader: Arc<dyn SpaceReader>) -> Self {
        Self { disks: Disks::new(places, limits, reader), ..self }
    }

    /// The same server with another time after which a job whose server is silent is somebody else's. It must be
    /// the same for all servers that share a database.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Puts other limits in force while the server runs.
    pub fn set_limits(
        &self,
        reading: ReadingLimits,
        attachments: AttachmentLimits,
        disk: DiskLimits,
        db: DbLimits,
    ) {
        self.readers.set_limits(reading);
        self.disks.set_limits(disk);
        self.db.set_limits(db);
        for region in self.regions().into_iter().filter_map(|id| self.region(id).ok()) {
            if let Some(cabinet) = &region.cabinet {
                cabinet.set_limits(attachments);
            }
        }
    }

    /// How many digests of passwords this process has made or compared.
    pub fn digests_made(&self) -> u64 {
        self.hashing.made()
    }

    /// What names this process among all that share the database.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Takes a region among those that are open.
    pub(crate) fn put_region(&self, region: Arc<OpenRegion>) {
        // Only the first is set; for all others there is nothing to do.
        let _ = self.first.set(region.id);
        self.regions.write().unwrap_or_else(PoisonError::into_inner).insert(region.id, region);
    }

    /// The regions that are open.
    pub fn regions(&self) -> Vec<RegionId> {
        self.regions.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// The region that was opened first: whose name somebody reads who has not signed in.
    ///
    /// # Errors
    /// [`Error::NotFound`] when none is open.
    pub fn first_region(&self) -> Result<RegionId> {
        self.first.get().copied().ok_or_else(|| not_open("first"))
    }

    /// A region that is open.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(crate) fn region(&self, id: RegionId) -> Result<Arc<OpenRegion>> {
        let found = self.regions.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        found.ok_or_else(|| not_open(&id.to_string()))
    }

    /// Where the attachments of a region are.
    pub(crate) fn cabinet(&self, ctx: &Context) -> Result<Arc<Cabinet>> {
        let cabinet = self.region(ctx.region)?.cabinet.clone();
        cabinet.ok_or_else(|| Error::internal("the region was opened without a place for attachments"))
    }

    /// How large attachments may be.
    pub fn attachment_limits(&self, ctx: &Context) -> AttachmentLimits {
        let cabinet = self.region(ctx.region).ok().and_then(|region| region.cabinet.clone());
        cabinet.map(|cabinet| cabinet.limits()).unwrap_or_default()
    }

    /// Wakes the task that adds up changes.
    pub(crate) fn wake_folder(&self, ctx: &Context) {
        if let Ok(region) = self.region(ctx.region) {
            region.folding.notify_one();
        }
    }

    /// Wakes the task that runs imports.
    pub fn wake_importer(&self, ctx: &Context) {
        if let Ok(region) = self.region(ctx.region) {
            region.importing.notify_one();
        }
    }

    /// Wakes the task that works at versions of campaigns that were handed in.
    pub(crate) fn wake_candidates(&self, ctx: &Context) {
        if let Ok(region) = self.region(ctx.region) {
            region.defining.notify_one();
        }
    }

    /// The region as it is at the moment of `tx`.
    pub(crate) async fn snapshot(&self, tx: &mut Tx) -> Result<Arc<Snapshot>> {
        self.region(tx.region)?.snapshot(tx).await
    }

    /// Reads the region anew, without keeping it: for the inside of a
    /// transaction that has changed it and may still be undone.
    pub(crate) async fn load(&self, tx: &mut Tx) -> Result<Snapshot> {
        self.region(tx.region)?.load(tx).await
    }

    /// The snapshot in a transaction of its own.
    #[boxed_async]
    pub async fn current(&self, ctx: &Context) -> Result<Arc<Snapshot>> {
        let mut tx = self.read(ctx.region).await?;
        self.snapshot(&mut tx).await
    }

    /// Adds up everything that waits in the change log. On SQLite nothing ever waits.
    #[boxed_async]
    pub async fn fold(&self, ctx: &Context) -> Result<()> {
        if self.db.engine() == Engine::Sqlite {
            return Ok(());
        }
        loop {
            let folded = transact!(self, ctx.region, |tx| {
                let snapshot = self.snapshot(tx).await?;
                let keeps_months = |unit| snapshot.keeps_months(unit);
                let spread = ledger::spread::Spread::new(&snapshot.definition, &snapshot.tree, &keeps_months);
                let folded = store::folder::fold(tx, &spread, self.clock.now()).await?;
                Ok(folded)
            })?;
            if folded == 0 {
                return Ok(());
            }
        }
    }

    /// Another clock: tests let hours pass by it.
    pub fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.clock = clock;
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The context of the program itself in a region, for what it does on nobody's behalf.
    pub fn system(&self, region: RegionId, language: Language) -> Context {
        Context::system(region, self.clock.clone(), language)
    }

    /// Closes all connections to the database.
    #[boxed_async]
    pub async fn close(&self) {
        self.db.close().await;
    }
}

fn not_open(key: &str) -> Error {
    Error::NotFound { what: Thing::Region, key: key.to_owned() }
}
