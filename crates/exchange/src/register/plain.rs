//! A register as csv: the same lines and columns as the workbook.

use std::io::Write;

use sheet::{
    fault::TableFault,
    write::{CsvTable, Output},
};

use crate::reading::UnitLookup;

use super::{FileRecord, Layout, Origin, SheetTexts};

/// A csv being written.
pub struct Plain<'a, W: Write> {
    layout: &'a Layout<'a>,
    table: CsvTable<W>,
}

impl<'a, W: Write> Plain<'a, W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`TableFault::NotWritten`], as for all its methods.
    pub fn new(
        layout: &'a Layout<'a>,
        face: &SheetTexts,
        origin: &Origin,
        out: W,
    ) -> Result<Self, TableFault> {
        let mut table = CsvTable::new(out, &[&face.title])?;
        let pairs = origin.pairs().map(|(label, value)| format!("{label}：{value}"));
        let line = [face.unit.as_str()].into_iter().chain(pairs.iter().map(String::as_str));
        table.row(&line.map(Output::Text).collect::<Vec<_>>())?;
        let titles = layout.columns.iter().map(|column| Output::Text(&column.title));
        table.row(&titles.collect::<Vec<_>>())?;
        Ok(Self { layout, table })
    }

    /// Writes the next record.
    pub fn write_row(&mut self, record: &FileRecord<'_>, units: &dyn UnitLookup) -> Result<(), TableFault> {
        self.write_noted(record, "", units)
    }

    /// As [`Self::write_row`], with what is to be known of the record beside its fields.
    pub fn write_noted(
        &mut self,
        record: &FileRecord<'_>,
        note: &str,
        units: &dyn UnitLookup,
    ) -> Result<(), TableFault> {
        let texts: Vec<String> = self.layout.cells(record, note, units).map(|cell| cell.text()).collect();
        let cells: Vec<Output<'_>> = texts.iter().map(|text| Output::Text(text)).collect();
        self.table.row(&cells)
    }

    /// Finishes the file.
    pub fn finish(self) -> Result<W, TableFault> {
        self.table.finish()
    }
}
