//! Facts: the only source of every figure. Only commands change them.

use campaign::definition::{FieldIdx, FormIdx, Values};
use model::{
    ids::{RecordId, UnitId},
    month::Year,
    value::Value,
};

/// One register record, yearly return or baseline statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its id.
    pub id: RecordId,
    /// Position of its form in the campaign.
    pub form: FormIdx,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// What it states, by position of the field.
    pub values: Values,
}

impl Fact {
    /// The value of a field, if stated.
    pub fn value(&self, field: FieldIdx) -> Option<&Value> {
        self.values.value(field)
    }

    /// The year stated in `field`.
    pub fn year(&self, field: FieldIdx) -> Option<Year> {
        self.value(field).and_then(Value::as_integer).and_then(|year| Year::try_from(year).ok())
    }
}
