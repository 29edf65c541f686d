//! What a server answers while it opens its database, which takes long when the database of an earlier version has to be
//! brought up to date: that it lives, that it is not ready, and how far it has come.

use std::{sync::Arc, time::Duration};

use app::upgrade::{UpgradePhase, UpgradeProgress, UpgradeState};
use serde_json::json;
use store::packing::PackingPhase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use words::Words;

/// How long a client may take over one request and its answer.
const WITHIN: Duration = Duration::from_secs(5);
/// Connections that are answered at a time; others wait.
const AT_ONCE: usize = 64;
/// Bytes of a request that are read to see what it asks for.
const HEAD: usize = 4 << 10;
/// After how many seconds a page asks again.
const AGAIN: u32 = 5;

/// Answers whoever connects, until it is ended.
pub(super) async fn answer(listener: Arc<TcpListener>, words: Words, progress: UpgradeProgress) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let place = places.clone().acquire_owned().await.ok();
        let Ok((stream, _)) = listener.accept().await else {
            // The process has no more files to open: others will be closed.
            sleep(Duration::from_millis(200)).await;
            continue;
        };
        let state = progress.state();
        tokio::spawn(async move {
            // Who does not read the answer asks again.
            let _ = timeout(WITHIN, answer_one(stream, words, state)).await;
            drop(place);
        });
    }
}

async fn answer_one(mut stream: TcpStream, words: Words, state: Option<UpgradeState>) -> std::io::Result<()> {
    let mut head = vec![0; HEAD];
    let count = stream.read(&mut head).await?;
    let head = String::from_utf8_lossy(&head[..count]);
    let path = head.split_whitespace().nth(1).unwrap_or_default();
    stream.write_all(response(path, words, state).as_bytes()).await?;
    stream.shutdown().await
}

/// The whole answer to a request for a path.
fn response(path: &str, words: Words, state: Option<UpgradeState>) -> String {
    let (status, kind, body) = match path.split('?').next().unwrap_or_default() {
        "/healthz" => ("200 OK", "text/plain", "ok".to_owned()),
        "/readyz" => ("503 Service Unavailable", "application/json", readiness(state).to_string()),
        _ => ("503 Service Unavailable", "text/html", page(words, state)),
    };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Retry-After: {AGAIN}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn readiness(state: Option<UpgradeState>) -> serde_json::Value {
    let upgrade = state.map(
        |UpgradeState { phase, done, total }| json!({"phase": phase.name(), "done": done, "total": total}),
    );
    json!({"ready": false, "starting": true, "upgrade": upgrade})
}

fn page(words: Words, state: Option<UpgradeState>) -> String {
    let title = words.starting_title();
    let text = match state {
        None => words.starting_opening().to_owned(),
        Some(UpgradeState { phase, done, total }) => {
            words.starting_upgrading(phase_text(words, phase), words.count(done), words.count(total))
        }
    };
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"{AGAIN}\">\
         <title>{title}</title></head>\n<body><h1>{title}</h1><p>{text}</p></body>\n</html>\n",
        words.language()
    )
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
    use words::Language;

    use super::*;

    #[test]
    fn it_lives_is_not_ready_and_says_how_far_it_has_come() {
        let words = Words(Language::English);
        let phase = UpgradePhase::Packing(PackingPhase::Entries);
        let state = Some(UpgradeState { phase, done: 1_200, total: 4_000_000 });
        assert!(response("/healthz", words, state).starts_with("HTTP/1.1 200 OK\r\n"));
        let ready = response("/readyz", words, state);
        assert!(ready.starts_with("HTTP/1.1 503 "), "{ready}");
        let (_, body) = ready.split_once("\r\n\r\n").expect("a head and a body");
        let upgrade = json!({"phase": "entries", "done": 1_200, "total": 4_000_000});
        let expected = json!({"ready": false, "starting": true, "upgrade": upgrade});
        assert_eq!(serde_json::from_str::<serde_json::Value>(body).expect("JSON"), expected);
        for (path, state, text) in [
            ("/units/1?year=2012", state, "audit trail entries are rewritten, 1,200 of 4,000,000"),
            ("/", None, "The database is being opened"),
        ] {
            let page = response(path, words, state);
            assert!(page.starts_with("HTTP/1.1 503 ") && page.contains(text), "{page}");
        }
    }
}
