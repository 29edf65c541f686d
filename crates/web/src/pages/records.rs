//! Pages of single records.

pub(crate) mod attachments;
pub(crate) mod comment;
pub(crate) mod correct;
pub(crate) mod mask;
pub(crate) mod numbers;
pub(crate) mod print;
pub(crate) mod record;
pub(crate) mod remove;
mod side_panel;
mod timeline;
pub(crate) mod transition;
