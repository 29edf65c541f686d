//! What waits for whom, numbers given by the system, corrections in a state.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Error, Role, records,
    todo::{self, Counts, Due, TodoRequest, Whose, digest},
    transitions::take,
};
use jiff::civil::{Date, date};
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use testkit::{console, databases, role, small_campaign};

use crate::steps::{CITY, DISTRICT, OTHER, WORKS, YARD, city, person};

pub(crate) const REGISTER: &str = "green-action";

fn day(date: Date) -> Value {
    Value::Date(date)
}

/// A green action without a number.
fn action(subject: &str) -> BTreeMap<String, Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    BTreeMap::from([
        ("subject".to_owned(), text(subject)),
        ("kind".to_owned(), Value::Code("1".to_owned())),
        ("started_on".to_owned(), day(date(2026, 1, 2))),
    ])
}

pub(crate) async fn enter(app: &App, unit: UnitId, subject: &str) -> RecordId {
    let officer = person(app, role("enterprise-officer"), unit);
    let mut stated = action(subject);
    let snapshot = app.current(&console(app)).await.unwrap();
    let form = snapshot.definition.form(REGISTER).unwrap().1;
    let codes = match &form.fields[form.field("kind").unwrap()].kind {
        campaign::definition::FieldKind::Code { dictionary } => {
            &snapshot.definition.dictionaries[*dictionary].codes
        }
        other => panic!("{other:?}"),
    };
    stated.insert("kind".to_owned(), Value::Code(codes[0].code.clone()));
    records::create(app, &officer, REGISTER, unit, stated).await.unwrap()
}

async fn waiting(app: &App, role: Role, unit: UnitId, due: Due) -> Vec<RecordId> {
    let request = TodoRequest { due, limit: 50, ..TodoRequest::default() };
    let page = todo::list(app, &person(app, role, unit), &request).await.unwrap();
    page.items.iter().map(|item| item.fact.id).collect()
}

pub(crate) fn nothing() -> BTreeMap<String, Value> {
    BTreeMap::new()
}

pub(crate) fn finished() -> BTreeMap<String, Value> {
    BTreeMap::from([("finished_on".to_owned(), day(date(2026, 2, 2)))])
}

/// An action of the works that is paused, and one that is finished and waits for the district.
async fn paused_and_finished(app: &App) -> (RecordId, RecordId) {
    let (paused, done) = (enter(app, WORKS, "paused").await, enter(app, WORKS, "done").await);
    let works = person(app, role("enterprise-officer"), WORKS);
    take(app, &works, paused, 1, "pause", nothing()).await.unwrap();
    take(app, &works, done, 1, "finish", finished()).await.unwrap();
    (paused, done)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_waits_for_whom_its_clock_names() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        enter(&app, WORKS, "new").await;
        assert_eq!(waiting(&app, role("enterprise-officer"), WORKS, Due::Any).await, []);
        let (paused, done) = paused_and_finished(&app).await;
        assert_eq!(waiting(&app, role("enterprise-officer"), WORKS, Due::Any).await, [paused]);
        assert_eq!(waiting(&app, role("enterprise-officer"), WORKS, Due::Overdue).await, []);
        assert_eq!(waiting(&app, role("enterprise-officer"), YARD, Due::Any).await, []);
        // Ten working days after 2 February were over on the 16th; it is 1 March.
        assert_eq!(waiting(&app, role("level-2-officer"), DISTRICT, Due::Overdue).await, [done]);
        assert_eq!(waiting(&app, role("level-2-officer"), OTHER, Due::Any).await, []);
        assert_eq!(waiting(&app, role("city-office"), CITY, Due::Any).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_counted_by_when_it_is_due() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        paused_and_finished(&app).await;
        let district = person(&app, role("level-2-officer"), DISTRICT);
        assert_eq!(todo::count(&app, &district, 100).await.unwrap(), 1);
        let request = TodoRequest { limit: 10, ..TodoRequest::default() };
        let page = todo::list(&app, &district, &request).await.unwrap();
        assert_eq!(page.counts, Counts { all: 1, overdue: 1, week: 0, new: 1 });
        assert_eq!(page.items[0].due, Some(date(2026, 2, 16)));
    }
}

/// What is late below is counted by the units right below the person's own and listed for chasing; the levels
/// below themselves see nothing of it, nor does another district.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_overdue_below_is_seen_from_above() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let (_, done) = paused_and_finished(&app).await;
        let below = |unit| TodoRequest {
            whose: Whose::Below,
            due: Due::Overdue,
            unit,
            limit: 10,
            ..TodoRequest::default()
        };
        let office = person(&app, role("city-office"), CITY);
        let page = todo::list(&app, &office, &below(None)).await.unwrap();
        assert_eq!(page.items.iter().map(|item| item.fact.id).collect::<Vec<_>>(), [done]);
        let overdue = todo::overdue_by_unit(&app, &office).await.unwrap();
        let overdue: Vec<(UnitId, i64)> = overdue.iter().map(|(unit, count)| (unit.id, *count)).collect();
        assert_eq!(overdue, [(DISTRICT, 1)]);
        let elsewhere = todo::list(&app, &office, &below(Some(OTHER))).await.unwrap();
        assert_eq!((elsewhere.items.len(), elsewhere.counts.all), (0, 0));
        // What waits for the district itself is not below it.
        let district = person(&app, role("level-2-officer"), DISTRICT);
        let page = todo::list(&app, &district, &below(None)).await.unwrap();
        assert_eq!(page.items.len(), 0);
        assert_eq!(todo::overdue_by_unit(&app, &district).await.unwrap(), []);
        let works = person(&app, role("enterprise-officer"), WORKS);
        assert_eq!(todo::list(&app, &works, &below(None)).await.unwrap().items.len(), 0);
        let foreign = todo::list(&app, &district, &below(Some(OTHER))).await;
        assert!(matches!(foreign, Err(Error::NotFound { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_has_nothing_to_do() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let viewer = person(&app, role("viewer"), DISTRICT);
        assert!(matches!(todo::count(&app, &viewer, 100).await, Err(Error::Forbidden(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_sent_on_or_removed_waits_no_longer() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let (paused, done) = paused_and_finished(&app).await;
        let works = person(&app, role("enterprise-officer"), WORKS);
        let district = person(&app, role("level-2-officer"), DISTRICT);
        let rating = BTreeMap::from([("rating".to_owned(), Value::Decimal(8.0))]);
        take(&app, &district, done, 2, "accept", rating).await.unwrap();
        assert_eq!(todo::count(&app, &district, 100).await.unwrap(), 0);
        records::delete(&app, &works, paused, 2).await.unwrap();
        assert_eq!(todo::count(&app, &works, 100).await.unwrap(), 0);
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_names_everyone_for_whom_something_waits() {
    let test = testkit::sqlite().await;
    let app = city(&test, &small_campaign()).await;
    for (login, role, unit) in
        [("works", role("enterprise-officer"), WORKS), ("viewer", role("viewer"), WORKS)]
    {
        let new = app::accounts::NewAccount {
            login: login.to_owned(),
            name: login.to_owned(),
            role,
            unit_code: format!("{:09}", unit.0),
            password: testkit::FIRST_PASSWORD.to_owned(),
        };
        app::accounts::add(&app, &console(&app), new).await.unwrap();
    }
    let paused = enter(&app, WORKS, "paused").await;
    take(&app, &person(&app, role("enterprise-officer"), WORKS), paused, 1, "pause", nothing())
        .await
        .unwrap();
    let (_, digests) = digest(&app, &console(&app)).await.unwrap();
    let counts: Vec<_> = digests.iter().map(|digest| (digest.login.as_str(), digest.counts.all)).collect();
    assert_eq!(counts, [("works", 1)]);
}

#[tokio::test]
async fn an_officer_may_not_read_the_digest() {
    let app = city(&testkit::sqlite().await, &small_campaign()).await;
    let refused = digest(&app, &person(&app, role("enterprise-officer"), WORKS)).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_given_once_however_many_enter_at_the_same_time() {
    for test in databases().await {
        let app = Arc::new(city(&test, &small_campaign()).await);
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let app = app.clone();
                tokio::spawn(async move { enter(&app, WORKS, &format!("action {number}")).await })
            })
            .collect();
        let mut numbers = Vec::new();
        for task in tasks {
            let found = records::find(&app, &console(&app), task.await.unwrap()).await.unwrap();
            let field = found.snapshot.definition.forms[found.fact.form].numbering.as_ref().unwrap().field;
            numbers.push(found.fact.value(field).unwrap().as_str().unwrap().to_owned());
        }
        numbers.sort();
        let expected: Vec<String> =
            (1..=8).map(|serial| format!("{:09}-2026-{serial:03}", WORKS.0)).collect();
        assert_eq!(numbers, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_at_once_one_takes_the_step() {
    for test in databases().await {
        let app = Arc::new(city(&test, &small_campaign()).await);
        for is_same in [true, false] {
            let id = enter(&app, WORKS, if is_same { "one" } else { "two" }).await;
            let first = person(&app, role("enterprise-officer"), WORKS);
            let second =
                if is_same { first.clone() } else { person(&app, role("level-2-officer"), DISTRICT) };
            let tasks = [first, second].map(|ctx| {
                let app = app.clone();
                tokio::spawn(async move { take(&app, &ctx, id, 1, "drop", nothing()).await })
            });
            let mut outcomes = Vec::new();
            for task in tasks {
                outcomes.push(match task.await.unwrap() {
                    Ok(taken) if taken.is_new => "new",
                    Ok(_) => "known",
                    Err(Error::Stale { .. }) => "stale",
                    Err(other) => panic!("{other:?}"),
                });
            }
            outcomes.sort_unstable();
            assert_eq!(outcomes, if is_same { ["known", "new"] } else { ["new", "stale"] });
            assert_eq!(records::find(&app, &console(&app), id).await.unwrap().version, 2);
        }
    }
}

/// What a record states.
async fn stated(app: &App, id: RecordId) -> BTreeMap<String, Value> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let fields = form.fields.iter().zip(&found.fact.values);
    fields.filter_map(|(field, value)| Some((field.id.clone(), value.clone()?))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_states_another_state_moves_the_record() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let id = enter(&app, WORKS, "first").await;
        let works = person(&app, role("enterprise-officer"), WORKS);
        let mut values = stated(&app, id).await;
        values.extend(finished());
        records::correct(&app, &works, id, 1, values).await.unwrap();
        let found = records::find(&app, &works, id).await.unwrap();
        let moved = found.changes.last().unwrap().moved.clone().unwrap();
        assert_eq!((moved.transition, moved.to.as_deref()), (None, Some("finished")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_the_state_closes_is_not_corrected_by_an_officer() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let id = enter(&app, WORKS, "first").await;
        let works = person(&app, role("enterprise-officer"), WORKS);
        take(&app, &works, id, 1, "finish", finished()).await.unwrap();
        let mut values = stated(&app, id).await;
        values.insert("subject".to_owned(), Value::Text("second".to_owned()));
        match records::correct(&app, &works, id, 2, values.clone()).await {
            Err(Error::Invalid(problems)) => assert_eq!(problems[0].name(), "not_editable"),
            other => panic!("{other:?}"),
        }
        records::correct(&app, &console(&app), id, 2, values).await.unwrap();
    }
}
