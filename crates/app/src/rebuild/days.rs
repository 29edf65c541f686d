//! The days on which balances changed, made from what is known of records: from the history that they are loaded with,
//! or, in a database of an earlier version of the program, from its audit (`docs/decisions/0035-figures-as-known.md`).

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::{AnswerPair, Definition, Form, Measure, MeasureIdx};
use jiff::{Timestamp, civil::Date};
use ledger::{
    balance::Own,
    fact::Fact,
    known::{DayChange, fold_days},
    posting_list::PostingKey,
};
use model::{
    clock::day_of,
    ids::{RecordId, UnitId},
};
use store::{
    Tx,
    audit::{self, AuditRow},
    balances,
    definitions::{self, Lock},
    former, known_days,
    records::{self, RecordRow},
};

use super::class_days::{ClassDays, ClassTimeline};
use crate::{
    App, OpenRegion, Result, Snapshot,
    record::{Transitioned, add_postings, read_record},
    transact::transact,
    upgrade::{UpgradePhase, UpgradeProgress},
    versions,
};

/// What units posted on each day.
#[derive(Default)]
pub(crate) struct PostedDays {
    days: BTreeMap<Date, Own>,
    /// Where records counted and do not count any more, each with the day on which that ended.
    ended: BTreeMap<PostingKey, Date>,
}

impl PostedDays {
    /// Adds a record that stated the one thing after the other: its versions, each with its day, the first one first.
    /// What it counted follows from what its units were known to be on each day.
    pub(crate) fn add(&mut self, snapshot: &Snapshot, timeline: &ClassTimeline, versions: &[(Date, Fact)]) {
        let Some((entered, first)) = versions.first() else { return };
        let mut days: BTreeSet<Date> = versions.iter().map(|(day, _)| *day).collect();
        days.extend(timeline.days_of(&snapshot.definition, first.form, *entered));
        let (mut later, mut fact, mut before) = (versions.iter().peekable(), first, None);
        for day in days {
            let own = self.days.entry(day).or_default();
            if let Some((fact, classes)) = before {
                add_postings(own, snapshot, fact, classes, -1);
            }
            // Of several versions of one day the last one is known at its end.
            while let Some((_, next)) = later.next_if(|(made, _)| *made <= day) {
                fact = next;
            }
            let classes = timeline.classes_on(day);
            add_postings(own, snapshot, fact, classes, 1);
            // Where records count is no part of a day.
            let posted = std::mem::take(&mut own.postings).into_sorted();
            let ended = posted.into_iter().filter(|(_, times)| *times < 0);
            self.ended.extend(ended.map(|(key, _)| (key, day)));
            before = Some((fact, classes));
        }
    }

    /// Writes what the days changed in a region that has no days yet.
    pub(crate) async fn put(mut self, tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
        self.days.values_mut().for_each(Own::prune);
        former::insert(tx, &self.ended).await?;
        let mut changed: Vec<(Date, BTreeMap<UnitId, DayChange>)> = Vec::new();
        snapshot.with_spread(|spread| {
            let owes = |unit| snapshot.is_single(unit);
            let place = (&*snapshot.definition, &snapshot.tree, &owes as &dyn Fn(UnitId) -> bool);
            fold_days(place, spread, self.days, |day, units| changed.push((day, units)));
        });
        for (day, units) in changed {
            known_days::insert(tx, day, units).await?;
        }
        Ok(())
    }
}

/// Puts the days under the slots of the definition in force, where they have those of an earlier one. What the
/// definition does not count any more is dropped; what it counts anew is known from now on.
pub(super) async fn renumber_slots(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    let Some(hash) = known_days::definition(tx).await? else { return Ok(()) };
    let definition = &snapshot.definition;
    if hash == definition.hash {
        return Ok(());
    }
    let former = versions::stored(tx, &hash).await?;
    let numbers = slot_numbers(&former, definition);
    let is_same = numbers.iter().all(|(from, to)| from == to);
    if !is_same || numbers.len() < slots(&former) {
        known_days::renumber(tx, &numbers).await?;
    }
    former::renumber(tx, &measure_numbers(&former, definition)).await?;
    Ok(known_days::put_definition(tx, &definition.hash).await?)
}

/// How many slots a definition has.
fn slots(definition: &Definition) -> usize {
    let of_measures = definition.measures.iter().flat_map(Measure::slots);
    let of_pairs = definition.answer_pairs.iter().flat_map(AnswerPair::all_slots);
    of_measures.chain(of_pairs).flatten().count()
}

/// Where the slots of one definition are in another, for measures that both have.
pub(crate) fn slot_numbers(former: &Definition, new: &Definition) -> BTreeMap<usize, usize> {
    let mut numbers = BTreeMap::new();
    for measure in &new.measures {
        let Some(before) = former.measures.iter().find(|before| continues(measure, before)) else {
            continue;
        };
        let both = before.slots().into_iter().zip(measure.slots());
        numbers.extend(both.filter_map(|(before, now)| before.zip(now)));
    }
    for pair in &new.answer_pairs {
        let form = &new.forms[pair.form].id;
        let is_same = |other: &&AnswerPair| {
            let before = &former.forms[other.form].id;
            let is_same_form = form == before
                || new.former_forms(form).contains(before)
                || former.former_forms(before).contains(form);
            is_same_form
                && continues(&new.measures[pair.above], &former.measures[other.above])
                && continues(&new.measures[pair.below], &former.measures[other.below])
        };
        let Some(before) = former.answer_pairs.iter().find(is_same) else { continue };
        let both = before.all_slots().into_iter().zip(pair.all_slots());
        numbers.extend(both.filter_map(|(before, now)| before.zip(now)));
    }
    numbers
}

/// Whether a measure is what another definition has, earlier or later, under its id or under one that it had before.
fn continues(now: &Measure, before: &Measure) -> bool {
    let is_named = now.id == before.id || now.former.contains(&before.id) || before.former.contains(&now.id);
    is_named && (now.since, now.kind) == (before.since, before.kind)
}

/// Which measure of one definition is which of another; `None` for one that it does not have.
pub(crate) fn measure_numbers(
    former: &Definition,
    new: &Definition,
) -> BTreeMap<MeasureIdx, Option<MeasureIdx>> {
    let same = |before: &Measure| new.measures.position(|measure| continues(measure, before));
    former.measures.entries().map(|(position, before)| (position, same(before))).collect()
}

/// Makes the days of a region whose database came from a version of the program that kept none. It is one
/// transaction: an upgrade that is cut short begins again.
pub(crate) async fn make_days_if_needed(app: &App, region: &OpenRegion) -> Result<()> {
    let mut tx = app.read(region.id).await?;
    let is_made = known_days::definition(&mut tx).await?.is_some();
    let is_set_up = definitions::find_region(&mut tx).await?.is_some();
    drop(tx);
    if is_made || !is_set_up {
        return Ok(());
    }
    transact!(app, region.id, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        if known_days::definition(tx).await?.is_some() {
            return Ok(());
        }
        let snapshot = region.load(tx).await?;
        app.upgrade.begin(UpgradePhase::Days, 0, records::count(tx).await?);
        known_days::clear(tx).await?;
        from_audit(tx, &snapshot, &app.upgrade).await?.put(tx, &snapshot).await?;
        // Records that were removed before are in no day, and units are taken to have been where they are: what does
        // not follow from this is known from today on.
        let cells = balances::list_all(tx).await?;
        known_days::reconcile_now(tx, &cells, day_of(app.clock.now())).await?;
        Ok(known_days::put_definition(tx, &snapshot.definition.hash).await?)
    })?;
    app.upgrade.end();
    Ok(())
}

/// Records whose histories are read at once.
const BATCH: i64 = 2_000;

/// What units posted on each day, by the audit.
async fn from_audit(tx: &mut Tx, snapshot: &Snapshot, progress: &UpgradeProgress) -> Result<PostedDays> {
    // What units were on a day must be known before their records are posted.
    let mut classes = ClassDays::default();
    let states_classes = |form: &Form| form.kind.states_classes();
    for_each_history(tx, snapshot, states_classes, |versions| {
        classes.take(&snapshot.definition, &versions);
    })
    .await?;
    let mut days = PostedDays::default();
    for_each_history(
        tx,
        snapshot,
        |_| true,
        |versions| {
            days.add(snapshot, &classes.of_record(snapshot, &versions), &versions);
            progress.add(1);
        },
    )
    .await?;
    Ok(days)
}

/// Hands the versions of each record of some forms to `take`, with their days; a part of the records is in memory at once.
async fn for_each_history(
    tx: &mut Tx,
    snapshot: &Snapshot,
    is_wanted: impl Fn(&Form) -> bool,
    mut take: impl FnMut(Vec<(Date, Fact)>),
) -> Result<()> {
    let mut after = RecordId(i64::MIN);
    loop {
        let mut rows = records::list_after(tx, after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        rows.retain(|row| snapshot.definition.form(&row.form).is_some_and(|(_, form)| is_wanted(form)));
        let mut histories = audit::histories(tx, &rows).await?;
        for row in &rows {
            let history = histories.remove(&row.id.0).unwrap_or_default();
            take(versions_of(snapshot, row, history));
        }
    }
}

/// The versions of a record with their days. One that cannot be read any more is left out: what it
/// stated is known with the next.
fn versions_of(snapshot: &Snapshot, row: &RecordRow, history: Vec<AuditRow>) -> Vec<(Date, Fact)> {
    let (mut versions, mut day, mut state) = (Vec::new(), Date::MIN, None);
    let count = history.len();
    for (number, entry) in (1..).zip(history) {
        let Ok(at) = Timestamp::from_microsecond(entry.at) else { continue };
        day = day_of(at).max(day);
        state = entry.detail.as_deref().and_then(Transitioned::read).and_then(|moved| moved.to).or(state);
        let fact = if number == count {
            read_record(snapshot, row).ok()
        } else {
            entry.after.and_then(|content| {
                read_record(snapshot, &RecordRow { content, state: state.clone(), ..row.clone() }).ok()
            })
        };
        versions.extend(fact.map(|fact| (day, fact)));
    }
    versions
}
