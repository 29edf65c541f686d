//! Ids: 64 bits, made by the application, ordered by time: milliseconds, then
//! a counter. A database sequence is not used, because on a distributed engine it
//! is neither free of gaps nor ordered.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Bits below the milliseconds.
const COUNTER_BITS: u32 = 20;
/// 2020-01-01 in milliseconds.
const EPOCH: i64 = 1_577_836_800_000;

static LAST: AtomicI64 = AtomicI64::new(0);

/// A new id, larger than every one this process made before. The lower half
/// of the counter starts at random, so that two processes do not collide.
pub fn new_id(now: Timestamp) -> i64 {
    let start = i64::from(rand::random::<u16>()) << 4;
    let by_time = ((now.as_millisecond() - EPOCH).max(1) << COUNTER_BITS) | start;
    let mut last = LAST.load(Ordering::Relaxed);
    loop {
        let next = by_time.max(last + 1);
        match LAST.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return next,
            Err(found) => last = found,
        }
    }
}

/// `count` ids in a row, larger than every one this process made before and than `floor`, the largest that
/// must come before them: it may have been made by a clock that is ahead. Later ids follow the clock again.
pub(crate) fn new_ids_after(floor: i64, count: usize, now: Timestamp) -> impl Iterator<Item = i64> {
    let start = i64::from(rand::random::<u16>()) << 4;
    let behind = (((floor >> COUNTER_BITS) + 1) << COUNTER_BITS) | start;
    let is_behind = floor >= new_id(now);
    (0..).take(count).map(move |place| if is_behind { behind + place } else { new_id(now) })
}

/// The moment at which an id was made, to the millisecond.
pub fn made_at(id: i64) -> Timestamp {
    Timestamp::from_millisecond((id >> COUNTER_BITS) + EPOCH).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The lowest id that can have been made at a moment.
pub fn id_at(moment: Timestamp) -> i64 {
    (moment.as_millisecond() - EPOCH).max(0) << COUNTER_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_even_when_the_clock_stands_still() {
        let now = Timestamp::UNIX_EPOCH;
        let ids: Vec<i64> = (0..1000).map(|_| new_id(now)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn ids_come_after_one_of_a_clock_that_is_ahead() {
        let now: Timestamp = "2032-03-01T04:00:00Z".parse().expect("a time");
        // Made by another process.
        let ahead = (((now.as_millisecond() - EPOCH) + 7_200_000) << COUNTER_BITS) + 77;
        let ids: Vec<i64> = new_ids_after(ahead, 3, now).collect();
        assert!(ids.is_sorted_by(|a, b| a < b) && ids[0] > ahead, "{ids:?}");
        let ids: Vec<i64> = new_ids_after(0, 3, now).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let now: Timestamp = "2032-03-01T04:00:00.123Z".parse().expect("a time");
        let id = new_id(now);
        assert_eq!(made_at(id), now);
    }
}
