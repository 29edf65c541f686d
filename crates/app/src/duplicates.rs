//! Duplicates: records of several units about the same person, pair or project
//! ([`campaign::definition::DuplicateKey`]). Each unit is shown the others; the
//! measures say how it counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{DuplicateKey, DuplicateKeyIdx, Form, FormIdx, KeyPart, MeasureIdx, MeasureKind};
use ledger::fact::Fact;
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
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
    /// The records; one unit may have several.
    pub records: Vec<DuplicateRecord>,
}

impl Group {
    /// How many units there are.
    pub fn units(&self) -> usize {
        self.records.iter().map(|record| record.unit.id).collect::<BTreeSet<_>>().len()
    }
}

/// Measures that count a duplicate once above the units that share it, and
/// measures that count it with each of them.
pub fn counting(
    snapshot: &Snapshot,
    form: &Form,
    key: &DuplicateKey,
) -> (BTreeSet<MeasureIdx>, BTreeSet<MeasureIdx>) {
    let measures = &snapshot.campaign.measures;
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
    let (snapshot, form) = (&found.snapshot, &found.snapshot.campaign.forms[found.fact.form]);
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
            groups.push(Group { form: found.fact.form, key: position, records });
        }
    }
    Ok(Some(groups))
}

/// Duplicates of a unit, or of a unit under it, with another unit: a page of groups, and how many there are.
///
/// # Errors
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
    let today = Month::containing(ctx.clock.today());
    let shared = index::shared_keys(app, &snapshot, DUPLICATE).await?;
    let all: BTreeSet<RecordId> = shared.iter().flat_map(|(_, facts)| facts).copied().collect();
    let all: Vec<RecordId> = all.into_iter().collect();
    let mut tx = app.read(ctx.region).await?;
    let found = rows::find_all(&mut tx, &all).await?;
    let rows: BTreeMap<RecordId, RecordRow> = found.into_iter().map(|row| (row.id, row)).collect();
    let touches = |facts: &Vec<RecordId>| {
        let units: BTreeSet<UnitId> = facts.iter().filter_map(|id| Some(rows.get(id)?.unit)).collect();
        units.len() > 1 && units.iter().any(|other| snapshot.tree.is_within(*other, unit, today))
    };
    let mut groups: Vec<&(String, Vec<RecordId>)> =
        shared.iter().filter(|(_, facts)| touches(facts)).collect();
    groups.sort_by_key(|(_, facts)| std::cmp::Reverse(facts.last().copied()));
    let total = groups.len();
    let mut found = Vec::new();
    for (key, facts) in groups.into_iter().skip(skip).take(limit) {
        let Some((form, key)) = position_of_key(&snapshot, key) else { continue };
        let mut records = Vec::new();
        for row in facts.iter().filter_map(|id| rows.get(id)) {
            records.extend(duplicate_record(ctx, &snapshot, row)?);
        }
        found.push(Group { form, key, records });
    }
    Ok((snapshot, found, total))
}

fn duplicate_record(ctx: &Context, snapshot: &Snapshot, row: &RecordRow) -> Result<Option<DuplicateRecord>> {
    let is_seen = ctx.may(Action::ReadRecords, snapshot, row.unit);
    let fact = if is_seen { Some(read_record(snapshot, row)?) } else { None };
    Ok(snapshot.view(row.unit).map(|unit| DuplicateRecord { unit, fact }))
}
