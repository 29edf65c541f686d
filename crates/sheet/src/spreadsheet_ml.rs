//! Workbooks of Excel 2002 and 2003 as one XML document, which offices are sent under the name
//! of an xls.

use std::{collections::HashMap, io::Cursor};

use encoding_rs::{Encoding, GB18030, GBK};
use quick_xml::events::{BytesStart, Event};

use crate::{
    characters::{decode, decode_as},
    fault::TableFault,
    number_format::CellFormat,
    package::Meter,
    sheet_builder::{MAX_COLUMNS, MAX_ROWS, SheetBuilder},
    workbook::{Cell, Limits, MAX_SHEETS, MergedRange, SheetName, Table, choose, push_sheet},
    xlsx::iso_date,
    xml::{Xml, attribute, push_text},
};

/// Lists the sheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, TableFault> {
    let text = text_of(bytes, limits)?;
    let found = outline(&text, limits)?.sheets;
    limits.budget.give_back(text.len());
    Ok(found)
}

/// Reads one sheet.
pub(crate) fn read(bytes: &[u8], wanted: Option<&str>, limits: &Limits) -> Result<Table, TableFault> {
    let text = text_of(bytes, limits)?;
    let outline = outline(&text, limits)?;
    let chosen = choose(&outline.sheets, wanted)?;
    let mut xml = document(&text, limits);
    let mut position = 0;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Worksheet" => {}
            Event::Eof => return Err(TableFault::damaged("the sheet is missing")),
            _ => continue,
        }
        if position == chosen {
            break;
        }
        xml.skip()?;
        position += 1;
    }
    let mut sheet = Sheet { gather: SheetBuilder::new(limits), outline: &outline, row: 0, column: 0 };
    sheet.read(&mut xml)?;
    let table = sheet.gather.table(outline.sheets[chosen].name.clone());
    Ok(Table { is_1904: outline.is_1904, ..table })
}

/// The document as text: by its mark, by what it states, else as any text.
fn text_of(bytes: &[u8], limits: &Limits) -> Result<String, TableFault> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    let stated = head.split_once("encoding=").map(|(_, after)| {
        after.trim_start_matches(['"', '\'']).split(['"', '\'']).next().unwrap_or_default().to_owned()
    });
    let encoding = stated.and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = encoding.filter(|encoding| encoding.is_ascii_compatible());
    let encoding = encoding.map(|encoding| if encoding == GBK { GB18030 } else { encoding });
    let decoded = match encoding.map(|encoding| decode_as(bytes, encoding)) {
        Some(Ok(decoded)) if !decoded.is_damaged => decoded,
        _ => decode(bytes)?,
    };
    if decoded.is_damaged {
        return Err(TableFault::damaged("bytes that are no character"));
    }
    limits.budget.take(decoded.text.len())?;
    Ok(decoded.text)
}

type Document<'t> = Xml<Cursor<&'t [u8]>>;

fn document<'t>(text: &'t str, limits: &Limits) -> Document<'t> {
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    Xml::new(Cursor::new(text.as_bytes()), Meter::of_document(limits))
}

/// What the document says beside the cells.
struct Outline {
    sheets: Vec<SheetName>,
    formats: HashMap<String, CellFormat>,
    is_1904: bool,
}

fn outline(text: &str, limits: &Limits) -> Result<Outline, TableFault> {
    let mut xml = document(text, limits);
    let mut outline = Outline { sheets: Vec::new(), formats: HashMap::new(), is_1904: false };
    let mut style = None;
    let mut in_sheet = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "Style" => style = attribute(&element, "ID"),
                "NumberFormat" => {
                    let code = attribute(&element, "Format").unwrap_or_default();
                    if let Some(style) = style.clone().filter(|_| outline.formats.len() < MAX_SHEETS) {
                        outline.formats.insert(style, format(&code));
                    }
                }
                "Date1904" => outline.is_1904 = true,
                "Worksheet" => {
                    let name = attribute(&element, "Name").unwrap_or_default();
                    push_sheet(&mut outline.sheets, name, true)?;
                    in_sheet = true;
                }
                "Table" if in_sheet => xml.skip()?,
                // Its text comes next.
                "Visible" if in_sheet => {
                    let hides =
                        matches!(xml.next()?, Event::Text(text) if text.xml10_content().contains("Hidden"));
                    if let Some(sheet) = outline.sheets.last_mut().filter(|_| hides) {
                        sheet.visible = false;
                    }
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "Worksheet" => in_sheet = false,
            Event::Eof => break,
            _ => {}
        }
    }
    if outline.sheets.is_empty() { Err(TableFault::NoSheet) } else { Ok(outline) }
}

/// Formats have names here, or the code that they have everywhere.
fn format(code: &str) -> CellFormat {
    match code {
        "Fixed" => CellFormat::parse("0.00"),
        "Standard" => CellFormat::parse("#,##0.00"),
        "Percent" => CellFormat::parse("0.00%"),
        "Short Date" | "Medium Date" | "Long Date" | "General Date" => CellFormat::Date,
        "" | "General" | "General Number" | "Scientific" | "Currency" | "Euro Currency" | "Yes/No"
        | "True/False" | "On/Off" | "Short Time" | "Medium Time" | "Long Time" => CellFormat::Plain,
        code => CellFormat::parse(code),
    }
}

/// The sheet being read.
struct Sheet<'o> {
    gather: SheetBuilder<'o>,
    outline: &'o Outline,
    /// The present row, and the column of the next cell.
    row: u32,
    column: usize,
}

impl Sheet<'_> {
    fn read(&mut self, xml: &mut Document<'_>) -> Result<(), TableFault> {
        let outside = xml.depth() - 1;
        while xml.depth() > outside {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "Row" => self.begin_row(&element)?,
                    "Cell" => {
                        let head = Head::of(&element);
                        self.cell(xml, &head)?;
                    }
                    _ => {}
                },
                Event::Eof => return Err(TableFault::damaged("the sheet ends too early")),
                _ => {}
            }
        }
        Ok(())
    }

    fn begin_row(&mut self, element: &BytesStart<'_>) -> Result<(), TableFault> {
        let stated = attribute(element, "Index").and_then(|index| index.parse().ok());
        let row = stated.unwrap_or(self.row + 1);
        if row > MAX_ROWS {
            return Err(TableFault::TooManyRows { max: MAX_ROWS as usize });
        }
        (self.row, self.column) = (row.max(1), 0);
        let height = attribute(element, "Height").and_then(|height| height.parse::<f64>().ok());
        if attribute(element, "Hidden").is_some_and(|hidden| hidden == "1") || height == Some(0.0) {
            self.gather.hide(self.row);
        }
        // Rows that repeat the format of one without cells.
        let span: u32 = attribute(element, "Span").and_then(|span| span.parse().ok()).unwrap_or(0);
        self.row = self.row.saturating_add(span).min(MAX_ROWS);
        Ok(())
    }

    fn cell(&mut self, xml: &mut Document<'_>, head: &Head) -> Result<(), TableFault> {
        let column = head.index.and_then(|index| index.checked_sub(1)).unwrap_or(self.column);
        let (kind, text, has_formula) = content(xml, &self.gather)?;
        self.column = column.saturating_add(head.across).saturating_add(1).min(MAX_COLUMNS);
        let row = self.row.max(1);
        let cell = match kind.as_str() {
            "" if head.has_formula && !has_formula => Cell::FormulaWithoutValue,
            "Number" => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    let format = head.style.as_ref().and_then(|style| self.outline.formats.get(style));
                    format.unwrap_or(&CellFormat::Plain).cell(number, self.outline.is_1904)
                }
                _ => self.gather.text(&text),
            },
            "DateTime" => iso_date(&text).map_or_else(|| self.gather.text(&text), Cell::Date),
            "Boolean" => Cell::Flag(text.trim() == "1"),
            "Error" => Cell::Error(text.chars().take(40).collect()),
            _ => self.gather.text(&text),
        };
        self.gather.put(row, column, cell)?;
        self.gather.merge(MergedRange {
            rows: (row, row.saturating_add(head.down)),
            columns: (column, column.saturating_add(head.across)),
        })
    }
}

/// The attributes of a cell.
struct Head {
    index: Option<usize>,
    style: Option<String>,
    across: usize,
    down: u32,
    has_formula: bool,
}

impl Head {
    fn of(element: &BytesStart<'_>) -> Self {
        let mut head = Self { index: None, style: None, across: 0, down: 0, has_formula: false };
        for one in element.attributes().with_checks(false).filter_map(Result::ok) {
            match one.key.local_name().as_ref() {
                "Index" => head.index = one.value.parse().ok(),
                "StyleID" => head.style = Some(one.value.into_owned()),
                "MergeAcross" => head.across = one.value.parse().unwrap_or(0).min(MAX_COLUMNS),
                "MergeDown" => head.down = one.value.parse().unwrap_or(0).min(MAX_ROWS),
                "Formula" => head.has_formula = true,
                _ => {}
            }
        }
        head
    }
}

/// Type and text of the cell just opened, and whether it has a value at all; comments are left out.
fn content(xml: &mut Document<'_>, gather: &SheetBuilder<'_>) -> Result<(String, String, bool), TableFault> {
    let (mut kind, mut text, mut has_data) = (String::new(), String::new(), false);
    let outside = xml.depth() - 1;
    let mut in_data = false;
    while xml.depth() > outside {
        let mut is_comment = false;
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "Data" => {
                    (in_data, has_data) = (true, true);
                    kind = attribute(&element, "Type").unwrap_or_default();
                }
                "Comment" | "PhoneticText" => is_comment = true,
                _ => {}
            },
            Event::End(element) => in_data &= element.local_name().as_ref() != "Data",
            Event::Eof => return Err(TableFault::damaged("the sheet ends within a cell")),
            event if in_data => push_text(&event, &mut text),
            _ => {}
        }
        if is_comment {
            xml.skip()?;
        }
        gather.allows_text(text.len())?;
    }
    Ok((kind, text, has_data))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const BOOK: &str = r#"<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<ExcelWorkbook xmlns="urn:schemas-microsoft-com:office:excel"><Date1904/></ExcelWorkbook>
<Styles><Style ss:ID="s1"><NumberFormat ss:Format="0000"/></Style><Style ss:ID="s2"><NumberFormat ss:Format="Short Date"/></Style></Styles>
<Worksheet ss:Name="藏"><Table><Row><Cell><Data ss:Type="String">x</Data></Cell></Row></Table>
<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
<Worksheet ss:Name="台账"><Table>
<Row><Cell ss:MergeAcross="1"><Data ss:Type="String">题 &amp; 目</Data></Cell><Cell><Data ss:Type="String">尾</Data></Cell></Row>
<Row ss:Index="4" ss:Hidden="1"><Cell ss:StyleID="s1"><Data ss:Type="Number">12</Data><Comment><Data>注</Data></Comment></Cell>
<Cell ss:Index="3" ss:MergeDown="1"><Data ss:Type="DateTime">2011-05-03T00:00:00.000</Data></Cell>
<Cell ss:StyleID="s2"><Data ss:Type="Number">39204</Data></Cell><Cell ss:Formula="=1"/><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
</Table></Worksheet></Workbook>"#;

    #[test]
    fn a_workbook_of_2003() {
        let limits = Limits::default();
        let names: Vec<(String, bool)> = sheets(BOOK.as_bytes(), &limits)
            .unwrap()
            .into_iter()
            .map(|sheet| (sheet.name, sheet.visible))
            .collect();
        assert_eq!(names, [("藏".to_owned(), false), ("台账".to_owned(), true)]);
        let table = read(BOOK.as_bytes(), None, &limits).unwrap();
        let text = |text: &str| Cell::Text(text.to_owned());
        assert_eq!(table.rows[0].cells, [text("题 & 目"), Cell::Empty, text("尾")]);
        assert_eq!(table.rows[1].number, 4);
        assert_eq!(table.rows[1].cells[0].text(), "0012");
        assert_eq!(
            table.rows[1].cells[1..],
            [
                Cell::Empty,
                Cell::Date(date(2011, 5, 3)),
                Cell::Date(date(2011, 5, 3)),
                Cell::FormulaWithoutValue,
                Cell::Flag(true)
            ]
        );
        assert_eq!((table.hidden_rows, table.is_1904), (vec![4], true));
        assert_eq!(
            table.merged,
            [MergedRange { rows: (1, 1), columns: (0, 1) }, MergedRange { rows: (4, 5), columns: (2, 2) }]
        );
    }
}
