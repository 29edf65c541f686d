//! The shared strings of a workbook, stored in one piece of memory.

use crate::{
    budget::Account,
    fault::TableFault,
    sheet_builder::SheetBuilder,
    workbook::{Cell, Limits},
};

/// All shared strings one after the other.
pub(crate) struct Strings {
    text: String,
    /// Where each one ends, and its length in characters if it was too long to keep.
    ends: Vec<(u32, u32)>,
    account: Account,
}

impl Strings {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { text: String::new(), ends: Vec::new(), account: Account::new(&limits.budget) }
    }

    /// Adds the next one.
    pub(crate) fn push(&mut self, one: &str, limits: &Limits) -> Result<(), TableFault> {
        let too_much = TableFault::TooMuchText { max: limits.max_text };
        let chars = if one.len() > limits.max_cell_chars { one.chars().count() } else { 0 };
        let too_long =
            if chars > limits.max_cell_chars { u32::try_from(chars).unwrap_or(u32::MAX) } else { 0 };
        if too_long == 0 {
            self.text.push_str(one);
        }
        if self.text.len() > limits.max_text {
            return Err(too_much);
        }
        if self.ends.len() >= limits.max_cells {
            return Err(TableFault::TooManyCells { max: limits.max_cells });
        }
        let end = u32::try_from(self.text.len()).map_err(|_| too_much)?;
        self.ends.push((end, too_long));
        self.account.count(if too_long == 0 { one.len() } else { 0 } + size_of::<(u32, u32)>())
    }

    /// The string at this position as a cell; a position that does not exist is an error in the cell.
    pub(crate) fn cell(&self, index: Option<usize>, gather: &SheetBuilder<'_>) -> Cell {
        let none = || Cell::Error("#N/A".to_owned());
        let Some(index) = index else { return none() };
        let Some((end, too_long)) = self.ends.get(index) else { return none() };
        if *too_long > 0 {
            return Cell::TooLarge { chars: *too_long as usize };
        }
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before].0);
        self.text.get(start as usize..*end as usize).map_or_else(none, |text| gather.text(text))
    }
}
