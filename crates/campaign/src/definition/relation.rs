//! Rules over a record and the one that it refers to, and over the records of a unit.

use super::{FieldIdx, Label, Values};
use crate::condition::Condition;

/// A check across a record and the one that a field of it refers to, or across the records of a unit.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Position of the field that refers to the other record; `None` for a rule over the records of a unit, which is
    /// [`RelationCheck::Once`].
    pub reference: Option<FieldIdx>,
    /// Position of the field at fault.
    pub at: FieldIdx,
    /// Which records it concerns; `None` for all. Others neither break it nor count.
    pub when: Option<Condition>,
    /// What must hold.
    pub check: RelationCheck,
    /// What is wrong and what to do.
    pub message: Label,
    /// Whether a breach refuses what somebody types.
    pub is_error: bool,
    /// Whether a breach refuses the row of a file.
    pub is_error_in_files: bool,
}

/// What must hold of the records that refer to one record, or are of one unit.
#[derive(Debug, Clone)]
pub enum RelationCheck {
    /// They are not more than this.
    Most(Most),
    /// No two of them state the same in all of these fields.
    Once(Vec<FieldIdx>),
    /// Of each of them, this condition is not false: over its own fields and, behind them, those of the record
    /// referred to ([`joined_values`]).
    That(Condition),
}

/// How many records may refer to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// So many.
    Number(i64),
    /// As many as this field of the record referred to states; no limit where it states none.
    Field(FieldIdx),
}

/// The values of a record, and behind them those of the one that it refers to: what a
/// [`RelationCheck::That`] looks at.
pub fn joined_values(own: &Values, other: &Values) -> Values {
    own.iter().chain(other.iter()).cloned().collect()
}
