//! Ids: 64 bits, made by the application, ordered by time: milliseconds, then
//! a counter. A database sequence is not used, because on a distributed engine it
//! is neither free of gaps nor ordered.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Bits below the milliseconds.
const COUNTER_BITS: u32 = 20;
/// Ids below this one are of moments before 2020, by the second: they take the place of the first hundred days of
/// that year, in which no id was made. So a record that was entered in 2015 and loaded with its history comes before
/// all later ones.
const PAST_IDS: i64 = 1 << 53;
/// Bits below the seconds of such an id.
const PAST_COUNTER_BITS: u32 = 23;
/// The first second that has such ids, in seconds since 1970: 34 years before 2020.
const PAST_EPOCH: i64 = EPOCH / 1_000 - (PAST_IDS >> PAST_COUNTER_BITS);
/// 2020-01-01 in milliseconds.
const EPOCH: i64 = 1_577_836_800_000;

static LAST: AtomicI64 = AtomicI64::new(0);

/// A new id, larger than every one this process made before. The lower half
/// of the counter starts at random, so that two processes do not collide.
pub fn new_id(now: Timestamp) -> i64 {
    let start = i64::from(rand::random::<u16>()) << 4;
    let by_time = ((now.as_millisecond() - EPOCH) << COUNTER_BITS).max(PAST_IDS) | start;
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

/// The id of what was made at a moment that may be long ago, and is only stored now. `number` distinguishes what is
/// stored together: two that differ by less than a million are never the same.
pub fn id_of_past(moment: Timestamp, number: i64) -> i64 {
    let bits = if moment.as_millisecond() < EPOCH { PAST_COUNTER_BITS } else { COUNTER_BITS };
    id_at(moment) | (number & ((1 << bits) - 1))
}

/// The moment at which an id was made, to the millisecond; before 2020 to the second.
pub fn made_at(id: i64) -> Timestamp {
    if id < PAST_IDS {
        let second = PAST_EPOCH + (id >> PAST_COUNTER_BITS);
        return Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    }
    Timestamp::from_millisecond((id >> COUNTER_BITS) + EPOCH).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The lowest id that can have been made at a moment.
pub fn id_at(moment: Timestamp) -> i64 {
    if moment.as_millisecond() < EPOCH {
        (moment.as_second() - PAST_EPOCH).max(0) << PAST_COUNTER_BITS
    } else {
        ((moment.as_millisecond() - EPOCH) << COUNTER_BITS).max(PAST_IDS)
    }
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
    fn ids_of_the_past_are_in_the_order_of_time() {
        let moment = |text: &str| text.parse::<Timestamp>().expect("a time");
        let days =
            ["2011-01-04T01:20:00Z", "2011-01-04T01:20:01Z", "2015-09-30T09:00:00Z", "2019-12-31T23:59:59Z"];
        let ids: Vec<i64> =
            days.iter().flat_map(|day| [0, 7].map(|number| id_of_past(moment(day), number))).collect();
        assert!(ids.is_sorted_by(|a, b| a < b) && ids[0] > 0, "{ids:?}");
        let later = [new_id(moment("2026-03-01T04:00:00Z")), id_at(moment("2020-02-01T00:00:00Z"))];
        assert!(later.iter().all(|later| ids.iter().all(|id| id < later)), "{later:?}");
        for (day, ids) in days.iter().zip(ids.chunks(2)) {
            assert!(ids.iter().all(|id| made_at(*id) == moment(day)), "{day}");
            assert_eq!(id_at(moment(day)), ids[0]);
        }
        let recent = moment("2026-03-01T04:00:00.123Z");
        assert_eq!(made_at(id_of_past(recent, 5)), recent);
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let now: Timestamp = "2032-03-01T04:00:00.123Z".parse().expect("a time");
        let id = new_id(now);
        assert_eq!(made_at(id), now);
    }
}
