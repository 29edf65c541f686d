//! OpenDocument spreadsheets (.ods), read as one stream.
//!
//! Written here rather than taken from a library: the one there is expands
//! repeated rows into a dense range and never ends on a document cut short.

use std::{collections::HashMap, io::Read};

use quick_xml::events::{BytesStart, Event};

use crate::{
    fault::FileFault,
    gather::{Gather, MAX_COLUMNS},
    package::Package,
    workbook::{Cell, Limits, SheetName, Table, choose},
    xlsx::iso_date,
    xml::{Xml, attribute, push_text},
};

/// More would be no workbook.
const MAX_SHEETS: usize = 10_000;

/// Lists the sheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, FileFault> {
    let mut package = Package::open(bytes, limits)?;
    refuse_encrypted(&mut package)?;
    let mut xml = package.required("content.xml")?;
    let mut hidden: HashMap<String, bool> = HashMap::new();
    let mut style = None;
    let mut sheets = Vec::new();
    loop {
        let mut inside_sheet = false;
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "style" => style = attribute(&element, "name"),
                "table-properties" => {
                    let is_hidden = attribute(&element, "display").is_some_and(|display| display == "false");
                    if let Some(style) = style.take().filter(|_| is_hidden && hidden.len() < MAX_SHEETS) {
                        hidden.insert(style, true);
                    }
                }
                "table" => {
                    let name = attribute(&element, "name").unwrap_or_default();
                    let style = attribute(&element, "style-name").unwrap_or_default();
                    sheets.push(SheetName { name, visible: !hidden.contains_key(&style) });
                    inside_sheet = true;
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
        if inside_sheet {
            xml.skip()?;
        }
        if sheets.len() > MAX_SHEETS {
            return Err(FileFault::damaged("too many sheets"));
        }
    }
    if sheets.is_empty() { Err(FileFault::NoSheet) } else { Ok(sheets) }
}

/// Reads one sheet.
pub(crate) fn read(bytes: &[u8], asked: Option<&str>, limits: &Limits) -> Result<Table, FileFault> {
    let sheets = sheets(bytes, limits)?;
    let chosen = choose(&sheets, asked)?;
    let mut package = Package::open(bytes, limits)?;
    let mut xml = package.required("content.xml")?;
    let mut position = 0;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {}
            Event::Eof => return Err(FileFault::damaged("the sheet is missing")),
            _ => continue,
        }
        if position == chosen {
            return table(&mut xml, limits, sheets[chosen].name.clone());
        }
        xml.skip()?;
        position += 1;
    }
}

fn refuse_encrypted(package: &mut Package<'_>) -> Result<(), FileFault> {
    let Some(mut xml) = package.part("META-INF/manifest.xml")? else { return Ok(()) };
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "encryption-data" => {
                return Err(FileFault::Encrypted);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// One cell with how often it is repeated.
type Repeated = (usize, usize, Cell);

fn table<R: Read>(xml: &mut Xml<R>, limits: &Limits, name: String) -> Result<Table, FileFault> {
    let mut gather = Gather::new(limits);
    let mut number = 0_u32;
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        let repeated = match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table-row" => {
                count(&element, "number-rows-repeated")
            }
            Event::Eof => return Err(FileFault::damaged("the sheet ends too early")),
            _ => continue,
        };
        let cells = row(xml, &gather)?;
        let repeated = u32::try_from(repeated).unwrap_or(u32::MAX);
        if !cells.is_empty() {
            // A row that is repeated with content grows until the limits stop it.
            for copy in 1..=repeated {
                for (column, times, cell) in &cells {
                    for at in *column..(column + times).min(MAX_COLUMNS) {
                        gather.put(number.saturating_add(copy), at, cell.clone())?;
                    }
                }
            }
        }
        number = number.saturating_add(repeated);
    }
    Ok(gather.table(name))
}

fn count(element: &BytesStart<'_>, name: &str) -> usize {
    attribute(element, name).and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// The cells of the row just opened that are not empty.
fn row<R: Read>(xml: &mut Xml<R>, gather: &Gather<'_>) -> Result<Vec<Repeated>, FileFault> {
    let mut cells = Vec::new();
    let mut column = 0_usize;
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        let (repeated, head) = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "table-cell" => (count(&element, "number-columns-repeated"), Some(Head::of(&element))),
                "covered-table-cell" => (count(&element, "number-columns-repeated"), None),
                _ => continue,
            },
            Event::Eof => return Err(FileFault::damaged("the sheet ends within a row")),
            _ => continue,
        };
        if let Some(head) = head.filter(|_| column < MAX_COLUMNS) {
            let cell = cell(xml, head, gather)?;
            if cell != Cell::Empty {
                cells.push((column, repeated, cell));
            }
        } else {
            xml.skip()?;
        }
        column = column.saturating_add(repeated);
    }
    Ok(cells)
}

/// The attributes of a cell.
struct Head {
    kind: String,
    value: Option<String>,
    date: Option<String>,
    flag: Option<String>,
    text: Option<String>,
    has_formula: bool,
}

impl Head {
    fn of(element: &BytesStart<'_>) -> Self {
        let mut head =
            Self { kind: String::new(), value: None, date: None, flag: None, text: None, has_formula: false };
        for one in element.attributes().with_checks(false).filter_map(Result::ok) {
            let value = || attribute(element, one.key.local_name().as_ref());
            match one.key.local_name().as_ref() {
                // `calcext:value-type` says the same, and `error` where `office:` says string.
                "value-type" if head.kind != "error" => one.value.as_ref().clone_into(&mut head.kind),
                "value" => head.value = value(),
                "date-value" => head.date = value(),
                "boolean-value" => head.flag = value(),
                "string-value" => head.text = value(),
                "formula" => head.has_formula = true,
                _ => {}
            }
        }
        head
    }
}

/// Reads what stands in the cell just opened.
fn cell<R: Read>(xml: &mut Xml<R>, head: Head, gather: &Gather<'_>) -> Result<Cell, FileFault> {
    let shown = shown_text(xml)?;
    Ok(match head.kind.as_str() {
        "float" | "percentage" | "currency" => match head.value.as_deref().map(str::parse::<f64>) {
            Some(Ok(number)) if number.is_finite() => Cell::Number(number),
            _ => gather.text(&shown),
        },
        "date" => match head.date.as_deref().and_then(iso_date) {
            Some(date) => Cell::Date(date),
            None => gather.text(&shown),
        },
        "boolean" => Cell::Flag(head.flag.is_some_and(|flag| flag == "true")),
        "error" => Cell::Error(shown.chars().take(40).collect()),
        "" if head.has_formula && shown.is_empty() => Cell::FormulaWithoutValue,
        _ => gather.text(head.text.as_deref().unwrap_or(&shown)),
    })
}

/// The text in the cell just opened: its paragraphs, without comments.
fn shown_text<R: Read>(xml: &mut Xml<R>) -> Result<String, FileFault> {
    let mut text = String::new();
    let (mut paragraphs, mut in_paragraph) = (0, false);
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        let mut is_note = false;
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "p" => {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs += 1;
                    in_paragraph = true;
                }
                "s" => text.extend(std::iter::repeat_n(' ', count(&element, "c").min(1000))),
                "tab" => text.push('\t'),
                "line-break" => text.push('\n'),
                "annotation" => is_note = true,
                _ => {}
            },
            Event::End(element) => in_paragraph &= element.local_name().as_ref() != "p",
            Event::Eof => return Err(FileFault::damaged("the sheet ends within a cell")),
            event if in_paragraph => push_text(&event, &mut text),
            _ => {}
        }
        if is_note {
            xml.skip()?;
        }
    }
    Ok(text)
}
