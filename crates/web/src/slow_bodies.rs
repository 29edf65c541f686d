//! Bodies of requests that come too slowly. Whoever sends nothing for a while, or so little that
//! it would take for ever, is answered at once, and the connection is closed. Only the time that the
//! server waits for the client counts, not the time that it works on what has come.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, SizeHint};
use thiserror::Error as ThisError;
use tokio::time::{Instant, Sleep, sleep};

use crate::{Error, WebState, server::ServerLimits};

/// Why a body is not read on.
#[derive(Debug, ThisError)]
#[error("the request came too slowly")]
struct TooSlow;

/// Watches the body of a request.
pub(crate) async fn watch(State(state): State<Arc<WebState>>, request: Request, next: Next) -> Response {
    let is_too_slow = Arc::new(AtomicBool::new(false));
    let limits = state.options.limits;
    let request = request.map(|body| Body::new(Watched::new(body, limits, is_too_slow.clone())));
    let response = next.run(request).await;
    if !is_too_slow.load(Ordering::Relaxed) {
        return response;
    }
    // Whatever the handler made of the broken body, this is what happened.
    Error::TooSlow.into_response()
}

/// A body with the time that the server has waited for it.
struct Watched {
    body: Body,
    limits: ServerLimits,
    /// Ends the present wait.
    patience: Pin<Box<Sleep>>,
    /// Since when the server has been waiting.
    since: Option<Instant>,
    waited: Duration,
    bytes: u64,
    is_too_slow: Arc<AtomicBool>,
}

impl Watched {
    fn new(body: Body, limits: ServerLimits, is_too_slow: Arc<AtomicBool>) -> Self {
        let patience = Box::pin(sleep(limits.body_pause));
        Self { body, limits, patience, since: None, waited: Duration::ZERO, bytes: 0, is_too_slow }
    }

    /// Whether what has come in the time that was waited is less than there has to be.
    fn is_behind(&self) -> bool {
        let counted = self.waited.saturating_sub(self.limits.body_grace);
        self.bytes < counted.as_secs().saturating_mul(self.limits.bytes_per_second)
    }

    fn fail(&self) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_too_slow.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            let now = Instant::now();
            if self.since.is_none() {
                self.since = Some(now);
                let end = now + self.limits.body_pause;
                self.patience.as_mut().reset(end);
            }
            return if self.patience.as_mut().poll(cx).is_ready() { self.fail() } else { Poll::Pending };
        };
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        if let Some(Ok(frame)) = &frame {
            self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if self.is_behind() {
                return self.fail();
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
