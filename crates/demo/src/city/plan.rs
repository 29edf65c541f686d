//! Plans how many records of which kind each unit has, before the first one is made.
//!
//! Some registers can be supplemented by a return ("elastic" ones: a step of a
//! return contains `rest_of`). Their records are made one by one, as many as the
//! requested number of records allows; the returns state the rest of their totals.

use campaign::definition::{Definition, FormKind};

use super::{
    Size,
    shares::{divide, divide_within, listed_shares, number, whole_part},
    targets,
    unit::Grassroots,
    years,
};
use crate::{
    random::{Random, shuffled},
    recipe::{FormRecipe, Recipe, field_maker::What},
};

/// Numbers for every unit and year of a form, the years of a unit side by side.
pub(crate) type Grid<T> = Vec<T>;

/// How many records each unit has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// Facts by the recipe's forms: records of registers, 1 or 0 for returns.
    pub(crate) listed: Vec<Grid<u32>>,
    /// What registers leave to be stated as numbers.
    pub(crate) rest: Vec<Grid<u32>>,
    /// Units' parts of totals.
    pub(crate) totals: Vec<Grid<u32>>,
    /// All records.
    pub(crate) records: usize,
}

/// What a plan is made from.
struct Maker<'a> {
    definition: &'a Definition,
    recipe: &'a Recipe,
    units: &'a [Grassroots],
    scale: f64,
    seed: u64,
    /// The year of the campaign that still runs on the business day.
    running: Option<usize>,
}

impl Plan {
    /// Decides it.
    pub(crate) fn new(
        definition: &Definition,
        recipe: &Recipe,
        units: &[Grassroots],
        scale: f64,
        size: &Size,
    ) -> Self {
        let running = running_year(definition, recipe);
        let maker = Maker { definition, recipe, units, scale, seed: size.seed, running };
        let mut plan = Self {
            listed: vec![Vec::new(); recipe.forms.len()],
            rest: vec![Vec::new(); recipe.forms.len()],
            ..Self::default()
        };
        let mut in_returns = recipe.city.union.iter().filter(|union| union.get_ref().states_baseline).count()
            * recipe
                .forms
                .iter()
                .filter(|form| form.kind.states_baselines())
                .map(|form| years(definition, form.kind).1)
                .sum::<usize>();
        for (position, form) in recipe.forms.iter().enumerate() {
            if !form.kind.is_register() {
                plan.listed[position] = maker.returns(position, form);
                in_returns += count(&plan.listed[position]);
            }
        }
        maker.registers(&mut plan, size.records.saturating_sub(in_returns));
        plan.totals = maker.totals(&plan);
        let registers = maker.registers_of(true).chain(maker.registers_of(false));
        let there: f64 = registers.map(|position| maker.expected(position, &plan.listed[position])).sum();
        plan.records = in_returns + usize::try_from(whole_part(there)).unwrap_or(usize::MAX);
        plan
    }
}

/// The year of the campaign that still runs on the business day, if one does.
fn running_year(definition: &Definition, recipe: &Recipe) -> Option<usize> {
    let day = recipe.business_day().date();
    let is_last = (day.month(), day.day()) == (12, 31);
    usize::try_from(day.year() - definition.first_campaign().period.first).ok().filter(|_| !is_last)
}

fn count(grid: &Grid<u32>) -> usize {
    grid.iter().map(|count| *count as usize).sum()
}

impl Maker<'_> {
    /// Positions of registers that returns can supplement, or of the others.
    fn registers_of(&self, is_elastic: bool) -> impl Iterator<Item = usize> + '_ {
        let forms = self.recipe.forms.iter().enumerate();
        forms
            .filter(move |(position, form)| {
                form.kind.is_register() && self.return_for(*position).is_some() == is_elastic
            })
            .map(|(position, _)| position)
    }

    /// Position of the return that states what the register at `position` leaves.
    fn return_for(&self, position: usize) -> Option<usize> {
        self.recipe.forms.iter().position(|form| {
            form.steps
                .iter()
                .any(|step| matches!(step.maker.what, What::Rest(register) if register == position))
        })
    }

    /// Which unit states a return for which year.
    fn returns(&self, position: usize, form: &FormRecipe) -> Grid<u32> {
        let (_, years) = years(self.definition, form.kind);
        let mut grid = Vec::with_capacity(self.units.len() * years);
        for (index, unit) in self.units.iter().enumerate() {
            let mut random = Random::from_seeds([self.seed, index as u64, position as u64, 0x73_7461]);
            if form.kind.states_baselines() {
                let usual = form.written.missing.as_ref().map_or(0.0, |share| share.in_year(0));
                let missing = form.written.missing_needed.filter(|_| self.is_needed(unit)).unwrap_or(usual);
                let is_stated = unit.founded.is_none() && !random.chance(missing);
                grid.extend((0..years).map(|_| u32::from(is_stated)));
            } else {
                for year in 0..years {
                    if self.running.is_some_and(|running| year >= running) {
                        // Returns are of years that have ended.
                        grid.push(0);
                        continue;
                    }
                    let missing = form.written.missing.as_ref().map_or(0.0, |share| share.in_year(year));
                    let vigour = self.performance(unit, year);
                    let is_stated = !random.chance(missing / (vigour * vigour)) && unit.lives(year);
                    grid.push(u32::from(is_stated));
                }
            }
        }
        grid
    }

    /// Whether a union that makes no statement of its own rests on this unit's.
    fn is_needed(&self, unit: &Grassroots) -> bool {
        let silent = |union: usize| !self.recipe.city.union[union].get_ref().states_baseline;
        silent(unit.union) || unit.guide.is_some_and(silent)
    }

    fn performance(&self, unit: &Grassroots, year: usize) -> f64 {
        unit.performance(self.recipe, year)
    }

    /// Totals of a register by year, at this city's size.
    fn yearly(&self, position: usize) -> Vec<f64> {
        let form = &self.recipe.forms[position];
        let (_, years) = years(self.definition, form.kind);
        let totals = form.written.totals.as_deref().unwrap_or_default();
        let scale = targets::scale_of(self.definition, self.recipe, form, self.scale);
        // Rounded as they add up, so that even a small city has its share of what is rare.
        let (mut sum, mut given) = (0.0, 0.0);
        (0..years)
            .map(|year| {
                let has_begun = self.running.is_none_or(|running| year <= running);
                let total = if has_begun { totals.get(year).copied().unwrap_or(0.0) } else { 0.0 };
                sum += total * scale;
                let part = f64::round(sum) - given;
                given += part;
                part
            })
            .collect()
    }

    /// The share of a register's records of a year that the business day leaves.
    fn elapsed(&self, position: usize, year: usize) -> f64 {
        if self.running != Some(year) {
            return 1.0;
        }
        let (months, day) = (&self.recipe.forms[position].months, self.recipe.business_day().date());
        let month = usize::try_from(day.month() - 1).unwrap_or(0);
        let before = month.checked_sub(1).map_or(0.0, |before| months[before]);
        let part = f64::from(day.day()) / f64::from(day.days_in_month());
        (before + (months[month] - before) * part) / months[11]
    }

    /// How many of the planned records of a register there are on the business day.
    fn expected(&self, position: usize, grid: &Grid<u32>) -> f64 {
        let (_, years) = years(self.definition, self.recipe.forms[position].kind);
        let place = grid.iter().enumerate();
        place.map(|(place, count)| f64::from(*count) * self.elapsed(position, place % years.max(1))).sum()
    }

    /// Plans all registers with about `records` records in all.
    fn registers(&self, plan: &mut Plan, records: usize) {
        let records = number(records as u64);
        let firm: Vec<usize> = self.registers_of(false).collect();
        let elastic: Vec<usize> = self.registers_of(true).collect();
        let there = |position: usize, totals: &[f64]| -> f64 {
            (0..).zip(totals).map(|(year, total)| total * self.elapsed(position, year)).sum()
        };
        let sum =
            |positions: &[usize]| -> f64 { positions.iter().map(|p| there(*p, &self.yearly(*p))).sum() };
        let shrink = if sum(&firm) > records { records / sum(&firm) } else { 1.0 };
        let mut left = records;
        for position in self.in_order(&firm) {
            let years: Vec<u64> =
                self.yearly(position).iter().map(|total| whole_part((total * shrink).round())).collect();
            let grid = self.divide_register(position, &years, plan);
            left -= self.expected(position, &grid);
            plan.listed[position] = grid;
        }
        let mut totals: Vec<Vec<f64>> = elastic.iter().map(|p| self.yearly(*p)).collect();
        let beyond = (left - sum(&elastic)).max(0.0);
        self.add_surplus(&elastic, &mut totals, beyond);
        let mut due = left.max(0.0);
        let weighted: Vec<Vec<f64>> = elastic
            .iter()
            .zip(&totals)
            .map(|(position, totals)| {
                let there = |(year, total): (usize, &f64)| {
                    total * self.elapsed(*position, year) * self.habit(year, totals.len())
                };
                totals.iter().enumerate().map(there).collect()
            })
            .collect();
        let shares = listed_shares(due, &self.elasticity(&elastic, &weighted));
        for ((position, totals), share) in elastic.iter().zip(&totals).zip(shares) {
            let wanted: Vec<u64> = (0..)
                .zip(totals)
                .map(|(year, total)| {
                    let share = (share * self.habit(year, totals.len())).min(1.0);
                    let there = self.elapsed(*position, year);
                    let most = if there > 0.0 { whole_part(due / there) } else { 0 };
                    let wanted = whole_part((total * share).round()).min(most);
                    due = (due - number(wanted) * there).max(0.0);
                    wanted
                })
                .collect();
            self.elastic(*position, totals, &wanted, plan);
        }
    }

    /// How much more than on average is registered one by one in a year: while the campaign runs, more from year to
    /// year. So the running year, for which no return states the rest yet, stands beside a year not unlike it.
    fn habit(&self, year: usize, years: usize) -> f64 {
        if self.running.is_none() {
            return 1.0;
        }
        2.0 * number(year as u64 + 1) / number(years as u64 + 1)
    }

    /// Registers after those whose units they need.
    fn in_order(&self, positions: &[usize]) -> Vec<usize> {
        let mut order = positions.to_vec();
        order.sort_by_key(|position| (self.recipe.forms[*position].with.is_some(), *position));
        order
    }

    /// Total, eagerness and bound of every elastic register.
    fn elasticity(&self, elastic: &[usize], totals: &[Vec<f64>]) -> Vec<(f64, f64, f64)> {
        let of = |position: &usize| &self.recipe.forms[*position].written;
        elastic
            .iter()
            .zip(totals)
            .map(|(p, totals)| (totals.iter().sum(), of(p).eager, of(p).listed.unwrap_or(1.0)))
            .collect()
    }

    /// Raises the totals of registers that take what is asked for beyond all totals.
    fn add_surplus(&self, elastic: &[usize], totals: &mut [Vec<f64>], beyond: f64) {
        let takers: Vec<usize> =
            (0..elastic.len()).filter(|i| self.recipe.forms[elastic[*i]].written.surplus).collect();
        let sum: f64 = takers.iter().flat_map(|taker| &totals[*taker]).sum();
        if beyond > 0.0 && sum > 0.0 {
            for taker in takers {
                totals[taker].iter_mut().for_each(|total| *total = (*total * (1.0 + beyond / sum)).ceil());
            }
        }
    }

    /// Divides a register's records of each year among units.
    fn divide_register(&self, position: usize, totals: &[u64], plan: &Plan) -> Grid<u32> {
        let form = &self.recipe.forms[position];
        let years = totals.len();
        let mut grid = vec![0; self.units.len() * years];
        let mut caps = vec![form.written.per_unit.unwrap_or(u32::MAX); self.units.len()];
        for (year, total) in totals.iter().enumerate() {
            let weights = self.weights(position, year, 1.0, plan);
            let parts = divide_within(*total, &weights, &caps, &self.order(position, year));
            caps.iter_mut().zip(&parts).for_each(|(cap, part)| *cap -= part);
            spread(&mut grid, years, year, &parts);
        }
        grid
    }

    /// Divides an elastic register: what is kept one by one and what is left.
    fn elastic(&self, position: usize, totals: &[f64], wanted: &[u64], plan: &mut Plan) {
        let years = totals.len();
        let units = self.units.len();
        let (mut listed, mut rest) = (vec![0; units * years], vec![0; units * years]);
        let in_returns = self.return_for(position).map(|form| plan.listed[form].clone()).unwrap_or_default();
        for (year, total) in totals.iter().enumerate() {
            let order = self.order(position, year);
            let weights = self.weights(position, year, 1.0, plan);
            let all = divide(whole_part(*total), &weights, &order);
            let habit =
                |unit: usize| f64::from(all[unit]) * f64::from(u8::from(self.units[unit].registers_in(year)));
            let habits: Vec<f64> = (0..units).map(habit).collect();
            let mut registered = divide_within(wanted[year], &habits, &all, &order);
            let short = wanted[year] - registered.iter().map(|count| u64::from(*count)).sum::<u64>();
            let room: Vec<u32> =
                all.iter().zip(&registered).map(|(all, registered)| all - registered).collect();
            let weights: Vec<f64> = room.iter().map(|room| f64::from(*room)).collect();
            let more = divide_within(short, &weights, &room, &order);
            registered.iter_mut().zip(more).for_each(|(registered, more)| *registered += more);
            let open: Vec<f64> = (0..units)
                .map(|unit| {
                    f64::from(all[unit] - registered[unit])
                        * f64::from(in_returns.get(unit * years + year).copied().unwrap_or(0))
                })
                .collect();
            let registered_sum: u64 = registered.iter().map(|count| u64::from(*count)).sum();
            let left = divide(whole_part(*total).saturating_sub(registered_sum), &open, &order);
            spread(&mut listed, years, year, &registered);
            spread(&mut rest, years, year, &left);
        }
        plan.listed[position] = listed;
        plan.rest[position] = rest;
    }

    /// Divides the totals of the whole city among the units that state them.
    fn totals(&self, plan: &Plan) -> Vec<Grid<u32>> {
        let divided = self.recipe.totals.iter().enumerate().map(|(place, total)| {
            let form = &self.recipe.forms[total.form];
            let (_, years) = years(self.definition, form.kind);
            let mut grid = vec![0; self.units.len() * years];
            let is_past = form.kind.states_baselines();
            for year in 0..years {
                let when = if is_past { 0 } else { year };
                let mut weights = match total.like {
                    Some(like) => self.weights(
                        like,
                        when,
                        if is_past { self.recipe.city.noise.past } else { 1.0 },
                        plan,
                    ),
                    None => self.units.iter().map(|unit| unit.size).collect(),
                };
                for (index, unit) in self.units.iter().enumerate() {
                    let is_there = if is_past {
                        unit.founded.is_none()
                    } else {
                        plan.listed[total.form][index * years + year] > 0
                    };
                    weights[index] *= f64::from(u8::from(is_there));
                }
                let amount = whole_part((total.years.in_year(year) * self.scale).round());
                spread(&mut grid, years, year, &divide(amount, &weights, &self.order(1000 + place, 0)));
            }
            grid
        });
        divided.collect()
    }

    /// How much of a register falls to each unit in a year. `past` is how much of its vigour it has.
    fn weights(&self, position: usize, year: usize, past: f64, plan: &Plan) -> Vec<f64> {
        let form = &self.recipe.forms[position];
        let city = &self.recipe.city;
        let group =
            |unit: &Grassroots| form.written.groups.get(&city.group[unit.group].get_ref().id).copied();
        let sector =
            |unit: &Grassroots| form.written.sectors.get(&city.sector[unit.sector].get_ref().id).copied();
        let scatter: Vec<f64> = (0..city.union.len())
            .map(|union| {
                let mut random =
                    Random::from_seeds([self.seed, union as u64, position as u64, year as u64, 0x75]);
                (1.0 + city.noise.union * random.normal()).max(0.2)
            })
            .collect();
        let needed = form.with.map(|with| (&plan.listed[with], years(self.definition, FormKind::Register).1));
        let has_needed = |index: usize| {
            needed.is_none_or(|(grid, years)| {
                grid.get(index * years..=index * years + year)
                    .is_some_and(|counts| counts.iter().any(|count| *count > 0))
            })
        };
        let weight = |(index, unit): (usize, &Grassroots)| {
            if !unit.lives(year) || !has_needed(index) {
                return 0.0;
            }
            unit.size.powf(form.written.by_size)
                * group(unit).unwrap_or(1.0)
                * sector(unit).unwrap_or(1.0)
                * self.performance(unit, year).powf(past)
                * scatter[unit.union]
        };
        self.units.iter().enumerate().map(weight).collect()
    }

    /// In which order units take their turn.
    fn order(&self, position: usize, year: usize) -> Vec<usize> {
        shuffled(self.units.len(), &mut Random::from_seeds([self.seed, position as u64, year as u64, 0x6f]))
    }
}

/// Puts the numbers of one year into a grid.
fn spread(grid: &mut [u32], years: usize, year: usize, parts: &[u32]) {
    for (unit, part) in parts.iter().enumerate() {
        grid[unit * years + year] = *part;
    }
}
