//! Conditions as a table: each expression, and whether it holds.

use jiff::civil::date;
use model::{class::Class, ids::UnitId, value::Value};
use proptest::prelude::*;

use super::{Kinds, Scope, compile};
use crate::{
    condition::Condition,
    definition::{Code, Dictionary, FieldKind, Idx, Label, Values},
};

fn kinds() -> Vec<(&'static str, FieldKind)> {
    let whole = FieldKind::Integer { min: 0, max: 100 };
    vec![
        ("three", whole.clone()),
        ("four", whole.clone()),
        ("nothing", whole),
        ("score", FieldKind::Decimal { min: 0.0, max: 10.0 }),
        ("price", FieldKind::Money { fen_per_unit: 1_000_000 }),
        ("day", FieldKind::Date { future: false }),
        ("next_day", FieldKind::Date { future: false }),
        ("yes", FieldKind::Flag),
        ("no", FieldKind::Flag),
        ("unsaid", FieldKind::Flag),
        ("grade", FieldKind::Code { dictionary: Idx::FIRST }),
        ("higher", FieldKind::Code { dictionary: Idx::FIRST }),
        ("name", FieldKind::Text { max: 10, lines: false }),
        ("here", FieldKind::Unit { name_columns: Vec::new() }),
        ("there", FieldKind::Unit { name_columns: Vec::new() }),
    ]
}

fn values() -> Values {
    let values = vec![
        Some(Value::Integer(3)),
        Some(Value::Integer(4)),
        None,
        Some(Value::Decimal(7.5)),
        Some(Value::Integer(1_000_050)),
        Some(Value::Date(date(2021, 3, 31))),
        Some(Value::Date(date(2021, 4, 1))),
        Some(Value::Flag(true)),
        Some(Value::Flag(false)),
        None,
        Some(Value::Code("1".to_owned())),
        Some(Value::Code("2".to_owned())),
        Some(Value::Text("王芳".to_owned())),
        Some(Value::Unit(UnitId(7))),
        Some(Value::Unit(UnitId(8))),
    ];
    values.into()
}

fn compiled(text: &str) -> Result<Condition, Vec<String>> {
    let kinds = kinds();
    let fields: Kinds<'_> = kinds.iter().map(|(id, kind)| (*id, Some(kind))).collect();
    let code = |code: &str| Code {
        code: code.to_owned(),
        was: None,
        label: Label::default(),
        names: Vec::new(),
        parent: None,
    };
    let grades = Dictionary {
        id: "grade".to_owned(),
        label: Label::default(),
        source: String::new(),
        open_digits: Some(3),
        codes: vec![code("1"), code("2"), code("3")],
    };
    let ownership = ["public".to_owned(), "private".to_owned()];
    let dictionaries = vec![grades].into();
    let scope = Scope { fields: &fields, dictionaries: &dictionaries, ownership: Some(&ownership) };
    compile(text, scope).map_err(|faults| faults.into_iter().map(|fault| fault.message.en).collect())
}

/// Whether it holds at a private enterprise.
fn holds(text: &str) -> Option<bool> {
    let class = Class { ownership: Some(1), is_enterprise: true };
    compiled(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}")).evaluate(&values(), class)
}

#[test]
fn conditions_hold_or_not_or_cannot_be_told() {
    let (yes, no, unknown) = (Some(true), Some(false), None);
    for (text, expected) in [
        ("three = 3", yes),
        ("three != 3", no),
        ("three < four", yes),
        ("three >= four", no),
        ("4 > three", yes),
        ("three > -1", yes),
        ("three = nothing", unknown),
        ("three + four = 7", yes),
        ("three + four + three <= four", no),
        ("three + nothing > 0", unknown),
        ("score > 7", yes),
        ("score > three", yes),
        ("score <= 7.25", no),
        ("price > 10000", yes),
        ("price = 10000.5", yes),
        ("price + price = 20001", yes),
        ("day < next_day", yes),
        ("day = '2021-03-31'", yes),
        ("'2021-04-01' <= day", no),
        ("day in ('2021-03-31')", yes),
        ("yes", yes),
        ("not yes", no),
        ("no", no),
        ("unsaid", unknown),
        ("not unsaid", unknown),
        ("yes = no", no),
        ("grade = '1'", yes),
        ("grade < higher", yes),
        ("grade in ('2', '3', '456')", no),
        ("grade not in ('2', '3')", yes),
        ("nothing not in (1, 2)", unknown),
        ("name = '王芳'", yes),
        ("name in ('王芳', '李强')", yes),
        ("here = there", no),
        ("nothing is stated", no),
        ("nothing is not stated", yes),
        ("three is stated", yes),
        // Kleene's tables.
        ("unsaid and yes", unknown),
        ("unsaid and no", no),
        ("no and unsaid", no),
        ("unsaid or yes", yes),
        ("yes or unsaid", yes),
        ("unsaid or no", unknown),
        ("unsaid or unsaid", unknown),
        // `not` binds tightest, then `and`.
        ("not no and no", no),
        ("yes or yes and no", yes),
        ("(yes or yes) and no", no),
        ("not (no or unsaid)", unknown),
        ("not not yes", yes),
        ("unit.enterprise", yes),
        ("unit.ownership = 'private'", yes),
        ("'public' = unit.ownership", no),
        ("unit.ownership != 'private'", no),
        ("unit.ownership in ('public', 'private')", yes),
        ("unit.ownership not in ('public')", yes),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
}

#[test]
fn a_unit_without_class_is_of_no_class() {
    let ownership = compiled("unit.ownership = 'public'").unwrap();
    assert_eq!(ownership.evaluate(&values(), Class::default()), Some(false));
    assert!(ownership.needs_class() && !compiled("yes or three = 3").unwrap().needs_class());
}

#[test]
fn a_condition_names_its_fields() {
    let mut fields = Vec::new();
    compiled("three + four > 3 and not (yes or day is stated) or grade in ('1')")
        .unwrap()
        .fields(&mut fields);
    assert_eq!(fields, [0, 1, 7, 5, 10].map(Idx::new));
}

#[test]
fn all_faults_of_a_condition_are_told() {
    for (text, expected) in [
        ("", &["the expression is not complete: expected a name, a number or a text"][..]),
        ("treh = 3 or grade = '9'", &["there is no field `treh`", "dictionary grade has no code `9`"]),
        ("unit.ownership > 'public'", &["classes of ownership have no order"]),
        ("three = 2.5", &["this cannot be compared with a whole number"]),
        ("three < four < 5", &["`<` cannot stand here: the expression should end here"]),
        ("year(three) = 3", &["this cannot be compared"]),
        ("here is stated stated", &["`stated` cannot stand here: the expression should end here"]),
        ("yes = 1", &["this cannot be compared with a flag"]),
        ("three not 3", &["`3` cannot stand here: expected `in`"]),
    ] {
        assert_eq!(compiled(text), Err(expected.iter().map(|fault| (*fault).to_owned()).collect()), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(text in ".{0,60}") {
        let _ = compiled(&text);
    }

    #[test]
    fn no_row_of_words_makes_the_compiler_panic(
        words in proptest::collection::vec(
            prop_oneof![
                Just("three"), Just("day"), Just("yes"), Just("grade"), Just("unit.ownership"), Just("and"),
                Just("or"), Just("not"), Just("in"), Just("is"), Just("stated"), Just("("), Just(")"), Just(","),
                Just("="), Just("<"), Just("+"), Just("-"), Just("*"), Just("5"), Just("'1'"), Just("'"),
            ],
            0..40,
        )
    ) {
        let text = words.join(" ");
        if let Ok(condition) = compiled(&text) {
            let _ = condition.evaluate(&values(), Class::default());
        }
    }

    #[test]
    fn no_depth_makes_the_compiler_panic(depth in 0_usize..3000, word in prop_oneof![Just("("), Just("not "), Just("-"), Just("three + ")]) {
        let _ = compiled(&format!("{}three", word.repeat(depth)));
    }
}
