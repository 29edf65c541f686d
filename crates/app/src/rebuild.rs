//! Folding everything anew from the facts, and the recount that proves the
//! balances right (`jiangong verify`).

use std::collections::BTreeMap;

use ledger::{
    balance::Own,
    book::Book,
    fact::Fact,
    recount::{Difference, Recount, Units, first_difference},
    spread::{Change, Spread},
};
use store::{FormCodec, Tx, balances};

use crate::{App, Context, Error, Result, Snapshot, record, rights::Action, work};

/// Codecs that read only what counting needs.
fn counting_codecs(snapshot: &Snapshot) -> Vec<FormCodec> {
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
async fn for_each_fact(tx: &mut Tx, snapshot: &Snapshot, mut take: impl FnMut(Fact)) -> Result<u64> {
    let codecs = counting_codecs(snapshot);
    let positions: BTreeMap<&str, usize> = snapshot
        .campaign
        .forms
        .iter()
        .enumerate()
        .map(|(position, form)| (form.id.as_str(), position))
        .collect();
    let mut count = 0;
    store::facts::for_each(tx, |id, unit, form, content| {
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

/// Folds all balances of the region, and what is awaited, anew from its facts.
pub(crate) async fn rebuild_in(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    let mut own = Own::default();
    for_each_fact(tx, snapshot, |fact| {
        record::add(&mut own, snapshot, &fact, &snapshot.classes, 1);
    })
    .await?;
    own.prune();
    work::fold_anew(tx, snapshot).await?;
    put_book(tx, snapshot, &own).await
}

/// Writes the balances that follow from `own` in place of whatever is stored.
pub(crate) async fn put_book(tx: &mut Tx, snapshot: &Snapshot, own: &Own) -> Result<()> {
    let statements = record::statements(own);
    let book = snapshot.with_spread(|spread| book(spread, own));
    balances::rebuild(tx, &book, &statements).await?;
    record::refresh_baselines(tx, snapshot).await
}

fn book(spread: &Spread<'_>, own: &Own) -> Book {
    let mut change = Change::default();
    spread.add(own, 1, &mut change);
    change.prune();
    let mut book = Book::default();
    book.apply(spread, change);
    book
}

/// What a recount found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Facts recounted.
    pub facts: u64,
    /// Rows of balances compared.
    pub rows: usize,
    /// The first row that differs.
    pub difference: Option<Difference>,
}

/// Recounts everything from the facts and compares it with the balances.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office.
pub async fn verify(app: &App, ctx: &Context) -> Result<Verified> {
    app.fold().await?;
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let stored = balances::all(&mut tx).await?;
    let keeps_months = |unit| snapshot.keeps_months(unit);
    let units = Units {
        affiliations: &snapshot.affiliations,
        classes: &snapshot.classes,
        keeps_months: &keeps_months,
    };
    let mut recount = Recount::new(&snapshot.campaign, &units);
    let facts = for_each_fact(&mut tx, &snapshot, |fact| recount.count(&snapshot.counted(&fact))).await?;
    tx.rollback().await?;
    let recounted = recount.finish();
    Ok(Verified { facts, rows: recounted.len(), difference: first_difference(&stored, &recounted) })
}

/// Folds everything anew, in place of whatever is stored.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office.
pub async fn rebuild(app: &App, ctx: &Context) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    store::definitions::lock_region(&mut tx, store::definitions::Lock::Exclusive).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    rebuild_in(&mut tx, &snapshot).await?;
    tx.commit().await.map_err(Error::from)
}
