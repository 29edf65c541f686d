//! Pages of single records.

mod beside;
pub(crate) mod correct;
pub(crate) mod fact;
pub(crate) mod numbers;
pub(crate) mod remove;
