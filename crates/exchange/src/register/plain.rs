//! A register as csv: the same lines and columns as the workbook.

use std::io::Write;

use crate::{
    fault::FileFault,
    reading::UnitLookup,
    write::{CsvTable, Output},
};

use super::{Face, Layout, Origin, Record};

/// A csv being written.
pub struct Plain<'a, W: Write> {
    layout: &'a Layout<'a>,
    table: CsvTable<W>,
}

impl<'a, W: Write> Plain<'a, W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`FileFault::NotWritten`], as for all its methods.
    pub fn new(layout: &'a Layout<'a>, face: &Face, origin: &Origin, out: W) -> Result<Self, FileFault> {
        let mut table = CsvTable::new(out, &[&face.title])?;
        let pairs = origin.pairs().map(|(label, value)| format!("{label}：{value}"));
        let line = [face.unit.as_str()].into_iter().chain(pairs.iter().map(String::as_str));
        table.row(&line.map(Output::Text).collect::<Vec<_>>())?;
        let titles = layout.columns.iter().map(|column| Output::Text(&column.title));
        table.row(&titles.collect::<Vec<_>>())?;
        Ok(Self { layout, table })
    }

    /// Writes the next record.
    pub fn row(&mut self, record: &Record<'_>, units: &dyn UnitLookup) -> Result<(), FileFault> {
        let texts: Vec<String> = self.layout.cells(record, units).map(|cell| cell.text()).collect();
        let cells: Vec<Output<'_>> = texts.iter().map(|text| Output::Text(text)).collect();
        self.table.row(&cells)
    }

    /// Finishes the file.
    pub fn finish(self) -> Result<W, FileFault> {
        self.table.finish()
    }
}
