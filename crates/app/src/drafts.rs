//! Drafts: what somebody has typed into a form and not handed in yet, stored so
//! that a closed window, an ended session or a power cut costs nothing. Every
//! opened form has a draft of its own, known by an id that is in its address; the
//! id is looked up among the person's own drafts alone, so that nobody reaches
//! those of others.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use campaign::definition::{Form, Label};
use jiff::Timestamp;
use model::ids::{RecordId, UnitId};
use serde::{Deserialize, Serialize};
use store::drafts::{self as rows, DraftRow, NewDraft};

use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView, accounts, records, transact::transact,
};

/// How many days a draft is stored that nobody touches.
pub const RETENTION_DAYS: i64 = 90;
/// How many drafts a person may have.
pub const LIMIT: usize = 30;
/// The most that are listed: somebody may have taken over drafts beside their own.
const LISTED: i64 = 100;
/// Most characters of a draft's id.
const LONGEST_ID: usize = 120;
/// Most characters of the text that tells a draft from others.
const LONGEST_TITLE: usize = 40;

/// Which of a person's drafts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftId(String);

impl DraftId {
    /// An id that no draft has.
    pub fn random() -> Self {
        Self(accounts::token()[..16].to_owned())
    }

    /// An id as it is written in addresses; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let fits = (1..=LONGEST_ID).contains(&text.len()) && text.chars().all(is_sign);
        fits.then(|| Self(text.to_owned()))
    }

    /// As it is written in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
    /// When it was stored.
    pub at: Timestamp,
    /// The campaign version of the form that was filled in.
    pub definition_hash: String,
    /// What was typed.
    pub typed: Typed,
}

/// A draft in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: DraftId,
    /// When it was stored.
    pub at: Timestamp,
    /// What tells it from others: what was typed into the field that names the record, if anything was.
    pub title: Option<String>,
    /// The unit whose page it was begun on.
    pub unit: UnitView,
    /// Id of the form.
    pub form: String,
    /// The record that is corrected; `None` for a new one.
    pub fact: Option<RecordId>,
}

/// What became of storing a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is stored, since this moment.
    At(Timestamp),
    /// The person has as many as one may have. This one was not touched for the longest time, and can be
    /// replaced.
    Full(Box<Listed>),
}

/// Stores what was typed in place of what was stored under this id before, and in place of the draft `replaced`.
///
/// # Errors
/// As for handing the form in: [`Error::NotFound`] and [`Error::Forbidden`].
#[boxed_async]
pub async fn save(
    app: &App,
    ctx: &Context,
    id: &DraftId,
    place: &DraftForm,
    (definition_hash, typed): (&str, &Typed),
    replaced: Option<&DraftId>,
) -> Result<Saved> {
    authorise(app, ctx, place).await?;
    let user = ctx.user()?;
    let now = ctx.clock.now();
    let content = encode(app, ctx, typed)?;
    transact!(app, ctx.region, |tx| {
        if let Some(replaced) = replaced {
            rows::delete(tx, user, replaced.as_str()).await?;
        }
        let is_known = rows::find(tx, user, id.as_str()).await?.is_some();
        let count = usize::try_from(rows::count_of(tx, user).await?).map_err(Error::internal)?;
        if !is_known && count >= LIMIT {
            let snapshot = app.snapshot(tx).await?;
            let oldest = rows::list_of(tx, user, LISTED).await?;
            let mut oldest = oldest.into_iter().rev().filter_map(|row| listed(app, ctx, &snapshot, row));
            if let Some(oldest) = oldest.next() {
                return Ok(Saved::Full(Box::new(oldest)));
            }
        }
        let draft = NewDraft {
            id: id.as_str(),
            unit: place.unit,
            form: &place.form,
            fact: place.fact,
            definition_hash,
            content: &content,
        };
        rows::put(tx, user, &draft, now).await?;
        Ok(Saved::At(now))
    })
}

/// The person's draft with this id, when it is one of this form.
///
/// # Errors
/// As [`save`].
#[boxed_async]
pub async fn find(app: &App, ctx: &Context, id: &DraftId, place: &DraftForm) -> Result<Option<Draft>> {
    authorise(app, ctx, place).await?;
    let mut tx = app.read(ctx.region).await?;
    let found = rows::find(&mut tx, ctx.user()?, id.as_str()).await?;
    let Some(found) = found.filter(|found| place.is_of(found)) else { return Ok(None) };
    Ok(Some(Draft {
        at: Timestamp::from_microsecond(found.saved_at).map_err(Error::internal)?,
        typed: decode(app, ctx, &found.content)?,
        definition_hash: found.definition_hash,
    }))
}

impl DraftForm {
    fn is_of(&self, row: &DraftRow) -> bool {
        let fact = self.fact.map_or(0, |fact| fact.0);
        (row.unit_id, row.form.as_str(), row.fact_id) == (self.unit.0, self.form.as_str(), fact)
    }
}

/// Deletes one of the person's drafts; one that is not there changes nothing.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console, which has none.
#[boxed_async]
pub async fn discard(app: &App, ctx: &Context, id: &DraftId) -> Result<()> {
    let user = ctx.user()?;
    transact!(app, ctx.region, |tx| {
        rows::delete(tx, user, id.as_str()).await?;
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
    let found = rows::list_of(&mut tx, user, LISTED).await?;
    Ok(found.into_iter().filter_map(|row| listed(app, ctx, &snapshot, row)).collect())
}

/// A draft as it is listed; `None` for one whose form the person may not fill in any more.
fn listed(app: &App, ctx: &Context, snapshot: &Snapshot, row: DraftRow) -> Option<Listed> {
    let unit = UnitId(row.unit_id);
    let (_, form) = snapshot.definition.form(&row.form)?;
    Some(Listed {
        at: Timestamp::from_microsecond(row.saved_at).ok()?,
        title: decode(app, ctx, &row.content).ok().and_then(|typed| title(form, &typed)),
        unit: snapshot.view(unit).filter(|_| ctx.may(Action::WriteDrafts, snapshot, unit))?,
        form: row.form,
        fact: (row.fact_id != 0).then_some(RecordId(row.fact_id)),
        id: DraftId(row.draft_id),
    })
}

/// What was typed into the first field that a record can be called by.
fn title(form: &Form, typed: &Typed) -> Option<String> {
    form.title_fields().find_map(|field| {
        let line = typed.fields.get(&form.fields[field].id)?.lines().next()?.trim();
        (!line.is_empty()).then(|| line.chars().take(LONGEST_TITLE).collect())
    })
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
    let Some(former) = app.former_definition(ctx.region, definition_hash).await? else {
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
            let known = snapshot.definition.form(&place.form);
            known.map(drop).ok_or_else(|| Error::NotFound { what: Thing::Form, key: place.form.clone() })
        }
        Some(fact) => {
            let found = records::find(app, ctx, fact).await?;
            ctx.require(Action::WriteDrafts, &found.snapshot, found.fact.unit)?;
            let is_so = found.fact.unit == place.unit
                && found.snapshot.definition.forms[found.fact.form].id == place.form;
            is_so.then_some(()).ok_or_else(|| Error::NotFound { what: Thing::Form, key: place.form.clone() })
        }
    }
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
