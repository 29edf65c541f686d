//! Configuration: where the data is, which campaign, how much is logged. All
//! of it comes from the command line and the environment.

use std::{
    io::{ErrorKind, IsTerminal, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use app::{
    App, Setup,
    attachments::{Cabinet, Limits},
};
use campaign::source::{Source, SourceFile};
use include_dir::{Dir, include_dir};
use model::{clock::SystemClock, ids::RegionId};
use store::{Db, Files, Secret};

use crate::cli::Options;

/// Campaigns inside the program.
static CAMPAIGNS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../campaigns");

/// The one region of a database on a machine of its own.
pub(crate) const REGION: RegionId = RegionId(1);

/// Begins logging to standard error.
pub(crate) fn log(verbose: bool) {
    let level = if verbose { "debug,sqlx=info" } else { "info,sqlx=warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("JIANGONG_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// The database's URL.
pub(crate) fn database_url(options: &Options) -> Result<String> {
    if let Some(url) = &options.database {
        return Ok(url.clone());
    }
    std::fs::create_dir_all(&options.data).with_context(|| format!("{}", options.data.display()))?;
    Ok(format!("sqlite:{}", options.data.join("jiangong.db").display()))
}

/// Where attachments of records lie: beside the database, on every engine. Servers that share a database share it.
pub(crate) fn cabinet(options: &Options, limits: Limits) -> Cabinet {
    Cabinet::new(Files::new(&options.data.join("files"), REGION), limits)
}

/// The files of a campaign: of a directory, or of the first campaign inside the program.
pub(crate) fn source(dir: Option<&Path>) -> Result<Source> {
    if let Some(dir) = dir {
        return Source::read_dir(dir).with_context(|| format!("{}", dir.display()));
    }
    let first = CAMPAIGNS.dirs().min_by_key(|dir| dir.path()).context("no campaign is inside the program")?;
    let mut files = Vec::new();
    collect(first, first.path(), &mut files);
    Ok(Source::from_files(files))
}

fn collect(dir: &Dir<'_>, base: &Path, files: &mut Vec<SourceFile>) {
    for file in dir.files() {
        let path = file.path().strip_prefix(base).unwrap_or(file.path());
        if let (Some("toml"), Some(text)) = (path.extension().and_then(|e| e.to_str()), file.contents_utf8())
        {
            let path = path.to_string_lossy().replace('\\', "/");
            files.push(SourceFile { path, text: text.to_owned() });
        }
    }
    for below in dir.dirs() {
        collect(below, base, files);
    }
}

/// The file of the secret key.
pub(crate) fn secret_path(options: &Options) -> PathBuf {
    options.secret_file.clone().unwrap_or_else(|| options.data.join("secret.key"))
}

/// The secret key: stated itself, or in its file, which is made at the first
/// start. A database that was set up with a secret is never given a new one.
pub(crate) async fn secret(options: &Options, db: &Db) -> Result<Secret> {
    if let Some(stated) = &options.secret {
        return Secret::parse(stated).context("JIANGONG_SECRET must be 64 hexadecimal digits");
    }
    let path = secret_path(options);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let secret = Secret::parse(&text);
            secret.with_context(|| format!("{} must hold 64 hexadecimal digits", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut tx = db.read(REGION).await?;
            let is_set_up = store::definitions::vault_check(&mut tx).await?.is_some();
            tx.rollback().await?;
            if is_set_up {
                bail!("{}", options.words().error_no_secret(path.display()));
            }
            make_secret(&path)
        }
        Err(error) => Err(error).with_context(|| format!("{}", path.display())),
    }
}

/// Writes a new secret where only this user can read it.
fn make_secret(path: &Path) -> Result<Secret> {
    let secret = Secret::random();
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).with_context(|| format!("{}", dir.display()))?;
    }
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(mut file) => {
            writeln!(file, "{}", secret.to_hex()).with_context(|| format!("{}", path.display()))?;
            file.sync_all().with_context(|| format!("{}", path.display()))?;
            tracing::info!(file = %path.display(), "a secret key was made: keep a copy of it apart from the database");
            Ok(secret)
        }
        // Another program was faster; it is read as if it had always been there.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            Secret::parse(&text).with_context(|| format!("{}", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("{}", path.display())),
    }
}

/// Opens the region, setting it up on first use.
pub(crate) async fn open(options: &Options, is_demonstration: bool) -> Result<App> {
    let db = Db::open(&database_url(options)?).await?;
    let mut tx = db.read(REGION).await?;
    let is_new = store::definitions::find_region(&mut tx).await?.is_none();
    tx.rollback().await?;
    let secret = secret(options, &db).await?;
    let source = if is_new { Some(source(options.campaign.as_deref())?) } else { None };
    let setup = Setup { campaign: source.as_ref(), is_demonstration, secret };
    let app = App::open(db, REGION, setup, Arc::new(SystemClock)).await?;
    Ok(app.with_indexes_in(options.data.join("index")))
}
