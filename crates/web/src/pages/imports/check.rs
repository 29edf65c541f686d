//! The result of checking a file: how many rows of each kind, and every cell at fault.

use app::imports::{
    ChangedCell, FaultGroup, HiddenRows, Refused, Report, fault_place, fault_value, left_out, row_ranges,
};
use campaign::definition::Form;
use words::Words;

use crate::{
    Error,
    address::Params,
    parts::{number::label, pager::Pager},
    urls::Url,
};

/// The parameter with the page of changes.
const CHANGES: &str = "changes";
/// Cells on one page.
const SHOWN: usize = 200;

/// What was found. Its template is `imports/findings.html`.
pub(super) struct Findings {
    /// One sentence about all rows.
    pub(super) rows: String,
    /// Words, number, class of its look.
    pub(super) counts: Vec<(&'static str, String, &'static str)>,
    /// What is to be known of the file as a whole.
    pub(super) notes: Vec<String>,
    /// What changes in stored records; its heading is in the template.
    pub(super) changes: Vec<Change>,
    /// That more changes than are listed.
    pub(super) changes_cut: Option<String>,
    /// Which of how many changes.
    pub(super) changes_pager: Pager,
    /// Cells at fault on this page.
    pub(super) cells: Vec<Cell>,
    /// Which of how many.
    pub(super) pager: Pager,
}

/// One cell that changes a stored record.
pub(super) struct Change {
    /// `C17`.
    pub(super) place: String,
    /// Title of the column.
    pub(super) column: String,
    /// What is stored.
    pub(super) before: String,
    /// What the file states.
    pub(super) after: String,
}

/// A fault of one cell, or of several of a column.
pub(super) struct Cell {
    /// `C17`, the column and its rows, or the rows when the file has no such column.
    pub(super) place: String,
    /// Title of the column.
    pub(super) column: String,
    /// What is in it.
    pub(super) value: String,
    /// What is wrong and what to do.
    pub(super) fault: String,
    /// Whether the row is lost by it.
    pub(super) is_error: bool,
}

impl Findings {
    /// What `report` says of a file read as `form`; its page is at `url`.
    pub(super) fn new(
        words: Words,
        form: &Form,
        report: &Report,
        params: &Params,
        url: &Url,
    ) -> Result<Self, Error> {
        let page = Pager::requested_page(params)?;
        let groups = report.fault_groups();
        let total = groups.len();
        let changes_page = Pager::requested_page_as(params, CHANGES)?;
        let listed = report.changes.len();
        let is_cut = listed < report.changed_cells;
        Ok(Self {
            notes: notes(words, report),
            changes: report
                .changes
                .iter()
                .skip((changes_page - 1) * SHOWN)
                .take(SHOWN)
                .map(|change| changed(words, form, change))
                .collect(),
            changes_cut: is_cut
                .then(|| words.preview_changes_cut(words.count(report.changed_cells), words.count(listed))),
            changes_pager: Pager::named(words, CHANGES, changes_page, SHOWN, listed, url),
            rows: rows(words, report),
            counts: counts(words, report),
            cells: groups
                .iter()
                .skip((page - 1) * SHOWN)
                .take(SHOWN)
                .map(|group| in_words(words, form, group))
                .collect(),
            pager: Pager::new(words, page, SHOWN, total, url),
        })
    }
}

/// What is to be known of the file as a whole.
fn notes(words: Words, report: &Report) -> Vec<String> {
    // Before the import, this is shown in place of the button.
    let is_same = report.stored && report.changes_nothing();
    let same = is_same.then(|| words.preview_unchanged_all().to_owned());
    let older = report.older_definition.as_ref().map(|hash| {
        let short: String = hash.chars().take(12).collect();
        words.preview_older_definition(short)
    });
    let untitled = (!report.untitled_columns.is_empty())
        .then(|| words.preview_untitled(words.enumeration(&report.untitled_columns)));
    // Before the import, this is beside the buttons to decide it.
    let hidden = report.hidden.filter(|_| report.stored).map(|choice| {
        let (count, rows) = (words.count(report.hidden_rows.len()), row_ranges(&report.hidden_rows));
        match choice {
            HiddenRows::Take => words.preview_hidden_taken(count, rows),
            HiddenRows::Leave => words.preview_hidden_left(count, rows),
        }
    });
    same.into_iter().chain(older).chain(untitled).chain(hidden).chain(left_out(words, report)).collect()
}

fn changed(words: Words, form: &Form, change: &ChangedCell) -> Change {
    let field = form.fields.iter().find(|field| field.label.zh == change.header);
    let or_dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
    Change {
        place: match change.sheet.as_str() {
            "" => format!("{}{}", change.column, change.row),
            sheet => words.preview_on_sheet(sheet, format!("{}{}", change.column, change.row)),
        },
        column: field.map_or_else(|| change.header.clone(), |field| label(words, &field.label).to_owned()),
        before: or_dash(&change.before),
        after: or_dash(&change.after),
    }
}

/// What a run would do, or what it has done.
fn rows(words: Words, report: &Report) -> String {
    let (rows, refused) = (words.count(report.rows), words.count(report.refused_rows()));
    if report.stored {
        words.result_summary(rows, words.count(report.accepted), words.count(report.unchanged), refused)
    } else {
        words.preview_rows(rows, words.count(report.good_rows()), refused, words.count(report.warned_rows()))
    }
}

fn counts(words: Words, report: &Report) -> Vec<(&'static str, String, &'static str)> {
    let differing = report.differing_rows();
    let conflicting = report.conflicting_rows() - report.skipped;
    let counts = [
        (words.preview_added(), report.accepted, "met"),
        (words.preview_replaced(), report.corrected, "on-track"),
        (words.preview_same(), report.unchanged, "no-value"),
        (words.preview_differing(), differing, "behind"),
        (words.preview_refused(), report.refused_rows() - differing - conflicting, "behind"),
        (words.preview_conflicting(), conflicting, "behind"),
        (words.preview_skipped(), report.skipped, "no-target"),
        (words.preview_left(), report.left, "no-target"),
        (words.preview_warned(), report.warned_rows(), "no-target"),
    ];
    // "New" and "with errors" are shown even when there are none.
    let is_told =
        |(position, (_, count, _)): &(usize, (_, usize, _))| *count > 0 || [0, 4].contains(position);
    let shown = counts.into_iter().enumerate().filter(is_told);
    shown
        .map(|(_, (label, count, class))| {
            (label, words.count(count), if count == 0 { "no-value" } else { class })
        })
        .collect()
}

fn in_words(words: Words, form: &Form, group: &FaultGroup<'_>) -> Cell {
    Cell {
        place: fault_place(words, group),
        column: column(words, form, group.first),
        value: fault_value(words, group),
        fault: words.problem(&group.first.problem),
        is_error: group.is_error,
    }
}

/// The column's title as it is written in the file; where the file has no such
/// column, the words for the field.
fn column(words: Words, form: &Form, cell: &Refused) -> String {
    let field = form.fields.iter().find(|field| cell.column.is_empty() && field.label.zh == cell.header);
    // In our own files a star marks what must be stated.
    let title = cell.header.trim_start_matches('*');
    field.map_or_else(|| title.to_owned(), |field| label(words, &field.label).to_owned())
}
