//! The cities that are measured: made once, kept between runs.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use app::{
    App, Context, Setup,
    accounts::{self, Credentials, NewAccount},
    attachments::{AttachmentLimits, Cabinet},
    load::is_complete,
    registers::{self, Filter, ListPage, Selection, Sort},
};
use campaign::{definition::FormIdx, source::Source};
use model::{
    clock::SystemClock,
    ids::{RegionId, UnitId},
};
use store::{Db, Files, Secret};
use words::Language;

use crate::{
    Options,
    process::watch,
    report::{Report, ms},
};

/// The account that pages are read with.
pub(crate) const LOGIN: &str = "bench";
/// Its password.
pub(crate) const PASSWORD: &str = "only for measuring herons";
/// The one that it is given first.
const FIRST_PASSWORD: &str = "brass kettle on the shelf";

/// Where the indexes and files of the city on PostgreSQL are.
pub(crate) const POSTGRES: &str = "postgres-city";

/// Records on a page of a list.
pub(crate) const PAGE: usize = 50;

/// The one region of a measured city.
pub(crate) const REGION: RegionId = RegionId(1);

/// A city in a database.
pub(crate) struct City {
    /// The database, to look at what no use case tells.
    pub(crate) db: Db,
    pub(crate) app: Arc<App>,
    pub(crate) ctx: Context,
    /// Where its database is.
    url: String,
    /// Directory of its other data, and of the database on SQLite.
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
        let url = format!("sqlite:{}", dir.join("jiangong.db").display());
        Self::make(options, &url, dir.to_owned(), Content { part, has_history: false }, report).await
    }

    /// Opens a SQLite city whose records were entered on days spread over the campaign, a quarter of the full size.
    pub(crate) async fn open_with_history(
        options: &Options,
        dir: &Path,
        report: &mut Report,
    ) -> Result<Self> {
        let url = format!("sqlite:{}", dir.join("jiangong.db").display());
        Self::make(options, &url, dir.to_owned(), HISTORY, report).await
    }

    /// The same on PostgreSQL, in a database of its own beside `url`.
    pub(crate) async fn open_history_postgres(
        options: &Options,
        url: &str,
        report: &mut Report,
    ) -> Result<Self> {
        let (server, _) = url.rsplit_once('/').context("an address with a database")?;
        // It is there from an earlier run, or is made now.
        let made = Command::new("psql").arg(url).args(["-qc", "CREATE DATABASE history"]).output()?;
        let errors = String::from_utf8_lossy(&made.stderr);
        ensure!(made.status.success() || errors.contains("already exists"), "{errors}");
        let dir = options.dir.join("postgres-history");
        Self::make(options, &format!("{server}/history"), dir, HISTORY, report).await
    }

    /// Opens the full city on PostgreSQL, making it when it is not there.
    pub(crate) async fn open_postgres(options: &Options, url: &str, report: &mut Report) -> Result<Self> {
        let dir = options.dir.join(POSTGRES);
        Self::make(options, url, dir, Content { part: 1, has_history: false }, report).await
    }

    async fn make(
        options: &Options,
        url: &str,
        dir: PathBuf,
        content: Content,
        report: &mut Report,
    ) -> Result<Self> {
        std::fs::create_dir_all(&dir)?;
        let city = Self::at(url, dir.clone()).await?;
        if is_complete(&city.app, &city.ctx).await? {
            return Ok(city);
        }
        city.app.close().await;
        fill(options, url, content, report)?;
        let city = Self::at(url, dir).await?;
        let snapshot = city.app.current(&city.ctx).await?;
        let code = snapshot.units[&city.root().await?].code.clone();
        let role = snapshot.definition.role("city-office").cloned().context("the role of the city office")?;
        let new = NewAccount {
            login: LOGIN.to_owned(),
            name: LOGIN.to_owned(),
            role,
            unit_code: code,
            password: FIRST_PASSWORD.to_owned(),
        };
        accounts::add(&city.app, &city.ctx, new).await?;
        // An account is ready once its owner has chosen a password.
        let session = accounts::sign_in(&city.app, Credentials::new(LOGIN, FIRST_PASSWORD)).await?;
        let (own, ..) = accounts::account_context(&city.app, &session.token, None).await?;
        accounts::change_password(&city.app, &own, FIRST_PASSWORD, PASSWORD.to_owned()).await?;
        Ok(city)
    }

    async fn at(url: &str, dir: PathBuf) -> Result<Self> {
        let source = source()?;
        let setup = Setup::new(Secret::new(SECRET));
        // Of its own for each city: what a city does not know is swept away.
        let files = Files::new(&dir.join("files"), REGION);
        let cabinet = Some(Cabinet::new(files, AttachmentLimits::default()));
        let indexes = Some(dir.join("index"));
        let setup = Setup { campaign: Some(&source), indexes, cabinet, ..setup };
        let db = Db::open(url).await?;
        let app = App::open(db.clone(), REGION, setup, Arc::new(SystemClock)).await?;
        Ok(Self {
            db,
            app: Arc::new(app),
            ctx: Context::system(REGION, Arc::new(SystemClock), Language::Chinese),
            url: url.to_owned(),
            dir,
        })
    }

    /// The program with its data.
    pub(crate) fn program(&self, options: &Options) -> Command {
        let mut command = command(options);
        command.arg("--data").arg(&self.dir).args(["--database", &self.url]).env("JIANGONG_LOG", "warn");
        command
    }

    /// Its registers, that with most records first: how many there are, and the newest.
    pub(crate) async fn registers(&self) -> Result<Vec<(FormIdx, ListPage)>> {
        let snapshot = self.app.current(&self.ctx).await?;
        let root = self.root().await?;
        let mut found = Vec::new();
        for form in registers::visible_registers(&self.ctx, &snapshot, root)? {
            let selection = Selection {
                form: snapshot.definition.forms[form].id.clone(),
                unit: root,
                filter: Filter::default(),
                sort: Sort::default(),
            };
            found.push((form, registers::list(&self.app, &self.ctx, &selection, 1, PAGE).await?));
        }
        found.sort_by_key(|(_, page)| std::cmp::Reverse(page.count));
        ensure!(!found.is_empty(), "no registers");
        Ok(found)
    }

    /// The federation itself.
    pub(crate) async fn root(&self) -> Result<UnitId> {
        self.app.current(&self.ctx).await?.root().context("the city is empty")
    }
}

/// What a city is made of.
#[derive(Debug, Clone, Copy)]
struct Content {
    /// Of the full size, a `part`-th.
    part: usize,
    /// Whether each record has its history; otherwise what is measured is one record.
    has_history: bool,
}

/// A city that knows its past.
const HISTORY: Content = Content { part: 4, has_history: true };

/// Loads the city with the program itself.
fn fill(options: &Options, url: &str, content: Content, report: &mut Report) -> Result<()> {
    let Content { part, has_history } = content;
    let start = Instant::now();
    let mut command = command(options);
    command.args(["--database", url, "demo", "--seed", "2011"]);
    if !has_history {
        // As of the business day.
        command.arg("--entered-at-once");
    }
    for (name, number) in
        [("--enterprises", options.enterprises), ("--teams", options.teams), ("--records", options.records)]
    {
        command.arg(name).arg((number / part).to_string());
    }
    let (status, memory) = watch(command.stdout(Stdio::null()).spawn()?)?;
    ensure!(status, "the city was not loaded");
    let took = start.elapsed();
    let (records, engine) = (options.records / part, url.split(':').next().unwrap_or_default());
    let rate = records as f64 / took.as_secs_f64();
    let with = if has_history { " with their history" } else { "" };
    let what = format!("initial load of {records} records{with}, {engine}");
    let measured = format!("{}, {rate:.0} records/s, {memory} MB", ms(took));
    if part > 1 {
        report.note(&what, &measured);
        return Ok(());
    }
    let least = if engine == "sqlite" { 20_000.0 } else { 10_000.0 };
    report.limit(&what, &format!("> {least} a second"), &measured, rate > least);
    Ok(())
}
