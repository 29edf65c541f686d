//! Transitions: every register driven from its beginning to each of its last
//! states, with what must not happen on the way.

use std::collections::BTreeMap;

use app::{
    Actor, App, Context, Error, Role,
    load::{LoadUnit, load},
    rebuild::{rebuild, verify},
    records,
    records::RecordDetails,
    todo,
    transitions::{self, offers, required_fields},
};
use campaign::{
    definition::{
        Definition, FieldIdx, Form, FormIdx, IdxVec, Level, Required, State, StateKind, Transition,
        TransitionIdx, Values, Workflow,
    },
    kinds::{ReferenceScope, Sample},
    source::Source,
    validate::validate,
};
use jiff::civil::{Date, date};
use model::{
    ids::{RecordId, UnitId, UserId},
    value::{Reference, Value},
};
use store::units::UnitKind;
use testkit::{TestDb, console, databases, first_campaign, open, role, small_campaign};

pub(crate) const CITY: UnitId = UnitId(10_001);
pub(crate) const DISTRICT: UnitId = UnitId(10_002);
pub(crate) const OTHER: UnitId = UnitId(10_003);
pub(crate) const YARD: UnitId = UnitId(10_004);
/// The first of the enterprises of the district.
pub(crate) const WORKS: UnitId = UnitId(10_010);
/// How many enterprises the district has.
const ENTERPRISES: i64 = 12;

/// A city with two districts.
pub(crate) async fn city(test: &TestDb, source: &Source) -> App {
    let app = open(test, source).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let fields = snapshot.definition.forms[snapshot.definition.roster].fields.len();
    let unit = |id: UnitId, kind, parent: Option<UnitId>| LoadUnit {
        id,
        code: format!("{:09}", id.0),
        name: format!("unit {}", id.0),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: vec![None; fields].into(),
    };
    let mut units = vec![
        unit(CITY, UnitKind::Union, None),
        unit(DISTRICT, UnitKind::Union, Some(CITY)),
        unit(OTHER, UnitKind::Union, Some(CITY)),
        unit(YARD, UnitKind::Grassroots, Some(OTHER)),
    ];
    let enterprises = (0..ENTERPRISES).map(|number| UnitId(WORKS.0 + number));
    units.extend(enterprises.map(|id| unit(id, UnitKind::Grassroots, Some(DISTRICT))));
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
    app
}

/// Somebody who has signed in.
pub(crate) fn person(app: &App, role: Role, unit: UnitId) -> Context {
    let actor = Actor::User {
        id: UserId(unit.0),
        login: format!("{}@{unit}", role.id()),
        name: "Somebody".to_owned(),
        role,
        unit,
    };
    Context { actor, ..console(app) }
}

/// Somebody else of the same unit.
fn colleague(app: &App, step: &Transition, unit: UnitId) -> Context {
    let context = person(app, step.who[0].clone(), unit);
    match context.actor {
        Actor::User { id, login, name, role, unit } => {
            let login = format!("second-{login}");
            Context { actor: Actor::User { id, login, name, role, unit }, ..context }
        }
        _ => context,
    }
}

/// Somebody who may take a transition, for a record of an enterprise of the district.
fn taker(app: &App, step: &Transition, unit: UnitId) -> Context {
    let named = |role| step.who.iter().any(|known| known.id() == role);
    match step.level {
        // Nobody else does the unit's work in these tests.
        _ if step.needs_second_person => colleague(app, step, unit),
        Level::Own if named("enterprise-officer") => person(app, role("enterprise-officer"), unit),
        Level::Own | Level::Above if named("level-2-officer") => {
            person(app, role("level-2-officer"), DISTRICT)
        }
        _ => person(app, role("city-office"), CITY),
    }
}

/// Values that a field may hold, the likeliest first.
pub(crate) fn samples(definition: &Definition, form: &Form, field: FieldIdx, unit: UnitId) -> Vec<Value> {
    match form.fields[field].kind.spec().sample {
        // Not the id alone: that is what a column may be called.
        Sample::Words { .. } => vec![Value::Text(format!("{}甲", form.fields[field].id))],
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
        Sample::Unit => vec![Value::Unit(if form.unit == Some(field) { unit } else { YARD })],
    }
}

/// A record as it is begun: what the form always requires, and the transition that begins it.
pub(crate) fn begun(definition: &Definition, form: &Form, unit: UnitId) -> Values {
    let needed: Vec<FieldIdx> =
        form.workflow.iter().flat_map(Workflow::beginnings).flat_map(|step| step.needs.clone()).collect();
    let fields = form.fields.entries();
    fields
        .map(|(position, field)| {
            let is_wanted = matches!(field.required, Required::Yes) || needed.contains(&position);
            is_wanted.then(|| samples(definition, form, position, unit)[0].clone())
        })
        .collect()
}

/// What a transition asks for, with values that lead where it says; `None` when none do.
fn stated(
    definition: &Definition,
    form: &Form,
    unit: UnitId,
    step: &Transition,
    before: &Values,
) -> Option<(BTreeMap<String, Value>, Values)> {
    let workflow = form.workflow.as_ref()?;
    let fields: Vec<FieldIdx> =
        required_fields(step, before).into_iter().filter(|field| step.needs.contains(field)).collect();
    let mut after = before.clone();
    step.apply(&mut after);
    let fits = |values: &Values| {
        step.lacking(values).is_empty()
            && step.is_open(values)
            && workflow.resolve_state(values, Some(step.to)) == step.to
            && validate(form, values, &[]).iter().all(|found| !found.problem.is_error())
    };
    let options: Vec<Vec<Value>> =
        fields.iter().map(|field| samples(definition, form, *field, unit)).collect();
    let mut choice = vec![0; fields.len()];
    loop {
        for (position, field) in fields.iter().enumerate() {
            after[*field] = Some(options[position][choice[position]].clone());
        }
        if fits(&after) {
            let stated =
                fields.iter().map(|field| (form.fields[*field].id.clone(), after[*field].clone().unwrap()));
            return Some((stated.collect(), after));
        }
        // The next combination.
        let position = (0..fields.len()).find(|at| choice[*at] + 1 < options[*at].len())?;
        choice[..position].fill(0);
        choice[position] += 1;
    }
}

/// For every state the transitions that lead to it from the beginning, the fewest possible.
fn ways(
    definition: &Definition,
    form: &Form,
    workflow: &Workflow,
) -> IdxVec<State, Option<Vec<TransitionIdx>>> {
    let mut ways: IdxVec<State, Option<(Vec<TransitionIdx>, Values)>> =
        workflow.states.iter().map(|_| None).collect();
    ways[Workflow::INITIAL] = Some((Vec::new(), begun(definition, form, WORKS)));
    let mut fresh = std::collections::VecDeque::from([Workflow::INITIAL]);
    while let Some(state) = fresh.pop_front() {
        let (way, values) = ways[state].clone().unwrap();
        for (position, step) in workflow.transitions.entries() {
            if !step.from.contains(&state) || ways[step.to].is_some() {
                continue;
            }
            if let Some((_, after)) = stated(definition, form, WORKS, step, &values) {
                ways[step.to] = Some((way.iter().copied().chain([position]).collect(), after));
                fresh.push_back(step.to);
            }
        }
    }
    ways.into_iter().map(|way| way.map(|(way, _)| way)).collect()
}

async fn found(app: &App, id: RecordId) -> RecordDetails {
    records::find(app, &console(app), id).await.unwrap()
}

/// Takes one transition as it should be, after everything that should not be.
async fn walk(app: &App, definition: &Definition, form: &Form, id: RecordId, step: &Transition) {
    let before = found(app, id).await;
    let workflow = form.workflow.as_ref().unwrap();
    let (unit, version) = (before.fact.unit, before.version);
    let name = format!("{} of {} from {}", step.id, form.id, workflow.states[before.state.unwrap()].id);
    let (stated, _) = stated(definition, form, unit, step, &before.fact.values).unwrap();
    let by = taker(app, step, unit);
    let offered = offers(&by, &before);
    assert!(offered.own.iter().any(|offer| workflow.transitions[*offer].id == step.id), "{name}");
    if let Some(usual) = offered.usual {
        assert_eq!(offered.own.first(), Some(&usual), "{name}: the usual one is the first");
        assert!(!offered.ends.contains(&usual), "{name}: the usual one is not among those that break off");
    }
    assert!(offered.own.ends_with(&offered.ends), "{name}: those that break off are the last");
    if step.level != Level::Own && !step.is_on_occasion && !step.reopens && !step.from.contains(&step.to) {
        let ask = todo::TodoRequest { form: Some(form.id.clone()), limit: 100, ..Default::default() };
        let waiting = todo::list(app, &by, &ask).await.unwrap();
        assert!(waiting.items.iter().any(|item| item.fact.id == id), "{name}: nobody sees whose turn it is");
    }
    let take = async |ctx: &Context, version, step: &str| {
        transitions::take(app, ctx, id, version, step, stated.clone()).await
    };
    let viewer = person(app, role("viewer"), DISTRICT);
    assert!(matches!(take(&viewer, version, &step.id).await, Err(Error::Forbidden(_))), "{name}: a viewer");
    let foreign = person(app, role("level-2-officer"), OTHER);
    assert!(
        matches!(take(&foreign, version, &step.id).await, Err(Error::NotFound { .. })),
        "{name}: foreign"
    );
    if step.level != Level::Own {
        let own = person(app, role("enterprise-officer"), unit);
        assert!(matches!(take(&own, version, &step.id).await, Err(Error::Forbidden(_))), "{name}: own work");
    }
    let stale = take(&by, version + 7, &step.id).await;
    assert!(matches!(stale, Err(Error::Stale { .. })), "{name}: a version nobody has seen: {stale:?}");
    let mut later = workflow
        .transitions
        .iter()
        .filter(|other| !other.from.is_empty() && !other.from.contains(&before.state.unwrap()));
    if let Some(other) = later.next() {
        let early =
            transitions::take(app, &console(app), id, version, &other.id, BTreeMap::<String, Value>::new())
                .await;
        assert!(matches!(early, Err(Error::Invalid(_))), "{name}: {} is out of order: {early:?}", other.id);
    }
    assert_eq!(found(app, id).await.version, version, "{name}: nothing has changed yet");

    assert!(take(&by, version, &step.id).await.unwrap().is_new, "{name}");
    let after = found(app, id).await;
    assert_eq!((after.state, after.version), (Some(step.to), version + 1), "{name}");
    let moved = after.changes.last().unwrap().moved.clone().unwrap();
    assert_eq!(moved.transition.as_ref(), Some(&step.id), "{name}");
    // Clicked twice: the same person is led to what is there, another is told.
    assert!(!take(&by, version, &step.id).await.unwrap().is_new, "{name}: a second click");
    let other = person(app, role("city-office"), CITY);
    let theirs = take(&other, version, &step.id).await;
    assert!(by.actor == other.actor || matches!(theirs, Err(Error::Stale { .. })), "{name}: somebody else");
    assert_eq!(found(app, id).await.version, version + 1, "{name}: nothing happened twice");
}

/// What waits for whom in the whole region.
pub(crate) async fn waits(app: &App) -> Vec<(Role, RecordId, todo::Todo, Option<Date>, Date)> {
    let mut all = Vec::new();
    for role in app.current(&console(app)).await.unwrap().definition.roles.clone() {
        let ctx = person(app, role.clone(), CITY);
        let ask = todo::TodoRequest { limit: 10_000, ..todo::TodoRequest::default() };
        let Ok(page) = todo::list(app, &ctx, &ask).await else { continue };
        all.extend(
            page.items.iter().map(|item| (role.clone(), item.fact.id, item.todo, item.due, item.since)),
        );
    }
    all
}

/// The same values, with records that are there in the references that must lead to one.
pub(crate) async fn with_targets(
    app: &App,
    definition: &Definition,
    form: &Form,
    (number, own, other): (i64, UnitId, UnitId),
    mut values: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    // What must agree with them is left out.
    let agreeing = form.relations.iter().map(|relation| relation.at);
    for field in agreeing.filter(|field| matches!(form.fields[*field].required, Required::No)) {
        values.remove(&form.fields[field].id);
    }
    for (field, to) in form.references().filter(|(_, to)| to.must_be_linked) {
        if let Some(value) = values.get_mut(&form.fields[field].id) {
            let at = if to.scope == ReferenceScope::OwnUnit { own } else { other };
            let (id, text) = (target(app, definition, to.form, (number, at)).await, String::new());
            *value = Value::Reference(Reference { id, text });
        }
    }
    values
}

/// A record of a form at a unit, made for the one of this number that refers to it.
async fn target(app: &App, definition: &Definition, form: FormIdx, (number, at): (i64, UnitId)) -> RecordId {
    let form = &definition.forms[form];
    let mut values = begun(definition, form, at);
    let title = form.title_fields().next().unwrap();
    values[title] = Some(Value::Text(format!("of {number}")));
    let numbered = form.numbering.as_ref().map(|numbering| numbering.field);
    let own = form.fields.positions().filter(|field| Some(*field) != numbered && Some(*field) != form.unit);
    let values: BTreeMap<String, Value> =
        own.filter_map(|field| Some((form.fields[field].id.clone(), values[field].clone()?))).collect();
    let values = Box::pin(with_targets(app, definition, form, (number, at, at), values)).await;
    records::enter(app, &console(app), &form.id, at, values.into()).await.unwrap().id
}

async fn drive(test: &TestDb, source: &Source) {
    let app = city(test, source).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let definition = &snapshot.definition;
    let mut driven = 0;
    for form in &definition.forms {
        let Some(workflow) = &form.workflow else { continue };
        let ways = ways(definition, form, workflow);
        let lasts =
            workflow.states.positions().filter(|state| workflow.states[*state].kind == StateKind::Final);
        for (number, last) in lasts.enumerate() {
            let way = ways[last].as_ref();
            let way = way.unwrap_or_else(|| panic!("{}: no way to {}", form.id, workflow.states[last].id));
            let unit = UnitId(WORKS.0 + number as i64);
            let values = begun(definition, form, unit);
            let values = form.fields.positions().zip(values);
            let numbered = form.numbering.as_ref().map(|numbering| numbering.field);
            let values: BTreeMap<String, Value> = values
                .filter(|(field, _)| Some(*field) != numbered && Some(*field) != form.unit)
                .filter_map(|(field, value)| Some((form.fields[field].id.clone(), value?)))
                .collect();
            let values = with_targets(&app, definition, form, (unit.0, unit, YARD), values).await;
            let begin = workflow.beginnings().next();
            let by = begin.map_or_else(|| console(&app), |step| taker(&app, step, unit));
            let entered = records::enter(&app, &by, &form.id, unit, values.clone().into()).await;
            let entered = entered.unwrap_or_else(|error| panic!("{}: {error:?}", form.id));
            assert!(entered.is_new, "{}", form.id);
            let again = records::enter(&app, &by, &form.id, unit, values.into()).await.unwrap();
            assert_eq!((again.id, again.is_new), (entered.id, false), "{}: a second click", form.id);
            let record = found(&app, entered.id).await;
            assert_eq!(record.state, Some(Workflow::INITIAL), "{}", form.id);
            let begun_by = record.changes[0].moved.as_ref().and_then(|moved| moved.transition.clone());
            assert_eq!(begun_by, begin.map(|step| step.id.clone()), "{}", form.id);
            for step in way {
                walk(&app, definition, form, entered.id, &workflow.transitions[*step]).await;
            }
            let finished = found(&app, entered.id).await;
            assert_eq!(finished.state, Some(last), "{}", form.id);
            driven += 1;
        }
    }
    assert!(driven >= definition.forms.iter().filter(|form| form.workflow.is_some()).count());
    let verified = verify(&app, &console(&app)).await.unwrap();
    assert_eq!(verified.findings, []);
    // Records in a last state wait for nobody, and what is awaited follows from the facts.
    let (all, mut awaited) = (waits(&app).await, Vec::new());
    for todo in &all {
        // What records refer to has only been entered.
        if found(&app, todo.1).await.fact.unit != YARD {
            awaited.push(todo);
        }
    }
    assert!(awaited.is_empty(), "{awaited:?}: every record has come to its end");
    rebuild(&app, &console(&app)).await.unwrap();
    assert_eq!(waits(&app).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_register_is_driven_to_each_of_its_ends() {
    for test in databases().await {
        drive(&test, &first_campaign()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_register_of_the_small_campaign_is_driven_to_each_of_its_ends() {
    for test in databases().await {
        drive(&test, &small_campaign()).await;
    }
}
