//! Things that only one unit can have. When records of two units have the same
//! key, they are duplicates, and both units are shown them.

use super::{FieldIdx, Label, PersonFields};

/// A `[[claim]]` of a register: what only one unit can have. Records of two units with the same key are duplicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// Id.
    pub id: String,
    /// Words for what is claimed.
    pub label: Label,
    /// What makes two records claim the same; a record that does not state all of it claims nothing.
    pub key: Vec<DuplicateKeyPart>,
}

/// One part of the key of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateKeyPart {
    /// A person, by ID number: a name alone tells nobody apart between units.
    Person(PersonFields),
    /// The value of a field; texts are compared without spaces and signs.
    Field(FieldIdx),
    /// The year of a date or year field.
    Year(FieldIdx),
}
