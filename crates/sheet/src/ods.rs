//! OpenDocument spreadsheets (.ods), read as one stream.
//!
//! No library is used (`docs/decisions/0002-own-workbook-readers.md`): the usual
//! one expands repeated rows into a dense range, and never ends on a truncated document.

use std::{collections::HashMap, io::Read};

use quick_xml::events::{BytesStart, Event};

use crate::{
    fault::TableFault,
    package::Package,
    sheet_builder::{MAX_COLUMNS, MAX_ROWS, SheetBuilder},
    workbook::{Cell, Limits, MAX_NAME, MAX_SHEETS, MergedRange, SheetName, Table, choose, push_sheet},
    xlsx::iso_date,
    xml::{Xml, attribute, attribute_value, push_text},
};

/// Lists the sheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, TableFault> {
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
                    if let Some(style) = style
                        .take()
                        .filter(|style| is_hidden && style.len() <= MAX_NAME && hidden.len() < MAX_SHEETS)
                    {
                        hidden.insert(style, true);
                    }
                }
                "table" => {
                    let name = attribute(&element, "name").unwrap_or_default();
                    let style = attribute(&element, "style-name").unwrap_or_default();
                    push_sheet(&mut sheets, name, !hidden.contains_key(&style))?;
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
    }
    if sheets.is_empty() { Err(TableFault::NoSheet) } else { Ok(sheets) }
}

/// Reads one sheet.
pub(crate) fn read(bytes: &[u8], wanted: Option<&str>, limits: &Limits) -> Result<Table, TableFault> {
    let sheets = sheets(bytes, limits)?;
    let chosen = choose(&sheets, wanted)?;
    let mut package = Package::open(bytes, limits)?;
    let mut xml = package.required("content.xml")?;
    let (mut position, mut is_1904) = (0, false);
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {}
            Event::Start(element) if element.local_name().as_ref() == "null-date" => {
                is_1904 = attribute(&element, "date-value").is_some_and(|date| date.starts_with("1904"));
                continue;
            }
            Event::Eof => return Err(TableFault::damaged("the sheet is missing")),
            _ => continue,
        }
        if position == chosen {
            return Ok(Table { is_1904, ..table(&mut xml, limits, sheets[chosen].name.clone())? });
        }
        xml.skip()?;
        position += 1;
    }
}

fn refuse_encrypted(package: &mut Package<'_>) -> Result<(), TableFault> {
    let Some(mut xml) = package.part("META-INF/manifest.xml")? else { return Ok(()) };
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "encryption-data" => {
                return Err(TableFault::Encrypted);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// One cell: its column, how often it is repeated, and how many columns and rows it covers.
struct Repeated {
    column: usize,
    times: usize,
    spans: (usize, usize),
    cell: Cell,
}

fn table<R: Read>(xml: &mut Xml<R>, limits: &Limits, name: String) -> Result<Table, TableFault> {
    let mut gather = SheetBuilder::new(limits);
    let mut number = 0_u32;
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        let (repeated, is_hidden) = match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table-row" => {
                let visibility = attribute(&element, "visibility");
                let is_hidden = visibility.is_some_and(|visibility| visibility != "visible");
                (repetitions(&element, "number-rows-repeated"), is_hidden)
            }
            Event::Eof => return Err(TableFault::damaged("the sheet ends too early")),
            _ => continue,
        };
        let cells = row(xml, &gather)?;
        let repeated = u32::try_from(repeated).unwrap_or(u32::MAX);
        if !cells.is_empty() {
            // A row that is repeated with content grows until the limits stop it.
            for copy in 1..=repeated {
                let number = number.saturating_add(copy);
                // Further down no sheet goes; numbers that no longer rise would end at no limit.
                if number > MAX_ROWS {
                    return Err(TableFault::TooManyRows { max: limits.max_rows });
                }
                if is_hidden {
                    gather.hide(number);
                }
                for Repeated { column, times, spans, cell } in &cells {
                    for at in *column..column.saturating_add(*times).min(MAX_COLUMNS) {
                        gather.put(number, at, cell.clone())?;
                    }
                    gather.merge(covered(number, *column, *spans))?;
                }
            }
        }
        number = number.saturating_add(repeated);
    }
    Ok(gather.table(name))
}

/// The range that a cell covers.
fn covered(row: u32, column: usize, (columns, rows): (usize, usize)) -> MergedRange {
    let further = u32::try_from(rows - 1).unwrap_or(u32::MAX);
    MergedRange {
        rows: (row, row.saturating_add(further)),
        columns: (column, column.saturating_add(columns - 1)),
    }
}

fn count(element: &BytesStart<'_>, name: &str) -> usize {
    attribute(element, name).and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// How often a row or a cell is repeated: once at least, so that the position always moves on.
fn repetitions(element: &BytesStart<'_>, name: &str) -> usize {
    count(element, name).max(1)
}

/// The cells of the row just opened that are not empty.
fn row<R: Read>(xml: &mut Xml<R>, gather: &SheetBuilder<'_>) -> Result<Vec<Repeated>, TableFault> {
    let mut cells = Vec::new();
    let (mut column, mut text) = (0_usize, 0_usize);
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        let (repeated, spans, head) = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "table-cell" => {
                    let count = |name| repetitions(&element, name);
                    let spans = (count("number-columns-spanned"), count("number-rows-spanned"));
                    (count("number-columns-repeated"), spans, Some(Head::of(&element)))
                }
                "covered-table-cell" => (repetitions(&element, "number-columns-repeated"), (1, 1), None),
                _ => continue,
            },
            Event::Eof => return Err(TableFault::damaged("the sheet ends within a row")),
            _ => continue,
        };
        if let Some(head) = head.filter(|_| column < MAX_COLUMNS) {
            let cell = cell(xml, head, gather)?;
            if let Cell::Text(content) | Cell::Error(content) = &cell {
                text += content.len();
                gather.allows_text(text)?;
            }
            if cell != Cell::Empty {
                cells.push(Repeated { column, times: repeated, spans, cell });
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
            let value = match one.key.local_name().as_ref() {
                // `calcext:value-type` says the same, and `error` where `office:` says string.
                "value-type" => {
                    if head.kind != "error" {
                        one.value.as_ref().clone_into(&mut head.kind);
                    }
                    continue;
                }
                "formula" => {
                    head.has_formula = true;
                    continue;
                }
                "value" => &mut head.value,
                "date-value" => &mut head.date,
                "boolean-value" => &mut head.flag,
                "string-value" => &mut head.text,
                _ => continue,
            };
            // Not looked for by its name: an element may have a million attributes.
            if value.is_none() {
                *value = Some(attribute_value(one));
            }
        }
        head
    }
}

/// Reads the content of the cell just opened.
fn cell<R: Read>(xml: &mut Xml<R>, head: Head, gather: &SheetBuilder<'_>) -> Result<Cell, TableFault> {
    let shown = shown_text(xml, gather)?;
    Ok(match head.kind.as_str() {
        "float" | "percentage" | "currency" => match head.value.as_deref().map(str::parse::<f64>) {
            Some(Ok(number)) if number.is_finite() => gather.number(number, &shown),
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
fn shown_text<R: Read>(xml: &mut Xml<R>, gather: &SheetBuilder<'_>) -> Result<String, TableFault> {
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
            Event::Eof => return Err(TableFault::damaged("the sheet ends within a cell")),
            event if in_paragraph => push_text(&event, &mut text),
            _ => {}
        }
        if is_note {
            xml.skip()?;
        }
        gather.allows_text(text.len())?;
    }
    Ok(text)
}
