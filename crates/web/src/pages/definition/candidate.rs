//! One version that was handed in: what it would do, and the button that puts it in force.

use std::sync::Arc;

use app::{
    Snapshot,
    campaigns::{self, Candidate, DefinitionPlan, Effect, FigureMove, change_text, part_text},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect, Response},
};
use campaign::definition::{Campaign, Indicator};
use jiff::Timestamp;
use ledger::figure::Readings;
use serde::Deserialize;
use words::Words;

use super::{address, address_of, state_chip};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        chip::Chip,
        downloads::Downloads,
        export::{self, HasTables},
        number::{Scale, label},
        table::{CellLook, ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "definition/candidate.html")]
struct CandidatePage {
    layout: Layout,
    file: String,
    campaign: String,
    url: String,
    handed_in: String,
    decided: Option<String>,
    state: Chip,
    /// What is being done, while something is.
    working: Option<&'static str>,
    error: Option<String>,
    plan: Option<PlanView>,
    downloads: Downloads,
}

/// What a version would do.
struct PlanView {
    effects: Table,
    moves: Table,
    /// How many units' figures move.
    moved: Option<String>,
    /// The name of the definition that is agreed to.
    hash: String,
    refusal: Option<&'static str>,
    /// Where it is agreed to; `None` when that is not to be decided any more.
    agree: Option<String>,
    withdraw: Option<String>,
    /// Whether somebody has to say that he has seen what it does.
    needs_consent: bool,
}

impl HasTables for CandidatePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        self.plan.iter().flat_map(|plan| [plan.effects.clone(), plan.moves.clone()]).collect()
    }
}

/// GET `/definition/versions/{id}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, id).await?)
}

/// GET `/definition/versions/{id}/export.xlsx`: the tables of the page.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    export::workbook(&state, &person, "version", &load(&state, &person, id).await?).await
}

/// What somebody agrees to.
#[derive(Deserialize)]
pub(crate) struct Agreed {
    hash: String,
}

/// POST `/definition/versions/{id}/agree`.
pub(crate) async fn agree(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Agreed>,
) -> Result<Redirect, Error> {
    campaigns::agree(&state.app, &person.ctx, id, &form.hash).await?;
    Ok(Redirect::to(&String::from(address(id))))
}

/// A form that states nothing.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/definition/versions/{id}/withdraw`.
pub(crate) async fn withdraw(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    campaigns::withdraw(&state.app, &person.ctx, id).await?;
    Ok(Redirect::to(&String::from(address(id))))
}

async fn load(state: &WebState, person: &SignedIn, id: i64) -> Result<CandidatePage, Error> {
    let words = person.words();
    let candidate = campaigns::find_candidate(&state.app, &person.ctx, id).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let mut layout = Layout::new(person, &snapshot, Area::Users, candidate.file_name.clone());
    layout.address = address(id).into();
    let moment = Timestamp::from_microsecond(candidate.created_at).map(|moment| words.moment(moment));
    Ok(CandidatePage {
        layout,
        campaign: campaign_name(words, &snapshot, &candidate.campaign),
        url: address(id).into(),
        handed_in: words.version_handed_in(&candidate.created_by, moment.unwrap_or_default()),
        decided: candidate.decided_by.as_ref().map(|by| words.version_decided(by)),
        state: state_chip(words, candidate.state),
        working: match candidate.state {
            campaigns::CandidateState::Planning => Some(words.version_planning_help()),
            campaigns::CandidateState::Loading => Some(words.version_loading_help()),
            _ => None,
        },
        error: candidate.error.as_ref().map(|error| error.message(words)),
        plan: candidate.plan.as_ref().map(|plan| plan_view(words, &snapshot, &candidate, plan)),
        downloads: Downloads::page(words, address_of(id, "export.xlsx")),
        file: candidate.file_name,
    })
}

/// What a campaign is called, where it is in force.
fn campaign_name(words: Words, snapshot: &Snapshot, id: &str) -> String {
    match known_campaign(snapshot, id) {
        Some(campaign) => label(words, &campaign.short).to_owned(),
        None => words.version_new_campaign(id),
    }
}

fn known_campaign<'s>(snapshot: &'s Snapshot, id: &str) -> Option<&'s Campaign> {
    snapshot.definition.campaigns.iter().find(|campaign| campaign.id == id)
}

fn plan_view(words: Words, snapshot: &Snapshot, candidate: &Candidate, plan: &DefinitionPlan) -> PlanView {
    let is_open = candidate.state == campaigns::CandidateState::Planned;
    PlanView {
        effects: effects_table(words, plan),
        moves: moves_table(words, snapshot, plan),
        moved: (plan.moved_units > 0).then(|| words.definition_moved_units(plan.moved_units)),
        hash: plan.hash.clone(),
        refusal: plan.is_refused().then(|| words.definition_refused()),
        agree: (is_open && !plan.is_refused()).then(|| address_of(candidate.id, "agree")),
        withdraw: is_open.then(|| address_of(candidate.id, "withdraw")),
        needs_consent: plan.needs_consent(),
    }
}

fn effects_table(words: Words, plan: &DefinitionPlan) -> Table {
    let texts = [words.version_part(), words.version_change(), words.version_examples()];
    let numbers = [words.version_records(), words.version_unread(), words.version_changed()];
    let row = |effect: &Effect| {
        let count = |number: u64| {
            TableCell::some(
                (number > 0).then(|| CellValue::Integer(i64::try_from(number).unwrap_or(i64::MAX))),
            )
        };
        let example = effect.examples.first().map_or_else(TableCell::empty, |id| {
            let more = effect.examples.len() - 1;
            let note = if more > 0 { words.version_more_examples(more) } else { String::new() };
            TableCell::link((words.record_page_number(*id), urls::record(*id).into())).with_note(note)
        });
        let change = TableCell::new(change_text(words, &effect.change));
        let change = if effect.is_refused() { change.with_note(words.definition_loses()) } else { change };
        let part = TableCell::new(part_text(words, &effect.change.part));
        let class = if effect.is_refused() { "refused" } else { "" };
        let counts = [effect.records, effect.unread, effect.changed].map(count);
        TableRow::new([part, change, example].into_iter().chain(counts).collect::<Vec<_>>()).with_class(class)
    };
    Table {
        title: words.version_effects().to_owned(),
        columns: texts.into_iter().map(ColumnHead::text).chain(numbers.map(ColumnHead::number)).collect(),
        rows: plan.effects.iter().map(row).collect(),
        ..Table::default()
    }
}

fn moves_table(words: Words, snapshot: &Snapshot, plan: &DefinitionPlan) -> Table {
    let texts =
        [words.trace_unit(), words.version_campaign(), words.version_indicator(), words.version_year()];
    let numbers = [words.version_before(), words.version_after()];
    let row = |moved: &FigureMove| {
        let campaign = known_campaign(snapshot, &moved.campaign);
        let indicator = campaign.and_then(|campaign| campaign.indicator(&moved.indicator));
        let value = |value: Option<f64>| TableCell::some(value.map(|value| shown(words, indicator, value)));
        let name = indicator.map_or_else(
            || moved.indicator.clone(),
            |known| format!("{} {}", known.id, label(words, &known.label)),
        );
        TableRow::new([
            TableCell::new(&*moved.unit_name).with_url(urls::unit(&moved.unit_code)),
            TableCell::new(campaign_name(words, snapshot, &moved.campaign)),
            TableCell::new(name),
            TableCell::new(moved.year.to_string()).with_look(CellLook::Class("nowrap")),
            value(moved.before),
            value(moved.after),
        ])
    };
    Table {
        title: words.version_moves().to_owned(),
        columns: texts.into_iter().map(ColumnHead::text).chain(numbers.map(ColumnHead::number)).collect(),
        rows: plan.moves.iter().map(row).collect(),
        ..Table::default()
    }
}

/// A value as its indicator is shown everywhere.
fn shown(words: Words, indicator: Option<&Indicator>, value: f64) -> CellValue {
    match indicator {
        Some(indicator) => Scale::new(words, indicator, &Readings::default()).exact_value(value),
        None => CellValue::Decimal(value, 4),
    }
}
