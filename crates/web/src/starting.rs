//! What a server answers while it opens its database, which takes long when the database of an earlier version has to be
//! brought up to date: that it lives, that it is not ready, and how far it has come.

use std::{sync::Arc, time::Duration};

use app::upgrade::{PackingPhase, UpgradePhase, UpgradeProgress, UpgradeState};
use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    middleware,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::net::TcpListener;
use words::Words;

use crate::{ServerLimits, pages::health, security_headers, server};

/// After how many seconds a page asks again.
const AGAIN: u32 = 5;

/// Answers whoever connects until `opened` is ready.
pub async fn serve_starting(
    words: Words,
    progress: UpgradeProgress,
    listener: Arc<TcpListener>,
    opened: impl Future<Output = ()>,
) {
    // Whoever is slow must not keep the server from its work.
    let limits = ServerLimits {
        head: Duration::from_secs(5),
        answer_pause: Duration::from_secs(5),
        drain: Duration::from_secs(1),
        ..ServerLimits::default()
    };
    server::answer(router(words, progress), limits, listener, opened).await;
}

/// What is asked while the database is opened.
#[derive(Clone)]
struct Starting {
    words: Words,
    progress: UpgradeProgress,
}

fn router(words: Words, progress: UpgradeProgress) -> Router {
    Router::new()
        .route("/healthz", get(health::show))
        .route("/readyz", get(readiness))
        .fallback(page)
        .layer(middleware::from_fn_with_state(false, security_headers::headers))
        .with_state(Starting { words, progress })
}

/// The answer of `/readyz`.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    starting: bool,
    /// How far the upgrade of the database has come, if it is one.
    upgrade: Option<Upgrade>,
}

#[derive(Debug, Serialize)]
struct Upgrade {
    phase: &'static str,
    done: u64,
    total: u64,
}

/// Nothing but a page that asks again: assets come from the routes of the whole server.
#[derive(Template)]
#[template(path = "starting.html")]
struct StartingPage {
    words: Words,
    again: u32,
    message: String,
}

/// An answer that says when to ask again.
fn later(answer: impl IntoResponse) -> Response {
    let headers: [(HeaderName, String); 2] =
        [(header::CACHE_CONTROL, "no-store".to_owned()), (header::RETRY_AFTER, AGAIN.to_string())];
    (StatusCode::SERVICE_UNAVAILABLE, headers, answer).into_response()
}

async fn readiness(State(Starting { progress, .. }): State<Starting>) -> Response {
    let upgrade = progress.state().map(|UpgradeState { phase, done, total }| Upgrade {
        phase: phase.name(),
        done,
        total,
    });
    later(Json(Readiness { ready: false, starting: true, upgrade }))
}

async fn page(State(Starting { words, progress }): State<Starting>) -> Response {
    let message = match progress.state() {
        None => words.starting_opening().to_owned(),
        Some(UpgradeState { phase, done, total }) => {
            words.starting_upgrading(phase_text(words, phase), words.count(done), words.count(total))
        }
    };
    match (StartingPage { words, again: AGAIN, message }).render() {
        Ok(page) => later(Html(page)),
        Err(_) => later(words.starting_title()),
    }
}

fn phase_text(words: Words, phase: UpgradePhase) -> &'static str {
    match phase {
        UpgradePhase::Packing(PackingPhase::Records) => words.starting_records(),
        UpgradePhase::Packing(PackingPhase::Entries) => words.starting_entries(),
        UpgradePhase::Packing(PackingPhase::CompareRecords) => words.starting_compare_records(),
        UpgradePhase::Packing(PackingPhase::CompareEntries) => words.starting_compare_entries(),
        UpgradePhase::Packing(PackingPhase::ClearRecords) => words.starting_clear_records(),
        UpgradePhase::Packing(PackingPhase::ClearEntries) => words.starting_clear_entries(),
        UpgradePhase::Balances => words.starting_balances(),
        UpgradePhase::Days => words.starting_days(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use tower::ServiceExt as _;
    use words::Language;

    use super::*;

    async fn ask(progress: &UpgradeProgress, path: &str) -> (StatusCode, String) {
        let router = router(Words(Language::English), progress.clone());
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = router.oneshot(request).await.expect("an answer");
        let status = answer.status();
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
        if status != StatusCode::OK {
            assert_eq!(answer.headers()[header::RETRY_AFTER], "5", "{path}");
        }
        let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        (status, String::from_utf8(body.into()).expect("text"))
    }

    #[tokio::test]
    async fn it_lives_is_not_ready_and_says_how_far_it_has_come() {
        let progress = UpgradeProgress::default();
        let (_, page) = ask(&progress, "/").await;
        assert!(page.contains("The database is being opened"), "{page}");
        progress.begin(UpgradePhase::Packing(PackingPhase::Entries), 1_200, 4_000_000);
        assert_eq!(ask(&progress, "/healthz").await, (StatusCode::OK, "ok".to_owned()));
        let (status, ready) = ask(&progress, "/readyz").await;
        let upgrade = serde_json::json!({"phase": "entries", "done": 1_200, "total": 4_000_000});
        let expected = serde_json::json!({"ready": false, "starting": true, "upgrade": upgrade});
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&ready).expect("JSON"), expected);
        let (status, page) = ask(&progress, "/units/1?year=2012").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.contains("audit trail entries are rewritten, 1,200 of 4,000,000"), "{page}");
    }
}
