//! The daily digest: what each person should know in the morning, once.

use std::sync::Arc;

use boxed_async::boxed_async;
use store::accounts;

use super::{Counts, Days, TodoScope};
use crate::{Action, App, Context, Result, Snapshot, rights::forms_of_role};

/// What waits for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// What the person signs in as.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Code of the person's unit.
    pub unit_code: String,
    /// How much waits.
    pub counts: Counts,
}

/// What waits for each person who may take transitions, by login.
///
/// # Errors
/// [`crate::Error::Forbidden`] for anybody but the city office.
#[boxed_async]
pub async fn digest(app: &App, ctx: &Context) -> Result<(Arc<Snapshot>, Vec<Digest>)> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ReadDigests, &snapshot)?;
    let today = ctx.today(&snapshot);
    let days = Days::new(today);
    let mut digests = Vec::new();
    for account in accounts::list(&mut tx).await? {
        let role = snapshot.definition.role(&account.role).filter(|role| role.allows(Action::ReadTodo));
        let Some(role) = role.filter(|_| !account.is_disabled) else { continue };
        let forms = forms_of_role(Some(role), &snapshot);
        let person =
            TodoScope::new((vec![role.id().to_owned()], forms), Some(account.unit()), today, &snapshot);
        digests.push(Digest {
            unit_code: snapshot.units.get(&account.unit()).map(|unit| unit.code.clone()).unwrap_or_default(),
            counts: person.counts(&mut tx, &days).await?,
            login: account.login,
            name: account.name,
        });
    }
    Ok((snapshot, digests))
}
