//! Commands: one file each.

mod campaign;
#[cfg(feature = "demo")]
mod demo;
mod digest;
mod export;
mod figures;
mod import;
mod serve;
mod take_back;
mod trace;
mod unit;
mod user;
mod verify;
mod worker;

use std::sync::Arc;

use anyhow::Result;
use app::Context;
use model::clock::SystemClock;

use crate::{
    cli::{Cli, Command, Options},
    config,
    output::{DONE, line},
};

/// Carries out a command and returns the exit code.
pub(crate) async fn run(cli: Cli) -> Result<u8> {
    let options = &cli.options;
    match cli.command {
        Command::Serve(args) => serve::run(options, &args).await,
        Command::Worker => worker::run(options).await,
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(options, &args).await,
        Command::Campaign(args) => campaign::run(options, &args).await,
        Command::Import(args) => import::run(options, args).await,
        Command::TakeBack(args) => take_back::run(options, &args).await,
        Command::Export(args) => export::run(options, args).await,
        Command::Template(args) => export::template(options, args).await,
        Command::Figures(args) => figures::run(options, &args).await,
        Command::Trace(args) => trace::run(options, &args).await,
        Command::Digest(args) => digest::run(options, &args).await,
        Command::Verify(args) => verify::run(options, &args).await,
        Command::Unit(args) => unit::run(options, args).await,
        Command::User(args) => user::run(options, args).await,
        Command::Config => show_config(options),
    }
}

/// The context of a command: the machine itself, with every right.
fn console(options: &Options) -> Context {
    Context::system(config::region(options), Arc::new(SystemClock), options.language())
}

/// Waits for Ctrl-C or the service manager's signal to end.
async fn ended() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupted.await;
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}

fn show_config(options: &Options) -> Result<u8> {
    let url = config::database_url(options)?;
    line(&format!("database = {}", store::without_password(&url)));
    line(&format!("data = {}", options.data.display()));
    line(&format!("region = {}", options.region));
    let is_stated = options.secret.is_some();
    let path = config::secret_path(options).display().to_string();
    line(&format!("secret = {}", if is_stated { "stated, not shown".to_owned() } else { path }));
    let campaign = options.campaign.as_ref().map(|dir| dir.display().to_string());
    line(&format!("campaign = {}", campaign.unwrap_or_else(|| "inside the program".to_owned())));
    line(&format!("language = {}", options.language()));
    let limits = config::reading_limits(options);
    line(&format!("read_mb = {}", limits.memory >> 20));
    line(&format!("read_seconds = {}", limits.time.as_secs()));
    line(&format!("reads_at_once = {}", limits.at_once));
    Ok(DONE)
}
