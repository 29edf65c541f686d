//! Importing facts: registers, returns, baselines.

use std::collections::BTreeMap;

use exchange::{
    rows::{CellProblem, ReadRow, read_rows},
    workbook::Table,
};
use model::{
    ids::UnitId,
    problem::{Problem, ProblemKind},
    value::Value,
};
use store::{
    Tx,
    facts::{self, FactRow},
};

use super::{Incoming, Progress, Report, check::Checks, read_context, report::Refused};
use crate::{
    Context, Result,
    facts::in_words,
    record::{Command, read_fact},
};

/// A row that may be taken.
pub(super) struct Good {
    row: u32,
    unit: UnitId,
    identity: String,
    values: Vec<Option<Value>>,
}

/// Reads all rows; those at fault go into the report.
pub(super) fn read(
    incoming: Incoming<'_>,
    ctx: &Context,
    table: &Table,
    report: &mut Report,
    progress: Progress<'_>,
) -> Result<Vec<Good>> {
    let context = read_context(ctx, incoming.request, incoming.snapshot)?;
    let mut checks = Checks::new(ctx, incoming.snapshot, incoming.form);
    let most = incoming.recognised.data.len();
    let mut good = Vec::new();
    for mut row in read_rows(table, incoming.recognised, incoming.form(), &context) {
        report.rows += 1;
        if report.rows.is_multiple_of(500) {
            progress(report.rows, most);
        }
        let taken = checks.check(&mut row);
        note(incoming, &row, report);
        if let Some((unit, identity)) = taken {
            good.push(Good { row: row.number, unit, identity, values: row.values });
        }
    }
    progress(report.rows, report.rows);
    Ok(good)
}

fn note(incoming: Incoming<'_>, row: &ReadRow, report: &mut Report) {
    for CellProblem { field, column, found, problem } in &row.problems {
        let is_error = problem.is_error();
        let label = incoming.form().fields.get(*field).map_or("", |field| field.label.zh.as_str());
        let (found, problem) = (found.clone(), problem.clone());
        let refused = Refused::at(incoming.recognised, label, row.number, *column, *field, found, problem);
        if is_error { report.refused.push(refused) } else { report.warnings.push(refused) }
    }
}

/// Compares good rows with what is stored: new, unchanged, or different.
pub(super) async fn compare(
    incoming: Incoming<'_>,
    tx: &mut Tx,
    good: Vec<Good>,
    report: &mut Report,
) -> Result<Vec<Command>> {
    let form = incoming.form();
    let wanted: Vec<(UnitId, String)> = good.iter().map(|good| (good.unit, good.identity.clone())).collect();
    let stored = facts::find_by_identity(tx, &form.id, &wanted).await?;
    let mut stored: BTreeMap<(UnitId, String), FactRow> =
        stored.into_iter().map(|row| ((row.unit, row.identity.clone()), row)).collect();
    let mut commands = Vec::new();
    for Good { row, unit, identity, values } in good {
        let Some(known) = stored.remove(&(unit, identity)) else {
            report.accepted += 1;
            commands.push(Command::Create { form: incoming.form, unit, values });
            continue;
        };
        let (values, differing) = over_stored(incoming, &known, values)?;
        if differing.is_empty() {
            report.unchanged += 1;
        } else if incoming.request.correct_stored {
            report.corrected += 1;
            commands.push(Command::Correct { stored: known, values });
        } else {
            let names: Vec<&str> =
                differing.iter().map(|field| form.fields[*field].label.zh.as_str()).collect();
            let problem = Problem::error(ProblemKind::RepeatedInStore, [names.join("、")]);
            let field = form.identity.iter().copied().find(|f| Some(*f) != form.unit_field()).unwrap_or(0);
            let value = identified(incoming, &known)?;
            report.refused.push(incoming.refused(row, field, value, problem));
        }
    }
    Ok(commands)
}

/// The fields that identify a stored fact, in words, without personal numbers.
fn identified(incoming: Incoming<'_>, known: &FactRow) -> Result<String> {
    let fact = read_fact(incoming.snapshot, known)?;
    let form = incoming.form();
    let own = form.identity.iter().copied().filter(|field| Some(*field) != form.unit_field());
    let texts = own.filter_map(|field| in_words(incoming.snapshot, form, field, fact.value(field)?));
    Ok(texts.collect::<Vec<_>>().join(" "))
}

/// The stored values with the file's over them, and the fields that differ. A
/// column that the file does not have leaves the stored value alone.
fn over_stored(
    incoming: Incoming<'_>,
    known: &FactRow,
    values: Vec<Option<Value>>,
) -> Result<(Vec<Option<Value>>, Vec<usize>)> {
    let fact = read_fact(incoming.snapshot, known)?;
    let unit_field = incoming.form().unit_field();
    let mut merged = fact.values.clone();
    let mut differing = Vec::new();
    for (field, value) in values.into_iter().enumerate() {
        let is_given = incoming.recognised.column(field).is_some();
        if is_given && Some(field) != unit_field && merged[field] != value {
            differing.push(field);
            merged[field] = value;
        }
    }
    Ok((merged, differing))
}
