//! Forms that were sent after the session had ended. What was typed goes along with the page for signing in,
//! sealed, and comes back afterwards. Nothing is stored; nobody but the same person can open it.

use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use model::ids::RegionId;
use serde::{Deserialize, Serialize};

use crate::{App, Context, Error, Result, accounts};

/// How long somebody may take to sign in again.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentForm {
    /// The address of the page with the form.
    pub page: String,
    /// The address that it was sent to.
    pub action: String,
    /// Names and texts of its fields, in their order.
    pub fields: Vec<(String, String)>,
    /// The names of the files that came with it; what was in them is not held.
    pub files: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    at: Timestamp,
    /// Whose session it was, where that is known.
    user: Option<i64>,
    form: SentForm,
}

/// What came of a sealed form.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsealed {
    /// It is the person's own.
    Own(SentForm),
    /// Another person sent it.
    Foreign,
    /// It is too old, or was not sealed here.
    Unreadable,
}

/// Seals a form. `session` is the token of the session that has ended.
///
/// # Errors
/// When storage does not answer.
#[boxed_async]
pub async fn seal(app: &App, session: Option<&str>, form: &SentForm) -> Result<String> {
    let owner = match session {
        Some(token) => accounts::session_owner(app, token).await?,
        None => None,
    };
    let region = owner.map_or_else(|| app.first_region(), |(region, _)| Ok(region))?;
    let user = owner.and_then(|(_, user)| user).map(|user| user.0);
    let sealed = Sealed { at: app.now(), user, form: form.clone() };
    let text = serde_json::to_string(&sealed).map_err(Error::internal)?;
    Ok(app.region(region)?.vault.seal_note(&text))
}

/// Opens a form for whoever has signed in.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
pub fn open(app: &App, ctx: &Context, sealed: &str) -> Result<Unsealed> {
    let user = ctx.user()?;
    Ok(read(app, ctx.region, sealed).map_or(Unsealed::Unreadable, |found| match found.user {
        Some(owner) if owner != user.0 => Unsealed::Foreign,
        _ => Unsealed::Own(found.form),
    }))
}

fn read(app: &App, region: RegionId, sealed: &str) -> Option<Sealed> {
    // A text that never was sealed would open, too.
    let vault = &app.region(region).ok()?.vault;
    let text = Some(sealed).filter(|sealed| store::Vault::is_sealed_note(sealed))?;
    let found: Sealed = serde_json::from_str(&vault.open_note(text)?).ok()?;
    (app.now().duration_since(found.at) < LONGEST).then_some(found)
}
