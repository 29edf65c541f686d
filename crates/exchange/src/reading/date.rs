//! Dates and years. A date that does not say its day, or writes its year in
//! two digits, is refused rather than guessed.

use campaign::definition::WordList;
use jiff::civil::Date;
use model::{problem::Problem, value::Value};
use sheet::{
    serial,
    workbook::{Cell, is_blank},
};

use crate::{
    normalise::{half_width, trim},
    vocabulary::ClerkWords,
};

use super::{
    is_blank_mark,
    number::{chinese, is_numeral},
};

/// Serial numbers that are taken for dates: 1954 to 2064.
const SERIALS: std::ops::RangeInclusive<i64> = 20_000..=60_000;
/// Years that a date may have.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// Why a text is no date.
enum Unreadable {
    /// It does not look like one.
    NotDate,
    /// It looks like one, but the calendar has no such day.
    NoSuchDay,
}

pub(super) fn date(
    cell: &Cell,
    future: bool,
    today: Date,
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let day = match cell {
        Cell::Date(date) => Ok(*date),
        Cell::Number(number) => from_number(*number),
        Cell::Text(text) if is_blank_mark(text, words) => return Ok(None),
        Cell::Text(text) => from_text(text, words),
        _ => Err(Unreadable::NotDate),
    };
    let day = match day {
        Ok(day) => day,
        Err(Unreadable::NotDate) => return Err(Problem::NotDate { found }),
        Err(Unreadable::NoSuchDay) => return Err(Problem::ImpossibleDate { found }),
    };
    if day > today && !future {
        return Err(Problem::FutureDate { found, today: today.to_string() });
    }
    Ok(Some(Value::Date(day)))
}

pub(super) fn year(
    cell: &Cell,
    (min, max): (i16, i16),
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let number = match cell {
        Cell::Date(date) => Some(i64::from(date.year())),
        Cell::Number(number) => whole_number(*number),
        Cell::Text(text) if is_blank_mark(text, words) => return Ok(None),
        Cell::Text(text) => {
            let text: String = half_width(text).chars().filter(|c| !is_blank(*c)).collect();
            let text = words.without_ends(WordList::YearEnds, text.trim_start_matches('\''));
            let digits = text.strip_suffix(".0").unwrap_or(text);
            digits.parse().ok().or_else(|| chinese(digits).map(i64::from))
        }
        _ => None,
    };
    let number = number.ok_or_else(|| Problem::NotInteger { found: found.clone() })?;
    match i16::try_from(number).ok().filter(|year| (min..=max).contains(year)) {
        Some(year) => Ok(Some(Value::Integer(i64::from(year)))),
        None => Err(Problem::OutOfRange { found, min: min.to_string(), max: max.to_string() }),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be small")]
fn whole_number(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i64)
}

/// A number in a column of dates: a serial number, or `20110801`.
fn from_number(number: f64) -> Result<Date, Unreadable> {
    let day = whole_number(number.floor()).ok_or(Unreadable::NotDate)?;
    if SERIALS.contains(&day) {
        return serial::to_date(number, false).ok_or(Unreadable::NotDate);
    }
    if number.fract() == 0.0 { eight_digits(&day.to_string()) } else { Err(Unreadable::NotDate) }
}

fn eight_digits(digits: &str) -> Result<Date, Unreadable> {
    if digits.len() != 8 {
        return Err(Unreadable::NotDate);
    }
    day(&digits[..4], &digits[4..6], &digits[6..])
}

fn day(year: &str, month: &str, day: &str) -> Result<Date, Unreadable> {
    let year = year.parse().ok().filter(|year| YEARS.contains(year)).ok_or(Unreadable::NotDate)?;
    let small = |text: &str| text.parse::<i8>().map_err(|_| Unreadable::NotDate);
    Date::new(year, small(month)?, small(day)?).map_err(|_| Unreadable::NoSuchDay)
}

fn from_text(text: &str, words: ClerkWords<'_>) -> Result<Date, Unreadable> {
    let text = numerals_to_digits(&half_width(text));
    let groups = groups(without_time(trim(&text), words).trim_start_matches('\''));
    let parts: Vec<(&str, &str)> = groups.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let is_short = |part: &str| (1..=2).contains(&part.len());
    match parts.as_slice() {
        [(year, after_year), (month, after_month), (of_month, end)]
            if year.len() == 4 && is_short(month) && is_short(of_month) =>
        {
            let separates = |between: &str, list| {
                words.has(list, between)
                    || matches!(
                        between,
                        "" | "-" | "—" | "–" | "--" | "." | "。" | "," | "/" | "、" | "\\" | "_"
                    )
            };
            let ends = matches!(*end, "" | "." | "。") || words.has(WordList::DayEnds, end);
            if !separates(after_year, WordList::YearWords)
                || !separates(after_month, WordList::MonthWords)
                || !ends
            {
                return Err(Unreadable::NotDate);
            }
            day(year, month, of_month)
        }
        [(digits, "" | "." | "日")] if digits.len() == 8 => eight_digits(digits),
        [(digits, "")] if digits.len() == 5 => from_number(digits.parse().map_err(|_| Unreadable::NotDate)?),
        _ => Err(Unreadable::NotDate),
    }
}

/// The text before a time of day and a day of the week.
fn without_time<'t>(text: &'t str, words: ClerkWords<'_>) -> &'t str {
    let cut = words.words(WordList::Weekdays).filter_map(|word| text.find(word)).min().unwrap_or(text.len());
    let text = &text[..cut];
    let hours = words.words(WordList::Hours).chain([":"]);
    let Some(at) = hours.filter_map(|word| text.find(word)).min() else {
        return text.trim_end_matches(is_blank);
    };
    let before = text[..at].trim_end_matches(|c: char| c.is_ascii_digit());
    let before = words.without_ends(WordList::HalfDays, before.trim_end_matches(is_blank));
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

/// Groups of digits, each with what is before the next one, blanks dropped.
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
