//! Finds the header of a sheet and decides which column is which field.

mod guess;
mod targets;

use std::{collections::BTreeMap, ops::Range};

use campaign::{
    definition::{Field, FieldIdx, Form, Required},
    kinds::{Meaning, ReadAs},
};
use sheet::workbook::{Cell, SheetRow, Table, letter};

pub use self::guess::{Guess, guess_form};
use self::targets::{choose_units, columns};
use crate::{
    fault::FileFault,
    header::{ColumnMeaning, TitleMatch, Titles, decided, keys, shown},
    money::{self, AmountUnit},
    non_data_rows,
    normalise::{header_key, trim},
    title::{Above, UnitLine},
    vocabulary::ClerkWords,
};

/// Rows among which the header is looked for.
const SEARCHED: usize = 40;
/// Rows below the header among which one may say the units of the columns.
const UNIT_ROWS: usize = 3;
/// Columns among which titles are looked for: a sheet may claim thousands, for every form again.
const TITLED: usize = 1_000;
/// Cells in a row of a sheet that reads downwards: number, item, unit of measure, value.
const VERTICAL_CELLS: usize = 4;
/// Rows with an item that make a sheet read downwards.
const VERTICAL_ROWS: usize = 3;
/// Column names shown when there is no header.
const TOLD: usize = 12;

/// What a person has decided about columns. Titles are compared as [`header_key`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Title → field id, chosen for this file; an empty id ignores the column. It goes before everything.
    pub chosen: BTreeMap<String, String>,
    /// The same, chosen for an earlier file. It goes before guesses, but never before the name of a field.
    pub remembered: BTreeMap<String, String>,
    /// Title → unit of money ([`crate::money::CHOICES`]), chosen for this file.
    pub money: BTreeMap<String, String>,
}

impl Mapping {
    /// The same with titles as they are compared.
    fn keyed(&self) -> Self {
        let keyed = |titles: &BTreeMap<String, String>| {
            titles.iter().map(|(title, value)| (header_key(title), value.clone())).collect()
        };
        Self { chosen: keyed(&self.chosen), remembered: keyed(&self.remembered), money: keyed(&self.money) }
    }
}

/// A sheet whose columns are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// Number of the header's row, of its lower line if it has two.
    pub header_row: u32,
    /// The columns that have a title, from left to right.
    pub columns: Vec<MappedColumn>,
    /// Positions in `table.rows` of what follows the header; some are totals
    /// and signatures, which [`crate::rows::read_rows`] leaves out.
    pub data: Range<usize>,
    /// Code or name of the unit stated above the header (填报单位:…).
    pub unit_line: Option<UnitLine>,
    /// The year in the sheet's title, or in its name.
    pub year_in_title: Option<i16>,
    /// Positions of the fields that must always be stated but have no column.
    /// The unit and the year are not missing when they are above the header.
    pub missing: Vec<FieldIdx>,
    /// Where the content of each column is in the file, of a sheet that was turned ([`crate::vertical`]).
    turned: Vec<(u32, usize)>,
    /// What is written above the header about all amounts.
    pub(crate) money: AmountUnit,
    /// The header's lines as compared, to know them when pages repeat them.
    pub(crate) lines: Vec<Vec<String>>,
    /// The texts above the header as compared, to know them when pages repeat them.
    pub(crate) above: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedColumn {
    /// Its position, from 0.
    pub index: usize,
    /// Its letter: A, B, … AA.
    pub letter: String,
    /// Its title as written; `group:title` under a header of two lines.
    pub header: String,
    /// What it holds.
    pub target: Target,
    /// How that was found.
    pub found_by: FoundBy,
    /// Whether its title is a name of a field, whatever was chosen.
    pub is_name: bool,
    /// Whether it counts the rows of its sheet.
    pub is_serial: bool,
    /// Its title as it is compared, the most exact way first.
    pub keys: Vec<String>,
    /// What its title, and a row of units below it, say of the unit of its numbers.
    pub unit: AmountUnit,
}

/// How it was found what a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// By its title, which is a name of the field.
    Name,
    /// By what is left of its title without remarks and signs; or it was not.
    Guess,
    /// Somebody has chosen it for this file.
    Choice,
    /// Somebody has chosen it for an earlier file.
    Memory,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The field at this position.
    Field(FieldIdx),
    /// The name of the unit whose field is at this position.
    UnitName(FieldIdx),
    /// Which stored record the row belongs to.
    Record,
    /// Nothing to keep: a serial number, a remark, or so decided.
    Ignored,
    /// Nobody knows.
    Unknown,
}

impl From<ColumnMeaning> for Target {
    fn from(meaning: ColumnMeaning) -> Self {
        match meaning {
            ColumnMeaning::Field(field) => Self::Field(field),
            ColumnMeaning::UnitName(field) => Self::UnitName(field),
        }
    }
}

impl Recognised {
    /// The columns that no field claims.
    pub fn unknown(&self) -> impl Iterator<Item = &MappedColumn> {
        self.columns.iter().filter(|column| column.target == Target::Unknown)
    }

    /// The column of this field; for a unit, that of its code before that of its name.
    pub fn column(&self, field: FieldIdx) -> Option<&MappedColumn> {
        let with = |target| self.columns.iter().find(move |column| column.target == target);
        with(Target::Field(field)).or_else(|| with(Target::UnitName(field)))
    }

    /// The row in which the content of a column is, for a record in `row`.
    pub fn row_of(&self, column: &MappedColumn, row: u32) -> u32 {
        self.turned.get(column.index).map_or(row, |(own, _)| *own)
    }

    /// Refuses a sheet in which columns are missing that its form cannot do
    /// without. `given` are positions of fields that come from elsewhere.
    ///
    /// # Errors
    /// [`FileFault::MissingColumns`].
    pub fn require_columns(&self, form: &Form, given: &[FieldIdx]) -> Result<(), FileFault> {
        let missing = self.missing.iter().filter(|field| !given.contains(field));
        let columns: Vec<String> = missing.map(|field| form.fields[*field].label.zh.clone()).collect();
        if columns.is_empty() { Ok(()) } else { Err(FileFault::MissingColumns { columns }) }
    }
}

/// A header found: where, and what each column holds.
struct HeaderMatch {
    position: usize,
    height: usize,
    claims: Vec<Option<TitleMatch>>,
    keys: Vec<Vec<String>>,
    titles: Vec<String>,
    score: usize,
}

/// Finds the header of a sheet that holds this form. `words` are those that clerks write around it.
///
/// # Errors
/// [`FileFault::NoHeader`] when no row looks like one.
pub fn recognise(
    table: &Table,
    form: &Form,
    mapping: &Mapping,
    words: ClerkWords<'_>,
) -> Result<Recognised, FileFault> {
    let mapping = mapping.keyed();
    let found = find(table, form, &mapping, words)
        .ok_or_else(|| vertical(table).unwrap_or_else(|| no_header(form)))?;
    let rows_above = &table.rows[..found.position];
    let above = Above::read(rows_above, &table.sheet, words);
    let mut columns = columns(&found, form, &mapping, words);
    let start = found.position + found.height;
    let below = rows_below(&table.rows[start..], &columns, words);
    for row in &table.rows[start..(start + UNIT_ROWS).min(table.rows.len())] {
        take_units(row, &mut columns, form, words);
    }
    choose_units(&mut columns, &found, form, &mapping);
    let lines = &table.rows[found.position..start];
    let texts_above = rows_above.iter().flat_map(|row| &row.cells).map(|cell| header_key(&cell.text()));
    let mut recognised = Recognised {
        header_row: lines.last().map_or(0, |row| row.number),
        columns,
        data: start + below..table.rows.len(),
        unit_line: above.unit,
        year_in_title: above.year,
        missing: Vec::new(),
        turned: table.turned.clone(),
        money: above.money,
        lines: lines.iter().map(|row| titles(row).iter().map(|title| header_key(title)).collect()).collect(),
        above: texts_above.filter(|text| !text.is_empty()).collect(),
    };
    recognised.missing = missing(&recognised, form);
    for column in &mut recognised.columns {
        if let Some((_, own)) = table.turned.get(column.index) {
            column.letter = letter(*own);
        }
    }
    Ok(recognised)
}

/// Rows below the header that number the columns or say their units.
fn rows_below(rows: &[SheetRow], columns: &[MappedColumn], words: ClerkWords<'_>) -> usize {
    let is_heading = |row: &&SheetRow| {
        non_data_rows::numbers_columns(row, columns.len(), words) || non_data_rows::states_units(row, words)
    };
    rows.iter().take(UNIT_ROWS).take_while(is_heading).count()
}

/// Takes what a row near the header says of the units of columns. Where the row is a record, it says nothing.
fn take_units(row: &SheetRow, columns: &mut [MappedColumn], form: &Form, words: ClerkWords<'_>) {
    let is_row_of_units = non_data_rows::states_units(row, words);
    let is_identity = |column: &MappedColumn| {
        let cell = row.cell(column.index);
        let is_unit = matches!(cell, Cell::Text(text) if non_data_rows::is_column_unit(text, words));
        matches!(column.target, Target::Field(field) if identifies(form, field))
            && *cell != Cell::Empty
            && !is_unit
    };
    let is_record = columns.iter().any(is_identity);
    for column in columns.iter_mut() {
        let (Target::Field(field), Cell::Text(text)) = (column.target, row.cell(column.index)) else {
            continue;
        };
        let is_stated = is_row_of_units
            || !is_record
                && (!text.contains(|c: char| c.is_ascii_digit()) || money::is_power_of_money(text, words));
        if is_money(&form.fields[field]) && (is_stated || money::is_unit(text, words)) {
            column.unit = std::mem::take(&mut column.unit).and(money::in_cell(text, words));
        } else if is_number(&form.fields[field]) && is_stated {
            let own = std::iter::empty();
            column.unit = std::mem::take(&mut column.unit).and(money::number_title(text, own, words));
        }
    }
}

/// Whether a field tells one record from another.
fn identifies(form: &Form, field: FieldIdx) -> bool {
    form.identity.contains(&field) || form.natural_identity.contains(&field)
}

fn find(table: &Table, form: &Form, mapping: &Mapping, words: ClerkWords<'_>) -> Option<HeaderMatch> {
    let titles_of_form = Titles::for_form(form, words);
    let mut best: Option<HeaderMatch> = None;
    let searched = table.rows.len().min(SEARCHED);
    for position in 0..searched {
        let upper = titles(&table.rows[position]);
        let next = table.rows.get(position + 1).filter(|_| position + 1 < searched).map(titles);
        for lower in [None, next] {
            let keys = keys(&upper, lower.as_deref());
            let claims = titles_of_form.assign(&keys);
            let is_decided = |keys: &Vec<String>| {
                decided(&mapping.chosen, keys).or(decided(&mapping.remembered, keys)).is_some()
            };
            let known = keys.iter().zip(&claims).filter(|(keys, claim)| claim.is_some() || is_decided(keys));
            let score = known.count();
            let height = if lower.is_some() { 2 } else { 1 };
            // On a tie a single line wins, then the earlier row: the line above may be a title.
            let rank = |score: usize, height: usize| 2 * score + usize::from(height == 1);
            if score > 0
                && rank(score, height) > best.as_ref().map_or(0, |best| rank(best.score, best.height))
            {
                let titles = shown(&upper, lower.as_deref());
                best = Some(HeaderMatch { position, height, claims, keys, titles, score });
            }
        }
    }
    let enough = form.fields.len().min(2);
    best.filter(|best| best.score >= enough)
}

/// The cells of a row as titles; what is too long is none.
fn titles(row: &SheetRow) -> Vec<String> {
    let title =
        |text: String| if text.chars().count() > 120 { String::new() } else { trim(&text).to_owned() };
    row.cells.iter().take(TITLED).map(|cell| title(cell.text())).collect()
}

/// A sheet that reads downwards, as the printed forms of one unit do: item, value, in every row.
fn vertical(table: &Table) -> Option<FileFault> {
    let mut columns: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let filled_rows = table.rows.iter().filter(|row| row.filled() > 1).count();
    for row in &table.rows {
        let mut filled = row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty);
        let item = filled.find(|(_, cell)| matches!(cell, Cell::Text(text) if is_item(text)));
        // Beside the item there is its value, perhaps with its unit or its number in front.
        if let (Some((column, cell)), true) = (item, (2..=VERTICAL_CELLS).contains(&row.filled())) {
            columns.entry(column).or_default().push(trim(&cell.text()).to_owned());
        }
    }
    let (column, mut items) = columns.into_iter().max_by_key(|(_, items)| items.len())?;
    let is_vertical = items.len() >= VERTICAL_ROWS && items.len() * 3 >= filled_rows * 2;
    items.truncate(VERTICAL_ROWS);
    is_vertical.then(|| FileFault::Vertical { column: letter(column), items })
}

/// How many titles of the form the likeliest header of a sheet has.
pub(crate) fn find_titles(table: &Table, form: &Form, words: ClerkWords<'_>) -> usize {
    find(table, form, &Mapping::default(), words).map_or(0, |found| found.score)
}

/// Whether a cell may be the name of an item: words, and no number.
pub(crate) fn is_item(text: &str) -> bool {
    let key = header_key(text);
    (2..=40).contains(&key.chars().count()) && !key.chars().all(|c| c.is_ascii_digit() || ".-/%".contains(c))
}

fn no_header(form: &Form) -> FileFault {
    let is_required = |field: &&Field| matches!(field.required, Required::Yes);
    let required = form.fields.iter().filter(is_required);
    let others = form.fields.iter().filter(|field| !is_required(field));
    let expected = required.chain(others).take(TOLD).map(|field| field.label.zh.clone()).collect();
    FileFault::NoHeader { expected }
}

fn missing(found: &Recognised, form: &Form) -> Vec<FieldIdx> {
    let stated_above = |position: FieldIdx| {
        form.kind.has_records() && form.unit == Some(position) && found.unit_line.is_some()
            || form.year == Some(position) && found.year_in_title.is_some()
    };
    let fields = form.fields.entries();
    fields
        .filter(|(_, field)| matches!(field.required, Required::Yes))
        .map(|(position, _)| position)
        // A number that the file does not have is given.
        .filter(|position| form.numbering.as_ref().is_none_or(|numbering| numbering.field != *position))
        .filter(|position| found.column(*position).is_none() && !stated_above(*position))
        .collect()
}

fn is_money(field: &Field) -> bool {
    matches!(field.kind.spec().meaning, Meaning::Money { .. })
}

/// Whether it is a number that a power of ten beside it would make another one.
fn is_number(field: &Field) -> bool {
    matches!(field.kind.spec().read_as, ReadAs::Whole { .. } | ReadAs::Decimal { .. })
}
