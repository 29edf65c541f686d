//! Decides whether two names mean the same. Spaces, full-width signs, brackets,
//! numbering and remarks do not count.

use campaign::column::normal_title;
use sheet::workbook::is_blank;

/// A column title as mappings are keyed by it and as it is compared: without
/// spaces, full-width signs, numbering in front and stars for "required".
pub fn header_key(title: &str) -> String {
    let title: String =
        normal_title(&half_width(title)).chars().filter(|c| !is_blank(*c)).map(plain_sign).collect();
    let title = title.trim_matches(['*', '#', ':', '\'']);
    without_numbering(title).trim_matches(['*', ':']).to_owned()
}

/// A title's key without the text in brackets: units, explanations.
pub(crate) fn without_remark(key: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for c in key.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    // A bracket that is opened in front of everything, or never closed, is no remark.
    if out.is_empty() || depth > 0 { key.to_owned() } else { out }
}

/// The text in the brackets of a key.
pub(crate) fn remarks(key: &str) -> impl Iterator<Item = &str> {
    key.split('(').skip(1).filter_map(|after| after.split_once(')')).map(|(remark, _)| remark)
}

/// A unit's name as names are compared: spaces of every kind dropped, brackets
/// and signs half-width. A roster that is searched by name must be keyed so.
pub fn unit_name_key(name: &str) -> String {
    half_width(name).chars().filter(|c| !is_blank(*c)).map(plain_sign).collect()
}

/// A unit's code as codes are compared: half-width, capital, without spaces,
/// hyphens and the `.0` that spreadsheets add to numbers.
pub fn unit_code_key(code: &str) -> String {
    let code: String = half_width(code).chars().filter(|c| !is_blank(*c) && !is_dash(*c)).collect();
    let code = code.trim_start_matches('\'');
    code.strip_suffix(".0").unwrap_or(code).to_ascii_uppercase()
}

fn is_dash(c: char) -> bool {
    plain_sign(c) == '-'
}

/// Full-width letters, digits and signs made half-width.
pub(crate) fn half_width(text: &str) -> String {
    text.chars().map(half_width_char).collect()
}

/// A full-width letter, digit or sign made half-width.
pub(crate) fn half_width_char(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        // The full-width forms are in the order of ASCII, 0xFEE0 above it.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    }
}

/// Text without blanks of any kind at its ends.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Bytes of a cell beyond which a message shows only the beginning.
pub(crate) const EXCERPT: usize = 240;

/// What a message shows of a cell: its beginning, without what is around it.
pub fn excerpt(text: &str) -> String {
    let text = trim(text);
    if text.len() <= EXCERPT {
        return text.to_owned();
    }
    let end = (0..=EXCERPT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// One sign for the several that are typed for brackets, colons and dashes.
fn plain_sign(c: char) -> char {
    match c {
        '[' | '{' | '〔' | '【' | '\u{fe59}' | '<' | '〈' | '《' => '(',
        ']' | '}' | '〕' | '】' | '\u{fe5a}' | '>' | '〉' | '》' => ')',
        '\u{2236}' | '\u{fe30}' | '\u{fe55}' => ':',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    }
}

/// Drops numbering such as `1.`, `(2)`, `3、`, `一、`; a year in front is no numbering.
fn without_numbering(title: &str) -> &str {
    let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let circled = |c: char| ('①'..='⑳').contains(&c);
    if let Some(rest) = title.strip_prefix(circled) {
        return rest;
    }
    let inner = title.strip_prefix('(').unwrap_or(title);
    let rest = inner.trim_start_matches(number);
    let digits = inner.chars().count() - rest.chars().count();
    if !(1..=2).contains(&digits) {
        return title;
    }
    let ends: &[char] = if inner.len() < title.len() { &[')'] } else { &['.', '、', ')', ','] };
    match rest.strip_prefix(ends) {
        Some(rest) if !rest.is_empty() => rest.trim_start_matches(['、', '.']),
        _ => title,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_compared_by_their_words() {
        let cases = [
            (" 单 位\n编码 ", "单位编码"),
            ("*单位编码", "单位编码"),
            ("单位编码＊", "单位编码"),
            ("1.单位编码", "单位编码"),
            ("（1）单位编码", "单位编码"),
            ("一、单位编码", "单位编码"),
            ("①单位编码", "单位编码"),
            ("12、ＩＤ号", "id号"),
            ("年创效【万元】", "年创效(万元)"),
            ("未逐条登记建议：采纳", "未逐条登记建议:采纳"),
            ("2011年人数", "2011年人数"),
            ("5S检查", "5s检查"),
            ("一等奖", "一等奖"),
            ("1.", "1."),
            ("(一)", "(一)"),
        ];
        for (title, expected) in cases {
            assert_eq!(header_key(title), expected, "{title}");
        }
    }

    #[test]
    fn a_message_shows_the_beginning_of_a_long_cell() {
        assert_eq!(excerpt(" 建0001 "), "建0001");
        let long = excerpt(&"建议".repeat(20_000));
        assert_eq!((long.chars().count(), long.ends_with("建议…")), (81, true));
    }

    #[test]
    fn remarks_stand_in_brackets() {
        for (key, expected) in [
            ("期限(月)", "期限"),
            ("人数(人)(必填)", "人数"),
            ("(人)", "(人)"),
            ("人数(人", "人数(人"),
            ("人数", "人数"),
        ] {
            assert_eq!(without_remark(key), expected);
        }
        assert_eq!(remarks("金额(万元)(必填)").collect::<Vec<_>>(), ["万元", "必填"]);
    }

    #[test]
    fn unit_names_are_compared_without_typing() {
        assert_eq!(unit_name_key(" 大连　机床（集团）公司 "), unit_name_key("大连机床(集团)公司"));
    }
}
