//! What is counted.

use model::month::Month;

use super::Label;

/// How a measure adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureKind {
    /// Events of a month.
    Flow,
    /// In service at a date.
    Stock,
    /// A statement for a year; adds over units, never over years.
    Level,
    /// One per key within unit and window.
    Distinct(Window),
    /// A statement about a whole unit with everything under it.
    Statement,
}

/// Within what a key counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Once in the campaign.
    Campaign,
    /// Once in each year.
    Year,
}

/// Something that is counted.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Id.
    pub id: String,
    /// What it was in earlier versions.
    pub was: Option<String>,
    /// Words for it.
    pub label: Label,
    /// How it adds up.
    pub kind: MeasureKind,
    /// What one of it is called (条, 人次, 家).
    pub unit: Label,
    /// The first month of the campaign that it counts for: what counts once in a campaign does so from then on, and what
    /// is stated about a whole unit is stated of the tree of then.
    pub since: Month,
    /// Whether supplementary numbers exist for it.
    pub has_unlisted: bool,
    /// Slot of its itemised part in a unit's row of balances.
    pub listed_slot: usize,
    /// Slot of its supplementary part.
    pub unlisted_slot: Option<usize>,
}

impl Measure {
    /// The first slot after its own.
    pub(crate) fn slots_end(&self) -> usize {
        self.listed_slot.max(self.unlisted_slot.unwrap_or(0)) + 1
    }
}
