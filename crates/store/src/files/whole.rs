//! Files that are written as a whole or not at all.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::Path,
    time::SystemTime,
};

use crate::{Error, Result};

/// Writes a file as a whole or not at all, and gives it this time of its last change.
pub(crate) fn replace(
    path: &Path,
    modified: Option<SystemTime>,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    create_private_dir(dir).map_err(Error::File)?;
    let unfinished = dir.join(format!("{UNFINISHED}{:032x}", rand::random::<u128>()));
    let written = write_all(&unfinished, modified, write).and_then(|()| fs::rename(&unfinished, path));
    // The rename itself lasts once the directory does.
    let written = written.and_then(|()| File::open(dir)?.sync_all());
    written.map_err(|error| {
        // What is left of it is swept later, should this fail too.
        let _ = fs::remove_file(&unfinished);
        Error::File(error)
    })
}

/// How the name of a file begins that is not complete yet.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// Makes a directory that only this user can read, with those above it that are missing.
pub(super) fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn write_all(
    path: &Path,
    modified: Option<SystemTime>,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = File::options();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut target = BufWriter::with_capacity(64 << 10, file.open(path)?);
    write(&mut target)?;
    let file = target.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Some(modified) = modified {
        file.set_modified(modified)?;
    }
    file.sync_all()
}
