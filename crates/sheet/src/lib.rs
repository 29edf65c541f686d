//! Reads workbooks (xlsx, xls, ods, csv, and what the web calls xls) into a table of cells, and writes tables.
//!
//! [`workbook`] turns bytes of any format into a [`workbook::Table`]; [`mod@write`]
//! writes simple tables. [`sniff`] finds the format from the content of the
//! file. [`package`] and [`compound`] open the two kinds of containers that
//! Office files use.
//!
//! Pure: it only reads the bytes it is given, and does not know what the cells
//! mean: no form, no field, no unit. Files may be damaged or malicious, so every
//! reader works as a stream within [`workbook::Limits`] and never reserves memory
//! for a size that the file only claims. A [`budget::Budget`] bounds the memory and
//! the time of one reading, and stops it. `make fuzz` tests this.

pub mod budget;
pub mod compound;
pub mod fault;
pub mod number_format;
pub mod package;
pub mod serial;
pub mod sniff;
pub mod workbook;
pub mod write;

mod characters;
mod delimited;
mod html;
mod ods;
mod pattern;
mod quotes;
mod sheet_builder;
mod spreadsheet_ml;
mod strings;
mod xls;
mod xlsx;
mod xml;
