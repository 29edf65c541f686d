//! `roles.toml`, as written.

use crate::{
    definition::Label,
    written::read::{Located, table},
};

table! {
    /// The roles of a federation.
    Roles {
        /// Whether no role administers in more than one of the three ways, nor beside its business; no when it is
        /// left out.
        separate_administrators: bool,
        role: Vec<Role>,
    }
}

table! {
    /// `[[role]]`.
    Role {
        id: Located<String>,
        label: Label,
        help: Label,
        level: Located<String>,
        actions: Located<Vec<Located<String>>>,
        /// The only campaigns that it is for; all when it is left out.
        campaigns: Option<Located<Vec<Located<String>>>>,
        /// Whether its people sign in with a second factor; no when it is left out.
        second_factor: bool,
    }
}
