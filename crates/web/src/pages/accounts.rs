//! Accounts: those that the person manages, found by text, district, role and state; a new account; locking those
//! that nobody uses. For whoever manages accounts.

pub(crate) mod account;
pub(crate) mod account_filter;
pub(crate) mod change;
pub(crate) mod codes;
pub(crate) mod deputies;
pub(crate) mod hand_over;
pub(crate) mod one;
pub(crate) mod second_factor;
pub(crate) mod sessions;

use std::sync::Arc;

use app::{
    Action, Role, Snapshot, accounts,
    accounts::{AccountView, NewAccount, SHORTEST_PASSWORD, StateFilter},
    units::named,
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use model::clock::day_of;
use serde::Deserialize;
use words::Words;

use self::account_filter::{FoundForm, FoundQuery};
use crate::{
    Error, WebState,
    address::Params,
    error::print,
    form::Form,
    layout::{Area, Layout, role_name},
    parts::pager::Pager,
    request_context::SignedIn,
    urls::Url,
};

/// People on one page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    layout: Layout,
    /// Pages about accounts that the person may see: words and address.
    /// What has just been done.
    notice: Option<String>,
    /// Why the form was refused.
    faults: Vec<String>,
    new: New,
    roles: Vec<(String, String, String)>,
    rule: String,
    found: FoundForm,
    rows: Vec<AccountRow>,
    /// That these accounts can be locked together: words of the button, and how many there are.
    lock: Option<(String, usize)>,
    pager: Pager,
}

/// One person, ready to print.
#[expect(clippy::struct_excessive_bools, reason = "the page shows each of these beside the others")]
struct AccountRow {
    login: String,
    name: String,
    role: String,
    unit: String,
    code: String,
    /// The class of its state, and the words for it.
    state: (&'static str, &'static str),
    last_sign_in: String,
    is_disabled: bool,
    is_self: bool,
    is_managed: bool,
    has_second_factor: bool,
    /// The role as its form states it.
    role_id: String,
    /// Words for the field of a new password.
    password_label: String,
    one: String,
    password: String,
    disable: String,
    enable: String,
    assign: String,
    remove_second_factor: String,
}

/// GET `/accounts`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&page(&state, &person, &params, New::default(), Vec::new()).await?)
}

async fn page(
    state: &WebState,
    person: &SignedIn,
    params: &Params,
    new: New,
    faults: Vec<String>,
) -> Result<AccountsPage, Error> {
    let words = person.words();
    let page = Pager::requested_page(params)?;
    let asked = FoundQuery::read(params);
    let query = asked.query(person)?;
    let found = accounts::search(&state.app, &person.ctx, &query, (page - 1) * SHOWN, SHOWN).await?;
    let snapshot = found.snapshot;
    let url = asked.url("/accounts");
    let mut layout = Layout::new(person, &snapshot, Area::Users, words.accounts_title())
        .with_list(!found.accounts.is_empty());
    "/accounts".clone_into(&mut layout.address);
    let is_unused = query.state.is_some_and(StateFilter::is_unused) && found.total > 0;
    let roles = accounts::grantable_roles(&person.ctx, &snapshot);
    Ok(AccountsPage {
        notice: notice(words, params),
        faults,
        new,
        roles: roles.iter().map(|role| role_option(words, role)).collect(),
        rule: words.accounts_password_rule(SHORTEST_PASSWORD),
        lock: is_unused.then(|| (words.accounts_lock_found(words.count(found.total)), found.total)),
        pager: Pager::new(words, page, SHOWN, found.total, &url),
        rows: found.accounts.iter().map(|account| row(person, account)).collect(),
        found: FoundForm::new(person, &snapshot, asked),
        layout,
    })
}

/// Asked before anything else that a form or an address states is looked at.
fn require_managing(person: &SignedIn) -> Result<(), Error> {
    let action = Action::ManageAccounts;
    if person.ctx.allows(action) { Ok(()) } else { Err(app::Error::Forbidden(action.into()).into()) }
}

fn row(person: &SignedIn, found: &AccountView) -> AccountRow {
    let words = person.words();
    let address = |what: &str| Url::new("/accounts/{}/{}", &[&found.login, what]).to_string();
    AccountRow {
        role: role_name(words, &found.role).to_owned(),
        code: found.unit.as_ref().map(|unit| unit.code.clone()).unwrap_or_default(),
        unit: found.unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
        state: state_chip(words, found, person.ctx.clock.now()),
        last_sign_in: last_sign_in(words, found),
        is_disabled: found.is_disabled,
        is_self: person.ctx.is_own_account(&found.login),
        is_managed: found.is_managed,
        password_label: words.accounts_password_of(&found.name),
        one: Url::new("/accounts/{}", &[&found.login]).to_string(),
        password: address("password"),
        disable: address("disable"),
        enable: address("enable"),
        assign: address("assign"),
        remove_second_factor: Url::new("/accounts/{}/second-factor/remove", &[&found.login]).to_string(),
        has_second_factor: found.has_second_factor,
        role_id: found.role.id().to_owned(),
        login: found.login.clone(),
        name: found.name.clone(),
    }
}

/// The class of an account's state, and the words for it.
fn state_chip(words: Words, account: &AccountView, now: Timestamp) -> (&'static str, &'static str) {
    let is_ended = account.code_expires_at.is_none_or(|end| end <= now);
    let class = match account {
        account if account.is_disabled => "behind",
        account if account.has_password => "met",
        _ if is_ended => "behind",
        _ => "due",
    };
    (class, accounts::state_name(words, account, now))
}

fn last_sign_in(words: Words, account: &AccountView) -> String {
    match account.last_sign_in_at {
        Some(moment) => words.date(day_of(moment)),
        None => words.accounts_never().to_owned(),
    }
}

/// Id, name and help of a role to choose.
fn role_option(words: Words, role: &Role) -> (String, String, String) {
    let help = words.pick(&role.help().zh, &role.help().en);
    (role.id().to_owned(), role_name(words, role).to_owned(), help.to_owned())
}

/// What has just been done, from the address that the form led to.
fn notice(words: Words, params: &Params) -> Option<String> {
    let done = |name: &str| params.get(name);
    done("created")
        .map(|login| words.accounts_created(login))
        .or_else(|| done("reset").map(|login| words.accounts_was_reset(login)))
        .or_else(|| done("disabled").map(|login| words.accounts_was_disabled(login)))
        .or_else(|| done("enabled").map(|login| words.accounts_was_enabled(login)))
        .or_else(|| done("assigned").map(|login| words.accounts_was_assigned(login)))
        .or_else(|| done("second-factor").map(|login| words.accounts_second_factor_removed(login)))
        .or_else(|| match (done("locked"), done("left")) {
            (Some(count), None) => Some(words.accounts_locked(count)),
            (Some(count), Some(left)) => Some(words.accounts_locked_left(count, left)),
            (None, _) => None,
        })
        .or_else(|| done("changed").map(|_| words.accounts_found_changed().to_owned()))
}

/// What the form states.
#[derive(Deserialize, Default)]
pub(crate) struct New {
    login: String,
    name: String,
    role: String,
    unit: String,
    password: String,
}

/// POST `/accounts`: a new account, or the form again with what is wrong.
pub(crate) async fn add(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<New>,
) -> Result<Response, Error> {
    let words = person.words();
    let faults = match added(&state, &person, &form).await {
        Ok(()) => {
            let url = Url::new("/accounts", &[]).with_param("created", form.login.trim());
            return Ok(Redirect::to(&url.to_string()).into_response());
        }
        Err(Error::App(app::Error::Invalid(problems))) => {
            problems.iter().map(|problem| words.problem(problem)).collect()
        }
        Err(Error::App(app::Error::Stale { .. })) => vec![words.accounts_name_taken(form.login.trim())],
        Err(error) => return Err(error),
    };
    let page = page(&state, &person, &Params::default(), form, faults).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
}

async fn added(state: &WebState, person: &SignedIn, form: &New) -> Result<(), Error> {
    require_managing(person)?;
    let snapshot = state.app.current(&person.ctx).await?;
    let role = role_named(&snapshot, &form.role)?;
    let unit = named(&person.ctx, &snapshot, &form.unit)?;
    let new = NewAccount {
        login: form.login.clone(),
        name: form.name.clone(),
        role,
        unit_code: snapshot.view(unit).map(|unit| unit.code).unwrap_or_default(),
        password: form.password.clone(),
    };
    Ok(accounts::add(&state.app, &person.ctx, new).await?)
}

/// The role that a form names.
fn role_named(snapshot: &Snapshot, id: &str) -> Result<Role, Error> {
    let role = snapshot.definition.role(id).cloned();
    role.ok_or_else(|| Error::BadForm(format!("role={id}")))
}
