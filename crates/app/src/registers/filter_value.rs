//! Values that a filter names, read as the cells of an import are read.

use campaign::{definition::Field, kinds::FilterBy};
use exchange::{
    money::AmountUnit,
    reading::{ReadContext, read_as},
};
use model::{
    ids::RecordId,
    problem::Problem,
    value::{Reference, Value},
};
use sheet::workbook::Cell;

use crate::{Context, Snapshot, record::ID_MARK};

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
    if field.kind.spec().filter_by == FilterBy::Reference {
        return reference(field, typed);
    }
    let cell = Cell::Text(typed.to_owned());
    let (value, _) =
        read_as(&cell, field.kind.spec().read_as.with_any_bounds(), &AmountUnit::Unstated, &context)?;
    value.ok_or(Problem::Missing)
}

/// What is chosen for references that are not linked.
pub const NOT_LINKED: &str = "none";

/// References that are not linked, or those to the record with this id.
fn reference(field: &Field, typed: &str) -> Result<Value, Problem> {
    if typed == NOT_LINKED {
        return Ok(Value::Text(String::new()));
    }
    let unknown = || Problem::UnknownReference { found: typed.to_owned(), register: field.label.clone() };
    let id: i64 = typed.parse().map_err(|_| unknown())?;
    Ok(Value::Reference(Reference { id: RecordId(id), text: format!("{ID_MARK}{id}") }))
}
