//! Exact keys: records can be found by them without a search. The caller makes them (keyed
//! hashes of persons and of duplicates); this module does not know what they mean.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use model::ids::{RecordId, UnitId};
use tantivy::{
    DocSet, SegmentReader, TERMINATED, Term,
    columnar::Column,
    index::InvertedIndexReader,
    postings::{SegmentPostings, TermInfo},
    schema::IndexRecordOption,
    termdict::TermStreamer,
};

use crate::{
    Index, Result,
    shape::{ID, UNIT},
};

/// A record that has a key, with its unit.
pub type Bearer = (RecordId, UnitId);

impl Index {
    /// The records that bear this key, oldest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn bearing(&self, key: &str) -> Result<Vec<RecordId>> {
        let term = Term::from_field_text(self.fields.keys, key);
        let mut found = Vec::new();
        for segment in self.searcher().segment_readers() {
            let inverted = segment.inverted_index(self.fields.keys)?;
            if let Some(postings) = read(inverted.read_postings(&term, IndexRecordOption::Basic))? {
                let ids = segment.fast_fields().i64(ID)?;
                alive(segment, postings, |doc| found.extend(ids.first(doc).map(RecordId)));
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

impl Index {
    /// Hands every key beginning with `prefix` that two or more records have to `take`, in the order of keys,
    /// with those records, oldest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn shared(&self, prefix: &str, mut take: impl FnMut(&str, &[Bearer])) -> Result<()> {
        let searcher = self.searcher();
        let parts: Vec<Part> =
            searcher.segment_readers().iter().map(|segment| self.part(segment)).collect::<Result<_>>()?;
        let mut streams = Vec::with_capacity(parts.len());
        let mut heads = BinaryHeap::new();
        for (number, part) in parts.iter().enumerate() {
            let mut stream = read(part.inverted.terms().range().ge(prefix).into_stream())?;
            push_next(&mut heads, &mut stream, prefix.as_bytes(), number, Vec::new());
            streams.push(stream);
        }
        let mut bearers: Vec<Bearer> = Vec::new();
        let mut at: Vec<usize> = Vec::new();
        while let Some(Reverse((key, number))) = heads.pop() {
            at.clear();
            at.push(number);
            while heads.peek().is_some_and(|Reverse((other, _))| *other == key) {
                at.extend(heads.pop().map(|Reverse((_, number))| number));
            }
            let borne: u32 = at.iter().map(|number| streams[*number].value().doc_freq).sum();
            if borne > 1 {
                bearers.clear();
                for number in &at {
                    let info = streams[*number].value().clone();
                    parts[*number].bearers(&info, &mut bearers)?;
                }
                bearers.sort_unstable();
                if bearers.len() > 1
                    && let Ok(key) = std::str::from_utf8(&key)
                {
                    take(key, &bearers);
                }
            }
            // The buffer of the key is used again: there are millions of them.
            let mut buffer = key;
            for number in &at {
                let buffer = std::mem::take(&mut buffer);
                push_next(&mut heads, &mut streams[*number], prefix.as_bytes(), *number, buffer);
            }
        }
        Ok(())
    }

    fn part(&self, segment: &SegmentReader) -> Result<Part> {
        let inverted = segment.inverted_index(self.fields.keys)?;
        let fast = segment.fast_fields();
        Ok(Part { segment: segment.clone(), inverted, ids: fast.i64(ID)?, units: fast.i64(UNIT)? })
    }
}

/// One part of an index.
struct Part {
    segment: SegmentReader,
    inverted: Arc<InvertedIndexReader>,
    ids: Column<i64>,
    units: Column<i64>,
}

impl Part {
    /// Adds the records that have a key of this part.
    fn bearers(&self, info: &TermInfo, bearers: &mut Vec<Bearer>) -> Result<()> {
        let postings = read(self.inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic))?;
        alive(&self.segment, postings, |doc| {
            let (id, unit) = (self.ids.first(doc), self.units.first(doc));
            bearers.extend(id.zip(unit).map(|(id, unit)| (RecordId(id), UnitId(unit))));
        });
        Ok(())
    }
}

/// The next key of a part, with the part's number; the least comes first.
pub(crate) type Heads = BinaryHeap<Reverse<(Vec<u8>, usize)>>;

/// Puts the next key of a part that begins with `prefix` among the heads.
pub(crate) fn push_next(
    heads: &mut Heads,
    stream: &mut TermStreamer<'_>,
    prefix: &[u8],
    number: usize,
    mut buffer: Vec<u8>,
) {
    if stream.advance() && stream.key().starts_with(prefix) {
        buffer.clear();
        buffer.extend_from_slice(stream.key());
        heads.push(Reverse((buffer, number)));
    }
}

/// Hands the documents of `postings` that have not been taken out to `take`.
pub(crate) fn alive(segment: &SegmentReader, mut postings: SegmentPostings, mut take: impl FnMut(u32)) {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        if segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
            take(doc);
        }
        doc = postings.advance();
    }
}

/// What the file system refused, as an error of the index.
pub(crate) fn read<T>(result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| tantivy::TantivyError::from(error).into())
}
