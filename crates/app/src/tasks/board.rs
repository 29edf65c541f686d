//! What the tasks of this process are doing in a region and have done last.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use store::task_runs::TaskRun;
use tokio::sync::{Notify, watch};

use super::Task;

/// How long after its time a task that rests counts as late.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// What the tasks of this process are doing.
pub(crate) struct Board {
    /// Woken when a task fails or recovers.
    pub(super) news: Notify,
    /// How long what runs may take, once the process is ending.
    grace: watch::Sender<Option<Duration>>,
    states: Mutex<BTreeMap<&'static str, TaskState>>,
}

/// What one task is doing and has done last.
#[derive(Debug, Clone, Default)]
struct TaskState {
    longest: Duration,
    is_running: bool,
    started_at: Option<Timestamp>,
    succeeded_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    failure: Option<String>,
    failures: u32,
    next_at: Option<Timestamp>,
}

impl Default for Board {
    fn default() -> Self {
        let (grace, _) = watch::channel(None);
        Self { news: Notify::new(), grace, states: Mutex::default() }
    }
}

impl Board {
    /// Whether the process is ending: what runs comes to an end, nothing new begins.
    pub(crate) fn is_stopping(&self) -> bool {
        self.grace.borrow().is_some()
    }

    /// Notes that tasks begin, whether or not others were stopped before.
    pub(super) fn start(&self) {
        self.grace.send_replace(None);
    }

    pub(super) fn stop(&self, grace: Duration) {
        self.grace.send_replace(Some(grace));
    }

    /// Waits until the process is ending; how long what runs may take then.
    pub(super) async fn stopped(&self) -> Duration {
        let mut grace = self.grace.subscribe();
        // The sender lives as long as the board.
        let found = grace.wait_for(Option::is_some).await.ok().and_then(|grace| *grace);
        found.unwrap_or_default()
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<&'static str, TaskState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes when a task is run next.
    pub(super) fn note_rest(&self, task: &Task, next_at: Timestamp) {
        let mut states = self.states();
        let state = states.entry(task.name).or_default();
        state.longest = task.longest;
        state.next_at = Some(next_at);
    }

    pub(super) fn note_start(&self, task: &Task, now: Timestamp) {
        let mut states = self.states();
        let state = states.entry(task.name).or_default();
        state.is_running = true;
        state.started_at = Some(now);
        state.next_at = None;
    }

    /// Notes how a run has ended; how often in a row the task has failed now.
    pub(super) fn note_end(&self, task: &Task, now: Timestamp, outcome: Result<(), String>) -> u32 {
        let mut states = self.states();
        let state = states.entry(task.name).or_default();
        state.is_running = false;
        let before = state.failures;
        match outcome {
            Ok(()) => {
                state.succeeded_at = Some(now);
                state.failures = 0;
            }
            Err(failure) => {
                state.failed_at = Some(now);
                state.failure = Some(failure);
                state.failures = state.failures.saturating_add(1);
            }
        }
        if (before == 0) != (state.failures == 0) {
            self.news.notify_one();
        }
        state.failures
    }

    /// Tasks whose last run has failed, and tasks that have not done in time what they do.
    pub(super) fn unhealthy(&self, now: Timestamp) -> (Vec<&'static str>, Vec<&'static str>) {
        let states = self.states();
        let failing = states.iter().filter(|(_, state)| state.failures > 0).map(|(name, _)| *name).collect();
        let late = states.iter().filter(|(_, state)| state.is_late(now)).map(|(name, _)| *name).collect();
        (failing, late)
    }

    /// What all tasks of this process have done, as it is stored.
    pub(super) fn reports(&self, server: &str, now: Timestamp) -> Vec<TaskRun> {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
        let states = self.states();
        let report = |(name, state): (&&'static str, &TaskState)| TaskRun {
            server: server.to_owned(),
            task: (*name).to_owned(),
            started_at: micros(state.started_at),
            succeeded_at: micros(state.succeeded_at),
            failed_at: micros(state.failed_at),
            failure: state.failure.clone(),
            failures: i64::from(state.failures),
            next_at: micros(state.next_at),
            reported_at: now.as_microsecond(),
        };
        states.iter().map(report).collect()
    }
}

impl TaskState {
    fn is_late(&self, now: Timestamp) -> bool {
        let longest = SignedDuration::try_from(self.longest).unwrap_or(SignedDuration::MAX);
        if self.is_running {
            self.started_at.is_some_and(|started| now.duration_since(started) > longest)
        } else {
            self.next_at.is_some_and(|next| now.duration_since(next) > LATE)
        }
    }
}
