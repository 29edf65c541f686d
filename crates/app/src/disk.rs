//! How much room is left where the program keeps things, and what is refused before there is none: what is large
//! stops first, so that what people type can still be stored.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use crate::{App, Error, Result};

/// How much of a disk is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that this program may still write.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Tells how much room there is.
pub trait SpaceReader: Send + Sync {
    /// The room where `path` is.
    ///
    /// # Errors
    /// What the system says.
    fn space(&self, path: &Path) -> io::Result<Space>;
}

/// The disks of this machine.
pub struct Machine;

impl SpaceReader for Machine {
    fn space(&self, path: &Path) -> io::Result<Space> {
        // What is not there yet will be made where its parent is.
        let mut path = path;
        while !path.exists() {
            match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => path = parent,
                _ => path = Path::new("."),
            }
        }
        let found = rustix::fs::statvfs(path)?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        Ok(Space { free: bytes(found.f_bavail), total: bytes(found.f_blocks) })
    }
}

/// How little room is too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskLimits {
    /// Bytes below which the office is warned; on a small disk a fifth of it.
    pub warn: u64,
    /// The part of the disk, in hundredths, below which it is warned too.
    pub warn_percent: u64,
    /// Bytes that are kept free for what people type; on a small disk a twentieth of it. What is large is
    /// refused when it would go below.
    pub reserve: u64,
}

impl Default for DiskLimits {
    fn default() -> Self {
        Self { warn: 1 << 30, warn_percent: 5, reserve: 256 << 20 }
    }
}

/// How much room is left, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskState {
    /// Enough.
    Good,
    /// The office should see to it.
    Low,
    /// Imports, attachments and exports are refused.
    Short,
    /// Nothing can be stored any more.
    Full,
}

impl DiskState {
    /// Its permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Low => "low",
            Self::Short => "short",
            Self::Full => "full",
        }
    }
}

/// Bytes without which hardly anything can be stored.
const NOTHING: u64 = 1 << 20;

impl DiskLimits {
    fn reserve_of(&self, space: Space) -> u64 {
        self.reserve.min(space.total / 20)
    }

    /// What so much room means.
    pub fn judge(&self, space: Space) -> DiskState {
        let warn = self.warn.min(space.total / 5);
        if space.free < NOTHING.min(space.total / 100) {
            DiskState::Full
        } else if space.free < self.reserve_of(space) {
            DiskState::Short
        } else if space.free < warn || space.free / 100 < space.total / 10_000 * self.warn_percent {
            DiskState::Low
        } else {
            DiskState::Good
        }
    }
}

/// A disk as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskReport {
    /// A directory on it.
    pub path: PathBuf,
    /// How much room there is.
    pub space: Space,
    /// What that means.
    pub state: DiskState,
}

/// The places where the program keeps things.
pub(crate) struct Disks {
    places: Vec<PathBuf>,
    limits: RwLock<DiskLimits>,
    reader: Arc<dyn SpaceReader>,
    /// What was said of each place last, and when.
    said: Mutex<BTreeMap<PathBuf, (DiskState, Instant)>>,
}

/// How often the same is said again.
const SAID_EVERY: Duration = Duration::from_hours(1);

impl Default for Disks {
    fn default() -> Self {
        Self::new(Vec::new(), DiskLimits::default(), Arc::new(Machine))
    }
}

impl Disks {
    pub(crate) fn new(places: Vec<PathBuf>, limits: DiskLimits, reader: Arc<dyn SpaceReader>) -> Self {
        Self { places, limits: RwLock::new(limits), reader, said: Mutex::default() }
    }

    pub(crate) fn set_limits(&self, limits: DiskLimits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    fn limits(&self) -> DiskLimits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every disk, each once. One that does not tell is left out: what is written to it will say what is wrong.
    pub(crate) fn reports(&self) -> Vec<DiskReport> {
        let limits = self.limits();
        let mut reports: Vec<DiskReport> = Vec::new();
        for path in &self.places {
            let Ok(space) = self.reader.space(path) else { continue };
            if reports.iter().all(|known| known.space != space) {
                reports.push(DiskReport { path: path.clone(), space, state: limits.judge(space) });
            }
        }
        reports
    }

    /// Those of which something else is to be said than last time, or the same after an hour.
    pub(crate) fn news(&self) -> Vec<DiskReport> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let mut news = self.reports();
        news.retain(|report| {
            let last = said.get(&report.path);
            last.map_or(report.state != DiskState::Good, |(state, at)| {
                *state != report.state || (report.state != DiskState::Good && at.elapsed() >= SAID_EVERY)
            })
        });
        said.extend(news.iter().map(|report| (report.path.clone(), (report.state, Instant::now()))));
        news
    }

    /// The worst of them.
    pub(crate) fn state(&self) -> DiskState {
        self.reports().into_iter().map(|report| report.state).max().unwrap_or(DiskState::Good)
    }

    /// Refuses what would take so many bytes from what is kept free.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub(crate) fn require(&self, bytes: u64) -> Result<()> {
        let limits = self.limits();
        for report in self.reports() {
            if report.space.free < limits.reserve_of(report.space).saturating_add(bytes) {
                return Err(Error::NoRoom { needed: bytes, free: report.space.free });
            }
        }
        Ok(())
    }
}

impl App {
    /// Refuses to begin what takes so many bytes while the database is brought up to date.
    ///
    /// # Errors
    /// [`Error::NoRoomForUpgrade`].
    pub(crate) fn require_room_for_upgrade(&self, bytes: u64) -> Result<()> {
        let limits = self.disks.limits();
        for DiskReport { path, space, .. } in self.disks.reports() {
            let needed = limits.reserve_of(space).saturating_add(bytes);
            if space.free < needed {
                return Err(Error::NoRoomForUpgrade { path, needed, free: space.free });
            }
        }
        Ok(())
    }

    /// Refuses what would take so many bytes of the room that is kept free for what people type.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn require_room(&self, bytes: usize) -> Result<()> {
        self.disks.require(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u64);

    impl SpaceReader for Fixed {
        fn space(&self, _: &Path) -> io::Result<Space> {
            Ok(Space { free: self.0, total: 100 << 30 })
        }
    }

    fn disks(free: u64) -> Disks {
        Disks::new(vec![PathBuf::from("data")], DiskLimits::default(), Arc::new(Fixed(free)))
    }

    #[test]
    fn less_and_less_room_is_called_good_low_short_and_full() {
        for (free, expected) in [
            (50 << 30, DiskState::Good),
            (4 << 30, DiskState::Low),
            (900 << 20, DiskState::Low),
            (200 << 20, DiskState::Short),
            (100 << 10, DiskState::Full),
        ] {
            assert_eq!(disks(free).state(), expected, "{free}");
        }
    }

    #[test]
    fn the_same_is_not_said_again_and_again() {
        let disks = disks(4 << 30);
        assert_eq!(disks.news().len(), 1);
        assert_eq!(disks.news(), Vec::new());
        disks.set_limits(DiskLimits { warn: 0, warn_percent: 0, reserve: 0 });
        assert_eq!(disks.news().first().map(|report| report.state), Some(DiskState::Good));
        assert_eq!(disks.news(), Vec::new());
    }

    #[test]
    fn of_a_small_disk_less_is_kept_free() {
        let small = |free| DiskLimits::default().judge(Space { free, total: 64 << 20 });
        assert_eq!(small(40 << 20), DiskState::Good);
        assert_eq!(small(10 << 20), DiskState::Low);
        assert_eq!(small(2 << 20), DiskState::Short);
        assert_eq!(small(0), DiskState::Full);
    }

    #[test]
    fn what_is_large_is_refused_before_the_disk_is_full() {
        let disks = disks(300 << 20);
        assert!(disks.require(1 << 20).is_ok());
        assert!(matches!(disks.require(100 << 20), Err(Error::NoRoom { needed, .. }) if needed == 100 << 20));
        assert!(Disks::default().require(u64::MAX).is_ok(), "nothing is known of any disk");
    }

    #[test]
    fn the_machine_tells_of_what_is_not_there_yet_too() {
        let dir = tempfile::tempdir().unwrap();
        let there = Machine.space(dir.path()).unwrap();
        assert!(there.total > 0);
        let later = Machine.space(&dir.path().join("not/yet")).unwrap();
        assert_eq!(later.total, there.total);
    }
}
