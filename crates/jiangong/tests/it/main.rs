//! The binary itself, as people and scripts call it.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod browser;
mod campaign;
mod crash;
mod demonstration;
mod endings;
mod figures;
mod full_disk;
mod imports;
mod outage;
mod own_postgres;
mod places;
mod rotation;
mod secrets;
mod server;
mod takeover;
mod temporary;
mod units;
mod upgrade;
mod users;
mod worker;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A data directory of its own.
struct Office {
    dir: TempDir,
    /// What its commands find in their environment.
    environment: Vec<(&'static str, String)>,
}

/// What a command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

impl Office {
    fn new() -> Self {
        Self::with(&[])
    }

    /// One whose commands find this in their environment.
    fn with(environment: &[(&'static str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { dir: tempfile::tempdir().unwrap(), environment }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiangong"));
        command.arg("--data").arg(self.dir.path().join("data")).args(args);
        command.env_remove("JIANGONG_DATABASE").env("JIANGONG_LOG", "warn");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn say(&self, args: &[&str]) -> Said {
        said(self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    fn say_with_input(&self, args: &[&str], input: &str) -> Said {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }

    /// Imports a file of the sample city; the good rows are taken.
    fn take(&self, file: &str, kind: &str) -> Said {
        let path = inputs().join(file);
        let said = self.say(&[
            "import",
            &path.to_string_lossy(),
            "--as",
            kind,
            "--accept-good-rows",
            "--format",
            "json",
        ]);
        assert_eq!(said.code, 0, "{file}: {}", said.err);
        said
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("data/jiangong.db")
    }

    /// What SQLite answers to a text, if it does within `patience` milliseconds.
    fn query(&self, patience: u32, text: &str) -> Result<String, String> {
        let timeout = format!(".timeout {patience}");
        let mut command = Command::new("sqlite3");
        let done = command.args(["-bail", "-cmd", &timeout]).arg(self.database()).arg(text).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    }
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn inputs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/tests/inputs")
}
