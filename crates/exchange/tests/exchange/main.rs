//! Tests of the crate from outside: files, headers, cells and rows as tables of cases.

mod files;
mod hostile;
mod reading;
mod recognition;
mod rows;
mod support;
