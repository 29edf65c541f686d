//! Tables in and out: xlsx, xls, ods and csv as clerks write them.
//!
//! Reading goes in four steps, each a module of its own: bytes become a
//! [`workbook::Table`] of cells; [`recognise`] finds the header and says which
//! column is which field; [`reading`] turns one cell into one value; [`rows`]
//! puts them together row by row. [`annotate`] hands the same sheet back with
//! the faults written into it; [`register`] makes the files that officers keep,
//! [`write`] simple tables. [`kind`] tells what a file is that is only kept, and
//! [`picture`] makes small pictures of large ones.
//!
//! Pure apart from parsing the bytes it is given: no SQL, HTTP, async or clock.
//! Files come from strangers, so every reader works as a stream within
//! [`workbook::Limits`] and reserves no memory on a file's own word.

pub mod annotate;
pub mod fault;
pub mod kind;
pub mod names;
pub mod picture;
pub mod reading;
pub mod recognise;
pub mod register;
pub mod rows;
pub mod workbook;
pub mod write;

mod content;
mod delimited;
mod gather;
mod header;
mod ods;
mod package;
mod serial;
mod skip;
mod strings;
mod title;
mod xls;
mod xlsx;
mod xml;
