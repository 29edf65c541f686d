//! Indexes of records, beside the database: which records of a register fit a
//! question, and which have a key. They follow from the audit and can be built
//! anew at any time (`docs/decisions/0006-search-index.md`).
//!
//! Like the records that they are made of, they name no use case.

mod keys;
mod open;
mod updater;

use std::{sync::Arc, time::Duration};

use boxed_async::boxed_async;
use campaign::definition::{Campaign, FormIdx};
use jiff::Timestamp;
use model::ids::UnitId;
use search::{Filter, SearchResult, Sort};
use store::{Tx, listing};

pub use self::updater::IndexReach;
pub(crate) use self::{
    keys::{find_by_key, find_by_key_in, shared_keys},
    open::Indexes,
    updater::IndexUpdater,
};
use crate::{App, Context, OpenRegion, Result, Snapshot};

/// How long a page waits for what has just changed; then it says how far the index reaches.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);

/// The registers of a campaign: the forms that have an index.
pub(crate) fn register_forms(campaign: &Campaign) -> impl Iterator<Item = FormIdx> {
    let forms = campaign.forms.entries();
    forms.filter(|(_, form)| form.kind.is_register()).map(|(position, _)| position)
}

/// Brings the indexes of all registers up to date, those that are to be built
/// last: what a server does beside requests, so that nobody has to wait for
/// it. From time to time it looks `thoroughly`: for what was committed late, and once whether all records are there.
///
/// # Errors
/// When storage or an index refuses.
#[boxed_async]
pub async fn update_indexes(app: &App, ctx: &Context, thoroughly: bool) -> Result<()> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let mut sizes = Vec::new();
    for form in register_forms(&snapshot.campaign) {
        let is_new = IndexUpdater::new(app, &snapshot, form)?.index().reached().is_none();
        let size = if is_new { listing::count(&mut tx, &snapshot.campaign.forms[form].id).await? } else { 0 };
        sizes.push((size, form));
    }
    drop(tx);
    sizes.sort_unstable();
    for (_, form) in sizes {
        let updater = IndexUpdater::new(app, &snapshot, form)?;
        if thoroughly {
            updater.reconcile().await?;
        } else {
            updater.bring_up_to_date().await?;
        }
    }
    Ok(())
}

/// For how many seconds the indexes that this process has open lack what was stored.
pub(crate) async fn lag_seconds(region: &OpenRegion, tx: &mut Tx, now: Timestamp) -> Result<i64> {
    let Some(read_to) = region.indexes.read_to() else { return Ok(0) };
    let missing = listing::first_audit_after(tx, read_to).await?;
    Ok(missing.map_or(0, |audit| now.duration_since(store::made_at(audit)).as_secs().max(0)))
}

/// The newest records of a form, as far as the index reaches at once: enough
/// for suggestions. `units` are those whose records are wanted, `None` for all.
pub(crate) async fn newest(
    app: &App,
    snapshot: &Arc<Snapshot>,
    form: FormIdx,
    units: Option<Vec<UnitId>>,
    most: usize,
) -> Result<SearchResult> {
    let updater = IndexUpdater::new(app, snapshot, form)?;
    updater.update_within(TIMEOUT).await?;
    updater.find(Filter::default(), units, Sort::default(), 0, most).await
}
