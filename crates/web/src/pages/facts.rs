//! Pages of single records.

pub(crate) mod fact;
