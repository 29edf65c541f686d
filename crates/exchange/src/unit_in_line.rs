//! What may be the name of a unit in a line that has no label for it: a heading, a title.

use campaign::definition::WordList;

use crate::{normalise::unit_name_key, vocabulary::ClerkWords};

/// What may be the name of a unit in a line, the whole of it first: without a label in front, numbering, brackets
/// and strokes, the year and the name of the table, and a count.
pub(crate) fn unit_names(text: &str, tables: &[String], words: ClerkWords<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut take = |name: &str| {
        let name = name.trim_matches([':', '-']).to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
        names.last().cloned().unwrap_or_default()
    };
    let name = take(&unit_name_key(text));
    let name = take(name.rsplit(':').next().unwrap_or_default());
    let name = take(without_line_number(&name));
    let name = match name.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')) {
        Some(inside) if !inside.contains('(') => take(inside),
        _ => name,
    };
    let name = take(&without_years(&name));
    let lower = name.to_lowercase();
    let table = tables.iter().filter(|table| lower.ends_with(table.as_str())).map(String::len).max();
    let name = take(&name[..name.len() - table.unwrap_or(0)]);
    let counted = words.without_ends(WordList::Counted, name.trim_end_matches(')'));
    let counted = counted.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['(', '共']);
    let name = take(counted);
    for end in ["工会委员会", "工会"] {
        if let Some(bare) = name.strip_suffix(end) {
            take(bare);
        }
    }
    names
}

/// A line without what numbers it: 二、 (二) 2. ②.
fn without_line_number(text: &str) -> &str {
    let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    if let Some(rest) = text.strip_prefix(|c: char| ('①'..='⑳').contains(&c)) {
        return rest;
    }
    if let Some((number, rest)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')'))
        && !number.is_empty()
        && number.chars().all(is_number)
    {
        return rest.trim_start_matches(['、', '.']);
    }
    let rest = text.trim_start_matches(is_number);
    if rest.len() == text.len() { text } else { rest.strip_prefix(['、', '.', ')', ',']).unwrap_or(text) }
}

/// A title without the years in it: 2011年, 2011年度.
fn without_years(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        let is_year = chars[at..].len() > 4
            && chars[at..at + 4].iter().all(|c| c.is_ascii_digit() || "〇零○一二三四五六七八九".contains(*c))
            && chars[at + 4] == '年';
        if is_year {
            at += if chars.get(at + 5) == Some(&'度') { 6 } else { 5 };
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_lines() {
        for (line, expected) in [
            ("二、大连机床厂", "大连机床厂"),
            ("（二）大连机床厂：", "大连机床厂"),
            ("【大连机床厂】", "大连机床厂"),
            ("——大连机床厂——", "大连机床厂"),
            ("经办单位：大连机床厂", "大连机床厂"),
            ("大连机床厂 2011年合理化建议台账", "大连机床厂"),
            ("2011年度大连机床厂合理化建议台账", "大连机床厂"),
            ("大连机床厂（共12件）", "大连机床厂"),
            ("大连机床厂工会委员会", "大连机床厂"),
            ("第二机床厂", "第二机床厂"),
            ("三八女工社", "三八女工社"),
        ] {
            let names = unit_names(line, &["合理化建议台账".to_owned()], ClerkWords::standard());
            assert!(names.iter().any(|name| name == expected), "{line}: {names:?}");
        }
    }
}
