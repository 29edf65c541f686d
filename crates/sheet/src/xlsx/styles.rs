//! The styles of a workbook, as far as they decide whether a cell shows a date.

use std::collections::HashMap;

use quick_xml::events::Event;

use crate::{
    fault::TableFault,
    package::Package,
    serial::{is_date_builtin, is_date_format},
    xml::attribute,
};

/// Excel stops at 65,490 cell formats.
const MAX_FORMATS: usize = 100_000;

/// Whether the cell format at a position shows a date.
#[derive(Default)]
pub(super) struct Styles(Vec<bool>);

impl Styles {
    pub(super) fn is_date(&self, style: usize) -> bool {
        self.0.get(style).copied().unwrap_or(false)
    }
}

/// Reads the part with the styles, if there is one.
pub(super) fn read(package: &mut Package<'_>, path: Option<&str>) -> Result<Styles, TableFault> {
    let mut styles = Styles::default();
    let Some(mut xml) = package.part(path.unwrap_or("xl/styles.xml"))? else { return Ok(styles) };
    let mut custom: HashMap<u32, bool> = HashMap::new();
    let mut in_cell_formats = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")) {
                        custom.insert(id, is_date_format(&code));
                    }
                }
                "cellXfs" => in_cell_formats = true,
                "xf" if in_cell_formats => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    styles.0.push(custom.get(&id).copied().unwrap_or_else(|| is_date_builtin(id)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => in_cell_formats = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
        if styles.0.len() > MAX_FORMATS || custom.len() > MAX_FORMATS {
            return Err(TableFault::damaged("too many cell formats"));
        }
    }
}
