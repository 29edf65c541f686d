//! The names of persons, by the logins that stand in the audit.

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use model::ids::UnitId;
use store::accounts as rows;

use crate::{App, Context, Result, parse_audit_name};

pub use store::audit::CONSOLE;

/// Who the persons are that have done something.
#[derive(Debug, Clone, Default)]
pub struct ActorNames(BTreeMap<String, (String, String)>);

impl ActorNames {
    /// Name and unit of whoever signs in with this login; `None` when there is no such account.
    pub fn get(&self, login: &str) -> Option<(&str, &str)> {
        self.0.get(login).map(|(name, unit)| (name.as_str(), unit.as_str()))
    }
}

/// The names behind names in the audit, which the caller was shown by another use case.
///
/// # Errors
/// When storage does not answer.
#[boxed_async]
pub async fn actor_names(app: &App, ctx: &Context, audit_names: &[&str]) -> Result<ActorNames> {
    let logins = audit_names.iter().flat_map(|name| {
        let (acting, principal) = parse_audit_name(name);
        [Some(acting), principal]
    });
    let logins: BTreeSet<&str> =
        logins.flatten().filter(|login| *login != CONSOLE && !login.is_empty()).collect();
    if logins.is_empty() {
        return Ok(ActorNames::default());
    }
    let logins: Vec<String> = logins.into_iter().map(ToOwned::to_owned).collect();
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let found = rows::list_names(&mut tx, &logins).await?;
    let unit = |id: i64| snapshot.view(UnitId(id)).map(|unit| unit.name).unwrap_or_default();
    Ok(ActorNames(found.into_iter().map(|(login, name, id)| (login, (name, unit(id)))).collect()))
}
