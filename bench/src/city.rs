//! The cities that are measured: made once, kept between runs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result};
use app::{
    App, Context, Role, Setup,
    accounts::{self, NewAccount},
    load::{LoadFact, LoadUnit, is_complete, load},
};
use campaign::source::Source;
use demo::{Kind, Recipe, Size};
use model::{
    clock::SystemClock,
    ids::{RegionId, UnitId},
};
use store::{Db, units::UnitKind};
use words::Language;

use crate::{
    Options,
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
        let source = source()?;
        let setup = Setup { campaign: Some(&source), is_demonstration: true };
        let app = App::open(Db::open(url).await?, RegionId(1), setup, Arc::new(SystemClock)).await?;
        let city =
            Self { app: Arc::new(app), ctx: Context::console(Arc::new(SystemClock), Language::Chinese), dir };
        if !is_complete(&city.app).await? {
            city.fill(options, part, report, &source).await?;
        }
        Ok(city)
    }

    async fn fill(&self, options: &Options, part: usize, report: &mut Report, source: &Source) -> Result<()> {
        let start = Instant::now();
        let snapshot = self.app.current().await?;
        let recipe = Recipe::read(source, &snapshot.campaign).map_err(app::Error::Definition)?;
        let size = Size {
            enterprises: options.enterprises / part,
            records: options.records / part,
            teams: options.teams / part,
            seed: 2011,
        };
        let made = demo::City::new(&snapshot.campaign, &recipe, &size);
        let units = made.units().iter().map(|unit| LoadUnit {
            id: unit.id,
            code: unit.code.clone(),
            name: unit.name.clone(),
            kind: match unit.kind {
                Kind::Union => UnitKind::Union,
                Kind::Grassroots => UnitKind::Grassroots,
                Kind::Team => UnitKind::Team,
            },
            parent: unit.parent,
            guidance: unit.guidance,
            closed_from: None,
            values: unit.values.clone(),
        });
        let facts =
            made.facts().map(|fact| LoadFact { form: fact.form, unit: fact.unit, values: fact.values });
        let loaded = load(&self.app, &self.ctx, units.collect(), facts, &|done| eprint!("\r{done}")).await?;
        let took = start.elapsed();
        let rate = loaded as f64 / took.as_secs_f64();
        report.note(
            &format!("initial load of {loaded} facts, {:?}", self.app.db.engine()),
            &format!("{}, {rate:.0} facts/s", ms(took)),
        );
        let root = self.root().await?;
        let code = self.app.current().await?.units[&root].code.clone();
        let new = NewAccount {
            login: LOGIN.to_owned(),
            name: LOGIN.to_owned(),
            role: Role::CityOffice,
            unit_code: code,
            password: PASSWORD.to_owned(),
        };
        accounts::add(&self.app, &self.ctx, new).await?;
        Ok(())
    }

    /// The federation itself.
    pub(crate) async fn root(&self) -> Result<UnitId> {
        self.app.current().await?.root().context("the city is empty")
    }
}
