//! Commands: one file each.

mod campaign;
mod definition;
#[cfg(feature = "demo")]
mod demo;
mod digest;
mod export;
mod figures;
mod import;
mod returns;
mod secret;
mod serve;
mod signals;
mod take_back;
mod trace;
mod unit;
mod user;
mod verify;
mod worker;

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use app::{App, Context};
use model::clock::SystemClock;

use crate::{
    cli::{Cli, Command, Limits, Options},
    config,
    output::{DONE, line},
    reload::{LogHandle, Settings},
};
use signals::{Order, Signals};

/// Carries out a command and returns the exit code.
pub(crate) async fn run(cli: Cli, log: LogHandle) -> Result<u8> {
    let options = &cli.options;
    match cli.command {
        Command::Serve(args) => serve::run(options, &args, log).await,
        Command::Worker => worker::run(options, log).await,
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(options, &args).await,
        Command::Campaign(args) => campaign::run(options, &args).await,
        Command::Definition(args) => definition::run(options, &args).await,
        Command::Import(args) => import::run(options, args).await,
        Command::TakeBack(args) => take_back::run(options, &args).await,
        Command::Export(args) => export::run(options, args).await,
        Command::Template(args) => export::template(options, args).await,
        Command::Figures(args) => figures::run(options, &args).await,
        Command::Trace(args) => trace::run(options, &args).await,
        Command::Returns(args) => returns::run(options, args).await,
        Command::Digest(args) => digest::run(options, &args).await,
        Command::Verify(args) => verify::run(options, &args).await,
        Command::Unit(args) => unit::run(options, args).await,
        Command::User(args) => user::run(options, args).await,
        Command::Secret(args) => secret::run(options, &args).await,
        Command::Config => show_config(options),
    }
}

/// The context of a command: the machine itself, with every right.
fn console(options: &Options) -> Context {
    Context::system(config::region(options), Arc::new(SystemClock), options.language())
}

/// Waits until a program that runs is to end, reading its configuration anew when it is told to. What runs may
/// take as long as `drain` then.
async fn until_ended(mut signals: Signals, mut settings: Settings, app: &App, drain: Duration) {
    while signals.next().await == Order::Reload {
        settings.reload(app);
    }
    signals.end_within(drain);
}

/// Closes the database, unless something holds on to it: what is stored is stored.
async fn close(app: &App) {
    if tokio::time::timeout(CLOSE_WITHIN, app.close()).await.is_err() {
        tracing::warn!("the database was not closed: something is still at work");
    }
}

/// How long closing the database may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

fn show_config(options: &Options) -> Result<u8> {
    let url = config::database_url(options)?;
    line(&format!("database = {}", store::without_password(&url)));
    line(&format!("data = {}", options.data.display()));
    line(&format!("region = {}", options.region));
    let is_stated = options.secret.is_some();
    let path = config::secret_path(options).display().to_string();
    line(&format!("secret = {}", if is_stated { "stated, not shown".to_owned() } else { path }));
    let campaign = options.campaign.clone();
    line(&format!("campaign = {}", campaign.unwrap_or_else(|| "inside the program".to_owned())));
    line(&format!("language = {}", options.language()));
    let limits = config::reading_limits(options);
    line(&format!("read_mb = {}", limits.memory >> 20));
    line(&format!("read_seconds = {}", limits.time.as_secs()));
    line(&format!("reads_at_once = {}", limits.at_once));
    line(&format!("access_log_days = {}", options.access_log_days));
    let Limits {
        db_connections,
        db_reserved,
        page_wait_seconds,
        page_lock_seconds,
        page_statement_seconds,
        work_wait_seconds,
        work_lock_seconds,
        work_statement_seconds,
        disk_warn_mb,
        disk_warn_percent,
        disk_reserve_mb,
        drain_seconds,
        lease_seconds,
    } = &options.limits;
    line(&format!("db_connections = {db_connections}"));
    line(&format!("db_reserved = {db_reserved}"));
    for (name, value) in [
        ("page_wait_seconds", page_wait_seconds),
        ("page_lock_seconds", page_lock_seconds),
        ("page_statement_seconds", page_statement_seconds),
        ("work_wait_seconds", work_wait_seconds),
        ("work_lock_seconds", work_lock_seconds),
        ("work_statement_seconds", work_statement_seconds),
        ("disk_warn_mb", disk_warn_mb),
        ("disk_warn_percent", disk_warn_percent),
        ("disk_reserve_mb", disk_reserve_mb),
        ("drain_seconds", drain_seconds),
        ("lease_seconds", lease_seconds),
    ] {
        line(&format!("{name} = {value}"));
    }
    Ok(DONE)
}
