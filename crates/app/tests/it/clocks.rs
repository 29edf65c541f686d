//! Lists of several servers whose clocks differ, and of one whose clock is set back: what is newer is
//! decided by the order of the commits.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use app::{
    App, Context, IndexLag, records,
    registers::{self, IndexReach, ListPage, Selection, list},
    transitions,
};
use jiff::SignedDuration;
use model::ids::{RecordId, UnitId};
use store::{audit, records::RecordRow};
use testkit::{MovableClock, TestDb, databases, eventually, open_again, with_places};
use words::Language;

use crate::{
    registers::{proposal, selection},
    tree::{CITY, FIRM, NORTH, city},
};

const FORM: &str = "proposal";

/// A server with a directory and a clock of its own, so many seconds ahead of the others.
async fn server(test: &TestDb, dir: &Path, ahead: i64) -> App {
    let clock = MovableClock::default();
    clock.advance(SignedDuration::from_secs(ahead));
    with_places(open_again(test, Arc::new(clock)).await, None, Some(dir.to_owned())).await
}

/// Whoever works at a server has its clock.
fn office(app: &App) -> Context {
    app.system(app.first_region().unwrap(), Language::Chinese)
}

async fn enter(app: &App, unit: UnitId, number: &str) -> RecordId {
    records::enter(app, &office(app), FORM, unit, proposal(number, "夹具")).await.unwrap().id
}

/// A page that holds everything: a machine that has much to do may need more than the second that a page waits.
async fn page(app: &App, selection: &Selection) -> ListPage {
    let found = Mutex::new(None);
    eventually("the list holds everything", async || {
        let page = list(app, &office(app), selection, 1, 50).await.unwrap();
        let is_whole = page.reach == IndexReach::Everything;
        *found.lock().unwrap() = Some(page).filter(|_| is_whole);
        is_whole
    })
    .await;
    found.into_inner().unwrap().unwrap()
}

async fn listed(app: &App, unit: UnitId) -> Vec<RecordId> {
    let page = page(app, &selection(unit, "")).await;
    let mut ids: Vec<RecordId> = page.rows.iter().map(|row| row.fact.id).collect();
    assert_eq!(page.count, ids.len());
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_whose_clocks_differ_list_the_same() {
    for ahead in [20, -20, 600, -600] {
        for test in databases().await {
            city(&test).await;
            let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let one = server(&test, dirs[0].path(), 0).await;
            let other = server(&test, dirs[1].path(), ahead).await;
            let mut entered = Vec::new();
            for round in 0..3 {
                for (name, here) in [("one", &one), ("other", &other)] {
                    entered.push(enter(here, FIRM, &format!("{name}-{round}")).await);
                    entered.sort_unstable();
                    for server in [&one, &other] {
                        assert_eq!(listed(server, CITY).await, entered, "{ahead} s, {name}, {round}");
                        assert_eq!(server.index_lag(test.region).await.unwrap(), IndexLag::default());
                    }
                }
            }
            withdraw(&other, entered[1]).await;
            withdraw(&one, entered[2]).await;
            let counts = [("not-counted".to_owned(), 2), ("submitted".to_owned(), entered.len() - 2)];
            for server in [&one, &other] {
                assert_eq!(by_state(server).await, BTreeMap::from(counts.clone()), "{ahead} s");
            }
            records::delete(&other, &office(&other), entered.remove(0), 1).await.unwrap();
            assert_eq!(listed(&one, NORTH).await, entered);
            records::delete(&one, &office(&one), entered.pop().unwrap(), 1).await.unwrap();
            assert_eq!(listed(&other, NORTH).await, entered);
            one.fold(&office(&one)).await.unwrap();
            assert!(app::rebuild::verify(&one, &office(&one)).await.unwrap().agrees());
        }
    }
}

/// The number of records of the firm in each state.
async fn by_state(app: &App) -> BTreeMap<String, usize> {
    let snapshot = app.current(&office(app)).await.unwrap();
    let (_, form) = snapshot.definition.form(FORM).unwrap();
    let mut counts = BTreeMap::new();
    for (position, state) in form.workflow.as_ref().unwrap().states.entries() {
        let mut wanted = selection(FIRM, "");
        wanted.filter.states = vec![position];
        let page = page(app, &wanted).await;
        if page.count > 0 {
            counts.insert(state.id.clone(), page.count);
        }
    }
    counts
}

async fn withdraw(app: &App, id: RecordId) {
    let decided = BTreeMap::from([("decided_on".to_owned(), "2011-6-1".to_owned())]);
    transitions::take(app, &office(app), id, 1, "withdraw", decided).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_at_a_restart_hides_nothing() {
    for test in databases().await {
        city(&test).await;
        let dir = tempfile::tempdir().unwrap();
        let before = server(&test, dir.path(), 7_200).await;
        let first = enter(&before, FIRM, "1").await;
        assert_eq!(listed(&before, CITY).await, [first]);
        drop(before);
        let after = server(&test, dir.path(), 0).await;
        // Another process, whose ids follow the clock that was set back.
        let second = late(&test, &after, first.0 - (7_200_000 << 20)).await;
        assert_eq!(listed(&after, CITY).await, [second, first]);
        registers::update_indexes(&after, &office(&after), true).await.unwrap();
        assert_eq!(listed(&after, FIRM).await, [second, first]);
        records::correct(&after, &office(&after), first, 1, proposal("1", "吊具")).await.unwrap();
        let history = records::find(&after, &office(&after), first).await.unwrap().changes;
        assert!(history.last().unwrap().before.is_some(), "the correction is the last change");
        let page = page(&after, &selection(FIRM, "吊具")).await;
        let changed = page.rows[0].changed.as_ref().map(|(at, _)| *at);
        assert_eq!(changed, Some(after.now()), "the last change is the one that was made last");
        withdraw(&after, second).await;
        let counts = [("not-counted".to_owned(), 1), ("submitted".to_owned(), 1)];
        assert_eq!(by_state(&after).await, BTreeMap::from(counts));
    }
}

/// A record with an id that another process has made.
async fn late(test: &TestDb, app: &App, id: i64) -> RecordId {
    let snapshot = app.current(&office(app)).await.unwrap();
    let (form, _) = snapshot.definition.form(FORM).unwrap();
    let known = enter(app, FIRM, "pattern").await;
    let known = records::find(app, &office(app), known).await.unwrap();
    let row = RecordRow {
        id: RecordId(id),
        form: FORM.to_owned(),
        unit: FIRM,
        identity: id.to_string(),
        version: 1,
        definition_hash: snapshot.definition.hash.clone(),
        content: snapshot.codecs[form].encode(&known.fact.values),
        state: None,
        since: None,
        pending: None,
    };
    records::delete(app, &office(app), known.fact.id, 1).await.unwrap();
    let mut tx = test.db.write(test.region).await.unwrap();
    store::records::insert(&mut tx, std::slice::from_ref(&row)).await.unwrap();
    let entry = audit::AuditEntry {
        action: "create",
        subject: "fact",
        subject_id: id,
        before: None,
        after: None,
        detail: None,
        record: None,
    };
    audit::append(&mut tx, &snapshot.vault, "late", &snapshot.definition.hash, app.now(), vec![entry])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    row.id
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lag_of_the_lists_is_known() {
    for test in databases().await {
        city(&test).await;
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let one = server(&test, dirs[0].path(), 0).await;
        let other = server(&test, dirs[1].path(), 0).await;
        assert_eq!(one.index_lag(test.region).await.unwrap(), IndexLag::default(), "no list is open");
        enter(&one, FIRM, "1").await;
        assert_eq!(listed(&one, CITY).await.len(), 1);
        assert_eq!(listed(&other, CITY).await.len(), 1);
        for number in 2..5 {
            enter(&one, FIRM, &number.to_string()).await;
        }
        let lag = other.index_lag(test.region).await.unwrap();
        assert_eq!((lag.changes, lag.building, lag.failing), (3, 0, 0));
        assert!(lag.behind > Duration::ZERO);
        registers::update_indexes(&other, &office(&other), false).await.unwrap();
        assert_eq!(other.index_lag(test.region).await.unwrap(), IndexLag::default());
    }
}
