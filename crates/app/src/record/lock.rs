//! Locking a region before its records change.

use std::sync::Arc;

use campaign::definition::{Definition, FormIdx};
use model::ids::RecordId;
use store::{
    Engine, Tx,
    definitions::{self, Lock},
};

use super::read::{Record, authorised};
use crate::{Action, App, Context, Result, Snapshot};

/// How the region must be locked for records of this form: returns may change
/// classes and baselines concern every unit above, so nobody else may write meanwhile.
pub(crate) fn lock_for(definition: &Definition, form: FormIdx) -> Lock {
    if definition.forms[form].kind.changes_own_balances_alone() { Lock::Shared } else { Lock::Exclusive }
}

/// Locks the region as records of a form need it; the snapshot as it is under the lock. On SQLite whoever writes is
/// alone from the beginning of the transaction.
pub(crate) async fn lock(
    app: &App,
    tx: &mut Tx,
    snapshot: Arc<Snapshot>,
    form: FormIdx,
) -> Result<Arc<Snapshot>> {
    if tx.engine() == Engine::Sqlite {
        return Ok(snapshot);
    }
    definitions::lock_region(tx, lock_for(&snapshot.definition, form)).await?;
    app.snapshot(tx).await
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
    let snapshot = lock(app, tx, snapshot, record.fact.form).await?;
    Ok((snapshot, record))
}
