//! One cell becomes one value, in all the ways that clerks write.

mod code;
mod date;
mod flag;
mod not_applicable;
mod number;
mod period;
mod rows;
mod text;
mod unit;

use campaign::{
    definition::{Definition, Field, WordList},
    kinds::{ReadAs, Spelling},
};
use model::{clock::BusinessDay, ids::UnitId, problem::Problem, value::Value};
use sheet::workbook::{Cell, Limits, is_blank};

use crate::{
    money::AmountUnit,
    normalise::{EXCERPT, excerpt, half_width_char, trim, unit_code_key},
    vocabulary::ClerkWords,
};

pub use self::not_applicable::reason as reason_not_applicable;
pub(crate) use self::unit::{resolve, resolve_pair};

/// Finds units of the region. Implementations hold the roster in memory; rows
/// are read on several processors at once.
pub trait UnitLookup: Sync {
    /// The unit with this code, given as [`crate::normalise::unit_code_key`] makes it.
    fn by_code(&self, code: &str) -> Option<UnitId>;
    /// The units with this name, given as [`crate::normalise::unit_name_key`] makes it.
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
    pub definition: &'a Definition,
    /// The region's units.
    pub units: &'a dyn UnitLookup,
    /// Today: dates after it are refused where the field says so.
    pub today: BusinessDay,
    /// The unit of rows that state none.
    pub default_unit: Option<UnitId>,
    /// The year of rows that state none.
    pub default_year: Option<i16>,
}

impl<'a> ReadContext<'a> {
    /// The words that clerks write around the data.
    pub fn words(&self) -> ClerkWords<'a> {
        ClerkWords::new(self.definition)
    }
}

/// A value, or none if the cell states nothing, with warnings.
pub type ParsedCell = Result<(Option<Value>, Vec<Problem>), Problem>;

/// Reads a cell as the value of a field. `unit` is what is known of the unit of bare numbers in
/// its column.
///
/// # Errors
/// The one problem that makes the cell unusable.
pub fn read_value(cell: &Cell, field: &Field, unit: &AmountUnit, context: &ReadContext<'_>) -> ParsedCell {
    if matches!(cell, Cell::Text(_)) && not_applicable::is_looked_for(field) {
        return not_applicable::read(cell, field, unit, context);
    }
    read_as(cell, field.kind.spec().read_as, unit, context)
}

/// Reads a cell as a kind has it read: the value of a field, of a column of a table, or of a question.
///
/// # Errors
/// The one problem that makes the cell unusable.
pub fn read_as(cell: &Cell, reading: ReadAs<'_>, unit: &AmountUnit, context: &ReadContext<'_>) -> ParsedCell {
    match cell {
        Cell::Empty => return Ok((None, vec![])),
        Cell::Error(found) => return Err(Problem::CellError { found: found.clone() }),
        Cell::FormulaWithoutValue => return Err(Problem::FormulaWithoutValue),
        Cell::TooLarge { chars } => {
            let max = Limits::default().max_cell_chars;
            return Err(Problem::CellTooLarge { found: *chars, max });
        }
        Cell::Picture(_) => return Err(Problem::Picture),
        Cell::Damaged(found) => return Err(Problem::DamagedText { found: excerpt(found) }),
        Cell::MergedAmount(amount) => {
            let (first, last) = amount.rows;
            return Err(Problem::MergedAmount { first, last });
        }
        Cell::Text(_) | Cell::Number(_) | Cell::Formatted { .. } | Cell::Date(_) | Cell::Flag(_) => {}
    }
    if let Some(problem) = changed_by_spreadsheet(cell, reading) {
        return Err(problem);
    }
    if let (Cell::Formatted { number, .. }, false) = (cell, is_amount(reading)) {
        return formatted(cell, *number, reading, unit, context);
    }
    let plain;
    let cell = match (cell, reading) {
        // No number, code or day is as long: nothing is looked for in what follows, and a message shows no more.
        (Cell::Text(text), reading) if text.len() > EXCERPT && !keeps_words(reading) => {
            plain = Cell::Text(excerpt(text));
            &plain
        }
        _ => cell,
    };
    let sound = |value: Option<Value>| Ok((value, vec![]));
    let words = context.words();
    if not_applicable::takes_no_words(reading) && is_not_reported(cell, words) {
        return sound(None);
    }
    match reading {
        ReadAs::Words { max, lines } => sound(text::text(cell, max, lines, words)?),
        ReadAs::Spelt { max, lines, spell } => sound(text::spelt(cell, (max, lines), spell, words)?),
        ReadAs::Checked(spelling) => checked(cell, spelling, words),
        ReadAs::Whole { min, max } => sound(number::integer(cell, (min, max), unit, words)?),
        ReadAs::Decimal { min, max } => sound(number::decimal(cell, (min, max), unit, words)?),
        ReadAs::Money { fen_per_unit } => sound(number::money(cell, (unit, fen_per_unit), words)?),
        ReadAs::Day { future } => sound(date::date(cell, future, context.today.date(), words)?),
        ReadAs::Year { min, max } => sound(date::year(cell, (min, max), words)?),
        ReadAs::Period(grain) => sound(period::period(cell, grain, words)?),
        ReadAs::YesNo => sound(flag::flag(cell, words)?),
        ReadAs::Code(dictionary) => {
            sound(code::code(cell, &context.definition.dictionaries[dictionary], words)?)
        }
        ReadAs::Phone => sound(text::phone(cell, words)?),
        ReadAs::Table { columns, most } => sound(rows::rows(cell, columns, most, context)?),
        ReadAs::Unit { .. } => sound(unit::resolve(&cell.text(), context.units, words)?.map(Value::Unit)),
        // Which record it is is found where the records are.
        ReadAs::Reference { longest } => sound(text::text(cell, longest, false, words)?),
    }
}

/// Whether what is read is somebody's own words, as long as the definition allows.
fn keeps_words(reading: ReadAs<'_>) -> bool {
    matches!(
        reading,
        ReadAs::Words { .. } | ReadAs::Spelt { .. } | ReadAs::Table { .. } | ReadAs::Reference { .. }
    )
}

/// What a spreadsheet made of a number or a name that was typed: a day of `2011-1`, TRUE of a
/// word, `1E+05` of many digits. What was meant cannot be told any more.
fn changed_by_spreadsheet(cell: &Cell, reading: ReadAs<'_>) -> Option<Problem> {
    let (is_line, is_text) = match reading {
        ReadAs::Words { lines, .. } | ReadAs::Spelt { lines, .. } => (!lines, true),
        ReadAs::Reference { .. } => (true, true),
        ReadAs::Checked(_) | ReadAs::Phone => (true, false),
        _ => return None,
    };
    let found = || cell.text();
    match cell {
        Cell::Date(_) if is_line => Some(Problem::DateInText { found: found() }),
        Cell::Flag(_) if is_line => Some(Problem::FlagInText { found: found() }),
        Cell::Text(text) if is_line && is_text && is_shortened(trim(text)) => {
            Some(Problem::DigitsLost { found: found() })
        }
        // The codes that others gave have a message of their own.
        cell if is_text && cell.number().is_some_and(|number| number.abs() >= LONG) => {
            Some(Problem::DigitsLost { found: found() })
        }
        _ => None,
    }
}

/// From fifteen digits on nobody can be sure that a number cell kept all of them.
const LONG: f64 = 1e14;

/// Whether a text is a number as spreadsheets shorten it: `1E+05`, `2.10202E+17`.
fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once("E+") else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    whole.trim_start_matches('-').len() == 1
        && is_number(whole.trim_start_matches('-'))
        && is_number(fraction)
        && is_number(exponent)
}

/// Reads a number whose format shows something else. Texts, codes and days are read as they are
/// shown, and as the number when that says nothing.
fn formatted(
    cell: &Cell,
    number: f64,
    reading: ReadAs<'_>,
    unit: &AmountUnit,
    context: &ReadContext<'_>,
) -> ParsedCell {
    let plain = Cell::Number(number);
    match reading {
        ReadAs::Words { .. } | ReadAs::Spelt { .. } | ReadAs::Table { .. } | ReadAs::Reference { .. } => {
            read_as(&Cell::Text(cell.text()), reading, unit, context)
        }
        ReadAs::Checked(_)
        | ReadAs::Phone
        | ReadAs::Day { .. }
        | ReadAs::Period(_)
        | ReadAs::Code(_)
        | ReadAs::Unit { .. } => {
            // Groups of digits are a way to show an amount.
            let shown = Some(cell.text()).filter(|shown| !shown.contains(','));
            let read = shown.map(|shown| read_as(&Cell::Text(shown), reading, unit, context));
            match read {
                Some(Ok(value)) if number.abs() < LONG => Ok(value),
                _ => read_as(&plain, reading, unit, context),
            }
        }
        // Those of amounts are read with what the format writes beside them.
        ReadAs::Whole { .. }
        | ReadAs::Decimal { .. }
        | ReadAs::Money { .. }
        | ReadAs::Year { .. }
        | ReadAs::YesNo => read_as(&plain, reading, unit, context),
    }
}

/// Whether it is a number that a word such as 万 beside it would make another one.
fn is_amount(reading: ReadAs<'_>) -> bool {
    matches!(reading, ReadAs::Whole { .. } | ReadAs::Decimal { .. } | ReadAs::Money { .. })
}

/// Whether the text is one of the marks by which clerks say "nothing".
pub(crate) fn is_blank_mark(text: &str, words: ClerkWords<'_>) -> bool {
    // Every cell is asked, and nearly all state something: no copy is made.
    let plain = || trim(text).chars().map(half_width_char);
    let is_mark = |mark: &str| plain().map(|c| c.to_ascii_lowercase()).eq(mark.chars());
    plain().all(is_stroke) || words.words(WordList::Nothing).any(is_mark)
}

/// Whether a cell says that nobody has reported anything (未报). In a column of texts these are words as any others.
fn is_not_reported(cell: &Cell, words: ClerkWords<'_>) -> bool {
    let Cell::Text(text) = cell else { return false };
    let plain = || trim(text).chars().map(half_width_char).filter(|c| !is_blank(*c));
    let mut known = words.words(WordList::NotReported);
    let word = known.find(|word| plain().map(|c| c.to_ascii_lowercase()).eq(word.chars()));
    // A campaign may have made a yes or a no of it.
    word.is_some_and(|word| words.decide((WordList::Yes, WordList::No), word).is_none())
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

/// A code that somebody else gave.
fn checked(cell: &Cell, spelling: Spelling, words: ClerkWords<'_>) -> ParsedCell {
    let found = cell.text();
    if is_blank_mark(&found, words) {
        return Ok((None, vec![]));
    }
    let has_lost_digits = matches!(cell, Cell::Number(number) if *number >= PRECISE);
    if let Some(problem) = spelling.lost_digits.filter(|_| has_lost_digits) {
        return Err(problem(found));
    }
    let (code, warning) = (spelling.check)(&unit_code_key(&found))?;
    Ok((Some(Value::Text(code)), warning.into_iter().collect()))
}
