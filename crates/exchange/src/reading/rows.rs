//! Tables in one cell: each of their own cells is read as a field of its kind
//! is read, and the table is kept in the one way in which it is written.

use campaign::definition::TableColumn;
use model::{problem::Problem, rows, value::Value};
use sheet::{workbook::Cell, write::unguarded};

use crate::{money::AmountUnit, normalise::trim};

use super::{ReadContext, is_blank_mark, read_as};

/// A table of at most `most` rows, as it is stored.
pub(super) fn rows(
    cell: &Cell,
    columns: &[TableColumn],
    most: usize,
    context: &ReadContext<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let found = unguarded(trim(&found));
    if is_blank_mark(found, context.words()) {
        return Ok(None);
    }
    let chars = found.chars().count();
    if chars > rows::LONGEST_TEXT {
        return Err(Problem::TooLong { found: chars, max: rows::LONGEST_TEXT });
    }
    let written = rows::cells(found);
    if written.len() > most {
        return Err(Problem::RowsTooMany { found: written.len(), max: most });
    }
    let read = written.iter().zip(1..).map(|(cells, number)| row(cells, number, columns, context));
    let table = rows::text(read.collect::<Result<Vec<_>, _>>()?);
    Ok((!table.is_empty()).then_some(Value::Text(table)))
}

/// The cells of a row, spelt as they are stored; none for a row that states nothing.
fn row(
    cells: &[&str],
    number: usize,
    columns: &[TableColumn],
    context: &ReadContext<'_>,
) -> Result<Vec<String>, Problem> {
    if cells.len() > columns.len() {
        return Err(Problem::CellsTooMany { row: number, found: cells.len(), max: columns.len() });
    }
    let placed = |problem: Problem, column: &TableColumn| problem.in_row(number, column.label.clone());
    let read = columns.iter().enumerate().map(|(place, column)| {
        let cell = cells.get(place).map_or(Cell::Empty, |text| Cell::Text((*text).to_owned()));
        let reading = column.kind.spec().read_as;
        let (value, _) =
            read_as(&cell, reading, &AmountUnit::Unstated, context).map_err(|fault| placed(fault, column))?;
        Ok(value.map(|value| column.spelt(&value)).unwrap_or_default())
    });
    let read = read.collect::<Result<Vec<String>, Problem>>()?;
    let is_empty = read.iter().all(String::is_empty);
    let missing = columns.iter().zip(&read).find(|(column, cell)| column.is_required && cell.is_empty());
    match missing.filter(|_| !is_empty) {
        Some((column, _)) => Err(placed(Problem::Missing, column)),
        None => Ok(read),
    }
}
