//! One unit: its position in the tree, its fields of the roster, its earlier
//! affiliations, and the units below it, which unfold in place. Those who may
//! change the tree find the changes here.

use campaign::definition::FieldIdx;
use std::sync::Arc;

use app::{
    Action,
    units::{self, UnitPage as Found},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use jiff::civil::Date;
use ledger::hierarchy::Affiliation;
use model::month::{Month, parse_day};

use super::{Twig, change::Sort, ended, line_name};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    parts::{
        actor::Actors,
        downloads::Downloads,
        export::{self, HasTables},
        field::FieldView,
        head::Head,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "units/unit.html")]
pub(super) struct UnitPage {
    layout: Layout,
    head: Head,
    /// What has just been done.
    notice: Option<String>,
    /// What can be done to it: words, address.
    changes: Vec<(&'static str, String)>,
    closed: Option<String>,
    /// The unit it was merged into: since when, name, address.
    merged_into: Option<(String, String, String)>,
    /// Units merged into it: when, name, address.
    merged: Vec<(String, String, String)>,
    twigs: Vec<Twig>,
    attributes: Vec<FieldView>,
    affiliations: Table,
    former_names: Vec<(String, String)>,
    /// What was done, by whom, when.
    history: Vec<(String, String, String)>,
    downloads: Downloads,
}

impl HasTables for UnitPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.below(), self.information(), self.affiliations.clone()]
    }
}

impl UnitPage {
    /// The units directly below.
    fn below(&self) -> Table {
        let words = self.layout.words;
        let row = |twig: &Twig| {
            let (line, closed) = (twig.line.unwrap_or_default(), twig.closed.as_deref().unwrap_or_default());
            TableRow::new([&*twig.code, &twig.name, line, closed].map(TableCell::new))
        };
        let columns = [words.units_code(), words.units_name(), words.units_line(), words.dashboard_state()];
        Table {
            title: words.units_tree().to_owned(),
            columns: columns.into_iter().map(ColumnHead::text).collect(),
            rows: self.twigs.iter().map(row).collect(),
            ..Table::default()
        }
    }

    fn information(&self) -> Table {
        let words = self.layout.words;
        let row = |field: &FieldView| {
            TableRow::new([&field.label, &field.value].map(|text| TableCell::new(text.as_str())))
        };
        Table {
            title: words.units_information().to_owned(),
            columns: [words.units_information(), words.record_content()].map(ColumnHead::text).to_vec(),
            rows: self.attributes.iter().map(row).collect(),
            ..Table::default()
        }
    }
}

/// GET `/units/{code}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let done = params.get("done").map(|done| words.units_was_done(action(words, done)));
    print(&load(&state, &person, Some(&code), (params.as_of()?, done)).await?)
}

/// GET `/units/{code}/export.xlsx`: the unit, and the units directly below it.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Response, Error> {
    let page = load(&state, &person, Some(&code), (params.as_of()?, None)).await?;
    export::workbook(&state, &person, "unit", &page).await
}

/// The page of a unit; without a code that of the person's own, which is the start of the tree.
pub(super) async fn load(
    state: &WebState,
    person: &SignedIn,
    code: Option<&str>,
    (as_of, notice): (Option<Date>, Option<String>),
) -> Result<UnitPage, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, code)?;
    let found = units::show_as_of(&state.app, &person.ctx, unit, as_of).await?;
    let actors = actors(state, person, &found).await?;
    Ok(page(person, &found, &actors, notice))
}

/// Who has changed the unit.
async fn actors(state: &WebState, person: &SignedIn, found: &Found) -> Result<Actors, Error> {
    Ok(Actors::load(state, person, found.history.iter().map(|entry| entry.actor.as_str())).await?)
}

fn page(person: &SignedIn, found: &Found, actors: &Actors, notice: Option<String>) -> UnitPage {
    let words = person.words();
    let roster = &found.snapshot.definition.forms[found.snapshot.definition.roster];
    let attribute = |(position, value): &(FieldIdx, model::value::Value)| {
        let definition = roster.fields.get(*position)?;
        Some(FieldView::from_value(words, &found.snapshot, definition, value))
    };
    let history = found.history.iter().rev().map(|entry| {
        let moment =
            jiff::Timestamp::from_microsecond(entry.at).map(|at| words.moment(at)).unwrap_or_default();
        (moment, actors.name(&entry.actor), action(words, &entry.action))
    });
    let merged_into = found.merged_into.as_ref().map(|into| {
        let since = found.unit.closed_from.map(|month| words.month(month)).unwrap_or_default();
        (words.units_merged_into(since), into.name.clone(), urls::unit(&into.code).into())
    });
    let merged = found.merged.iter().map(|other| {
        let since = other.closed_from.map(|month| words.month(month)).unwrap_or_default();
        (since, other.name.clone(), urls::unit(&other.code).into())
    });
    let former_names = found.former_names.iter().rev().map(|(until, name)| {
        let until = parse_day(until).map_or_else(|| until.clone(), |day| words.date(day));
        (name.clone(), until)
    });
    let past = found.known.is_past.then_some(found.known.day);
    let at = |code: &str, as_of: Option<Date>| urls::unit(code).with_some("as_of", as_of);
    let mut layout = Layout::new(person, &found.snapshot, Area::Units, found.unit.name.clone())
        .with_unit(&found.snapshot, found.unit.id)
        .with_known(found.known)
        .with_list(!found.below.is_empty());
    layout.address = at(&found.unit.code, past).into();
    let head = Head::new(person, &found.snapshot, &found.unit, Area::Units, None, |code, _| at(code, past));
    let head = head.with_day(person, &found.unit, past, at);
    UnitPage {
        layout,
        notice,
        changes: changes(person, found),
        merged: merged.collect(),
        head,
        closed: found.unit.closed_from.filter(|_| merged_into.is_none()).and(ended(words, &found.unit)),
        merged_into,
        twigs: found.below.iter().map(|branch| Twig::new(words, branch, past)).collect(),
        attributes: found.attributes.iter().filter_map(attribute).collect(),
        affiliations: affiliations(person, found),
        downloads: Downloads::page(
            words,
            person.with_campaign(urls::unit_export(&found.unit.code).with_some("as_of", past)),
        ),
        former_names: former_names.collect(),
        history: history.collect(),
    }
}

/// What those who keep the tree can do to a unit.
fn changes(person: &SignedIn, found: &Found) -> Vec<(&'static str, String)> {
    let (words, unit) = (person.words(), &found.unit);
    let today = person.ctx.today(&found.snapshot).month();
    let has_ended = unit.closed_from.is_some_and(|closed| closed <= today);
    if has_ended || found.known.is_past || !person.ctx.may_for_region(Action::ManageUnits, &found.snapshot) {
        return Vec::new();
    }
    let is_root = found.snapshot.root() == Some(unit.id);
    let is_offered = |sort: &Sort| match sort {
        Sort::Rename => true,
        Sort::Move | Sort::Guide => !is_root,
        Sort::Merge | Sort::Close => !is_root && unit.closed_from.is_none(),
    };
    let offered = Sort::ALL.into_iter().filter(is_offered);
    let mut changes: Vec<(&str, String)> =
        offered.map(|sort| (sort.title(words), urls::change(&unit.code, sort.name()).into())).collect();
    if found.may_have_units() {
        changes.push((words.change_new(), urls::new_unit(&unit.code).into()));
    }
    changes
}

/// The units that it has hung on, past and present.
fn affiliations(person: &SignedIn, found: &Found) -> Table {
    let words = person.words();
    let columns = [words.units_line(), words.units_parent(), words.units_from(), words.units_until()];
    Table {
        title: words.units_parent().to_owned(),
        class: "table-sm",
        columns: columns.into_iter().map(ColumnHead::text).collect(),
        named_by: 1,
        rows: found.affiliations.iter().map(|link| affiliation(person, found, link)).collect(),
        ..Table::default()
    }
}

fn affiliation(person: &SignedIn, found: &Found, link: &Affiliation) -> TableRow {
    let words = person.words();
    let parent = found.snapshot.view(link.parent);
    let may_see = person.ctx.may(app::Action::ReadFigures, &found.snapshot, link.parent);
    let is_written = |month: &Month| *month > Month::ALWAYS && *month < Month::NEVER;
    let from = Some(link.from).filter(is_written).map(|month| words.month(month));
    let to = Some(link.to).filter(is_written).map(|month| words.month(month.previous()));
    let parent = parent.map(|parent| {
        let cell = TableCell::new(parent.name);
        if may_see { cell.with_url(urls::unit(&parent.code)) } else { cell }
    });
    TableRow::new([
        TableCell::new(line_name(words, link.line)),
        parent.unwrap_or_else(TableCell::empty),
        TableCell::new(from.unwrap_or_else(|| words.units_always().to_owned())),
        TableCell::new(to.unwrap_or_else(|| words.units_still().to_owned())),
    ])
}

/// What was done to a unit, in words.
fn action(words: words::Words, action: &str) -> String {
    match action {
        "create" => words.units_did_create(),
        "rename" => words.units_did_rename(),
        "move" => words.units_did_move(),
        "guide" => words.units_did_guide(),
        "merge" => words.units_did_merge(),
        "close" => words.units_did_close(),
        _ => words.units_did_change(),
    }
    .to_owned()
}
