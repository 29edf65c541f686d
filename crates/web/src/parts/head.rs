//! The head of every page about one unit: its name, its position in the tree, the
//! year, and links to the other pages about it.

use app::{Action, Snapshot, UnitView, figures::FigureRequest, units};
use jiff::civil::Date;
use model::{
    month::{Month, Year},
    period::ReportingPeriod,
};

use crate::{
    figures_query::FiguresQuery,
    layout::{Area, Entry},
    request_context::SignedIn,
    urls::{self, GetForm, Url},
};

/// The head of a page about one unit. Its template is `parts/head.html`.
pub(crate) struct Head {
    /// Units above, the region first: name and address.
    pub(crate) crumbs: Vec<(String, String)>,
    /// The unit's name.
    pub(crate) name: String,
    /// Its code.
    pub(crate) code: String,
    /// Years to choose from; empty on a page without a year.
    pub(crate) years: Vec<(Year, String, bool)>,
    /// The period of the figures in both calendars, on a page of figures.
    pub(crate) calendars: Option<String>,
    /// Periods in place of the year, to choose from, on a page of figures.
    pub(crate) periods: Option<Choice>,
    /// How far the figures reach, to choose from, on a page of figures.
    pub(crate) months: Option<Choice>,
    /// As known on which day the figures are, to choose from, on a page of figures.
    pub(crate) known: Option<KnownDay>,
    /// That the figures end before they need to, and the way to all of them.
    pub(crate) cut: Option<(String, String)>,
    /// The other pages about this unit.
    pub(crate) pages: Vec<Entry>,
    /// Changes that are not yet in the figures of the page.
    pub(crate) pending: i64,
}

/// The day as known on which figures are shown.
pub(crate) struct KnownDay {
    /// Leads to the page as it is asked for.
    pub(crate) form: GetForm,
    /// The day that is chosen, `YYYY-MM-DD`.
    pub(crate) day: String,
    /// The last that can be.
    pub(crate) last: String,
    /// That it is an earlier day, and the way to what is known now.
    pub(crate) message: Option<(String, String)>,
    /// Where the figures are re-stated on today's tree, on a page that can do so.
    pub(crate) restate: Option<String>,
    /// That they are, and the way to what was earned.
    pub(crate) restated: Option<(&'static str, String)>,
}

/// The months up to which figures may be counted, or the periods of which they may be.
pub(crate) struct Choice {
    /// Leads to the page as it is asked for.
    pub(crate) form: GetForm,
    /// What it is called to count all there is.
    pub(crate) whole: &'static str,
    /// The month or period as it is written, in words, and whether it is chosen.
    pub(crate) options: Vec<(String, String, bool)>,
}

impl Head {
    /// The head of a page in `area`; `at` gives this page's address for another year, and each unit above.
    pub(crate) fn new(
        person: &SignedIn,
        snapshot: &Snapshot,
        unit: &UnitView,
        area: Area,
        year: Option<Year>,
        at: impl Fn(&str, Option<Year>) -> Url,
    ) -> Self {
        let today = person.ctx.today(snapshot).month();
        let month = year.map_or(today, Month::december);
        let above = units::units_above(&person.ctx, snapshot, unit.id, month);
        let crumbs = above.into_iter().map(|above| (above.name, at(&above.code, year).into())).collect();
        let years = person.campaign(snapshot).period.first..=latest_year(person, snapshot);
        let years = years.map(|other| (other, at(&unit.code, Some(other)).into(), Some(other) == year));
        Self {
            crumbs,
            name: unit.name.clone(),
            code: unit.code.clone(),
            years: if year.is_some() { years.collect() } else { Vec::new() },
            calendars: None,
            periods: None,
            months: None,
            known: None,
            cut: None,
            pending: 0,
            pages: pages(
                person,
                snapshot,
                unit,
                area,
                month,
                (|url| person.with_campaign(url).with_some("year", year), None),
            ),
        }
    }
}

impl Head {
    /// The same head with the choice of a day as known on which the page is; `at` gives its address for a unit and a day.
    #[must_use]
    pub(crate) fn with_day(
        self,
        person: &SignedIn,
        unit: &UnitView,
        past: Option<Date>,
        at: impl Fn(&str, Option<Date>) -> Url,
    ) -> Self {
        let (words, today) = (person.words(), person.ctx.today(&person.snapshot).date());
        let known = KnownDay {
            form: at(&unit.code, None).form(&["as_of"]),
            day: past.unwrap_or(today).to_string(),
            last: today.to_string(),
            message: past.map(|day| (words.known_message(words.date(day)), at(&unit.code, None).into())),
            restate: None,
            restated: None,
        };
        Self { known: Some(known), ..self }
    }

    /// The head of a page of figures; `at` gives this page's address for a unit and another question.
    pub(crate) fn for_query(
        query: &FiguresQuery,
        area: Area,
        at: impl Fn(&str, &FigureRequest) -> Url,
    ) -> Self {
        let (person, snapshot, unit) = (&query.person, query.snapshot(), &query.unit);
        let head = Self::new(person, snapshot, unit, area, Some(query.ask.year), |code, year| {
            at(code, &query.in_year(year.unwrap_or(query.ask.year)))
        });
        let words = query.words();
        // Only units that something has come to or gone from since the beginning have another figure.
        let has_others = area == Area::Figures || area == Area::Ranking;
        let can_restate = has_others && is_changed(query, area);
        let whole = || at(&unit.code, &query.request_through(None));
        let option =
            |month: Month| (month.to_string(), words.month(month), query.through_month() == Some(month));
        let message = |month| (words.through_sentence(words.month(month)), whole().into());
        let period = query.ask.period;
        let campaign = person.campaign(snapshot);
        let chosen = |period: ReportingPeriod| {
            let (first, last) = (campaign.first_month(), campaign.last_month());
            let text = if period.is_within(first, last) {
                words.period_chosen(words.period(period))
            } else {
                let (first, last) = (period.first().max(first), period.last().min(last));
                words.period_chosen_part(words.period(period), words.month(first), words.month(last))
            };
            (text, whole().into())
        };
        Self {
            calendars: Some(words.both_calendars(query.ask.whole_period())),
            periods: Some(Choice {
                form: whole().form(&["period"]),
                whole: words.period_whole_year(),
                options: query
                    .periods()
                    .into_iter()
                    .map(|other| (other.to_string(), words.period(other), period == Some(other)))
                    .collect(),
            }),
            months: period.is_none().then(|| Choice {
                form: whole().form(&["through"]),
                whole: if query.is_running() { words.through_to_date() } else { words.through_whole_year() },
                options: query.months().map(option).collect(),
            }),
            known: Some(KnownDay {
                form: at(&unit.code, &query.request_restated(false)).form(&["as_of"]),
                day: query.past_day().unwrap_or_else(|| query.today()).to_string(),
                last: query.today().to_string(),
                message: query.past_day().map(|day| {
                    let now = at(&unit.code, &query.request_as_of(None));
                    (words.known_message(words.date(day)), now.into())
                }),
                restate: (can_restate && !query.ask.is_restated)
                    .then(|| at(&unit.code, &query.request_restated(true)).into()),
                restated: (has_others && query.ask.is_restated).then(|| {
                    (words.known_restated_message(), at(&unit.code, &query.request_restated(false)).into())
                }),
            }),
            cut: period.map(chosen).or(query.through_month().map(message)),
            pending: query.pending,
            pages: pages(
                person,
                snapshot,
                unit,
                area,
                query.month(),
                (|url| query.with_query(url), query.past_day()),
            ),
            ..head
        }
    }
}

impl Head {
    /// The same head with the unit and those above it as they were known on the day that is asked for; `at` gives the page's
    /// address for a unit.
    #[must_use]
    pub(crate) fn known_as(self, query: &FiguresQuery, then: &Snapshot, at: impl Fn(&str) -> Url) -> Self {
        let Some(unit) = then.view(query.unit.id).filter(|_| query.past_day().is_some()) else { return self };
        let above = units::units_above(&query.person.ctx, then, unit.id, query.month());
        let crumbs = above.into_iter().map(|above| (above.name, at(&above.code).into())).collect();
        Self { name: unit.name, crumbs, ..self }
    }
}

/// Whether a page has other figures on today's tree: units have come to the unit or gone from it, in a ranking to those below
/// it.
fn is_changed(query: &FiguresQuery, area: Area) -> bool {
    let tree = &query.snapshot().tree;
    match area {
        Area::Ranking => {
            let today = Month::containing(query.today());
            let mut below = tree.children(query.unit.id, today);
            tree.is_changed(query.unit.id) || below.any(|(child, _)| tree.is_changed(child))
        }
        _ => tree.is_changed(query.unit.id),
    }
}

/// The last year of the campaign that has begun; its first before it begins.
pub(crate) fn latest_year(person: &SignedIn, snapshot: &Snapshot) -> Year {
    let period = person.campaign(snapshot).period;
    person.ctx.today(snapshot).year().clamp(period.first, period.last)
}

fn pages(
    person: &SignedIn,
    snapshot: &Snapshot,
    unit: &UnitView,
    area: Area,
    month: Month,
    (figures, past): (impl Fn(Url) -> Url, Option<Date>),
) -> Vec<Entry> {
    let words = person.words();
    let has_units = snapshot.tree.children(unit.id, month).next().is_some();
    let may_see = person.ctx.may(Action::ReadRecords, snapshot, unit.id);
    [
        (Area::Figures, words.units_figures(), figures(urls::figures(&unit.code, None)), true),
        (Area::Ranking, words.menu_ranking(), figures(urls::ranking(&unit.code, None)), has_units),
        (
            Area::Registers,
            words.registers_title(),
            person.with_campaign(urls::registers(&unit.code)),
            may_see,
        ),
        (Area::Units, words.units_information(), urls::unit(&unit.code).with_some("as_of", past), true),
    ]
    .into_iter()
    .filter(|(.., is_shown)| *is_shown)
    .map(|(other, label, url, _)| Entry { label, url: url.into(), is_here: other == area, count: None })
    .collect()
}
