//! A PostgreSQL of a test's own, which may be stopped, killed or filled up.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use testkit::repository;

/// A PostgreSQL server; it ends with the test.
pub(crate) struct OwnPostgres {
    /// Where it remembers what it has started, and its disk where it has one of its own.
    dir: TempDir,
    /// Its directory.
    data: PathBuf,
    pub(crate) url: String,
    /// Keeps the disk of its own mounted.
    disk: Option<u32>,
}

/// Makes a small disk in front of PostgreSQL's directory, and starts it there.
const ON_A_SMALL_DISK: &str =
    "mount -t tmpfs -o size=160m,mode=1777 tmpfs \"$2\" && TMPDIR=\"$2\" exec \"$1\" start";

impl OwnPostgres {
    /// Starts one that keeps what it has acknowledged, whatever happens to it; `None` where no PostgreSQL is
    /// installed.
    pub(crate) fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut command = script(&dir, "start");
        command.env("POSTGRES_DURABLE", "1");
        Self::started(dir, command, false)
    }

    /// Starts one whose disk is small; `None` also where the system lets nobody make one.
    pub(crate) fn on_a_small_disk() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let disk = dir.path().join("disk");
        fs::create_dir(&disk).unwrap();
        // PostgreSQL may be another user's.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // PostgreSQL does not run as root: who is root may mount without becoming it anew.
        let namespaces: [&[&str]; 2] = [&["--mount"], &["--user", "--map-current-user", "--mount"]];
        let is_allowed = |namespace: &&&[&str]| {
            let mut command = Command::new("unshare");
            let tried = command.args(**namespace).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(&disk).output();
            tried.is_ok_and(|done| done.status.success())
        };
        let Some(namespace) = namespaces.iter().find(is_allowed) else {
            eprintln!("SKIPPED: nobody may make a disk here");
            return None;
        };
        let mut command = Command::new("unshare");
        command.args(*namespace).args(["sh", "-c", ON_A_SMALL_DISK, "sh"]);
        command
            .arg(repository("scripts/postgres.sh"))
            .arg(&disk)
            .env("POSTGRES_STATE", dir.path().join("state"));
        Self::started(dir, command, true)
    }

    fn started(dir: TempDir, mut command: Command, is_on_own_disk: bool) -> Option<Self> {
        let done = command.stdin(Stdio::null()).output().unwrap();
        let (out, error) = (text(&done.stdout), text(&done.stderr));
        if !done.status.success() && error.contains("not installed") {
            eprintln!("SKIPPED: no PostgreSQL is installed here");
            return None;
        }
        assert!(done.status.success(), "{out}{error}");
        let url = out.lines().last().unwrap().to_owned();
        let state = fs::read_to_string(dir.path().join("state")).unwrap();
        let data = PathBuf::from(state.split_whitespace().next().unwrap()).join("data");
        let mut postgres = Self { dir, data, url, disk: None };
        if is_on_own_disk {
            let pid: u32 = postgres
                .query("SELECT pg_read_file('postmaster.pid', 0, 7)")
                .lines()
                .next()?
                .trim()
                .parse()
                .unwrap();
            postgres.disk = Some(pid);
        }
        Some(postgres)
    }

    /// What it answers to a statement.
    pub(crate) fn query(&self, text: &str) -> String {
        let done = self.psql(text).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn psql(&self, statements: &str) -> Command {
        let mut command = Command::new("psql");
        command.args(["--no-psqlrc", "-qtAX", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-c", statements]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Lets nobody end a transaction that has written records, as long as what comes back lives.
    pub(crate) fn hold_commits(&self) -> Held<'_> {
        let text = "BEGIN; LOCK TABLE change_pending IN SHARE MODE; SELECT pg_sleep_for('5 minutes');";
        let child = self.psql(text).spawn().unwrap();
        testkit::eventually_blocking("commits are held", || {
            self.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
        });
        Held { postgres: self, child }
    }

    /// Its own process and those that it has started.
    fn processes(&self) -> Vec<u32> {
        let main = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        let main: u32 = main.lines().next().unwrap().trim().parse().unwrap();
        let others = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (_, fields) = stat.rsplit_once(')')?;
            (fields.split_whitespace().nth(1)?.parse() == Ok(main)).then_some(pid)
        });
        std::iter::once(main).chain(others).collect()
    }

    /// Sends a signal to all of its processes.
    pub(crate) fn signal_all(&self, name: &str) {
        for pid in self.processes() {
            // One of those that it has started may have ended.
            let _ = Command::new("kill")
                .arg(format!("-{name}"))
                .arg(pid.to_string())
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Stops it as a power cut does.
    pub(crate) fn stop_at_once(&self) {
        self.control("break");
    }

    /// Starts it again at the same place.
    pub(crate) fn start_again(&self) {
        self.control("resume");
    }

    fn control(&self, what: &str) {
        let done = script(&self.dir, what).output().unwrap();
        assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    }

    /// The directory of its small disk, as other programs see it.
    pub(crate) fn disk(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.disk.unwrap()));
        root.join(self.dir.path().join("disk").strip_prefix("/").unwrap())
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        if let Some(main) = self.disk {
            // Its directory goes with its disk.
            let _ = Command::new("kill").arg("-QUIT").arg(main.to_string()).status();
            return;
        }
        self.signal_all("CONT");
        let _ = script(&self.dir, "stop").output();
    }
}

/// Commits are held back.
pub(crate) struct Held<'p> {
    postgres: &'p OwnPostgres,
    child: Child,
}

impl Held<'_> {
    /// Waits until somebody has written everything and cannot commit.
    pub(crate) fn until_somebody_waits(&self) {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO change_pending%'";
        testkit::eventually_blocking("somebody is about to commit", || self.postgres.query(waiting) != "0");
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let end =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        self.postgres.query(end);
        let _ = self.child.wait();
    }
}

fn script(dir: &TempDir, what: &str) -> Command {
    let mut command = Command::new(repository("scripts/postgres.sh"));
    command.arg(what).env("POSTGRES_STATE", dir.path().join("state")).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
