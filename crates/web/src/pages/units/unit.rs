//! One unit: its place in the tree, what the roster states about it, where it
//! belonged before, and the units below it, which unfold in place.

use std::sync::Arc;

use app::units::{self, UnitPage as Found};
use askama::Template;
use axum::{extract::State, response::Html};
use ledger::hierarchy::Affiliation;
use model::month::Month;

use super::{Twig, line_name};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    layout::{Area, Layout},
    parts::{
        field::{self, Stated},
        head::Head,
        number::label,
    },
    urls,
    visit::SignedIn,
};

#[derive(Template)]
#[template(path = "units/unit.html")]
pub(super) struct UnitPage {
    layout: Layout,
    head: Head,
    closed: Option<String>,
    twigs: Vec<Twig>,
    attributes: Vec<Stated>,
    affiliations: Vec<Belonging>,
    former_names: Vec<(String, String)>,
    /// What was done, by whom, when.
    history: Vec<(String, String, String)>,
}

/// One affiliation, past or present.
struct Belonging {
    line: &'static str,
    parent: String,
    url: Option<String>,
    from: String,
    to: String,
}

/// GET `/units/{code}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
) -> Result<Html<String>, Error> {
    let snapshot = state.app.current().await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let found = units::show(&state.app, &person.ctx, unit).await?;
    print(&page(&person, &found))
}

/// The page of `found`; its own unit's is the start of the tree.
pub(super) fn page(person: &SignedIn, found: &Found) -> UnitPage {
    let words = person.words();
    let roster = &found.snapshot.campaign.forms[found.snapshot.campaign.roster];
    let attribute = |(position, value): &(usize, model::value::Value)| {
        let definition = roster.fields.get(*position)?;
        Some(Stated {
            label: label(words, &definition.label).to_owned(),
            value: field::text(words, &found.snapshot, &definition.kind, value),
        })
    };
    let history = found.history.iter().rev().map(|entry| {
        let moment =
            jiff::Timestamp::from_microsecond(entry.at).map(|at| words.moment(at)).unwrap_or_default();
        (moment, entry.actor.clone(), action(words, &entry.action))
    });
    UnitPage {
        layout: Layout::new(person, &found.snapshot, Area::Units, found.unit.name.clone()),
        head: Head::new(person, &found.snapshot, &found.unit, Area::Units, None, |code, _| urls::unit(code)),
        closed: found.unit.closed_from.map(|month| words.units_closed_since(words.month(month))),
        twigs: found.below.iter().map(|branch| Twig::new(words, branch)).collect(),
        attributes: found.attributes.iter().filter_map(attribute).collect(),
        affiliations: found.affiliations.iter().map(|link| belonging(person, found, link)).collect(),
        former_names: found.former_names.iter().map(|(until, name)| (name.clone(), until.clone())).collect(),
        history: history.collect(),
    }
}

fn belonging(person: &SignedIn, found: &Found, link: &Affiliation) -> Belonging {
    let words = person.words();
    let parent = found.snapshot.view(link.parent);
    let may_see = person.ctx.may(app::Action::SeeFigures, &found.snapshot, link.parent);
    let month = |month: Month| {
        if month <= Month::ALWAYS || month >= Month::NEVER { None } else { Some(words.month(month)) }
    };
    Belonging {
        line: line_name(words, link.line),
        url: parent.as_ref().filter(|_| may_see).map(|parent| urls::unit(&parent.code).into()),
        parent: parent.map(|parent| parent.name).unwrap_or_default(),
        from: month(link.from).unwrap_or_else(|| words.units_always().to_owned()),
        to: month(link.to).unwrap_or_else(|| words.units_still().to_owned()),
    }
}

/// What was done to a unit, in words.
fn action(words: words::Words, action: &str) -> String {
    match action {
        "create" => words.units_did_create(),
        "rename" => words.units_did_rename(),
        "move" => words.units_did_move(),
        "merge" => words.units_did_merge(),
        "close" => words.units_did_close(),
        _ => words.units_did_change(),
    }
    .to_owned()
}
