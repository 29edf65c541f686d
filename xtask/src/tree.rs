//! The files of the repository, as git knows them: tracked ones and new ones
//! that are not ignored.

use std::{collections::BTreeMap, fs, io, path::Path, process::Command};

/// Every file by its path from the root, with `/`; a file that is no text has an empty one.
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads the working copy.
    pub(crate) fn read() -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let listing = Command::new("git")
            // A checkout may belong to another user than the one who checks it.
            .args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(&root)
            .output()?;
        if !listing.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&listing.stderr).into_owned()));
        }
        let mut files = BTreeMap::new();
        for path in String::from_utf8_lossy(&listing.stdout).split_terminator('\0') {
            match fs::read(root.join(path)) {
                Ok(bytes) => files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default()),
                // Deleted, and not yet committed so.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                // A link to a directory.
                Err(error) if error.kind() == io::ErrorKind::IsADirectory => None,
                Err(error) => return Err(error),
            };
        }
        Ok(Self(files))
    }

    /// Path and text of every file.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Path and text of every file whose name ends like this.
    pub(crate) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// Whether a file or directory of this path exists, from the root or further down.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.0.keys().any(|file| {
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

/// What follows the last dot of a path.
pub(crate) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect())
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
