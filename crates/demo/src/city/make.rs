//! Makes one record, step by step.

use std::fmt::Write as _;

use campaign::{
    definition::{Definition, FieldIdx, Form, Required, Values},
    kinds::{ReadAs, ValueShape},
};
use jiff::{Span, ToSpan, civil::Date};
use model::{class::Class, ids::UnitId, month::Year, rows, value::Value};

use super::{
    City,
    shares::{number, whole_part},
    unit::Grassroots,
};
use crate::{
    person_names::{PERSONS, push_digits},
    random::Random,
    recipe::{
        Recipe,
        field_maker::{FieldMaker, Maker, Only, PartOf, Rounding, What},
        written::Yearly,
    },
    words::{Choice, Part, Template, Variable},
};

/// One record in the making.
pub(crate) struct Occasion<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) form: &'a Form,
    /// The city, once it is planned.
    pub(crate) city: Option<&'a City<'a>>,
    pub(crate) unit: &'a Grassroots,
    /// The whole year it belongs to and its place among the years of its kind of form.
    pub(crate) year: Year,
    pub(crate) index: usize,
    /// The unit's vigour in that year.
    pub(crate) vigour: f64,
    pub(crate) serial: u32,
    pub(crate) round: u64,
    pub(crate) event: Date,
    pub(crate) persons: [u64; PERSONS],
    /// Decides what stays the same for this unit and form.
    pub(crate) steady: u64,
    pub(crate) random: Random,
    /// The records that it leads to, by the field.
    pub(crate) referred: Vec<(usize, ReferredRecord)>,
}

/// A record that another one leads to.
#[derive(Debug, Clone)]
pub(crate) struct ReferredRecord {
    /// What tells it from all other records of the city.
    pub(crate) key: u64,
    /// What it is called by.
    pub(crate) name: String,
    /// The unit that it belongs to.
    pub(crate) unit: UnitId,
    /// What it states.
    pub(crate) values: Values,
}

impl<'a> Occasion<'a> {
    /// The filling in of a unit's line of the roster.
    pub(crate) fn at_roster(
        definition: &'a Definition,
        recipe: &'a Recipe,
        seed: u64,
        unit: &'a Grassroots,
    ) -> Self {
        let first = definition.first_campaign().period.first;
        let founded =
            unit.founded.map_or(first.saturating_sub(1), |year| first.saturating_add(year_of(year)));
        let mut random = Random::from_seeds([seed, unit.index as u64, 0x726f_7374]);
        let month = i8::try_from(random.number_between(1, 12)).unwrap_or(1);
        let age = if unit.founded.is_some() { 0 } else { random.number_between(0, 25) };
        let year = founded.saturating_sub(i16::try_from(age).unwrap_or(0));
        Self {
            recipe,
            form: &definition.forms[definition.roster],
            city: None,
            unit,
            year,
            index: 0,
            vigour: 1.0,
            serial: 1,
            round: 1,
            event: Date::new(year, month, 1).unwrap_or(Date::ZERO),
            persons: [unit.first_person, unit.first_person + 1, unit.first_person + 2, unit.first_person + 3],
            steady: seed,
            random,
            referred: Vec::new(),
        }
    }

    /// Takes all steps.
    pub(crate) fn fill(&mut self, steps: &[FieldMaker], values: &mut Values) {
        for step in steps {
            let value = if self.is_filled(&step.only, step.slot, step.maker.vigour, values) {
                self.make(&step.maker, step.slot, values)
                    .filter(|value| !step.only.if_positive || *value != Value::Integer(0))
            } else {
                step.only.otherwise.map(Value::Integer)
            };
            while step.slot >= values.len() {
                values.push(None);
            }
            // A later step for the same field takes its place where it makes something.
            if value.is_some() {
                values[FieldIdx::new(step.slot)] = value;
            }
        }
    }

    fn is_filled(&mut self, only: &Only, slot: usize, vigour: bool, values: &Values) -> bool {
        let value_of = |slot: usize| values.value(FieldIdx::new(slot));
        if only.if_stated.is_some_and(|slot| value_of(slot).is_none()) {
            return false;
        }
        for (slot, options) in &only.when {
            if !value_of(*slot).is_some_and(|value| options.contains(value)) {
                return false;
            }
        }
        if only.if_required
            && let Some(Required::When(condition)) =
                self.form.fields.get(FieldIdx::new(slot)).map(|field| &field.required)
            && condition.evaluate(values, Class::default()) != Some(true)
        {
            return false;
        }
        match &only.chance {
            None => true,
            // Nothing stays open for ever.
            Some(_) if only.while_recent && !self.is_recent() => true,
            Some(chance) => {
                let chance = self.lifted(chance, vigour);
                self.random.chance(chance)
            }
        }
    }

    /// Whether the record's day is one of the last before the business day, or later.
    fn is_recent(&self) -> bool {
        let days = Span::new().days(self.recipe.city.recent);
        self.event.saturating_add(days) >= self.recipe.business_day.date()
    }

    /// A probability of this year, lifted by the unit's vigour.
    fn lifted(&self, chance: &Yearly, vigour: bool) -> f64 {
        let chance = chance.in_year(self.index);
        if vigour { self.lift(chance) } else { chance }
    }

    /// A share that a unit of usual vigour has, for this one; it never leaves 0 to 1.
    fn lift(&self, share: f64) -> f64 {
        1.0 - (1.0 - share).max(0.0).powf(self.vigour)
    }

    /// Between 0 and 1: the same each time for what is steady.
    fn draw(&mut self, maker: &Maker, slot: usize) -> f64 {
        if maker.steady {
            Random::from_seeds([self.steady, self.unit.index as u64, slot as u64]).share()
        } else {
            self.random.share()
        }
    }

    fn make(&mut self, maker: &Maker, slot: usize, values: &Values) -> Option<Value> {
        match &maker.what {
            What::Text(template) => Some(Value::Text(self.text(template, values))),
            What::Rows(template) => {
                let table = rows::text(rows::cells(&self.text(template, values)));
                (!table.is_empty()).then_some(Value::Text(table))
            }
            What::Pick(options) => self.pick(options, maker, slot),
            What::Flag(chance) => {
                let chance = self.lifted(chance, maker.vigour);
                Some(Value::Flag(self.draw(maker, slot) < chance))
            }
            What::Number(low, high) => Some(Value::Integer(integer(self.between(*low, *high, maker, slot)))),
            What::Decimal(low, high) => {
                Some(Value::Decimal((self.between(*low, *high, maker, slot) * 10.0).round() / 10.0))
            }
            What::Yuan(low, high) => {
                let hundreds = integer(self.between(*low, *high, maker, slot) / 100.0);
                Some(Value::Integer(hundreds * 10_000))
            }
            What::Event => self.day(self.event, slot),
            What::Apart(from, months, low, high) => {
                let from = values.value(FieldIdx::new(*from))?.as_date()?;
                let months = match months {
                    Some(slot) => values.value(FieldIdx::new(*slot))?.as_integer()?,
                    None => 0,
                };
                let from = from.checked_add(months.months()).ok()?;
                self.days_after(from, *low, *high, maker, slot)
            }
            What::AfterYear(low, high) => {
                let last = Date::new(self.year, 12, 31).ok()?;
                self.days_after(last, *low, *high, maker, slot)
            }
            What::NameOf(person) => {
                Some(Value::Text(self.recipe.people.name(&self.recipe.words, self.persons[*person])))
            }
            What::IdOf(person) => Some(Value::Text(self.recipe.people.id_number(self.persons[*person]))),
            What::GenderOf(person) => {
                Some(Value::Code(self.recipe.people.gender(self.persons[*person]).to_owned()))
            }
            What::PhoneOf(person) => Some(Value::Text(self.recipe.people.phone(self.persons[*person]))),
            What::Copy(position) => self.city?.units[self.unit.place].values[*position].clone(),
            What::RecordOf(form) => self.record_of(*form, slot),
            What::Its(field) => self.referred.last()?.1.values.value(*field).cloned(),
            What::SectorCode(years) => {
                let most = years.get(self.index).or(years.last()).copied().unwrap_or(0);
                let codes = self.recipe.sector_codes.first_codes(self.unit.sector, most);
                let drawn = self.random.index(codes.len());
                codes.get(drawn).map(|(_, code)| Value::Code(code.clone()))
            }
            What::Another => self.another().map(Value::Unit),
            What::Case(choice) => {
                let arm = choose(self, choice, values)?;
                self.make(arm, slot, values)
            }
            What::Part(part) => self.part(part, maker, slot, values),
            What::Total(total) => {
                let place = self.unit.index * self.years() + self.index;
                self.city?.plan.totals[*total].get(place).map(|number| Value::Integer((*number).into()))
            }
            What::Rest(register) => {
                let place = self.unit.index * self.years() + self.index;
                let rest = self.city?.plan.rest[*register].get(place).copied().filter(|rest| *rest > 0)?;
                Some(Value::Integer(rest.into()))
            }
        }
    }

    /// A record of a register of the unit, by what it is called.
    fn record_of(&mut self, form: usize, slot: usize) -> Option<Value> {
        // The other steps draw what they draw without it.
        let day = u64::try_from(self.event.day_of_year()).unwrap_or(0) << 32 | u64::from(self.serial);
        let (unit, year) = (self.unit.index as u64, self.index as u64);
        let mut random = Random::from_seeds([self.steady, unit, slot as u64, year, day]);
        let same_year = self.form.fields.as_slice().get(slot).is_some_and(
            |field| matches!(field.kind.spec().shape, ValueShape::Reference(to) if to.same_year),
        );
        let found = self.city?.any_record(self.unit, form, (self.index, same_year), &mut random)?;
        let name = Value::Text(found.name.clone());
        self.referred.retain(|(known, _)| *known != slot);
        self.referred.push((slot, found));
        Some(name)
    }

    fn years(&self) -> usize {
        self.city.map_or(0, |city| city.years(self.form.kind).1)
    }

    fn between(&mut self, low: f64, high: f64, maker: &Maker, slot: usize) -> f64 {
        let luck = self.draw(maker, slot);
        match maker.skewed {
            true if low > 0.0 => low * (high / low).powf(luck),
            true => low + (high - low) * luck * luck,
            false => low + (high - low) * luck,
        }
    }

    fn pick(&mut self, options: &[(Value, Yearly, bool)], maker: &Maker, slot: usize) -> Option<Value> {
        let (index, vigour) = (self.index, self.vigour);
        let weight = |(_, weight, lifted): &(Value, Yearly, bool)| {
            weight.in_year(index) * if *lifted { vigour } else { 1.0 }
        };
        let mut luck = self.draw(maker, slot) * options.iter().map(weight).sum::<f64>();
        let found = options.iter().find(|option| {
            luck -= weight(option);
            luck < 0.0
        });
        found.or(options.last()).map(|(value, ..)| value.clone())
    }

    fn days_after(&mut self, from: Date, low: i64, high: i64, maker: &Maker, slot: usize) -> Option<Value> {
        #[expect(clippy::cast_precision_loss, reason = "days of a few years")]
        let days = self.between(low as f64, high as f64, maker, slot);
        self.day(from.checked_add(integer(days).days()).ok()?, slot)
    }

    /// A day, unless it has not come yet; a field for what is planned states it all the same.
    fn day(&self, date: Date, slot: usize) -> Option<Value> {
        let field = self.form.fields.as_slice().get(slot);
        let is_plan =
            field.is_some_and(|field| matches!(field.kind.spec().read_as, ReadAs::Day { future: true }));
        (is_plan || date <= self.recipe.business_day.date()).then_some(Value::Date(date))
    }

    fn part(&mut self, part: &PartOf, maker: &Maker, slot: usize, values: &Values) -> Option<Value> {
        let of = values.value(FieldIdx::new(part.of))?.as_integer()?;
        let (low, high) = part.share;
        let own = part.times.map_or(1.0, |position| self.unit.traits[position]);
        let share = self.between(low, high, maker, slot) * own * part.yearly.in_year(self.index);
        let share = if maker.vigour { self.lift(share) } else { share };
        let exact = number(of.unsigned_abs()) * share;
        let rounded = whole_part(match part.rounding {
            Rounding::Chance => exact + self.random.share(),
            Rounding::Down => exact,
            Rounding::Up => exact.ceil(),
        });
        let rounded = if share <= 1.0 { rounded.min(of.unsigned_abs()) } else { rounded };
        Some(Value::Integer(i64::try_from(rounded).unwrap_or(i64::MAX)))
    }

    /// Another enterprise, rarely the unit itself when there are few.
    fn another(&mut self) -> Option<UnitId> {
        let city = self.city?;
        for _ in 0..20 {
            let other = &city.grassroots[self.random.index(city.grassroots.len())];
            if other.index != self.unit.index && other.is_enterprise {
                return Some(city.units[other.place].id);
            }
        }
        None
    }

    /// Fills the gaps of a text.
    pub(crate) fn text(&mut self, template: &Template, values: &Values) -> String {
        let mut text = String::with_capacity(48);
        for part in &template.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Word(list) => text.push_str(self.recipe.words.draw(*list, &mut self.random)),
                Part::WordBy(choice) => {
                    if let Some(list) = choose(self, choice, values) {
                        text.push_str(self.recipe.words.draw(*list, &mut self.random));
                    }
                }
                Part::Slot(slot) => push_value(&mut text, values.value(FieldIdx::new(*slot))),
                Part::Person(person) => {
                    text.push_str(&self.recipe.people.name(&self.recipe.words, self.persons[*person]));
                }
                Part::Serial(width) => push_digits(&mut text, self.serial.into(), *width),
                Part::Year => push_digits(&mut text, self.year.unsigned_abs().into(), 4),
                Part::UnitShort => text.push_str(&self.unit.short),
                Part::UnitName => {
                    text.push_str(&self.unit.short);
                    text.push_str(&self.recipe.city.mark);
                }
                Part::UnitCode => {
                    text.push_str(self.city.map_or("", |city| city.units[self.unit.place].code.as_str()));
                }
                Part::Round => push_digits(&mut text, self.round, 1),
            }
        }
        text
    }
}

/// The arm of a choice that holds on this occasion.
fn choose<'c, T>(occasion: &Occasion<'_>, choice: &'c Choice<T>, values: &Values) -> Option<&'c T> {
    match choice.by {
        Variable::Sector => choice.at_position(occasion.unit.sector),
        Variable::Group => choice.at_position(occasion.unit.group),
        Variable::Life => choice.for_key(occasion.unit.life(occasion.index)),
        Variable::Age => choice.for_key(if occasion.is_recent() { "recent" } else { "earlier" }),
        Variable::Slot(slot) => match values.value(FieldIdx::new(slot))? {
            Value::Flag(flag) => choice.for_key(if *flag { "yes" } else { "no" }),
            value => choice.for_key(value.as_str()?),
        },
    }
}

fn push_value(text: &mut String, value: Option<&Value>) {
    // Writing to a String cannot fail.
    let _ = match value {
        Some(Value::Text(value) | Value::Code(value)) => {
            text.push_str(value);
            Ok(())
        }
        Some(Value::Integer(number)) => write!(text, "{number}"),
        Some(Value::Decimal(number)) => write!(text, "{number}"),
        Some(Value::Date(date)) => write!(text, "{date}"),
        _ => Ok(()),
    };
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
fn integer(number: f64) -> i64 {
    number.round().clamp(-9e15, 9e15) as i64
}

/// A place among years as a number of years.
fn year_of(index: usize) -> Year {
    Year::try_from(index).unwrap_or(0)
}
