//! What becomes of a row that states a stored record, or what an earlier row states.

use campaign::{
    definition::{FieldIdx, Values},
    validate::{self, FieldProblem},
};
use model::problem::{Problem, Severity};
use store::Tx;

use super::{KnownBy, Matches, Verdict};
use crate::{
    Result,
    imports::{
        Report,
        pending::{self, Split},
        question::Question,
        records::{Good, differs, over_stored},
        report::{ChangedCell, MOST_CHANGES, Refused},
        row_choice::RowChoice,
    },
    record::{
        Command, InputKind, Record, Relations, change_list, closed_references, differing,
        differs_in_derived_alone, is_own_work, values_at,
    },
    records::locked,
};

/// What becomes of a row that states a stored record.
pub(in crate::imports) enum RowOutcome {
    /// Nothing that is written.
    Nothing,
    /// It changes the record.
    Command(Box<Command>),
    /// It is entered as a record of its own, by choice.
    New(Box<Good>),
}

impl Matches<'_> {
    /// A row that breaks a rule is refused, unless it states what its record
    /// states already: the rule may be newer than the record.
    pub(in crate::imports) fn faulty(&self, mut good: Good, verdict: &Verdict, report: &mut Report) {
        let is_same = match verdict {
            Verdict::Known(stored, _) => {
                over_stored(self.incoming.on(good.sheet), stored, &good).1.is_empty()
            }
            Verdict::New | Verdict::Repeated { .. } | Verdict::Refused(..) => false,
        };
        if is_same {
            report.unchanged += 1;
        } else {
            report.refused.append(&mut good.faults);
        }
    }

    /// What becomes of a record by what the row states.
    pub(in crate::imports) async fn corrected(
        &self,
        tx: &mut Tx,
        mut good: Good,
        (stored, by): (Record, KnownBy),
        relations: &mut Relations<'_>,
        report: &mut Report,
    ) -> Result<RowOutcome> {
        let (values, differing) = over_stored(self.incoming.on(good.sheet), &stored, &good);
        if differing.is_empty() {
            report.unchanged += 1;
            return Ok(RowOutcome::Nothing);
        }
        let numbering = self.incoming.form().numbering.as_ref().map(|numbering| numbering.field);
        if let Some(field) = numbering.filter(|field| values[*field].is_none()) {
            // Only a new record is given a number: whoever cleared this one meant to write a new row.
            self.refuse(&good, vec![FieldProblem { field, problem: Problem::Missing }], report);
            return Ok(RowOutcome::Nothing);
        }
        if let Some(mark) = good.mark.filter(|mark| mark.version != stored.row.version) {
            let seen = (mark.version, &differing[..]);
            if self.changed_meanwhile(tx, &good, &stored, seen, report).await? {
                return Ok(RowOutcome::Nothing);
            }
        }
        let locked = self.locked(&stored);
        if by != KnownBy::Mark {
            let question = Question::new(self.incoming, &good, (&stored, by), &differing, locked.is_none());
            match question.note(report) {
                None => {
                    let row = (good.row, question.kind);
                    let refused = differs(self.incoming.on(good.sheet), row, &stored.row, &differing);
                    report.refused.push(self.on_sheet(refused, &good, report));
                    return Ok(RowOutcome::Nothing);
                }
                Some(RowChoice::Leave) => {
                    report.left += 1;
                    return Ok(RowOutcome::Nothing);
                }
                Some(RowChoice::New) => {
                    if let Some(field) = numbering {
                        // The number is that of the record that is left alone.
                        good.values[field] = None;
                    }
                    return Ok(RowOutcome::New(Box::new(good)));
                }
                Some(RowChoice::Correct) => {}
            }
        }
        if let Some(problem) = locked {
            self.refuse(&good, vec![FieldProblem { field: differing[0], problem }], report);
            return Ok(RowOutcome::Nothing);
        }
        let is_own_work = is_own_work(tx, self.ctx, self.incoming.snapshot, &stored).await?;
        let rows = (&good, &stored, is_own_work);
        match pending::of_stored(self.incoming, self.ctx, rows, (values, &differing), report) {
            Split::Refused(faults) => {
                self.refuse(&good, faults, report);
                Ok(RowOutcome::Nothing)
            }
            Split::Taken { values, pending } => {
                let before = Some((stored.row.id, &stored.fact.values));
                let mut broken = relations.check_both_ways(tx, stored.row.unit, before, &values).await?;
                let form = stored.fact.form;
                let (former, stated) = (Some(&stored.fact.values), (&values, Severity::Error));
                let snapshot = self.incoming.snapshot;
                broken.extend(closed_references(tx, (snapshot, self.ctx), form, former, stated).await?);
                if !self.note_relations(&good, broken, report) {
                    return Ok(RowOutcome::Nothing);
                }
                self.report_changes(&good, &stored, &differing, report);
                Ok(RowOutcome::Command(Box::new(Command::Correct { record: stored, values, pending })))
            }
        }
    }

    /// Reports what a row states in fields that follow from others, and that is otherwise.
    pub(in crate::imports) fn note_derived(&self, good: &Good, values: &Values, report: &mut Report) {
        let (snapshot, form) = (self.incoming.snapshot, self.incoming.form);
        for found in differing(snapshot, (form, InputKind::File), &good.derived, None, values) {
            let (field, problem) = (found.field, found.problem);
            let stated = good.derived.iter().find(|(derived, _)| *derived == field);
            let value = self.incoming.text(field, stated.map(|(_, value)| value));
            let warning = self.incoming.on(good.sheet).refused(good.row, field, value, problem);
            report.warnings.push(self.on_sheet(warning, good, report));
        }
    }

    /// Reports what a row breaks of the rules over references; whether it may be taken all the same.
    pub(in crate::imports) fn note_relations(
        &self,
        good: &Good,
        broken: Vec<FieldProblem>,
        report: &mut Report,
    ) -> bool {
        let (errors, warnings): (Vec<_>, Vec<_>) =
            broken.into_iter().partition(|found| found.problem.is_error());
        for FieldProblem { field, problem } in warnings {
            let value = self.incoming.text(field, good.values[field].as_ref());
            let warning = self.incoming.on(good.sheet).refused(good.row, field, value, problem);
            report.warnings.push(self.on_sheet(warning, good, report));
        }
        let may = errors.is_empty();
        if !may {
            self.refuse(good, errors, report);
        }
        may
    }

    /// What becomes of a row of our own file whose record was changed since the file was made; `false` when what was
    /// changed has been taken back, so that the record states what the file shows.
    async fn changed_meanwhile(
        &self,
        tx: &mut Tx,
        good: &Good,
        stored: &Record,
        (version, differing): (i64, &[FieldIdx]),
        report: &mut Report,
    ) -> Result<bool> {
        let Record { row, fact, .. } = stored;
        let changes = change_list(tx, self.incoming.snapshot, fact.form, row.id).await?;
        let shown = values_at(&changes, (&fact.values, row.version), version);
        if shown.is_some_and(|shown| differs_in_derived_alone(self.incoming.form(), shown, &fact.values)) {
            return Ok(false);
        }
        if shown.is_some_and(|shown| self.is_unedited(good, shown)) {
            report.unchanged += 1;
            return Ok(true);
        }
        let conflicts = differing.iter().map(|field| {
            let stored = self.incoming.text(*field, fact.value(*field));
            let problem = Problem::Conflict { stored, severity: Severity::Error };
            FieldProblem { field: *field, problem }
        });
        self.refuse(good, conflicts.collect(), report);
        Ok(true)
    }

    /// A row that states what an earlier one states: refused, left out, or given back to be entered.
    pub(in crate::imports) fn repeated(
        &self,
        good: Good,
        first: (usize, u32),
        report: &mut Report,
    ) -> Option<Good> {
        match Question::repeated(self.incoming, &good, first).note(report) {
            Some(RowChoice::New) => return Some(good),
            Some(RowChoice::Leave) => report.left += 1,
            Some(RowChoice::Correct) | None => {
                let form = self.incoming.form();
                let field = *form.natural_identity.first().unwrap_or(&form.blamed);
                let fault = FieldProblem { field, problem: Problem::RepeatedInFile { first: first.1 } };
                self.refuse(&good, vec![fault], report);
            }
        }
        None
    }

    /// Why the record is not corrected in its state: a file is no way round its transitions.
    fn locked(&self, stored: &Record) -> Option<Problem> {
        let snapshot = self.incoming.snapshot;
        locked(self.ctx, snapshot, &stored.fact, stored.state(snapshot))
    }

    /// Whether the row states what the record stated when the file was made.
    fn is_unedited(&self, good: &Good, shown: &Values) -> bool {
        let unit = self.incoming.form().unit;
        // What was masked since is masked in the history too.
        let mut masked = good.values.clone();
        validate::mask_numbers(self.incoming.form(), &mut masked);
        let fields = good.values.entries().zip(shown).zip(&masked);
        fields.into_iter().all(|(((field, value), shown), masked)| {
            value == shown
                || masked == shown
                || Some(field) == unit
                || self.incoming.form().is_derived(field)
                || self.incoming.on(good.sheet).recognised().column(field).is_none()
        })
    }

    /// Reports every cell that changes the record.
    fn report_changes(&self, good: &Good, stored: &Record, differing: &[FieldIdx], report: &mut Report) {
        report.corrected += 1;
        report.replaced += usize::from(good.mark.is_none());
        report.changed_cells += differing.len();
        let room = MOST_CHANGES.saturating_sub(report.changes.len());
        for field in differing.iter().take(room) {
            let column = self.incoming.on(good.sheet).recognised().column(*field);
            report.changes.push(ChangedCell {
                sheet: self.incoming.on(good.sheet).sheet_name(report),
                row: column.map_or(good.row, |column| {
                    self.incoming.on(good.sheet).recognised().row_of(column, good.row)
                }),
                column: column.map(|column| column.letter.clone()).unwrap_or_default(),
                header: self.incoming.form().fields[*field].label.zh.clone(),
                before: self.incoming.text(*field, stored.fact.value(*field)),
                after: self.incoming.text(*field, good.values[*field].as_ref()),
            });
        }
    }

    /// Refuses a row; or leaves it out, when that was asked for and somebody
    /// else's work prevents it.
    pub(in crate::imports) fn refuse(&self, good: &Good, faults: Vec<FieldProblem>, report: &mut Report) {
        let is_skipped =
            self.incoming.request.skip_conflicts && faults.iter().all(|fault| fault.problem.is_conflict());
        report.skipped += usize::from(is_skipped);
        for FieldProblem { field, problem } in faults {
            let value = self.incoming.text(field, good.values[field].as_ref());
            let problem = if is_skipped { problem.skipped() } else { problem };
            let refused = self.incoming.on(good.sheet).refused(good.row, field, value, problem);
            let refused = self.on_sheet(refused, good, report);
            if is_skipped {
                report.warnings.push(refused);
            } else {
                report.refused.push(refused);
            }
        }
    }

    /// A fault with the name of its sheet.
    fn on_sheet(&self, refused: Refused, good: &Good, report: &Report) -> Refused {
        Refused { sheet: self.incoming.on(good.sheet).sheet_name(report), ..refused }
    }
}
