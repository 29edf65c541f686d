//! Decides whether two names mean the same. Spaces, full-width signs, brackets,
//! numbering and remarks do not count.

use campaign::column::normal_title;
use sheet::workbook::is_blank;
use unicode_normalization::UnicodeNormalization as _;

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

/// A text as texts are compared that people type: compatible signs as one (NFKC), small letters, one sign for
/// the several that are typed for dots, dashes, quotation marks and brackets, no blanks.
pub fn comparison_key(text: &str) -> String {
    name_comparison_key(text).chars().flat_map(char::to_lowercase).collect()
}

/// The name of a person as names are compared: as [`comparison_key`], but letters stay as they are.
pub fn name_comparison_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars().map(typed_sign).nfkc().filter(|c| !is_blank(*c) && !is_invisible(*c)) {
        let c = typed_sign(plain_sign(c));
        // Of a dash that is typed as two, one counts.
        if c != '-' || !key.ends_with('-') {
            key.push(c);
        }
    }
    key
}

/// One sign for the several that are typed for dots within names, quotation marks and further brackets.
fn typed_sign(c: char) -> char {
    match c {
        '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{ff65}' | '\u{25cf}' => '·',
        '\u{2500}' | '\u{2501}' | '\u{ff70}' | '\u{2043}' => '-',
        '\u{301c}' => '~',
        '\u{201c}'..='\u{201f}'
        | '\u{2033}'
        | '\u{301d}'..='\u{301f}'
        | '\u{ab}'
        | '\u{bb}'
        | '「'
        | '」'
        | '『'
        | '』' => '"',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' | '`' => '\'',
        '〖' | '〘' | '〚' => '(',
        '〗' | '〙' | '〛' => ')',
        _ => c,
    }
}

/// Signs that nobody sees: where a line may end, how the sign before them is drawn.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
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
    fn texts_are_compared_without_typing() {
        for (one, other) in [
            ("ＡＢ－１型", "ab-1型"),
            ("改进——夹具", "改进-夹具"),
            ("改进–夹具", "改进 — 夹具"),
            ("“节能”改造（二期）", "\"节能\"改造(二期)"),
            ("「节能」改造〔二期〕", "“节能”改造【二期】"),
            ("工人’s", "工人's"),
            ("加装㎡计", "加装m²计"),
            ("第Ⅱ期", "第II期"),
            ("①号机", "1号机"),
            ("阿依古丽•买买提", "阿依古丽·买买提"),
            ("阿依古丽‧买买提", "阿依古丽・买买提"),
            ("５０～６０℃", "50~60℃"),
            ("ﾎﾟﾝﾌﾟ", "ポンプ"),
            ("立\u{f9d8}", "立律"),
            ("规格：5″", "规格:5\""),
            ("改\u{200b}进\u{a0}夹\u{3000}具\n", "改进夹具"),
        ] {
            assert_eq!(comparison_key(one), comparison_key(other), "{one} {other}");
        }
        for (one, other) in [
            ("1.5倍工装", "15倍工装"),
            ("1号机", "2号机"),
            ("改进夹具", "改进夹具二"),
            ("A+B", "A-B"),
            ("5′管", "5″管"),
            ("甲/乙", "甲、乙"),
        ] {
            assert_ne!(comparison_key(one), comparison_key(other), "{one} {other}");
        }
        assert_ne!(name_comparison_key("Li"), name_comparison_key("LI"), "of names letters count");
        assert_eq!(name_comparison_key("王 乙"), "王乙");
    }

    #[test]
    fn unit_names_are_compared_without_typing() {
        assert_eq!(unit_name_key(" 大连　机床（集团）公司 "), unit_name_key("大连机床(集团)公司"));
    }
}
