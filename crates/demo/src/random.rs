//! Random numbers that are the same in every version of every library.
//!
//! `SplitMix64` (Steele, Lea and Flood, 2014) is ten lines of our own. Neither
//! `rand`'s standard generator nor the hashes of the standard library promise
//! the same numbers in later versions, and a demonstration city is compared
//! from one release to the next. Every unit and form has its own stream of
//! numbers, so that a change in one leaves the others as they were.

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream that belongs to these numbers, in this order.
    pub(crate) fn from_seeds<const N: usize>(seeds: [u64; N]) -> Self {
        Self(seeds.into_iter().fold(0x5851_f42d_4c95_7f2d, |state, seed| scramble(state ^ scramble(seed))))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// Between 0 and 1, 1 never reached.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below `end`; 0 when `end` is 0.
    pub(crate) fn number_below(&mut self, end: u64) -> u64 {
        // The bias of a product is below end / 2^64: nothing that could be seen.
        u64::try_from((u128::from(self.bits()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// An index below `end`; 0 when `end` is 0.
    pub(crate) fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.number_below(end as u64)).unwrap_or(0)
    }

    /// Between `low` and `high`, both reached.
    pub(crate) fn number_between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).max(0).unsigned_abs();
        low.saturating_add_unsigned(self.number_below(span + 1))
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// About normally distributed, mean 0 and deviation 1, never beyond 3.
    pub(crate) fn normal(&mut self) -> f64 {
        (self.share() + self.share() + self.share() - 1.5) * 2.0
    }
}

/// Spreads the bits of a number over all 64.
pub(crate) fn scramble(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The order of `count` things, shuffled.
pub(crate) fn shuffled(count: usize, random: &mut Random) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, random.index(last + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_stay_what_they_are() {
        let mut stream = Random::from_seeds([1, 2]);
        assert_eq!([stream.bits(), stream.bits()], [PINNED.0, PINNED.1]);
        assert_ne!(Random::from_seeds([2, 1]).bits(), PINNED.0);
    }

    const PINNED: (u64, u64) = (9_327_450_587_695_029_400, 2_766_941_003_710_094_979);

    #[test]
    fn numbers_keep_their_bounds() {
        let mut stream = Random::from_seeds([7]);
        let drawn: Vec<i64> = (0..1000).map(|_| stream.number_between(-2, 2)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-2), Some(&2)));
        assert_eq!((stream.number_below(0), stream.index(1)), (0, 0));
        assert!((0..1000).all(|_| (0.0..1.0).contains(&stream.share()) && stream.normal().abs() <= 3.0));
        let mut order = shuffled(100, &mut stream);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
