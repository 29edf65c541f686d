//! What is said above a page that is printed, and above everything that is taken from it as a file: which
//! campaign, which unit, how far the data reaches, who made it and when, under which version of the definition.

use app::{Actor, Context, Snapshot};
use campaign::definition::Campaign;
use jiff::civil::Date;
use model::ids::UnitId;
use words::Words;

use super::number::label;
use crate::pages::figures::short_hash;

/// The heading of a page on paper. Its template is `parts/heading.html`.
#[derive(Debug, Clone)]
pub(crate) struct PageHeading {
    /// That the data is invented, where it is.
    pub(crate) demonstration: Option<&'static str>,
    /// The campaign's title.
    pub(crate) campaign: String,
    /// Which unit it is about: its id, what a log of access names.
    pub(crate) unit_id: Option<UnitId>,
    /// Its name and code.
    pub(crate) unit: String,
    /// Which period its figures are of, in both calendars; `None` where there are none.
    pub(crate) period: Option<String>,
    /// How far the data reaches.
    pub(crate) as_of: String,
    /// Who made it, and when.
    pub(crate) made: String,
    /// The version of the definition.
    pub(crate) definition: String,
    /// The day, for names of files.
    pub(crate) day: Date,
}

impl PageHeading {
    /// The heading of a page about the person's own unit, as its data is now.
    pub(crate) fn new(words: Words, ctx: &Context, snapshot: &Snapshot, campaign: &Campaign) -> Self {
        let now = ctx.clock.now();
        let as_of =
            snapshot.region.business_day.map_or_else(|| words.moment(now), |day| words.date(day.date()));
        let name = match &ctx.actor {
            Actor::User { name, .. } => name.as_str(),
            _ => words.product_name(),
        };
        let heading = Self {
            demonstration: snapshot.region.is_demonstration.then(|| words.product_demonstration()),
            campaign: label(words, &campaign.title).to_owned(),
            unit_id: None,
            unit: String::new(),
            period: None,
            as_of: words.heading_as_of(as_of),
            made: words.heading_made(name, words.moment(now)),
            definition: words.figure_definition_version(short_hash(&snapshot.definition.hash)),
            day: ctx.clock.calendar_day(),
        };
        match ctx.unit().or_else(|| snapshot.root()) {
            Some(unit) => heading.with_unit(words, snapshot, unit),
            None => heading,
        }
    }

    /// The same about another unit.
    #[must_use]
    pub(crate) fn with_unit(self, words: Words, snapshot: &Snapshot, unit: UnitId) -> Self {
        let shown = snapshot.view(unit).map(|unit| words.heading_unit(&unit.name, &unit.code));
        Self { unit_id: Some(unit), unit: shown.unwrap_or_default(), ..self }
    }

    /// What a file says below its title.
    pub(crate) fn lines(&self) -> Vec<String> {
        let about = [self.campaign.clone(), [&*self.unit, &self.as_of].join("    ")];
        let made = [&*self.made, &self.definition].join("    ");
        let lines = about.into_iter().chain(self.period.clone()).chain([made]);
        lines.chain(self.demonstration.map(ToOwned::to_owned)).collect()
    }
}
