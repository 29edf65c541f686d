//! From records to balances: what they count, at which units, and what is added up.

use std::collections::BTreeSet;

use campaign::definition::Definition;
use ledger::{
    balance::Own,
    baseline::{Statements, baselines},
    classes::Classes,
    fact::Fact,
    spread::BalanceChange,
};
use model::{ids::UnitId, value::Value};
use store::{Tx, balances};

use super::change::RecordDelta;
use crate::{Context, Result, Snapshot};

/// Adds what a record counts to `own`, `times` over.
pub(crate) fn add_postings(own: &mut Own, snapshot: &Snapshot, fact: &Fact, classes: &Classes, times: i32) {
    own.add_record(&snapshot.definition, &snapshot.counted(fact), classes, times);
}

/// Takes back what the records counted before and posts what they count now.
pub(super) fn post_deltas(own: &mut Own, snapshot: &Snapshot, deltas: &[RecordDelta], classes: &Classes) {
    for delta in deltas {
        if let Some(old) = &delta.old {
            add_postings(own, snapshot, &old.fact, &snapshot.classes, -1);
        }
        if let Some(new) = &delta.new {
            add_postings(own, snapshot, &new.fact, classes, 1);
        }
    }
}

/// Units other than its own at which a record may count.
pub(crate) fn other_units(definition: &Definition, fact: &Fact) -> BTreeSet<UnitId> {
    let fields = definition.forms[fact.form].posts.iter().filter_map(|post| post.unit);
    fields
        .filter_map(|field| fact.value(field).and_then(Value::as_unit))
        .filter(|unit| *unit != fact.unit)
        .collect()
}

/// Adds own balances to those of every ancestor, and to what units state about themselves.
pub(super) async fn put_balances(tx: &mut Tx, snapshot: &Snapshot, ctx: &Context, own: &Own) -> Result<()> {
    let keeps_months = |unit| snapshot.keeps_months(unit);
    let spread = ledger::spread::Spread::new(&snapshot.definition, &snapshot.tree, &keeps_months);
    let mut change = BalanceChange::default();
    spread.add(own, 1, &mut change);
    change.prune();
    balances::apply(tx, &spread, change, ctx.clock.now()).await?;
    let statements = statements(own);
    if !statements.is_empty() {
        balances::add_statements(tx, &statements).await?;
        refresh_baselines(tx, snapshot, ctx).await?;
    }
    Ok(())
}

/// What units state about themselves with everything under them.
pub(crate) fn statements(own: &Own) -> Statements {
    let stating = own.units.iter().filter(|(_, unit)| !unit.statements.is_empty());
    stating.map(|(id, unit)| (*id, unit.statements.clone())).collect()
}

/// Computes the baselines of all units anew; what changes is known from today on.
pub(crate) async fn refresh_baselines(tx: &mut Tx, snapshot: &Snapshot, ctx: &Context) -> Result<()> {
    let statements = balances::statements(tx).await?;
    let owes = |unit| snapshot.is_single(unit);
    let fresh = baselines(&snapshot.definition, &statements, &snapshot.tree, &owes);
    let today = ctx.clock.calendar_day();
    Ok(balances::put_baselines(tx, &fresh, today).await?)
}
