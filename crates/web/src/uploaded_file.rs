//! A file that is being uploaded. It goes to disk as it comes, however slowly, and is read into
//! memory only when it has come to its end and it is its turn: many who upload at once, or who never
//! finish, cost no memory.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
};

use axum::{body::Bytes, extract::multipart::Field};
use tokio::sync::SemaphorePermit;

use crate::{Error, WebState, form::of_multipart};

/// A file on disk, without a name there: it goes when it is dropped, and with the process.
pub(crate) struct UploadedFile {
    file: File,
    size: u64,
}

/// What a file holds, for as long as it is its turn.
pub(crate) struct Content<'s> {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    _turn: SemaphorePermit<'s>,
}

/// Bytes that are written together.
const PIECE: usize = 256 << 10;

impl UploadedFile {
    /// Takes a file from a form. Of what is longer than `most` only so much is kept that this is noticed.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when the form as a whole is; what the disk says.
    pub(crate) async fn take(mut field: Field<'_>, most: u64) -> Result<Self, Error> {
        let mut kept = Self { file: on_disk(tempfile::tempfile).await?, size: 0 };
        let mut piece = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| of_multipart(&error))? {
            let room = most.saturating_add(1).saturating_sub(kept.size + piece.len() as u64);
            piece.extend_from_slice(&chunk[..chunk.len().min(usize::try_from(room).unwrap_or(usize::MAX))]);
            if piece.len() >= PIECE {
                kept = kept.append(std::mem::take(&mut piece).into()).await?;
            }
        }
        kept.append(piece.into()).await
    }

    /// Takes a file from a form and reads it into memory, when it is its turn; `None` when none was chosen.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when it is longer than `most`; as [`UploadedFile::take`].
    pub(crate) async fn take_named<'s>(
        state: &'s WebState,
        field: Field<'_>,
        most: usize,
    ) -> Result<Option<(String, Content<'s>)>, Error> {
        let name = field.file_name().map(file_name).unwrap_or_default();
        let file = Self::take(field, most as u64).await?;
        if name.is_empty() {
            return Ok(None);
        }
        if file.size() > most as u64 {
            return Err(Error::TooLarge);
        }
        Ok(Some((name, file.read(state).await?)))
    }

    async fn append(mut self, piece: Bytes) -> Result<Self, Error> {
        on_disk(move || {
            self.file.write_all(&piece)?;
            self.size += piece.len() as u64;
            Ok(self)
        })
        .await
    }

    /// How many bytes came; one more than allowed when there were more.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Reads it into memory, when it is its turn.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) async fn read(mut self, state: &WebState) -> Result<Content<'_>, Error> {
        let turn = state.files_in_memory.acquire().await.map_err(app::Error::internal)?;
        let bytes = on_disk(move || {
            let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
            self.file.rewind()?;
            self.file.read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .await?;
        Ok(Content { bytes, _turn: turn })
    }
}

/// Characters of a file's name that are kept.
const LONGEST_NAME: usize = 200;

/// The name without the folders that some browsers put in front.
fn file_name(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await.map_err(app::Error::internal)?;
    Ok(done.map_err(app::Error::internal)?)
}
