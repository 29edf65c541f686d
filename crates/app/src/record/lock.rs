//! Locking a region before its records change.

use std::sync::Arc;

use campaign::definition::{Campaign, FormIdx};
use model::ids::RecordId;
use store::{
    Tx,
    definitions::{self, Lock},
};

use super::read::{Record, authorised};
use crate::{Action, App, Context, Result, Snapshot};

/// How the region must be locked for records of this form: returns may change
/// classes and baselines concern every unit above, so nobody else may write meanwhile.
pub(crate) fn lock_for(campaign: &Campaign, form: FormIdx) -> Lock {
    if campaign.forms[form].kind.changes_own_balances_alone() { Lock::Shared } else { Lock::Exclusive }
}

/// A record for somebody who may do `action` to it. It is read first; then the region is
/// locked as its form needs, and the snapshot is read under the lock.
///
/// # Errors
/// As [`authorised`].
pub(crate) async fn open(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    action: Action,
    id: RecordId,
) -> Result<(Arc<Snapshot>, Record)> {
    let (snapshot, record) = authorised(app, ctx, tx, action, id).await?;
    definitions::lock_region(tx, lock_for(&snapshot.campaign, record.fact.form)).await?;
    let snapshot = app.snapshot(tx).await?;
    Ok((snapshot, record))
}
