//! Paths, states and windows of figures, on the small campaign.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use campaign::{
    check::check,
    definition::{CampaignIdx, Definition, Goal, MeasureKind, Path, Window},
    source::Source,
};
use ledger::{
    balance::{Period, Tally},
    balance_row::BalanceRow,
    figure::{Balances, FigureState, Note, Question, Readings, RegionTargets, figure},
    forecast::Course,
    months::months,
    owed::UnitCount,
    path::expected,
    spread::appearances,
};
use model::month::Month;

fn definition() -> Definition {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaign/tests/small");
    check(&Source::read_dir(&dir).unwrap()).unwrap()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

#[test]
fn a_path_begins_at_nothing_and_ends_at_the_target() {
    let definition = definition();
    let first = definition.first_campaign().period.first;
    let before = Month::december(first - 1);
    for path in [Path::Linear, Path::Compound(0.05), Path::Plan([(first, 0.5)].into())] {
        let goal = Goal::ByEnd(path);
        assert!(close(expected(definition.first_campaign(), &goal, 100.0, before), 0.0), "{goal:?}");
        assert!(
            close(expected(definition.first_campaign(), &goal, 100.0, definition.last_month()), 100.0),
            "{goal:?}"
        );
        let mut month = definition.first_campaign().first_month();
        let mut last = 0.0;
        while month < definition.last_month() {
            let now = expected(definition.first_campaign(), &goal, 100.0, month);
            assert!(goal_may_fall(&goal) || now > last, "{goal:?} at {month}");
            last = now;
            month = month.next();
        }
    }
}

/// A plan that names one year says nothing of the others.
fn goal_may_fall(goal: &Goal) -> bool {
    matches!(goal, Goal::ByEnd(Path::Plan(_)))
}

#[test]
fn a_linear_path_is_even_and_a_compound_one_starts_slower() {
    let definition = definition();
    let years = f64::from(definition.first_campaign().period.count());
    let first = Month::december(definition.first_campaign().period.first);
    assert!(close(
        expected(definition.first_campaign(), &Goal::ByEnd(Path::Linear), 1.0, first),
        1.0 / years
    ));
    assert!(
        expected(definition.first_campaign(), &Goal::ByEnd(Path::Compound(0.05)), 1.0, first) < 1.0 / years
    );
    for goal in [Goal::EachYear, Goal::Throughout] {
        assert!(close(expected(definition.first_campaign(), &goal, 0.3, first), 0.3));
    }
}

#[test]
fn a_key_appears_once_in_the_campaign_or_once_a_year() {
    let months = [(2012, 5), (2012, 3), (2013, 1), (2011, 9)];
    let mut tally: Tally = months.iter().map(|(y, m)| (Month::new(*y, *m).unwrap(), 1)).collect();
    // A sighting that was taken back does not count.
    tally.insert(Month::new(2011, 1).unwrap(), 0);
    let told = |window| appearances(&tally, window).iter().map(|m| m.number()).collect::<Vec<_>>();
    assert_eq!(told(Window::Campaign), [201_109]);
    assert_eq!(told(Window::Year), [201_109, 201_203, 201_301]);
}

#[test]
fn without_facts_counts_are_zero_and_ratios_have_no_value() {
    let definition = definition();
    let balances = Balances::default();
    let readings = Readings::default();
    for is_region in [true, false] {
        let question = Question {
            definition: &definition,
            campaign: definition.first_campaign(),
            readings: &readings,
            through: definition.last_month(),
            period: None,
            has_begun: true,
            is_running: false,
            owed: &UnitCount::default(),
            is_region,
            targets: &RegionTargets::default(),
            is_reported: true,
            is_single: false,
        };
        for indicator in &definition.first_campaign().indicators {
            let figure = figure(&question, indicator, &balances);
            if indicator.formula.denominator.is_some() {
                assert_eq!((figure.value, figure.state), (None, FigureState::NoValue), "{}", indicator.id);
                assert!(figure.note.is_some(), "{} says why", indicator.id);
            } else {
                assert_eq!(figure.value, Some(0.0), "{}", indicator.id);
                let expected = if is_region { FigureState::Behind } else { FigureState::NoTarget };
                assert_eq!(figure.state, expected, "{}", indicator.id);
            }
        }
    }
}

/// What runs month by month, and to which month.
#[test]
fn counts_of_events_and_stocks_run_by_month() {
    let definition = definition();
    let course = |id: &str| {
        let indicator =
            definition.first_campaign().indicators.iter().find(|indicator| indicator.id == id).unwrap();
        Course::of_indicator(
            (&definition, definition.first_campaign()),
            indicator,
            &Readings::default(),
            Month::new(2022, 6).unwrap(),
        )
    };
    let to_date = Course::FromNothing { first: Month::january(2021), last: Month::december(2023) };
    for (id, expected) in [
        ("1.1", Some(to_date)),
        ("1.2", Some(to_date)),
        ("1.3", Some(Course::InService { last: Month::december(2023) })),
        ("2.1", None),
        ("2.2", None),
        ("2.10", None),
    ] {
        assert_eq!(course(id), expected, "{id}");
    }
}

#[test]
fn months_add_up_to_the_figure() {
    let definition = definition();
    let slot_of = |id: &str| {
        definition
            .measures
            .iter()
            .find(|measure| measure.id == id)
            .map(|measure| measure.listed_slot)
            .unwrap()
    };
    let row = |number: i32, slot: usize, value: i64| (Period(number), BalanceRow::from_iter([(slot, value)]));
    let (finished, running) = (slot_of("actions_finished"), slot_of("actions_running"));
    let balances = Balances::from_iter([
        row(202_000, running, 7),
        row(202_100, finished, 10),
        row(202_200, finished, 6),
        (Period(202_202), BalanceRow::from_iter([(finished, 4), (running, 3)])),
        (Period(202_203), BalanceRow::from_iter([(finished, 2), (running, -5)])),
    ]);
    let check = |id: &str, expected: [(f64, f64); 3]| {
        let indicator =
            definition.first_campaign().indicators.iter().find(|indicator| indicator.id == id).unwrap();
        let question = Question {
            definition: &definition,
            campaign: definition.first_campaign(),
            readings: &Readings::default(),
            through: Month::new(2022, 3).unwrap(),
            period: None,
            has_begun: true,
            is_running: false,
            owed: &UnitCount::default(),
            is_region: true,
            targets: &RegionTargets::default(),
            is_reported: true,
            is_single: false,
        };
        let steps = months(&question, indicator, &balances).unwrap();
        let found: Vec<_> = steps.iter().map(|step| (step.added, step.value)).collect();
        assert_eq!(found, expected, "{id}");
        assert_eq!(
            steps.last().map(|step| step.value),
            figure(&question, indicator, &balances).value,
            "{id}"
        );
    };
    check("1.1", [(0.0, 10.0), (4.0, 14.0), (2.0, 16.0)]);
    check("1.3", [(0.0, 7.0), (3.0, 10.0), (-5.0, 5.0)]);
}

#[test]
fn every_kind_of_measure_is_in_the_small_campaign() {
    let definition = definition();
    let has = |kind| definition.measures.iter().any(|measure| measure.kind == kind);
    assert!(
        [MeasureKind::Flow, MeasureKind::Stock, MeasureKind::Level, MeasureKind::Statement]
            .into_iter()
            .all(has)
    );
    assert!(definition.measures.iter().any(|measure| matches!(measure.kind, MeasureKind::Distinct(_))));
}

/// A share of units says nothing about a single one, and a unit that has reported zero has reported.
#[test]
fn why_there_is_no_value_is_told_apart() {
    let mut definition = definition();
    let share = definition.first_campaign().indicators.position(|indicator| indicator.id == "2.2").unwrap();
    let note = |definition: &Definition, is_single: bool, is_reported: bool| {
        let question = Question {
            definition,
            campaign: definition.first_campaign(),
            readings: &Readings::default(),
            through: definition.last_month(),
            period: None,
            has_begun: true,
            is_running: false,
            owed: &UnitCount::default(),
            is_region: false,
            targets: &RegionTargets::default(),
            is_reported,
            is_single,
        };
        figure(&question, &definition.first_campaign().indicators[share], &Balances::default()).note
    };
    assert_eq!(note(&definition, true, true), Some(Note::NothingToDivideBy));
    assert_eq!(note(&definition, true, false), Some(Note::NotReported));
    definition.campaigns[CampaignIdx::FIRST].indicators[share].has_single_units = false;
    assert_eq!(note(&definition, true, true), Some(Note::NotApplicable));
    assert_eq!(note(&definition, true, false), Some(Note::NotApplicable));
    assert_eq!(note(&definition, false, true), Some(Note::NothingToDivideBy));
}

/// What a figure that is behind lacks, in its own scale and in what is counted.
#[test]
fn a_figure_that_is_behind_says_how_much() {
    let definition = definition();
    let indicator =
        definition.first_campaign().indicators.iter().find(|indicator| indicator.id == "1.1").unwrap();
    let slot =
        definition.measures.iter().find(|measure| measure.id == "actions_finished").unwrap().listed_slot;
    let of = |count: i64| {
        let row = (Period(202_100), BalanceRow::from_iter([(slot, count)]));
        let question = Question {
            definition: &definition,
            campaign: definition.first_campaign(),
            readings: &Readings::default(),
            through: definition.last_month(),
            period: None,
            has_begun: true,
            is_running: false,
            owed: &UnitCount::default(),
            is_region: true,
            targets: &RegionTargets::default(),
            is_reported: true,
            is_single: false,
        };
        figure(&question, indicator, &Balances::from_iter([row]))
    };
    let target = of(0).target.unwrap();
    let behind = of(11);
    assert_eq!(behind.state, FigureState::Behind);
    assert_eq!((behind.gap(), behind.shortfall), (Some(target - 11.0), Some(target - 11.0)));
    #[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
    let met = of(target as i64);
    assert_eq!((met.state, met.gap(), met.shortfall), (FigureState::Met, None, None));
}
