//! Tables in one cell: each of their own cells is read as a field of its kind
//! is read, and the table is kept in the one way in which it is written.

use campaign::definition::Column;
use model::{
    problem::{Problem, ProblemKind},
    rows,
    value::Value,
};

use crate::{names::trim, workbook::Cell, write::unguarded};

use super::{ReadContext, is_not_stated, read_kind};

/// A table of at most `most` rows, as it is stored.
pub(super) fn rows(
    cell: &Cell,
    columns: &[Column],
    most: usize,
    context: &ReadContext<'_>,
) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let found = unguarded(trim(&found));
    if is_not_stated(found) {
        return Ok(None);
    }
    let chars = found.chars().count();
    if chars > rows::LONGEST_TEXT {
        return Err(Problem::error(
            ProblemKind::TooLong,
            [chars.to_string(), rows::LONGEST_TEXT.to_string()],
        ));
    }
    let written = rows::cells(found);
    if written.len() > most {
        return Err(Problem::error(ProblemKind::RowsTooMany, [written.len().to_string(), most.to_string()]));
    }
    let read = written.iter().zip(1..).map(|(cells, number)| row(cells, number, columns, context));
    let table = rows::text(read.collect::<Result<Vec<_>, _>>()?);
    Ok((!table.is_empty()).then_some(Value::Text(table)))
}

/// The cells of a row, spelt as they are stored; none for a row that states nothing.
fn row(
    cells: &[&str],
    number: usize,
    columns: &[Column],
    context: &ReadContext<'_>,
) -> Result<Vec<String>, Problem> {
    if cells.len() > columns.len() {
        let counts = [number, cells.len(), columns.len()].map(|count| count.to_string());
        return Err(Problem::error(ProblemKind::CellsTooMany, counts));
    }
    let placed =
        |problem: Problem, column: &Column| problem.in_row(number, (&column.label.zh, &column.label.en));
    let read = columns.iter().enumerate().map(|(place, column)| {
        let cell = cells.get(place).map_or(Cell::Empty, |text| Cell::Text((*text).to_owned()));
        let (value, _) =
            read_kind(&cell, &column.kind, None, context).map_err(|fault| placed(fault, column))?;
        Ok(value.map(|value| column.spelt(&value)).unwrap_or_default())
    });
    let read = read.collect::<Result<Vec<String>, Problem>>()?;
    let is_empty = read.iter().all(String::is_empty);
    let missing = columns.iter().zip(&read).find(|(column, cell)| column.is_required && cell.is_empty());
    match missing.filter(|_| !is_empty) {
        Some((column, _)) => Err(placed(Problem::error(ProblemKind::Missing, []), column)),
        None => Ok(read),
    }
}
