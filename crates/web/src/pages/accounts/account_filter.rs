//! Which accounts are listed: the form above the list, the list as a sheet, and locking all that it holds.

use std::sync::Arc;

use app::{
    Snapshot,
    accounts::{self, AccountQuery, StateFilter},
    units::named,
};
use axum::{
    extract::State,
    response::{Redirect, Response},
};
use serde::Deserialize;
use sheet::write::SheetFrame;

use super::require_managing;
use crate::{
    Error, WebState,
    address::Params,
    form::Form,
    layout::{Area, Layout, role_name},
    parts::{
        download::{self, XLSX},
        downloads::Downloads,
        export::file_name,
    },
    request_context::SignedIn,
    urls::Url,
};

/// Days without a sign-in that can be chosen.
const DAYS: [u16; 4] = [30, 90, 180, 365];

/// What is asked for, as it stands in the address.
pub(super) struct FoundQuery {
    /// Part of a login, a name, or the name or code of a unit.
    q: String,
    /// Code of a unit.
    unit: String,
    /// Id of a role.
    role: String,
    /// A state, by its name in [`state_named`].
    state: String,
}

impl FoundQuery {
    pub(super) fn read(params: &Params) -> Self {
        let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
        Self { q: text("q"), unit: text("unit"), role: text("role"), state: text("state") }
    }

    /// What storage is asked for.
    pub(super) fn query(&self, person: &SignedIn) -> Result<AccountQuery, Error> {
        require_managing(person)?;
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let unit = match self.unit.as_str() {
            "" => None,
            text => Some(named(&person.ctx, &person.snapshot, text)?),
        };
        let state = match self.state.as_str() {
            "" => None,
            name => Some(state_named(name).ok_or_else(|| Error::BadAddress(format!("state={name}")))?),
        };
        Ok(AccountQuery { text: some(&self.q), unit, role: some(&self.role), state })
    }

    /// The same question at an address.
    pub(super) fn url(&self, path: &str) -> Url {
        let pairs = [("q", &self.q), ("unit", &self.unit), ("role", &self.role), ("state", &self.state)];
        let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        given.fold(Url::new(path, &[]), |url, (name, value)| url.with_param(name, value))
    }
}

/// The state that an address names.
fn state_named(name: &str) -> Option<StateFilter> {
    match name {
        "active" => Some(StateFilter::Active),
        "waiting" => Some(StateFilter::Waiting),
        "expired" => Some(StateFilter::Expired),
        "disabled" => Some(StateFilter::Disabled),
        "never" => Some(StateFilter::NeverUsed),
        name => name.strip_prefix("unused-")?.parse().ok().map(StateFilter::Unused),
    }
}

/// The form, ready to print.
pub(super) struct FoundForm {
    pub(super) text: String,
    /// Districts to choose from: code, name, whether it is chosen.
    pub(super) units: Vec<(String, String, bool)>,
    pub(super) roles: Vec<(String, String, bool)>,
    pub(super) states: Vec<(String, String, bool)>,
    /// The list as a sheet.
    pub(super) downloads: Downloads,
    /// What the form that locks sends along.
    pub(super) hidden: [(&'static str, String); 4],
}

impl FoundForm {
    pub(super) fn new(person: &SignedIn, snapshot: &Snapshot, asked: FoundQuery) -> Self {
        let words = person.words();
        let states = [
            ("active", words.accounts_active()),
            ("waiting", words.accounts_waiting()),
            ("expired", words.accounts_expired()),
            ("disabled", words.accounts_disabled()),
            ("never", words.accounts_never_used()),
        ];
        let mut states: Vec<(String, String)> =
            states.map(|(name, label)| (name.to_owned(), label.to_owned())).to_vec();
        states.extend(DAYS.map(|days| (format!("unused-{days}"), words.accounts_unused_days(days))));
        let is_listed = states.iter().any(|(name, _)| *name == asked.state);
        if let (false, Some(StateFilter::Unused(days))) = (is_listed, state_named(&asked.state)) {
            states.push((asked.state.clone(), words.accounts_unused_days(days)));
        }
        let roles = snapshot.definition.roles.iter();
        let roles = roles.map(|role| (role.id().to_owned(), role_name(words, role).to_owned()));
        let chosen = |pairs: Vec<(String, String)>, value: &str| -> Vec<(String, String, bool)> {
            pairs.into_iter().map(|(id, name)| (id.clone(), name, id == value)).collect()
        };
        Self {
            units: chosen(districts(person, snapshot, &asked.unit), &asked.unit),
            roles: chosen(roles.collect(), &asked.role),
            states: chosen(states, &asked.state),
            downloads: Downloads::page(words, asked.url("/account-list/export.xlsx")),
            text: asked.q.clone(),
            hidden: [("q", asked.q), ("unit", asked.unit), ("role", asked.role), ("state", asked.state)],
        }
    }
}

/// Code and name of the unions directly below the person's unit, and of the unit that was asked for.
pub(super) fn districts(person: &SignedIn, snapshot: &Snapshot, asked: &str) -> Vec<(String, String)> {
    let today = person.ctx.today(snapshot).month();
    let own = person.ctx.unit().or_else(|| snapshot.root());
    let below = own.into_iter().flat_map(|own| snapshot.tree.children(own, today));
    let unions = below.filter_map(|(child, _)| snapshot.view(child)).filter(app::UnitView::is_union);
    let mut pairs: Vec<(String, String)> = unions.map(|unit| (unit.code, unit.name)).collect();
    if let Some(unit) = snapshot.unit_by_code(asked).filter(|_| !asked.is_empty()) {
        pairs.push((unit.code.clone(), unit.name.clone()));
    }
    pairs.sort();
    pairs.dedup();
    pairs
}

/// GET `/account-list/export.xlsx`: all accounts that the list with the same parameters holds.
pub(crate) async fn export(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Response, Error> {
    let query = FoundQuery::read(&params).query(&person)?;
    let layout = Layout::new(&person, &person.snapshot, Area::Users, person.words().accounts_title());
    let lines = layout.sheet_lines();
    let frame = SheetFrame { title: &layout.title, lines: &lines, footer: person.words().heading_footer() };
    let bytes = accounts::export(&state.app, &person.ctx, &query, &frame).await?;
    download::bytes(&file_name(&layout, "", "xlsx"), XLSX, bytes)
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Locked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    role: String,
    state: String,
    /// How many there were when the page was shown.
    count: usize,
}

/// POST `/account-list/lock`: locks the accounts that were listed, if they are still the same number.
pub(crate) async fn lock(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(Locked { q, unit, role, state: state_name, count }): Form<Locked>,
) -> Result<Redirect, Error> {
    let asked = FoundQuery { q, unit, role, state: state_name };
    let query = asked.query(&person)?;
    let list = asked.url("/accounts");
    let url = match accounts::disable_found(&state.app, &person.ctx, &query, count).await {
        Ok((locked, left)) => {
            let url = list.with_param("locked", locked);
            url.with_some("left", Some(left).filter(|left| *left > 0))
        }
        Err(app::Error::Stale { .. }) => list.with_param("changed", "yes"),
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&url.to_string()))
}
