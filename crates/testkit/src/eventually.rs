//! Waiting for what another task, thread or process does: until it is seen,
//! never for a time. The only place where tests sleep.

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// How long anything may take that a test waits for.
const TIMEOUT: Duration = Duration::from_mins(2);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until something is so, which `what` describes.
///
/// # Panics
/// When it takes too long.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < TIMEOUT, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// The same where nothing is async.
///
/// # Panics
/// When it takes too long.
pub fn eventually_blocking(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < TIMEOUT, "waited in vain: {what}");
        std::thread::sleep(PAUSE);
    }
}
