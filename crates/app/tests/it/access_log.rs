//! The log of access: what is noted, and that nothing of it is changed or removed unnoticed.

use std::collections::BTreeMap;

use app::{
    App, Context, Error,
    access_log::{self, AccessAction, AccessLogEntry, Exported, LogFault},
    attachments::{self, AttachmentLimits, Cabinet, Outcome},
    audit_trail::TrailQuery,
    imports, person_lookup, persons,
    register_export::{Format, Which, export},
    registers::{self, By, Filter, Selection, Sort},
    tasks, unmask_log,
};
use store::Files;
use testkit::{TestDb, console, databases, role};

use crate::privacy::{CITY, FORM, MILL, checked, city, enter, officer};

/// Puts what is open into blocks, as the background work does.
pub(crate) async fn seal(app: &App) {
    let task = tasks::TASKS.iter().find(|task| task.name == "access-log").unwrap();
    (task.run)(app, &console(app)).await.unwrap();
}

/// Changes something behind the program's back, in this test's region.
pub(crate) async fn alter(test: &TestDb, text: &str) {
    let joint = if text.contains("WHERE") { "AND" } else { "WHERE" };
    let text = format!("{text} {joint} region_id = {}", test.region);
    testkit::run_sql(test, &text).await;
}

async fn entries(app: &App) -> Vec<AccessLogEntry> {
    access_log::log(app, &console(app), None, 100).await.unwrap().0
}

/// Some entries, in two blocks.
async fn filled(test: &TestDb) -> App {
    let app = city(test).await;
    for name in ["one", "two"] {
        for _ in 0..3 {
            access_log::note_export(&app, &console(&app), CITY, Exported::Figures, name, "").await.unwrap();
        }
        seal(&app).await;
    }
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_touched_is_in_order() {
    for test in databases().await {
        let app = filled(&test).await;
        access_log::note_export(&app, &console(&app), CITY, Exported::Figures, "three", "").await.unwrap();
        let checked = access_log::check(&app, &console(&app)).await.unwrap();
        assert_eq!((checked.faults.len(), checked.blocks, checked.open), (0, 2, 1), "{checked:?}");
        assert!(checked.open_since.is_some());
        let head = checked.head.unwrap();
        seal(&app).await;
        let later = access_log::check(&app, &console(&app)).await.unwrap();
        assert_eq!((later.blocks, later.open), (3, 0));
        assert_ne!(later.head.unwrap().digest, head.digest);
    }
}

/// What a check says after `text` was done to the database.
async fn faults_after(test: &TestDb, app: &App, text: &str) -> Vec<LogFault> {
    alter(test, text).await;
    access_log::check(app, &console(app)).await.unwrap().faults
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_added_or_removed_behind_the_program_is_found() {
    let last =
        "(SELECT max(l.entry_id) FROM access_log l WHERE l.block = 2 AND l.region_id = access_log.region_id)";
    let attacks = [
        ("who", "UPDATE access_log SET actor = 'nobody' WHERE block = 2".to_owned()),
        ("when", "UPDATE access_log SET at = at + 1 WHERE block = 2".to_owned()),
        ("from where", "UPDATE access_log SET address = '192.0.2.1' WHERE block = 2".to_owned()),
        ("what", "UPDATE access_log SET action = 'sign in' WHERE block = 2".to_owned()),
        ("where", "UPDATE access_log SET unit_id = 1 WHERE block = 2".to_owned()),
        ("to what", "UPDATE access_log SET subject = 'else', detail = subject WHERE block = 2".to_owned()),
        ("one entry gone", format!("DELETE FROM access_log WHERE entry_id = {last}")),
        ("all entries gone", "DELETE FROM access_log WHERE block = 2".to_owned()),
        ("moved out", format!("UPDATE access_log SET block = 0 WHERE entry_id = {last}")),
        ("moved elsewhere", format!("UPDATE access_log SET block = 1 WHERE entry_id = {last}")),
        ("block forged", "UPDATE access_block SET entries = 2 WHERE block = 2".to_owned()),
    ];
    for (what, text) in &attacks {
        for test in databases().await {
            let app = filled(&test).await;
            let found = faults_after(&test, &app, text).await;
            let is_found = found.iter().any(|fault| matches!(fault, LogFault::Changed { .. }));
            assert!(is_found, "{what}: {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_gone_is_found() {
    for test in databases().await {
        let app = filled(&test).await;
        alter(&test, "DELETE FROM access_log WHERE block = 1").await;
        let found = faults_after(&test, &app, "DELETE FROM access_block WHERE block = 1").await;
        assert_eq!(found, [LogFault::Missing { from: 1, to: 1 }]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_cut_off_is_found_by_what_lies_beside_the_database() {
    for test in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(Files::new(dir.path(), test.region), AttachmentLimits::default());
        let app = testkit::with_places(filled(&test).await, Some(cabinet), None).await;
        access_log::note_export(&app, &console(&app), CITY, Exported::Figures, "three", "").await.unwrap();
        seal(&app).await;
        alter(&test, "DELETE FROM access_log WHERE block = 3").await;
        let found = faults_after(&test, &app, "DELETE FROM access_block WHERE block = 3").await;
        assert_eq!(found, [LogFault::CutOff { known: 3, found: 2 }]);
        // More entries make up for nothing.
        access_log::note_export(&app, &console(&app), CITY, Exported::Figures, "four", "").await.unwrap();
        seal(&app).await;
        let found = access_log::check(&app, &console(&app)).await.unwrap().faults;
        assert_eq!(found, [LogFault::CutOff { known: 3, found: 3 }]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_seal_at_once_do_not_get_in_each_others_way() {
    for test in databases().await {
        let app = filled(&test).await;
        let other = testkit::open_again(&test, testkit::clock()).await;
        for _ in 0..5 {
            let note = |app| async move {
                for _ in 0..4 {
                    access_log::note_export(app, &console(app), CITY, Exported::Figures, "many", "")
                        .await
                        .unwrap();
                    seal(app).await;
                }
            };
            tokio::join!(note(&app), note(&other));
        }
        seal(&app).await;
        let checked = access_log::check(&app, &console(&app)).await.unwrap();
        assert_eq!((checked.faults.len(), checked.entries, checked.open), (0, 47, 0), "{checked:?}");
    }
}

/// Does something and returns what was noted of it last.
async fn noted<T>(app: &App, ctx: &Context, work: impl AsyncFnOnce(&App, &Context) -> T) -> AccessLogEntry {
    let before = entries(app).await.first().map_or(0, |entry| entry.id);
    work(app, ctx).await;
    let mut found = entries(app).await;
    found.retain(|entry| entry.id > before && entry.action != AccessAction::ReadLog);
    assert!(!found.is_empty(), "nothing is noted");
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_looked_at_or_taken_away_is_noted_with_who_from_where_and_what() {
    for test in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(Files::new(dir.path(), test.region), AttachmentLimits::default());
        let app = testkit::with_places(city(&test).await, Some(cabinet), None).await;
        let number = checked("320106198101010010");
        let id = enter(&app, MILL, "one", "甲", Some(&number)).await;
        let attached = attachments::attach(&app, &console(&app), id, "a.txt", b"content".to_vec()).await;
        let Outcome::Attached(file) = attached.unwrap() else { panic!("not attached") };
        let mut ctx = officer(&app, MILL, role("enterprise-officer"));
        ctx.origin.address = Some("192.0.2.7".parse().unwrap());
        let key = persons::by_number(&app, &ctx, &number).await.unwrap().unwrap();
        let check = async |action: AccessAction, subject: &str, entry: AccessLogEntry| {
            assert_eq!((entry.action, &*entry.actor), (action, "li"));
            assert_eq!(entry.address.as_deref(), Some("192.0.2.7"), "{action:?}");
            assert_eq!(entry.unit.map(|unit| unit.id), Some(MILL), "{action:?}");
            assert!(subject.is_empty() || entry.subject == subject, "{action:?}: {}", entry.subject);
            let all = format!("{} {}", entry.subject, entry.detail);
            assert!(!all.contains('甲') && !all.contains(&number), "{action:?}: {all}");
        };
        for format in [Format::Xlsx, Format::Csv] {
            let entry = noted(&app, &ctx, async |app, ctx| {
                let out = std::io::Cursor::new(Vec::new());
                export(app, ctx, MILL, FORM, Which::All, format, out).await.unwrap();
            });
            check(AccessAction::Export, FORM, entry.await).await;
        }
        let entry = noted(&app, &ctx, async |app, ctx| attachments::read(app, ctx, file).await.unwrap());
        check(AccessAction::DownloadAttachment, &id.to_string(), entry.await).await;
        let entry =
            noted(&app, &ctx, async |app, ctx| persons::file(app, ctx, &key).await.unwrap().entries.len());
        check(AccessAction::OpenPerson, &key.to_string(), entry.await).await;
        let entry =
            noted(&app, &ctx, async |app, ctx| persons::by_name(app, ctx, MILL, "甲").await.unwrap().len());
        check(AccessAction::FindPerson, "", entry.await).await;
        let entry = noted(&app, &ctx, async |app, ctx| persons::by_number(app, ctx, &number).await.unwrap());
        check(AccessAction::FindPersonByNumber, "", entry.await).await;
        let entry = noted(&app, &ctx, async |app, ctx| {
            person_lookup::search(app, ctx, MILL, "甲", 5).await.unwrap().len()
        });
        check(AccessAction::LookUpPerson, "", entry.await).await;
        let entry = noted(&app, &ctx, async |app, ctx| {
            let filter = Filter { text: "甲".to_owned(), ..Filter::default() };
            let sort = Sort { by: By::Entered, is_descending: true };
            let selection = Selection { form: FORM.to_owned(), unit: MILL, filter, sort };
            registers::list(app, ctx, &selection, 1, 10).await.unwrap().count
        });
        check(AccessAction::SearchRecords, FORM, entry.await).await;
        let entry =
            noted(&app, &ctx, async |app, ctx| unmask_log::unmask(app, ctx, id, "核对").await.unwrap());
        check(AccessAction::Unmask, &id.to_string(), entry.await).await;
        let entry = noted(&app, &ctx, async |app, ctx| {
            let correction = persons::Correction { name: "乙".to_owned(), ..Default::default() };
            persons::correct(app, ctx, &key, &correction, "wrong").await.unwrap();
        });
        check(AccessAction::ChangePerson, "", entry.await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_faults_and_the_reading_of_the_logs_are_noted() {
    for test in databases().await {
        let app = city(&test).await;
        let submission = imports::Submission {
            key: "key".to_owned(),
            file_name: "ideas.csv".to_owned(),
            bytes: format!("组织编码,金点子名称,姓名,提出日期\n{MILL},three,丙,no date\n").into_bytes(),
            kind: Some(format!("register:{FORM}")),
        };
        let ctx = crate::privacy::signed_in(&app).await;
        let id = imports::submit(&app, &ctx, submission).await.unwrap();
        let entry =
            noted(&app, &ctx, async |app, ctx| imports::annotated(app, ctx, id).await.unwrap().1.len()).await;
        assert_eq!((entry.action, entry.subject), (AccessAction::Export, format!("import {id}")));
        let office = console(&app);
        access_log::log(&app, &office, None, 10).await.unwrap();
        unmask_log::log(&app, &office, None, 10).await.unwrap();
        let found: BTreeMap<_, _> =
            entries(&app).await.into_iter().map(|entry| (entry.action.name(), entry.actor)).collect();
        for action in [AccessAction::ReadLog, AccessAction::ReadUnmaskLog, AccessAction::PutDefinition] {
            assert_eq!(found.get(action.name()).map(String::as_str), Some("console"), "{action:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_audits_reads_and_checks_the_log() {
    for test in databases().await {
        let app = filled(&test).await;
        for (id, may) in [
            ("audit-administrator", true),
            ("city-office", true),
            ("system-administrator", false),
            ("security-administrator", false),
            ("level-2-officer", false),
            ("viewer", false),
        ] {
            let ctx = officer(&app, CITY, role(id));
            let read = access_log::log(&app, &ctx, None, 10).await;
            let checked = access_log::check(&app, &ctx).await;
            assert_eq!((read.is_ok(), checked.is_ok()), (may, may), "{id}");
            assert!(may || matches!(read, Err(Error::Forbidden(_))), "{id}");
        }
    }
}

/// Removes what is past its time, as the background work does.
async fn remove_old(app: &App) {
    let task = tasks::TASKS.iter().find(|task| task.name == "access-log-retention").unwrap();
    (task.run)(app, &console(app)).await.unwrap();
}

const DAY: i64 = 24 * 3_600 * 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_are_past_their_time_are_removed_and_the_rest_can_be_checked() {
    for test in databases().await {
        let app = filled(&test).await;
        for number in 3..=5 {
            access_log::note_export(&app, &console(&app), CITY, Exported::Figures, &number.to_string(), "")
                .await
                .unwrap();
            seal(&app).await;
        }
        remove_old(&app).await;
        assert_eq!(access_log::check(&app, &console(&app)).await.unwrap().blocks, 5, "nothing is old yet");
        // Four years later.
        let clock = std::sync::Arc::new(testkit::MovableClock::default());
        clock.advance(jiff::SignedDuration::from_hours(24 * 365 * 4));
        let later = testkit::open_again(&test, clock).await;
        remove_old(&later).await;
        seal(&later).await;
        let left = access_log::check(&later, &console(&later)).await.unwrap();
        assert_eq!(
            (left.faults.len(), left.blocks, left.entries),
            (0, 2, 2),
            "the last block and the note stay: {left:?}"
        );
        let noted = entries(&later).await;
        let removal = noted.iter().find(|entry| entry.action == AccessAction::RemoveEntries).unwrap();
        assert!(removal.detail.ends_with(" before=2027-02-28"), "{}", removal.detail);
        // Now the one that was the last goes too, and nothing after it.
        for _ in 0..2 {
            remove_old(&later).await;
            seal(&later).await;
            let left = access_log::check(&later, &console(&later)).await.unwrap();
            assert_eq!((left.faults.len(), left.blocks), (0, 2), "two notes: {left:?}");
        }
        // The audit of what was changed stays.
        let trail =
            app::audit_trail::list(&later, &console(&later), &TrailQuery::default(), None, 10).await.unwrap();
        assert!(!trail.entries.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beginning_that_somebody_else_has_removed_is_missed() {
    for test in databases().await {
        let app = filled(&test).await;
        access_log::note_export(&app, &console(&app), CITY, Exported::Figures, "three", "").await.unwrap();
        seal(&app).await;
        let clock = std::sync::Arc::new(testkit::MovableClock::default());
        alter(&test, &format!("UPDATE access_block SET made_at = made_at - {} WHERE block = 1", 2_000 * DAY))
            .await;
        let found = access_log::check(&app, &console(&app)).await.unwrap().faults;
        assert!(
            matches!(found[..], [LogFault::Changed { block: 1, .. }]),
            "a block cannot be made older: {found:?}"
        );
        remove_old(&app).await;
        assert_eq!(
            access_log::check(&app, &console(&app)).await.unwrap().faults,
            found,
            "and is not removed then"
        );
        alter(&test, &format!("UPDATE access_block SET made_at = made_at + {} WHERE block = 1", 2_000 * DAY))
            .await;
        clock.advance(jiff::SignedDuration::from_hours(24 * 365 * 4));
        let later = testkit::open_again(&test, clock).await;
        remove_old(&later).await;
        seal(&later).await;
        let right = access_log::check(&later, &console(&later)).await.unwrap();
        assert_eq!((right.faults.len(), right.blocks), (0, 2), "{right:?}");
        // One more block is taken out, and a note of it is forged.
        access_log::note_export(&later, &console(&later), CITY, Exported::Figures, "four", "").await.unwrap();
        seal(&later).await;
        alter(&test, "DELETE FROM access_log WHERE block = 3").await;
        alter(
            &test,
            "UPDATE access_log SET subject = '3' || substr(subject, 2) WHERE action = 'remove entries'",
        )
        .await;
        let found = faults_after(&test, &later, "DELETE FROM access_block WHERE block = 3").await;
        assert!(found.contains(&LogFault::Missing { from: 1, to: 3 }), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_somebody_asks_for_is_noted_with_what_came_of_it() {
    for test in databases().await {
        let app = std::sync::Arc::new(filled(&test).await);
        let ctx = officer(&app, CITY, role("audit-administrator"));
        assert_eq!(access_log::last_check(&app, &ctx).await.unwrap(), None);
        for (text, faults) in [("", 0), ("UPDATE access_log SET actor = 'nobody' WHERE block = 2", 1)] {
            if !text.is_empty() {
                alter(&test, text).await;
            }
            access_log::begin_check(&app, &ctx).await.unwrap();
            let last = async || access_log::last_check(&app, &ctx).await.unwrap().unwrap();
            testkit::eventually("the check comes to its end", async || last().await.outcome.is_some()).await;
            let Some(access_log::LogCheckOutcome::Checked(found)) = last().await.outcome else {
                panic!("failed")
            };
            assert_eq!(found.faults.len(), faults);
            let noted = entries(&app).await;
            let noted = noted.iter().find(|entry| entry.action == AccessAction::CheckLog).unwrap();
            assert!(noted.detail.ends_with(&format!("faults={faults}")), "{}", noted.detail);
        }
        let viewer = officer(&app, CITY, role("viewer"));
        assert!(matches!(access_log::begin_check(&app, &viewer).await, Err(Error::Forbidden(_))));
    }
}
