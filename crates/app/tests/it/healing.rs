//! Indexes whose files are deleted, cut, changed or in the way: the next question is answered in the
//! end, meanwhile the list says that it is being made; never a fault, never a list that lacks records.

use std::{
    fs::{self, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Mutex,
};

use app::{
    App, Error, records,
    registers::{self, IndexReach, list},
};
use model::ids::RecordId;
use testkit::{TestDb, console, databases, eventually, open_again, with_places};

use crate::{
    registers::{proposal, selection},
    tree::{CITY, FIRM, city},
};

const FORM: &str = "proposal";

/// What happens to the directory of an index.
type Damage = fn(&Path);

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Does something to each file with this ending.
fn each(dir: &Path, ending: &str, damage: impl Fn(&Path)) {
    let wanted = |path: &PathBuf| path.extension().is_some_and(|extension| extension == ending);
    let found: Vec<PathBuf> = files(dir).into_iter().filter(wanted).collect();
    for path in &found {
        damage(path);
    }
}

/// Does something to all files.
fn every(dir: &Path, damage: impl Fn(&Path)) {
    for path in &files(dir) {
        damage(path);
    }
}

fn cut(path: &Path) {
    let size = fs::metadata(path).unwrap().len();
    OpenOptions::new().write(true).open(path).unwrap().set_len(size / 2).unwrap();
}

/// Turns the bits of one byte round.
fn flip(path: &Path) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let place = SeekFrom::Start(fs::metadata(path).unwrap().len() / 3);
    let mut byte = [0];
    file.seek(place).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(place).unwrap();
    file.write_all(&[!byte[0]]).unwrap();
}

fn delete(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// Everything that may happen to the files, by name.
const DAMAGES: &[(&str, Damage)] = &[
    ("the directory is removed", |dir| fs::remove_dir_all(dir).unwrap()),
    ("all files are removed", |dir| every(dir, delete)),
    ("a file is in its place", |dir| {
        fs::remove_dir_all(dir).unwrap();
        fs::write(dir, "not an index").unwrap();
    }),
    ("all files are cut", |dir| every(dir, cut)),
    ("all files are emptied", |dir| every(dir, |path| fs::write(path, "").unwrap())),
    ("meta is removed", |dir| delete(&dir.join("meta.json"))),
    ("meta is changed", |dir| flip(&dir.join("meta.json"))),
    ("meta says another number", |dir| {
        let meta = fs::read_to_string(dir.join("meta.json")).unwrap();
        fs::write(dir.join("meta.json"), meta.replace("\"max_doc\": 1", "\"max_doc\": 2")).unwrap();
    }),
    ("terms are changed", |dir| each(dir, "term", flip)),
    ("columns are changed", |dir| each(dir, "fast", flip)),
    ("postings are changed", |dir| each(dir, "idx", flip)),
    ("positions are changed", |dir| each(dir, "pos", flip)),
    ("lengths are changed", |dir| each(dir, "fieldnorm", flip)),
    ("stored texts are changed", |dir| each(dir, "store", flip)),
    ("removed ones are changed", |dir| each(dir, "del", flip)),
    ("columns are cut", |dir| each(dir, "fast", cut)),
    ("terms are removed", |dir| each(dir, "term", delete)),
    ("positions are removed", |dir| each(dir, "pos", delete)),
];

/// A server that keeps its indexes in a directory.
async fn server(test: &TestDb, dir: &Path) -> App {
    with_places(open_again(test, testkit::clock()).await, None, Some(dir.to_owned())).await
}

async fn enter(app: &App, number: usize) -> RecordId {
    records::enter(app, &console(app), FORM, FIRM, proposal(&number.to_string(), "夹具")).await.unwrap().id
}

/// Where the index of the form is.
fn place(dir: &Path) -> PathBuf {
    let mut found = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("proposal-")).unwrap()
}

/// The list as it is in the end; until then it says that it is being made.
async fn listed(app: &App, what: &str) -> Vec<RecordId> {
    let found = Mutex::new(Vec::new());
    eventually(what, async || {
        let page = match list(app, &console(app), &selection(CITY, "夹具"), 1, 50).await {
            Ok(page) => page,
            Err(Error::ListBuilding { .. }) => return false,
            Err(error) => panic!("{what}: {error:?}"),
        };
        if matches!(page.reach, IndexReach::Building(_)) {
            assert!(page.rows.is_empty(), "{what}: nothing is shown before it is known");
            return false;
        }
        if page.reach != IndexReach::Everything {
            return false;
        }
        let ids: Vec<RecordId> = page.rows.iter().map(|row| row.fact.id).collect();
        assert_eq!(page.count, ids.len(), "{what}");
        *found.lock().unwrap() = ids;
        true
    })
    .await;
    let mut ids = found.into_inner().unwrap();
    ids.sort_unstable();
    ids
}

/// Some records, one of them removed again, so that the index knows of removed ones.
async fn some(app: &App) -> Vec<RecordId> {
    let mut entered = Vec::new();
    for number in 0..4 {
        entered.push(enter(app, number).await);
        listed(app, "records are entered").await;
    }
    records::delete(app, &console(app), entered.remove(1), 1).await.unwrap();
    assert_eq!(listed(app, "a record is removed").await, entered);
    entered
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_damaged_while_the_server_runs_heals() {
    for test in databases().await {
        city(&test).await;
        let dir = tempfile::tempdir().unwrap();
        let app = server(&test, dir.path()).await;
        let mut entered = some(&app).await;
        for (number, (what, damage)) in DAMAGES.iter().enumerate() {
            damage(&place(dir.path()));
            assert_eq!(listed(&app, what).await, entered, "{what}");
            damage(&place(dir.path()));
            entered.push(enter(&app, 100 + number).await);
            assert_eq!(listed(&app, what).await, entered, "{what}, then entered");
        }
        registers::update_indexes(&app, &console(&app), true).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_damaged_before_the_server_starts_heals() {
    for test in databases().await {
        city(&test).await;
        let dir = tempfile::tempdir().unwrap();
        let entered = some(&server(&test, dir.path()).await).await;
        for (what, damage) in DAMAGES {
            damage(&place(dir.path()));
            let app = server(&test, dir.path()).await;
            assert_eq!(listed(&app, what).await, entered, "{what}");
            assert_eq!(app.index_lag(test.region).await.unwrap().failing, 0);
        }
    }
}

/// Two processes share a directory; the one that does not keep the index waits for the one that does.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_two_processes_share_heals() {
    for test in databases().await {
        city(&test).await;
        let dir = tempfile::tempdir().unwrap();
        let keeper = server(&test, dir.path()).await;
        let entered = some(&keeper).await;
        let other = server(&test, dir.path()).await;
        assert_eq!(listed(&other, "the other reads").await, entered);
        for (what, damage) in &DAMAGES[..6] {
            damage(&place(dir.path()));
            let (one, two) = tokio::join!(listed(&keeper, what), listed(&other, what));
            assert_eq!((one, two), (entered.clone(), entered.clone()), "{what}");
        }
    }
}

/// A place that cannot be used is no fault of the program: it is told, and used as soon as it can be.
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_used_is_told_and_used_later() {
    for test in databases().await {
        let app = city(&test).await;
        let one = enter(&app, 1).await;
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("file");
        fs::write(&blocked, "in the way").unwrap();
        let app = server(&test, &blocked).await;
        let refused = list(&app, &console(&app), &selection(CITY, ""), 1, 50).await;
        assert!(matches!(refused, Err(Error::Index(_))), "{:?}", refused.err());
        assert_eq!(app.index_lag(test.region).await.unwrap().failing, 1);
        let told = refused.err().map(|error| std::error::Error::source(&error).unwrap().to_string());
        assert!(told.unwrap().contains(&blocked.display().to_string()), "the log names the directory");
        fs::remove_file(&blocked).unwrap();
        assert_eq!(listed(&app, "the way is free").await, [one]);
        assert_eq!(app.index_lag(test.region).await.unwrap().failing, 0);
    }
}

/// A server that has the database to itself.
async fn alone(test: &TestDb, dir: &Path) -> App {
    let db = store::Db::open(&test.url).await.unwrap();
    let setup = app::Setup { indexes: Some(dir.to_owned()), ..app::Setup::new(testkit::secret()) };
    App::open(db, test.region, setup, testkit::clock()).await.unwrap()
}

/// A backup put back: the index knows changes that the database does not, though it has as many.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_a_copy_that_went_on_is_not_believed() {
    let test = testkit::sqlite().await;
    city(&test).await.close().await;
    let path = PathBuf::from(test.url.strip_prefix("sqlite:").unwrap());
    let dir = tempfile::tempdir().unwrap();
    let app = alone(&test, dir.path()).await;
    let first = enter(&app, 1).await;
    assert_eq!(listed(&app, "before the backup").await, [first]);
    // Dropped, so that it keeps the index no more.
    app.close().await;
    drop(app);
    let backup = dir.path().join("backup.db");
    fs::copy(&path, &backup).unwrap();
    let app = alone(&test, dir.path()).await;
    enter(&app, 2).await;
    assert_eq!(listed(&app, "after the backup").await.len(), 2);
    app.close().await;
    drop(app);
    fs::copy(&backup, &path).unwrap();
    let app = alone(&test, dir.path()).await;
    let other = enter(&app, 3).await;
    assert_eq!(listed(&app, "the backup is put back").await, [first, other]);
    app.close().await;
}
