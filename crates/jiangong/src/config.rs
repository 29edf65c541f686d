//! Configuration: where the data is, which campaign, how much is logged. All of it comes from the command line,
//! the environment and the configuration file, in this order.

use std::{
    io::{ErrorKind, IsTerminal, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use app::{
    App, Machine, ReadingLimits, Setup, Snapshot, Thing,
    attachments::{AttachmentLimits, Cabinet},
    upgrade::UpgradeProgress,
};
use campaign::{
    check::campaign_id,
    definition::CampaignIdx,
    source::{Source, SourceFile},
};
use include_dir::{Dir, include_dir};
use model::{clock::SystemClock, ids::RegionId};
use store::{Db, Files, Secret};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _};
use words::Words;

use crate::{
    cli::{Cli, Command, Options, Serve},
    places::{TEMPORARY, create_private_dir, open_database, require_places, use_private_temp_dir},
    reload::LogHandle,
};

/// Campaigns inside the program.
static CAMPAIGNS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../campaigns");

/// The federation that a command works for.
pub(crate) fn region(options: &Options) -> RegionId {
    RegionId(options.region)
}

/// What a federation's own file or directory is called: the first one has the plain name.
fn name_of(region: RegionId, stem: &str, ending: &str) -> String {
    if region == RegionId(1) { format!("{stem}{ending}") } else { format!("{stem}-{region}{ending}") }
}

/// The password of every account of a demonstration city: its data are invented.
pub(crate) const DEMONSTRATION_PASSWORD: &str = "demo-kettle-Lushun";

/// What is to be logged.
pub(crate) fn log_filter(options: &Options) -> EnvFilter {
    let usual = if options.verbose { "debug,sqlx=info" } else { "info,sqlx=warn" };
    let stated = options.log.as_deref().and_then(|log| EnvFilter::try_new(log).ok());
    stated.unwrap_or_else(|| EnvFilter::new(usual))
}

/// The same for a command that goes through everything and ends: its statements take as long as they take, and nobody
/// has to be warned of that.
fn log_filter_of_command(options: &Options) -> EnvFilter {
    if options.log.is_some() || options.verbose {
        return log_filter(options);
    }
    EnvFilter::new("info,sqlx=warn,sqlx::query=error")
}

/// Begins logging to standard error.
pub(crate) fn log(cli: &Cli) -> LogHandle {
    let filter = match cli.command {
        Command::Serve(_) | Command::Worker => log_filter(&cli.options),
        _ => log_filter_of_command(&cli.options),
    };
    let (filter, handle) = reload::Layer::new(filter);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry().with(filter).with(lines).init();
    handle
}

/// The database's URL.
pub(crate) fn database_url(options: &Options) -> Result<String> {
    if let Some(url) = &options.database {
        return Ok(url.clone());
    }
    require_places(options, &[])?;
    Ok(format!("sqlite:{}", options.data.join("jiangong.db").display()))
}

/// Where attachments of a federation's records are: beside the database, on every engine. Servers that share a
/// database share it.
fn cabinet(options: &Options, region: RegionId, limits: AttachmentLimits) -> Cabinet {
    Cabinet::new(Files::new(&options.data.join("files"), region), limits)
}

/// The files beside the database of the federation that a command works for.
pub(crate) fn files(options: &Options) -> Files {
    Files::new(&options.data.join("files"), region(options))
}

/// The files of a campaign: of a directory, or of a campaign inside the program, by its id or the first of them.
pub(crate) fn source(named: Option<&str>) -> Result<Source> {
    let mut inside: Vec<_> = CAMPAIGNS.dirs().collect();
    inside.sort_by_key(|dir| dir.path());
    let found = match named {
        Some(dir) if Path::new(dir).is_dir() => return read_dir(Path::new(dir)),
        Some(id) => inside.into_iter().find(|dir| dir.path() == Path::new(id)),
        None => inside.into_iter().next(),
    };
    // What is neither is shown as the directory that could not be read.
    let Some(found) = found else { return read_dir(Path::new(named.unwrap_or_default())) };
    let mut files = Vec::new();
    collect(found, found.path(), &mut files);
    Ok(Source::from_files(files))
}

fn read_dir(dir: &Path) -> Result<Source> {
    Source::read_dir(dir).with_context(|| format!("{}", dir.display()))
}

/// The files of the campaign beside which a campaign stands: of a directory beside its own, or inside the program.
pub(crate) fn source_beside(named: &str, id: &str) -> Result<Source> {
    let dir = Path::new(named);
    let beside = dir.is_dir().then(|| dir.join("..").join(id)).filter(|beside| beside.is_dir());
    match beside {
        Some(beside) => read_dir(&beside),
        None => source(Some(id)),
    }
}

/// The campaigns inside the program that stand beside another, in the order of their names.
#[cfg(feature = "demo")]
pub(crate) fn sources_beside(first: &Source) -> Result<Vec<Source>> {
    let id = campaign_id(first).map_err(app::Error::Definition)?;
    let mut inside: Vec<_> = CAMPAIGNS.dirs().filter_map(|dir| dir.path().to_str()).collect();
    inside.sort_unstable();
    let sources = inside.into_iter().map(|id| source(Some(id))).collect::<Result<Vec<_>>>()?;
    Ok(sources
        .into_iter()
        .filter(|source| campaign::check::base_campaign(source).as_deref() == Some(&id))
        .collect())
}

/// The campaign that a command asks for: the region's first unless another is named, by its id or by its directory.
pub(crate) fn campaign(options: &Options, snapshot: &Snapshot) -> Result<CampaignIdx> {
    let Some(named) = options.campaign.as_deref() else { return Ok(CampaignIdx::FIRST) };
    let find = |id: &str| snapshot.definition.campaign(id).map(|(position, _)| position);
    if Path::new(named).is_dir() {
        let id = campaign_id(&source(Some(named))?).map_err(app::Error::Definition)?;
        return Ok(find(&id).unwrap_or_default());
    }
    let missing = || app::Error::NotFound { what: Thing::Campaign, key: named.to_owned() };
    Ok(find(named).ok_or_else(missing)?)
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
    options.secret_file.clone().unwrap_or_else(|| own_secret_path(options, region(options)))
}

/// Where the next secret key lies while it takes the place of the one at `path`.
pub(crate) fn next_secret_path(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

/// Where the secret key of a federation is when nothing else is said.
fn own_secret_path(options: &Options, region: RegionId) -> PathBuf {
    options.data.join(name_of(region, "secret", ".key"))
}

/// The secret key: stated itself, or in its file, which is made at the first
/// start. A database that was set up with a secret is never given a new one.
pub(crate) async fn secret(options: &Options, db: &Db) -> Result<Secret> {
    if let Some(stated) = &options.secret {
        return Secret::parse(stated).context("JIANGONG_SECRET must be 64 hexadecimal digits");
    }
    let path = secret_path(options);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse_secret(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut tx = db.read(region(options)).await?;
            let is_set_up = store::definitions::vault_check(&mut tx).await?.is_some();
            tx.rollback().await?;
            if is_set_up {
                bail!("{}", options.words().error_no_secret(path.display()));
            }
            make_secret(options.words(), &path)
        }
        Err(error) => Err(error).with_context(|| format!("{}", path.display())),
    }
}

fn parse_secret(path: &Path, text: &str) -> Result<Secret> {
    Secret::parse(text).with_context(|| format!("{} must hold 64 hexadecimal digits", path.display()))
}

/// Writes a new secret where only this user can read it.
pub(crate) fn make_secret(words: Words, path: &Path) -> Result<Secret> {
    let secret = Secret::random();
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        create_private_dir(words, dir)?;
    }
    match put_secret(path, &secret) {
        Ok(()) => {
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

/// Writes a secret key into a file that is there with all of it or not at all: a program that is killed leaves no half
/// of a key behind, which nobody could go on with.
fn put_secret(path: &Path, secret: &Secret) -> std::io::Result<()> {
    let unfinished = path.with_added_extension(format!("unfinished-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut file = file.open(&unfinished)?;
    let linked = writeln!(file, "{}", secret.to_hex())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&unfinished, path));
    std::fs::remove_file(&unfinished)?;
    linked?;
    // The key must be found again before anything is sealed with it.
    match path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        Some(dir) => std::fs::File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

/// What an operator should know about where things are kept.
pub(crate) fn warnings(options: &Options) -> Vec<String> {
    let words = options.words();
    let mut warnings = Vec::new();
    let path = secret_path(options);
    let is_in = |path: &Path, dir: &Path| {
        let (path, dir) = (path.canonicalize(), dir.canonicalize());
        matches!((path, dir), (Ok(path), Ok(dir)) if path.starts_with(&dir))
    };
    if options.secret.is_none() && is_in(&path, &options.data) {
        warnings.push(words.command_serve_secret_in_data(path.display()));
    }
    if is_open_to_others(&options.data) {
        warnings.push(words.command_data_is_open(options.data.display()));
    }
    warnings
}

/// Whether other users of the machine can read a directory.
#[cfg(unix)]
fn is_open_to_others(dir: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(dir).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Whether other users of the machine can read a directory; unknown here.
#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// What this process is called on the page of tasks: machine and process.
fn server_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{}-{}", if host.is_empty() { "server" } else { host }, std::process::id())
}

/// This process as a server without regions.
fn server(options: &Options, db: &Db) -> App {
    App::new(db.clone(), Arc::new(SystemClock))
        .with_server_name(&server_name())
        .with_lease(options.limits.lease())
        .with_reading_limits(reading_limits(options))
        .with_log_days(options.access_log_days)
        .with_disks(watched_places(options), options.limits.disk(), Arc::new(Machine))
}

/// Where this program keeps things: the data with files on their way in and out, and the database.
fn watched_places(options: &Options) -> Vec<PathBuf> {
    let database = options.database.as_deref().and_then(|url| url.strip_prefix("sqlite:"));
    let database =
        database.map(|path| PathBuf::from(path.trim_start_matches("//").split('?').next().unwrap_or(path)));
    [Some(options.data.clone()), database].into_iter().flatten().collect()
}

/// How large attachments may be.
pub(crate) fn attachment_limits(args: &Serve) -> AttachmentLimits {
    AttachmentLimits { file: args.attachment_mb << 20, record: args.record_mb << 20 }
}

/// How much the files that are handed in may take.
pub(crate) fn reading_limits(options: &Options) -> ReadingLimits {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    ReadingLimits {
        memory: number(options.read_mb << 20),
        time: Duration::from_secs(options.read_seconds),
        at_once: options.reads_at_once.map_or(ReadingLimits::default().at_once, number),
    }
}

/// Opens the federation that a command works for, setting it up on first use.
pub(crate) async fn open(options: &Options) -> Result<App> {
    let db = open_database(options, &database_url(options)?).await?;
    let app = server(options, &db);
    open_own(options, &app, &db, None).await?;
    Ok(app)
}

/// As [`open`], with the attachments of the federation.
pub(crate) async fn open_with_files(options: &Options) -> Result<App> {
    let db = open_database(options, &database_url(options)?).await?;
    let app = server(options, &db);
    open_own(options, &app, &db, Some(AttachmentLimits::default())).await?;
    Ok(app)
}

/// Opens what a server serves: the federation that it is started for, and every
/// other one of the database whose secret key is in the data directory.
pub(crate) async fn open_all(
    options: &Options,
    limits: AttachmentLimits,
    progress: UpgradeProgress,
) -> Result<App> {
    let places = ["index", "files", TEMPORARY].map(ToOwned::to_owned).into_iter();
    let of_region = [name_of(region(options), "index", ""), format!("files/{}", region(options))];
    require_places(options, &places.chain(of_region).collect::<Vec<_>>())?;
    use_private_temp_dir(options)?;
    let db = open_database(options, &database_url(options)?).await?;
    let app = server(options, &db).with_upgrade_progress(progress);
    open_own(options, &app, &db, Some(limits)).await?;
    let mut tx = db.read(region(options)).await?;
    let all = store::definitions::list_regions(&mut tx).await?;
    tx.rollback().await?;
    for other in all.into_iter().filter(|other| *other != region(options)) {
        let path = own_secret_path(options, other);
        let secret = match std::fs::read_to_string(&path) {
            Ok(text) => parse_secret(&path, &text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tracing::info!(region = %other, file = %path.display(), "a federation is not served: its secret key is not here");
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("{}", path.display())),
        };
        app.open_region(other, setup(options, other, secret, Some(limits))).await?;
    }
    Ok(app)
}

/// Opens the federation of a command, which begins with a campaign when it is new.
pub(crate) async fn open_with(options: &Options, source: &Source) -> Result<App> {
    let db = open_database(options, &database_url(options)?).await?;
    let mut tx = db.read(region(options)).await?;
    let is_new = store::definitions::find_region(&mut tx).await?.is_none();
    tx.rollback().await?;
    let secret = secret(options, &db).await?;
    let own = setup(options, region(options), secret, None);
    let own = Setup { campaign: is_new.then_some(source), ..own };
    Ok(App::open(db, region(options), own, Arc::new(SystemClock)).await?)
}

/// Opens the federation that the program is started for.
async fn open_own(options: &Options, app: &App, db: &Db, limits: Option<AttachmentLimits>) -> Result<()> {
    let mut tx = db.read(region(options)).await?;
    let is_new = store::definitions::find_region(&mut tx).await?.is_none();
    tx.rollback().await?;
    let secret = secret(options, db).await?;
    let source = if is_new { Some(source(options.campaign.as_deref())?) } else { None };
    let own = setup(options, region(options), secret, limits);
    let own = Setup { campaign: source.as_ref(), ..own };
    match app.open_region(region(options), own).await {
        Err(app::Error::WrongSecret) if next_secret_path(&secret_path(options)).exists() => {
            bail!("{}", options.words().command_secret_unfinished())
        }
        other => Ok(other?),
    }
}

/// How a federation of this data directory is opened.
pub(crate) fn setup<'a>(
    options: &Options,
    region: RegionId,
    secret: Secret,
    limits: Option<AttachmentLimits>,
) -> Setup<'a> {
    Setup {
        cabinet: limits.map(|limits| cabinet(options, region, limits)),
        indexes: Some(options.data.join(name_of(region, "index", ""))),
        ..Setup::new(secret)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// The options of a command line.
    fn options(args: &[&str]) -> Options {
        let args = [&["jiangong"], args, &["config"]].concat();
        Cli::try_parse_from(args).expect("a command line").options
    }

    #[test]
    fn an_operator_is_warned_of_a_secret_beside_its_data_and_of_an_open_directory() {
        let dir = tempfile::tempdir().expect("a directory");
        let (data, apart) = (dir.path().join("data"), dir.path().join("apart/secret.key"));
        let (data, apart) = (data.to_string_lossy().into_owned(), apart.to_string_lossy().into_owned());
        let beside = options(&["--data", &data]);
        create_private_dir(beside.words(), &beside.data).expect("made");
        make_secret(beside.words(), &secret_path(&beside)).expect("made");
        let found = warnings(&beside);
        assert!(found.len() == 1 && found[0].contains("secret.key"), "{found:?}");
        let elsewhere = options(&["--data", &data, "--secret-file", &apart]);
        make_secret(elsewhere.words(), &secret_path(&elsewhere)).expect("made");
        assert_eq!(warnings(&elsewhere), Vec::<String>::new());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode(&elsewhere.data), 0o700);
            assert_eq!(mode(&secret_path(&elsewhere)), 0o600);
            assert_eq!(mode(&dir.path().join("apart")), 0o700);
            let open = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&elsewhere.data, open).expect("opened");
            let found = warnings(&elsewhere);
            assert!(found.len() == 1 && found[0].contains("chmod 700"), "{found:?}");
        }
    }
}
