//! The stream of records: they are made one after the other, and none is stored.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use campaign::{
    definition::{FieldIdx, Form, FormIdx, Values},
    kinds::ReferenceScope,
};
use jiff::civil::Date;
use model::{ids::UnitId, month::Year, value::Value};

use super::{
    City,
    history::{self, DemoVersion, Historian},
    make::{Occasion, ReferredRecord},
    unit::Grassroots,
};
use crate::{
    person_names::PERSONS,
    random::Random,
    recipe::{FormRecipe, written::Pool},
};

/// How often a record is made anew because its unit has one like it already.
const ATTEMPTS: u32 = 200;

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoRecord {
    /// Position of its form in the campaign.
    pub form: FormIdx,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// What it states, by position of the field.
    pub values: Values,
    /// How it came to state it, oldest first: the last version states `values`. Empty in a city without history.
    pub history: Vec<DemoVersion>,
    /// What tells it from all other records, when others may lead to it.
    pub key: Option<u64>,
    /// The records that it leads to, by the field: they come before it.
    pub referred: Vec<(FieldIdx, u64)>,
}

/// A record before it is known how it was entered.
struct Made {
    unit: UnitId,
    values: Values,
    /// Its day.
    event: Date,
    referred: Vec<(FieldIdx, u64)>,
}

/// The position in the stream: the next record to be made.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    /// First the unions, then the grass-roots units.
    unit: usize,
    form: usize,
    year: usize,
    record: u32,
    /// Records of this unit and form before this year.
    before: u32,
}

/// All records of a city.
pub(crate) struct Records<'a> {
    city: &'a City<'a>,
    place: Cursor,
    /// Identities of the unit and form in hand.
    seen: HashSet<u64>,
    /// Persons that were drawn in vain, so that nobody comes twice.
    wasted: u64,
}

impl<'a> Records<'a> {
    pub(crate) fn new(city: &'a City<'a>) -> Self {
        Self { city, place: Cursor::default(), seen: HashSet::new(), wasted: 0 }
    }

    /// Position in the recipe of the form in hand.
    fn form(&self) -> usize {
        self.city.recipe.order[self.place.form]
    }

    /// How many records the unit in hand has of the form and year in hand.
    fn due(&self) -> u32 {
        let unions = self.city.recipe.city.union.len();
        let form = &self.city.recipe.forms[self.form()];
        if self.place.unit < unions {
            let states = self.city.recipe.city.union[self.place.unit].get_ref().states_baseline;
            return u32::from(form.kind.states_baselines() && states);
        }
        let (_, years) = self.city.years(form.kind);
        let unit = self.place.unit - unions;
        self.city.plan.listed[self.form()].get(unit * years + self.place.year).copied().unwrap_or(0)
    }

    /// Moves on to the next unit, form and year; `false` at the end.
    fn advance(&mut self) -> bool {
        let (_, years) = self.city.years(self.city.recipe.forms[self.form()].kind);
        self.place.before += self.place.record;
        self.place.record = 0;
        self.place.year += 1;
        if self.place.year >= years {
            self.place = Cursor { form: self.place.form + 1, unit: self.place.unit, ..Cursor::default() };
            self.seen.clear();
            self.wasted = 0;
        }
        if self.place.form >= self.city.recipe.forms.len() {
            self.place = Cursor { unit: self.place.unit + 1, ..Cursor::default() };
        }
        self.place.unit < self.city.recipe.city.union.len() + self.city.grassroots.len()
    }

    /// The record in hand; `None` when its unit has too many like it already, or when it is not there yet.
    fn record(&mut self) -> Option<DemoRecord> {
        let unions = self.city.recipe.city.union.len();
        let form = &self.city.recipe.forms[self.form()];
        if self.place.unit < unions {
            return self.city.statement(self.place.unit, form, &self.place);
        }
        let unit = &self.city.grassroots[self.place.unit - unions];
        let identity = &self.city.definition.forms[form.form].identity;
        for attempt in 0..ATTEMPTS {
            let fact = self.city.record(unit, form, &self.place, self.wasted, attempt)?;
            if self.seen.insert(digest(&fact.values, identity)) {
                let mut made = self.city.with_history(unit, form, &self.place, fact)?;
                let is_referred =
                    self.city.recipe.forms.iter().any(|other| other.referred().any(|to| to == self.form()));
                made.key = is_referred.then(|| key(unit.index, self.form(), &self.place));
                return Some(made);
            }
            self.wasted += 1;
        }
        None
    }
}

impl Iterator for Records<'_> {
    type Item = DemoRecord;

    fn next(&mut self) -> Option<DemoRecord> {
        if self.city.recipe.forms.is_empty() {
            return None;
        }
        loop {
            while self.place.record >= self.due() {
                if !self.advance() {
                    return None;
                }
            }
            let fact = self.record();
            self.place.record += 1;
            if fact.is_some() {
                return fact;
            }
        }
    }
}

impl City<'_> {
    /// One record, return or statement of a grass-roots unit; `None` for one that has not come yet.
    fn record(
        &self,
        unit: &Grassroots,
        form: &FormRecipe,
        place: &Cursor,
        wasted: u64,
        attempt: u32,
    ) -> Option<Made> {
        let (first, _) = self.years(form.kind);
        let year = first.saturating_add(Year::try_from(place.year).unwrap_or(0));
        let seeds = [
            self.seed,
            unit.index as u64,
            form.form.number() as u64,
            place.year as u64,
            place.record.into(),
            attempt.into(),
        ];
        let mut random = Random::from_seeds(seeds);
        let event = event(form, year, &mut random);
        let (persons, round) = self.persons(unit, form, place, wasted, &mut random);
        let is_past = form.kind.states_baselines();
        let mut occasion = Occasion {
            recipe: self.recipe,
            form: &self.definition.forms[form.form],
            city: Some(self),
            unit,
            year,
            index: place.year,
            vigour: if is_past { 1.0 } else { unit.performance(self.recipe, place.year) },
            serial: place.record + 1,
            round,
            event,
            persons,
            steady: self.seed ^ (form.form.number() as u64).rotate_left(32),
            random,
            referred: Vec::new(),
        };
        let mut values = self.blank(form, year, self.units[unit.place].id);
        occasion.fill(&form.steps, &mut values);
        // Values that only later steps use come after the fields.
        let mut values: Values = values.into_iter().take(occasion.form.fields.len()).collect();
        let mut id = self.reporter(unit, form, &mut occasion.random);
        for (field, to) in occasion.form.references() {
            let own = occasion.referred.iter().find(|(slot, _)| *slot == field.number());
            // What leads to a record of its own unit is of that unit.
            if let Some((_, referred)) = own.filter(|_| to.scope == ReferenceScope::OwnUnit) {
                id = referred.unit;
            }
        }
        let referred = occasion.referred.iter().filter_map(|(slot, referred)| {
            let field = FieldIdx::new(*slot);
            let is_stated = values.value(field).and_then(Value::as_str) == Some(&referred.name);
            is_stated.then_some((field, referred.key))
        });
        let referred: Vec<(FieldIdx, u64)> = referred.collect();
        if let Some(field) = occasion.form.unit {
            values[field] = Some(Value::Unit(id));
        }
        history::is_there(occasion.form, &values).then_some(Made { unit: id, values, event, referred })
    }

    /// A record of a register of this unit, of one of the last two years or of the same one; `None` where it has none.
    pub(crate) fn any_record(
        &self,
        unit: &Grassroots,
        form: usize,
        (year, same_year): (usize, bool),
        random: &mut Random,
    ) -> Option<ReferredRecord> {
        let recipe = &self.recipe.forms[form];
        let (_, years) = self.years(recipe.kind);
        let listed = |year: usize| {
            let grid = self.plan.listed.get(form)?;
            grid.get(unit.index * years + year).copied()
        };
        let first = if same_year { year } else { year.saturating_sub(1) };
        let counts: Vec<(usize, u32)> =
            (first..=year).filter_map(|year| Some((year, listed(year)?))).collect();
        let all: u32 = counts.iter().map(|(_, count)| *count).sum();
        if all == 0 {
            return None;
        }
        let mut left = u32::try_from(random.number_below(all.into())).unwrap_or(0);
        for (year, count) in counts {
            if left < count {
                let before = (0..year).filter_map(listed).sum();
                let place = Cursor { unit: 0, form, year, record: left, before };
                let made = self.record(unit, recipe, &place, 0, 0)?;
                let name = name(&self.definition.forms[recipe.form], &made.values)?;
                let key = key(unit.index, form, &place);
                return Some(ReferredRecord { key, name, unit: made.unit, values: made.values });
            }
            left -= count;
        }
        None
    }

    /// The same with its history, in a city that has one: as far as it was entered until the business day.
    fn with_history(
        &self,
        unit: &Grassroots,
        form: &FormRecipe,
        place: &Cursor,
        made: Made,
    ) -> Option<DemoRecord> {
        let Made { unit: id, values, event, referred } = made;
        let record =
            |values, history| DemoRecord { form: form.form, unit: id, values, history, key: None, referred };
        if !self.has_history {
            return Some(record(values, Vec::new()));
        }
        let seeds = [self.seed, unit.index as u64, form.form.number() as u64, 0x0068_6973_746f];
        let mut historian = Historian {
            city: self,
            recipe: self.recipe,
            form: &self.definition.forms[form.form],
            written: form,
            unit,
            event,
            habit: Random::from_seeds(seeds),
            random: Random::from_seeds([
                seeds[0],
                seeds[1],
                seeds[2],
                seeds[3],
                place.year as u64,
                place.record.into(),
            ]),
        };
        let history = historian.history(values);
        let last = history.last()?.values.clone();
        Some(record(last, history))
    }

    /// A record with unit and year alone.
    fn blank(&self, form: &FormRecipe, year: Year, unit: UnitId) -> Values {
        let fields = &self.definition.forms[form.form];
        let mut values: Values = (0..form.slots).map(|_| None).collect();
        if let Some(field) = fields.unit {
            values[field] = Some(Value::Unit(unit));
        }
        if let Some(field) = fields.year {
            values[field] = Some(Value::Integer(year.into()));
        }
        values
    }

    /// The unit itself or one of its teams.
    fn reporter(&self, unit: &Grassroots, form: &FormRecipe, random: &mut Random) -> UnitId {
        if !unit.teams.is_empty() && form.written.at_teams > 0.0 && random.chance(form.written.at_teams) {
            return self.units[unit.teams.start + random.index(unit.teams.len())].id;
        }
        self.units[unit.place].id
    }

    /// The persons of a record, and the round of the yearly pool it belongs to.
    fn persons(
        &self,
        unit: &Grassroots,
        form: &FormRecipe,
        place: &Cursor,
        wasted: u64,
        random: &mut Random,
    ) -> ([u64; PERSONS], u64) {
        let (mut persons, mut round) = ([unit.first_person; PERSONS], 1);
        for (position, pool) in form.pools.iter().enumerate().take(PERSONS) {
            let seeds = [self.seed, unit.index as u64, form.form.number() as u64, position as u64];
            let offset = Random::from_seeds(seeds).number_below(unit.workers);
            let turn = u64::from(place.record) + wasted;
            persons[position] += match pool {
                Pool::Any => random.number_below(unit.workers),
                Pool::Few => random.number_below(unit.workers.isqrt().max(2)),
                Pool::Yearly => {
                    round = turn / unit.workers + 1;
                    (offset + u64::from(place.before) + turn) % unit.workers
                }
                Pool::Once => (offset + u64::from(place.before) + turn) % unit.persons(),
            };
            // Nobody appears twice in one record: whoever does makes room for the next.
            while persons[..position].contains(&persons[position]) {
                persons[position] += 1;
            }
        }
        (persons, round)
    }

    /// What a union states about all its enterprises together: their whole
    /// numbers added up, everything else as its first enterprise has it.
    fn statement(&self, union: usize, form: &FormRecipe, at: &Cursor) -> Option<DemoRecord> {
        let year = at.year;
        let place = Cursor { year, ..Cursor::default() };
        let year_field = self.definition.forms[form.form].year;
        let members = self.grassroots.iter().filter(|unit| unit.union == union && unit.founded.is_none());
        let mut sum: Option<Made> = None;
        let mut speaker = None;
        for unit in members {
            let Some(fact) = self.record(unit, form, &place, 0, 0) else { continue };
            speaker = speaker.or(Some(unit));
            let Some(sum) = &mut sum else {
                sum = Some(fact);
                continue;
            };
            let fields = self.definition.forms[form.form].fields.positions();
            for (field, (into, value)) in fields.zip(sum.values.iter_mut().zip(fact.values)) {
                if Some(field) != year_field
                    && let (Some(Value::Integer(into)), Some(Value::Integer(value))) = (into, value)
                {
                    *into += value;
                }
            }
        }
        let id = self.units[self.first_union + union].id;
        let (first, _) = self.years(form.kind);
        let year = first.saturating_add(Year::try_from(year).unwrap_or(0));
        let fields = self.definition.forms[form.form].fields.len();
        let event = sum.as_ref().map_or(Date::ZERO, |made| made.event);
        let blank = || self.blank(form, year, id).into_iter().take(fields).collect();
        let mut values = sum.map_or_else(blank, |fact| fact.values);
        if let Some(field) = self.definition.forms[form.form].unit {
            values[field] = Some(Value::Unit(id));
        }
        let made = Made { unit: id, values, event, referred: Vec::new() };
        match speaker {
            Some(unit) => self.with_history(unit, form, at, made),
            None => Some(DemoRecord {
                form: form.form,
                unit: id,
                values: made.values,
                history: Vec::new(),
                key: None,
                referred: Vec::new(),
            }),
        }
    }
}

/// A day of the year, in a month by weight.
fn event(form: &FormRecipe, year: Year, random: &mut Random) -> Date {
    let luck = random.share() * form.months[11];
    let month = form.months.iter().position(|sum| luck < *sum).unwrap_or(11);
    let month = i8::try_from(month + 1).unwrap_or(12);
    let day = i8::try_from(random.number_between(1, 28)).unwrap_or(1);
    Date::new(year, month, day).unwrap_or(Date::ZERO)
}

/// What tells a record of a unit from all others of the city.
fn key(unit: usize, form: usize, place: &Cursor) -> u64 {
    let mut hasher = DefaultHasher::new();
    (unit, form, place.year, place.record).hash(&mut hasher);
    hasher.finish()
}

/// What a record is called by: its number, or its name.
fn name(form: &Form, values: &Values) -> Option<String> {
    form.called_by().find_map(|field| Some(values.value(field)?.as_str()?.to_owned()))
}

/// A number that distinguishes a unit's records.
fn digest(values: &Values, identity: &[FieldIdx]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for field in identity {
        match values.get(*field).and_then(Option::as_ref) {
            None => 0_u8.hash(&mut hasher),
            Some(Value::Text(text) | Value::Code(text)) => text.hash(&mut hasher),
            Some(Value::Integer(number)) => number.hash(&mut hasher),
            Some(Value::Decimal(number)) => number.to_bits().hash(&mut hasher),
            Some(Value::Date(date)) => date.hash(&mut hasher),
            Some(Value::Flag(flag)) => flag.hash(&mut hasher),
            Some(Value::Unit(unit)) => unit.hash(&mut hasher),
            Some(Value::Reference(reference)) => reference.text.hash(&mut hasher),
            Some(Value::NotApplicable(reason)) => reason.hash(&mut hasher),
        }
    }
    hasher.finish()
}
