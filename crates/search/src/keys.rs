//! Exact keys: records of all forms can be found by them without a search. The
//! caller makes them (keyed hashes of persons and of duplicates); this module does not
//! know what they mean.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use model::ids::RecordId;
use tantivy::{
    DocSet, SegmentReader, TERMINATED, Term, columnar::Column, index::InvertedIndexReader,
    postings::SegmentPostings, schema::IndexRecordOption, termdict::TermStreamer,
};

use crate::{Index, Result, shape::ID};

/// A record that bears a key: which of the indexes asked holds it, and its id.
pub type Bearer = (usize, RecordId);

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
                alive(segment, &segment.fast_fields().i64(ID)?, postings, |id| found.push(id));
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

/// Hands every key beginning with `prefix` that two or more records of all
/// these indexes bear to `take`, in the order of keys, with its bearers.
///
/// # Errors
/// When an index cannot be read.
pub fn shared(indexes: &[&Index], prefix: &str, mut take: impl FnMut(&str, &[Bearer])) -> Result<()> {
    let mut parts = Vec::new();
    for (number, index) in indexes.iter().enumerate() {
        for segment in index.searcher().segment_readers() {
            let inverted = segment.inverted_index(index.fields.keys)?;
            let ids = segment.fast_fields().i64(ID)?;
            parts.push(Part { index: number, segment: segment.clone(), inverted, ids });
        }
    }
    let mut streams = Vec::with_capacity(parts.len());
    let mut heads = BinaryHeap::new();
    for (number, part) in parts.iter().enumerate() {
        let mut stream = read(part.inverted.terms().range().ge(prefix).into_stream())?;
        push_next(&mut heads, &mut stream, prefix, number);
        streams.push(stream);
    }
    let mut bearers: Vec<Bearer> = Vec::new();
    let mut at: Vec<usize> = Vec::new();
    while let Some(Reverse((key, number))) = heads.pop() {
        at.clear();
        at.push(number);
        while heads.peek().is_some_and(|Reverse((other, _))| *other == key) {
            if let Some(Reverse((_, number))) = heads.pop() {
                at.push(number);
            }
        }
        let borne: u32 = at.iter().map(|number| streams[*number].value().doc_freq).sum();
        if borne > 1 {
            bearers.clear();
            for number in &at {
                let part = &parts[*number];
                let info = streams[*number].value().clone();
                let postings =
                    read(part.inverted.read_postings_from_terminfo(&info, IndexRecordOption::Basic))?;
                alive(&part.segment, &part.ids, postings, |id| bearers.push((part.index, id)));
            }
            bearers.sort_unstable();
            if bearers.len() > 1
                && let Ok(key) = std::str::from_utf8(&key)
            {
                take(key, &bearers);
            }
        }
        for number in &at {
            push_next(&mut heads, &mut streams[*number], prefix, *number);
        }
    }
    Ok(())
}

/// One part of one index.
struct Part {
    index: usize,
    segment: SegmentReader,
    inverted: Arc<InvertedIndexReader>,
    ids: Column<i64>,
}

/// The next key of a part, with the part's number; the least comes first.
type Heads = BinaryHeap<Reverse<(Vec<u8>, usize)>>;

fn push_next(heads: &mut Heads, stream: &mut TermStreamer<'_>, prefix: &str, number: usize) {
    if stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
        heads.push(Reverse((stream.key().to_vec(), number)));
    }
}

/// The ids of the records in `postings` that have not been taken out.
fn alive(
    segment: &SegmentReader,
    ids: &Column<i64>,
    mut postings: SegmentPostings,
    mut take: impl FnMut(RecordId),
) {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        if segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc))
            && let Some(id) = ids.first(doc)
        {
            take(RecordId(id));
        }
        doc = postings.advance();
    }
}

fn read<T>(result: std::io::Result<T>) -> Result<T> {
    result.map_err(|error| tantivy::TantivyError::from(error).into())
}
