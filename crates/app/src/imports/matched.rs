//! Which stored record a row stands for, and what may be made of it: a file
//! that went out comes back, and others have worked meanwhile.
//!
//! A row that bears a mark stands for that record, whatever its number says
//! now; others are known by their identity within the unit. A marked row that
//! was edited corrects its record as long as nobody has changed that since;
//! otherwise the report shows both values and nothing is overwritten.

mod outcome;

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{FieldIdx, Values},
    validate::FieldProblem,
};
use exchange::register::masked;
use ledger::fact::Fact;
use model::{
    ids::{RecordId, UnitId},
    problem::{Problem, Severity},
    value::Value,
};
use store::{Tx, audit, records};

pub(super) use self::outcome::RowOutcome;
use super::{
    Incoming,
    natural_matches::{NaturalMatch, NaturalMatches},
    records::Good,
};
use crate::{
    Action, Context, Result,
    audit::RECORD,
    record::{Record, TAKE_BACK, identity, in_words},
};

/// What a row is.
pub(super) enum Verdict {
    /// Nothing stored is meant.
    New,
    /// It states something about this record, which it is known by.
    Known(Box<Record>, KnownBy),
    /// It states what an earlier row states: position of its sheet, and its number.
    Repeated { first: (usize, u32) },
    /// It cannot be taken, because of what is in this field.
    Refused(FieldProblem),
}

/// What a row's record is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// The mark of a file of ours.
    Mark,
    /// All of what identifies it.
    Identity,
    /// What it is known by on paper.
    Nature,
}

/// The stored records that a chunk of rows may stand for.
pub(super) struct Matches<'a> {
    incoming: Incoming<'a>,
    ctx: &'a Context,
    marks: &'a Marks,
    by_id: BTreeMap<RecordId, Record>,
    /// What the records state of which several rows claim to be: a copied row may mean the same person.
    copied: BTreeMap<RecordId, Fact>,
    by_identity: BTreeMap<(UnitId, String), Record>,
    /// Marked records that went when the import that had made them was taken back.
    taken_back: BTreeSet<RecordId>,
}

/// What the marks of a file say together.
pub(super) struct Marks {
    /// Records that several rows claim to be: somebody has copied a row to write a new one.
    repeated: BTreeSet<RecordId>,
    /// How many rows state each identity.
    stated: BTreeMap<(UnitId, String), usize>,
}

impl Marks {
    pub(super) fn new(good: &[Good]) -> Self {
        let mut seen = BTreeSet::new();
        let marks = good.iter().filter_map(|good| good.mark);
        let repeated = marks.filter(|mark| !seen.insert(mark.id)).map(|mark| mark.id).collect();
        let mut stated = BTreeMap::new();
        // Only files of ours have marks.
        for row in good.iter().filter(|_| !seen.is_empty()) {
            *stated.entry((row.unit, row.identity.clone())).or_default() += 1;
        }
        Self { repeated, stated }
    }
}

impl<'a> Matches<'a> {
    /// Reads what the rows may stand for.
    pub(super) async fn find(
        incoming: Incoming<'a>,
        ctx: &'a Context,
        tx: &mut Tx,
        good: &[Good],
        marks: &'a Marks,
    ) -> Result<Self> {
        let form = &incoming.form().id;
        let ids: BTreeSet<RecordId> = good.iter().filter_map(|good| good.mark).map(|mark| mark.id).collect();
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let marked = records::find_all(tx, &ids).await?;
        let marked = marked.into_iter().filter(|row| row.form == *form);
        let by_id = marked.map(|row| Ok((row.id, Record::new(incoming.snapshot, row)?)));
        let by_id: BTreeMap<RecordId, Record> = by_id.collect::<Result<_>>()?;
        let gone: Vec<RecordId> = ids.into_iter().filter(|id| !by_id.contains_key(id)).collect();
        let taken_back = taken_back(tx, &gone).await?;
        // A marked row is its record; another record is looked for where it has none of its own.
        let needs_identity = |good: &&Good| {
            good.mark.is_none_or(|mark| marks.repeated.contains(&mark.id) || taken_back.contains(&mark.id))
        };
        let wanted: Vec<(UnitId, String)> =
            good.iter().filter(needs_identity).map(|good| (good.unit, good.identity.clone())).collect();
        let known = records::find_by_identity(tx, form, &wanted).await?;
        let by_identity = known.into_iter().map(|row| {
            let place = (row.unit, row.identity.clone());
            Ok((place, Record::new(incoming.snapshot, row)?))
        });
        let by_identity = by_identity.collect::<Result<_>>()?;
        let copied = by_id.iter().filter(|(id, record)| {
            marks.repeated.contains(id) && ctx.may(Action::ReadRecords, incoming.snapshot, record.row.unit)
        });
        let copied = copied.map(|(id, record)| (*id, record.fact.clone())).collect();
        Ok(Self { incoming, ctx, marks, by_id, copied, by_identity, taken_back })
    }

    /// Notes which records rows stand for by mark or identity: no other row is known by their nature.
    pub(super) fn reserve(&self, natural: &mut NaturalMatches<'_>) {
        self.by_id.keys().for_each(|id| natural.reserve(*id));
        self.by_identity.values().for_each(|record| natural.reserve(record.row.id));
    }

    /// Whether a record has the identity that the row states.
    pub(super) fn knows(&self, good: &Good) -> bool {
        self.by_identity.contains_key(&(good.unit, good.identity.clone()))
    }

    /// What the row stands for; masks in it become the numbers they stand for.
    pub(super) async fn verdict(
        &mut self,
        tx: &mut Tx,
        natural: &mut NaturalMatches<'_>,
        good: &mut Good,
    ) -> Result<Verdict> {
        let mut stored = None;
        let copied = good.mark.map(|mark| mark.id);
        if let Some(mark) = good.mark {
            let is_copied = self.marks.repeated.contains(&mark.id);
            match self.by_id.get(&mark.id) {
                Some(record) if is_copied && !self.is_same(record, good) => good.mark = None,
                None if is_copied || self.taken_back.contains(&mark.id) => good.mark = None,
                Some(record) if record.row.unit == good.unit => stored = self.by_id.remove(&mark.id),
                Some(record) => return Ok(self.other_unit(record)),
                None => return Ok(self.at_identity(Problem::RecordGone { severity: Severity::Error })),
            }
        }
        if good.mark.is_none() {
            stored = self.by_identity.remove(&(good.unit, good.identity.clone()));
        }
        let mut by = if good.mark.is_some() { KnownBy::Mark } else { KnownBy::Identity };
        if stored.is_none() && natural.concerns(good) {
            by = KnownBy::Nature;
            match natural.take(good) {
                NaturalMatch::Nothing => {}
                NaturalMatch::Record(record) => stored = Some(*record),
                NaturalMatch::Repeated { first } => return Ok(Verdict::Repeated { first }),
            }
        }
        // Before masks are looked at: those of another record would be told as wrong.
        if let Some(other) = stored.as_ref().filter(|stored| self.is_marked_as_another(stored, good)) {
            let record = self.identified(&other.fact.values);
            return Ok(self.at_identity(Problem::MarkOfAnother { record }));
        }
        let copied = copied.filter(|_| good.mark.is_none()).and_then(|id| self.copied.get(&id));
        if let Some(fault) = self.unmask(good, stored.as_ref(), copied) {
            return Ok(fault);
        }
        let Some(stored) = stored else { return Ok(Verdict::New) };
        if good.mark.is_some() && good.identity != stored.row.identity {
            let taken = [(good.unit, good.identity.clone())];
            let taken = records::find_by_identity(tx, &stored.row.form, &taken).await?.pop();
            if let Some(other) = taken.filter(|other| other.id != stored.row.id) {
                let identity = self.identified(&good.values);
                return Ok(self.at_identity(Problem::Registered { identity, record: other.id }));
            }
        }
        Ok(Verdict::Known(Box::new(stored), by))
    }

    /// Whether the row still has the identity of the record; masks aside.
    fn is_same(&self, Record { row, fact, .. }: &Record, good: &Good) -> bool {
        if good.masked.is_empty() {
            return row.unit == good.unit && row.identity == good.identity;
        }
        let form = self.incoming.form();
        let is_alike = |field: &FieldIdx| match (&good.values[*field], &fact.values[*field]) {
            (Some(Value::Text(text)), Some(stored)) if good.masked.contains(field) => {
                masked(&form.fields[*field].kind, stored).as_ref() == Some(text)
            }
            (found, stored) => found == stored,
        };
        row.unit == good.unit && form.identity.iter().all(is_alike)
    }

    /// Whether the row bears the mark of a record that it does not state: marks are in a hidden
    /// column, which stays where it is when somebody moves the cells that he sees. Another row
    /// then states that record, or hardly anything of it is left in this one.
    fn is_marked_as_another(&self, Record { row, fact, .. }: &Record, good: &Good) -> bool {
        // Where the identity itself is masked, the masks decide.
        let is_masked = self.incoming.form().identity.iter().any(|field| good.masked.contains(field));
        if good.mark.is_none() || is_masked || good.identity == row.identity {
            return false;
        }
        if self.marks.stated.contains_key(&(row.unit, row.identity.clone())) {
            return true;
        }
        let recognised = self.incoming.on(good.sheet).recognised();
        let (mut stated, mut changed) = (0, 0);
        for (field, value) in good.values.entries().filter(|(field, _)| recognised.column(*field).is_some()) {
            let (before, is_own) = (fact.value(field), Some(field) == self.incoming.form().unit);
            let is_masked = good.masked.contains(&field) || self.incoming.form().is_derived(field);
            if !is_own && !is_masked && (value.is_some() || before.is_some()) {
                stated += 1;
                changed += usize::from(value.as_ref() != before);
            }
        }
        changed * 2 > stated
    }

    /// A record of a unit that is not the row's. Of one that is not the
    /// person's nothing is shown.
    fn other_unit(&self, record: &Record) -> Verdict {
        let (snapshot, row) = (self.incoming.snapshot, &record.row);
        if !self.ctx.may(Action::ReadRecords, snapshot, row.unit) {
            return self.at_identity(Problem::RecordGone { severity: Severity::Error });
        }
        let name = snapshot.units.get(&row.unit).map(|unit| unit.name.clone()).unwrap_or_default();
        let field = self.incoming.form().blamed_for_unit();
        Verdict::Refused(FieldProblem { field, problem: Problem::RecordUnit { unit: name } })
    }

    /// The fields that identify a record, in words, without personal numbers.
    fn identified(&self, values: &Values) -> String {
        let (snapshot, form) = (self.incoming.snapshot, self.incoming.form());
        let own = form.identity.iter().copied();
        let texts = own.filter_map(|field| in_words(snapshot, form, field, values[field].as_ref()?));
        texts.collect::<Vec<_>>().join(" ")
    }

    fn at_identity(&self, problem: Problem) -> Verdict {
        let form = self.incoming.form();
        let field = form.identity.first().copied();
        Verdict::Refused(FieldProblem { field: field.unwrap_or(form.blamed), problem })
    }

    /// Puts the stored numbers in the places of their masks: those of the row's own record, or
    /// of the one that it was copied from, as long as it names the same person.
    fn unmask(&self, good: &mut Good, stored: Option<&Record>, copied: Option<&Fact>) -> Option<Verdict> {
        if good.masked.is_empty() {
            return None;
        }
        let form = self.incoming.form();
        for field in std::mem::take(&mut good.masked) {
            let text = good.values[field].as_ref().and_then(Value::as_str).unwrap_or_default();
            let kind = &form.fields[field].kind;
            let person =
                form.persons.iter().find(|person| person.id_number == field || person.phone == Some(field));
            let is_same_person = |fact: &&Fact| {
                let name = person.map(|person| person.name);
                name.is_some_and(|name| good.values[name].as_ref() == fact.value(name))
            };
            let own = stored.map(|record| &record.fact).into_iter();
            let mut known = own.chain(copied.filter(is_same_person)).filter_map(|fact| fact.value(field));
            let number = known.find(|number| masked(kind, number).as_deref() == Some(text));
            let Some(number) = number else {
                let problem = Problem::MaskedNumber { found: text.to_owned() };
                return Some(Verdict::Refused(FieldProblem { field, problem }));
            };
            good.values[field] = Some(number.clone());
        }
        good.identity = identity(self.incoming.snapshot, self.incoming.form, &good.values);
        None
    }
}

/// Which of these records, which are gone, went when an import was taken back.
async fn taken_back(tx: &mut Tx, gone: &[RecordId]) -> Result<BTreeSet<RecordId>> {
    let ids: Vec<i64> = gone.iter().map(|id| id.0).collect();
    let histories = audit::list_of_all(tx, RECORD, &ids).await?;
    let went = histories.iter().filter(|(_, history)| {
        history.last().is_some_and(|last| last.action == TAKE_BACK && last.after.is_none())
    });
    Ok(went.map(|(id, _)| RecordId(*id)).collect())
}
