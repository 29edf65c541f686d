//! Sealing the personal numbers that an earlier version stored in clear, when
//! the region is opened. It goes by batches, each a transaction; what is
//! sealed stays as it is, so a start that is cut short is taken up by the next.

use std::collections::BTreeMap;

use store::{
    Personal, Tx,
    audit::{self, AuditTexts},
    crypto::{self, PersonalFields, seal_content},
    definitions::{self, Lock},
    records::RecordRow,
};

use crate::{
    App, OpenRegion, Result, Snapshot,
    record::{identity, read_record},
    transact::transact,
};

/// Rows sealed in one transaction.
const BATCH: i64 = 5_000;
/// Rows between two lines of the log.
const LOG_EVERY: usize = 100_000;

/// Seals everything when the database came from a version that kept personal numbers in clear.
pub(crate) async fn seal_if_needed(app: &App, region: &OpenRegion) -> Result<()> {
    let mut tx = app.read(region.id).await?;
    let is_clear = definitions::is_clear(&mut tx).await?;
    drop(tx);
    if !is_clear {
        return Ok(());
    }
    tracing::info!("sealing personal numbers after an upgrade");
    seal_records(app, region).await?;
    seal_audit(app, region).await?;
    transact!(app, region.id, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        let snapshot = region.load(tx).await?;
        seal_units(tx, &snapshot).await?;
        crypto::seal_imports(tx, &region.vault).await?;
        definitions::mark_sealed(tx).await?;
        definitions::raise_version(tx).await?;
        Ok(())
    })
}

async fn seal_records(app: &App, region: &OpenRegion) -> Result<()> {
    let (mut after, mut done) = (0, 0);
    loop {
        let (last, count) = transact!(app, region.id, |tx| {
            definitions::lock_region(tx, Lock::Exclusive).await?;
            let snapshot = region.snapshot(tx).await?;
            let rows = crypto::list_after(tx, after, BATCH).await?;
            let (last, count) = (rows.last().map(|row| row.id.0), rows.len());
            let fields = by_form(&snapshot);
            let sealed =
                rows.into_iter().filter_map(|row| sealed_record(&snapshot, &fields, row).transpose());
            let sealed = sealed.collect::<Result<Vec<_>>>()?;
            crypto::put_records(tx, &sealed).await?;
            Ok((last, count))
        })?;
        let Some(last) = last else { return Ok(()) };
        after = last;
        tell("records", &mut done, count);
    }
}

/// The row with its content sealed and persons under their aliases; `None` when it is so already.
fn sealed_record(
    snapshot: &Snapshot,
    fields: &BTreeMap<&str, PersonalFields>,
    row: RecordRow,
) -> Result<Option<RecordRow>> {
    let Some((form, _)) = snapshot.definition.form(&row.form) else { return Ok(None) };
    let Some(fields) = fields.get(row.form.as_str()) else { return Ok(None) };
    let content = seal_content(&snapshot.vault, fields, &row.content);
    let fact = read_record(snapshot, &row)?;
    let identity = identity(snapshot, form, &fact.values);
    if content.is_none() && identity == row.identity {
        return Ok(None);
    }
    let content = content.unwrap_or_else(|| row.content.clone());
    Ok(Some(RecordRow { content, identity, ..row }))
}

async fn seal_audit(app: &App, region: &OpenRegion) -> Result<()> {
    let (mut after, mut done) = (i64::MIN, 0);
    loop {
        let (last, count) = transact!(app, region.id, |tx| {
            definitions::lock_region(tx, Lock::Exclusive).await?;
            let snapshot = region.snapshot(tx).await?;
            let rows = crypto::audit_after(tx, after, BATCH).await?;
            let (last, count) = (rows.last().map(|texts| texts.audit_id), rows.len());
            // The audit does not say of which form a record was that is gone.
            let fields = of_all_forms(&snapshot);
            let seal = |text: &Option<String>| {
                text.as_ref().and_then(|text| seal_content(&snapshot.vault, &fields, text))
            };
            let sealed = rows.into_iter().filter_map(|texts| {
                let (before, after) = (seal(&texts.before), seal(&texts.after));
                let is_changed = before.is_some() || after.is_some();
                let (before, after) =
                    (before.or_else(|| texts.before.clone()), after.or_else(|| texts.after.clone()));
                is_changed.then_some(AuditTexts { before, after, ..texts })
            });
            let sealed: Vec<_> = sealed.collect();
            audit::put_texts(tx, &snapshot.vault, sealed).await?;
            Ok((last, count))
        })?;
        let Some(last) = last else { return Ok(()) };
        after = last;
        tell("changes", &mut done, count);
    }
}

async fn seal_units(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let fields = personal_fields(snapshot, &roster.id);
    let units = crypto::unit_attributes(tx).await?;
    let sealed = units
        .into_iter()
        .filter_map(|(id, attributes)| Some((id, seal_content(&snapshot.vault, &fields, &attributes)?)));
    let sealed: Vec<_> = sealed.collect();
    Ok(crypto::put_unit_attributes(tx, &sealed).await?)
}

fn tell(what: &str, done: &mut usize, count: usize) {
    let before = *done;
    *done += count;
    if before / LOG_EVERY != *done / LOG_EVERY {
        tracing::info!(done = *done, "{what} sealed");
    }
}

/// The personal fields of one form, by id.
fn personal_fields(snapshot: &Snapshot, form: &str) -> PersonalFields {
    let form = snapshot.definition.form(form).map(|(_, form)| form);
    let fields = form.into_iter().flat_map(|form| &form.fields);
    fields.filter_map(|field| Some((field.id.clone(), Personal::of_kind(&field.kind)?))).collect()
}

/// The forms whose records tell of persons, with their personal fields.
fn by_form(snapshot: &Snapshot) -> BTreeMap<&str, PersonalFields> {
    let forms = snapshot.definition.forms.iter();
    let forms = forms.map(|form| (form.id.as_str(), !form.persons.is_empty()));
    forms
        .map(|(form, has_persons)| (form, has_persons, personal_fields(snapshot, form)))
        .filter(|(_, has_persons, fields)| *has_persons || !fields.is_empty())
        .map(|(form, _, fields)| (form, fields))
        .collect()
}

/// The fields that are personal in every form that has them.
fn of_all_forms(snapshot: &Snapshot) -> PersonalFields {
    let mut found: BTreeMap<String, Option<Personal>> = BTreeMap::new();
    for field in snapshot.definition.forms.iter().flat_map(|form| &form.fields) {
        let sort = Personal::of_kind(&field.kind);
        let known = found.entry(field.id.clone()).or_insert(sort);
        if *known != sort {
            *known = None;
        }
    }
    found.into_iter().filter_map(|(id, sort)| Some((id, sort?))).collect()
}
