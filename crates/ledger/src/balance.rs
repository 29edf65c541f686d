//! Balances: postings added up. A unit's balances are rows of sixteen slots,
//! one row per period and block, so that a page reads a few rows however many
//! facts there are (`docs/benchmarks.md` has the measurements behind it).

use std::collections::BTreeMap;

use campaign::definition::{Campaign, Part};
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::post::{Key, Posting};

/// Slots in one row.
pub const SLOTS: usize = 16;

/// One row: the values of one block of slots.
pub type Row = [i64; SLOTS];

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

/// Where a row of balances stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// The unit.
    pub unit: UnitId,
    /// The period.
    pub period: Period,
    /// The block of slots.
    pub block: usize,
}

/// The slot in which a measure's part is kept.
pub fn slot(campaign: &Campaign, measure: usize, part: Part) -> usize {
    let measure = &campaign.measures[measure];
    match part {
        Part::Listed => measure.listed_slot,
        Part::Unlisted => measure.unlisted_slot.unwrap_or(measure.listed_slot),
    }
}

/// Number of blocks that a campaign's measures fill.
pub fn blocks(campaign: &Campaign) -> usize {
    let last =
        campaign.measures.iter().map(|m| m.unlisted_slot.unwrap_or(m.listed_slot).max(m.listed_slot)).max();
    last.map_or(0, |slot| slot / SLOTS + 1)
}

/// How often each key was posted, by month.
pub type Tally = BTreeMap<Month, i64>;

/// Balances of one unit from its own facts alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnUnit {
    /// Rows by month and block.
    pub rows: BTreeMap<(Month, usize), Row>,
    /// Tallies of distinct measures, by measure and key.
    pub tallies: BTreeMap<(usize, Key), Tally>,
    /// Statements about the unit with everything under it, by block.
    pub statements: BTreeMap<usize, Row>,
}

/// Balances of units from their own facts alone, before any ancestor is told.
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
        let row = if is_statement {
            unit.statements.entry(slot / SLOTS).or_default()
        } else {
            unit.rows.entry((posting.month, slot / SLOTS)).or_default()
        };
        row[slot % SLOTS] += amount;
    }

    /// Adds another set of balances.
    pub fn merge(&mut self, other: Self) {
        for (id, unit) in other.units {
            let into = self.units.entry(id).or_default();
            for (place, row) in unit.rows {
                add_row(into.rows.entry(place).or_default(), &row);
            }
            for (key, tally) in unit.tallies {
                let months = into.tallies.entry(key).or_default();
                for (month, count) in tally {
                    *months.entry(month).or_default() += count;
                }
            }
            for (block, row) in unit.statements {
                add_row(into.statements.entry(block).or_default(), &row);
            }
        }
    }

    /// Drops everything that has become zero.
    pub fn prune(&mut self) {
        for unit in self.units.values_mut() {
            unit.rows.retain(|_, row| !is_zero(row));
            unit.statements.retain(|_, row| !is_zero(row));
            for tally in unit.tallies.values_mut() {
                tally.retain(|_, count| *count != 0);
            }
            unit.tallies.retain(|_, tally| !tally.is_empty());
        }
        self.units.retain(|_, unit| *unit != OwnUnit::default());
    }
}

/// Adds `row` to `into`.
pub fn add_row(into: &mut Row, row: &Row) {
    for (slot, value) in into.iter_mut().zip(row) {
        *slot += value;
    }
}

/// Whether a row holds nothing.
pub fn is_zero(row: &Row) -> bool {
    row.iter().all(|value| *value == 0)
}
