//! Which records count where: the list of all postings without their amounts. A
//! figure is traced to its records with it (`docs/decisions/0014-postings.md`).
//!
//! It adds up like balances do. A change adds the new postings of a record and
//! subtracts the old ones, in any order; what comes to zero is not in the list.

use std::iter::Peekable;

use campaign::definition::MeasureIdx;
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};

/// Where a record counts, in the order in which a trace shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostingKey {
    /// Position of the measure that it counts towards.
    pub measure: MeasureIdx,
    /// The month that it counts in.
    pub month: Month,
    /// The unit that it counts at; the units above follow from the tree.
    pub unit: UnitId,
    /// The record.
    pub fact: RecordId,
}

/// How many postings there are under each key, or how many a change adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostingList(Vec<(PostingKey, i32)>);

impl PostingList {
    /// Adds postings under a key: 1 to make one, −1 to take one back.
    pub fn add(&mut self, key: PostingKey, times: i32) {
        self.0.push((key, times));
    }

    /// Adds another list, `times` over.
    pub fn add_list(&mut self, other: Self, times: i32) {
        if self.0.is_empty() && times == 1 {
            self.0 = other.0;
        } else {
            self.0.extend(other.0.into_iter().map(|(key, number)| (key, number * times)));
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every key once, in order, with its number; none is zero.
    pub fn into_sorted(self) -> Vec<(PostingKey, i32)> {
        let mut all = self.0;
        all.sort_unstable_by_key(|(key, _)| *key);
        all.dedup_by(|(key, number), (kept, sum)| {
            let is_same = key == kept;
            if is_same {
                *sum += *number;
            }
            is_same
        });
        all.retain(|(_, number)| *number != 0);
        all
    }
}

/// The first posting that is stored otherwise than it is recounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostingDifference {
    /// Which.
    pub key: PostingKey,
    /// How often it is stored.
    pub stored: i32,
    /// How often the recount finds it.
    pub recounted: i32,
}

/// Compares stored postings, as they come in order, with those of a recount.
pub struct PostingComparison<I: Iterator<Item = PostingKey>> {
    recounted: Peekable<I>,
    difference: Option<PostingDifference>,
}

impl<I: Iterator<Item = PostingKey>> PostingComparison<I> {
    /// Begins with all that the recount has found, in order.
    pub fn new(recounted: I) -> Self {
        Self { recounted: recounted.peekable(), difference: None }
    }

    /// Takes the next stored posting.
    pub fn take(&mut self, key: PostingKey, stored: i32) {
        if self.difference.is_some() {
            return;
        }
        if let Some(earlier) = self.recounted.peek().copied().filter(|first| *first < key) {
            let recounted = self.run(earlier);
            self.difference = Some(PostingDifference { key: earlier, stored: 0, recounted });
            return;
        }
        let recounted = self.run(key);
        if recounted != stored {
            self.difference = Some(PostingDifference { key, stored, recounted });
        }
    }

    /// The first difference; what the recount has and storage has not is one.
    pub fn finish(mut self) -> Option<PostingDifference> {
        if self.difference.is_none()
            && let Some(key) = self.recounted.peek().copied()
        {
            let recounted = self.run(key);
            self.difference = Some(PostingDifference { key, stored: 0, recounted });
        }
        self.difference
    }

    /// How often a key comes next.
    fn run(&mut self, key: PostingKey) -> i32 {
        let mut run = 0;
        while self.recounted.next_if_eq(&key).is_some() {
            run += 1;
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fact: i64) -> PostingKey {
        let month = Month::january(2012);
        PostingKey { measure: MeasureIdx::new(1), month, unit: UnitId(5), fact: RecordId(fact) }
    }

    #[test]
    fn what_is_taken_back_is_gone_in_whatever_order() {
        let mut list = PostingList::default();
        for (fact, times) in [(3, -1), (1, 1), (3, 1), (2, 1), (2, 1)] {
            list.add(key(fact), times);
        }
        let mut other = PostingList::default();
        other.add(key(2), 1);
        list.add_list(other, -1);
        assert_eq!(list.into_sorted(), [(key(1), 1), (key(2), 1)]);
    }

    #[test]
    fn the_first_difference_is_named() {
        let check = |stored: &[(i64, i32)], recounted: &[i64], expected: Option<(i64, i32, i32)>| {
            let recounted: Vec<PostingKey> = recounted.iter().map(|fact| key(*fact)).collect();
            let mut comparison = PostingComparison::new(recounted.iter().copied());
            for (fact, times) in stored {
                comparison.take(key(*fact), *times);
            }
            let found = comparison.finish().map(|found| (found.key.fact.0, found.stored, found.recounted));
            assert_eq!(found, expected, "{stored:?} against {recounted:?}");
        };
        check(&[], &[], None);
        check(&[(1, 1), (2, 2), (4, 1)], &[1, 2, 2, 4], None);
        check(&[(1, 1), (4, 1)], &[1, 2, 2, 4], Some((2, 0, 2)));
        check(&[(1, 1), (2, 1)], &[1, 2, 2], Some((2, 1, 2)));
        check(&[(1, 1), (3, 1)], &[1], Some((3, 1, 0)));
        check(&[(1, 1)], &[1, 7], Some((7, 0, 1)));
        check(&[(2, -1)], &[], Some((2, -1, 0)));
    }
}
