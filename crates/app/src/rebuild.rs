//! Folding everything anew from the records, and the recount that proves the
//! balances right (`jiangong verify`).

use campaign::definition::{Form, FormIdx, IdxVec};
use std::collections::BTreeMap;

use boxed_async::boxed_async;
use ledger::{
    balance::Own,
    fact::Fact,
    folded::FoldedBalances,
    posting_list::{PostingComparison, PostingDifference, PostingKey},
    recount::{Difference, Recount, Units, first_difference},
    spread::{BalanceChange, Spread},
};
use store::{FormCodec, Tx, balances, postings};

use crate::{App, Context, Result, Snapshot, record, rights::Action, transact::transact};

/// Codecs that read only what counting needs.
fn counting_codecs(snapshot: &Snapshot) -> IdxVec<Form, FormCodec> {
    let forms = snapshot.campaign.forms.iter();
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
            FormCodec::counting(form, &snapshot.vault, |field| fields.contains(&field))
        })
        .collect()
}

/// Hands every stored fact to `take`, with the fields that counting needs.
async fn for_each_record(tx: &mut Tx, snapshot: &Snapshot, mut take: impl FnMut(Fact)) -> Result<u64> {
    let codecs = counting_codecs(snapshot);
    let positions: BTreeMap<&str, FormIdx> =
        snapshot.campaign.forms.entries().map(|(position, form)| (form.id.as_str(), position)).collect();
    let mut count = 0;
    store::records::for_each(tx, |id, unit, form, content| {
        // A form that the present version no longer has counts nowhere.
        let Some(form) = positions.get(form).copied() else { return Ok(()) };
        let values = codecs[form].decode(content).map_err(|detail| store::Error::Corrupt {
            table: "fact",
            key: id.to_string(),
            detail,
        })?;
        take(Fact { id, form, unit, values });
        count += 1;
        Ok(())
    })
    .await?;
    Ok(count)
}

/// Folds all balances of the region, and the clocks that run, anew from its records.
pub(crate) async fn rebuild_in(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    let mut own = Own::default();
    for_each_record(tx, snapshot, |fact| {
        record::add_postings(&mut own, snapshot, &fact, &snapshot.classes, 1);
    })
    .await?;
    own.prune();
    let posted = std::mem::take(&mut own.postings).into_sorted();
    record::fold_anew(tx, snapshot).await?;
    put_balances(tx, snapshot, &own, &posted).await
}

/// Writes the balances that follow from `own`, and the postings behind them in order, in place
/// of whatever is stored.
pub(crate) async fn put_balances(
    tx: &mut Tx,
    snapshot: &Snapshot,
    own: &Own,
    posted: &[(PostingKey, i32)],
) -> Result<()> {
    let statements = record::statements(own);
    let book = snapshot.with_spread(|spread| fold_all(spread, own));
    balances::rebuild(tx, &book, &statements, posted).await?;
    record::refresh_baselines(tx, snapshot).await
}

fn fold_all(spread: &Spread<'_>, own: &Own) -> FoldedBalances {
    let mut change = BalanceChange::default();
    spread.add(own, 1, &mut change);
    change.prune();
    let mut book = FoldedBalances::default();
    book.apply(spread, change);
    book
}

/// What a recount found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records recounted.
    pub facts: u64,
    /// Rows of balances compared.
    pub rows: usize,
    /// The first row that differs.
    pub difference: Option<Difference>,
    /// Postings compared.
    pub postings: usize,
    /// The first posting that differs.
    pub posting: Option<PostingDifference>,
}

impl Verified {
    /// Whether everything stored is as it is recounted.
    pub fn agrees(&self) -> bool {
        self.difference.is_none() && self.posting.is_none()
    }
}

/// Recounts everything from the records and compares it with the balances.
///
/// # Errors
/// [`crate::Error::Forbidden`] for anybody but the city office.
#[boxed_async]
pub async fn verify(app: &App, ctx: &Context) -> Result<Verified> {
    app.fold(ctx).await?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::RecountFigures, &snapshot)?;
    let stored = balances::list_all(&mut tx).await?;
    let keeps_months = |unit| snapshot.keeps_months(unit);
    let units = Units {
        affiliations: &snapshot.affiliations,
        classes: &snapshot.classes,
        keeps_months: &keeps_months,
    };
    let mut recount = Recount::new(&snapshot.campaign, &units);
    let facts = for_each_record(&mut tx, &snapshot, |fact| recount.count(&snapshot.counted(&fact))).await?;
    let recounted = recount.finish();
    let mut comparison = PostingComparison::new(&recounted.postings);
    postings::for_each(&mut tx, |key, times| comparison.take(key, times)).await?;
    Ok(Verified {
        facts,
        rows: recounted.cells.len(),
        difference: first_difference(&stored, &recounted.cells),
        postings: recounted.postings.len(),
        posting: comparison.finish(),
    })
}

/// Folds everything anew, in place of whatever is stored.
///
/// # Errors
/// [`crate::Error::Forbidden`] for anybody but the city office.
#[boxed_async]
pub async fn rebuild(app: &App, ctx: &Context) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        store::definitions::lock_region(tx, store::definitions::Lock::Exclusive).await?;
        let snapshot = app.snapshot(tx).await?;
        ctx.require_for_region(Action::RecountFigures, &snapshot)?;
        rebuild_in(tx, &snapshot).await
    })
}
