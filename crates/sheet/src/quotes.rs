//! Quotation marks of a csv that went wrong: one that is never closed, and one that swallows
//! records up to the next one somewhere below.
//!
//! A reader of csv accepts both without a word, and the personal numbers of the records that
//! are swallowed end up in a text. So every quoted cell of several lines is looked at.

use crate::fault::TableFault;

/// Looks at the quoted cells of a csv.
///
/// # Errors
/// [`TableFault::UnclosedQuote`], [`TableFault::RecordsInQuotes`].
pub(crate) fn check(text: &str, delimiter: u8) -> Result<(), TableFault> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'"') {
        return Ok(());
    }
    let usual = usual_count(bytes, delimiter);
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        // Here a cell begins.
        if bytes[at] == b'"' {
            let (end, last) = quoted(bytes, at, line).ok_or(TableFault::UnclosedQuote { line })?;
            let inside = &bytes[at + 1..end - 1];
            // What follows a cell of several lines is the next cell, or the mark was another's.
            let is_stray = bytes.get(end).is_some_and(|byte| *byte != delimiter && !is_end(*byte));
            if is_stray && last == line && inside.contains(&delimiter) {
                // It closes at the mark of another cell, with a cell in between.
                return Err(TableFault::UnclosedQuote { line });
            }
            if last > line && (is_stray || holds_records(inside, delimiter, usual)) {
                return Err(TableFault::RecordsInQuotes { line, last });
            }
            (at, line) = (end, last);
        }
        while at < bytes.len() && bytes[at] != delimiter && !is_end(bytes[at]) {
            at += 1;
        }
        line = line.saturating_add(u32::from(at < bytes.len() && ends_line(bytes, at)));
        at += 1;
    }
    Ok(())
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whether a line ends here: at a line feed, or at a carriage return that none follows.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n')
}

/// Where the quoted cell that begins at `at` ends, and on which line; `None` when it never does.
fn quoted(bytes: &[u8], at: usize, mut line: u32) -> Option<(usize, u32)> {
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'"' if bytes.get(end + 1) == Some(&b'"') => end += 1,
            b'"' => return Some((end + 1, line)),
            _ => line = line.saturating_add(u32::from(ends_line(bytes, end))),
        }
        end += 1;
    }
}

/// The number of delimiters that most lines have.
fn usual_count(bytes: &[u8], delimiter: u8) -> usize {
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for line in bytes.split(|byte| is_end(*byte)) {
        *counts.entry(count(line, delimiter)).or_default() += 1;
    }
    counts.remove(&0);
    counts.into_iter().max_by_key(|(count, lines)| (*lines, *count)).map_or(0, |(count, _)| count)
}

fn count(line: &[u8], delimiter: u8) -> usize {
    line.iter().map(|byte| usize::from(*byte == delimiter)).sum()
}

/// Whether some line has about as many delimiters as a record. The first line is the rest of
/// the record that the cell begins in.
fn holds_records(inside: &[u8], delimiter: u8, usual: usize) -> bool {
    let is_like = |line: &[u8]| {
        let found = count(line, delimiter);
        // Few columns: a sentence with a comma is no record.
        if usual < 5 { found == usual && usual > 0 } else { found * 3 >= usual * 2 }
    };
    let lines: Vec<&[u8]> =
        inside.split(|byte| is_end(*byte)).skip(1).filter(|line| !line.is_empty()).collect();
    let Some((last, whole)) = lines.split_last() else { return false };
    // The last line is cut where the cell ends.
    whole.iter().any(|line| is_like(line)) || usual >= 5 && count(last, delimiter) * 2 >= usual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_that_went_wrong_are_found() {
        let record = "210211001,厂,建1,名称,王,2011-05-03,采纳\n";
        let head = "编码,名称,编号,建议,人,日期,结论\n";
        let table = |lines: &[&str]| format!("{head}{}", lines.concat());
        for (text, expected) in [
            (table(&[record, record]), Ok(())),
            (table(&[record, "1,厂,2,\"两\r\n行\",王,2011-05-03,采纳\n"]), Ok(())),
            (table(&[record, "1,厂,2,\"他说\"\"好\"\"\n，再说\",王,2011-05-03,采纳\n"]), Ok(())),
            (table(&["1,厂,2,\"先进\"班组,王,2011-05-03,采纳\n", record]), Ok(())),
            (table(&["1,厂,2,5\"管,王,2011-05-03,采纳\n", record]), Ok(())),
            (
                table(&[record, "1,厂,2,\"名称,王,2011-05-03,采纳\n", record]),
                Err(TableFault::UnclosedQuote { line: 3 }),
            ),
            (
                table(&[
                    record,
                    "1,厂,2,\"名称,王,2011-05-03,采纳\n",
                    record,
                    "1,厂,2,名称\",王,2011-05-03,采纳\n",
                ]),
                Err(TableFault::RecordsInQuotes { line: 3, last: 5 }),
            ),
            (
                table(&["1,厂,2,\"名称,王,2011-05-03,采纳\n", "1,\"厂\",2,名称,王,2011-05-03,采纳\n"]),
                Err(TableFault::RecordsInQuotes { line: 2, last: 3 }),
            ),
            (
                table(&["1,厂,2,名称,王,2011-05-03,\"采纳\n", "1,厂,2,名称,王,2011-05-03,采纳\"\n"]),
                Err(TableFault::RecordsInQuotes { line: 2, last: 3 }),
            ),
            (
                table(&[record, "1,厂,2,\"名称,王,\"2011-05-03\",采纳\n"]),
                Err(TableFault::UnclosedQuote { line: 3 }),
            ),
            ("a,b\n\"x,y\n1,2\n3\",z\n".to_owned(), Err(TableFault::RecordsInQuotes { line: 2, last: 4 })),
            ("a,b\n\"第一，第二\n第三\",z\n".to_owned(), Ok(())),
        ] {
            assert_eq!(check(&text, b','), expected, "{text}");
        }
    }
}
