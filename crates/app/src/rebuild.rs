//! Folding everything anew from the records, and the check that proves everything
//! stored right (`jiangong verify`): the audit against itself, records against the audit, all that
//! follows from records against a recount, the indexes against the records, and attachments against their hashes.

mod attachment_files;
mod audited;
mod class_days;
mod days;
mod derived;
mod verified;

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher as _},
};

use campaign::definition::{Definition, Form, FormIdx, IdxVec};
use jiff::Timestamp;
use ledger::{
    balance::{CellKey, Own},
    balance_row::BalanceRow,
    baseline::baselines,
    fact::Fact,
    folded::FoldedBalances,
    posting_list::{PostingKey, PostingList},
    spread::{BalanceChange, Spread},
};
use model::clock::day_of;
use store::{
    FormCodec, Tx, balances,
    records::{self, RecordRow},
};

pub use self::verified::{Finding, RecordFault, Verified, rebuild, verify};
pub(crate) use self::{
    class_days::ClassDays,
    days::{PostedDays, make_days_if_needed, measure_numbers, slot_numbers},
    verified::rebuild_audited,
};
use crate::{Context, OpenRegion, Result, Snapshot, record};

/// A number for something, to be compared within this run of the program.
fn hash(thing: &(impl Hash + ?Sized)) -> u64 {
    let mut hash = DefaultHasher::new();
    thing.hash(&mut hash);
    hash.finish()
}

/// Codecs that read only what counting needs.
fn counting_codecs(snapshot: &Snapshot) -> IdxVec<Form, FormCodec> {
    let forms = snapshot.definition.forms.iter();
    forms
        .map(|form| {
            let mut fields = Vec::new();
            for post in &form.posts {
                fields.push(post.on);
                fields.extend(post.unit);
                if let campaign::definition::Amount::Field(field) = post.amount {
                    fields.push(field);
                }
                if let Some(when) = &post.when {
                    when.fields(&mut fields);
                }
                for part in &post.key {
                    match part {
                        campaign::definition::KeyPart::Person(person) => {
                            fields.extend([person.id_number, person.name]);
                        }
                        campaign::definition::KeyPart::Field(field)
                        | campaign::definition::KeyPart::Prefix(field, _) => fields.push(*field),
                        campaign::definition::KeyPart::Unit => {}
                    }
                }
            }
            if form.kind.states_classes() {
                fields.extend(form.classifying.iter().copied().chain(form.year));
            }
            // In which state a record is may decide whether it counts.
            for state in form.workflow.iter().flat_map(|workflow| workflow.states.iter()) {
                if let Some(when) = &state.when {
                    when.fields(&mut fields);
                }
            }
            FormCodec::counting(form, &snapshot.vault, |field| fields.contains(&field))
        })
        .collect()
}

/// The positions of forms by the ids under which their records are stored: before a version is put in force, these are
/// the ids that it renames.
fn form_positions(definition: &Definition) -> BTreeMap<&str, FormIdx> {
    let former = definition.forms.entries().flat_map(|(position, form)| {
        definition.former_forms(&form.id).iter().map(move |id| (id.as_str(), position))
    });
    let present = definition.forms.entries().map(|(position, form)| (form.id.as_str(), position));
    former.chain(present).collect()
}

/// Reads of records what counting needs.
struct CountedFields<'a> {
    snapshot: &'a Snapshot,
    codecs: IdxVec<Form, FormCodec>,
    positions: BTreeMap<&'a str, FormIdx>,
}

impl<'a> CountedFields<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        let positions = form_positions(&snapshot.definition);
        Self { snapshot, codecs: counting_codecs(snapshot), positions }
    }

    /// The form of a record; `None` for one that the present version does not have: it counts nowhere.
    fn form(&self, row: &RecordRow) -> Option<FormIdx> {
        self.positions.get(row.form.as_str()).copied()
    }

    fn read(&self, form: FormIdx, row: &RecordRow) -> Result<Fact> {
        let values = self.codecs[form].decode(&row.content).map_err(|detail| store::Error::Corrupt {
            table: "fact",
            key: row.id.to_string(),
            detail,
        })?;
        let state = record::stored_state(self.snapshot, form, row.state.as_deref());
        Ok(Fact { id: row.id, form, unit: row.unit, values, state })
    }
}

/// Hands every stored record that `is_wanted` to `take`, with the fields that counting needs.
async fn for_each_record(
    tx: &mut Tx,
    snapshot: &Snapshot,
    mut is_wanted: impl FnMut(&RecordRow) -> bool,
    mut take: impl FnMut(Fact),
) -> Result<()> {
    let fields = CountedFields::new(snapshot);
    let mut fault = None;
    records::for_each_or_blank(tx, |row| {
        if let Some(form) = fields.form(&row).filter(|_| is_wanted(&row)) {
            match fields.read(form, &row) {
                Ok(fact) => take(fact),
                Err(error) => fault = Some(error),
            }
        }
        Ok(())
    })
    .await?;
    fault.map_or(Ok(()), Err)
}

/// Folds all balances of the region, and what has to be done, anew from its records.
/// What becomes another than it was is known since `now`.
pub(crate) async fn rebuild_in(tx: &mut Tx, snapshot: &Snapshot, now: Timestamp) -> Result<()> {
    rebuild_from(tx, snapshot, now, |_| true).await
}

/// Puts the fields right that follow from other records, wherever they are not: a definition has come to have them, or
/// records were loaded.
pub(crate) async fn derive_in(tx: &mut Tx, snapshot: &Snapshot, ctx: &Context) -> Result<()> {
    let commands = record::derive_anew(tx, snapshot, &|_| true).await?;
    record::write_records(tx, snapshot, ctx, commands).await
}

/// The same from those of its records alone that `is_wanted`.
pub(crate) async fn rebuild_from(
    tx: &mut Tx,
    snapshot: &Snapshot,
    now: Timestamp,
    is_wanted: impl Fn(&RecordRow) -> bool,
) -> Result<()> {
    let mut own = Own::default();
    for_each_record(tx, snapshot, &is_wanted, |fact| {
        record::add_postings(&mut own, snapshot, &fact, &snapshot.classes, 1);
    })
    .await?;
    own.prune();
    let posted = std::mem::take(&mut own.postings).into_sorted();
    record::put_references_anew(tx, snapshot, &is_wanted).await?;
    record::fold_anew(tx, snapshot, is_wanted).await?;
    put_balances(tx, snapshot, &own, &posted, now).await
}

/// Folds everything anew under a version that has been put in force: what units are and where records count may be
/// something else under it.
pub(crate) async fn rebuild_version(tx: &mut Tx, region: &OpenRegion, ctx: &Context) -> Result<()> {
    let snapshot = region.load(tx).await?;
    derived::put_anew(tx, &snapshot, |_| true).await?;
    let snapshot = region.load(tx).await?;
    rebuild_in(tx, &snapshot, ctx.clock.now()).await?;
    derive_in(tx, &snapshot, ctx).await
}

/// The rows of all balances as they follow from the records under the definition of `snapshot`, which need not be in force:
/// what units are follows from the records as well. Nothing is written.
pub(crate) async fn rows_of_records(
    tx: &mut Tx,
    snapshot: &mut Snapshot,
) -> Result<BTreeMap<CellKey, BalanceRow>> {
    let classes = derived::classes_of_records(tx, snapshot).await?;
    snapshot.put_classes(classes.into_iter().collect());
    let mut own = Own::default();
    let count = |fact: Fact| {
        record::add_postings(&mut own, snapshot, &fact, &snapshot.classes, 1);
        own.postings = PostingList::default();
    };
    for_each_record(tx, snapshot, |_| true, count).await?;
    own.prune();
    let owes = |unit| snapshot.is_single(unit);
    let baselines = baselines(&snapshot.definition, &record::statements(&own), &snapshot.tree, &owes);
    let mut rows = snapshot.with_spread(|spread| fold_all(spread, &own)).cells;
    rows.extend(baselines);
    Ok(rows)
}

/// Writes the balances that follow from `own`, and the postings behind them in order, in place
/// of whatever is stored. What changes is known since `now`.
pub(crate) async fn put_balances(
    tx: &mut Tx,
    snapshot: &Snapshot,
    own: &Own,
    posted: &[(PostingKey, i32)],
    now: Timestamp,
) -> Result<()> {
    days::renumber_slots(tx, snapshot).await?;
    let statements = record::statements(own);
    let owes = |unit| snapshot.is_single(unit);
    let baselines = baselines(&snapshot.definition, &statements, &snapshot.tree, &owes);
    let book = snapshot.with_spread(|spread| fold_all(spread, own));
    Ok(balances::rebuild(tx, &book, (&statements, &baselines), posted, day_of(now)).await?)
}

fn fold_all(spread: &Spread<'_>, own: &Own) -> FoldedBalances {
    let mut change = BalanceChange::default();
    spread.add(own, 1, &mut change);
    change.prune();
    let mut book = FoldedBalances::default();
    book.apply(spread, change);
    book
}
