//! Accounts: the list of all, a new account, new passwords, ending an account.
//! For the city office.

pub(crate) mod account;
pub(crate) mod change;
pub(crate) mod second_factor;
pub(crate) mod sessions;

use std::sync::Arc;

use app::{
    Role, Snapshot, accounts,
    accounts::{NewAccount, Person, SHORTEST_PASSWORD},
    units::named,
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use words::Words;

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
    /// What has just been done.
    notice: Option<String>,
    /// Why the form was refused.
    faults: Vec<String>,
    new: New,
    roles: Vec<(String, String, String)>,
    rule: String,
    search: String,
    rows: Vec<AccountRow>,
    pager: Pager,
}

/// One person, ready to print.
struct AccountRow {
    login: String,
    name: String,
    role: String,
    unit: String,
    code: String,
    is_disabled: bool,
    is_self: bool,
    has_second_factor: bool,
    /// The role as its form states it.
    role_id: String,
    /// Words for the field of a new password.
    password_label: String,
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
    let people = accounts::list(&state.app, &person.ctx).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let search = params.get("q").unwrap_or_default().trim().to_owned();
    let found: Vec<Person> = people
        .into_iter()
        .filter(|found| found.login.contains(&search) || found.name.contains(&search))
        .collect();
    let page = Pager::requested_page(params)?;
    let url = Url::new("/accounts", &[]).with_some("q", Some(&search).filter(|search| !search.is_empty()));
    let mut layout = Layout::new(person, &snapshot, Area::Users, words.accounts_title());
    "/accounts".clone_into(&mut layout.address);
    Ok(AccountsPage {
        layout,
        notice: notice(words, params),
        faults,
        new,
        roles: roles(person, &snapshot),
        rule: words.accounts_password_rule(SHORTEST_PASSWORD),
        search,
        pager: Pager::new(words, page, SHOWN, found.len(), &url),
        rows: found
            .iter()
            .skip((page - 1) * SHOWN)
            .take(SHOWN)
            .map(|found| row(person, &snapshot, found))
            .collect(),
    })
}

fn row(person: &SignedIn, snapshot: &Snapshot, found: &Person) -> AccountRow {
    let words = person.words();
    let unit = snapshot.view(found.unit);
    let address = |what: &str| Url::new("/accounts/{}/{}", &[&found.login, what]).to_string();
    AccountRow {
        role: role_name(words, &found.role).to_owned(),
        code: unit.as_ref().map(|unit| unit.code.clone()).unwrap_or_default(),
        unit: unit.map(|unit| unit.name).unwrap_or_default(),
        is_disabled: found.is_disabled,
        is_self: person.ctx.audit_name() == found.login,
        password_label: words.accounts_password_of(&found.name),
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

/// The roles that the person may give.
fn roles(person: &SignedIn, snapshot: &Snapshot) -> Vec<(String, String, String)> {
    let given = snapshot.campaign.roles.iter().filter(|role| accounts::may_administer(&person.ctx, role));
    given.map(|role| role_option(person.words(), role)).collect()
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
    let role = snapshot.campaign.role(id).cloned();
    role.ok_or_else(|| Error::BadForm(format!("role={id}")))
}
