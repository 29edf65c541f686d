//! `measures.toml`, as written.

use crate::{
    definition::Label,
    written::read::{At, table},
};

table! {
    /// `measures.toml`.
    Measures { measure: Vec<Measure> }
}

table! {
    /// `[[measure]]`.
    Measure {
        id: At<String>,
        label: Label,
        kind: At<String>,
        unit: Label,
        unlisted: bool,
        per: Option<At<String>>,
    }
}
