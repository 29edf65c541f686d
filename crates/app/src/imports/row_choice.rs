//! What becomes of rows that seem to state a record which is there already, with other values: a person
//! chooses, for one row or for all of a kind.

use std::collections::BTreeMap;

use model::ids::RecordId;
use serde::{Deserialize, Serialize};

/// What becomes of such a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowChoice {
    /// It is entered as a record of its own.
    New,
    /// It corrects the record that is stored.
    Correct,
    /// It is left out.
    Leave,
}

impl RowChoice {
    /// All of them, in the order in which they are offered: nothing is overwritten unless somebody says so.
    pub const ALL: [Self; 3] = [Self::New, Self::Correct, Self::Leave];

    /// Its name in forms and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Correct => "correct",
            Self::Leave => "leave",
        }
    }

    /// The choice with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// Why a row is not taken without a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// It states other values for a record than are stored.
    Changed,
    /// It has the number of a record and states another thing.
    Another,
    /// It states what an earlier row of the file states.
    Repeated,
}

impl RowKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Changed, Self::Another, Self::Repeated];

    /// Its name in forms and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Another => "another",
            Self::Repeated => "repeated",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a person has chosen for rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChoices {
    /// For all rows of a kind.
    #[serde(default)]
    pub kinds: BTreeMap<RowKind, RowChoice>,
    /// For single rows, by [`row_key`]; this goes before the kind.
    #[serde(default)]
    pub rows: BTreeMap<String, RowChoice>,
}

impl RowChoices {
    /// What is chosen for a row.
    pub fn of_row(&self, kind: RowKind, sheet: &str, row: u32) -> Option<RowChoice> {
        // A row that is chosen by its number alone is meant where one sheet is read.
        self.rows.get(&row_key(sheet, row)).or_else(|| self.kinds.get(&kind)).copied()
    }
}

/// What a row is called in choices: its number, behind the name of its sheet where several are read.
pub fn row_key(sheet: &str, row: u32) -> String {
    if sheet.is_empty() { row.to_string() } else { format!("{sheet}!{row}") }
}

/// A row that seems to state a record which is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferingRow {
    /// The sheet; empty when one only is read.
    pub sheet: String,
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// Why it is not taken without a choice.
    pub kind: RowKind,
    /// The record; `None` for one that an earlier row states.
    pub record: Option<RecordId>,
    /// The earlier row that states it.
    pub first: Option<u32>,
    /// What is chosen.
    pub choice: Option<RowChoice>,
    /// What can be chosen.
    pub choices: Vec<RowChoice>,
    /// What is stored and what the row states, side by side: first what tells which record it is.
    pub cells: Vec<ComparedCell>,
}

/// A field of a record and of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedCell {
    /// Id of the field.
    pub field: String,
    /// Words for it.
    pub header: String,
    /// What is stored, as such a file shows it; personal numbers are masked.
    pub stored: String,
    /// What the row states.
    pub found: String,
    /// Whether they differ.
    pub differs: bool,
}

/// Rows that a report shows side by side with what is stored.
pub(crate) const MOST_COMPARED: usize = 1_000;
