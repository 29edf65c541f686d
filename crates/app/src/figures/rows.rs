//! The balances that figures are computed from.

use std::collections::BTreeMap;

use campaign::definition::{Campaign, Definition, Measure, Part};
use ledger::{balance::Period, balance_row::BalanceRow, figure::Balances};
use model::{
    ids::UnitId,
    month::{Month, Year},
    period::Grain,
};
use store::{
    Tx,
    balances::{self, Rows},
    known_days,
};

use super::{
    FigureRequest,
    known::{KnownOn, balances_of},
};
use crate::{Result, past::PastRegion};

/// As known on which day, and how the region was known then.
type Known<'a> = (KnownOn, Option<&'a PastRegion>);

/// Rows of one unit.
pub(super) type UnitRows = Vec<(Period, BalanceRow)>;

/// How far the rows reach that figures are computed from.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowReach {
    /// The last year.
    through: Year,
    /// The first year whose months are needed.
    months: Option<Year>,
}

impl RowReach {
    /// Whole years need no months. A part of a year is held against the same part of the year before.
    pub(super) fn new(definition: &Definition, ask: &FigureRequest, through: Month) -> Self {
        let year = through.year();
        let months = match ask.period {
            Some(period) => Some(period.year_before().first().year()),
            None => (!through.is_december()).then_some(year - 1),
        };
        // What is left out at the end of a calendar year is stated in the next one.
        Self { through: if has_union_years(definition) { year + 1 } else { year }, months }
    }

    /// The same with the months of a year that is shown month by month.
    fn by_month(self, through: Month) -> Self {
        Self { months: Some(through.year() - 1), ..self }
    }

    /// The same for the years before as well, each with its part.
    pub(super) fn with_trend(self, campaign: &Campaign) -> Self {
        Self { months: self.months.map(|year| year.min(campaign.period.first)), ..self }
    }

    fn rows(self, from: Year) -> Rows {
        Rows { from, through: self.through, months: self.months }
    }
}

/// Whether anything is stated for union statistical years, which end in the year after the one in which they begin.
fn has_union_years(definition: &Definition) -> bool {
    let has = |measure: &Measure, part| measure.slots_of(part).any(|(grain, _)| grain == Grain::UnionYear);
    definition.measures.iter().any(|measure| has(measure, Part::Listed) || has(measure, Part::Unlisted))
}

/// Balances of one unit.
pub(super) async fn of_unit(
    tx: &mut Tx,
    unit: UnitId,
    reach: RowReach,
    known: Known<'_>,
) -> Result<Balances> {
    let found = balances::of_unit(tx, unit, reach.rows(0)).await?;
    balances_of(tx, unit, found, known).await
}

/// Balances of one unit, with the months of a year that is shown month by month.
pub(super) async fn of_unit_by_month(
    tx: &mut Tx,
    unit: UnitId,
    (reach, through): (RowReach, Month),
    known: Known<'_>,
) -> Result<Balances> {
    let found = balances::of_unit(tx, unit, reach.by_month(through).rows(0)).await?;
    balances_of(tx, unit, found, known).await
}

/// The rows of many units from which their balances are made, for figures that count nothing before the year `from`.
pub(super) async fn of_units(
    tx: &mut Tx,
    units: &[UnitId],
    from: Year,
    reach: RowReach,
    known: Known<'_>,
) -> Result<BTreeMap<UnitId, UnitRows>> {
    let mut found = balances::of_units(tx, units, reach.rows(from)).await?;
    let (known, past) = known;
    let later = match known.past() {
        Some(day) => known_days::changes_after(tx, units, day).await?,
        None => BTreeMap::new(),
    };
    let rows = |unit: &UnitId| {
        let rows = found.remove(unit).unwrap_or_default();
        let rows = match later.get(unit) {
            Some(later) => ledger::known::rows_before(rows, later),
            None => rows,
        };
        let rows = match past {
            Some(past) => past.rows(rows),
            None => rows,
        };
        (*unit, rows)
    };
    Ok(units.iter().map(rows).collect())
}
