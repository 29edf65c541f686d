//! Runs tasks, and starts again what fails.

use std::{collections::HashMap, sync::Arc, time::Duration};

use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use store::task_runs;
use tokio::{
    task::{Id, JoinError, JoinHandle, JoinSet},
    time,
};
use words::Language;

use super::{Task, jobs};
use crate::{App, OpenRegion, Result};

/// How long a task that has failed rests before it is started again; twice as long after each failure in a row.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest such rest.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How long a process that ends waits for what runs, when nothing else is said.
const GRACE: Duration = Duration::from_secs(20);
/// How long it takes at most to give back what this process has claimed: otherwise its leases run out.
const GIVE_BACK_WITHIN: Duration = Duration::from_secs(5);
/// Most characters that are kept of a failure.
const FAILURE: usize = 500;

/// The tasks of this process, in every region that it has open. Dropping it ends
/// them at once; [`Supervisor::stop`] lets them finish.
pub struct Supervisor {
    app: Arc<App>,
    /// One piece of work for every region.
    work: Vec<(Arc<OpenRegion>, JoinHandle<()>)>,
}

/// How a turn of a task has ended.
enum Turn {
    Done(Result<()>),
    /// The process is ending; it was not begun.
    Stopped,
}

impl Supervisor {
    /// Starts tasks in every region that is open.
    pub fn start(app: Arc<App>, tasks: &[&'static Task]) -> Self {
        let regions = app.regions().into_iter().filter_map(|id| app.region(id).ok());
        let work = regions.map(|region| {
            region.tasks.start();
            let work = tokio::spawn(supervise(app.clone(), region.clone(), tasks.to_vec()));
            (region, work)
        });
        Self { work: work.collect(), app }
    }

    /// Ends all tasks: what runs may finish for some seconds, then it is
    /// undone, and its jobs go back into the queue for others.
    ///
    /// # Errors
    /// When storage refuses; leases then run out by themselves.
    #[boxed_async]
    pub async fn stop(self) -> Result<()> {
        self.stop_within(GRACE).await
    }

    /// The same, where what runs may take so long.
    #[boxed_async]
    pub async fn stop_within(mut self, grace: Duration) -> Result<()> {
        for (region, _) in &self.work {
            region.tasks.stop(grace);
        }
        for (_, work) in &mut self.work {
            if let Err(error) = work.await {
                tracing::error!(error = &error as &dyn std::error::Error, "the supervisor of tasks has died");
            }
        }
        let given_back = async {
            for (region, _) in &self.work {
                let mut tx = self.app.write(region.id).await?;
                jobs::give_back_all(&self.app, &mut tx).await?;
                task_runs::delete_of_server(&mut tx, self.app.server()).await?;
                tx.commit().await?;
            }
            Ok(())
        };
        time::timeout(GIVE_BACK_WITHIN, given_back).await.unwrap_or_else(|_| {
            tracing::warn!(
                "what this server has claimed was not given back: others take it over in a minute"
            );
            Ok(())
        })
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        for (_, work) in &self.work {
            work.abort();
        }
    }
}

async fn supervise(app: Arc<App>, region: Arc<OpenRegion>, tasks: Vec<&'static Task>) {
    let mut turns = JoinSet::new();
    let mut running: HashMap<Id, &'static Task> = HashMap::new();
    for task in tasks {
        let id = turns.spawn(turn(app.clone(), region.clone(), task, Rest::default())).id();
        running.insert(id, task);
    }
    let grace = async {
        let grace = region.tasks.stopped().await;
        time::sleep(grace).await;
    };
    tokio::pin!(grace);
    loop {
        let ended = tokio::select! {
            ended = turns.join_next_with_id() => ended,
            () = &mut grace => {
                tracing::warn!("some tasks did not end in time: what they were doing is undone");
                turns.shutdown().await;
                return;
            }
        };
        let Some(ended) = ended else { return };
        let (id, outcome) = match ended {
            Ok((_, Turn::Stopped)) => continue,
            Ok((id, Turn::Done(outcome))) => (id, outcome.map_err(|error| chain(&error))),
            Err(error) => (error.id(), Err(ended_early(&error))),
        };
        let Some(task) = running.remove(&id) else { continue };
        let rest = note(&app, &region, task, outcome);
        if !region.tasks.is_stopping() {
            let id = turns.spawn(turn(app.clone(), region.clone(), task, rest)).id();
            running.insert(id, task);
        }
    }
}

/// How long a task rests, and whether a signal ends the rest.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    time: Duration,
    has_failed: bool,
}

/// Notes how a run has ended, and says how long the task rests now.
fn note(app: &App, region: &OpenRegion, task: &Task, outcome: std::result::Result<(), String>) -> Rest {
    if let Err(failure) = &outcome {
        tracing::error!(task = task.name, failure, "a task failed and is started again");
    }
    let failures = region.tasks.note_end(task, app.clock.now(), outcome);
    if failures == 0 {
        return Rest { time: task.every, has_failed: false };
    }
    let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(16));
    Rest { time: pause.min(LONGEST_PAUSE), has_failed: true }
}

/// Rests, then runs a task once.
async fn turn(app: Arc<App>, region: Arc<OpenRegion>, task: &'static Task, rest: Rest) -> Turn {
    region.tasks.note_rest(task, moment_after(app.clock.now(), rest.time));
    let signalled = async {
        match task.signal.filter(|_| !rest.has_failed) {
            Some(signal) => signal(&region).notified().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        _ = region.tasks.stopped() => return Turn::Stopped,
        () = time::sleep(rest.time) => {}
        () = signalled => {}
    }
    region.tasks.note_start(task, app.clock.now());
    let ctx = app.system(region.id, Language::default());
    Turn::Done((task.run)(&app, &ctx).await)
}

fn moment_after(now: Timestamp, rest: Duration) -> Timestamp {
    now + SignedDuration::try_from(rest).unwrap_or(SignedDuration::ZERO)
}

/// What is stored about a run that a panic ended. Not the panic's own message:
/// it may quote a cell of a file, and personal data is in no table.
fn ended_early(error: &JoinError) -> String {
    let cause = if error.is_panic() { "panicked" } else { "was cancelled" };
    format!("the run {cause}; the server's log says where")
}

/// An error with everything that led to it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text.chars().take(FAILURE).collect()
}
