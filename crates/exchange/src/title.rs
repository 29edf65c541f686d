//! Reads the lines above a table: the reporting unit, the year, the unit of money.

use campaign::definition::WordList;
use sheet::workbook::{Cell, SheetRow, is_blank, letter};

use crate::{
    money::{self, AmountUnit},
    normalise::{half_width, header_key, trim, unit_name_key},
    vocabulary::ClerkWords,
};

/// The unit that a line above a table names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLine {
    /// Its code, or else its name.
    pub text: String,
    /// The cell, such as `A2`.
    pub cell: String,
}

/// What was found above a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Above {
    /// The unit.
    pub(crate) unit: Option<UnitLine>,
    /// The one year that the titles name.
    pub(crate) year: Option<i16>,
    /// The unit of its amounts.
    pub(crate) money: AmountUnit,
}

impl Above {
    /// Reads the rows above the header and the sheet's name.
    pub(crate) fn read(rows: &[SheetRow], sheet: &str, words: ClerkWords<'_>) -> Self {
        let mut above = Self { money: money::in_line(sheet, words), ..Self::default() };
        let (mut code, mut name) = (None, None);
        let mut years = Vec::new();
        for row in rows {
            let filled = row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty);
            let texts: Vec<(usize, String)> = filled.map(|(column, cell)| (column, cell.text())).collect();
            let mut named = Vec::new();
            for Pair { label, value, column } in pairs(&texts, words) {
                let line =
                    || UnitLine { text: value.clone(), cell: format!("{}{}", letter(column), row.number) };
                if lists_units(&value, words) {
                    continue;
                }
                if words.has(WordList::UnitCodes, &label) {
                    code = code.or_else(|| Some(line()));
                } else if words.has(WordList::UnitNames, &label) {
                    name = name.or_else(|| Some(line()));
                } else {
                    continue;
                }
                named.push(value);
            }
            for (_, text) in &texts {
                years_in(text, &mut years);
                above.money = std::mem::take(&mut above.money).and(money_line(text, &named, words));
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

/// What a text says of the unit of amounts. What names a unit (`named`) is left out: 万达集团 is none.
fn money_line(text: &str, named: &[String], words: ClerkWords<'_>) -> AmountUnit {
    let text = named.iter().fold(half_width(text), |text, name| text.replace(name.as_str(), ""));
    money::in_line(&text, words)
}

/// Whether a value behind 单位: is units of measure, not the name of a unit: 人、件、万元.
fn lists_units(value: &str, words: ClerkWords<'_>) -> bool {
    let key = unit_name_key(value);
    // 万元 %, 元(以下四舍五入): no name begins so.
    if money::begins_with_unit(&key, words) {
        return true;
    }
    key.split(['、', ',', '/', ';', '和', '及', ')']).any(|one| {
        money::is_unit(one, words)
            || words.has(WordList::Counted, one)
            || words.has(WordList::ForeignMoney, one)
    })
}

/// A label with its value, and the column of the cell in which the value is.
struct Pair {
    label: String,
    value: String,
    column: usize,
}

/// The pairs `label:value` of a row; the value may be in the next cell.
fn pairs(texts: &[(usize, String)], words: ClerkWords<'_>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (position, (column, text)) in texts.iter().enumerate() {
        let next = texts.get(position + 1);
        // A label without its colon, where the next cell can only be its value.
        if let Some((column, value)) = next.filter(|_| is_label(text, words)) {
            pairs.push(Pair { label: header_key(text), value: trim(value).to_owned(), column: *column });
            continue;
        }
        let mut column = *column;
        let text = half_width(text).replace(['\u{2236}', '\u{fe30}'], ":");
        let mut rest = trim(&text);
        while let Some((label, after)) = rest.split_once(':') {
            let after = after.trim_start_matches(is_blank);
            // A value ends where several blanks, or the next label, follow.
            let end = gap(after).unwrap_or(after.len());
            let mut value = trim(&after[..end]).to_owned();
            rest = trim(&after[end..]);
            if value.is_empty() && rest.is_empty() {
                value = next.map(|(_, next)| trim(next).to_owned()).unwrap_or_default();
                column = next.map_or(column, |(column, _)| *column);
            }
            let value = words.without_ends(WordList::Seals, &value);
            let label = label.rsplit(is_blank).find(|word| !word.is_empty()).unwrap_or(label);
            let seals = words.words(WordList::Seals);
            let label = seals.fold(header_key(label), |label, seal| label.replace(seal, ""));
            if !value.is_empty() && !label.is_empty() {
                pairs.push(Pair { label, value: trim(value).to_owned(), column });
            }
        }
    }
    pairs
}

/// Whether a cell is a label of units and nothing else; 单位 alone is the title of a column too.
fn is_label(text: &str, words: ClerkWords<'_>) -> bool {
    let is_long = text.chars().count() >= 4 && !text.contains([':', '：']);
    is_long && {
        let key = header_key(text);
        words.has(WordList::UnitNames, &key) || words.has(WordList::UnitCodes, &key)
    }
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
        let fen = match above.money {
            AmountUnit::Fen(fen) => Some(fen),
            _ => None,
        };
        (above.unit.map(|unit| unit.text), above.year, fen)
    }

    #[test]
    fn the_cell_that_names_the_unit_is_known() {
        for (rows, expected) in [
            (&["台账", "填报单位:大连机床厂"][..], "B1"),
            (&["填报单位:", "大连机床厂"], "B1"),
            (&["填报单位", "大连机床厂"], "B1"),
        ] {
            let cells = rows.iter().map(|cell| Cell::Text((*cell).to_owned())).collect();
            let above = Above::read(&[SheetRow { number: 1, cells }], "", ClerkWords::standard());
            assert_eq!(above.unit.map(|unit| unit.cell).as_deref(), Some(expected), "{rows:?}");
        }
    }

    #[test]
    fn the_lines_above_a_header() {
        let unit = |name: &str| Some(name.to_owned());
        let cases: [(&[&[&str]], &str, _); 19] = [
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
            (&[&["单位:人、件、万元"]], "", (None, None, Some(1_000_000))),
            (&[&["填报单位:大连万达集团"]], "", (unit("大连万达集团"), None, None)),
            (&[&["单位：万达集团", "金额单位：千元"]], "", (unit("万达集团"), None, Some(100_000))),
            (&[&["2011年台账（单位：万元）"]], "", (None, Some(2011), Some(1_000_000))),
            (&[&["台账"]], "2011年(万元)", (None, Some(2011), Some(1_000_000))),
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
