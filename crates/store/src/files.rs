//! Files beside the database, named by the SHA-256 of their content, so that
//! the same content is stored once. A file is complete or absent: it is
//! written under another name, synced to the disk, and then renamed. What it holds
//! is sealed ([`crate::sealed_file`]); the hash is that of the content before.
//!
//! Every function here waits for the disk; call it only where blocking is allowed.

mod reseal;
mod trash;
mod whole;

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Cursor, Read, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use model::ids::RegionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::reseal::Resealed;
use self::trash::TRASH;
pub(crate) use self::whole::replace;
use crate::{
    Error, Result, Vault,
    sealed_file::{self, Opened},
};

/// What the small picture of a file is called, after its hash.
const THUMBNAIL: &str = ".jpg";

/// The file that says whose files these are.
const OWNER: &str = "owner.json";

/// A directory of files.
#[derive(Debug, Clone)]
pub struct Files {
    dir: PathBuf,
    /// What they are sealed with; without it they are written in clear.
    vault: Option<Arc<Vault>>,
}

/// What a file holds, read piece by piece.
pub enum FileContent {
    /// Of a file that is sealed.
    Sealed(Box<Opened<File>>),
    /// Of a file in clear, from its beginning.
    Clear(io::Chain<Cursor<Vec<u8>>, File>),
}

impl Read for FileContent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Sealed(content) => content.read(buffer),
            Self::Clear(content) => content.read(buffer),
        }
    }
}

/// The database that files belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// What the database is known by.
    pub database: String,
    /// The last entry of its audit when files were last looked at. A database that has not come so far is
    /// an older one.
    pub audit: i64,
}

impl Files {
    /// The files of a region under `dir`.
    pub fn new(dir: &Path, region: RegionId) -> Self {
        Self { dir: dir.join(region.to_string()), vault: None }
    }

    /// The same files, sealed with the secret of their region.
    #[must_use]
    pub fn sealed_with(self, vault: Arc<Vault>) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// The directory of the region.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps `bytes` and returns their hash.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put(&self, bytes: &[u8]) -> Result<String> {
        let hash = hash(bytes);
        self.write_sealed(&self.path(&hash)?, bytes)?;
        Ok(hash)
    }

    /// What has this hash, piece by piece; `None` when it is not there. A sealed file whose content has
    /// changed ends with an error where it has; one in clear is read through first.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Corrupt`] for what is not what it was.
    pub fn open(&self, hash: &str) -> Result<Option<FileContent>> {
        let content = self.find(hash)?;
        if let Some(FileContent::Clear(_)) = &content {
            let content = content.map(|content| Hashed { content, digest: Sha256::new() });
            let Some(mut content) = content else { return Ok(None) };
            io::copy(&mut content, &mut io::sink()).map_err(Error::File)?;
            if hex(&content.digest.finalize()) != hash {
                let detail = "its content has changed".to_owned();
                return Err(Error::Corrupt { table: "files", key: hash.to_owned(), detail });
            }
            return self.find(hash);
        }
        Ok(content)
    }

    fn find(&self, hash: &str) -> Result<Option<FileContent>> {
        match self.open_at(&self.path(hash)?)? {
            Some(content) => Ok(Some(content)),
            // What lies in the trash is needed after all.
            None => self.open_at(&self.dir.join(TRASH).join(hash)),
        }
    }

    fn open_at(&self, path: &Path) -> Result<Option<FileContent>> {
        let Some(mut file) = if_exists(File::open(path))? else { return Ok(None) };
        let head = sealed_file::read_head(&mut file).map_err(Error::File)?;
        let content = match &self.vault {
            Some(vault) if head.starts_with(sealed_file::MARK) => FileContent::Sealed(Box::new(
                Opened::new(vault, file_name(path), &head, file).map_err(Error::File)?,
            )),
            _ => FileContent::Clear(Cursor::new(head).chain(file)),
        };
        Ok(Some(content))
    }

    /// What has this hash; `None` when it is not there.
    ///
    /// # Errors
    /// [`Error::File`], also when what is there is not what it was.
    pub fn read(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        let corrupt = |detail: String| Error::Corrupt { table: "files", key: hash.to_owned(), detail };
        let mut bytes = Vec::new();
        match self.find(hash) {
            Ok(Some(mut content)) => match content.read_to_end(&mut bytes) {
                Err(error) if is_broken(&error) => return Err(corrupt(error.to_string())),
                other => other.map_err(Error::File)?,
            },
            Ok(None) => return Ok(None),
            Err(Error::File(error)) if is_broken(&error) => return Err(corrupt(error.to_string())),
            Err(error) => return Err(error),
        };
        if self::hash(&bytes) == hash {
            Ok(Some(bytes))
        } else {
            Err(corrupt("its content has changed".to_owned()))
        }
    }

    /// Keeps the small picture of a file.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_thumbnail(&self, hash: &str, bytes: &[u8]) -> Result<()> {
        self.write_sealed(&self.thumbnail_path(hash)?, bytes)
    }

    /// The small picture of a file; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn thumbnail(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        let mut small = self.open_at(&self.thumbnail_path(hash)?)?;
        if small.is_none() {
            small = self.open_at(&self.dir.join(TRASH).join(format!("{hash}{THUMBNAIL}")))?;
        }
        let mut bytes = Vec::new();
        let Some(mut small) = small else { return Ok(None) };
        small.read_to_end(&mut bytes).map_err(Error::File)?;
        Ok(Some(bytes))
    }

    /// The database that the files belong to; `None` when nobody has said so yet.
    ///
    /// # Errors
    /// [`Error::File`], also for what is no owner.
    pub fn owner(&self) -> Result<Option<Owner>> {
        let text = if_exists(fs::read(self.dir.join(OWNER)))?;
        let owner = text.map(|text| serde_json::from_slice(&text)).transpose();
        owner.map_err(|error| Error::File(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    /// Says which database the files belong to.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_owner(&self, owner: &Owner) -> Result<()> {
        let text = serde_json::to_vec(owner).map_err(|error| Error::File(io::Error::other(error)))?;
        replace(&self.dir.join(OWNER), None, |target| target.write_all(&text))
    }

    /// `ab/cd/abcd…`: no directory grows too long.
    fn path(&self, hash: &str) -> Result<PathBuf> {
        if !is_hash(hash) {
            return Err(Error::File(io::Error::new(io::ErrorKind::InvalidInput, "this is no hash")));
        }
        Ok(self.dir.join(&hash[..2]).join(&hash[2..4]).join(hash))
    }

    fn thumbnail_path(&self, hash: &str) -> Result<PathBuf> {
        Ok(self.path(hash)?.with_file_name(format!("{hash}{THUMBNAIL}")))
    }

    fn write_sealed(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        match &self.vault {
            Some(vault) => {
                replace(path, None, |target| sealed_file::seal(vault, file_name(path), bytes, target))
            }
            None => replace(path, None, |target| target.write_all(bytes)),
        }
    }
}

/// Hashes what is read.
struct Hashed {
    content: FileContent,
    digest: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}

/// The last part of a path, which is a hash or nothing of ours.
fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Whether a file does not hold what was once put into it.
fn is_broken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn if_exists<T>(result: io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::File(error)),
    }
}

fn if_removed(result: io::Result<()>) -> Result<()> {
    if_exists(result).map(drop)
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    if dir.is_file() {
        return Ok(Vec::new());
    }
    let Some(entries) = if_exists(fs::read_dir(dir))? else { return Ok(Vec::new()) };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(Error::File)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn files() -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().expect("a directory");
        let files = Files::new(dir.path(), RegionId(1)).sealed_with(vault(7));
        (dir, files)
    }

    fn vault(byte: u8) -> Arc<Vault> {
        Arc::new(Vault::new(&crate::Secret::new([byte; 32])))
    }

    /// Everything that lies in the directory, by name.
    fn everything(dir: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for path in entries(dir).expect("listed") {
            if path.is_dir() {
                everything(&path, found);
            } else {
                found.push((file_name(&path).to_owned(), fs::read(&path).expect("read")));
            }
        }
    }

    #[test]
    fn no_content_lies_on_the_disk_in_clear() {
        let (dir, files) = files();
        let hash = files.put(b"content of a file").expect("written");
        files.put_thumbnail(&hash, b"content of its picture").expect("written");
        let mut found = Vec::new();
        everything(dir.path(), &mut found);
        assert_eq!(found.len(), 2);
        for (name, bytes) in &found {
            assert!(!bytes.windows(7).any(|part| part == b"content"), "{name}");
        }
        // The small picture of one file does not pass for that of another.
        let other = files.put(b"another").expect("written");
        let small = files.thumbnail_path(&hash).expect("a hash");
        fs::create_dir_all(files.path(&other).expect("a hash").parent().expect("its directory"))
            .expect("made");
        fs::copy(small, files.thumbnail_path(&other).expect("a hash")).expect("copied");
        assert!(matches!(files.thumbnail(&other), Err(Error::File(_))));
    }

    #[test]
    fn files_in_clear_are_sealed_and_keep_their_times() {
        let dir = tempfile::tempdir().expect("a directory");
        let clear = Files::new(dir.path(), RegionId(1));
        let hash = clear.put(b"from before").expect("written");
        clear.put_thumbnail(&hash, b"small").expect("written");
        let gone = clear.put(b"in the trash").expect("written");
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        clear.move_to_trash(&gone, late, SystemTime::UNIX_EPOCH).expect("moved");
        let altered = clear.put(b"altered").expect("written");
        fs::write(clear.path(&altered).expect("a hash"), b"by somebody").expect("written");
        let path = clear.path(&hash).expect("a hash");
        let time = || fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("there");
        let before = time();
        let files = clear.clone().sealed_with(vault(7));
        assert_eq!(files.read(&hash).expect("read").as_deref(), Some(&b"from before"[..]), "not sealed yet");
        let done = files.reseal(None).expect("sealed");
        assert_eq!((done.sealed, done.broken.len()), (3, 1), "{done:?}");
        assert_eq!(time(), before);
        assert_eq!(files.reseal(None).expect("nothing to do").sealed, 0);
        assert_eq!(files.read(&hash).expect("read").as_deref(), Some(&b"from before"[..]));
        assert_eq!(files.thumbnail(&hash).expect("read").as_deref(), Some(&b"small"[..]));
        assert_eq!(files.read(&gone).expect("read").as_deref(), Some(&b"in the trash"[..]));
        assert!(matches!(files.read(&altered), Err(Error::Corrupt { .. })));
        assert!(!fs::read(&path).expect("read").windows(6).any(|part| part == b"before"));
    }

    #[test]
    fn files_of_a_former_secret_are_sealed_with_the_new_one() {
        let (dir, files) = files();
        let content = vec![3; 200_000];
        let hash = files.put(&content).expect("written");
        files.put_thumbnail(&hash, b"small").expect("written");
        let new = Files::new(dir.path(), RegionId(1)).sealed_with(vault(8));
        assert!(matches!(new.read(&hash), Err(Error::Corrupt { .. })));
        assert_eq!(new.reseal(None).expect("left alone").broken.len(), 2, "nobody knows that secret");
        assert_eq!(new.reseal(Some(&vault(7))).expect("sealed").sealed, 2);
        assert_eq!(new.read(&hash).expect("read"), Some(content));
        assert_eq!(new.thumbnail(&hash).expect("read").as_deref(), Some(&b"small"[..]));
        assert!(matches!(files.read(&hash), Err(Error::Corrupt { .. })), "the former one opens nothing");
    }

    #[test]
    fn the_same_content_lies_there_once() {
        let (dir, files) = files();
        let first = files.put(b"content").expect("written");
        assert_eq!(files.put(b"content").expect("written"), first);
        assert_eq!(files.read(&first).expect("read").as_deref(), Some(&b"content"[..]));
        let place = dir.path().join("1").join(&first[..2]).join(&first[2..4]);
        assert_eq!(fs::read_dir(&place).expect("its directory").count(), 1, "nothing unfinished is left");
        assert_eq!(files.thumbnail(&first).expect("read"), None);
        files.put_thumbnail(&first, b"small").expect("written");
        assert_eq!(files.thumbnail(&first).expect("read").as_deref(), Some(&b"small"[..]));
    }

    #[test]
    fn what_was_altered_on_disk_is_not_handed_out() {
        let (dir, files) = files();
        let hash = files.put(b"content").expect("written");
        fs::write(dir.path().join("1").join(&hash[..2]).join(&hash[2..4]).join(&hash), b"other")
            .expect("altered");
        assert!(matches!(files.read(&hash), Err(Error::Corrupt { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_what_is_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, files) = files();
        let hash = files.put(b"content").expect("written");
        files.put_thumbnail(&hash, b"small").expect("written");
        let mut path = files.path(&hash).expect("a hash");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&files.thumbnail_path(&hash).expect("a hash")), 0o600);
        while path.pop() && path != dir.path() {
            assert_eq!(mode(&path), 0o700, "{}", path.display());
        }
    }

    #[test]
    fn a_hash_leads_nowhere_else() {
        let (_dir, files) = files();
        for hash in ["", "../../etc/passwd", &"A".repeat(64), &"a".repeat(63)] {
            assert!(matches!(files.read(hash), Err(Error::File(_))), "{hash}");
        }
        assert_eq!(files.read(&"a".repeat(64)).expect("looked for"), None);
    }

    #[test]
    fn only_what_is_old_is_removed() {
        let (_dir, files) = files();
        assert_eq!(files.older_than(SystemTime::UNIX_EPOCH).expect("listed"), Vec::<String>::new());
        let hash = files.put(b"content").expect("written");
        files.put_thumbnail(&hash, b"small").expect("written");
        let early = SystemTime::UNIX_EPOCH;
        assert_eq!(files.older_than(early).expect("listed"), Vec::<String>::new());
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 56);
        files.move_to_trash(&hash, early, now).expect("left alone");
        assert!(files.read(&hash).expect("read").is_some());
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        let old = files.older_than(late).expect("listed");
        assert_eq!(old.as_slice(), std::slice::from_ref(&hash), "a small picture is no file");
        files.move_to_trash(&hash, late, now).expect("moved");
        assert_eq!(files.older_than(late).expect("listed"), Vec::<String>::new());
        assert!(files.read(&hash).expect("read").is_some(), "needed after all");
        files.empty_trash(now - Duration::from_mins(1)).expect("too early");
        assert!(files.thumbnail(&hash).expect("read").is_some());
        files.empty_trash(late).expect("emptied");
        assert_eq!((files.read(&hash).expect("read"), files.thumbnail(&hash).expect("read")), (None, None));
    }
}
