//! The files of a definition: the only module of this crate that reads a disk.

use std::{fs, io, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// Where the recipe of the demonstration city lies; it defines nothing that is counted.
const DEMONSTRATION: &str = "demonstration/";
/// Bytes of a SHA-256 that name a version.
const HASH_BYTES: usize = 16;

/// One file of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path below the campaign's directory, parts joined by `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// All files of a definition, sorted by path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    files: Vec<SourceFile>,
}

impl Source {
    /// Reads every `*.toml` below `dir`; hidden files and directories are left out.
    ///
    /// # Errors
    /// When a directory or file cannot be read or is not UTF-8; the message names it.
    pub fn read_dir(dir: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        collect(dir, "", &mut files)?;
        Ok(Self::from_files(files))
    }

    /// A definition made of these files, in any order.
    pub fn from_files(mut files: Vec<SourceFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// All files, sorted by path.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The file with this path.
    pub fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The first half of the SHA-256, in Base64 for addresses, over path and text of all files but those of the demonstration
    /// city: the name of this version of the definition. Every record and every entry of the audit holds it.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for file in self.defining() {
            for part in [&file.path, &file.text] {
                // With their lengths, so that no two definitions run together to the same bytes.
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        URL_SAFE_NO_PAD.encode(&hasher.finalize()[..HASH_BYTES])
    }

    /// The files that define the campaign.
    pub(crate) fn defining(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| !file.path.starts_with(DEMONSTRATION))
    }
}

/// The name of several versions together, in Base64 for addresses.
pub(crate) fn hash_of_all(hashes: impl Iterator<Item = String>) -> String {
    let mut hasher = Sha256::new();
    for hash in hashes {
        hasher.update((hash.len() as u64).to_be_bytes());
        hasher.update(hash);
    }
    URL_SAFE_NO_PAD.encode(&hasher.finalize()[..HASH_BYTES])
}

/// Adds the files below `dir`, whose path below the campaign's directory is `prefix`.
fn collect(dir: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> io::Result<()> {
    for entry in fs::read_dir(dir).map_err(|error| named(dir, &error))? {
        let path = entry.map_err(|error| named(dir, &error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).map_err(|error| named(&path, &error))?;
            files.push(SourceFile { path: format!("{prefix}{name}"), text });
        }
    }
    Ok(())
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(files: &[(&str, &str)]) -> Source {
        let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), text: (*text).into() };
        Source::from_files(files.iter().map(file).collect())
    }

    #[test]
    fn the_hash_names_path_and_text_but_not_the_demonstration() {
        let plain = source(&[("a.toml", "x"), ("b.toml", "y")]);
        assert_eq!(plain.hash().len(), 22);
        assert_eq!(plain.hash(), source(&[("b.toml", "y"), ("a.toml", "x")]).hash());
        assert_eq!(
            plain.hash(),
            source(&[("a.toml", "x"), ("b.toml", "y"), ("demonstration/city.toml", "z")]).hash()
        );
        for other in [[("a.toml", "x"), ("b.toml", "z")], [("a.toml", "x"), ("c.toml", "y")]] {
            assert_ne!(plain.hash(), source(&other).hash());
        }
        assert_ne!(plain.hash(), source(&[("a.toml", "xb.tomly")]).hash());
    }
}
