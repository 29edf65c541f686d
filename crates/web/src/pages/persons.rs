//! Workers' files: finding a person, what registers tell of him, correcting
//! and removing his data.

pub(crate) mod change;
pub(crate) mod file;
pub(crate) mod find;
