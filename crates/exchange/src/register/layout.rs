//! The columns of a register's file, from the definition.

use campaign::{
    definition::{Definition, Dictionary, DictionaryIdx, Field, FieldIdx, Form, Required, Workflow},
    kinds::{ColumnWidth, ReadAs, ValueShape},
};

use super::{cell::code_text, mark::RECORD_TITLE};

/// Title of the column of notes: whether a second person has confirmed what the record states.
pub const NOTE_TITLE: &str = "确认情况";

/// What a column of the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnContent {
    /// The field at this position; of a unit its code.
    Field(FieldIdx),
    /// The name of the unit whose code the field at this position holds.
    UnitName(FieldIdx),
    /// What is to be known of the record beside its fields; an import takes nothing from it.
    Note,
    /// Which stored record the row stands for.
    Record,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// Its title, as an import knows it again.
    pub title: String,
    /// What it holds.
    pub holds: ColumnContent,
    /// Its width in characters; a Chinese character takes two.
    pub width: u16,
}

/// The columns of a form, in the order of the paper form.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    /// The campaign, for its code lists.
    pub definition: &'a Definition,
    /// The form.
    pub form: &'a Form,
    /// Its columns.
    pub columns: Vec<FileColumn>,
}

impl<'a> Layout<'a> {
    /// The columns of a file in which records come back: with their marks.
    pub fn with_marks(definition: &'a Definition, form: &'a Form) -> Self {
        let mut layout = Self::with_fields(definition, form, |_| true);
        if form.workflow.as_ref().is_some_and(Workflow::has_second_person) {
            let (title, holds) = (NOTE_TITLE.to_owned(), ColumnContent::Note);
            layout.columns.push(FileColumn { title, holds, width: 24 });
        }
        layout.columns.push(FileColumn {
            title: RECORD_TITLE.to_owned(),
            holds: ColumnContent::Record,
            width: 24,
        });
        layout
    }

    /// The columns of a file to be filled in: without those that nobody states.
    pub fn blank(definition: &'a Definition, form: &'a Form) -> Self {
        Self::with_fields(definition, form, |field| !form.is_derived(field))
    }

    fn with_fields(definition: &'a Definition, form: &'a Form, is_wanted: impl Fn(FieldIdx) -> bool) -> Self {
        let wanted = form.fields.entries().filter(|(position, _)| is_wanted(*position));
        let columns = wanted.flat_map(|(position, field)| {
            let own = column(definition, form, position, field);
            let name = match field.kind.spec().read_as {
                ReadAs::Unit { name_columns } => name_columns.first(),
                _ => None,
            };
            let name = name.map(|title| FileColumn {
                title: title.clone(),
                holds: ColumnContent::UnitName(position),
                width: 26,
            });
            [Some(own), name]
        });
        Self { definition, form, columns: columns.flatten().collect() }
    }

    /// Positions of the dictionaries that its fields choose from, each once.
    pub(super) fn dictionaries(&self) -> Vec<DictionaryIdx> {
        let mut used: Vec<DictionaryIdx> = self
            .form
            .fields
            .iter()
            .filter_map(|field| match field.kind.spec().shape {
                ValueShape::Code(dictionary) => Some(dictionary),
                _ => None,
            })
            .collect();
        used.sort_unstable();
        used.dedup();
        used
    }
}

fn column(definition: &Definition, form: &Form, position: FieldIdx, field: &Field) -> FileColumn {
    // A number that is given when it is left empty is not asked for.
    let is_given = form.numbering.as_ref().is_some_and(|numbering| numbering.field == position);
    let star = if matches!(field.required, Required::Yes) && !is_given { "*" } else { "" };
    let title = format!("{star}{}{}", field.label.zh, money_unit(field));
    // A long title is on two lines.
    let least = wide(&title).div_ceil(2) + 2;
    let width =
        least_width(definition, field.kind.spec().column.width).max(u16::try_from(least).unwrap_or(u16::MAX));
    FileColumn { title, holds: ColumnContent::Field(position), width }
}

/// The unit of money that numbers of the column are in, unless the label says it.
fn money_unit(field: &Field) -> &'static str {
    match field.kind.spec().meaning.fen_per_unit() {
        Some(_) if field.label.zh.contains('元') => "",
        Some(1_000_000) => "（万元）",
        Some(_) => "（元）",
        None => "",
    }
}

fn least_width(definition: &Definition, width: ColumnWidth) -> u16 {
    match width {
        ColumnWidth::Chars(chars) => chars,
        ColumnWidth::Code(dictionary) => code_width(&definition.dictionaries[dictionary]),
    }
}

fn code_width(dictionary: &Dictionary) -> u16 {
    let widest = dictionary.codes.iter().map(|code| wide(&code_text(dictionary, &code.code))).max();
    u16::try_from(widest.unwrap_or(0) + 4).unwrap_or(u16::MAX).clamp(8, 26)
}

/// How many characters of the narrow sort a text takes.
fn wide(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum()
}
