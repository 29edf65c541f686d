//! SealState files that lie in clear, or that were sealed with another secret.

use std::{
    fs::{self, File},
    io::{self, Cursor, Read as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{
    FileContent, Files, Hashed, THUMBNAIL, TRASH, entries, file_name, hex, if_exists, is_broken, is_hash,
    replace,
};
use crate::{
    Error, Result, Vault,
    sealed_file::{self, Opened, SealState},
};

/// What became of files that were gone through to be sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many were sealed.
    pub sealed: usize,
    /// Files that were left as they are, because they do not hold what their name says or open with no secret.
    pub broken: Vec<PathBuf>,
}

impl Files {
    /// Seals every file that is in clear, or that was sealed with the secret of `former`. Each file is replaced
    /// at once, so it can be stopped anywhere and done again. Nothing is held in memory.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn reseal(&self, former: Option<&Vault>) -> Result<Resealed> {
        let mut done = Resealed::default();
        let Some(vault) = &self.vault else { return Ok(done) };
        for outer in entries(&self.dir)? {
            if file_name(&outer) == TRASH {
                for file in entries(&outer)? {
                    reseal_file(vault, former, &file, &mut done)?;
                }
                continue;
            }
            for inner in entries(&outer)? {
                for file in entries(&inner)? {
                    reseal_file(vault, former, &file, &mut done)?;
                }
            }
        }
        Ok(done)
    }
}

/// Seals one file, unless it is sealed with the secret of `vault` already.
fn reseal_file(vault: &Vault, former: Option<&Vault>, path: &Path, done: &mut Resealed) -> Result<()> {
    let name = file_name(path);
    let hash = name.strip_suffix(THUMBNAIL).unwrap_or(name);
    if !is_hash(hash) {
        return Ok(());
    }
    let Some(mut file) = if_exists(File::open(path))? else { return Ok(()) };
    let head = sealed_file::read_head(&mut file).map_err(Error::File)?;
    let content = match (sealed_file::seal_state(vault, &head), former) {
        (SealState::Own, _) => return Ok(()),
        (SealState::None, _) => Ok(FileContent::Clear(Cursor::new(head).chain(file))),
        (SealState::Other, Some(former)) => {
            Opened::new(former, name, &head, file).map(|content| FileContent::Sealed(Box::new(content)))
        }
        (SealState::Other, None) => Err(io::Error::new(io::ErrorKind::InvalidData, "sealed otherwise")),
    };
    // A file that does not hold what its name says is evidence: it stays as it is.
    let is_content = hash == name;
    let result = content.map_err(Error::File).and_then(|content| {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(Error::File)?;
        replace(path, Some(modified), |target| {
            let mut content = Hashed { content, digest: Sha256::new() };
            sealed_file::seal(vault, name, &mut content, target)?;
            let is_right = !is_content || hex(&content.digest.finalize()) == hash;
            if is_right { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "another content")) }
        })
    });
    match result {
        Ok(()) => done.sealed += 1,
        Err(Error::File(error)) if is_broken(&error) => done.broken.push(path.to_owned()),
        // Removed in the meantime.
        Err(Error::File(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
