//! What the address of a page of figures asks for: which unit, up to which month,
//! under which readings. All these pages read it with one extractor, and one
//! function writes it into the addresses of their links.

use std::sync::Arc;

use app::{
    Snapshot, UnitView,
    figures::{FigureRequest, parse_readings, pending_changes},
    units,
};
use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::civil::Date;
use ledger::figure::Readings;
use model::{
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
};
use serde::Deserialize;
use words::Words;

use crate::{
    Error, WebState,
    address::{Params, Path},
    parts::head::latest_year,
    request_context::SignedIn,
    urls::Url,
};

/// Begins the parameters that choose a reading: `reading.improvement=points`.
const READING: &str = "reading.";

/// A question about one unit's figures, as its address states it.
pub(crate) struct FiguresQuery {
    /// Who asks.
    pub(crate) person: SignedIn,
    /// The unit.
    pub(crate) unit: UnitView,
    /// Year, month and readings.
    pub(crate) ask: FigureRequest,
    /// The other parameters of the address.
    pub(crate) params: Params,
    /// Changes that are stored and not yet in any figure: every page of figures says so in its head.
    pub(crate) pending: i64,
}

/// The part of the path that every such page has.
#[derive(Deserialize)]
struct UnitPath {
    code: String,
}

impl FromRequestParts<Arc<WebState>> for FiguresQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Error> {
        let person = SignedIn::from_request_parts(parts, state).await?;
        let Path(UnitPath { code }) = Path::from_request_parts(parts, state).await?;
        let Ok(params) = Params::from_request_parts(parts, state).await;
        let unit = units::resolve(&person.ctx, &person.snapshot, Some(&code))?;
        let unit = person.snapshot.view(unit).ok_or(Error::NoSuchPage)?;
        let ask = figure_request(&person, &params)?;
        let pending = pending_changes(&state.app, &person.ctx).await?;
        Ok(Self { person, unit, ask, params, pending })
    }
}

impl FiguresQuery {
    /// The question about the person's own unit; `None` while there is no unit at all.
    pub(crate) async fn own(
        state: &WebState,
        person: SignedIn,
        params: Params,
    ) -> Result<Option<Self>, Error> {
        let Some(own) = person.ctx.unit().or_else(|| person.snapshot.root()) else { return Ok(None) };
        let unit = person
            .snapshot
            .view(own)
            .ok_or_else(|| app::Error::NotFound { what: app::Thing::Unit, key: own.to_string() })?;
        let ask = figure_request(&person, &params)?;
        let pending = pending_changes(&state.app, &person.ctx).await?;
        Ok(Some(Self { person, unit, ask, params, pending }))
    }
}

/// What the parameters of an address ask for: `period`, else `year`, else that of `through`, else the latest; and readings.
fn figure_request(person: &SignedIn, params: &Params) -> Result<FigureRequest, Error> {
    let asked = params.period()?;
    let through = params.through_month()?;
    let as_of = params.as_of()?;
    let period = &person.campaign(&person.snapshot).period;
    let year_of_day = as_of.map(|day| day.year().clamp(period.first, period.last));
    let year = params.year()?.or(through.map(Month::year)).or(year_of_day);
    let readings = parse_readings(person.campaign(&person.snapshot), params.with_prefix(READING))?;
    let ask = FigureRequest {
        campaign: person.campaign,
        year: year.unwrap_or_else(|| latest_year(person, &person.snapshot)),
        through,
        period: None,
        readings,
        as_of,
        is_restated: params.get("restated") == Some("1"),
    };
    let Some(asked) = asked else { return Ok(ask) };
    let ask = ask.in_period(asked);
    // The last one may end after the campaign.
    Ok(if ask.period.is_some() { FigureRequest { year: ask.year.min(period.last), ..ask } } else { ask })
}

impl FiguresQuery {
    /// The texts in the person's language.
    pub(crate) fn words(&self) -> Words {
        self.person.words()
    }

    /// The region as it was when the request came.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.person.snapshot
    }

    /// The same question about another year: up to the same month, if that has come.
    pub(crate) fn in_year(&self, year: Year) -> FigureRequest {
        let same = |month: Month| Month::from_number(i32::from(year) * 100 + month.of_year());
        let through = self.ask.through.and_then(same);
        let through = through.filter(|month| year == self.ask.year || *month <= self.present());
        let campaign = self.person.campaign(self.snapshot());
        let period = self.ask.period.map(|period| period.in_year(year));
        let period = period.filter(|period| period.overlaps(campaign.first_month(), campaign.last_month()));
        FigureRequest { year, through, period, ..self.ask.clone() }
    }

    /// The same question up to `through`; `None` for all there is of the year.
    pub(crate) fn request_through(&self, through: Option<Month>) -> FigureRequest {
        FigureRequest { through, period: None, ..self.ask.clone() }
    }

    /// The periods of the year that can be asked for in its place: its halves, its quarters, its months, and the union
    /// statistical year that ends in it; in the last year also the one that ends after it.
    pub(crate) fn periods(&self) -> Vec<ReportingPeriod> {
        let campaign = self.person.campaign(self.snapshot());
        let january = Month::january(self.ask.year);
        let part = |grain: Grain| {
            (0..12 / grain.months())
                .map(move |number| ReportingPeriod::containing(january.plus(number * grain.months()), grain))
        };
        let union_year = ReportingPeriod::union_year(self.ask.year);
        let after = Some(union_year.next()).filter(|_| self.ask.year == campaign.period.last);
        std::iter::once(union_year)
            .chain(after)
            .chain(part(Grain::Half))
            .chain(part(Grain::Quarter))
            .chain(part(Grain::Month))
            .filter(|period| period.overlaps(campaign.first_month(), campaign.last_month()))
            .collect()
    }

    /// The same question under other readings.
    pub(crate) fn reading(&self, readings: Readings) -> FigureRequest {
        FigureRequest { readings, ..self.ask.clone() }
    }

    /// The month whose tree the question is about.
    pub(crate) fn month(&self) -> Month {
        let december = Month::december(self.ask.year);
        let last = self.ask.period.map(ReportingPeriod::last).or(self.ask.through);
        last.map_or(december, |last| last.min(december))
    }

    /// The month in which it is asked, or as known in which.
    fn present(&self) -> Month {
        self.ask.as_of.map_or_else(|| self.person.ctx.today(self.snapshot()).month(), Month::containing)
    }

    /// The same question about what is known now, or was on another day.
    pub(crate) fn request_as_of(&self, as_of: Option<Date>) -> FigureRequest {
        FigureRequest { as_of, ..self.ask.clone() }
    }

    /// The same question on today's tree, or on the tree of its time. An earlier day has the tree of its time alone.
    pub(crate) fn request_restated(&self, is_restated: bool) -> FigureRequest {
        FigureRequest { is_restated, as_of: self.ask.as_of.filter(|_| !is_restated), ..self.ask.clone() }
    }

    /// The earlier day that is asked for.
    pub(crate) fn past_day(&self) -> Option<Date> {
        self.ask.as_of.filter(|day| *day != self.today())
    }

    /// The last day that can be asked for.
    pub(crate) fn today(&self) -> Date {
        self.person.ctx.today(self.snapshot()).date()
    }

    /// Whether the year asked for is still running.
    pub(crate) fn is_running(&self) -> bool {
        self.present().year() == self.ask.year
    }

    /// Where figures end when no month is asked for: the present one in a year that runs, else December.
    fn default_month(&self) -> Month {
        if self.is_running() { self.present() } else { Month::december(self.ask.year) }
    }

    /// The month asked for, where it leaves out a part of what there is.
    pub(crate) fn through_month(&self) -> Option<Month> {
        self.ask.through.filter(|month| *month != self.default_month())
    }

    /// The months of the year before the one where figures end anyway.
    pub(crate) fn months(&self) -> impl Iterator<Item = Month> {
        let whole = self.default_month();
        std::iter::successors(Some(Month::january(self.ask.year)), |month| Some(month.next()))
            .take_while(move |month| *month < whole)
    }

    /// `url` with what is asked here.
    pub(crate) fn with_query(&self, url: Url) -> Url {
        self.with_request(url, &self.ask)
    }

    /// `url` with what `ask` says: the period, or year and last month, and readings other than the default.
    pub(crate) fn with_request(&self, url: Url, ask: &FigureRequest) -> Url {
        let url = self.person.with_campaign(url);
        let mut url = match ask.period {
            Some(period) => url.with_param("period", period),
            None => url.with_param("year", ask.year).with_some("through", ask.through),
        };
        url = url.with_some("as_of", ask.as_of).with_some("restated", ask.is_restated.then_some(1));
        for (position, reading) in self.person.campaign(self.snapshot()).readings.entries() {
            let option = ask.readings.option(position);
            if option.number() > 0 {
                url = url.with_param(&format!("{READING}{}", reading.id), &reading.options[option].id);
            }
        }
        url
    }
}
