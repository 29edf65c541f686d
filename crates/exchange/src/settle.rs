//! What a sheet says beside its cells is put into the cells of its records: merged ranges,
//! days that are counted from 1904, rows that nobody sees.

use std::collections::BTreeSet;

use campaign::{definition::Form, kinds::ReadAs};
use sheet::{
    serial,
    workbook::{Cell, MergedRange, Table, letter},
};

use crate::recognise::{Recognised, Target};

/// How a column is read, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ColumnKind {
    /// What is stated once may hold for several rows: a unit, a day, a code, a text.
    Common,
    /// A day.
    Day,
    /// A number of something, of which every row has its own part.
    Amount,
}

fn kind(recognised: &Recognised, form: &Form, index: usize) -> Option<ColumnKind> {
    let column = recognised.columns.iter().find(|column| column.index == index)?;
    Some(match column.target {
        Target::Field(field) => match form.fields[field].kind.spec().read_as {
            ReadAs::Whole { .. } | ReadAs::Decimal { .. } | ReadAs::Money { .. } => ColumnKind::Amount,
            ReadAs::Day { .. } => ColumnKind::Day,
            _ => ColumnKind::Common,
        },
        Target::UnitName(_) => ColumnKind::Common,
        // A record has a mark of its own.
        Target::Record | Target::Ignored | Target::Unknown => return None,
    })
}

impl Recognised {
    /// Puts what the sheet says of merged cells and of the way in which days are counted into
    /// the cells of its records.
    ///
    /// A merged range goes down its column: every record in it states the same. Of an amount
    /// that is merged nobody knows which part belongs to which row; its cells say so
    /// ([`Cell::MergedAmount`]).
    pub fn settle(&self, table: &mut Table, form: &Form) {
        self.settle_days(table, form);
        let ranges = std::mem::take(&mut table.merged);
        let first = table.rows.get(self.data.start).map_or(u32::MAX, |row| row.number);
        // What is merged with the header is part of it. Judged before anything is filled in:
        // a row in which nothing else stands is no record.
        let stated: BTreeSet<u32> = table.rows[self.data.clone()]
            .iter()
            .filter(|row| {
                self.columns.iter().any(|column| {
                    kind(self, form, column.index).is_some() && *row.cell(column.index) != Cell::Empty
                })
            })
            .map(|row| row.number)
            .collect();
        for range in ranges.iter().filter(|range| range.rows.0 >= first) {
            self.settle_range(table, form, range, &stated);
        }
        table.merged = ranges;
    }

    fn settle_range(&self, table: &mut Table, form: &Form, range: &MergedRange, stated: &BTreeSet<u32>) {
        let (column, last_column) = range.columns;
        let Some(own) = kind(self, form, column) else { return };
        let start = table.rows.partition_point(|row| row.number < range.rows.0);
        let Some(head) = table.rows.get(start).filter(|row| row.number == range.rows.0) else { return };
        let content = head.cell(column).clone();
        if content == Cell::Empty {
            return;
        }
        let is_amount = own == ColumnKind::Amount;
        let holds_other_amount = (column + 1..=last_column.min(column + 64))
            .any(|other| kind(self, form, other) == Some(ColumnKind::Amount));
        let is_tall = range.rows.1 > range.rows.0;
        let content = if is_amount && (is_tall || holds_other_amount) {
            Cell::MergedAmount { shown: content.text(), rows: range.rows }
        } else {
            content
        };
        let rows = table.rows[start..].iter_mut().take_while(|row| row.number <= range.rows.1);
        for row in rows.filter(|row| stated.contains(&row.number)) {
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Cell::Empty);
            }
            row.cells[column] = content.clone();
        }
    }

    /// In a workbook of 1904, a number without a date format in a column of days is a day too.
    pub fn settle_days(&self, table: &mut Table, form: &Form) {
        if !table.is_1904 {
            return;
        }
        let days: Vec<usize> = self.columns.iter().map(|column| column.index).collect();
        let days: Vec<usize> =
            days.into_iter().filter(|index| kind(self, form, *index) == Some(ColumnKind::Day)).collect();
        for row in &mut table.rows[self.data.clone()] {
            for index in &days {
                let Some(cell) = row.cells.get_mut(*index) else { continue };
                let serial = match &*cell {
                    Cell::Text(text) if text.trim().len() == 5 => text.trim().parse().ok(),
                    cell => cell.number(),
                };
                // 1958 to 2064; what is larger is a day written in digits.
                let serial = serial.filter(|serial| (20_000.0..60_000.0).contains(serial));
                if let Some(day) = serial.and_then(|serial| serial::to_date(serial, true)) {
                    *cell = Cell::Date(day);
                }
            }
        }
    }

    /// Numbers of the hidden rows in which something stands that this form keeps.
    pub fn hidden_records(&self, table: &Table) -> Vec<u32> {
        let holds = |target| matches!(target, Target::Field(_) | Target::UnitName(_));
        let rows = table.rows.get(self.data.clone()).unwrap_or_default();
        let is_hidden = |number: u32| table.hidden_rows.binary_search(&number).is_ok();
        rows.iter()
            .filter(|row| is_hidden(row.number))
            .filter(|row| {
                let mut kept = self.columns.iter().filter(|column| holds(column.target));
                kept.any(|column| *row.cell(column.index) != Cell::Empty)
            })
            .map(|row| row.number)
            .collect()
    }

    /// Leaves rows out of the records of a sheet.
    pub fn leave_out(&mut self, table: &mut Table, rows: &[u32]) {
        let start = self.data.start.min(table.rows.len());
        let mut records = table.rows.split_off(start);
        records.retain(|row| rows.binary_search(&row.number).is_err());
        table.rows.append(&mut records);
        self.data = start..table.rows.len();
    }

    /// Letters of the columns in which records have something, but which have no title.
    pub fn untitled(&self, table: &Table) -> Vec<String> {
        let titled: BTreeSet<usize> = self.columns.iter().map(|column| column.index).collect();
        let kept: Vec<usize> = self
            .columns
            .iter()
            .filter(|column| matches!(column.target, Target::Field(_) | Target::UnitName(_)))
            .map(|column| column.index)
            .collect();
        let mut found = BTreeSet::new();
        for row in table.rows.get(self.data.clone()).unwrap_or_default() {
            let filled = kept.iter().filter(|index| *row.cell(**index) != Cell::Empty).count();
            // A signature or a note beside the table is no column.
            if filled * 2 < kept.len().min(4) {
                continue;
            }
            let others = row
                .cells
                .iter()
                .enumerate()
                .filter(|(index, cell)| **cell != Cell::Empty && !titled.contains(index));
            found.extend(others.map(|(index, _)| index));
        }
        found.into_iter().map(letter).collect()
    }
}
