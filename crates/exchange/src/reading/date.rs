//! Dates and years. A date that does not say its day, or writes its year in
//! two digits, is refused rather than guessed.

use jiff::civil::Date;
use model::{
    problem::{Problem, ProblemKind},
    value::Value,
};

use crate::{
    gather::is_blank,
    names::{half_width, trim},
    serial,
    workbook::Cell,
};

use super::{
    is_not_stated,
    number::{chinese, is_numeral},
};

/// Serial numbers that are taken for dates: 1954 to 2064.
const SERIALS: std::ops::RangeInclusive<i64> = 20_000..=60_000;
/// Years that a date may have.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

pub(super) fn date(cell: &Cell, future: bool, today: Date) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let problem = |kind| Problem::error(kind, [found.clone()]);
    let day = match cell {
        Cell::Date(date) => Ok(*date),
        Cell::Number(number) => from_number(*number),
        Cell::Text(text) if is_not_stated(text) => return Ok(None),
        Cell::Text(text) => from_text(text),
        _ => Err(ProblemKind::NotDate),
    };
    let day = day.map_err(problem)?;
    if day > today && !future {
        return Err(Problem::error(ProblemKind::FutureDate, [found, today.to_string()]));
    }
    Ok(Some(Value::Date(day)))
}

pub(super) fn year(cell: &Cell, min: i16, max: i16) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let number = match cell {
        Cell::Date(date) => Some(i64::from(date.year())),
        Cell::Number(number) => whole(*number),
        Cell::Text(text) if is_not_stated(text) => return Ok(None),
        Cell::Text(text) => {
            let text: String = half_width(text).chars().filter(|c| !is_blank(*c)).collect();
            let text = text.trim_start_matches('\'').trim_end_matches("年度").trim_end_matches('年');
            let digits = text.strip_suffix(".0").unwrap_or(text);
            digits.parse().ok().or_else(|| chinese(digits).map(i64::from))
        }
        _ => None,
    };
    let number = number.ok_or_else(|| Problem::error(ProblemKind::NotInteger, [found.clone()]))?;
    match i16::try_from(number).ok().filter(|year| (min..=max).contains(year)) {
        Some(year) => Ok(Some(Value::Integer(i64::from(year)))),
        None => Err(Problem::error(ProblemKind::OutOfRange, [found, min.to_string(), max.to_string()])),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be small")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i64)
}

/// A number in a column of dates: a serial number, or `20110801`.
fn from_number(number: f64) -> Result<Date, ProblemKind> {
    let day = whole(number.floor()).ok_or(ProblemKind::NotDate)?;
    if SERIALS.contains(&day) {
        return serial::to_date(number, false).ok_or(ProblemKind::NotDate);
    }
    if number.fract() == 0.0 { eight_digits(&day.to_string()) } else { Err(ProblemKind::NotDate) }
}

fn eight_digits(digits: &str) -> Result<Date, ProblemKind> {
    if digits.len() != 8 {
        return Err(ProblemKind::NotDate);
    }
    day(&digits[..4], &digits[4..6], &digits[6..])
}

fn day(year: &str, month: &str, day: &str) -> Result<Date, ProblemKind> {
    let year = year.parse().ok().filter(|year| YEARS.contains(year)).ok_or(ProblemKind::NotDate)?;
    let small = |text: &str| text.parse::<i8>().map_err(|_| ProblemKind::NotDate);
    Date::new(year, small(month)?, small(day)?).map_err(|_| ProblemKind::ImpossibleDate)
}

fn from_text(text: &str) -> Result<Date, ProblemKind> {
    let text = numerals_to_digits(&half_width(text));
    let groups = groups(without_time(trim(&text)).trim_start_matches('\''));
    let parts: Vec<(&str, &str)> = groups.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let is_short = |part: &str| (1..=2).contains(&part.len());
    match parts.as_slice() {
        [(year, after_year), (month, after_month), (of_month, end)]
            if year.len() == 4 && is_short(month) && is_short(of_month) =>
        {
            let separates = |between: &str, word: &str| {
                between == word
                    || matches!(between, "" | "-" | "—" | "–" | "--" | "." | "/" | "、" | "\\" | "_")
            };
            let ends = matches!(*end, "" | "日" | "号" | "." | "。" | "日止" | "日起");
            if !separates(after_year, "年") || !separates(after_month, "月") || !ends {
                return Err(ProblemKind::NotDate);
            }
            day(year, month, of_month)
        }
        [(digits, "" | "." | "日")] if digits.len() == 8 => eight_digits(digits),
        [(digits, "")] if digits.len() == 5 => from_number(digits.parse().map_err(|_| ProblemKind::NotDate)?),
        _ => Err(ProblemKind::NotDate),
    }
}

/// The text before a time of day and a day of the week.
fn without_time(text: &str) -> &str {
    let cut =
        ["星期", "(周", "(星", "周"].iter().filter_map(|word| text.find(word)).min().unwrap_or(text.len());
    let text = &text[..cut];
    let Some(at) = text.find([':', '时', '点']) else { return text.trim_end_matches(is_blank) };
    let before = text[..at].trim_end_matches(|c: char| c.is_ascii_digit());
    let before = before.trim_end_matches(is_blank);
    let before = before.trim_end_matches("上午").trim_end_matches("下午");
    before.trim_end_matches(['T', 't']).trim_end_matches(is_blank)
}

/// Runs of Chinese numerals as digits.
fn numerals_to_digits(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if is_numeral(c) {
            run.push(c);
            continue;
        }
        if !run.is_empty() {
            match chinese(&run) {
                Some(number) => out.push_str(&number.to_string()),
                None => out.push_str(&run),
            }
            run.clear();
        }
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// Groups of digits, each with what stands before the next one, blanks dropped.
fn groups(text: &str) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String)> = Vec::new();
    let mut in_digits = false;
    for c in text.chars() {
        if c.is_ascii_digit() {
            if !in_digits {
                groups.push((String::new(), String::new()));
            }
            in_digits = true;
            if let Some((digits, _)) = groups.last_mut() {
                digits.push(c);
            }
            continue;
        }
        in_digits = false;
        if is_blank(c) {
            continue;
        }
        match groups.last_mut() {
            Some((_, after)) => after.push(c),
            // Words in front: not a date.
            None => return vec![],
        }
    }
    groups
}
