//! The pages, one file each: handler, page struct ready to print, presentation.

pub(crate) mod about;
pub(crate) mod drafts;
pub(crate) mod facts;
pub(crate) mod figures;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod imports;
pub(crate) mod language;
pub(crate) mod login;
pub(crate) mod people;
pub(crate) mod persons;
pub(crate) mod privacy;
pub(crate) mod ranking;
pub(crate) mod registers;
pub(crate) mod unit_options;
pub(crate) mod units;
pub(crate) mod users;
pub(crate) mod work;
