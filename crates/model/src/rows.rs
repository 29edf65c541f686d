//! The rows of a small table in one field (成员名单, 知识产权明细). A form asks for
//! it row by row. An Excel cell and storage hold it as text, with one row per
//! line and cells divided by “｜”.
//!
//! This module only divides and joins the text; the column decides what a cell may hold.

/// The sign between two cells of a row.
pub const BAR: char = '｜';

/// Characters of a whole table: some fifty rows, and a third of what an Excel cell takes.
pub const LONGEST_TEXT: usize = 10_000;

/// Other signs that people put between cells.
const BARS: [char; 3] = [BAR, '|', '\t'];

/// What ends a row of a table as it is stored.
const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// What ends a row where people write without the bar.
const ENDS: [char; 4] = ['\n', '\r', '；', ';'];

/// The sign between the rows of a list that has no cells: “张三、李四”.
const LIST_SIGNS: [char; 3] = ['、', '，', ','];

/// Takes a text apart, in any of the ways in which people write it. Cells
/// without blanks around them; empty rows, and empty cells at the end of a row, left out.
pub fn cells(text: &str) -> Vec<Vec<&str>> {
    let rows: Vec<Vec<&str>> = if text.contains(BAR) {
        // Written as tables are stored: a semicolon is a sign like others.
        text.split(LINE_ENDS).map(divided).collect()
    } else if text.contains(BARS) {
        text.split(ENDS).map(divided).collect()
    } else {
        text.split(ENDS).flat_map(listed).map(|entry| vec![entry.trim()]).collect()
    };
    rows.into_iter().map(without_end).filter(|row| !row.is_empty()).collect()
}

fn divided(line: &str) -> Vec<&str> {
    line.split(BARS).map(str::trim).collect()
}

/// Writes rows as the one text that is stored. Whatever divides cells or rows
/// becomes a blank inside a cell.
pub fn text<R, C>(rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut lines: Vec<String> = Vec::new();
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(|cell| undivided(cell.as_ref())).collect();
        let cells = without_end(cells);
        if !cells.is_empty() {
            lines.push(cells.join("｜"));
        }
    }
    let text = lines.join("\n");
    let read: Vec<String> = self::cells(&text).iter().map(|row| row.join("｜")).collect();
    if read == lines {
        return text;
    }
    // “甲、乙” or “甲；乙” in the first column alone would be read as two rows: a bar says that it is one.
    if let Some(first) = lines.first_mut() {
        first.push(BAR);
    }
    lines.join("\n")
}

/// Whether a text can be a cell as it is.
pub fn is_cell(text: &str) -> bool {
    !text.contains(BARS) && !text.contains(LINE_ENDS)
}

/// A text that can be a cell.
fn undivided(text: &str) -> String {
    text.trim().replace(BARS, " ").replace(LINE_ENDS, " ").trim().to_owned()
}

fn without_end<C: AsRef<str>>(mut cells: Vec<C>) -> Vec<C> {
    let filled = cells.iter().rposition(|cell| !cell.as_ref().is_empty()).map_or(0, |last| last + 1);
    cells.truncate(filled);
    cells
}

/// The entries of a list on one line; a sign between brackets divides nothing: “张三（焊工，技师）、李四”.
fn listed(line: &str) -> Vec<&str> {
    let is_sign = |c: char| LIST_SIGNS.contains(&c);
    let mut depth = 0_i32;
    let mut is_balanced = true;
    let mut ends = Vec::new();
    for (place, c) in line.char_indices() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth -= 1,
            _ if is_sign(c) && depth == 0 => ends.push((place, place + c.len_utf8())),
            _ => {}
        }
        is_balanced &= depth >= 0;
    }
    if !is_balanced || depth != 0 {
        return line.split(is_sign).collect();
    }
    let starts = std::iter::once(0).chain(ends.iter().map(|(_, after)| *after));
    let stops = ends.iter().map(|(before, _)| *before).chain([line.len()]);
    starts.zip(stops).map(|(start, stop)| &line[start..stop]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart_and_written_back() {
        for (written, expected) in [
            ("", ""),
            (" \n｜｜\n", ""),
            ("张三", "张三"),
            ("张三、李四", "张三\n李四"),
            ("张三，李四,王五；赵六", "张三\n李四\n王五\n赵六"),
            ("张三（焊工，技师）、李四(钳工)", "张三（焊工，技师）\n李四(钳工)"),
            ("张三（焊工、李四", "张三（焊工\n李四"),
            ("张三）、（李四", "张三）\n（李四"),
            ("张三｜设计院｜高工\n李四", "张三｜设计院｜高工\n李四"),
            ("张三|设计院；李四|工大", "张三｜设计院\n李四｜工大"),
            ("张三\t设计院\r\n李四\t工大", "张三｜设计院\n李四｜工大"),
            ("张三 ｜ 焊接、切割 ｜ ｜", "张三｜焊接、切割"),
            ("｜设计院", "｜设计院"),
            ("甲、乙的研究｜", "甲、乙的研究｜"),
            ("甲、乙的研究｜\n丙", "甲、乙的研究｜\n丙"),
        ] {
            let rows = cells(written);
            assert_eq!(text(&rows), expected, "{written}");
            assert_eq!(cells(expected), rows, "{written}");
        }
    }

    #[test]
    fn what_divides_becomes_a_blank_inside_a_cell() {
        for (rows, expected) in [
            (vec![vec!["甲｜乙", "丙；丁"]], "甲 乙｜丙；丁"),
            (vec![vec!["操作规范；质量稳定"]], "操作规范；质量稳定｜"),
            (vec![vec!["", ""], vec!["甲", ""], vec!["乙\n丙"]], "甲\n乙 丙"),
            (vec![vec!["甲、乙", ""], vec!["丙"]], "甲、乙｜\n丙"),
            (vec![vec!["甲、乙"], vec!["、"]], "甲、乙｜\n、"),
            (vec![vec![";"], vec!["", "|"]], ";｜"),
        ] {
            let written = text(&rows);
            assert_eq!(written, expected);
            assert_eq!(text(cells(&written)), expected);
        }
    }
}
