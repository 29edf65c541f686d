//! The indexes of records that this process has open, by form.

use campaign::definition::FormIdx;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, Instant},
};

use search::{Index, Shape};

use crate::{Error, Result, Snapshot, record::KEY_FORMAT};

/// The indexes of records that this process has open.
#[derive(Default)]
pub(crate) struct Indexes {
    root: Option<PathBuf>,
    open: Mutex<BTreeMap<String, Arc<IndexState>>>,
}

/// An index and how far it is up to date.
pub(super) struct IndexState {
    pub(super) index: Index,
    /// The campaign version it was last asked for under.
    definition: Mutex<String>,
    /// Held by whoever brings the index up to date.
    pub(super) progress: tokio::sync::Mutex<Progress>,
    /// Records read by a build that is going on.
    pub(super) read: AtomicU64,
}

/// How far an index is up to date.
#[derive(Default)]
pub(super) struct Progress {
    /// Whether it has been found to belong to this database.
    pub(super) is_known: bool,
    /// Whether it has been found to hold as many records as the database.
    pub(super) is_counted: bool,
    /// The audit has been read up to here; the index itself may tell of less, when nothing in between concerned it.
    pub(super) read_to: i64,
    /// Since when this process has read so far.
    pub(super) raised: Option<Instant>,
    /// So many seconds of the audit before `read_to` were read again after as many seconds: nothing can be missing there.
    pub(super) confirmed: i64,
    /// Late entries of the audit that have been taken in.
    pub(super) seen: BTreeSet<i64>,
}

impl Progress {
    /// The audit has been read up to an entry.
    pub(super) fn raise(&mut self, read_to: i64) {
        if self.raised.is_none() || read_to > self.read_to {
            (self.read_to, self.raised, self.confirmed) = (read_to, Some(Instant::now()), 0);
        }
    }

    /// A pass that has begun at a moment read `again` seconds before `read_to` once more. When that
    /// entry had been known for as long by then, no later pass need read them. It is this process's
    /// own time that counts: clocks may differ and be set.
    pub(super) fn confirm(&mut self, read_to: i64, begun: Instant, again: i64) {
        let known = self.raised.map_or(Duration::ZERO, |raised| begun.saturating_duration_since(raised));
        if self.read_to == read_to && known >= Duration::from_secs(again.unsigned_abs()) {
            self.confirmed = self.confirmed.max(again);
        }
    }
}

impl Indexes {
    /// Indexes in a directory, or in memory.
    pub(crate) fn new(root: Option<PathBuf>) -> Self {
        Self { root, open: Mutex::default() }
    }

    /// The index of a form under the snapshot's campaign.
    pub(super) fn index_of(&self, snapshot: &Snapshot, form: FormIdx) -> Result<Arc<IndexState>> {
        let campaign = &snapshot.campaign;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get(&campaign.forms[form].id);
        let definition = |state: &IndexState| {
            let definition = state.definition.lock().unwrap_or_else(PoisonError::into_inner);
            *definition == campaign.hash
        };
        if let Some(state) = known.filter(|state| definition(state)) {
            return Ok(state.clone());
        }
        // Keys of persons are made with the secret.
        let keys = format!("{KEY_FORMAT}, {}", snapshot.vault.check());
        let shape = Shape::new(campaign, form, &keys);
        if let Some(state) = known.filter(|state| state.index.shape().name() == shape.name()) {
            // Another campaign version, but all that the index holds is as before.
            campaign.hash.clone_into(&mut state.definition.lock().unwrap_or_else(PoisonError::into_inner));
            return Ok(state.clone());
        }
        let state = Arc::new(IndexState {
            index: Index::open(self.root.as_deref(), shape).map_err(Error::internal)?,
            definition: Mutex::new(campaign.hash.clone()),
            progress: tokio::sync::Mutex::default(),
            read: AtomicU64::new(0),
        });
        open.insert(campaign.forms[form].id.clone(), state.clone());
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(read_to: i64) -> Progress {
        let mut progress = Progress::default();
        progress.raise(read_to);
        progress
    }

    fn in_seconds(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn an_entry_known_for_long_enough_is_confirmed() {
        let mut progress = progress(7);
        progress.confirm(7, in_seconds(6), 5);
        assert_eq!(progress.confirmed, 5);
        progress.confirm(7, in_seconds(6), 300);
        assert_eq!(progress.confirmed, 5, "too early to look back no further than that");
    }

    #[test]
    fn an_entry_that_has_just_come_is_not_settled() {
        let mut progress = progress(7);
        progress.confirm(7, Instant::now(), 5);
        assert_eq!(progress.confirmed, 0);
    }

    #[test]
    fn a_newer_entry_is_confirmed_anew() {
        let mut progress = progress(7);
        progress.confirm(7, in_seconds(6), 5);
        progress.raise(8);
        assert_eq!(progress.confirmed, 0);
        progress.confirm(7, in_seconds(6), 5);
        assert_eq!(progress.confirmed, 0, "the pass read up to an older entry");
    }
}
