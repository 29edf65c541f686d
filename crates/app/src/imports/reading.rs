//! Reading a file that is imported, in a thread of its own: opening it, finding its columns,
//! reading and checking its rows.

use std::sync::Arc;

use campaign::definition::{FieldIdx, FormIdx};
use exchange::{
    recognise::{Mapping, Recognised, Target, recognise},
    register::Origin,
    vocabulary::ClerkWords,
};
use serde::{Deserialize, Serialize};
use sheet::workbook::{self, Limits, Table};
use tokio::sync::watch;

use super::{
    Incoming, Progress, Report, Request,
    records::{self, Good},
    roster::{Roster, RosterRows},
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
    pub(super) recognised: Recognised,
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
    let Opened { table, recognised, origin, hidden } = open(&request, &snapshot, form, mapping, limits)?;
    let unknown_columns = unexplained(&table, &recognised);
    if !request.preview {
        if !unknown_columns.is_empty() && !request.accept_good_rows {
            return Err(Error::UnknownColumns(unknown_columns));
        }
        if !hidden.is_empty() && request.hidden_rows.is_none() {
            return Err(Error::HiddenRows(hidden));
        }
    }
    let mut report = Report {
        file: request.file_name.clone(),
        sheet: table.sheet.clone(),
        unknown_columns,
        untitled_columns: recognised.untitled(&table),
        hidden: request.hidden_rows.filter(|_| !hidden.is_empty()),
        hidden_rows: hidden,
        older_definition: origin
            .map(|origin| origin.definition)
            .filter(|hash| *hash != snapshot.campaign.hash),
        ..Report::default()
    };
    let incoming = Incoming { snapshot: &snapshot, request: &request, recognised: &recognised, form };
    let rows = if incoming.form().kind.has_records() {
        ReadRows::Records(records::read(incoming, &ctx, &table, &mut report, &limits.budget, progress)?)
    } else {
        ReadRows::Roster(Roster::read(incoming, &ctx, &table, &mut report, &limits.budget)?.into_rows())
    };
    Ok(ReadFile { recognised, report, rows })
}

/// A sheet as it was read and recognised.
struct Opened {
    table: Table,
    recognised: Recognised,
    origin: Option<Origin>,
    /// The hidden rows that would be records.
    hidden: Vec<u32>,
}

/// Reads a file and recognises its columns.
fn open(
    request: &Request,
    snapshot: &Snapshot,
    form: FormIdx,
    mapping: Mapping,
    limits: &Limits,
) -> Result<Opened> {
    let mut table = workbook::read(&request.file_name, &request.bytes, request.sheet.as_deref(), limits)?;
    let definition = &snapshot.campaign.forms[form];
    let mut recognised = recognise(&table, definition, &mapping, ClerkWords::new(&snapshot.campaign))?;
    let given: Vec<FieldIdx> =
        if request.unit.is_some() { definition.unit.into_iter().collect() } else { Vec::new() };
    recognised.require_columns(definition, &given)?;
    let origin = Origin::read(&request.file_name, &request.bytes, &table, limits)?;
    recognised.is_own |= origin.is_some();
    let hidden = recognised.hidden_records(&table);
    // Until somebody has chosen, a preview shows what everybody can see.
    if request.hidden_rows != Some(HiddenRows::Take) {
        recognised.leave_out(&mut table, &hidden);
    }
    recognised.fill_in(&mut table, definition, &limits.budget)?;
    Ok(Opened { table, recognised, origin, hidden })
}

/// Columns nobody has explained, with something in them: they must be mapped
/// or left out by explicit choice, unless the good rows are asked for anyway.
fn unexplained(table: &Table, recognised: &Recognised) -> Vec<String> {
    let rows = &table.rows[recognised.data.clone()];
    recognised
        .columns
        .iter()
        .filter(|column| column.target == Target::Unknown)
        .filter(|column| rows.iter().any(|row| !row.cell(column.index).text().trim().is_empty()))
        .map(|column| column.header.clone())
        .collect()
}
