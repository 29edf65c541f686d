//! What a sheet says beside its cells is put into the cells of its records: merged ranges,
//! days that are counted from 1904, rows that nobody sees.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{definition::Form, kinds::ReadAs};
use sheet::{
    budget::Budget,
    fault::TableFault,
    serial,
    workbook::{Cell, MergedAmount, MergedRange, SheetRow, Table, letter},
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

/// How each column is read, by its position; `None` for one that holds nothing to keep.
fn kinds(recognised: &Recognised, form: &Form) -> Vec<Option<ColumnKind>> {
    let width = recognised.columns.last().map_or(0, |column| column.index + 1);
    let mut kinds = vec![None; width];
    for column in &recognised.columns {
        kinds[column.index] = match column.target {
            Target::Field(field) => Some(match form.fields[field].kind.spec().read_as {
                ReadAs::Whole { .. } | ReadAs::Decimal { .. } | ReadAs::Money { .. } => ColumnKind::Amount,
                ReadAs::Day { .. } => ColumnKind::Day,
                _ => ColumnKind::Common,
            }),
            Target::UnitName(_) => Some(ColumnKind::Common),
            // A record has a mark of its own.
            Target::Record | Target::Ignored | Target::Unknown => None,
        };
    }
    kinds
}

/// Whether something stands in a column that is kept.
fn states_something(row: &SheetRow, kinds: &[Option<ColumnKind>]) -> bool {
    row.cells.iter().zip(kinds).any(|(cell, kind)| kind.is_some() && *cell != Cell::Empty)
}

impl Recognised {
    /// Puts what the sheet says of merged cells and of the way in which days are counted into
    /// the cells of its records.
    ///
    /// A merged range goes down its column: every record in it states the same. Of an amount
    /// that is merged nobody knows which part belongs to which row; its cells say so
    /// ([`Cell::MergedAmount`]).
    ///
    /// # Errors
    /// Those of the budget: a long text may be merged over a million rows.
    pub fn fill_in(&self, table: &mut Table, form: &Form, budget: &Budget) -> Result<(), TableFault> {
        self.fill_in_days(table, form);
        if table.merged.is_empty() {
            return Ok(());
        }
        let kinds = kinds(self, form);
        let mut ranges = std::mem::take(&mut table.merged);
        ranges.sort_by_key(|range| range.rows);
        // What is merged with the header is part of it. Which rows are records is judged before
        // anything is filled in.
        let first = table.rows.get(self.data.start).map_or(u32::MAX, |row| row.number);
        let records = &table.rows[self.data.clone()];
        let stated: BTreeSet<u32> =
            records.iter().filter(|row| states_something(row, &kinds)).map(|row| row.number).collect();
        let mut ends: BTreeMap<usize, u32> = BTreeMap::new();
        for range in ranges.iter().filter(|range| range.rows.0 >= first) {
            // Ranges that lie over each other are no work of a spreadsheet: the first one holds.
            let end = ends.entry(range.columns.0).or_default();
            if range.rows.0 > *end {
                *end = range.rows.1;
                fill_range(table, &kinds, range, &stated, budget)?;
            }
        }
        table.merged = ranges;
        Ok(())
    }

    /// In a workbook of 1904, a number without a date format in a column of days is a day too.
    pub fn fill_in_days(&self, table: &mut Table, form: &Form) {
        if !table.is_1904 {
            return;
        }
        let kinds = kinds(self, form);
        let days: Vec<usize> =
            (0..kinds.len()).filter(|index| kinds[*index] == Some(ColumnKind::Day)).collect();
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

fn fill_range(
    table: &mut Table,
    kinds: &[Option<ColumnKind>],
    range: &MergedRange,
    stated: &BTreeSet<u32>,
    budget: &Budget,
) -> Result<(), TableFault> {
    let (column, last_column) = range.columns;
    let Some(own) = kinds.get(column).copied().flatten() else { return Ok(()) };
    let start = table.rows.partition_point(|row| row.number < range.rows.0);
    let Some(head) = table.rows.get(start).filter(|row| row.number == range.rows.0) else { return Ok(()) };
    let content = head.cell(column).clone();
    if content == Cell::Empty {
        return Ok(());
    }
    let others = kinds.iter().take(last_column.saturating_add(1)).skip(column + 1);
    let is_shared = range.rows.1 > range.rows.0 || others.flatten().any(|kind| *kind == ColumnKind::Amount);
    let content = if own == ColumnKind::Amount && is_shared {
        Cell::MergedAmount(Box::new(MergedAmount { shown: content.text(), rows: range.rows }))
    } else {
        content
    };
    // A day that is merged over two columns of days is that of both.
    let days: Vec<usize> = if own == ColumnKind::Day {
        (column + 1..=last_column.min(kinds.len().saturating_sub(1)))
            .filter(|other| kinds.get(*other).copied().flatten() == Some(ColumnKind::Day))
            .collect()
    } else {
        Vec::new()
    };
    let width = days.last().map_or(column, |last| *last) + 1;
    let text = content.text().len();
    let rows = table.rows[start..].iter_mut().take_while(|row| row.number <= range.rows.1);
    for row in rows.filter(|row| stated.contains(&row.number)) {
        let further = width.saturating_sub(row.cells.len());
        budget.take(text * (1 + days.len()) + further * size_of::<Cell>())?;
        if further > 0 {
            row.cells.resize(width, Cell::Empty);
        }
        for place in days.iter().chain([&column]) {
            row.cells[*place] = content.clone();
        }
    }
    budget.check()
}
