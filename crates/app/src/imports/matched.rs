//! Which stored record a row stands for, and what may be made of it: a file
//! that went out comes back, and others have worked meanwhile.
//!
//! A row that bears a mark stands for that record, whatever its number says
//! now; others are known by their identity within the unit. A marked row that
//! was edited corrects its record as long as nobody has changed that since;
//! else both values are told and nothing is overwritten.

use std::collections::{BTreeMap, BTreeSet};

use exchange::register::{masked, written};
use model::{
    ids::{FactId, UnitId},
    problem::{Problem, ProblemKind, Severity},
    value::Value,
};
use store::{
    Tx, audit,
    facts::{self, FactRow},
};

use super::{
    Incoming, Report,
    facts::{Good, differs, over_stored},
    report::{Changed, MOST_CHANGES},
};
use crate::{
    Action, Context, Error, Result,
    facts::{in_words, locked},
    record::{Command, identity, read_fact},
    standing::state_of,
};

/// What a row is.
pub(super) enum Verdict {
    /// Nothing stored is meant.
    New,
    /// It states something about this record.
    Known(FactRow),
    /// It cannot be taken, because of what stands in this field.
    Refused(usize, Problem),
}

/// The stored records that a chunk of rows may stand for.
pub(super) struct Matches<'a> {
    incoming: Incoming<'a>,
    ctx: &'a Context,
    repeated: &'a BTreeSet<FactId>,
    by_id: BTreeMap<FactId, FactRow>,
    by_identity: BTreeMap<(UnitId, String), FactRow>,
}

/// Records that several rows of the file claim to be: somebody has copied a
/// row to write a new one.
pub(super) fn repeated(good: &[Good]) -> BTreeSet<FactId> {
    let mut seen = BTreeSet::new();
    let marks = good.iter().filter_map(|good| good.mark);
    marks.filter(|mark| !seen.insert(mark.id)).map(|mark| mark.id).collect()
}

impl<'a> Matches<'a> {
    /// Reads what the rows may stand for.
    pub(super) async fn find(
        incoming: Incoming<'a>,
        ctx: &'a Context,
        tx: &mut Tx,
        good: &[Good],
        repeated: &'a BTreeSet<FactId>,
    ) -> Result<Self> {
        let form = &incoming.form().id;
        let ids: BTreeSet<FactId> = good.iter().filter_map(|good| good.mark).map(|mark| mark.id).collect();
        let ids: Vec<FactId> = ids.into_iter().collect();
        let marked = facts::find_all(tx, &ids).await?;
        let by_id: BTreeMap<FactId, FactRow> =
            marked.into_iter().filter(|row| row.form == *form).map(|row| (row.id, row)).collect();
        // A marked row is its record; another record is looked for where it has none of its own.
        let needs_identity = |good: &&Good| good.mark.is_none_or(|mark| repeated.contains(&mark.id));
        let wanted: Vec<(UnitId, String)> =
            good.iter().filter(needs_identity).map(|good| (good.unit, good.identity.clone())).collect();
        let known = facts::find_by_identity(tx, form, &wanted).await?;
        let by_identity = known.into_iter().map(|row| ((row.unit, row.identity.clone()), row)).collect();
        Ok(Self { incoming, ctx, repeated, by_id, by_identity })
    }

    /// What the row stands for; masks in it become the numbers they stand for.
    pub(super) async fn verdict(&mut self, tx: &mut Tx, good: &mut Good) -> Result<Verdict> {
        let mut stored = None;
        if let Some(mark) = good.mark {
            let is_copied = self.repeated.contains(&mark.id);
            match self.by_id.get(&mark.id) {
                Some(row) if is_copied && !self.is_same(row, good)? => good.mark = None,
                None if is_copied => good.mark = None,
                Some(row) if row.unit == good.unit => stored = self.by_id.remove(&mark.id),
                Some(row) => return Ok(self.other_unit(row)),
                None => return Ok(self.at_identity(ProblemKind::RecordGone, None)),
            }
        }
        if good.mark.is_none() {
            stored = self.by_identity.remove(&(good.unit, good.identity.clone()));
        }
        if let Some(fault) = self.unmask(good, stored.as_ref())? {
            return Ok(fault);
        }
        let Some(stored) = stored else { return Ok(Verdict::New) };
        if good.mark.is_some() && good.identity != stored.identity {
            let taken = [(good.unit, good.identity.clone())];
            let taken = facts::find_by_identity(tx, &stored.form, &taken).await?.pop();
            if let Some(other) = taken.filter(|other| other.id != stored.id) {
                let args = [self.identified(&good.values), other.id.to_string()];
                return Ok(self.at_identity(ProblemKind::Registered, Some(args)));
            }
        }
        Ok(Verdict::Known(stored))
    }

    /// Whether the row still has the identity of the record; masks aside.
    fn is_same(&self, row: &FactRow, good: &Good) -> Result<bool> {
        if good.masked.is_empty() {
            return Ok(row.unit == good.unit && row.identity == good.identity);
        }
        let fact = read_fact(self.incoming.snapshot, row)?;
        let form = self.incoming.form();
        let is_alike = |field: &usize| match (&good.values[*field], &fact.values[*field]) {
            (Some(Value::Text(text)), Some(stored)) if good.masked.contains(field) => {
                masked(&form.fields[*field].kind, stored).as_ref() == Some(text)
            }
            (found, stored) => found == stored,
        };
        Ok(row.unit == good.unit && form.identity.iter().all(is_alike))
    }

    /// A record of a unit that is not the row's. Of one that is not the
    /// person's nothing is told.
    fn other_unit(&self, row: &FactRow) -> Verdict {
        let snapshot = self.incoming.snapshot;
        if !self.ctx.may(Action::SeeFacts, snapshot, row.unit) {
            return self.at_identity(ProblemKind::RecordGone, None);
        }
        let name = snapshot.units.get(&row.unit).map(|unit| unit.name.clone()).unwrap_or_default();
        let field = self.incoming.form().unit_field().unwrap_or(0);
        Verdict::Refused(field, Problem::error(ProblemKind::RecordUnit, [name]))
    }

    /// The fields that identify a record, in words, without personal numbers.
    fn identified(&self, values: &[Option<Value>]) -> String {
        let (snapshot, form) = (self.incoming.snapshot, self.incoming.form());
        let own = form.identity.iter().copied().filter(|field| Some(*field) != form.unit_field());
        let texts = own.filter_map(|field| in_words(snapshot, form, field, values[field].as_ref()?));
        texts.collect::<Vec<_>>().join(" ")
    }

    fn at_identity(&self, kind: ProblemKind, args: Option<[String; 2]>) -> Verdict {
        let form = self.incoming.form();
        let field = form.identity.iter().copied().find(|field| Some(*field) != form.unit_field());
        Verdict::Refused(field.unwrap_or(0), Problem::error(kind, args.into_iter().flatten()))
    }

    /// Puts the stored numbers in the places of their masks.
    fn unmask(&self, good: &mut Good, stored: Option<&FactRow>) -> Result<Option<Verdict>> {
        if good.masked.is_empty() {
            return Ok(None);
        }
        let form = self.incoming.form();
        let fact = stored.map(|row| read_fact(self.incoming.snapshot, row)).transpose()?;
        for field in std::mem::take(&mut good.masked) {
            let text = good.values[field].as_ref().and_then(Value::as_str).unwrap_or_default();
            let stored = fact.as_ref().and_then(|fact| fact.value(field));
            let kind = &form.fields[field].kind;
            let Some(number) = stored.filter(|stored| masked(kind, stored).as_deref() == Some(text)) else {
                let problem = Problem::error(ProblemKind::MaskedNumber, [text.to_owned()]);
                return Ok(Some(Verdict::Refused(field, problem)));
            };
            good.values[field] = Some(number.clone());
        }
        good.identity = identity(self.incoming.snapshot, self.incoming.form, &good.values);
        Ok(None)
    }

    /// A row that breaks a rule is refused, unless it states what its record
    /// states already: the rule may be newer than the record.
    pub(super) fn faulty(&self, mut good: Good, verdict: &Verdict, report: &mut Report) -> Result<()> {
        let is_same = match verdict {
            Verdict::Known(stored) => over_stored(self.incoming, stored, &good.values)?.1.is_empty(),
            Verdict::New | Verdict::Refused(..) => false,
        };
        if is_same {
            report.unchanged += 1;
        } else {
            report.refused.append(&mut good.faults);
        }
        Ok(())
    }

    /// What becomes of a record by what the row states.
    pub(super) async fn corrected(
        &self,
        tx: &mut Tx,
        good: Good,
        stored: FactRow,
        report: &mut Report,
    ) -> Result<Option<Command>> {
        let (values, differing) = over_stored(self.incoming, &stored, &good.values)?;
        if differing.is_empty() {
            report.unchanged += 1;
            return Ok(None);
        }
        let numbering = self.incoming.form().numbering.as_ref().map(|numbering| numbering.field);
        if let Some(field) = numbering.filter(|field| values[*field].is_none()) {
            // Only a new record is given a number: whoever cleared this one meant to write a new row.
            self.refuse(&good, vec![(field, Problem::error(ProblemKind::Missing, []))], report);
            return Ok(None);
        }
        match good.mark {
            Some(mark) if mark.version != stored.version => {
                let shown = at_version(tx, self.incoming, &stored, mark.version).await?;
                if shown.is_some_and(|shown| self.is_unedited(&good, &shown)) {
                    report.unchanged += 1;
                } else {
                    let now = read_fact(self.incoming.snapshot, &stored)?;
                    let told = differing.iter().map(|field| {
                        let now = self.text(*field, now.value(*field));
                        (*field, Problem::error(ProblemKind::Conflict, [now]))
                    });
                    self.refuse(&good, told.collect(), report);
                }
                Ok(None)
            }
            None if !self.incoming.request.correct_stored => {
                report.refused.push(differs(self.incoming, good.row, &stored, &differing));
                Ok(None)
            }
            _ => {
                if let Some(problem) = self.locked(&stored)? {
                    self.refuse(&good, vec![(differing[0], problem)], report);
                    return Ok(None);
                }
                self.tell(&good, &stored, &differing, report)?;
                Ok(Some(Command::Correct { stored, values }))
            }
        }
    }

    /// Why the record is not corrected where it stands: a file is no way round its steps.
    fn locked(&self, stored: &FactRow) -> Result<Option<Problem>> {
        let snapshot = self.incoming.snapshot;
        let fact = read_fact(snapshot, stored)?;
        let state = state_of(snapshot, stored, &fact.values);
        Ok(locked(self.ctx, snapshot, &fact, state))
    }

    /// Whether the row states what the record stated when the file was made.
    fn is_unedited(&self, good: &Good, shown: &[Option<Value>]) -> bool {
        let unit = self.incoming.form().unit_field();
        let fields = good.values.iter().zip(shown).enumerate();
        fields.into_iter().all(|(field, (value, shown))| {
            value == shown || Some(field) == unit || self.incoming.recognised.column(field).is_none()
        })
    }

    /// Tells every cell that changes the record.
    fn tell(&self, good: &Good, stored: &FactRow, differing: &[usize], report: &mut Report) -> Result<()> {
        let before = read_fact(self.incoming.snapshot, stored)?;
        report.corrected += 1;
        report.replaced += usize::from(good.mark.is_none());
        report.changed_cells += differing.len();
        let room = MOST_CHANGES.saturating_sub(report.changes.len());
        for field in differing.iter().take(room) {
            let column = self.incoming.recognised.column(*field);
            report.changes.push(Changed {
                row: good.row,
                column: column.map(|column| column.letter.clone()).unwrap_or_default(),
                header: self.incoming.form().fields[*field].label.zh.clone(),
                before: self.text(*field, before.value(*field)),
                after: self.text(*field, good.values[*field].as_ref()),
            });
        }
        Ok(())
    }

    /// Refuses a row; or leaves it out, when that was asked for and somebody
    /// else's work stands in its way.
    pub(super) fn refuse(&self, good: &Good, faults: Vec<(usize, Problem)>, report: &mut Report) {
        let is_conflict =
            |problem: &Problem| matches!(problem.kind, ProblemKind::Conflict | ProblemKind::RecordGone);
        let is_skipped =
            self.incoming.request.skip_conflicts && faults.iter().all(|(_, problem)| is_conflict(problem));
        report.skipped += usize::from(is_skipped);
        for (field, problem) in faults {
            let value = self.text(field, good.values[field].as_ref());
            if is_skipped {
                let problem = Problem { severity: Severity::Warning, ..problem };
                report.warnings.push(self.incoming.refused(good.row, field, value, problem));
            } else {
                report.refused.push(self.incoming.refused(good.row, field, value, problem));
            }
        }
    }

    /// A value as such a file shows it.
    fn text(&self, field: usize, value: Option<&Value>) -> String {
        let Some(value) = value else { return String::new() };
        let definition = &self.incoming.form().fields[field];
        written(&self.incoming.snapshot.campaign, definition, value, self.incoming.snapshot).text()
    }
}

/// What a record stated at `version`; `None` when its history does not reach back so far.
async fn at_version(
    tx: &mut Tx,
    incoming: Incoming<'_>,
    stored: &FactRow,
    version: i64,
) -> Result<Option<Vec<Option<Value>>>> {
    let Some(later) = stored.version.checked_sub(version).and_then(|later| usize::try_from(later).ok())
    else {
        return Ok(None);
    };
    // Every change raises the version by one and says what was before it.
    let changes = audit::list_of(tx, "fact", stored.id.0).await?;
    let change = changes.len().checked_sub(later).and_then(|first| changes.get(first));
    let before = change.and_then(|change| change.before.as_deref());
    let decoded = before.map(|content| incoming.snapshot.codecs[incoming.form].decode(content));
    decoded.transpose().map_err(Error::internal)
}
