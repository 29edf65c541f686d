//! People with access: seeing them all, adding one, new passwords, taking
//! access away. For the city office.

pub(crate) mod account;
pub(crate) mod change;

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
    urls::Url,
    visit::SignedIn,
};

/// People on one page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    layout: Layout,
    /// What has just been done.
    notice: Option<String>,
    /// Why the form was refused.
    faults: Vec<String>,
    new: New,
    roles: Vec<(&'static str, &'static str, &'static str)>,
    rule: String,
    search: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// One person, ready to print.
struct Row {
    login: String,
    name: String,
    role: &'static str,
    unit: String,
    code: String,
    is_disabled: bool,
    is_self: bool,
    /// Words for the field of a new password.
    password_label: String,
    password: String,
    disable: String,
    enable: String,
}

/// GET `/users`.
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
) -> Result<UsersPage, Error> {
    let words = person.words();
    let people = accounts::list(&state.app, &person.ctx).await?;
    let snapshot = state.app.current().await?;
    let search = params.get("q").unwrap_or_default().trim().to_owned();
    let found: Vec<Person> = people
        .into_iter()
        .filter(|found| found.login.contains(&search) || found.name.contains(&search))
        .collect();
    let page = Pager::asked(params)?;
    let url = Url::new("/users", &[]).with_some("q", Some(&search).filter(|search| !search.is_empty()));
    let mut layout = Layout::new(person, &snapshot, Area::Users, words.users_title());
    "/users".clone_into(&mut layout.address);
    Ok(UsersPage {
        layout,
        notice: notice(words, params),
        faults,
        new,
        roles: Role::ALL.map(|role| (role.name(), role_name(words, role), role_help(words, role))).to_vec(),
        rule: words.users_password_rule(SHORTEST_PASSWORD),
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

fn row(person: &SignedIn, snapshot: &Snapshot, found: &Person) -> Row {
    let words = person.words();
    let unit = snapshot.view(found.unit);
    let address = |what: &str| Url::new("/users/{}/{}", &[&found.login, what]).to_string();
    Row {
        role: role_name(words, found.role),
        code: unit.as_ref().map(|unit| unit.code.clone()).unwrap_or_default(),
        unit: unit.map(|unit| unit.name).unwrap_or_default(),
        is_disabled: found.is_disabled,
        is_self: person.ctx.audit_name() == found.login,
        password_label: words.users_password_of(&found.name),
        password: address("password"),
        disable: address("disable"),
        enable: address("enable"),
        login: found.login.clone(),
        name: found.name.clone(),
    }
}

fn role_help(words: Words, role: Role) -> &'static str {
    match role {
        Role::CityOffice => words.role_city_help(),
        Role::LevelTwoOfficer => words.role_level2_help(),
        Role::EnterpriseOfficer => words.role_enterprise_help(),
        Role::Viewer => words.role_viewer_help(),
    }
}

/// What has just been done, from the address that the form led to.
fn notice(words: Words, params: &Params) -> Option<String> {
    let done = |name: &str| params.get(name);
    done("created")
        .map(|login| words.users_created(login))
        .or_else(|| done("reset").map(|login| words.users_was_reset(login)))
        .or_else(|| done("disabled").map(|login| words.users_was_disabled(login)))
        .or_else(|| done("enabled").map(|login| words.users_was_enabled(login)))
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

/// POST `/users`: a new account, or the form again with what is wrong.
pub(crate) async fn add(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<New>,
) -> Result<Response, Error> {
    let words = person.words();
    let faults = match added(&state, &person, &form).await {
        Ok(()) => {
            let url = Url::new("/users", &[]).with("created", form.login.trim());
            return Ok(Redirect::to(&url.to_string()).into_response());
        }
        Err(Error::App(app::Error::Invalid(problems))) => {
            problems.iter().map(|problem| words.problem(problem)).collect()
        }
        Err(Error::App(app::Error::Stale { .. })) => vec![words.users_name_taken(form.login.trim())],
        Err(error) => return Err(error),
    };
    let page = page(&state, &person, &Params::default(), form, faults).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
}

async fn added(state: &WebState, person: &SignedIn, form: &New) -> Result<(), Error> {
    let snapshot = state.app.current().await?;
    let role = Role::parse(&form.role).ok_or_else(|| Error::BadForm(format!("role={}", form.role)))?;
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
