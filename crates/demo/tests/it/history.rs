//! When records were entered, and that nothing is later than the business day.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{Definition, Form, Values},
    kinds::ReadAs,
};
use demo::{City, DemoRecord, Recipe, Size};
use jiff::civil::{Date, Weekday};
use model::{clock::day_of, value::Value};

use crate::common;

const SIZE: Size = Size { enterprises: 120, records: 10_000, ..Size::USUAL };

/// The days that a record states, apart from those that may lie ahead.
fn days(form: &Form, values: &Values) -> Vec<Date> {
    let pairs = form.fields.iter().zip(values);
    let past = pairs.filter(|(field, _)| matches!(field.kind.spec().read_as, ReadAs::Day { future: false }));
    past.filter_map(|(_, value)| value.as_ref().and_then(Value::as_date)).collect()
}

fn records(definition: &Definition, recipe: &Recipe) -> Vec<DemoRecord> {
    City::new(definition, recipe, &SIZE).records().collect()
}

#[test]
fn nothing_happens_and_nothing_is_entered_after_the_business_day() {
    let (definition, recipe) = common::read();
    let last = recipe.business_day().date();
    for record in records(&definition, &recipe) {
        let form = &definition.forms[record.form];
        assert!(days(form, &record.values).iter().all(|day| *day <= last), "{}: {record:?}", form.id);
        assert!(!record.history.is_empty());
        assert!(record.history.is_sorted_by(|a, b| a.at < b.at), "{record:?}");
        for version in &record.history {
            let day = day_of(version.at);
            assert!(day <= last && !version.by.is_empty(), "{version:?}");
            assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{day}");
        }
        assert_eq!(record.history.last().unwrap().values, record.values);
    }
}

#[test]
fn most_is_entered_within_a_month_and_some_months_later() {
    let (definition, recipe) = common::read();
    let (mut all, mut within_month, mut months_later, mut corrected) = (0, 0, 0, 0);
    for record in records(&definition, &recipe) {
        let form = &definition.forms[record.form];
        if !form.kind.is_register() {
            continue;
        }
        let first = &record.history[0];
        let Some(day) = days(form, &first.values).into_iter().max() else { continue };
        let took = (day_of(first.at) - day).get_days();
        all += 1;
        within_month += u32::from(took <= 31);
        months_later += u32::from(took > 75);
        corrected += u32::from(record.history.iter().skip(1).any(|version| version.transition.is_none()));
    }
    assert!(within_month * 100 > all * 70 && within_month * 100 < all * 97, "{within_month} of {all}");
    assert!(months_later * 100 > all, "{months_later} of {all}");
    assert!(corrected * 100 > all * 2, "{corrected} of {all}");
}

#[test]
fn every_version_is_reached_by_a_transition_or_a_correction() {
    let (definition, recipe) = common::read();
    let mut taken: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for record in records(&definition, &recipe) {
        let form = &definition.forms[record.form];
        let Some(workflow) = &form.workflow else { continue };
        let mut state = None;
        for version in &record.history {
            let stored = version.state.as_deref().and_then(|id| workflow.state(id));
            let now = workflow.resolve_state(&version.values, stored);
            if let (Some(from), Some(id)) = (state, &version.transition) {
                let step = workflow.transition(id).unwrap();
                assert!(step.from.contains(&from) && step.to == now, "{}: {record:?}", form.id);
                taken.entry(form.id.as_str()).or_default().insert(id.clone());
            }
            state = Some(now);
        }
    }
    let steps: usize = taken.values().map(BTreeSet::len).sum();
    assert!(taken.len() > 12 && steps > 30, "{taken:#?}");
}

#[test]
fn what_is_old_has_come_to_an_end() {
    let (definition, recipe) = common::read();
    let today = recipe.business_day().date();
    let (mut late, mut long_late, mut ahead) = (0, 0, 0);
    for record in records(&definition, &recipe) {
        let Some(workflow) = &definition.forms[record.form].workflow else { continue };
        let last = record.history.last().unwrap();
        let stored = last.state.as_deref().and_then(|id| workflow.state(id));
        let state = workflow.resolve_state(&last.values, stored);
        for clock in workflow.clocks.iter().filter(|clock| clock.states.contains(&state)) {
            let Some(due) = clock.due(&last.values, day_of(last.at)) else { continue };
            let days = (today - due).get_days();
            (late, ahead) = (late + u32::from(days > 0), ahead + u32::from(days <= 0));
            long_late += u32::from(days > 200);
        }
    }
    assert!(late > 50 && ahead > late, "{late} late, {ahead} ahead");
    assert!(long_late * 20 < late, "{long_late} of {late} are late by more than 200 days");
}

#[test]
fn without_history_records_are_as_they_are_on_the_business_day() {
    let (definition, recipe) = common::read();
    let city = City::new(&definition, &recipe, &Size { history: false, ..SIZE });
    let last = recipe.business_day().date();
    for record in city.records() {
        let form = &definition.forms[record.form];
        assert!(record.history.is_empty());
        assert!(days(form, &record.values).iter().all(|day| *day <= last), "{}: {record:?}", form.id);
    }
}

#[test]
fn counts_that_do_not_depend_on_the_size_are_not_scaled() {
    let (definition, recipe) = common::read();
    for size in [Size::SMALL, Size::USUAL] {
        let own = City::new(&definition, &recipe, &size).own_targets();
        assert_eq!(own["dalian-2011-23:4.4"], 100);
        assert!(own.values().all(|target| *target >= 12), "{own:?}");
    }
    let full = Size { enterprises: 16_600, records: 0, teams: 0, seed: 1, history: false };
    assert!(City::new(&definition, &recipe, &full).own_targets().is_empty());
    let (entries, form) = definition.form("contest-entry").unwrap();
    let industry = form.field("industry").unwrap();
    let city = City::new(&definition, &recipe, &Size { history: false, ..Size::USUAL });
    let industries: BTreeSet<String> = city
        .records()
        .filter(|record| record.form == entries)
        .filter_map(|record| record.values[industry].as_ref().and_then(Value::as_str).map(ToOwned::to_owned))
        .collect();
    assert!((75..=83).contains(&industries.len()), "{}", industries.len());
}
