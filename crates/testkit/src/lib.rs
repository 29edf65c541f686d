//! What tests share: a database of each engine, a clock that does not move,
//! the campaigns of the repository.
//!
//! A test gets a region of its own: on PostgreSQL all tests share one
//! database, which proves that nothing leaks between regions.

mod accounts;
mod database_line;
mod eventually;
mod locks;
mod own_database;
mod raw;
pub mod records;

use std::{
    io::{Cursor, Write as _},
    path::PathBuf,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
};

use app::{App, Context, Role, Setup, attachments::Cabinet};
use campaign::{check::check, source::Source};
use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
use model::{
    clock::{Clock, FixedClock},
    ids::RegionId,
};
use store::{Db, Secret};
use tempfile::TempDir;
use words::Language;
use zip::{ZipWriter, write::SimpleFileOptions};

pub use accounts::{FIRST_PASSWORD, PASSWORD, PASSWORD_DIGEST, first_context, first_sign_in};
pub use database_line::DatabaseLine;
pub use eventually::{eventually, eventually_blocking};
pub use locks::{end_connections, is_waited_for, open_named};
pub use own_database::{OwnPostgres, analyze};
pub use raw::{run_sql, write_as_text};

/// The variable with the URL of a PostgreSQL database for tests.
const POSTGRES: &str = "JIANGONG_TEST_POSTGRES";
/// Set to run tests on SQLite alone.
const SQLITE_ONLY: &str = "JIANGONG_TEST_SQLITE_ONLY";

/// A database for one test; its files go when it is dropped.
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// The test's own region.
    pub region: RegionId,
    /// Its URL, for a test that starts programs.
    pub url: String,
    _dir: Option<TempDir>,
}

/// A fresh SQLite database.
///
/// # Panics
/// When it cannot be made.
#[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
pub async fn sqlite() -> TestDb {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let url = format!("sqlite:{}", dir.path().join("test.db").display());
    let db = Db::open(&url).await.expect("a database");
    TestDb { db, region: RegionId(1), url, _dir: Some(dir) }
}

/// A region of its own in the PostgreSQL database for tests; `None` when
/// tests were asked to run on SQLite alone.
///
/// # Panics
/// When no PostgreSQL was named: storage tests run on both engines.
#[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment")]
pub async fn postgres() -> Option<TestDb> {
    let Ok(url) = std::env::var(POSTGRES) else {
        assert!(
            std::env::var_os(SQLITE_ONLY).is_some(),
            "{POSTGRES} names no database: run `make test`, or set {SQLITE_ONLY}=1 to leave PostgreSQL out"
        );
        return None;
    };
    let db = Db::open(&url).await.expect("a database");
    let region = RegionId(i64::from(rand::random::<u32>()) + 1000);
    Some(TestDb { db, region, url, _dir: None })
}

/// Another region in the same database. Its files go with those of `test`.
pub fn second_region(test: &TestDb) -> TestDb {
    TestDb { db: test.db.clone(), region: RegionId(test.region.0 + 1), url: test.url.clone(), _dir: None }
}

/// Every engine's database: SQLite, and PostgreSQL unless it is left out.
pub async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    all.extend(postgres().await);
    all
}

/// A directory of the repository.
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// The first campaign of the repository.
///
/// # Panics
/// When it cannot be read.
#[expect(clippy::expect_used, reason = "a test that has no campaign cannot go on")]
pub fn first_campaign() -> Source {
    let mut dirs: Vec<PathBuf> = std::fs::read_dir(repository("campaigns"))
        .expect("campaigns")
        .filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.is_dir()))
        .collect();
    dirs.sort();
    Source::read_dir(dirs.first().expect("a campaign")).expect("its files")
}

/// The small second campaign that tests keep.
///
/// # Panics
/// When it cannot be read.
#[expect(clippy::expect_used, reason = "a test that has no campaign cannot go on")]
pub fn small_campaign() -> Source {
    Source::read_dir(&repository("crates/campaign/tests/small")).expect("its files")
}

/// A small campaign that stands beside [`small_campaign`].
///
/// # Panics
/// When it cannot be read.
#[expect(clippy::expect_used, reason = "a test that has no campaign cannot go on")]
pub fn second_campaign() -> Source {
    Source::read_dir(&repository("crates/campaign/tests/second")).expect("its files")
}

/// A definition as a zip of its directory.
///
/// # Panics
/// When it cannot be packed.
#[expect(clippy::expect_used, reason = "a test that has no file cannot go on")]
pub fn zip_of(source: &Source) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in source.files() {
        let path = format!("campaign/{}", file.path);
        zip.start_file(path, SimpleFileOptions::default()).expect("a file in the zip");
        zip.write_all(file.text.as_bytes()).expect("its content");
    }
    zip.finish().expect("a zip").into_inner()
}

/// Noon of 1 March 2026 in China.
pub fn clock() -> Arc<dyn Clock> {
    let noon = date(2026, 3, 1).at(12, 0, 0, 0).to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
    Arc::new(FixedClock(noon.map_or(Timestamp::UNIX_EPOCH, |noon| noon.timestamp())))
}

/// A clock that does not move until it is moved. Begins as [`clock`].
pub struct MovableClock(AtomicI64);

impl Default for MovableClock {
    fn default() -> Self {
        Self(AtomicI64::new(clock().now().as_microsecond()))
    }
}

impl MovableClock {
    /// Lets time pass.
    pub fn advance(&self, time: SignedDuration) {
        let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The console's context in the region that a test has opened.
///
/// # Panics
/// When none is open.
#[expect(clippy::expect_used, reason = "a test that has no region cannot go on")]
pub fn console(app: &App) -> Context {
    Context::system(app.first_region().expect("a region"), clock(), Language::Chinese)
}

/// A role that every federation has.
///
/// # Panics
/// When there is none with this id.
#[expect(clippy::expect_used, reason = "a test that has no role cannot go on")]
pub fn role(id: &str) -> Role {
    static SMALL: LazyLock<Vec<Role>> =
        LazyLock::new(|| check(&small_campaign()).expect("a campaign without mistakes").roles);
    SMALL.iter().find(|role| role.id() == id).expect(id).clone()
}

/// The secret of every test.
pub fn secret() -> Secret {
    Secret::new([7; 32])
}

/// Opens a region under a campaign.
///
/// # Panics
/// When it cannot be opened.
#[expect(clippy::expect_used, reason = "a test that has no region cannot go on")]
pub async fn open(test: &TestDb, source: &Source) -> App {
    let setup = Setup { campaign: Some(source), ..Setup::new(secret()) };
    App::open(test.db.clone(), test.region, setup, clock()).await.expect("a region")
}

/// Opens a region under the small campaign and the one that stands beside it.
///
/// # Panics
/// When it cannot be opened.
#[expect(clippy::expect_used, reason = "a test that has no region cannot go on")]
pub async fn open_with_both(test: &TestDb) -> App {
    let app = open(test, &small_campaign()).await;
    app::campaigns::load(&app, &console(&app), &second_campaign(), None).await.expect("the second campaign");
    app
}

/// Opens a region that is set up already, as another server with a clock of its own does.
///
/// # Panics
/// When it cannot be opened.
#[expect(clippy::expect_used, reason = "a test that has no region cannot go on")]
pub async fn open_again(test: &TestDb, clock: Arc<dyn Clock>) -> App {
    App::open(test.db.clone(), test.region, Setup::new(secret()), clock).await.expect("a region")
}

/// The same region with a place for attachments and for its indexes.
///
/// # Panics
/// When it cannot be opened again.
#[expect(clippy::expect_used, reason = "a test that has no region cannot go on")]
pub async fn with_places(app: App, cabinet: Option<Cabinet>, indexes: Option<PathBuf>) -> App {
    let region = app.first_region().expect("a region");
    app.open_region(region, Setup { cabinet, indexes, ..Setup::new(secret()) }).await.expect("a region");
    app
}
