//! After any sequence of commands the balances equal the recount: entering,
//! correcting and removing facts of every form, moving, merging and closing
//! units, on both engines, under several campaigns.

mod agreement;
mod diary;
mod loaded;
mod replay;

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Context, Error, Snapshot,
    imports::{Request, import, kind_of_form, preview_take_back, take_back},
    load::{LoadUnit, load},
    persons::{self, PersonKey},
    rebuild::{rebuild, verify},
    records, transitions,
    units::{self, Command, carry_out},
};
use campaign::{
    definition::{Definition, Field, Form, FormIdx, FormKind, Values},
    kinds::{Meaning, Sample},
    source::Source,
};
use jiff::SignedDuration;
use model::{
    ids::{ImportId, RecordId, UnitId},
    month::Month,
    period::ReportingPeriod,
    value::Value,
};
use proptest::{prelude::*, test_runner::TestRunner};
use store::units::UnitKind;
use testkit::{MovableClock, TestDb, first_campaign, open, open_again, second_campaign, small_campaign};
use words::Language;

use crate::steps::waits;

/// Units: a city, two districts, an industrial union, a street, six enterprises, a team of one of them.
const ENTERPRISES: std::ops::Range<i64> = 10_006..10_013;

/// One command, as numbers that are read against the campaign: what they mean
/// depends on how many forms, units and facts there are.
#[derive(Debug, Clone)]
enum Step {
    Create { form: usize, unit: usize, seed: u64 },
    Correct { fact: usize, seed: u64 },
    Take { fact: usize, step: usize, seed: u64 },
    Delete { fact: usize },
    Move { unit: usize, parent: usize, guidance: bool, month: i32 },
    Merge { unit: usize, into: usize, month: i32 },
    Close { unit: usize, month: i32 },
    Rename { unit: usize },
    Import { form: usize, rows: usize, seed: u64 },
    Forget { fact: usize },
    TakeBack { import: usize },
}

/// What is done to records and takes nothing away.
fn entry() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..1000_usize, 0..1000_usize, any::<u64>()).prop_map(|(form, unit, seed)| Step::Create { form, unit, seed }),
        4 => (0..1000_usize, any::<u64>()).prop_map(|(fact, seed)| Step::Correct { fact, seed }),
        8 => (0..1000_usize, 0..1000_usize, any::<u64>())
            .prop_map(|(fact, step, seed)| Step::Take { fact, step, seed }),
        2 => (0..1000_usize, 1..30_usize, any::<u64>()).prop_map(|(form, rows, seed)| Step::Import { form, rows, seed }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        26 => entry(),
        3 => (0..1000_usize).prop_map(|fact| Step::Delete { fact }),
        3 => (0..1000_usize, 0..1000_usize, any::<bool>(), 0..60)
            .prop_map(|(unit, parent, guidance, month)| Step::Move { unit, parent, guidance, month }),
        1 => (0..1000_usize, 0..1000_usize, 0..60).prop_map(|(unit, into, month)| Step::Merge { unit, into, month }),
        1 => (0..1000_usize, 0..60).prop_map(|(unit, month)| Step::Close { unit, month }),
        1 => (0..1000_usize).prop_map(|unit| Step::Rename { unit }),
        2 => (0..1000_usize).prop_map(|fact| Step::Forget { fact }),
        2 => (0..1000_usize).prop_map(|import| Step::TakeBack { import }),
    ]
}

/// A stream of small numbers that depends on a seed alone.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn unit_id(number: usize) -> UnitId {
    UnitId(ENTERPRISES.start + (number as i64) % (ENTERPRISES.end - ENTERPRISES.start))
}

/// Something a field might hold; often nothing, and from a small stock, so that keys repeat.
fn value(definition: &Definition, field: &Field, dice: &mut Dice) -> Option<Value> {
    let is_optional = !matches!(field.required, campaign::definition::Required::Yes);
    if is_optional && dice.roll(3) == 0 {
        return None;
    }
    if field.takes_not_applicable && dice.roll(4) == 0 {
        return Some(Value::NotApplicable("本单位无此项工作".to_owned()));
    }
    Some(match field.kind.spec().sample {
        Sample::Words { .. } => Value::Text(format!("text {}", dice.roll(6))),
        Sample::Text(text) => Value::Text(text(dice.roll(3) as usize)),
        Sample::Table { .. } => Value::Text("甲\n乙".to_owned()),
        Sample::Whole { min, max } => Value::Integer((min + dice.roll(9) as i64).min(max)),
        Sample::Decimal { min, .. } => Value::Decimal(min + dice.roll(9) as f64),
        Sample::Money => Value::Integer(100 * dice.roll(9) as i64),
        Sample::Day => {
            let (year, month, day) =
                (2010 + dice.roll(6) as i16, 1 + dice.roll(12) as i8, 1 + dice.roll(28) as i8);
            Value::Date(jiff::civil::date(year, month, day))
        }
        Sample::Year { .. } => {
            Value::Integer(i64::from(definition.first_campaign().period.first) + dice.roll(5) as i64)
        }
        Sample::Period(grain) => {
            let month = Month::january(2010).plus(dice.roll(72) as i32);
            Value::Text(ReportingPeriod::containing(month, grain).to_string())
        }
        Sample::YesNo => Value::Flag(dice.roll(2) == 0),
        Sample::Code(dictionary) => {
            let codes = &definition.dictionaries[dictionary].codes;
            Value::Code(codes[dice.roll(codes.len() as u64) as usize].code.clone())
        }
        Sample::Unit => Value::Unit(unit_id(dice.roll(6) as usize)),
    })
}

fn values(definition: &Definition, form: &Form, seed: u64) -> BTreeMap<String, Value> {
    let mut dice = Dice(seed);
    let mut values = BTreeMap::new();
    for field in form.fields.iter().filter(|field| field.id != "unit") {
        if let Some(value) = value(definition, field, &mut dice) {
            values.insert(field.id.clone(), value);
        }
    }
    if form.kind == FormKind::Baseline {
        let year = definition.first_campaign().baseline.first + dice.roll(5) as i16;
        values.insert("year".to_owned(), Value::Integer(i64::from(year)));
    }
    values
}

/// A city, two districts, an industrial union, a street, six enterprises, a team.
fn city_units(snapshot: &Snapshot) -> Vec<LoadUnit> {
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let stated = |number: u64| {
        let mut dice = Dice(number);
        let values = roster.fields.entries().map(|(position, field)| {
            // A team is what its enterprise is.
            let is_stated = roster.classifying.contains(&position) && (6..12).contains(&number);
            is_stated.then(|| value(&snapshot.definition, field, &mut dice)).flatten()
        });
        values.collect::<Values>()
    };
    let unit = |number: i64, parent: Option<i64>, guidance: Option<i64>| LoadUnit {
        id: UnitId(10_000 + number),
        code: format!("{number:09}"),
        name: format!("unit {number}"),
        kind: match number {
            ..6 => UnitKind::Union,
            6..12 => UnitKind::Grassroots,
            _ => UnitKind::Team,
        },
        parent: parent.map(|parent| UnitId(10_000 + parent)),
        guidance: guidance.map(|parent| UnitId(10_000 + parent)),
        closed_from: None,
        values: stated(number as u64),
    };
    vec![
        unit(1, None, None),
        unit(2, Some(1), None),
        unit(3, Some(1), None),
        unit(4, Some(1), None),
        unit(5, Some(2), None),
        unit(6, Some(5), Some(4)),
        unit(7, Some(2), None),
        unit(8, Some(2), Some(4)),
        unit(9, Some(3), None),
        unit(10, Some(4), None),
        unit(11, Some(3), Some(4)),
        unit(12, Some(7), None),
    ]
}

/// The world that a sequence runs in.
struct World {
    app: App,
    facts: Vec<(RecordId, i64, FormIdx)>,
    imports: Vec<ImportId>,
    done: usize,
}

impl World {
    async fn new(test: &TestDb, source: &Source, second: Option<&Source>) -> Self {
        let app = open(test, source).await;
        if let Some(second) = second {
            app::campaigns::load(&app, &office(&app), second, None).await.unwrap();
        }
        let snapshot = app.current(&office(&app)).await.unwrap();
        let units = city_units(&snapshot);
        load(&app, &office(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
        Self { app, facts: Vec::new(), imports: Vec::new(), done: 0 }
    }

    async fn take(&mut self, step: &Step) {
        let month = |number: i32| (0..number).fold(Month::january(2011), |month, _| month.next());
        let any_unit = |number: usize| UnitId(10_002 + (number as i64) % 10);
        let outcome = match step {
            Step::Create { form, unit, seed } => self.create(*form, *unit, *seed).await,
            Step::Correct { fact, seed } => self.correct(*fact, *seed).await,
            Step::Take { fact, step, seed } => self.step(*fact, *step, *seed).await,
            Step::Delete { fact } => self.delete(*fact).await,
            Step::Forget { fact } => self.forget(*fact).await,
            Step::Move { unit, parent, guidance, month: number } => {
                let (parent, from) = (UnitId(10_001 + (*parent as i64) % 6), month(*number));
                let step = if *guidance {
                    units::UnitChange::Guide { by: Some(parent).filter(|_| number % 4 > 0), from }
                } else {
                    units::UnitChange::Move { parent, from }
                };
                self.change(any_unit(*unit), step).await
            }
            Step::Merge { unit, into, month: number } => {
                let step = units::UnitChange::Merge { into: any_unit(*into), from: month(*number) };
                self.change(any_unit(*unit), step).await
            }
            Step::Close { unit, month: number } => {
                self.change(any_unit(*unit), units::UnitChange::Close { from: month(*number) }).await
            }
            Step::Import { form, rows, seed } => self.import(*form, *rows, *seed).await,
            Step::TakeBack { import } => self.take_back(*import).await,
            Step::Rename { unit } => {
                let until = office(&self.app).clock.calendar_day();
                self.change(
                    any_unit(*unit),
                    units::UnitChange::Rename { name: "another name".to_owned(), until },
                )
                .await
            }
        };
        match outcome {
            Ok(()) => self.done += 1,
            // A circle, a broken rule, a repeated number: refused, and nothing changed.
            Err(Error::Invalid(_) | Error::InvalidFields(_)) => {}
            Err(other) => panic!("{step:?}: {other:?}"),
        }
    }

    async fn change(&self, unit: UnitId, change: units::UnitChange) -> Result<(), Error> {
        carry_out(&self.app, &office(&self.app), &Command { unit, seen: None, change }).await
    }

    fn form(definition: &Definition, number: usize) -> FormIdx {
        let forms: Vec<FormIdx> =
            definition.forms.positions().filter(|form| *form != definition.roster).collect();
        forms[number % forms.len()]
    }

    async fn create(&mut self, form: usize, unit: usize, seed: u64) -> Result<(), Error> {
        let snapshot = self.app.current(&office(&self.app)).await?;
        let definition = &snapshot.definition;
        let position = Self::form(definition, form);
        let form = &definition.forms[position];
        // Districts state baselines too.
        let unit = match form.kind {
            FormKind::Baseline => UnitId(10_002 + (unit as i64) % 10),
            _ => unit_id(unit),
        };
        // Most random values break a rule of the form; a few tries find some that do not.
        let mut outcome = Err(Error::Invalid(Vec::new()));
        for attempt in 0..20 {
            let values = values(definition, form, seed.wrapping_add(attempt));
            outcome = records::create(&self.app, &office(&self.app), &form.id, unit, values).await;
            if !matches!(outcome, Err(Error::Invalid(_) | Error::InvalidFields(_))) {
                break;
            }
        }
        self.facts.push((outcome?, 1, position));
        Ok(())
    }

    async fn correct(&mut self, fact: usize, seed: u64) -> Result<(), Error> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let snapshot = self.app.current(&office(&self.app)).await?;
        let number = fact % self.facts.len();
        let (id, version, form) = self.facts[number];
        let form = &snapshot.definition.forms[form];
        let stated = values(&snapshot.definition, form, seed);
        let stale = records::correct(&self.app, &office(&self.app), id, version + 1000, stated).await;
        assert!(matches!(stale, Err(Error::Stale { .. })), "a version that nobody has seen is refused");
        for attempt in 0..20 {
            let stated = values(&snapshot.definition, form, seed.wrapping_add(attempt));
            match records::correct(&self.app, &office(&self.app), id, version, stated).await {
                Err(Error::Invalid(_) | Error::InvalidFields(_)) => {}
                // An import has corrected it since.
                Err(Error::Stale { .. }) => return Ok(()),
                other => {
                    other?;
                    self.facts[number].1 += 1;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes one of the transitions that a record offers, with random values.
    async fn step(&mut self, fact: usize, step: usize, seed: u64) -> Result<(), Error> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let number = fact % self.facts.len();
        let (id, _, form) = self.facts[number];
        let found = records::find(&self.app, &office(&self.app), id).await?;
        let (definition, offers) =
            (&found.snapshot.definition, transitions::offers(&office(&self.app), &found).own);
        let form = &definition.forms[form];
        let Some(workflow) = form.workflow.as_ref().filter(|_| !offers.is_empty()) else { return Ok(()) };
        let step = &workflow.transitions[offers[step % offers.len()]];
        let asked = transitions::required_fields(step, &transitions::values_before(&found, step));
        for attempt in 0..20 {
            let mut stated = values(definition, form, seed.wrapping_add(attempt));
            stated.retain(|field, _| asked.contains(&form.field(field).unwrap()));
            match transitions::take(&self.app, &office(&self.app), id, found.version, &step.id, stated).await
            {
                Err(Error::Invalid(_) | Error::InvalidFields(_)) => {}
                other => {
                    assert!(other?.is_new, "{} is taken once", step.id);
                    self.facts[number].1 = found.version + 1;
                    let after = records::find(&self.app, &office(&self.app), id).await?;
                    assert_eq!(after.state, Some(step.to), "{} leads where it says", step.id);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Imports a file of random rows; the good ones are taken.
    async fn import(&mut self, form: usize, rows: usize, seed: u64) -> Result<(), Error> {
        let snapshot = self.app.current(&office(&self.app)).await?;
        let position = Self::form(&snapshot.definition, form);
        let form = &snapshot.definition.forms[position];
        let mut lines =
            vec![form.fields.iter().map(|field| field.label.zh.clone()).collect::<Vec<_>>().join(",")];
        for row in 0..rows as u64 {
            let mut values = values(&snapshot.definition, form, seed.wrapping_add(row));
            values.insert("unit".to_owned(), Value::Unit(unit_id((seed.wrapping_add(row) % 6) as usize)));
            let cells =
                form.fields.iter().map(|field| match (values.get(&field.id), field.kind.spec().meaning) {
                    (Some(Value::Integer(fen)), Meaning::Money { .. }) => format!("{}", fen / 100),
                    (Some(Value::Unit(unit)), _) => snapshot.units[unit].code.clone(),
                    (Some(Value::Reference(reference)), _) => reference.text.clone(),
                    (Some(Value::Flag(flag)), _) => if *flag { "是" } else { "否" }.to_owned(),
                    (Some(Value::Date(date)), _) => date.to_string(),
                    (Some(Value::Text(text) | Value::Code(text)), _) => text.clone(),
                    (Some(Value::Integer(number)), _) => number.to_string(),
                    (Some(Value::Decimal(number)), _) => number.to_string(),
                    (Some(Value::NotApplicable(reason)), _) => format!("不适用：{reason}"),
                    (None, _) => String::new(),
                });
            lines.push(cells.collect::<Vec<_>>().join(","));
        }
        let request = Request {
            file_name: "random.csv".to_owned(),
            bytes: Arc::new(lines.join("\n").into_bytes()),
            kind: kind_of_form(&snapshot, position),
            sheet: None,
            unit: None,
            mapping: BTreeMap::new(),
            accept_good_rows: true,
            correct_stored: seed.is_multiple_of(2),
            skip_conflicts: false,
            hidden_rows: None,
            preview: false,
            ..Request::default()
        };
        let report = import(&self.app, &office(&self.app), request, &|_, _| {}).await?;
        self.imports.extend(report.import.map(ImportId));
        Ok(())
    }

    /// Takes one of the imports back, as far as nobody has touched its records since.
    async fn take_back(&mut self, import: usize) -> Result<(), Error> {
        if self.imports.is_empty() {
            return Ok(());
        }
        let ctx = office(&self.app);
        let import = self.imports.remove(import % self.imports.len());
        let plan = preview_take_back(&self.app, &ctx, import).await?;
        let taken = take_back(&self.app, &ctx, import, &plan.seen).await?.unwrap();
        assert_eq!((taken.gone, taken.returned, taken.left), (plan.goes, plan.returns, plan.left));
        let again = take_back(&self.app, &ctx, import, &plan.seen).await;
        assert!(matches!(again, Err(Error::Stale { .. })), "it is done once: {again:?}");
        for (known, version, _) in &mut self.facts {
            if let Ok(found) = records::find(&self.app, &ctx, *known).await {
                *version = found.version;
            }
        }
        Ok(())
    }

    /// Removes the data of a person whom a fact tells of, in every record.
    async fn forget(&mut self, fact: usize) -> Result<(), Error> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let (id, ..) = self.facts[fact % self.facts.len()];
        let fact = records::find(&self.app, &office(&self.app), id).await?.fact;
        let snapshot = self.app.current(&office(&self.app)).await?;
        let mut persons = snapshot.definition.forms[fact.form].persons.iter();
        let key = persons.find_map(|person| PersonKey::from_record(&snapshot, &fact, *person));
        let Some(key) = key else { return Ok(()) };
        persons::remove(&self.app, &office(&self.app), &key, "asked for").await?;
        for (known, version, _) in &mut self.facts {
            // One that an import has corrected since is stale before and after.
            *version = records::find(&self.app, &office(&self.app), *known).await?.version;
        }
        Ok(())
    }

    async fn delete(&mut self, fact: usize) -> Result<(), Error> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let (id, version, _) = self.facts.remove(fact % self.facts.len());
        match records::delete(&self.app, &office(&self.app), id, version).await {
            Err(Error::Stale { .. }) => Ok(()),
            other => other,
        }
    }
}

/// The console, by the clock of the program.
fn office(app: &App) -> Context {
    app.system(app.first_region().unwrap(), Language::Chinese)
}

/// Figures as they were shown on each of some days come again when that day is asked for, whatever was done since, and are
/// those that a replay of the audit up to that day comes to.
fn run_days(
    cases: u32,
    database: impl AsyncFn() -> Option<TestDb>,
    source: &Source,
    second: Option<&Source>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig {
        cases,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let (compared, replayed) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    TestRunner::new(config)
        // Enough for a few days, whatever the chance.
        .run(&prop::collection::vec(step(), 12..40), |steps| {
            runtime.block_on(async {
                let Some(test) = database().await else { return Ok(()) };
                let mut world = World::new(&test, source, second).await;
                let clock = Arc::new(MovableClock::default());
                world.app = open_again(&test, clock.clone()).await;
                let (mut diary, mut replay) = (diary::Diary::default(), replay::Replay::default());
                for steps in steps.chunks(4) {
                    for step in steps {
                        world.take(step).await;
                    }
                    diary.write(&world.app).await;
                    replay.end_day(&test, &world.app).await;
                    clock.advance(SignedDuration::from_hours(24));
                }
                // What is made anew says the same of every day.
                if steps.len().is_multiple_of(2) {
                    rebuild(&world.app, &office(&world.app)).await.unwrap();
                }
                compared.set(compared.get() + diary.assert_known(&world.app).await);
                replayed.set(replayed.get() + replay.assert_known(&test, &world.app).await);
                prop_assert_eq!(verify(&world.app, &office(&world.app)).await.unwrap().findings, []);
                world.app.close().await;
                Ok(())
            })
        })
        .unwrap();
    let compared = compared.get();
    assert!(compared == 0 || compared > 20 * cases as usize, "only {compared} figures compared");
    let replayed = replayed.get();
    assert!(compared == 0 || replayed >= cases as usize, "only {replayed} days replayed");
}

#[test]
fn figures_come_again_as_they_were_known() {
    run_days(3, async || Some(testkit::sqlite().await), &first_campaign(), None);
}

#[test]
fn figures_of_two_campaigns_come_again_as_they_were_known() {
    run_days(5, async || Some(testkit::sqlite().await), &small_campaign(), Some(&second_campaign()));
}

#[test]
fn figures_come_again_as_they_were_known_on_postgres() {
    run_days(2, testkit::postgres, &small_campaign(), Some(&second_campaign()));
}

/// Histories that are loaded are known by what their units were known to be on each day, and not by what they said later.
#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_history_is_known_day_by_day() {
    for test in testkit::databases().await {
        loaded::check_history(&test, &small_campaign(), Some(&second_campaign()), 1).await;
    }
    for seed in 2..4 {
        let test = testkit::sqlite().await;
        loaded::check_history(&test, &small_campaign(), Some(&second_campaign()), seed).await;
    }
    loaded::check_history(&testkit::sqlite().await, &first_campaign(), None, 4).await;
}

/// A database of an earlier version has no days: they are made from its audit when it is opened. Units are taken to have
/// been where they are, and records that were removed are in no day: neither happens here.
fn run_upgrades(cases: u32, database: impl AsyncFn() -> Option<TestDb>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let replayed = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&prop::collection::vec(entry(), 12..30), |steps| {
            runtime.block_on(async {
                let Some(test) = database().await else { return Ok(()) };
                let mut world = World::new(&test, &small_campaign(), Some(&second_campaign())).await;
                let clock = Arc::new(MovableClock::default());
                world.app = open_again(&test, clock.clone()).await;
                let mut replay = replay::Replay::default();
                for steps in steps.chunks(4) {
                    for step in steps {
                        world.take(step).await;
                    }
                    replay.end_day(&test, &world.app).await;
                    clock.advance(SignedDuration::from_hours(24));
                }
                world.app.fold(&office(&world.app)).await.unwrap();
                for table in ["balance_day", "former_posting", "recomputed_day"] {
                    testkit::run_sql(&test, &format!("DELETE FROM {table} WHERE region_id = {{region}}"))
                        .await;
                }
                let without = "UPDATE region SET days_definition = NULL WHERE region_id = {region}";
                testkit::run_sql(&test, without).await;
                let app = open_again(&test, clock.clone()).await;
                replayed.set(replayed.get() + replay.assert_known(&test, &app).await);
                prop_assert_eq!(verify(&app, &office(&app)).await.unwrap().findings, []);
                app.close().await;
                Ok(())
            })
        })
        .unwrap();
    let replayed = replayed.get();
    assert!(replayed == 0 || replayed >= cases as usize, "only {replayed} days replayed");
}

#[test]
fn an_upgraded_database_knows_the_days_of_its_audit() {
    run_upgrades(8, async || Some(testkit::sqlite().await));
}

#[test]
fn an_upgraded_database_knows_the_days_of_its_audit_on_postgres() {
    run_upgrades(3, testkit::postgres);
}

fn run(cases: u32, database: impl AsyncFn() -> Option<TestDb>, source: &Source, second: Option<&Source>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig {
        cases,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let done = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 1..40), |steps| {
            runtime.block_on(async {
                let Some(test) = database().await else { return Ok(()) };
                let mut world = World::new(&test, source, second).await;
                for step in &steps {
                    world.take(step).await;
                }
                let verified = verify(&world.app, &office(&world.app)).await.unwrap();
                prop_assert_eq!(verified.findings, []);
                let awaited = waits(&world.app).await;
                rebuild(&world.app, &office(&world.app)).await.unwrap();
                prop_assert_eq!(waits(&world.app).await, awaited);
                agreement::assert_agreement(&test, &world.app, steps.len()).await;
                done.set(done.get() + world.done);
                world.app.close().await;
                Ok(())
            })
        })
        .unwrap();
    let done = done.get();
    assert!(done == 0 || done >= cases as usize, "only {done} commands were carried out in {cases} cases");
}

#[test]
fn balances_equal_the_recount_under_the_first_campaign() {
    run(40, async || Some(testkit::sqlite().await), &first_campaign(), None);
}

#[test]
fn balances_equal_the_recount_under_a_small_campaign() {
    run(40, async || Some(testkit::sqlite().await), &small_campaign(), None);
}

/// Two campaigns over different years that overlap: what both count is stated once.
#[test]
fn balances_equal_the_recount_under_two_campaigns() {
    run(40, async || Some(testkit::sqlite().await), &small_campaign(), Some(&second_campaign()));
}

#[test]
fn balances_equal_the_recount_on_postgres() {
    run(12, testkit::postgres, &small_campaign(), Some(&second_campaign()));
}
