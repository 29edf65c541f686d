//! The clock is a parameter, because tests need to say which moment "now" is. Beside it is the business day, by which
//! records are judged: another type, so that neither is taken for the other.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::month::{Month, Year};

/// Tells the time: of sessions, the audit, leases and whatever else really happens now. What records are judged by
/// is a [`BusinessDay`].
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// The day of the present moment in China, where every federation is (UTC+8, no summer time).
    fn calendar_day(&self) -> Date {
        day_of(self.now())
    }
}

/// The day by which records are judged (业务日期): deadlines, what is late, the running month, what lies in the
/// future. It is the calendar's day, unless a federation has stopped at a day of its own, as a demonstration has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BusinessDay(Date);

impl BusinessDay {
    /// This day.
    pub const fn new(day: Date) -> Self {
        Self(day)
    }

    /// The day in the calendar.
    pub const fn date(self) -> Date {
        self.0
    }

    /// Its month: the running one.
    pub fn month(self) -> Month {
        Month::containing(self.0)
    }

    /// Its year.
    pub fn year(self) -> Year {
        self.0.year()
    }
}

/// China's time: UTC+8, no summer time.
fn china() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// The day and time of a moment in China.
pub fn local_time(moment: Timestamp) -> DateTime {
    moment.to_zoned(china()).datetime()
}

/// The day of a moment in China.
pub fn day_of(moment: Timestamp) -> Date {
    local_time(moment).date()
}

/// The moment at which a day begins in China.
pub fn start_of(day: Date) -> Timestamp {
    // A day at the end of all time has no such moment.
    day.to_zoned(china()).map_or(Timestamp::MAX, |start| start.timestamp())
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that always shows the same time, for tests.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
