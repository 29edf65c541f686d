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

/// The answer of `/readyz`.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    database: bool,
    failing: Vec<&'static str>,
    late: Vec<&'static str>,
}

/// GET `/readyz`: whether the database answers and the tasks of this process
/// do what they should; 503 with what is wrong otherwise.
pub(crate) async fn ready(State(state): State<Arc<WebState>>) -> impl IntoResponse {
    let health = tasks::health(&state.app).await;
    let status = if health.is_good() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let ready = health.is_good();
    let Health { has_database, failing, late } = health;
    (status, Json(Readiness { ready, database: has_database, failing, late }))
}
