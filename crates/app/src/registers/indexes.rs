//! The indexes of records that this process has open, by form.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
};

use search::{Index, Shape};

use crate::{Error, Result, Snapshot};

/// The indexes of records that this process has open.
#[derive(Default)]
pub(crate) struct Indexes {
    root: Option<PathBuf>,
    open: Mutex<BTreeMap<String, Arc<Kept>>>,
}

/// An index and how it is kept.
pub(super) struct Kept {
    pub(super) index: Index,
    /// The campaign version it was last asked for under.
    definition: Mutex<String>,
    /// Held by whoever brings the index up to date.
    pub(super) progress: tokio::sync::Mutex<Progress>,
    /// Records read by a build that is going on.
    pub(super) read: AtomicU64,
}

/// How far an index is kept up to date.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether it has been found to belong to this database.
    pub(super) is_known: bool,
    /// Whether it has been found to hold as many records as the database.
    pub(super) is_counted: bool,
    /// The audit has been read up to here; the index itself may tell of less, when nothing in between concerned it.
    pub(super) read_to: i64,
    /// Late entries of the audit that have been taken in.
    pub(super) seen: BTreeSet<i64>,
}

impl Indexes {
    /// Indexes in a directory, or in memory.
    pub(crate) fn new(root: Option<PathBuf>) -> Self {
        Self { root, open: Mutex::default() }
    }

    /// The index of a form under the snapshot's campaign.
    pub(super) fn of(&self, snapshot: &Snapshot, form: usize) -> Result<Arc<Kept>> {
        let campaign = &snapshot.campaign;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get(&campaign.forms[form].id);
        let definition = |kept: &Kept| {
            let definition = kept.definition.lock().unwrap_or_else(PoisonError::into_inner);
            *definition == campaign.hash
        };
        if let Some(kept) = known.filter(|kept| definition(kept)) {
            return Ok(kept.clone());
        }
        let shape = Shape::new(campaign, form, crate::keys::WAY);
        if let Some(kept) = known.filter(|kept| kept.index.shape().name() == shape.name()) {
            // Another campaign version, but all that the index holds is as before.
            campaign.hash.clone_into(&mut kept.definition.lock().unwrap_or_else(PoisonError::into_inner));
            return Ok(kept.clone());
        }
        let kept = Arc::new(Kept {
            index: Index::open(self.root.as_deref(), shape).map_err(Error::internal)?,
            definition: Mutex::new(campaign.hash.clone()),
            progress: tokio::sync::Mutex::default(),
            read: AtomicU64::new(0),
        });
        open.insert(campaign.forms[form].id.clone(), kept.clone());
        Ok(kept)
    }
}
