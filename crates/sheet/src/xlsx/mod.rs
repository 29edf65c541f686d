//! Office Open XML workbooks (.xlsx), read part by part as streams.
//!
//! No library is used (`docs/decisions/0002-own-workbook-readers.md`): the usual
//! ones reserve memory for counts that the file only claims, which ends the whole process.

mod relations;
mod sheet;
mod strings;
mod styles;

use quick_xml::events::Event;

use crate::{
    fault::TableFault,
    package::Package,
    workbook::{Limits, MAX_SHEETS, SheetName, Table, choose, push_sheet},
    xml::attribute,
};

use self::relations::Relations;
pub(crate) use self::sheet::iso_date;

/// What `xl/workbook.xml` says.
struct WorkbookParts {
    sheets: Vec<SheetName>,
    /// Paths of the sheets, in the same order.
    paths: Vec<String>,
    is_1904: bool,
    strings: Option<String>,
    styles: Option<String>,
}

/// Lists the worksheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, TableFault> {
    let mut package = Package::open(bytes, limits)?;
    Ok(workbook_parts(&mut package)?.sheets)
}

/// Reads one worksheet.
pub(crate) fn read(bytes: &[u8], wanted: Option<&str>, limits: &Limits) -> Result<Table, TableFault> {
    let mut package = Package::open(bytes, limits)?;
    let book = workbook_parts(&mut package)?;
    let chosen = choose(&book.sheets, wanted)?;
    let strings = strings::read(&mut package, book.strings.as_deref(), limits)?;
    let styles = styles::read(&mut package, book.styles.as_deref())?;
    let context = sheet::Context { strings: &strings, styles: &styles, is_1904: book.is_1904 };
    let xml = package.required(&book.paths[chosen])?;
    let table = sheet::read(xml, &context, limits, book.sheets[chosen].name.clone())?;
    Ok(Table { is_1904: book.is_1904, ..table })
}

fn workbook_parts(package: &mut Package<'_>) -> Result<WorkbookParts, TableFault> {
    let main = Relations::read(package, "")?
        .of_kind("/officeDocument")
        .map_or_else(|| "xl/workbook.xml".to_owned(), str::to_owned);
    if !main.to_ascii_lowercase().contains(".xml") {
        return Err(TableFault::UnknownFormat { looks_like: "xlsb" });
    }
    let relations = Relations::read(package, &main)?;
    let mut book = WorkbookParts {
        sheets: Vec::new(),
        paths: Vec::new(),
        is_1904: false,
        strings: relations.of_kind("/sharedStrings").map(str::to_owned),
        styles: relations.of_kind("/styles").map(str::to_owned),
    };
    let mut xml = package.required(&main)?;
    let (mut elements, mut depth) = (0, 0);
    loop {
        match xml.next()? {
            Event::Start(element) => {
                depth += 1;
                match element.local_name().as_ref() {
                    // Extensions deeper down repeat the names with other things to say.
                    "workbookPr" if depth == 2 => {
                        book.is_1904 |=
                            attribute(&element, "date1904").is_some_and(|v| v == "1" || v == "true");
                    }
                    "sheet" if depth <= 3 => {
                        // Those without a worksheet count too: each is looked for among the relations.
                        elements += 1;
                        if elements > MAX_SHEETS {
                            return Err(TableFault::damaged("too many sheets"));
                        }
                        let name = attribute(&element, "name").unwrap_or_default();
                        let visible = attribute(&element, "state").is_none_or(|state| state == "visible");
                        let id = attribute(&element, "id").unwrap_or_default();
                        if let Some(path) = relations.worksheet(&id) {
                            push_sheet(&mut book.sheets, name, visible)?;
                            book.paths.push(path.to_owned());
                        }
                    }
                    _ => {}
                }
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    if book.sheets.is_empty() { Err(TableFault::NoSheet) } else { Ok(book) }
}
