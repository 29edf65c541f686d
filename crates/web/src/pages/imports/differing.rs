//! Rows that seem to state what is there already: both sides beside each other, and what becomes of them,
//! for one row or for all of a kind. A new record is offered before the stored one is overwritten.

use app::imports::{ComparedCell, DifferingRow, Report, RowChoice, RowChoices, RowKind, row_key};
use campaign::definition::Form;
use words::Words;

use crate::{
    Error,
    address::Params,
    parts::{number::label, pager::Pager},
    urls::{self, Url},
};

/// What names of fields begin with that state what becomes of all rows of a kind, and of one row.
pub(super) const ALL: &str = "all.";
pub(super) const ROW: &str = "row.";

/// The parameter with the page of rows.
const PAGE: &str = "rows";
/// Rows on one page.
const SHOWN: usize = 20;

/// What is asked about such rows. Its template is `imports/differing.html`.
pub(super) struct Differing {
    pub(super) kinds: Vec<Kind>,
    pub(super) rows: Vec<ComparedRow>,
    /// That there are more than are listed.
    pub(super) cut: Option<String>,
    pub(super) pager: Pager,
}

/// Rows of one kind.
pub(super) struct Kind {
    /// The field of the form.
    pub(super) name: String,
    /// How many there are, and why they are not taken without a choice.
    pub(super) text: String,
    /// What can be chosen for all: value, words, whether it is chosen.
    pub(super) choices: Vec<(&'static str, String, bool)>,
    /// Words of the button that takes back what is chosen for all.
    pub(super) back: Option<&'static str>,
}

/// One row.
pub(super) struct ComparedRow {
    /// The field of the form.
    pub(super) name: String,
    /// Which row it is.
    pub(super) place: String,
    /// Where the record is shown.
    pub(super) record: Option<String>,
    /// What it seems to repeat.
    pub(super) note: String,
    /// Words for no choice of its own.
    pub(super) open: String,
    /// What can be chosen: value, words, whether it is chosen for this row.
    pub(super) choices: Vec<(&'static str, &'static str, bool)>,
    /// Words for the select.
    pub(super) label: String,
    pub(super) cells: Vec<Cell>,
}

/// A field on both sides.
pub(super) struct Cell {
    pub(super) field: String,
    pub(super) stored: String,
    pub(super) found: String,
    pub(super) differs: bool,
}

impl Differing {
    /// What `report` says of a file read as `form`, where this was chosen; its page is at `url`.
    pub(super) fn new(
        words: Words,
        form: &Form,
        (report, chosen): (&Report, &RowChoices),
        params: &Params,
        url: &Url,
    ) -> Result<Self, Error> {
        let page = Pager::requested_page_as(params, PAGE)?;
        let listed = report.differing.len();
        let all: usize = report.differing_counts.values().sum();
        let kinds = RowKind::ALL.into_iter().filter_map(|kind| of_kind(words, report, kind));
        let shown = report.differing.iter().skip((page - 1) * SHOWN).take(SHOWN);
        Ok(Self {
            kinds: kinds.collect(),
            rows: shown.map(|row| self::row(words, form, row, chosen)).collect(),
            cut: (listed < all).then(|| words.preview_compare_cut(words.count(all), words.count(listed))),
            pager: Pager::named(words, PAGE, page, SHOWN, listed, url),
        })
    }
}

fn of_kind(words: Words, report: &Report, kind: RowKind) -> Option<Kind> {
    let count = *report.differing_counts.get(&kind)?;
    let own: Vec<&DifferingRow> = report.differing.iter().filter(|row| row.kind == kind).collect();
    let possible = |choice: &RowChoice| own.iter().any(|row| row.choices.contains(choice));
    let is_chosen = |choice: RowChoice| own.iter().all(|row| row.choice == Some(choice));
    let number = words.count(count);
    let text = match kind {
        RowKind::Changed => words.preview_differ(&number),
        RowKind::Another => words.preview_another(&number),
        RowKind::Repeated => words.preview_repeated(&number),
    };
    let choices = RowChoice::ALL.into_iter().filter(possible).map(|choice| {
        let label = match (choice, kind) {
            (RowChoice::New, RowKind::Another) => words.preview_all_numbered(&number),
            (RowChoice::New, _) => words.preview_all_new(&number),
            (RowChoice::Correct, _) => words.preview_correct(&number),
            (RowChoice::Leave, _) => words.preview_all_left(&number),
        };
        (choice.name(), label, is_chosen(choice))
    });
    let choices: Vec<_> = choices.collect();
    let back = RowChoice::ALL.into_iter().find(|choice| is_chosen(*choice)).map(|choice| match choice {
        RowChoice::Correct => words.preview_keep_stored(),
        RowChoice::New | RowChoice::Leave => words.preview_choose_again(),
    });
    Some(Kind { name: format!("{ALL}{}", kind.name()), text, choices, back })
}

fn row(words: Words, form: &Form, row: &DifferingRow, chosen: &RowChoices) -> ComparedRow {
    let place = words.preview_whole_row(row.row);
    let place = if row.sheet.is_empty() { place } else { words.preview_on_sheet(&row.sheet, place) };
    let key = row_key(&row.sheet, row.row);
    let own = chosen.rows.get(&key);
    let words_of = |choice: RowChoice| match (choice, row.kind) {
        (RowChoice::New, RowKind::Another) => words.preview_row_numbered(),
        (RowChoice::New, _) => words.preview_row_new(),
        (RowChoice::Correct, _) => words.preview_row_correct(),
        (RowChoice::Leave, _) => words.preview_row_left(),
    };
    let choices = row.choices.iter().map(|choice| (choice.name(), words_of(*choice), own == Some(choice)));
    // What is chosen for all is not chosen for this row by itself.
    let as_all = row.choice.map(|choice| words.preview_row_as_all(words_of(choice)));
    ComparedRow {
        name: format!("{ROW}{key}"),
        label: words.preview_row_choice(&place),
        open: as_all.unwrap_or_else(|| words.preview_row_open().to_owned()),
        place,
        record: row.record.map(|record| urls::record(record).into()),
        note: row.first.map(|first| words.preview_same_as_row(first)).unwrap_or_default(),
        choices: choices.collect(),
        cells: row.cells.iter().map(|cell| self::cell(words, form, cell, row.record.is_some())).collect(),
    }
}

/// A field on both sides; of what an earlier row states nothing is stored.
fn cell(words: Words, form: &Form, cell: &ComparedCell, is_stored: bool) -> Cell {
    let field = form.field(&cell.field).map(|field| label(words, &form.fields[field].label).to_owned());
    let or_dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
    Cell {
        field: field.unwrap_or_else(|| cell.header.clone()),
        stored: if is_stored { or_dash(&cell.stored) } else { String::new() },
        found: or_dash(&cell.found),
        differs: cell.differs,
    }
}
