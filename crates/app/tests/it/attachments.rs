//! Attachments with their files, on both engines.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Error,
    attachments::{self, AttachmentLimits, Cabinet, Outcome},
    records::{self, Input},
    transitions,
};
use jiff::SignedDuration;
use model::{
    clock::FixedClock,
    ids::{AttachmentId, RecordId},
    problem::Problem,
};
use store::{Files, Owner};
use tempfile::TempDir;
use testkit::{TestDb, console, databases};

use crate::tree::{FIRM, city};

/// A region with a place for attachments and a record to attach them to.
async fn office(test: &TestDb) -> (App, RecordId, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(Files::new(dir.path(), test.region), AttachmentLimits::default());
    let app = testkit::with_places(city(test).await, Some(cabinet), None).await;
    let typed = [("number", "1"), ("title", "夹具"), ("proposed_on", "2011-5-3"), ("measure", "加装定位销")];
    let typed = typed.map(|(field, text)| (field.to_owned(), text.to_owned()));
    let stated: Input = typed.into_iter().collect::<BTreeMap<_, _>>().into();
    let fact = records::enter(&app, &console(&app), "proposal", FIRM, stated).await.unwrap().id;
    (app, fact, dir)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_attached_twice_at_once_is_kept_once() {
    for test in databases().await {
        let (app, fact, _dir) = office(&test).await;
        let ctx = console(&app);
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

async fn attach(app: &App, fact: RecordId, name: &str, text: &str) -> AttachmentId {
    match attachments::attach(app, &console(app), fact, name, text.into()).await.unwrap() {
        Outcome::Attached(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Some hours from now. The files bear the machine's time: the region's clock goes on from there.
fn in_hours(hours: i64) -> Arc<FixedClock> {
    let now = model::clock::Clock::now(&model::clock::SystemClock);
    Arc::new(FixedClock(now + SignedDuration::from_hours(hours)))
}

/// How many contents a sweep removes, so many hours from now.
async fn swept(app: &mut App, hours: i64) -> usize {
    app.set_clock(in_hours(hours));
    attachments::sweep(app, &console(app)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_of_a_removed_attachment_goes_a_day_later() {
    for test in databases().await {
        let (mut app, fact, _dir) = office(&test).await;
        let ctx = console(&app);
        let stays = attach(&app, fact, "stays.txt", "stays").await;
        let goes = attach(&app, fact, "goes.txt", "goes").await;
        let removing = app::Context::system(ctx.region, in_hours(30), ctx.language);
        attachments::remove(&app, &removing, goes, "wrong").await.unwrap();
        assert_eq!(swept(&mut app, 31).await, 0, "it was removed an hour ago");
        assert_eq!(swept(&mut app, 55).await, 1);
        assert_eq!(swept(&mut app, 56).await, 0);
        assert_eq!(attachments::read(&app, &ctx, stays).await.unwrap().1, b"stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contents_of_a_deleted_record_go_a_day_later() {
    for test in databases().await {
        let (mut app, fact, _dir) = office(&test).await;
        attach(&app, fact, "goes.txt", "goes").await;
        assert_eq!(swept(&mut app, 56).await, 0);
        records::delete(&app, &console(&app), fact, 1).await.unwrap();
        assert_eq!(swept(&mut app, 60).await, 0, "a day's time for a mistake");
        assert_eq!(swept(&mut app, 85).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_record_in_its_last_state_stay_as_they_are() {
    for test in databases().await {
        let (app, fact, _dir) = office(&test).await;
        let attachment = attach(&app, fact, "stays.txt", "stays").await;
        let officer = crate::steps::person(&app, testkit::role("enterprise-officer"), FIRM);
        let decided = BTreeMap::from([("decided_on".to_owned(), "2011-6-1".to_owned())]);
        transitions::take(&app, &officer, fact, 1, "withdraw", decided).await.unwrap();
        let is_locked = |error: &Error| matches!(error, Error::Invalid(problems) if matches!(problems[0], Problem::NotEditable { .. }));
        let added = attachments::attach(&app, &officer, fact, "new.txt", b"new".to_vec()).await;
        assert!(added.as_ref().is_err_and(is_locked), "{added:?}");
        let removed = attachments::remove(&app, &officer, attachment, "wrong").await;
        assert!(removed.as_ref().is_err_and(is_locked), "{removed:?}");
        let deleted = records::delete(&app, &officer, fact, 2).await;
        assert!(deleted.as_ref().is_err_and(is_locked), "{deleted:?}");
        assert_eq!(attachments::list(&app, &officer, fact).await.unwrap().present.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_another_database_are_left_alone() {
    for test in databases().await {
        let (mut app, fact, dir) = office(&test).await;
        let ctx = console(&app);
        let attachment = attach(&app, fact, "stays.txt", "stays").await;
        let files = || Files::new(dir.path(), test.region);
        let trial = async || {
            let other = testkit::sqlite().await;
            let cabinet = Cabinet::new(files(), AttachmentLimits::default());
            let mut app = testkit::with_places(city(&other).await, Some(cabinet), None).await;
            app.set_clock(in_hours(56));
            attachments::sweep(&app, &console(&app)).await
        };
        // An empty database, before anybody has said whose the files are, and afterwards.
        assert!(matches!(trial().await, Err(Error::ForeignFiles)), "an empty database");
        assert_eq!(swept(&mut app, 56).await, 0);
        let owner = files().owner().unwrap().unwrap();
        assert!(matches!(trial().await, Err(Error::ForeignFiles)), "another database");
        // A copy of the database that was put back, older than its files.
        files().put_owner(&Owner { audit: owner.audit + 1, ..owner }).unwrap();
        let older = attachments::sweep(&app, &ctx).await;
        assert!(matches!(older, Err(Error::ForeignFiles)), "{older:?}");
        assert_eq!(attachments::read(&app, &ctx, attachment).await.unwrap().1, b"stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_of_an_earlier_version_are_sealed() {
    for test in databases().await {
        let (mut app, fact, dir) = office(&test).await;
        let attachment = attach(&app, fact, "a.txt", "in clear").await;
        // An earlier version wrote it as it is.
        let clear = Files::new(dir.path(), test.region);
        clear.put(b"in clear").unwrap();
        let is_clear = || {
            let mut waiting = vec![dir.path().to_owned()];
            let mut found = false;
            while let Some(path) = waiting.pop() {
                if path.is_dir() {
                    waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                } else {
                    found |= std::fs::read(path).unwrap().windows(8).any(|part| part == b"in clear");
                }
            }
            found
        };
        assert!(is_clear());
        assert_eq!(swept(&mut app, 56).await, 0);
        assert!(!is_clear(), "sealed by the task");
        assert_eq!(attachments::read(&app, &console(&app), attachment).await.unwrap().1, b"in clear");
    }
}
