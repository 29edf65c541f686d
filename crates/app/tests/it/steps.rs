//! Steps: every register driven from its beginning to each of its last
//! states, with what must not happen on the way.

use std::collections::BTreeMap;

use app::{
    Actor, App, Context, Error, Role, facts,
    facts::Found,
    load::{LoadUnit, load},
    rebuild::{rebuild, verify},
    steps::{self, asked, offers},
    work,
};
use campaign::{
    definition::{Campaign, FieldKind, Form, Level, Required, StateKind, Transition, Workflow},
    source::Source,
    validate::validate,
};
use jiff::civil::date;
use model::{
    ids::{FactId, UnitId, UserId},
    value::Value,
};
use store::units::UnitKind;
use testkit::{TestDb, clock, console, databases, first_campaign, open, small_campaign};
use words::Language;

pub(crate) const CITY: UnitId = UnitId(10_001);
pub(crate) const DISTRICT: UnitId = UnitId(10_002);
pub(crate) const OTHER: UnitId = UnitId(10_003);
pub(crate) const YARD: UnitId = UnitId(10_004);
/// The first of the enterprises of the district.
pub(crate) const WORKS: UnitId = UnitId(10_010);
/// How many enterprises the district has.
const ENTERPRISES: i64 = 12;

type Values = Vec<Option<Value>>;

/// A city with two districts.
pub(crate) async fn city(test: &TestDb, source: &Source) -> App {
    let app = open(test, source).await;
    let snapshot = app.current().await.unwrap();
    let fields = snapshot.campaign.forms[snapshot.campaign.roster].fields.len();
    let unit = |id: UnitId, kind, parent: Option<UnitId>| LoadUnit {
        id,
        code: format!("{:09}", id.0),
        name: format!("unit {}", id.0),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: vec![None; fields],
    };
    let mut units = vec![
        unit(CITY, UnitKind::Union, None),
        unit(DISTRICT, UnitKind::Union, Some(CITY)),
        unit(OTHER, UnitKind::Union, Some(CITY)),
        unit(YARD, UnitKind::Grassroots, Some(OTHER)),
    ];
    let enterprises = (0..ENTERPRISES).map(|number| UnitId(WORKS.0 + number));
    units.extend(enterprises.map(|id| unit(id, UnitKind::Grassroots, Some(DISTRICT))));
    load(&app, &console(), units, std::iter::empty(), &|_| {}).await.unwrap();
    app
}

/// Somebody who has signed in.
pub(crate) fn person(role: Role, unit: UnitId) -> Context {
    let actor = Actor::User {
        id: UserId(unit.0),
        login: format!("{}@{unit}", role.name()),
        name: "Somebody".to_owned(),
        role,
        unit,
    };
    Context { actor, clock: clock(), language: Language::Chinese }
}

/// Somebody whose step it is, for a record of an enterprise of the district.
fn taker(step: &Transition, unit: UnitId) -> Context {
    let named = |role| step.who.contains(&role);
    match step.level {
        Level::Own if named(Role::EnterpriseOfficer) => person(Role::EnterpriseOfficer, unit),
        Level::Own | Level::Above if named(Role::LevelTwoOfficer) => person(Role::LevelTwoOfficer, DISTRICT),
        _ => person(Role::CityOffice, CITY),
    }
}

/// Values that a field may hold, the likeliest first.
fn samples(campaign: &Campaign, form: &Form, field: usize, unit: UnitId) -> Vec<Value> {
    match &form.fields[field].kind {
        FieldKind::Text { .. } => vec![Value::Text(form.fields[field].id.clone())],
        FieldKind::OrgCode => vec![Value::Text("072831954".to_owned())],
        FieldKind::Uscc => vec![Value::Text("91210200MA00000078".to_owned())],
        FieldKind::IdNumber => vec![Value::Text("210202198001010008".to_owned())],
        FieldKind::Rows { .. } => vec![Value::Text("甲".to_owned())],
        FieldKind::Shares => vec![Value::Text("张三 40%".to_owned())],
        FieldKind::Phone => vec![Value::Text("13800000000".to_owned())],
        FieldKind::Integer { min, max } => {
            vec![Value::Integer(12.clamp(*min, *max)), Value::Integer(50.clamp(*min, *max))]
        }
        FieldKind::Money { .. } => vec![Value::Integer(100_000)],
        FieldKind::Decimal { min, max } => vec![Value::Decimal(f64::min(f64::max(90.0, *min), *max))],
        FieldKind::Date { .. } => vec![Value::Date(date(2012, 3, 5))],
        FieldKind::Year { .. } => vec![Value::Integer(2012)],
        FieldKind::Flag => vec![Value::Flag(true), Value::Flag(false)],
        FieldKind::Code { dictionary } => {
            let codes = campaign.dictionaries[*dictionary].codes.iter();
            codes.map(|code| Value::Code(code.code.clone())).collect()
        }
        FieldKind::Unit { .. } => {
            vec![Value::Unit(if form.unit_field() == Some(field) { unit } else { YARD })]
        }
    }
}

/// A record as it is begun: what the form always requires, and the step that begins it.
fn begun(campaign: &Campaign, form: &Form, unit: UnitId) -> Values {
    let needed: Vec<usize> =
        form.workflow.iter().flat_map(Workflow::beginnings).flat_map(|step| step.needs.clone()).collect();
    let fields = form.fields.iter().enumerate();
    fields
        .map(|(position, field)| {
            let is_wanted = matches!(field.required, Required::Yes) || needed.contains(&position);
            is_wanted.then(|| samples(campaign, form, position, unit)[0].clone())
        })
        .collect()
}

/// What a step asks for, with values that lead where it says; `None` when none do.
fn stated(
    campaign: &Campaign,
    form: &Form,
    unit: UnitId,
    step: &Transition,
    before: &Values,
) -> Option<(BTreeMap<String, Value>, Values)> {
    let workflow = form.workflow.as_ref()?;
    let fields: Vec<usize> =
        asked(step, before).into_iter().filter(|field| step.needs.contains(field)).collect();
    let mut after = before.clone();
    step.apply(&mut after);
    let fits = |values: &Values| {
        step.lacking(values).is_empty()
            && step.is_open(values)
            && workflow.settle(values, Some(step.to)) == step.to
            && validate(form, values, &[]).iter().all(|found| !found.problem.is_error())
    };
    let options: Vec<Vec<Value>> = fields.iter().map(|field| samples(campaign, form, *field, unit)).collect();
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

/// For every state the steps that lead to it from the beginning, the fewest possible.
fn ways(campaign: &Campaign, form: &Form, workflow: &Workflow) -> Vec<Option<Vec<usize>>> {
    let mut ways: Vec<Option<(Vec<usize>, Values)>> = vec![None; workflow.states.len()];
    ways[0] = Some((Vec::new(), begun(campaign, form, WORKS)));
    let mut fresh = std::collections::VecDeque::from([0]);
    while let Some(state) = fresh.pop_front() {
        let (way, values) = ways[state].clone().unwrap();
        for (position, step) in workflow.transitions.iter().enumerate() {
            if !step.from.contains(&state) || ways[step.to].is_some() {
                continue;
            }
            if let Some((_, after)) = stated(campaign, form, WORKS, step, &values) {
                ways[step.to] = Some((way.iter().copied().chain([position]).collect(), after));
                fresh.push_back(step.to);
            }
        }
    }
    ways.into_iter().map(|way| way.map(|(way, _)| way)).collect()
}

async fn found(app: &App, id: FactId) -> Found {
    facts::find(app, &console(), id).await.unwrap()
}

/// Takes one step as it should be, after everything that should not be.
async fn walk(app: &App, campaign: &Campaign, form: &Form, id: FactId, step: &Transition) {
    let before = found(app, id).await;
    let workflow = form.workflow.as_ref().unwrap();
    let (unit, version) = (before.fact.unit, before.version);
    let name = format!("{} of {} from {}", step.id, form.id, workflow.states[before.state.unwrap()].id);
    let (stated, _) = stated(campaign, form, unit, step, &before.fact.values).unwrap();
    let by = taker(step, unit);
    assert!(offers(&by, &before).iter().any(|offer| workflow.transitions[*offer].id == step.id), "{name}");
    let take = async |ctx: &Context, version, step: &str| {
        steps::take(app, ctx, id, version, step, stated.clone()).await
    };
    let viewer = person(Role::Viewer, DISTRICT);
    assert!(matches!(take(&viewer, version, &step.id).await, Err(Error::Forbidden(_))), "{name}: a viewer");
    let foreign = person(Role::LevelTwoOfficer, OTHER);
    assert!(
        matches!(take(&foreign, version, &step.id).await, Err(Error::NotFound { .. })),
        "{name}: foreign"
    );
    if step.level != Level::Own {
        let own = person(Role::EnterpriseOfficer, unit);
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
            steps::take(app, &console(), id, version, &other.id, BTreeMap::<String, Value>::new()).await;
        assert!(matches!(early, Err(Error::Invalid(_))), "{name}: {} is out of order: {early:?}", other.id);
    }
    assert_eq!(found(app, id).await.version, version, "{name}: nothing has changed yet");

    assert!(take(&by, version, &step.id).await.unwrap().is_new, "{name}");
    let after = found(app, id).await;
    assert_eq!((after.state, after.version), (Some(step.to), version + 1), "{name}");
    let moved = after.changes.last().unwrap().moved.clone().unwrap();
    assert_eq!(moved.step.as_ref(), Some(&step.id), "{name}");
    // Clicked twice: the same person is led to what is there, another is told.
    assert!(!take(&by, version, &step.id).await.unwrap().is_new, "{name}: a second click");
    let other = person(Role::CityOffice, CITY);
    let theirs = take(&other, version, &step.id).await;
    assert!(by.actor == other.actor || matches!(theirs, Err(Error::Stale { .. })), "{name}: somebody else");
    assert_eq!(found(app, id).await.version, version + 1, "{name}: nothing happened twice");
}

/// What waits for whom in the whole region.
pub(crate) async fn waits(app: &App) -> Vec<(Role, FactId, usize, String, String)> {
    let mut all = Vec::new();
    for role in Role::ALL {
        let ctx = person(role, CITY);
        let ask = work::Ask { limit: 10_000, ..work::Ask::default() };
        let Ok(page) = work::list(app, &ctx, &ask).await else { continue };
        all.extend(
            page.items
                .iter()
                .map(|item| (role, item.fact.id, item.clock, item.due.to_string(), item.since.to_string())),
        );
    }
    all
}

async fn drive(test: &TestDb, source: &Source) {
    let app = city(test, source).await;
    let snapshot = app.current().await.unwrap();
    let campaign = &snapshot.campaign;
    let mut driven = 0;
    for form in &campaign.forms {
        let Some(workflow) = &form.workflow else { continue };
        let ways = ways(campaign, form, workflow);
        let lasts =
            (0..workflow.states.len()).filter(|state| workflow.states[*state].kind == StateKind::Final);
        for (number, last) in lasts.enumerate() {
            let way = ways[last].as_ref();
            let way = way.unwrap_or_else(|| panic!("{}: no way to {}", form.id, workflow.states[last].id));
            let unit = UnitId(WORKS.0 + number as i64);
            let values = begun(campaign, form, unit).into_iter().enumerate();
            let numbered = form.numbering.as_ref().map(|numbering| numbering.field);
            let values: BTreeMap<String, Value> = values
                .filter(|(field, _)| Some(*field) != numbered && Some(*field) != form.unit_field())
                .filter_map(|(field, value)| Some((form.fields[field].id.clone(), value?)))
                .collect();
            let begin = workflow.beginnings().next();
            let by = begin.map_or_else(console, |step| taker(step, unit));
            let entered = facts::enter(&app, &by, &form.id, unit, values.clone().into()).await;
            let entered = entered.unwrap_or_else(|error| panic!("{}: {error:?}", form.id));
            assert!(entered.is_new, "{}", form.id);
            let again = facts::enter(&app, &by, &form.id, unit, values.into()).await.unwrap();
            assert_eq!((again.id, again.is_new), (entered.id, false), "{}: a second click", form.id);
            let record = found(&app, entered.id).await;
            assert_eq!(record.state, Some(0), "{}", form.id);
            let begun_by = record.changes[0].moved.as_ref().and_then(|moved| moved.step.clone());
            assert_eq!(begun_by, begin.map(|step| step.id.clone()), "{}", form.id);
            for step in way {
                walk(&app, campaign, form, entered.id, &workflow.transitions[*step]).await;
            }
            let finished = found(&app, entered.id).await;
            assert_eq!(finished.state, Some(last), "{}", form.id);
            driven += 1;
        }
    }
    assert!(driven >= campaign.forms.iter().filter(|form| form.workflow.is_some()).count());
    let verified = verify(&app, &console()).await.unwrap();
    assert_eq!(verified.difference, None);
    // Records in a last state wait for nobody, and what is awaited follows from the facts.
    let awaited = waits(&app).await;
    assert_eq!(awaited, [], "every record has come to its end");
    rebuild(&app, &console()).await.unwrap();
    assert_eq!(waits(&app).await, awaited);
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
