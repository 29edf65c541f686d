//! Facts: the only source of every figure. Only commands change them.

use campaign::definition::{Campaign, FieldIdx, FormIdx, StateIdx, Values};
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
    /// Position of the state that a transition led to, where it does not follow from the fields.
    pub state: Option<StateIdx>,
}

impl Fact {
    /// The value of a field, if stated.
    pub fn value(&self, field: FieldIdx) -> Option<&Value> {
        self.values.value(field)
    }

    /// Whether it is in a state in which records count: what was returned, withdrawn or refused does not.
    pub fn counts(&self, campaign: &Campaign) -> bool {
        campaign.forms[self.form]
            .workflow
            .as_ref()
            .is_none_or(|workflow| workflow.counts(&self.values, self.state))
    }

    /// The year stated in `field`.
    pub fn year(&self, field: FieldIdx) -> Option<Year> {
        self.value(field).and_then(Value::as_integer).and_then(|year| Year::try_from(year).ok())
    }
}
