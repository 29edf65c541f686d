//! Where records count. There are several places for each record, so they are kept as the distances from one to the next,
//! in a few bytes each, until they are asked for in order.

use std::collections::BTreeMap;

use campaign::definition::MeasureIdx;
use integer_encoding::VarInt;
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};

use crate::posting_list::PostingKey;

/// Where records count, by measure and month; one that counts twice in a place is there twice.
#[derive(Debug, Default)]
pub struct Sightings(BTreeMap<(MeasureIdx, Month), Places>);

impl Sightings {
    /// Adds a place.
    pub(super) fn add(&mut self, measure: MeasureIdx, month: Month, (unit, fact): (UnitId, RecordId)) {
        self.0.entry((measure, month)).or_default().add(unit, fact);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.values().map(|places| places.count).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = PostingKey> {
        self.0.iter().flat_map(|((measure, month), places)| {
            let (measure, month) = (*measure, *month);
            let sorted = places.sorted().into_iter();
            sorted.map(move |(unit, fact)| PostingKey { measure, month, unit, fact })
        })
    }
}

/// Units and records of one measure and month, as they came: of each the distance from the one before.
#[derive(Debug, Default)]
struct Places {
    bytes: Vec<u8>,
    count: usize,
    last: (i64, i64),
}

impl Places {
    fn add(&mut self, unit: UnitId, fact: RecordId) {
        for (number, before) in [(unit.0, self.last.0), (fact.0, self.last.1)] {
            // Ten bytes hold any of 64 bits.
            let mut buffer = [0; 10];
            let used = number.wrapping_sub(before).encode_var(&mut buffer);
            self.bytes.extend_from_slice(&buffer[..used]);
        }
        self.last = (unit.0, fact.0);
        self.count += 1;
    }

    fn sorted(&self) -> Vec<(UnitId, RecordId)> {
        let (mut places, mut rest) = (Vec::with_capacity(self.count), &*self.bytes);
        let (mut unit, mut fact) = (0_i64, 0_i64);
        while let (Some(to_unit), Some(to_fact)) = (next(&mut rest), next(&mut rest)) {
            (unit, fact) = (unit.wrapping_add(to_unit), fact.wrapping_add(to_fact));
            places.push((UnitId(unit), RecordId(fact)));
        }
        places.sort_unstable();
        places
    }
}

/// The next number, taken away from the bytes.
fn next(bytes: &mut &[u8]) -> Option<i64> {
    let (number, used) = i64::decode_var(bytes)?;
    *bytes = bytes.get(used..)?;
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_in_order() {
        let january = Month::january(2012);
        let (first, second) = (MeasureIdx::new(0), MeasureIdx::new(1));
        let mut sightings = Sightings::default();
        assert!(sightings.is_empty());
        for (measure, unit, fact) in [
            (second, 7, 1),
            (first, i64::MAX, i64::MIN),
            (first, 3, 9),
            (first, 3, 2),
            (first, 3, 9),
            (first, -4, i64::MAX),
        ] {
            sightings.add(measure, january, (UnitId(unit), RecordId(fact)));
        }
        let found: Vec<_> = sightings.iter().map(|key| (key.measure, key.unit.0, key.fact.0)).collect();
        let expected = [
            (first, -4, i64::MAX),
            (first, 3, 2),
            (first, 3, 9),
            (first, 3, 9),
            (first, i64::MAX, i64::MIN),
            (second, 7, 1),
        ];
        assert_eq!((found, sightings.len()), (expected.to_vec(), 6));
    }
}
