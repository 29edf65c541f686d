//! One cell becomes one value, in all the ways that clerks write.

mod code;
mod date;
mod flag;
mod number;
mod rows;
mod text;
mod unit;

use campaign::definition::{Campaign, Field, FieldKind};
use jiff::civil::Date;
use model::{
    codes::{IdNumber, parse_org_code, parse_uscc},
    ids::UnitId,
    problem::{Problem, ProblemKind},
    value::Value,
};

use crate::{
    names::{half_width_char, trim, unit_code_key},
    workbook::{Cell, Limits},
};

pub(crate) use self::unit::{resolve, resolve_pair};

/// Finds units of the region. Implementations hold the roster in memory; rows
/// are read on several processors at once.
pub trait UnitLookup: Sync {
    /// The unit with this code, given as [`crate::names::unit_code_key`] makes it.
    fn by_code(&self, code: &str) -> Option<UnitId>;
    /// The units with this name, given as [`crate::names::unit_name_key`] makes it.
    fn by_name(&self, name: &str) -> Vec<UnitId>;
    /// A unit's name, as the roster has it.
    fn name(&self, id: UnitId) -> Option<&str>;
    /// A unit's code, as the roster has it.
    fn code(&self, id: UnitId) -> Option<&str>;
}

/// What the reading of cells depends on.
#[derive(Clone, Copy)]
pub struct ReadContext<'a> {
    /// The campaign, for its dictionaries.
    pub campaign: &'a Campaign,
    /// The region's units.
    pub units: &'a dyn UnitLookup,
    /// Today: dates after it are refused where the field says so.
    pub today: Date,
    /// The unit of rows that state none.
    pub default_unit: Option<UnitId>,
    /// The year of rows that state none.
    pub default_year: Option<i16>,
}

/// A value, or none if the cell states nothing, with warnings.
pub type Reading = Result<(Option<Value>, Vec<Problem>), Problem>;

/// Reads a cell as the value of a field. `scale` is the number of fen that the
/// column's title gives a bare amount of money.
///
/// # Errors
/// The one problem that makes the cell unusable.
pub fn read_value(cell: &Cell, field: &Field, scale: Option<i64>, context: &ReadContext<'_>) -> Reading {
    read_kind(cell, &field.kind, scale, context)
}

/// Reads a cell as a value of this kind: of a field, or of a column of a table.
fn read_kind(cell: &Cell, kind: &FieldKind, scale: Option<i64>, context: &ReadContext<'_>) -> Reading {
    match cell {
        Cell::Empty => return Ok((None, vec![])),
        Cell::Error(found) => return Err(Problem::error(ProblemKind::CellError, [found.clone()])),
        Cell::FormulaWithoutValue => return Err(Problem::error(ProblemKind::FormulaWithoutValue, [])),
        Cell::TooLarge { chars } => {
            let max = Limits::default().max_cell_chars;
            return Err(Problem::error(ProblemKind::CellTooLarge, [chars.to_string(), max.to_string()]));
        }
        Cell::Text(_) | Cell::Number(_) | Cell::Date(_) | Cell::Flag(_) => {}
    }
    let sound = |value: Option<Value>| Ok((value, vec![]));
    match kind {
        FieldKind::Text { max, lines } => sound(text::text(cell, *max, *lines)?),
        FieldKind::Integer { min, max } => sound(number::integer(cell, *min, *max)?),
        FieldKind::Decimal { min, max } => sound(number::decimal(cell, *min, *max)?),
        FieldKind::Money { fen_per_unit } => sound(number::money(cell, scale.unwrap_or(*fen_per_unit))?),
        FieldKind::Date { future } => sound(date::date(cell, *future, context.today)?),
        FieldKind::Year { min, max } => sound(date::year(cell, *min, *max)?),
        FieldKind::Flag => sound(flag::flag(cell)?),
        FieldKind::Code { dictionary } => {
            sound(code::code(cell, &context.campaign.dictionaries[*dictionary])?)
        }
        FieldKind::IdNumber => sound(id_number(cell)?),
        FieldKind::Phone => sound(text::phone(cell)?),
        FieldKind::Rows { columns, most } => sound(rows::rows(cell, columns, *most, context)?),
        FieldKind::Shares => sound(text::shares(cell)?),
        FieldKind::OrgCode => official(cell, parse_org_code),
        FieldKind::Uscc => official(cell, parse_uscc),
        FieldKind::Unit { .. } => sound(unit::resolve(&cell.text(), context.units)?.map(Value::Unit)),
    }
}

/// Whether the text is one of the marks by which clerks say "nothing".
pub(crate) fn is_not_stated(text: &str) -> bool {
    const MARKS: [&str; 10] = ["无", "空", "暂无", "没有", "无此项", "n/a", "na", "null", "none", "nil"];
    // Every cell is asked, and nearly all state something: no copy is made.
    let plain = || trim(text).chars().map(half_width_char);
    let is_mark = |mark: &&str| plain().map(|c| c.to_ascii_lowercase()).eq(mark.chars());
    plain().all(is_stroke) || MARKS.iter().any(is_mark)
}

/// Whether the text is empty or consists of dashes and strokes only.
fn is_dash(text: &str) -> bool {
    text.chars().all(is_stroke)
}

fn is_stroke(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '/' | '\\' | '_' | ' ')
}

/// Fifteen digits are all that a number cell keeps.
const PRECISE: f64 = 1e15;

fn id_number(cell: &Cell) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    if is_not_stated(&found) {
        return Ok(None);
    }
    if matches!(cell, Cell::Number(number) if *number >= PRECISE) {
        return Err(Problem::error(ProblemKind::IdNumberShape, [found]));
    }
    IdNumber::parse(&unit_code_key(&found)).map(|number| Some(Value::Text(number.as_str().to_owned())))
}

/// Checks an official code; a failing check digit may be a warning beside it.
type Check = fn(&str) -> Result<(String, Option<Problem>), Problem>;

/// A code with a check digit.
fn official(cell: &Cell, parse: Check) -> Reading {
    let found = cell.text();
    if is_not_stated(&found) {
        return Ok((None, vec![]));
    }
    let (code, warning) = parse(&unit_code_key(&found))?;
    Ok((Some(Value::Text(code)), warning.into_iter().collect()))
}
