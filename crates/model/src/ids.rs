//! Typed ids. Every id is a 64-bit integer. Each kind of id has its own type, so
//! that a unit's id cannot be used as a record's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares one id type.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

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
    /// One record: of a register, a yearly return or a baseline.
    RecordId,
    /// A person who signs in.
    UserId,
    /// One file uploaded for import.
    ImportId,
    /// One file that belongs to a record.
    AttachmentId,
}
