//! Pages of single records.

pub(crate) mod correct;
pub(crate) mod fact;
pub(crate) mod remove;
