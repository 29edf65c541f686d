//! When two column titles are the same.

/// A column's title as it is compared: full-width signs made half-width,
/// spaces and line breaks dropped, Latin letters small.
pub fn normal_title(title: &str) -> String {
    title.chars().map(half_width).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The half-width form of a full-width sign.
fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        // The full-width forms are in the order of ASCII, 0xFEE0 above it.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::normal_title;

    #[test]
    fn titles_differ_in_more_than_typing() {
        for (title, expected) in [
            (" 单 位\n名称 ", "单位名称"),
            ("金额\u{ff08}万元\u{ff09}", "金额(万元)"),
            ("ID No.", "idno."),
            ("提出\u{3000}日期", "提出日期"),
        ] {
            assert_eq!(normal_title(title), expected);
        }
    }
}
