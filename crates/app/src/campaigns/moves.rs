//! Figures that another version of a campaign moves: those of every unit, in every year of each campaign so far, as they are
//! and as they would follow from the same records.

use std::collections::BTreeMap;

use campaign::definition::Campaign;
use ledger::{
    balance::{CellKey, Period},
    balance_row::BalanceRow,
    figure::Balances,
};
use model::{ids::UnitId, month::Year};
use serde::{Deserialize, Serialize};
use store::{Tx, folder};

use crate::{
    Context, Result, Snapshot,
    figures::{FigureRequest, stored_balances, values_of},
    rebuild,
};

/// Units that are named because their figures move most.
const MOST_UNITS: usize = 10;
/// Units whose balances are read together.
const CHUNK: usize = 2_000;

/// A figure that moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FigureMove {
    /// The code of the unit.
    pub unit_code: String,
    /// Its name.
    pub unit_name: String,
    /// The campaign.
    pub campaign: String,
    /// The indicator.
    pub indicator: String,
    /// The year.
    pub year: Year,
    /// What it is now.
    pub before: Option<f64>,
    /// What it would be.
    pub after: Option<f64>,
}

impl FigureMove {
    /// How far it moves, in parts of what it was.
    fn size(&self) -> f64 {
        match (self.before, self.after) {
            (Some(before), Some(after)) => (after - before).abs() / before.abs().max(f64::MIN_POSITIVE),
            _ => f64::INFINITY,
        }
    }
}

/// What moves.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// The figures of the federation, and of the units that move most.
    pub(super) figures: Vec<FigureMove>,
    /// How many units have figures that move, the federation among them.
    pub(super) units: usize,
}

/// The figures that move between the region as it is and the same region under a definition that is not in force.
pub(super) async fn moves(
    tx: &mut Tx,
    ctx: &Context,
    mut before: Snapshot,
    mut after: Snapshot,
) -> Result<Moves> {
    // What is logged and not folded yet is missing in what is stored.
    let is_folded = folder::reach(tx).await?.pending == 0;
    let former_rows = if is_folded { None } else { Some(rebuild::rows_of_records(tx, &mut before).await?) };
    let rows = rebuild::rows_of_records(tx, &mut after).await?;
    let windows = windows(ctx, &before, &after);
    let units: Vec<UnitId> = after.units.keys().copied().collect();
    let mut most = MostMoved { root: after.root(), count: 0, units: Vec::new() };
    for units in units.chunks(CHUNK) {
        let now = balances_of(&rows, units);
        let mut moved: BTreeMap<UnitId, Vec<FigureMove>> = BTreeMap::new();
        for window in &windows {
            let then = match &former_rows {
                Some(rows) => balances_of(rows, units),
                None => stored_balances(tx, ctx, &before, units, &window.before).await?,
            };
            let then = values_of(ctx, &before, &window.before, &then)?;
            let now = values_of(ctx, &after, &window.after, &now)?;
            for (unit, now) in &now {
                let then = then.get(unit).map(Vec::as_slice).unwrap_or_default();
                let figures = window.moves(&after, *unit, then, now);
                moved.entry(*unit).or_default().extend(figures);
            }
        }
        most.add(moved.into_iter().filter(|(_, moved)| !moved.is_empty()));
    }
    Ok(Moves { units: most.count, figures: most.units.into_iter().flat_map(|(.., moves)| moves).collect() })
}

/// The balances of some units among rows of all.
fn balances_of(rows: &BTreeMap<CellKey, BalanceRow>, units: &[UnitId]) -> BTreeMap<UnitId, Balances> {
    let of_unit = |unit: UnitId| {
        let key = |period| CellKey { unit, period: Period(period) };
        let rows = rows.range(key(i32::MIN)..=key(i32::MAX));
        rows.map(|(key, row)| (key.period, row.clone())).collect()
    };
    units.iter().map(|unit| (*unit, of_unit(*unit))).collect()
}

/// A year of a campaign, as it is asked for under both definitions.
struct Window<'a> {
    former: &'a Campaign,
    campaign: &'a Campaign,
    before: FigureRequest,
    after: FigureRequest,
}

/// Every year so far of every campaign that is in force and stays so.
fn windows<'a>(ctx: &Context, before: &'a Snapshot, after: &'a Snapshot) -> Vec<Window<'a>> {
    let mut windows = Vec::new();
    for (now, campaign) in after.definition.campaigns.entries() {
        let found = before.definition.campaigns.entries().find(|(_, former)| former.id == campaign.id);
        let Some((then, former)) = found else { continue };
        let first = campaign.period.first.max(former.period.first);
        let last = campaign.period.last.min(former.period.last);
        for year in first..=ctx.today(before).year().clamp(first, last.max(first)) {
            let ask = |campaign| FigureRequest { campaign, year, ..FigureRequest::default() };
            windows.push(Window { former, campaign, before: ask(then), after: ask(now) });
        }
    }
    windows
}

impl Window<'_> {
    /// The figures of a unit that move. An indicator that is new or gone moves nothing.
    fn moves(
        &self,
        snapshot: &Snapshot,
        unit: UnitId,
        then: &[Option<f64>],
        now: &[Option<f64>],
    ) -> Vec<FigureMove> {
        let Some(view) = snapshot.view(unit) else { return Vec::new() };
        let former: BTreeMap<&str, Option<f64>> =
            self.former.indicators.iter().map(|known| &*known.id).zip(then.iter().copied()).collect();
        let moved = self.campaign.indicators.iter().zip(now).filter_map(|(indicator, after)| {
            let before = *former.get(&*indicator.id)?;
            (before.map(f64::to_bits) != after.map(f64::to_bits)).then(|| FigureMove {
                unit_code: view.code.clone(),
                unit_name: view.name.clone(),
                campaign: self.campaign.id.clone(),
                indicator: indicator.id.clone(),
                year: self.after.year,
                before,
                after: *after,
            })
        });
        moved.collect()
    }
}

/// The units whose figures move most so far.
struct MostMoved {
    root: Option<UnitId>,
    count: usize,
    units: Vec<(UnitId, f64, Vec<FigureMove>)>,
}

impl MostMoved {
    fn add(&mut self, moved: impl IntoIterator<Item = (UnitId, Vec<FigureMove>)>) {
        for (unit, moves) in moved {
            self.count += 1;
            let size = moves.iter().map(FigureMove::size).fold(0.0, f64::max);
            self.units.push((unit, size, moves));
        }
        let is_root = |unit: UnitId| Some(unit) == self.root;
        self.units.sort_by(|(a, size_a, _), (b, size_b, _)| {
            let by_size = || size_b.total_cmp(size_a).then(a.cmp(b));
            is_root(*b).cmp(&is_root(*a)).then_with(by_size)
        });
        let has_root = self.units.first().is_some_and(|(unit, ..)| is_root(*unit));
        self.units.truncate(MOST_UNITS + usize::from(has_root));
    }
}
