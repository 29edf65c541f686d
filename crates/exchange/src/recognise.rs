//! Finds the header of a sheet and decides which column is which field.

use std::{collections::BTreeMap, ops::Range};

use campaign::{
    definition::{Field, FieldIdx, Form, FormIdx, IdxVec, Required, WordList},
    kinds::{Meaning, ValueShape},
};
use sheet::workbook::{Cell, SheetRow, Table, letter};

use crate::{
    fault::FileFault,
    header::{ColumnMeaning, Titles, decided, keys, shown},
    non_data_rows,
    normalise::{header_key, remarks, trim},
    register::RECORD_TITLE,
    title::Above,
    vocabulary::ClerkWords,
};

/// Rows among which the header is looked for.
const SEARCHED: usize = 40;
/// Columns among which titles are looked for: a sheet may claim thousands, for every form again.
const TITLED: usize = 1_000;
/// Column names shown when there is no header.
const TOLD: usize = 12;

/// What a person has decided about columns: title, as [`header_key`] gives it
/// → field id; an empty id ignores the column. It goes before every guess.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping(pub BTreeMap<String, String>);

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
    pub unit_line: Option<String>,
    /// The year in the sheet's title, or in its name.
    pub year_in_title: Option<i16>,
    /// Positions of the fields that must always be stated but have no column.
    /// The unit and the year are not missing when they are above the header.
    pub missing: Vec<FieldIdx>,
    /// Whether the file was made here, as a template or an export: what its own
    /// words promise holds.
    pub is_own: bool,
    /// The header's lines as compared, to know them when pages repeat them.
    lines: Vec<Vec<String>>,
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
    /// Fen per unit that the title states (万元, 元), for a money field.
    pub scale: Option<i64>,
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

    /// Whether the row is a record: not a total, signature or repeated header,
    /// and not blank in all columns that matter.
    pub fn is_data_row(&self, row: &SheetRow, words: ClerkWords<'_>) -> bool {
        let matters =
            |column: &&MappedColumn| matches!(column.target, Target::Field(_) | Target::UnitName(_));
        let has_content = self.columns.iter().filter(matters).any(|column| {
            let text = row.cell(column.index);
            *text != Cell::Empty
        });
        has_content
            && !non_data_rows::is_total(row, words)
            && !non_data_rows::is_footer(row, self.columns.len(), words)
            && !non_data_rows::repeats(row, &self.lines)
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
    claims: Vec<Option<ColumnMeaning>>,
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
    let mapping: BTreeMap<String, String> =
        mapping.0.iter().map(|(title, field)| (header_key(title), field.clone())).collect();
    let found = find(table, form, &mapping, words).ok_or_else(|| no_header(form))?;
    let above = Above::read(&table.rows[..found.position], &table.sheet, words);
    let columns = columns(&found, form, &mapping, above.scale, words);
    let mut start = found.position + found.height;
    if table.rows.get(start).is_some_and(|row| non_data_rows::numbers_columns(row, columns.len(), words)) {
        start += 1;
    }
    let lines = &table.rows[found.position..found.position + found.height];
    let mut recognised = Recognised {
        header_row: lines.last().map_or(0, |row| row.number),
        is_own: columns.iter().any(|column| column.target == Target::Record),
        columns,
        data: start..table.rows.len(),
        unit_line: above.unit,
        year_in_title: above.year,
        missing: Vec::new(),
        lines: lines.iter().map(|row| titles(row).iter().map(|title| header_key(title)).collect()).collect(),
    };
    recognised.missing = missing(&recognised, form);
    Ok(recognised)
}

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

fn find(
    table: &Table,
    form: &Form,
    mapping: &BTreeMap<String, String>,
    words: ClerkWords<'_>,
) -> Option<HeaderMatch> {
    let known = Titles::for_form(form, words);
    let mut best: Option<HeaderMatch> = None;
    let searched = table.rows.len().min(SEARCHED);
    for position in 0..searched {
        let upper = titles(&table.rows[position]);
        let next = table.rows.get(position + 1).filter(|_| position + 1 < searched).map(titles);
        for lower in [None, next] {
            let keys = keys(&upper, lower.as_deref());
            let claims = known.assign(&keys);
            let decided = keys.iter().filter(|keys| decided(mapping, keys).is_some()).count();
            let score = claims.iter().flatten().count().max(decided);
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

fn no_header(form: &Form) -> FileFault {
    let is_required = |field: &&Field| matches!(field.required, Required::Yes);
    let required = form.fields.iter().filter(is_required);
    let others = form.fields.iter().filter(|field| !is_required(field));
    let expected = required.chain(others).take(TOLD).map(|field| field.label.zh.clone()).collect();
    FileFault::NoHeader { expected }
}

fn columns(
    found: &HeaderMatch,
    form: &Form,
    mapping: &BTreeMap<String, String>,
    scale_above: Option<i64>,
    words: ClerkWords<'_>,
) -> Vec<MappedColumn> {
    let targets = targets(found, form, mapping, words);
    let titled = found.titles.iter().enumerate().filter(|(_, title)| !title.is_empty());
    titled
        .map(|(index, title)| {
            let target = targets[index];
            let is_money = matches!(target, Target::Field(field) if is_money(&form.fields[field]));
            let scale = scale_in_title(title, words).or(scale_above).filter(|_| is_money);
            MappedColumn {
                index,
                letter: letter(index),
                header: title.replace(['\n', '\r'], ""),
                target,
                scale,
            }
        })
        .collect()
}

fn targets(
    found: &HeaderMatch,
    form: &Form,
    mapping: &BTreeMap<String, String>,
    words: ClerkWords<'_>,
) -> Vec<Target> {
    let mut targets = vec![Target::Unknown; found.titles.len()];
    let mut decisions = vec![false; found.titles.len()];
    for (column, keys) in found.keys.iter().enumerate() {
        let Some(field) = decided(mapping, keys) else { continue };
        decisions[column] = true;
        targets[column] = match form.field(field) {
            Some(field) if !targets.contains(&Target::Field(field)) => Target::Field(field),
            Some(field) if matches!(form.fields[field].kind.spec().shape, ValueShape::Unit) => {
                Target::UnitName(field)
            }
            _ => Target::Ignored,
        };
    }
    for (column, keys) in found.keys.iter().enumerate().filter(|(column, _)| !decisions[*column]) {
        let claimed = match found.claims.get(column).copied().flatten() {
            Some(ColumnMeaning::Field(field)) => Some(Target::Field(field)),
            Some(ColumnMeaning::UnitName(field)) => Some(Target::UnitName(field)),
            None => None,
        };
        let is_ignored = keys.iter().any(|key| words.has(WordList::IgnoredColumns, key));
        let is_mark = keys.iter().any(|key| key == RECORD_TITLE);
        let rest = match (is_mark, is_ignored) {
            (true, _) => Target::Record,
            (false, true) => Target::Ignored,
            (false, false) => Target::Unknown,
        };
        // What was decided by hand goes first.
        let free = claimed.filter(|target| !targets.contains(target));
        targets[column] = free.unwrap_or(rest);
    }
    targets
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
        .filter(|position| found.column(*position).is_none() && !stated_above(*position))
        .collect()
}

fn is_money(field: &Field) -> bool {
    matches!(field.kind.spec().meaning, Meaning::Money { .. })
}

/// Fen per unit that a title states in brackets or at its end.
fn scale_in_title(title: &str, words: ClerkWords<'_>) -> Option<i64> {
    let key = header_key(title);
    let in_brackets = remarks(&key).filter_map(|remark| money_unit(remark, words)).last();
    let mut ends = words.words(WordList::ScaledTitleEnds);
    in_brackets.or_else(|| ends.find(|end| key.ends_with(end)).and_then(|end| words.fen(end)))
}

/// Fen in one of this unit of money, as remarks state it (`万元`, `单位:元`).
pub(crate) fn money_unit(remark: &str, words: ClerkWords<'_>) -> Option<i64> {
    let unit = remark.rsplit(':').next().unwrap_or(remark);
    words.fen(words.without_starts(WordList::Currency, unit))
}
