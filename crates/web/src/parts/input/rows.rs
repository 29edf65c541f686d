//! A table in a form: a line of inputs for each of its rows and some empty
//! ones, and how what was typed into them becomes the text of the field.

use std::collections::BTreeMap;

use app::{FieldFault, Snapshot};
use campaign::{
    definition::{Form, TableColumn, lined_up},
    kinds::{EnterAs, ValueShape},
};
use model::{problem::Problem, rows, value::Value};
use words::Words;

use super::{Input, Inputs, PREFIX, Typed, Widget, as_typed, plain};
use crate::parts::number::label;

/// Empty rows that are below the others, for those without a script.
const EMPTY_ROWS: usize = 2;

/// A table to be filled in. Its template is `parts/rows.html`.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// What is found by typing, for the columns that have many codes.
    pub(crate) lists: Vec<List>,
    /// Its rows: what each is called, and its inputs.
    pub(crate) rows: Vec<(String, Vec<Input>)>,
    /// The most that it takes.
    pub(crate) most: usize,
    /// Of each column, how much of a line it takes, as a class.
    pub(crate) widths: Vec<&'static str>,
}

/// What the inputs of one column choose from; it is in the page once.
#[derive(Debug, Clone)]
pub(crate) struct List {
    /// Its id in the page.
    pub(crate) id: String,
    /// Codes with their words.
    pub(crate) options: Vec<(String, String, bool)>,
}

impl Inputs<'_> {
    /// The inputs of a table, with what is typed into `base`.
    pub(super) fn table(&self, columns: &[TableColumn], most: usize, field: &str, base: Input) -> Input {
        let words = self.words;
        let faults: Vec<&FieldFault> = self.faults.iter().filter(|fault| fault.field == field).collect();
        let typed = rows::cells(&base.value);
        let shown = (typed.len() + EMPTY_ROWS).min(most).max(typed.len());
        let row = |number: usize| {
            let cells = typed.get(number).map(Vec::as_slice).unwrap_or_default();
            let cells = lined_up(cells, columns.len());
            let cells = columns.iter().zip(cells).map(|(column, cell)| {
                let fault = faults.iter().find_map(|fault| {
                    let Problem::InRow { row, column: at, inner } = &fault.problem else { return None };
                    let is_here = *row == number + 1 && *at == column.label;
                    is_here.then(|| words.problem(inner))
                });
                self.cell(column, &base, (number, cell), fault)
            });
            (words.record_row(number + 1), cells.collect())
        };
        let list = |column: &TableColumn| {
            let empty = self.cell(column, &base, (0, String::new()), None);
            let is_searched = empty.widget == Widget::Search;
            is_searched.then(|| List { id: list_id(&base, column), options: empty.options })
        };
        let table = Table {
            lists: columns.iter().filter_map(list).collect(),
            rows: (0..shown).map(row).collect(),
            most,
            widths: columns.iter().map(width).collect(),
        };
        Input { widget: Widget::Rows, table: Some(table), ..base }
    }

    /// The input of one cell.
    fn cell(
        &self,
        column: &TableColumn,
        of: &Input,
        (row, value): (usize, String),
        fault: Option<String>,
    ) -> Input {
        let base = Input {
            id: format!("{}-{row}-{}", of.id, column.id),
            name: format!("{}.{row}.{}", of.name, column.id),
            is_required: column.is_required,
            faults: fault.into_iter().collect(),
            list: Some(list_id(of, column)),
            ..plain(label(self.words, &column.label).to_owned(), value)
        };
        let cell = self.of_kind("", &column.kind, base);
        // Neither the sentence about the other unit nor several buttons have room here.
        let widget = if cell.widget == Widget::YesNo { Widget::Menu } else { cell.widget };
        Input { widget, other_unit: None, ..cell }
    }
}

/// The id of a column's list.
fn list_id(of: &Input, column: &TableColumn) -> String {
    format!("{}-{}-options", of.id, column.id)
}

impl Table {
    /// Whether its columns are too many for one line.
    pub(crate) fn is_wide(&self) -> bool {
        self.widths.len() > LONGEST_LINE
    }
}

/// Columns that are beside each other.
const LONGEST_LINE: usize = 6;

/// Texts need the most of a line.
fn width(column: &TableColumn) -> &'static str {
    match column.kind.spec().enter_as {
        EnterAs::Line { longest: ..=20 }
        | EnterAs::Whole { .. }
        | EnterAs::Decimal { .. }
        | EnterAs::Money { .. }
        | EnterAs::YesNo => "cell-short",
        EnterAs::Line { longest: 21..=60 } => "cell-text",
        EnterAs::Day { .. } => "cell-day",
        EnterAs::Code(_) => "cell-code",
        EnterAs::Line { longest: 61.. }
        // Nothing else is in tables: see `fits_column` of its kind.
        | EnterAs::Lines { .. }
        | EnterAs::Telephone { .. }
        | EnterAs::Period { .. }
        | EnterAs::Shares { .. }
        | EnterAs::Table { .. }
        | EnterAs::Unit
        | EnterAs::Reference { .. } => "cell-long",
    }
}

/// A stored table as it would be typed, in one text.
pub(super) fn stored(words: Words, snapshot: &Snapshot, columns: &[TableColumn], text: &str) -> String {
    let table = TableColumn::table(columns, text);
    let cell = |(column, value): (&TableColumn, &Option<Value>)| {
        value.as_ref().map(|value| as_typed(words, snapshot, &column.kind, value)).unwrap_or_default()
    };
    rows::text(table.iter().map(|row| columns.iter().zip(row).map(cell).collect::<Vec<_>>()))
}

/// The cells that were sent, by field and row.
#[derive(Default)]
pub(super) struct SentCells<'a>(BTreeMap<&'a str, BTreeMap<usize, SentRow<'a>>>);

/// Columns with what was typed into them, in the order sent.
type SentRow<'a> = Vec<(&'a str, &'a str)>;

impl<'a> SentCells<'a> {
    /// Takes what was sent under this name, if it is a cell.
    pub(super) fn take(&mut self, name: &'a str, text: &'a str) -> bool {
        let cell = name.strip_prefix(PREFIX).and_then(|rest| {
            let (field, rest) = rest.split_once('.')?;
            let (row, column) = rest.split_once('.')?;
            Some((field, row.parse().ok()?, column))
        });
        let Some((field, row, column)) = cell else { return false };
        self.0.entry(field).or_default().entry(row).or_default().push((column, text));
        true
    }

    /// The texts of the tables, by field; and apart from them what was sent for
    /// fields and columns that the form has not.
    pub(super) fn join(self, form: &Form) -> (Typed, Typed) {
        let (mut typed, mut unknown) = (Typed::new(), Typed::new());
        for (id, sent) in self.0 {
            let shape = form.field(id).map(|position| form.fields[position].kind.spec().shape);
            let Some(ValueShape::Table(columns)) = shape else {
                // As typed: for a field that holds something else now, or that is gone.
                let all = rows::text(sent.into_values().map(texts));
                let into = if shape.is_some() { &mut typed } else { &mut unknown };
                into.insert(id.to_owned(), all);
                continue;
            };
            let is_known = |name: &str| columns.iter().any(|column| column.id == name);
            let cell = |row: &[(&str, &str)], column: &TableColumn| {
                let found = row.iter().find(|(name, _)| *name == column.id);
                found.map(|(_, text)| (*text).to_owned()).unwrap_or_default()
            };
            let known = sent.values().map(|row| columns.iter().map(move |column| cell(row, column)));
            typed.insert(id.to_owned(), rows::text(known));
            let strange =
                |row: &SentRow<'a>| texts(row.iter().copied().filter(|(name, _)| !is_known(name)).collect());
            let strange: Vec<Vec<&str>> = sent.values().map(strange).collect();
            if strange.iter().any(|row| !row.is_empty()) {
                unknown.insert(id.to_owned(), rows::text(strange));
            }
        }
        (typed, unknown)
    }
}

fn texts(row: SentRow<'_>) -> Vec<&str> {
    row.into_iter().map(|(_, text)| text).collect()
}
