//! Balances: sums of postings. A unit's balances are one row per period, so
//! that a page reads a few rows, however many facts there are
//! (`docs/benchmarks.md` has the measurements).

use std::collections::BTreeMap;

use campaign::definition::{Definition, MeasureIdx};
use model::{
    ids::{RecordId, UnitId},
    month::{Month, Year},
};

use crate::{
    answers::{Answer, answers},
    balance_row::BalanceRow,
    classes::Classes,
    fact::Fact,
    post::{Key, Posting, post},
    posting_list::{PostingKey, PostingList},
};

/// What span of time a row of balances covers, as the number it is stored under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(pub i32);

impl Period {
    /// The baseline: statements about the years before the campaign.
    pub const BASELINE: Self = Self(1);

    /// A month, `yyyymm`.
    pub fn month(month: Month) -> Self {
        Self(month.number())
    }

    /// A year, `yyyy00`.
    pub fn year(year: Year) -> Self {
        Self(i32::from(year) * 100)
    }

    /// All months of a year in one row, `yyyy13`: how the months of a unit are kept that few
    /// people look at. Its slots are those of [`month_slot`].
    pub fn months(year: Year) -> Self {
        Self(i32::from(year) * 100 + 13)
    }

    /// The year, when it is one.
    pub fn as_year(self) -> Option<Year> {
        (self.0 % 100 == 0).then(|| Year::try_from(self.0 / 100).ok()).flatten()
    }

    /// The month, when it is one.
    pub fn as_month(self) -> Option<Month> {
        (self.0 > 100 && self.0 % 100 != 0).then(|| Month::from_number(self.0)).flatten()
    }

    /// The year, when it is all months of one.
    pub fn as_months(self) -> Option<Year> {
        (self.0 % 100 == 13).then(|| Year::try_from(self.0 / 100).ok()).flatten()
    }
}

/// Where a month's value of a slot is kept in the row of all months of its year.
pub fn month_slot(slot: usize, month: Month) -> usize {
    // A month is from 1 to 12; "always" is 0, and nothing is ever posted in it.
    slot * 12 + usize::try_from(month.of_year() - 1).unwrap_or(0)
}

/// The key of a row of balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// The unit.
    pub unit: UnitId,
    /// The period.
    pub period: Period,
}

/// How often each key was posted, by month.
pub type Tally = BTreeMap<Month, i64>;

/// Balances of one unit from its own facts alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnUnit {
    /// Rows by month.
    pub rows: BTreeMap<Month, BalanceRow>,
    /// Tallies of distinct measures, by measure and key.
    pub tallies: BTreeMap<(MeasureIdx, Key), Tally>,
    /// Statements about the unit with everything under it.
    pub statements: BalanceRow,
}

/// Balances of units from their own facts alone, before they are added to ancestors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// By unit.
    pub units: BTreeMap<UnitId, OwnUnit>,
    /// Which records they come from.
    pub postings: PostingList,
}

impl Own {
    /// Adds all that a record counts, `times` over (1 to make it, −1 to take it back).
    pub fn add_record(&mut self, definition: &Definition, fact: &Fact, classes: &Classes, times: i32) {
        post(definition, fact, classes, |posting| self.add(definition, fact.id, &posting, times));
        answers(definition, fact, classes, |answer| self.add_answer(answer, times));
    }

    fn add_answer(&mut self, Answer { unit, month, slot, amount, is_baseline }: Answer, times: i32) {
        let unit = self.units.entry(unit).or_default();
        let row = if is_baseline { &mut unit.statements } else { unit.rows.entry(month).or_default() };
        row.add(slot, amount * i64::from(times));
    }

    /// Adds a posting of a record `times` (1 to make it, −1 to take it back).
    pub fn add(&mut self, definition: &Definition, fact: RecordId, posting: &Posting, times: i32) {
        let Posting { measure, unit, month, .. } = *posting;
        self.postings.add(PostingKey { measure, month, unit, fact }, times);
        let unit = self.units.entry(posting.unit).or_default();
        let amount = posting.amount * i64::from(times);
        if let Some(key) = posting.key {
            *unit.tallies.entry((posting.measure, key)).or_default().entry(posting.month).or_default() +=
                amount;
            return;
        }
        let slot = definition.measures[posting.measure].slot(posting.part, posting.grain);
        let is_statement =
            definition.measures[posting.measure].kind == campaign::definition::MeasureKind::Statement;
        let row =
            if is_statement { &mut unit.statements } else { unit.rows.entry(posting.month).or_default() };
        row.add(slot, amount);
    }

    /// Drops everything that has become zero.
    pub fn prune(&mut self) {
        for unit in self.units.values_mut() {
            unit.rows.retain(|_, row| !row.is_empty());
            for tally in unit.tallies.values_mut() {
                tally.retain(|_, count| *count != 0);
            }
            unit.tallies.retain(|_, tally| !tally.is_empty());
        }
        self.units.retain(|_, unit| *unit != OwnUnit::default());
    }
}
