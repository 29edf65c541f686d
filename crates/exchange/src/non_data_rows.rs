//! Rows of a sheet that are no record: totals, signatures, notes, repeated headers,
//! rows of column numbers or of units. Whether a row that reads like one of them is a
//! record all the same, [`crate::sections`] decides by what else is in it.

use campaign::definition::WordList;
use sheet::workbook::{Cell, SheetRow};

use crate::{
    money,
    normalise::{half_width, header_key, trim},
    vocabulary::ClerkWords,
};

/// Characters of the longest label that says what a row adds up.
const LONGEST_LABEL: usize = 30;
/// Cells from the left among which the label of a total is.
const LABELS: usize = 4;
/// Characters of the longest unit in a row of units.
const LONGEST_UNIT: usize = 16;

/// The column of the cell that makes the row read like a total, or a part of one.
pub(crate) fn total_label(row: &SheetRow, words: ClerkWords<'_>) -> Option<usize> {
    let filled = row.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::Empty).take(LABELS);
    let mut texts = filled.filter_map(|(column, cell)| match cell {
        Cell::Text(text) if text.chars().count() <= LONGEST_LABEL => Some((column, text)),
        _ => None,
    });
    texts.find(|(_, text)| is_total(&header_key(text), words)).map(|(column, _)| column)
}

/// Whether a label says that its row adds up others: 合计, 甘井子区小计, 合计2件, 其中：采纳.
fn is_total(label: &str, words: ClerkWords<'_>) -> bool {
    let begins = |list| {
        words.words(list).any(|word| {
            let rest = label.strip_prefix(word);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(|c: char| ":(".contains(c) || c.is_ascii_digit())
            })
        })
    };
    let bare = label.trim_end_matches(':');
    begins(WordList::Totals)
        || begins(WordList::Breakdowns)
        || words.words(WordList::TotalEnds).any(|end| bare.ends_with(end))
}

/// Whether the row is a line of signatures or remarks below the table of so many columns.
pub(crate) fn is_footer(row: &SheetRow, columns: usize, words: ClerkWords<'_>) -> bool {
    let filled = row.filled();
    if filled > 3.max(columns / 2) {
        return false;
    }
    let Some(cell) = row.cells.iter().find(|cell| **cell != Cell::Empty) else { return false };
    let text = header_key_with_colon(&cell.text());
    words.words(WordList::Footers).any(|word| {
        text.strip_prefix(word)
            // 注2:
            .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()))
            .is_some_and(|rest| rest.starts_with([':', '(']) || rest.is_empty() && filled < columns.min(4))
    })
}

/// What a line is that has one cell, or two where the page is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// The number of the page, or that the table goes on.
    Page,
    /// A remark that its beginning marks as one.
    Note,
    /// A date, a seal, who signs.
    SignOff,
    /// Something else.
    Other,
}

/// What a line of one text is; `None` for a row of more.
pub(crate) fn line(row: &SheetRow, words: ClerkWords<'_>) -> Option<Line> {
    let mut filled = row.cells.iter().filter(|cell| **cell != Cell::Empty);
    let (first, second, third) = (filled.next()?, filled.next(), filled.next());
    if third.is_some() {
        return None;
    }
    let text = trim(&half_width(&first.text())).to_owned();
    if is_page(&text, words) && second.is_none_or(|second| is_page(&half_width(&second.text()), words)) {
        return Some(Line::Page);
    }
    if second.is_some() {
        return None;
    }
    Some(match first {
        Cell::Date(_) => Line::SignOff,
        Cell::Text(_) if is_continuation(&text, words) => Line::Page,
        Cell::Text(_) if is_day(&text, words) || is_bare_day(&text) => Line::SignOff,
        Cell::Text(_) if is_note(&text) => Line::Note,
        Cell::Text(_) if words.words(WordList::SignOffs).any(|word| text.contains(word)) => Line::SignOff,
        _ => Line::Other,
    })
}

fn is_page(text: &str, words: ClerkWords<'_>) -> bool {
    let text = header_key(text);
    let text = text.trim_matches(['-', '(', ')']);
    text.chars().count() <= LONGEST_LABEL
        && words.words(WordList::PageStarts).any(|word| text.starts_with(word))
        && words.words(WordList::PageWords).any(|word| text.ends_with(word))
}

fn is_continuation(text: &str, words: ClerkWords<'_>) -> bool {
    let text = header_key(text);
    let inside = text.trim_matches(['(', ')', '-']).trim_end_matches(|c: char| c.is_ascii_digit());
    let inside = inside.trim_end_matches(|c: char| "一二三四五六七八九十".contains(c));
    words.has(WordList::Continuations, inside)
}

/// Whether a line is a date, also one to be filled in: 2011年12月31日, 年 月 日.
fn is_day(text: &str, words: ClerkWords<'_>) -> bool {
    let text: String = text.chars().filter(|c| !sheet::workbook::is_blank(*c)).collect();
    let is_part = |c: char| c.is_ascii_digit() || "〇零○一二三四五六七八九十廿.-/".contains(c);
    let rest = text.trim_end_matches(is_part);
    let month = words.words(WordList::MonthWords).any(|word| text.contains(word));
    let year = words.words(WordList::YearWords).any(|word| text.contains(word));
    let is_sign = |c: char| {
        is_part(c)
            || [WordList::YearWords, WordList::MonthWords, WordList::DayEnds]
                .iter()
                .any(|list| words.words(*list).any(|word| word.contains(c)))
    };
    !rest.is_empty() && year && month && text.chars().all(is_sign)
}

/// Whether a line is a day in digits: 2011.12.31.
fn is_bare_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['.', '-', '/']).collect();
    matches!(parts.as_slice(), [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2)
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a line begins as remarks do: numbered, in brackets, behind a sign.
fn is_note(text: &str) -> bool {
    let is_bracketed =
        text.starts_with(['(', '【', '[', '〔']) && text.ends_with([')', '】', ']', '〕', '.', '。']);
    let is_marked = text.starts_with(['※', '*', '★', '●', '▲', '△', '☆', '①', '②', '③', '④', '⑤', '⑥']);
    let inner = text.trim_start_matches('(');
    let rest = inner.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    let is_numbered = rest.len() < inner.len()
        && rest.starts_with(['.', '、', ')', ',', '．'])
        && rest.chars().filter(|c| c.is_alphanumeric()).count() > 3
        && !rest.trim_start_matches(['.', '、', ')', ',', '．']).starts_with(|c: char| c.is_ascii_digit());
    is_bracketed || is_marked || is_numbered
}

/// Whether the row says nothing but what each column holds: 年月日, 人, 万元.
pub(crate) fn states_units(row: &SheetRow, words: ClerkWords<'_>) -> bool {
    let mut is_any = false;
    for cell in row.cells.iter().filter(|cell| **cell != Cell::Empty) {
        let Cell::Text(text) = cell else { return false };
        if !is_column_unit(text, words) {
            return false;
        }
        is_any |= text.chars().any(char::is_alphanumeric);
    }
    is_any
}

/// Whether a cell says nothing but what its column holds.
pub(crate) fn is_column_unit(text: &str, words: ClerkWords<'_>) -> bool {
    if text.chars().count() > LONGEST_UNIT {
        return false;
    }
    let key = header_key(text);
    let inside = key.trim_matches(['(', ')']);
    let label = words.words(WordList::MoneyLabels).find_map(|label| inside.strip_prefix(label));
    let inside = label.unwrap_or(inside).trim_start_matches(':');
    money::is_unit(text, words)
        || words.has(WordList::Counted, inside)
        || words.has(WordList::ColumnUnits, inside)
}

/// As [`header_key`], but a colon at the end stays.
fn header_key_with_colon(text: &str) -> String {
    let ends = trim(&half_width(text)).ends_with(':');
    let mut key = header_key(text);
    if ends {
        key.push(':');
    }
    key
}

/// Whether the row repeats one of the header's lines, as printed pages do.
pub(crate) fn repeats(row: &SheetRow, lines: &[Vec<String>]) -> bool {
    lines.iter().any(|line| {
        let titles = line.iter().enumerate().filter(|(_, title)| !title.is_empty());
        let (mut same, mut all) = (0, 0);
        for (column, title) in titles {
            all += 1;
            same += usize::from(matches!(row.cell(column), Cell::Text(text) if header_key(text) == *title));
        }
        same >= 2 && same * 2 > all
    })
}

/// Whether the row numbers the columns: `甲 乙 1 2 3`, `(1) (2) (3=1+2)`.
pub(crate) fn numbers_columns(row: &SheetRow, columns: usize, words: ClerkWords<'_>) -> bool {
    let mut expected = 1_u32;
    let mut filled = 0;
    for cell in row.cells.iter().filter(|cell| **cell != Cell::Empty) {
        filled += 1;
        let text = half_width(&cell.text());
        let text = column_number(&text, words);
        if words.has(WordList::ColumnStems, text) {
            continue;
        }
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let rest = &text[digits.len()..];
        if digits.parse() != Ok(expected) || !(rest.is_empty() || rest.starts_with('=')) {
            return false;
        }
        expected += 1;
    }
    filled >= 3 && filled * 2 > columns && expected > 1
}

/// The text of a cell that numbers its column, without brackets and words around it.
fn column_number<'t>(text: &'t str, words: ClerkWords<'_>) -> &'t str {
    let inside = trim(text).trim_matches(['(', ')']);
    let inside = words.without_starts(WordList::ColumnWords, inside);
    words.without_ends(WordList::ColumnWords, inside).trim_matches(['(', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> SheetRow {
        let cell = |text: &&str| if text.is_empty() { Cell::Empty } else { Cell::Text((*text).to_owned()) };
        SheetRow { number: 9, cells: cells.iter().map(cell).collect() }
    }

    #[test]
    fn totals() {
        for yes in [
            &["合计", "", "3"][..],
            &["", "合  计"],
            &["总计:", "12"],
            &["小 计(3人)"],
            &["合　计"],
            &["Total", "4"],
            &["甘井子区小计", "", "2003"],
            &["本月合计", "2"],
            &["5月份小计：", "2"],
            &["合计2件"],
            &["一季度累计", "2"],
            &["1", "合计", "3"],
            &["其中：采纳", "1"],
            &["其中", "1"],
            &["平均", "1001"],
        ] {
            assert!(total_label(&row(yes), ClerkWords::standard()).is_some(), "{yes:?}");
        }
        for no in [&["合计划公司", "3"][..], &["累计进度法", "x"], &["其中一条", "x"], &["总计划表"], &[]]
        {
            assert_eq!(total_label(&row(no), ClerkWords::standard()), None, "{no:?}");
        }
    }

    #[test]
    fn footers() {
        for yes in [
            &["填表人:赵芳    审核人:马国桂"][..],
            &["", "填表人：", "赵芳"],
            &["单位负责人(签字):"],
            &["注：本表一式三份"],
            &["说明:1.本表…"],
            &["审核人", "李四"],
        ] {
            assert!(is_footer(&row(yes), 9, ClerkWords::standard()), "{yes:?}");
        }
        for no in [
            &["注塑机改造", "大连", "x"][..],
            &["负责人", "李四", "是", "3", "2011", "a", "b"],
            &["210210100", "大连博远电子厂"],
            &["电话机厂"],
        ] {
            assert!(!is_footer(&row(no), 9, ClerkWords::standard()), "{no:?}");
        }
    }

    #[test]
    fn lines_of_one_cell() {
        for (cells, expected) in [
            (&["第 1 页 共 3 页"][..], Some(Line::Page)),
            (&["第1页，共2页"], Some(Line::Page)),
            (&["共3页", "第2页"], Some(Line::Page)),
            (&["- 第3页 -"], Some(Line::Page)),
            (&["（续表）"], Some(Line::Page)),
            (&["续表2"], Some(Line::Page)),
            (&["接下页"], Some(Line::Page)),
            (&["2.本表由基层工会填报，每季末5日前报送。"], Some(Line::Note)),
            (&["   3、统计范围为全体会员。"], Some(Line::Note)),
            (&["1．“编号”按本单位顺序编。"], Some(Line::Note)),
            (&["（一）本表一式三份"], Some(Line::Note)),
            (&["（此表一式两份，一份报上级工会，一份存档）"], Some(Line::Note)),
            (&["※ 请附证明"], Some(Line::Note)),
            (&["2011年12月31日"], Some(Line::SignOff)),
            (&["二〇一一年十二月三十一日"], Some(Line::SignOff)),
            (&["年   月   日"], Some(Line::SignOff)),
            (&["大连机床厂工会委员会"], Some(Line::SignOff)),
            (&["单位（盖章）"], Some(Line::SignOff)),
            (&["第1页打印改进"], Some(Line::Other)),
            (&["1.5倍工装"], Some(Line::Other)),
            (&["改进夹具"], Some(Line::Other)),
            (&["续航改进"], Some(Line::Other)),
            (&["建0001", "改进夹具"], None),
        ] {
            assert_eq!(line(&row(cells), ClerkWords::standard()), expected, "{cells:?}");
        }
    }

    #[test]
    fn rows_of_units() {
        for yes in
            [&["", "年月日", "万元"][..], &["(人)", "(件)"], &["元"], &["-", "人次", "%"], &["单位:千元"]]
        {
            assert!(states_units(&row(yes), ClerkWords::standard()), "{yes:?}");
        }
        for no in [&["建0001", "万元"][..], &["-", "/"], &["人民"], &["5万元"], &[]] {
            assert!(!states_units(&row(no), ClerkWords::standard()), "{no:?}");
        }
    }

    #[test]
    fn lines_of_column_numbers() {
        for yes in [&["甲", "乙", "1", "2"][..], &["1", "2", "3"], &["(1)", "(2)", "(3=1+2)"]] {
            assert!(numbers_columns(&row(yes), 4, ClerkWords::standard()), "{yes:?}");
        }
        for no in [&["1", "2", "4"][..], &["1", "大连"], &["1", "2"], &["甲", "乙", "丙"]] {
            assert!(!numbers_columns(&row(no), 4, ClerkWords::standard()), "{no:?}");
        }
    }

    #[test]
    fn printed_pages_repeat_the_header() {
        let lines = vec![vec!["单位编码".to_owned(), "姓名".to_owned(), "日期".to_owned()]];
        assert!(repeats(&row(&["单位 编码", "姓名", "日期"]), &lines));
        assert!(!repeats(&row(&["210210100", "姓名", "2011"]), &lines));
    }
}
