//! Drafts: what somebody has typed into a form and not handed in yet. Kept per
//! person, unit, form and record, so that a closed window, an ended session or
//! a power cut costs nothing. Only the person who typed it sees it.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use campaign::definition::Label;
use jiff::Timestamp;
use model::ids::{RecordId, UnitId};
use serde::{Deserialize, Serialize};
use store::drafts::{self as rows, DraftKey};

use crate::{Action, App, Context, Error, Result, Snapshot, Thing, UnitView, records, transact::transact};

/// How many days a draft is kept that nobody touches.
pub const RETENTION_DAYS: i64 = 90;
/// Drafts that one person is shown.
const SHOWN: i64 = 50;

/// Which form was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftForm {
    /// The unit whose page it was begun on.
    pub unit: UnitId,
    /// Id of the form.
    pub form: String,
    /// The record that is corrected; `None` for a new one.
    pub fact: Option<RecordId>,
}

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The record's own unit, as it was typed.
    #[serde(default)]
    pub unit: Option<String>,
    /// The version of the record that was looked at.
    #[serde(default)]
    pub version: Option<i64>,
    /// Text by id of the field.
    pub fields: BTreeMap<String, String>,
    /// Text by label, of fields that the form no longer has.
    #[serde(default)]
    pub gone: BTreeMap<String, String>,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// When it was kept.
    pub at: Timestamp,
    /// The campaign version of the form that was filled in.
    pub definition_hash: String,
    /// What was typed.
    pub typed: Typed,
}

/// A draft in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// When it was kept.
    pub at: Timestamp,
    /// The unit whose page it was begun on.
    pub unit: UnitView,
    /// Id of the form.
    pub form: String,
    /// The record that is corrected; `None` for a new one.
    pub fact: Option<RecordId>,
}

/// Keeps what was typed in place of what was kept before; returns when.
///
/// # Errors
/// As for handing the form in: [`Error::NotFound`] and [`Error::Forbidden`].
#[boxed_async]
pub async fn save(
    app: &App,
    ctx: &Context,
    place: &DraftForm,
    definition_hash: &str,
    typed: &Typed,
) -> Result<Timestamp> {
    authorise(app, ctx, place).await?;
    let now = ctx.clock.now();
    transact!(app, ctx.region, |tx| {
        rows::put(tx, &key(ctx, place)?, definition_hash, &encode(app, ctx, typed)?, now).await?;
        Ok(())
    })?;
    Ok(now)
}

/// The person's draft of a form, if there is one.
///
/// # Errors
/// As [`save`].
#[boxed_async]
pub async fn find(app: &App, ctx: &Context, place: &DraftForm) -> Result<Option<Draft>> {
    authorise(app, ctx, place).await?;
    let mut tx = app.read(ctx.region).await?;
    let found = rows::find(&mut tx, &key(ctx, place)?).await?;
    let Some(found) = found else { return Ok(None) };
    Ok(Some(Draft {
        at: Timestamp::from_microsecond(found.saved_at).map_err(Error::internal)?,
        typed: decode(app, ctx, &found.content)?,
        definition_hash: found.definition_hash,
    }))
}

/// Throws a draft away; one that is not there changes nothing.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console, which has none.
#[boxed_async]
pub async fn discard(app: &App, ctx: &Context, place: &DraftForm) -> Result<()> {
    // A draft belongs to whoever typed it: the key holds the person.
    let key = key(ctx, place)?;
    transact!(app, ctx.region, |tx| {
        rows::delete(tx, &key).await?;
        Ok(())
    })
}

/// The person's drafts of forms that may still be filled in, the latest first.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console, which has none.
#[boxed_async]
pub async fn list(app: &App, ctx: &Context) -> Result<Vec<Listed>> {
    let user = ctx.user()?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let found = rows::list_of(&mut tx, user, SHOWN).await?;
    let listed = found.into_iter().filter_map(|draft| {
        let unit = UnitId(draft.unit_id);
        Some(Listed {
            at: Timestamp::from_microsecond(draft.saved_at).ok()?,
            unit: snapshot.view(unit).filter(|_| ctx.may(Action::WriteDrafts, &snapshot, unit))?,
            form: snapshot.campaign.form(&draft.form)?.1.id.clone(),
            fact: (draft.fact_id != 0).then_some(RecordId(draft.fact_id)),
        })
    });
    Ok(listed.collect())
}

/// The labels of fields of a form in another version of the campaign; an id
/// that it did not have is left out.
///
/// # Errors
/// When storage does not answer.
#[boxed_async]
pub async fn former_labels(
    app: &App,
    ctx: &Context,
    definition_hash: &str,
    form: &str,
    fields: &[String],
) -> Result<BTreeMap<String, Label>> {
    let Some(former) = app.former_campaign(ctx.region, definition_hash).await? else {
        return Ok(BTreeMap::new());
    };
    let Some((_, form)) = former.form(form) else { return Ok(BTreeMap::new()) };
    let label = |id: &String| Some((id.clone(), form.fields[form.field(id)?].label.clone()));
    Ok(fields.iter().filter_map(label).collect())
}

/// The first line: the person may hand this form in.
async fn authorise(app: &App, ctx: &Context, place: &DraftForm) -> Result<()> {
    match place.fact {
        None => {
            let snapshot: &Snapshot = &*app.current(ctx).await?;
            ctx.require(Action::WriteDrafts, snapshot, place.unit)?;
            let known = snapshot.campaign.form(&place.form);
            known.map(drop).ok_or_else(|| Error::NotFound { what: Thing::Form, key: place.form.clone() })
        }
        Some(fact) => {
            let found = records::find(app, ctx, fact).await?;
            ctx.require(Action::WriteDrafts, &found.snapshot, found.fact.unit)?;
            let is_so = found.fact.unit == place.unit
                && found.snapshot.campaign.forms[found.fact.form].id == place.form;
            is_so.then_some(()).ok_or_else(|| Error::NotFound { what: Thing::Form, key: place.form.clone() })
        }
    }
}

fn key(ctx: &Context, place: &DraftForm) -> Result<DraftKey> {
    Ok(DraftKey { user: ctx.user()?, unit: place.unit, form: place.form.clone(), fact: place.fact })
}

/// A draft as it is written down: sealed, for what is typed may tell of persons.
fn encode(app: &App, ctx: &Context, typed: &Typed) -> Result<String> {
    Ok(app.region(ctx.region)?.vault.seal_note(&serde_json::to_string(typed).map_err(Error::internal)?))
}

/// What [`encode`] wrote.
fn decode(app: &App, ctx: &Context, text: &str) -> Result<Typed> {
    let opened = app
        .region(ctx.region)?
        .vault
        .open_note(text)
        .ok_or_else(|| Error::internal("a draft cannot be opened"))?;
    serde_json::from_str(&opened).map_err(Error::internal)
}
