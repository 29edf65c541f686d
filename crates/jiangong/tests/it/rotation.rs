//! `secret rotate` is killed (`kill -9`) at any moment: afterwards the program starts or says that the command is to be
//! given again; that ends with everything readable and nothing lost.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Stdio, sync::Arc, time::Instant};

use app::{
    App, Context, Setup,
    attachments::{self, AttachmentLimits, Cabinet, Outcome},
    unmask_log,
};
use model::{
    clock::SystemClock,
    ids::{AttachmentId, RecordId, RegionId},
};
use store::{
    Db, Files, Secret,
    records::{self, RecordRow},
};
use testkit::eventually_blocking;
use tokio::runtime::Runtime;
use words::Language;

use crate::Office;

const REGION: RegionId = RegionId(1);
/// Files that are attached, each to a record of its own.
const FILES: usize = 40;

/// What must be readable whatever happens.
#[derive(Debug, PartialEq)]
struct Readable {
    numbers: BTreeMap<i64, Vec<String>>,
    files: BTreeMap<AttachmentId, Vec<u8>>,
    records: u64,
}

/// A small city with personal numbers and attached files.
struct City {
    office: Office,
    runtime: Runtime,
    records: Vec<i64>,
    files: Vec<AttachmentId>,
}

impl City {
    fn new() -> Self {
        let office = Office::new();
        let demo = ["demo", "--enterprises", "12", "--records", "1500", "--seed", "7"];
        let made = office.say(&demo);
        assert_eq!(made.code, 0, "{}", made.err);
        let runtime = Runtime::new().unwrap();
        // Those that hold something sealed: a text that begins with the mark.
        let records = runtime.block_on(async {
            let db = Db::open(&format!("sqlite:{}", office.database().display())).await.unwrap();
            let (mut tx, mut found) = (db.read(REGION).await.unwrap(), Vec::new());
            let take = |row: RecordRow| {
                found.extend(row.content.contains("\"~").then_some(row.id.0));
                Ok(())
            };
            records::for_each(&mut tx, take).await.unwrap();
            drop(tx);
            db.close().await;
            found.sort_unstable();
            found.truncate(FILES);
            found
        });
        assert_eq!(records.len(), FILES, "records with personal numbers");
        let mut city = Self { office, runtime, records, files: Vec::new() };
        let files = city.runtime.block_on(async {
            let (app, ctx) = city.open().await;
            let mut files = Vec::new();
            for record in &city.records {
                let content = format!("minutes of record {record}\n").repeat(400).into_bytes();
                let name = format!("{record}.txt");
                match attachments::attach(&app, &ctx, RecordId(*record), &name, content).await.unwrap() {
                    Outcome::Attached(file) => files.push(file),
                    _ => panic!("not attached"),
                }
            }
            app.close().await;
            files
        });
        city.files = files;
        city
    }

    fn secret_path(&self) -> PathBuf {
        self.office.database().with_file_name("secret.key")
    }

    async fn open(&self) -> (App, Context) {
        let db = Db::open(&format!("sqlite:{}", self.office.database().display())).await.unwrap();
        let secret = Secret::parse(&fs::read_to_string(self.secret_path()).unwrap()).unwrap();
        let files = Files::new(&self.office.database().with_file_name("files"), REGION);
        let cabinet = Some(Cabinet::new(files, AttachmentLimits::default()));
        let app = App::new(db, Arc::new(SystemClock));
        app.open_region(REGION, Setup { cabinet, ..Setup::new(secret) }).await.unwrap();
        (app, Context::system(REGION, Arc::new(SystemClock), Language::Chinese))
    }

    fn readable(&self) -> Readable {
        let (mut numbers, mut files) = (BTreeMap::new(), BTreeMap::new());
        self.runtime.block_on(async {
            let (app, ctx) = self.open().await;
            for record in &self.records {
                let shown = unmask_log::unmask(&app, &ctx, RecordId(*record), "核对").await.unwrap();
                numbers.insert(*record, shown.into_iter().map(|(_, number)| number).collect());
            }
            for file in &self.files {
                files.insert(*file, attachments::read(&app, &ctx, *file).await.unwrap().1);
            }
            app.close().await;
        });
        let count = self.office.query(10_000, "SELECT count(*) FROM fact;").unwrap();
        Readable { numbers, files, records: count.parse().unwrap() }
    }

    /// Whether somebody is writing into the database.
    fn is_locked(&self) -> bool {
        self.office.query(0, "BEGIN IMMEDIATE; ROLLBACK;").is_err_and(|error| error.contains("locked"))
    }

    /// Kills the command once `is_reached`; whether it was killed before its end.
    fn killed_when(&self, point: &str, mut is_reached: impl FnMut() -> bool) -> bool {
        let mut command = self.office.command(&["secret", "rotate"]);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        eventually_blocking(point, || is_reached() || child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        !child.wait().unwrap().success()
    }

    /// After a kill: a start works or says what to do, and doing it ends with everything as it was.
    fn recover(&self, point: &str, before: &Readable) {
        let start = self.office.say(&["user", "list"]);
        assert!(start.code == 0 || start.err.contains("secret rotate"), "{point}: {}", start.err);
        let again = self.office.say(&["secret", "rotate"]);
        assert_eq!(again.code, 0, "{point}: {}{}", again.out, again.err);
        assert!(!self.secret_path().with_added_extension("new").exists(), "{point}");
        assert_eq!(&self.readable(), before, "{point}");
        let verified = self.office.say(&["verify"]);
        assert_eq!(verified.code, 0, "{point}: {}", verified.out);
    }
}

#[test]
fn killed_at_any_moment_everything_is_readable_after_it_is_given_again() {
    let city = City::new();
    let before = city.readable();
    assert!(before.numbers.values().all(|numbers| !numbers.is_empty()), "{:?}", before.numbers);
    let begun = Instant::now();
    assert_eq!(city.office.say(&["secret", "rotate"]).code, 0);
    let takes = begun.elapsed();
    assert_eq!(city.readable(), before);
    let mut killed = 0;
    for moment in 1..=8_u32 {
        let end = Instant::now() + takes * moment / 9;
        killed += u32::from(city.killed_when("the moment", || Instant::now() >= end));
        city.recover(&format!("{moment} of 9"), &before);
    }
    assert!(killed >= 4, "it was killed {killed} times");
}

#[test]
fn killed_at_each_step_everything_is_readable_after_it_is_given_again() {
    let city = City::new();
    let before = city.readable();
    let next = city.secret_path().with_added_extension("new");
    city.killed_when("the new key is there", || next.exists());
    city.recover("the new key is there", &before);
    city.killed_when("the database is being written", || city.is_locked());
    city.recover("the database is being written", &before);
    let check = || city.office.query(10_000, "SELECT vault_check FROM region;").unwrap();
    let former = check();
    city.killed_when("the database has the new key", || check() != former);
    city.recover("the database has the new key", &before);
    // Some of the files are sealed with the new key, others with the former one.
    let stamps = || -> Vec<_> {
        let files = city.office.database().with_file_name("files");
        walk(&files).into_iter().filter_map(|path| fs::metadata(path).ok()?.modified().ok()).collect()
    };
    let first = stamps().into_iter().max().unwrap();
    city.killed_when("a file is sealed anew", || stamps().into_iter().any(|stamp| stamp > first));
    city.recover("a file is sealed anew", &before);
}

/// Every file of content below a directory.
fn walk(dir: &std::path::Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let entries = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] });
    found.filter(|path| path.extension().is_none()).collect()
}

/// A key of which half was written, by an earlier version of the program.
#[test]
fn no_half_of_a_key_is_left_behind() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let key = office.database().with_file_name("secret.key");
    let names: Vec<_> = fs::read_dir(key.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("secret"))
        .collect();
    assert_eq!(names, ["secret.key"]);
}
