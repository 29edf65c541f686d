//! Which form a sheet holds.

use campaign::definition::{Form, FormIdx, IdxVec};
use sheet::workbook::Table;

use super::{Mapping, Target, recognise};
use crate::{normalise::header_key, vertical::turned, vocabulary::ClerkWords};

/// How well a form suits a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// Position of the form in the list asked about.
    pub form: FormIdx,
    /// How many of its fields have a column.
    pub matched: usize,
    /// How many columns it cannot do without are missing.
    pub missing: usize,
    /// How many columns would stay unknown.
    pub unknown: usize,
    /// Whether the sheet's title or name, or the file's name, says so.
    pub titled: bool,
}

/// Ranks the forms that a sheet may hold, best first; forms whose header is not found are left out.
pub fn guess_form(file_name: &str, table: &Table, forms: &IdxVec<Form>, words: ClerkWords<'_>) -> Vec<Guess> {
    let mut guesses: Vec<Guess> = forms
        .entries()
        .filter_map(|(position, form)| guess(file_name, table, (position, form), words))
        .collect();
    guesses.sort_by_key(|guess| {
        let wrong = 3 * guess.missing + guess.unknown;
        let right = 2 * guess.matched + if guess.titled { 6 } else { 0 };
        (wrong.saturating_add(1000).saturating_sub(right), guess.form)
    });
    guesses
}

fn guess(
    file_name: &str,
    table: &Table,
    (position, form): (FormIdx, &Form),
    words: ClerkWords<'_>,
) -> Option<Guess> {
    let turned = turned(table, form, words);
    let table = turned.as_ref().unwrap_or(table);
    let found = recognise(table, form, &Mapping::default(), words).ok()?;
    let above = table.rows.iter().take_while(|row| row.number < found.header_row);
    let mut titles = above.flat_map(|row| row.cells.iter().map(|cell| header_key(&cell.text())));
    let names: Vec<String> = [&form.label.zh, &form.label.en]
        .into_iter()
        .chain(&form.names)
        .map(|name| header_key(name))
        .collect();
    let outside = [header_key(&table.sheet), header_key(file_name)];
    let says = |title: &str| names.iter().any(|name| !name.is_empty() && title.contains(name.as_str()));
    Some(Guess {
        form: position,
        matched: found.columns.iter().filter(|column| matches!(column.target, Target::Field(_))).count(),
        missing: found.missing.len(),
        unknown: found.unknown().count(),
        titled: outside.iter().any(|name| says(name)) || titles.any(|title| says(&title)),
    })
}
