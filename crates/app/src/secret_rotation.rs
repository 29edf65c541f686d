//! Another secret for a region: everything in the database that is sealed, or made with the secret, is made anew in
//! one transaction. A program that dies in the middle has changed nothing. The files beside the database follow
//! ([`store::Files::reseal`]): each says itself which secret it is sealed with.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::FieldIdx;
use jiff::{SignedDuration, Timestamp};
use model::{alias, value::Value};
use store::{
    LogHead, Personal, Rekey, Secret, Tx, Vault,
    access_log::{self as log_rows},
    audit, crypto,
    definitions::{self, Lock},
    records::RecordRow,
    rotation, sealed_texts, task_runs,
};

use crate::{
    Action, Actor, App, Context, Error, OpenRegion, Result, Snapshot,
    access_log::{self, AccessAction},
    rebuild,
    record::{identity, read_record},
    transact::transact,
};

/// Rows changed at a time.
const BATCH: i64 = 5_000;
/// How long a server that has reported may be running: it reports every minute.
const SILENCE: SignedDuration = SignedDuration::from_secs(150);

/// What was made anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Records that hold something sealed, or are identified by it.
    pub records: u64,
    /// Entries of the audit.
    pub changes: u64,
    /// Texts and files that the former secret did not open. They are left as they are.
    pub unreadable: u64,
}

/// Puts a region under another secret. The region is to be opened anew with it afterwards; servers that still have
/// the former one are refused everything.
///
/// # Errors
/// [`Error::Forbidden`] for everybody but the console; [`Error::ServersRun`] while a server or worker runs;
/// [`Error::WrongSecret`] when the region is under neither the secret that it was opened with nor this one.
#[boxed_async]
pub async fn rotate(app: &App, ctx: &Context, secret: &Secret) -> Result<Rotated> {
    if !matches!(ctx.actor, Actor::System) {
        return Err(Error::Forbidden(Action::LoadRegions.into()));
    }
    let region = app.region(ctx.region)?;
    require_no_server(app, ctx).await?;
    app.fold(ctx).await?;
    access_log::put_into_blocks(app, ctx.region).await?;
    let (former, new) = (region.vault.clone(), Arc::new(Vault::new(secret)));
    let noted = noted_head(&region).await?;
    let (done, head) = transact!(app, ctx.region, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        if definitions::vault_check(tx).await?.as_deref() != Some(former.check()) {
            return Err(Error::WrongSecret);
        }
        let mut rekey = Rekey::new(former.clone(), new.clone());
        let done = rekey_all(tx, &region, &mut rekey, app.now()).await?;
        let head = chain_anew(tx, &rekey, noted.as_ref()).await?;
        // Before it is stored: whoever dies in between finds the one or the other.
        put_head(&region, noted.as_ref(), head.as_ref()).await?;
        access_log::note(tx, ctx, AccessAction::RotateSecret, None, "", "").await?;
        Ok((done, head))
    })?;
    if noted.is_some() {
        put_head(&region, head.as_ref(), None).await?;
    }
    tracing::info!(region = %ctx.region, records = done.records, "the region is under another secret");
    Ok(done)
}

/// Refuses while a server works on the region: it would go on sealing with the former secret.
async fn require_no_server(app: &App, ctx: &Context) -> Result<()> {
    let mut tx = app.read(ctx.region).await?;
    let since = (app.clock.now() - SILENCE).as_microsecond();
    let runs = task_runs::list(&mut tx).await?;
    match runs.into_iter().find(|run| run.reported_at > since) {
        Some(run) => Err(Error::ServersRun { server: run.server }),
        None => Ok(()),
    }
}

async fn noted_head(region: &OpenRegion) -> Result<Option<LogHead>> {
    let Some(cabinet) = region.cabinet.clone() else { return Ok(None) };
    let noted = tokio::task::spawn_blocking(move || cabinet.files.log_head());
    Ok(noted.await.map_err(Error::internal)??)
}

/// Notes the end of the log: the present one, and the one that it is about to have.
async fn put_head(region: &OpenRegion, present: Option<&LogHead>, next: Option<&LogHead>) -> Result<()> {
    let (Some(cabinet), Some(present)) = (region.cabinet.clone(), present) else { return Ok(()) };
    let head = LogHead { next: next.map(|next| next.digest.clone()), ..present.clone() };
    let noted = tokio::task::spawn_blocking(move || cabinet.files.put_log_head(&head));
    Ok(noted.await.map_err(Error::internal)??)
}

async fn rekey_all(tx: &mut Tx, region: &OpenRegion, rekey: &mut Rekey, now: Timestamp) -> Result<Rotated> {
    let mut done = Rotated::default();
    let old = region.load(tx).await?;
    let wanted = tokens_in_use(tx).await?;
    if !wanted.is_empty() {
        learn_tokens(tx, &old, &wanted, rekey).await?;
    }
    // What the roster says of units first: the snapshot that identifies records is made of it.
    let units = crypto::unit_attributes(tx).await?;
    let units = units.into_iter().filter_map(|(id, text)| Some((id, rekey.json(&text)?)));
    crypto::put_unit_attributes(tx, &units.collect::<Vec<_>>()).await?;
    rotation::put_vault_check(tx, &rekey.new).await?;
    let stored = definitions::find_region(tx).await?.ok_or(Error::WrongSecret)?;
    let fresh = Snapshot::load(tx, old.definition.clone(), stored, rekey.new.clone()).await?;
    let digests = rekey_records(tx, &fresh, rekey, &mut done).await?;
    done.changes = audit::rekey(tx, rekey, &digests).await?;
    done.unreadable += rotation::rekey_notes(tx, rekey).await?;
    rekey_unmask_log(tx, rekey).await?;
    // Persons are counted by their tokens.
    rebuild::rebuild_audited(tx, &fresh, now).await?;
    Ok(done)
}

/// Tokens that stand somewhere without their value: of persons whose data was removed, and in the logs.
async fn tokens_in_use(tx: &mut Tx) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut after = i64::MIN;
    loop {
        let rows = crypto::list_after(tx, after, BATCH).await?;
        let Some(last) = rows.last().map(|row| row.id.0) else { break };
        for (text, _) in rows.iter().flat_map(|row| sealed_texts(&row.content)) {
            found.extend(alias::token(text).map(ToOwned::to_owned));
        }
        after = last;
    }
    let mut after = i64::MIN;
    loop {
        let rows = rotation::unmask_log_after(tx, after, BATCH).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        found.extend(rows.into_iter().map(|(_, person)| token_of_key(&person).1.to_owned()));
    }
    // Block 0 holds what is in no block yet.
    let mut next = Some(0);
    while let Some(block) = next {
        let rows = log_rows::list_of_block(tx, block).await?;
        let tokens = rows.iter().filter(|row| names_person(&row.action));
        found.extend(tokens.map(|row| token_of_key(&row.subject).1.to_owned()));
        next = log_rows::blocks_after(tx, block, 1).await?.pop().map(|block| block.block);
    }
    Ok(found)
}

/// What `unit.token` and `token` consist of.
fn token_of_key(key: &str) -> (&str, &str) {
    key.rfind('.').map_or(("", key), |dot| key.split_at(dot + 1))
}

/// Whether the subject of an entry of the log of access is a person.
fn names_person(action: &str) -> bool {
    let actions = [
        AccessAction::OpenPerson,
        AccessAction::FindPerson,
        AccessAction::LookUpPerson,
        AccessAction::FindPersonByNumber,
        AccessAction::ChangePerson,
    ];
    actions.iter().any(|known| known.name() == action)
}

/// Finds the values of tokens among what records hold.
async fn learn_tokens(
    tx: &mut Tx,
    old: &Snapshot,
    wanted: &BTreeSet<String>,
    rekey: &mut Rekey,
) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let rows = crypto::list_after(tx, after, BATCH).await?;
        let Some(last) = rows.last().map(|row| row.id.0) else { return Ok(()) };
        for row in &rows {
            for (text, _) in sealed_texts(&row.content) {
                if let Some((sort, value)) = rekey.open(text) {
                    rekey.learn(wanted, sort, &value);
                }
            }
            let Some((_, form)) = old.definition.form(&row.form) else { continue };
            if form.persons.is_empty() {
                continue;
            }
            let names: Vec<FieldIdx> = form.persons.iter().map(|person| person.name).collect();
            let fact = read_record(old, row)?;
            for name in names.into_iter().filter_map(|field| fact.value(field).and_then(Value::as_str)) {
                rekey.learn(wanted, Personal::Name, name);
            }
        }
        after = last;
    }
}

/// Writes all records in their new form. Gives the new digest of each by the one that it had.
async fn rekey_records(
    tx: &mut Tx,
    fresh: &Snapshot,
    rekey: &Rekey,
    done: &mut Rotated,
) -> Result<HashMap<i64, i64>> {
    let mut after = i64::MIN;
    let mut digests = HashMap::new();
    loop {
        let rows = crypto::list_after(tx, after, BATCH).await?;
        let Some(last) = rows.last().map(|row| row.id.0) else { return Ok(digests) };
        let mut changed = Vec::new();
        for row in rows {
            // Digests are of the id that the form had when the record was written.
            let form = fresh.definition.form_in_version(&row.form, &row.definition_hash);
            let form = form.unwrap_or(&row.form);
            let former = audit::record_digest_as(&rekey.former, &row, form);
            let rekeyed = rekeyed_record(fresh, rekey, &row)?;
            let row = rekeyed.as_ref().unwrap_or(&row);
            digests.insert(former, audit::record_digest_as(&rekey.new, row, form));
            changed.extend(rekeyed);
        }
        rotation::put_records(tx, &changed).await?;
        done.records += changed.len() as u64;
        after = last;
    }
}

/// A record in its new form; `None` when nothing of it depends on the secret.
fn rekeyed_record(fresh: &Snapshot, rekey: &Rekey, row: &RecordRow) -> Result<Option<RecordRow>> {
    let content = rekey.json(&row.content);
    let pending = row.pending.as_deref().and_then(|pending| rekey.json(pending));
    let is_same = content.is_none() && pending.is_none();
    let mut changed = RecordRow {
        content: content.unwrap_or_else(|| row.content.clone()),
        pending: pending.or_else(|| row.pending.clone()),
        ..row.clone()
    };
    let Some((form, _)) = fresh.definition.form(&row.form) else {
        return Ok((!is_same).then_some(changed));
    };
    // A name identifies too, and is not sealed.
    if is_same && !row.identity.contains("~~") {
        return Ok(None);
    }
    changed.identity = identity(fresh, form, &read_record(fresh, &changed)?.values);
    Ok((!is_same || changed.identity != row.identity).then_some(changed))
}

async fn rekey_unmask_log(tx: &mut Tx, rekey: &Rekey) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let rows = rotation::unmask_log_after(tx, after, BATCH).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = *last;
        let rows = rows.into_iter().map(|(id, person)| (id, rekeyed_key(rekey, &person)));
        rotation::put_unmask_log(tx, &rows.collect::<Vec<_>>()).await?;
    }
}

fn rekeyed_key(rekey: &Rekey, key: &str) -> String {
    let (unit, token) = token_of_key(key);
    format!("{unit}{}", rekey.token(token))
}

/// Makes the chain of the log of access anew, and returns its end. A block that was not right stays one that is not:
/// another secret makes nothing right.
async fn chain_anew(tx: &mut Tx, rekey: &Rekey, noted: Option<&LogHead>) -> Result<Option<LogHead>> {
    let first = log_rows::blocks_after(tx, 0, 1).await?.pop().map_or(0, |first| first.block);
    // What the first block is chained to stays as the note of the removal says it.
    let before = access_log::digest_before(tx, &rekey.former, first).await?;
    let mut former = before.map_or_else(Default::default, |digest| (first - 1, digest));
    let (mut new, mut head) = (former.1.clone(), None);
    while let Some(block) = log_rows::blocks_after(tx, former.0, 1).await?.pop() {
        let rows = log_rows::list_of_block(tx, block.block).await?;
        let follows = block.block == former.0 + 1;
        let is_right = usize::try_from(block.entries).is_ok_and(|entries| entries == rows.len())
            && follows
            && block.digest == block.digest_of(&rekey.former, &former.1, &rows);
        let rows = rekey_entries(tx, rekey, rows).await?;
        former = (block.block, block.digest.clone());
        if is_right {
            let digest = block.digest_of(&rekey.new, &new, &rows);
            log_rows::put_digest(tx, block.block, &digest).await?;
            new = digest;
        } else {
            new = block.digest;
        }
        if noted.is_some_and(|noted| (noted.block, &noted.digest) == (former.0, &former.1)) {
            head = Some(LogHead { block: former.0, digest: new.clone(), next: None });
        }
    }
    let open = log_rows::list_of_block(tx, 0).await?;
    rekey_entries(tx, rekey, open).await?;
    Ok(head)
}

/// Gives entries that name persons their new tokens.
async fn rekey_entries(
    tx: &mut Tx,
    rekey: &Rekey,
    mut rows: Vec<log_rows::AccessLogRow>,
) -> Result<Vec<log_rows::AccessLogRow>> {
    let mut changed = Vec::new();
    for row in &mut rows {
        row.subject = if names_person(&row.action) {
            rekeyed_key(rekey, &row.subject)
        } else if row.action == AccessAction::RemoveEntries.name()
            && let Some(note) = access_log::rekeyed_removal(&rekey.former, &rekey.new, &row.subject)
        {
            note
        } else {
            continue;
        };
        changed.push((row.entry_id, row.subject.clone()));
    }
    rotation::put_access_log(tx, &changed).await?;
    Ok(rows)
}
