//! Tests of the crate from outside: headers, cells and rows as tables of cases.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod amounts;
mod periods;
mod reading;
mod recognition;
mod register;
mod rows;
mod sections;
mod support;
mod tables;
