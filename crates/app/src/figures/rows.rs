//! The balances that figures are computed from: stored rows, and for a unit
//! whose months are not kept the months of its own few facts.

use std::collections::BTreeMap;

use ledger::{
    balance::{Own, Period},
    book::Book,
    figure::Balances,
    row::Row,
    spread::{Change, Spread},
};
use model::{ids::UnitId, month::Month};
use store::{Tx, balances, facts};

use crate::{
    Result, Snapshot,
    record::{add, read_fact},
};

/// Balances of one unit, with all months that are kept.
pub(super) async fn of_unit(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    through: Month,
) -> Result<Balances> {
    let rows = balances::of_unit(tx, unit, Period::month(through)).await?;
    complete(tx, snapshot, unit, through, rows).await
}

/// Balances of one unit with all its months, whether they are kept or not.
pub(super) async fn of_unit_by_month(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    through: Month,
) -> Result<Balances> {
    let rows = balances::of_unit(tx, unit, Period::month(through)).await?;
    if snapshot.keeps_months(unit) {
        return Ok(rows.into_iter().collect());
    }
    folded(tx, snapshot, unit, rows).await
}

/// Balances of many units, with no more months than `through` needs.
pub(super) async fn of_units(
    tx: &mut Tx,
    snapshot: &Snapshot,
    units: &[UnitId],
    through: Month,
) -> Result<BTreeMap<UnitId, Balances>> {
    // A part of a year is held against the same part of the year before.
    let months = (!through.is_december()).then(|| Period::month(Month::january(through.year() - 1)));
    let mut rows = balances::of_units(tx, units, Period::month(through), months).await?;
    let mut found = BTreeMap::new();
    for unit in units {
        let rows = rows.remove(unit).unwrap_or_default();
        found.insert(*unit, complete(tx, snapshot, *unit, through, rows).await?);
    }
    Ok(found)
}

/// Whole years come from the stored rows; a part of a year needs months.
async fn complete(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    through: Month,
    rows: Vec<(Period, Row)>,
) -> Result<Balances> {
    if through.is_december() || snapshot.keeps_months(unit) {
        return Ok(rows.into_iter().collect());
    }
    folded(tx, snapshot, unit, rows).await
}

/// Years and months from the unit's facts, with the stored baseline.
async fn folded(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    rows: Vec<(Period, Row)>,
) -> Result<Balances> {
    let baseline = rows.into_iter().filter(|(period, _)| *period == Period::BASELINE);
    Ok(months_of(tx, snapshot, unit).await?.into_iter().chain(baseline).collect())
}

/// Years and months of a unit, folded from the facts that count at it or below.
async fn months_of(tx: &mut Tx, snapshot: &Snapshot, unit: UnitId) -> Result<Vec<(Period, Row)>> {
    let mut own = Own::default();
    for source in &snapshot.tree.ever_below(unit) {
        for row in facts::list_touching(tx, *source).await? {
            let fact = read_fact(snapshot, &row)?;
            let mut all = Own::default();
            add(&mut all, snapshot, &fact, &snapshot.classes, 1);
            // A fact that counts at several units is met at each of them.
            all.units.retain(|counted, _| counted == source);
            own.merge(all);
        }
    }
    let keeps_months = |candidate| candidate == unit;
    let spread = Spread::new(&snapshot.campaign, &snapshot.tree, &keeps_months);
    let (mut change, mut book) = (Change::default(), Book::default());
    spread.add(&own, 1, &mut change);
    book.apply(&spread, change);
    Ok(book
        .cells
        .into_iter()
        .filter(|(key, _)| key.unit == unit)
        .map(|(key, row)| (key.period, row))
        .collect())
}
