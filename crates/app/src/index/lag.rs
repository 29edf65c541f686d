//! How far the lists of this server are behind the records.

use std::time::Duration;

use boxed_async::boxed_async;
use model::ids::RegionId;
use store::changes;

use crate::{App, Result};

/// How far the lists of this process are behind what was committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexLag {
    /// Changes that are not yet in the list that is farthest behind, roughly: a large commit is one for every
    /// thousand records, and many small ones may be counted as one.
    pub changes: u64,
    /// How long the list that is farthest behind has been so; zero when none is.
    pub behind: Duration,
    /// Lists that are being made from the records or have not been looked at since the process began.
    pub building: usize,
    /// Lists that cannot be kept: their directory cannot be read or written, or its disk is full.
    pub failing: usize,
}

impl App {
    /// How far the lists of a region are behind in this process. Reads two rows. In a process that serves no
    /// pages there are none.
    ///
    /// # Errors
    /// When storage does not answer, or the region is not open.
    #[boxed_async]
    pub async fn index_lag(&self, region: RegionId) -> Result<IndexLag> {
        let mut tx = self.read(region).await?;
        let last = changes::last(&mut tx).await?;
        let pending = changes::pending(&mut tx).await?;
        drop(tx);
        let mut lag = IndexLag::default();
        for state in self.region(region)?.indexes.list_open() {
            let freshness = state.freshness();
            lag.failing += usize::from(freshness.is_failing);
            lag.building += usize::from(!freshness.is_trusted && !freshness.is_failing);
            if freshness.reached == last && pending == 0 {
                continue;
            }
            let number = |mark: Option<changes::ChangeMark>| mark.map_or(0, |mark| mark.number);
            let changes = number(last).saturating_sub(number(freshness.reached)) + pending;
            lag.changes = lag.changes.max(u64::try_from(changes).unwrap_or(0));
            lag.behind = lag.behind.max(freshness.found_at.map_or(Duration::ZERO, |at| at.elapsed()));
        }
        Ok(lag)
    }
}
