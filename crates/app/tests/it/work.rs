//! What waits for whom, numbers given by the system, comments, one step of many records.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Error, Role, comments, facts,
    steps::{MOST, Together, preview_many, survey_many, take, take_many},
    work::{self, Ask, Counts, Due, digest},
};
use jiff::civil::{Date, date};
use model::{
    ids::{FactId, UnitId},
    problem::ProblemKind,
    value::Value,
};
use testkit::{console, databases, small_campaign};

use crate::steps::{CITY, DISTRICT, OTHER, WORKS, YARD, city, person};

const REGISTER: &str = "green-action";

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

async fn enter(app: &App, unit: UnitId, subject: &str) -> FactId {
    let officer = person(Role::EnterpriseOfficer, unit);
    let mut stated = action(subject);
    let snapshot = app.current().await.unwrap();
    let form = snapshot.campaign.form(REGISTER).unwrap().1;
    let codes = match &form.fields[form.field("kind").unwrap()].kind {
        campaign::definition::FieldKind::Code { dictionary } => {
            &snapshot.campaign.dictionaries[*dictionary].codes
        }
        other => panic!("{other:?}"),
    };
    stated.insert("kind".to_owned(), Value::Code(codes[0].code.clone()));
    facts::create(app, &officer, REGISTER, unit, stated).await.unwrap()
}

async fn seen(app: &App, role: Role, unit: UnitId, due: Due) -> Vec<FactId> {
    let ask = Ask { due, limit: 50, ..Ask::default() };
    let page = work::list(app, &person(role, unit), &ask).await.unwrap();
    page.items.iter().map(|item| item.fact.id).collect()
}

fn nothing() -> BTreeMap<String, Value> {
    BTreeMap::new()
}

fn finished() -> BTreeMap<String, Value> {
    BTreeMap::from([("finished_on".to_owned(), day(date(2026, 2, 2)))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_waits_for_whom_its_clock_names() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let (paused, done) = (enter(&app, WORKS, "paused").await, enter(&app, WORKS, "done").await);
        let works = person(Role::EnterpriseOfficer, WORKS);
        assert_eq!(seen(&app, Role::EnterpriseOfficer, WORKS, Due::Any).await, []);
        take(&app, &works, paused, 1, "pause", nothing()).await.unwrap();
        take(&app, &works, done, 1, "finish", finished()).await.unwrap();
        assert_eq!(seen(&app, Role::EnterpriseOfficer, WORKS, Due::Any).await, [paused]);
        assert_eq!(seen(&app, Role::EnterpriseOfficer, WORKS, Due::Overdue).await, []);
        assert_eq!(seen(&app, Role::EnterpriseOfficer, YARD, Due::Any).await, []);
        // Ten working days after 2 February were over on the 16th; it is 1 March.
        assert_eq!(seen(&app, Role::LevelTwoOfficer, DISTRICT, Due::Overdue).await, [done]);
        assert_eq!(seen(&app, Role::LevelTwoOfficer, OTHER, Due::Any).await, []);
        assert_eq!(seen(&app, Role::CityOffice, CITY, Due::Any).await, []);
        let district = person(Role::LevelTwoOfficer, DISTRICT);
        assert_eq!(work::count(&app, &district, 100).await.unwrap(), 1);
        let page = work::list(&app, &district, &Ask { limit: 10, ..Ask::default() }).await.unwrap();
        assert_eq!(page.counts, Counts { all: 1, overdue: 1, week: 0, new: 1 });
        assert_eq!(page.items[0].due, date(2026, 2, 16));
        let viewer = person(Role::Viewer, DISTRICT);
        assert!(matches!(work::count(&app, &viewer, 100).await, Err(Error::Forbidden(_))));
        // Sent on, it waits no longer; removed, neither.
        let rating = BTreeMap::from([("rating".to_owned(), Value::Decimal(8.0))]);
        take(&app, &district, done, 2, "accept", rating).await.unwrap();
        assert_eq!(work::count(&app, &district, 100).await.unwrap(), 0);
        facts::delete(&app, &works, paused, 2).await.unwrap();
        assert_eq!(work::count(&app, &works, 100).await.unwrap(), 0);
        assert_eq!(app::rebuild::verify(&app, &console()).await.unwrap().difference, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_tells_everyone_what_waits() {
    let test = testkit::sqlite().await;
    let app = city(&test, &small_campaign()).await;
    for (login, role, unit) in [("works", Role::EnterpriseOfficer, WORKS), ("viewer", Role::Viewer, WORKS)] {
        let new = app::accounts::NewAccount {
            login: login.to_owned(),
            name: login.to_owned(),
            role,
            unit_code: format!("{:09}", unit.0),
            password: "a long password".to_owned(),
        };
        app::accounts::add(&app, &console(), new).await.unwrap();
    }
    let paused = enter(&app, WORKS, "paused").await;
    take(&app, &person(Role::EnterpriseOfficer, WORKS), paused, 1, "pause", nothing()).await.unwrap();
    let (_, digests) = digest(&app, &console()).await.unwrap();
    let told: Vec<_> = digests.iter().map(|digest| (digest.login.as_str(), digest.counts.all)).collect();
    assert_eq!(told, [("works", 1)]);
    let theirs = digest(&app, &person(Role::EnterpriseOfficer, WORKS)).await;
    assert!(matches!(theirs, Err(Error::Forbidden(_))));
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
            let found = facts::find(&app, &console(), task.await.unwrap()).await.unwrap();
            let field = found.snapshot.campaign.forms[found.fact.form].numbering.as_ref().unwrap().field;
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
            let first = person(Role::EnterpriseOfficer, WORKS);
            let second = if is_same { first.clone() } else { person(Role::LevelTwoOfficer, DISTRICT) };
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
            assert_eq!(facts::find(&app, &console(), id).await.unwrap().version, 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_corrected_where_the_state_allows() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let id = enter(&app, WORKS, "first").await;
        let works = person(Role::EnterpriseOfficer, WORKS);
        let found = facts::find(&app, &works, id).await.unwrap();
        let form = &found.snapshot.campaign.forms[found.fact.form];
        let stated: BTreeMap<String, Value> = form
            .fields
            .iter()
            .zip(&found.fact.values)
            .filter_map(|(field, value)| Some((field.id.clone(), value.clone()?)))
            .collect();
        // A correction that tells another state moves the record.
        let mut done = stated.clone();
        done.extend(finished());
        facts::correct(&app, &works, id, 1, done.clone()).await.unwrap();
        let found = facts::find(&app, &works, id).await.unwrap();
        let moved = found.changes.last().unwrap().moved.clone().unwrap();
        assert_eq!((moved.step, moved.to.as_deref()), (None, Some("finished")));
        done.insert("subject".to_owned(), Value::Text("second".to_owned()));
        match facts::correct(&app, &works, id, 2, done.clone()).await {
            Err(Error::Invalid(problems)) => assert_eq!(problems[0].kind, ProblemKind::NotEditable),
            other => panic!("{other:?}"),
        }
        facts::correct(&app, &console(), id, 2, done).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_comment_on_what_they_may_see() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let id = enter(&app, WORKS, "first").await;
        let (works, district) =
            (person(Role::EnterpriseOfficer, WORKS), person(Role::LevelTwoOfficer, DISTRICT));
        comments::add(&app, &works, id, "  first line\r\nsecond ").await.unwrap();
        comments::add(&app, &works, id, "first line\nsecond").await.unwrap();
        comments::add(&app, &district, id, "seen").await.unwrap();
        let found = facts::find(&app, &district, id).await.unwrap();
        let said: Vec<_> = found.comments.iter().map(|said| (said.text.as_deref(), said.is_own)).collect();
        assert_eq!(said, [(Some("first line\nsecond"), false), (Some("seen"), true)]);
        for text in ["", " \n ", &"长".repeat(2001)] {
            assert!(matches!(comments::add(&app, &works, id, text).await, Err(Error::Invalid(_))), "{text}");
        }
        let foreign = person(Role::EnterpriseOfficer, YARD);
        assert!(matches!(comments::add(&app, &foreign, id, "x").await, Err(Error::NotFound { .. })));
        let viewer = person(Role::Viewer, DISTRICT);
        assert!(matches!(comments::add(&app, &viewer, id, "x").await, Err(Error::Forbidden(_))));
        let (first, second) = (found.comments[0].id, found.comments[1].id);
        let theirs = comments::withdraw(&app, &district, id, first).await;
        assert!(matches!(theirs, Err(Error::NotFound { .. })), "only one's own");
        comments::withdraw(&app, &district, id, second).await.unwrap();
        comments::withdraw(&app, &district, id, second).await.unwrap();
        let found = facts::find(&app, &works, id).await.unwrap();
        assert_eq!(found.comments[1].text, None);
        assert_eq!(found.version, 1, "a comment changes no record");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_take_a_step_together() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let works = person(Role::EnterpriseOfficer, WORKS);
        let mut ids = Vec::new();
        for number in 0..5 {
            ids.push(enter(&app, WORKS, &format!("action {number}")).await);
        }
        let foreign = enter(&app, YARD, "foreign").await;
        take(&app, &works, ids[0], 1, "pause", nothing()).await.unwrap();
        let chosen: Vec<_> = ids.iter().chain([&foreign]).map(|id| (*id, None)).collect();
        let together = |chosen| Together { form: REGISTER, step: "finish", chosen };
        let surveyed = survey_many(&app, &works, together(&chosen)).await.unwrap();
        assert_eq!((surveyed.fit.len(), surveyed.unfit.len()), (4, 2), "nothing is asked of it yet");
        let form = &surveyed.snapshot.campaign.forms[surveyed.form];
        let asked: Vec<&str> = surveyed.asked.iter().map(|field| form.fields[*field].id.as_str()).collect();
        assert_eq!(asked, ["finished_on", "saving"], "what it needs and what it sets");
        let nonsense = BTreeMap::from([("nonsense".to_owned(), Value::Flag(true))]);
        let unknown = preview_many(&app, &works, together(&chosen), nonsense).await;
        assert!(matches!(unknown, Err(Error::NotFound { what: "field", .. })));
        let looked = preview_many(&app, &works, together(&chosen), finished()).await.unwrap();
        assert_eq!((looked.fit.len(), looked.unfit.len()), (4, 2));
        let unfit: Vec<FactId> = looked.unfit.iter().map(|(id, _)| *id).collect();
        assert_eq!(unfit, [ids[0], foreign]);
        // Somebody is faster with one of them.
        take(&app, &console(), ids[1], 1, "finish", finished()).await.unwrap();
        let seen: Vec<_> = looked.fit.iter().map(|(id, version)| (*id, Some(*version))).collect();
        let done = take_many(&app, &works, together(&seen), finished()).await.unwrap();
        assert_eq!((done.fit.len(), done.unfit.len()), (3, 1));
        assert!(matches!(done.unfit[0], (id, Error::Stale { .. }) if id == ids[1]));
        // The same click once more changes nothing, and is told as done.
        let again = take_many(&app, &works, together(&seen), finished()).await.unwrap();
        assert_eq!((again.fit.len(), again.unfit.len()), (3, 1));
        let too_many: Vec<_> = (0..=MOST).map(|_| chosen[0]).collect();
        let refused = preview_many(&app, &works, together(&too_many), finished()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        let none = preview_many(&app, &works, together(&chosen), nothing()).await.unwrap();
        assert_eq!(none.fit, [], "a field is lacking");
        for id in &ids[1..] {
            let found = facts::find(&app, &works, *id).await.unwrap();
            assert_eq!(found.version, 2);
        }
        assert_eq!(app::rebuild::verify(&app, &console()).await.unwrap().difference, None);
    }
}
