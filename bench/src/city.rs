//! The cities that are measured: made once, kept between runs.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use app::{
    App, Context, Role, Setup,
    accounts::{self, NewAccount},
    load::is_complete,
};
use campaign::source::Source;
use model::{
    clock::SystemClock,
    ids::{RegionId, UnitId},
};
use store::{Db, Secret};
use words::Language;

use crate::{
    Options,
    process::watch,
    report::{Report, ms},
};

/// The account that pages are read with.
pub(crate) const LOGIN: &str = "bench";
/// Its password.
pub(crate) const PASSWORD: &str = "only for measuring";

/// A city in a database.
pub(crate) struct City {
    pub(crate) app: Arc<App>,
    pub(crate) ctx: Context,
    /// Directory of its data; empty for PostgreSQL.
    pub(crate) dir: PathBuf,
}

/// The first campaign of the repository.
pub(crate) fn source() -> Result<Source> {
    let mut dirs: Vec<PathBuf> =
        std::fs::read_dir("campaigns")?.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    dirs.sort();
    Ok(Source::read_dir(dirs.first().context("no campaign")?)?)
}

/// The secret of the measured cities.
const SECRET: [u8; 32] = [7; 32];

/// The program that is measured, with their secret.
pub(crate) fn command(options: &Options) -> Command {
    let mut command = Command::new(&options.program);
    command.env("JIANGONG_SECRET", Secret::new(SECRET).to_hex());
    command
}

impl City {
    /// Opens a SQLite city, a `part`-th of the full size, making it when it is not there.
    pub(crate) async fn open(
        options: &Options,
        dir: &Path,
        part: usize,
        report: &mut Report,
    ) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let url = format!("sqlite:{}", dir.join("jiangong.db").display());
        Self::make(options, &url, dir.to_owned(), part, report).await
    }

    /// Opens the full city on PostgreSQL, making it when it is not there.
    pub(crate) async fn open_postgres(options: &Options, url: &str, report: &mut Report) -> Result<Self> {
        Self::make(options, url, PathBuf::new(), 1, report).await
    }

    async fn make(
        options: &Options,
        url: &str,
        dir: PathBuf,
        part: usize,
        report: &mut Report,
    ) -> Result<Self> {
        let city = Self::at(url, dir.clone()).await?;
        if is_complete(&city.app).await? {
            return Ok(city);
        }
        city.app.db.close().await;
        fill(options, url, part, report)?;
        let city = Self::at(url, dir).await?;
        let code = city.app.current().await?.units[&city.root().await?].code.clone();
        let new = NewAccount {
            login: LOGIN.to_owned(),
            name: LOGIN.to_owned(),
            role: Role::CityOffice,
            unit_code: code,
            password: PASSWORD.to_owned(),
        };
        accounts::add(&city.app, &city.ctx, new).await?;
        Ok(city)
    }

    async fn at(url: &str, dir: PathBuf) -> Result<Self> {
        let source = source()?;
        let setup = Setup { campaign: Some(&source), is_demonstration: true, secret: Secret::new(SECRET) };
        let app = App::open(Db::open(url).await?, RegionId(1), setup, Arc::new(SystemClock)).await?;
        let app = if dir.as_os_str().is_empty() { app } else { app.with_indexes_in(dir.join("index")) };
        Ok(Self { app: Arc::new(app), ctx: Context::console(Arc::new(SystemClock), Language::Chinese), dir })
    }

    /// The federation itself.
    pub(crate) async fn root(&self) -> Result<UnitId> {
        self.app.current().await?.root().context("the city is empty")
    }
}

/// Loads the city with the program itself.
fn fill(options: &Options, url: &str, part: usize, report: &mut Report) -> Result<()> {
    let start = Instant::now();
    let mut command = command(options);
    command.args(["--database", url, "demo", "--seed", "2011"]);
    for (name, number) in
        [("--enterprises", options.enterprises), ("--teams", options.teams), ("--records", options.records)]
    {
        command.arg(name).arg((number / part).to_string());
    }
    let (status, memory) = watch(command.stdout(Stdio::null()).spawn()?)?;
    ensure!(status, "the city was not loaded");
    let took = start.elapsed();
    let (facts, engine) = (options.records / part, url.split(':').next().unwrap_or_default());
    let rate = facts as f64 / took.as_secs_f64();
    report.note(
        &format!("initial load of {facts} facts, {engine}"),
        &format!("{}, {rate:.0} facts/s, {memory} MB", ms(took)),
    );
    Ok(())
}
