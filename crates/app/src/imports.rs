//! Importing the files that unions keep. A file never half-loads: either every
//! row is good, or the good rows are asked for, or nothing is stored.

mod annotated;
mod check;
mod facts;
mod failure;
mod jobs;
mod preview;
mod report;
mod roster;
mod runner;
mod submit;

use std::{collections::BTreeMap, sync::Arc};

use campaign::definition::FormKind;
use exchange::{
    reading::ReadContext,
    recognise::{Mapping, Recognised, Target, recognise},
    workbook::{self, Limits, Table},
};

pub use annotated::annotated;
pub use failure::Failure;
pub use jobs::{Job, Options, Page, State, choose, discard, find, list, reopen, start};
pub use preview::{Preview, PreviewColumn, preview};
pub use report::{Refused, Report};
pub(crate) use runner::Running;
pub use runner::{resume, run_waiting};
pub use submit::{Submission, submit};

use crate::{Action, App, Context, Error, Result, Snapshot};

/// A file to import.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its name.
    pub file_name: String,
    /// Its content.
    pub bytes: Arc<Vec<u8>>,
    /// What it is read as: `units`, the id of a return, or `register:ID`.
    pub kind: String,
    /// Which sheet; `None` for the first visible one.
    pub sheet: Option<String>,
    /// Code of the unit for rows that name none.
    pub unit: Option<String>,
    /// Column titles and the fields they mean; an empty field leaves the column out.
    pub mapping: BTreeMap<String, String>,
    /// Whether good rows are taken although others are refused.
    pub accept_good_rows: bool,
    /// Whether rows that are stored with other values correct them.
    pub correct_stored: bool,
    /// Whether to look only: nothing is stored.
    pub preview: bool,
}

/// Told how far an import has come: rows done, rows in all.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

/// A file as it was read and recognised.
pub(crate) struct Opened {
    pub(crate) table: Table,
    pub(crate) recognised: Recognised,
    pub(crate) form: usize,
}

/// Imports a file.
///
/// # Errors
/// [`Error::File`] when it cannot be read or required columns are missing;
/// [`Error::NotFound`] for an unknown kind or unit; [`Error::Forbidden`].
/// Faults of rows are no error: they stand in the [`Report`].
pub async fn import(app: &App, ctx: &Context, request: Request, progress: Progress<'_>) -> Result<Report> {
    import_as(app, ctx, request, None, progress).await
}

/// Imports a file; `job` is noted as done in the same transaction.
async fn import_as(
    app: &App,
    ctx: &Context,
    request: Request,
    job: Option<&store::imports::Import>,
    progress: Progress<'_>,
) -> Result<Report> {
    let snapshot = app.current().await?;
    if let Some(root) = snapshot.root().filter(|_| ctx.unit().is_none()) {
        ctx.require(Action::Import, &snapshot, root)?;
    }
    let request = Arc::new(request);
    let form = form_of_kind(&snapshot, &request.kind)?;
    if snapshot.campaign.forms[form].kind == FormKind::Roster {
        ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    }
    let mapping = mapping(app, &snapshot, form, &request).await?;
    let opened = {
        let (request, snapshot) = (request.clone(), snapshot.clone());
        let read = tokio::task::spawn_blocking(move || open(&request, &snapshot, form, mapping));
        Arc::new(read.await.map_err(Error::internal)??)
    };
    let report = match snapshot.campaign.forms[form].kind {
        FormKind::Roster => roster::import(app, ctx, &request, &opened, job).await?,
        _ => facts::import(app, ctx, &request, &opened, job, progress).await?,
    };
    app.folding.notify_one();
    Ok(report)
}

/// The form that a kind names (`units`, `baseline`, `base-return`, `register:proposal`).
///
/// # Errors
/// [`Error::NotFound`].
pub fn form_of_kind(snapshot: &Snapshot, kind: &str) -> Result<usize> {
    let campaign = &snapshot.campaign;
    if kind == "units" {
        return Ok(campaign.roster);
    }
    let id = kind.strip_prefix("register:").unwrap_or(kind);
    let found = campaign.form(id).map(|(position, _)| position);
    found
        .filter(|position| *position != campaign.roster)
        .ok_or_else(|| Error::NotFound { what: "kind", key: kind.to_owned() })
}

/// The kind under which a form is imported.
pub fn kind_of_form(snapshot: &Snapshot, form: usize) -> String {
    let form = &snapshot.campaign.forms[form];
    match form.kind {
        FormKind::Roster => "units".to_owned(),
        FormKind::Register => format!("register:{}", form.id),
        FormKind::Return | FormKind::Baseline => form.id.clone(),
    }
}

/// What column titles mean: what was said now, then what was remembered.
async fn mapping(app: &App, snapshot: &Snapshot, form: usize, request: &Request) -> Result<Mapping> {
    let definition = &snapshot.campaign.forms[form];
    let unknown =
        request.mapping.values().find(|field| !field.is_empty() && definition.field(field).is_none());
    if let Some(field) = unknown {
        return Err(Error::NotFound { what: "field", key: field.clone() });
    }
    let mut tx = app.db.read(app.region).await?;
    let mut mapping = store::imports::mappings(&mut tx, &definition.id).await?;
    tx.rollback().await?;
    mapping.extend(request.mapping.clone());
    Ok(Mapping(mapping))
}

/// Reads a file and recognises its columns.
fn open(request: &Request, snapshot: &Snapshot, form: usize, mapping: Mapping) -> Result<Opened> {
    let table =
        workbook::read(&request.file_name, &request.bytes, request.sheet.as_deref(), &Limits::default())?;
    let definition = &snapshot.campaign.forms[form];
    let recognised = recognise(&table, definition, &mapping)?;
    let given: Vec<usize> =
        if request.unit.is_some() { definition.unit_field().into_iter().collect() } else { Vec::new() };
    recognised.require_columns(definition, &given)?;
    Ok(Opened { table, recognised, form })
}

/// Columns nobody has explained, with something in them: they must be mapped
/// or left out by explicit choice, unless the good rows are asked for anyway.
pub(crate) fn unexplained(opened: &Opened) -> Vec<String> {
    let rows = &opened.table.rows[opened.recognised.data.clone()];
    opened
        .recognised
        .columns
        .iter()
        .filter(|column| column.target == Target::Unknown)
        .filter(|column| rows.iter().any(|row| !row.cell(column.index).text().trim().is_empty()))
        .map(|column| column.header.clone())
        .collect()
}

/// What reading cells needs to know.
pub(crate) fn read_context<'a>(
    ctx: &Context,
    request: &Request,
    snapshot: &'a Snapshot,
) -> Result<ReadContext<'a>> {
    let default_unit = match &request.unit {
        None => None,
        Some(code) => {
            let unit = snapshot.unit_by_code(code);
            Some(unit.ok_or_else(|| Error::NotFound { what: "unit", key: code.clone() })?.id)
        }
    };
    Ok(ReadContext {
        campaign: &snapshot.campaign,
        units: snapshot,
        today: ctx.clock.today(),
        default_unit,
        default_year: None,
    })
}
