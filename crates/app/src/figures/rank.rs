//! The units below one unit, side by side.

use campaign::definition::{IdxVec, Indicator};
use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use ledger::{
    figure::{Balances, Figure, Question, figure},
    hierarchy::Line,
};
use model::{ids::UnitId, month::Month};

use super::{
    rows,
    show::{FigureRequest, last_month},
};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing, UnitView};

/// One unit with all its figures.
pub struct Ranked {
    /// The unit.
    pub unit: UnitView,
    /// Figures, in the order of the campaign's indicators.
    pub figures: IdxVec<Indicator, Figure>,
}

/// The units below a unit.
pub struct Ranking {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// The unit above them.
    pub unit: UnitView,
    /// The last month that counts.
    pub through: Month,
    /// The line they hang on.
    pub line: Line,
    /// The units, in the order of their codes; the page orders them by an indicator.
    pub rows: Vec<Ranked>,
}

/// The units directly below `unit` on one line, with all their figures.
///
/// # Errors
/// [`Error::NotFound`] as for [`super::show()`].
#[boxed_async]
pub async fn rank(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    line: Line,
    ask: &FigureRequest,
) -> Result<Ranking> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &snapshot, unit)?;
    let view =
        snapshot.view(unit).ok_or_else(|| Error::NotFound { what: Thing::Unit, key: unit.to_string() })?;
    let through = last_month(ctx, &snapshot, ask)?;
    let children: Vec<UnitId> =
        snapshot.tree.children(unit, through).filter(|(_, on)| *on == line).map(|(child, _)| child).collect();
    let balances = rows::of_units(&mut tx, &children, through).await?;
    let mut ranked = rank_rows(&snapshot, ask, through, balances);
    ranked.sort_by(|a, b| a.unit.code.cmp(&b.unit.code));
    Ok(Ranking { snapshot, unit: view, through, line, rows: ranked })
}

fn rank_rows(
    snapshot: &Snapshot,
    ask: &FigureRequest,
    through: Month,
    balances: BTreeMap<UnitId, Balances>,
) -> Vec<Ranked> {
    let campaign = &snapshot.campaign;
    let question = |unit| Question {
        campaign,
        readings: &ask.readings,
        through,
        is_region: false,
        target_ppm: snapshot.region.target_ppm,
        is_reported: snapshot.is_reported(unit, ask.year),
    };
    balances
        .into_iter()
        .filter_map(|(child, balances)| {
            let question = question(child);
            let figures = campaign.indicators.iter().map(|indicator| figure(&question, indicator, &balances));
            Some(Ranked { unit: snapshot.view(child)?, figures: figures.collect() })
        })
        .collect()
}
