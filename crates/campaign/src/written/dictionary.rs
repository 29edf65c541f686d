//! `dictionaries/*.toml`, as written.

use crate::{
    definition::Label,
    written::read::{At, table},
};

table! {
    /// A code list.
    Dictionary {
        label: Label,
        source: String,
        open: Option<At<String>>,
        code: Vec<Entry>,
    }
}

table! {
    /// `[[code]]`.
    Entry {
        code: At<String>,
        label: Label,
        names: Vec<String>,
        parent: Option<At<String>>,
    }
}
