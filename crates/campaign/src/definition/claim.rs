//! What only one unit can own: when records of two units say the same, both
//! are told.

use super::{Label, PersonFields};

/// What a record lays claim to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Id.
    pub id: String,
    /// Words for what is claimed.
    pub label: Label,
    /// What makes two records claim the same; a record that does not state all of it claims nothing.
    pub key: Vec<ClaimPart>,
}

/// One part of the key of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimPart {
    /// A person, by ID number: a name alone tells nobody apart between units.
    Person(PersonFields),
    /// The value of a field; texts are compared without spaces and signs.
    Field(usize),
    /// The year of a date or year field.
    Year(usize),
}
