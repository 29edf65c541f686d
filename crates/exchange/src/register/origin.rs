//! What a file says of where it came from: on a hidden sheet of a workbook, in
//! the lines above the header of a csv.

use std::fmt;

use sheet::{
    fault::TableFault,
    sniff::{self, FileFormat},
    workbook::{self, Limits, Table},
};

use crate::normalise::{half_width, trim};

/// Name of the hidden sheet.
pub const ORIGIN_SHEET: &str = "系统数据";

/// Lines of a csv in which the origin may stand.
const SEARCHED: usize = 5;

const DEFINITION: &str = "定义版本";
const FORM: &str = "台账";
const UNIT: &str = "单位编码";
const MADE: &str = "生成时间";
const ROWS: &str = "行数";
const WHICH: &str = "选取";

/// Where a file came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Hash of the campaign version its columns are made from.
    pub definition: String,
    /// Id of the form.
    pub form: String,
    /// Code of the unit whose records it holds.
    pub unit: String,
    /// When it was made, as people write it.
    pub made: String,
    /// How many records it holds.
    pub rows: usize,
    /// Which records were asked for.
    pub which: String,
}

impl Origin {
    /// What a file says of its origin; `None` for one that we have not made.
    ///
    /// # Errors
    /// Any fault of the file as a whole.
    pub fn read(
        file_name: &str,
        bytes: &[u8],
        table: &Table,
        limits: &Limits,
    ) -> Result<Option<Self>, TableFault> {
        let pairs = match sniff::format(file_name, bytes, limits)? {
            FileFormat::Xlsx | FileFormat::Xls | FileFormat::Ods | FileFormat::SpreadsheetMl => {
                let sheets = workbook::sheets(file_name, bytes, limits)?;
                if !sheets.iter().any(|sheet| sheet.name == ORIGIN_SHEET) {
                    return Ok(None);
                }
                on_sheet(&workbook::read(file_name, bytes, Some(ORIGIN_SHEET), limits)?)
            }
            FileFormat::Delimited => above(table),
            FileFormat::Html => return Ok(None),
        };
        let get =
            |label: &str| pairs.iter().find(|(found, _)| found == label).map(|(_, value)| value.clone());
        Ok(get(DEFINITION).map(|definition| Self {
            definition,
            form: get(FORM).unwrap_or_default(),
            unit: get(UNIT).unwrap_or_default(),
            made: get(MADE).unwrap_or_default(),
            rows: get(ROWS).and_then(|rows| rows.parse().ok()).unwrap_or(0),
            which: get(WHICH).unwrap_or_default(),
        }))
    }

    /// Its parts, each with the words before it.
    pub(super) fn pairs(&self) -> [(&'static str, String); 6] {
        [
            (DEFINITION, self.definition.clone()),
            (FORM, self.form.clone()),
            (UNIT, self.unit.clone()),
            (MADE, self.made.clone()),
            (ROWS, self.rows.to_string()),
            (WHICH, self.which.clone()),
        ]
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.form, self.unit, self.definition)
    }
}

fn on_sheet(table: &Table) -> Vec<(String, String)> {
    table.rows.iter().map(|row| (row.cell(0).text(), row.cell(1).text())).collect()
}

fn above(table: &Table) -> Vec<(String, String)> {
    let cells = table.rows.iter().take(SEARCHED).flat_map(|row| &row.cells);
    let texts = cells.map(|cell| half_width(&cell.text()));
    texts
        .filter_map(|text| {
            let (label, value) = text.split_once(':')?;
            Some((trim(label).to_owned(), trim(value).to_owned()))
        })
        .collect()
}
