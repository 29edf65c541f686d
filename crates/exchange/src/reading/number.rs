//! Numbers and money. Everything is computed on decimal digits, so that what
//! the clerk sees is what is stored.

use campaign::definition::WordList;
use model::{problem::Problem, value::Value};
use sheet::workbook::{Cell, is_blank};

use crate::{
    money::{self, AmountUnit},
    normalise::{excerpt, half_width},
    vocabulary::ClerkWords,
};

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
    unit: &AmountUnit,
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let not_integer = || Problem::NotInteger { found: found.clone() };
    let Some(parsed) = parse_number(cell, &found, words).transpose() else { return Ok(None) };
    let parsed = parsed.map_err(|()| not_integer())?;
    unscaled(cell, &parsed, unit, words)?;
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
    unit: &AmountUnit,
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let Some(parsed) = parse_number(cell, &found, words).transpose() else { return Ok(None) };
    let parsed = parsed.ok().filter(|parsed| parsed.suffix != Suffix::Yuan);
    let parsed = parsed.ok_or_else(|| Problem::NotNumber { found: found.clone() })?;
    unscaled(cell, &parsed, unit, words)?;
    let places = if parsed.suffix == Suffix::Percent { 2 } else { 0 };
    let value = Exact { places: parsed.number.places + places, ..parsed.number }.as_f64();
    if (min..=max).contains(&value) {
        Ok(Some(Value::Decimal(value)))
    } else {
        Err(out_of_range(&found, &min, &max))
    }
}

/// Refuses a number that its column or its format makes thousands of something.
fn unscaled(
    cell: &Cell,
    parsed: &ParsedNumber,
    unit: &AmountUnit,
    words: ClerkWords<'_>,
) -> Result<(), Problem> {
    if parsed.has_power || parsed.number.mantissa == 0 {
        return Ok(());
    }
    let found = match (cell, unit) {
        (Cell::Formatted { format, .. }, _) if !money::leaves_number(format, words) => &format.words,
        (_, AmountUnit::Unclear(found)) => found,
        _ => return Ok(()),
    };
    Err(Problem::NumberUnit { found: excerpt(found) })
}

/// Money in fen. A unit in the cell goes before that of the column, and that before the field's own.
pub(super) fn money(
    cell: &Cell,
    (unit, own): (&AmountUnit, i64),
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let not_number = || Problem::NotNumber { found: found.clone() };
    let Some(parsed) = parse_number(cell, &found, words).transpose() else { return Ok(None) };
    let parsed = parsed.ok().filter(|parsed| matches!(parsed.suffix, Suffix::None | Suffix::Yuan));
    let parsed = parsed.ok_or_else(not_number)?;
    let is_yuan = parsed.has_power || parsed.suffix == Suffix::Yuan;
    let (unit, zeros) = match cell {
        _ if is_yuan => (AmountUnit::Fen(100), 0),
        Cell::Formatted { format, .. } => money::in_format(format, unit, words),
        _ => (unit.clone(), 0),
    };
    let number = Exact { places: parsed.number.places + zeros, ..parsed.number };
    let fen = match unit {
        AmountUnit::Fen(fen) | AmountUnit::Chosen(fen) => number.times(fen),
        // Nothing is nothing in every unit.
        _ if number.mantissa == 0 => Some(0),
        AmountUnit::Unstated => number.times(own),
        AmountUnit::Unclear(found) => return Err(Problem::MoneyUnit { found: excerpt(&found) }),
    };
    let fen = fen.and_then(|fen| i64::try_from(fen).ok()).ok_or_else(not_number)?;
    if fen < 0 { Err(Problem::Negative { found }) } else { Ok(Some(Value::Integer(fen))) }
}

fn out_of_range(found: &str, min: &impl ToString, max: &impl ToString) -> Problem {
    Problem::OutOfRange { found: found.to_owned(), min: min.to_string(), max: max.to_string() }
}

/// The number that a cell states: `Ok(None)` for none, `Err` for something else.
fn parse_number(cell: &Cell, found: &str, words: ClerkWords<'_>) -> Result<Option<ParsedNumber>, ()> {
    match cell {
        Cell::Number(number) | Cell::Formatted { number, .. } => {
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
    let text = half_width(text);
    if has_gap_in_digits(&text) {
        return None;
    }
    let text: String = text.chars().filter(|c| !is_blank(*c)).collect();
    let text = text.replace(['\u{2212}', '\u{2013}'], "-").to_lowercase();
    let text = text.trim_start_matches(['\'', '\u{a5}', '\u{ffe5}', '+', '`']);
    let text = words.without_starts(WordList::CurrencyBefore, text);
    let text = words.without_starts(WordList::Currency, text).trim_start_matches([':', '\u{a5}', '\u{ffe5}']);
    let text = text.trim_end_matches(['.', '。']);
    let end =
        text.char_indices().find(|(at, c)| !is_number_sign(text, *at, *c)).map_or(text.len(), |(at, _)| at);
    let (digits, after) = text.split_at(end);
    let is_counted = |after: &str| words.has(WordList::Counted, after);
    let (number, has_power, after) = if digits.is_empty() {
        numerals(after)?
    } else {
        let (power, rest) = words.power(after).filter(|_| !is_counted(after)).unwrap_or((0, after));
        let number = Exact::parse(digits)?.times_power(power)?;
        if power == 0 { (number, false, rest) } else { with_lower_powers((number, power), rest, words)? }
    };
    let after = words.without_ends(WordList::Currency, words.without_ends(WordList::AmountEnds, after));
    let suffix = match after {
        "" => Suffix::None,
        "%" | "%%" => Suffix::Percent,
        after if words.has(WordList::Yuan, after) => Suffix::Yuan,
        after if is_counted(after) => Suffix::Counted,
        _ => return None,
    };
    Some(ParsedNumber { number, has_power, suffix })
}

/// Whether blanks divide digits into other groups than thousands: `1 2` may be two numbers, `52 000` is one.
fn has_gap_in_digits(text: &str) -> bool {
    let groups: Vec<&str> =
        text.trim_matches(is_blank).split(is_blank).filter(|group| !group.is_empty()).collect();
    groups.windows(2).any(|pair| {
        let head = pair[0].trim_start_matches(|c: char| !c.is_ascii_digit());
        let is_after_digit = head.ends_with(|c: char| c.is_ascii_digit());
        let digits = pair[1].chars().take_while(char::is_ascii_digit).count();
        let is_group =
            digits == 3 && (1..=3).contains(&head.len()) && head.bytes().all(|b| b.is_ascii_digit());
        is_after_digit && digits > 0 && !is_group
    })
}

/// The rest of an amount such as 5万2千: every further number has a power that is lower than the one before.
fn with_lower_powers<'t>(
    (mut sum, mut last): (Exact, u32),
    mut rest: &'t str,
    words: ClerkWords<'_>,
) -> Option<(Exact, bool, &'t str)> {
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            return Some((sum, true, rest));
        }
        let (power, after) = words.power(&rest[end..]).filter(|(power, _)| *power < last)?;
        sum = sum.plus(Exact::parse(&rest[..end])?.times_power(power)?)?;
        (last, rest) = (power, after);
    }
}

/// The number in Chinese numerals at the start of a text, and whether it is one of thousands.
fn numerals(text: &str) -> Option<(Exact, bool, &str)> {
    let end = text.char_indices().find(|(_, c)| !is_amount_numeral(*c)).map_or(text.len(), |(at, _)| at);
    let (numerals, rest) = text.split_at(end);
    let has_power = numerals.contains(is_large_power);
    let mantissa = if has_power { large(numerals)? } else { i128::from(chinese(numerals)?) };
    Some((Exact { mantissa, places: 0 }, has_power, rest))
}

fn is_amount_numeral(c: char) -> bool {
    is_numeral(c) || matches!(c, '拾' | '佰') || is_large_power(c)
}

fn is_large_power(c: char) -> bool {
    matches!(c, '千' | '仟' | '万' | '萬' | '亿')
}

/// Chinese numerals with thousands (五万二千, 伍万贰仟). A digit at the end that says no place
/// (五万二) is understood in two ways, and so not at all.
fn large(text: &str) -> Option<i128> {
    let (mut sum, mut section, mut digit) = (0_i128, 0_i128, None::<i128>);
    // Whether a digit that ends the text would be the ones.
    let (mut places, mut is_clear) = (i128::MAX, true);
    for c in text.chars() {
        let power = match c {
            '十' | '拾' => 10,
            '百' | '佰' => 100,
            '千' | '仟' => 1_000,
            '万' | '萬' => 10_000,
            '亿' => 100_000_000,
            '廿' | '卅' => return None,
            c => {
                let value = i128::from(numeral(c)?);
                if digit.is_some_and(|digit| digit > 0) {
                    return None;
                }
                is_clear |= value == 0;
                digit = Some(value);
                continue;
            }
        };
        let count = digit.take().filter(|digit| *digit > 0);
        if power >= 10_000 {
            section += count.unwrap_or(0);
            if section == 0 || power >= places || count.is_some() && !is_clear {
                return None;
            }
            (sum, section, places) = (sum + section * power, 0, power);
        } else {
            // 十 alone is ten; every other place has its digit.
            let count = count.or((power == 10 && section == 0).then_some(1))?;
            if section > 0 && section % (power * 10) != 0 {
                return None;
            }
            section += count * power;
        }
        is_clear = power == 10;
    }
    match digit {
        Some(digit) if digit > 0 && !is_clear => None,
        digit => Some(sum + section + digit.unwrap_or(0)),
    }
}

fn is_number_sign(text: &str, at: usize, c: char) -> bool {
    let exponent =
        || c == 'e' && at > 0 && text[at + 1..].starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c));
    let signed = || "+-".contains(c) && (at == 0 || text[..at].ends_with('e'));
    c.is_ascii_digit() || matches!(c, '.' | ',') || signed() || exponent()
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
    /// The number with so many zeros more.
    fn times_power(self, zeros: u32) -> Option<Self> {
        Some(Self { mantissa: self.mantissa.checked_mul(10_i128.checked_pow(zeros)?)?, ..self })
    }

    /// The sum, where both are whole or of the same places.
    fn plus(self, other: Self) -> Option<Self> {
        let places = self.places.max(other.places);
        let one = self.times_power(places - self.places)?.mantissa;
        let two = other.times_power(places - other.places)?.mantissa;
        Some(Self { mantissa: one.checked_add(two)?, places })
    }

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
    fn amounts_in_chinese_numerals() {
        for (text, expected) in [
            ("五万二千", Some(52_000)),
            ("伍万贰仟", Some(52_000)),
            ("五万零二百", Some(50_200)),
            ("十二万", Some(120_000)),
            ("一百二十万", Some(1_200_000)),
            ("三千", Some(3_000)),
            ("三千零五", Some(3_005)),
            ("一亿二千万", Some(120_000_000)),
            ("一万二千三百四十五", Some(12_345)),
            ("五万二", None),
            ("三千五", None),
            ("万", None),
            ("二千五万二千万", None),
            ("五二千", None),
            ("二百千", None),
        ] {
            assert_eq!(large(text), expected, "{text}");
        }
    }

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
