//! A region that is open: its database, its clock, its latest snapshot.

use std::{
    path::PathBuf,
    sync::{Arc, RwLock},
};

use campaign::{
    check::check,
    definition::Campaign,
    source::{Source, SourceFile},
};
use model::{clock::Clock, ids::RegionId};
use serde::{Deserialize, Serialize};
use store::{
    Db, Engine, Secret, Tx, Vault,
    definitions::{self, Lock},
};

use crate::{Error, Result, Snapshot, attachments::Cabinet, rebuild, registers::Indexes, sealing};

/// A region that is open.
pub struct App {
    /// The database.
    pub db: Db,
    /// The region.
    pub region: RegionId,
    /// Whose now it is.
    pub clock: Arc<dyn Clock>,
    /// What personal numbers are sealed with.
    pub vault: Arc<Vault>,
    latest: RwLock<Option<Arc<Snapshot>>>,
    /// Woken when changes wait to be folded.
    pub folding: tokio::sync::Notify,
    /// Woken when a file waits to be imported.
    pub importing: tokio::sync::Notify,
    /// Imports that run in this process.
    pub(crate) running: crate::imports::Running,
    /// Where attachments lie; `None` for a command that has nothing to do with them.
    cabinet: Option<Arc<Cabinet>>,
    /// The indexes of records.
    pub(crate) indexes: Indexes,
}

/// How a region is opened.
pub struct Setup<'a> {
    /// The campaign to run; `None` for the version stored in the database.
    pub campaign: Option<&'a Source>,
    /// Whether a region that does not exist yet is a demonstration.
    pub is_demonstration: bool,
    /// What personal numbers are sealed with. A region is opened with the
    /// secret that it was set up with, and with no other.
    pub secret: Secret,
}

/// One file of a definition as stored.
#[derive(Serialize, Deserialize)]
struct StoredFile {
    path: String,
    text: String,
}

impl App {
    /// Opens a region, setting it up on first use. When the campaign has
    /// changed, the new version is stored beside the old one and all balances
    /// are folded anew under it.
    ///
    /// # Errors
    /// [`Error::Definition`] with every mistake of the campaign;
    /// [`Error::WrongSecret`] when the region was set up with another secret.
    pub async fn open(db: Db, region: RegionId, setup: Setup<'_>, clock: Arc<dyn Clock>) -> Result<Self> {
        let app = Self {
            db,
            region,
            clock,
            vault: Arc::new(Vault::new(&setup.secret)),
            latest: RwLock::new(None),
            folding: tokio::sync::Notify::new(),
            importing: tokio::sync::Notify::new(),
            running: crate::imports::Running::default(),
            cabinet: None,
            indexes: Indexes::default(),
        };
        app.check_secret().await?;
        if let Some(source) = setup.campaign {
            app.put_campaign(source, setup.is_demonstration).await?;
        }
        app.note_secret().await?;
        sealing::seal_if_needed(&app).await?;
        app.fold_anew_if_needed().await?;
        Ok(app)
    }

    /// The same region with a place for attachments.
    #[must_use]
    pub fn with_cabinet(self, cabinet: Cabinet) -> Self {
        Self { cabinet: Some(Arc::new(cabinet)), ..self }
    }

    /// Where attachments lie.
    pub(crate) fn cabinet(&self) -> Result<Arc<Cabinet>> {
        self.cabinet
            .clone()
            .ok_or_else(|| Error::internal("the region was opened without a place for attachments"))
    }

    /// How large attachments may be.
    pub fn attachment_limits(&self) -> crate::attachments::Limits {
        self.cabinet.as_ref().map(|cabinet| cabinet.limits).unwrap_or_default()
    }

    /// A version of the campaign that was in force once; `None` when it is not stored.
    pub(crate) async fn former_campaign(&self, hash: &str) -> Result<Option<Campaign>> {
        let mut tx = self.db.read(self.region).await?;
        let is_stored = definitions::find_definition(&mut tx, hash).await?.is_some();
        let campaign = if is_stored { Some(stored_campaign(&mut tx, hash).await?) } else { None };
        tx.rollback().await?;
        Ok(campaign)
    }

    /// Under another secret nothing could be read, and what is written would
    /// be lost to those who have the right one.
    async fn check_secret(&self) -> Result<()> {
        let mut tx = self.db.read(self.region).await?;
        let known = definitions::vault_check(&mut tx).await?;
        tx.rollback().await?;
        let is_other = known.is_some_and(|known| known != self.vault.check());
        if is_other { Err(Error::WrongSecret) } else { Ok(()) }
    }

    async fn note_secret(&self) -> Result<()> {
        let mut tx = self.db.read(self.region).await?;
        let is_known = definitions::vault_check(&mut tx).await?.is_some();
        tx.rollback().await?;
        if is_known {
            return Ok(());
        }
        let mut tx = self.db.write(self.region).await?;
        definitions::put_vault_check(&mut tx, self.vault.check()).await?;
        tx.commit().await?;
        // Two programs may have started at once.
        self.check_secret().await
    }

    /// The same region with its indexes of records kept in this directory, instead of in memory.
    #[must_use]
    pub fn with_indexes_in(self, directory: PathBuf) -> Self {
        Self { indexes: Indexes::new(Some(directory)), ..self }
    }

    /// Folds everything anew when the database came from a version that kept balances in another way.
    async fn fold_anew_if_needed(&self) -> Result<()> {
        let mut tx = self.db.read(self.region).await?;
        let is_unfolded = definitions::is_unfolded(&mut tx).await?;
        tx.rollback().await?;
        if !is_unfolded {
            return Ok(());
        }
        tracing::info!("folding all balances anew after an upgrade");
        let mut tx = self.db.write(self.region).await?;
        definitions::lock_region(&mut tx, Lock::Exclusive).await?;
        let snapshot = self.load(&mut tx).await?;
        rebuild::rebuild_in(&mut tx, &snapshot).await?;
        Ok(tx.commit().await?)
    }

    async fn put_campaign(&self, source: &Source, is_demonstration: bool) -> Result<()> {
        let hash = source.hash();
        let mut tx = self.db.read(self.region).await?;
        let stored = definitions::find_region(&mut tx).await?;
        tx.rollback().await?;
        if stored.as_ref().is_some_and(|region| region.definition_hash == hash) {
            return Ok(());
        }
        let campaign = check(source).map_err(Error::Definition)?;
        let files: Vec<StoredFile> = source
            .files()
            .iter()
            .map(|file| StoredFile { path: file.path.clone(), text: file.text.clone() })
            .collect();
        let files = serde_json::to_string(&files).map_err(Error::internal)?;
        let mut tx = self.db.write(self.region).await?;
        definitions::lock_region(&mut tx, Lock::Exclusive).await?;
        definitions::put_definition(&mut tx, &hash, &campaign.id, &files, self.clock.now()).await?;
        let is_demonstration = stored.as_ref().map_or(is_demonstration, |region| region.is_demonstration);
        definitions::put_region(&mut tx, &hash, is_demonstration).await?;
        if stored.is_some() {
            let snapshot = self.load(&mut tx).await?;
            rebuild::rebuild_in(&mut tx, &snapshot).await?;
        }
        tx.commit().await?;
        tracing::info!(campaign = campaign.id, definition = hash, "campaign version put in force");
        Ok(())
    }

    /// The region as it is at the moment of `tx`.
    pub async fn snapshot(&self, tx: &mut Tx) -> Result<Arc<Snapshot>> {
        let region = definitions::find_region(tx).await?.ok_or_else(not_set_up)?;
        let latest = self.latest.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(latest) = latest.filter(|latest| latest.region == region) {
            return Ok(latest);
        }
        let fresh = Arc::new(self.load(tx).await?);
        *self.latest.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
    }

    /// Reads the region anew, without keeping it: for the inside of a
    /// transaction that has changed it and may still be undone.
    pub(crate) async fn load(&self, tx: &mut Tx) -> Result<Snapshot> {
        let region = definitions::find_region(tx).await?.ok_or_else(not_set_up)?;
        let known = self.latest.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let known = known.filter(|known| known.campaign.hash == region.definition_hash);
        let campaign = match known {
            Some(known) => known.campaign.clone(),
            None => Arc::new(stored_campaign(tx, &region.definition_hash).await?),
        };
        Snapshot::load(tx, campaign, region, self.vault.clone()).await
    }

    /// The snapshot in a transaction of its own.
    pub async fn current(&self) -> Result<Arc<Snapshot>> {
        let mut tx = self.db.read(self.region).await?;
        let snapshot = self.snapshot(&mut tx).await?;
        tx.rollback().await?;
        Ok(snapshot)
    }

    /// Adds up everything that waits in the change log. On SQLite nothing ever waits.
    pub async fn fold(&self) -> Result<()> {
        if self.db.engine() == Engine::Sqlite {
            return Ok(());
        }
        loop {
            let mut tx = self.db.write(self.region).await?;
            let snapshot = self.snapshot(&mut tx).await?;
            let keeps_months = |unit| snapshot.keeps_months(unit);
            let spread = ledger::spread::Spread::new(&snapshot.campaign, &snapshot.tree, &keeps_months);
            let folded = store::folder::fold(&mut tx, &spread, self.clock.now()).await?;
            tx.commit().await?;
            if folded == 0 {
                return Ok(());
            }
        }
    }
}

fn not_set_up() -> Error {
    Error::NotFound { what: "region", key: "campaign".to_owned() }
}

async fn stored_campaign(tx: &mut Tx, hash: &str) -> Result<Campaign> {
    let files = definitions::find_definition(tx, hash).await?;
    let files = files.ok_or_else(|| Error::internal(format!("definition {hash} is not stored")))?;
    let files: Vec<StoredFile> = serde_json::from_str(&files).map_err(Error::internal)?;
    let source = Source::from_files(
        files.into_iter().map(|file| SourceFile { path: file.path, text: file.text }).collect(),
    );
    check(&source).map_err(Error::Definition)
}
