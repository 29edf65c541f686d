//! Digests of passwords. Each takes much memory and time on purpose; so only as many
//! run at once as the machine has processors, some more wait, and all others are asked
//! to come back. Otherwise a hundred sign-ins at once would take the machine down.

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Most digests at once, whatever the number of processors: each takes 19 MB.
const MOST_RUNNING: usize = 8;
/// How many may wait for each one that runs.
const WAITING: usize = 12;
/// Seconds after which somebody who was sent away may come back.
const RETRY_SECONDS: u32 = 3;

/// A digest to compare against when there is no account, so that the answer takes as long.
pub(super) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YWFhYWFhYWFhYWFhYWFhYQ$0000000000000000000000000000000000000000000";

/// The place where digests are made and compared.
pub(crate) struct Hashing {
    /// Those that run.
    running: Arc<Semaphore>,
    /// Those that run or wait.
    admitted: Arc<Semaphore>,
    /// How many were made or compared.
    made: AtomicU64,
}

impl Default for Hashing {
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::new(processors.min(MOST_RUNNING))
    }
}

impl Hashing {
    /// A place for so many at once.
    fn new(running: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running)),
            admitted: Arc::new(Semaphore::new(running * (1 + WAITING))),
            made: AtomicU64::new(0),
        }
    }

    /// How many digests were made or compared: nearly all that a sign-in costs.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Whether a password has this digest.
    ///
    /// # Errors
    /// [`Error::TooMuchAtOnce`].
    pub(super) async fn verify(&self, digest: String, password: String) -> Result<bool> {
        self.run(move || is_digest_of(&digest, &password)).await
    }

    /// The digest of a password.
    ///
    /// # Errors
    /// [`Error::TooMuchAtOnce`].
    pub(super) async fn digest(&self, password: String) -> Result<String> {
        let digest =
            move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.run(digest).await?.map_err(|error| Error::internal(error.to_string()))
    }

    /// Runs `work` beside the threads that answer requests. Its place is free again
    /// when it has ended, not when the person who asked has gone.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let admitted = self.admitted.clone().try_acquire_owned();
        let admitted = admitted.map_err(|_| Error::TooMuchAtOnce { seconds: RETRY_SECONDS })?;
        let turn = self.running.clone().acquire_owned().await.map_err(Error::internal)?;
        self.made.fetch_add(1, Ordering::Relaxed);
        let run = move || {
            let done = work();
            drop((turn, admitted));
            done
        };
        tokio::task::spawn_blocking(run).await.map_err(Error::internal)
    }
}

fn is_digest_of(digest: &str, password: &str) -> bool {
    PasswordHash::new(digest)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, atomic::AtomicUsize, mpsc};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn so_many_run_some_wait_and_the_others_are_sent_away() {
        let hashing = Arc::new(Hashing::new(2));
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (go, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let asked: Vec<_> = (0..120)
            .map(|_| {
                let (hashing, at_once, most, gate) =
                    (hashing.clone(), at_once.clone(), most.clone(), gate.clone());
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let _ = gate.lock().map(|gate| gate.recv());
                        at_once.fetch_sub(1, Ordering::SeqCst);
                    };
                    hashing.run(work).await
                })
            })
            .collect();
        // Nothing ends before all have asked: as many are sent away as there is no place for.
        let places = 2 * (1 + WAITING);
        let answered = || asked.iter().filter(|one| one.is_finished()).count();
        testkit::eventually("those without a place are sent away", async || answered() == 120 - places).await;
        drop(go);
        let mut refused = 0;
        for one in asked {
            match one.await.expect("no panic") {
                Ok(()) => {}
                Err(Error::TooMuchAtOnce { seconds }) => {
                    assert!(seconds > 0);
                    refused += 1;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(refused, 120 - places);
        assert!(most.load(Ordering::SeqCst) <= 2, "{most:?} at once");
    }

    #[test]
    fn the_digest_of_nobody_costs_what_every_digest_costs() {
        let nobody = PasswordHash::new(NOBODY).expect("a digest");
        let digest = Argon2::default().hash_password(b"a password").expect("a digest");
        assert_eq!(nobody.params, digest.params);
        assert_eq!(nobody.algorithm, digest.algorithm);
        assert!(!is_digest_of(NOBODY, ""));
    }
}
