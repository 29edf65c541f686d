//! Pages of workers: finding a person, listing the records about the person, and
//! correcting or removing the person's data.

pub(crate) mod change;
pub(crate) mod file;
pub(crate) mod find;
