//! A register as the file that officers keep. Template and export have the same
//! columns. An export names, in a hidden column, the stored record of each row,
//! so that an edited file can be imported again.

mod cell;
mod layout;
mod mark;
mod origin;
mod plain;
mod validation;
mod xlsx_writer;

pub use cell::{CellContent, code_text, is_masked, masked, with_aliases, written};
pub use layout::{ColumnContent, FileColumn, Layout, NOTE_TITLE};
pub use mark::{Mark, RECORD_TITLE};
pub use origin::{ORIGIN_SHEET, Origin};
pub use plain::Plain;
pub use validation::Prompt;
pub use xlsx_writer::{SheetTexts, XlsxWriter};

use campaign::definition::Values;

/// One record on its way into a file.
#[derive(Debug, Clone, Copy)]
pub struct FileRecord<'a> {
    /// What it states, by position of the field.
    pub values: &'a Values,
    /// Which stored record it is.
    pub mark: Mark,
}
