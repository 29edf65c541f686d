//! Reads records from files, as clerks write them, and writes records to files.
//!
//! A [`sheet::workbook::Table`] of cells becomes records in three steps, each with
//! its own module. [`recognise`] finds the header and decides which column is
//! which field. [`reading`] turns one cell into one value. [`sections`] tells
//! records from totals and remarks, and for which unit they are; [`rows`] builds the
//! records row by row. [`annotate`] returns the same sheet with the faults
//! written into it. [`register`] makes the files that officers keep.
//! [`vocabulary`] holds the words that clerks write around the data.
//!
//! Pure: no SQL, HTTP, async or clock.

pub mod annotate;
pub mod fault;
pub mod normalise;
pub mod reading;
pub mod recognise;
pub mod register;
pub mod rows;
pub mod sections;
pub mod vertical;
pub mod vocabulary;

mod fill_in;
mod header;
pub mod money;
mod non_data_rows;
mod title;
mod unit_in_line;
