//! The units below one unit, side by side.

use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use campaign::{
    definition::{Campaign, CampaignIdx, IdxVec, Indicator, IndicatorIdx, Label},
    kinds::ValueShape,
};
use ledger::{
    figure::{Balances, Figure, PreparedIndicator, shortfall_shares, value},
    hierarchy::Line,
};
use model::{ids::UnitId, month::Month, value::Value};
use store::{Tx, units::UnitKind};

use super::{
    known::KnownOn,
    rows::{self, RowReach},
    scope::{Scope, question},
    show::{FigureRequest, is_running, last_month},
    windows::{first_year, windows},
};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing, UnitView};

/// One unit with all its figures.
pub struct Ranked {
    /// The unit.
    pub unit: UnitView,
    /// Figures, in the order of the campaign's indicators.
    pub figures: IdxVec<Indicator, Figure>,
    /// The kind of union that it is, as the roster states it, where the campaign compares like with like.
    pub group: Option<UnitGroup>,
}

/// A kind of unions that are compared with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitGroup {
    /// Its place in the code list.
    pub order: usize,
    /// What it is called.
    pub label: Label,
}

/// The group of a union above the grass roots; units without one are compared with each other.
fn group(snapshot: &Snapshot, unit: UnitId) -> Option<UnitGroup> {
    let definition = &snapshot.definition;
    let field = definition.forms[definition.roster].group_by?;
    let found = snapshot.units.get(&unit).filter(|unit| unit.kind == UnitKind::Union)?;
    let values = snapshot.codecs[definition.roster].decode(&found.attributes).ok()?;
    let Some(Value::Code(code)) = values.get(field)?.as_ref() else { return None };
    let ValueShape::Code(dictionary) = definition.forms[definition.roster].fields[field].kind.spec().shape
    else {
        return None;
    };
    let codes = &definition.dictionaries[dictionary].codes;
    let order = codes.iter().position(|known| known.code == *code)?;
    Some(UnitGroup { order, label: codes[order].label.clone() })
}

/// The units below a unit.
pub struct Ranking {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// The campaign.
    pub campaign: CampaignIdx,
    /// The unit above them.
    pub unit: UnitView,
    /// The last month that counts.
    pub through: Month,
    /// As known on which day.
    pub known: KnownOn,
    /// The line they hang on.
    pub line: Line,
    /// The units, in the order of their codes; the page orders them by an indicator.
    pub rows: Vec<Ranked>,
}

impl Ranking {
    /// The campaign whose figures they are.
    pub fn campaign(&self) -> &Campaign {
        &self.snapshot.definition.campaigns[self.campaign]
    }
}

/// One unit with one figure.
pub struct RankedBy {
    /// The unit.
    pub unit: UnitView,
    /// The figure.
    pub figure: Figure,
    /// Its part in what is missing at all these units together, 0 to 1; `None` where nothing is known to be missing.
    pub shortfall_share: Option<f64>,
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
    let now = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &now, unit)?;
    let scope = Scope::new(&mut tx, (app, ctx), &now, unit, ask).await?;
    let missing = || Error::NotFound { what: Thing::Unit, key: unit.to_string() };
    let view = scope.snapshot.view(unit).ok_or_else(missing)?;
    let children = children(&scope.snapshot, unit, line, scope.through);
    let rows = scope.rows_of(&mut tx, &children, 0).await?;
    let reported = scope.reported(&mut tx, &children).await?;
    let question = scope.question_of_children(ctx, unit);
    let indicators = scope.campaign().indicators.iter();
    let indicators: Vec<_> = indicators.map(|one| PreparedIndicator::new(&question, one)).collect();
    let mut ranked: Vec<Ranked> = rows
        .into_iter()
        .filter_map(|(child, rows)| {
            let question = scope.question_of_child(&question, child, &reported);
            let balances = rows.into_iter().collect();
            let figures = indicators.iter().map(|one| scope.prepared_figure(&question, one, &balances));
            let figures = figures.collect();
            let group = group(&scope.snapshot, child);
            Some(Ranked { unit: scope.snapshot.view(child)?, figures, group })
        })
        .collect();
    ranked.sort_by(|a, b| a.unit.code.cmp(&b.unit.code));
    let Scope { snapshot, known, ask, through, .. } = scope;
    Ok(Ranking { snapshot, campaign: ask.campaign, unit: view, through, known, line, rows: ranked })
}

/// The units directly below `unit` on one line with one of their figures, in the order of their
/// codes: for a page about one indicator, which reads no more years than it counts.
///
/// # Errors
/// [`Error::NotFound`] as for [`super::show()`].
#[boxed_async]
pub async fn rank_by(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    line: Line,
    ask: &FigureRequest,
    indicator: IndicatorIdx,
) -> Result<Vec<RankedBy>> {
    let mut tx = app.read(ctx.region).await?;
    let now = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &now, unit)?;
    let scope = Scope::new(&mut tx, (app, ctx), &now, unit, ask).await?;
    let (definition, campaign) = (&scope.snapshot.definition, scope.campaign());
    let indicator = campaign
        .indicators
        .get(indicator)
        .ok_or_else(|| Error::NotFound { what: Thing::Indicator, key: indicator.number().to_string() })?;
    let is_running = is_running(ctx, &scope.snapshot, &scope.ask, scope.through);
    let of_formula = windows(
        (definition, campaign),
        indicator,
        &scope.ask.readings,
        (scope.through, scope.ask.period, is_running),
    );
    let children = children(&scope.snapshot, unit, line, scope.through);
    let rows = scope.rows_of(&mut tx, &children, first_year(definition, &of_formula)).await?;
    let reported = scope.reported(&mut tx, &children).await?;
    let question = scope.question_of_children(ctx, unit);
    let prepared = PreparedIndicator::new(&question, indicator);
    let mut ranked: Vec<RankedBy> = rows
        .into_iter()
        .filter_map(|(child, rows)| {
            let question = scope.question_of_child(&question, child, &reported);
            let balances = rows.into_iter().collect();
            let figure = scope.prepared_figure(&question, &prepared, &balances);
            Some(RankedBy { unit: scope.snapshot.view(child)?, figure, shortfall_share: None })
        })
        .collect();
    ranked.sort_by(|a, b| a.unit.code.cmp(&b.unit.code));
    let shares = shortfall_shares(&ranked.iter().map(|row| &row.figure).collect::<Vec<_>>());
    for (row, share) in ranked.iter_mut().zip(shares) {
        row.shortfall_share = share;
    }
    Ok(ranked)
}

/// The stored balances of some units, for [`values_of`].
pub(crate) async fn stored_balances(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    units: &[UnitId],
    ask: &FigureRequest,
) -> Result<BTreeMap<UnitId, Balances>> {
    let known = KnownOn::new(tx, ctx, snapshot, ask).await?;
    let reach = RowReach::new(&snapshot.definition, ask, last_month(ctx, snapshot, ask)?);
    let rows = rows::of_units(tx, units, 0, reach, (known, None)).await?;
    Ok(rows.into_iter().map(|(unit, rows)| (unit, rows.into_iter().collect())).collect())
}

/// The values of all indicators of some units, from their balances.
pub(crate) fn values_of<'b>(
    ctx: &Context,
    snapshot: &Snapshot,
    ask: &FigureRequest,
    balances: impl IntoIterator<Item = (&'b UnitId, &'b Balances)>,
) -> Result<BTreeMap<UnitId, Vec<Option<f64>>>> {
    let through = last_month(ctx, snapshot, ask)?;
    let campaign = ctx.require_campaign(snapshot, ask.campaign)?;
    let values = balances.into_iter().map(|(unit, balances)| {
        let is_reported = snapshot.is_reported(*unit, ask.year);
        let question = question(ctx, snapshot, ask, (*unit, through, ask.period), is_reported);
        (*unit, campaign.indicators.iter().map(|one| value(&question, one, balances)).collect())
    });
    Ok(values.collect())
}

fn children(snapshot: &Snapshot, unit: UnitId, line: Line, through: Month) -> Vec<UnitId> {
    snapshot.tree.children(unit, through).filter(|(_, on)| *on == line).map(|(child, _)| child).collect()
}
