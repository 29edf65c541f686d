//! What a question about figures is answered with: the region as it was known on the day that is asked for, and the
//! question in terms of the definition that was in force then.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use campaign::definition::{Campaign, Idx, Indicator, MeasureIdx};
use ledger::figure::{
    Balances, Figure, FigureState, Note, PreparedIndicator, Question, Readings, formula_in_force,
    info_values, value,
};
use model::{
    ids::UnitId,
    month::{Month, Year},
    period::ReportingPeriod,
};
use store::Tx;

use super::{
    known::KnownOn,
    rows::{self, RowReach, UnitRows},
    show::{FigureRequest, has_begun, is_running, last_month},
};
use crate::{
    App, Context, Error, MissingPeriod, Result, Snapshot,
    past::{PastRegion, region_on},
};

/// The region on the day that is asked for, and the question.
pub(super) struct Scope {
    /// The region on that day; the present one where no earlier day is asked for.
    pub(super) snapshot: Arc<Snapshot>,
    /// How it was known, where an earlier day is asked for.
    pub(super) past: Option<Arc<PastRegion>>,
    /// As known on which day.
    pub(super) known: KnownOn,
    /// What is asked for: campaign and readings by their positions in the definition of that day.
    pub(super) ask: FigureRequest,
    /// The last month that counts.
    pub(super) through: Month,
    /// Measures whose balances are not kept any more.
    lost: BTreeSet<MeasureIdx>,
}

impl Scope {
    /// The region as it is known for `ask`, which is about `unit`; `now` is the present one.
    ///
    /// # Errors
    /// [`Error::NoSuchPeriod`] for a day without figures, of the unit or of the campaign; [`Error::NotFound`] for a
    /// campaign that is not the person's.
    pub(super) async fn new(
        tx: &mut Tx,
        (app, ctx): (&App, &Context),
        now: &Arc<Snapshot>,
        unit: UnitId,
        ask: &FigureRequest,
    ) -> Result<Self> {
        ctx.require_campaign(now, ask.campaign)?;
        let known = KnownOn::new(tx, ctx, now, ask).await?;
        let past = match known.past() {
            Some(day) => Some(region_on(tx, app, ctx, now, day).await?),
            None => None,
        };
        let snapshot = past.as_ref().map_or(now, |past| &past.snapshot).clone();
        let day = known.day;
        if !snapshot.units.contains_key(&unit) {
            return Err(Error::NoSuchPeriod(MissingPeriod::UnitNotYet { day }));
        }
        let ask = if Arc::ptr_eq(&snapshot.definition, &now.definition) {
            ask.clone()
        } else {
            then(now, &snapshot, ask).ok_or(Error::NoSuchPeriod(MissingPeriod::CampaignNotYet { day }))?
        };
        let through = last_month(ctx, &snapshot, &ask)?;
        // A period that ends after the campaign is asked for in its last year.
        let ask = FigureRequest { year: through.year(), ..ask };
        let lost = past.as_ref().map(|past| past.lost_measures()).unwrap_or_default();
        Ok(Self { snapshot, past, known, ask, through, lost })
    }

    /// The campaign that is asked for.
    pub(super) fn campaign(&self) -> &Campaign {
        &self.snapshot.definition.campaigns[self.ask.campaign]
    }

    /// Balances of a unit up to the last month.
    pub(super) async fn balances(&self, tx: &mut Tx, unit: UnitId) -> Result<Balances> {
        rows::of_unit(tx, unit, self.reach(), (self.known, self.past.as_deref())).await
    }

    /// How far the rows of one unit reach, with the part of each year before that a trend shows.
    pub(super) fn reach(&self) -> RowReach {
        let reach = RowReach::new(&self.snapshot.definition, &self.ask, self.through);
        if self.ask.period.is_some() { reach.with_trend(self.campaign()) } else { reach }
    }

    /// The rows of balances of units side by side, of the years from `from` on.
    pub(super) async fn rows_of(
        &self,
        tx: &mut Tx,
        units: &[UnitId],
        from: Year,
    ) -> Result<BTreeMap<UnitId, UnitRows>> {
        let reach = RowReach::new(&self.snapshot.definition, &self.ask, self.through);
        rows::of_units(tx, units, from, reach, (self.known, self.past.as_deref())).await
    }

    /// What is asked about units side by side: `unit` is any of them.
    pub(super) fn question_of_children(&self, ctx: &Context, unit: UnitId) -> Question<'_> {
        let question = self.question(ctx, unit, (self.through, self.ask.period), true);
        Question { is_region: false, ..question }
    }

    /// The same about one of them; `reported` are those that had reported.
    pub(super) fn question_of_child<'q>(
        &'q self,
        question: &Question<'q>,
        child: UnitId,
        reported: &BTreeSet<UnitId>,
    ) -> Question<'q> {
        Question {
            owed: self.snapshot.owed(child),
            is_reported: reported.contains(&child),
            is_single: self.snapshot.is_single(child),
            ..question.clone()
        }
    }

    /// Which of some units had reported for the year that is asked for.
    pub(super) async fn reported(&self, tx: &mut Tx, units: &[UnitId]) -> Result<BTreeSet<UnitId>> {
        self.known.reported(tx, &self.snapshot, units, self.ask.year).await
    }

    /// What is asked about a unit up to a month, or in a period that ends with it.
    pub(super) fn question(
        &self,
        ctx: &Context,
        unit: UnitId,
        (through, period): (Month, Option<ReportingPeriod>),
        is_reported: bool,
    ) -> Question<'_> {
        question(ctx, &self.snapshot, &self.ask, (unit, through, period), is_reported)
    }

    /// An indicator; without a value where what it is computed from is not kept any more.
    pub(super) fn figure(
        &self,
        question: &Question<'_>,
        indicator: &Indicator,
        balances: &Balances,
    ) -> Figure {
        self.prepared_figure(question, &PreparedIndicator::new(question, indicator), balances)
    }

    /// The same of units side by side.
    pub(super) fn prepared_figure(
        &self,
        question: &Question<'_>,
        prepared: &PreparedIndicator<'_>,
        balances: &Balances,
    ) -> Figure {
        let figure = prepared.figure(question, balances);
        if !self.is_lost(prepared.indicator()) {
            return figure;
        }
        Figure {
            value: None,
            numerator: None,
            denominator: None,
            listed: None,
            unlisted: None,
            left_out: None,
            unconfirmed: None,
            coverage: None,
            like_for_like: None,
            shortfall: None,
            state: FigureState::NoValue,
            note: Some(Note::NotKept),
            ..figure
        }
    }

    /// The value of an indicator alone.
    pub(super) fn value(
        &self,
        question: &Question<'_>,
        indicator: &Indicator,
        balances: &Balances,
    ) -> Option<f64> {
        value(question, indicator, balances).filter(|_| !self.is_lost(indicator))
    }

    /// What the measures shown beside an indicator come to.
    pub(super) fn info(
        &self,
        question: &Question<'_>,
        indicator: &Indicator,
        balances: &Balances,
    ) -> Vec<f64> {
        let is_kept = indicator.info.iter().all(|measure| !self.lost.contains(measure));
        if is_kept { info_values(question, indicator, balances) } else { Vec::new() }
    }

    /// Whether an indicator is computed from a measure that is not kept any more.
    fn is_lost(&self, indicator: &Indicator) -> bool {
        if self.lost.is_empty() {
            return false;
        }
        let terms = formula_in_force(indicator, &self.ask.readings).terms();
        terms.iter().flat_map(|term| term.measures()).any(|measure| self.lost.contains(&measure))
    }
}

/// What is asked about a unit up to a month, or in a period that ends with it.
pub(super) fn question<'a>(
    ctx: &Context,
    snapshot: &'a Snapshot,
    ask: &'a FigureRequest,
    (unit, through, period): (UnitId, Month, Option<ReportingPeriod>),
    is_reported: bool,
) -> Question<'a> {
    Question {
        definition: &snapshot.definition,
        campaign: &snapshot.definition.campaigns[ask.campaign],
        readings: &ask.readings,
        through,
        period,
        has_begun: has_begun(ctx, snapshot, ask, period.unwrap_or(ReportingPeriod::year(through.year()))),
        is_running: is_running(ctx, snapshot, ask, through),
        owed: snapshot.owed(unit),
        is_region: snapshot.root() == Some(unit),
        targets: &snapshot.targets,
        is_reported,
        is_single: snapshot.is_single(unit),
    }
}

/// A question in terms of another version of the definition; `None` where that has no such campaign. Readings and options
/// that it has not are the usual ones.
fn then(now: &Snapshot, then: &Snapshot, ask: &FigureRequest) -> Option<FigureRequest> {
    let asked = &now.definition.campaigns[ask.campaign];
    let position = then.definition.campaigns.position(|campaign| campaign.id == asked.id)?;
    let readings = then.definition.campaigns[position].readings.iter().map(|reading| {
        let own = asked.readings.entries().find(|(_, own)| own.id == reading.id);
        let chosen = own.map(|(position, own)| &own.options[ask.readings.option(position)].id);
        let option = reading.options.position(|option| Some(&option.id) == chosen);
        option.unwrap_or(Idx::FIRST)
    });
    Some(FigureRequest { campaign: position, readings: Readings(readings.collect()), ..ask.clone() })
}
