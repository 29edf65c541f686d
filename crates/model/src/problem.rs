//! Problems in input: a closed list of kinds with named fields, never a sentence.
//! The catalogue (`words`) turns a problem into Chinese or English, so that a
//! form, a cell, a JSON answer and a command line all show the same message.

mod json;

use serde::{Deserialize, Serialize};

use self::json::{Argument, Arguments};
use crate::{ids::RecordId, label::Label};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row cannot be taken.
    Error,
    /// The row is taken; somebody should look.
    Warning,
}

/// Declares the closed list of problems: permanent name, variant, fields.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:literal => $variant:ident $({ $($field:ident: $type:ty),* })?;)*) => {
        /// Something wrong with one value or one row of input.
        ///
        /// In JSON it is `{"kind": name, "args": [texts], "severity": …}`: the fields in the order of the
        /// declaration, a [`Label`] as its Chinese and its English text.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(into = "json::Wire", try_from = "json::Wire")]
        #[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
        pub enum Problem {
            $($(#[$doc])* $variant $({ $($field: $type),* })?),*
        }

        impl Problem {
            /// The permanent name of every problem. Names are in files that users keep.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Its permanent name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name),* }
            }

            /// Appends the fields as texts.
            fn write(&self, args: &mut Vec<String>) {
                match self {
                    $(Self::$variant $({ $($field),* })? => { $($(Argument::write($field, args);)*)? })*
                }
            }

            /// Reads the fields of the problem with this name.
            fn read(name: &str, args: &mut Arguments) -> Result<Self, String> {
                Ok(match name {
                    $($name => Self::$variant $({ $($field: Argument::read(args)?),* })?,)*
                    _ => return Err(format!("no problem is named {name}")),
                })
            }
        }
    };
}

impl Problem {
    /// The same problem in a table's `row`, counted from 1, in the column of this name.
    #[must_use]
    pub fn in_row(self, row: usize, column: Label) -> Self {
        Self::InRow { row, column, inner: Box::new(self) }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Rule { severity, .. }
            | Self::Conflict { severity, .. }
            | Self::RecordGone { severity }
            | Self::NotLinked { severity, .. }
            | Self::CircularReference { severity, .. }
            | Self::ReasonMissing { severity }
            | Self::DerivedField { severity, .. }
            | Self::DerivedClosed { severity, .. } => *severity,
            Self::InRow { inner, .. } => inner.severity(),
            Self::Pending { .. }
            | Self::NameOnly { .. }
            | Self::NumberInText { .. }
            | Self::OrgCodeCheck { .. }
            | Self::UsccCheck { .. }
            | Self::UnitNameDiffers { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Whether somebody else changed or removed the record since the file was made.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::RecordGone { .. })
    }

    /// A conflict whose row is left out and not refused; anything else stays as it is.
    #[must_use]
    pub fn skipped(self) -> Self {
        match self {
            Self::Conflict { stored, .. } => Self::Conflict { stored, severity: Severity::Warning },
            Self::RecordGone { .. } => Self::RecordGone { severity: Severity::Warning },
            other => other,
        }
    }

    /// Whether the row is lost by it.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}

problems! {
    /// A field that must be stated is empty.
    "missing" => Missing;
    /// Text longer than allowed.
    "too_long" => TooLong { found: usize, max: usize };
    /// More of something than anybody may keep.
    "too_many" => TooMany { found: usize, max: usize };
    /// Not a whole number.
    "not_integer" => NotInteger { found: String };
    /// Not a number.
    "not_number" => NotNumber { found: String };
    /// A count below zero.
    "negative" => Negative { found: String };
    /// Outside the allowed range.
    "out_of_range" => OutOfRange { found: String, min: String, max: String };
    /// Not a date that can be read.
    "not_date" => NotDate { found: String };
    /// Reads like a date, but no such day exists.
    "impossible_date" => ImpossibleDate { found: String };
    /// Later than today.
    "future_date" => FutureDate { found: String, today: String };
    /// Not a period that can be read.
    "not_period" => NotPeriod { found: String, example: String };
    /// A period that ends before it begins.
    "period_backwards" => PeriodBackwards { found: String, example: String };
    /// Months that are no year, half, quarter or month, and no union statistical year.
    "period_no_grain" => PeriodNoGrain { found: String, example: String };
    /// A period, but not of the length that is asked for.
    "other_grain" => OtherGrain { found: String, example: String };
    /// A period in which no campaign has a month.
    "period_outside" => PeriodOutside { found: String, first: String, last: String };
    /// Neither yes nor no.
    "not_flag" => NotFlag { found: String };
    /// Not in the code list.
    "unknown_code" => UnknownCode { found: String, list: String, nearest: String };
    /// No unit has this code or name.
    "unknown_unit" => UnknownUnit { found: String };
    /// Several units have this name.
    "ambiguous_unit" => AmbiguousUnit { name: String, codes: String };
    /// Code and name of a unit do not belong together.
    "unit_name_differs" => UnitNameDiffers { code: String, found: String, name: String };
    /// No record of the register that the person may refer to has this number or title.
    "unknown_reference" => UnknownReference { found: String, register: Label };
    /// Several records of the register have this title.
    "ambiguous_reference" => AmbiguousReference { found: String, register: Label, count: usize };
    /// A reference that is kept as it is stated: no record, or several, have this number or title.
    "not_linked" => NotLinked { found: String, register: Label, severity: Severity };
    /// A record would refer to itself through the one that it names.
    "circular_reference" => CircularReference { found: String, severity: Severity };
    /// A field that follows from others is stated, and otherwise.
    "derived_field" => DerivedField { stated: String, derived: String, severity: Severity };
    /// A field that follows from others would change in a record that is closed.
    "derived_closed" => DerivedClosed { record: RecordId, name: String, state: Label, severity: Severity };
    /// Records that stay refer to one that is to be removed.
    "referred" => Referred { record: RecordId, register: Label, count: usize };
    /// The unit is outside what the person may change.
    "unit_out_of_scope" => UnitOutOfScope { unit: String };
    /// ID number of a wrong length or shape.
    "id_number_shape" => IdNumberShape { found: String };
    /// ID number whose birth date does not exist.
    "id_number_date" => IdNumberDate { digits: String };
    /// ID number whose check digit fails (GB 11643-1999).
    "id_number_check" => IdNumberCheck { expected: String };
    /// Organisation code whose check digit fails (GB 11714-1997).
    "org_code_check" => OrgCodeCheck { expected: String };
    /// Not shaped like an organisation code.
    "org_code_shape" => OrgCodeShape { found: String };
    /// USCC whose check digit fails (GB 32100-2015); some valid early codes do.
    "uscc_check" => UsccCheck { expected: String };
    /// Not shaped like a USCC.
    "uscc_shape" => UsccShape { found: String };
    /// Breaks a rule of the campaign.
    "rule" => Rule { message: Label, severity: Severity };
    /// The same identity occurs twice in the file.
    "repeated_in_file" => RepeatedInFile { first: u32 };
    /// The identity is stored already, with other values.
    "repeated_in_store" => RepeatedInStore { fields: String };
    /// The number is that of a record which states another thing.
    "number_of_another" => NumberOfAnother { fields: String };
    /// A column that counts the rows of a sheet is to be what identifies a record.
    "serial_column" => SerialColumn { column: String };
    /// The unit has a record with this identity already, with other values.
    "registered" => Registered { identity: String, record: RecordId };
    /// The mark of a stored record cannot be read.
    "record_mark" => RecordMark { found: String };
    /// The file's record is not in the store any more.
    "record_gone" => RecordGone { severity: Severity };
    /// The row names another unit than its record belongs to.
    "record_unit" => RecordUnit { unit: String };
    /// Changed here and by somebody else since the file was made.
    "conflict" => Conflict { stored: String, severity: Severity };
    /// A masked number without a stored one behind it.
    "masked_number" => MaskedNumber { found: String };
    /// A transition that cannot be made from the record's state.
    "step_out_of_order" => TransitionOutOfOrder { transition: Label, state: Label };
    /// What a transition asks for is not fulfilled.
    "step_not_open" => TransitionNotOpen { transition: Label };
    /// The fields would tell another state than the transition leads to.
    "step_elsewhere" => TransitionElsewhere { meant: Label, resulting: Label };
    /// Records in this state are not corrected outside of transitions.
    "not_editable" => NotEditable { state: Label };
    /// A field that somebody else states, in a transition.
    "stated_by_others" => StatedByOthers { who: Label, transition: Label };
    /// A field that is stated in a transition which the record has not come to.
    "stated_in_transition" => StatedInTransition { transition: Label };
    /// What an import keeps as a claim until somebody else confirms it.
    "pending" => Pending { who: Label, transition: Label };
    /// A transition that somebody else than who entered the record or took the one before must take.
    "second_person" => SecondPerson { transition: Label };
    /// A comment without text, or one that is too long.
    "comment_length" => CommentLength { found: usize, max: usize };
    /// A cell holds a formula without a stored value.
    "formula_without_value" => FormulaWithoutValue;
    /// A cell holds a spreadsheet error such as #REF!.
    "cell_error" => CellError { found: String };
    /// A cell holds a picture.
    "picture" => Picture;
    /// A cell holds bytes that are no characters.
    "damaged_text" => DamagedText { found: String };
    /// An amount is merged over several rows.
    "merged_amount" => MergedAmount { first: u32, last: u32 };
    /// A spreadsheet made a day of a number or a name.
    "date_in_text" => DateInText { found: String };
    /// A spreadsheet made TRUE or FALSE of a number or a name.
    "flag_in_text" => FlagInText { found: String };
    /// A spreadsheet has shortened a long number, or may have.
    "digits_lost" => DigitsLost { found: String };
    /// A cell is larger than allowed.
    "cell_too_large" => CellTooLarge { found: usize, max: usize };
    /// A person's identity rests on the name alone.
    "name_only" => NameOnly { name: String };
    /// A parent unit would make a circle.
    "circular_tree" => CircularTree { unit: String, parent: String };
    /// The roster names another parent than the one in force; a move needs a date.
    "parent_differs" => ParentDiffers { found: String, in_force: String };
    /// A unit without parent although the region has its root already.
    "second_root" => SecondRoot { root: String };
    /// The unit was closed or merged before this date.
    "unit_closed" => UnitClosed { unit: String, from: String };
    /// Two units would have the same code.
    "repeated_unit_code" => RepeatedUnitCode { code: String };
    /// Not a month that can be read.
    "not_month" => NotMonth { found: String };
    /// The unit is there already.
    "same_parent" => SameParent { unit: String, parent: String };
    /// An affiliation would end before it began.
    "month_too_early" => MonthTooEarly { month: String, parent: String, first: String };
    /// A unit of this sort cannot be below one of that sort.
    "wrong_level" => WrongLevel { unit: String, parent: String };
    /// The unit does not exist any more at that time.
    "unit_ended" => UnitEnded { unit: String, from: String };
    /// The federation itself cannot be moved, merged or closed.
    "top_unit" => TopUnit { unit: String };
    /// A unit cannot be closed while others belong to it.
    "units_below" => UnitsBelow { unit: String, count: usize, month: String };
    /// A unit above or merged into itself.
    "itself" => Itself { unit: String };
    /// A unit merged into one that is below it.
    "merge_below" => MergeBelow { unit: String, other: String };
    /// Two units of different sorts cannot be merged.
    "kind_differs" => KindDiffers { unit: String, other: String };
    /// The new name is the present one.
    "name_unchanged" => NameUnchanged { name: String };
    /// A name would end before the one it followed.
    "before_former_name" => BeforeFormerName { day: String, earliest: String };
    /// Nobody guides the unit.
    "no_guidance" => NoGuidance { unit: String };
    /// Something else where a share in percent is meant.
    "not_share" => NotShare { name: String, found: String };
    /// A share without a person.
    "share_of_nobody" => ShareOfNobody { share: String };
    /// Others have shares, this person has none.
    "share_missing" => ShareMissing { name: String };
    /// More records than take a transition together.
    "too_many_records" => TooManyRecords { found: usize, max: usize };
    /// Shares of more than a hundred percent in all.
    "shares_too_many" => SharesTooMany { sum: String };
    /// The same person twice in one line.
    "person_twice" => PersonTwice { name: String };
    /// Something is wrong in one cell of a table.
    "in_row" => InRow { row: usize, column: Label, inner: Box<Problem> };
    /// More cells in a row than the table has columns.
    "cells_too_many" => CellsTooMany { row: usize, found: usize, max: usize };
    /// More rows in a table than it takes.
    "rows_too_many" => RowsTooMany { found: usize, max: usize };
    /// The same identity occurs on an earlier sheet.
    "repeated_on_sheet" => RepeatedOnSheet { sheet: String, first: u32 };
    /// What is written near an amount about its unit is not understood.
    "money_unit" => MoneyUnit { found: String };
    /// What is written near a number makes it thousands or more, and is not understood.
    "number_unit" => NumberUnit { found: String };
    /// The line above the table, in this cell, names no unit.
    "unknown_unit_above" => UnknownUnitAbove { found: String, cell: String };
    /// A header whose columns are others than those of the table above it.
    "other_header" => OtherHeader;
    /// The row bears the mark of another record than the one that it states.
    "mark_of_another" => MarkOfAnother { record: String };
    /// A personal number in a text that everybody may read.
    "number_in_text" => NumberInText { found: String };
    /// A cell that refers to the one above it instead of stating something.
    "ditto" => Ditto { found: String };
    /// A personal number in a text beside the records: a comment, a reason, a name.
    "number_typed" => NumberTyped { found: String };
    /// A password with too few characters.
    "password_too_short" => PasswordTooShort { min: usize };
    /// A password with too many characters.
    "password_too_long" => PasswordTooLong { max: usize };
    /// A password that holds what everybody knows about its owner.
    "password_holds" => PasswordHolds { what: String };
    /// A password that can be guessed.
    "password_guessable" => PasswordGuessable;
    /// A new password that is the present one.
    "password_unchanged" => PasswordUnchanged;
    /// A login that is too short, too long, or holds spaces.
    "login_unusable" => LoginUnusable { min: usize, max: usize };
    /// A login that somebody has.
    "login_taken" => LoginTaken { login: String };
    /// Not applicable, in a field that cannot be answered so.
    "not_applicable" => NotApplicable { found: String };
    /// Not applicable, and nobody says why.
    "reason_missing" => ReasonMissing { severity: Severity };
    /// A value, and beside it that there is none.
    "two_answers" => TwoAnswers;
    /// Nobody whom the person may name has this login.
    "login_unknown" => LoginUnknown { login: String };
    /// The unit has an account for a person of this name.
    "person_has_account" => PersonHasAccount { login: String };
    /// A role that the federation does not have.
    "unknown_role" => UnknownRole { found: String, roles: String };
    /// A role that whoever asks may not give there.
    "role_too_high" => RoleTooHigh { role: Label };
    /// A sheet in whose first rows no column with units is named.
    "no_column_of_units" => NoColumnOfUnits;
    /// An absence that ends before it begins, is over, or is too long.
    "absence_days" => AbsenceDays { first: String, last: String, most: usize };
    /// Somebody else is deputy on some of these days.
    "absence_overlaps" => AbsenceOverlaps { name: String, first: String, last: String };
    /// Somebody who cannot act for others, or for whom nobody can act.
    "no_deputy" => NoDeputy { name: String };
    /// Somebody who cannot take an account over.
    "no_successor" => NoSuccessor { name: String };
}
