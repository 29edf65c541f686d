//! The units of a city: the region, its unions, the unions between them and the enterprises, enterprises, teams.

use std::{collections::HashSet, ops::Range};

use campaign::definition::{Definition, Values};
use model::{ids::UnitId, value::Value};

use super::{
    Size,
    make::Occasion,
    naming::Naming,
    shares::{divide, number, whole_part},
};
use crate::{
    person_names,
    random::{Random, shuffled},
    recipe::{Recipe, RosterValues, written},
};

/// What sort of unit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitSort {
    /// A union above the grass roots.
    Union,
    /// A grass-roots union.
    Grassroots,
    /// A team below an enterprise.
    Team,
}

/// One invented unit (the unions of the first two levels bear real names).
#[derive(Debug, Clone, PartialEq)]
pub struct DemoUnit {
    /// Its id.
    pub id: UnitId,
    /// Its union statistics code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What sort of unit it is.
    pub kind: UnitSort,
    /// The union it belongs to.
    pub parent: Option<UnitId>,
    /// The union that guides its work besides.
    pub guidance: Option<UnitId>,
    /// What the roster says of it, by position of the field.
    pub values: Values,
}

/// What the making of records needs to know of a grass-roots unit.
#[derive(Debug, Clone)]
pub(crate) struct Grassroots {
    /// Its place among the grass-roots units.
    pub(crate) index: usize,
    /// Its place among all units.
    pub(crate) place: usize,
    /// Position in the recipe of the union it belongs to, of the one that guides it, of its sector and group.
    pub(crate) union: usize,
    pub(crate) guide: Option<usize>,
    pub(crate) sector: usize,
    pub(crate) group: usize,
    /// Size against the average.
    pub(crate) size: f64,
    /// How well it does against its union.
    pub(crate) factor: f64,
    /// Year of the campaign in which it was founded or closed.
    pub(crate) founded: Option<usize>,
    pub(crate) closed: Option<usize>,
    /// Year of the campaign in which it begins to keep registers; `None` for never.
    pub(crate) registers_from: Option<usize>,
    /// Numbers that stay with it.
    pub(crate) traits: Vec<f64>,
    /// Its first person, and how many work there at a time.
    pub(crate) first_person: u64,
    pub(crate) workers: u64,
    /// Whether it is an enterprise.
    pub(crate) is_enterprise: bool,
    /// Places of its teams among all units.
    pub(crate) teams: Range<usize>,
    /// Its name without the mark of invention.
    pub(crate) short: String,
}

impl Grassroots {
    /// Whether it exists in this year of the campaign.
    pub(crate) fn lives(&self, year: usize) -> bool {
        self.founded.is_none_or(|first| year >= first) && self.closed.is_none_or(|last| year <= last)
    }

    /// Its stage of life in this year of the campaign.
    pub(crate) fn life(&self, year: usize) -> &'static str {
        if self.closed == Some(year) {
            "last"
        } else if self.founded == Some(year) {
            "first"
        } else {
            "running"
        }
    }

    /// How well it does in this year of the campaign.
    pub(crate) fn performance(&self, recipe: &Recipe, year: usize) -> f64 {
        let union = recipe.city.union[self.union].get_ref();
        let years = i32::try_from(year).unwrap_or(0);
        (union.vigour * union.trend.powi(years) * self.factor).clamp(0.1, 5.0)
    }

    /// Whether it keeps registers in this year of the campaign.
    pub(crate) fn registers_in(&self, year: usize) -> bool {
        self.registers_from.is_some_and(|first| year >= first)
    }

    /// How many persons are put aside for it.
    pub(crate) fn persons(&self) -> u64 {
        self.workers * 8 + 1_000
    }
}

/// Lays out all units of a city.
pub(crate) fn lay_out(
    definition: &Definition,
    recipe: &Recipe,
    size: &Size,
) -> (Vec<DemoUnit>, Vec<Grassroots>) {
    let mut builder = Builder {
        definition,
        recipe,
        seed: size.seed,
        units: Vec::new(),
        names: HashSet::new(),
        naming: Naming::new(definition, recipe),
    };
    let city = &recipe.city;
    let root = builder.union(&city.root.code, &city.root.name, None, &recipe.roster.root);
    let unions: Vec<UnitId> = city
        .union
        .iter()
        .zip(&recipe.roster.unions)
        .map(|(union, values)| {
            builder.union(&union.get_ref().code, &union.get_ref().name, Some(root), values)
        })
        .collect();
    let mut drafts = builder.drafts(size.enterprises);
    let homes = builder.streets(&unions, &drafts);
    for (draft, home) in drafts.iter_mut().zip(homes) {
        builder.enterprise(draft, home, &unions);
    }
    builder.teams(&mut drafts, size.teams);
    (builder.units, drafts)
}

struct Builder<'a> {
    definition: &'a Definition,
    recipe: &'a Recipe,
    seed: u64,
    units: Vec<DemoUnit>,
    names: HashSet<String>,
    naming: Naming<'a>,
}

impl Builder<'_> {
    fn add(&mut self, code: &str, name: &str, kind: UnitSort, parent: Option<UnitId>) -> UnitId {
        let id = UnitId(i64::try_from(self.units.len()).unwrap_or(i64::MAX).saturating_add(1));
        let mut values = self.definition.forms[self.definition.roster].no_values();
        let roster = &self.recipe.roster;
        values[roster.code] = Some(Value::Text(code.to_owned()));
        values[roster.name_field] = Some(Value::Text(name.to_owned()));
        let above = parent.and_then(|parent| self.unit(parent)).map(|unit| unit.code.clone());
        values[roster.parent] = above.map(Value::Text);
        let (code, name) = (code.to_owned(), name.to_owned());
        self.units.push(DemoUnit { id, code, name, kind, parent, guidance: None, values });
        id
    }

    fn unit(&self, id: UnitId) -> Option<&DemoUnit> {
        usize::try_from(id.0 - 1).ok().and_then(|place| self.units.get(place))
    }

    fn union(&mut self, code: &str, name: &str, parent: Option<UnitId>, values: &RosterValues) -> UnitId {
        let id = self.add(code, name, UnitSort::Union, parent);
        if let Some(unit) = self.units.last_mut() {
            for (position, value) in values {
                unit.values[*position] = Some(value.clone());
            }
        }
        id
    }

    /// The enterprises without their names, those of one union side by side.
    fn drafts(&self, enterprises: usize) -> Vec<Grassroots> {
        let city = &self.recipe.city;
        let shares: Vec<f64> = city.union.iter().map(|union| union.get_ref().share).collect();
        let order: Vec<usize> = (0..shares.len()).collect();
        let counts = divide(enterprises as u64, &shares, &order);
        let ranks = shuffled(enterprises, &mut Random::from_seeds([self.seed, 0x7261_6e6b]));
        let mut drafts = Vec::with_capacity(enterprises);
        for (union, count) in counts.iter().enumerate() {
            for _ in 0..*count {
                let index = drafts.len();
                drafts.push(self.draft(index, union, ranks[index], enterprises));
            }
        }
        let mean = drafts.iter().map(|draft| draft.size).sum::<f64>() / number(enterprises.max(1) as u64);
        let mut person = 0;
        for draft in &mut drafts {
            draft.size /= mean;
            draft.workers = whole_part(draft.size * city.enterprise.workers).max(10);
            draft.first_person = person;
            person += draft.persons();
        }
        drafts
    }

    fn draft(&self, index: usize, union: usize, rank: usize, of: usize) -> Grassroots {
        let city = &self.recipe.city;
        let home = city.union[union].get_ref();
        let mut random = Random::from_seeds([self.seed, index as u64, 0x756e_6974]);
        let sector = self.sector(home, &mut random);
        let allowed = &city.sector[sector].get_ref().groups;
        let weights: Vec<f64> = city
            .group
            .iter()
            .map(toml::Spanned::get_ref)
            .map(|group| if allowed.is_empty() || allowed.contains(&group.id) { group.weight } else { 0.0 })
            .collect();
        let group = draw(&weights, &mut random);
        // A quantile of a Pareto distribution; ranks make every size appear in every city.
        let quantile = (number(rank as u64) + 0.5) / number(of as u64);
        let size = (1.0 - quantile).powf(-1.0 / city.enterprise.tail).min(city.enterprise.largest);
        let guide = city.sector[sector].get_ref().guide.as_ref();
        let guide = guide.and_then(|code| city.union.iter().position(|union| union.get_ref().code == *code));
        let is_guided = random.chance(city.enterprise.guided);
        let (founded, closed) = self.life(&mut random);
        let registers_from = self.habit(&mut random);
        Grassroots {
            index,
            place: 0,
            union,
            guide: guide.filter(|guide| is_guided && *guide != union && home.sectors.is_empty()),
            sector,
            group,
            size: size * home.size * city.group[group].get_ref().size,
            factor: (city.noise.unit * random.normal()).exp(),
            founded,
            closed,
            registers_from,
            traits: self
                .recipe
                .traits
                .iter()
                .map(|[low, high]| low + (high - low) * random.share())
                .collect(),
            first_person: 0,
            workers: 0,
            is_enterprise: true,
            teams: 0..0,
            short: String::new(),
        }
    }

    /// A sector for an enterprise of this union.
    fn sector(&self, home: &written::Union, random: &mut Random) -> usize {
        let sectors = self.recipe.city.sector.iter().map(toml::Spanned::get_ref);
        let fits = |id: &String| home.sectors.is_empty() || home.sectors.contains(id);
        let weights: Vec<f64> =
            sectors.map(|sector| if fits(&sector.id) { sector.weight } else { 0.0 }).collect();
        draw(&weights, random)
    }

    fn life(&self, random: &mut Random) -> (Option<usize>, Option<usize>) {
        let life = &self.recipe.city.life;
        let years = usize::try_from(self.definition.first_campaign().period.count()).unwrap_or(0);
        let founded = (0..years).find(|year| random.chance(life.founded.in_year(*year)));
        let closed = (founded.map_or(0, |year| year + 1)..years)
            .find(|year| random.chance(life.closed.in_year(*year)));
        (founded, closed)
    }

    fn habit(&self, random: &mut Random) -> Option<usize> {
        let habit = &self.recipe.city.habit;
        let years = u64::try_from(self.definition.first_campaign().period.count()).unwrap_or(1);
        let luck = random.share();
        if luck < habit.never {
            None
        } else if luck < habit.never + habit.late {
            Some(1 + random.index(usize::try_from(years.saturating_sub(2)).unwrap_or(0)))
        } else {
            Some(0)
        }
    }

    /// The unions between; for every enterprise the union directly above it.
    fn streets(&mut self, unions: &[UnitId], drafts: &[Grassroots]) -> Vec<UnitId> {
        let city = &self.recipe.city;
        let mut homes: Vec<UnitId> = drafts.iter().map(|draft| unions[draft.union]).collect();
        for (union, home) in city.union.iter().enumerate() {
            let home = home.get_ref();
            let members: Vec<usize> = drafts.iter().filter(|d| d.union == union).map(|d| d.index).collect();
            if home.streets.is_empty() || members.len() < city.street.from {
                continue;
            }
            let count = (members.len() / city.street.each.max(1)).clamp(1, home.streets.len());
            let mut streets = Vec::new();
            for (number, name) in home.streets.iter().take(count).enumerate() {
                let code = format!("{}9{:02}", home.code.get(..6).unwrap_or(&home.code), number + 1);
                let values = &self.recipe.roster.street;
                streets.push(self.union(&code, name, Some(unions[union]), values));
            }
            let mut random = Random::from_seeds([self.seed, union as u64, 0x0073_7472]);
            for member in members {
                if !random.chance(city.street.direct) {
                    homes[member] = streets[random.index(streets.len())];
                }
            }
        }
        homes
    }

    fn enterprise(&mut self, draft: &mut Grassroots, home: UnitId, unions: &[UnitId]) {
        let (recipe, seed) = (self.recipe, self.seed);
        let union = recipe.city.union[draft.union].get_ref();
        let code = format!("{}{:06}", union.code.get(..6).unwrap_or(&union.code), draft.index + 1);
        let mut random = Random::from_seeds([seed, draft.index as u64, 0x6e61_6d65]);
        draft.short = self.naming.name(draft, &mut random, &mut self.names);
        draft.place = self.units.len();
        let name = format!("{}{}", draft.short, recipe.city.mark);
        self.add(&code, &name, UnitSort::Grassroots, Some(home));
        let guide = draft.guide.map(|guide| unions[guide]);
        let guide_code = guide.and_then(|guide| self.unit(guide)).map(|guide| guide.code.clone());
        let Some(unit) = self.units.last_mut() else { return };
        unit.guidance = guide;
        let mut values = std::mem::take(&mut unit.values);
        values[recipe.roster.guidance] = guide_code.map(Value::Text);
        self.state(draft, &mut values, &mut random);
        let classifying = &self.definition.forms[self.definition.roster].classifying;
        let classes: Values = classifying.iter().map(|field| values[*field].clone()).collect();
        draft.is_enterprise = self.definition.classification.classify(&classes).is_enterprise;
        if let Some(unit) = self.units.last_mut() {
            unit.values = values;
        }
    }

    /// What the roster says of an enterprise.
    fn state(&self, draft: &Grassroots, values: &mut Values, random: &mut Random) {
        let (recipe, roster) = (self.recipe, &self.recipe.roster);
        let city = &recipe.city;
        let kinds = &city.group[draft.group].get_ref().kinds;
        let kind = draw(&kinds.iter().map(|kind| kind.weight).collect::<Vec<_>>(), random);
        let union = recipe.roster.unions[draft.union].iter();
        for (position, value) in union.chain(&roster.groups[draft.group][kind]) {
            values[*position] = Some(value.clone());
        }
        let codes = &city.sector[draft.sector].get_ref().codes;
        values[roster.sector] = codes.get(random.index(codes.len())).map(|code| Value::Code(code.clone()));
        let org_code = person_names::org_code(city.enterprise.org_code.prefix.get_ref(), draft.index as u64);
        if random.chance(city.enterprise.uscc.chance) {
            let uscc = person_names::uscc(city.enterprise.uscc.prefix.get_ref(), &org_code);
            values[roster.uscc] = Some(Value::Text(uscc));
        }
        if random.chance(city.enterprise.org_code.chance) {
            values[roster.org_code] = Some(Value::Text(org_code));
        }
        let mut occasion = Occasion::at_roster(self.definition, recipe, self.seed, draft);
        occasion.fill(&roster.steps, values);
    }

    /// Teams below the enterprises, the larger ones first in every round.
    fn teams(&mut self, drafts: &mut [Grassroots], teams: usize) {
        let weights = vec![1.0; drafts.len()];
        let mut order: Vec<usize> = (0..drafts.len()).collect();
        order.sort_by(|a, b| drafts[*b].size.total_cmp(&drafts[*a].size));
        let counts = divide(teams as u64, &weights, &order);
        for (draft, count) in drafts.iter_mut().zip(counts) {
            let first = self.units.len();
            let (id, code) = (self.units[draft.place].id, self.units[draft.place].code.clone());
            for number in 1..=count {
                let mut random =
                    Random::from_seeds([self.seed, draft.index as u64, number.into(), 0x7465_616d]);
                let name = self.naming.team(draft, number, &mut random);
                self.add(&format!("{code}{number:03}"), &name, UnitSort::Team, Some(id));
            }
            draft.teams = first..self.units.len();
        }
    }
}

/// A position by weight.
pub(crate) fn draw(weights: &[f64], random: &mut Random) -> usize {
    let mut luck = random.share() * weights.iter().sum::<f64>();
    for (position, weight) in weights.iter().enumerate() {
        luck -= weight;
        if luck < 0.0 && *weight > 0.0 {
            return position;
        }
    }
    weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
}
