//! The balances that figures are computed from.

use std::collections::BTreeMap;

use ledger::figure::Balances;
use model::{
    ids::UnitId,
    month::{Month, Year},
};
use store::{
    Tx,
    balances::{self, Rows},
    known_days,
};

use super::known::{KnownOn, balances_of};
use crate::{Result, past::PastRegion};

/// As known on which day, and how the region was known then.
type Known<'a> = (KnownOn, Option<&'a PastRegion>);

/// Balances of one unit for figures up to `through`.
pub(super) async fn of_unit(tx: &mut Tx, unit: UnitId, through: Month, known: Known<'_>) -> Result<Balances> {
    let found = balances::of_unit(tx, unit, rows(0, through)).await?;
    balances_of(tx, unit, found, known).await
}

/// Balances of one unit, with the months of a year that is shown month by month.
pub(super) async fn of_unit_by_month(
    tx: &mut Tx,
    unit: UnitId,
    through: Month,
    known: Known<'_>,
) -> Result<Balances> {
    let rows = Rows { months: Some(through.year() - 1), ..rows(0, through) };
    let found = balances::of_unit(tx, unit, rows).await?;
    balances_of(tx, unit, found, known).await
}

/// Balances of many units for figures up to `through` that count nothing before the year `from`.
pub(super) async fn of_units(
    tx: &mut Tx,
    units: &[UnitId],
    from: Year,
    through: Month,
    known: Known<'_>,
) -> Result<BTreeMap<UnitId, Balances>> {
    let mut found = balances::of_units(tx, units, rows(from, through)).await?;
    let (known, past) = known;
    let later = match known.past() {
        Some(day) => known_days::changes_after(tx, units, day).await?,
        None => BTreeMap::new(),
    };
    let balances = |unit: &UnitId| {
        let rows = found.remove(unit).unwrap_or_default();
        let rows = match later.get(unit) {
            Some(later) => ledger::known::rows_before(rows, later),
            None => rows,
        };
        let rows = match past {
            Some(past) => past.rows(rows),
            None => rows,
        };
        (*unit, rows.into_iter().collect())
    };
    Ok(units.iter().map(balances).collect())
}

/// Whole years need no months. A part of a year is held against the same part of the year before.
fn rows(from: Year, through: Month) -> Rows {
    let year = through.year();
    Rows { from, through: year, months: (!through.is_december()).then_some(year - 1) }
}
