//! Which stored record a row stands for, and as of which version.

use std::fmt;

use model::ids::RecordId;

use crate::normalise::{half_width, trim};

/// Title of the column of marks. It is hidden in a workbook.
pub const RECORD_TITLE: &str = "系统记录号";

/// A stored record at one of its versions. Letters are around the numbers,
/// so that no spreadsheet takes a mark for a number and rounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The record.
    pub id: RecordId,
    /// The version that the file shows.
    pub version: i64,
}

impl Mark {
    /// Reads a mark as it was written; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = half_width(trim(text)).to_ascii_uppercase();
        let (id, version) = text.trim_start_matches('\'').strip_prefix('R')?.split_once('V')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let number = |text: &str| text.parse().ok().filter(|_| digits(text));
        Some(Self { id: RecordId(number(id)?), version: number(version)? })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}v{}", self.id, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mark = Mark { id: RecordId(203_987_234_987_234_987), version: 3 };
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        assert_eq!(Mark::parse(" r203987234987234987V3 "), Some(mark));
        for wrong in
            ["", "R", "R1", "Rv1", "1v1", "R1v", "R-1v1", "R1v+1", "R1.2E+17v1", "R99999999999999999999v1"]
        {
            assert_eq!(Mark::parse(wrong), None, "{wrong}");
        }
    }
}
