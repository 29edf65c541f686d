//! The index against what a reader of the facts would say.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod comparing;
mod filters;
mod keeping;
mod naive;

use campaign::definition::{StateIdx, Values};
use std::path::Path;

use campaign::{check::check, definition::Definition, source::Source};
use jiff::civil::Date;
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use search::{Filter, Index, IndexQuery, IndexRecord, Reached, SearchResult, Shape, Sort};

/// A register with a field of nearly every kind.
const FORM: &str = "green-action";

fn definition() -> Definition {
    let source = Source::read_dir(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../campaign/tests/small")));
    let mut definition = check(&source.unwrap()).unwrap();
    let (form, field) = {
        let (form, definition) = definition.form(FORM).unwrap();
        (form, definition.field("saving").unwrap())
    };
    definition.forms[form].fields[field].takes_not_applicable = true;
    definition
}

fn shape(definition: &Definition) -> Shape {
    Shape::new(definition, definition.form(FORM).unwrap().0, "")
}

/// A record as a test keeps it.
#[derive(Debug, Clone, PartialEq)]
struct Action {
    id: i64,
    version: i64,
    unit: i64,
    state: Option<StateIdx>,
    values: Values,
    keys: Vec<String>,
}

impl Action {
    fn record(&self) -> IndexRecord<'_> {
        IndexRecord {
            id: RecordId(self.id),
            version: self.version,
            unit: UnitId(self.unit),
            state: self.state,
            values: &self.values,
            keys: &self.keys,
        }
    }
}

/// A record that states some fields.
fn action(definition: &Definition, id: i64, stated: &[(&str, Value)]) -> Action {
    let (_, form) = definition.form(FORM).unwrap();
    let mut values = form.no_values();
    for (field, value) in stated {
        values[form.field(field).unwrap()] = Some(value.clone());
    }
    Action { id, version: 1, unit: 7, state: None, values, keys: Vec::new() }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn day(day: &str) -> Value {
    Value::Date(day.parse::<Date>().unwrap())
}

/// A change that an index has read.
fn reached(number: i64) -> Reached {
    Reached { number, mark: -number, at: 7 }
}

fn put(index: &Index, actions: &[Action], number: i64) {
    let records: Vec<IndexRecord<'_>> = actions.iter().map(Action::record).collect();
    index.apply(&records, &[], reached(number)).unwrap();
}

/// Everything that fits, in order.
fn find(index: &Index, filter: &Filter, units: Option<&[i64]>, sort: Sort) -> Vec<i64> {
    let units: Option<Vec<UnitId>> = units.map(|units| units.iter().map(|unit| UnitId(*unit)).collect());
    let ask = IndexQuery { filter, units: units.as_deref(), sort, skip: 0, most: usize::MAX };
    let SearchResult { count, ids } = index.find(&ask).unwrap();
    assert_eq!(count, ids.len() as u64);
    ids.into_iter().map(|id| id.0).collect()
}
