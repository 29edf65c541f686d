//! Facts: the only truth. They change through commands alone.

use model::{
    ids::{FactId, UnitId},
    month::Year,
    value::Value,
};

/// One register record, yearly return or baseline statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its id.
    pub id: FactId,
    /// Position of its form in the campaign.
    pub form: usize,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// What it states, by position of the field.
    pub values: Vec<Option<Value>>,
}

impl Fact {
    /// The value of a field, if stated.
    pub fn value(&self, field: usize) -> Option<&Value> {
        self.values.get(field).and_then(Option::as_ref)
    }

    /// The year stated in `field`.
    pub fn year(&self, field: usize) -> Option<Year> {
        self.value(field).and_then(Value::as_integer).and_then(|year| Year::try_from(year).ok())
    }
}
