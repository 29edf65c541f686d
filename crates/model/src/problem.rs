//! Faults in input: a kind with arguments, never a sentence. The catalogue
//! (`words`) turns a kind into Chinese or English, so that a form, a cell, a
//! JSON answer and a command line all say the same thing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row cannot be taken.
    Error,
    /// The row is taken; somebody should look.
    Warning,
}

/// Something wrong with one value or one row of input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Values for the placeholders of the kind's message, in order.
    pub args: Vec<String>,
    /// Whether the row is lost by it.
    pub severity: Severity,
}

impl Problem {
    /// A problem that loses the row.
    pub fn error(kind: ProblemKind, args: impl IntoIterator<Item = String>) -> Self {
        Self { kind, args: args.into_iter().collect(), severity: Severity::Error }
    }

    /// A problem that somebody should look at.
    pub fn warning(kind: ProblemKind, args: impl IntoIterator<Item = String>) -> Self {
        Self { kind, args: args.into_iter().collect(), severity: Severity::Warning }
    }

    /// What is wrong in a table's `row`, counted from 1, in the column of this name (Chinese, English).
    #[must_use]
    pub fn in_row(self, row: usize, column: (&str, &str)) -> Self {
        let place = [row.to_string(), column.0.to_owned(), column.1.to_owned(), self.kind.name().to_owned()];
        Self { kind: ProblemKind::InRow, args: place.into_iter().chain(self.args).collect(), ..self }
    }

    /// The fault in a cell that [`Problem::in_row`] has placed, with its row and the column's name in both languages.
    pub fn placed(&self) -> Option<(&str, (&str, &str), Self)> {
        let [row, zh, en, name, args @ ..] = self.args.as_slice() else { return None };
        let is_placed = self.kind == ProblemKind::InRow;
        let kind = ProblemKind::ALL.iter().find(|kind| is_placed && kind.name() == name)?;
        Some((row, (zh, en), Self { kind: *kind, args: args.to_vec(), severity: self.severity }))
    }

    /// Whether the row is lost by it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Declares the closed list of kinds with their permanent names.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// What can be wrong. Names are permanent: they stand in files that users keep.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ProblemKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant),*
        }

        impl ProblemKind {
            /// Every kind; the catalogue must have a message for each in every language.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The permanent name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

kinds! {
    /// A field that must be stated is empty. Args: none.
    Missing = "missing",
    /// Text longer than allowed. Args: characters found, characters allowed.
    TooLong = "too_long",
    /// More of something than anybody may keep. Args: how many there are, how many are allowed.
    TooMany = "too_many",
    /// Not a whole number. Args: what was found.
    NotInteger = "not_integer",
    /// Not a number. Args: what was found.
    NotNumber = "not_number",
    /// A count below zero. Args: what was found.
    Negative = "negative",
    /// Outside the allowed range. Args: found, lowest, highest.
    OutOfRange = "out_of_range",
    /// Not a date that can be read. Args: what was found.
    NotDate = "not_date",
    /// Reads like a date, but no such day exists. Args: what was found.
    ImpossibleDate = "impossible_date",
    /// Later than today. Args: found, today.
    FutureDate = "future_date",
    /// Neither yes nor no. Args: what was found.
    NotFlag = "not_flag",
    /// Not in the code list. Args: what was found, name of the list, nearest or first codes.
    UnknownCode = "unknown_code",
    /// No unit has this code or name. Args: what was found.
    UnknownUnit = "unknown_unit",
    /// Several units have this name. Args: name, codes.
    AmbiguousUnit = "ambiguous_unit",
    /// Code and name of a unit do not belong together. Args: code, name found, name on the roster.
    UnitNameDiffers = "unit_name_differs",
    /// The unit is outside what the person may change. Args: unit.
    UnitOutOfScope = "unit_out_of_scope",
    /// ID number of a wrong length or shape. Args: what was found.
    IdNumberShape = "id_number_shape",
    /// ID number whose birth date does not exist. Args: the eight digits.
    IdNumberDate = "id_number_date",
    /// ID number whose check digit fails (GB 11643-1999). Args: expected digit.
    IdNumberCheck = "id_number_check",
    /// Organisation code whose check digit fails (GB 11714-1997). Args: expected digit.
    OrgCodeCheck = "org_code_check",
    /// Not shaped like an organisation code. Args: what was found.
    OrgCodeShape = "org_code_shape",
    /// USCC whose check digit fails (GB 32100-2015); some valid early codes do. Args: expected digit.
    UsccCheck = "uscc_check",
    /// Not shaped like a USCC. Args: what was found.
    UsccShape = "uscc_shape",
    /// Breaks a rule of the campaign. Args: the rule's message in both languages, Chinese first.
    Rule = "rule",
    /// The same identity stands twice in the file. Args: row where it stood first.
    RepeatedInFile = "repeated_in_file",
    /// The identity is stored already, with other values. Args: names of the fields that differ.
    RepeatedInStore = "repeated_in_store",
    /// The unit has a record with this identity already, with other values. Args: identity, number of the record.
    Registered = "registered",
    /// The mark of a stored record cannot be read. Args: what was found.
    RecordMark = "record_mark",
    /// The file's record is not in the store any more. Args: none.
    RecordGone = "record_gone",
    /// The row names another unit than its record belongs to. Args: the record's unit.
    RecordUnit = "record_unit",
    /// Changed here and by somebody else since the file was made. Args: what is stored now.
    Conflict = "conflict",
    /// A masked number where no stored one stands behind it. Args: what was found.
    MaskedNumber = "masked_number",
    /// A step that cannot be taken where the record stands; in Chinese and again in English. Args: step, state.
    StepOutOfOrder = "step_out_of_order",
    /// What a step asks for is not fulfilled; in Chinese and again in English. Args: step.
    StepNotOpen = "step_not_open",
    /// The fields would tell another state than the step leads to; in Chinese and again in English. Args: state meant, state told.
    StepElsewhere = "step_elsewhere",
    /// Records in this state are not corrected outside of steps; in Chinese and again in English. Args: state.
    NotEditable = "not_editable",
    /// A comment without text, or one that is too long. Args: characters found, characters allowed.
    CommentLength = "comment_length",
    /// A cell holds a formula without a stored value. Args: none.
    FormulaWithoutValue = "formula_without_value",
    /// A cell holds a spreadsheet error such as #REF!. Args: what was found.
    CellError = "cell_error",
    /// A cell is larger than allowed. Args: characters found, characters allowed.
    CellTooLarge = "cell_too_large",
    /// A person's identity rests on the name alone. Args: name.
    NameOnly = "name_only",
    /// A parent unit would make a circle. Args: unit, parent.
    CircularTree = "circular_tree",
    /// The roster names another parent than the one in force; a move needs a date. Args: parent on file, parent in force.
    ParentDiffers = "parent_differs",
    /// A unit without parent although the region has its root already. Args: root.
    SecondRoot = "second_root",
    /// The unit was closed or merged before this date. Args: unit, date.
    UnitClosed = "unit_closed",
    /// Two units would have the same code. Args: code.
    RepeatedUnitCode = "repeated_unit_code",
    /// Not a month that can be read. Args: what was found.
    NotMonth = "not_month",
    /// The unit stands there already. Args: unit, unit above.
    SameParent = "same_parent",
    /// An affiliation would end before it began. Args: month, unit above, its first month.
    MonthTooEarly = "month_too_early",
    /// A unit of this sort cannot stand below one of that sort. Args: unit, unit above.
    WrongLevel = "wrong_level",
    /// The unit does not exist any more at that time. Args: unit, since when.
    UnitEnded = "unit_ended",
    /// The federation itself cannot be moved, merged or closed. Args: unit.
    TopUnit = "top_unit",
    /// A unit cannot be closed while others belong to it. Args: unit, how many, month.
    UnitsBelow = "units_below",
    /// A unit above or merged into itself. Args: unit.
    Itself = "itself",
    /// A unit merged into one that stands below it. Args: unit, the other.
    MergeBelow = "merge_below",
    /// Two units of different sorts cannot be merged. Args: unit, the other.
    KindDiffers = "kind_differs",
    /// The new name is the present one. Args: name.
    NameUnchanged = "name_unchanged",
    /// A name would end before the one it followed. Args: day, earliest day.
    BeforeFormerName = "before_former_name",
    /// Nobody guides the unit. Args: unit.
    NoGuidance = "no_guidance",
    /// Something else where a share in percent is meant. Args: name, what was found.
    NotShare = "not_share",
    /// A share without a person. Args: share.
    ShareOfNobody = "share_of_nobody",
    /// Others have shares, this person has none. Args: name.
    ShareMissing = "share_missing",
    /// More records than take a step together. Args: how many were chosen, how many are allowed.
    TooManyRecords = "too_many_records",
    /// Shares of more than a hundred percent in all. Args: their sum.
    SharesTooMany = "shares_too_many",
    /// The same person twice in one line. Args: name.
    PersonTwice = "person_twice",
    /// Something is wrong in one cell of a table. Args: row, column in both languages, the fault's name and its own arguments.
    InRow = "in_row",
    /// More cells in a row than the table has columns. Args: row, how many cells there are, how many columns.
    CellsTooMany = "cells_too_many",
    /// More rows in a table than it takes. Args: how many there are, how many are allowed.
    RowsTooMany = "rows_too_many",
    /// A password with too few characters. Args: fewest allowed.
    PasswordTooShort = "password_too_short",
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
