//! The balances that figures are computed from: stored rows, and for a unit
//! whose months are not kept the months of its own few records.

use std::collections::BTreeMap;

use ledger::{
    balance::{Own, Period},
    balance_row::BalanceRow,
    figure::Balances,
    folded::FoldedBalances,
    spread::{BalanceChange, Spread},
};
use model::{ids::UnitId, month::Month};
use store::{Tx, balances, records};

use crate::{
    Result, Snapshot,
    record::{add_postings, read_record},
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
    rows: Vec<(Period, BalanceRow)>,
) -> Result<Balances> {
    if through.is_december() || snapshot.keeps_months(unit) {
        return Ok(rows.into_iter().collect());
    }
    folded(tx, snapshot, unit, rows).await
}

/// Years and months from the unit's records, with the stored baseline.
async fn folded(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    rows: Vec<(Period, BalanceRow)>,
) -> Result<Balances> {
    let baseline = rows.into_iter().filter(|(period, _)| *period == Period::BASELINE);
    Ok(months_of(tx, snapshot, unit).await?.into_iter().chain(baseline).collect())
}

/// Years and months of a unit, folded from the records that count at it or below.
async fn months_of(tx: &mut Tx, snapshot: &Snapshot, unit: UnitId) -> Result<Vec<(Period, BalanceRow)>> {
    let mut own = Own::default();
    for source in &snapshot.tree.ever_below(unit) {
        for row in records::list_touching(tx, *source).await? {
            let fact = read_record(snapshot, &row)?;
            let mut all = Own::default();
            add_postings(&mut all, snapshot, &fact, &snapshot.classes, 1);
            // A record that counts at several units is met at each of them.
            all.units.retain(|counted, _| counted == source);
            own.merge(all);
        }
    }
    let keeps_months = |candidate| candidate == unit;
    let spread = Spread::new(&snapshot.campaign, &snapshot.tree, &keeps_months);
    let (mut change, mut book) = (BalanceChange::default(), FoldedBalances::default());
    spread.add(&own, 1, &mut change);
    book.apply(&spread, change);
    Ok(book
        .cells
        .into_iter()
        .filter(|(key, _)| key.unit == unit)
        .map(|(key, row)| (key.period, row))
        .collect())
}
