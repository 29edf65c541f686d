//! Pages of single records.

pub(crate) mod attachments;
mod beside;
pub(crate) mod comment;
pub(crate) mod correct;
pub(crate) mod fact;
pub(crate) mod numbers;
pub(crate) mod print;
pub(crate) mod remove;
pub(crate) mod step;
mod timeline;
