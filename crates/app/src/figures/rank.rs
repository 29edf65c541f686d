//! The units below one unit, side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::{
    definition::{Campaign, CampaignIdx, IdxVec, Indicator, IndicatorIdx, Label},
    kinds::ValueShape,
};
use ledger::{
    figure::{Balances, Figure, PreparedIndicator, Question, shortfall_shares, value},
    hierarchy::Line,
};
use model::{
    ids::UnitId,
    month::{Month, Year},
    value::Value,
};
use rayon::prelude::*;
use store::{Tx, units::UnitKind};

use super::{
    known::KnownOn,
    restated::{Restated, restated},
    rows::{self, RowReach, UnitRows},
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
    /// Whether they are on today's tree, with what is below them there.
    pub is_restated: bool,
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
    let side_by_side = SideBySide::read(&mut tx, (ctx, &scope), (unit, line), 0).await?;
    let question = scope.question_of_children(ctx, unit);
    let indicators = scope.campaign().indicators.iter();
    let indicators: Vec<_> = indicators.map(|one| PreparedIndicator::new(&question, one)).collect();
    let rows = side_by_side.map(&scope, &question, |unit, question, balances| {
        let figures = indicators.iter().map(|one| scope.prepared_figure(question, one, balances)).collect();
        let group = group(&scope.snapshot, unit.id);
        Ranked { unit, figures, group }
    });
    let Scope { snapshot, known, ask, through, .. } = scope;
    let FigureRequest { campaign, is_restated, .. } = ask;
    Ok(Ranking { snapshot, campaign, unit: view, through, known, is_restated, line, rows })
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
    let from = first_year(definition, &of_formula);
    let side_by_side = SideBySide::read(&mut tx, (ctx, &scope), (unit, line), from).await?;
    let question = scope.question_of_children(ctx, unit);
    let prepared = PreparedIndicator::new(&question, indicator);
    let mut ranked = side_by_side.map(&scope, &question, |unit, question, balances| {
        let figure = scope.prepared_figure(question, &prepared, balances);
        RankedBy { unit, figure, shortfall_share: None }
    });
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

/// So many units side by side are left to one processor.
const UNITS_AT_ONCE: usize = 50;

/// Units directly below one unit, and what their figures are computed from.
struct SideBySide {
    rows: BTreeMap<UnitId, UnitRows>,
    /// Those of them that have other balances on today's tree, where that is asked for.
    restated: BTreeMap<UnitId, Restated>,
    /// Those that had reported.
    reported: BTreeSet<UnitId>,
}

impl SideBySide {
    /// Reads the units on one line below `unit`, without what lies before the year `from`.
    async fn read(
        tx: &mut Tx,
        (ctx, scope): (&Context, &Scope),
        (unit, line): (UnitId, Line),
        from: Year,
    ) -> Result<Self> {
        let snapshot = &scope.snapshot;
        let today = Some(ctx.today(snapshot).month()).filter(|_| scope.ask.is_restated);
        let below = snapshot.tree.children(unit, today.unwrap_or(scope.through));
        let children: Vec<UnitId> = below.filter(|(_, on)| *on == line).map(|(child, _)| child).collect();
        let mut others = BTreeMap::new();
        if let Some(today) = today {
            for child in children.iter().filter(|child| snapshot.tree.is_changed(**child)) {
                others.insert(*child, restated(tx, snapshot, *child, today).await?);
            }
        }
        let rows = scope.rows_of(tx, &children, from).await?;
        let reported = scope.reported(tx, &children).await?;
        Ok(Self { rows, restated: others, reported })
    }

    /// What `each` makes of every unit, of the question about it, and of its balances, in the order of their codes. All
    /// processors are used: a ranking of a thousand units is the slowest of all figures.
    fn map<T: Send>(
        self,
        scope: &Scope,
        question: &Question<'_>,
        each: impl Fn(UnitView, &Question<'_>, &Balances) -> T + Sync,
    ) -> Vec<T> {
        let Self { rows, restated, reported } = self;
        let units = rows.into_iter().filter_map(|(child, rows)| Some((scope.snapshot.view(child)?, rows)));
        let mut units: Vec<(UnitView, UnitRows)> = units.collect();
        units.sort_unstable_by(|(a, _), (b, _)| a.code.cmp(&b.code));
        let of_unit = |(unit, rows): (UnitView, UnitRows)| {
            let question = scope.question_of_child(question, unit.id, &reported);
            match restated.get(&unit.id) {
                Some(Restated { balances, owed }) => each(unit, &Question { owed, ..question }, balances),
                None => each(unit, &question, &rows.into_iter().collect()),
            }
        };
        units.into_par_iter().with_min_len(UNITS_AT_ONCE).map(of_unit).collect()
    }
}
