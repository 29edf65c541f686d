//! A history that is loaded at once comes out day by day as if its records had been entered on their days.

use std::collections::BTreeSet;

use app::{
    Snapshot,
    load::{Demonstration, LoadRecord, LoadVersion, load_demonstration},
    rebuild::verify,
};
use campaign::{
    definition::{Form, FormIdx, Values},
    source::Source,
};
use jiff::{SignedDuration, civil::Date};
use model::{
    clock::{BusinessDay, start_of},
    ids::UnitId,
    value::Value,
};
use testkit::{TestDb, open};

use super::{Dice, ENTERPRISES, city_units, office, replay::Replay, values};

/// The first day of the history; it is as long as a month.
const BEGIN: Date = jiff::civil::date(2022, 3, 1);
const DAYS: u64 = 30;
/// Records of each unit.
const RECORDS: u64 = 14;

/// Loads a random history and compares every tenth day of it with a replay of its audit.
pub(super) async fn check_history(test: &TestDb, source: &Source, second: Option<&Source>, seed: u64) {
    let app = open(test, source).await;
    if let Some(second) = second {
        app::campaigns::load(&app, &office(&app), second, None).await.unwrap();
    }
    let snapshot = app.current(&office(&app)).await.unwrap();
    let mut dice = Dice(seed);
    let records: Vec<LoadRecord> =
        ENTERPRISES.flat_map(|unit| records_of(&snapshot, UnitId(unit), &mut dice)).collect();
    let number = records.len();
    let demonstration = Demonstration {
        target_ppm: 1_000_000,
        own_targets: [].into(),
        business_day: BusinessDay::new(office(&app).clock.calendar_day()),
        units_entered: Some(start_of(BEGIN)),
        accounts: Vec::new(),
    };
    let units = city_units(&snapshot);
    load_demonstration(&app, &office(&app), demonstration, units, records.into_iter(), &|_| {})
        .await
        .unwrap();
    let days = (0..=DAYS).step_by(10).map(day);
    let mut replay = Replay::new(days.collect());
    replay.note_records(test).await;
    let compared = replay.assert_known(test, &app).await;
    assert!(compared >= 3, "{compared} days of {number} records");
    assert_eq!(verify(&app, &office(&app)).await.unwrap().findings, []);
    app.close().await;
}

fn day(days: u64) -> Date {
    BEGIN.saturating_add(SignedDuration::from_hours(24 * days as i64))
}

/// Records of a unit, in the order in which they are loaded, no two with the same identity.
fn records_of(snapshot: &Snapshot, unit: UnitId, dice: &mut Dice) -> Vec<LoadRecord> {
    let definition = &snapshot.definition;
    let forms: Vec<FormIdx> =
        definition.forms.positions().filter(|form| *form != definition.roster).collect();
    let mut met = BTreeSet::new();
    let mut records = Vec::new();
    for _ in 0..RECORDS {
        // What units are is what the others depend on.
        let stating = |form: &FormIdx| definition.forms[*form].kind.states_classes();
        let returns: Vec<FormIdx> = forms.iter().copied().filter(stating).collect();
        let choice = if dice.roll(2) == 0 { &returns } else { &forms };
        let form = choice[dice.roll(choice.len() as u64) as usize];
        let of = &definition.forms[form];
        let history = history(snapshot, (of, unit), dice);
        let last = history.last().unwrap().values.clone();
        let identity = of.identity.iter().map(|field| format!("{:?}", last.value(*field)));
        if met.insert((form, identity.collect::<Vec<_>>())) {
            records.push(LoadRecord { form, unit, values: last, history, key: None, referred: Vec::new() });
        }
    }
    records
}

/// Up to three versions of a record, on different days or on the same.
fn history(snapshot: &Snapshot, (form, unit): (&Form, UnitId), dice: &mut Dice) -> Vec<LoadVersion> {
    let mut at = start_of(day(dice.roll(DAYS - 10))) + SignedDuration::from_hours(9);
    let mut versions: Vec<LoadVersion> = Vec::new();
    for _ in 0..=dice.roll(3) {
        let mut stated: Values = form.no_values();
        for (id, value) in values(&snapshot.definition, form, dice.roll(u64::MAX)) {
            stated[form.field(&id).unwrap()] = Some(value);
        }
        if let Some(field) = form.unit {
            stated[field] = Some(Value::Unit(unit));
        }
        // What tells it from others stays.
        if let Some(first) = versions.first() {
            for field in &form.identity {
                stated[*field].clone_from(&first.values[*field]);
            }
        }
        let states = form.workflow.as_ref().filter(|_| !versions.is_empty() && dice.roll(2) == 0);
        let state = states.map(|workflow| {
            let states: Vec<&str> = workflow.states.iter().map(|state| state.id.as_str()).collect();
            states[dice.roll(states.len() as u64) as usize].to_owned()
        });
        let by = "loaded".to_owned();
        versions.push(LoadVersion { at, by, transition: None, state, values: stated });
        at += SignedDuration::from_hours(1 + 24 * dice.roll(5) as i64);
    }
    versions
}
