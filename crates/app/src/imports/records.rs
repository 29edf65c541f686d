//! Importing records: registers, returns, baselines.

use std::collections::BTreeMap;

use campaign::definition::{FieldIdx, Values};
use campaign::validate::{FieldProblem, mask_numbers};
use exchange::{
    register::Mark,
    rows::{CellProblem, ReadRow, read_rows},
    sections::divide,
};
use model::{ids::UnitId, problem::Problem, value::Value};
use sheet::{budget::Budget, workbook::Table};
use store::{Tx, records::RecordRow};

use super::{
    Incoming, Progress, Report,
    check::Checks,
    matched::{Marks, Matches, Verdict},
    numbers::{Numbering, Numbers},
    pending::{self, Split},
    read_context,
    report::Refused,
};
use crate::{
    Context, Result,
    record::{Command, Record},
};

/// A row that may be taken.
pub(super) struct Good {
    /// Position of its sheet among those that are read.
    pub(super) sheet: usize,
    pub(super) row: u32,
    pub(super) unit: UnitId,
    pub(super) identity: String,
    pub(super) values: Values,
    /// Which stored record it stands for, when the file says so.
    pub(super) mark: Option<Mark>,
    /// Fields that hold a mask instead of the stored number.
    pub(super) masked: Vec<FieldIdx>,
    /// Why it is refused, unless it states what its record states already.
    pub(super) faults: Vec<Refused>,
}

/// Rows compared together.
const CHUNK: usize = 4_000;

/// Reads all rows; those at fault go into the report.
pub(super) fn read(
    incoming: Incoming<'_>,
    ctx: &Context,
    tables: &[Table],
    report: &mut Report,
    budget: &Budget,
    progress: Progress<'_>,
) -> Result<Vec<Good>> {
    let context = read_context(ctx, incoming.request, incoming.snapshot)?;
    let mut checks = Checks::new(ctx, incoming.snapshot, incoming.form);
    let most = incoming.sheets.iter().map(|sheet| sheet.data.len()).sum();
    let mut good = Vec::new();
    for (sheet, table) in tables.iter().enumerate() {
        let incoming = incoming.on(sheet);
        let division = divide(table, incoming.recognised(), incoming.form(), &context);
        incoming.note_left_out(&division, report);
        for mut row in read_rows(table, incoming.recognised(), &division, incoming.form(), &context) {
            report.rows += 1;
            if report.rows.is_multiple_of(500) {
                progress(report.rows, most);
            }
            if incoming.request.mask_numbers && mask_numbers(incoming.form(), &mut row.values) {
                row.problems.retain(|found| !matches!(found.problem, Problem::NumberInText { .. }));
            }
            let taken = checks.check(&mut row);
            budget.check()?;
            budget.take(row_size(&row))?;
            let mut faults = note(incoming, &row, report);
            if let Some((unit, identity)) = taken {
                let ReadRow { number, values, mark, masked, .. } = row;
                good.push(Good { sheet, row: number, unit, identity, values, mark, masked, faults });
            } else {
                report.refused.append(&mut faults);
            }
        }
    }
    if tables.len() > 1 {
        refuse_repeated(incoming, &mut good, report);
    }
    progress(report.rows, report.rows);
    Ok(good)
}

/// Refuses what an earlier sheet states already; within one sheet that is checked while it is read.
fn refuse_repeated(incoming: Incoming<'_>, good: &mut Vec<Good>, report: &mut Report) {
    let form = incoming.form();
    let mut seen: BTreeMap<(UnitId, String), (usize, u32)> = BTreeMap::new();
    good.retain(|row| {
        let states_identity = form.identity.iter().any(|field| row.values[*field].is_some());
        if !states_identity || !row.masked.is_empty() {
            return true;
        }
        let place = (row.sheet, row.row);
        let first = *seen.entry((row.unit, row.identity.clone())).or_insert(place);
        let is_first = first == place || first.0 == row.sheet;
        if !is_first {
            let sheet = report.sheets.get(first.0).cloned().unwrap_or_default();
            let problem = Problem::RepeatedOnSheet { sheet, first: first.1 };
            let incoming = incoming.on(row.sheet);
            let refused = incoming.refused(row.row, form.blamed, String::new(), problem);
            report.refused.push(Refused { sheet: incoming.sheet_name(report), ..refused });
        }
        is_first
    });
}

/// Bytes that a row keeps until it is stored, with what is wrong with it.
fn row_size(row: &ReadRow) -> usize {
    let texts = row.values.iter().flatten().filter_map(Value::as_str).map(str::len).sum::<usize>();
    let problems = row.problems.iter().map(|problem| size_of::<Refused>() + 2 * problem.found.len() + 60);
    size_of::<Good>() + size_of_val(row.values.as_slice()) + texts + problems.sum::<usize>()
}

/// Notes what somebody should look at, and returns why the row is refused.
fn note(incoming: Incoming<'_>, row: &ReadRow, report: &mut Report) -> Vec<Refused> {
    let mut faults = Vec::new();
    let sheet = incoming.sheet_name(report);
    for CellProblem { field, column, found, problem } in &row.problems {
        let is_error = problem.is_error();
        let fault = FieldProblem { field: *field, problem: problem.clone() };
        let refused =
            Refused::new(incoming.recognised(), incoming.form(), row.number, *column, found.clone(), fault);
        let refused = Refused { sheet: sheet.clone(), ..refused };
        if is_error { faults.push(refused) } else { report.warnings.push(refused) }
    }
    faults
}

/// Compares good rows with what is stored: new, unchanged, different, or
/// changed by somebody else meanwhile.
pub(super) async fn compare(
    incoming: Incoming<'_>,
    ctx: &Context,
    tx: &mut Tx,
    good: Vec<Good>,
    report: &mut Report,
) -> Result<Vec<Command>> {
    let marks = Marks::new(&good);
    let mut numbers = Numbers::new(incoming, &good);
    let mut commands = Vec::new();
    let mut good = good.into_iter();
    loop {
        let chunk: Vec<Good> = good.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(commands);
        }
        let mut matches = Matches::find(incoming, ctx, tx, &chunk, &marks).await?;
        for mut good in chunk {
            let verdict = matches.verdict(tx, &mut good).await?;
            if !good.faults.is_empty() {
                matches.faulty(good, &verdict, report);
                continue;
            }
            match verdict {
                Verdict::New => {
                    let pending = match pending::of_new(incoming, ctx, &good, report) {
                        Split::Taken { values, pending } => {
                            good.values = values;
                            pending
                        }
                        Split::Refused(faults) => {
                            matches.refuse(&good, faults, report);
                            continue;
                        }
                    };
                    match numbers.give(tx, &mut good).await? {
                        Numbering::Number => {
                            report.accepted += 1;
                            let Good { unit, values, .. } = good;
                            let (form, beginning) = (incoming.form, None);
                            commands.push(Command::Create { form, unit, values, pending, beginning });
                        }
                        Numbering::Stored => report.unchanged += 1,
                        Numbering::Refused(fault) => matches.refuse(&good, vec![fault], report),
                    }
                }
                Verdict::Known(stored) => {
                    commands.extend(matches.corrected(tx, good, *stored, report).await?);
                }
                Verdict::Refused(fault) => matches.refuse(&good, vec![fault], report),
            }
        }
    }
}

/// The stored values and what is pending, with the file's values over them, and the fields that differ. A
/// column that the file does not have leaves the stored value alone.
pub(super) fn over_stored(incoming: Incoming<'_>, stored: &Record, good: &Good) -> (Values, Vec<FieldIdx>) {
    let unit_field = incoming.form().unit;
    let mut merged = stored.with_pending();
    let mut differing = Vec::new();
    for (field, value) in good.values.entries() {
        let is_given = incoming.recognised().column(field).is_some();
        // A file of ours shows what the record states, not what is pending.
        let is_as_shown = good.mark.is_some() && stored.fact.values[field] == *value;
        if is_given && Some(field) != unit_field && merged[field] != *value && !is_as_shown {
            differing.push(field);
            merged[field].clone_from(value);
        }
    }
    (merged, differing)
}

/// The refusal of a row that is stored with other values, when it is not to correct them.
pub(super) fn differs(
    incoming: Incoming<'_>,
    row: u32,
    known: &RecordRow,
    differing: &[FieldIdx],
) -> Refused {
    let form = incoming.form();
    let names: Vec<&str> = differing.iter().map(|field| form.fields[*field].label.zh.as_str()).collect();
    let problem = Problem::RepeatedInStore { fields: names.join("、") };
    let field = form.identity.first().copied().unwrap_or(form.blamed);
    let value = known.identity.replace('\u{1f}', " ");
    incoming.refused(row, field, value, problem)
}
