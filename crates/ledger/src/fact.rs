//! Facts: the only source of every figure. Only commands change them.

use campaign::definition::{Definition, FieldIdx, FormIdx, State, StateIdx, Values};
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

    /// The state that decides which posts it makes; `None` where every state makes all of them.
    pub(crate) fn posting_state<'c>(&self, definition: &'c Definition) -> Option<(StateIdx, &'c State)> {
        let form = &definition.forms[self.form];
        let workflow = form.workflow.as_ref()?;
        // Nearly every form posts the same in all states, and this is asked of millions of records.
        let differs = workflow.states.iter().any(|state| !state.counts)
            || form.posts.iter().any(|post| !post.states.is_empty());
        let state = differs.then(|| workflow.resolve_state(&self.values, self.state))?;
        Some((state, &workflow.states[state]))
    }

    /// The year stated in `field`, by itself or as a period.
    pub fn year(&self, field: FieldIdx) -> Option<Year> {
        self.value(field).and_then(Value::as_year)
    }
}
