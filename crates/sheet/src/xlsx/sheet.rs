//! One worksheet: cells are read as a stream; empty cells need no memory.

use std::io::Read;

use jiff::civil::Date;
use quick_xml::events::{BytesStart, Event};

use crate::{
    fault::TableFault,
    sheet_builder::{MAX_COLUMNS, MAX_ROWS, SheetBuilder},
    strings::Strings,
    workbook::{Cell, Limits, MergedRange, Table},
    xml::{Xml, attribute, push_text},
};

use super::{
    strings::{rich_text, unescape},
    styles::Styles,
};

/// What a sheet's cells refer to.
pub(super) struct Context<'a> {
    pub(super) strings: &'a Strings,
    pub(super) styles: &'a Styles,
    pub(super) is_1904: bool,
}

/// The type of a cell, attribute `t`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Shared,
    /// Text that a formula computed.
    Text,
    /// Text in the cell itself.
    Inline,
    Flag,
    Error,
    Iso,
}

/// The attributes of a cell.
struct Head {
    row: u32,
    column: usize,
    style: usize,
    kind: Kind,
}

/// Reads all cells of the sheet.
pub(super) fn read<R: Read>(
    mut xml: Xml<R>,
    context: &Context<'_>,
    limits: &Limits,
    name: String,
) -> Result<Table, TableFault> {
    xml.keep_empty_elements();
    let mut gather = SheetBuilder::new(limits);
    let mut text = String::new();
    let (mut row, mut column) = (0_u32, 0_usize);
    loop {
        let head = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => {
                    row = row_number(&element).unwrap_or(row.saturating_add(1));
                    column = 0;
                    if is_hidden(&element) {
                        gather.hide(row);
                    }
                    continue;
                }
                "c" => head(&element, row, column),
                _ => continue,
            },
            // Formatted cells without content come by the million. Their place is not
            // looked at: a writer that states places at all states them for every cell.
            Event::Empty(element) => match element.local_name().as_ref() {
                "c" => {
                    column += 1;
                    continue;
                }
                "row" => {
                    row = row_number(&element).unwrap_or(row.saturating_add(1));
                    continue;
                }
                "sheetData" => break,
                _ => continue,
            },
            Event::End(element) if element.local_name().as_ref() == "sheetData" => break,
            Event::Eof => return Err(TableFault::damaged("the sheet ends too early")),
            _ => continue,
        };
        column = head.column + 1;
        let cell = cell(&mut xml, &head, context, &mut text, &gather)?;
        // A cell outside of every row belongs to the first one.
        gather.put(head.row.max(1), head.column, cell)?;
    }
    merged(&mut xml, &mut gather)?;
    Ok(gather.table(name))
}

/// Reads the merged ranges, which come after the cells.
fn merged<R: Read>(xml: &mut Xml<R>, gather: &mut SheetBuilder<'_>) -> Result<(), TableFault> {
    loop {
        let range = match xml.next()? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "mergeCell" => {
                attribute(&element, "ref").as_deref().and_then(range)
            }
            Event::End(element) if matches!(element.local_name().as_ref(), "mergeCells" | "worksheet") => {
                return Ok(());
            }
            Event::Eof => return Ok(()),
            _ => None,
        };
        if let Some(range) = range {
            gather.merge(range)?;
        }
    }
}

/// The range of a reference such as `A1:B3`.
fn range(reference: &str) -> Option<MergedRange> {
    let (first, last) = reference.split_once(':')?;
    let (first, last) = (cell_ref(first)?, cell_ref(last)?);
    Some(MergedRange { rows: (first.0, last.0), columns: (first.1, last.1) })
}

/// Whether nobody sees a row: it is hidden by hand or by a filter, or has no height.
fn is_hidden(element: &BytesStart<'_>) -> bool {
    let mut attributes = element.attributes();
    let mut stated = attributes.with_checks(false).filter_map(Result::ok);
    stated.any(|attribute| match attribute.key.as_ref() {
        "hidden" => matches!(attribute.value.as_ref(), "1" | "true"),
        "ht" => attribute.value.parse() == Ok(0.0_f64),
        _ => false,
    })
}

/// The number that a row states; one that no sheet has is none.
fn row_number(element: &BytesStart<'_>) -> Option<u32> {
    let mut attributes = element.attributes();
    let number = attributes.with_checks(false).filter_map(Result::ok).find(|a| a.key.as_ref() == "r");
    number?.value.parse().ok().filter(|row| is_row(*row))
}

fn is_row(number: u32) -> bool {
    (1..=MAX_ROWS).contains(&number)
}

fn head(element: &BytesStart<'_>, row: u32, column: usize) -> Head {
    let mut head = Head { row, column, style: 0, kind: Kind::Number };
    for attribute in element.attributes().with_checks(false).filter_map(Result::ok) {
        match attribute.key.as_ref() {
            "r" => {
                if let Some((row, column)) = cell_ref(&attribute.value) {
                    (head.row, head.column) = (row, column);
                }
            }
            "s" => head.style = attribute.value.parse().unwrap_or(0),
            "t" => {
                head.kind = match &*attribute.value {
                    "s" => Kind::Shared,
                    "str" => Kind::Text,
                    "inlineStr" => Kind::Inline,
                    "b" => Kind::Flag,
                    "e" => Kind::Error,
                    "d" => Kind::Iso,
                    _ => Kind::Number,
                }
            }
            _ => {}
        }
    }
    head
}

/// Row (from 1) and column (from 0) of a reference such as `AB12`.
fn cell_ref(reference: &str) -> Option<(u32, usize)> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let mut column = 0_usize;
    for letter in reference.get(..letters)?.bytes() {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        if column > MAX_COLUMNS {
            return None;
        }
    }
    Some((reference.get(letters..)?.parse().ok().filter(|row| is_row(*row))?, column.checked_sub(1)?))
}

/// Reads the content of the cell just opened.
fn cell<R: Read>(
    xml: &mut Xml<R>,
    head: &Head,
    context: &Context<'_>,
    text: &mut String,
    gather: &SheetBuilder<'_>,
) -> Result<Cell, TableFault> {
    enum Inside {
        Nothing,
        Value,
        Formula,
        Rich,
    }
    let outside = xml.depth() - 1;
    let (mut has_value, mut has_formula, mut in_value) = (false, false, false);
    text.clear();
    while xml.depth() > outside {
        let inside = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "v" => Inside::Value,
                "f" => Inside::Formula,
                "is" => Inside::Rich,
                _ => Inside::Nothing,
            },
            Event::Empty(element) => {
                let name = element.local_name();
                has_value |= matches!(name.as_ref(), "v" | "is");
                has_formula |= name.as_ref() == "f";
                Inside::Nothing
            }
            Event::End(element) => {
                in_value &= element.local_name().as_ref() != "v";
                Inside::Nothing
            }
            Event::Eof => return Err(TableFault::damaged("the sheet ends within a cell")),
            event => {
                if in_value {
                    push_text(&event, text);
                    gather.allows_text(text.len())?;
                }
                Inside::Nothing
            }
        };
        match inside {
            Inside::Value => (in_value, has_value) = (true, true),
            Inside::Formula => {
                has_formula = true;
                xml.skip()?;
            }
            Inside::Rich => {
                rich_text(xml, text, gather.max_text())?;
                has_value = true;
            }
            Inside::Nothing => {}
        }
    }
    if text.is_empty() {
        // An empty text that a formula computed is a value; openpyxl's missing one is not.
        let computed = matches!(head.kind, Kind::Text | Kind::Inline) && has_value;
        return Ok(if has_formula && !computed { Cell::FormulaWithoutValue } else { Cell::Empty });
    }
    Ok(value(text, head, context, gather))
}

fn value(text: &mut String, head: &Head, context: &Context<'_>, gather: &SheetBuilder<'_>) -> Cell {
    match head.kind {
        Kind::Shared => context.strings.cell(text.trim().parse().ok(), gather),
        Kind::Text => {
            unescape(text);
            gather.text(text)
        }
        // Read with its runs, it is unescaped already.
        Kind::Inline => gather.text(text),
        Kind::Flag => Cell::Flag(matches!(text.trim(), "1" | "true" | "TRUE")),
        Kind::Error => Cell::Error(text.chars().take(40).collect()),
        Kind::Iso => iso_date(text).map_or_else(|| gather.text(text), Cell::Date),
        Kind::Number => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => {
                context.styles.format(head.style).cell(number, context.is_1904)
            }
            _ => gather.text(text),
        },
    }
}

/// The day of `2011-08-01` or `2011-08-01T00:00:00`.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    text.trim().get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let cases = [
            ("A1", Some((1, 0))),
            ("AB12", Some((12, 27))),
            ("XFD1048576", Some((1_048_576, 16_383))),
            ("XFE1", None),
            ("A0", None),
            ("A1048577", None),
            ("AAAAAAAAAAAAAAAAA1", None),
            ("12", None),
            ("A", None),
            ("", None),
            ("单1", None),
        ];
        for (reference, expected) in cases {
            assert_eq!(cell_ref(reference), expected, "{reference}");
        }
    }
}
