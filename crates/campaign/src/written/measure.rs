//! `measures.toml`, as written.

use crate::{
    definition::Label,
    written::read::{Located, table},
};

table! {
    /// `measures.toml`.
    Measures { measure: Vec<Measure> }
}

table! {
    /// `[[measure]]`.
    Measure {
        id: Located<String>,
        was: Option<Located<String>>,
        label: Label,
        kind: Located<String>,
        unit: Label,
        unlisted: bool,
        per: Option<Located<String>>,
        scale: Option<Located<String>>,
        decimals: Option<Located<i64>>,
    }
}
