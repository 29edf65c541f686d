//! Whether the files of an index are as they were written. Somebody may delete or cut them while
//! the program runs, and a disk may lie. What is read through the memory map of a file that was cut ends
//! the program, and a changed byte gives a wrong list without a word. So before a question is
//! answered the files are looked at: each must have the size, the age and the place that it had. A file that
//! is new or has another age is compared with its checksum. That costs a tenth of a millisecond.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use tantivy::index::{SegmentComponent, SegmentMeta};

use crate::{Error, Result};

/// What every part of an index has.
const COMPONENTS: [SegmentComponent; 6] = [
    SegmentComponent::Postings,
    SegmentComponent::Positions,
    SegmentComponent::FastFields,
    SegmentComponent::FieldNorms,
    SegmentComponent::Terms,
    SegmentComponent::Store,
];

/// What the file system says about a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Which file it is, and when anything about it was changed.
    place: (u64, i64, i64),
}

impl FileStamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let place = (0, 0, 0);
        Self { size: metadata.len(), modified: metadata.modified().ok(), place }
    }

    /// Looks at a file.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not there.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let metadata = fs::metadata(path);
        let damaged = |error: io::Error| Error::Damaged { file: path.to_owned(), reason: error.to_string() };
        metadata.map(|metadata| Self::of(&metadata)).map_err(damaged)
    }
}

/// The files of an index that are searched, and what was known of each when it was found to be sound.
#[derive(Default)]
pub(crate) struct IndexFiles(BTreeMap<PathBuf, Option<FileStamp>>);

impl IndexFiles {
    /// From now on the files of these parts are searched.
    pub(crate) fn set(&mut self, parts: &[SegmentMeta]) {
        let mut files = BTreeMap::new();
        for part in parts {
            let deleted = part.has_deletes().then_some(SegmentComponent::Delete);
            for component in COMPONENTS.into_iter().chain(deleted) {
                let file = part.relative_path(component);
                let known = self.0.get(&file).copied().flatten();
                files.insert(file, known);
            }
        }
        self.0 = files;
    }

    /// Compares every file with its checksum at the next look.
    pub(crate) fn doubt(&mut self) {
        self.0.values_mut().for_each(|known| *known = None);
    }

    /// Looks at all files in `directory`.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the first that is not sound.
    pub(crate) fn check(&mut self, directory: &Path, is_sound: impl Fn(&Path) -> Result<bool>) -> Result<()> {
        for (file, known) in &mut self.0 {
            let path = directory.join(file);
            let damaged = |reason: String| Error::Damaged { file: path.clone(), reason };
            let stamp = FileStamp::read(&path)?;
            if *known == Some(stamp) {
                continue;
            }
            let is_same =
                known.is_none_or(|known| known.size == stamp.size && known.place.0 == stamp.place.0);
            if !is_same {
                return Err(damaged(format!("it has {} bytes, or is another file", stamp.size)));
            }
            match is_sound(file) {
                Ok(true) => *known = Some(stamp),
                Ok(false) => return Err(damaged("its checksum is another".to_owned())),
                Err(error) => return Err(damaged(error.to_string())),
            }
        }
        Ok(())
    }
}
