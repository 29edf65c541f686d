//! Drafts of forms, saved by a script while a person types, or by a button.

use std::sync::Arc;

use app::{drafts, records, units};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use model::ids::{RecordId, UnitId};

use crate::{
    Error, WebState,
    form::Form,
    parts::draft::{self, Sent},
    request_context::SignedIn,
    urls,
};

type Fields = Vec<(String, String)>;

/// Which form was sent, by its hidden fields.
struct SentForm {
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
        Ok(Self { code: text("draft.unit")?, form: text("draft.form")?, fact: fact.transpose()? })
    }

    fn draft_form(&self, unit: UnitId) -> drafts::DraftForm {
        drafts::DraftForm { unit, form: self.form.clone(), fact: self.fact }
    }
}

/// POST `/drafts`: keeps what is typed; says when, or leads back to the form.
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
    let (_, form) = snapshot.campaign.form(&at.form).ok_or_else(missing)?;
    let typed = sent.read_all(&state, &person, &snapshot, form).await?;
    let moment =
        drafts::save(&state.app, &person.ctx, &at.draft_form(unit), &snapshot.campaign.hash, &typed).await?;
    if sent.get("draft.by") == Some("button") {
        let url = draft::url(&at.code, &at.form, at.fact).with_param("draft", "open");
        return Ok(Redirect::to(&url.to_string()).into_response());
    }
    Ok(words.draft_saved(words.moment(moment)).into_response())
}

/// POST `/drafts/discard`: leads back to an empty form, or to the list it was thrown away from.
pub(crate) async fn discard(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Error> {
    let sent = Sent(&fields);
    let at = SentForm::of(&sent)?;
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&at.code))?;
    drafts::discard(&state.app, &person.ctx, &at.draft_form(unit)).await?;
    let url = match sent.get("draft.list") {
        Some(list) => urls::registers(list),
        None => draft::url(&at.code, &at.form, at.fact),
    };
    Ok(Redirect::to(&url.to_string()))
}
