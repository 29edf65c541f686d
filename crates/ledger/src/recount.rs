//! The recount: everything is counted a second time, slowly and in another way.
//!
//! It shares only the definitions and the facts with the ledger: no postings, no
//! spans, no incremental change. It follows the links of the tree
//! month by month, makes keys of plain text, counts stocks by comparing who is in
//! service from one month to the next, and looks for baseline statements from
//! the top down. [`crate::folded`] must always give the same rows.

mod answers;
mod comparison;
mod sightings;

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use campaign::definition::{
    Amount, Definition, FieldIdx, FormIdx, KeyPart, Measure, MeasureIdx, MeasureKind, MeasureScale, Part,
    Post, Window,
};
use model::{
    ids::{RecordId, UnitId},
    month::{Month, Year},
    period::Grain,
    value::{Reference, Value},
};
use sha2::{Digest as _, Sha256};

pub use self::{
    comparison::{CellComparison, Difference},
    sightings::Sightings,
};
use crate::{
    balance::{CellKey, Period},
    balance_row::BalanceRow,
    classes::Classes,
    fact::Fact,
    hierarchy::Affiliation,
    post::Key,
};

/// What the recount needs to know about the units.
pub struct Units<'a> {
    /// Every affiliation, past and present.
    pub affiliations: &'a [Affiliation],
    /// What every unit stated itself to be.
    pub classes: &'a Classes,
    /// Units each of whose months is a row of its own.
    pub keeps_months: &'a (dyn Fn(UnitId) -> bool + Sync),
    /// Units that owe statements: those at the grass roots.
    pub owes: &'a (dyn Fn(UnitId) -> bool + Sync),
    /// The first month in which a unit is closed; `None` for one that is not.
    pub closed_from: &'a (dyn Fn(UnitId) -> Option<Month> + Sync),
}

/// What units state about themselves, by slot.
type StatementSlots = BTreeMap<UnitId, BTreeMap<usize, i64>>;

/// Something that counts once: there are as many as records, so each is kept in few bytes until all are sorted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeyedEvent {
    key: Key,
    unit: UnitId,
    month: Month,
    amount: i64,
}

/// More or fewer in service from a month on.
#[derive(Clone, Copy)]
struct StockEvent {
    slot: usize,
    month: Month,
    amount: i64,
}

/// A recount in progress: give it every fact, then [`Recount::finish`].
pub struct Recount<'a> {
    definition: &'a Definition,
    units: &'a Units<'a>,
    up: BTreeMap<UnitId, Vec<Affiliation>>,
    /// What adds up, of each unit and year in one row: the months of a slot stand one after the other.
    plain: BTreeMap<(UnitId, Year), BalanceRow>,
    stock: BTreeMap<UnitId, Vec<StockEvent>>,
    keyed: BTreeMap<MeasureIdx, Vec<KeyedEvent>>,
    own_statements: BTreeMap<(FormIdx, Month), StatementSlots>,
    /// Which baseline statements answer what, as `own_statements`.
    own_answers: BTreeMap<(FormIdx, Month), StatementSlots>,
    /// What each unit's yearly statements come to, by the slots of last statements.
    yearly: BTreeMap<UnitId, BTreeMap<Year, BalanceRow>>,
    cells: BTreeMap<CellKey, BalanceRow>,
    sightings: Sightings,
    tallies: BTreeMap<(UnitId, MeasureIdx), TallySum>,
    statements: BTreeMap<UnitId, BalanceRow>,
}

/// What a recount comes to.
pub struct Recounted {
    /// The balances of every unit, as rows; rows of zeros are left out.
    pub cells: BTreeMap<CellKey, BalanceRow>,
    /// Where each record counts.
    pub postings: Sightings,
    /// What is tallied at each unit for each distinct measure; empty sums are left out.
    pub tallies: BTreeMap<(UnitId, MeasureIdx), TallySum>,
    /// What units state about themselves with everything under them; rows of zeros are left out.
    pub statements: BTreeMap<UnitId, BalanceRow>,
}

/// The tallies of a unit and a measure: how many, and a sum that is another one when any of them is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TallySum {
    /// Keys and months.
    pub rows: u64,
    sum: u64,
}

impl TallySum {
    /// Adds how often a key occurs in a month.
    pub fn add(&mut self, key: &Key, month: Month, times: i64) {
        let mut hash = DefaultHasher::new();
        (key, month.number(), times).hash(&mut hash);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hash.finish());
    }
}

impl<'a> Recount<'a> {
    /// Begins a recount.
    pub fn new(definition: &'a Definition, units: &'a Units<'a>) -> Self {
        let mut up: BTreeMap<UnitId, Vec<Affiliation>> = BTreeMap::new();
        for link in units.affiliations {
            up.entry(link.unit).or_default().push(*link);
        }
        Self {
            definition,
            units,
            up,
            plain: BTreeMap::new(),
            stock: BTreeMap::new(),
            keyed: BTreeMap::new(),
            own_statements: BTreeMap::new(),
            own_answers: BTreeMap::new(),
            yearly: BTreeMap::new(),
            cells: BTreeMap::new(),
            sightings: Sightings::default(),
            tallies: BTreeMap::new(),
            statements: BTreeMap::new(),
        }
    }

    /// Counts one fact.
    pub fn count(&mut self, fact: &Fact) {
        self.count_answers(fact);
        let definition = self.definition;
        for post in &definition.forms[fact.form].posts {
            let measure = &definition.measures[post.measure];
            let Some((unit, month, amount)) = self.event(fact, post) else { continue };
            if amount != 0 && self.is_sighted(fact, post, (unit, month)) {
                self.sightings.add(post.measure, month, (unit, fact.id));
            }
            let slot = slot(measure, post);
            match measure.kind {
                MeasureKind::Flow | MeasureKind::Level => {
                    self.add_plain(unit, month, slot, amount);
                }
                MeasureKind::Stock => {
                    self.stock.entry(unit).or_default().push(StockEvent { slot, month, amount });
                }
                MeasureKind::Statement => {
                    let of_form = self.own_statements.entry((fact.form, measure.since)).or_default();
                    *of_form.entry(unit).or_default().entry(slot).or_default() += amount;
                }
                // Supplementary numbers of a distinct measure carry no key and add up.
                MeasureKind::Distinct(_) if post.part == Part::Unlisted => {
                    self.add_plain(unit, month, slot, amount);
                }
                MeasureKind::Distinct(window) => {
                    if window == Window::Campaign && month < measure.since {
                        continue;
                    }
                    if let Some(plain) = plain_key(fact, unit, post) {
                        let event = KeyedEvent { key: stored_key(&plain), unit, month, amount };
                        self.keyed.entry(post.measure).or_default().push(event);
                    }
                }
            }
        }
    }

    /// Whether something happened that counts: what counts once is known by a key, and what
    /// counts once in a campaign is looked for in its years alone.
    fn is_sighted(&self, fact: &Fact, post: &Post, (unit, month): (UnitId, Month)) -> bool {
        let measure = &self.definition.measures[post.measure];
        match measure.kind {
            MeasureKind::Distinct(window) if post.part != Part::Unlisted => {
                let is_early = month < measure.since;
                !(window == Window::Campaign && is_early) && plain_key(fact, unit, post).is_some()
            }
            _ => true,
        }
    }

    /// Whether the state of a fact lets it make a post.
    fn is_in_state(&self, fact: &Fact, post: &Post) -> bool {
        let Some(workflow) = &self.definition.forms[fact.form].workflow else { return true };
        let state = workflow.resolve_state(&fact.values, fact.state);
        let is_taken_back = !workflow.states[state].counts && !post.is_kept;
        !is_taken_back && (post.states.is_empty() || post.states.contains(&state))
    }

    /// The month of a post: that of a day, December of a year, or the last one of a period of the post's grain.
    fn month_of(fact: &Fact, post: &Post) -> Option<Month> {
        match fact.value(post.on)? {
            Value::Date(day) => Month::new(day.year(), day.month()),
            Value::Text(period) => last_month(period, post.grain),
            other => Month::new(Year::try_from(other.as_integer()?).ok()?, 12),
        }
    }

    /// Where, when and how much a post of `fact` adds, if its condition holds.
    fn event(&self, fact: &Fact, post: &Post) -> Option<(UnitId, Month, i64)> {
        if !self.is_in_state(fact, post) {
            return None;
        }
        let unit = match post.unit {
            Some(field) => fact.value(field)?.as_unit()?,
            None => fact.unit,
        };
        let month = Self::month_of(fact, post)?;
        let amount = self.amount(fact, post)?;
        let class = self.units.classes.class(unit, month.year());
        let holds = post.when.as_ref().is_none_or(|when| when.evaluate(&fact.values, class) == Some(true));
        holds.then_some((unit, month, amount))
    }

    /// How much a post adds, in the parts that its measure sums.
    fn amount(&self, fact: &Fact, post: &Post) -> Option<i64> {
        let field = match post.amount {
            Amount::Fixed(amount) => return Some(amount),
            Amount::Field(field) => field,
        };
        match (self.definition.measures[post.measure].scale, fact.value(field)?) {
            (MeasureScale::Decimal { digits }, Value::Decimal(number)) => {
                let scaled = number.abs() * 10_f64.powi(i32::from(digits));
                // The first float above what was typed, so that its own error rounds nothing down.
                let rounded = (scaled * (1.0 + 1e-12) + 0.5).floor();
                #[expect(clippy::cast_possible_truncation, reason = "sums of a region stay far below 2^53")]
                (rounded < 9e15).then_some((rounded * number.signum()) as i64)
            }
            (MeasureScale::Decimal { digits }, Value::Integer(number)) => {
                number.checked_mul(10_i64.pow(u32::from(digits)))
            }
            (_, value) => value.as_integer(),
        }
    }

    fn add_plain(&mut self, unit: UnitId, month: Month, slot: usize, amount: i64) {
        self.plain.entry((unit, month.year())).or_default().add(slot * MONTHS + before_month(month), amount);
    }

    /// What everything comes to.
    pub fn finish(mut self) -> Recounted {
        // One after the other is done and dropped, so that not everything is in memory at once.
        self.finish_plain();
        self.finish_keyed();
        self.finish_stock();
        self.finish_statements();
        self.cells.retain(|_, row| !row.is_empty());
        Recounted {
            cells: self.cells,
            postings: self.sightings,
            tallies: self.tallies,
            statements: self.statements,
        }
    }

    fn finish_plain(&mut self) {
        for ((unit, year), row) in std::mem::take(&mut self.plain) {
            let mut above: [Option<BTreeSet<UnitId>>; MONTHS] = Default::default();
            for (place, amount) in row.iter() {
                let (slot, before) = (place / MONTHS, place % MONTHS);
                let Some(month) = i8::try_from(before + 1).ok().and_then(|of_year| Month::new(year, of_year))
                else {
                    continue;
                };
                let upper = above[before].take().unwrap_or_else(|| self.above(unit, month));
                for unit in &upper {
                    self.put(*unit, month, slot, amount);
                }
                above[before] = Some(upper);
            }
        }
    }

    fn finish_keyed(&mut self) {
        for (measure, mut events) in std::mem::take(&mut self.keyed) {
            events.sort_unstable();
            for events in events.chunk_by(|a, b| a.key == b.key) {
                self.finish_key(measure, events);
            }
        }
    }

    /// What counts once, however often it occurs: `events` are those of one key.
    fn finish_key(&mut self, position: MeasureIdx, events: &[KeyedEvent]) {
        let mut seen: BTreeMap<UnitId, BTreeMap<Month, i64>> = BTreeMap::new();
        for KeyedEvent { unit, month, amount, .. } in events {
            for above in self.above(*unit, *month) {
                *seen.entry(above).or_default().entry(*month).or_default() += amount;
            }
        }
        let (key, measure) = (events[0].key, &self.definition.measures[position]);
        for (unit, months) in seen {
            for (month, times) in months.iter().filter(|(_, times)| **times != 0) {
                self.tallies.entry((unit, position)).or_default().add(&key, *month, *times);
            }
            let mut counted = BTreeSet::new();
            for (month, _) in months.into_iter().filter(|(_, times)| *times > 0) {
                let window =
                    if measure.kind == MeasureKind::Distinct(Window::Year) { month.year() } else { 0 };
                if counted.insert(window) {
                    self.put(unit, month, measure.listed_slot, 1);
                }
            }
        }
    }

    /// Who is in service, and whose last statement says what, unit by unit.
    fn finish_stock(&mut self) {
        let mut yearly = std::mem::take(&mut self.yearly);
        let mut stock = std::mem::take(&mut self.stock);
        let units: BTreeSet<UnitId> = yearly.keys().chain(stock.keys()).copied().collect();
        for unit in units {
            let mut slots: BTreeMap<usize, BTreeMap<Month, i64>> = BTreeMap::new();
            let closed_from = (self.units.closed_from)(unit);
            let stated = last_statements(yearly.remove(&unit).unwrap_or_default(), closed_from);
            for StockEvent { slot, month, amount } in stock.remove(&unit).into_iter().flatten().chain(stated)
            {
                *slots.entry(slot).or_default().entry(month).or_default() += amount;
            }
            let changes = self.months_of_change(unit);
            for (slot, events) in slots {
                self.put_stock(unit, slot, &events, &changes);
            }
        }
    }

    /// Who is in service, compared from one month of change to the next.
    fn put_stock(
        &mut self,
        unit: UnitId,
        slot: usize,
        events: &BTreeMap<Month, i64>,
        changes: &BTreeSet<Month>,
    ) {
        let mut months: BTreeSet<Month> = events.keys().copied().collect();
        months.extend(changes);
        let (mut before, mut number) = (BTreeSet::new(), 0);
        for month in months {
            let was = number;
            number += events.get(&month).copied().unwrap_or(0);
            let now = self.above(unit, month);
            for gone in before.difference(&now) {
                self.put(*gone, month, slot, -was);
            }
            for here in &now {
                let arrived = if before.contains(here) { number - was } else { number };
                self.put(*here, month, slot, arrived);
            }
            before = now;
        }
    }

    /// Months in which anything above `unit` begins or ends.
    fn months_of_change(&self, unit: UnitId) -> BTreeSet<Month> {
        let (mut months, mut waiting, mut seen) = (BTreeSet::new(), vec![unit], BTreeSet::new());
        while let Some(next) = waiting.pop() {
            if !seen.insert(next) {
                continue;
            }
            for link in self.up.get(&next).into_iter().flatten() {
                months.extend(
                    [link.from, link.to].into_iter().filter(|m| *m != Month::ALWAYS && *m != Month::NEVER),
                );
                waiting.push(link.parent);
            }
        }
        months
    }

    fn finish_statements(&mut self) {
        for ((_, since), answered) in std::mem::take(&mut self.own_answers) {
            self.finish_covered(&answered, since);
        }
        for ((_, since), own_statements) in std::mem::take(&mut self.own_statements) {
            self.finish_statements_of_form(own_statements, since);
        }
    }

    /// Statements about whole units of one form and campaign: for each unit the topmost ones below it.
    fn finish_statements_of_form(&mut self, own_statements: StatementSlots, since: Month) {
        let own_statements: BTreeMap<_, _> =
            own_statements.into_iter().filter(|(_, slots)| slots.values().any(|value| *value != 0)).collect();
        for (unit, slots) in &own_statements {
            let row = self.statements.entry(*unit).or_default();
            for (slot, amount) in slots {
                row.add(*slot, *amount);
            }
        }
        let mut over: BTreeMap<UnitId, BTreeSet<UnitId>> = BTreeMap::new();
        for unit in own_statements.keys() {
            over.insert(*unit, self.above(*unit, self.baseline_month(*unit, since)));
        }
        let upper_units: BTreeSet<UnitId> = over.values().flatten().copied().collect();
        let mut below: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        for (unit, above) in &over {
            for upper in above {
                below.entry(*upper).or_default().push(*unit);
            }
        }
        for unit in upper_units {
            let sources = if own_statements.contains_key(&unit) {
                vec![unit]
            } else {
                let all = below.get(&unit).cloned().unwrap_or_default();
                let screened = |candidate: &UnitId| {
                    over[candidate].iter().any(|between| {
                        between != candidate && over.get(between).is_some_and(|above| above.contains(&unit))
                    })
                };
                all.into_iter().filter(|candidate| !screened(candidate)).collect()
            };
            for source in sources {
                for (slot, amount) in &own_statements[&source] {
                    let key = CellKey { unit, period: Period::BASELINE };
                    self.cells.entry(key).or_default().add(*slot, *amount);
                }
            }
        }
    }

    /// The campaign's first month, or the first in which the unit was anywhere.
    fn baseline_month(&self, unit: UnitId, first_month: Month) -> Month {
        let mut month = first_month;
        if self.above(unit, month).len() > 1 {
            return month;
        }
        for candidate in self.months_of_change(unit) {
            if candidate > month && self.above(unit, candidate).len() > 1 {
                month = candidate;
                break;
            }
        }
        month
    }

    /// The unit and all that are above it in `month`, walked link by link.
    fn above(&self, unit: UnitId, month: Month) -> BTreeSet<UnitId> {
        let (mut found, mut waiting) = (BTreeSet::new(), vec![unit]);
        while let Some(next) = waiting.pop() {
            if found.insert(next) {
                let links = self.up.get(&next).into_iter().flatten();
                waiting.extend(
                    links.filter(|link| link.from <= month && month < link.to).map(|link| link.parent),
                );
            }
        }
        found
    }

    fn put(&mut self, unit: UnitId, month: Month, slot: usize, amount: i64) {
        let year = month.year();
        let second = if (self.units.keeps_months)(unit) {
            (Period::month(month), slot)
        } else {
            // The months of a year stand one after the other in one row.
            (Period::months(year), slot * MONTHS + before_month(month))
        };
        for (period, slot) in [(Period::year(year), slot), second] {
            self.cells.entry(CellKey { unit, period }).or_default().add(slot, amount);
        }
    }
}

/// Months of a year.
const MONTHS: usize = 12;

/// How many months of its year are before a month.
fn before_month(month: Month) -> usize {
    usize::try_from(month.of_year()).unwrap_or_default().saturating_sub(1)
}

/// Whose last statement says what: compared with the unit's statement before it, year by year.
fn last_statements(years: BTreeMap<Year, BalanceRow>, closed_from: Option<Month>) -> Vec<StockEvent> {
    let (mut events, mut before) = (Vec::new(), BalanceRow::default());
    let is_there = |month: Month| closed_from.is_none_or(|closed| month < closed);
    let years = years.into_iter().map(|(year, now)| (Month::january(year), now));
    // Nothing is left of it when the unit is closed.
    let end = closed_from.map(|closed| (closed, BalanceRow::default()));
    for (month, now) in years.filter(|(month, _)| is_there(*month)).chain(end) {
        let mut difference = now.clone();
        difference.add_row(&before, -1);
        events.extend(difference.iter().map(|(slot, amount)| StockEvent { slot, month, amount }));
        before = now;
    }
    events
}

/// Where a post is added up: periods of different lengths are kept apart.
fn slot(measure: &Measure, post: &Post) -> usize {
    let further =
        measure.grains.further.iter().find(|known| (known.part, known.grain) == (post.part, post.grain));
    match (further, post.part, measure.unlisted_slot) {
        (Some(further), ..) => further.slot,
        (None, Part::Unlisted, Some(slot)) => slot,
        _ => measure.listed_slot,
    }
}

/// The last month of a period as it is stored: four digits of its year, and what of the year it is.
fn last_month(period: &str, grain: Grain) -> Option<Month> {
    let (year, month) = match grain {
        Grain::UnionYear => (period.strip_prefix('U')?, 9),
        Grain::Year => (period, 12),
        Grain::Half => {
            let (year, half) = period.split_once("-H")?;
            (year, half.parse::<i8>().ok()?.checked_mul(6)?)
        }
        Grain::Quarter => {
            let (year, quarter) = period.split_once("-Q")?;
            (year, quarter.parse::<i8>().ok()?.checked_mul(3)?)
        }
        Grain::Month => {
            let (year, month) = period.split_once('-')?;
            (year, month.parse().ok()?)
        }
    };
    Month::new(year.parse().ok()?, month)
}

/// What counts once, as plain text.
fn plain_key(fact: &Fact, unit: UnitId, post: &Post) -> Option<String> {
    let text = |field: FieldIdx| {
        fact.value(field).filter(|value| value.is_value()).map(|value| match value {
            Value::Text(text) | Value::Code(text) => text.clone(),
            Value::Integer(number) => format!("{number}"),
            Value::Decimal(number) => format!("{number}"),
            Value::Flag(flag) => format!("{flag}"),
            Value::Date(day) => format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()),
            Value::Unit(UnitId(id)) | Value::Reference(Reference { id: RecordId(id), .. }) => format!("{id}"),
            Value::NotApplicable(_) => String::new(),
        })
    };
    let mut plain = String::new();
    for part in &post.key {
        let part = match part {
            KeyPart::Unit => unit.0.to_string(),
            KeyPart::Field(field) => text(*field)?,
            KeyPart::Prefix(field, length) => text(*field)?.chars().take(*length).collect(),
            KeyPart::Person(person) => match (text(person.id_number), text(person.name)) {
                (Some(number), _) => format!("id:{number}"),
                (None, Some(name)) => format!("name:{}:{name}", fact.unit.0),
                (None, None) => return None,
            },
        };
        plain.push_str(&part);
        plain.push('\0');
    }
    Some(plain)
}

/// Under what a tally of a plain key is stored.
fn stored_key(plain: &str) -> Key {
    let digest: [u8; 32] = Sha256::digest(plain.as_bytes()).into();
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    key
}
