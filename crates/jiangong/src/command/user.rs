//! `jiangong user`: add, issue codes, list, reset.

use std::{
    io::{IsTerminal, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use app::{
    App, Context, Role, Snapshot,
    accounts::{self, CodeRequest, IssueScope, NewAccount},
    units::resolve,
};
use serde_json::json;

use super::console;
use crate::{
    cli::{Format, Options, User},
    config,
    output::{DONE, csv, line, table},
};

pub(super) async fn run(options: &Options, command: User) -> Result<u8> {
    let app = config::open(options).await?;
    let ctx = console(options);
    let snapshot = app.current(&ctx).await?;
    match command {
        User::Add { login, name, role, unit } => {
            let role = role_named(options, &snapshot, &role)?;
            let unit = resolve(&ctx, &snapshot, unit.as_deref())?;
            let unit_code = snapshot.units.get(&unit).map(|unit| unit.code.clone()).unwrap_or_default();
            let password = password(options)?;
            accounts::add(&app, &ctx, NewAccount { login, name, role, unit_code, password }).await?;
        }
        User::Issue { unit, role, again, days, site, output } => {
            let unit = resolve(&ctx, &snapshot, unit.as_deref())?;
            let role = role_named(options, &snapshot, &role)?;
            let scope =
                if again { IssueScope::Waiting { unit } } else { IssueScope::NewAccounts { unit, role } };
            let request = CodeRequest { key: accounts::token(), scope, days };
            issue(options, &app, &ctx, &request, &site, &output).await?;
        }
        User::Reset { login } => accounts::reset(&app, &ctx, &login, password(options)?).await?,
        User::List { format } => {
            let people = accounts::list(&app, &ctx).await?;
            let code = |unit| snapshot.units.get(unit).map_or("", |unit| unit.code.as_str()).to_owned();
            let rows: Vec<Vec<String>> = people
                .iter()
                .map(|p| vec![p.login.clone(), p.name.clone(), p.role.id().to_owned(), code(&p.unit)])
                .collect();
            match format {
                Format::Table => line(&table(&rows)),
                Format::Csv => rows.iter().for_each(|row| line(&csv(row))),
                Format::Json => {
                    let people: Vec<_> = rows
                        .iter()
                        .map(|r| json!({"login": r[0], "name": r[1], "role": r[2], "unit": r[3]}))
                        .collect();
                    line(&serde_json::to_string(&people)?);
                }
            }
        }
    }
    Ok(DONE)
}

fn role_named(options: &Options, snapshot: &Snapshot, id: &str) -> Result<Role> {
    let known = &snapshot.definition.roles;
    let found = known.iter().find(|known| known.id() == id).cloned();
    let ids: Vec<_> = known.iter().map(Role::id).collect();
    found.with_context(|| options.words().command_user_unknown_role(id, ids.join(", ")))
}

/// Issues codes and writes them to a new file. The file is made first: codes that nobody could read would be lost.
async fn issue(
    options: &Options,
    app: &App,
    ctx: &Context,
    request: &CodeRequest,
    site: &str,
    output: &Path,
) -> Result<()> {
    let mut file = new_private_file(output).with_context(|| output.display().to_string())?;
    let words = options.words();
    let issued =
        accounts::issue(app, ctx, request).await.inspect_err(|_| drop(std::fs::remove_file(output)))?;
    if issued.slips.is_empty() {
        std::fs::remove_file(output)?;
        line(words.codes_nobody());
        return Ok(());
    }
    let bytes = accounts::slips_sheet(options.language(), site, &issued)?;
    file.write_all(&bytes).with_context(|| output.display().to_string())?;
    line(&words.command_user_issued(words.count(issued.slips.len()), output.display()));
    Ok(())
}

/// A file that was not there, for this user alone.
fn new_private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// A password from standard input; asked for when that is a terminal.
fn password(options: &Options) -> Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("{}", options.words().command_user_password());
    }
    let mut text = String::new();
    std::io::stdin().read_line(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
