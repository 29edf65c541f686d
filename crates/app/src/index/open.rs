//! The indexes of records that this process has open, by form.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use campaign::definition::FormIdx;
use search::{Index, Reached, Shape};
use store::changes::ChangeMark;

use super::keys::SharedKeys;
use crate::{Snapshot, record::KEY_FORMAT};

/// The indexes of records that this process has open.
#[derive(Default)]
pub(crate) struct Indexes {
    root: Option<PathBuf>,
    open: Mutex<BTreeMap<String, Arc<IndexState>>>,
}

/// An index and how far it is up to date.
pub(super) struct IndexState {
    /// Where indexes are; `None` for memory.
    pub(super) root: Option<PathBuf>,
    pub(super) shape: Shape,
    /// Opened when it is first needed; another one when its files were damaged.
    index: RwLock<Option<Arc<Index>>>,
    /// The campaign version it was last asked for under.
    definition: Mutex<String>,
    /// Held by whoever brings the index up to date.
    pub(super) progress: tokio::sync::Mutex<Progress>,
    /// Whether it is being built.
    pub(super) is_building: AtomicBool,
    /// Records read by a build that is going on.
    pub(super) read: AtomicU64,
    /// Whether a question to it has failed in a way that its files did not show.
    pub(super) is_suspect: AtomicBool,
    /// Keys that several units have, as they were when the index had read so far.
    pub(super) shared: tokio::sync::Mutex<Option<(Reached, Arc<SharedKeys>)>>,
    freshness: Mutex<Freshness>,
}

/// How far an index is up to date, for whoever keeps it.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether it has been found to hold as many records as the database.
    pub(super) is_counted: bool,
}

/// The same for everybody else.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Freshness {
    /// Whether it has been found to belong to this database, so that it may be asked.
    pub(super) is_trusted: bool,
    /// Whether the last attempt to keep it has failed.
    pub(super) is_failing: bool,
    /// The last change of the region up to which all changes of its records are in it.
    pub(super) reached: Option<ChangeMark>,
    /// When that was found, by this process's own time; at first when it was opened.
    pub(super) found_at: Option<Instant>,
}

impl IndexState {
    fn new(root: Option<PathBuf>, shape: Shape, definition: String) -> Self {
        Self {
            root,
            shape,
            index: RwLock::default(),
            definition: Mutex::new(definition),
            progress: tokio::sync::Mutex::default(),
            is_building: AtomicBool::new(false),
            read: AtomicU64::new(0),
            is_suspect: AtomicBool::new(false),
            shared: tokio::sync::Mutex::default(),
            freshness: Mutex::new(Freshness { found_at: Some(Instant::now()), ..Freshness::default() }),
        }
    }

    /// The index, if it is open.
    pub(super) fn index(&self) -> Option<Arc<Index>> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put_index(&self, index: Index) -> Arc<Index> {
        let index = Arc::new(index);
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(index.clone());
        index
    }

    fn locked(&self) -> MutexGuard<'_, Freshness> {
        self.freshness.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn freshness(&self) -> Freshness {
        *self.locked()
    }

    /// It holds the records of this database, as they were at some moment.
    pub(super) fn trust(&self) {
        self.locked().is_trusted = true;
    }

    /// It may not be asked until it has been built.
    pub(super) fn distrust(&self) {
        let mut freshness = self.locked();
        (freshness.is_trusted, freshness.reached) = (false, None);
    }

    /// All changes up to this one are in it.
    pub(super) fn note_reached(&self, last: Option<ChangeMark>) {
        *self.locked() =
            Freshness { is_trusted: true, is_failing: false, reached: last, found_at: Some(Instant::now()) };
    }

    pub(super) fn note_failure(&self) {
        self.locked().is_failing = true;
    }

    /// Records read by the build that is going on; `None` when there is none.
    pub(super) fn building(&self) -> Option<u64> {
        self.is_building.load(Ordering::Relaxed).then(|| self.read.load(Ordering::Relaxed))
    }
}

impl Indexes {
    /// Indexes in a directory, or in memory.
    pub(crate) fn new(root: Option<PathBuf>) -> Self {
        Self { root, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Arc<IndexState>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every index that has been asked for.
    pub(super) fn list_open(&self) -> Vec<Arc<IndexState>> {
        self.open().values().cloned().collect()
    }

    /// The index of a form under the snapshot's definition.
    pub(super) fn index_of(&self, snapshot: &Snapshot, form: FormIdx) -> Arc<IndexState> {
        let definition = &snapshot.definition;
        let mut open = self.open();
        let known = open.get(&definition.forms[form].id);
        let is_of_it = |state: &&Arc<IndexState>| {
            let known = state.definition.lock().unwrap_or_else(PoisonError::into_inner);
            *known == definition.hash
        };
        if let Some(state) = known.filter(is_of_it) {
            return state.clone();
        }
        // Keys of persons are made with the secret.
        let keys = format!("{KEY_FORMAT}, {}", snapshot.vault.check());
        let shape = Shape::new(definition, form, &keys);
        if let Some(state) = known.filter(|state| state.shape.name() == shape.name()) {
            // Another version of the definition, but all that the index holds is as before.
            definition.hash.clone_into(&mut state.definition.lock().unwrap_or_else(PoisonError::into_inner));
            return state.clone();
        }
        let state = Arc::new(IndexState::new(self.root.clone(), shape, definition.hash.clone()));
        open.insert(definition.forms[form].id.clone(), state.clone());
        state
    }
}
