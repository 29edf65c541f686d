//! What is done once with a database of an earlier version of the program before it can be used, and how far it has come:
//! for the log, and for whoever asks a server that cannot answer yet.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub use store::packing::PackingPhase;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradePhase {
    /// What is stored gets its compact form.
    Packing(PackingPhase),
    /// Balances are folded anew from the records.
    Balances,
    /// What each day changed is made from the audit.
    Days,
}

impl UpgradePhase {
    /// Its permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Packing(PackingPhase::Records) => "records",
            Self::Packing(PackingPhase::Entries) => "entries",
            Self::Packing(PackingPhase::CompareRecords) => "compare_records",
            Self::Packing(PackingPhase::CompareEntries) => "compare_entries",
            Self::Packing(PackingPhase::ClearRecords) => "clear_records",
            Self::Packing(PackingPhase::ClearEntries) => "clear_entries",
            Self::Balances => "balances",
            Self::Days => "days",
        }
    }
}

/// How far an upgrade has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeState {
    /// What is being done.
    pub phase: UpgradePhase,
    /// How many records or entries it has been done with.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// A phase that is under way.
#[derive(Debug)]
struct Running {
    state: UpgradeState,
    begun: Instant,
    logged: Instant,
}

/// How far the upgrade of a process has come; all copies are the same one.
#[derive(Debug, Clone, Default)]
pub struct UpgradeProgress(Arc<Mutex<Option<Running>>>);

/// How often the log says how far it has come.
const LOG_EVERY: Duration = Duration::from_secs(10);

impl UpgradeProgress {
    /// How far it has come; `None` when nothing is being upgraded.
    pub fn state(&self) -> Option<UpgradeState> {
        self.running().as_ref().map(|running| running.state)
    }

    /// Begins a phase, of which so many have been done before.
    pub fn begin(&self, phase: UpgradePhase, done: u64, total: u64) {
        self.end();
        tracing::info!(phase = phase.name(), done, total, "bringing the database up to date");
        let now = Instant::now();
        let state = UpgradeState { phase, done, total };
        *self.running() = Some(Running { state, begun: now, logged: now });
    }

    /// So many more have been done.
    pub(crate) fn add(&self, count: usize) {
        let mut running = self.running();
        let Some(Running { state, logged, .. }) = running.as_mut() else { return };
        state.done = state.done.saturating_add(count as u64).min(state.total);
        if logged.elapsed() < LOG_EVERY {
            return;
        }
        *logged = Instant::now();
        let UpgradeState { phase, done, total } = *state;
        let percent = done * 100 / total.max(1);
        tracing::info!(phase = phase.name(), done, total, percent, "bringing the database up to date");
    }

    /// Ends the phase that is under way.
    pub(crate) fn end(&self) {
        if let Some(Running { state, begun, .. }) = self.running().take() {
            tracing::info!(phase = state.phase.name(), took = ?begun.elapsed(), "done");
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_copies_say_how_far_the_phase_has_come() {
        let progress = UpgradeProgress::default();
        let copy = progress.clone();
        assert_eq!(copy.state(), None);
        progress.add(1);
        assert_eq!(copy.state(), None);
        progress.begin(UpgradePhase::Balances, 5, 100);
        progress.add(90);
        let state = |done| UpgradeState { phase: UpgradePhase::Balances, done, total: 100 };
        assert_eq!(copy.state(), Some(state(95)));
        progress.add(90);
        assert_eq!(copy.state(), Some(state(100)));
        progress.end();
        assert_eq!(copy.state(), None);
    }
}
