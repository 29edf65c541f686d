//! Whether a lease still lives, told without a clock that others share: a server that works at a job
//! extends its lease again and again, so a lease that has not changed for longer than a lease lasts is
//! nobody's, whatever moment it names. Clocks of servers differ and are set back.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use store::queue::QueuedJob;

/// The leases of running jobs as this process has seen them.
#[derive(Debug, Default)]
pub(crate) struct LeaseWatch(Mutex<BTreeMap<i64, Seen>>);

/// A lease, and since when it has been as it is.
#[derive(Debug, Clone, Copy)]
struct Seen {
    attempts: i64,
    lease_until: Option<i64>,
    since: Instant,
}

impl LeaseWatch {
    /// Notes the running jobs at a moment; those of which the lease has stood still for as long as a lease lasts.
    pub(super) fn unchanged<'a>(
        &self,
        jobs: &'a [QueuedJob],
        lease: Duration,
        now: Instant,
    ) -> Vec<&'a QueuedJob> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *seen);
        let mut still = Vec::new();
        for job in jobs {
            let (attempts, lease_until) = (job.attempts, job.lease_until);
            let known = before.get(&job.job_id);
            let known = known.filter(|known| (known.attempts, known.lease_until) == (attempts, lease_until));
            let since = known.map_or(now, |known| known.since);
            seen.insert(job.job_id, Seen { attempts, lease_until, since });
            if now.duration_since(since) >= lease {
                still.push(job);
            }
        }
        still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_mins(1);
    const NONE: [i64; 0] = [];

    fn job(job_id: i64, attempts: i64, lease_until: i64) -> QueuedJob {
        QueuedJob {
            job_id,
            kind: "import".to_owned(),
            reference: 7,
            state: "running".to_owned(),
            created_at: 0,
            run_after: 0,
            attempts,
            claimed_by: Some("other".to_owned()),
            lease_until: Some(lease_until),
            failed_at: None,
            last_error: None,
        }
    }

    #[test]
    fn a_lease_that_stands_still_is_nobodys_whatever_moment_it_names() {
        let watch = LeaseWatch::default();
        let (start, at) = (Instant::now(), |seconds| Duration::from_secs(seconds));
        let still = |jobs: &[QueuedJob], seconds| {
            let still = watch.unchanged(jobs, LEASE, start + at(seconds));
            still.into_iter().map(|job| job.job_id).collect::<Vec<_>>()
        };
        let far = i64::MAX;
        assert_eq!(still(&[job(1, 1, far), job(2, 1, 0)], 0), NONE);
        assert_eq!(still(&[job(1, 1, far), job(2, 1, 15)], 59), NONE, "the second was extended");
        assert_eq!(still(&[job(1, 1, far), job(2, 1, 15)], 60), [1]);
        assert_eq!(still(&[job(1, 2, far), job(2, 1, 15)], 61), NONE, "the first was taken over");
        assert_eq!(still(&[job(2, 1, 15)], 119), [2]);
        assert_eq!(still(&[job(1, 2, far)], 130), NONE, "it was gone in between");
    }
}
