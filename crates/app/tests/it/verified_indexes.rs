//! `verify` compares everything that the indexes hold with the records: whatever was changed on one side alone is
//! named, what has not been read yet is counted, and folding anew builds the index that differs.

use std::{fs, path::Path};

use app::{
    App, IndexDifference, IndexFault, RecordPart,
    rebuild::{Finding, Verified, rebuild, verify},
    records, tasks,
};
use model::value::Value;
use tempfile::TempDir;
use testkit::{TestDb, console, databases, open_again, run_sql, with_places, write_as_text};

use crate::verified::{Kept, findings, office, proposals, stated};

/// The federation of [`office`] with indexes in a directory, which hold everything.
async fn indexed(test: &TestDb) -> (App, TempDir, TempDir) {
    let (first, files) = office(test).await;
    drop(first);
    let dir = tempfile::tempdir().unwrap();
    let app = server(test, dir.path()).await;
    let missing = checked(&app).await;
    assert!(missing.agrees() && missing.without_index().count() > 3 && missing.indexed() == 0, "{missing:?}");
    rebuild(&app, &console(&app)).await.unwrap();
    let right = checked(&app).await;
    assert!(right.agrees() && right.without_index().count() == 0 && right.indexed() > 10, "{right:?}");
    (app, files, dir)
}

async fn server(test: &TestDb, dir: &Path) -> App {
    with_places(open_again(test, testkit::clock()).await, None, Some(dir.to_owned())).await
}

async fn checked(app: &App) -> Verified {
    verify(app, &console(app)).await.unwrap()
}

/// Brings the indexes up to date, as the background work does.
async fn follow(app: &App) {
    let task = tasks::TASKS.iter().find(|task| task.name == "indexes").unwrap();
    (task.run)(app, &console(app)).await.unwrap();
}

/// What differs in the index of proposals.
fn differences(verified: &Verified) -> Vec<&IndexDifference> {
    let found = verified.findings.iter().filter_map(|finding| match finding {
        Finding::Index { form, fault: IndexFault::Record(_, difference) } if form == "proposal" => {
            Some(difference)
        }
        _ => None,
    });
    found.collect()
}

fn parts(verified: &Verified) -> Vec<RecordPart> {
    let found = differences(verified).into_iter().flat_map(|difference| match difference {
        IndexDifference::Other { parts, .. } => parts.clone(),
        _ => panic!("{difference:?}"),
    });
    found.collect()
}

const CORRECTED: &str = "region_id = {region} AND content LIKE '%新夹具%'";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_differs_between_index_and_records_is_named() {
    for test in databases().await {
        let (app, _files, _dir) = indexed(&test).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let (_, form) = snapshot.definition.form("proposal").unwrap();
        let day = RecordPart::Field(form.field("proposed_on").unwrap());
        let root = snapshot.root().unwrap().0;
        write_as_text(&test.db, test.region).await;
        for (change, expected) in [
            (format!("UPDATE fact SET unit_id = {root}"), RecordPart::Unit),
            ("UPDATE fact SET version = version + 1".to_owned(), RecordPart::Version),
            ("UPDATE fact SET content = replace(content, '2011-05-03', '2011-06-03')".to_owned(), day),
            ("UPDATE fact SET content = replace(content, '定位销', '定位块')".to_owned(), RecordPart::Words),
        ] {
            let kept = Kept::of(&test, "fact").await;
            assert_eq!(run_sql(&test, &format!("{change} WHERE {CORRECTED}")).await, 1);
            assert_eq!(parts(&checked(&app).await), [expected], "{change}");
            kept.put_back().await;
        }
        let kept = Kept::of(&test, "fact").await;
        assert_eq!(run_sql(&test, &format!("DELETE FROM fact WHERE {CORRECTED}")).await, 1);
        assert_eq!(differences(&checked(&app).await), [&IndexDifference::Surplus]);
        kept.put_back().await;
        let forged = "INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content) \
            SELECT region_id, fact_id + 1000000000, form, unit_id, 'forged', 1, definition_hash, content FROM fact WHERE ";
        assert_eq!(run_sql(&test, &format!("{forged}{CORRECTED}")).await, 1);
        assert_eq!(differences(&checked(&app).await), [&IndexDifference::Lacking]);
        run_sql(&test, "DELETE FROM fact WHERE region_id = {region} AND identity = 'forged'").await;
        assert_eq!(findings(&app).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_differs_is_built_anew() {
    for test in databases().await {
        let (app, _files, dir) = indexed(&test).await;
        write_as_text(&test.db, test.region).await;
        // The record is changed together with what proves it; so the index alone is wrong.
        let moved = format!(
            "UPDATE fact SET state_since = '2011-05-04', content = replace(content, '定位销', '定位块') WHERE {CORRECTED}"
        );
        run_sql(&test, &moved).await;
        assert_eq!(parts(&checked(&app).await), [RecordPart::Words]);
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!(findings(&app).await, ["altered"], "the index is as the record");
        let back = format!(
            "UPDATE fact SET state_since = NULL, content = replace(content, '定位块', '定位销') WHERE {CORRECTED}"
        );
        run_sql(&test, &back).await;
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!(findings(&app).await, [""; 0]);
        // Files that were cut, and an index of another database.
        let place = place(dir.path());
        let mut file = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path());
        let file = file.find(|path| path.extension().is_some_and(|ending| ending == "fast")).unwrap();
        fs::write(&file, &fs::read(&file).unwrap()[1..]).unwrap();
        assert_eq!(findings(&app).await, ["index damaged"]);
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!(findings(&app).await, [""; 0]);
        run_sql(
            &test,
            "UPDATE record_change SET mark = mark + 1 WHERE region_id = {region} AND form = 'proposal'",
        )
        .await;
        assert_eq!(findings(&app).await, ["index foreign"]);
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!(findings(&app).await, [""; 0]);
    }
}

fn place(dir: &Path) -> std::path::PathBuf {
    let mut found = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("proposal-")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_index_has_not_read_yet_is_no_fault() {
    for test in databases().await {
        let (app, _files, _dir) = indexed(&test).await;
        let new = records::create(&app, &console(&app), "proposal", crate::tree::FIRM, stated("新提案"))
            .await
            .unwrap();
        let late = checked(&app).await;
        assert!(late.agrees() && late.unread_changes() == 1, "{late:?}");
        follow(&app).await;
        assert_eq!(checked(&app).await.unread_changes(), 0);
        records::delete(&app, &console(&app), new, 1).await.unwrap();
        let late = checked(&app).await;
        assert!(late.agrees() && late.unread_changes() == 1, "{late:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_put_back_to_an_earlier_version_is_named_and_counts_nowhere() {
    for test in databases().await {
        let (app, _files, _dir) = indexed(&test).await;
        let before = proposals(&app).await;
        let ctx = console(&app);
        let record = verify_id(&app).await;
        let kept = Kept::of(&test, "fact").await;
        let mut later = stated("夹具");
        later.insert("title".to_owned(), Value::Text("更新夹具".to_owned()));
        records::correct(&app, &ctx, record, 2, later).await.unwrap();
        app.fold(&ctx).await.unwrap();
        follow(&app).await;
        assert_eq!(findings(&app).await, [""; 0]);
        // The record as it was, and nothing of the last version in the audit.
        kept.put_back().await;
        let text = "DELETE FROM audit WHERE region_id = {region} AND subject = 'fact' AND version = 3";
        assert_eq!(run_sql(&test, text).await, 1);
        for _ in 0..2 {
            let found = findings(&app).await;
            let named = ["index differs", "rolled back", "total"];
            assert!(named.iter().all(|kind| found.contains(kind)), "{found:?}");
            rebuild(&app, &ctx).await.unwrap();
            assert!(proposals(&app).await < before, "it counts no more");
        }
    }
}

/// The record that was corrected.
async fn verify_id(app: &App) -> model::ids::RecordId {
    let wanted = crate::registers::selection(crate::tree::CITY, "新夹具");
    app::registers::list(app, &console(app), &wanted, 1, 5).await.unwrap().rows[0].fact.id
}
