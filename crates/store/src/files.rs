//! Files beside the database, named by the SHA-256 of their content, so that
//! the same content is stored once. A file is complete or absent: it is
//! written under another name, synced to the disk, and then renamed.
//!
//! Every function here waits for the disk; call it only where blocking is allowed.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use model::ids::RegionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// What the small picture of a file is called, after its hash.
const THUMBNAIL: &str = ".jpg";

/// The directory of what was removed, and the file that says whose files these are.
const TRASH: &str = "trash";
const OWNER: &str = "owner.json";

/// A directory of files.
#[derive(Debug, Clone)]
pub struct Files {
    dir: PathBuf,
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
        Self { dir: dir.join(region.to_string()) }
    }

    /// Keeps `bytes` and returns their hash.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put(&self, bytes: &[u8]) -> Result<String> {
        let hash = hash(bytes);
        self.write(&self.path(&hash)?, bytes)?;
        Ok(hash)
    }

    /// What has this hash; `None` when it is not there.
    ///
    /// # Errors
    /// [`Error::File`], also when what is there is not what it was.
    pub fn read(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(hash)?;
        let mut bytes = if_exists(fs::read(&path))?;
        if bytes.is_none() {
            // What lies in the trash is needed after all.
            bytes = if_exists(fs::read(self.dir.join(TRASH).join(hash)))?;
        }
        match bytes {
            Some(bytes) if self::hash(&bytes) != hash => Err(Error::Corrupt {
                table: "files",
                key: hash.to_owned(),
                detail: "its content has changed".to_owned(),
            }),
            other => Ok(other),
        }
    }

    /// Keeps the small picture of a file.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_thumbnail(&self, hash: &str, bytes: &[u8]) -> Result<()> {
        self.write(&self.thumbnail_path(hash)?, bytes)
    }

    /// The small picture of a file; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn thumbnail(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        let small = if_exists(fs::read(self.thumbnail_path(hash)?))?;
        match small {
            Some(small) => Ok(Some(small)),
            None => if_exists(fs::read(self.dir.join(TRASH).join(format!("{hash}{THUMBNAIL}")))),
        }
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
        self.write(&self.dir.join(OWNER), &text)
    }

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

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let dir = path.parent().unwrap_or(&self.dir);
        create_private_dir(dir).map_err(Error::File)?;
        let unfinished = dir.join(format!("{UNFINISHED}{:032x}", rand::random::<u128>()));
        let written = write_all(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
        // The rename itself lasts once the directory does.
        let written = written.and_then(|()| File::open(dir)?.sync_all());
        written.map_err(|error| {
            // What is left of it is swept later, should this fail too.
            let _ = fs::remove_file(&unfinished);
            Error::File(error)
        })
    }
}

/// How the name of a file begins that is not complete yet.
const UNFINISHED: &str = ".unfinished-";

/// Makes a directory that only this user can read, with those above it that are missing.
fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn write_all(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut file = file.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
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

fn is_before(path: &Path, moment: SystemTime) -> Result<bool> {
    let changed = if_exists(fs::metadata(path).and_then(|metadata| metadata.modified()))?;
    Ok(changed.is_some_and(|changed| changed < moment))
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
    use std::time::Duration;

    use super::*;

    fn files() -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().expect("a directory");
        let files = Files::new(dir.path(), RegionId(1));
        (dir, files)
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
