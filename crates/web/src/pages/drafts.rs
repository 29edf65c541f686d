//! Drafts of forms, saved by a script while a person types, or by a button.

use std::sync::Arc;

use app::{
    drafts::{self, DraftId, Saved},
    records, units,
};
use axum::{
    extract::State,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use model::ids::{RecordId, UnitId};

use crate::{
    Error, WebState,
    form::Form,
    pages::{records::correct, registers::new},
    parts::draft::{self, Sent, Shown},
    request_context::SignedIn,
    urls,
};

type Fields = Vec<(String, String)>;

/// Which draft can be replaced, when there are too many: for the script.
const OLDEST: HeaderName = HeaderName::from_static("x-oldest-draft");

/// Which form was sent, by its hidden fields.
struct SentForm {
    id: DraftId,
    code: String,
    form: String,
    fact: Option<RecordId>,
}

impl SentForm {
    fn of(sent: &Sent<'_>) -> Result<Self, Error> {
        let missing = |name: &str| Error::BadForm(name.to_owned());
        let text = |name: &str| sent.get(name).map(ToOwned::to_owned).ok_or_else(|| missing(name));
        let fact =
            sent.get("draft.fact").map(|text| text.parse().map(RecordId).map_err(|_| missing("draft.fact")));
        let id = sent.draft_id().ok_or_else(|| missing("draft.id"))?;
        Ok(Self { id, code: text("draft.unit")?, form: text("draft.form")?, fact: fact.transpose()? })
    }

    fn draft_form(&self, unit: UnitId) -> drafts::DraftForm {
        drafts::DraftForm { unit, form: self.form.clone(), fact: self.fact }
    }
}

/// POST `/drafts`: stores what is typed; says when, or leads back to the form.
pub(crate) async fn save(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let words = person.words();
    let sent = Sent(&fields);
    let at = SentForm::of(&sent)?;
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = match at.fact {
        Some(fact) => records::find(&state.app, &person.ctx, fact).await?.fact.unit,
        None => units::resolve(&person.ctx, &snapshot, Some(&at.code))?,
    };
    let missing = || app::Error::NotFound { what: app::Thing::Form, key: at.form.clone() };
    let (_, form) = snapshot.definition.form(&at.form).ok_or_else(missing)?;
    let typed = sent.read_all(&state, &person, &snapshot, form).await?;
    let replaced = sent.get("draft.replace").and_then(DraftId::parse);
    let typed = (snapshot.definition.hash.as_str(), &typed);
    let place = at.draft_form(unit);
    let saved = drafts::save(&state.app, &person.ctx, &at.id, &place, typed, replaced.as_ref()).await?;
    let by = sent.get("draft.by");
    let is_page = by == Some("button") || (replaced.is_some() && by != Some("script"));
    match saved {
        Saved::At(_) if is_page => {
            let url = draft::url(&at.code, &at.form, at.fact).with_param(draft::DRAFT, at.id.as_str());
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Saved::At(moment) => Ok(words.draft_saved(words.moment(moment)).into_response()),
        Saved::Full(oldest) if is_page => {
            let shown = Shown { id: Some(at.id), full: Some(*oldest), ..Shown::default() };
            let page = match at.fact {
                Some(fact) => correct::returned(&state, &person, fact, &sent, shown).await?,
                None => new::returned(&state, &person, (&at.code, &at.form), &sent, shown).await?,
            };
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Saved::Full(oldest) => {
            let headers = [(OLDEST, oldest.id.as_str().to_owned())];
            Ok((StatusCode::CONFLICT, headers, draft::full(words, &oldest)).into_response())
        }
    }
}

/// POST `/drafts/discard`: leads back to the list that the draft was deleted from, or to the registers.
pub(crate) async fn discard(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Error> {
    let sent = Sent(&fields);
    let id = sent.draft_id().ok_or_else(|| Error::BadForm("draft.id".to_owned()))?;
    drafts::discard(&state.app, &person.ctx, &id).await?;
    let back = |name: &str| sent.get(name).filter(|text| !text.is_empty());
    let url = match (back("draft.unit"), back("draft.form")) {
        (Some(unit), Some(form)) => urls::register(unit, form),
        (Some(unit), None) => urls::registers(unit),
        (None, _) => return Ok(Redirect::to("/")),
    };
    Ok(Redirect::to(&url.to_string()))
}
