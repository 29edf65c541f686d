//! Records entered on the page and listed, on both engines.

use std::collections::BTreeMap;

use app::{
    App, Error,
    facts::{self, Stated},
    registers::{self, By, Filter, Reach, Selection, Sort, Test, list},
};
use model::{
    ids::{FactId, UnitId},
    month::Month,
    problem::ProblemKind,
    value::Value,
};
use store::{Engine, audit, facts::FactRow};
use testkit::{TestDb, console, databases};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, city, step};

const FORM: &str = "proposal";

fn proposal(number: &str, title: &str) -> Stated {
    let typed =
        [("number", number), ("title", title), ("proposed_on", "2011-5-3"), ("measure", "加装定位销")];
    typed
        .map(|(field, text)| (field.to_owned(), text.to_owned()))
        .into_iter()
        .collect::<BTreeMap<_, _>>()
        .into()
}

fn selection(unit: UnitId, text: &str) -> Selection {
    let filter = Filter { text: text.to_owned(), ..Filter::default() };
    Selection { form: FORM.to_owned(), unit, filter, sort: Sort::default() }
}

async fn listed(app: &App, unit: UnitId, text: &str) -> Vec<FactId> {
    let page = list(app, &console(), &selection(unit, text), 1, 10).await.unwrap();
    let ids: Vec<FactId> = page.rows.iter().map(|row| row.fact.id).collect();
    assert_eq!((page.count, page.reach), (ids.len(), Reach::Everything));
    let all = registers::ids(app, &console(), &selection(unit, text)).await.unwrap();
    assert_eq!(all.ids, ids);
    ids
}

async fn enter(app: &App, unit: UnitId, number: &str, title: &str) -> FactId {
    facts::enter(app, &console(), FORM, unit, proposal(number, title)).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_at_once_is_entered_once() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console();
        let enter = || facts::enter(&app, &ctx, FORM, FIRM, proposal("1", "夹具"));
        let (first, second, third) = tokio::join!(enter(), enter(), enter());
        let entered = [first.unwrap(), second.unwrap(), third.unwrap()];
        assert!(entered.iter().all(|other| other.id == entered[0].id), "{entered:?}");
        assert_eq!(entered.iter().filter(|other| other.is_new).count(), 1);
        assert_eq!(listed(&app, CITY, "").await, [entered[0].id]);
        let Err(Error::InvalidFields(faults)) =
            facts::enter(&app, &ctx, FORM, FIRM, proposal("1", "别的")).await
        else {
            panic!("the number is taken");
        };
        let told: Vec<_> = faults
            .iter()
            .map(|fault| (fault.field.as_str(), fault.problem.kind, fault.problem.args.clone()))
            .collect();
        let args = vec!["1".to_owned(), entered[0].id.to_string()];
        assert_eq!(told, [("number", ProblemKind::Registered, args)]);
    }
}

#[tokio::test]
async fn a_register_shows_what_stands_under_a_unit_today() {
    for test in databases().await {
        let app = city(&test).await;
        let mut entered = Vec::new();
        for (number, unit) in [("1", FIRM), ("2", FIRM), ("1", SOUTH)] {
            let made = facts::enter(&app, &console(), FORM, unit, proposal(number, "夹具")).await.unwrap();
            entered.push(made.id);
        }
        let [one, two, south] = entered[..] else { panic!("three") };
        assert_eq!(listed(&app, CITY, "").await, [south, two, one]);
        assert_eq!(listed(&app, CITY, " 1 ").await, [south, one]);
        assert_eq!(listed(&app, NORTH, "").await, [two, one]);
        assert_eq!(listed(&app, NORTH, "1").await, [one]);
        assert_eq!(listed(&app, SOUTH, "2").await, []);
        assert_eq!(listed(&app, SOUTH, "-").await, [], "what is no number finds nothing");
        step(&app, FIRM, app::units::Step::Move { parent: SOUTH, from: Month::january(2012) }).await.unwrap();
        assert_eq!(listed(&app, NORTH, "").await, []);
        assert_eq!(listed(&app, SOUTH, "").await, [south, two, one]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_holds_what_has_just_been_done() {
    for test in databases().await {
        let app = city(&test).await;
        assert_eq!(listed(&app, CITY, "").await, []);
        let one = enter(&app, FIRM, "1", "改进夹具").await;
        let two = enter(&app, FIRM, "2", "改进照明").await;
        assert_eq!(listed(&app, CITY, "改进").await, [two, one]);
        assert_eq!(listed(&app, NORTH, "夹具").await, [one]);
        facts::correct(&app, &console(), one, 1, proposal("1", "改进吊具")).await.unwrap();
        assert_eq!(listed(&app, NORTH, "夹具").await, []);
        assert_eq!(listed(&app, NORTH, "吊具").await, [one]);
        facts::delete(&app, &console(), two, 1).await.unwrap();
        assert_eq!(listed(&app, CITY, "").await, [one]);
        registers::keep_up(&app, true).await.unwrap();
        assert_eq!(listed(&app, CITY, "").await, [one]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_filters_and_orders_go_together() {
    for test in databases().await {
        let app = city(&test).await;
        let mut entered = Vec::new();
        for number in 0..25 {
            entered.push(enter(&app, FIRM, &format!("n{number}"), "夹具").await);
        }
        let snapshot = app.current().await.unwrap();
        let (_, form) = snapshot.campaign.form(FORM).unwrap();
        let on = form.field("proposed_on").unwrap();
        let mut asked = selection(CITY, "夹具");
        asked.sort = Sort { by: By::Field(on), is_descending: false };
        let day = |month| Value::Date(jiff::civil::date(2011, month, 3));
        asked.filter.fields = vec![(on, Test::Between(Some(day(5)), None))];
        let page = list(&app, &console(), &asked, 3, 10).await.unwrap();
        assert_eq!((page.count, page.page, page.rows.len()), (25, 3, 5));
        assert_eq!(page.rows[4].fact.id, entered[0], "those that are alike stand newest first");
        let page = list(&app, &console(), &asked, 99, 10).await.unwrap();
        assert_eq!((page.page, page.rows.len()), (3, 5), "behind the last page is the last");
        let all = registers::ids(&app, &console(), &asked).await.unwrap().ids;
        assert_eq!(all.len(), 25);
        let some = registers::read(&app, &console(), &asked, &all[5..8]).await.unwrap();
        assert_eq!(some.iter().map(|row| row.fact.id).collect::<Vec<_>>(), all[5..8]);
        let elsewhere = registers::read(&app, &console(), &selection(SOUTH, ""), &all).await.unwrap();
        assert!(elsewhere.is_empty(), "records of others are not read by their ids");
        asked.filter.fields = vec![(on, Test::Between(Some(day(6)), None))];
        assert_eq!(list(&app, &console(), &asked, 1, 10).await.unwrap().count, 0);
    }
}

/// The same region opened once more, as by another program.
async fn again(test: &TestDb, app: &App) -> App {
    let campaign = testkit::first_campaign();
    let other = testkit::open(test, &campaign).await;
    assert_eq!(other.region, app.region);
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_kept_takes_in_what_others_have_done() {
    for (test, other) in databases().await.into_iter().zip(databases().await) {
        let dir = tempfile::tempdir().unwrap();
        let app = city(&test).await.with_indexes_in(dir.path().to_owned());
        let one = enter(&app, FIRM, "1", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [one]);
        // Two programs on one directory: the second sees what the first keeps.
        let beside = again(&test, &app).await.with_indexes_in(dir.path().to_owned());
        assert_eq!(listed(&beside, CITY, "").await, [one]);
        drop(app);
        let outside = again(&test, &beside).await;
        let two = enter(&outside, FIRM, "2", "夹具").await;
        facts::delete(&outside, &console(), one, 1).await.unwrap();
        let app = again(&test, &beside).await.with_indexes_in(dir.path().to_owned());
        drop(beside);
        assert_eq!(listed(&app, CITY, "").await, [two]);
        drop(app);
        // The directory under another database: what is in it is not believed.
        let app = city(&other).await.with_indexes_in(dir.path().to_owned());
        assert_eq!(listed(&app, CITY, "").await, []);
    }
}

/// On PostgreSQL a transaction whose audit entries are older can commit later.
#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_not_lost() {
    for test in databases().await {
        if test.db.engine() == Engine::Sqlite {
            continue;
        }
        let app = city(&test).await;
        let one = enter(&app, FIRM, "1", "夹具").await;
        let snapshot = app.current().await.unwrap();
        let (form, _) = snapshot.campaign.form(FORM).unwrap();
        let stored = facts::find(&app, &console(), one).await.unwrap();
        let late = FactRow {
            id: FactId(store::new_id(app.clock.now())),
            form: FORM.to_owned(),
            unit: FIRM,
            identity: "late".to_owned(),
            version: 1,
            definition_hash: snapshot.campaign.hash.clone(),
            content: snapshot.codecs[form].encode(&stored.fact.values),
            state: None,
            since: None,
        };
        let mut tx = test.db.write(test.region).await.unwrap();
        store::facts::insert(&mut tx, std::slice::from_ref(&late)).await.unwrap();
        let entry = audit::Entry {
            action: "create",
            subject: "fact",
            subject_id: late.id.0,
            before: None,
            after: None,
            detail: None,
        };
        audit::append(&mut tx, "late", &snapshot.campaign.hash, app.clock.now(), vec![entry]).await.unwrap();
        let two = enter(&app, FIRM, "2", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [two, one]);
        tx.commit().await.unwrap();
        assert_eq!(listed(&app, CITY, "").await, [two, late.id, one]);
    }
}
