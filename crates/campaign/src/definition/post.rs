//! What a fact counts towards.

use super::PersonFields;
use crate::condition::Condition;

/// One thing that a fact counts towards.
#[derive(Debug, Clone)]
pub struct Post {
    /// Position of the measure.
    pub measure: usize,
    /// Position of the date or year field that decides the month.
    pub on: usize,
    /// When it is made; `None` for always.
    pub when: Option<Condition>,
    /// How much it adds.
    pub amount: Amount,
    /// Position of the unit field it is made at; `None` for the fact's own unit.
    pub unit: Option<usize>,
    /// Itemised or supplementary.
    pub part: Part,
    /// What is counted once, for distinct measures; empty otherwise.
    pub key: Vec<KeyPart>,
}

/// How much a post adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// A fixed number.
    Fixed(i64),
    /// The value of an integer field.
    Field(usize),
}

/// Itemised numbers come from registers; supplementary ones are stated in a
/// return as "not registered one by one" (未逐条登记). They are shown apart.
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
    Field(usize),
    /// The first characters of a field's code.
    Prefix(usize, usize),
    /// The unit posted at.
    Unit,
}
