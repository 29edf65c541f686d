//! The index of records: answers which records of a form fit a filter, how
//! many there are, and which stand on a page in any order.
//!
//! It is derived from the facts and never the truth: it can be dropped and is
//! built anew. It knows forms, not campaigns; who may see what is decided
//! above it. One index belongs to one form under one definition
//! ([`Shape::name`]); a commit says how far it has read ([`Index::reached`]).

mod filter;
mod index;
mod keys;
mod page;
mod shape;
mod words;

use thiserror::Error;

pub use filter::{By, Filter, Sort, Test};
pub use index::{Ask, Build, Found, Index};
pub use keys::{Bearer, shared};
pub use shape::{Record, Shape};

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
