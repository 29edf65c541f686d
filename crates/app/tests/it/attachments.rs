//! Attachments with their files, on both engines.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App,
    attachments::{self, Cabinet, Limits, Outcome},
    facts::{self, Stated},
};
use jiff::SignedDuration;
use model::{clock::FixedClock, ids::FactId};
use store::Files;
use tempfile::TempDir;
use testkit::{TestDb, console, databases};

use crate::tree::{FIRM, city};

/// A region with a place for attachments and a record to attach them to.
async fn office(test: &TestDb) -> (App, FactId, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(Files::new(dir.path(), test.region), Limits::default());
    let app = city(test).await.with_cabinet(cabinet);
    let typed = [("number", "1"), ("title", "夹具"), ("proposed_on", "2011-5-3"), ("measure", "加装定位销")];
    let typed = typed.map(|(field, text)| (field.to_owned(), text.to_owned()));
    let stated: Stated = typed.into_iter().collect::<BTreeMap<_, _>>().into();
    let fact = facts::enter(&app, &console(), "proposal", FIRM, stated).await.unwrap().id;
    (app, fact, dir)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_attached_twice_at_once_is_kept_once() {
    for test in databases().await {
        let (app, fact, _dir) = office(&test).await;
        let ctx = console();
        let attach = |name: &'static str| attachments::attach(&app, &ctx, fact, name, b"the same".to_vec());
        let (first, second) = tokio::join!(attach("a.txt"), attach("b.txt"));
        let outcomes = [first.unwrap(), second.unwrap()];
        let attached = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Attached(_))).count();
        assert_eq!(attached, 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Known(_))), "{outcomes:?}");
        let held = attachments::list(&app, &ctx, fact).await.unwrap();
        assert_eq!((held.present.len(), held.history.len()), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_goes_a_day_after_nothing_needs_it() {
    for test in databases().await {
        let (mut app, fact, _dir) = office(&test).await;
        let ctx = console();
        let mut ids = Vec::new();
        for (name, text) in [("stays.txt", "stays"), ("goes.txt", "goes")] {
            match attachments::attach(&app, &ctx, fact, name, text.into()).await.unwrap() {
                Outcome::Attached(id) => ids.push(id),
                other => panic!("{other:?}"),
            }
        }
        // The files bear the machine's time: the region's clock goes on from there.
        let now = model::clock::Clock::now(&model::clock::SystemClock);
        let at = |hours: i64| Arc::new(FixedClock(now + SignedDuration::from_hours(hours)));
        let swept = async |app: &mut App, hours: i64| {
            app.clock = at(hours);
            attachments::sweep(app).await.unwrap()
        };
        let removing = app::Context::console(at(30), ctx.language);
        attachments::remove(&app, &removing, ids[1], "wrong").await.unwrap();
        assert_eq!(swept(&mut app, 31).await, 0, "it was removed an hour ago");
        assert_eq!(swept(&mut app, 55).await, 1);
        assert_eq!(swept(&mut app, 56).await, 0);
        assert_eq!(attachments::read(&app, &ctx, ids[0]).await.unwrap().1, b"stays");
        // With its record gone, nothing needs the other one either.
        facts::delete(&app, &ctx, fact, 1).await.unwrap();
        assert_eq!(swept(&mut app, 60).await, 0, "a day's time for a mistake");
        assert_eq!(swept(&mut app, 85).await, 1);
    }
}
