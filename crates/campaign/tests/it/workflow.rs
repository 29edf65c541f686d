//! The transitions that records take: what the small campaign's workflow says, and
//! a walk along every workflow that we ship, made from its definition.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::{collections::BTreeSet, fs, path::Path};

use campaign::{
    check::{check, check_dir},
    definition::{
        ClockIdx, Definition, FieldIdx, Form, IdxVec, Level, Required, Role, State, StateIdx, StateKind,
        Transition, Values, Workflow,
    },
    kinds::Sample,
    source::{Source, SourceFile},
    validate::validate,
};
use jiff::civil::date;
use model::{ids::UnitId, value::Value};

fn load(path: &str) -> Definition {
    check_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap().unwrap_or_else(|mistakes| {
        panic!("{path}:\n{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn all() -> Vec<Definition> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../campaigns");
    let shipped = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let shipped = shipped.map(|name| load(&format!("../../campaigns/{}", name.display())));
    std::iter::once(load("tests/small")).chain(shipped).collect()
}

/// Ids of the fields that are entered by the time a record is in a state.
fn entered_by(form: &Form, state: &str) -> Vec<String> {
    let workflow = form.workflow.as_ref().unwrap();
    let state = workflow.state(state).unwrap();
    let is_entered = |field: FieldIdx| !form.is_derived(field) && workflow.is_entered_by(Some(state), field);
    let fields = form.fields.entries().filter(|(position, _)| is_entered(*position));
    fields.map(|(_, field)| field.id.clone()).collect()
}

#[test]
fn fields_are_entered_when_a_record_begins_or_with_the_transitions_that_ask_for_them() {
    let definition = load("tests/small");
    let (_, form) = definition.form("green-action").unwrap();
    let first = ["unit", "serial", "subject", "kind", "started_on", "partner", "remarks", "idea"];
    assert_eq!(entered_by(form, "running"), first);
    assert_eq!(entered_by(form, "dropped"), first, "what is broken off was never finished");
    let finished = [
        "unit",
        "serial",
        "subject",
        "kind",
        "started_on",
        "finished_on",
        "saving",
        "partner",
        "remarks",
        "idea",
    ];
    assert_eq!(entered_by(form, "finished"), finished);
    assert_eq!(entered_by(form, "accepted").len(), form.fields.len() - form.derived.len());
}

#[test]
fn a_record_begins_with_what_the_definition_says() {
    let small = Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small")).unwrap();
    let patched = small.files().iter().map(|file| SourceFile {
        path: file.path.clone(),
        text: file.text.replace("id = \"saving\"", "id = \"saving\"\nwith = \"begin\""),
    });
    let definition = check(&Source::from_files(patched.collect())).unwrap();
    let (_, form) = definition.form("green-action").unwrap();
    assert!(entered_by(form, "running").contains(&"saving".to_owned()));
}

/// Whoever begins a record states few fields: what comes with later steps waits for them.
#[test]
fn every_register_with_a_workflow_puts_later_fields_off() {
    let campaigns = all();
    let registers = campaigns.iter().flat_map(|definition| definition.forms.iter());
    for form in registers.filter(|form| form.workflow.is_some()) {
        let workflow = form.workflow.as_ref().unwrap();
        let later = |field: &&FieldIdx| !workflow.is_entered_by(None, **field);
        let positions: Vec<FieldIdx> = form.fields.positions().collect();
        let needed = workflow.beginnings().flat_map(|step| step.needs.iter());
        assert_eq!(needed.filter(later).count(), 0, "{}: no record could begin", form.id);
        let is_required = |field: &FieldIdx| matches!(form.fields[*field].required, Required::Yes);
        assert!(!positions.iter().filter(later).any(is_required), "{}: required, and put off", form.id);
        let steps = workflow.entered_with.values().flatten();
        assert!(steps.into_iter().all(|step| !workflow.transitions[*step].from.is_empty()), "{}", form.id);
    }
}

fn values(form: &Form, stated: &[(&str, Value)]) -> Values {
    let mut values = form.no_values();
    for (id, value) in stated {
        values[form.field(id).unwrap()] = Some(value.clone());
    }
    values
}

#[test]
fn a_workflow_is_compiled() {
    let definition = load("tests/small");
    let (_, form) = definition.form("green-action").unwrap();
    let workflow = form.workflow.as_ref().unwrap();
    let editable: Vec<_> = workflow.states.iter().map(|state| (state.kind, state.is_editable)).collect();
    assert_eq!(
        editable,
        [
            (StateKind::Initial, true),
            (StateKind::Open, true),
            (StateKind::Final, false),
            (StateKind::Open, false),
            (StateKind::Final, false),
        ]
    );
    let accept = workflow.transition("accept").unwrap();
    assert_eq!((accept.from.as_slice(), accept.to), ([StateIdx::new(3)].as_slice(), StateIdx::new(4)));
    let who: Vec<_> = accept.who.iter().map(Role::id).collect();
    assert_eq!((who.as_slice(), accept.level), (["level-2-officer"].as_slice(), Level::Above));
    assert_eq!(accept.gives, [(form.field("verified").unwrap(), Value::Flag(true))]);
    let steps: Vec<_> = workflow.transitions_from(Workflow::INITIAL).map(|step| step.id.as_str()).collect();
    assert_eq!(steps, ["pause", "drop", "finish"]);
    let (_, ideas) = definition.form("workshop-idea").unwrap();
    assert!(ideas.workflow.is_none(), "a form without states is legal");
    let sections: Vec<Vec<usize>> = ideas
        .sections
        .iter()
        .map(|section| section.fields.iter().map(|field| field.number()).collect())
        .collect();
    assert_eq!(sections, [vec![0, 1, 2, 3, 4], vec![5, 6, 7, 8, 9, 10]]);
    let numbering = form.numbering.as_ref().unwrap();
    assert_eq!(numbering.number("31", 2021, 5, 7), "31-2021-007");
}

#[test]
fn a_record_stands_where_its_fields_say() {
    let definition = load("tests/small");
    let (_, form) = definition.form("green-action").unwrap();
    let workflow = form.workflow.as_ref().unwrap();
    let finished = ("finished_on", Value::Date(date(2021, 5, 1)));
    let verified = |is: bool| ("verified", Value::Flag(is));
    for (stated, before, after) in [
        // Imported: no transition was taken.
        (vec![], None, "running"),
        (vec![finished.clone()], None, "finished"),
        (vec![finished.clone(), verified(false)], None, "finished"),
        (vec![finished.clone(), verified(true)], None, "accepted"),
        (vec![verified(true)], None, "accepted"),
        // Corrected: transitions hold where the fields tell nothing else.
        (vec![], Some("paused"), "paused"),
        (vec![], Some("dropped"), "dropped"),
        (vec![finished.clone()], Some("paused"), "finished"),
        (vec![], Some("finished"), "running"),
        (vec![finished.clone()], Some("accepted"), "finished"),
        (vec![finished, verified(true)], Some("accepted"), "accepted"),
    ] {
        let current = before.map(|id| workflow.state(id).unwrap());
        let state = workflow.resolve_state(&values(form, &stated), current);
        assert_eq!(workflow.states[state].id, after, "{stated:?} from {before:?}");
    }
}

#[test]
fn a_clock_tells_its_last_day() {
    let definition = load("tests/small");
    let (_, form) = definition.form("green-action").unwrap();
    let clocks = &form.workflow.as_ref().unwrap().clocks;
    let entered = date(2021, 6, 1);
    let finished = [("finished_on", Value::Date(date(2021, 5, 3)))];
    let kind = [("kind", Value::Code("energy".to_owned()))];
    for (clock, stated, due) in [
        (ClockIdx::FIRST, &finished[..], Some(date(2021, 5, 17))),
        (ClockIdx::FIRST, &[], None),
        (ClockIdx::new(1), &kind, Some(date(2021, 9, 1))),
        (ClockIdx::new(1), &[], None),
    ] {
        assert_eq!(clocks[clock].due(&values(form, stated), entered), due, "{} {stated:?}", clocks[clock].id);
    }
}

#[test]
fn steps_say_what_they_lack() {
    let definition = load("tests/small");
    let (_, form) = definition.form("green-action").unwrap();
    let accept = form.workflow.as_ref().unwrap().transition("accept").unwrap();
    let mut record = values(form, &[]);
    assert_eq!(accept.lacking(&record), [form.field("rating").unwrap()]);
    assert!(!accept.is_open(&record));
    record[form.field("rating").unwrap()] = Some(Value::Decimal(7.0));
    accept.apply(&mut record);
    assert!(accept.lacking(&record).is_empty() && accept.is_open(&record));
    assert_eq!(record[form.field("verified").unwrap()], Some(Value::Flag(true)));
}

/// Everything that can be come to from state 0, found one transition at a time.
fn reached(workflow: &Workflow) -> BTreeSet<StateIdx> {
    let mut reached = BTreeSet::from([Workflow::INITIAL]);
    let mut fresh = vec![Workflow::INITIAL];
    while let Some(state) = fresh.pop() {
        fresh.extend(workflow.transitions_from(state).map(|step| step.to).filter(|to| reached.insert(*to)));
    }
    reached
}

#[test]
fn every_state_is_reached_and_none_is_a_dead_end() {
    for definition in all() {
        for form in &definition.forms {
            let Some(workflow) = &form.workflow else { continue };
            assert_eq!(reached(workflow).len(), workflow.states.len(), "{}", form.id);
            for (position, state) in workflow.states.entries() {
                let is_final = state.kind == StateKind::Final;
                assert_eq!(
                    workflow.transitions_from(position).all(|step| step.reopens),
                    is_final,
                    "{} {}",
                    form.id,
                    state.id
                );
            }
            for step in &workflow.transitions {
                let fields =
                    step.needs.iter().chain(&step.sets).chain(step.gives.iter().map(|(field, _)| field));
                assert!(
                    fields.clone().all(|field| form.fields.get(*field).is_some()),
                    "{} {}",
                    form.id,
                    step.id
                );
                assert!(!step.who.is_empty(), "{} {}", form.id, step.id);
            }
        }
    }
}

/// Values that a field may hold, the likeliest first.
fn samples(definition: &Definition, form: &Form, field: FieldIdx) -> Vec<Value> {
    match form.fields[field].kind.spec().sample {
        Sample::Words { .. } => vec![Value::Text(form.fields[field].id.clone())],
        Sample::Text(text) => vec![Value::Text(text(0))],
        Sample::Table { .. } => vec![Value::Text("甲".to_owned())],
        Sample::Whole { min, max } => {
            vec![Value::Integer(12.clamp(min, max)), Value::Integer(50.clamp(min, max))]
        }
        Sample::Money => vec![Value::Integer(100_000)],
        Sample::Decimal { min, max } => vec![Value::Decimal(f64::min(f64::max(90.0, min), max))],
        Sample::Day => vec![Value::Date(date(2012, 3, 5))],
        Sample::Year { .. } => vec![Value::Integer(2012)],
        Sample::YesNo => vec![Value::Flag(true), Value::Flag(false)],
        Sample::Code(dictionary) => {
            let codes = definition.dictionaries[dictionary].codes.iter();
            codes.map(|code| Value::Code(code.code.clone())).collect()
        }
        Sample::Period(grain) => vec![Value::Text(grain.example().to_owned())],
        Sample::Unit => vec![Value::Unit(UnitId(if form.unit == Some(field) { 1 } else { 2 }))],
    }
}

/// A record as it is begun: what the form always requires, and the transition that begins it.
fn begun(definition: &Definition, form: &Form) -> Values {
    let steps = form.workflow.iter().flat_map(Workflow::beginnings);
    let needed: BTreeSet<FieldIdx> = steps.flat_map(|step| step.needs.clone()).collect();
    let required =
        |field: FieldIdx| matches!(form.fields[field].required, Required::Yes) || needed.contains(&field);
    form.fields
        .positions()
        .map(|field| required(field).then(|| samples(definition, form, field)[0].clone()))
        .collect()
}

/// The record after a transition, with values that lead where the transition says; `None`
/// when no values do.
fn taken(definition: &Definition, form: &Form, step: &Transition, values: &Values) -> Option<Values> {
    let workflow = form.workflow.as_ref()?;
    let mut values = values.clone();
    step.apply(&mut values);
    let given = |field: &FieldIdx| step.gives.iter().any(|(given, _)| given == field);
    let mut asked: Vec<FieldIdx> =
        step.sets.iter().copied().filter(|field| step.needs.contains(field) && !given(field)).collect();
    asked.extend(step.needs.iter().filter(|field| values[**field].is_none()));
    asked.sort_unstable();
    asked.dedup();
    tried(definition, form, &asked, &mut values, &mut |values| {
        let problems = validate(form, values, &[]);
        step.lacking(values).is_empty()
            && step.is_open(values)
            && workflow.resolve_state(values, Some(step.to)) == step.to
            && !problems.iter().any(|found| found.problem.is_error())
    })
}

fn tried(
    definition: &Definition,
    form: &Form,
    asked: &[FieldIdx],
    values: &mut Values,
    fits: &mut dyn FnMut(&Values) -> bool,
) -> Option<Values> {
    let Some((field, rest)) = asked.split_first() else {
        return fits(values).then(|| values.clone());
    };
    samples(definition, form, *field).into_iter().find_map(|sample| {
        values[*field] = Some(sample);
        tried(definition, form, rest, values, fits)
    })
}

/// Where something is usually done next, the definition says what; and it is never what takes a record back.
#[test]
fn every_state_that_goes_on_names_the_usual_step() {
    for definition in all() {
        for form in &definition.forms {
            let Some(workflow) = &form.workflow else { continue };
            for (position, state) in workflow.states.entries() {
                let name = format!("{} of {}", state.id, form.id);
                let goes_on = workflow
                    .transitions_from(position)
                    .any(|step| !step.reopens && !step.is_on_occasion && workflow.states[step.to].counts);
                assert_eq!(state.usual.is_some(), goes_on, "{name}");
                let Some(usual) = state.usual else { continue };
                assert!(workflow.transitions[usual].from.contains(&position), "{name}");
                assert!(workflow.states[workflow.transitions[usual].to].counts, "{name}");
                assert!(!workflow.breaks_off(position, usual), "{name}");
            }
        }
    }
}

#[test]
fn every_step_leads_where_it_says() {
    for definition in all() {
        for form in &definition.forms {
            let Some(workflow) = &form.workflow else { continue };
            let start = begun(&definition, form);
            let begin = workflow.derived_state(&start);
            assert_eq!(validate(form, &start, &[]), [], "a new {}", form.id);
            assert_eq!(
                begin,
                Workflow::INITIAL,
                "a new {} is told to be {}",
                form.id,
                workflow.states[begin].id
            );
            let mut records: IdxVec<State, Option<Values>> = workflow.states.iter().map(|_| None).collect();
            records[Workflow::INITIAL] = Some(start);
            let mut fresh = vec![Workflow::INITIAL];
            while let Some(state) = fresh.pop() {
                let record = records[state].clone().unwrap();
                for step in workflow.transitions_from(state) {
                    let name = format!("{} of {} from {}", step.id, form.id, workflow.states[state].id);
                    let after = taken(&definition, form, step, &record);
                    assert!(after.is_some(), "{name}: no values lead to {}", workflow.states[step.to].id);
                    if records[step.to].is_none() {
                        records[step.to] = after;
                        fresh.push(step.to);
                    }
                }
            }
            assert!(records.iter().all(Option::is_some), "{}", form.id);
        }
    }
}

#[test]
fn records_of_every_register_are_known_by_what_a_paper_says_and_stay_so() {
    // Those of the small campaign say nothing of it.
    for definition in all().into_iter().skip(1) {
        for form in definition.forms.iter().filter(|form| form.kind.is_register()) {
            let number = form.numbering.as_ref().map(|numbering| numbering.field);
            assert!(!form.natural_identity.is_empty(), "{}", form.id);
            assert!(form.natural_identity.iter().all(|field| Some(*field) != number), "{}", form.id);
            assert!(matches!(form.fields[form.natural_identity[0]].required, Required::Yes), "{}", form.id);
            for step in form.workflow.iter().flat_map(|workflow| workflow.transitions.iter()) {
                let written =
                    step.sets.iter().chain(&step.clears).chain(step.gives.iter().map(|(field, _)| field));
                for field in written {
                    assert!(!form.natural_identity.contains(field), "{}: {} writes it", form.id, step.id);
                }
            }
        }
    }
}
