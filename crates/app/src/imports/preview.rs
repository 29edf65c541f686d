//! What a file looks like before it is imported, and what a run would do.

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, FormIdx};
use exchange::{
    fault::FileFault,
    money::AmountUnit,
    normalise::excerpt,
    recognise::{Mapping, Recognised, Target},
};
use model::{ids::ImportId, problem::Problem};
use sheet::workbook::{self, Limits, SheetName};

use super::{
    Report, Request, column_memory, find, form_of_kind, import, mapping,
    report::RememberedColumn,
    runner,
    sheet_choice::{OpenedSheet, Opening},
};
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
    /// Whether it counts the rows of its sheet, and so can never be what identifies a record.
    pub is_serial: bool,
    /// For amounts: whether it is asked, or was chosen, in which unit they are.
    pub asks_money: bool,
    /// What is in its first rows.
    pub samples: Vec<String>,
}

/// What a file looks like before it is imported.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The sheets that a person who opens the file sees.
    pub sheets: Vec<SheetName>,
    /// The sheet that is read, the first one where there are several.
    pub sheet: String,
    /// Those of them that hold the form.
    pub sheets_of_form: Vec<String>,
    /// Whether somebody must choose among these.
    pub is_undecided: bool,
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
    /// Whether a line of the file names a unit that is not on the roster.
    pub is_unit_unknown: bool,
    /// Titles of the columns that are read as the unit has decided before, with the words for the field.
    pub remembered: Vec<RememberedColumn>,
    /// What a run would do; absent when the file cannot be read as this kind.
    pub report: Option<Report>,
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
    let request = runner::request(&job, bytes, true);
    let mapping = match form {
        Some(form) => mapping(app, ctx, &snapshot, form, &request).await?,
        None => Mapping::default(),
    };
    let reading = app.readers.begin(app.readers.budget()).await?;
    let looked = {
        let (request, snapshot) = (request.clone(), snapshot.clone());
        reading.run(move |limits| look(&request, &snapshot, form, (&mapping, limits))).await
    };
    // The run below takes a place of its own.
    drop(reading);
    let mut preview = match looked {
        Ok(preview) => preview,
        Err(fault @ (Error::Internal { .. } | Error::Unavailable(_) | Error::DiskFull(_))) => {
            return Err(fault);
        }
        Err(fault) => return Ok(Preview { form, fault: Some(Arc::new(fault)), ..Preview::default() }),
    };
    if form.is_none() {
        return Ok(preview);
    }
    match import(app, ctx, request, &|_, _| {}).await {
        Ok(report) => {
            preview.note_questions(&report);
            preview.report = Some(report);
        }
        Err(error @ (Error::Internal { .. } | Error::Unavailable(_) | Error::DiskFull(_))) => {
            return Err(error);
        }
        Err(error) => preview.fault = Some(Arc::new(error)),
    }
    Ok(preview)
}

impl Preview {
    /// Notes what the rows leave open: units of amounts, and the unit of rows.
    fn note_questions(&mut self, report: &Report) {
        for refused in &report.refused {
            match refused.problem {
                Problem::MoneyUnit { .. } => {
                    let own = self.columns.iter_mut().filter(|column| column.letter == refused.column);
                    own.for_each(|column| column.asks_money = true);
                }
                Problem::UnknownUnitAbove { .. } => {
                    self.needs_unit = true;
                    self.is_unit_unknown = true;
                }
                _ => {}
            }
        }
    }
}

fn look(
    request: &Request,
    snapshot: &Snapshot,
    form: Option<FormIdx>,
    (mapping, limits): (&Mapping, &Limits),
) -> Result<Preview> {
    let mut sheets = workbook::sheets(&request.file_name, &request.bytes, limits)?;
    sheets.retain(|sheet| sheet.visible);
    let mut preview = Preview { sheets, form, ..Preview::default() };
    let Some(form) = form else {
        let table = workbook::read(&request.file_name, &request.bytes, request.sheet.as_deref(), limits)?;
        preview.sheet = table.sheet;
        return Ok(preview);
    };
    let definition = &snapshot.definition.forms[form];
    let opened = match (Opening { request, snapshot, form, mapping, limits }).sheets() {
        Ok(opened) => opened,
        // Why, the check of the rows says.
        Err(Error::File(FileFault::NoHeader { .. })) => {
            let first = preview.sheets.first().map(|sheet| sheet.name.clone());
            preview.sheet = request.sheet.clone().or(first).unwrap_or_default();
            return Ok(preview);
        }
        Err(error) => return Err(error),
    };
    let Some(OpenedSheet { table, recognised }) = opened.sheets.first() else { return Ok(preview) };
    preview.sheet.clone_from(&table.sheet);
    preview.is_undecided = !opened.undecided.is_empty();
    preview.sheets_of_form = opened.holding;
    let unit = definition.unit.filter(|_| definition.kind.has_records());
    preview.header_row = recognised.header_row;
    preview.needs_unit =
        request.unit.is_some() || unit.is_some_and(|unit| recognised.missing.contains(&unit));
    preview.missing.clone_from(&recognised.missing);
    if request.unit.is_some() {
        preview.missing.retain(|field| Some(*field) != unit);
    }
    let recognised: Vec<&Recognised> = opened.sheets.iter().map(|sheet| &sheet.recognised).collect();
    preview.remembered = column_memory::used(&recognised, definition);
    for sheet in &opened.sheets {
        for column in columns(sheet) {
            // A title means the same on every sheet.
            if !preview.columns.iter().any(|known| known.header == column.header) {
                preview.columns.push(column);
            }
        }
    }
    Ok(preview)
}

/// The columns of a sheet; what marks stand for is nobody's choice.
fn columns(sheet: &OpenedSheet) -> Vec<PreviewColumn> {
    let rows = &sheet.table.rows[sheet.recognised.data.clone()];
    let columns = sheet.recognised.columns.iter().filter(|column| column.target != Target::Record);
    let columns = columns.map(|column| PreviewColumn {
        letter: column.letter.clone(),
        header: column.header.clone(),
        field: match column.target {
            Target::Field(field) | Target::UnitName(field) => Some(field),
            Target::Record | Target::Ignored | Target::Unknown => None,
        },
        is_unknown: column.target == Target::Unknown,
        is_serial: column.is_serial,
        asks_money: matches!(column.unit, AmountUnit::Chosen(_)),
        samples: rows
            .iter()
            .map(|row| excerpt(&row.cell(column.index).text()))
            .filter(|text| !text.is_empty())
            .take(SAMPLES)
            .collect(),
    });
    columns.collect()
}
