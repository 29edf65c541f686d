//! What becomes of every record of an import that is taken back: it goes, it returns to what it
//! stated before, or it is left alone because something was built on it since.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use campaign::{
    definition::{FormIdx, Label, Values},
    validate::FieldProblem,
};
use jiff::Timestamp;
use model::{
    clock::day_of,
    ids::{ImportId, RecordId, UnitId},
    month::Month,
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{
    Tx, attachments, audit,
    audit::AuditRow,
    comments,
    import_records::{self, WrittenRecord},
    records::{self, RecordRow},
};

use crate::{
    Action, Context, Error, Result, Snapshot,
    audit::RECORD,
    record::{DERIVE, Former, Record, Statement, TAKE_BACK, Transitioned, identity, state_in},
};

/// Records that are judged together.
pub(super) const CHUNK: usize = 500;

/// Why a record is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftAlone {
    /// Somebody has changed it since.
    Changed {
        /// Who.
        actor: String,
        /// When, microseconds since 1970.
        at: i64,
    },
    /// It has taken a transition since.
    Moved {
        /// Who took it.
        actor: String,
        /// When, microseconds since 1970.
        at: i64,
        /// The transition.
        transition: Label,
    },
    /// Somebody has removed it.
    Removed {
        /// Who.
        actor: String,
        /// When, microseconds since 1970.
        at: i64,
    },
    /// Somebody has commented on it.
    Commented,
    /// It has attachments.
    Attached,
    /// It belongs to a unit that is not the person's.
    OtherUnit,
    /// Its unit is closed.
    UnitClosed,
    /// It states what is not for the person to state.
    StatedByOthers {
        /// Who states it.
        who: Label,
        /// In which transition.
        transition: Label,
    },
    /// Another record is now identified by what identified it before.
    IdentityTaken,
    /// What it stated before is not known.
    Unknown,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is removed.
    Goes,
    /// It returns to what it stated before.
    Returns,
    /// It stays as it is.
    Left(LeftAlone),
}

/// A record of the import.
#[derive(Debug)]
pub(super) struct PlanEntry {
    pub(super) written: WrittenRecord,
    pub(super) verdict: Verdict,
    /// Its version now; 0 when it is gone.
    version: i64,
}

/// A record that is shown to whoever decides.
pub(super) struct Sample {
    /// As it is; `None` when it is gone.
    pub(super) record: Option<Record>,
    /// As it was before, for one that returns.
    pub(super) former: Option<Former>,
    pub(super) verdict: Verdict,
}

/// What becomes of all of them, in the order of the import.
pub(super) struct Plan {
    pub(super) entries: Vec<PlanEntry>,
    /// The first of each kind.
    pub(super) samples: Vec<Sample>,
}

impl Plan {
    /// Judges every record of an import; of each kind the first `samples` are kept as they are.
    pub(super) async fn new(
        tx: &mut Tx,
        ctx: &Context,
        snapshot: &Snapshot,
        import: ImportId,
        samples: usize,
    ) -> Result<Self> {
        let written = import_records::list_of(tx, import).await?;
        let mut plan = Self { entries: Vec::with_capacity(written.len()), samples: Vec::new() };
        let mut shown = [0_usize; 3];
        // Records that shall be identified as before, with what is then wanted.
        let mut wanted = BTreeMap::new();
        let mut unread = Unread { ctx, snapshot, are_free: BTreeMap::new() };
        for chunk in written.chunks(CHUNK) {
            // Once enough of those that go are shown, it is of no interest what the others state.
            let going = if shown[0] < samples { BTreeSet::new() } else { unread.going(tx, chunk).await? };
            let read: Vec<WrittenRecord> =
                chunk.iter().copied().filter(|written| !going.contains(&written.id)).collect();
            let mut judged = judge(tx, ctx, snapshot, &read).await?.into_iter();
            for written in chunk {
                if going.contains(&written.id) {
                    plan.entries.push(PlanEntry { written: *written, verdict: Verdict::Goes, version: 1 });
                    continue;
                }
                let Some(Judged { written, record, former, verdict }) = judged.next() else { break };
                if let (Some(record), Some(former), Verdict::Returns) = (&record, &former, &verdict) {
                    let before = identity(snapshot, record.fact.form, &former.values);
                    if before != record.row.identity {
                        wanted.insert(written.id, (record.row.form.clone(), record.row.unit, before));
                    }
                }
                let kind = match verdict {
                    Verdict::Goes => 0,
                    Verdict::Returns => 1,
                    Verdict::Left(_) => 2,
                };
                let version = record.as_ref().map_or(0, |record| record.row.version);
                if shown[kind] < samples {
                    shown[kind] += 1;
                    plan.samples.push(Sample { record, former, verdict: verdict.clone() });
                }
                plan.entries.push(PlanEntry { written, verdict, version });
            }
        }
        plan.leave_taken_identities(tx, wanted).await?;
        Ok(plan)
    }

    /// Leaves records alone whose former identity another record bears that stays as it is.
    async fn leave_taken_identities(
        &mut self,
        tx: &mut Tx,
        wanted: BTreeMap<RecordId, (String, UnitId, String)>,
    ) -> Result<()> {
        let mut holders = BTreeMap::new();
        for (id, (form, unit, before)) in &wanted {
            let found = records::find_by_identity(tx, form, &[(*unit, before.clone())]).await?;
            holders.extend(found.first().map(|holder| (*id, holder.id)));
        }
        loop {
            // Those that make room: they go, or are identified otherwise themselves.
            let makes_room = |entry: &PlanEntry| match entry.verdict {
                Verdict::Goes => true,
                Verdict::Returns => wanted.contains_key(&entry.written.id),
                Verdict::Left(_) => false,
            };
            let room: BTreeSet<RecordId> =
                self.entries.iter().filter(|entry| makes_room(entry)).map(|entry| entry.written.id).collect();
            let is_taken = |id: &RecordId| holders.get(id).is_some_and(|holder| !room.contains(holder));
            let mut is_done = true;
            for entry in &mut self.entries {
                if entry.verdict == Verdict::Returns && is_taken(&entry.written.id) {
                    entry.verdict = Verdict::Left(LeftAlone::IdentityTaken);
                    is_done = false;
                    let sample = self.samples.iter_mut().find(|sample| {
                        sample.record.as_ref().is_some_and(|record| record.row.id == entry.written.id)
                    });
                    if let Some(sample) = sample {
                        sample.verdict = entry.verdict.clone();
                    }
                }
            }
            if is_done {
                return Ok(());
            }
        }
    }

    /// How many go, return, and are left alone.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let count =
            |wanted: fn(&Verdict) -> bool| self.entries.iter().filter(|entry| wanted(&entry.verdict)).count();
        let goes = count(|verdict| *verdict == Verdict::Goes);
        let returns = count(|verdict| *verdict == Verdict::Returns);
        (goes, returns, self.entries.len() - goes - returns)
    }

    /// What stands for all of it: what was shown is done only as long as this is the same.
    pub(super) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for entry in &self.entries {
            let kind: u8 = match entry.verdict {
                Verdict::Goes => 1,
                Verdict::Returns => 2,
                Verdict::Left(_) => 3,
            };
            hash.update(entry.written.id.0.to_le_bytes());
            hash.update(entry.version.to_le_bytes());
            hash.update([kind]);
        }
        hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// A record with what becomes of it.
pub(super) struct Judged {
    written: WrittenRecord,
    pub(super) record: Option<Record>,
    pub(super) former: Option<Former>,
    pub(super) verdict: Verdict,
}

/// Judges some records.
pub(super) async fn judge(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    written: &[WrittenRecord],
) -> Result<Vec<Judged>> {
    let ids: Vec<RecordId> = written.iter().map(|written| written.id).collect();
    let mut rows: BTreeMap<RecordId, RecordRow> =
        records::find_all(tx, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let is_untouched = |written: &WrittenRecord| {
        written.version == 1 && rows.get(&written.id).is_some_and(|row| row.version == 1)
    };
    // Of a record that the import has made and nobody has changed, the history says no more.
    let asked: Vec<i64> =
        written.iter().filter(|written| !is_untouched(written)).map(|written| written.id.0).collect();
    let histories = audit::list_of_all(tx, RECORD, &asked).await?;
    let made: Vec<RecordId> =
        written.iter().filter(|written| written.version == 1).map(|written| written.id).collect();
    let judging = Judging {
        ctx,
        snapshot,
        month: ctx.today(snapshot).month(),
        histories,
        commented: comments::commented(tx, &made).await?,
        attached: attachments::attached(tx, &made).await?,
    };
    written.iter().map(|written| judging.judge(*written, rows.remove(&written.id))).collect()
}

/// Finds records that go, without reading what they state.
struct Unread<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    /// Of which forms and units records go whatever they state.
    are_free: BTreeMap<(FormIdx, UnitId), bool>,
}

impl Unread<'_> {
    /// Those of some records that nobody has touched since the import made them, and that hold nothing of others.
    async fn going(&mut self, tx: &mut Tx, written: &[WrittenRecord]) -> Result<BTreeSet<RecordId>> {
        let made: Vec<RecordId> =
            written.iter().filter(|written| written.version == 1).map(|written| written.id).collect();
        let mut going = BTreeSet::new();
        for head in records::find_heads(tx, &made).await? {
            let Some((form, _)) = self.snapshot.definition.form(&head.form) else { continue };
            if head.version == 1 && self.is_free(form, head.unit) {
                going.insert(head.id);
            }
        }
        let ids: Vec<RecordId> = going.iter().copied().collect();
        for other in [comments::commented(tx, &ids).await?, attachments::attached(tx, &ids).await?] {
            going.retain(|id| !other.contains(id));
        }
        Ok(going)
    }

    /// Whether the person may remove each record of a form and a unit that nobody has touched.
    fn is_free(&mut self, form: FormIdx, unit: UnitId) -> bool {
        let (ctx, snapshot) = (self.ctx, self.snapshot);
        let month = ctx.today(snapshot).month();
        *self.are_free.entry((form, unit)).or_insert_with(|| {
            ctx.may(Action::WriteRecords, snapshot, unit)
                && !is_closed(snapshot, unit, month)
                && Statement::on_new(ctx, snapshot, (form, unit)).may_state_all()
        })
    }
}

fn is_closed(snapshot: &Snapshot, unit: UnitId, month: Month) -> bool {
    let closed_from = snapshot.units.get(&unit).and_then(|unit| unit.closed_from);
    closed_from.is_some_and(|from| from <= month)
}

/// What is known of some records.
struct Judging<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    month: Month,
    histories: BTreeMap<i64, Vec<AuditRow>>,
    commented: BTreeSet<RecordId>,
    attached: BTreeSet<RecordId>,
}

impl Judging<'_> {
    fn judge(&self, written: WrittenRecord, row: Option<RecordRow>) -> Result<Judged> {
        let history = self.histories.get(&written.id.0).map_or(&[][..], Vec::as_slice);
        let Some(row) = row else {
            let reason = history.last().map_or(LeftAlone::Unknown, |last| LeftAlone::Removed {
                actor: last.actor.clone(),
                at: last.at,
            });
            return Ok(Judged { written, record: None, former: None, verdict: Verdict::Left(reason) });
        };
        let record = Record::new(self.snapshot, row)?;
        if let Some(reason) = self.not_the_persons(&record) {
            // Nothing of what it states is shown.
            return Ok(Judged { written, record: None, former: None, verdict: Verdict::Left(reason) });
        }
        if written.version == 1 {
            let verdict = self.made(written, &record, history).map_or(Verdict::Goes, Verdict::Left);
            return Ok(Judged { written, record: Some(record), former: None, verdict });
        }
        let (former, verdict) = match self.former(written, &record, history)? {
            Ok(former) => (Some(former), Verdict::Returns),
            Err(reason) => (None, Verdict::Left(reason)),
        };
        Ok(Judged { written, record: Some(record), former, verdict })
    }

    fn not_the_persons(&self, record: &Record) -> Option<LeftAlone> {
        (!self.ctx.may(Action::WriteRecords, self.snapshot, record.row.unit)).then_some(LeftAlone::OtherUnit)
    }

    /// Why a record that the import has made does not go.
    fn made(&self, written: WrittenRecord, record: &Record, history: &[AuditRow]) -> Option<LeftAlone> {
        let id = record.row.id;
        self.changed_since(written, record, history)
            .or_else(|| self.closed(record))
            .or_else(|| self.commented.contains(&id).then_some(LeftAlone::Commented))
            .or_else(|| self.attached.contains(&id).then_some(LeftAlone::Attached))
            .or_else(|| {
                let nothing = self.snapshot.definition.forms[record.fact.form].no_values();
                self.statement_of_others(record, &nothing)
            })
    }

    /// As a record was before the import corrected it; or why it does not return to that.
    fn former(
        &self,
        written: WrittenRecord,
        record: &Record,
        history: &[AuditRow],
    ) -> Result<std::result::Result<Former, LeftAlone>> {
        if let Some(reason) = self.changed_since(written, record, history).or_else(|| self.closed(record)) {
            return Ok(Err(reason));
        }
        let Some(at) = entry_of(written, record, history) else { return Ok(Err(LeftAlone::Unknown)) };
        let (earlier, entry) = (&history[..at], &history[at]);
        let form = record.fact.form;
        let Some(before) = &entry.before else { return Ok(Err(LeftAlone::Unknown)) };
        let values = self.decode(form, before)?;
        let pending = match earlier.last().and_then(pending) {
            Some(pending) => self.decode(form, &pending)?,
            None => Values::default(),
        };
        if let Some(reason) = self.statement_of_others(record, &values) {
            return Ok(Err(reason));
        }
        let (state, since) = self.former_state(record, earlier, entry);
        Ok(Ok(Former { values, pending, state, since }))
    }

    /// The state before an entry of the history, and since when.
    fn former_state(
        &self,
        record: &Record,
        earlier: &[AuditRow],
        entry: &AuditRow,
    ) -> (Option<campaign::definition::StateIdx>, Option<jiff::civil::Date>) {
        let Some(workflow) = &self.snapshot.definition.forms[record.fact.form].workflow else {
            return (None, None);
        };
        let moved = |row: &AuditRow| row.detail.as_deref().and_then(Transitioned::read);
        match moved(entry).filter(|moved| moved.to.is_some()) {
            // It has not moved: it is in the state that it was in.
            None => (Some(state_in(workflow, &record.row, &record.fact.values)), record.row.since),
            Some(own) => {
                let last =
                    earlier.iter().rev().find(|row| moved(row).is_some_and(|moved| moved.to.is_some()));
                let since = last.and_then(|row| Timestamp::from_microsecond(row.at).ok()).map(day_of);
                // What was done after the day at which a region has stopped was done on that day.
                let since = match self.snapshot.region.business_day {
                    Some(day) => Some(since.unwrap_or_else(|| record.created_on()).min(day.date())),
                    None => since,
                };
                (own.from.and_then(|state| workflow.state(&state)), since)
            }
        }
    }

    fn decode(&self, form: FormIdx, content: &str) -> Result<Values> {
        self.snapshot.codecs[form].decode(content).map_err(Error::internal)
    }

    /// Who has changed a record since the import; `None` as well when what was changed was taken back.
    fn changed_since(
        &self,
        written: WrittenRecord,
        record: &Record,
        history: &[AuditRow],
    ) -> Option<LeftAlone> {
        if record.row.version == written.version {
            return None;
        }
        let last = history.last()?;
        let own_at = entry_of(written, record, history);
        // What was worked out since is nobody's change.
        if own_at.is_some_and(|at| history[at + 1..].iter().all(|entry| entry.action == DERIVE)) {
            return None;
        }
        let own = own_at.map(|at| &history[at]);
        let is_as_left = own.is_some_and(|own| {
            last.action == TAKE_BACK
                && own.after.as_ref() == Some(&record.row.content)
                && pending(own) == record.row.pending
        });
        if is_as_left {
            return None;
        }
        let (actor, at) = (last.actor.clone(), last.at);
        let workflow = self.snapshot.definition.forms[record.fact.form].workflow.as_ref();
        let transition =
            last.detail.as_deref().and_then(Transitioned::read).and_then(|moved| moved.transition);
        let transition = transition.and_then(|id| Some(workflow?.transition(&id)?.label.clone()));
        Some(match transition {
            Some(transition) => LeftAlone::Moved { actor, at, transition },
            None => LeftAlone::Changed { actor, at },
        })
    }

    fn closed(&self, record: &Record) -> Option<LeftAlone> {
        is_closed(self.snapshot, record.row.unit, self.month).then_some(LeftAlone::UnitClosed)
    }

    /// Who else states what would change.
    fn statement_of_others(&self, record: &Record, values: &Values) -> Option<LeftAlone> {
        let statement = Statement::on_record(self.ctx, self.snapshot, record)?;
        let foreign = statement.pending(values);
        match statement.confirmed_by(&foreign).into_iter().next() {
            Some(FieldProblem { problem: Problem::StatedByOthers { who, transition }, .. }) => {
                Some(LeftAlone::StatedByOthers { who, transition })
            }
            _ => None,
        }
    }
}

/// What was pending after a change.
fn pending(row: &AuditRow) -> Option<String> {
    Transitioned::read(row.detail.as_deref()?)?.pending
}

/// Position of the entry by which an import wrote a record: every change raises the version by one.
fn entry_of(written: WrittenRecord, record: &Record, history: &[AuditRow]) -> Option<usize> {
    let later = usize::try_from(record.row.version.checked_sub(written.version)?).ok()?;
    history.len().checked_sub(1)?.checked_sub(later)
}
