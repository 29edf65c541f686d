//! The files of the repository, as git knows them: tracked ones and new ones
//! that are not ignored; and what cargo says of the packages they build on.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Every file by its path from the root, with `/`; a file that is no text has an empty one.
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    metadata: String,
}

impl Tree {
    /// Reads the working copy.
    pub(crate) fn read() -> io::Result<Self> {
        // A checkout may belong to another user than the one who checks it.
        let listing = output(Command::new("git").args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]))?;
        let mut files = BTreeMap::new();
        for path in listing.split_terminator('\0') {
            match fs::read(root().join(path)) {
                Ok(bytes) => files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default()),
                // Deleted, and not yet committed so.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                // A link to a directory.
                Err(error) if error.kind() == io::ErrorKind::IsADirectory => None,
                Err(error) => return Err(error),
            };
        }
        // For one platform, wherever it is asked: the answer is compared with a file.
        let metadata = output(Command::new("cargo").args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform=x86_64-unknown-linux-gnu",
        ]))?;
        Ok(Self { files, metadata })
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// What `cargo metadata` says of the packages; empty when nobody asked.
    pub(crate) fn metadata(&self) -> &str {
        &self.metadata
    }

    /// Path and text of every file.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Path and text of every file whose name ends like this.
    pub(crate) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// Whether a file or directory of this path exists, from the root or further down.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.keys().any(|file| {
            let mut rest = file.as_str();
            loop {
                if let Some("") =
                    rest.strip_prefix(path).map(|tail| tail.split('/').next().unwrap_or_default())
                {
                    return true;
                }
                let Some((_, below)) = rest.split_once('/') else { return false };
                rest = below;
            }
        })
    }
}

/// The directory of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a command prints when it is run in the repository.
fn output(command: &mut Command) -> io::Result<String> {
    let output = command.current_dir(root()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What follows the last dot of a path.
pub(crate) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { files, metadata: String::new() }
    }
}

#[cfg(test)]
impl Tree {
    /// The same files beside other packages.
    pub(crate) fn with_metadata(self, metadata: &str) -> Self {
        Self { metadata: metadata.to_owned(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_start_anywhere_but_is_whole() {
        let tree = Tree::from([("crates/ledger/src/post.rs", ""), ("docs/api.md", "")]);
        for (path, expected) in [
            ("crates/ledger/src/post.rs", true),
            ("crates/ledger/", true),
            ("src/post.rs", true),
            ("ledger/src", true),
            ("src/pos", false),
            ("edger/src", false),
            ("docs/api.md/x", false),
        ] {
            assert_eq!(tree.has(path), expected, "{path}");
        }
    }
}
