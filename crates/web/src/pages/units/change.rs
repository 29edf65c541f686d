//! Changing a unit: a form, then a preview of the effects, then the change. The form
//! and the preview are addresses (`GET`), so that a person can go back to them and they
//! work without scripts. Only the last request changes anything, and only if the unit
//! has not changed since the preview.

mod change_form;
mod confirmation;

use std::sync::Arc;

use app::{
    Action, Snapshot, UnitView,
    units::{self, Command},
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use ledger::hierarchy::Line;
use model::month::Month;
use words::Words;

pub(crate) use self::change_form::ChangeForm;
use self::confirmation::Confirmation;
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::head::Head,
    request_context::SignedIn,
    urls,
};

/// What can be done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Rename,
    Move,
    Guide,
    Merge,
    Close,
}

impl Sort {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 5] = [Self::Rename, Self::Move, Self::Guide, Self::Merge, Self::Close];

    /// Its name in addresses and in the audit.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Move => "move",
            Self::Guide => "guide",
            Self::Merge => "merge",
            Self::Close => "close",
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|sort| sort.name() == text).ok_or(Error::NoSuchPage)
    }

    /// Words for it.
    pub(crate) fn title(self, words: Words) -> &'static str {
        match self {
            Self::Rename => words.change_rename(),
            Self::Move => words.change_move(),
            Self::Guide => words.change_guide(),
            Self::Merge => words.change_merge(),
            Self::Close => words.change_close(),
        }
    }

    fn help(self, words: Words) -> &'static str {
        match self {
            Self::Rename => words.change_rename_help(),
            Self::Move => words.change_move_help(),
            Self::Guide => words.change_guide_help(),
            Self::Merge => words.change_merge_help(),
            Self::Close => words.change_close_help(),
        }
    }

    /// The label of the field that names the other unit.
    fn other(self, words: Words) -> Option<&'static str> {
        match self {
            Self::Rename | Self::Close => None,
            Self::Move => Some(words.change_parent_new()),
            Self::Guide => Some(words.change_guide_new()),
            Self::Merge => Some(words.change_into()),
        }
    }
}

/// A form of a change, or the question whether it is meant.
#[derive(Template)]
#[template(path = "units/change.html")]
struct ChangePage {
    layout: Layout,
    head: Head,
    sort: Sort,
    title: &'static str,
    help: &'static str,
    faults: Vec<String>,
    form: ChangeForm,
    /// The unit above until now on the line that changes: label, name.
    present: Option<(&'static str, String)>,
    /// Words for the field that names the other unit.
    other: Option<&'static str>,
    confirmation: Option<Confirmation>,
    /// Where the form and the change are sent to.
    address: String,
    /// The form again, with what was typed.
    edit: String,
    unit: String,
}

/// GET `/units/{code}/changes/{change}`: the form; with `look`, what would happen.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, sort)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Error> {
    let sort = Sort::parse(&sort)?;
    let (snapshot, unit) = unit(&state, &person, &code).await?;
    let form = ChangeForm::read(&params, person.ctx.today(&snapshot).date());
    if params.get("look").is_none() {
        return Ok(page(&person, &snapshot, &unit, sort, form, Outcome::Asks)?.into_response());
    }
    let change = match form.unit_change(&person, &snapshot, sort) {
        Ok(change) => change,
        Err(faults) => return refused(&person, &snapshot, &unit, sort, form, faults),
    };
    let command = Command { unit: unit.id, seen: None, change };
    match units::plan(&state.app, &person.ctx, &command).await {
        Ok(plan) => {
            let confirmation = confirmation::confirmation(&person, &command.change, &plan);
            Ok(page(&person, &snapshot, &unit, sort, form, Outcome::Would(confirmation))?.into_response())
        }
        Err(error) => {
            let faults = faults(person.words(), error)?;
            refused(&person, &snapshot, &unit, sort, form, faults)
        }
    }
}

/// POST `/units/{code}/changes/{change}`: carries out what was looked at.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, sort)): Path<(String, String)>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, Error> {
    let sort = Sort::parse(&sort)?;
    let (snapshot, unit) = unit(&state, &person, &code).await?;
    let change = match form.unit_change(&person, &snapshot, sort) {
        Ok(change) => change,
        Err(faults) => return refused(&person, &snapshot, &unit, sort, form, faults),
    };
    let seen = Some(form.version.ok_or_else(|| Error::BadForm("version".to_owned()))?);
    match units::carry_out(&state.app, &person.ctx, &Command { unit: unit.id, seen, change }).await {
        Ok(()) => {
            let url = urls::unit(&unit.code).with_param("done", sort.name());
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Stale { .. }) => {
            let faults = vec![person.words().change_stale().to_owned()];
            let page = page(&person, &snapshot, &unit, sort, form, Outcome::Refused(faults))?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => {
            let faults = faults(person.words(), error)?;
            refused(&person, &snapshot, &unit, sort, form, faults)
        }
    }
}

/// The unit of the address, for somebody who keeps the tree.
async fn unit(state: &WebState, person: &SignedIn, code: &str) -> Result<(Arc<Snapshot>, UnitView), Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(code))?;
    person.ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let unit = snapshot.view(unit).ok_or(Error::NoSuchPage)?;
    Ok((snapshot, unit))
}

/// Reasons that belong on the form; anything else is no matter of its fields.
fn faults(words: Words, error: app::Error) -> Result<Vec<String>, Error> {
    match error {
        app::Error::Invalid(problems) => Ok(problems.iter().map(|problem| words.problem(problem)).collect()),
        other => Err(other.into()),
    }
}

/// What a page answers to.
enum Outcome {
    /// Nothing yet.
    Asks,
    /// It cannot be done.
    Refused(Vec<String>),
    /// It can be done.
    Would(Confirmation),
}

fn refused(
    person: &SignedIn,
    snapshot: &Snapshot,
    unit: &UnitView,
    sort: Sort,
    form: ChangeForm,
    faults: Vec<String>,
) -> Result<Response, Error> {
    let page = page(person, snapshot, unit, sort, form, Outcome::Refused(faults))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn page(
    person: &SignedIn,
    snapshot: &Snapshot,
    unit: &UnitView,
    sort: Sort,
    form: ChangeForm,
    outcome: Outcome,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let title = sort.title(words);
    let address = urls::change(&unit.code, sort.name());
    let edit = form.address(address.clone());
    let mut layout = Layout::new(person, snapshot, Area::Units, format!("{title} · {}", unit.name));
    // An answer to a form has no address of its own: a change of language leads back to the form.
    layout.address = match &outcome {
        Outcome::Would(_) => edit.clone().with_param("look", 1).to_string(),
        _ => edit.to_string(),
    };
    let (faults, confirmation) = match outcome {
        Outcome::Asks => (Vec::new(), None),
        Outcome::Refused(faults) => (faults, None),
        Outcome::Would(confirmation) => (Vec::new(), Some(confirmation)),
    };
    print(&ChangePage {
        layout,
        head: Head::new(person, snapshot, unit, Area::Units, None, |code, _| urls::unit(code)),
        sort,
        title,
        help: sort.help(words),
        faults,
        other: sort.other(words),
        present: present(words, snapshot, unit, sort),
        confirmation,
        address: address.into(),
        edit: edit.into(),
        unit: urls::unit(&unit.code).into(),
        form,
    })
}

/// The unit above until now on the line that changes: label, name.
fn present(words: Words, snapshot: &Snapshot, unit: &UnitView, sort: Sort) -> Option<(&'static str, String)> {
    let (line, label) = match sort {
        Sort::Move => (Line::Subordination, words.change_parent_now()),
        Sort::Guide => (Line::Guidance, words.change_guide_now()),
        Sort::Rename | Sort::Merge | Sort::Close => return None,
    };
    let links = snapshot.tree.affiliations(unit.id).iter();
    let latest =
        links.filter(|link| link.line == line && link.to == Month::NEVER).max_by_key(|link| link.from);
    let above = latest.and_then(|link| snapshot.view(link.parent));
    let name =
        above.map_or(words.change_none().to_owned(), |above| words.change_unit(above.name, above.code));
    Some((label, name))
}
