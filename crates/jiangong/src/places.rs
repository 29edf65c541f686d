//! The directories and the database that a program works with. What cannot be used is said at the start, with its
//! place and with what is to be done, not at the first click of somebody.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, ErrorKind},
    path::Path,
};

use anyhow::{Result, anyhow};
use store::{Db, Error};
use words::Words;

use crate::cli::Options;

/// Makes a directory that only this user can read, with those above it. One that is there already is left as it
/// is: it may be somebody else's too.
pub(crate) fn create_private_dir(words: Words, dir: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Some(file) = dir.ancestors().find(|above| above.exists() && !above.is_dir()) {
        return Err(anyhow!("{}", words.command_place_is_file(file.display())));
    }
    builder.create(dir).map_err(|error| unusable(words, dir, &error))
}

/// Makes sure that files can be put into a directory, making it if need be.
pub(crate) fn require_writable(words: Words, dir: &Path) -> Result<()> {
    create_private_dir(words, dir)?;
    let probe = dir.join(format!(".jiangong-{}", std::process::id()));
    match File::create(&probe) {
        Ok(_) => {
            // Whether it can be removed shows soon enough.
            let _ = fs::remove_file(&probe);
            Ok(())
        }
        // Looking at what there is goes on, and whatever is to be stored says so.
        Err(error) if error.kind() == ErrorKind::StorageFull => Ok(()),
        Err(error) => Err(unusable(words, dir, &error)),
    }
}

/// Where files on their way in and out are, below the data.
pub(crate) const TEMPORARY: &str = "tmp";

/// Lets this program put files on their way in and out, which lie there in clear, into a directory of the data that only
/// its user can read, and not where everybody's are. Such a file has no name, so that it goes with the process; what
/// was left behind all the same, where the system knows no files without names, is removed.
pub(crate) fn use_private_temp_dir(options: &Options) -> Result<()> {
    let (words, dir) = (options.words(), options.data.join(TEMPORARY));
    create_private_dir(words, &dir)?;
    make_private(&dir).and_then(|()| sweep(&dir)).map_err(|error| unusable(words, &dir, &error))?;
    // It is set already where a program opens its data twice.
    let _ = tempfile::env::override_temp_dir(&dir);
    Ok(())
}

#[cfg(unix)]
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes the files of a directory.
fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            // Another server that shares the directory was faster.
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn unusable(words: Words, dir: &Path, error: &io::Error) -> anyhow::Error {
    anyhow!("{}", words.command_place_unusable(dir.display(), error))
}

/// Makes sure that everything below the directory of the data that is there already can be written to: a backup
/// put back by somebody else often cannot.
pub(crate) fn require_places(options: &Options, names: &[String]) -> Result<()> {
    let words = options.words();
    require_writable(words, &options.data)?;
    for name in names {
        let dir = options.data.join(name);
        if dir.exists() {
            require_writable(words, &dir)?;
        }
    }
    Ok(())
}

/// Opens the database; an error names it, and says what is to be done.
pub(crate) async fn open_database(options: &Options, url: &str) -> Result<Db> {
    let words = options.words();
    let shown = store::without_password(url);
    Db::open_within(url, options.limits.db()).await.map_err(|error| {
        let text = match &error {
            Error::UnknownEngine { found } => words.error_database_url(found),
            Error::TooNew { found, known } => words.error_database_too_new(&shown, found, known),
            Error::EditedMigration { number } => words.error_database_edited(&shown, number),
            Error::MissingMigration { number, last } => words.error_database_gap(&shown, number, last),
            _ if error.is_disk_full() => words.error_disk_full_remedy().to_owned(),
            _ => {
                let cause = last_cause(&error);
                match url.strip_prefix("sqlite:") {
                    Some(path) => words.error_database_file(path.trim_start_matches("//"), cause),
                    None => words.error_database_server(&shown, cause),
                }
            }
        };
        anyhow!("{text}")
    })
}

/// What an error comes from, in the words of whoever met it first.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
