//! The file of an import with its faults written into its cells.

use boxed_async::boxed_async;
use exchange::{
    annotate::{CellNote, annotate},
    recognise::{Mapping, recognise},
    vocabulary::ClerkWords,
};
use model::ids::ImportId;
use sheet::workbook;
use words::Words;

use super::{find, form_of_kind, import, mapping, runner};
use crate::{
    App, Context, Result,
    access_log::{AccessAction, note_reading},
};

/// The file of an import with its faults written into its cells, as xlsx, with its name.
///
/// # Errors
/// [`crate::Error::NotFound`]; [`crate::Error::File`].
#[boxed_async]
pub async fn annotated(app: &App, ctx: &Context, id: ImportId) -> Result<(String, Vec<u8>)> {
    let job = find(app, ctx, id).await?;
    note_reading(app, ctx, AccessAction::Export, None, &format!("import {id}"), "").await?;
    let bytes = runner::file_content(app, ctx, id).await?;
    let report = match &job.report {
        Some(report) => report.clone(),
        None => import(app, ctx, runner::request(&job, bytes.clone(), true), &|_, _| {}).await?,
    };
    let words = Words::new(ctx.language);
    let heading = words.imports_faults_column();
    let snapshot = app.current(ctx).await?;
    let form = form_of_kind(&snapshot, &job.options.kind).ok();
    let request = runner::request(&job, bytes.clone(), true);
    let mapping = match form {
        Some(form) => mapping(app, ctx, &snapshot, form, &request).await?,
        None => Mapping::default(),
    };
    let reading = app.readers.begin(app.readers.budget()).await?;
    let written = reading.run(move |limits| -> Result<(String, Vec<u8>)> {
        let names = if report.sheets.is_empty() { vec![report.sheet.clone()] } else { report.sheets.clone() };
        let mut pages = Vec::new();
        for name in names {
            let wanted = Some(name.as_str()).filter(|name| !name.is_empty());
            let mut table = workbook::read(&job.file_name, &bytes, wanted, limits)?;
            // The file that is written counts from 1900.
            if let Some(form) = form.filter(|_| table.is_1904).map(|form| &snapshot.definition.forms[form])
                && let Ok(found) = recognise(&table, form, &mapping, ClerkWords::new(&snapshot.definition))
            {
                found.fill_in_days(&mut table, form);
            }
            let faults = report.refused.iter().map(|refused| (refused, true));
            let all = faults.chain(report.warnings.iter().map(|warning| (warning, false)));
            let own = all.filter(|(cell, _)| cell.sheet.is_empty() || cell.sheet == name);
            let notes: Vec<CellNote> = own
                .map(|(cell, is_error)| CellNote {
                    row: cell.row,
                    column: column_index(&cell.column),
                    text: words.problem(&cell.problem),
                    is_error,
                })
                .collect();
            pages.push((table, notes));
        }
        let stem = job.file_name.rsplit_once('.').map_or(job.file_name.as_str(), |(stem, _)| stem);
        Ok((format!("{stem}-{}.xlsx", words.imports_faults_suffix()), annotate(&pages, heading)?))
    });
    written.await
}

/// Position of a column's letter; `None` for a fault of the whole row.
fn column_index(letters: &str) -> Option<usize> {
    if letters.is_empty() {
        return None;
    }
    let number = letters.bytes().fold(0_usize, |number, byte| number * 26 + usize::from(byte - b'A') + 1);
    Some(number - 1)
}
