//! The city's figures, counted by the ledger, against the public numbers they
//! were made for (docs/demonstration.md).

use campaign::definition::Indicator;
use demo::{City, Size, UnitSort};
use ledger::figure::{FigureState, Note};

use crate::{common, counted::Counted};

#[test]
fn totals_are_the_public_ones() {
    let (campaign, recipe) = common::read();
    let size = Size { enterprises: 1_660, records: 90_000, teams: 0, seed: 1, history: true };
    let city = City::new(&campaign, &recipe, &size);
    assert!((city.scale() - 0.1).abs() < 1e-9);
    let counted = Counted::new(&campaign, &city);
    let check = |what: &str, found: f64, expected: f64, tolerance: f64| {
        assert!((found / expected - 1.0).abs() <= tolerance, "{what}: {found}, not {expected}");
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of a city")]
    let full = |id: &str, year| counted.measure(id, year) as f64 / city.scale();
    let of = |id: &str| counted.figure(city.units()[0].id, id, 2015).value.unwrap();
    check("proposals of 2014 and 2015", full("proposed", 2014) + full("proposed", 2015), 823_000.0, 0.01);
    let tagged =
        (full("tagged", 2014) + full("tagged", 2015)) / (full("proposed", 2014) + full("proposed", 2015));
    check("of them technical or energy", tagged, 0.903, 0.01);
    check("proposals of 2011", full("proposed", 2011), 361_900.0, 0.02);
    check("workers in competition, 2015", full("competition_persons", 2015), 1_340_000.0, 0.05);
    check("promotions of 2015", full("promoted", 2015), 5_150.0, 0.02);
    check("contest entries of 2015", full("contest_entries", 2015), 441_000.0, 0.001);
    check("masters", of("4.11"), 13.0, 0.0);
    check("projects of non-public enterprises", of("2.9.1"), 0.31, 0.15);
}

#[test]
fn some_targets_are_met_and_some_are_not() {
    let (campaign, recipe) = common::read();
    let city = City::new(&campaign, &recipe, &Size { enterprises: 830, records: 15_000, teams: 0, seed: 1, history: true });
    let counted = Counted::new(&campaign, &city);
    let root = city.units()[0].id;
    for year in campaign.period.first..=campaign.period.last {
        let state = |indicator: &Indicator| counted.figure(root, &indicator.id, year).state;
        let states: Vec<FigureState> = campaign.indicators.iter().map(state).collect();
        let is_last = year == campaign.period.last;
        for (state, least) in [
            (FigureState::Met, 4),
            (FigureState::Behind, 4),
            (FigureState::OnTrack, if is_last { 0 } else { 4 }),
        ] {
            assert!(states.iter().filter(|found| **found == state).count() >= least, "{year}: {states:?}");
        }
        assert!(!states.contains(&FigureState::NoValue), "{year}: {states:?}");
    }
}

#[test]
fn districts_differ() {
    let (campaign, recipe) = common::read();
    let city = City::new(&campaign, &recipe, &Size { enterprises: 830, records: 15_000, teams: 0, seed: 1, history: true });
    let counted = Counted::new(&campaign, &city);
    let of = |code: &str, id: &str| {
        let unit = city.units().iter().find(|unit| unit.code == code).unwrap();
        counted.figure(unit.id, id, 2015).value.unwrap()
    };
    let (star, laggard) = ("210202000", "210282000");
    for id in ["1.4", "1.6", "4.1"] {
        assert!(of(star, id) > of(laggard, id), "{id}: {} and {}", of(star, id), of(laggard, id));
    }
}

#[test]
fn some_enterprises_have_no_baseline() {
    let (campaign, recipe) = common::read();
    let city = City::new(&campaign, &recipe, &Size::SMALL);
    let counted = Counted::new(&campaign, &city);
    let notes: Vec<_> = city
        .units()
        .iter()
        .filter(|unit| unit.kind == UnitSort::Grassroots)
        .map(|unit| counted.figure(unit.id, "1.3", 2015).note)
        .collect();
    let without = notes.iter().filter(|note| **note == Some(Note::NoBaseline)).count();
    assert!((5..35).contains(&without), "{without} of 40");
}
