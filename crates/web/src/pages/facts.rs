//! Pages of single records.

pub(crate) mod attachments;
pub(crate) mod comment;
pub(crate) mod correct;
pub(crate) mod fact;
pub(crate) mod print;
pub(crate) mod remove;
pub(crate) mod step;
mod timeline;
