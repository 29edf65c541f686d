//! Values that a filter names, read as the cells of an import are read.

use campaign::definition::{Field, FieldKind};
use exchange::{
    reading::{ReadContext, read_value},
    workbook::Cell,
};
use model::{
    problem::{Problem, ProblemKind},
    value::Value,
};

use crate::{Context, Snapshot};

/// What somebody typed as a bound or a choice for a field. Anything of the
/// field's kind will do: that no record can state it is no fault of a question.
///
/// # Errors
/// Why it cannot be read.
pub fn value(ctx: &Context, snapshot: &Snapshot, field: &Field, typed: &str) -> Result<Value, Problem> {
    let kind = match &field.kind {
        FieldKind::Integer { .. } => FieldKind::Integer { min: i64::MIN, max: i64::MAX },
        FieldKind::Decimal { .. } => FieldKind::Decimal { min: f64::MIN, max: f64::MAX },
        FieldKind::Date { .. } => FieldKind::Date { future: true },
        FieldKind::Year { .. } => FieldKind::Year { min: 1900, max: 2200 },
        other => other.clone(),
    };
    let context = ReadContext {
        campaign: &snapshot.campaign,
        units: snapshot,
        today: ctx.clock.today(),
        default_unit: None,
        default_year: None,
    };
    let cell = Cell::Text(typed.to_owned());
    let (value, _) = read_value(&cell, &Field { kind, ..field.clone() }, None, &context)?;
    value.ok_or_else(|| Problem::error(ProblemKind::Missing, []))
}
