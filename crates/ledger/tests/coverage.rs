//! How many have answered, years that run, limits, and amounts in their unit: on the small campaign, with numbers that
//! were worked out by hand.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use campaign::{
    check::check,
    definition::{CampaignIdx, Definition, Indicator, Values},
    source::{Source, SourceFile},
};
use ledger::{
    balance::Own,
    baseline::{Statements, baselines},
    classes::{Classes, class_statement},
    fact::Fact,
    figure::{Balances, Coverage, Figure, FigureState, Note, Question, Readings, RegionTargets, figure},
    folded::FoldedBalances,
    hierarchy::{Affiliation, Hierarchy, Line},
    owed::OwedStatements,
    recount::{CellComparison, Recount, Units},
    spread::{BalanceChange, Spread},
};
use model::{
    ids::{RecordId, UnitId},
    month::{Month, parse_day},
    value::Value,
};

/// The city; its two districts; the enterprises of the first and of the second.
const CITY: UnitId = UnitId(1);
const DISTRICT: UnitId = UnitId(2);
const ENTERPRISES: [UnitId; 5] = [UnitId(11), UnitId(12), UnitId(13), UnitId(14), UnitId(15)];

/// The small campaign with some words of its files replaced.
fn definition(changes: &[(&str, &str, &str)]) -> Definition {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaign/tests/small");
    let source = Source::read_dir(&dir).unwrap();
    let changed = source.files().iter().map(|file| {
        let mut text = file.text.clone();
        for (_, from, to) in changes.iter().filter(|(path, ..)| *path == file.path) {
            assert!(text.contains(from), "{}: {from}", file.path);
            text = text.replacen(from, to, 1);
        }
        SourceFile { path: file.path.clone(), text }
    });
    check(&Source::from_files(changed.collect())).unwrap()
}

/// A city, counted.
struct City<'d> {
    definition: &'d Definition,
    tree: Hierarchy,
    links: Vec<Affiliation>,
    facts: Vec<Fact>,
}

impl<'d> City<'d> {
    /// Three enterprises are in the first district, two in the second.
    fn new(definition: &'d Definition) -> Self {
        let (from, to, line) = (Month::ALWAYS, Month::NEVER, Line::Subordination);
        let under = |unit: i64, parent: i64| Affiliation {
            unit: UnitId(unit),
            line,
            from,
            to,
            parent: UnitId(parent),
        };
        let links = vec![
            under(2, 1),
            under(3, 1),
            under(11, 2),
            under(12, 2),
            under(13, 2),
            under(14, 3),
            under(15, 3),
        ];
        Self { definition, tree: tree(&links), links, facts: Vec::new() }
    }

    /// An enterprise that moves to the second district.
    fn moved(mut self, unit: UnitId, from: Month) -> Self {
        let old = self.links.iter_mut().find(|link| link.unit == unit).unwrap();
        old.to = from;
        let new = Affiliation { from, to: Month::NEVER, parent: UnitId(3), ..*old };
        self.links.push(new);
        self.tree = tree(&self.links);
        self
    }

    fn with(mut self, form: &str, unit: UnitId, values: &[(&str, Value)]) -> Self {
        let (form, known) = self.definition.form(form).unwrap();
        let mut stated: Values = known.no_values();
        stated[known.unit.unwrap()] = Some(Value::Unit(unit));
        for (field, value) in values {
            stated[known.field(field).unwrap()] = Some(value.clone());
        }
        let id = RecordId(i64::try_from(self.facts.len()).unwrap() + 1);
        self.facts.push(Fact { id, form, unit, values: stated, state: None });
        self
    }

    /// A yearly return; workers in training may be left blank.
    fn with_return(self, unit: UnitId, year: i64, workers: i64, trained: Option<i64>) -> Self {
        let mut values = vec![
            ("year", Value::Integer(year)),
            ("registration", Value::Code("100".to_owned())),
            ("workers", Value::Integer(workers)),
        ];
        if let Some(trained) = trained {
            values.push(("trained_indoors", Value::Integer(trained)));
            values.push(("trained_on_post", Value::Integer(0)));
        }
        self.with("annual", unit, &values)
    }

    fn with_idea(self, unit: UnitId, (year, month): (i16, i8)) -> Self {
        let day = day(year, month, 15);
        self.with("workshop-idea", unit, &[("told_on", day), ("author", Value::Text("张三".to_owned()))])
    }

    fn with_baseline(self, unit: UnitId, ideas: i64) -> Self {
        self.with("before", unit, &[("year", Value::Integer(2020)), ("ideas", Value::Integer(ideas))])
    }

    fn classes(&self) -> Classes {
        let mut classes = Classes::default();
        for fact in &self.facts {
            if let Some((year, class)) = class_statement(self.definition, fact) {
                classes.state(fact.unit, year, class);
            }
        }
        classes
    }

    /// The figure of an indicator; counted twice, and both must agree.
    fn figure(
        &self,
        unit: UnitId,
        id: &str,
        through: (i16, i8),
        is_running: bool,
        readings: Readings,
    ) -> Figure {
        let (classes, keeps_months) = (self.classes(), |_| true);
        let owes = |unit| ENTERPRISES.contains(&unit);
        let mut own = Own::default();
        self.facts.iter().for_each(|fact| own.add_record(self.definition, fact, &classes, 1));
        own.prune();
        let spread = Spread::new(self.definition, &self.tree, &keeps_months);
        let mut change = BalanceChange::default();
        spread.add(&own, 1, &mut change);
        let mut folded = FoldedBalances::default();
        folded.apply(&spread, change);
        let stated = own.units.iter().filter(|(_, unit)| !unit.statements.is_empty());
        let statements: Statements = stated.map(|(id, unit)| (*id, unit.statements.clone())).collect();
        folded.cells.extend(baselines(self.definition, &statements, &self.tree, &owes));

        let units = Units {
            affiliations: &self.links,
            classes: &classes,
            keeps_months: &keeps_months,
            owes: &owes,
            closed_from: &|_| None,
        };
        let mut recount = Recount::new(self.definition, &units);
        self.facts.iter().for_each(|fact| recount.count(fact));
        let recounted = recount.finish();
        let mut comparison = CellComparison::new(recounted.cells);
        folded.cells.iter().for_each(|(place, row)| comparison.take(*place, row));
        assert_eq!(comparison.finish(), None);
        assert_eq!(statements, recounted.statements);

        let own = folded.cells.into_iter().filter(|(key, _)| key.unit == unit);
        let balances: Balances = own.map(|(key, row)| (key.period, row)).collect();
        let owed = OwedStatements::new(&self.tree, |unit| owes(unit).then_some(Month::NEVER));
        let question = Question {
            definition: self.definition,
            campaign: self.definition.first_campaign(),
            readings: &readings,
            through: Month::new(through.0, through.1).unwrap(),
            period: None,
            has_begun: true,
            is_running,
            owed: owed.for_unit(unit),
            is_region: unit == CITY,
            targets: &RegionTargets::default(),
            is_reported: true,
            is_single: false,
        };
        figure(&question, indicator(self.definition, id), &balances)
    }

    /// At the end of a year that is over.
    fn past(&self, unit: UnitId, id: &str, year: i16) -> Figure {
        self.figure(unit, id, (year, 12), false, Readings::default())
    }
}

fn tree(links: &[Affiliation]) -> Hierarchy {
    Hierarchy::new([1, 2, 3, 11, 12, 13, 14, 15].map(UnitId), links.iter().copied())
}

fn indicator<'d>(definition: &'d Definition, id: &str) -> &'d Indicator {
    definition.campaigns[CampaignIdx::FIRST].indicator(id).unwrap()
}

fn day(year: i16, month: i8, day: i8) -> Value {
    Value::Date(parse_day(&format!("{year:04}-{month:02}-{day:02}")).unwrap())
}

fn close(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-9)
}

/// Six ideas of one enterprise.
fn ideas(city: City<'_>) -> City<'_> {
    (1..=6).fold(city, |city, month| city.with_idea(A, (2021, month)))
}

/// A finished action with a rating.
fn rated(city: City<'_>, rating: f64) -> City<'_> {
    let day = day(2021, 3, 1);
    city.with("green-action", A, &[("finished_on", day), ("rating", Value::Decimal(rating))])
}

/// What a figure has as coverage.
#[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be none")]
fn answered(answered: i64, owed: i64, earlier: i64) -> Option<Coverage> {
    Some(Coverage { answered, owed, earlier })
}

const A: UnitId = ENTERPRISES[0];
const B: UnitId = ENTERPRISES[1];
const C: UnitId = ENTERPRISES[2];
const D: UnitId = ENTERPRISES[3];
const E: UnitId = ENTERPRISES[4];

/// A blank is neither zero nor an answer: the rate over all who stated either part stays, beside it stands that over those
/// who answered both.
#[test]
fn a_rate_says_who_answered_both_parts() {
    let definition = definition(&[]);
    let city = City::new(&definition).with_return(A, 2021, 100, Some(90)).with_return(B, 2021, 50, None);
    let found = city.past(CITY, "2.10", 2021);
    assert!(close(found.value, 90.0 / 150.0), "{found:?}");
    assert!(close(found.like_for_like, 90.0 / 100.0), "{found:?}");
    assert_eq!(found.coverage, answered(1, 5, 0));
    // 60 % is the target, and the value; but one of five is not enough to say so.
    assert_eq!((found.state, found.note), (FigureState::Incomplete, Some(Note::LowCoverage)));
    assert_eq!(city.past(DISTRICT, "2.10", 2021).coverage, answered(1, 3, 0));
    // A stated zero is an answer.
    let city = city.with_return(C, 2021, 0, Some(0)).with_return(D, 2021, 10, Some(10));
    assert_eq!(city.past(CITY, "2.10", 2021).coverage, answered(3, 5, 0));
    let city = city.with_return(E, 2021, 10, Some(10));
    let found = city.past(CITY, "2.10", 2021);
    assert_eq!((found.coverage, found.note), (answered(4, 5, 0), None));
    assert!(close(found.value, 110.0 / 170.0), "{found:?}");
    assert_eq!(found.state, FigureState::Met, "four of five are the threshold of 80 %");
}

/// Whom a question does not concern has answered it, and is not compared with the others.
#[test]
fn what_is_not_applicable_is_answered_and_not_compared() {
    let definition = definition(&[]);
    let none = || Value::NotApplicable("无培训任务".to_owned());
    let with = |city: City<'static>, unit, indoors: Option<Value>, on_post: Option<Value>| {
        let mut values = vec![
            ("year", Value::Integer(2021)),
            ("registration", Value::Code("100".to_owned())),
            ("workers", Value::Integer(50)),
        ];
        values.extend(indoors.map(|value| ("trained_indoors", value)));
        values.extend(on_post.map(|value| ("trained_on_post", value)));
        city.with("annual", unit, &values)
    };
    let definition: &'static Definition = Box::leak(Box::new(definition));
    let city = || City::new(definition).with_return(A, 2021, 100, Some(90));
    let of = |city: &City<'_>| {
        let found = city.past(CITY, "2.10", 2021);
        (found.value, found.like_for_like, found.coverage)
    };
    let both = with(city(), B, Some(none()), Some(none()));
    assert_eq!(of(&both), (Some(90.0 / 150.0), Some(90.0 / 100.0), answered(2, 5, 0)));
    // A blank beside it leaves the question open; a number beside it is what there is.
    let open = with(city(), B, Some(none()), None);
    assert_eq!(of(&open), (Some(90.0 / 150.0), Some(90.0 / 100.0), answered(1, 5, 0)));
    let part = with(city(), B, Some(none()), Some(Value::Integer(30)));
    assert_eq!(of(&part), (Some(120.0 / 150.0), Some(120.0 / 150.0), answered(2, 5, 0)));
    let zero = with(city(), B, Some(Value::Integer(0)), Some(Value::Integer(0)));
    assert_eq!(of(&zero), (Some(90.0 / 150.0), Some(90.0 / 150.0), answered(2, 5, 0)));
    // In a running year the last statement is carried on as it was.
    let running = both.figure(CITY, "2.10", (2022, 6), true, Readings::default());
    assert_eq!(running.coverage, answered(2, 5, 0));
    assert!(close(running.like_for_like, 0.9), "{running:?}");
    // A baseline that does not concern a unit is known all the same.
    let base = [("year", Value::Integer(2020)), ("ideas", none())];
    let city = ideas(City::new(definition).with_baseline(A, 3).with("before", B, &base));
    assert_eq!(city.past(CITY, "2.1", 2021).coverage, answered(2, 5, 0));
}

#[test]
fn the_campaign_says_how_many_must_have_answered() {
    let lower = ("campaign.toml", "baseline = {", "coverage_threshold = 0.2\nbaseline = {");
    let definition = definition(&[lower]);
    let city = City::new(&definition).with_return(A, 2021, 100, Some(90));
    assert_eq!(city.past(CITY, "2.10", 2021).state, FigureState::Met);
}

/// A few with a large growth do not make the city's.
#[test]
fn a_baseline_of_a_few_is_not_called_met() {
    let definition = definition(&[]);
    let city = ideas(City::new(&definition).with_baseline(A, 3));
    let found = city.past(CITY, "2.1", 2021);
    assert!(close(found.value, 1.0), "{found:?}");
    assert_eq!((found.coverage, found.state), (answered(1, 5, 0), FigureState::Incomplete));
    let found = city.past(A, "2.1", 2021);
    assert_eq!((found.coverage, found.state), (answered(1, 1, 0), FigureState::Met));
    // A statement of a district speaks for all that is under it; nobody is counted twice.
    let city =
        ideas(City::new(&definition).with_baseline(DISTRICT, 3).with_baseline(B, 1).with_baseline(D, 1));
    assert_eq!(city.past(CITY, "2.1", 2021).coverage, answered(4, 5, 0));
    assert_eq!(
        city.past(CITY, "2.1", 2021).state,
        FigureState::Met,
        "6 of 4 last year, and four of five known"
    );
    assert_eq!(
        city.past(A, "2.1", 2021).note,
        Some(Note::NoBaseline),
        "a district says nothing of one of its units"
    );
}

/// While a year runs, each unit enters with its last statement; what is divided by it is of the same part of the year.
#[test]
fn a_running_year_takes_last_statements() {
    let definition = definition(&[]);
    let city = City::new(&definition)
        .with_return(A, 2021, 100, None)
        .with_return(B, 2021, 50, None)
        .with_return(A, 2022, 120, None);
    let city = (0..17).fold(city, |city, number| city.with_idea(A, (2022, 1 + number % 6)));
    let by_ideas = || {
        let reading = definition.first_campaign().readings.position(|reading| reading.id == "participation");
        let mut chosen: Vec<_> =
            definition.first_campaign().readings.iter().map(|_| campaign::definition::Idx::FIRST).collect();
        let option = &definition.first_campaign().readings[reading.unwrap()].options;
        chosen[reading.unwrap().number()] = option.position(|option| option.id == "ideas").unwrap();
        Readings(chosen.into())
    };
    let found = city.figure(CITY, "2.2", (2022, 6), true, by_ideas());
    assert!(close(found.denominator, (120.0 + 50.0) * 0.5), "{found:?}");
    assert!(close(found.value, 17.0 / 85.0), "{found:?}");
    assert_eq!(found.coverage, answered(2, 5, 1));
    // Persons are no flow: a person who had an idea is one of the workers, whatever the month.
    let found = city.figure(CITY, "2.2", (2022, 6), true, Readings::default());
    assert!(close(found.denominator, 170.0), "{found:?}");
    // When the year is over, what was not stated for it is not there.
    let found = city.figure(CITY, "2.2", (2022, 12), false, by_ideas());
    assert!(close(found.value, 17.0 / 120.0), "{found:?}");
    assert_eq!(found.coverage, answered(1, 5, 0));
    // A year later the statement of 2022 is A's last, and that of 2021 is still B's.
    let found = city.figure(CITY, "2.2", (2023, 3), true, Readings::default());
    assert!(close(found.denominator, 170.0), "{found:?}");
    assert_eq!(found.coverage, answered(2, 5, 2));
    // Years that are over count as they were stated: 2021 and 2022 as a whole, 2023 by last statements.
    let found = city.figure(CITY, "2.10", (2023, 3), true, Readings::default());
    assert!(close(found.denominator, 150.0 + 120.0 + 170.0), "{found:?}");
}

/// The last statement of a unit goes with it.
#[test]
fn a_last_statement_moves_with_its_unit() {
    let definition = definition(&[]);
    let city = City::new(&definition).with_return(A, 2021, 100, None).with_return(D, 2021, 7, None);
    let city = city.moved(A, Month::new(2022, 4).unwrap());
    let workers =
        |unit, month| city.figure(unit, "2.2", (2022, month), true, Readings::default()).denominator;
    assert!(close(workers(DISTRICT, 3), 100.0) && close(workers(UnitId(3), 3), 7.0));
    assert!(close(workers(DISTRICT, 4), 0.0) && close(workers(UnitId(3), 4), 107.0));
    assert!(close(workers(CITY, 3), 107.0) && close(workers(CITY, 4), 107.0));
}

/// A limit is kept at or below it; what is beyond it is the gap.
#[test]
fn a_limit_is_not_to_be_passed() {
    let limit = ("indicators/1.3.toml", "target = 20", "target = 2\ndirection = \"at-most\"");
    let definition = definition(&[limit]);
    let begun = |count: i8| {
        (1..=count).fold(City::new(&definition), |city, day| {
            let day = self::day(2021, 3, day);
            city.with("green-action", A, &[("started_on", day)])
        })
    };
    let kept = begun(2).past(CITY, "1.3", 2021);
    assert_eq!((kept.state, kept.gap(), kept.shortfall), (FigureState::Met, None, None));
    assert!(close(kept.completion_rate(), 1.0), "all of it is used up");
    let passed = begun(5).past(CITY, "1.3", 2021);
    assert_eq!((passed.state, passed.gap(), passed.shortfall), (FigureState::Behind, Some(3.0), Some(3.0)));
    assert!(close(passed.path_rate(), 2.0 / 5.0));
    assert_eq!(City::new(&definition).past(CITY, "1.3", 2021).state, FigureState::Met, "none at all");
}

/// 1.2 million yuan are 120 of 10,000 yuan, and do not meet a target of 1,000 of them.
#[test]
fn money_counts_in_the_unit_of_its_measure() {
    let definition = definition(&[]);
    let day = || self::day(2021, 3, 1);
    let city = City::new(&definition).with(
        "green-action",
        A,
        &[("finished_on", day()), ("verified", Value::Flag(true)), ("saving", Value::Integer(120_000_000))],
    );
    let found = city.past(CITY, "1.2", 2023);
    assert!(close(found.value, 120.0) && close(found.listed, 120.0), "{found:?}");
    assert_eq!((found.target, found.state), (Some(1000.0), FigureState::Behind));
    // A fen more is there too.
    let city = city.with(
        "green-action",
        B,
        &[("finished_on", day()), ("verified", Value::Flag(true)), ("saving", Value::Integer(1))],
    );
    assert!(close(city.past(CITY, "1.2", 2023).value, 120.000_001));
}

/// Decimals are added exactly: ten times 0.1 are 1.
#[test]
fn decimals_add_up_exactly() {
    let ratings = ("indicators/1.1.toml", "to_date(actions_finished)", "to_date(ratings)");
    let definition = definition(&[ratings]);
    let city = (0..10).fold(City::new(&definition), |city, _| rated(city, 0.1));
    assert_eq!(city.past(CITY, "1.1", 2021).value, Some(1.0));
    // One decimal is kept: 8.25 is 8.3.
    assert!(close(rated(city, 8.25).past(CITY, "1.1", 2021).value, 9.3));
}
