//! The last block of the log of access, noted beside the database: whoever cuts off the end of the log in the
//! database does not reach it.

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, Files, Result, files};

/// The file that it is noted in, beside the attachments.
const FILE: &str = "access-log.json";

/// A block of the log of access by its number and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// The number.
    pub block: i64,
    /// The digest.
    pub digest: String,
    /// The digest that it is about to have under another secret, while that is being stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl LogHead {
    /// Whether a block of the chain is the one that was noted.
    pub fn matches(&self, block: i64, digest: &str) -> bool {
        self.block == block && (self.digest == digest || self.next.as_deref() == Some(digest))
    }
}

impl Files {
    /// The last block of the log of access that was noted.
    ///
    /// # Errors
    /// [`Error::File`], also for what is no block.
    pub fn log_head(&self) -> Result<Option<LogHead>> {
        match fs::read(self.log_head_path()) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| Error::File(io::Error::new(io::ErrorKind::InvalidData, error))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::File(error)),
        }
    }

    /// Notes the last block of the log of access.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_log_head(&self, head: &LogHead) -> Result<()> {
        let text = serde_json::to_vec(head).map_err(|error| Error::File(io::Error::other(error)))?;
        files::replace(&self.log_head_path(), None, |target| io::Write::write_all(target, &text))
    }

    fn log_head_path(&self) -> PathBuf {
        self.dir().join(FILE)
    }
}
