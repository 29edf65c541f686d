//! Texts and telephone numbers.

use model::{
    problem::{Problem, ProblemKind},
    shares::{LONGEST_LINE, Shares},
    value::Value,
};

use crate::{
    gather::is_blank,
    names::{half_width, trim},
    workbook::Cell,
    write::unguarded,
};

use super::is_not_stated;

/// A text of at most `max` characters.
pub(super) fn text(cell: &Cell, max: usize, lines: bool) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let text = clean(unguarded(trim(&found)), lines);
    if is_not_stated(&text) {
        return Ok(None);
    }
    let chars = text.chars().count();
    if chars > max {
        return Err(Problem::error(ProblemKind::TooLong, [chars.to_string(), max.to_string()]));
    }
    Ok(Some(Value::Text(text)))
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

/// Persons with their shares, in the one way in which they are stored.
pub(super) fn shares(cell: &Cell) -> Result<Option<Value>, Problem> {
    let found = text(cell, LONGEST_LINE, true)?;
    let Some(line) = found.as_ref().and_then(Value::as_str) else { return Ok(None) };
    let shares = Shares::parse(line)?.to_string();
    Ok((!shares.is_empty()).then_some(Value::Text(shares)))
}

/// Telephone numbers: at least five digits, with the signs between them.
pub(super) fn phone(cell: &Cell) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    if is_not_stated(&found) {
        return Ok(None);
    }
    let text = half_width(trim(&found)).trim_start_matches('\'').to_owned();
    let is_sign = |c: char| c.is_ascii_digit() || " +-()/,;、转*#".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if !text.chars().all(is_sign) || !(5..=60).contains(&digits) {
        return Err(Problem::error(ProblemKind::NotNumber, [found]));
    }
    Ok(Some(Value::Text(text)))
}
