//! The styles of a workbook, as far as they decide whether a cell shows a date, or words beside a number.

use std::{collections::HashMap, rc::Rc};

use quick_xml::events::Event;

use crate::{
    fault::TableFault,
    number_format::NumberFormat,
    package::Package,
    serial::{is_date_builtin, is_date_format},
    xml::attribute,
};

/// Excel stops at 65,490 cell formats.
const MAX_FORMATS: usize = 100_000;

/// How numbers of a format are shown.
#[derive(Clone)]
enum Shown {
    AsNumber,
    AsDate,
    WithWords(Rc<NumberFormat>),
}

/// How the cell format at a position shows numbers.
#[derive(Default)]
pub(super) struct Styles(Vec<Shown>);

impl Styles {
    pub(super) fn is_date(&self, style: usize) -> bool {
        matches!(self.0.get(style), Some(Shown::AsDate))
    }

    /// The number format of cells of this style, if it shows more than the number.
    pub(super) fn number_format(&self, style: usize) -> Option<&NumberFormat> {
        match self.0.get(style)? {
            Shown::WithWords(format) => Some(format),
            Shown::AsNumber | Shown::AsDate => None,
        }
    }
}

/// How numbers of a custom format are shown.
fn shown(code: &str) -> Shown {
    if is_date_format(code) {
        return Shown::AsDate;
    }
    NumberFormat::parse(code).map_or(Shown::AsNumber, |format| Shown::WithWords(Rc::new(format)))
}

/// Reads the part with the styles, if there is one.
pub(super) fn read(package: &mut Package<'_>, path: Option<&str>) -> Result<Styles, TableFault> {
    let mut styles = Styles::default();
    let Some(mut xml) = package.part(path.unwrap_or("xl/styles.xml"))? else { return Ok(styles) };
    let mut custom: HashMap<u32, Shown> = HashMap::new();
    let mut in_cell_formats = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")) {
                        custom.insert(id, shown(&code));
                    }
                }
                "cellXfs" => in_cell_formats = true,
                "xf" if in_cell_formats => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    let builtin = || if is_date_builtin(id) { Shown::AsDate } else { Shown::AsNumber };
                    styles.0.push(custom.get(&id).cloned().unwrap_or_else(builtin));
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
