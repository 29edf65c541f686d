//! Divides the rows below a header: which are records, for which unit, and which are left out.
//!
//! A row that reads like a total or a remark is a record when it states what the form asks for:
//! a proposal may well be called 合计. Whatever is left out is named in [`LeftOut`], so that
//! somebody can tell the clerk.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{FieldIdx, Form, Required, WordList},
    kinds::{ReadAs, ValueShape},
};
use model::{ids::UnitId, problem::Problem};
use rayon::prelude::*;
use sheet::workbook::{Cell, SheetRow, Table};

use crate::{
    header::Titles,
    money::{self, AmountUnit},
    non_data_rows::{self, Line},
    normalise::{excerpt, header_key},
    reading::{ReadContext, is_blank_mark, resolve},
    recognise::{Recognised, Target},
    title::{Above, UnitLine},
    unit_in_line::unit_names,
    vocabulary::ClerkWords,
};

/// Columns of what must be stated that make a row a record, when all of them are filled.
const SURE: usize = 3;
/// Titles of the form in one row that make it a header.
const TITLES: usize = 3;
/// Characters of the longest name of a unit in a line that is left out.
const LONGEST_NAME: usize = 40;
/// Texts of a row, beside the label, that make it more than a total.
const RECORD_TEXTS: usize = 2;

/// Why a row is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOutKind {
    /// It adds up others, or takes such a row apart.
    Total,
    /// It names the unit of the rows below it.
    UnitLine,
    /// A title, a header or the number of a page, printed again; that the table goes on.
    Repeated,
    /// Remarks, signatures, dates.
    Note,
    /// There is nothing in the columns that are read.
    Nothing,
    /// It belongs to another table.
    OtherTable,
}

impl LeftOutKind {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 6] =
        [Self::Total, Self::UnitLine, Self::Repeated, Self::Note, Self::Nothing, Self::OtherTable];

    /// Its permanent name: it is in reports that are kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::UnitLine => "unit_line",
            Self::Repeated => "repeated",
            Self::Note => "note",
            Self::Nothing => "nothing",
            Self::OtherTable => "other_table",
        }
    }
}

/// Rows that are left out for the same reason, by their numbers in the sheet.
pub type LeftOut = BTreeMap<LeftOutKind, Vec<u32>>;

/// Rows that are for the same unit, from one on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Section {
    /// Number of the first row.
    first: u32,
    /// Their unit, where they name none, or why it is not known.
    pub(crate) unit: Option<Result<UnitId, Problem>>,
    /// The year in the title above them.
    pub(crate) year: Option<i16>,
    /// What is written above or below them about all amounts.
    pub(crate) money: AmountUnit,
}

/// The rows below a header.
#[derive(Debug, Clone, PartialEq)]
pub struct Division {
    sections: Vec<Section>,
    /// The rows that are left out.
    pub left_out: LeftOut,
    /// Numbers of the same rows.
    excluded: BTreeSet<u32>,
    /// The row of a header with other columns, which ends the table.
    pub other_header: Option<u32>,
}

impl Division {
    /// The section of a row.
    pub(crate) fn section(&self, number: u32) -> &Section {
        // The first section begins at row 0.
        let after = self.sections.partition_point(|section| section.first <= number);
        &self.sections[after.saturating_sub(1)]
    }

    /// Whether the row is a record.
    pub(crate) fn is_record(&self, number: u32) -> bool {
        !self.excluded.contains(&number)
    }
}

/// What a row looks like by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Record,
    Total,
    Header,
    OtherHeader,
    Footer,
    Line(Line),
    Heading,
    Nothing,
}

/// Divides the rows of a sheet.
pub fn divide(table: &Table, recognised: &Recognised, form: &Form, context: &ReadContext<'_>) -> Division {
    let rows = table.rows.get(recognised.data.clone()).unwrap_or_default();
    let looks = RowShapes::new(recognised, form, context.words());
    let shapes: Vec<Shape> = rows.par_iter().map(|row| looks.shape(row)).collect();
    let last = shapes.iter().rposition(|shape| *shape == Shape::Record);
    let mut divider = Divider {
        looks: &looks,
        context,
        division: Division {
            sections: vec![first_section(recognised, context)],
            left_out: LeftOut::new(),
            excluded: BTreeSet::new(),
            other_header: None,
        },
        pending: Above::default(),
        is_labelled: false,
        has_header: false,
        in_notes: false,
        notes: AmountUnit::Unstated,
    };
    for (position, (row, shape)) in rows.iter().zip(shapes).enumerate() {
        divider.take(row, shape, last.is_some_and(|last| position < last));
    }
    divider.finish()
}

/// What is stated above the header goes for all rows until something else is stated.
fn first_section(recognised: &Recognised, context: &ReadContext<'_>) -> Section {
    let unit = match (context.default_unit, &recognised.unit_line) {
        (Some(unit), _) => Some(Ok(unit)),
        (None, Some(line)) => named(line, context),
        (None, None) => None,
    };
    Section { first: 0, unit, year: recognised.year_in_title, money: recognised.money.clone() }
}

/// The unit that a line names.
fn named(line: &UnitLine, context: &ReadContext<'_>) -> Option<Result<UnitId, Problem>> {
    match resolve(&line.text, context.units, context.words()) {
        Ok(unit) => unit.map(Ok),
        Err(Problem::UnknownUnit { .. }) => {
            let (found, cell) = (excerpt(&line.text), line.cell.clone());
            Some(Err(Problem::UnknownUnitAbove { found, cell }))
        }
        Err(problem) => Some(Err(problem)),
    }
}

/// What is needed to tell records from other rows.
struct RowShapes<'a> {
    recognised: &'a Recognised,
    words: ClerkWords<'a>,
    titles: Titles<'a>,
    /// Columns of what must always be stated; unit, year and numbers that are given aside.
    required: Vec<usize>,
    /// Columns of what identifies a record within its unit.
    identity: Vec<usize>,
    /// Columns of fields: position, and whether a unit is in it.
    columns: Vec<(usize, bool)>,
    /// Names of the form, as they are in titles.
    names: Vec<String>,
}

impl<'a> RowShapes<'a> {
    fn new(recognised: &'a Recognised, form: &'a Form, words: ClerkWords<'a>) -> Self {
        let is_asked = |field: FieldIdx| {
            let is_given = form.numbering.as_ref().is_some_and(|numbering| numbering.field == field);
            matches!(form.fields[field].required, Required::Yes)
                && form.unit != Some(field)
                && form.year != Some(field)
                && !is_given
        };
        let columns = recognised.columns.iter();
        let required =
            columns.clone().filter(|c| matches!(c.target, Target::Field(field) if is_asked(field)));
        let is_own = |target| matches!(target, Target::Field(field) if form.identity.contains(&field));
        let identity = columns.clone().filter(|column| is_own(column.target)).map(|column| column.index);
        let fields = columns.clone().filter_map(|column| match column.target {
            Target::Field(field) => {
                Some((column.index, matches!(form.fields[field].kind.spec().shape, ValueShape::Unit)))
            }
            Target::UnitName(_) => Some((column.index, true)),
            Target::Record | Target::Ignored | Target::Unknown => None,
        });
        let names = [&form.label.zh, &form.label.en].into_iter().chain(&form.names);
        Self {
            recognised,
            words,
            titles: Titles::for_form(form, words),
            required: required.map(|column| column.index).collect(),
            identity: identity.collect(),
            columns: fields.collect(),
            names: names.map(|name| header_key(name)).filter(|name| !name.is_empty()).collect(),
        }
    }

    fn shape(&self, row: &SheetRow) -> Shape {
        if let Some(header) = self.header(row) {
            return header;
        }
        // Whatever its label reads like, the rest of it is there: most rows need no further look.
        if self.required.len() >= SURE && self.states_required(row, None) {
            return Shape::Record;
        }
        let columns = self.recognised.columns.len();
        if let Some(label) = non_data_rows::total_label(row, self.words) {
            return if self.is_record_beside(row, label) { Shape::Record } else { Shape::Total };
        }
        if self.states_required(row, None) {
            return Shape::Record;
        }
        if non_data_rows::numbers_columns(row, columns, self.words)
            || non_data_rows::states_units(row, self.words)
        {
            return Shape::Heading;
        }
        if non_data_rows::is_footer(row, columns, self.words) {
            return Shape::Footer;
        }
        // A line of strokes ends a table.
        let says_something = |cell: &Cell| match cell {
            Cell::Empty => false,
            Cell::Text(text) => !is_blank_mark(text, self.words),
            _ => true,
        };
        if !row.cells.iter().any(says_something) {
            return Shape::Nothing;
        }
        let has_content = self.columns.iter().any(|(column, _)| *row.cell(*column) != Cell::Empty);
        match non_data_rows::line(row, self.words) {
            Some(Line::Other) | None if !has_content => Shape::Nothing,
            Some(line) => Shape::Line(line),
            None => Shape::Record,
        }
    }

    /// Whether everything that must be stated is stated, in other columns than `label`.
    fn states_required(&self, row: &SheetRow, label: Option<usize>) -> bool {
        let mut others = self.required.iter().filter(|column| Some(**column) != label).peekable();
        others.peek().is_some() && others.all(|column| *row.cell(*column) != Cell::Empty)
    }

    /// Whether the row is a record although a cell reads like the label of a total.
    fn is_record_beside(&self, row: &SheetRow, label: usize) -> bool {
        if self.required.iter().any(|column| *column != label) && !self.states_required(row, Some(label)) {
            // A total has numbers only; a record that lacks something has more.
            let is_named = |column: &usize| *column < label && *row.cell(*column) != Cell::Empty;
            let named = usize::from(self.identity.iter().any(is_named));
            return named + self.texts_beside(row, label) >= RECORD_TEXTS;
        }
        self.states_required(row, Some(label)) || self.texts_beside(row, label) >= RECORD_TEXTS
    }

    /// How many cells hold words or dates, those of units and the label aside.
    fn texts_beside(&self, row: &SheetRow, label: usize) -> usize {
        let is_text = |cell: &Cell| match cell {
            Cell::Text(text) => {
                let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().count() <= 12;
                !is_number && !is_blank_mark(text, self.words)
            }
            Cell::Date(_) => true,
            _ => false,
        };
        let others = self.columns.iter().filter(|(column, is_unit)| *column != label && !is_unit);
        others.filter(|(column, _)| is_text(row.cell(*column))).count()
    }

    /// Whether the row is the header again, or another one.
    fn header(&self, row: &SheetRow) -> Option<Shape> {
        // Most rows are told from headers by their first texts.
        let texts = row.cells.iter().filter_map(|cell| match cell {
            Cell::Text(text) if text.len() <= 90 => Some(text),
            _ => None,
        });
        let is_title = |key: &str| {
            self.titles.is_name(key) || self.recognised.lines.iter().flatten().any(|title| title == key)
        };
        texts.clone().take(3).any(|text| is_title(&header_key(text))).then_some(())?;
        if non_data_rows::repeats(row, &self.recognised.lines) {
            return Some(Shape::Header);
        }
        let titles = texts.filter(|text| self.titles.is_name(&header_key(text))).count();
        (titles >= TITLES && titles * 2 > row.filled()).then_some(Shape::OtherHeader)
    }

    /// Whether a line repeats a title of the sheet, or has the form's name.
    fn is_title(&self, row: &SheetRow) -> bool {
        let mut filled = row.cells.iter().filter(|cell| **cell != Cell::Empty);
        let text = filled.next().map(|cell| header_key(&cell.text())).unwrap_or_default();
        let is_named = || self.names.iter().any(|name| text.contains(name.as_str()));
        self.recognised.above.contains(&text) || filled.next().is_none() && is_named()
    }
}

/// Where the division has come to.
struct Divider<'a> {
    looks: &'a RowShapes<'a>,
    context: &'a ReadContext<'a>,
    division: Division,
    /// What the lines since the last record state.
    pending: Above,
    /// Whether one of them names a unit behind a label: it goes before what a title says.
    is_labelled: bool,
    /// Whether the header was among them.
    has_header: bool,
    /// Whether the lines since the last record are remarks.
    in_notes: bool,
    /// What remarks say of all amounts.
    notes: AmountUnit,
}

impl Divider<'_> {
    /// Takes the next row; `is_followed` tells whether a record comes after it.
    fn take(&mut self, row: &SheetRow, shape: Shape, is_followed: bool) {
        if self.division.other_header.is_some() && shape != Shape::Header {
            return self.leave_out(row, LeftOutKind::OtherTable);
        }
        match shape {
            Shape::Record => self.record(row),
            Shape::Total => self.leave_out(row, LeftOutKind::Total),
            Shape::Nothing => self.leave_out(row, LeftOutKind::Nothing),
            Shape::OtherHeader => {
                self.division.other_header = Some(row.number);
                self.leave_out(row, LeftOutKind::OtherTable);
            }
            Shape::Header => {
                self.has_header = true;
                self.leave_out(row, LeftOutKind::Repeated);
            }
            Shape::Heading => {
                self.take_money(row, is_followed);
                self.leave_out(row, LeftOutKind::Repeated);
            }
            Shape::Footer | Shape::Line(_) => self.line(row, shape, is_followed),
        }
    }

    fn leave_out(&mut self, row: &SheetRow, kind: LeftOutKind) {
        self.division.left_out.entry(kind).or_default().push(row.number);
        self.division.excluded.insert(row.number);
    }

    /// A record; what was stated since the one before goes for it and those after it.
    fn record(&mut self, row: &SheetRow) {
        (self.in_notes, self.is_labelled) = (false, false);
        let pending = std::mem::take(&mut self.pending);
        let has_header = std::mem::take(&mut self.has_header);
        let year = pending.year.filter(|_| has_header);
        let unit = pending.unit.as_ref().and_then(|line| named(line, self.context));
        if unit.is_none() && year.is_none() && pending.money == AmountUnit::Unstated {
            return;
        }
        let before = self.division.section(row.number).clone();
        // Who has chosen a unit for the file has seen the lines that name none on the roster.
        let unit = match (unit, self.context.default_unit) {
            (Some(Err(_)), Some(chosen)) => Some(Ok(chosen)),
            (unit, _) => unit.or(before.unit),
        };
        let money = pending.money.or(&before.money);
        self.division.sections.push(Section { first: row.number, unit, year: year.or(before.year), money });
    }

    /// What a line of units says of all amounts, where it is not about columns: 单位:万元.
    fn take_money(&mut self, row: &SheetRow, is_followed: bool) {
        if row.filled() > 1 {
            return;
        }
        let money = Above::read(std::slice::from_ref(row), "", self.looks.words).money;
        let place = if is_followed { &mut self.pending.money } else { &mut self.notes };
        *place = std::mem::take(place).and(money);
    }

    /// A line that is no record, unless nothing says so.
    fn line(&mut self, row: &SheetRow, shape: Shape, is_followed: bool) {
        let mut above = Above::read(std::slice::from_ref(row), "", self.looks.words);
        if above.unit.is_some() {
            self.is_labelled = true;
        } else if is_followed && !self.is_labelled && shape != Shape::Line(Line::Page) {
            above.unit = self.unit_in(row, shape);
        }
        let names_unit = above.unit.is_some();
        if is_followed && names_unit {
            self.pending.unit = above.unit;
        }
        let kind = match shape {
            _ if names_unit && is_followed => Some(LeftOutKind::UnitLine),
            Shape::Line(Line::Page) => Some(LeftOutKind::Repeated),
            _ if self.looks.is_title(row) => Some(LeftOutKind::Repeated),
            Shape::Footer | Shape::Line(Line::Note) => Some(LeftOutKind::Note),
            Shape::Line(Line::SignOff) if !is_followed => Some(LeftOutKind::Note),
            Shape::Line(_) if self.in_notes => Some(LeftOutKind::Note),
            _ if above.money != AmountUnit::Unstated => Some(LeftOutKind::Note),
            _ => self.heading(row, is_followed),
        };
        let Some(kind) = kind else { return self.record(row) };
        self.pending.year = above.year.or(self.pending.year);
        if is_followed {
            self.pending.money = std::mem::take(&mut self.pending.money).and(above.money.clone());
        } else {
            self.notes = std::mem::take(&mut self.notes).and(above.money.clone());
        }
        self.in_notes |= kind == LeftOutKind::Note && !matches!(shape, Shape::Line(Line::SignOff));
        self.leave_out(row, kind);
    }

    /// The unit that a line above records names without a label, or with one that nobody knows: 二、大连机床厂;
    /// 大连机床厂2012年台账. A line that ends as names of units do and names none is about one that is not on the roster:
    /// it may be the unit of the rows below it, which nobody else's are then.
    fn unit_in(&self, row: &SheetRow, shape: Shape) -> Option<UnitLine> {
        let mut filled = row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty);
        let ((column, Cell::Text(text)), None) = (filled.next()?, filled.next()) else { return None };
        // What is printed again on every page says nothing new.
        if self.looks.recognised.above.contains(&header_key(text)) {
            return None;
        }
        let cell = format!("{}{}", sheet::workbook::letter(column), row.number);
        let names = unit_names(text, &self.looks.names, self.looks.words);
        let is_known =
            |name: &&String| matches!(resolve(name, self.context.units, self.looks.words), Ok(Some(_)));
        if let Some(name) = names.iter().find(is_known) {
            return Some(UnitLine { text: name.clone(), cell });
        }
        let is_left_out = matches!(shape, Shape::Line(Line::Note)) || self.looks.is_title(row);
        let ends = |name: &&String| {
            name.chars().count() <= LONGEST_NAME
                && !name.contains([',', ';', ':', '。', '，', '；', '、'])
                && self.looks.words.words(WordList::UnitEnds).any(|end| name.ends_with(end))
        };
        let name = names.iter().rev().find(ends).filter(|_| is_left_out)?;
        Some(UnitLine { text: name.clone(), cell })
    }

    /// A line with nothing but the name of a unit: above records it says whose they are.
    fn heading(&mut self, row: &SheetRow, is_followed: bool) -> Option<LeftOutKind> {
        let (column, cell) = row.cells.iter().enumerate().find(|(_, cell)| **cell != Cell::Empty)?;
        let Cell::Text(text) = cell else { return None };
        let unit = resolve(text.trim_end_matches([':', '：']), self.context.units, self.looks.words);
        unit.ok().flatten()?;
        if !is_followed {
            return Some(LeftOutKind::Note);
        }
        let cell = format!("{}{}", sheet::workbook::letter(column), row.number);
        self.pending.unit = Some(UnitLine { text: text.trim_end_matches([':', '：']).to_owned(), cell });
        Some(LeftOutKind::UnitLine)
    }

    /// What remarks below the table say of amounts goes where nothing above says anything.
    fn finish(mut self) -> Division {
        for section in &mut self.division.sections {
            section.money = std::mem::take(&mut section.money).or(&self.notes);
        }
        self.division
    }
}

/// What a column without a field says of the amount beside it, in the same row.
pub(crate) fn unit_beside(row: &SheetRow, beside: &[usize], words: ClerkWords<'_>) -> AmountUnit {
    let units = beside.iter().map(|column| match row.cell(*column) {
        Cell::Text(text) if money::is_unit(text, words) => money::in_cell(text, words),
        _ => AmountUnit::Unstated,
    });
    units.fold(AmountUnit::Unstated, AmountUnit::and)
}

/// Whether fields of the form are read as amounts of money.
pub(crate) fn is_amount(form: &Form, field: FieldIdx) -> bool {
    matches!(form.fields[field].kind.spec().read_as, ReadAs::Money { .. })
}
