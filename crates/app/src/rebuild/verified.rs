//! The check of everything stored (`jiangong verify`), and folding anew what agrees.

use std::collections::{BTreeMap, HashSet};

use boxed_async::boxed_async;
use campaign::definition::MeasureIdx;
use jiff::Timestamp;
use ledger::{
    fact::Fact,
    posting_list::{PostingComparison, PostingDifference},
    recount::{CellComparison, Difference, Recount, Recounted, TallySum, Units},
};
use model::{
    ids::{RecordId, UnitId},
    month::Year,
};
use store::{
    Tx, accounts, balances, known_days, postings,
    records::{self, RecordRow},
};

use super::{
    CountedFields, attachment_files,
    audited::AuditedRecords,
    derived,
    derived::{Others, UnitClasses},
    rebuild_from,
};
use crate::{
    App, Context, Result, Snapshot,
    access_log::{self, LogFault},
    index::{self, IndexFault, RegisterIndex},
    record::Record,
    rights::Action,
    transact::transact,
};

/// Findings that are named; of more only the number is told.
const NAMED: usize = 100;

/// Something stored that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A balance is not what the records come to.
    Balance(Difference),
    /// A record counts where it does not belong, or does not where it does.
    Posting(PostingDifference),
    /// What is tallied of a distinct measure at a unit.
    Tallies {
        /// The unit.
        unit: UnitId,
        /// The measure.
        measure: MeasureIdx,
    },
    /// What a unit states about itself with everything under it.
    Statement {
        /// The unit.
        unit: UnitId,
    },
    /// What the days of a unit come to is not its balances.
    Days {
        /// The unit.
        unit: UnitId,
    },
    /// What a unit is, in a year.
    Class {
        /// The unit.
        unit: UnitId,
        /// The year; 0 for what the roster says.
        year: Year,
    },
    /// An entry of the audit is not as it was written, or was not written by the program.
    AuditEntry {
        /// Its id.
        id: i64,
        /// What sort of thing it is about.
        subject: String,
        /// Which.
        subject_id: i64,
    },
    /// There are more or fewer entries of the audit than were written, or others.
    AuditTotal {
        /// Entries that were written.
        written: i64,
        /// Entries that are there.
        found: i64,
    },
    /// The audit does not have every version of a record that was removed.
    Versions {
        /// The record.
        record: i64,
        /// The last version.
        versions: i64,
        /// Versions that are there.
        entries: i64,
    },
    /// A record is not what the audit says of it.
    Record {
        /// The record.
        record: i64,
        /// Id of its form.
        form: String,
        /// Its unit.
        unit: UnitId,
        /// What is wrong.
        fault: RecordFault,
    },
    /// A record is gone although nobody removed it.
    RecordGone {
        /// The record.
        record: i64,
    },
    /// A unit is not what the audit says of it.
    Unit {
        /// Its code.
        code: String,
    },
    /// An account is not what the audit says of it.
    Account {
        /// What the person types to sign in.
        login: String,
    },
    /// An attachment is missing or has another content.
    Attachment {
        /// The attachment.
        id: i64,
        /// Its record.
        record: i64,
        /// The name of the file.
        name: String,
        /// Whether it is missing.
        is_missing: bool,
    },
    /// What has to be done with a record.
    Todo {
        /// The record.
        record: i64,
    },
    /// At which other units a record counts.
    Link {
        /// The record.
        record: i64,
    },
    /// Which records a record refers to, or what it is called.
    Reference {
        /// The record.
        record: i64,
    },
    /// A field of a record is not what follows from others.
    Derived {
        /// The record.
        record: i64,
    },
    /// Something in the access log is not as it was written.
    AccessLog(LogFault),
    /// The index of a register is not true to its records.
    Index {
        /// Id of the register.
        form: String,
        /// What is wrong.
        fault: IndexFault,
    },
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFault {
    /// It is not as it was written.
    Altered,
    /// The audit does not know it.
    Unrecorded,
    /// The last entry about it is not as it was written: nothing proves what the record states.
    Unproven,
    /// Entries about it are missing, or there are too many.
    Cut {
        /// The last version that an entry made.
        versions: i64,
        /// How many entries there are.
        entries: i64,
    },
    /// The index of its register knows a later version: the last entries about it were taken out.
    RolledBack,
    /// It is as it was written, and what it states cannot be read.
    Unreadable,
}

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    named: Vec<Finding>,
    count: usize,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(finding);
        }
    }

    fn add_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    fn add_index(&mut self, index: &mut RegisterIndex) {
        let faults = std::mem::take(&mut index.faults);
        self.count += index.count - faults.len();
        for fault in faults {
            self.add(Finding::Index { form: index.form.clone(), fault });
        }
    }
}

/// What a check of everything found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records recounted: those that agree with the audit.
    pub facts: u64,
    /// Rows of balances compared.
    pub rows: usize,
    /// Postings compared.
    pub postings: usize,
    /// Entries of the audit read.
    pub entries: u64,
    /// Attachments compared with their hashes.
    pub attachments: u64,
    /// The indexes of registers beside their records; their faults are among the findings.
    pub indexes: Vec<RegisterIndex>,
    /// What is not as it must be, the first hundred of it.
    pub findings: Vec<Finding>,
    /// How much that is.
    pub count: usize,
}

impl Verified {
    /// Whether everything is as it must be.
    pub fn agrees(&self) -> bool {
        self.count == 0
    }

    /// Records compared with the indexes of their registers.
    pub fn indexed(&self) -> u64 {
        self.indexes.iter().map(|index| index.records).sum()
    }

    /// Records that have changed since the indexes have read last.
    pub fn unread_changes(&self) -> u64 {
        self.indexes.iter().map(|index| index.waiting).sum()
    }

    /// Registers with records that have no index yet.
    pub fn without_index(&self) -> impl Iterator<Item = &str> {
        self.indexes.iter().filter(|index| index.is_missing).map(|index| index.form.as_str())
    }
}

/// Checks everything stored: the audit against its digests, records, units and accounts against the audit,
/// balances, tallies, postings, statements, classes and todos against a recount of the records that agree with
/// the audit, the indexes against the records, and attachments against their hashes.
///
/// # Errors
/// [`crate::Error::Forbidden`] for anybody but the city office.
#[boxed_async]
pub async fn verify(app: &App, ctx: &Context) -> Result<Verified> {
    app.fold(ctx).await?;
    let current = app.current(ctx).await?;
    ctx.require_for_region(Action::RecountFigures, &current)?;
    let mut tx = app.walk(ctx.region).await?;
    // As it is stored, not as this program knows it.
    let snapshot = app.load(&mut tx).await?;
    ctx.require_for_region(Action::RecountFigures, &snapshot)?;
    let mut findings = Findings::default();
    // Most of the one is done while the other waits for the database.
    let (indexes, audited) = tokio::join!(
        index::compare_all(app, &current),
        AuditedRecords::read(&mut tx, &snapshot, &mut findings)
    );
    let mut indexes = indexes?;
    let audited = audited?.with_rolled_back(rolled_back(&indexes));
    audited.check_others(&snapshot, &accounts::list(&mut tx).await?, &mut findings);
    let entries = audited.entries;
    let Checked { facts, recounted, others, faulty } =
        recount(&mut tx, &snapshot, audited, &mut findings).await?;
    let (rows, posted) = (recounted.cells.len(), recounted.postings.len());
    compare(&mut tx, recounted, &mut findings).await?;
    others.check(&mut tx, &snapshot, &faulty, &mut findings).await?;
    drop(tx);
    let attachments = attachment_files::check(app, ctx, &mut findings).await?;
    let log = access_log::check_unasked(app, ctx).await?;
    log.faults.into_iter().for_each(|fault| findings.add(Finding::AccessLog(fault)));
    for index in &mut indexes {
        findings.add_index(index);
    }
    Ok(Verified {
        facts,
        rows,
        postings: posted,
        entries,
        attachments,
        indexes,
        findings: findings.named,
        count: findings.count,
    })
}

/// The records of which an index knows a later version than they have.
fn rolled_back(indexes: &[RegisterIndex]) -> HashSet<i64> {
    indexes.iter().flat_map(|index| &index.rolled_back).map(|record| record.0).collect()
}

/// What the records that agree with the audit come to.
struct Checked {
    facts: u64,
    recounted: Recounted,
    others: Others,
    /// The records that do not agree, or cannot be read.
    faulty: HashSet<RecordId>,
}

/// Compares every record with the audit, and counts those that agree.
async fn recount(
    tx: &mut Tx,
    snapshot: &Snapshot,
    mut audited: AuditedRecords,
    findings: &mut Findings,
) -> Result<Checked> {
    let (keeps_months, owes) = (|unit| snapshot.keeps_months(unit), |unit| snapshot.is_single(unit));
    let closed_from = |unit| snapshot.units.get(&unit)?.closed_from;
    let units = Units {
        affiliations: &snapshot.affiliations,
        classes: &snapshot.classes,
        keeps_months: &keeps_months,
        owes: &owes,
        closed_from: &closed_from,
    };
    let mut recount = Recount::new(&snapshot.definition, &units);
    let (mut classes, mut others) = (UnitClasses::default(), Others::new(&snapshot.definition));
    let (fields, mut facts, mut faulty) = (CountedFields::new(snapshot), 0, HashSet::new());
    records::for_each_or_blank(tx, |row| {
        let named = (row.id, row.form.clone(), row.unit);
        let read = match audited.meet(snapshot, &row) {
            Some(fault) => Err(fault),
            None => read_counted(snapshot, &fields, &mut others, row).map_err(|_| RecordFault::Unreadable),
        };
        match read {
            Ok(Some(fact)) => {
                classes.take(snapshot, &fact);
                recount.count(&snapshot.counted(&fact));
                facts += 1;
            }
            Ok(None) => {}
            Err(fault) => {
                let (id, form, unit) = named;
                faulty.insert(id);
                findings.add(Finding::Record { record: id.0, form, unit, fault });
            }
        }
        Ok(())
    })
    .await?;
    audited.finish(findings);
    // As large as what the recount comes to.
    drop(audited);
    classes.check(tx, snapshot, findings).await?;
    Ok(Checked { facts, recounted: recount.finish(), others, faulty })
}

/// What a record counts; whatever else follows from it is noted. `None` for one of a form that counts nowhere.
fn read_counted(
    snapshot: &Snapshot,
    fields: &CountedFields<'_>,
    others: &mut Others,
    row: RecordRow,
) -> Result<Option<Fact>> {
    let Some(form) = fields.form(&row) else { return Ok(None) };
    if !others.concerns(form) {
        return fields.read(form, &row).map(Some);
    }
    let record = Record::new(snapshot, row)?;
    others.expect(snapshot, &record);
    Ok(Some(record.fact))
}

/// Compares what is stored with a recount.
async fn compare(tx: &mut Tx, recounted: Recounted, findings: &mut Findings) -> Result<()> {
    for unit in known_days::difference(tx, (&recounted.cells, &BTreeMap::new())).await?.into_keys() {
        findings.add(Finding::Days { unit });
    }
    let mut cells = CellComparison::new(recounted.cells);
    balances::for_each(tx, |key, row| cells.take(key, &row)).await?;
    findings.add_all(cells.finish().map(Finding::Balance));
    let mut comparison = PostingComparison::new(recounted.postings.iter());
    postings::for_each(tx, |key, times| comparison.take(key, times)).await?;
    findings.add_all(comparison.finish().map(Finding::Posting));
    drop(recounted.postings);
    let mut tallies: BTreeMap<(UnitId, MeasureIdx), TallySum> = BTreeMap::new();
    balances::for_each_tally(tx, |place, month, times| {
        tallies.entry((place.unit, place.measure)).or_default().add(&place.key, month, times);
    })
    .await?;
    for (unit, measure) in differing(&tallies, &recounted.tallies) {
        findings.add(Finding::Tallies { unit, measure });
    }
    for unit in differing(&balances::statements(tx).await?, &recounted.statements) {
        findings.add(Finding::Statement { unit });
    }
    Ok(())
}

/// The places at which two maps differ.
fn differing<K: Ord + Copy, V: PartialEq>(stored: &BTreeMap<K, V>, recounted: &BTreeMap<K, V>) -> Vec<K> {
    let mut places: Vec<K> = stored.keys().chain(recounted.keys()).copied().collect();
    places.sort_unstable();
    places.dedup();
    places.retain(|place| stored.get(place) != recounted.get(place));
    places
}

/// Folds everything anew from the records that agree with the audit, in place of whatever is stored. What does
/// not agree is named by [`verify`] and counts nowhere. Indexes that are not true to the records are built anew.
///
/// # Errors
/// [`crate::Error::Forbidden`] for anybody but the city office.
#[boxed_async]
pub async fn rebuild(app: &App, ctx: &Context) -> Result<()> {
    let current = app.current(ctx).await?;
    ctx.require_for_region(Action::RecountFigures, &current)?;
    let indexes = index::compare_all(app, &current).await?;
    transact!(app, ctx.region, |tx| {
        store::definitions::lock_region(tx, store::definitions::Lock::Exclusive).await?;
        let snapshot = app.load(tx).await?;
        ctx.require_for_region(Action::RecountFigures, &snapshot)?;
        let rolled_back = rolled_back(&indexes);
        let audited = AuditedRecords::read(tx, &snapshot, &mut Findings::default()).await?;
        let audited = audited.with_rolled_back(rolled_back);
        let agrees = |row: &RecordRow| audited.fault(&snapshot, row).is_none();
        derived::put_anew(tx, &snapshot, agrees).await?;
        let snapshot = app.load(tx).await?;
        rebuild_from(tx, &snapshot, app.now(), agrees).await
    })?;
    index::rebuild_differing(app, &current, &indexes).await
}

/// Folds balances anew from the records that agree with the audit.
pub(crate) async fn rebuild_audited(tx: &mut Tx, snapshot: &Snapshot, now: Timestamp) -> Result<()> {
    let audited = AuditedRecords::read(tx, snapshot, &mut Findings::default()).await?;
    rebuild_from(tx, snapshot, now, |row| audited.fault(snapshot, row).is_none()).await
}
