//! Importing records: registers, returns, baselines.

use std::collections::BTreeMap;

use campaign::definition::{FieldIdx, Form, Values};
use campaign::kinds::ValueShape;
use campaign::validate::{FieldProblem, mask_numbers};
use exchange::{
    normalise::comparison_key,
    register::{Mark, with_aliases},
    rows::{CellProblem, ReadRow, read_rows},
    sections::divide,
};
use ledger::fact::Fact;
use model::{
    ids::UnitId,
    problem::{Problem, Severity},
    value::Value,
};
use sheet::{budget::Budget, workbook::Table};
use store::{
    Tx,
    records::{self, RecordRow},
};

use super::{
    Incoming, Progress, Report,
    check::Checks,
    matched::{Marks, Matches, RowOutcome, Verdict},
    natural_matches::NaturalMatches,
    numbers::Numbers,
    pending::{self, Split},
    read_context,
    report::Refused,
    row_choice::RowKind,
    same_file::{self, GivenIds, WaitingRow},
};
use crate::{
    Context, Result, Snapshot,
    record::{
        Command, Deriving, InputKind, Linking, Record, Relations, Unlinked, closed_references, is_over_units,
        is_same_value, take_derived,
    },
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
    /// What it states in fields that follow from others.
    pub(super) derived: Vec<(FieldIdx, Value)>,
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
                let ReadRow { number, mut values, mark, masked, .. } = row;
                let derived = take_derived(incoming.form(), &mut values);
                good.push(Good { sheet, row: number, unit, identity, values, mark, masked, derived, faults });
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
    let mut natural = NaturalMatches::new(incoming);
    if !incoming.request.preview {
        // Whoever else enters or imports records of these units waits: what is new is so for both.
        let concerns_all = incoming.may_number_anew() || is_over_units(incoming.form());
        let needing = good.iter().filter(|good| natural.concerns(good) || concerns_all);
        records::lock_numbers_of(tx, &needing.map(|good| good.unit).collect()).await?;
    }
    let mut new = NewRecords::new(incoming, ctx, &good);
    let mut waiting = Vec::new();
    let mut good = good.into_iter();
    loop {
        let mut chunk: Vec<Good> = good.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let corrected = same_file::corrected(incoming, &new.commands);
        let open = link(incoming, ctx, tx, (&mut chunk, &corrected), report).await?;
        let mut matches = Matches::find(incoming, ctx, tx, &chunk, &marks).await?;
        matches.reserve(&mut natural);
        let unknown: Vec<&Good> =
            chunk.iter().filter(|good| natural.concerns(good) && !matches.knows(good)).collect();
        natural.prepare(tx, &unknown).await?;
        for (mut good, open) in chunk.into_iter().zip(open) {
            let verdict = matches.verdict(tx, &mut natural, &mut good).await?;
            if same_file::waits(incoming, &good, &verdict) {
                // In the order of the file, and before others name it.
                let fault = match verdict {
                    Verdict::New => new.numbers.give(tx, &mut good).await?,
                    _ => None,
                };
                match fault {
                    Some(fault) => matches.refuse(&good, vec![fault], report),
                    None => waiting.push(WaitingRow { good, verdict, open }),
                }
                continue;
            }
            warn(incoming, &good, open, report);
            if good.faults.is_empty() {
                new.take(tx, (good, verdict), &matches, report).await?;
            } else {
                matches.faulty(good, &verdict, report);
            }
        }
    }
    if !waiting.is_empty() {
        let (commands, relations) = (&mut new.commands, &mut new.relations);
        new.given = same_file::link(incoming, ctx, tx, &mut waiting, commands, relations, report).await?;
        let matches = Matches::find(incoming, ctx, tx, &[], &marks).await?;
        for WaitingRow { good, verdict, .. } in waiting {
            new.take(tx, (good, verdict), &matches, report).await?;
        }
        same_file::unlink_refused(incoming, &new.given, &mut new.commands);
    }
    Ok(new.commands)
}

/// What a record states with what a row states of it.
fn corrected_by(incoming: Incoming<'_>, stored: &Values, row: &Values) -> Values {
    let fields = incoming.snapshot.definition.forms[incoming.form].fields.positions();
    fields.map(|field| row[field].clone().or_else(|| stored[field].clone())).collect()
}

/// Finds the records to which rows refer; what is not found stays as it is stated. What is wrong with references to records
/// of the same form is not said yet but returned: another row of the file may be meant. `corrected` are records as the rows
/// before state them.
async fn link(
    incoming: Incoming<'_>,
    ctx: &Context,
    tx: &mut Tx,
    (chunk, corrected): (&mut [Good], &[Fact]),
    report: &mut Report,
) -> Result<Vec<Vec<FieldProblem>>> {
    let (snapshot, form) = (incoming.snapshot, incoming.form);
    let (by, locks) = (InputKind::File, !incoming.request.preview);
    let linking = Linking { ctx, snapshot, form, by, locks, coming: corrected };
    let stated = chunk.iter_mut().map(|good| {
        let (unit, values) = (good.unit, &mut good.values);
        Unlinked { record: good.mark.map(|mark| mark.id), unit, before: None, values }
    });
    let problems = linking.link(tx, stated.collect()).await?;
    let mut open = Vec::with_capacity(chunk.len());
    for (good, problems) in chunk.iter().zip(problems) {
        let (own, others) = same_file::divide(incoming, problems);
        warn(incoming, good, others, report);
        open.push(own);
    }
    Ok(open)
}

/// Warns of what is wrong with the references of a row.
pub(super) fn warn(incoming: Incoming<'_>, good: &Good, problems: Vec<FieldProblem>, report: &mut Report) {
    for FieldProblem { field, problem } in problems {
        let value = incoming.text(field, good.values[field].as_ref());
        let warning = incoming.on(good.sheet).refused(good.row, field, value, problem);
        let sheet = incoming.on(good.sheet).sheet_name(report);
        report.warnings.push(Refused { sheet, ..warning });
    }
}

/// The commands of a file, and the numbers that new records get.
struct NewRecords<'a> {
    incoming: Incoming<'a>,
    ctx: &'a Context,
    numbers: Numbers<'a>,
    relations: Relations<'a>,
    deriving: Deriving<'a>,
    commands: Vec<Command>,
    /// The ids of rows that others name.
    given: GivenIds,
}

impl<'a> NewRecords<'a> {
    fn new(incoming: Incoming<'a>, ctx: &'a Context, good: &[Good]) -> Self {
        Self {
            incoming,
            ctx,
            numbers: Numbers::new(incoming, good),
            relations: Relations::new(incoming.snapshot, incoming.form, InputKind::File),
            deriving: Deriving::new(incoming.snapshot),
            commands: Vec::new(),
            given: GivenIds::new(),
        }
    }

    /// Notes what becomes of a row by what it stands for.
    async fn take(
        &mut self,
        tx: &mut Tx,
        (good, verdict): (Good, Verdict),
        matches: &Matches<'_>,
        report: &mut Report,
    ) -> Result<()> {
        match verdict {
            Verdict::New => self.enter(tx, good, matches, report).await?,
            Verdict::Known(stored, by) => {
                let form = self.incoming.form;
                let mut corrected = corrected_by(self.incoming, &stored.fact.values, &good.values);
                self.deriving.derive(tx, form, Some(stored.row.id), &mut corrected).await?;
                matches.note_derived(&good, &corrected, report);
                match matches.corrected(tx, good, (*stored, by), &mut self.relations, report).await? {
                    RowOutcome::Nothing => {}
                    RowOutcome::Command(command) => self.commands.push(*command),
                    RowOutcome::New(good) => self.enter(tx, *good, matches, report).await?,
                }
            }
            Verdict::Repeated { first } => {
                if let Some(good) = matches.repeated(good, first, report) {
                    self.enter(tx, good, matches, report).await?;
                }
            }
            Verdict::Refused(fault) => matches.refuse(&good, vec![fault], report),
        }
        Ok(())
    }

    /// Enters a row as a new record.
    async fn enter(
        &mut self,
        tx: &mut Tx,
        mut good: Good,
        matches: &Matches<'_>,
        report: &mut Report,
    ) -> Result<()> {
        let pending = match pending::of_new(self.incoming, self.ctx, &good, report) {
            Split::Taken { values, pending } => {
                good.values = values;
                pending
            }
            Split::Refused(faults) => {
                matches.refuse(&good, faults, report);
                return Ok(());
            }
        };
        if let Some(fault) = self.numbers.give(tx, &mut good).await? {
            matches.refuse(&good, vec![fault], report);
            return Ok(());
        }
        let form = self.incoming.form;
        self.unlink_closed(tx, &mut good, matches, report).await?;
        self.deriving.derive(tx, form, None, &mut good.values).await?;
        matches.note_derived(&good, &good.values, report);
        let broken = self.relations.check(tx, good.unit, None, &good.values).await?;
        if !matches.note_relations(&good, broken, report) {
            return Ok(());
        }
        report.accepted += 1;
        let id = self.given.get(&(good.sheet, good.row)).copied();
        let (beginning, Good { unit, values, .. }) = (None, good);
        self.commands.push(Command::Create { id, form, unit, values, pending, beginning });
        Ok(())
    }

    /// Keeps the text of a reference to a closed record that would change with this one: it is not linked.
    async fn unlink_closed(
        &self,
        tx: &mut Tx,
        good: &mut Good,
        matches: &Matches<'_>,
        report: &mut Report,
    ) -> Result<()> {
        let (snapshot, form) = (self.incoming.snapshot, self.incoming.form);
        let stated = (&good.values, Severity::Warning);
        let closed = closed_references(tx, (snapshot, self.ctx), form, None, stated).await?;
        for FieldProblem { field, .. } in &closed {
            if let Some(Value::Reference(reference)) = &good.values[*field] {
                good.values[*field] = Some(Value::Text(reference.text.clone()));
            }
        }
        matches.note_relations(good, closed, report);
        Ok(())
    }
}

/// The stored values and what is pending, with the file's values over them, and the fields that differ. A
/// column that the file does not have leaves the stored value alone. So does an empty cell of a register
/// that clerks keep themselves: the old file says nothing about what has come since.
pub(super) fn over_stored(incoming: Incoming<'_>, stored: &Record, good: &Good) -> (Values, Vec<FieldIdx>) {
    let form = incoming.form();
    let is_clerks = good.mark.is_none() && form.kind.is_register();
    let mut merged = stored.with_pending();
    let mut differing = Vec::new();
    for (field, value) in good.values.entries() {
        let aliased = with_removed(form, field, stored.fact.value(field), value.as_ref());
        let value = if aliased.is_some() { &aliased } else { value };
        let is_given = incoming.recognised().column(field).is_some();
        let is_alike = merged[field] == *value || is_same_reference(merged[field].as_ref(), value.as_ref());
        if !is_given || Some(field) == form.unit || form.is_derived(field) || is_alike {
            continue;
        }
        let known = stored.fact.value(field);
        // A file of ours shows what the record states, not what is pending.
        let is_as_shown = good.mark.is_some() && known == value.as_ref();
        let is_same = is_clerks
            && match (value, known) {
                (None, known) => known.is_some(),
                (Some(value), Some(known)) => {
                    is_compared(form, field) && is_same_value(incoming.snapshot, form, field, (value, known))
                }
                (Some(_), None) => false,
            };
        if !is_as_shown && !is_same {
            differing.push(field);
            merged[field].clone_from(value);
        }
    }
    (merged, differing)
}

/// A table of a file, with the aliases of removed persons where it shows that they were removed.
fn with_removed(
    form: &Form,
    field: FieldIdx,
    stored: Option<&Value>,
    stated: Option<&Value>,
) -> Option<Value> {
    let ValueShape::Table(columns) = form.fields[field].kind.spec().shape else { return None };
    with_aliases(columns, stored?.as_str()?, stated?.as_str()?, &[]).map(Value::Text)
}

/// Whether two values lead to the same record, or one is linked and the other only says what that one is called: a record
/// that was entered since, or is called otherwise since, makes no difference to a file.
fn is_same_reference(stored: Option<&Value>, stated: Option<&Value>) -> bool {
    match (stored, stated) {
        (Some(Value::Reference(stored)), Some(Value::Reference(stated))) => stored.id == stated.id,
        (Some(Value::Reference(reference)), Some(Value::Text(text)))
        | (Some(Value::Text(text)), Some(Value::Reference(reference))) => {
            comparison_key(&reference.text) == comparison_key(text)
        }
        _ => false,
    }
}

/// Whether a field is compared without regard to spaces, width and case: what tells one record from
/// another, and who persons are.
fn is_compared(form: &Form, field: FieldIdx) -> bool {
    form.natural_identity.contains(&field) || Snapshot::personal_kind(form, field).is_some()
}

/// The refusal of a row that is stored with other values, when it is not to correct them.
pub(super) fn differs(
    incoming: Incoming<'_>,
    (row, kind): (u32, RowKind),
    known: &RecordRow,
    differing: &[FieldIdx],
) -> Refused {
    let form = incoming.form();
    let names: Vec<&str> = differing.iter().map(|field| form.fields[*field].label.zh.as_str()).collect();
    let fields = names.join("、");
    let problem = match kind {
        RowKind::Another => Problem::NumberOfAnother { fields },
        RowKind::Changed | RowKind::Repeated => Problem::RepeatedInStore { fields },
    };
    let field = form.identity.first().copied().unwrap_or(form.blamed);
    let value = known.identity.replace('\u{1f}', " ");
    incoming.refused(row, field, value, problem)
}
