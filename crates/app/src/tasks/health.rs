//! Whether this process can do its work: for machines that watch it.

use std::{
    collections::BTreeSet,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use boxed_async::boxed_async;
use jiff::Timestamp;
use store::{Engine, Tx, definitions, task_runs};
use tokio::time;

use crate::{App, Error, Result, disk::DiskState};

/// How long the database may take to answer a server that asks whether it is ready.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How long an answer holds: asking often costs no more than asking once a second.
const FRESH: Duration = Duration::from_secs(1);
/// For how many seconds changes may wait to be added up, or to be in an index, before somebody has to look.
const LONGEST_LAG: i64 = 300;

/// What waits to be done with what was stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many changes wait.
    pub waiting: i64,
    /// For how many seconds the oldest of them does.
    pub seconds: i64,
}

/// Whether this process can do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether the database answers.
    pub has_database: bool,
    /// Whether it can be written to; also while somebody else is writing.
    pub is_writable: bool,
    /// How much room is left.
    pub disk: DiskState,
    /// Tasks of this process whose last run has failed.
    pub failing: Vec<&'static str>,
    /// Tasks of this process that run too long or have not been run in time.
    pub late: Vec<&'static str>,
    /// What waits to be added up.
    pub folding: Lag,
    /// For how many seconds the indexes of this server lack what was stored.
    pub index_seconds: i64,
}

impl Health {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.has_database
            && self.is_writable
            && self.disk != DiskState::Full
            && self.failing.is_empty()
            && self.late.is_empty()
            && self.folding.seconds.max(self.index_seconds) <= LONGEST_LAG
    }
}

/// The same as [`health`], asked once a second at most.
#[boxed_async]
pub async fn recent_health(app: &App) -> Health {
    let mut known = app.health.lock().await;
    if let Some((at, health)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        let _ = at;
        return health.clone();
    }
    let health = health(app).await;
    *known = Some((Instant::now(), health.clone()));
    health
}

/// Whether this process can do its work. Anybody may know: it names tasks, nothing else.
#[boxed_async]
pub async fn health(app: &App) -> Health {
    let lags = time::timeout(ANSWER_WITHIN, lags(app)).await;
    let (has_database, (folding, index_seconds)) = match lags {
        Ok(Ok(lags)) => (true, lags),
        Ok(Err(_)) | Err(_) => (false, Default::default()),
    };
    let written =
        if has_database { Some(time::timeout(ANSWER_WITHIN, try_writing(app)).await) } else { None };
    let (is_writable, is_full) = match written {
        Some(Ok(Ok(()))) => (true, false),
        Some(Ok(Err(error))) => (false, matches!(error, Error::DiskFull(_))),
        // Where there is one writer, somebody else is at it.
        Some(Err(_)) => (app.db.engine() == Engine::Sqlite, false),
        None => (false, false),
    };
    let (mut failing, mut late) = (BTreeSet::new(), BTreeSet::new());
    for region in app.regions().into_iter().filter_map(|id| app.region(id).ok()) {
        let of_region = region.tasks.unhealthy(app.clock.now());
        failing.extend(of_region.0);
        late.extend(of_region.1);
    }
    Health {
        has_database,
        is_writable,
        disk: if is_full { DiskState::Full } else { app.disks.state() },
        failing: failing.into_iter().collect(),
        late: late.into_iter().collect(),
        folding,
        index_seconds,
    }
}

/// What waits in all regions; an error when the database does not answer.
async fn lags(app: &App) -> Result<(Lag, i64)> {
    let (mut folding, mut index_seconds) = (Lag::default(), 0);
    for id in app.regions() {
        let mut tx = app.read(id).await?;
        definitions::find_region(&mut tx).await?;
        let of_region = folding_lag(app, &mut tx).await?;
        folding.waiting += of_region.waiting;
        folding.seconds = folding.seconds.max(of_region.seconds);
        drop(tx);
        let behind = app.index_lag(id).await?.behind.as_secs();
        index_seconds = index_seconds.max(i64::try_from(behind).unwrap_or(i64::MAX));
    }
    Ok((folding, index_seconds))
}

async fn folding_lag(app: &App, tx: &mut Tx) -> Result<Lag> {
    let waiting = store::folder::reach(tx).await?.pending;
    if waiting == 0 {
        return Ok(Lag::default());
    }
    let oldest = store::folder::oldest_pending(tx).await?;
    let at = oldest.and_then(|at| Timestamp::from_microsecond(at).ok());
    let seconds = at.map_or(0, |at| app.clock.now().duration_since(at).as_secs());
    Ok(Lag { waiting, seconds: seconds.max(0) })
}

/// Writes something and takes it back.
async fn try_writing(app: &App) -> Result<()> {
    let Ok(region) = app.first_region() else { return Ok(()) };
    let mut tx = app.write(region).await?;
    // On PostgreSQL's full disk what is small may still find a place in a table, and what people store does not.
    let is_doubted = app.db.engine() == Engine::Postgres && app.has_met_full_disk.load(Ordering::Relaxed);
    if is_doubted {
        task_runs::try_writing_much(&mut tx, app.server()).await?;
        app.has_met_full_disk.store(false, Ordering::Relaxed);
    } else {
        task_runs::try_writing(&mut tx, app.server()).await?;
    }
    Ok(tx.rollback().await?)
}
