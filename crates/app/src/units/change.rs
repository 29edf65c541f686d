//! Carrying out changes of the tree, whoever asks for them: the roster's
//! import, the loading of a city, a change of one unit.

use campaign::definition::{Values, Years};
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ledger::{
    balance::Own,
    classes::ROSTER_YEAR,
    fact::Fact,
    hierarchy::Affiliation,
    spread::{BalanceChange, Spread},
};
use model::ids::{RecordId, UnitId};
use store::{
    Tx,
    audit::{self, PastEntry},
    balances, definitions, postings, records,
    units::{ClassStatement, Unit, UnitKind},
};

use super::audited;
use crate::{
    App, Context, Error, Result, Snapshot,
    audit::append_audit,
    record::{add_postings, read_record, refresh_baselines},
};

/// What a command does to units and their affiliations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// Units as they shall be, new ones with version 1.
    pub(crate) units: Vec<Unit>,
    /// Affiliations as they shall be; one with the same unit, line, start and parent is replaced.
    pub(crate) affiliations: Vec<Affiliation>,
    /// Affiliations that never came to hold.
    pub(crate) void: Vec<Affiliation>,
    /// Names given up: unit, day, name.
    pub(crate) renames: Vec<(UnitId, String, String)>,
}

/// Carries out changes of units in a transaction that has locked the region,
/// and posts anew the records whose ancestors or classes change.
pub(crate) async fn put_changes(
    app: &App,
    tx: &mut Tx,
    old: &Snapshot,
    ctx: &Context,
    changes: Changes,
) -> Result<()> {
    put_changes_of(app, tx, old, ctx, (changes, None)).await
}

/// The same with the moment at which it was done, where that is long ago: a city is loaded with its history.
pub(crate) async fn put_changes_of(
    app: &App,
    tx: &mut Tx,
    old: &Snapshot,
    ctx: &Context,
    (changes, done_at): (Changes, Option<Timestamp>),
) -> Result<()> {
    if changes.units.is_empty() && changes.affiliations.is_empty() && changes.void.is_empty() {
        return Ok(());
    }
    let entries = audited::entries(old, &changes);
    store::units::put(tx, &changes.units).await?;
    for link in &changes.void {
        store::units::delete_affiliation(tx, link).await?;
    }
    store::units::put_affiliations(tx, &changes.affiliations).await?;
    for (unit, until, name) in &changes.renames {
        store::units::put_former_name(tx, *unit, until, name).await?;
    }
    store::units::put_classes(tx, &roster_classes(old, &changes.units)?).await?;
    match done_at {
        None => append_audit(tx, old, ctx, entries).await?,
        Some(at) => {
            let actor = ctx.audit_name().to_owned();
            let past = (1..).zip(entries);
            let past = past.map(|(number, entry)| PastEntry { at, number, actor: actor.clone(), entry });
            audit::append_past(tx, &old.vault, &old.definition.hash, past.collect()).await?;
        }
    }
    definitions::raise_version(tx).await?;
    let new = app.load(tx).await?;
    recast(tx, old, &new, ctx).await
}

/// What the roster says about the classes of units.
pub(crate) fn roster_classes<'u>(
    old: &Snapshot,
    units: impl IntoIterator<Item = &'u Unit>,
) -> Result<Vec<ClassStatement>> {
    let roster = old.definition.roster;
    let classifying = &old.definition.forms[roster].classifying;
    units
        .into_iter()
        .map(|unit| {
            let values = old.codecs[roster].decode(&unit.attributes).map_err(Error::internal)?;
            let classes: Values = classifying.iter().map(|field| values[*field].clone()).collect();
            let states = classes.iter().any(Option::is_some);
            Ok((unit.id, ROSTER_YEAR, states.then(|| old.definition.classification.classify(&classes))))
        })
        .collect()
}

/// Posts anew the records of all units that are elsewhere, or are something else, than before.
async fn recast(tx: &mut Tx, old: &Snapshot, new: &Snapshot, ctx: &Context) -> Result<()> {
    let affected = affected(old, new);
    let (mut before, mut after) = (Own::default(), Own::default());
    let mut facts: BTreeMap<RecordId, Fact> = BTreeMap::new();
    for unit in &affected {
        for row in records::list_touching(tx, *unit).await? {
            facts.insert(row.id, read_record(old, &row)?);
        }
    }
    for fact in facts.values() {
        add_postings(&mut before, old, fact, &old.classes, 1);
        add_postings(&mut after, new, fact, &new.classes, 1);
    }
    let (old_keeps, new_keeps) = (|unit| old.keeps_months(unit), |unit| new.keeps_months(unit));
    let mut change = BalanceChange::default();
    Spread::new(&old.definition, &old.tree, &old_keeps).add(&before, -1, &mut change);
    let spread = Spread::new(&new.definition, &new.tree, &new_keeps);
    spread.add(&after, 1, &mut change);
    change.prune();
    balances::apply(tx, &spread, change, ctx.clock.now()).await?;
    // Postings are of the units themselves: a unit that moves takes them along as they are.
    let mut posted = after.postings;
    posted.add_list(before.postings, -1);
    postings::apply(tx, posted, ctx.clock.now()).await?;
    refresh_baselines(tx, new, ctx).await
}

fn affected(old: &Snapshot, new: &Snapshot) -> BTreeSet<UnitId> {
    let Years { first, last } = old.definition.years();
    let years = || std::iter::once(ROSTER_YEAR).chain(first..=last);
    let mut affected = BTreeSet::new();
    for (unit, row) in &old.units {
        let moved = old.tree.spans(*unit) != new.tree.spans(*unit);
        let reclassed = years().any(|year| old.classes.class(*unit, year) != new.classes.class(*unit, year));
        // A closed unit states nothing any more.
        let closed = new.units.get(unit).is_some_and(|now| now.closed_from != row.closed_from);
        if moved || reclassed || closed {
            affected.insert(*unit);
        }
        // Whether months are kept is decided at the unit and concerns everything below it.
        let is_union = |row: &Unit| row.kind == UnitKind::Union;
        if new.units.get(unit).is_some_and(|now| is_union(now) != is_union(row)) {
            affected.extend(old.tree.ever_below(*unit));
        }
    }
    affected
}
