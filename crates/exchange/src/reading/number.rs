//! Numbers and money. Everything is computed on decimal digits, so that what
//! the clerk sees is what is stored.

use model::{
    problem::{Problem, ProblemKind},
    value::Value,
};

use crate::{gather::is_blank, names::half_width, workbook::Cell};

use super::is_not_stated;

/// Words after a number that only say what is counted.
const COUNTED: [&str; 44] = [
    "人次",
    "人",
    "名",
    "位",
    "件",
    "条",
    "个",
    "项",
    "次",
    "家",
    "户",
    "台",
    "套",
    "支",
    "队",
    "只",
    "对",
    "期",
    "班",
    "个班",
    "个月",
    "月",
    "天",
    "日",
    "年",
    "岁",
    "分",
    "份",
    "篇",
    "种",
    "处",
    "场",
    "课时",
    "学时",
    "小时",
    "平方米",
    "㎡",
    "个班组",
    "班组",
    "师徒",
    "企业",
    "人员",
    "间",
    "所",
];
/// Powers of ten in words; longer ones first.
const POWERS: [(&str, u32); 8] =
    [("千万", 7), ("百万", 6), ("十万", 5), ("亿", 8), ("万", 4), ("千", 3), ("百", 2), ("十", 1)];
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
struct Stated {
    number: Exact,
    /// Whether a word such as 万 made it larger.
    has_power: bool,
    suffix: Suffix,
}

pub(super) fn integer(cell: &Cell, min: i64, max: i64) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let problem = |kind| Problem::error(kind, [found.clone()]);
    let Some(stated) = stated(cell, &found).transpose() else { return Ok(None) };
    let stated = stated.map_err(|()| problem(ProblemKind::NotInteger))?;
    if stated.number.mantissa < 0 && min >= 0 {
        return Err(problem(ProblemKind::Negative));
    }
    let whole = stated.number.whole().filter(|_| matches!(stated.suffix, Suffix::None | Suffix::Counted));
    let value = whole.ok_or_else(|| problem(ProblemKind::NotInteger))?;
    match i64::try_from(value).ok().filter(|value| (min..=max).contains(value)) {
        Some(value) => Ok(Some(Value::Integer(value))),
        None => Err(out_of_range(&found, &min, &max)),
    }
}

pub(super) fn decimal(cell: &Cell, min: f64, max: f64) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let Some(stated) = stated(cell, &found).transpose() else { return Ok(None) };
    let stated = stated.ok().filter(|stated| stated.suffix != Suffix::Yuan);
    let stated = stated.ok_or_else(|| Problem::error(ProblemKind::NotNumber, [found.clone()]))?;
    let places = if stated.suffix == Suffix::Percent { 2 } else { 0 };
    let value = Exact { places: stated.number.places + places, ..stated.number }.as_f64();
    if (min..=max).contains(&value) {
        Ok(Some(Value::Decimal(value)))
    } else {
        Err(out_of_range(&found, &min, &max))
    }
}

/// Money in fen. A unit in the cell goes before that of the column.
pub(super) fn money(cell: &Cell, scale: i64) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let problem = |kind| Problem::error(kind, [found.clone()]);
    let Some(stated) = stated(cell, &found).transpose() else { return Ok(None) };
    let stated = stated.ok().filter(|stated| matches!(stated.suffix, Suffix::None | Suffix::Yuan));
    let stated = stated.ok_or_else(|| problem(ProblemKind::NotNumber))?;
    let is_yuan = stated.has_power || stated.suffix == Suffix::Yuan;
    let fen = stated.number.times(if is_yuan { 100 } else { scale });
    let fen = fen.and_then(|fen| i64::try_from(fen).ok()).ok_or_else(|| problem(ProblemKind::NotNumber))?;
    if fen < 0 { Err(problem(ProblemKind::Negative)) } else { Ok(Some(Value::Integer(fen))) }
}

fn out_of_range(found: &str, min: &impl ToString, max: &impl ToString) -> Problem {
    Problem::error(ProblemKind::OutOfRange, [found.to_owned(), min.to_string(), max.to_string()])
}

/// The number that a cell states: `Ok(None)` for none, `Err` for something else.
fn stated(cell: &Cell, found: &str) -> Result<Option<Stated>, ()> {
    match cell {
        Cell::Number(number) => {
            // Fifteen significant digits, as Excel shows them: 0.1 + 0.2 is 0.3.
            let number = Exact::parse(&format!("{number:.14e}")).ok_or(())?;
            Ok(Some(Stated { number, has_power: false, suffix: Suffix::None }))
        }
        Cell::Text(_) if is_not_stated(found) => Ok(None),
        Cell::Text(_) => parse(found).map(Some).ok_or(()),
        _ => Err(()),
    }
}

fn parse(text: &str) -> Option<Stated> {
    let text: String = half_width(text).chars().filter(|c| !is_blank(*c)).collect();
    let text = text.replace(['\u{2212}', '\u{2013}'], "-").to_lowercase();
    let text = text
        .trim_start_matches(['\'', '\u{a5}', '\u{ffe5}', '+', '`'])
        .trim_start_matches("rmb")
        .trim_end_matches(['.', '。']);
    let end =
        text.char_indices().find(|(at, c)| !is_number_sign(text, *at, *c)).map_or(text.len(), |(at, _)| at);
    let (digits, words) = text.split_at(end);
    let (number, words) =
        if digits.is_empty() { chinese_head(words)? } else { (Exact::parse(digits)?, words) };
    let (power, words) = match POWERS.iter().find(|(word, _)| words.starts_with(word)) {
        Some((word, power)) if !COUNTED.contains(&words) => (*power, &words[word.len()..]),
        _ => (0, words),
    };
    let words = words.trim_end_matches('整').trim_end_matches("人民币");
    let suffix = match words {
        "" => Suffix::None,
        "元" | "元整" | "圆" => Suffix::Yuan,
        "%" | "%%" => Suffix::Percent,
        words if COUNTED.contains(&words) => Suffix::Counted,
        _ => return None,
    };
    let number = Exact { mantissa: number.mantissa.checked_mul(10_i128.checked_pow(power)?)?, ..number };
    Some(Stated { number, has_power: power > 0, suffix })
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
    fn whole(self) -> Option<i128> {
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
