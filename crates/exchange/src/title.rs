//! Reads the lines above the header: the reporting unit, the year, the unit of money.

use campaign::definition::WordList;
use sheet::workbook::{Cell, SheetRow, is_blank};

use crate::{
    normalise::{half_width, header_key, trim, unit_name_key},
    recognise::money_unit,
    vocabulary::ClerkWords,
};

/// What was found above the header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Above {
    /// Code, or else name, of the unit.
    pub(crate) unit: Option<String>,
    /// The one year that the titles name.
    pub(crate) year: Option<i16>,
    /// Fen per unit of money.
    pub(crate) scale: Option<i64>,
}

impl Above {
    /// Reads the rows above the header and the sheet's name.
    pub(crate) fn read(rows: &[SheetRow], sheet: &str, words: ClerkWords<'_>) -> Self {
        let mut above = Self::default();
        let (mut code, mut name) = (None, None);
        let mut years = Vec::new();
        let is_money_label = |label: &str| words.words(WordList::MoneyLabels).any(|end| label.ends_with(end));
        for row in rows {
            let texts: Vec<String> =
                row.cells.iter().filter(|c| **c != Cell::Empty).map(Cell::text).collect();
            for (label, value) in pairs(&texts, words) {
                if let Some(scale) = money_unit(&unit_name_key(&value), words) {
                    above.scale = above.scale.or(Some(scale)).filter(|_| is_money_label(&label));
                } else if words.has(WordList::UnitCodes, &label) {
                    code = code.or(Some(value));
                } else if words.has(WordList::UnitNames, &label) {
                    name = name.or(Some(value));
                }
            }
            for text in &texts {
                years_in(text, &mut years);
            }
        }
        if years.is_empty() {
            years_in(sheet, &mut years);
        }
        years.dedup();
        above.year = if let [year] = years.as_slice() { Some(*year) } else { None };
        above.unit = code.or(name);
        above
    }
}

/// The pairs `label:value` of a row; the value may be in the next cell.
fn pairs(texts: &[String], words: ClerkWords<'_>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (position, text) in texts.iter().enumerate() {
        let text = half_width(text).replace(['\u{2236}', '\u{fe30}'], ":");
        let mut rest = trim(&text);
        while let Some((label, after)) = rest.split_once(':') {
            let after = after.trim_start_matches(is_blank);
            // A value ends where several blanks, or the next label, follow.
            let end = gap(after).unwrap_or(after.len());
            let mut value = trim(&after[..end]).to_owned();
            rest = trim(&after[end..]);
            if value.is_empty() && rest.is_empty() {
                value = texts.get(position + 1).map(|next| trim(next).to_owned()).unwrap_or_default();
            }
            let value = words.without_ends(WordList::Seals, &value);
            let label = label.rsplit(is_blank).find(|word| !word.is_empty()).unwrap_or(label);
            let seals = words.words(WordList::Seals);
            let label = seals.fold(header_key(label), |label, seal| label.replace(seal, ""));
            if !value.is_empty() && !label.is_empty() {
                pairs.push((label, trim(value).to_owned()));
            }
        }
    }
    pairs
}

/// Where two blanks, or a full-width one, end a value.
fn gap(text: &str) -> Option<usize> {
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        if is_blank(c) && before.is_some_and(is_blank) {
            return Some(at);
        }
        before = Some(c);
    }
    // One blank ends a value when a further label follows.
    let colon = text.find(':')?;
    text[..colon].rfind(is_blank)
}

/// Adds the years that a title names (`2011年`, `二〇一一年度`), but not those of whole dates.
fn years_in(text: &str, into: &mut Vec<i16>) {
    let text: Vec<char> = half_width(text).chars().filter(|c| !is_blank(*c)).map(digit).collect();
    for (at, four) in text.windows(4).enumerate() {
        let is_start = at == 0 || !text[at - 1].is_ascii_digit();
        let after = &text[at + 4..];
        let is_range = matches!(after, ['-' | '—' | '~' | '至', next, ..] if next.is_ascii_digit());
        let in_date = matches!(after, ['年', next, ..] if next.is_ascii_digit());
        let is_year = after.first() == Some(&'年') && !in_date || is_range;
        if is_start && is_year && four.iter().all(char::is_ascii_digit) {
            let year = four.iter().collect::<String>().parse().unwrap_or(0);
            if (1990..=2100).contains(&year) && !into.contains(&year) {
                into.push(year);
            }
        }
    }
}

/// Chinese digits as used in years.
fn digit(c: char) -> char {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let c = if matches!(c, '○' | '零' | 'Ο') { '〇' } else { c };
    let position = DIGITS.iter().position(|digit| *digit == c);
    position.and_then(|position| char::from_digit(u32::try_from(position).ok()?, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn above(rows: &[&[&str]], sheet: &str) -> (Option<String>, Option<i16>, Option<i64>) {
        let rows: Vec<SheetRow> = rows
            .iter()
            .map(|cells| SheetRow {
                number: 1,
                cells: cells.iter().map(|cell| Cell::Text((*cell).to_owned())).collect(),
            })
            .collect();
        let above = Above::read(&rows, sheet, ClerkWords::standard());
        (above.unit, above.year, above.scale)
    }

    #[test]
    fn the_lines_above_a_header() {
        let unit = |name: &str| Some(name.to_owned());
        let cases: [(&[&[&str]], &str, _); 14] = [
            (&[&["2011年职工合理化建议台账"]], "", (None, Some(2011), None)),
            (&[&["二〇一二年度报表"], &["填报单位：大连机床厂"]], "", (unit("大连机床厂"), Some(2012), None)),
            (
                &[&["单位名称(盖章):大连机床厂    填报日期:2011年12月31日"]],
                "",
                (unit("大连机床厂"), None, None),
            ),
            (&[&["编报单位: 大连机床厂 (盖章)"]], "", (unit("大连机床厂"), None, None)),
            (&[&["填报单位:", "大连机床厂"]], "", (unit("大连机床厂"), None, None)),
            (&[&["单位名称:大连机床厂", "单位编码:210210100"]], "", (unit("210210100"), None, None)),
            (&[&["单位名称:大连机床厂 单位编码:210210100"]], "", (unit("210210100"), None, None)),
            (&[&["单位:万元"]], "", (None, None, Some(1_000_000))),
            (&[&["填报单位:大连机床厂", "金额单位：元"]], "", (unit("大连机床厂"), None, Some(100))),
            (&[&["2006-2010年基期数据"]], "", (None, None, None)),
            (&[&["2011年、2012年对比"]], "", (None, None, None)),
            (&[&["台账"]], "2013年", (None, Some(2013), None)),
            (&[&["填报日期:2012年1月5日"]], "2011年", (None, Some(2011), None)),
            (&[&["单位名称"]], "", (None, None, None)),
        ];
        for (rows, sheet, expected) in cases {
            assert_eq!(above(rows, sheet), expected, "{rows:?}");
        }
    }
}
