//! Opens an index or creates it, searches it, changes it, and builds it again.

use std::{
    collections::BTreeSet,
    fs, io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::ids::{RecordId, UnitId};
use rustc_hash::FxHashSet;
use tantivy::{
    IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, Term,
    directory::{MmapDirectory, RamDirectory},
    indexer::IndexWriterOptions,
    tokenizer::{TextAnalyzer, TokenizerManager},
};

use crate::{
    By, Error, Filter, IndexRecord, Result, Shape, Sort,
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
    reached: Mutex<Option<i64>>,
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

impl Index {
    /// Opens the index of this shape under `root`, or begins an empty one;
    /// those of the form under other definitions are removed. Without a `root` it is kept in memory.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub fn open(root: Option<&Path>, shape: Shape) -> Result<Self> {
        let (schema, fields) = Fields::new(&shape);
        let tokenizers = TokenizerManager::default();
        tokenizers.register(WORDS, TextAnalyzer::from(Words::default()));
        let builder = || {
            tantivy::Index::builder()
                .schema(schema.clone())
                .settings(IndexSettings::default())
                .tokenizers(tokenizers.clone())
        };
        let library = match root {
            None => builder().open_or_create(RamDirectory::create())?,
            Some(root) => {
                remove_others(root, &shape)?;
                let directory = root.join(shape.name());
                create_private_dir(&directory)?;
                let open = || -> tantivy::Result<tantivy::Index> {
                    builder().open_or_create(MmapDirectory::open(&directory)?)
                };
                if let Ok(index) = open() {
                    index
                } else {
                    // Half of it may be missing, or a disk has lied: it is derived, so it is begun again.
                    fs::remove_dir_all(&directory)?;
                    create_private_dir(&directory)?;
                    open()?
                }
            }
        };
        let reader = library.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let new =
            Self { fields, shape, library, reader, writer: Mutex::new(None), reached: Mutex::new(None) };
        new.refresh()?;
        Ok(new)
    }

    /// What it contains of a record.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How far it has read, as the caller stated with the last commit; `None` when it must be built.
    pub fn reached(&self) -> Option<i64> {
        *lock(&self.reached)
    }

    /// Sees what another process has committed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refresh(&self) -> Result<()> {
        // How far it has read is loaded first, so that the searched content is never older than that.
        let reached = self.library.load_metas()?.payload.and_then(|payload| payload.parse().ok());
        self.reader.reload()?;
        *lock(&self.reached) = reached;
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
    pub fn apply(&self, put: &[IndexRecord<'_>], remove: &[RecordId], reached: i64) -> Result<()> {
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
        self.refresh()
    }

    fn write(
        &self,
        writer: &mut IndexWriter,
        put: &[IndexRecord<'_>],
        remove: &[RecordId],
        reached: i64,
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
    pub fn finish(mut self, reached: i64) -> Result<()> {
        let Some(mut writer) = self.writer.take() else { return Err(Error::Busy) };
        commit(&mut writer, reached)?;
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

fn commit(writer: &mut IndexWriter, reached: i64) -> Result<()> {
    let mut commit = writer.prepare_commit()?;
    commit.set_payload(&reached.to_string());
    commit.commit()?;
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
