//! Duplicates: records of several units about the same person, pair or project
//! ([`campaign::definition::DuplicateKey`]). Each unit is shown the others; the
//! measures say how it counts.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{DuplicateKey, DuplicateKeyIdx, Form, FormIdx, KeyPart, MeasureIdx, MeasureKind};
use ledger::fact::Fact;
use model::ids::{RecordId, UnitId};
use search::Bearer;
use store::records::{self as rows, RecordRow};

use crate::{
    Action, App, Context, Result, Snapshot, UnitView, index,
    record::{DUPLICATE, duplicate_key, position_of_key, read_record},
    records::RecordDetails,
};

/// One of several records with the same key.
#[derive(Debug, Clone)]
pub struct DuplicateRecord {
    /// The unit.
    pub unit: UnitView,
    /// The record, for those who may see it.
    pub fact: Option<Fact>,
}

/// Records of several units with the same key.
#[derive(Debug, Clone)]
pub struct Group {
    /// Position of the form.
    pub form: FormIdx,
    /// Which of the form's keys it is.
    pub key: DuplicateKeyIdx,
    /// The records, or the newest of very many; one unit may have several.
    pub records: Vec<DuplicateRecord>,
    /// How many units there are.
    pub units: usize,
    /// How many records there are.
    pub records_in_all: usize,
}

/// Measures that count a duplicate once above the units that share it, and
/// measures that count it with each of them.
pub fn counting(
    snapshot: &Snapshot,
    form: &Form,
    key: &DuplicateKey,
) -> (BTreeSet<MeasureIdx>, BTreeSet<MeasureIdx>) {
    let measures = &snapshot.definition.measures;
    let is_once = |post: &&campaign::definition::Post| {
        let is_distinct = matches!(measures[post.measure].kind, MeasureKind::Distinct(_));
        // Units may differ in what the measure counts by and the key does not hold.
        is_distinct && !post.key.is_empty() && post.key.iter().all(|part| is_in_key(key, part))
    };
    let once: BTreeSet<MeasureIdx> = form.posts.iter().filter(is_once).map(|post| post.measure).collect();
    let each = form.posts.iter().map(|post| post.measure).filter(|measure| !once.contains(measure));
    let each = each.collect();
    (once, each)
}

fn is_in_key(key: &DuplicateKey, part: &KeyPart) -> bool {
    use campaign::definition::DuplicateKeyPart;
    key.key.iter().any(|claimed| match (claimed, part) {
        (DuplicateKeyPart::Person(claimed), KeyPart::Person(person)) => claimed.id_number == person.id_number,
        (DuplicateKeyPart::Field(claimed), KeyPart::Field(field) | KeyPart::Prefix(field, _)) => {
            claimed == field
        }
        _ => false,
    })
}

/// Records of other units with a key of this record; `None` while
/// the index that finds them is still being built ([`list`] waits for them).
///
/// # Errors
/// [`crate::Error::Forbidden`] for those who may not see the record.
#[boxed_async]
pub async fn of_record(app: &App, ctx: &Context, found: &RecordDetails) -> Result<Option<Vec<Group>>> {
    ctx.require(Action::ReadDuplicates, &found.snapshot, found.fact.unit)?;
    let (snapshot, form) = (&found.snapshot, &found.snapshot.definition.forms[found.fact.form]);
    let mut groups = Vec::new();
    for (position, key) in form.duplicate_keys.entries() {
        let Some(text) = duplicate_key(snapshot, form, key, &found.fact) else { continue };
        let Some(rows) = index::find_by_key_in(app, snapshot, found.fact.form, text).await? else {
            return Ok(None);
        };
        let mut records = Vec::new();
        for row in rows.iter().filter(|row| row.unit != found.fact.unit) {
            records.extend(duplicate_record(ctx, snapshot, row)?);
        }
        if !records.is_empty() {
            records.push(DuplicateRecord { unit: found.unit.clone(), fact: Some(found.fact.clone()) });
            let units = records.iter().map(|record| record.unit.id).collect::<BTreeSet<_>>().len();
            let records_in_all = records.len();
            groups.push(Group { form: found.fact.form, key: position, records, units, records_in_all });
        }
    }
    Ok(Some(groups))
}

/// Duplicates of a unit, or of a unit under it, with another unit: a page of groups, and how many there are.
/// Which they are is asked of the indexes; of the records only those of the page are read.
///
/// # Errors
/// [`crate::Error::ListBuilding`] while the indexes are built;
/// [`crate::Error::NotFound`] for a unit that is not the person's;
/// [`crate::Error::Forbidden`] for viewers.
#[boxed_async]
pub async fn list(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    skip: usize,
    limit: usize,
) -> Result<(Arc<Snapshot>, Vec<Group>, usize)> {
    let snapshot = app.current(ctx).await?;
    ctx.require(Action::ReadDuplicates, &snapshot, unit)?;
    let today = ctx.today(&snapshot).month();
    let forms = snapshot.definition.forms.entries().filter(|(_, form)| !form.duplicate_keys.is_empty());
    let forms = forms.filter(|(position, _)| ctx.may_see_form(&snapshot, *position));
    let forms: Vec<FormIdx> = forms.map(|(position, _)| position).collect();
    let shared = index::shared_keys(app, &snapshot, &forms, DUPLICATE).await?;
    let touches =
        |bearers: &[Bearer]| bearers.iter().any(|(_, other)| snapshot.tree.is_within(*other, unit, today));
    let is_whole = snapshot.root() == Some(unit);
    let all = shared.iter().flat_map(|of_form| of_form.iter());
    let mut groups: Vec<&(String, Vec<Bearer>)> =
        all.filter(|(_, bearers)| is_whole || touches(bearers)).collect();
    groups.sort_by_key(|(_, bearers)| Reverse(bearers.last().copied()));
    let total = groups.len();
    let page: Vec<_> = groups.into_iter().skip(skip).take(limit).collect();
    let ids: Vec<RecordId> = page.iter().flat_map(|(_, bearers)| shown(bearers)).map(|(id, _)| *id).collect();
    let mut tx = app.read(ctx.region).await?;
    let rows = rows::find_all(&mut tx, &ids).await?;
    let rows: BTreeMap<RecordId, RecordRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut found = Vec::new();
    for (key, bearers) in page {
        let Some((form, key)) = position_of_key(&snapshot, key) else { continue };
        let mut records = Vec::new();
        for row in shown(bearers).iter().filter_map(|(id, _)| rows.get(id)) {
            records.extend(duplicate_record(ctx, &snapshot, row)?);
        }
        let units = bearers.iter().map(|(_, unit)| unit).collect::<BTreeSet<_>>().len();
        found.push(Group { form, key, records, units, records_in_all: bearers.len() });
    }
    Ok((snapshot, found, total))
}

/// Most records of a group that a page shows.
const SHOWN: usize = 100;

/// The records of a group that a page shows: the newest.
fn shown(bearers: &[Bearer]) -> &[Bearer] {
    &bearers[bearers.len().saturating_sub(SHOWN)..]
}

fn duplicate_record(ctx: &Context, snapshot: &Snapshot, row: &RecordRow) -> Result<Option<DuplicateRecord>> {
    let is_seen = ctx.may(Action::ReadRecords, snapshot, row.unit);
    let fact = if is_seen { Some(read_record(snapshot, row)?) } else { None };
    Ok(snapshot.view(row.unit).map(|unit| DuplicateRecord { unit, fact }))
}
