//! What can be wrong with a whole file. A fault is a kind with arguments; the
//! catalogue turns it into sentences.

use thiserror::Error;

/// Why a file cannot be read as a table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableFault {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than allowed. Args: megabytes allowed.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// Bytes allowed.
        max: usize,
    },
    /// Not a table that can be read. Args: what it looks like (`html`, `docx`, `pdf`, `zip`, `binary` …).
    #[error("not a table, but {looks_like}")]
    UnknownFormat {
        /// What the first bytes suggest.
        looks_like: &'static str,
    },
    /// Protected by a password; save it without one. Args: none.
    #[error("the file is protected by a password")]
    Encrypted,
    /// Holds macros; save it as .xlsx. Args: none.
    #[error("the workbook holds macros")]
    Macros,
    /// Unpacks to far more than it seems. Args: megabytes allowed.
    #[error("the file unpacks to more than {max} bytes")]
    ZipBomb {
        /// Unpacked bytes allowed.
        max: u64,
    },
    /// Cut off or otherwise broken. Args: where reading stopped, for the support desk.
    #[error("the file is damaged: {detail}")]
    Damaged {
        /// Where reading stopped.
        detail: String,
    },
    /// A workbook without any worksheet. Args: none.
    #[error("the workbook has no worksheet")]
    NoSheet,
    /// No sheet of that name. Args: name asked for, names there are.
    #[error("no sheet is called {name}")]
    NoSuchSheet {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// More rows than allowed. Args: rows allowed.
    #[error("more than {max} rows")]
    TooManyRows {
        /// Rows allowed.
        max: usize,
    },
    /// More cells than allowed. Args: cells allowed.
    #[error("more than {max} cells")]
    TooManyCells {
        /// Cells allowed.
        max: usize,
    },
    /// More text than allowed in all cells together. Args: megabytes allowed.
    #[error("more than {max} bytes of text")]
    TooMuchText {
        /// Bytes allowed.
        max: usize,
    },
    /// A csv that is neither UTF-8 nor GB18030 nor UTF-16 with a mark. Args: none.
    #[error("the character set cannot be told")]
    UnknownEncoding,
    /// A quotation mark opens a cell that no other closes. Args: the line.
    #[error("a quotation mark on line {line} is never closed")]
    UnclosedQuote {
        /// The line on which the cell begins.
        line: u32,
    },
    /// A quoted cell holds lines that look like records. Args: the lines on which it begins and ends.
    #[error("the quoted cell that begins on line {line} holds what looks like records")]
    RecordsInQuotes {
        /// The line on which the cell begins.
        line: u32,
        /// The line on which it ends.
        last: u32,
    },
    /// Reading took more memory than allowed. Args: megabytes allowed.
    #[error("reading takes more than {max} bytes of memory")]
    TooMuchMemory {
        /// Bytes allowed.
        max: usize,
    },
    /// Reading took longer than allowed. Args: seconds allowed.
    #[error("reading takes longer than {seconds} seconds")]
    TookTooLong {
        /// Seconds allowed.
        seconds: u64,
    },
    /// Somebody stopped it, or left. Args: none.
    #[error("reading was stopped")]
    Stopped,
    /// A file could not be written. Args: what went wrong.
    #[error("the table could not be written: {detail}")]
    NotWritten {
        /// What went wrong.
        detail: String,
    },
}

impl TableFault {
    /// Every name; the catalogue must have a message for each in every language.
    pub const NAMES: &[&str] = &[
        "empty",
        "too_large",
        "unknown_format",
        "encrypted",
        "macros",
        "zip_bomb",
        "damaged",
        "no_sheet",
        "no_such_sheet",
        "too_many_rows",
        "too_many_cells",
        "too_much_text",
        "unknown_encoding",
        "unclosed_quote",
        "records_in_quotes",
        "too_much_memory",
        "took_too_long",
        "stopped",
        "not_written",
    ];

    /// The permanent name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::Encrypted => "encrypted",
            Self::Macros => "macros",
            Self::ZipBomb { .. } => "zip_bomb",
            Self::Damaged { .. } => "damaged",
            Self::NoSheet => "no_sheet",
            Self::NoSuchSheet { .. } => "no_such_sheet",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::TooManyCells { .. } => "too_many_cells",
            Self::TooMuchText { .. } => "too_much_text",
            Self::UnknownEncoding => "unknown_encoding",
            Self::UnclosedQuote { .. } => "unclosed_quote",
            Self::RecordsInQuotes { .. } => "records_in_quotes",
            Self::TooMuchMemory { .. } => "too_much_memory",
            Self::TookTooLong { .. } => "took_too_long",
            Self::Stopped => "stopped",
            Self::NotWritten { .. } => "not_written",
        }
    }

    /// Values for the placeholders of the message, in order.
    pub fn args(&self) -> Vec<String> {
        match self {
            Self::Empty
            | Self::Encrypted
            | Self::Macros
            | Self::NoSheet
            | Self::UnknownEncoding
            | Self::Stopped => vec![],
            Self::TooLarge { max } | Self::TooMuchText { max } | Self::TooMuchMemory { max } => {
                vec![(max >> 20).to_string()]
            }
            Self::UnclosedQuote { line } => vec![line.to_string()],
            Self::RecordsInQuotes { line, last } => vec![line.to_string(), last.to_string()],
            Self::TookTooLong { seconds } => vec![seconds.to_string()],
            Self::ZipBomb { max } => vec![(max >> 20).to_string()],
            Self::UnknownFormat { looks_like } => vec![(*looks_like).to_owned()],
            Self::Damaged { detail } | Self::NotWritten { detail } => vec![detail.clone()],
            Self::NoSuchSheet { name, available } => vec![name.clone(), available.join("、")],
            Self::TooManyRows { max } | Self::TooManyCells { max } => vec![max.to_string()],
        }
    }

    /// A damaged file, with the place where reading stopped.
    pub(crate) fn damaged(detail: impl std::fmt::Display) -> Self {
        Self::Damaged { detail: detail.to_string() }
    }
}
