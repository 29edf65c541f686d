//! The class of a unit in a given year. It decides whether a record counts as
//! non-public, and whether the unit is an enterprise.

use serde::{Deserialize, Serialize};

/// The class of one unit in one year, as the campaign's classification rules
/// derive it from what the unit stated (unit type, holding).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Class {
    /// Position of the ownership class in the campaign's list; `None` when the
    /// unit states no unit type (a union above the grass roots).
    pub ownership: Option<u8>,
    /// Whether it is an enterprise (institutions, offices and unions are not).
    pub is_enterprise: bool,
}
