//! What came of an import.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{definition::Form, validate::FieldProblem};
use exchange::{normalise::excerpt, recognise::Recognised};
use model::problem::Problem;
use serde::{Deserialize, Serialize};

use super::{
    HiddenRows,
    row_choice::{DifferingRow, RowKind},
};

/// One cell at fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The sheet; empty when one only is read.
    #[serde(default)]
    pub sheet: String,
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// The column's letter; empty when the file has no such column.
    pub column: String,
    /// The column's title.
    pub header: String,
    /// Id of the field that the column stands for; empty in reports of earlier versions.
    #[serde(default)]
    pub field: String,
    /// What is in the cell, or its beginning.
    pub value: String,
    /// What is wrong.
    pub problem: Problem,
}

impl Refused {
    /// Names the cell of a field of `form` in `row`.
    pub(crate) fn new(
        recognised: &Recognised,
        form: &Form,
        row: u32,
        column: Option<usize>,
        value: String,
        FieldProblem { field, problem }: FieldProblem,
    ) -> Self {
        let column = column
            .and_then(|index| recognised.columns.iter().find(|column| column.index == index))
            .or_else(|| recognised.column(field));
        let definition = &form.fields[field];
        Self {
            sheet: String::new(),
            row: column.map_or(row, |column| recognised.row_of(column, row)),
            column: column.map(|column| column.letter.clone()).unwrap_or_default(),
            header: column.map_or_else(|| definition.label.zh.clone(), |column| column.header.clone()),
            field: definition.id.clone(),
            value: excerpt(&value),
            problem,
        }
    }
}

/// Rows that are left out for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutRows {
    /// The sheet; empty when one only is read.
    pub sheet: String,
    /// The permanent name of the reason ([`exchange::sections::LeftOutKind`]).
    pub kind: String,
    /// Their numbers, as the spreadsheet numbers them.
    pub rows: Vec<u32>,
}

/// A column that is read as the unit has decided for an earlier file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedColumn {
    /// Its title.
    pub header: String,
    /// Id of the field; empty when the column is left out.
    pub field: String,
}

/// A cell that changes a stored record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedCell {
    /// The sheet; empty when one only is read.
    #[serde(default)]
    pub sheet: String,
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// The column's letter.
    pub column: String,
    /// The column's title.
    pub header: String,
    /// What is stored, as such a file shows it; personal numbers are masked.
    pub before: String,
    /// What the file states instead.
    pub after: String,
}

/// Changed cells that a report lists one by one.
pub(crate) const MOST_CHANGES: usize = 20_000;

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Under which id it can be taken back, for an import that was run at once and has changed something.
    #[serde(default)]
    pub import: Option<i64>,
    /// The file's name.
    pub file: String,
    /// The sheet that was read.
    pub sheet: String,
    /// The sheets that were read, when there are several.
    #[serde(default)]
    pub sheets: Vec<String>,
    /// The sheets that hold the form, while nobody has chosen among them.
    #[serde(default)]
    pub undecided_sheets: Vec<String>,
    /// Other sheets with something on them, which were not read.
    #[serde(default)]
    pub left_out_sheets: Vec<String>,
    /// Rows that are no records and were not read.
    #[serde(default)]
    pub left_out: Vec<LeftOutRows>,
    /// Titles of columns that hold nothing to keep, or were left out by choice, although there is something in them.
    #[serde(default)]
    pub ignored_columns: Vec<String>,
    /// Columns that were read as the unit has decided before.
    #[serde(default)]
    pub remembered_columns: Vec<RememberedColumn>,
    /// Rows with records: without titles, blank rows, totals and signatures.
    pub rows: usize,
    /// Rows that are new.
    pub accepted: usize,
    /// Rows that corrected a stored record.
    pub corrected: usize,
    /// Those of them that name no record and are known by what identifies it.
    #[serde(default)]
    pub replaced: usize,
    /// Rows of which something is kept as a claim until somebody else confirms it.
    #[serde(default)]
    pub pending: usize,
    /// Rows that were stored already, word for word.
    pub unchanged: usize,
    /// Rows left out because somebody has changed or removed their records since the file was made.
    #[serde(default)]
    pub skipped: usize,
    /// Rows left out by choice, because what they seem to state is there with other values.
    #[serde(default)]
    pub left: usize,
    /// Rows that seem to state what is there, with both sides, up to a number that can be read.
    #[serde(default)]
    pub differing: Vec<DifferingRow>,
    /// How many of them nobody has chosen about.
    #[serde(default)]
    pub undecided: usize,
    /// How many such rows there are of each kind.
    #[serde(default)]
    pub differing_counts: BTreeMap<RowKind, usize>,
    /// The cells behind `corrected`, up to a number that can be read.
    #[serde(default)]
    pub changes: Vec<ChangedCell>,
    /// How many cells there are behind `corrected`.
    #[serde(default)]
    pub changed_cells: usize,
    /// The campaign version that the file was made under, when it is not the one in force.
    #[serde(default)]
    pub older_definition: Option<String>,
    /// Cells at fault; their rows are not taken.
    pub refused: Vec<Refused>,
    /// Cells that somebody should look at; their rows are taken.
    pub warnings: Vec<Refused>,
    /// Titles of columns that were left out because nothing says what they mean.
    pub unknown_columns: Vec<String>,
    /// Letters of columns in which rows have something, but which have no title: they are left out.
    #[serde(default)]
    pub untitled_columns: Vec<String>,
    /// Numbers of the rows that are hidden in the sheet.
    #[serde(default)]
    pub hidden_rows: Vec<u32>,
    /// Whether the hidden rows are taken; `None` when nobody has chosen yet, and when there are none.
    #[serde(default)]
    pub hidden: Option<HiddenRows>,
    /// Whether anything was stored: not when a row was refused and the good
    /// rows were not asked for, and not in a preview.
    pub stored: bool,
}

impl Report {
    /// How many rows are refused.
    pub fn refused_rows(&self) -> usize {
        rows_of(&self.refused, |_| true)
    }

    /// Whether the file states nothing but what is stored.
    pub fn changes_nothing(&self) -> bool {
        self.rows > 0 && self.unchanged == self.rows
    }

    /// How many rows conflict with what somebody else has done since the file
    /// was made: refused or left out.
    pub fn conflicting_rows(&self) -> usize {
        let is_conflict = |refused: &Refused| refused.problem.is_conflict();
        rows_of(&self.refused, is_conflict) + self.skipped
    }

    /// How many rows are taken or would be.
    pub fn good_rows(&self) -> usize {
        self.accepted + self.corrected + self.unchanged
    }

    /// How many rows somebody should look at.
    pub fn warned_rows(&self) -> usize {
        rows_of(&self.warnings, |_| true)
    }

    /// How many rows have personal numbers in texts.
    pub fn rows_with_numbers_in_texts(&self) -> usize {
        rows_of(&self.warnings, |warning| matches!(warning.problem, Problem::NumberInText { .. }))
    }

    /// How many rows are refused because nobody has chosen what becomes of them.
    pub fn differing_rows(&self) -> usize {
        self.undecided
    }
}

/// The same fault in one row or in several.
#[derive(Debug, Clone)]
pub struct FaultGroup<'r> {
    /// The first cell that has it.
    pub first: &'r Refused,
    /// The rows that have it, in their order.
    pub rows: Vec<u32>,
    /// Whether all cells have the same content.
    pub is_same_value: bool,
    /// Whether the rows are lost by it.
    pub is_error: bool,
}

impl Report {
    /// All faults, those that lose rows first; what many rows have in common is told once.
    pub fn fault_groups(&self) -> Vec<FaultGroup<'_>> {
        let mut groups: Vec<FaultGroup<'_>> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let errors = self.refused.iter().map(|cell| (cell, true));
        for (cell, is_error) in errors.chain(self.warnings.iter().map(|cell| (cell, false))) {
            // Each of these is about the record that its own cell names.
            let is_own =
                matches!(cell.problem, Problem::RepeatedInStore { .. } | Problem::NumberOfAnother { .. });
            let own = if is_own { &cell.value } else { "" };
            let key =
                format!("{is_error} {} {} {} {own} {:?}", cell.sheet, cell.column, cell.header, cell.problem);
            let group = *known.entry(key).or_insert(groups.len());
            if let Some(group) = groups.get_mut(group) {
                group.is_same_value &= group.first.value == cell.value;
                group.rows.push(cell.row);
            } else {
                groups.push(FaultGroup { first: cell, rows: vec![cell.row], is_same_value: true, is_error });
            }
        }
        groups
    }
}

/// Ranges of rows that a message names one by one.
const MOST_RANGES: usize = 20;

/// Numbers of rows as people write them: `3、5–8`. The last of very many is followed by a sign
/// that there are more.
pub fn row_ranges(rows: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some((_, last)) if *row == last.saturating_add(1) => *last = *row,
            _ => ranges.push((*row, *row)),
        }
    }
    let shown = ranges
        .iter()
        .take(MOST_RANGES)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}–{last}") });
    let mut text = shown.collect::<Vec<_>>().join("、");
    if ranges.len() > MOST_RANGES {
        text.push('…');
    }
    text
}

/// How many rows have a chosen cell.
fn rows_of(cells: &[Refused], is_chosen: impl Fn(&Refused) -> bool) -> usize {
    let chosen = cells.iter().filter(|cell| is_chosen(cell));
    let rows: BTreeSet<(&str, u32)> = chosen.map(|cell| (cell.sheet.as_str(), cell.row)).collect();
    rows.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_in_ranges() {
        assert_eq!(row_ranges(&[3, 5, 6, 7, 9]), "3、5–7、9");
        assert_eq!(row_ranges(&[]), "");
        let many: Vec<u32> = (0..50).map(|row| row * 2).collect();
        assert!(row_ranges(&many).ends_with("、38…"), "{}", row_ranges(&many));
    }

    #[test]
    fn the_same_fault_is_told_once() {
        let cell = |row, column: &str, value: &str, problem: &Problem| Refused {
            sheet: String::new(),
            row,
            column: column.to_owned(),
            header: String::new(),
            field: String::new(),
            value: value.to_owned(),
            problem: problem.clone(),
        };
        let unknown = Problem::UnknownUnit { found: "本公司".to_owned() };
        let stored = Problem::RepeatedInStore { fields: "标题".to_owned() };
        let report = Report {
            refused: vec![
                cell(4, "B", "本公司", &unknown),
                cell(5, "B", "本公司", &unknown),
                cell(5, "A", "建1", &stored),
                cell(6, "A", "建2", &stored),
                cell(7, "B", "", &Problem::Missing),
                cell(8, "C", "", &Problem::Missing),
                cell(9, "B", "", &Problem::Missing),
            ],
            warnings: vec![cell(4, "B", "", &Problem::Missing)],
            ..Report::default()
        };
        let groups = report.fault_groups();
        let shown: Vec<_> = groups
            .iter()
            .map(|group| (group.first.column.as_str(), group.rows.clone(), group.is_error))
            .collect();
        assert_eq!(
            shown,
            [
                ("B", vec![4, 5], true),
                ("A", vec![5], true),
                ("A", vec![6], true),
                ("B", vec![7, 9], true),
                ("C", vec![8], true),
                ("B", vec![4], false),
            ]
        );
    }
}
