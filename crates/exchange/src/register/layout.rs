//! The columns of a register's file, from the definition.

use campaign::definition::{Campaign, Dictionary, Field, FieldKind, Form, Required};

use super::{cell::code_text, mark::RECORD_TITLE};

/// What a column of the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The field at this position; of a unit its code.
    Field(usize),
    /// The name of the unit whose code the field at this position holds.
    UnitName(usize),
    /// Which stored record the row stands for.
    Record,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its title, as an import knows it again.
    pub title: String,
    /// What it holds.
    pub holds: Holds,
    /// Its width in characters; a Chinese character takes two.
    pub width: u16,
}

/// The columns of a form, in the order of the paper form.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    /// The campaign, for its code lists.
    pub campaign: &'a Campaign,
    /// The form.
    pub form: &'a Form,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl<'a> Layout<'a> {
    /// The columns of a file in which records come back: with their marks.
    pub fn with_marks(campaign: &'a Campaign, form: &'a Form) -> Self {
        let mut layout = Self::blank(campaign, form);
        layout.columns.push(Column { title: RECORD_TITLE.to_owned(), holds: Holds::Record, width: 24 });
        layout
    }

    /// The columns of a file to be filled in.
    pub fn blank(campaign: &'a Campaign, form: &'a Form) -> Self {
        let columns = form.fields.iter().enumerate().flat_map(|(position, field)| {
            let own = column(campaign, form, position, field);
            let name = match &field.kind {
                FieldKind::Unit { name_columns } => name_columns.first(),
                _ => None,
            };
            let name = name.map(|title| Column {
                title: title.clone(),
                holds: Holds::UnitName(position),
                width: 26,
            });
            [Some(own), name]
        });
        Self { campaign, form, columns: columns.flatten().collect() }
    }

    /// Positions of the dictionaries that its fields choose from, each once.
    pub(super) fn dictionaries(&self) -> Vec<usize> {
        let mut used: Vec<usize> = self
            .form
            .fields
            .iter()
            .filter_map(|field| match field.kind {
                FieldKind::Code { dictionary } => Some(dictionary),
                _ => None,
            })
            .collect();
        used.sort_unstable();
        used.dedup();
        used
    }
}

fn column(campaign: &Campaign, form: &Form, position: usize, field: &Field) -> Column {
    // A number that is given when it is left empty is not asked for.
    let is_given = form.numbering.as_ref().is_some_and(|numbering| numbering.field == position);
    let star = if matches!(field.required, Required::Yes) && !is_given { "*" } else { "" };
    let title = format!("{star}{}{}", field.label.zh, money_unit(field));
    // A long title stands on two lines.
    let least = wide(&title).div_ceil(2) + 2;
    let width = kind_width(campaign, &field.kind).max(u16::try_from(least).unwrap_or(u16::MAX));
    Column { title, holds: Holds::Field(position), width }
}

/// The unit of money that numbers of the column are in, unless the label says it.
fn money_unit(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Money { .. } if field.label.zh.contains('元') => "",
        FieldKind::Money { fen_per_unit: 1_000_000 } => "（万元）",
        FieldKind::Money { .. } => "（元）",
        _ => "",
    }
}

fn kind_width(campaign: &Campaign, kind: &FieldKind) -> u16 {
    match kind {
        FieldKind::Text { lines: true, .. } | FieldKind::Rows { .. } => 36,
        FieldKind::Shares => 28,
        FieldKind::Text { max, .. } if *max > 100 => 28,
        FieldKind::Text { max, .. } if *max > 60 => 22,
        FieldKind::Text { .. } | FieldKind::Phone | FieldKind::OrgCode => 15,
        FieldKind::Integer { .. } | FieldKind::Decimal { .. } => 9,
        FieldKind::Money { .. } => 13,
        FieldKind::Date { .. } => 12,
        FieldKind::Year { .. } => 7,
        FieldKind::Flag => 6,
        FieldKind::Code { dictionary } => code_width(&campaign.dictionaries[*dictionary]),
        FieldKind::IdNumber | FieldKind::Uscc => 21,
        FieldKind::Unit { .. } => 14,
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
