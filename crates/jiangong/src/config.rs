//! Configuration: where the data is, which campaign, how much is logged. All
//! of it comes from the command line and the environment.

use std::{io::IsTerminal, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use app::{App, Setup};
use campaign::source::{Source, SourceFile};
use include_dir::{Dir, include_dir};
use model::{clock::SystemClock, ids::RegionId};
use store::Db;

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

/// Opens the region, setting it up on first use.
pub(crate) async fn open(options: &Options, is_demonstration: bool) -> Result<App> {
    let db = Db::open(&database_url(options)?).await?;
    let mut tx = db.read(REGION).await?;
    let is_new = store::definitions::find_region(&mut tx).await?.is_none();
    tx.rollback().await?;
    let source = if is_new { Some(source(options.campaign.as_deref())?) } else { None };
    let setup = Setup { campaign: source.as_ref(), is_demonstration };
    let app = App::open(db, REGION, setup, Arc::new(SystemClock)).await?;
    Ok(app.with_indexes_in(options.data.join("index")))
}
