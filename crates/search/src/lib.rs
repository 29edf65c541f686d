//! The index of records: it finds the records of a form that fit a filter, counts
//! them, and returns one page of them in any order.
//!
//! The index is derived from the records and can be deleted; it is then built
//! again. It knows forms, not campaigns. The callers decide who may see what. One
//! index belongs to one form under one definition ([`Shape::name`]). Each commit
//! states up to which change of the records it has read ([`Index::reached`]). Files that
//! were damaged, cut short or deleted are noticed before they are read ([`Index::check`]).

mod compare;
mod filter;
mod health;
mod index;
mod keys;
mod page;
mod shape;
mod words;

use std::{
    io,
    path::{Path, PathBuf},
};

use tantivy::{
    TantivyError,
    directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError},
};
use thiserror::Error;

pub use compare::{Contents, IndexDifference, RecordPart};
pub use filter::{By, Filter, Sort, Test};
pub use index::{Build, Index, IndexQuery, Reached, SearchResult};
pub use keys::Bearer;
pub use shape::{IndexRecord, Shape};

/// Why an index could not do what it was asked.
#[derive(Debug, Error)]
pub enum Error {
    /// Another process keeps this index; it can be read, not written.
    #[error("another process keeps this index")]
    Busy,
    /// A file is not as it was written.
    #[error("{} of the index of records is damaged: {reason}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The library or the file system refused.
    #[error("the index of records: {0}")]
    Broken(#[source] TantivyError),
    /// The directory of the index cannot be used.
    #[error("the directory {} of the index of records: {source}", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// What the file system says about a directory.
    pub(crate) fn of_directory(directory: &Path) -> impl FnOnce(io::Error) -> Self {
        let directory = directory.to_owned();
        move |source| Self::Directory { directory, source }
    }

    /// What the file system has said, if it was the file system.
    fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Directory { source, .. } => Some(source),
            Self::Broken(
                TantivyError::IoError(error)
                | TantivyError::LockFailure(LockError::IoError(error), _)
                | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: error, .. })
                | TantivyError::OpenReadError(OpenReadError::IoError { io_error: error, .. })
                | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. }),
            ) => Some(error),
            _ => None,
        }
    }

    /// Whether the directory may not be written: what there is can be read as before.
    pub fn is_refused(&self) -> bool {
        let kinds = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
        self.io().is_some_and(|error| kinds.contains(&error.kind()))
    }

    /// Whether there was no room left on the disk: the index is as sound as before.
    pub fn is_disk_full(&self) -> bool {
        self.io().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull)
    }
}

impl From<TantivyError> for Error {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::Busy,
            other => Self::Broken(other),
        }
    }
}

/// Result of asking an index.
pub type Result<T> = std::result::Result<T, Error>;
