//! Handing an account over to a successor: the own one, or one that the person manages.

use std::sync::Arc;

use app::{
    Snapshot,
    accounts::{self, HandOver, HandOverView, HandedForm, HandedOver, Successor},
    todo::{Counts, MOST},
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use model::clock::day_of;
use serde::Deserialize;
use words::Words;

use crate::{
    Error, WebState,
    address::Path,
    cookies::{self, Keep},
    error::print,
    form::Form,
    layout::{Area, Layout},
    request_context::SignedIn,
    urls::Url,
};

#[derive(Template)]
#[template(path = "accounts/hand_over.html")]
struct HandOverPage {
    layout: Layout,
    title: String,
    faults: Vec<String>,
    is_own: bool,
    action: String,
    back: String,
    todo: Option<String>,
    drafts: Vec<String>,
    /// How many drafts there are, when not all are shown.
    more_drafts: Option<String>,
    views: Vec<String>,
    /// Login, and name with login.
    candidates: Vec<(String, String)>,
    may_add: bool,
    typed: Handed,
}

#[derive(Template)]
#[template(path = "accounts/handed_over.html")]
struct HandedOverPage {
    layout: Layout,
    done: String,
    drafts: String,
    left: Option<String>,
    /// Login, code and last day of an account that was made.
    slip: Option<(String, String, String)>,
    is_own: bool,
}

/// What the form states.
#[derive(Deserialize, Default)]
pub(crate) struct Handed {
    /// Login of who takes over.
    #[serde(default)]
    successor: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// GET `/account/hand-over`.
pub(crate) async fn show_own(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    page(&state, &person, None, Vec::new(), Handed::default()).await
}

/// GET `/accounts/{login}/hand-over`.
pub(crate) async fn show_other(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
) -> Result<Html<String>, Error> {
    page(&state, &person, Some(&login), Vec::new(), Handed::default()).await
}

/// POST `/account/hand-over`.
pub(crate) async fn submit_own(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<Handed>,
) -> Result<Response, Error> {
    submit(&state, &person, None, form).await
}

/// POST `/accounts/{login}/hand-over`.
pub(crate) async fn submit_other(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(form): Form<Handed>,
) -> Result<Response, Error> {
    submit(&state, &person, Some(&login), form).await
}

async fn page(
    state: &WebState,
    person: &SignedIn,
    login: Option<&str>,
    faults: Vec<String>,
    typed: Handed,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let view = accounts::hand_over_view(&state.app, &person.ctx, login).await?;
    let title = if view.is_own {
        words.hand_over_title().to_owned()
    } else {
        words.hand_over_title_of(&view.person.name)
    };
    let area = if view.is_own { Area::Own } else { Area::Users };
    let (action, back) = if view.is_own {
        (Url::new("/account/hand-over", &[]), Url::new("/account", &[]))
    } else {
        let login = [view.person.login.as_str()];
        (Url::new("/accounts/{}/hand-over", &login), Url::new("/accounts/{}", &login))
    };
    let mut layout = Layout::new(person, &view.snapshot, area, title.clone());
    layout.address = action.to_string();
    let HandOverView { snapshot, drafts, views, candidates, .. } = &view;
    let form = |form: &HandedForm| words.filter_is(form_name(words, snapshot, &form.form), &form.name);
    let shown = i64::try_from(drafts.len()).unwrap_or(0);
    print(&HandOverPage {
        layout,
        title,
        faults,
        is_own: view.is_own,
        action: action.into(),
        back: back.into(),
        todo: view.todo.map(|counts| todo_text(words, &counts)),
        drafts: drafts.iter().map(form).collect(),
        more_drafts: (view.draft_count > shown).then(|| words.hand_over_more(words.count(view.draft_count))),
        views: views.iter().map(form).collect(),
        candidates: candidates
            .iter()
            .map(|person| (person.login.clone(), format!("{} · {}", person.name, person.login)))
            .collect(),
        may_add: view.may_add,
        typed,
    })
}

fn form_name<'a>(words: Words, snapshot: &'a Snapshot, id: &'a str) -> &'a str {
    let form = snapshot.definition.form(id);
    form.map_or(id, |(_, form)| words.pick(&form.label.zh, &form.label.en))
}

fn todo_text(words: Words, counts: &Counts) -> String {
    let number = |count: i64| {
        let text = words.count(count);
        if count >= MOST { format!("{} {text}", words.hand_over_todo_many()) } else { text }
    };
    words.hand_over_todo_count(number(counts.all), number(counts.overdue), number(counts.week))
}

async fn submit(
    state: &WebState,
    person: &SignedIn,
    login: Option<&str>,
    form: Handed,
) -> Result<Response, Error> {
    let words = person.words();
    let successor = match (form.successor.trim(), form.name.trim()) {
        ("", "") => {
            let faults = vec![words.hand_over_choose().to_owned()];
            let page = page(state, person, login, faults, form).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        ("", name) => Successor::New { login: form.login.clone(), name: name.to_owned() },
        (existing, _) => Successor::Existing(existing.to_owned()),
    };
    let is_own = login.is_none_or(|login| person.ctx.is_own_account(login));
    let request =
        HandOver { login: login.map(ToOwned::to_owned), successor, password: form.password.clone() };
    let faults = match accounts::hand_over(&state.app, &person.ctx, request).await {
        Ok(handed) => return done(state, person, is_own, handed),
        Err(app::Error::Invalid(problems)) => problems.iter().map(|found| words.problem(found)).collect(),
        Err(app::Error::SignInRefused) => vec![words.account_password_wrong().to_owned()],
        Err(app::Error::TooManyAttempts { seconds }) => vec![words.account_password_wait(seconds)],
        Err(error) => return Err(error.into()),
    };
    let page = page(state, person, login, faults, Handed { password: String::new(), ..form }).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn done(state: &WebState, person: &SignedIn, is_own: bool, handed: HandedOver) -> Result<Response, Error> {
    let words = person.words();
    let title = words.hand_over_done(&handed.successor.name);
    let mut layout = Layout::new(person, &person.snapshot, Area::Users, title.clone());
    "/accounts".clone_into(&mut layout.address);
    if is_own {
        layout.menu.clear();
        layout.person = None;
        "/login".clone_into(&mut layout.address);
    }
    let left = Some(handed.drafts_left).filter(|left| *left > 0);
    let page = print(&HandedOverPage {
        layout,
        done: title,
        drafts: words.hand_over_done_drafts(words.count(handed.drafts), words.count(handed.views)),
        left: left.map(|left| words.hand_over_done_left(words.count(left))),
        slip: handed.slip.map(|(slip, end)| (slip.login, slip.code, words.date(day_of(end)))),
        is_own,
    })?;
    let cookie = cookies::write(cookies::SESSION, "", Keep::Seconds(0), state.options.is_https);
    let headers: HeaderMap =
        cookie.filter(|_| is_own).into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
    Ok((headers, page).into_response())
}
