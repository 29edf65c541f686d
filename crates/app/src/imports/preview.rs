//! What a file looks like before it is imported, and what a run would do.

use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, FormIdx};
use exchange::{
    recognise::{Mapping, Target, recognise},
    vocabulary::ClerkWords,
};
use model::ids::ImportId;
use sheet::workbook::{self, Limits, SheetName};
use store::imports as rows;

use super::{Job, Report, find, form_of_kind, import, runner};
use crate::{App, Context, Error, Result, Snapshot};

/// How many values of a column are shown.
const SAMPLES: usize = 3;

/// One column of a file, for the mapping step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewColumn {
    /// Its letter.
    pub letter: String,
    /// Its title.
    pub header: String,
    /// Position of the field it is taken for; `None` when nothing explains it or it is left out.
    pub field: Option<FieldIdx>,
    /// Whether somebody must say what it means.
    pub is_unknown: bool,
    /// What is in its first rows.
    pub samples: Vec<String>,
}

/// What a file looks like before it is imported.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The sheets that a person who opens the file sees.
    pub sheets: Vec<SheetName>,
    /// The sheet that is read.
    pub sheet: String,
    /// Position of the form it is read as; `None` when nobody knows yet.
    pub form: Option<FormIdx>,
    /// Number of the row with the titles; 0 when there is none.
    pub header_row: u32,
    /// Its columns; empty when no header was found.
    pub columns: Vec<PreviewColumn>,
    /// Positions of required fields that no column holds.
    pub missing: Vec<FieldIdx>,
    /// Whether somebody must say, or has said, to which unit its rows belong.
    pub needs_unit: bool,
    /// Whether a mapping of another time explained a column.
    pub is_remembered: bool,
    /// What a run would do; absent when the file cannot be read as this kind.
    pub report: Option<Report>,
    /// How many rows are stored with other values.
    pub differing: usize,
    /// Why it cannot be read.
    pub fault: Option<Arc<Error>>,
}

/// What the file looks like with the choices made so far, and what a run would do.
///
/// # Errors
/// [`Error::NotFound`]. What is wrong with the file is in the preview.
#[boxed_async]
pub async fn preview(app: &App, ctx: &Context, id: ImportId) -> Result<Preview> {
    let job = find(app, ctx, id).await?;
    let bytes = runner::file_content(app, ctx, id).await?;
    let snapshot = app.current(ctx).await?;
    let form =
        if job.options.kind.is_empty() { None } else { Some(form_of_kind(&snapshot, &job.options.kind)?) };
    let remembered = match form {
        Some(form) => {
            let mut tx = app.read(ctx.region).await?;
            let remembered = rows::mappings(&mut tx, &snapshot.campaign.forms[form].id).await?;
            drop(tx);
            remembered
        }
        None => BTreeMap::new(),
    };
    let reading = app.readers.begin(app.readers.budget()).await?;
    let looked = {
        let (bytes, job, snapshot) = (bytes.clone(), job.clone(), snapshot.clone());
        reading.run(move |limits| look(&bytes, &job, &snapshot, form, remembered, limits)).await
    };
    // The run below takes a place of its own.
    drop(reading);
    let mut preview = match looked {
        Ok(preview) => preview,
        Err(fault @ (Error::Internal { .. } | Error::Unavailable(_))) => return Err(fault),
        Err(fault) => return Ok(Preview { form, fault: Some(Arc::new(fault)), ..Preview::default() }),
    };
    if form.is_none() {
        return Ok(preview);
    }
    match import(app, ctx, runner::request(&job, bytes, true), &|_, _| {}).await {
        Ok(report) => {
            preview.differing = report.differing_rows() + report.replaced;
            preview.report = Some(report);
        }
        Err(error @ (Error::Internal { .. } | Error::Unavailable(_))) => return Err(error),
        Err(error) => preview.fault = Some(Arc::new(error)),
    }
    Ok(preview)
}

fn look(
    bytes: &[u8],
    job: &Job,
    snapshot: &Snapshot,
    form: Option<FormIdx>,
    remembered: BTreeMap<String, String>,
    limits: &Limits,
) -> Result<Preview> {
    let mut sheets = workbook::sheets(&job.file_name, bytes, limits)?;
    sheets.retain(|sheet| sheet.visible);
    let table = workbook::read(&job.file_name, bytes, job.options.sheet.as_deref(), limits)?;
    let mut preview = Preview { sheets, sheet: table.sheet.clone(), form, ..Preview::default() };
    let Some(definition) = form.map(|form| &snapshot.campaign.forms[form]) else { return Ok(preview) };
    let mut mapping = remembered.clone();
    mapping.extend(job.options.mapping.clone());
    let words = ClerkWords::new(&snapshot.campaign);
    let Ok(recognised) = recognise(&table, definition, &Mapping(mapping), words) else { return Ok(preview) };
    let first = &table.rows[recognised.data.clone()];
    let unit = definition.unit.filter(|_| definition.kind.has_records());
    preview.header_row = recognised.header_row;
    preview.needs_unit =
        job.options.unit.is_some() || unit.is_some_and(|unit| recognised.missing.contains(&unit));
    preview.missing.clone_from(&recognised.missing);
    if job.options.unit.is_some() {
        preview.missing.retain(|field| Some(*field) != unit);
    }
    // What marks stand for is nobody's choice.
    let columns = recognised.columns.iter().filter(|column| column.target != Target::Record);
    let columns = columns.map(|column| PreviewColumn {
        letter: column.letter.clone(),
        header: column.header.clone(),
        field: match column.target {
            Target::Field(field) | Target::UnitName(field) => Some(field),
            Target::Record | Target::Ignored | Target::Unknown => None,
        },
        is_unknown: column.target == Target::Unknown,
        samples: first
            .iter()
            .map(|row| row.cell(column.index).text())
            .filter(|text| !text.trim().is_empty())
            .take(SAMPLES)
            .collect(),
    });
    preview.columns = columns.collect();
    preview.is_remembered = preview.columns.iter().any(|column| {
        remembered.contains_key(&column.header) && !job.options.mapping.contains_key(&column.header)
    });
    Ok(preview)
}
