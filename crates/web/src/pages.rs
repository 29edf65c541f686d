//! The pages, one file each: handler, page struct ready to print, presentation.

pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod language;
pub(crate) mod login;
