//! Tests of the crate from outside: files, headers, cells and rows as tables of cases.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod files;
mod hostile;
mod reading;
mod recognition;
mod register;
mod rows;
mod support;
mod tables;
