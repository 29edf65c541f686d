//! Texts and telephone numbers.

use campaign::definition::WordList;
use model::{problem::Problem, value::Value};
use sheet::{
    workbook::{Cell, is_blank},
    write::unguarded,
};

use crate::{
    normalise::{half_width, trim},
    vocabulary::ClerkWords,
};

use super::is_blank_mark;

/// A text of at most `max` characters.
pub(super) fn text(
    cell: &Cell,
    max: usize,
    lines: bool,
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let text = clean(without_text_mark(unguarded(trim(&found))), lines);
    if is_blank_mark(&text, words) {
        return Ok(None);
    }
    if is_ditto(&text, words) {
        return Err(Problem::Ditto { found: text });
    }
    let chars = text.chars().count();
    if chars > max {
        return Err(Problem::TooLong { found: chars, max });
    }
    Ok(Some(Value::Text(text)))
}

/// Whether a text stands for what is in the cell above.
fn is_ditto(text: &str, words: ClerkWords<'_>) -> bool {
    // Nearly all texts are longer.
    text.chars().count() <= 6 && {
        let plain: String = half_width(trim(text)).chars().filter(|c| !is_blank(*c)).collect();
        words.has(WordList::Dittos, plain.trim_matches(['(', ')']))
    }
}

/// Without the apostrophe that marks digits as text: `'0002`. One in front of words is theirs.
fn without_text_mark(text: &str) -> &str {
    let is_code = |rest: &&str| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | '_'))
    };
    text.strip_prefix(['\'', '＇']).filter(is_code).unwrap_or(text)
}

/// Without invisible characters; line breaks become spaces where only one line is meant.
fn clean(text: &str, lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' if lines => out.push('\n'),
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_blank(c) && !c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// A text in the one spelling in which it is stored.
pub(super) fn spelt(
    cell: &Cell,
    (max, lines): (usize, bool),
    spell: fn(&str) -> Result<String, Problem>,
    words: ClerkWords<'_>,
) -> Result<Option<Value>, Problem> {
    let found = text(cell, max, lines, words)?;
    let Some(text) = found.as_ref().and_then(Value::as_str) else { return Ok(None) };
    let spelt = spell(text)?;
    Ok((!spelt.is_empty()).then_some(Value::Text(spelt)))
}

/// Telephone numbers: at least five digits, with the signs between them.
pub(super) fn phone(cell: &Cell, words: ClerkWords<'_>) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    if is_blank_mark(&found, words) {
        return Ok(None);
    }
    let text = half_width(trim(&found)).trim_start_matches('\'').to_owned();
    let is_sign = |c: char| c.is_ascii_digit() || " +-()/,;、转*#".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if !text.chars().all(is_sign) || !(5..=60).contains(&digits) {
        return Err(Problem::NotNumber { found });
    }
    Ok(Some(Value::Text(text)))
}
