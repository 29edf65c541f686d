//! Indexes of records, beside the database: which records of a register fit a
//! question, and which have a key. They follow the changes of records in the order of their
//! commits, and can be built anew at any time (`docs/decisions/0006-search-index.md`).
//!
//! Like the records that they are made of, they name no use case.

mod build;
mod compare;
mod keys;
mod lag;
mod open;
mod updater;

use std::{sync::Arc, time::Duration};

use boxed_async::boxed_async;
use campaign::definition::{Definition, FormIdx};
use model::ids::UnitId;
use search::{Filter, SearchResult, Sort};
use store::{changes, listing};

pub use self::{
    compare::{IndexFault, RegisterIndex},
    lag::IndexLag,
    updater::IndexReach,
};
pub(crate) use self::{
    compare::{compare_all, rebuild_differing},
    keys::{find_by_key, find_by_key_in, shared_keys},
    open::Indexes,
    updater::IndexUpdater,
};
use crate::{App, Context, Error, Result, Snapshot, record::DUPLICATE};
pub use search::{IndexDifference, RecordPart};

/// How long a page waits for what has just changed; then it says how far the index reaches.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);

/// The registers of a campaign: the forms that have an index.
pub(crate) fn register_forms(definition: &Definition) -> impl Iterator<Item = FormIdx> {
    let forms = definition.forms.entries();
    forms.filter(|(_, form)| form.kind.is_register()).map(|(position, _)| position)
}

/// Brings the indexes of all registers up to date, those that are to be built
/// last: what a server does beside requests, so that nobody has to wait for
/// it. From time to time it looks `thoroughly`: at every byte of their files, and whether all records are there.
///
/// # Errors
/// When storage or an index refuses; the others are brought up to date all the same.
#[boxed_async]
pub async fn update_indexes(app: &App, ctx: &Context, thoroughly: bool) -> Result<()> {
    updater::number_changes(&app.db, ctx.region).await?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let last = changes::last(&mut tx).await?.filter(|_| !thoroughly);
    let forms = register_forms(&snapshot.definition).map(|form| IndexUpdater::new(app, &snapshot, form));
    let updaters = forms.collect::<Result<Vec<_>>>()?;
    // Most of the time nothing has happened.
    let changed = tokio::task::spawn_blocking(move || {
        updaters
            .into_iter()
            .filter(|updater| last.is_none_or(|last| !updater.is_at(last)))
            .collect::<Vec<_>>()
    });
    let mut sized = Vec::new();
    for updater in changed.await.map_err(Error::internal)? {
        let size = if updater.is_new() { listing::count(&mut tx, updater.form_id()).await? } else { 0 };
        sized.push((size, updater));
    }
    drop(tx);
    sized.sort_by_key(|(size, _)| *size);
    let mut outcome = Ok(());
    for (_, updater) in sized {
        let done = if thoroughly { reconcile(&updater).await } else { updater.bring_up_to_date().await };
        outcome = outcome.and(done);
    }
    outcome
}

/// Looks at every byte and every record of an index, and finds its duplicates before somebody asks for them.
async fn reconcile(updater: &IndexUpdater) -> Result<()> {
    updater.reconcile().await?;
    if updater.has_duplicate_keys() {
        updater.shared(DUPLICATE).await?;
    }
    Ok(())
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
    match updater.update_within(TIMEOUT).await? {
        IndexReach::Building(_) => Ok(SearchResult { count: 0, ids: Vec::new() }),
        _ => updater.find(Filter::default(), units, Sort::default(), 0, most).await,
    }
}
