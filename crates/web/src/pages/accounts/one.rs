//! One account, for whoever manages it: what is known of it, deputies, and the way to a successor or a new code.

use std::sync::Arc;

use app::accounts;
use askama::Template;
use axum::{extract::State, response::Html};
use model::clock::day_of;

use super::{
    deputies::{DeputiesView, Named},
    last_sign_in, state_chip,
};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout, role_name},
    request_context::SignedIn,
    urls::Url,
};

#[derive(Template)]
#[template(path = "accounts/one.html")]
struct OnePage {
    layout: Layout,
    title: String,
    notice: Option<&'static str>,
    login: String,
    name: String,
    role: String,
    unit: String,
    state: (&'static str, &'static str),
    /// The last day of its code.
    code_until: Option<String>,
    last_sign_in: String,
    telephone: Option<String>,
    /// Who has taken it over.
    successor: Option<String>,
    hand_over: String,
    code: String,
    /// One-time key of the form for a code.
    key: String,
    days: i64,
    is_self: bool,
    is_disabled: bool,
    deputies: DeputiesView,
}

/// GET `/accounts/{login}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let notice = match params.get("done") {
        Some("deputy") => Some(words.deputy_named()),
        Some("deputy-ended") => Some(words.deputy_ended()),
        _ => None,
    };
    page(&state, &person, &login, notice, (Vec::new(), Named::default())).await
}

pub(super) async fn page(
    state: &WebState,
    person: &SignedIn,
    login: &str,
    notice: Option<&'static str>,
    (faults, typed): (Vec<String>, Named),
) -> Result<Html<String>, Error> {
    let words = person.words();
    let account = accounts::account(&state.app, &person.ctx, login).await?;
    let found = accounts::deputies_of(&state.app, &person.ctx, login).await?;
    let title = words.accounts_one(&account.name);
    let mut layout = Layout::new(person, &person.snapshot, Area::Users, title.clone());
    layout.address = Url::new("/accounts/{}", &[login]).into();
    let deputies = DeputiesView {
        faults,
        typed,
        action: Url::new("/accounts/{}/deputies", &[login]).into(),
        may_name: person.ctx.acting_for.is_none() && !account.is_disabled,
        ..DeputiesView::new(words, &found, false)
    };
    print(&OnePage {
        layout,
        title,
        notice,
        role: role_name(words, &account.role).to_owned(),
        unit: account.unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
        state: state_chip(words, &account, person.ctx.clock.now()),
        code_until: account.code_expires_at.map(|end| words.date(day_of(end))),
        last_sign_in: last_sign_in(words, &account),
        telephone: account.telephone.clone(),
        successor: account.successor.as_ref().map(|person| format!("{} · {}", person.name, person.login)),
        hand_over: Url::new("/accounts/{}/hand-over", &[login]).into(),
        code: Url::new("/accounts/{}/code", &[login]).into(),
        key: accounts::token(),
        days: accounts::DEFAULT_DAYS,
        is_self: person.ctx.is_own_account(login),
        is_disabled: account.is_disabled,
        login: account.login,
        name: account.name,
        deputies,
    })
}
