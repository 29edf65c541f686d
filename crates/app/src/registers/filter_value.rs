//! Values that a filter names, read as the cells of an import are read.

use campaign::definition::Field;
use exchange::{
    money::AmountUnit,
    reading::{ReadContext, read_as},
};
use model::{problem::Problem, value::Value};
use sheet::workbook::Cell;

use crate::{Context, Snapshot};

/// What somebody typed as a bound or a choice for a field. Anything of the
/// field's kind will do: that no record can state it is no fault of a question.
///
/// # Errors
/// Why it cannot be read.
pub fn value(ctx: &Context, snapshot: &Snapshot, field: &Field, typed: &str) -> Result<Value, Problem> {
    let context = ReadContext {
        definition: &snapshot.definition,
        units: snapshot,
        today: ctx.today(snapshot),
        default_unit: None,
        default_year: None,
    };
    let cell = Cell::Text(typed.to_owned());
    let (value, _) =
        read_as(&cell, field.kind.spec().read_as.with_any_bounds(), &AmountUnit::Unstated, &context)?;
    value.ok_or(Problem::Missing)
}
