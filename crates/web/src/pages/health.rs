//! Whether the server runs, and whether it can do its work. Monitoring programs ask for it.

use std::sync::Arc;

use app::tasks::{self, Health};
use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;

use crate::WebState;

/// GET `/healthz`: whether the process lives. Touches nothing, so that it can be asked often.
pub(crate) async fn show() -> &'static str {
    "ok"
}

/// The answer of `/readyz`. It names nothing that is anybody's, for anybody may ask.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// Whether the database answers.
    database: bool,
    /// Whether it can be written to.
    writable: bool,
    /// How much room is left on the disks of this machine; `full` also when the database says so of its own. How full
    /// the disk of PostgreSQL is nobody learns before: it is asked for nothing that it could tell.
    disk: &'static str,
    /// Tasks whose last run has failed.
    failing: Vec<&'static str>,
    /// Tasks that have not done in time what they do.
    late: Vec<&'static str>,
    /// Changes that wait to be in the figures.
    folding: FoldingLag,
    /// What the lists of this server lack.
    index: IndexLag,
}

#[derive(Debug, Serialize)]
struct FoldingLag {
    waiting: i64,
    seconds: i64,
}

#[derive(Debug, Serialize)]
struct IndexLag {
    seconds: i64,
}

/// GET `/readyz`: whether the database answers and can be written to, there is room on the disk, the tasks of this
/// process do what they should, and figures and lists are not far behind; 503 with what is wrong otherwise.
pub(crate) async fn ready(State(state): State<Arc<WebState>>) -> impl IntoResponse {
    let health = tasks::recent_health(&state.app).await;
    let status = if health.is_good() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let ready = health.is_good();
    let Health { has_database, is_writable, disk, failing, late, folding, index_seconds } = health;
    let readiness = Readiness {
        ready,
        database: has_database,
        writable: is_writable,
        disk: disk.name(),
        failing,
        late,
        folding: FoldingLag { waiting: folding.waiting, seconds: folding.seconds },
        index: IndexLag { seconds: index_seconds },
    };
    (status, Json(readiness))
}
