//! What two units claim: records that lay claim to the same person, pair or
//! project ([`campaign::definition::Claim`]). Both units are told of each
//! other; how it counts is said by the measures.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use campaign::definition::{Claim, Form, KeyPart, MeasureKind};
use ledger::fact::Fact;
use model::{
    ids::{FactId, UnitId},
    month::Month,
};
use store::facts::{self, FactRow};

use crate::{Action, App, Context, Result, Snapshot, UnitView, facts::Found, keys, record::read_fact};

/// One record among those that claim the same.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The unit.
    pub unit: UnitView,
    /// The record, for those who may see it.
    pub fact: Option<Fact>,
}

/// Records of several units that claim the same.
#[derive(Debug, Clone)]
pub struct Group {
    /// Position of the form.
    pub form: usize,
    /// Position of the claim in the form.
    pub claim: usize,
    /// Who claims it; one unit may have several records.
    pub claimants: Vec<Claimant>,
}

impl Group {
    /// How many units share what is claimed.
    pub fn units(&self) -> usize {
        self.claimants.iter().map(|claimant| claimant.unit.id).collect::<BTreeSet<_>>().len()
    }
}

/// Measures that count what is claimed once above the units that share it, and
/// measures that count it with each of them, by position.
pub fn counting(snapshot: &Snapshot, form: &Form, claim: &Claim) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let measures = &snapshot.campaign.measures;
    let is_once = |post: &&campaign::definition::Post| {
        let is_distinct = matches!(measures[post.measure].kind, MeasureKind::Distinct(_));
        // What is told apart by something that is not claimed may differ between the units.
        is_distinct && !post.key.is_empty() && post.key.iter().all(|part| is_claimed(claim, part))
    };
    let once: BTreeSet<usize> = form.posts.iter().filter(is_once).map(|post| post.measure).collect();
    let each = form.posts.iter().map(|post| post.measure).filter(|measure| !once.contains(measure));
    let each = each.collect();
    (once, each)
}

fn is_claimed(claim: &Claim, part: &KeyPart) -> bool {
    use campaign::definition::ClaimPart;
    claim.key.iter().any(|claimed| match (claimed, part) {
        (ClaimPart::Person(claimed), KeyPart::Person(person)) => claimed.id_number == person.id_number,
        (ClaimPart::Field(claimed), KeyPart::Field(field) | KeyPart::Prefix(field, _)) => claimed == field,
        _ => false,
    })
}

/// What a record claims that records of other units claim too; `None` while
/// the index that tells it is still being built ([`list`] waits for them).
///
/// # Errors
/// [`crate::Error::Forbidden`] for those who may not see the record.
pub async fn of_record(app: &App, ctx: &Context, found: &Found) -> Result<Option<Vec<Group>>> {
    ctx.require(Action::SeeFacts, &found.snapshot, found.fact.unit)?;
    let (snapshot, form) = (&found.snapshot, &found.snapshot.campaign.forms[found.fact.form]);
    let mut groups = Vec::new();
    for (position, claim) in form.claims.iter().enumerate() {
        let Some(key) = keys::of_claim(snapshot, form, claim, &found.fact) else { continue };
        let Some(rows) = keys::claiming(app, snapshot, found.fact.form, key).await? else { return Ok(None) };
        let mut claimants = Vec::new();
        for row in rows.iter().filter(|row| row.unit != found.fact.unit) {
            claimants.extend(claimant(ctx, snapshot, row)?);
        }
        if !claimants.is_empty() {
            claimants.push(Claimant { unit: found.unit.clone(), fact: Some(found.fact.clone()) });
            groups.push(Group { form: found.fact.form, claim: position, claimants });
        }
    }
    Ok(Some(groups))
}

/// What a unit, or anybody under it, claims together with another unit: a page of groups, and how many there are.
///
/// # Errors
/// [`crate::Error::NotFound`] for a unit that is not the person's;
/// [`crate::Error::Forbidden`] for viewers.
pub async fn list(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    skip: usize,
    limit: usize,
) -> Result<(Arc<Snapshot>, Vec<Group>, usize)> {
    let snapshot = app.current().await?;
    ctx.require(Action::SeeFacts, &snapshot, unit)?;
    let today = Month::of(ctx.clock.today());
    let shared = keys::shared_claims(app, &snapshot).await?;
    let all: BTreeSet<FactId> = shared.iter().flat_map(|(_, facts)| facts).copied().collect();
    let all: Vec<FactId> = all.into_iter().collect();
    let mut tx = app.db.read(app.region).await?;
    let rows = facts::find_all(&mut tx, &all).await?;
    tx.rollback().await?;
    let rows: BTreeMap<FactId, FactRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let touches = |facts: &Vec<FactId>| {
        let units: BTreeSet<UnitId> = facts.iter().filter_map(|id| Some(rows.get(id)?.unit)).collect();
        units.len() > 1 && units.iter().any(|other| snapshot.tree.is_within(*other, unit, today))
    };
    let mut groups: Vec<&(String, Vec<FactId>)> = shared.iter().filter(|(_, facts)| touches(facts)).collect();
    groups.sort_by_key(|(_, facts)| std::cmp::Reverse(facts.last().copied()));
    let total = groups.len();
    let mut found = Vec::new();
    for (key, facts) in groups.into_iter().skip(skip).take(limit) {
        let Some((form, claim)) = keys::claim_of(&snapshot, key) else { continue };
        let mut claimants = Vec::new();
        for row in facts.iter().filter_map(|id| rows.get(id)) {
            claimants.extend(claimant(ctx, &snapshot, row)?);
        }
        found.push(Group { form, claim, claimants });
    }
    Ok((snapshot, found, total))
}

fn claimant(ctx: &Context, snapshot: &Snapshot, row: &FactRow) -> Result<Option<Claimant>> {
    let is_seen = ctx.may(Action::SeeFacts, snapshot, row.unit);
    let fact = if is_seen { Some(read_fact(snapshot, row)?) } else { None };
    Ok(snapshot.view(row.unit).map(|unit| Claimant { unit, fact }))
}
