//! What columns mean that no name explains: what a unit has decided is remembered for it and
//! for one form, once the import was accepted. It never goes before the name of a field, it is
//! said when it is used, and it can be forgotten.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use campaign::definition::{Form, FormIdx};
use exchange::{
    normalise::header_key,
    recognise::{FoundBy, Recognised, Target},
};
use model::ids::{ImportId, UnitId};
use store::{Tx, audit, imports as rows};

use super::{Request, jobs::may_import, report::RememberedColumn};
use crate::{App, Context, Error, Result, Snapshot, audit::append_audit, transact::transact};

/// Titles of columns, with the ids of their fields; an empty id leaves the column out.
type Columns = BTreeMap<String, String>;

/// The unit that remembers: that of the person; the region's first one for the console.
fn remembering_unit(ctx: &Context, snapshot: &Snapshot) -> Option<UnitId> {
    ctx.unit().or_else(|| snapshot.root())
}

/// What the person's unit has decided about columns of the form.
pub(super) async fn recall(
    app: &App,
    ctx: &Context,
    snapshot: &Snapshot,
    form: &Form,
) -> Result<BTreeMap<String, String>> {
    let Some(unit) = remembering_unit(ctx, snapshot) else { return Ok(BTreeMap::new()) };
    let mut tx = app.read(ctx.region).await?;
    Ok(rows::column_memory(&mut tx, unit, &form.id).await?)
}

/// Remembers what was chosen for columns of an accepted file and was of use.
pub(super) async fn remember(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    (form, import): (&Form, ImportId),
    (request, recognised): (&Request, &[Recognised]),
) -> Result<()> {
    let Some(unit) = remembering_unit(ctx, snapshot) else { return Ok(()) };
    let chosen: BTreeMap<String, &String> =
        request.mapping.iter().map(|(title, field)| (header_key(title), field)).collect();
    let columns = recognised.iter().flat_map(|sheet| &sheet.columns);
    let recalled = columns.clone().filter(|column| column.found_by == FoundBy::Memory);
    let mut confirmed: Vec<String> = recalled.flat_map(|column| column.keys.clone()).collect();
    // The name of a field explains itself: what was chosen for it was meant for this file.
    let used = columns.filter(|column| column.found_by == FoundBy::Choice && !column.is_name);
    let used: BTreeMap<String, String> = used
        .filter_map(|column| {
            let field = column.keys.iter().find_map(|key| chosen.get(key))?;
            Some((column.keys.first()?.clone(), (*field).clone()))
        })
        .collect();
    let known = rows::column_memory(tx, unit, &form.id).await?;
    let (same, new): (Columns, Columns) =
        used.into_iter().partition(|(title, field)| known.get(title) == Some(field));
    confirmed.extend(same.into_keys());
    rows::confirm_columns(tx, unit, &form.id, &confirmed, import).await?;
    if new.is_empty() {
        return Ok(());
    }
    rows::remember_columns(tx, unit, &form.id, &new, import).await?;
    note(tx, ctx, snapshot, (unit, form), ("remember", None, Some(&new))).await
}

/// Forgets what the person's unit has decided about columns of a form.
///
/// # Errors
/// [`Error::Forbidden`] for those who hand nothing in.
#[boxed_async]
pub async fn forget_columns(app: &App, ctx: &Context, form: FormIdx) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    may_import(ctx, &snapshot)?;
    let Some(unit) = remembering_unit(ctx, &snapshot) else { return Ok(()) };
    let form = &snapshot.definition.forms[form];
    transact!(app, ctx.region, |tx| {
        let known = rows::column_memory(tx, unit, &form.id).await?;
        if known.is_empty() {
            return Ok(());
        }
        rows::forget_columns(tx, unit, &form.id).await?;
        note(tx, ctx, &snapshot, (unit, form), ("forget", Some(&known), None)).await
    })
}

/// Forgets what an import that is taken back has decided about columns, as long as no other has used it. How many.
pub(super) async fn forget_columns_of(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    (unit, form): (UnitId, &Form),
    import: ImportId,
) -> Result<u64> {
    let before = rows::column_memory(tx, unit, &form.id).await?;
    let forgotten = rows::forget_columns_of(tx, unit, &form.id, import).await?;
    if forgotten > 0 {
        let after = rows::column_memory(tx, unit, &form.id).await?;
        note(tx, ctx, snapshot, (unit, form), ("forget", Some(&before), Some(&after))).await?;
    }
    Ok(forgotten)
}

/// Writes into the audit what is remembered or forgotten.
async fn note(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    (unit, form): (UnitId, &Form),
    (action, before, after): (&'static str, Option<&Columns>, Option<&Columns>),
) -> Result<()> {
    let json =
        |columns: Option<&Columns>| columns.map(serde_json::to_string).transpose().map_err(Error::internal);
    let entry = audit::AuditEntry {
        action,
        subject: "column_memory",
        subject_id: unit.0,
        before: json(before)?,
        after: json(after)?,
        detail: Some(form.id.clone()),
        record: None,
    };
    append_audit(tx, snapshot, ctx, vec![entry]).await?;
    Ok(())
}

/// The columns of a file that are read as an earlier choice says.
pub(super) fn used(recognised: &[&Recognised], form: &Form) -> Vec<RememberedColumn> {
    let columns = recognised.iter().flat_map(|sheet| &sheet.columns);
    let mut used: Vec<RememberedColumn> = Vec::new();
    for column in columns.filter(|column| column.found_by == FoundBy::Memory) {
        let field = match column.target {
            Target::Field(field) | Target::UnitName(field) => form.fields[field].id.clone(),
            Target::Record | Target::Ignored | Target::Unknown => String::new(),
        };
        let one = RememberedColumn { header: column.header.clone(), field };
        if !used.contains(&one) {
            used.push(one);
        }
    }
    used
}
