//! The pages, one file each: the handler, the page struct, and the functions that fill it.

pub(crate) mod about;
pub(crate) mod access_log;
pub(crate) mod accounts;
pub(crate) mod activate;
pub(crate) mod audit_trail;
pub(crate) mod definition;
pub(crate) mod drafts;
pub(crate) mod figures;
pub(crate) mod health;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod imports;
pub(crate) mod language;
pub(crate) mod login;
pub(crate) mod person_lookup;
pub(crate) mod persons;
pub(crate) mod ranking;
pub(crate) mod records;
pub(crate) mod reference_options;
pub(crate) mod registers;
pub(crate) mod tasks;
pub(crate) mod todo;
pub(crate) mod unit_options;
pub(crate) mod units;
pub(crate) mod unmask_log;
