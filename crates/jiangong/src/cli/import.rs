//! What can be said about importing a file, and taking it back.

use std::path::PathBuf;

use app::imports::{HiddenRows, RowChoice, RowChoices, RowKind};
use clap::{Args, ValueEnum};

use super::{Format, pair};

/// Import a file.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Import {
    /// The file: xlsx, xls (also a web page or XML under this name), ods or csv.
    pub(crate) file: PathBuf,
    /// What it is: `units`, a return (`base-return`, `baseline`), or `register:ID`.
    #[arg(long = "as", value_name = "KIND")]
    pub(crate) kind: String,
    /// The sheet. Default: the one that holds this kind; where several do, one must be named, or all.
    #[arg(long, conflicts_with = "all_sheets")]
    pub(crate) sheet: Option<String>,
    /// Import all sheets that hold this kind, together.
    #[arg(long)]
    pub(crate) all_sheets: bool,
    /// Code of the unit for rows that name none.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// What a column means: `列名=field`; `列名=` leaves it out. May be repeated.
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = pair)]
    pub(crate) map: Vec<(String, String)>,
    /// The unit of the amounts in a column, where the file does not say it: `列名=万元`. May be repeated.
    #[arg(long, value_name = "COLUMN=UNIT", value_parser = pair)]
    pub(crate) money: Vec<(String, String)>,
    /// First forget what was chosen for columns of this kind in earlier imports.
    #[arg(long)]
    pub(crate) forget_columns: bool,
    /// Take the good rows although others are refused.
    #[arg(long)]
    pub(crate) accept_good_rows: bool,
    /// Enter rows as new records that seem to state what is stored with other values, or what an earlier
    /// row of the file states.
    #[arg(long)]
    pub(crate) enter_as_new: bool,
    /// Let rows that are stored with other values correct them.
    #[arg(long, conflicts_with = "enter_as_new")]
    pub(crate) correct_stored: bool,
    /// What becomes of all such rows of a kind: `changed` (other values), `another` (the number of a record
    /// that is another thing) or `repeated` (an earlier row), each `=new`, `=correct` or `=leave`. May be
    /// repeated.
    #[arg(long, value_name = "KIND=CHOICE", value_parser = kind_choice)]
    pub(crate) differing: Vec<(RowKind, RowChoice)>,
    /// What becomes of one such row: `12=new`, `12=correct` or `12=leave`; `SHEET!12=…` where several
    /// sheets are read. May be repeated.
    #[arg(long, value_name = "ROW=CHOICE", value_parser = row_choice)]
    pub(crate) row: Vec<(String, RowChoice)>,
    /// Leave rows out whose records somebody has changed or removed since the file was made.
    #[arg(long)]
    pub(crate) skip_conflicts: bool,
    /// Whether rows that are hidden or filtered out in the sheet are taken. A file that has some
    /// is not imported until this is said.
    #[arg(long, value_name = "CHOICE")]
    pub(crate) hidden_rows: Option<HiddenRowsArg>,
    /// Mask ID and telephone numbers in texts before anything is stored.
    #[arg(long)]
    pub(crate) mask_numbers: bool,
    /// Look only: store nothing.
    #[arg(long)]
    pub(crate) preview: bool,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// Take an import back. Records that somebody has touched since are left alone.
#[derive(Debug, Args)]
pub(crate) struct TakeBack {
    /// Its number: what `jiangong import` printed, or the address of its page ends in. Without it, the
    /// imports of the command line are listed.
    pub(crate) import: Option<i64>,
    /// Look only: say what would go, what would return, and what is left alone.
    #[arg(long)]
    pub(crate) preview: bool,
    /// How the result is printed.
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// What becomes of hidden rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HiddenRowsArg {
    /// They are taken like all others.
    Take,
    /// They are left out.
    Leave,
}

impl From<HiddenRowsArg> for HiddenRows {
    fn from(choice: HiddenRowsArg) -> Self {
        match choice {
            HiddenRowsArg::Take => Self::Take,
            HiddenRowsArg::Leave => Self::Leave,
        }
    }
}

fn kind_choice(text: &str) -> Result<(RowKind, RowChoice), String> {
    let (kind, choice) = pair(text)?;
    let kind = RowKind::parse(&kind).ok_or("the kind is changed, another or repeated")?;
    Ok((kind, choice_named(&choice)?))
}

fn row_choice(text: &str) -> Result<(String, RowChoice), String> {
    let (row, choice) = pair(text)?;
    let number = row.rsplit_once('!').map_or(row.as_str(), |(_, number)| number);
    if number.parse::<u32>().is_err() {
        return Err("write the number of the row, such as 12=new or Sheet1!12=new".to_owned());
    }
    Ok((row, choice_named(&choice)?))
}

fn choice_named(name: &str) -> Result<RowChoice, String> {
    RowChoice::parse(name).ok_or_else(|| "the choice is new, correct or leave".to_owned())
}

impl Import {
    /// What becomes of rows that seem to state what is there.
    pub(crate) fn choices(&self) -> RowChoices {
        let new = RowKind::ALL.into_iter().filter(|_| self.enter_as_new).map(|kind| (kind, RowChoice::New));
        RowChoices {
            kinds: new.chain(self.differing.iter().copied()).collect(),
            rows: self.row.iter().cloned().collect(),
        }
    }
}
