//! What the service manager and the terminal say to a program that runs until it is told to end.

use std::{process, thread, time::Duration};

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::output::UNAVAILABLE;

/// The signals that are listened to, from the start: none of them ends the program by itself any more.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// End (Ctrl-C, SIGTERM).
    End,
    /// Read the configuration anew (SIGHUP).
    Reload,
}

/// How much longer than what runs may take the whole end may take: connections are closed, leases given back.
const CLOSING: Duration = Duration::from_secs(10);

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// What is said next.
    pub(super) async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.interrupt.recv() => Order::End,
            _ = self.terminate.recv() => Order::End,
            _ = self.hang_up.recv() => Order::Reload,
        }
    }

    /// Waits until the program is to end, whatever else is said.
    pub(super) async fn ended(&mut self) {
        while self.next().await != Order::End {
            tracing::info!("still starting: the configuration has just been read");
        }
    }

    /// Sees to it that the program ends: at once when it is told so a second time, and when what runs has had its
    /// time. What was acknowledged is stored; what was not is undone.
    pub(super) fn end_within(mut self, drain: Duration) {
        tracing::info!(seconds = drain.as_secs(), "ending: what runs may come to its end");
        // A thread of its own: it ends the program even when nothing else comes to its turn any more.
        thread::spawn(move || {
            thread::sleep(drain + CLOSING);
            tracing::warn!("ending although something has not come to its end");
            process::exit(i32::from(UNAVAILABLE));
        });
        tokio::spawn(async move {
            self.ended().await;
            tracing::warn!("told a second time: ending at once");
            process::exit(i32::from(UNAVAILABLE));
        });
    }
}
