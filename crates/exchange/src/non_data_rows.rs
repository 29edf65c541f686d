//! Rows of a sheet that are no record: totals, signatures, repeated headers,
//! rows of column numbers.

use campaign::definition::WordList;
use sheet::workbook::{Cell, SheetRow};

use crate::{
    normalise::{half_width, header_key, trim},
    vocabulary::ClerkWords,
};

/// The text of the first cell that is not empty.
fn first_text(row: &SheetRow) -> String {
    let first = row.cells.iter().find(|cell| **cell != Cell::Empty);
    first.map(|cell| header_key(&cell.text())).unwrap_or_default()
}

/// Whether the row adds up the rows above it.
pub(crate) fn is_total(row: &SheetRow, words: ClerkWords<'_>) -> bool {
    let first = first_text(row);
    words.words(WordList::Totals).any(|word| {
        first.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '(']))
    })
}

/// Whether the row is a line of signatures or remarks below the table of so many columns.
pub(crate) fn is_footer(row: &SheetRow, columns: usize, words: ClerkWords<'_>) -> bool {
    let filled = row.filled();
    if filled > 3.max(columns / 2) {
        return false;
    }
    let Some(cell) = row.cells.iter().find(|cell| **cell != Cell::Empty) else { return false };
    let text = header_key_with_colon(&cell.text());
    let word = words.words(WordList::Footers).any(|word| {
        text.strip_prefix(word)
            .is_some_and(|rest| rest.starts_with([':', '(']) || rest.is_empty() && filled < columns.min(4))
    });
    let is_page = |text: &str| {
        words.words(WordList::PageStarts).any(|word| text.starts_with(word))
            && words.words(WordList::PageWords).any(|word| text.contains(word))
    };
    word || filled == 1 && is_page(&text)
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
        ] {
            assert!(is_total(&row(yes), ClerkWords::standard()), "{yes:?}");
        }
        for no in [&["1", "合计"][..], &["合计划公司", "3"], &["累计进度法", "x"], &[]] {
            assert!(!is_total(&row(no), ClerkWords::standard()), "{no:?}");
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
            &["第 1 页 共 3 页"],
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
