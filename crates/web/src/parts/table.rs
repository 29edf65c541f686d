//! A table of a page. The page prints it, and a file is written from it
//! (`parts/export.rs`): both state the same cells.

use words::Words;

use super::{cell_value::CellValue, chip::Chip};

/// A table: its columns, and its rows, each as long as the columns. Its template is `parts/table.html`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// Its id on the page, where something leads to it.
    pub(crate) id: &'static str,
    /// Whether it is the list that somebody without a mouse can go to at once.
    pub(crate) is_list: bool,
    /// What it is called.
    pub(crate) title: String,
    /// The classes of its look on the page.
    pub(crate) class: &'static str,
    /// Its columns.
    pub(crate) columns: Vec<ColumnHead>,
    /// Which column names the row.
    pub(crate) named_by: usize,
    /// Its rows.
    pub(crate) rows: Vec<TableRow>,
    /// That there are more rows than these, for the file.
    pub(crate) cut: Option<String>,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnHead {
    /// Its title.
    pub(crate) label: String,
    /// Whether it holds numbers.
    pub(crate) is_number: bool,
}

/// A row of cells, or the title of the rows below it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableRow {
    /// Its class on the page.
    pub(crate) class: &'static str,
    /// The title of the rows that follow; then it has no cells.
    pub(crate) group: Option<String>,
    /// One cell for each column.
    pub(crate) cells: Vec<TableCell>,
}

/// A cell.
#[derive(Debug, Clone)]
pub(crate) struct TableCell {
    /// What it states.
    pub(crate) value: CellValue,
    /// Where it leads.
    pub(crate) url: Option<String>,
    /// What else is to be known, in small letters behind it.
    pub(crate) note: String,
    /// Its look on the page.
    pub(crate) look: CellLook,
}

/// The look of a cell on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellLook {
    /// As text.
    Plain,
    /// With this class.
    Class(&'static str),
    /// As a state: the name of its style, and whether there is a sign of that name.
    State(&'static str, bool),
    /// As what a computer calls it.
    Code,
}

impl ColumnHead {
    /// A column of texts.
    pub(crate) fn text(label: impl Into<String>) -> Self {
        Self { label: label.into(), is_number: false }
    }

    /// A column of numbers.
    pub(crate) fn number(label: impl Into<String>) -> Self {
        Self { label: label.into(), is_number: true }
    }
}

impl TableRow {
    /// A row with these cells.
    pub(crate) fn new(cells: impl Into<Vec<TableCell>>) -> Self {
        Self { cells: cells.into(), ..Self::default() }
    }

    /// The title of the rows that follow.
    pub(crate) fn group(title: impl Into<String>) -> Self {
        Self { group: Some(title.into()), ..Self::default() }
    }

    /// With a class.
    #[must_use]
    pub(crate) fn with_class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }
}

impl TableCell {
    /// A cell that states `value`.
    pub(crate) fn new(value: impl Into<CellValue>) -> Self {
        Self { value: value.into(), url: None, note: String::new(), look: CellLook::Plain }
    }

    /// A cell without anything in it.
    pub(crate) fn empty() -> Self {
        Self::new(CellValue::Empty)
    }

    /// A cell that states `value`, or nothing.
    pub(crate) fn some(value: Option<CellValue>) -> Self {
        Self::new(value.unwrap_or(CellValue::Empty))
    }

    /// A state.
    pub(crate) fn chip(chip: Chip) -> Self {
        Self::new(chip.label).with_look(CellLook::State(chip.name, true))
    }

    /// A name that leads somewhere.
    pub(crate) fn link((name, url): (String, String)) -> Self {
        Self::new(name).with_url(url)
    }

    /// Leading to `url`.
    #[must_use]
    pub(crate) fn with_url(self, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..self }
    }

    /// With a note.
    #[must_use]
    pub(crate) fn with_note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// With another look.
    #[must_use]
    pub(crate) fn with_look(self, look: CellLook) -> Self {
        Self { look, ..self }
    }

    /// What it states, as people read it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    pub(crate) fn text(&self, words: &Words) -> String {
        self.value.text(*words)
    }

    /// Its class, in a column of numbers or of texts.
    fn class(&self, is_number: bool) -> String {
        let own = match self.look {
            CellLook::Class(class) => class.to_owned(),
            CellLook::State(name, _) => format!("s-{name}"),
            CellLook::Plain | CellLook::Code => String::new(),
        };
        match (is_number, own.is_empty()) {
            (true, true) => "n".to_owned(),
            (true, false) => format!("n {own}"),
            (false, _) => own,
        }
    }

    /// The attribute `class`, if it has one.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    pub(crate) fn class_attribute(&self, is_number: &bool) -> String {
        let class = self.class(*is_number);
        if class.is_empty() { class } else { format!(" class=\"{class}\"") }
    }
}
