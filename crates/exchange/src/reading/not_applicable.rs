//! “Not applicable”, with its reason: 不适用：本单位无外协.

use campaign::{
    definition::{Field, WordList},
    kinds::ReadAs,
};
use model::{problem::Problem, value::Value};
use sheet::workbook::{Cell, is_blank};

use crate::{
    money::AmountUnit,
    normalise::{excerpt, half_width_char, trim},
    vocabulary::ClerkWords,
};

use super::{ParsedCell, ReadContext, is_blank_mark, read_as};

/// Reads a cell of a field that can be answered so, or of one that cannot and has room for nothing but its value.
pub(super) fn read(cell: &Cell, field: &Field, unit: &AmountUnit, context: &ReadContext<'_>) -> ParsedCell {
    let (reading, words) = (field.kind.spec().read_as, context.words());
    let plain = || read_as(cell, reading, unit, context);
    let Cell::Text(text) = cell else { return plain() };
    let takes_value_alone = !field.takes_not_applicable;
    if !takes_value_alone && matches!(reading, ReadAs::Code(_)) {
        // A list of codes may have such a code of its own.
        if let sound @ Ok(_) = plain() {
            return sound;
        }
    }
    match reason(text, words) {
        // The marks by which clerks say that there is nothing say so here.
        Some(_) if takes_value_alone => {
            let read = if is_blank_mark(text, words) { plain().ok() } else { None };
            read.ok_or_else(|| Problem::NotApplicable { found: excerpt(text) })
        }
        Some(reason) => Ok((Some(Value::NotApplicable(reason)), vec![])),
        None => plain().map_err(|problem| {
            let is_both = !takes_value_alone && says_so_behind(text, words);
            if is_both { Problem::TwoAnswers } else { problem }
        }),
    }
}

/// Whether a cell of this kind is looked at: it holds a number, a day or a flag, and nobody's own words.
pub(super) fn is_looked_for(field: &Field) -> bool {
    field.takes_not_applicable || takes_no_words(field.kind.spec().read_as)
}

/// Whether what is read is a number, a day or a flag.
pub(super) fn takes_no_words(reading: ReadAs<'_>) -> bool {
    match reading {
        ReadAs::Whole { .. }
        | ReadAs::Decimal { .. }
        | ReadAs::Money { .. }
        | ReadAs::Day { .. }
        | ReadAs::Year { .. }
        | ReadAs::Period(_)
        | ReadAs::YesNo => true,
        ReadAs::Words { .. }
        | ReadAs::Spelt { .. }
        | ReadAs::Checked(_)
        | ReadAs::Code(_)
        | ReadAs::Phone
        | ReadAs::Table { .. }
        | ReadAs::Unit { .. }
        | ReadAs::Reference { .. } => false,
    }
}

/// The reason, in a text that says not applicable: empty when none is given.
pub fn reason(text: &str, words: ClerkWords<'_>) -> Option<String> {
    let text = trim(text);
    // A word of the campaign's that means nothing goes before one of ours.
    let lists = (WordList::NotApplicable, WordList::Nothing);
    let rests = words.words(WordList::NotApplicable).filter_map(|word| {
        let rest = after_word(text, word)?;
        let ends = rest.is_empty() || !word.is_ascii() || rest.starts_with(is_separator);
        (ends && words.decide(lists, word) == Some(true)).then_some(rest)
    });
    rests.min_by_key(|rest| rest.len()).map(without_separator)
}

/// The rest of a text that begins with a word, whatever its blanks, widths and case.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = text.char_indices().peekable();
    for wanted in word.chars() {
        while rest.next_if(|(_, c)| is_blank(*c)).is_some() {}
        let (_, c) = rest.next()?;
        if half_width_char(c).to_ascii_lowercase() != wanted {
            return None;
        }
    }
    while rest.next_if(|(_, c)| is_blank(*c)).is_some() {}
    Some(rest.peek().map_or("", |(at, _)| &text[*at..]))
}

fn is_separator(c: char) -> bool {
    matches!(half_width_char(c), ':' | ',' | '、' | '。' | '.' | ';' | '-' | '—' | '–' | '(' | '[' | '【')
}

/// The reason after the word: within brackets, or after a sign; on one line.
fn without_separator(rest: &str) -> String {
    let in_brackets = [('(', ')'), ('（', '）'), ('[', ']'), ('【', '】')]
        .into_iter()
        .find_map(|(open, close)| rest.strip_prefix(open)?.strip_suffix(close));
    let reason = in_brackets.unwrap_or_else(|| {
        rest.trim_start_matches(|c| is_blank(c) || (is_separator(c) && !matches!(c, '(' | '（' | '[' | '【')))
    });
    reason.split(|c: char| is_blank(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a text says so after something else.
fn says_so_behind(text: &str, words: ClerkWords<'_>) -> bool {
    let plain: String =
        text.chars().map(half_width_char).filter(|c| !is_blank(*c)).flat_map(char::to_lowercase).collect();
    let mut known =
        words.words(WordList::NotApplicable).filter(|word| !word.is_ascii() || word.contains('/'));
    known.any(|word| plain.find(word).is_some_and(|at| at > 0))
}
