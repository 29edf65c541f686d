//! Deputies: naming and ending them, for oneself and for somebody whose account one manages; acting for somebody.

use std::sync::Arc;

use app::accounts::{self, Deputies, Deputy, NewDeputy};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use serde::Deserialize;
use words::Words;

use super::one;
use crate::{
    Error, WebState,
    address::Path,
    form::Form,
    request_context::{AccountOwner, SignedIn},
    urls::Url,
};

/// A deputy, ready to print.
pub(crate) struct DeputyLine {
    /// Who acts for whom.
    pub(crate) who: String,
    pub(crate) days: String,
    pub(crate) is_running: bool,
    pub(crate) end: String,
    pub(crate) end_label: String,
    /// The id, where the person can act by it now.
    pub(crate) act: Option<i64>,
    /// Words of the button by which the person acts.
    pub(crate) act_label: String,
}

/// The deputies of an account, ready to print.
#[derive(Default)]
pub(crate) struct DeputiesView {
    pub(crate) lines: Vec<DeputyLine>,
    /// Where a new one is sent.
    pub(crate) action: String,
    pub(crate) faults: Vec<String>,
    pub(crate) typed: Named,
    /// Login and name of those of the same unit.
    pub(crate) colleagues: Vec<(String, String)>,
    /// Whether they are the person's own.
    pub(crate) is_own: bool,
    /// Whether one can be named.
    pub(crate) may_name: bool,
}

impl DeputiesView {
    /// Those of the person who looks, or of somebody else.
    pub(super) fn new(words: Words, deputies: &Deputies, is_own: bool) -> Self {
        let line = |deputy: &Deputy, who: String, can_act: bool| DeputyLine {
            who,
            days: words.deputy_days(words.date(deputy.from), words.date(deputy.until)),
            is_running: deputy.is_running,
            end: Url::new("/account/deputies/{}/end", &[&deputy.id.to_string()]).into(),
            end_label: words.deputy_end_label(&deputy.deputy.name),
            act: (can_act && deputy.is_running).then_some(deputy.id),
            act_label: words.deputy_act(&deputy.principal.name),
        };
        let for_person = deputies.for_person.iter().map(|deputy| {
            let who = if is_own {
                words.deputy_for_person(&deputy.deputy.name)
            } else {
                words.deputy_for_other(&deputy.deputy.name, &deputy.principal.name)
            };
            line(deputy, who, false)
        });
        let by_person = deputies.by_person.iter().map(|deputy| {
            let who = if is_own {
                words.deputy_by_person(&deputy.principal.name)
            } else {
                words.deputy_for_other(&deputy.deputy.name, &deputy.principal.name)
            };
            line(deputy, who, is_own)
        });
        Self { lines: for_person.chain(by_person).collect(), is_own, ..Self::default() }
    }
}

/// What the form states.
#[derive(Deserialize, Default)]
pub(crate) struct Named {
    #[serde(default)]
    pub(crate) deputy: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) until: String,
}

/// Names a deputy; what is wrong with the form, if it is refused.
async fn name(
    state: &WebState,
    person: &SignedIn,
    principal: Option<&str>,
    form: &Named,
) -> Result<Vec<String>, Error> {
    let words = person.words();
    let days = (form.from.trim().parse::<Date>(), form.until.trim().parse::<Date>());
    let (Ok(from), Ok(until)) = days else { return Ok(vec![words.deputy_not_day().to_owned()]) };
    let principal = principal.map(ToOwned::to_owned);
    let new = NewDeputy { principal, deputy: form.deputy.clone(), from, until };
    match accounts::name_deputy(&state.app, &person.ctx, new).await {
        Ok(()) => Ok(Vec::new()),
        Err(app::Error::Invalid(problems)) => Ok(problems.iter().map(|found| words.problem(found)).collect()),
        Err(error) => Err(error.into()),
    }
}

/// POST `/account/deputies`: somebody acts for the person.
pub(crate) async fn name_own(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<Named>,
) -> Result<Response, Error> {
    let faults = name(&state, &person, None, &form).await?;
    if faults.is_empty() {
        return Ok(Redirect::to("/account?done=deputy#deputies").into_response());
    }
    let owner = AccountOwner { person, demand: None };
    let page = super::account::with_deputy_faults(&state, &owner, faults, form).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// POST `/accounts/{login}/deputies`: somebody acts for another person.
pub(crate) async fn name_other(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(form): Form<Named>,
) -> Result<Response, Error> {
    let faults = name(&state, &person, Some(&login), &form).await?;
    if faults.is_empty() {
        let url = Url::new("/accounts/{}", &[&login]).with_param("done", "deputy");
        return Ok(Redirect::to(&url.to_string()).into_response());
    }
    let page = one::page(&state, &person, &login, None, (faults, form)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Ended {
    /// Whose page it stands on, if it is not the own one.
    #[serde(default)]
    of: String,
}

/// POST `/account/deputies/{id}/end`.
pub(crate) async fn end(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Ended { of }): Form<Ended>,
) -> Result<Redirect, Error> {
    accounts::end_deputy(&state.app, &person.ctx, id).await?;
    let url = match of.as_str() {
        "" => Url::new("/account", &[]),
        login => Url::new("/accounts/{}", &[login]),
    };
    Ok(Redirect::to(&url.with_param("done", "deputy-ended").to_string()))
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct ActFor {
    /// The deputy's id; nothing to go back to the own account.
    #[serde(default)]
    deputy: String,
}

/// POST `/account/act-for`: the session goes on for somebody else, or for the person again.
pub(crate) async fn act_for(
    State(state): State<Arc<WebState>>,
    AccountOwner { person, .. }: AccountOwner,
    Form(form): Form<ActFor>,
) -> Result<Redirect, Error> {
    let deputy = match form.deputy.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::BadForm(format!("deputy={text}")))?),
    };
    accounts::act_for(&state.app, &person.ctx, deputy).await?;
    Ok(Redirect::to(if deputy.is_some() { "/todo" } else { "/" }))
}
