//! `jiangong user`: add, list, reset.

use std::io::IsTerminal;

use anyhow::{Context as _, Result};
use app::{
    Role,
    accounts::{self, NewAccount},
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
            let known = &snapshot.campaign.roles;
            let found = known.iter().find(|known| known.id() == role).cloned();
            let ids: Vec<_> = known.iter().map(Role::id).collect();
            let role =
                found.with_context(|| options.words().command_user_unknown_role(&role, ids.join(", ")))?;
            let unit = resolve(&ctx, &snapshot, unit.as_deref())?;
            let unit_code = snapshot.units.get(&unit).map(|unit| unit.code.clone()).unwrap_or_default();
            let password = password(options)?;
            accounts::add(&app, &ctx, NewAccount { login, name, role, unit_code, password }).await?;
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

/// A password from standard input; asked for when that is a terminal.
fn password(options: &Options) -> Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("{}", options.words().command_user_password());
    }
    let mut text = String::new();
    std::io::stdin().read_line(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
