//! What holds for every demonstration city: it is always the same, it could
//! be handed in as it is, and nothing in it can be taken for real.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use campaign::{
    definition::{Definition, Field, FormKind, TableColumn},
    kinds::{PersonalSort, ReadAs},
    validate::validate,
};
use demo::{City, DemoRecord, Size, UnitSort};
use jiff::civil::{Date, date};
use model::value::Value;

use crate::common;

/// The two usual sizes, the second cut to what a test has time for, and one with teams.
const SIZES: [Size; 3] = [
    Size::SMALL,
    Size { records: 30_000, ..Size::USUAL },
    Size { enterprises: 60, records: 6_000, teams: 120, seed: 9, history: true },
];

fn hash(facts: impl Iterator<Item = DemoRecord>) -> u64 {
    let mut hasher = DefaultHasher::new();
    facts.for_each(|fact| format!("{fact:?}").hash(&mut hasher));
    hasher.finish()
}

#[test]
fn the_same_size_gives_the_same_city() {
    let (definition, recipe) = common::read();
    let first = |size: &Size| hash(City::new(&definition, &recipe, size).records().take(3_000));
    assert_eq!(first(&Size::SMALL), first(&Size::SMALL));
    assert_ne!(first(&Size::SMALL), first(&Size { seed: 2, ..Size::SMALL }));
    let units = |size: &Size| City::new(&definition, &recipe, size).units().to_vec();
    assert_eq!(units(&Size::SMALL), units(&Size::SMALL));
}

#[test]
fn as_many_records_as_asked_for() {
    let (definition, recipe) = common::read();
    for size in SIZES {
        let city = City::new(&definition, &recipe, &size);
        let made = city.records().count();
        // Some records of the last months are not entered yet.
        assert!(made.abs_diff(size.records) * 20 <= size.records, "{made} of {}", size.records);
        let at_once = City::new(&definition, &recipe, &Size { history: false, ..size });
        let (planned, made) = (at_once.record_count(), at_once.records().count());
        assert!(planned.abs_diff(made) * 50 <= made, "{made} are not the {planned} planned");
        let count = |kind| city.units().iter().filter(|unit| unit.kind == kind).count();
        assert_eq!((count(UnitSort::Grassroots), count(UnitSort::Team)), (size.enterprises, size.teams));
    }
    let tiny = City::new(
        &definition,
        &recipe,
        &Size { enterprises: 1, records: 0, teams: 0, seed: 1, history: true },
    );
    assert!(tiny.records().all(|fact| definition.forms[fact.form].kind != FormKind::Register));
}

#[test]
fn every_fact_could_be_handed_in() {
    let (definition, recipe) = common::read();
    let mut forms = HashSet::new();
    for size in SIZES {
        let city = City::new(&definition, &recipe, &size);
        for fact in city.records() {
            let form = &definition.forms[fact.form];
            forms.insert(fact.form);
            assert_eq!(fact.values.len(), form.fields.len());
            assert_eq!(fact.values[form.unit.unwrap()], Some(Value::Unit(fact.unit)));
            let problems = validate(form, &fact.values, &[]);
            assert!(
                problems.iter().all(|found| !found.problem.is_error()),
                "{}: {problems:?}\n{fact:?}",
                form.id
            );
            for (field, value) in form.fields.iter().zip(&fact.values) {
                assert!(
                    value.as_ref().is_none_or(|value| suits(&definition, field, value)),
                    "{} {value:?}",
                    field.id
                );
            }
        }
        let roster = &definition.forms[definition.roster];
        for unit in city.units() {
            assert!(validate(roster, &unit.values, &[]).is_empty(), "{unit:?}");
            for (field, value) in roster.fields.iter().zip(&unit.values) {
                assert!(
                    value.as_ref().is_none_or(|value| suits(&definition, field, value)),
                    "{} {value:?}",
                    field.id
                );
            }
        }
    }
    let counts = definition.forms.entries().filter(|(_, form)| !form.posts.is_empty());
    let missing: Vec<_> =
        counts.filter(|(form, _)| !forms.contains(form)).map(|(_, form)| form.id.as_str()).collect();
    assert_eq!(missing, [""; 0], "forms that count, without a fact");
}

/// Whether an import would take the value.
fn suits(definition: &Definition, field: &Field, value: &Value) -> bool {
    const LAST: Date = date(2015, 9, 30);
    match (field.kind.spec().read_as, value) {
        (ReadAs::Words { max, .. }, Value::Text(text)) => !text.is_empty() && text.chars().count() <= max,
        (ReadAs::Spelt { spell, .. }, Value::Text(text)) => spell(text).as_ref() == Ok(text),
        (ReadAs::Checked(spelling), Value::Text(code)) => matches!((spelling.check)(code), Ok((_, None))),
        (ReadAs::Whole { min, max }, Value::Integer(number)) => (min..=max).contains(number),
        (ReadAs::Year { min, max }, Value::Integer(number)) => {
            (i64::from(min)..=i64::from(max)).contains(number)
        }
        (ReadAs::Decimal { min, max }, Value::Decimal(number)) => (min..=max).contains(number),
        (ReadAs::Money { .. }, Value::Integer(fen)) => *fen >= 0,
        (ReadAs::Day { future }, Value::Date(day)) => future || *day <= LAST,
        (ReadAs::Code(dictionary), Value::Code(code)) => {
            let dictionary = &definition.dictionaries[dictionary];
            let is_open =
                dictionary.open_digits == Some(code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
            dictionary.code(code).is_some() || is_open
        }
        (ReadAs::Table { columns, most }, Value::Text(text)) => {
            let rows = TableColumn::table(columns, text);
            let suits = |(column, value): (&TableColumn, &Option<Value>)| match value {
                None => !column.is_required,
                Some(value) => {
                    let field = Field { kind: column.kind.clone(), ..field.clone() };
                    suits(definition, &field, value)
                }
            };
            let mut cells = rows.iter().flat_map(|row| columns.iter().zip(row));
            (1..=most).contains(&rows.len())
                && cells.all(suits)
                && model::rows::text(model::rows::cells(text)) == *text
        }
        (ReadAs::Phone, Value::Text(number)) => number.bytes().all(|byte| byte.is_ascii_digit()),
        (ReadAs::Reference { .. }, Value::Text(text)) => !text.is_empty(),
        (ReadAs::YesNo, Value::Flag(_)) | (ReadAs::Unit { .. }, Value::Unit(_)) => true,
        _ => false,
    }
}

#[test]
fn no_fact_is_there_twice() {
    let (definition, recipe) = common::read();
    for size in SIZES {
        let mut seen = HashSet::new();
        for fact in City::new(&definition, &recipe, &size).records() {
            let form = &definition.forms[fact.form];
            let identity: Vec<_> = form.identity.iter().map(|field| &fact.values[*field]).collect();
            assert!(
                seen.insert(format!("{} {} {identity:?}", form.id, fact.unit)),
                "{} {identity:?}",
                form.id
            );
        }
    }
}

#[test]
fn units_have_names_codes_and_places_of_their_own() {
    let (definition, recipe) = common::read();
    let size = Size { enterprises: 20_000, records: 0, teams: 40_000, seed: 1, history: false };
    let city = City::new(&definition, &recipe, &size);
    let mut by_id = HashMap::new();
    let (mut codes, mut names) = (HashSet::new(), HashSet::new());
    for unit in city.units() {
        assert!(codes.insert(&unit.code), "{}", unit.code);
        assert!(unit.kind == UnitSort::Team || names.insert(&unit.name), "{}", unit.name);
        assert!(
            unit.kind == UnitSort::Union || unit.name.ends_with("（演示）"),
            "{} bears no mark",
            unit.name
        );
        let above = [unit.parent, unit.guidance];
        assert!(
            above.iter().flatten().all(|id| by_id.contains_key(id)),
            "{} comes before what it hangs on",
            unit.name
        );
        assert!(by_id.insert(unit.id, unit).is_none());
    }
    let direct = |code: &str| {
        let union = city.units().iter().find(|unit| unit.code == code).unwrap();
        city.units().iter().filter(|unit| unit.parent == Some(union.id)).count()
    };
    assert!(direct("210202000") >= 1_000, "a district with a thousand enterprises of its own");
    assert!((20..=30).contains(&direct("210200000")), "unions of the second level");
    let guided = city.units().iter().filter(|unit| unit.guidance.is_some()).count();
    assert!((4_000..=6_500).contains(&guided), "{guided} are guided");
}

#[test]
fn nobody_and_nothing_is_real() {
    let (definition, recipe) = common::read();
    let city = City::new(&definition, &recipe, &Size::SMALL);
    for fact in city.records() {
        for (field, value) in definition.forms[fact.form].fields.iter().zip(&fact.values) {
            let sort = field.kind.spec().personal.map(|number| number.sort);
            if let (Some(PersonalSort::IdNumber), Some(Value::Text(number))) = (sort, value) {
                assert_eq!((&number[..2], &number[14..17]), ("99", "000"), "{number}");
            }
        }
    }
}

#[test]
fn accounts_stand_in_the_tree() {
    let (definition, recipe) = common::read();
    for size in SIZES {
        let city = City::new(&definition, &recipe, &size);
        let accounts = city.accounts();
        let roles: HashSet<_> = accounts.iter().map(|account| account.role.as_str()).collect();
        assert_eq!(roles, ["city-office", "level-2-officer", "enterprise-officer", "viewer"].into());
        for account in accounts {
            assert!(city.units().iter().any(|unit| unit.code == account.unit_code), "{account:?}");
        }
    }
}

#[test]
fn some_returns_are_missing_and_some_come_late() {
    let (definition, recipe) = common::read();
    let city = City::new(&definition, &recipe, &Size { records: 10_000, ..Size::USUAL });
    let (position, form) =
        definition.forms.entries().find(|(_, form)| form.kind == FormKind::Return).unwrap();
    let returns: Vec<_> = city.records().filter(|fact| fact.form == position).collect();
    assert!((1_040..1_190).contains(&returns.len()), "{} of 1200", returns.len());
    let signed = form.field("signed_on").unwrap();
    let late = returns.iter().filter(|fact| {
        let day = fact.values[signed].as_ref().and_then(Value::as_date);
        day.is_some_and(|day| day.day_of_year() > 46)
    });
    assert!((80..320).contains(&late.count()));
}
