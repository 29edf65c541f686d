//! The styles of a workbook, as far as they decide what a cell shows for a number.

use std::{collections::HashMap, rc::Rc};

use quick_xml::events::Event;

use crate::{fault::TableFault, number_format::CellFormat, package::Package, xml::attribute};

/// Excel stops at 65,490 cell formats.
const MAX_FORMATS: usize = 100_000;

/// What the cell format at a position makes of a number.
#[derive(Default)]
pub(super) struct Styles(Vec<Rc<CellFormat>>);

impl Styles {
    pub(super) fn format(&self, style: usize) -> &CellFormat {
        self.0.get(style).map_or(&CellFormat::Plain, |format| &**format)
    }
}

/// Reads the part with the styles, if there is one.
pub(super) fn read(package: &mut Package<'_>, path: Option<&str>) -> Result<Styles, TableFault> {
    let mut styles = Styles::default();
    let Some(mut xml) = package.part(path.unwrap_or("xl/styles.xml"))? else { return Ok(styles) };
    let mut known: HashMap<u32, Rc<CellFormat>> = HashMap::new();
    let (mut in_number_formats, mut in_cell_formats) = (false, false);
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmts" => in_number_formats = true,
                // The formats of conditions have numbers of their own.
                "numFmt" if in_number_formats => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")) {
                        known.insert(id, Rc::new(CellFormat::parse(&code)));
                    }
                }
                "cellXfs" => in_cell_formats = true,
                "xf" if in_cell_formats => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    let format = known.entry(id).or_insert_with(|| Rc::new(CellFormat::builtin(id)));
                    styles.0.push(format.clone());
                }
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "numFmts" => in_number_formats = false,
                "cellXfs" => in_cell_formats = false,
                _ => {}
            },
            Event::Eof => return Ok(styles),
            _ => {}
        }
        if styles.0.len() > MAX_FORMATS || known.len() > MAX_FORMATS {
            return Err(TableFault::damaged("too many cell formats"));
        }
    }
}
