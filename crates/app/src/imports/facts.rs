//! Importing facts: registers, returns, baselines.

use std::collections::BTreeMap;

use exchange::rows::{CellProblem, ReadRow, read_rows};
use model::{
    ids::UnitId,
    problem::{Problem, ProblemKind},
    value::Value,
};
use store::{
    Tx, definitions,
    facts::{self, FactRow},
};

use super::{
    Opened, Progress, Report, Request, check::Checks, read_context, report::Refused, runner::finish,
    unexplained,
};
use crate::{
    App, Context, Error, Result, Snapshot,
    record::{Command, lock_for, read_fact, record},
};

/// A row that may be taken.
struct Good {
    row: u32,
    unit: UnitId,
    identity: String,
    values: Vec<Option<Value>>,
}

/// Imports the rows of an opened file in one transaction.
pub(super) async fn import(
    app: &App,
    ctx: &Context,
    request: &Request,
    opened: &Opened,
    job: Option<&store::imports::Import>,
    progress: Progress<'_>,
) -> Result<Report> {
    let unknown_columns = unexplained(opened);
    if !unknown_columns.is_empty() && !request.accept_good_rows && !request.preview {
        return Err(Error::UnknownColumns(unknown_columns));
    }
    loop {
        // Reading is most of the work: it is done before the write lock is taken.
        let snapshot = app.current().await?;
        let (mut report, good) = blocking(|| read(ctx, request, opened, &snapshot, progress))?;
        report.unknown_columns.clone_from(&unknown_columns);
        let mut tx =
            if request.preview { app.db.read(app.region).await? } else { app.db.write(app.region).await? };
        if !request.preview {
            definitions::lock_region(&mut tx, lock_for(&snapshot.campaign, opened.form)).await?;
        }
        if app.snapshot(&mut tx).await?.region != snapshot.region {
            tx.rollback().await?;
            continue;
        }
        let commands = compare(&mut tx, &snapshot, request, opened, good, &mut report).await?;
        report.refused.sort_by_key(|refused| refused.row);
        report.stored = !request.preview && (report.refused.is_empty() || request.accept_good_rows);
        if report.stored {
            record(&mut tx, &snapshot, ctx, commands).await?;
            if !request.mapping.is_empty() {
                let form = &snapshot.campaign.forms[opened.form].id;
                store::imports::remember_mappings(&mut tx, form, &request.mapping).await?;
            }
        }
        if let Some(job) = job {
            finish(&mut tx, ctx, job, &snapshot.campaign.hash, &report).await?;
        }
        if request.preview {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        return Ok(report);
    }
}

/// Runs work of the processor without holding up others on the same thread.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    let flavour = tokio::runtime::Handle::current().runtime_flavor();
    if flavour == tokio::runtime::RuntimeFlavor::MultiThread {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

/// Reads all rows; those at fault go into the report.
fn read(
    ctx: &Context,
    request: &Request,
    opened: &Opened,
    snapshot: &Snapshot,
    progress: Progress<'_>,
) -> Result<(Report, Vec<Good>)> {
    let mut report =
        Report { file: request.file_name.clone(), sheet: opened.table.sheet.clone(), ..Report::default() };
    let form = &snapshot.campaign.forms[opened.form];
    let context = read_context(ctx, request, snapshot)?;
    let mut checks = Checks::new(ctx, snapshot, opened.form);
    let most = opened.recognised.data.len();
    let mut good = Vec::new();
    for mut row in read_rows(&opened.table, &opened.recognised, form, &context) {
        report.rows += 1;
        if report.rows.is_multiple_of(500) {
            progress(report.rows, most);
        }
        let taken = checks.check(&mut row);
        note(opened, form, &row, &mut report);
        if let Some((unit, identity)) = taken {
            good.push(Good { row: row.number, unit, identity, values: row.values });
        }
    }
    progress(report.rows, report.rows);
    Ok((report, good))
}

fn note(opened: &Opened, form: &campaign::definition::Form, row: &ReadRow, report: &mut Report) {
    for CellProblem { field, column, found, problem } in &row.problems {
        let is_error = problem.is_error();
        let label = form.fields.get(*field).map_or("", |field| field.label.zh.as_str());
        let refused = Refused::at(
            &opened.recognised,
            label,
            row.number,
            *column,
            *field,
            found.clone(),
            problem.clone(),
        );
        if is_error { report.refused.push(refused) } else { report.warnings.push(refused) }
    }
}

/// Compares good rows with what is stored: new, unchanged, or different.
async fn compare(
    tx: &mut Tx,
    snapshot: &Snapshot,
    request: &Request,
    opened: &Opened,
    good: Vec<Good>,
    report: &mut Report,
) -> Result<Vec<Command>> {
    let form = &snapshot.campaign.forms[opened.form];
    let wanted: Vec<(UnitId, String)> = good.iter().map(|good| (good.unit, good.identity.clone())).collect();
    let stored = facts::find_by_identity(tx, &form.id, &wanted).await?;
    let mut stored: BTreeMap<(UnitId, String), FactRow> =
        stored.into_iter().map(|row| ((row.unit, row.identity.clone()), row)).collect();
    let mut commands = Vec::new();
    for Good { row, unit, identity, values } in good {
        let Some(known) = stored.remove(&(unit, identity)) else {
            report.accepted += 1;
            commands.push(Command::Create { form: opened.form, unit, values });
            continue;
        };
        let (values, differing) = over_stored(snapshot, opened, &known, values)?;
        if differing.is_empty() {
            report.unchanged += 1;
        } else if request.correct_stored {
            report.corrected += 1;
            commands.push(Command::Correct { stored: known, values });
        } else {
            let names: Vec<&str> =
                differing.iter().map(|field| form.fields[*field].label.zh.as_str()).collect();
            let problem = Problem::error(ProblemKind::RepeatedInStore, [names.join("、")]);
            let field = form.identity.iter().copied().find(|f| Some(*f) != form.unit_field()).unwrap_or(0);
            let value = known.identity.replace('\u{1f}', " ");
            let label = form.fields[field].label.zh.as_str();
            report.refused.push(Refused::at(&opened.recognised, label, row, None, field, value, problem));
        }
    }
    Ok(commands)
}

/// The stored values with the file's over them, and the fields that differ. A
/// column that the file does not have leaves the stored value alone.
fn over_stored(
    snapshot: &Snapshot,
    opened: &Opened,
    known: &FactRow,
    values: Vec<Option<Value>>,
) -> Result<(Vec<Option<Value>>, Vec<usize>)> {
    let fact = read_fact(snapshot, known)?;
    let form = &snapshot.campaign.forms[opened.form];
    let mut merged = fact.values.clone();
    let mut differing = Vec::new();
    for (field, value) in values.into_iter().enumerate() {
        let is_given = opened.recognised.column(field).is_some();
        if is_given && Some(field) != form.unit_field() && merged[field] != value {
            differing.push(field);
            merged[field] = value;
        }
    }
    Ok((merged, differing))
}
