//! A region that is open, and opening it.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use boxed_async::boxed_async;
use campaign::{definition::Definition, source::Source};
use model::ids::RegionId;
use store::{
    Secret, Tx, Vault, changes,
    definitions::{self, Lock},
    former,
    records::{self, RecordRow},
};
use tokio::sync::Notify;

use crate::{
    App, Error, Result, Snapshot, Thing,
    access_log::LastLogCheck,
    attachments::Cabinet,
    audit, campaigns, crypto,
    imports::Running,
    index::Indexes,
    packing,
    past::PastRegions,
    rebuild,
    tasks::{Board, LeaseWatch},
    transact::transact,
    upgrade::UpgradePhase,
    versions,
};

/// A region that is open: what a server knows and keeps of it, beside the database.
pub struct OpenRegion {
    /// The region.
    pub(crate) id: RegionId,
    /// What personal numbers are sealed with.
    pub(crate) vault: Arc<Vault>,
    /// Woken when changes wait to be folded.
    pub(crate) folding: Notify,
    /// Woken when a file waits to be imported.
    pub(crate) importing: Notify,
    /// Wakes the task that works at versions of campaigns.
    pub(crate) defining: Notify,
    /// Imports that run in this process.
    pub(crate) running: Running,
    /// What the tasks of this process are doing.
    pub(crate) tasks: Board,
    /// The leases of jobs that others work at.
    pub(crate) leases: LeaseWatch,
    /// Where attachments are; `None` for a command that has nothing to do with them.
    pub(crate) cabinet: Option<Arc<Cabinet>>,
    /// The indexes of records.
    pub(crate) indexes: Indexes,
    /// The last check of the log of access that somebody has asked for.
    pub(crate) log_check: LastLogCheck,
    latest: RwLock<Option<Arc<Snapshot>>>,
    /// The region as it was known on earlier days that somebody has asked for.
    pub(crate) past: PastRegions,
}

/// How a region is opened.
pub struct Setup<'a> {
    /// The campaign to run; `None` for the version stored in the database.
    pub campaign: Option<&'a Source>,
    /// What personal numbers are sealed with. A region is opened with the
    /// secret that it was set up with, and with no other.
    pub secret: Secret,
    /// Where its attachments are; `None` for a command that has nothing to do with them.
    pub cabinet: Option<Cabinet>,
    /// The directory of its indexes of records; `None` to keep them in memory.
    pub indexes: Option<PathBuf>,
}

impl Setup<'_> {
    /// A region that is there already: with indexes in memory and no place for attachments.
    pub fn new(secret: Secret) -> Self {
        Self { campaign: None, secret, cabinet: None, indexes: None }
    }
}

impl OpenRegion {
    /// The region as it is at the moment of `tx`.
    pub(crate) async fn snapshot(&self, tx: &mut Tx) -> Result<Arc<Snapshot>> {
        let region = definitions::find_region(tx).await?.ok_or_else(not_set_up)?;
        self.require_own_secret(&region)?;
        let latest = self.latest.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(latest) = latest.filter(|latest| latest.region == region) {
            return Ok(latest);
        }
        let fresh = Arc::new(self.load(tx).await?);
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
    }

    /// Reads the region anew, without keeping it: for the inside of a
    /// transaction that has changed it and may still be undone.
    pub(crate) async fn load(&self, tx: &mut Tx) -> Result<Snapshot> {
        let region = definitions::find_region(tx).await?.ok_or_else(not_set_up)?;
        self.require_own_secret(&region)?;
        let known = self.latest.read().unwrap_or_else(PoisonError::into_inner).clone();
        let known = known.filter(|known| known.definition.hash == region.definition_hash);
        // A version that came back follows those that were in force meanwhile.
        let versions = former::definitions_in_force(tx).await?;
        let is_complete =
            |known: &Arc<Snapshot>| versions.iter().all(|hash| known.definition.history.has_version(hash));
        let known = known.filter(is_complete);
        let definition = match known {
            Some(known) => known.definition.clone(),
            None => Arc::new(versions::stored(tx, &region.definition_hash).await?),
        };
        Snapshot::load(tx, definition, region, self.vault.clone()).await
    }

    /// Refuses to go on with a secret that was exchanged while this process ran.
    fn require_own_secret(&self, region: &definitions::Region) -> Result<()> {
        let is_own = region.vault_check.as_deref().is_none_or(|check| check == self.vault.check());
        if is_own { Ok(()) } else { Err(Error::WrongSecret) }
    }
}

impl App {
    /// Opens a region, setting it up on first use. When the campaign has
    /// changed, the new version is stored beside the old one and all balances
    /// are folded anew under it.
    ///
    /// # Errors
    /// [`Error::Definition`] with every mistake of the campaign;
    /// [`Error::WrongSecret`] when the region was set up with another secret;
    /// [`Error::RolesInUse`] when accounts have roles that the campaign lacks.
    #[boxed_async]
    pub async fn open_region(&self, id: RegionId, setup: Setup<'_>) -> Result<()> {
        let vault = Arc::new(Vault::new(&setup.secret));
        let cabinet = setup.cabinet.map(|cabinet| Arc::new(cabinet.sealed_with(vault.clone())));
        let region = Arc::new(OpenRegion {
            id,
            vault,
            folding: Notify::new(),
            importing: Notify::new(),
            defining: Notify::new(),
            running: Running::default(),
            tasks: Board::default(),
            leases: LeaseWatch::default(),
            log_check: LastLogCheck::default(),
            cabinet,
            indexes: Indexes::new(setup.indexes),
            latest: RwLock::default(),
            past: PastRegions::default(),
        });
        self.check_secret(&region).await?;
        if let Some(source) = setup.campaign {
            campaigns::put_first(self, &region, source).await?;
        }
        self.note_secret(&region).await?;
        self.begin_changes(&region).await?;
        crypto::seal_if_needed(self, &region).await?;
        audit::digest_if_needed(self, &region).await?;
        packing::pack_if_needed(self, &region).await?;
        self.fold_anew_if_needed(&region).await?;
        rebuild::make_days_if_needed(self, &region).await?;
        self.put_region(region);
        Ok(())
    }

    /// A version of the definition that was in force once; `None` when it is not stored.
    pub(crate) async fn former_definition(&self, region: RegionId, hash: &str) -> Result<Option<Definition>> {
        let mut tx = self.read(region).await?;
        let is_stored = definitions::find_definition(&mut tx, hash).await?.is_some();
        let definition = if is_stored { Some(versions::stored(&mut tx, hash).await?) } else { None };
        Ok(definition)
    }

    /// Under another secret nothing could be read, and what is written would
    /// be lost to those who have the right one.
    async fn check_secret(&self, region: &OpenRegion) -> Result<()> {
        let mut tx = self.read(region.id).await?;
        let known = definitions::vault_check(&mut tx).await?;
        let is_other = known.is_some_and(|known| known != region.vault.check());
        if is_other { Err(Error::WrongSecret) } else { Ok(()) }
    }

    async fn note_secret(&self, region: &OpenRegion) -> Result<()> {
        let mut tx = self.read(region.id).await?;
        let is_known = definitions::vault_check(&mut tx).await?.is_some();
        drop(tx);
        if is_known {
            return Ok(());
        }
        transact!(self, region.id, |tx| {
            definitions::put_vault_check(tx, region.vault.check()).await?;
            Ok(())
        })?;
        // Two programs may have started at once.
        self.check_secret(region).await
    }

    /// Numbers the changes of records from now on, in a region that has none yet.
    async fn begin_changes(&self, region: &OpenRegion) -> Result<()> {
        let mut tx = self.read(region.id).await?;
        let has_begun = changes::last(&mut tx).await?.is_some();
        drop(tx);
        if has_begun {
            return Ok(());
        }
        transact!(self, region.id, |tx| { Ok(changes::begin(tx).await?) })
    }

    /// Folds everything anew when the database came from a version that kept balances in another way.
    async fn fold_anew_if_needed(&self, region: &OpenRegion) -> Result<()> {
        let mut tx = self.read(region.id).await?;
        let is_unfolded = definitions::is_unfolded(&mut tx).await?;
        drop(tx);
        if !is_unfolded {
            return Ok(());
        }
        transact!(self, region.id, |tx| {
            definitions::lock_region(tx, Lock::Exclusive).await?;
            if !definitions::is_unfolded(tx).await? {
                // Another server was faster.
                return Ok(());
            }
            self.upgrade.begin(UpgradePhase::Balances, 0, records::count(tx).await?);
            let snapshot = region.load(tx).await?;
            let note = |_: &RecordRow| {
                self.upgrade.add(1);
                true
            };
            rebuild::rebuild_from(tx, &snapshot, self.clock.now(), note).await
        })?;
        self.upgrade.end();
        Ok(())
    }
}

fn not_set_up() -> Error {
    Error::NotFound { what: Thing::Region, key: "campaign".to_owned() }
}
