//! Balances: sums of postings. A unit's balances are one row per period, so
//! that a page reads a few rows, however many facts there are
//! (`docs/benchmarks.md` has the measurements).

use std::collections::BTreeMap;

use campaign::definition::{Campaign, MeasureIdx, Part};
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    balance_row::BalanceRow,
    post::{Key, Posting},
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

    /// The year, when it is one.
    pub fn as_year(self) -> Option<Year> {
        (self.0 % 100 == 0).then(|| Year::try_from(self.0 / 100).ok()).flatten()
    }

    /// The month, when it is one.
    pub fn as_month(self) -> Option<Month> {
        (self.0 > 100 && self.0 % 100 != 0).then(|| Month::from_number(self.0)).flatten()
    }
}

/// The key of a row of balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// The unit.
    pub unit: UnitId,
    /// The period.
    pub period: Period,
}

/// The slot in which a measure's part is kept.
pub fn slot(campaign: &Campaign, measure: MeasureIdx, part: Part) -> usize {
    let measure = &campaign.measures[measure];
    match part {
        Part::Listed => measure.listed_slot,
        Part::Unlisted => measure.unlisted_slot.unwrap_or(measure.listed_slot),
    }
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
}

impl Own {
    /// Adds a posting `times` (1 to make it, −1 to take it back).
    pub fn add(&mut self, campaign: &Campaign, posting: &Posting, times: i64) {
        let unit = self.units.entry(posting.unit).or_default();
        let amount = posting.amount * times;
        if let Some(key) = posting.key {
            *unit.tallies.entry((posting.measure, key)).or_default().entry(posting.month).or_default() +=
                amount;
            return;
        }
        let slot = slot(campaign, posting.measure, posting.part);
        let is_statement =
            campaign.measures[posting.measure].kind == campaign::definition::MeasureKind::Statement;
        let row =
            if is_statement { &mut unit.statements } else { unit.rows.entry(posting.month).or_default() };
        row.add(slot, amount);
    }

    /// Adds another set of balances.
    pub fn merge(&mut self, other: Self) {
        for (id, unit) in other.units {
            let into = self.units.entry(id).or_default();
            for (month, row) in unit.rows {
                into.rows.entry(month).or_default().add_row(&row, 1);
            }
            for (key, tally) in unit.tallies {
                let months = into.tallies.entry(key).or_default();
                for (month, count) in tally {
                    *months.entry(month).or_default() += count;
                }
            }
            into.statements.add_row(&unit.statements, 1);
        }
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
