//! The index of records: it finds the records of a form that fit a filter, counts
//! them, and returns one page of them in any order.
//!
//! The index is derived from the records and can be deleted; it is then built
//! again. It knows forms, not campaigns. The callers decide who may see what. One
//! index belongs to one form under one definition ([`Shape::name`]). Each commit
//! states up to which change of the records it has read ([`Index::reached`]).

mod filter;
mod index;
mod keys;
mod page;
mod shape;
mod words;

use thiserror::Error;

pub use filter::{By, Filter, Sort, Test};
pub use index::{Build, Index, IndexQuery, SearchResult};
pub use keys::{Bearer, shared};
pub use shape::{IndexRecord, Shape};

/// Why an index could not do what it was asked.
#[derive(Debug, Error)]
pub enum Error {
    /// Another process keeps this index; it can be read, not written.
    #[error("another process keeps this index")]
    Busy,
    /// The library or the file system refused.
    #[error("the index of records: {0}")]
    Broken(#[source] tantivy::TantivyError),
    /// The directory of the index cannot be used.
    #[error("the directory of the index of records: {0}")]
    Directory(#[from] std::io::Error),
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::LockFailure(..) => Self::Busy,
            other => Self::Broken(other),
        }
    }
}

/// Result of asking an index.
pub type Result<T> = std::result::Result<T, Error>;
