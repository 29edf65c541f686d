//! How the class of a unit follows from the fields of its roster or return.

use model::class::Class;

use super::{Label, Values};
use crate::condition::Condition;

/// How a unit's class follows from what it states.
#[derive(Debug, Clone)]
pub struct Classification {
    /// Ids of the classifying fields; conditions below number them in this order.
    pub fields: Vec<String>,
    /// When a unit is an enterprise.
    pub enterprise: Condition,
    /// Ownership classes, tried in this order.
    pub ownership: Vec<OwnershipClass>,
}

impl Classification {
    /// The class of a unit that states `values` (in the order of `fields`). A
    /// unit that states none of them is a union, not an enterprise.
    pub fn classify(&self, values: &Values) -> Class {
        if values.iter().all(Option::is_none) {
            return Class::default();
        }
        let holds = |condition: &Condition| condition.evaluate(values, Class::default()) == Some(true);
        Class {
            ownership: self
                .ownership
                .iter()
                .position(|class| holds(&class.when))
                .and_then(|position| u8::try_from(position).ok()),
            is_enterprise: holds(&self.enterprise),
        }
    }
}

/// One class of ownership.
#[derive(Debug, Clone)]
pub struct OwnershipClass {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// When it holds, over the classifying fields.
    pub when: Condition,
}
