//! `dictionaries/*.toml`, as written.

use crate::{
    definition::Label,
    written::read::{Located, table},
};

table! {
    /// A code list.
    Dictionary {
        label: Label,
        source: String,
        open: Option<Located<String>>,
        code: Vec<Entry>,
    }
}

table! {
    /// `[[code]]`.
    Entry {
        code: Located<String>,
        was: Option<Located<String>>,
        label: Label,
        names: Vec<String>,
        parent: Option<Located<String>>,
    }
}
