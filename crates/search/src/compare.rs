//! Whether an index is true to the records: what it holds of each, in the order of their ids, beside
//! what it must hold. The ids come from the sorted terms of the index's parts, so that nothing has to be held in
//! memory, however many records there are.

use std::{cmp::Reverse, fs, io, path::Path, sync::Arc};

use campaign::definition::FieldIdx;
use model::ids::RecordId;
use tantivy::{
    Searcher, SegmentReader, columnar::Column, index::InvertedIndexReader, schema::IndexRecordOption,
};

use crate::{
    Error, Index, IndexRecord, Reached, Result, Shape,
    index::META,
    keys::{Heads, alive, push_next, read},
    shape::{DIGEST, ID, STATE, UNIT, VERSION, column_name},
};

/// What an index holds at one moment; it stays so while others go on changing the index.
pub struct Contents {
    index: Arc<Index>,
    searcher: Searcher,
    reached: Option<Reached>,
}

/// How an index differs from the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexDifference {
    /// It lacks a record.
    Lacking,
    /// It holds a record that there is not, or holds one twice.
    Surplus,
    /// It holds something else of a record.
    Other {
        /// The version of the record that it holds, if it holds any.
        held: Option<i64>,
        /// The version of the record.
        version: i64,
        /// What is different.
        parts: Vec<RecordPart>,
    },
}

/// What an index holds of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordPart {
    /// Its version.
    Version,
    /// Its unit.
    Unit,
    /// Its state.
    State,
    /// A field that records are filtered and sorted by.
    Field(FieldIdx),
    /// The words and the keys by which it is found.
    Words,
}

impl Index {
    /// Opens the index of this shape under `root` as it is, and changes nothing; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it cannot be read.
    pub fn open_existing(root: &Path, shape: Shape) -> Result<Option<Self>> {
        let directory = root.join(shape.name());
        let meta = directory.join(META);
        if !meta.try_exists().map_err(Error::of_directory(&directory))? {
            return Ok(None);
        }
        match Self::open_at(Some(directory), shape) {
            Err(Error::Broken(error)) => Err(Error::Damaged { file: meta, reason: error.to_string() }),
            other => other.map(Some),
        }
    }

    /// Lets whoever keeps the index of this shape under `root` build it anew, also another process: it finds that the
    /// index is gone.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn give_up(root: &Path, shape: &Shape) -> Result<()> {
        let directory = root.join(shape.name());
        match fs::remove_file(directory.join(META)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::of_directory(&directory)(error))
            }
            _ => Ok(()),
        }
    }

    /// What it holds now.
    pub fn contents(self: &Arc<Self>) -> Contents {
        // In this order: what it holds is never older than what it says that it has read.
        let reached = self.reached();
        Contents { index: self.clone(), searcher: self.searcher(), reached }
    }
}

impl Contents {
    /// How far it had read, as [`Index::reached`].
    pub fn reached(&self) -> Option<Reached> {
        self.reached
    }

    /// Compares everything with the records that `next` gives in the order of their ids, `None` after the last;
    /// whatever differs is handed to `found`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn compare<R>(
        &self,
        mut next: impl FnMut() -> Option<R>,
        as_record: impl Fn(&R) -> IndexRecord<'_>,
        mut found: impl FnMut(RecordId, IndexDifference),
    ) -> Result<()> {
        let mut expected = next();
        self.for_each_id(|id, held| {
            while let Some(record) = expected.as_ref().filter(|record| as_record(record).id < id) {
                found(as_record(record).id, IndexDifference::Lacking);
                expected = next();
            }
            let Some(record) = expected.take_if(|record| as_record(record).id == id) else {
                // Taken out, and its term is still there until the parts are joined.
                if !held.is_empty() {
                    found(id, IndexDifference::Surplus);
                }
                return;
            };
            expected = next();
            match held {
                [] => found(id, IndexDifference::Lacking),
                [(part, document)] => {
                    let parts = part.differing(&self.index, *document, &as_record(&record));
                    if !parts.is_empty() {
                        let held = part.version.as_ref().and_then(|version| version.first(*document));
                        let version = as_record(&record).version;
                        found(id, IndexDifference::Other { held, version, parts });
                    }
                }
                _ => found(id, IndexDifference::Surplus),
            }
        })?;
        while let Some(record) = expected {
            found(as_record(&record).id, IndexDifference::Lacking);
            expected = next();
        }
        Ok(())
    }

    /// Hands every id that is in the index to `take`, in order, with the documents that have it.
    fn for_each_id(&self, mut take: impl FnMut(RecordId, &[(&Part, u32)])) -> Result<()> {
        let segments = self.searcher.segment_readers();
        let parts: Vec<Part> =
            segments.iter().map(|segment| Part::new(&self.index, segment)).collect::<Result<_>>()?;
        let (mut heads, mut streams) = (Heads::default(), Vec::with_capacity(parts.len()));
        for (number, part) in parts.iter().enumerate() {
            let mut stream = read(part.inverted.terms().stream())?;
            push_next(&mut heads, &mut stream, &[], number, Vec::new());
            streams.push(stream);
        }
        let mut held: Vec<(&Part, u32)> = Vec::new();
        while let Some(Reverse((key, number))) = heads.pop() {
            held.clear();
            let mut at = vec![number];
            while heads.peek().is_some_and(|Reverse((other, _))| *other == key) {
                at.extend(heads.pop().map(|Reverse((_, number))| number));
            }
            for number in &at {
                let part = &parts[*number];
                let info = streams[*number].value().clone();
                let postings =
                    read(part.inverted.read_postings_from_terminfo(&info, IndexRecordOption::Basic))?;
                alive(&part.segment, postings, |document| held.push((part, document)));
            }
            if let Some(id) = id_of_term(&key) {
                take(id, &held);
            }
            let mut buffer = key;
            for number in &at {
                let buffer = std::mem::take(&mut buffer);
                push_next(&mut heads, &mut streams[*number], &[], *number, buffer);
            }
        }
        Ok(())
    }
}

/// The id that a term of the field of ids stands for: its order is that of the bytes.
fn id_of_term(key: &[u8]) -> Option<RecordId> {
    let bytes: [u8; 8] = key.try_into().ok()?;
    Some(RecordId((u64::from_be_bytes(bytes) ^ (1 << 63)).cast_signed()))
}

/// One part of an index, with everything that it holds of a record.
struct Part {
    segment: SegmentReader,
    inverted: Arc<InvertedIndexReader>,
    id: Column<i64>,
    unit: Option<Column<i64>>,
    state: Option<Column<i64>>,
    version: Option<Column<i64>>,
    digest: Option<Column<i64>>,
    /// The columns of fields; `None` where no record of the part states the field.
    fields: Vec<(FieldIdx, Option<Column<i64>>)>,
}

impl Part {
    fn new(index: &Index, segment: &SegmentReader) -> Result<Self> {
        let columns = segment.fast_fields();
        let column = |name: &str| columns.column_opt::<i64>(name);
        let fields = index.shape().column_fields();
        let fields = fields.map(|field| Ok((field, column(&column_name(field))?)));
        Ok(Self {
            segment: segment.clone(),
            inverted: segment.inverted_index(index.fields.id)?,
            id: columns.i64(ID)?,
            unit: column(UNIT)?,
            state: column(STATE)?,
            version: column(VERSION)?,
            digest: column(DIGEST)?,
            fields: fields.collect::<Result<_>>()?,
        })
    }

    /// What it holds otherwise than a record is.
    fn differing(&self, index: &Index, document: u32, record: &IndexRecord<'_>) -> Vec<RecordPart> {
        let value = |column: &Option<Column<i64>>| column.as_ref().and_then(|column| column.first(document));
        let mut parts = Vec::new();
        let mut compare = |held: Option<i64>, expected: Option<i64>, part| {
            if held != expected {
                parts.push(part);
            }
        };
        compare(value(&self.version), Some(record.version), RecordPart::Version);
        compare(value(&self.unit), Some(record.unit.0), RecordPart::Unit);
        compare(value(&self.state), record.state_number(), RecordPart::State);
        for (field, column) in &self.fields {
            let stated = record.values.get(*field).and_then(Option::as_ref);
            let number = stated.and_then(|value| index.shape().number(*field, value));
            compare(value(column), number, RecordPart::Field(*field));
        }
        let digest = index.shape().text_digest(record);
        let is_same = value(&self.digest) == Some(digest) && self.id.first(document) == Some(record.id.0);
        compare(Some(i64::from(!is_same)), Some(0), RecordPart::Words);
        parts
    }
}
