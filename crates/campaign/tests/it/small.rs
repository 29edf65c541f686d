//! The small campaign, checked: every reference is a position, every expression compiled.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::{fs, path::Path};

use campaign::{
    check::check_dir,
    definition::{
        Amount, Definition, DuplicateKeyPart, FieldIdx, FieldKind, Form, FormIdx, FormKind, Goal,
        IndicatorKind, KeyPart, MeasureIdx, MeasureKind, Part, Path as Way, PersonFields, Required, Window,
    },
    formula::{Formula, Over, Term},
};
use model::{class::Class, value::Value};

fn load(path: &str) -> Definition {
    check_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap().unwrap_or_else(|mistakes| {
        panic!("{path}:\n{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn small() -> Definition {
    load("tests/small")
}

#[test]
fn the_campaigns_we_ship_have_no_mistakes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../campaigns");
    for entry in fs::read_dir(directory).unwrap() {
        let name = entry.unwrap().file_name();
        let definition = load(&format!("../../campaigns/{}", name.display()));
        assert_eq!(
            name,
            *definition.campaigns.last().unwrap().id,
            "a campaign's directory is named by its id"
        );
    }
}

#[test]
fn forms_stand_in_their_order() {
    let definition = small();
    let forms: Vec<_> = definition.forms.iter().map(|form| (form.id.as_str(), form.kind)).collect();
    assert_eq!(
        forms,
        [
            ("roster", FormKind::Roster),
            ("annual", FormKind::Return),
            ("before", FormKind::Baseline),
            ("quarterly", FormKind::Return),
            ("union-survey", FormKind::Return),
            ("green-action", FormKind::Register),
            ("workshop-idea", FormKind::Register),
        ]
    );
    assert_eq!(definition.roster, FormIdx::FIRST);
    let indicators: Vec<_> =
        definition.first_campaign().indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    assert_eq!(indicators, ["1.1", "1.2", "1.3", "2.1", "2.2", "2.10"]);
}

#[test]
fn measures_have_slots_in_the_order_written() {
    let definition = small();
    let slots: Vec<_> = definition.measures.iter().map(|m| (m.listed_slot, m.unlisted_slot)).collect();
    assert_eq!(slots[..4], [(0, None), (1, None), (2, None), (3, None)]);
    assert_eq!(slots[4..7], [(4, Some(5)), (6, None), (7, None)]);
    assert_eq!(definition.measures[MeasureIdx::new(5)].kind, MeasureKind::Distinct(Window::Year));
    assert_eq!(definition.measures[MeasureIdx::new(6)].kind, MeasureKind::Distinct(Window::Campaign));
}

#[test]
fn a_register_is_compiled() {
    let definition = small();
    let (_, form) = definition.form("green-action").unwrap();
    assert_eq!(form.identity, [FieldIdx::new(1)], "the unit is always part of it and is not listed");
    assert_eq!(form.fields[FieldIdx::new(1)].kind, FieldKind::Text { max: 30, lines: false });
    assert_eq!(form.fields[FieldIdx::new(7)].kind, FieldKind::Money { fen_per_unit: 1_000_000 });
    assert_eq!(
        form.fields[FieldIdx::new(9)].kind,
        FieldKind::Unit { name_columns: vec!["协作组织名称".to_owned()] }
    );
    assert_eq!(form.fields[FieldIdx::new(10)].kind, FieldKind::Text { max: 4000, lines: true });
    assert!(matches!(form.fields[FieldIdx::new(5)].required, Required::When(_)));
    assert!(form.rules.iter().map(|rule| rule.is_error).eq([true, true, false]));
    let posts: Vec<_> =
        form.posts.iter().map(|post| (post.measure, post.on, post.unit, post.amount)).collect();
    let (measure, field) = (MeasureIdx::new, FieldIdx::new);
    assert_eq!(posts[1], (measure(0), field(4), Some(field(9)), Amount::Fixed(1)));
    assert_eq!(posts[3], (measure(2), field(5), None, Amount::Field(field(7))));
    assert_eq!(posts[5], (measure(3), field(5), None, Amount::Fixed(-1)));
    assert!(form.classifying.is_empty());
}

#[test]
fn persons_and_keys_are_found() {
    let definition = small();
    let (_, form) = definition.form("workshop-idea").unwrap();
    let person =
        PersonFields { id_number: FieldIdx::new(3), name: FieldIdx::new(2), phone: None, warns: false };
    assert_eq!(form.persons, [PersonFields { warns: true, ..person }]);
    let claim = [DuplicateKeyPart::Person(person), DuplicateKeyPart::Field(FieldIdx::new(1))];
    assert_eq!(form.duplicate_keys.iter().next().unwrap().key, claim);
    assert_eq!(form.posts[1].key, [KeyPart::Person(person)]);
    assert_eq!(form.posts[2].key, [KeyPart::Unit]);
    let (_, annual) = definition.form("annual").unwrap();
    assert_eq!(annual.posts[3].part, Part::Unlisted);
    assert!(annual.posts[3].key.is_empty());
}

#[test]
fn units_are_classified_by_what_they_state() {
    let definition = small();
    let (_, annual) = definition.form("annual").unwrap();
    assert_eq!(annual.classifying, [2, 3].map(FieldIdx::new));
    assert_eq!(definition.forms[definition.roster].classifying, [6, 7].map(FieldIdx::new));
    let code = |code: &str| (!code.is_empty()).then(|| Value::Code(code.to_owned()));
    for (registration, controller, ownership, is_enterprise) in [
        ("100", "", Some(0), true),
        ("100", "private", Some(1), true),
        ("300", "public", Some(0), true),
        ("400", "", Some(1), true),
        ("900", "public", Some(0), false),
        ("555", "", None, true),
        ("", "", None, false),
    ] {
        let class = definition.classification.classify(&vec![code(registration), code(controller)].into());
        assert_eq!(class, Class { ownership, is_enterprise }, "{registration} {controller}");
    }
}

#[test]
fn indicators_are_compiled() {
    let definition = small();
    let term = |id: &str, over| Formula::Term(Term { measure: definition.measure(id).unwrap().0, over });
    let base = definition.measure("base_ideas_2020").unwrap().0;
    let growth = definition.first_campaign().indicator("2.1").unwrap();
    assert_eq!(growth.formula.kind, IndicatorKind::Growth);
    assert_eq!(growth.formula.numerator, term("ideas", Over::Year));
    assert_eq!(growth.formula.denominator, Some(term("ideas", Over::Previous(base))));
    let variant = &growth.variants[0];
    let options = variant.options.iter();
    let options: Vec<_> = options.map(|(reading, option)| (reading.number(), option.number())).collect();
    assert_eq!(options, [(0, 1)]);
    assert_eq!(variant.kind, Some(IndicatorKind::AverageGrowth));
    assert_eq!(variant.numerator, None);
    assert_eq!(variant.denominator, Some(term("base_ideas_2020", Over::Base)));
    let count = definition.first_campaign().indicator("1.1").unwrap();
    assert_eq!(count.goal, Goal::ByEnd(Way::Plan([(2021, 0.2), (2022, 0.55)].into())));
    assert!(count.can_split && !growth.can_split);
    assert_eq!(count.info, [0, 3].map(MeasureIdx::new));
    assert_eq!(definition.first_campaign().indicator("1.2").unwrap().goal, Goal::ByEnd(Way::Compound(0.1)));
}

#[test]
fn records_to_which_others_refer_are_called_by_number_and_name_alone() {
    let definition = load("../../campaigns/dalian-2011-23");
    let mut found = Vec::new();
    for (position, form) in definition.forms.entries() {
        let mut references = definition.forms.iter().flat_map(Form::references);
        if references.any(|(_, to)| to.leads_to(position)) {
            let fields: Vec<&str> = form.called_by().map(|field| form.fields[field].id.as_str()).collect();
            found.push((form.id.as_str(), fields.join(", ")));
        }
    }
    let expected = [
        ("contest", "name"),
        ("expert-team", "name"),
        ("five-type-team", "team"),
        ("master", "name"),
        ("matching", "agreement_number, content"),
        ("model-worker-team", "name"),
        ("operating-method", "name"),
        ("project", "number, name"),
        ("proposal", "number, title"),
        ("service-demand", "number, title"),
        ("training-base", "name"),
        ("training-class", "number, name"),
    ];
    assert_eq!(found, expected.map(|(form, fields)| (form, fields.to_owned())));
    let small = small();
    let (_, ideas) = small.form("workshop-idea").unwrap();
    assert_eq!(ideas.called_by().map(|field| ideas.fields[field].id.as_str()).collect::<Vec<_>>(), ["title"]);
}
