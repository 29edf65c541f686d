//! Whether the indexes are true to the records (`jiangong verify`): everything that an index holds
//! of every record, and not only how many it holds. What the index has not read yet is no fault: it is counted and
//! not named.

use std::{cell::RefCell, collections::HashSet, sync::Arc};

use boxed_async::boxed_async;
use campaign::definition::FormIdx;
use model::ids::RecordId;
use search::{Contents, Index, IndexDifference};
use store::{Tx, changes, listing, records::RecordRow};
use tokio::sync::mpsc;

use super::{
    build::{Entry, read_all, reading_stopped},
    register_forms,
    updater::{IndexUpdater, ROWS, blocking, changes_after},
};
use crate::{App, Error, Result, Snapshot};

/// The index of one register beside its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterIndex {
    /// Id of the register.
    pub form: String,
    /// How many records were compared.
    pub records: u64,
    /// How many records have changed since the index has read last; what it holds of them was not compared.
    pub waiting: u64,
    /// Whether there are records and no index yet, so that nothing could be compared.
    pub is_missing: bool,
    /// What is wrong, the first hundred of it.
    pub faults: Vec<IndexFault>,
    /// How much that is.
    pub count: usize,
    /// Records that are older than what the index holds of them: somebody has put an earlier version back.
    pub rolled_back: Vec<RecordId>,
}

/// Something wrong with an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexFault {
    /// Its files are not as they were written; the file and what is wrong.
    Damaged(String),
    /// It is of another database, or has read so long ago that the changes since are not known.
    Foreign,
    /// It holds something else than a record is.
    Record(RecordId, IndexDifference),
}

/// Faults that are named of one register.
const NAMED: usize = 100;

impl RegisterIndex {
    fn new(form: &str) -> Self {
        Self {
            form: form.to_owned(),
            records: 0,
            waiting: 0,
            is_missing: false,
            faults: Vec::new(),
            count: 0,
            rolled_back: Vec::new(),
        }
    }

    fn with_fault(form: &str, fault: IndexFault) -> Self {
        Self { faults: vec![fault], count: 1, ..Self::new(form) }
    }

    fn add(&mut self, record: RecordId, difference: IndexDifference) {
        self.count += 1;
        if let IndexDifference::Other { held: Some(held), version, .. } = &difference
            && held > version
        {
            self.rolled_back.push(record);
        }
        if self.faults.len() < NAMED {
            self.faults.push(IndexFault::Record(record, difference));
        }
    }

    /// Whether it is there and true to the records.
    fn is_right(&self) -> bool {
        !self.is_missing && self.count == 0
    }
}

/// Compares the indexes of all registers of the region with the records, one after the other. Changes nothing.
#[boxed_async]
pub(crate) async fn compare_all(app: &App, snapshot: &Arc<Snapshot>) -> Result<Vec<RegisterIndex>> {
    let mut compared = Vec::new();
    for form in register_forms(&snapshot.definition) {
        compared.push(compare(&IndexUpdater::new(app, snapshot, form)?).await?);
    }
    Ok(compared)
}

/// Builds those indexes anew that are not right. One that shows that records were put back to an earlier version stays
/// as it is: nothing else says so. Where a running server keeps an index, that server builds it.
#[boxed_async]
pub(crate) async fn rebuild_differing(
    app: &App,
    snapshot: &Arc<Snapshot>,
    compared: &[RegisterIndex],
) -> Result<()> {
    for index in compared.iter().filter(|index| !index.is_right() && index.rolled_back.is_empty()) {
        let Some((form, _)) = snapshot.definition.form(&index.form) else { continue };
        let updater = IndexUpdater::new(app, snapshot, form)?;
        if updater.build_anew().await? {
            tracing::info!(form = index.form, "the index of records was built anew");
        } else {
            tracing::info!(form = index.form, "a running server builds the index of records anew");
        }
    }
    Ok(())
}

async fn compare(updater: &IndexUpdater) -> Result<RegisterIndex> {
    let form = updater.form_id();
    // Before the records are read: so they are never older than the index.
    let contents = match contents(updater).await {
        Ok(contents) => contents,
        Err(Error::Index(search::Error::Damaged { file, reason })) => {
            let fault = IndexFault::Damaged(format!("{}: {reason}", file.display()));
            return Ok(RegisterIndex::with_fault(form, fault));
        }
        Err(error) => return Err(error),
    };
    let mut tx = updater.db.walk(updater.region).await?;
    let Some(contents) = contents else {
        let is_missing = listing::count(&mut tx, form).await? > 0;
        return Ok(RegisterIndex { is_missing, ..RegisterIndex::new(form) });
    };
    let Some(waiting) = unread_changes(&mut tx, form, &contents).await? else {
        return Ok(RegisterIndex::with_fault(form, IndexFault::Foreign));
    };
    let (rows, taken) = mpsc::channel(2);
    let (snapshot, position) = (updater.snapshot.clone(), updater.form);
    let comparing = tokio::task::spawn_blocking(move || {
        let compared = compare_rows(&snapshot, position, &contents, &waiting, taken);
        // Given back last: its files may be gone by now.
        drop(contents);
        compared
    });
    let read = read_all(&mut tx, form, rows, |_| {}).await;
    let compared = comparing.await.map_err(Error::internal)?;
    read?;
    compared
}

/// What the index holds, as it is in its directory; `None` when there is none that could be asked.
async fn contents(updater: &IndexUpdater) -> Result<Option<Contents>> {
    let (root, shape, open) =
        (updater.state.root.clone(), updater.state.shape.clone(), updater.state.index());
    blocking(move || {
        let index = match root {
            Some(root) => Index::open_existing(&root, shape)?.map(Arc::new),
            None => open,
        };
        let Some(index) = index else { return Ok(None) };
        index.check(true)?;
        let contents = index.contents();
        Ok(contents.reached().is_some().then_some(contents))
    })
    .await
}

/// The records that have changed since the index has read, in order; `None` when that is not known.
async fn unread_changes(tx: &mut Tx, form: &str, contents: &Contents) -> Result<Option<Vec<RecordId>>> {
    let Some(mut reached) = contents.reached() else { return Ok(None) };
    let mut waiting = changes::list_pending(tx, form).await?;
    loop {
        let rows = changes::list(tx, form, reached.number, ROWS).await?;
        let Some(rows) = changes_after(tx, reached, &rows).await? else { return Ok(None) };
        let Some(last) = rows.last() else { break };
        (reached.number, reached.mark) = (last.at.number, last.at.mark);
        waiting.extend(rows.iter().flat_map(|row| &row.ids));
    }
    waiting.sort_unstable();
    waiting.dedup();
    Ok(Some(waiting))
}

/// Compares the records of a form as they come.
fn compare_rows(
    snapshot: &Snapshot,
    form: FormIdx,
    contents: &Contents,
    waiting: &[RecordId],
    mut rows: mpsc::Receiver<Vec<RecordRow>>,
) -> Result<RegisterIndex> {
    let mut compared = RegisterIndex::new(&snapshot.definition.forms[form].id);
    compared.waiting = waiting.len() as u64;
    let (mut fault, mut records) = (None, 0);
    // What is wrong with a record itself is found where it is compared with the audit.
    let unreadable = RefCell::new(HashSet::new());
    let mut batch = Vec::<RecordRow>::new().into_iter();
    let next = || loop {
        if let Some(row) = batch.next() {
            let id = row.id;
            match Entry::read(snapshot, row) {
                Ok(entry) => {
                    records += 1;
                    return Some(entry);
                }
                Err(_) => drop(unreadable.borrow_mut().insert(id)),
            }
        } else if fault.is_some() {
            return None;
        } else {
            match rows.blocking_recv() {
                Some(some) if some.is_empty() => return None,
                Some(some) => batch = some.into_iter(),
                None => fault = Some(reading_stopped()),
            }
        }
    };
    contents.compare(next, Entry::record, |record, difference| {
        if waiting.binary_search(&record).is_err() && !unreadable.borrow().contains(&record) {
            compared.add(record, difference);
        }
    })?;
    if let Some(error) = fault {
        return Err(error);
    }
    compared.records = records;
    Ok(compared)
}
