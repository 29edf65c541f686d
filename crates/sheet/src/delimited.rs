//! csv: the character set and the delimiter are found from the content.

use csv_core::ReadFieldResult;

use crate::{
    characters::{Decoded, REPLACEMENT, decode},
    fault::TableFault,
    quotes,
    sheet_builder::SheetBuilder,
    workbook::{Cell, Limits, Table},
};

/// Lines that decide the delimiter.
const SAMPLE: usize = 30;

/// Reads a csv.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Table, TableFault> {
    let Decoded { text, is_damaged } = decode(bytes)?;
    limits.budget.take(text.len())?;
    if text.trim().is_empty() {
        return Err(TableFault::Empty);
    }
    let delimiter = delimiter(&text);
    quotes::check(&text, delimiter)?;
    let bytes = text.as_bytes();
    let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let mut gather = SheetBuilder::new(limits);
    let mut lines = Lines { bytes, at: 0, line: 1 };
    let (mut start, mut at, mut column) = (0, 0, 0);
    // Field by field: a line of nothing but delimiters would be a large record.
    let (mut field, mut filled) = (vec![0; 1024], 0);
    loop {
        let (result, read, written) = reader.read_field(&bytes[at..], &mut field[filled..]);
        at += read;
        filled += written;
        match result {
            // What is left is empty now, which ends the last field.
            ReadFieldResult::InputEmpty => {}
            ReadFieldResult::OutputFull => field.resize(field.len() * 2, 0),
            ReadFieldResult::Field { record_end } => {
                let text = std::str::from_utf8(&field[..filled]).map_err(TableFault::damaged)?;
                gather.check_budget()?;
                let cell = gather.text(plain(text));
                let cell = match cell {
                    Cell::Text(text) if is_damaged && text.contains(REPLACEMENT) => Cell::Damaged(text),
                    cell => cell,
                };
                if cell != Cell::Empty {
                    gather.put(lines.number_at(start), column, cell)?;
                }
                (filled, column) = (0, column + 1);
                if record_end {
                    (start, column) = (at, 0);
                }
            }
            ReadFieldResult::End => {
                limits.budget.give_back(bytes.len());
                return Ok(gather.table(String::new()));
            }
        }
    }
}

/// A cell that was written as a formula so that Excel keeps it as text: `="0001"`.
fn plain(text: &str) -> &str {
    let formula = text.trim().strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    formula.filter(|inside| !inside.contains('"')).unwrap_or(text)
}

/// Counts lines: a record begins after the blank lines before it.
struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line on which the record that is read from `start` on begins.
    fn number_at(&mut self, start: usize) -> u32 {
        let mut end = start.min(self.bytes.len());
        while self.bytes.get(end).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            end += 1;
        }
        while self.at < end {
            let is_end = match self.bytes[self.at] {
                b'\n' => true,
                b'\r' => self.bytes.get(self.at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line = self.line.saturating_add(u32::from(is_end));
            self.at += 1;
        }
        self.line
    }
}

/// The delimiter that splits most of the first lines into the same number of fields.
fn delimiter(text: &str) -> u8 {
    let score = |delimiter: char| {
        let counts: Vec<usize> = outside_quotes(text, delimiter);
        let widest = counts.iter().copied().max().unwrap_or(0);
        let alike = counts.iter().filter(|count| **count == widest).count();
        (widest > 0).then_some((alike, widest))
    };
    [',', '\t', ';']
        .into_iter()
        .filter_map(|delimiter| score(delimiter).map(|score| (score, delimiter)))
        // On a tie the earlier one in the list wins.
        .rev()
        .max_by_key(|(score, _)| *score)
        .map_or(b',', |(_, delimiter)| if delimiter.is_ascii() { delimiter as u8 } else { b',' })
}

/// How often the delimiter occurs outside quotes in each of the first lines.
fn outside_quotes(text: &str, delimiter: char) -> Vec<usize> {
    let mut counts = vec![0];
    let mut quoted = false;
    for c in text.chars().take(200_000) {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                if counts.len() >= SAMPLE {
                    break;
                }
                counts.push(0);
            }
            c if c == delimiter && !quoted => {
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let table = read(bytes, &Limits::default()).unwrap();
        table.rows.iter().map(|row| (row.number, row.cells.iter().map(Cell::text).collect())).collect()
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn every_character_set_is_read() {
        let text = "单位,人数\n大连,12\n";
        let expected = vec![row(1, &["单位", "人数"]), row(2, &["大连", "12"])];
        let utf16 = |big: bool| -> Vec<u8> {
            let mark: Vec<u16> = std::iter::once(0xFEFF).chain(text.encode_utf16()).collect();
            mark.iter().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        assert_eq!(rows(text.as_bytes()), expected);
        assert_eq!(rows(format!("\u{feff}{text}").as_bytes()), expected);
        assert_eq!(rows(&GB18030.encode(text).0), expected);
        assert_eq!(rows(&utf16(false)), expected);
        assert_eq!(rows(&utf16(true)), expected);
    }

    #[test]
    fn delimiters_are_found() {
        for (text, expected) in [
            ("a,b\n1,2", b','),
            ("a;b,c;d\n1;2;3\n", b';'),
            ("a\tb\n1,5\t2", b'\t'),
            ("\"a;b;c\",d\n1,2", b','),
            ("one", b','),
        ] {
            assert_eq!(delimiter(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = "a,b\r\n\r\n\r\n\"two\r\nlines\",x\r\nlast,y\r\n,\r\n";
        assert_eq!(
            rows(text.as_bytes()),
            [row(1, &["a", "b"]), row(4, &["two\r\nlines", "x"]), row(6, &["last", "y"])]
        );
    }

    #[test]
    fn a_text_written_as_a_formula_is_its_text() {
        let text = "a,b\n\"=\"\"0001\"\"\",=\"0002\"\n=1+1,\"=\"\"a\"\"&\"\"b\"\"\"\n";
        assert_eq!(
            rows(text.as_bytes())[1..],
            [row(2, &["0001", "0002"]), row(3, &["=1+1", "=\"a\"&\"b\""])]
        );
    }

    #[test]
    fn a_bad_byte_is_in_its_cell() {
        let mut bytes = GB18030.encode("单位,人数\n大连,12\n甘井子,13\n").0.into_owned();
        let at = bytes.iter().position(|byte| *byte == b'2').unwrap();
        bytes[at] = 0xFF;
        let table = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(table.rows[1].cells[1], Cell::Damaged("1\u{fffd}".to_owned()));
        assert_eq!(table.rows[2].cells[1], Cell::Text("13".to_owned()));
    }
}
