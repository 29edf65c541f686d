//! The campaigns in force with their versions, and the versions that were handed in. A version is handed in here as a zip of
//! its directory.

use std::sync::Arc;

use app::{
    Snapshot,
    campaigns::{self, Candidate, CandidateFile},
};
use askama::Template;
use axum::{
    extract::{State, multipart::Field},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use campaign::{definition::Campaign, mistake::Mistake};
use jiff::Timestamp;
use words::Words;

use super::{address, state_chip};
use crate::{
    Error, WebState,
    error::print,
    form::{Upload, of_multipart},
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, HasTables},
        number::label,
        table::{CellLook, ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    state::LARGEST_DEFINITION,
    uploaded_file::UploadedFile,
};

#[derive(Template)]
#[template(path = "definition/list.html")]
struct ListPage {
    layout: Layout,
    in_force: Table,
    versions: Table,
    /// Why the file that was just sent cannot be taken.
    refusal: Option<String>,
    mistakes: Table,
    /// Tells a second click from a second file.
    key: String,
    limit: String,
    downloads: Downloads,
}

impl HasTables for ListPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.in_force.clone(), self.versions.clone()]
    }
}

/// GET `/definition`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, None, &[]).await?)
}

/// GET `/definition/export.xlsx`: the tables of the page.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Response, Error> {
    export::workbook(&state, &person, "definition", &load(&state, &person, None, &[]).await?).await
}

/// POST `/definition`: leads to the version, or back to the form with what is wrong with the file.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Upload(mut form): Upload,
) -> Result<Response, Error> {
    // Asked before anything is taken in: whoever may not, costs no disk.
    campaigns::list_candidates(&state.app, &person.ctx).await?;
    let (mut key, mut file) = (String::new(), None);
    while let Some(field) = form.next_field().await.map_err(|error| of_multipart(&error))? {
        match field.name() {
            Some("key") => key = field.text().await.map_err(|error| of_multipart(&error))?,
            Some("file") => file = take(&state, &key, field).await?,
            _ => {}
        }
    }
    let words = person.words();
    let handed_in = match file {
        Some(file) => campaigns::hand_in(&state.app, &person.ctx, file).await,
        None => return refused(&state, &person, words.version_none_chosen().to_owned(), &[]).await,
    };
    match handed_in {
        Ok(id) => Ok(Redirect::to(&String::from(address(id))).into_response()),
        Err(app::Error::NoCampaign) => {
            refused(&state, &person, words.version_no_campaign().to_owned(), &[]).await
        }
        Err(app::Error::File(fault)) => {
            refused(&state, &person, words.file_fault(fault.name(), &fault.args()), &[]).await
        }
        Err(app::Error::Definition(mistakes)) => {
            refused(&state, &person, words.version_mistakes(mistakes.len()), &mistakes).await
        }
        Err(app::Error::RolesInUse { roles, logins }) => {
            refused(&state, &person, words.version_roles_in_use(roles, logins), &[]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The file that was sent; `None` when none was chosen.
async fn take(state: &WebState, key: &str, field: Field<'_>) -> Result<Option<CandidateFile>, Error> {
    let file = UploadedFile::take_named(state, field, LARGEST_DEFINITION).await?;
    Ok(file.map(|(name, mut content)| CandidateFile {
        key: key.to_owned(),
        name,
        bytes: std::mem::take(&mut content.bytes),
    }))
}

async fn refused(
    state: &WebState,
    person: &SignedIn,
    refusal: String,
    mistakes: &[Mistake],
) -> Result<Response, Error> {
    let page = print(&load(state, person, Some(refusal), mistakes).await?)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    refusal: Option<String>,
    mistakes: &[Mistake],
) -> Result<ListPage, Error> {
    let words = person.words();
    let candidates = campaigns::list_candidates(&state.app, &person.ctx).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let mut layout = Layout::new(person, &snapshot, Area::Users, words.version_title());
    // A change of language must not send the form again.
    "/definition".clone_into(&mut layout.address);
    Ok(ListPage {
        layout,
        in_force: in_force(words, &snapshot),
        versions: versions(words, &candidates),
        refusal,
        mistakes: mistakes_table(words, mistakes),
        key: app::accounts::token(),
        limit: words.version_limit(LARGEST_DEFINITION >> 20),
        downloads: Downloads::page(words, "/definition/export.xlsx"),
    })
}

fn in_force(words: Words, snapshot: &Snapshot) -> Table {
    let texts = [words.version_campaign(), words.version_id(), words.version_period(), words.version_name()];
    let numbers = [words.version_forms(), words.version_indicators()];
    let row = |campaign: &Campaign| {
        let count = |number: usize| CellValue::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        TableRow::new([
            TableCell::new(label(words, &campaign.short)),
            TableCell::new(&*campaign.id).with_look(CellLook::Code),
            TableCell::new(format!("{}–{}", campaign.period.first, campaign.period.last)),
            TableCell::new(&*campaign.hash).with_look(CellLook::Code),
            TableCell::new(count(campaign.forms.len())),
            TableCell::new(count(campaign.indicators.len())),
        ])
    };
    Table {
        title: words.version_campaigns().to_owned(),
        columns: texts.into_iter().map(ColumnHead::text).chain(numbers.map(ColumnHead::number)).collect(),
        rows: snapshot.definition.campaigns.iter().map(row).collect(),
        ..Table::default()
    }
}

fn versions(words: Words, candidates: &[Candidate]) -> Table {
    let columns = [
        words.version_file(),
        words.version_campaign(),
        words.version_moment(),
        words.version_by(),
        words.version_state(),
    ];
    let row = |candidate: &Candidate| {
        let moment = Timestamp::from_microsecond(candidate.created_at).map(CellValue::Moment);
        TableRow::new([
            TableCell::new(&*candidate.file_name).with_url(address(candidate.id)),
            TableCell::new(&*candidate.campaign).with_look(CellLook::Code),
            TableCell::some(moment.ok()).with_look(CellLook::Class("nowrap")),
            TableCell::new(&*candidate.created_by),
            TableCell::chip(state_chip(words, candidate.state)),
        ])
    };
    Table {
        title: words.version_versions().to_owned(),
        columns: columns.into_iter().map(ColumnHead::text).collect(),
        rows: candidates.iter().map(row).collect(),
        ..Table::default()
    }
}

fn mistakes_table(words: Words, mistakes: &[Mistake]) -> Table {
    let columns = [words.version_mistake_file(), words.version_mistake(), words.version_remedy()];
    let row = |mistake: &Mistake| {
        TableRow::new([
            TableCell::new(format!("{}:{}", mistake.file, mistake.line)).with_look(CellLook::Code),
            TableCell::new(label(words, &mistake.message)),
            TableCell::new(label(words, &mistake.remedy)),
        ])
    };
    Table {
        title: words.version_mistakes_title().to_owned(),
        columns: columns.into_iter().map(ColumnHead::text).collect(),
        rows: mistakes.iter().map(row).collect(),
        ..Table::default()
    }
}
