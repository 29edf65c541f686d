//! The head of every page about one unit: where it stands, what it is called,
//! which year, and the other pages about it.

use app::{Snapshot, UnitView, figures::Ask, units};
use model::month::{Month, Year};

use crate::{
    asked::Asked,
    layout::{Area, Entry},
    urls::{self, Url},
    visit::SignedIn,
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
    /// The other pages about this unit.
    pub(crate) pages: Vec<Entry>,
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
        let today = Month::of(person.ctx.clock.today());
        let month = year.map_or(today, Month::december);
        let above = units::above(&person.ctx, snapshot, unit.id, month);
        let crumbs = above.into_iter().map(|above| (above.name, at(&above.code, year).into())).collect();
        let years = snapshot.campaign.period.first..=latest_year(person, snapshot);
        let years = years.map(|other| (other, at(&unit.code, Some(other)).into(), Some(other) == year));
        Self {
            crumbs,
            name: unit.name.clone(),
            code: unit.code.clone(),
            years: if year.is_some() { years.collect() } else { Vec::new() },
            pages: pages(person, snapshot, unit, area, year),
        }
    }
}

impl Head {
    /// The head of a page of figures; `at` gives this page's address for a unit and another question.
    pub(crate) fn of(asked: &Asked, area: Area, at: impl Fn(&str, &Ask) -> Url) -> Self {
        let year = Some(asked.ask.year);
        Self::new(&asked.person, asked.snapshot(), &asked.unit, area, year, |code, year| {
            at(code, &asked.in_year(year.unwrap_or(asked.ask.year)))
        })
    }
}

/// The last year of the campaign that has begun; its first before it begins.
pub(crate) fn latest_year(person: &SignedIn, snapshot: &Snapshot) -> Year {
    let period = snapshot.campaign.period;
    person.ctx.clock.today().year().clamp(period.first, period.last)
}

fn pages(
    person: &SignedIn,
    snapshot: &Snapshot,
    unit: &UnitView,
    area: Area,
    year: Option<Year>,
) -> Vec<Entry> {
    let words = person.words();
    let has_units =
        snapshot.tree.children(unit.id, year.map_or(Month::of(person.ctx.clock.today()), Month::december));
    let has_units = has_units.into_iter().next().is_some();
    [
        (Area::Figures, words.units_figures(), urls::figures(&unit.code, year), true),
        (Area::Ranking, words.menu_ranking(), urls::ranking(&unit.code, year), has_units),
        (Area::Units, words.units_information(), urls::unit(&unit.code), true),
    ]
    .into_iter()
    .filter(|(.., is_shown)| *is_shown)
    .map(|(other, label, url, _)| Entry { label, url: url.into(), is_here: other == area })
    .collect()
}
