//! What nothing needs any more goes into the trash first, and from there for good.

use std::{
    fs::{self, File},
    path::Path,
    time::SystemTime,
};

use super::{
    Files, THUMBNAIL, entries, if_exists, if_removed, is_hash,
    whole::{UNFINISHED, create_private_dir},
};
use crate::{Error, Result};

/// The directory of what was removed.
pub(super) const TRASH: &str = "trash";

impl Files {
    /// The hashes of everything that was last put before `moment`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn older_than(&self, moment: SystemTime) -> Result<Vec<String>> {
        let mut old = Vec::new();
        for outer in entries(&self.dir)? {
            for inner in entries(&outer)? {
                for file in entries(&inner)? {
                    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                    let Some(name) = name else { continue };
                    if !is_before(&file, moment)? {
                        continue;
                    }
                    if is_hash(&name) {
                        old.push(name);
                    } else if name.starts_with(UNFINISHED) {
                        // Left behind by a server that was stopped in the middle.
                        if_removed(fs::remove_file(&file))?;
                    }
                }
            }
        }
        Ok(old)
    }

    /// Puts a file with its small picture into the trash, unless it was put again since `moment`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn move_to_trash(&self, hash: &str, moment: SystemTime, now: SystemTime) -> Result<()> {
        let path = self.path(hash)?;
        if is_before(&path, moment)? {
            let trash = self.dir.join(TRASH);
            create_private_dir(&trash).map_err(Error::File)?;
            let small = self.thumbnail_path(hash)?;
            if_removed(fs::rename(&small, trash.join(format!("{hash}{THUMBNAIL}"))))?;
            // How long it has been in the trash is told by its time.
            let file = if_exists(File::options().append(true).open(&path))?;
            file.map_or(Ok(()), |file| file.set_modified(now)).map_err(Error::File)?;
            if_removed(fs::rename(&path, trash.join(hash)))?;
        }
        Ok(())
    }

    /// Removes for good what came into the trash before `moment`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn empty_trash(&self, moment: SystemTime) -> Result<()> {
        for file in entries(&self.dir.join(TRASH))? {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
            let Some(hash) = name.filter(|name| is_hash(name)) else { continue };
            if is_before(&file, moment)? {
                if_removed(fs::remove_file(file.with_file_name(format!("{hash}{THUMBNAIL}"))))?;
                if_removed(fs::remove_file(&file))?;
            }
        }
        Ok(())
    }
}

fn is_before(path: &Path, moment: SystemTime) -> Result<bool> {
    let changed = if_exists(fs::metadata(path).and_then(|metadata| metadata.modified()))?;
    Ok(changed.is_some_and(|changed| changed < moment))
}
