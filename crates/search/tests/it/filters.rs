//! Filters, orders and pages.

use campaign::definition::{Definition, FieldIdx, StateIdx};
use model::{ids::RecordId, ids::UnitId, value::Value};
use proptest::{collection::vec, option, prelude::*, sample::select};
use search::{By, Filter, Index, IndexQuery, Sort, Test};

use crate::{Action, FORM, action, day, definition, find, naive, put, reached, shape, text};

fn position(definition: &Definition, field: &str) -> FieldIdx {
    definition.form(FORM).unwrap().1.field(field).unwrap()
}

fn code(code: &str) -> Value {
    Value::Code(code.to_owned())
}

#[test]
fn texts_are_found_as_they_are_written() {
    let definition = definition();
    let index = Index::open(None, shape(&definition)).unwrap();
    let actions = [
        action(
            &definition,
            1,
            &[("subject", text("铝合金型材T6061改造")), ("serial", text("HLH-2011-0001"))],
        ),
        action(&definition, 2, &[("subject", text("节能、改造")), ("remarks", text("第一行\n铝材"))]),
        action(&definition, 3, &[("subject", text("合金")), ("remarks", text("型材"))]),
    ];
    put(&index, &actions, 1);
    for (text, expected) in [
        ("", &[3, 2, 1][..]),
        ("铝", &[2, 1]),
        ("金", &[3, 1]),
        ("材", &[3, 2, 1]),
        ("合金", &[3, 1]),
        ("合金型材", &[1]),
        ("合金 型材", &[3, 1]),
        ("型材 合金", &[3, 1]),
        ("金合", &[]),
        ("节能改造", &[]),
        ("节能、改造", &[2]),
        ("材t6061改", &[1]),
        ("t6061改", &[1]),
        ("能、改", &[2]),
        ("合、金", &[]),
        ("T60", &[]),
        ("Ｔ６０６１", &[1]),
        ("hlh-2011", &[1]),
        ("2011-0001", &[1]),
        ("一行铝材", &[]),
        ("！", &[]),
    ] {
        let filter = Filter { text: text.to_owned(), ..Filter::default() };
        assert_eq!(find(&index, &filter, None, Sort::default()), expected, "{text}");
    }
}

/// Four actions of different kinds, states and units.
fn four_actions(definition: &Definition) -> Index {
    let index = Index::open(None, shape(definition)).unwrap();
    let mut actions = [
        action(
            definition,
            1,
            &[("kind", code(KINDS[0])), ("started_on", day("2021-03-01")), ("saving", Value::Integer(5))],
        ),
        action(
            definition,
            2,
            &[("kind", code(KINDS[1])), ("started_on", day("2021-12-31")), ("verified", Value::Flag(false))],
        ),
        action(
            definition,
            3,
            &[("kind", code(KINDS[0])), ("rating", Value::Decimal(7.5)), ("verified", Value::Flag(true))],
        ),
        action(
            definition,
            4,
            &[
                ("rating", Value::Decimal(-2.0)),
                ("partner", Value::Unit(UnitId(9))),
                ("saving", Value::Integer(500)),
            ],
        ),
    ];
    actions[0].state = Some(StateIdx::new(0));
    actions[1].state = Some(StateIdx::new(2));
    actions[3].state = Some(StateIdx::new(1));
    actions[3].unit = 8;
    put(&index, &actions, 1);
    index
}

fn check_filter(index: &Index, filter: &Filter, expected: &[i64]) {
    assert_eq!(find(index, filter, None, Sort::default()), expected, "{filter:?}");
}

#[test]
fn every_kind_of_field_is_filtered() {
    let definition = definition();
    let index = four_actions(&definition);
    for (name, test, expected) in [
        ("kind", Test::OneOf(vec![code(KINDS[0])]), &[3, 1][..]),
        ("kind", Test::OneOf(vec![code(KINDS[0]), code(KINDS[1])]), &[3, 2, 1]),
        ("kind", Test::OneOf(vec![code("none such")]), &[]),
        ("kind", Test::OneOf(Vec::new()), &[]),
        ("kind", Test::HasValue(false), &[4]),
        ("started_on", Test::Between(Some(day("2021-03-01")), Some(day("2021-12-30"))), &[1]),
        ("started_on", Test::Between(Some(day("2021-03-02")), None), &[2]),
        ("started_on", Test::Between(None, Some(day("2021-12-31"))), &[2, 1]),
        ("started_on", Test::Between(None, None), &[2, 1]),
        ("started_on", Test::Between(Some(day("2022-01-01")), Some(day("2021-01-01"))), &[]),
        ("rating", Test::Between(Some(Value::Decimal(-3.0)), Some(Value::Decimal(0.0))), &[4]),
        ("rating", Test::Between(Some(Value::Decimal(7.5)), None), &[3]),
        ("saving", Test::Between(Some(Value::Integer(6)), None), &[4]),
        ("verified", Test::OneOf(vec![Value::Flag(false)]), &[2]),
        ("verified", Test::HasValue(true), &[3, 2]),
        ("partner", Test::OneOf(vec![Value::Unit(UnitId(9))]), &[4]),
        ("subject", Test::HasValue(true), &[]),
    ] {
        check_filter(
            &index,
            &Filter { fields: vec![(position(&definition, name), test)], ..Filter::default() },
            expected,
        );
    }
}

#[test]
fn not_reported_and_not_applicable_are_two_things() {
    let definition = definition();
    let index = Index::open(None, shape(&definition)).unwrap();
    let not_applicable = Value::NotApplicable("no such work".to_owned());
    let actions = [
        action(&definition, 1, &[("saving", Value::Integer(0))]),
        action(&definition, 2, &[("saving", not_applicable)]),
        action(&definition, 3, &[]),
    ];
    put(&index, &actions, 1);
    for (name, test, expected) in [
        ("saving", Test::HasValue(true), &[1][..]),
        ("saving", Test::HasValue(false), &[3]),
        ("saving", Test::NotApplicable, &[2]),
        ("saving", Test::NoValue, &[3, 2]),
        ("saving", Test::Between(None, None), &[1]),
        ("rating", Test::NotApplicable, &[]),
        ("rating", Test::NoValue, &[3, 2, 1]),
    ] {
        let filter = Filter { fields: vec![(position(&definition, name), test)], ..Filter::default() };
        check_filter(&index, &filter, expected);
    }
}

#[test]
fn records_are_filtered_by_state_and_unit() {
    let index = four_actions(&definition());
    let states = vec![StateIdx::FIRST, StateIdx::new(1)];
    check_filter(&index, &Filter { states, ..Filter::default() }, &[4, 1]);
    assert_eq!(find(&index, &Filter::default(), Some(&[8]), Sort::default()), [4]);
    assert_eq!(find(&index, &Filter::default(), Some(&[]), Sort::default()), [0; 0]);
}

#[test]
fn records_are_sorted_by_state_and_by_every_kind_of_field() {
    let definition = definition();
    let index = four_actions(&definition);
    let field = |name: &str| By::Field(position(&definition, name));
    for (by, is_descending, expected) in [
        (By::Entered, false, [1, 2, 3, 4]),
        (By::State, false, [1, 4, 2, 3]),
        (By::State, true, [2, 4, 1, 3]),
        (field("started_on"), false, [1, 2, 4, 3]),
        (field("started_on"), true, [2, 1, 4, 3]),
        (field("rating"), false, [4, 3, 2, 1]),
        (field("saving"), true, [4, 1, 3, 2]),
        (field("kind"), false, [3, 1, 2, 4]),
    ] {
        let sort = Sort { by, is_descending };
        assert_eq!(find(&index, &Filter::default(), None, sort), expected, "{sort:?}");
    }
}

#[test]
fn pages_hold_every_record_once() {
    let definition = definition();
    let index = Index::open(None, shape(&definition)).unwrap();
    let actions: Vec<Action> = (0..1000)
        .map(|id| {
            let mut action = action(&definition, id, &[("saving", Value::Integer(id * 7 % 13))]);
            action.unit = id % 200;
            action
        })
        .collect();
    for part in actions.chunks(300) {
        put(&index, part, 1);
    }
    let units: Vec<i64> = (0..150).collect();
    for units in [None, Some(&units[..]), Some(&units[..5])] {
        for by in [By::Entered, By::Field(position(&definition, "saving"))] {
            let sort = Sort { by, is_descending: true };
            let all = naive::find(&actions, &Filter::default(), units, sort);
            let ids: Option<Vec<UnitId>> = units.map(|units| units.iter().copied().map(UnitId).collect());
            for (skip, most) in [(0, 50), (50, 50), (700, 50), (740, 50), (5000, 50), (0, 0), (3, 1)] {
                let filter = Filter::default();
                let found = index
                    .find(&IndexQuery { filter: &filter, units: ids.as_deref(), sort, skip, most })
                    .unwrap();
                assert_eq!(found.count, all.len() as u64);
                let expected: Vec<RecordId> =
                    all.iter().skip(skip).take(most).map(|id| RecordId(*id)).collect();
                assert_eq!(found.ids, expected, "{sort:?} {skip} {most}");
            }
        }
    }
}

/// A text of a few characters, so that what is looked for is often there.
fn any_text(longest: usize) -> impl Strategy<Value = String> {
    let pieces = vec!["铝", "合", "金", "节", "T6", "2011", "-", "、", " ", "a"];
    vec(select(pieces), 0..longest).prop_map(|pieces| pieces.concat())
}

fn any_action() -> impl Strategy<Value = (i64, i64, Option<usize>, Vec<Option<Value>>)> {
    let days = select(vec!["2021-01-31", "2021-02-01", "2022-06-15"]);
    let values = (
        option::of(any_text(6).prop_map(Value::Text)),
        option::of(any_text(6).prop_map(Value::Text)),
        option::of(select(KINDS.to_vec()).prop_map(code)),
        option::of(days.prop_map(day)),
        option::of(any::<bool>().prop_map(Value::Flag)),
        option::of(prop_oneof![
            4 => (0_i64..5).prop_map(Value::Integer),
            1 => Just(Value::NotApplicable("no such work".to_owned())),
        ]),
        option::of((-2_i8..3).prop_map(|number| Value::Decimal(f64::from(number) / 2.0))),
        option::of((0_i64..4).prop_map(|unit| Value::Unit(UnitId(unit)))),
    );
    let values = values.prop_map(|(a, b, c, d, e, f, g, h)| vec![a, b, c, d, e, f, g, h]);
    (0_i64..30, 0_i64..100, option::of(0_usize..5), values)
}

/// The codes of the field `kind`, in the order of their list.
pub(crate) const KINDS: [&str; 3] = ["energy", "water", "waste"];

const STATED: [&str; 8] =
    ["subject", "remarks", "kind", "started_on", "verified", "saving", "rating", "partner"];

fn any_test() -> impl Strategy<Value = (usize, Test)> {
    prop_oneof![
        any::<bool>().prop_map(Test::HasValue).prop_flat_map(|test| (2_usize..8, Just(test))),
        select(vec![Test::HasValue(false), Test::NotApplicable, Test::NoValue]).prop_map(|test| (5, test)),
        select(vec![Test::NotApplicable, Test::NoValue]).prop_flat_map(|test| (2_usize..8, Just(test))),
        vec(select(KINDS.to_vec()).prop_map(code), 0..3).prop_map(|codes| (2, Test::OneOf(codes))),
        (
            option::of(select(vec!["2021-01-31", "2021-02-15"]).prop_map(day)),
            option::of(Just(day("2022-01-01")))
        )
            .prop_map(|(from, to)| (3, Test::Between(from, to))),
        any::<bool>().prop_map(|flag| (4, Test::OneOf(vec![Value::Flag(flag)]))),
        (option::of((0_i64..5).prop_map(Value::Integer)), option::of((0_i64..5).prop_map(Value::Integer)))
            .prop_map(|(from, to)| (5, Test::Between(from, to))),
        (option::of(Just(Value::Decimal(-0.5))), option::of(Just(Value::Decimal(0.5))))
            .prop_map(|(from, to)| (6, Test::Between(from, to))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_answers_as_a_reader_would(
        steps in vec((vec(any_action(), 0..12), vec(0_i64..30, 0..3)), 1..6),
        asked in vec((any_text(4), vec(0_usize..5, 0..3), vec(any_test(), 0..3), 0_usize..10, any::<bool>(), 0_u8..3, option::of(0_i64..30)), 1..12),
    ) {
        let definition = definition();
        let index = Index::open(None, shape(&definition)).unwrap();
        let fields = STATED.map(|field| position(&definition, field));
        let mut stored: Vec<Action> = Vec::new();
        for (puts, removes) in steps {
            let mut batch: Vec<Action> = Vec::new();
            for (id, unit, state, values) in puts {
                let mut action = action(&definition, id, &[]);
                action.unit = unit;
                action.state = state.map(StateIdx::new);
                for (field, value) in fields.iter().zip(values) {
                    action.values[*field] = value;
                }
                batch.retain(|other| other.id != id);
                batch.push(action);
            }
            let removes: Vec<i64> = removes.into_iter().filter(|id| batch.iter().all(|action| action.id != *id)).collect();
            let records: Vec<_> = batch.iter().map(Action::record).collect();
            let gone: Vec<RecordId> = removes.iter().map(|id| RecordId(*id)).collect();
            index.apply(&records, &gone, reached(1)).unwrap();
            stored.retain(|old| !removes.contains(&old.id) && batch.iter().all(|new| new.id != old.id));
            stored.extend(batch);
        }
        prop_assert_eq!(index.len(), stored.len() as u64);
        let many: Vec<i64> = (10..90).collect();
        for (text, states, tests, by, is_descending, scope, from) in asked {
            let tests = tests.into_iter().map(|(field, test)| (fields[field], test)).collect();
            let states = states.into_iter().map(StateIdx::new).collect();
            let filter = Filter { text, states, fields: tests, from: from.map(RecordId) };
            let by = match by {
                0 | 1 => By::Entered,
                2 | 9 => By::State,
                by => By::Field(fields[by - 1]),
            };
            let sort = Sort { by, is_descending };
            let units = [None, Some(&many[..]), Some(&many[..20])][usize::from(scope)];
            let found = find(&index, &filter, units, sort);
            let expected = naive::find(&stored, &filter, units, sort);
            prop_assert_eq!(found, expected, "{:?} {:?}", filter, sort);
        }
    }
}
