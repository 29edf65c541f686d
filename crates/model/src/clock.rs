//! The clock is a parameter, because deadlines, views of an earlier day and
//! tests each need to say which moment "now" is.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Today in China, where every federation is (UTC+8, no summer time).
    fn today(&self) -> Date {
        day_of(self.now())
    }
}

/// The day of a moment in China.
pub fn day_of(moment: Timestamp) -> Date {
    let china = TimeZone::fixed(jiff::tz::offset(8));
    moment.to_zoned(china).date()
}

/// The moment at which a day begins in China.
pub fn start_of(day: Date) -> Timestamp {
    let china = TimeZone::fixed(jiff::tz::offset(8));
    // A day at the end of all time has no such moment.
    day.to_zoned(china).map_or(Timestamp::MAX, |start| start.timestamp())
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

/// A clock that always shows the same time, for tests and for the demonstration city.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
