//! Codes of a dictionary: written as code, as label, or as both.

use campaign::definition::{Code, Dictionary};
use model::{problem::Problem, value::Value};
use sheet::workbook::Cell;

use crate::{
    normalise::{remarks, trim, unit_name_key, without_remark},
    vocabulary::ClerkWords,
};

use super::{is_blank_mark, is_dash};

/// Codes that a message names when none fits.
const TOLD: usize = 6;

pub(super) fn code(
    cell: &Cell,
    dictionary: &Dictionary,
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let written = trim(&found).trim_start_matches('\'');
    let exact = dictionary.codes.iter().find(|entry| entry.code == written || entry.label.zh == written);
    if let Some(entry) = exact {
        return Ok(Some(Value::Code(entry.code.clone())));
    }
    let key = key(written);
    if is_dash(&key) {
        return Ok(None);
    }
    let is_number = cell.number().is_some();
    match find(&key, dictionary, is_number) {
        Some(code) => Ok(Some(Value::Code(code))),
        // A list may well have a code that is called 无.
        None if is_blank_mark(&found, words) => Ok(None),
        None => Err(unknown(&found, &key, dictionary)),
    }
}

/// Texts of a dictionary compare without spaces, width of signs and case.
fn key(text: &str) -> String {
    unit_name_key(text).to_lowercase()
}

fn find(key: &str, dictionary: &Dictionary, is_number: bool) -> Option<String> {
    if let Some(entry) = named(key, dictionary) {
        return Some(entry.code.clone());
    }
    let key = key.strip_suffix(".0").unwrap_or(key);
    open(key, dictionary, is_number)
        .or_else(|| code_and_label(key, dictionary, is_number))
        .or_else(|| bracketed(key, dictionary, is_number))
}

/// The entry that is called so.
fn named<'d>(text: &str, dictionary: &'d Dictionary) -> Option<&'d Code> {
    dictionary.codes.iter().find(|entry| {
        let names = [&entry.code, &entry.label.zh, &entry.label.en];
        names.into_iter().chain(&entry.names).any(|name| key(name) == text)
    })
}

/// `170私营企业`, `170-私营企业`: the code decides, unless the words name another one.
fn code_and_label(key: &str, dictionary: &Dictionary, is_number: bool) -> Option<String> {
    let end = key.find(|c: char| !c.is_ascii_alphanumeric()).filter(|end| *end > 0)?;
    let (code, label) = key.split_at(end);
    let label = label.trim_start_matches(['-', ':', '.', '、', ',', '/', '_', '=', '|']);
    let code = match named(code, dictionary) {
        Some(entry) => entry.code.clone(),
        None => open(code, dictionary, is_number)?,
    };
    match named(label, dictionary).or_else(|| named(&without_remark(label), dictionary)) {
        Some(other) if other.code != code => None,
        _ => Some(code),
    }
}

/// `私营企业(170)`, `私营企业(个人独资)`.
fn bracketed(key: &str, dictionary: &Dictionary, is_number: bool) -> Option<String> {
    let by_remark = remarks(key).find_map(|remark| match named(remark, dictionary) {
        Some(entry) => Some(entry.code.clone()),
        None => open(remark, dictionary, is_number),
    });
    by_remark.or_else(|| {
        let bare = without_remark(key);
        let entry = (bare != key).then(|| named(&bare, dictionary)).flatten();
        entry.map(|entry| entry.code.clone())
    })
}

/// Digits that are no code of the list as they stand: a finer code is cut, lost
/// zeros are put back, and an open list takes every code of its shape.
fn open(key: &str, dictionary: &Dictionary, is_number: bool) -> Option<String> {
    let digits = key.trim_start_matches(|c: char| c.is_ascii_lowercase());
    if digits.is_empty() || key.len() - digits.len() > 1 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some(entry) = dictionary.code(digits) {
        return Some(entry.code.clone());
    }
    if let Some(width) = fixed_width(dictionary).filter(|width| digits.len() < *width) {
        let padded = format!("{digits:0>width$}");
        let is_lost = is_number && dictionary.open_digits == Some(width) && digits.len() + 1 == width;
        if dictionary.code(&padded).is_some() || is_lost {
            return Some(padded);
        }
    }
    let width = dictionary.open_digits?;
    if digits.len() == width {
        return Some(digits.to_owned());
    }
    let is_finer =
        digits.len() > width && dictionary.codes.iter().any(|entry| digits.starts_with(&entry.code));
    is_finer.then(|| digits[..width].to_owned())
}

/// The number of digits, if all codes of the list have as many.
fn fixed_width(dictionary: &Dictionary) -> Option<usize> {
    let width = dictionary.codes.first().map(|entry| entry.code.len()).or(dictionary.open_digits)?;
    let alike = |entry: &Code| entry.code.len() == width && entry.code.bytes().all(|b| b.is_ascii_digit());
    dictionary.codes.iter().all(alike).then_some(width)
}

fn unknown(found: &str, key: &str, dictionary: &Dictionary) -> Problem {
    let mut entries: Vec<(usize, usize, &Code)> = dictionary
        .codes
        .iter()
        .enumerate()
        .map(|(position, entry)| (likeness(key, entry), position, entry))
        .collect();
    entries.sort_by_key(|(likeness, position, _)| (std::cmp::Reverse(*likeness), *position));
    entries.truncate(TOLD);
    entries.sort_by_key(|(_, position, _)| *position);
    let texts: Vec<String> =
        entries.iter().map(|(_, _, entry)| format!("{} {}", entry.code, entry.label.zh)).collect();
    let (list, nearest) = (dictionary.label.zh.clone(), texts.join("、"));
    Problem::UnknownCode { found: found.to_owned(), list, nearest }
}

/// How much an entry has in common with what was written: shared characters, in hundredths.
fn likeness(written: &str, entry: &Code) -> usize {
    let names = [&entry.code, &entry.label.zh].into_iter().chain(&entry.names);
    let shared = names.map(|name| {
        let name = key(name);
        let shared = written.chars().filter(|c| name.contains(*c)).count();
        shared * 200 / (name.chars().count() + written.chars().count()).max(1)
    });
    shared.max().unwrap_or(0)
}
