//! Opens an index or creates it, searches it, changes it, and builds it again.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::ids::{RecordId, UnitId};
use rustc_hash::FxHashSet;
use tantivy::{
    IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, Term,
    directory::{Directory as _, INDEX_WRITER_LOCK, MmapDirectory, RamDirectory, error::LockError},
    indexer::IndexWriterOptions,
    tokenizer::{TextAnalyzer, TokenizerManager},
};

use crate::{
    By, Error, Filter, IndexRecord, Result, Shape, Sort,
    health::{FileStamp, IndexFiles},
    page::{Walk, Walked},
    shape::{Fields, STATE, WORDS, column_name},
    words::Words,
};

/// Memory for changes that wait to be written.
const MEMORY: usize = 16 << 20;
/// Memory for a whole register that is read.
const BUILD_MEMORY: usize = 96 << 20;
/// Up to so many units are looked up one by one; more are compared record by record.
const FEW_UNITS: usize = 64;

/// The index of one form's records.
pub struct Index {
    pub(crate) fields: Fields,
    shape: Shape,
    library: tantivy::Index,
    reader: IndexReader,
    /// Made when something is first written, and kept: it holds the lock of the directory.
    writer: Mutex<Option<IndexWriter>>,
    /// Where it is; `None` in memory.
    directory: Option<PathBuf>,
    known: Mutex<Known>,
}

/// What was known of an index when it was looked at last.
#[derive(Default)]
struct Known {
    reached: Option<Reached>,
    /// How many records it held then.
    count: Option<u64>,
    files: IndexFiles,
    meta: Option<FileStamp>,
}

/// How far an index has read, as the caller has said with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The number of the last change of its records.
    pub number: i64,
    /// The mark that this change has.
    pub mark: i64,
    /// When that was, in microseconds since 1970, by the clock of whoever has read: for people to read.
    pub at: i64,
}

impl Reached {
    fn sum(self) -> i64 {
        self.number.wrapping_add(self.mark).wrapping_add(self.at)
    }

    /// As it is kept; the sum shows whether it was changed there.
    fn text(self) -> String {
        format!("{} {} {} {}", self.number, self.mark, self.at, self.sum())
    }

    fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<i64> = text.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let [number, mark, at, sum] = numbers[..] else { return None };
        let reached = Self { number, mark, at };
        (reached.sum() == sum).then_some(reached)
    }
}

/// What is asked of an index.
#[derive(Debug, Clone, Copy)]
pub struct IndexQuery<'a> {
    /// Which records.
    pub filter: &'a Filter,
    /// Whose; `None` for everybody's.
    pub units: Option<&'a [UnitId]>,
    /// In which order.
    pub sort: Sort,
    /// How many of the first are passed over.
    pub skip: usize,
    /// How many are wanted after them.
    pub most: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// How many records fit, exactly.
    pub count: u64,
    /// Those wanted, in order.
    pub ids: Vec<RecordId>,
}

/// Makes a directory that only this user can read, with those above it that are missing: it holds names.
fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The file that says of which parts an index consists.
pub(crate) const META: &str = "meta.json";
/// How often it is tried to see one state of an index that another thread or process is changing.
const LOOKS: usize = 5;

impl Index {
    /// Opens the index of this shape under `root`, or begins an empty one;
    /// those of the form under other definitions are removed. Without a `root` it is kept in memory.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub fn open(root: Option<&Path>, shape: Shape) -> Result<Self> {
        let Some(root) = root else { return Self::open_at(None, shape) };
        remove_others(root, &shape).map_err(Error::of_directory(root))?;
        Self::open_or_begin(root.join(shape.name()), shape)
    }

    fn open_or_begin(directory: PathBuf, shape: Shape) -> Result<Self> {
        // Half of it may be missing, or a disk has lied: it is derived, so it is begun again.
        match Self::open_at(Some(directory.clone()), shape.clone()) {
            Err(error) if !error.is_disk_full() => {
                clear(&directory)?;
                Self::open_at(Some(directory), shape)
            }
            other => other,
        }
    }

    pub(crate) fn open_at(directory: Option<PathBuf>, shape: Shape) -> Result<Self> {
        let (schema, fields) = Fields::new(&shape);
        let tokenizers = TokenizerManager::default();
        tokenizers.register(WORDS, TextAnalyzer::from(Words::default()));
        let builder = tantivy::Index::builder()
            .schema(schema)
            .settings(IndexSettings::default())
            .tokenizers(tokenizers);
        let library = match &directory {
            None => builder.open_or_create(RamDirectory::create())?,
            Some(directory) => {
                create_private_dir(directory).map_err(Error::of_directory(directory))?;
                builder
                    .open_or_create(MmapDirectory::open(directory).map_err(tantivy::TantivyError::from)?)?
            }
        };
        let reader = library.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let new = Self {
            fields,
            shape,
            library,
            reader,
            writer: Mutex::new(None),
            directory,
            known: Mutex::default(),
        };
        new.refresh()?;
        Ok(new)
    }

    /// Removes whatever there is and opens an empty index in its place, to be built. Where another process
    /// keeps it, it is opened as that process has it.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub fn begin_anew(&self) -> Result<Self> {
        *lock(&self.writer) = None;
        let Some(directory) = &self.directory else { return Self::open_at(None, self.shape.clone()) };
        match clear(directory) {
            Ok(()) | Err(Error::Busy) => Self::open_or_begin(directory.clone(), self.shape.clone()),
            Err(error) => Err(error),
        }
    }

    /// Where it is; `None` in memory.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Whether its files are as they were written: before it is searched or changed. With `thoroughly` all of
    /// them are read.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn check(&self, thoroughly: bool) -> Result<()> {
        let Some(directory) = &self.directory else { return Ok(()) };
        if thoroughly {
            lock(&self.known).files.doubt();
        }
        for look in 1.. {
            let meta = FileStamp::read(&directory.join(META))?;
            let is_known = lock(&self.known).meta == Some(meta);
            if !is_known {
                self.refresh().map_err(|error| match error {
                    Error::Broken(error) => {
                        Error::Damaged { file: directory.join(META), reason: error.to_string() }
                    }
                    other => other,
                })?;
            }
            let is_sound = |file: &Path| {
                let checked = self.library.directory().validate_checksum(file);
                Ok(checked.map_err(tantivy::TantivyError::from)?)
            };
            match lock(&self.known).files.check(directory, is_sound) {
                // Parts that were joined meanwhile are gone.
                Err(Error::Damaged { .. })
                    if look < LOOKS && FileStamp::read(&directory.join(META))? != meta => {}
                other => return other,
            }
        }
        Ok(())
    }

    /// What it contains of a record.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How far it has read, as the caller stated with the last commit; `None` when it must be built.
    pub fn reached(&self) -> Option<Reached> {
        lock(&self.known).reached
    }

    /// Sees what another process has committed.
    ///
    /// # Errors
    /// When it cannot be read; [`Error::Damaged`] when it holds another number of records than before, though
    /// nothing was committed.
    pub fn refresh(&self) -> Result<()> {
        for look in 1.. {
            // Looked at first: what is changed afterwards is seen the next time.
            let meta = self
                .directory
                .as_ref()
                .map(|directory| FileStamp::read(&directory.join(META)))
                .transpose()?;
            let payload = self.library.load_metas()?.payload;
            let reached = payload.as_deref().and_then(Reached::parse);
            if reached.is_none() {
                // Another process has begun it anew: whoever asks must not take nothing for an answer.
                lock(&self.known).reached = None;
            }
            self.reader.reload()?;
            let metas = self.library.load_metas()?;
            let searcher = self.reader.searcher();
            let searched: BTreeSet<_> =
                searcher.segment_readers().iter().map(tantivy::SegmentReader::segment_id).collect();
            let parts: BTreeSet<_> = metas.segments.iter().map(tantivy::index::SegmentMeta::id).collect();
            let is_one_state = metas.payload == payload && parts == searched;
            if !is_one_state && look < LOOKS {
                continue;
            }
            // Of two states, what it says that it has read is of the earlier one.
            let mut known = lock(&self.known);
            let count = is_one_state.then(|| searcher.num_docs());
            if let (Some(directory), Some(count)) = (&self.directory, count)
                && known.reached == reached
                && known.count.is_some_and(|known| known != count)
            {
                let reason = format!("it speaks of {count} records");
                return Err(Error::Damaged { file: directory.join(META), reason });
            }
            known.reached = reached;
            known.count = count;
            known.files.set(&metas.segments);
            known.meta = meta.filter(|_| is_one_state);
            break;
        }
        Ok(())
    }

    /// How many records it holds.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts records in, in place of what it holds of them, takes others out,
    /// and commits that it has read as far as `reached`.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process keeps it; nothing has changed then.
    pub fn apply(&self, put: &[IndexRecord<'_>], remove: &[RecordId], reached: Reached) -> Result<()> {
        let mut slot = lock(&self.writer);
        let writer = match &mut *slot {
            Some(writer) => writer,
            none => none.insert(self.new_writer(MEMORY)?),
        };
        let result = self.write(writer, put, remove, reached);
        if result.is_err() {
            // A writer that has failed once takes nothing more.
            *slot = None;
        }
        drop(slot);
        result?;
        lock(&self.known).count = None;
        self.refresh()
    }

    fn write(
        &self,
        writer: &mut IndexWriter,
        put: &[IndexRecord<'_>],
        remove: &[RecordId],
        reached: Reached,
    ) -> Result<()> {
        for id in remove.iter().copied().chain(put.iter().map(|record| record.id)) {
            writer.delete_term(Term::from_field_i64(self.fields.id, id.0));
        }
        for record in put {
            writer.add_document(self.fields.document(&self.shape, record))?;
        }
        commit(writer, reached)
    }

    /// Begins to build it anew. Until [`Build::finish`] it answers as before.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub fn build(&self) -> Result<Build<'_>> {
        let mut slot = lock(&self.writer);
        *slot = None;
        let writer = self.new_writer(BUILD_MEMORY)?;
        writer.delete_all_documents()?;
        *slot = Some(writer);
        Ok(Build { index: self, writer: slot })
    }

    fn new_writer(&self, memory: usize) -> Result<IndexWriter> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(memory)
            .num_merge_threads(1)
            .build();
        Ok(self.library.writer_with_options(options)?)
    }

    /// Which records fit, how many, and the ids of those wanted.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn find(&self, ask: &IndexQuery<'_>) -> Result<SearchResult> {
        let searcher = self.reader.searcher();
        let few = ask.units.filter(|units| units.len() <= FEW_UNITS);
        let many = if few.is_some() { None } else { ask.units };
        let many: Option<Arc<FxHashSet<i64>>> =
            many.map(|units| Arc::new(units.iter().map(|unit| unit.0).collect()));
        let query = ask.filter.query(&self.shape, &self.fields, few);
        let by = match ask.sort.by {
            By::Entered => None,
            By::State => Some(STATE.to_owned()),
            By::Field(field) => self.shape.has_column(field).then(|| column_name(field)),
        };
        let most = ask.skip.saturating_add(ask.most);
        let walk = Walk { units: many, by, is_descending: ask.sort.is_descending, most };
        let walked: Walked = searcher.search(&*query, &walk)?;
        let count = walked.count;
        let ids = walked.ids(ask.skip, ask.most).into_iter().map(RecordId).collect();
        Ok(SearchResult { count, ids })
    }

    pub(crate) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }
}

/// An index that is being built anew.
pub struct Build<'a> {
    index: &'a Index,
    writer: MutexGuard<'a, Option<IndexWriter>>,
}

impl Build<'_> {
    /// Puts one more record in; each once.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&mut self, record: &IndexRecord<'_>) -> Result<()> {
        let index = self.index;
        let writer = self.writer.as_mut().ok_or(Error::Busy)?;
        writer.add_document(index.fields.document(&index.shape, record))?;
        Ok(())
    }

    /// Commits what was put in, in place of everything before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self, reached: Reached) -> Result<()> {
        let Some(mut writer) = self.writer.take() else { return Err(Error::Busy) };
        commit(&mut writer, reached)?;
        lock(&self.index.known).count = None;
        self.index.refresh()?;
        // Few large parts are searched quicker than many small ones.
        writer.wait_merging_threads()?;
        self.index.refresh()
    }
}

impl Drop for Build<'_> {
    /// A build that was given up leaves what was there before.
    fn drop(&mut self) {
        *self.writer = None;
    }
}

fn commit(writer: &mut IndexWriter, reached: Reached) -> Result<()> {
    let mut commit = writer.prepare_commit()?;
    commit.set_payload(&reached.text());
    commit.commit()?;
    Ok(())
}

/// Empties the directory of an index, unless another process keeps the index there. The file of the lock stays: a
/// process that waits for it must not get the lock of a file that is gone.
fn clear(directory: &Path) -> Result<()> {
    let refused = || Error::of_directory(directory);
    if fs::symlink_metadata(directory).is_ok_and(|metadata| !metadata.is_dir()) {
        fs::remove_file(directory).map_err(refused())?;
    }
    create_private_dir(directory).map_err(refused())?;
    let opened = MmapDirectory::open(directory).map_err(tantivy::TantivyError::from)?;
    let _held = match opened.acquire_lock(&INDEX_WRITER_LOCK) {
        Ok(held) => held,
        Err(LockError::LockBusy) => return Err(Error::Busy),
        Err(error) => return Err(tantivy::TantivyError::LockFailure(error, None).into()),
    };
    for entry in fs::read_dir(directory).map_err(refused())? {
        let path = entry.map_err(refused())?.path();
        if path.file_name() != INDEX_WRITER_LOCK.filepath.file_name() {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(refused())?;
        }
    }
    Ok(())
}

/// Removes what other definitions of the form have left.
fn remove_others(root: &Path, shape: &Shape) -> io::Result<()> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut others = BTreeSet::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if shape.is_of_form(&name) && name != shape.name() {
            others.insert(entry.path());
        }
    }
    others.into_iter().try_for_each(fs::remove_dir_all)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
