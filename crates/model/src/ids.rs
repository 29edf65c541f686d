//! Typed ids. Every id is a 64-bit integer; a type of its own keeps a unit's
//! id out of a fact's column.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares one id type.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A federation: the tenant, and the first column of every growing table's key.
    RegionId,
    /// A union or an enterprise in the tree of one region.
    UnitId,
    /// One fact: a register record, a yearly return, a baseline statement.
    FactId,
    /// A person who signs in.
    UserId,
    /// One file handed in for import.
    ImportId,
    /// One file that belongs to a record.
    AttachmentId,
}
