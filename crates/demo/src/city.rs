//! A city: its units, the number of records of each unit, and the making of every
//! single record.

pub(crate) mod account;
pub(crate) mod history;
mod make;
mod naming;
mod officers;
mod plan;
pub(crate) mod records;
mod shares;
mod targets;
pub(crate) mod unit;

use std::collections::BTreeMap;

use campaign::definition::{Definition, FormKind, Level};
use jiff::Timestamp;
use model::{clock::BusinessDay, month::Year};

use self::{
    account::DemoAccount,
    officers::Officers,
    plan::Plan,
    records::{DemoRecord, Records},
    unit::{DemoUnit, Grassroots},
};
use crate::recipe::Recipe;

/// How large a city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Grass-roots unions.
    pub enterprises: usize,
    /// Facts of all kinds.
    pub records: usize,
    /// Teams below the enterprises, in all.
    pub teams: usize,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Whether records come with the days on which they were entered, transition by transition. Without, all are
    /// entered at once, as they are on the business day.
    pub history: bool,
}

impl Size {
    /// What `make run` shows.
    pub const USUAL: Self = Self { enterprises: 300, records: 60_000, teams: 0, seed: 1, history: true };
    /// Just enough for tests.
    pub const SMALL: Self = Self { enterprises: 40, records: 4_000, teams: 0, seed: 1, history: true };
}

impl Default for Size {
    fn default() -> Self {
        Self::USUAL
    }
}

/// A demonstration city of one size.
#[derive(Debug)]
pub struct City<'a> {
    definition: &'a Definition,
    recipe: &'a Recipe,
    seed: u64,
    units: Vec<DemoUnit>,
    grassroots: Vec<Grassroots>,
    /// Position in `units` of the first union of the second level.
    first_union: usize,
    plan: Plan,
    scale: f64,
    has_history: bool,
    /// Who keeps records at the unions of the second level and for the whole city.
    officers: Officers,
}

impl<'a> City<'a> {
    /// Lays out the units and decides how many records each has.
    pub fn new(definition: &'a Definition, recipe: &'a Recipe, size: &Size) -> Self {
        let (units, grassroots) = unit::lay_out(definition, recipe, size);
        let scale = share_of(size.enterprises, recipe.city.full).min(1.0);
        let plan = Plan::new(definition, recipe, &grassroots, scale, size);
        let officers = Officers::new(recipe, &units, &grassroots);
        let (seed, has_history) = (size.seed, size.history);
        Self {
            definition,
            recipe,
            seed,
            units,
            grassroots,
            first_union: 1,
            plan,
            scale,
            has_history,
            officers,
        }
    }

    /// All units; those above come before those below.
    pub fn units(&self) -> &[DemoUnit] {
        &self.units
    }

    /// All records, made one by one, by unit and form. The same city always gives the same.
    pub fn records(&self) -> impl Iterator<Item = DemoRecord> + '_ {
        Records::new(self)
    }

    /// How many records there are, without making them.
    pub fn record_count(&self) -> usize {
        self.plan.records
    }

    /// By what the totals of the whole city are multiplied: 1 from the
    /// recipe's full size on, less for a smaller one.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Millionths of the document's counts that are the city's targets, so
    /// that a small city looks like a large one.
    pub fn target_ppm(&self) -> i64 {
        i64::try_from(shares::whole_part((self.scale * 1e6).round())).unwrap_or(1_000_000)
    }

    /// Counts that are the city's targets although they are no such part of the document's: those that do not
    /// depend on its size, and those that would become too small to mean anything.
    pub fn own_targets(&self) -> BTreeMap<String, i64> {
        targets::own_targets(self.definition, self.recipe, self.scale)
    }

    /// The day at which it stops.
    pub fn business_day(&self) -> BusinessDay {
        self.recipe.business_day()
    }

    /// When its roster was entered, in a city with history: on the first working day of the campaign.
    pub fn units_entered(&self) -> Option<Timestamp> {
        self.has_history.then(|| history::first_morning(self.definition))
    }

    /// Who does something at a level above a unit, or at the unit itself.
    fn officer(&self, unit: &Grassroots, level: Level, is_second: bool) -> String {
        self.officers.name(self, unit, level, is_second)
    }

    /// Who may sign in.
    pub fn accounts(&self) -> Vec<DemoAccount> {
        account::accounts(self)
    }

    /// The years that a form speaks of.
    fn years(&self, kind: FormKind) -> (Year, usize) {
        years(self.definition, kind)
    }
}

/// First year and number of years that a form of this kind speaks of.
fn years(definition: &Definition, kind: FormKind) -> (Year, usize) {
    let campaign = definition.first_campaign();
    let span = if kind == FormKind::Baseline { campaign.baseline } else { campaign.period };
    (span.first, usize::try_from(span.count()).unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "units of a city are far below 2^53")]
fn share_of(part: usize, whole: f64) -> f64 {
    part as f64 / whole
}
