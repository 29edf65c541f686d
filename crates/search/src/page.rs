//! Counts the records that fit a filter and collects the first of them in the
//! requested order, in one pass.

use rustc_hash::FxHashSet;
use std::sync::Arc;
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};

use crate::shape::{ID, UNIT};

/// Records looked at together.
const BLOCK: usize = 64;

/// A place in the order: by the value asked for, then newest first. Smaller comes earlier.
type SortKey = (i64, i64);

/// What a walk finds.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// How many records fit.
    pub(crate) count: u64,
    /// The first of them, in no order.
    pub(crate) first: Vec<SortKey>,
}

impl Walked {
    /// The ids, in order.
    pub(crate) fn ids(mut self, skip: usize, most: usize) -> Vec<i64> {
        self.first.sort_unstable();
        self.first.into_iter().skip(skip).take(most).map(|(_, id)| !id).collect()
    }
}

/// How to walk.
pub(crate) struct Walk {
    /// Whose records fit beside the query; `None` for everybody's.
    pub(crate) units: Option<Arc<FxHashSet<i64>>>,
    /// The column to put them in order by; `None` for the order of entering.
    pub(crate) by: Option<String>,
    pub(crate) is_descending: bool,
    /// How many of the first are wanted.
    pub(crate) most: usize,
}

impl Collector for Walk {
    type Fruit = Walked;
    type Child = SegmentWalk;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentWalk> {
        let columns = segment.fast_fields();
        let unit = match &self.units {
            Some(units) => Some((units.clone(), columns.i64(UNIT)?)),
            None => None,
        };
        let by = match &self.by {
            Some(name) => columns.column_opt::<i64>(name)?.map_or(Order::Alike, Order::Column),
            None => Order::Entered,
        };
        Ok(SegmentWalk {
            unit,
            id: columns.i64(ID)?,
            by,
            is_descending: self.is_descending,
            most: self.most,
            count: 0,
            first: Vec::new(),
            last: None,
            block: Vec::with_capacity(BLOCK),
            values: vec![None; BLOCK],
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, parts: Vec<Walked>) -> tantivy::Result<Walked> {
        let mut all = Walked::default();
        for part in parts {
            all.count += part.count;
            all.first.extend(part.first);
        }
        Ok(all)
    }
}

/// What the records of one part are put in order by.
enum Order {
    /// When they were entered.
    Entered,
    /// A column.
    Column(Column<i64>),
    /// A field that nobody states here.
    Alike,
}

/// The walk over one part of the index.
pub(crate) struct SegmentWalk {
    unit: Option<(Arc<FxHashSet<i64>>, Column<i64>)>,
    id: Column<i64>,
    by: Order,
    is_descending: bool,
    most: usize,
    count: u64,
    first: Vec<SortKey>,
    /// What comes after it is not among the first.
    last: Option<SortKey>,
    /// Records that came one by one.
    block: Vec<DocId>,
    values: Vec<Option<i64>>,
}

impl SegmentCollector for SegmentWalk {
    type Fruit = Walked;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.block.push(doc);
        if self.block.len() == BLOCK {
            self.flush();
        }
    }

    fn collect_block(&mut self, docs: &[DocId]) {
        if self.unit.is_some() {
            for docs in docs.chunks(BLOCK) {
                self.block.extend_from_slice(docs);
                self.flush();
            }
        } else {
            for docs in docs.chunks(BLOCK) {
                self.take(docs);
            }
        }
    }

    fn harvest(mut self) -> Walked {
        self.flush();
        self.truncate();
        Walked { count: self.count, first: self.first }
    }
}

impl SegmentWalk {
    /// Looks at the records that wait in the block.
    fn flush(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        if let Some((units, column)) = &self.unit {
            let values = read(column, &block, &mut self.values);
            let mut values = values.iter();
            // Neighbours are often of one unit.
            let mut known = (None, false);
            block.retain(|_| {
                let unit = values.next().copied().flatten();
                if unit != known.0 {
                    known = (unit, unit.is_some_and(|unit| units.contains(&unit)));
                }
                known.1
            });
        }
        self.take(&block);
        block.clear();
        self.block = block;
    }

    fn take(&mut self, docs: &[DocId]) {
        self.count += docs.len() as u64;
        if self.most == 0 || docs.is_empty() {
            return;
        }
        let order = |value: i64| if self.is_descending { !value } else { value };
        let last = self.last.unwrap_or((i64::MAX, i64::MAX));
        match &self.by {
            Order::Entered => {
                for id in read(&self.id, docs, &mut self.values).iter().flatten() {
                    let place = (order(*id), !*id);
                    if place <= last {
                        self.first.push(place);
                    }
                }
            }
            by => {
                if let Order::Column(column) = by {
                    read(column, docs, &mut self.values);
                } else {
                    self.values.fill(None);
                }
                for (doc, value) in docs.iter().zip(&self.values) {
                    let value = value.map_or(i64::MAX, order);
                    if value <= last.0
                        && let Some(id) = self.id.first(*doc)
                        && (value, !id) <= last
                    {
                        self.first.push((value, !id));
                    }
                }
            }
        }
        if self.first.len() >= self.most.saturating_mul(2).max(BLOCK) {
            self.truncate();
        }
    }

    /// Keeps no more than are wanted.
    fn truncate(&mut self) {
        if self.first.len() > self.most {
            self.first.select_nth_unstable(self.most - 1);
            self.first.truncate(self.most);
            self.last = self.first.last().copied();
        }
    }
}

/// The values of up to [`BLOCK`] records.
fn read<'v>(column: &Column<i64>, docs: &[DocId], values: &'v mut Vec<Option<i64>>) -> &'v [Option<i64>] {
    values.resize(BLOCK, None);
    let values = &mut values[..docs.len()];
    // Records without a value are passed over.
    values.fill(None);
    column.first_vals(docs, values);
    values
}
