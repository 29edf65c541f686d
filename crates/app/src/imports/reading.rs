//! Reading a file that is imported, in a thread of its own: opening it, finding its columns,
//! reading and checking its rows.

use std::sync::Arc;

use campaign::definition::FormIdx;
use exchange::recognise::{Mapping, Recognised};
use serde::{Deserialize, Serialize};
use sheet::workbook::{Limits, Table};
use tokio::sync::watch;

use super::{
    Incoming, Progress, Report, Request, column_memory,
    records::{self, Good},
    roster::{Roster, RosterRows},
    sheet_choice::{self, Opened, Opening},
};
use crate::{Context, Error, Result, Snapshot, readers::Reading};

/// What becomes of the rows that are hidden in a sheet, by hand or by a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HiddenRows {
    /// They are taken like all others.
    Take,
    /// They are left out.
    Leave,
}

/// A file that was read, with what is to be known of it.
pub(super) struct ReadFile {
    /// Of each sheet that was read.
    pub(super) recognised: Vec<Recognised>,
    pub(super) report: Report,
    pub(super) rows: ReadRows,
}

/// Rows that may be taken.
pub(super) enum ReadRows {
    Records(Vec<Good>),
    Roster(RosterRows),
}

/// Who reads which file as which form.
pub(super) struct ToRead {
    pub(super) ctx: Context,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) request: Arc<Request>,
    pub(super) form: FormIdx,
    pub(super) mapping: Mapping,
}

/// Reads a file and says how far it has come.
pub(super) async fn read(reading: &Reading, to_read: ToRead, progress: Progress<'_>) -> Result<ReadFile> {
    let (sender, mut receiver) = watch::channel((0, 0));
    let work = reading.run(move |limits| {
        read_rows(to_read, limits, &|done, total| {
            sender.send_replace((done, total));
        })
    });
    tokio::pin!(work);
    loop {
        tokio::select! {
            read = &mut work => return read,
            Ok(()) = receiver.changed() => {
                let (done, total) = *receiver.borrow_and_update();
                progress(done, total);
            }
        }
    }
}

fn read_rows(to_read: ToRead, limits: &Limits, progress: Progress<'_>) -> Result<ReadFile> {
    let ToRead { ctx, snapshot, request, form, mapping } = to_read;
    // The file itself is in memory as long as it is read.
    limits.budget.take(request.bytes.len())?;
    let opening = Opening { request: &request, snapshot: &snapshot, form, mapping: &mapping, limits };
    let mut opened = opening.open()?;
    let mut report = begun(&request, &snapshot, form, &opened);
    report.hidden_rows = opened.fill_in(opening)?;
    report.hidden = request.hidden_rows.filter(|_| !report.hidden_rows.is_empty());
    if !request.preview {
        if !opened.undecided.is_empty() {
            return Err(Error::SeveralSheets(opened.undecided));
        }
        if !report.unknown_columns.is_empty() && !request.accept_good_rows {
            return Err(Error::UnknownColumns(report.unknown_columns));
        }
        if !report.hidden_rows.is_empty() && request.hidden_rows.is_none() {
            return Err(Error::HiddenRows(report.hidden_rows));
        }
    }
    limits.budget.check()?;
    let (tables, recognised): (Vec<Table>, Vec<Recognised>) =
        opened.sheets.into_iter().map(|sheet| (sheet.table, sheet.recognised)).unzip();
    let incoming = Incoming { snapshot: &snapshot, request: &request, sheets: &recognised, sheet: 0, form };
    let rows = if incoming.form().kind.has_records() {
        ReadRows::Records(records::read(incoming, &ctx, &tables, &mut report, &limits.budget, progress)?)
    } else {
        ReadRows::Roster(Roster::read(incoming, &ctx, &tables, &mut report, &limits.budget)?.into_rows())
    };
    Ok(ReadFile { recognised, report, rows })
}

/// What is known of a file before its rows are read.
fn begun(request: &Request, snapshot: &Snapshot, form: FormIdx, opened: &Opened) -> Report {
    let names: Vec<String> = opened.sheets.iter().map(|sheet| sheet.table.sheet.clone()).collect();
    let recognised: Vec<&Recognised> = opened.sheets.iter().map(|sheet| &sheet.recognised).collect();
    let definition = opened.origin.as_ref().map(|origin| origin.definition.clone());
    Report {
        file: request.file_name.clone(),
        sheet: names.first().cloned().unwrap_or_default(),
        sheets: if names.len() > 1 { names } else { Vec::new() },
        undecided_sheets: opened.undecided.clone(),
        left_out_sheets: opened.left_out.clone(),
        unknown_columns: sheet_choice::unexplained(&opened.sheets),
        ignored_columns: sheet_choice::ignored(&opened.sheets),
        untitled_columns: sheet_choice::untitled(&opened.sheets),
        remembered_columns: column_memory::used(&recognised, &snapshot.definition.forms[form]),
        older_definition: definition.filter(|hash| *hash != snapshot.definition.hash),
        ..Report::default()
    }
}
