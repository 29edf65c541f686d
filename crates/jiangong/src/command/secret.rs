//! `jiangong secret rotate`: another secret key for a federation.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use app::{App, attachments::AttachmentLimits, secret_rotation};
use model::clock::{Clock as _, SystemClock};
use store::{Db, Vault};

use super::console;
use crate::{
    cli::{Options, SecretCommand},
    config,
    output::{DONE, FINDINGS, line},
};

pub(super) async fn run(options: &Options, command: &SecretCommand) -> Result<u8> {
    match command {
        SecretCommand::Rotate => rotate(options).await,
    }
}

/// Makes a new key, seals everything with it, and puts it in the place of the former one. Each part that is done
/// stays done: after a crash the command is simply given again. The former key is kept until all is done.
async fn rotate(options: &Options) -> Result<u8> {
    let words = options.words();
    if options.secret.is_some() {
        bail!("{}", words.command_secret_in_variable());
    }
    let path = config::secret_path(options);
    let next = config::next_secret_path(&path);
    let db = Db::open(&config::database_url(options)?).await?;
    let former = config::secret(options, &db).await?;
    let is_begun = next.exists();
    let new = config::make_secret(options.words(), &next)?;
    if is_begun {
        line(&words.command_secret_goes_on(next.display()));
    }
    let check = stored_check(options, &db).await?;
    if check.as_deref() != Some(Vault::new(&new).check()) {
        let app = App::new(db.clone(), std::sync::Arc::new(SystemClock));
        let limits = Some(AttachmentLimits::default());
        let setup = config::setup(options, config::region(options), former.clone(), limits);
        app.open_region(config::region(options), setup).await?;
        let done = secret_rotation::rotate(&app, &console(options), &new).await;
        // Nothing has been sealed with a key that was made in vain.
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                if !is_begun {
                    std::fs::remove_file(&next).with_context(|| next.display().to_string())?;
                }
                return Err(error.into());
            }
        };
        line(&words.command_secret_database(words.count(done.records), words.count(done.changes)));
        if done.unreadable > 0 {
            line(&words.command_secret_unreadable(done.unreadable));
        }
    }
    let files = config::files(options).sealed_with(std::sync::Arc::new(Vault::new(&new)));
    let sealed = tokio::task::spawn_blocking(move || files.reseal(Some(&Vault::new(&former)))).await??;
    line(&words.command_secret_files(sealed.sealed));
    for file in &sealed.broken {
        line(&words.command_secret_broken_file(file.display()));
    }
    let kept = exchange(&path, &next)?;
    line(&words.command_secret_done(path.display(), kept.display()));
    db.close().await;
    Ok(if sealed.broken.is_empty() { DONE } else { FINDINGS })
}

async fn stored_check(options: &Options, db: &Db) -> Result<Option<String>> {
    let mut tx = db.read(config::region(options)).await?;
    let check = store::definitions::vault_check(&mut tx).await?;
    tx.rollback().await?;
    Ok(check)
}

/// Puts the new key in the place of the former one, which is kept under another name. There is a key at every moment.
fn exchange(path: &Path, next: &Path) -> Result<PathBuf> {
    let day = SystemClock.now().strftime("%Y%m%d-%H%M%S").to_string();
    let kept = path.with_added_extension(format!("former-{day}"));
    match std::fs::hard_link(path, &kept) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| kept.display().to_string());
        }
        _ => {}
    }
    std::fs::rename(next, path).with_context(|| path.display().to_string())?;
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::File::open(dir).and_then(|dir| dir.sync_all()).with_context(|| dir.display().to_string())?;
    }
    Ok(kept)
}
