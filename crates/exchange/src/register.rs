//! A register as the file that officers keep: template and export have the
//! same columns, an export names in a hidden column which stored record each
//! row stands for, so that it can come back with corrections.

mod book;
mod cell;
mod layout;
mod mark;
mod origin;
mod plain;
mod validation;

pub use book::{Book, Face};
pub use cell::{Written, code_text, is_masked, masked, written};
pub use layout::{Column, Holds, Layout};
pub use mark::{Mark, RECORD_TITLE};
pub use origin::{ORIGIN_SHEET, Origin};
pub use plain::Plain;
pub use validation::Prompt;

use model::value::Value;

/// One record on its way into a file.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// What it states, by position of the field.
    pub values: &'a [Option<Value>],
    /// Which stored record it is.
    pub mark: Mark,
}
