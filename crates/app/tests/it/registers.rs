//! Records entered on the page and listed, on both engines.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Error,
    records::{self, Input},
    registers::{self, By, Filter, IndexReach, Selection, Sort, Test, list},
};
use campaign::definition::FieldIdx;
use jiff::SignedDuration;
use model::{
    ids::{RecordId, UnitId},
    month::Month,
    problem::Problem,
    value::Value,
};
use store::{Engine, audit, records::RecordRow};
use testkit::{MovableClock, TestDb, console, databases};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, change, city};

const FORM: &str = "proposal";

pub(crate) fn proposal(number: &str, title: &str) -> Input {
    let typed =
        [("number", number), ("title", title), ("proposed_on", "2011-5-3"), ("measure", "加装定位销")];
    typed
        .map(|(field, text)| (field.to_owned(), text.to_owned()))
        .into_iter()
        .collect::<BTreeMap<_, _>>()
        .into()
}

pub(crate) fn selection(unit: UnitId, text: &str) -> Selection {
    let filter = Filter { text: text.to_owned(), ..Filter::default() };
    Selection { form: FORM.to_owned(), unit, filter, sort: Sort::default() }
}

async fn listed(app: &App, unit: UnitId, text: &str) -> Vec<RecordId> {
    let page = list(app, &console(app), &selection(unit, text), 1, 10).await.unwrap();
    let ids: Vec<RecordId> = page.rows.iter().map(|row| row.fact.id).collect();
    assert_eq!((page.count, page.reach), (ids.len(), IndexReach::Everything));
    let all = registers::ids(app, &console(app), &selection(unit, text)).await.unwrap();
    assert_eq!(all.ids, ids);
    ids
}

async fn enter(app: &App, unit: UnitId, number: &str, title: &str) -> RecordId {
    records::enter(app, &console(app), FORM, unit, proposal(number, title)).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_at_once_is_entered_once() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        let enter = || records::enter(&app, &ctx, FORM, FIRM, proposal("1", "夹具"));
        let (first, second, third) = tokio::join!(enter(), enter(), enter());
        let entered = [first.unwrap(), second.unwrap(), third.unwrap()];
        assert!(entered.iter().all(|other| other.id == entered[0].id), "{entered:?}");
        assert_eq!(entered.iter().filter(|other| other.is_new).count(), 1);
        assert_eq!(listed(&app, CITY, "").await, [entered[0].id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_taken_is_refused_with_the_record_that_has_it() {
    for test in databases().await {
        let app = city(&test).await;
        let one = enter(&app, FIRM, "1", "夹具").await;
        let outcome = records::enter(&app, &console(&app), FORM, FIRM, proposal("1", "别的")).await;
        let Err(Error::InvalidFields(faults)) = outcome else { panic!("the number is taken") };
        let faults: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), &fault.problem)).collect();
        let registered = Problem::Registered { identity: "1".to_owned(), record: one };
        assert_eq!(faults, [("number", &registered)]);
    }
}

/// Two proposals of the firm in the north, and one of the south.
async fn three_proposals(app: &App) -> [RecordId; 3] {
    [
        enter(app, FIRM, "1", "夹具").await,
        enter(app, FIRM, "2", "夹具").await,
        enter(app, SOUTH, "1", "夹具").await,
    ]
}

#[tokio::test]
async fn a_register_shows_the_records_of_the_units_below() {
    for test in databases().await {
        let app = city(&test).await;
        let [one, two, south] = three_proposals(&app).await;
        for (unit, text, expected) in [
            (CITY, "", &[south, two, one][..]),
            (CITY, " 1 ", &[south, one]),
            (NORTH, "", &[two, one]),
            (NORTH, "1", &[one]),
            (SOUTH, "2", &[]),
            (SOUTH, "-", &[]),
        ] {
            assert_eq!(listed(&app, unit, text).await, expected, "{text:?} in {unit}");
        }
    }
}

#[tokio::test]
async fn the_records_of_a_unit_that_moves_are_shown_with_it() {
    for test in databases().await {
        let app = city(&test).await;
        let [one, two, south] = three_proposals(&app).await;
        let from = Month::january(2012);
        change(&app, FIRM, app::units::UnitChange::Move { parent: SOUTH, from }).await.unwrap();
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
        records::correct(&app, &console(&app), one, 1, proposal("1", "改进吊具")).await.unwrap();
        assert_eq!(listed(&app, NORTH, "夹具").await, []);
        assert_eq!(listed(&app, NORTH, "吊具").await, [one]);
        records::delete(&app, &console(&app), two, 1).await.unwrap();
        assert_eq!(listed(&app, CITY, "").await, [one]);
        registers::update_indexes(&app, &console(&app), true).await.unwrap();
        assert_eq!(listed(&app, CITY, "").await, [one]);
    }
}

/// Twenty-five proposals of one day, and the list of those since May, in the order of their days.
async fn many_proposals(app: &App) -> (Vec<RecordId>, FieldIdx, Selection) {
    let mut entered = Vec::new();
    for number in 0..25 {
        entered.push(enter(app, FIRM, &format!("n{number}"), "夹具").await);
    }
    let snapshot = app.current(&console(app)).await.unwrap();
    let proposed_on = snapshot.definition.form(FORM).unwrap().1.field("proposed_on").unwrap();
    let mut selection = selection(CITY, "夹具");
    selection.sort = Sort { by: By::Field(proposed_on), is_descending: false };
    selection.filter.fields = vec![since(proposed_on, 5)];
    (entered, proposed_on, selection)
}

/// The condition that a day is not before a month of 2011.
fn since(field: FieldIdx, month: i8) -> (FieldIdx, Test) {
    (field, Test::Between(Some(Value::Date(jiff::civil::date(2011, month, 3))), None))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_sorted_and_divided_into_pages() {
    for test in databases().await {
        let app = city(&test).await;
        let (entered, proposed_on, mut selection) = many_proposals(&app).await;
        let page = list(&app, &console(&app), &selection, 3, 10).await.unwrap();
        assert_eq!((page.count, page.page, page.rows.len()), (25, 3, 5));
        assert_eq!(page.rows[4].fact.id, entered[0], "those that are alike stand newest first");
        let page = list(&app, &console(&app), &selection, 99, 10).await.unwrap();
        assert_eq!((page.page, page.rows.len()), (3, 5), "behind the last page is the last");
        selection.filter.fields = vec![since(proposed_on, 6)];
        assert_eq!(list(&app, &console(&app), &selection, 1, 10).await.unwrap().count, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_list_are_read_by_their_ids() {
    for test in databases().await {
        let app = city(&test).await;
        let (_, _, list) = many_proposals(&app).await;
        let all = registers::ids(&app, &console(&app), &list).await.unwrap().ids;
        assert_eq!(all.len(), 25);
        let some = registers::read(&app, &console(&app), &list, &all[5..8]).await.unwrap();
        assert_eq!(some.iter().map(|row| row.fact.id).collect::<Vec<_>>(), all[5..8]);
        let elsewhere = registers::read(&app, &console(&app), &selection(SOUTH, ""), &all).await.unwrap();
        assert!(elsewhere.is_empty(), "records of others are not read by their ids");
    }
}

/// The same region with its indexes in a directory.
async fn with_indexes(dir: &tempfile::TempDir, app: App) -> App {
    testkit::with_places(app, None, Some(dir.path().to_owned())).await
}

/// The same region opened once more, as by another program.
async fn reopened(test: &TestDb) -> App {
    let definition = testkit::first_campaign();
    testkit::open(test, &definition).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_on_one_directory_list_the_same() {
    for test in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let app = with_indexes(&dir, city(&test).await).await;
        let one = enter(&app, FIRM, "1", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [one]);
        // The second sees what the first writes.
        let second = with_indexes(&dir, reopened(&test).await).await;
        assert_eq!(listed(&second, CITY, "").await, [one]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_in_a_directory_takes_in_what_others_have_done() {
    for test in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let app = with_indexes(&dir, city(&test).await).await;
        let one = enter(&app, FIRM, "1", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [one]);
        drop(app);
        let outside = reopened(&test).await;
        let two = enter(&outside, FIRM, "2", "夹具").await;
        records::delete(&outside, &console(&outside), one, 1).await.unwrap();
        let app = with_indexes(&dir, reopened(&test).await).await;
        assert_eq!(listed(&app, CITY, "").await, [two]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_database_is_not_believed() {
    for (test, other) in databases().await.into_iter().zip(databases().await) {
        let dir = tempfile::tempdir().unwrap();
        let app = with_indexes(&dir, city(&test).await).await;
        let one = enter(&app, FIRM, "1", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [one]);
        drop(app);
        let app = with_indexes(&dir, city(&other).await).await;
        assert_eq!(listed(&app, CITY, "").await, []);
    }
}

/// A pass of the index while the clock was ahead must not hide what comes after it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_entered_after_the_clock_was_set_back_is_listed() {
    for test in databases().await {
        let mut app = city(&test).await;
        let one = enter(&app, FIRM, "1", "夹具").await;
        let clock = MovableClock::default();
        clock.advance(SignedDuration::from_hours(1));
        app.set_clock(Arc::new(clock));
        assert_eq!(listed(&app, CITY, "").await, [one]);
        registers::update_indexes(&app, &console(&app), true).await.unwrap();
        app.set_clock(testkit::clock());
        let two = enter(&app, FIRM, "2", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [two, one]);
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
        let snapshot = app.current(&console(&app)).await.unwrap();
        let (form, _) = snapshot.definition.form(FORM).unwrap();
        let stored = records::find(&app, &console(&app), one).await.unwrap();
        let late = RecordRow {
            id: RecordId(store::new_id(app.now())),
            form: FORM.to_owned(),
            unit: FIRM,
            identity: "late".to_owned(),
            version: 1,
            definition_hash: snapshot.definition.hash.clone(),
            content: snapshot.codecs[form].encode(&stored.fact.values),
            state: None,
            since: None,
            pending: None,
        };
        let mut tx = test.db.write(test.region).await.unwrap();
        store::records::insert(&mut tx, std::slice::from_ref(&late)).await.unwrap();
        let entry = audit::AuditEntry {
            action: "create",
            subject: "fact",
            subject_id: late.id.0,
            before: None,
            after: None,
            detail: None,
            record: None,
        };
        audit::append(&mut tx, &snapshot.vault, "late", &snapshot.definition.hash, app.now(), vec![entry])
            .await
            .unwrap();
        let two = enter(&app, FIRM, "2", "夹具").await;
        assert_eq!(listed(&app, CITY, "").await, [two, one]);
        tx.commit().await.unwrap();
        assert_eq!(listed(&app, CITY, "").await, [two, late.id, one]);
    }
}
