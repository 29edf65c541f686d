//! Posts: which measures a record counts towards.

use model::period::Grain;

use super::{FieldIdx, Measure, MeasureIdx, PersonFields, StateIdx, Values};
use crate::condition::Condition;

/// A measure that a record counts towards.
#[derive(Debug, Clone)]
pub struct Post {
    /// Position of the measure.
    pub measure: MeasureIdx,
    /// Position of the field with a date, a year or a period: what is posted counts in its last month.
    pub on: FieldIdx,
    /// For how long a period the field states something: a month for a date.
    pub grain: Grain,
    /// When it is made; `None` for always.
    pub when: Option<Condition>,
    /// How much it adds.
    pub amount: Amount,
    /// Position of the unit field it is made at; `None` for the record's own unit.
    pub unit: Option<FieldIdx>,
    /// Itemised or supplementary.
    pub part: Part,
    /// What is counted once, for distinct measures; empty otherwise.
    pub key: Vec<KeyPart>,
    /// Whether it is made in states too in which records do not count.
    pub is_kept: bool,
    /// Positions of the only states in which it is made; none for all.
    pub states: Vec<StateIdx>,
    /// As the definition says it, but for the measure: for people who compare two versions.
    pub text: String,
}

impl Post {
    /// How much it adds for a record with these values, in the parts that `measure` sums; `None` where that is not stated.
    pub fn amount_of(&self, measure: &Measure, values: &Values) -> Option<i64> {
        match self.amount {
            Amount::Fixed(parts) => Some(parts),
            Amount::Field(field) => measure.scale.parts(values.value(field)?),
        }
    }
}

/// How much a post adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// A fixed number of the parts that the measure sums.
    Fixed(i64),
    /// The value of a field with a number or an amount of money.
    Field(FieldIdx),
}

/// Listed numbers come from registers, one by one; unlisted ones are stated in a
/// return (未逐条登记). They are shown apart, as itemised and supplementary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// One by one in a register.
    Listed,
    /// As a number in a return.
    Unlisted,
}

/// One part of the key of a distinct count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// A person: by ID number, else by name within the unit.
    Person(PersonFields),
    /// The value of a field.
    Field(FieldIdx),
    /// The first characters of a field's code.
    Prefix(FieldIdx, usize),
    /// The unit posted at.
    Unit,
}
