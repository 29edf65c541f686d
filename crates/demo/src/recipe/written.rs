//! The recipe as it is written: one struct per table, read by serde.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A number for every year, or one number for each.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a number, or a list with one number for each year")]
pub(crate) enum Yearly {
    /// The same in every year.
    One(f64),
    /// Year by year; the last one holds on.
    Each(Vec<f64>),
}

impl Default for Yearly {
    fn default() -> Self {
        Self::One(1.0)
    }
}

impl Yearly {
    /// The number of the year at `index`.
    pub(crate) fn in_year(&self, index: usize) -> f64 {
        match self {
            Self::One(number) => *number,
            Self::Each(numbers) => numbers.get(index).or(numbers.last()).copied().unwrap_or(0.0),
        }
    }
}

/// `demonstration/city.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct City {
    pub(crate) full: f64,
    pub(crate) business_day: Spanned<String>,
    /// Days before the business day in which records may still be open.
    pub(crate) recent: i64,
    pub(crate) mark: String,
    pub(crate) targets: Targets,
    pub(crate) entry: Entry,
    pub(crate) noise: Noise,
    pub(crate) root: Root,
    pub(crate) union: Vec<Spanned<Union>>,
    pub(crate) street: Street,
    pub(crate) enterprise: Enterprise,
    pub(crate) team: Team,
    pub(crate) life: Life,
    pub(crate) habit: Habit,
    pub(crate) person: Person,
    pub(crate) sector: Vec<Spanned<Sector>>,
    pub(crate) group: Vec<Spanned<Group>>,
    #[serde(default)]
    pub(crate) account: Vec<Spanned<Account>>,
}

/// Which targets are smaller in a smaller city.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Targets {
    /// No count becomes less than this, nor more than it is.
    pub(crate) least: f64,
    /// Indicators whose counts do not depend on the size of the city.
    #[serde(default)]
    pub(crate) unscaled: Vec<Spanned<String>>,
}

/// When records are entered, against the days that they state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Days until something is entered: each range with its weight.
    pub(crate) delay: Spanned<Vec<Delay>>,
    /// Share that waits for the last days of the quarter.
    pub(crate) quarter_end: f64,
    /// How many days these are.
    pub(crate) quarter_days: i64,
    /// Share of units and forms whose records are entered complete, when all has been done.
    pub(crate) complete: f64,
    /// Share of records that are corrected once.
    pub(crate) corrected: f64,
    /// Days until then.
    pub(crate) corrected_after: [i64; 2],
}

/// A range of days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delay {
    pub(crate) weight: f64,
    pub(crate) days: [i64; 2],
}

/// How far results scatter, as deviations of a factor around 1.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noise {
    /// Of one enterprise against its union, the same in all years.
    pub(crate) unit: f64,
    /// Of one union in one year and form.
    pub(crate) union: f64,
    /// How much of a unit's vigour the years before the campaign had: 0 none, 1 all.
    pub(crate) past: f64,
}

/// The region itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Root {
    pub(crate) code: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}

/// A union of the second level.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Union {
    pub(crate) code: String,
    pub(crate) name: String,
    /// Its share of the enterprises, against the other unions.
    pub(crate) share: f64,
    /// How well it does: 1 is usual, 1.2 a star, 0.6 a laggard.
    #[serde(default = "one")]
    pub(crate) vigour: f64,
    /// By what its vigour is multiplied from year to year.
    #[serde(default = "one")]
    pub(crate) trend: f64,
    /// How large its enterprises are.
    #[serde(default = "one")]
    pub(crate) size: f64,
    /// Whether it states a baseline for everything under it.
    #[serde(default)]
    pub(crate) states_baseline: bool,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
    /// Names of the unions between it and the enterprises.
    #[serde(default)]
    pub(crate) streets: Vec<String>,
    /// Sectors of which its own enterprises are; empty for all.
    #[serde(default)]
    pub(crate) sectors: Vec<String>,
}

fn one() -> f64 {
    1.0
}

/// When unions are between a district and its enterprises.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Street {
    /// From so many enterprises on.
    pub(crate) from: usize,
    /// Enterprises in each.
    pub(crate) each: usize,
    /// Share of enterprises that stay with the district itself.
    pub(crate) direct: f64,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}

/// How enterprises are named and what the roster says of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enterprise {
    pub(crate) name: Spanned<String>,
    /// Exponent of the distribution of sizes: the smaller, the more unequal.
    pub(crate) tail: f64,
    /// The largest, in multiples of the smallest.
    pub(crate) largest: f64,
    /// Workers of an enterprise on average: how many persons it draws from.
    pub(crate) workers: f64,
    /// Share that the industrial union of its sector guides.
    pub(crate) guided: f64,
    /// Roster field that holds the sector's code.
    pub(crate) sector_field: Spanned<String>,
    /// Roster field for an organisation code, and the letters that no real one begins with.
    pub(crate) org_code: CodeField,
    /// Roster field for a unified social credit code, and what it begins with.
    pub(crate) uscc: CodeField,
    /// Numbers that stay with a unit, each between two bounds.
    #[serde(default)]
    pub(crate) traits: BTreeMap<String, [f64; 2]>,
    pub(crate) fields: Vec<Spanned<WrittenMaker>>,
}

/// An official code made up of a prefix that nobody bears.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeField {
    pub(crate) field: Spanned<String>,
    pub(crate) prefix: Spanned<String>,
    #[serde(default = "one")]
    pub(crate) chance: f64,
}

/// Teams below enterprises.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Team {
    pub(crate) name: Spanned<String>,
}

/// Units that come and go, as shares by campaign year.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Life {
    pub(crate) founded: Yearly,
    pub(crate) closed: Yearly,
}

/// Who keeps registers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Habit {
    /// Share of units that state numbers only.
    pub(crate) never: f64,
    /// Share of units that begin late, after the first year.
    pub(crate) late: f64,
}

/// How invented persons are named and numbered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) surnames: Spanned<String>,
    pub(crate) given: Spanned<String>,
    /// Share with a given name of one character.
    pub(crate) short: f64,
    /// Real persons, whose names nobody here may bear.
    pub(crate) never: Vec<String>,
    /// First two digits of ID numbers: a province that does not exist.
    pub(crate) province: Spanned<String>,
    pub(crate) born: [i16; 2],
    pub(crate) male: String,
    pub(crate) female: String,
    /// Telephone numbers begin so; six digits follow.
    pub(crate) phone: String,
}

/// Enterprises that do the same kind of work.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sector {
    pub(crate) id: String,
    pub(crate) weight: f64,
    /// Codes it spreads over.
    pub(crate) codes: Vec<String>,
    /// The union of the second level that guides it.
    #[serde(default)]
    pub(crate) guide: Option<String>,
    /// Groups of which its units are; empty for all.
    #[serde(default)]
    pub(crate) groups: Vec<String>,
}

/// Enterprises that belong to the same kind of owner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) weight: f64,
    #[serde(default = "one")]
    pub(crate) size: f64,
    /// What the roster says of them, with weights.
    pub(crate) kinds: Vec<GroupKind>,
}

/// One way in which units of a group are registered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupKind {
    pub(crate) weight: f64,
    pub(crate) values: BTreeMap<String, String>,
}

/// Somebody who may sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) role: String,
    /// The unit with this code.
    #[serde(default)]
    pub(crate) unit: Option<String>,
    /// The largest enterprise below the unit with this code.
    #[serde(default)]
    pub(crate) largest_of: Option<String>,
}

/// `demonstration/words.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) list: BTreeMap<String, Spanned<Vec<String>>>,
    #[serde(default)]
    pub(crate) group: BTreeMap<String, BTreeMap<String, Spanned<Vec<String>>>>,
}

/// `demonstration/registers/*.toml` and `demonstration/returns/*.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// Records of each year in the whole city.
    #[serde(default)]
    pub(crate) totals: Option<Vec<f64>>,
    /// Share that is kept one by one at most; the rest is stated as a number.
    #[serde(default)]
    pub(crate) listed: Option<f64>,
    /// How soon it is kept one by one, against other registers.
    #[serde(default = "one")]
    pub(crate) eager: f64,
    /// Takes the records that are asked for beyond all totals.
    #[serde(default)]
    pub(crate) surplus: bool,
    /// Exponent of a unit's size.
    #[serde(default = "one")]
    pub(crate) by_size: f64,
    /// Factors of groups.
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, f64>,
    /// Factors of sectors.
    #[serde(default)]
    pub(crate) sectors: BTreeMap<String, f64>,
    /// At most so many in one unit, in all years.
    #[serde(default)]
    pub(crate) per_unit: Option<u32>,
    /// Only units with a record of this register.
    #[serde(default)]
    pub(crate) with: Option<Spanned<String>>,
    /// Share of records that belong to teams, where there are any.
    #[serde(default)]
    pub(crate) at_teams: f64,
    /// Weights of the twelve months.
    #[serde(default)]
    pub(crate) months: Option<Spanned<Vec<f64>>>,
    /// Persons of a record, each with the pool it comes from.
    #[serde(default)]
    pub(crate) persons: BTreeMap<String, Spanned<Pool>>,
    /// Returns: share that is missing; baselines: share of enterprises that state none.
    #[serde(default)]
    pub(crate) missing: Option<Yearly>,
    /// Baselines: the same for enterprises that a union without a statement needs.
    #[serde(default)]
    pub(crate) missing_needed: Option<f64>,
    /// The indicator whose target says how much smaller the totals are in a smaller city.
    #[serde(default)]
    pub(crate) toward: Option<Spanned<String>>,
    /// Transitions that ask for nothing, in the order in which they are taken.
    #[serde(default)]
    pub(crate) passes: Vec<Spanned<Pass>>,
    pub(crate) fields: Vec<Spanned<WrittenMaker>>,
}

impl Form {
    /// The persons of a record, those first who must not be changed when two turn out to be one.
    pub(crate) fn people(&self) -> Vec<(&str, Pool)> {
        let mut people: Vec<_> =
            self.persons.iter().map(|(name, pool)| (name.as_str(), *pool.get_ref())).collect();
        people.sort_by_key(|(_, pool)| *pool);
        people
    }
}

/// A transition that asks for nothing: it is taken so many days after what came before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    pub(crate) take: String,
    pub(crate) days: [i64; 2],
    /// Only where the record states this field in the end.
    #[serde(default)]
    pub(crate) if_stated: Option<String>,
}

/// Where the persons of a record come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pool {
    /// Nobody twice in this register.
    Once,
    /// Nobody twice in a year before everybody had a turn.
    Yearly,
    /// One of a few.
    Few,
    /// Any worker of the unit.
    Any,
}

/// How one field is filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "keys of a written table, each checked when it becomes a step"
)]
pub(crate) struct WrittenMaker {
    pub(crate) id: Option<String>,
    #[serde(rename = "let")]
    pub(crate) aside: Option<String>,

    pub(crate) text: Option<String>,
    pub(crate) pick: Option<BTreeMap<String, Yearly>>,
    pub(crate) lifted: Vec<String>,
    pub(crate) flag: Option<Yearly>,
    pub(crate) number: Option<[f64; 2]>,
    pub(crate) decimal: Option<[f64; 2]>,
    pub(crate) yuan: Option<[f64; 2]>,
    pub(crate) event: bool,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after_year: bool,
    pub(crate) days: Option<[i64; 2]>,
    pub(crate) months: Option<String>,
    pub(crate) sector_codes: Option<Vec<usize>>,
    pub(crate) name_of: Option<String>,
    pub(crate) id_of: Option<String>,
    pub(crate) gender_of: Option<String>,
    pub(crate) phone_of: Option<String>,
    pub(crate) copy: Option<String>,
    pub(crate) record_of: Option<String>,
    pub(crate) its: Option<String>,
    pub(crate) another: bool,
    pub(crate) by: Option<String>,
    pub(crate) case: BTreeMap<String, WrittenMaker>,
    pub(crate) of: Option<String>,
    pub(crate) share: Option<[f64; 2]>,
    pub(crate) times: Option<String>,
    pub(crate) yearly: Option<Yearly>,
    pub(crate) down: bool,
    pub(crate) up: bool,
    pub(crate) total: Option<Vec<f64>>,
    pub(crate) like: Option<String>,
    pub(crate) rest_of: Option<String>,

    pub(crate) steady: bool,
    pub(crate) vigour: bool,
    pub(crate) skewed: bool,
    pub(crate) chance: Option<Yearly>,
    pub(crate) while_recent: bool,
    pub(crate) when: BTreeMap<String, Vec<String>>,
    pub(crate) if_stated: Option<String>,
    pub(crate) if_required: bool,
    pub(crate) if_positive: bool,
    #[serde(rename = "else")]
    pub(crate) otherwise: Option<i64>,
}
