//! Numbers and money. Everything is computed on decimal digits, so that what
//! the clerk sees is what is stored.

use campaign::definition::WordList;
use model::{problem::Problem, value::Value};
use sheet::workbook::{Cell, is_blank};

use crate::{normalise::half_width, vocabulary::ClerkWords};

use super::is_blank_mark;

/// Digits beyond which nothing is counted here.
const MAX_DIGITS: usize = 30;

/// A number in decimal digits: `mantissa` ÷ 10^`places`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exact {
    mantissa: i128,
    places: u32,
}

/// What the words after a number say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suffix {
    None,
    Counted,
    Yuan,
    Percent,
}

/// A number as written, with powers of ten worked in.
struct ParsedNumber {
    number: Exact,
    /// Whether a word such as 万 made it larger.
    has_power: bool,
    suffix: Suffix,
}

pub(super) fn integer(
    cell: &Cell,
    (min, max): (i64, i64),
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let not_integer = || Problem::NotInteger { found: found.clone() };
    let Some(parsed) = parse_number(cell, &found, words).transpose() else { return Ok(None) };
    let parsed = parsed.map_err(|()| not_integer())?;
    if parsed.number.mantissa < 0 && min >= 0 {
        return Err(Problem::Negative { found });
    }
    let whole =
        parsed.number.whole_number().filter(|_| matches!(parsed.suffix, Suffix::None | Suffix::Counted));
    let value = whole.ok_or_else(not_integer)?;
    match i64::try_from(value).ok().filter(|value| (min..=max).contains(value)) {
        Some(value) => Ok(Some(Value::Integer(value))),
        None => Err(out_of_range(&found, &min, &max)),
    }
}

pub(super) fn decimal(
    cell: &Cell,
    (min, max): (f64, f64),
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let Some(parsed) = parse_number(cell, &found, words).transpose() else { return Ok(None) };
    let parsed = parsed.ok().filter(|parsed| parsed.suffix != Suffix::Yuan);
    let parsed = parsed.ok_or_else(|| Problem::NotNumber { found: found.clone() })?;
    let places = if parsed.suffix == Suffix::Percent { 2 } else { 0 };
    let value = Exact { places: parsed.number.places + places, ..parsed.number }.as_f64();
    if (min..=max).contains(&value) {
        Ok(Some(Value::Decimal(value)))
    } else {
        Err(out_of_range(&found, &min, &max))
    }
}

/// Money in fen. A unit in the cell goes before that of the column.
pub(super) fn money(cell: &Cell, scale: i64, words: ClerkWords<'_>) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let not_number = || Problem::NotNumber { found: found.clone() };
    let Some(parsed) = parse_number(cell, &found, words).transpose() else { return Ok(None) };
    let parsed = parsed.ok().filter(|parsed| matches!(parsed.suffix, Suffix::None | Suffix::Yuan));
    let parsed = parsed.ok_or_else(not_number)?;
    let is_yuan = parsed.has_power || parsed.suffix == Suffix::Yuan;
    let fen = parsed.number.times(if is_yuan { 100 } else { scale });
    let fen = fen.and_then(|fen| i64::try_from(fen).ok()).ok_or_else(not_number)?;
    if fen < 0 { Err(Problem::Negative { found }) } else { Ok(Some(Value::Integer(fen))) }
}

fn out_of_range(found: &str, min: &impl ToString, max: &impl ToString) -> Problem {
    Problem::OutOfRange { found: found.to_owned(), min: min.to_string(), max: max.to_string() }
}

/// The number that a cell states: `Ok(None)` for none, `Err` for something else.
fn parse_number(cell: &Cell, found: &str, words: ClerkWords<'_>) -> Result<Option<ParsedNumber>, ()> {
    match cell {
        Cell::Number(number) => {
            // Fifteen significant digits, as Excel shows them: 0.1 + 0.2 is 0.3.
            let number = Exact::parse(&format!("{number:.14e}")).ok_or(())?;
            Ok(Some(ParsedNumber { number, has_power: false, suffix: Suffix::None }))
        }
        Cell::Text(_) if is_blank_mark(found, words) => Ok(None),
        Cell::Text(_) => parse(found, words).map(Some).ok_or(()),
        _ => Err(()),
    }
}

fn parse(text: &str, words: ClerkWords<'_>) -> Option<ParsedNumber> {
    let text: String = half_width(text).chars().filter(|c| !is_blank(*c)).collect();
    let text = text.replace(['\u{2212}', '\u{2013}'], "-").to_lowercase();
    let text = text.trim_start_matches(['\'', '\u{a5}', '\u{ffe5}', '+', '`']);
    let text = words.without_starts(WordList::CurrencyBefore, text).trim_end_matches(['.', '。']);
    let end =
        text.char_indices().find(|(at, c)| !is_number_sign(text, *at, *c)).map_or(text.len(), |(at, _)| at);
    let (digits, after) = text.split_at(end);
    let (number, after) =
        if digits.is_empty() { chinese_head(after)? } else { (Exact::parse(digits)?, after) };
    let is_counted = |after: &str| words.has(WordList::Counted, after);
    let (power, after) = words.power(after).filter(|_| !is_counted(after)).unwrap_or((0, after));
    let after = words.without_ends(WordList::Currency, words.without_ends(WordList::AmountEnds, after));
    let suffix = match after {
        "" => Suffix::None,
        "%" | "%%" => Suffix::Percent,
        after if words.has(WordList::Yuan, after) => Suffix::Yuan,
        after if is_counted(after) => Suffix::Counted,
        _ => return None,
    };
    let number = Exact { mantissa: number.mantissa.checked_mul(10_i128.checked_pow(power)?)?, ..number };
    Some(ParsedNumber { number, has_power: power > 0, suffix })
}

fn is_number_sign(text: &str, at: usize, c: char) -> bool {
    let exponent =
        || c == 'e' && at > 0 && text[at + 1..].starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c));
    let signed = || "+-".contains(c) && (at == 0 || text[..at].ends_with('e'));
    c.is_ascii_digit() || matches!(c, '.' | ',') || signed() || exponent()
}

/// A number in Chinese numerals at the start of a text.
fn chinese_head(text: &str) -> Option<(Exact, &str)> {
    let end = text.char_indices().find(|(_, c)| !is_numeral(*c)).map_or(text.len(), |(at, _)| at);
    let (numerals, words) = text.split_at(end);
    Some((Exact { mantissa: i128::from(chinese(numerals)?), places: 0 }, words))
}

fn numeral(c: char) -> Option<u32> {
    let digits = ["〇零○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"];
    digits.iter().position(|same| same.contains(c)).and_then(|digit| u32::try_from(digit).ok())
}

pub(super) fn is_numeral(c: char) -> bool {
    numeral(c).is_some() || matches!(c, '十' | '百' | '廿' | '卅')
}

/// Chinese numerals up to 999 (`十二`, `一百零五`), or digit by digit (`二〇一一`).
pub(super) fn chinese(text: &str) -> Option<u32> {
    let text = text.replace('廿', "二十").replace('卅', "三十");
    if !text.contains(['十', '百']) {
        let digits: Option<String> = text.chars().map(|c| char::from_digit(numeral(c)?, 10)).collect();
        return digits.filter(|digits| digits.len() <= 8)?.parse().ok();
    }
    let (mut value, mut digit) = (0, None);
    for c in text.chars() {
        match c {
            '百' => value += digit.take()? * 100,
            '十' => value += digit.take().filter(|digit| *digit > 0).unwrap_or(1) * 10,
            c => digit = Some(numeral(c)?),
        }
    }
    Some(value + digit.unwrap_or(0))
}

impl Exact {
    /// Reads `-1,234.50` or `1.2e3`.
    fn parse(text: &str) -> Option<Self> {
        let (text, exponent) = match text.split_once('e') {
            Some((text, exponent)) => (text, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole = ungrouped(whole)?;
        let digits = format!("{whole}{}", fraction.trim_end_matches('0'));
        let is_number = !whole.is_empty() || !fraction.is_empty();
        if !is_number || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mantissa = sign * if digits.is_empty() { 0 } else { digits.parse::<i128>().ok()? };
        let places = i32::try_from(fraction.trim_end_matches('0').len()).ok()? - exponent;
        if mantissa == 0 {
            return Some(Self { mantissa: 0, places: 0 });
        }
        match u32::try_from(places) {
            Ok(places) if places <= 60 => Some(Self { mantissa, places }),
            Ok(_) => None,
            Err(_) => {
                let power = 10_i128.checked_pow(places.unsigned_abs())?;
                Some(Self { mantissa: mantissa.checked_mul(power)?, places: 0 })
            }
        }
    }

    /// The number, if it has no fraction.
    fn whole_number(self) -> Option<i128> {
        let divisor = 10_i128.checked_pow(self.places)?;
        (self.mantissa % divisor == 0).then(|| self.mantissa / divisor)
    }

    /// The number times a factor, rounded half away from zero.
    fn times(self, factor: i64) -> Option<i128> {
        let product = self.mantissa.checked_mul(i128::from(factor))?;
        let Some(divisor) = 10_i128.checked_pow(self.places) else { return Some(0) };
        Some((product + product.signum() * (divisor / 2)) / divisor)
    }

    fn as_f64(self) -> f64 {
        format!("{}e-{}", self.mantissa, self.places).parse().unwrap_or(f64::NAN)
    }
}

/// Drops the commas between groups of three digits (or four, as 万 goes).
fn ungrouped(whole: &str) -> Option<String> {
    let groups: Vec<&str> = whole.split(',').collect();
    let alike = |size: usize| {
        groups[1..].iter().all(|group| group.len() == size) && (1..=size).contains(&groups[0].len())
    };
    (groups.len() == 1 || alike(3) || alike(4)).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_numerals() {
        for (text, expected) in [
            ("十", Some(10)),
            ("十二", Some(12)),
            ("三十一", Some(31)),
            ("一百零五", Some(105)),
            ("二〇一一", Some(2011)),
            ("廿一", Some(21)),
            ("百", None),
            ("", None),
        ] {
            assert_eq!(chinese(text), expected, "{text}");
        }
    }
}
