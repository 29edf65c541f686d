//! Writing records: the one way in which a record is created, changed or removed.
//!
//! In one transaction: the record's new version, the audit entry with what it stated
//! before, and the change of postings (new minus old). When a return changes
//! what its unit is (ownership, enterprise or not), the unit's other records are
//! posted anew for the years concerned.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{balance::Own, posting_list::PostingList};
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use store::{
    Engine, Tx,
    audit::{self, RecordMark},
    comments, definitions,
    import_records::WrittenRecord,
    postings, record_links, records,
    units::ClassStatement,
};

use super::{
    balances::{other_units, post_deltas, put_balances},
    change::{Command, RecordDelta},
    classes::{changed_classes, class_changes, post_anew},
    derived_fields::{Dependants, derive_commands},
    redact::DroppedNumbers,
    references::{ReferenceChanges, named_forms, require_not_referred},
    state::Transitioned,
    todos,
};
use crate::{
    Context, Result, Snapshot,
    audit::{RECORD, append_audit},
};

/// Most commands that are prepared and written together; two such batches are in memory at
/// once: one being written, the next being made.
const BATCH: usize = 5_000;
/// So many commands are prepared before other tasks of the runtime, above all the writing of
/// the batch before, get their turn.
const TURN: usize = 128;

/// Carries out commands in one transaction; the caller has locked the region
/// ([`super::lock_for`]) and commits. While the database writes one batch, the next is made.
pub(crate) async fn write_records(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    commands: Vec<Command>,
) -> Result<()> {
    write_and_list(tx, snapshot, ctx, commands).await.map(drop)
}

/// As [`write_records`]; which records were made or changed, in the order of the commands, with
/// the versions that they are at now.
pub(crate) async fn write_and_list(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    commands: Vec<Command>,
) -> Result<Vec<WrittenRecord>> {
    let mut commands = commands;
    derive_commands(tx, snapshot, &mut commands).await?;
    let (mut written, mut dependants) = write_once(tx, snapshot, ctx, commands).await?;
    // No derived field follows from itself, so this ends.
    loop {
        let derived = dependants.commands(tx, snapshot, ctx).await?;
        if derived.is_empty() {
            return Ok(written);
        }
        let (changed, further) = write_once(tx, snapshot, ctx, derived).await?;
        let versions: BTreeMap<RecordId, i64> =
            changed.into_iter().map(|record| (record.id, record.version)).collect();
        for record in &mut written {
            record.version = versions.get(&record.id).copied().unwrap_or(record.version);
        }
        dependants = further;
    }
}

/// Writes commands, and says which records' derived fields may follow from that.
async fn write_once(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    commands: Vec<Command>,
) -> Result<(Vec<WrittenRecord>, Dependants)> {
    // What returns state about their units must be known before any record is
    // posted, so they go together; records of registers go by batches.
    let is_register = |command: &Command| command.is_of_register(snapshot);
    let most = if commands.iter().all(is_register) { BATCH } else { usize::MAX };
    // Records of one batch may refer to those of another.
    let coming: BTreeSet<RecordId> = commands.iter().filter_map(Command::given_id).collect();
    let mut commands = commands.into_iter();
    let mut ready = prepare(snapshot, ctx, commands.by_ref().take(most).collect()).await;
    let mut posted = PostingList::default();
    let mut written = Vec::with_capacity(commands.len() + ready.deltas.len());
    let mut dependants = Dependants::default();
    while !ready.deltas.is_empty() {
        let next = prepare(snapshot, ctx, commands.by_ref().take(most).collect());
        let new = ready.deltas.iter().filter_map(|delta| delta.new.as_ref());
        ready.deltas.iter().for_each(|delta| dependants.take(snapshot, delta));
        // What follows from records of the same commands is known when all of them are there.
        dependants.referred.extend(referring_to(snapshot, &ready.deltas, &coming));
        written.extend(new.map(|record| WrittenRecord { id: record.row.id, version: record.row.version }));
        let (batch, next) = tokio::join!(write(tx, snapshot, ctx, ready, &coming), next);
        posted.add_list(batch?, 1);
        ready = next;
    }
    // Those of all batches at once: many of one measure and month go into the same blocks.
    postings::apply(tx, posted, ctx.clock.now()).await?;
    Ok((written, dependants))
}

/// The records among these that refer to some others.
fn referring_to(
    snapshot: &Snapshot,
    deltas: &[RecordDelta],
    others: &BTreeSet<RecordId>,
) -> BTreeSet<RecordId> {
    if others.is_empty() {
        return BTreeSet::new();
    }
    let records = deltas.iter().filter_map(|delta| delta.new.as_ref());
    let referring = records.filter(|record| {
        let mut references = snapshot.definition.forms[record.fact.form].references();
        references.any(|(field, _)| {
            let referred = record.fact.value(field).and_then(Value::as_reference);
            referred.is_some_and(|id| others.contains(&id))
        })
    });
    referring.map(|record| record.row.id).collect()
}

/// A batch of commands, and what it posts.
struct Batch {
    deltas: Vec<RecordDelta>,
    /// What its returns say about their units.
    statements: Vec<ClassStatement>,
    own: Own,
}

/// Makes a batch; of one that changes classes, what it posts is known with the records of those units.
async fn prepare(snapshot: &Snapshot, ctx: &Context, commands: Vec<Command>) -> Batch {
    let mut deltas = Vec::with_capacity(commands.len());
    for command in commands {
        deltas.push(RecordDelta::new(snapshot, ctx, command));
        if deltas.len().is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
    }
    let statements = class_changes(snapshot, &deltas);
    let mut own = Own::default();
    if statements.is_empty() {
        for deltas in deltas.chunks(TURN) {
            post_deltas(&mut own, snapshot, deltas, &snapshot.classes);
            tokio::task::yield_now().await;
        }
    }
    Batch { deltas, statements, own }
}

/// Writes a batch; `coming` are the records of all batches to which others of them refer. What is left to write: its
/// postings.
async fn write(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    batch: Batch,
    coming: &BTreeSet<RecordId>,
) -> Result<PostingList> {
    let Batch { deltas, statements, mut own } = batch;
    if !statements.is_empty() {
        let (classes, reclassed) = changed_classes(snapshot, &statements);
        post_anew(tx, &mut own, snapshot, &deltas, &classes, &reclassed).await?;
        post_deltas(&mut own, snapshot, &deltas, &classes);
    }
    own.prune();
    write_rows(tx, snapshot, ctx, deltas, coming).await?;
    if !statements.is_empty() {
        store::units::put_classes(tx, &statements).await?;
        definitions::raise_version(tx).await?;
    }
    put_balances(tx, snapshot, ctx, &own).await?;
    Ok(own.postings)
}

async fn write_rows(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    deltas: Vec<RecordDelta>,
    coming: &BTreeSet<RecordId>,
) -> Result<()> {
    let (mut inserts, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::with_capacity(deltas.len()));
    let (mut former_todos, mut new_todos) = (Vec::new(), Vec::new());
    let (mut updates, mut removals, mut redacted) = (Vec::new(), Vec::new(), Vec::new());
    let (named, mut references) = (named_forms(&snapshot.definition), ReferenceChanges::default());
    for delta in deltas {
        let (action, id) = (delta.audit_action(), delta.id());
        let RecordDelta { old, new, moved, .. } = delta;
        if let Some(record) = &old {
            former_todos.extend(todos::has_todos(snapshot, &record.fact).then_some(record.row.id));
            let units: Vec<UnitId> = other_units(&snapshot.definition, &record.fact).into_iter().collect();
            record_links::delete(tx, &units, record.row.id).await?;
        }
        references.take(snapshot, &named, (old.as_ref(), new.as_ref()));
        let dropped = old.as_ref().and_then(|old| DroppedNumbers::new(snapshot, old, new.as_ref()));
        let masks_numbers = dropped.is_some();
        redacted.extend(dropped);
        if let Some(record) = &new {
            todos::todos(snapshot, record, &mut new_todos);
            let others = other_units(&snapshot.definition, &record.fact).into_iter();
            links.extend(others.map(|unit| (unit, record.row.id)));
        }
        entries.push(audit::AuditEntry {
            action,
            subject: RECORD,
            subject_id: id.map_or(0, |id| id.0),
            before: old.as_ref().map(|record| {
                audit::text_before(&record.row.content, new.as_ref().map(|new| new.row.content.as_str()))
            }),
            after: None,
            detail: Transitioned::detail(
                moved,
                new.as_ref().and_then(|record| record.row.pending.clone()),
                masks_numbers,
            ),
            record: match (&new, &old) {
                (Some(new), _) => Some(RecordMark::written(&snapshot.vault, &new.row)),
                (None, old) => old.as_ref().map(|old| RecordMark::removed(old.row.version + 1)),
            },
        });
        match (old, new) {
            (None, Some(new)) => inserts.push(new.row),
            (Some(_), Some(new)) => updates.push(new.row),
            (Some(old), None) => removals.push(old.row),
            (None, None) => {}
        }
    }
    // First of all: a record may now be identified by what a removed one was.
    let removed: Vec<RecordId> = removals.iter().map(|row| row.id).collect();
    require_not_referred(tx, snapshot, &removed).await?;
    comments::delete_all(tx, &removed).await?;
    records::delete_all(tx, &removals).await?;
    for row in &updates {
        records::update(tx, row).await?;
    }
    if tx.engine() == Engine::Postgres {
        // Two that enter the same records meet at the first of them, and not each at what the other has.
        inserts.sort_by(|a, b| (a.unit, &a.form, &a.identity).cmp(&(b.unit, &b.form, &b.identity)));
    }
    records::insert(tx, &inserts).await?;
    record_links::insert(tx, &links).await?;
    references.write(tx, snapshot, coming).await?;
    store::todo::delete(tx, &former_todos).await?;
    store::todo::insert(tx, &new_todos).await?;
    append_audit(tx, snapshot, ctx, entries).await?;
    for dropped in redacted {
        dropped.mask_in_history(tx, snapshot).await?;
    }
    Ok(())
}
