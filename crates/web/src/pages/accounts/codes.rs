//! Activation codes: accounts in bulk from the roster or a sheet, new codes, and the codes that were made. A list of
//! codes is the answer to the form and is stored nowhere.

mod sheet;
mod slips;

use std::sync::Arc;

use app::{
    RoleLevel, Snapshot,
    accounts::{self, Batch, CodeRequest, DEFAULT_DAYS, IssueScope, MOST_CODE_DAYS},
    units::named,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Redirect, Response},
};
use model::clock::day_of;
use serde::Deserialize;
use words::Words;

use super::{account_filter::districts, require_managing, role_named};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::Form,
    layout::{Area, Layout, role_name},
    parts::{
        actor::Actors,
        download::{self, XLSX},
    },
    request_context::SignedIn,
    urls::Url,
};

pub(crate) use sheet::submit as submit_sheet;

#[derive(Template)]
#[template(path = "accounts/codes.html")]
struct CodesPage {
    layout: Layout,
    notice: Option<String>,
    faults: Vec<String>,
    /// Faults of a sheet: row, column, content, problem.
    sheet_faults: Vec<(u32, &'static str, String, String)>,
    /// Areas to choose from: code and name, the own unit first.
    units: Vec<(String, String)>,
    /// Roles to choose from: id, name, whether it is the usual one.
    roles: Vec<(String, String, bool)>,
    /// One-time key of each form.
    keys: [String; 3],
    days: i64,
    days_help: String,
    batches: Vec<BatchRow>,
}

/// Codes that were made together, ready to print.
struct BatchRow {
    issued_at: String,
    issued_by: String,
    unit: String,
    until: String,
    accounts: String,
    open: String,
    ended: String,
    has_unused: bool,
    reissue: String,
    withdraw: String,
    key: String,
}

/// What a page of the codes says above its forms.
#[derive(Default)]
struct Notices {
    notice: Option<String>,
    faults: Vec<String>,
    sheet_faults: Vec<(u32, &'static str, String, String)>,
}

/// GET `/activation-codes`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let notice = params.get("withdrawn").map(|count| words.codes_withdrawn(count));
    page(&state, &person, Notices { notice, ..Notices::default() }).await
}

async fn page(state: &WebState, person: &SignedIn, notices: Notices) -> Result<Html<String>, Error> {
    let (words, snapshot) = (person.words(), &person.snapshot);
    let batches = accounts::batches(&state.app, &person.ctx).await?;
    let actors = Actors::load(state, person, batches.iter().map(|batch| batch.issued_by.as_str())).await?;
    let own = person.ctx.unit().or_else(|| snapshot.root()).and_then(|own| snapshot.view(own));
    let own = own.map(|own| (own.code, own.name));
    let roles = accounts::grantable_roles(&person.ctx, snapshot);
    let usual = roles.iter().find(|role| role.level() == RoleLevel::Grassroots).or(roles.first());
    let usual = usual.map(|role| role.id().to_owned()).unwrap_or_default();
    let mut layout = Layout::new(person, snapshot, Area::Users, words.codes_title());
    "/activation-codes".clone_into(&mut layout.address);
    print(&CodesPage {
        layout,
        notice: notices.notice,
        faults: notices.faults,
        sheet_faults: notices.sheet_faults,
        units: own.into_iter().chain(districts(person, snapshot, "")).collect(),
        roles: roles
            .iter()
            .map(|role| (role.id().to_owned(), role_name(words, role).to_owned(), role.id() == usual))
            .collect(),
        keys: [accounts::token(), accounts::token(), accounts::token()],
        days: DEFAULT_DAYS,
        days_help: words.codes_days_help(MOST_CODE_DAYS),
        batches: batches.into_iter().map(|batch| batch_row(words, &actors, batch)).collect(),
    })
}

fn batch_row(words: Words, actors: &Actors, batch: Batch) -> BatchRow {
    let id = batch.id.to_string();
    BatchRow {
        issued_at: words.moment(batch.issued_at),
        issued_by: actors.name(&batch.issued_by),
        unit: batch.unit.map(|unit| unit.name).unwrap_or_default(),
        until: words.date(day_of(batch.expires_at)),
        accounts: words.count(batch.accounts),
        open: words.count(batch.open),
        ended: words.count(batch.ended),
        has_unused: batch.open + batch.ended > 0,
        reissue: Url::new("/activation-codes/{}/reissue", &[&id]).into(),
        withdraw: Url::new("/activation-codes/{}/withdraw", &[&id]).into(),
        key: accounts::token(),
    }
}

/// What the forms state.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    key: String,
    /// `new` or `again`.
    #[serde(default)]
    what: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    role: String,
    days: i64,
    /// `print` or `xlsx`.
    #[serde(default)]
    output: String,
}

/// POST `/activation-codes`: codes for all units without an account, or for all who have not begun.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    headers: HeaderMap,
    Form(form): Form<Wanted>,
) -> Result<Response, Error> {
    require_managing(&person)?;
    let snapshot: &Snapshot = &person.snapshot;
    let unit = named(&person.ctx, snapshot, &form.unit)?;
    let scope = if form.what == "again" {
        IssueScope::Waiting { unit }
    } else {
        IssueScope::NewAccounts { unit, role: role_named(snapshot, &form.role)? }
    };
    issue(&state, &person, &headers, scope, form).await
}

/// POST `/activation-codes/{batch}/reissue`: new codes for all of a batch who have not begun.
pub(crate) async fn reissue(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(batch): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<Wanted>,
) -> Result<Response, Error> {
    issue(&state, &person, &headers, IssueScope::Batch(batch), form).await
}

/// POST `/accounts/{login}/code`: a new code for one account.
pub(crate) async fn issue_for_account(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Wanted>,
) -> Result<Response, Error> {
    issue(&state, &person, &headers, IssueScope::Account(login), form).await
}

async fn issue(
    state: &WebState,
    person: &SignedIn,
    headers: &HeaderMap,
    scope: IssueScope,
    form: Wanted,
) -> Result<Response, Error> {
    let request = CodeRequest { key: form.key, scope, days: form.days };
    match accounts::issue(&state.app, &person.ctx, &request).await {
        Ok(issued) if issued.batch.is_none() => {
            let notice = Some(person.words().codes_nobody().to_owned());
            Ok(page(state, person, Notices { notice, ..Notices::default() }).await?.into_response())
        }
        Ok(issued) => slips::answer(state, person, headers, issued, &form.output),
        Err(error) => refused(state, person, error).await,
    }
}

/// The page again with why nothing was made.
async fn refused(state: &WebState, person: &SignedIn, error: app::Error) -> Result<Response, Error> {
    let words = person.words();
    let error = Error::from(error);
    let faults = match &error {
        Error::App(app::Error::Stale { what: app::Thing::CodeBatch }) => {
            vec![words.codes_repeated().to_owned()]
        }
        Error::App(app::Error::Stale { .. }) => vec![words.codes_raced().to_owned()],
        Error::App(app::Error::Invalid(_) | app::Error::File(_)) => error.details(words),
        _ => return Err(error),
    };
    let page = page(state, person, Notices { faults, ..Notices::default() }).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// POST `/activation-codes/{batch}/withdraw`.
pub(crate) async fn withdraw(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(batch): Path<i64>,
    Form(super::change::Nothing {}): Form<super::change::Nothing>,
) -> Result<Redirect, Error> {
    let count = accounts::withdraw(&state.app, &person.ctx, batch).await?;
    let url = Url::new("/activation-codes", &[]).with_param("withdrawn", count);
    Ok(Redirect::to(&url.to_string()))
}

/// GET `/activation-codes/template.xlsx`.
pub(crate) async fn template(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Response, Error> {
    let bytes = accounts::sheet_template(&state.app, &person.ctx).await?;
    download::bytes(&format!("{}.xlsx", person.words().codes_sheet()), XLSX, bytes)
}
