//! One step of many records at once: looked at first, then taken in one transaction.

use std::sync::Arc;

use model::{
    ids::FactId,
    problem::{Problem, ProblemKind},
};
use store::{
    Tx,
    definitions::{self, Lock},
    facts,
};

use super::{find, judge};
use crate::{
    Action, App, Context, Error, Result, Snapshot,
    facts::Stated,
    record::{Command, lock_for, read_fact, record},
};

/// Most records that take a step together.
pub const MOST: usize = 1_000;

/// A record, and the version of it that was seen; `None` to take it as it is.
pub type Chosen = (FactId, Option<i64>);

/// One step of many records.
pub struct Many {
    /// The region as it was.
    pub snapshot: Arc<Snapshot>,
    /// Position of their form; `None` when no record was found.
    pub form: Option<usize>,
    /// Records that can take it (or have taken it), each with the version that was looked at.
    pub fit: Vec<(FactId, i64)>,
    /// Records that cannot, each with why.
    pub unfit: Vec<(FactId, Error)>,
}

/// Which of these records could take a step with these fields, and why the others could not.
///
/// # Errors
/// [`Error::NotFound`] for a step that the records do not know;
/// [`Error::Invalid`] for more than [`MOST`] records.
pub async fn preview_many(
    app: &App,
    ctx: &Context,
    chosen: &[Chosen],
    step: &str,
    stated: impl Into<Stated>,
) -> Result<Many> {
    let mut tx = app.db.read(app.region).await?;
    let (many, _) = judge_all(app, ctx, &mut tx, chosen, step, &stated.into()).await?;
    tx.rollback().await?;
    Ok(many)
}

/// Takes a step of all records that can take it, in one transaction. The others stay as they are, and say why.
///
/// # Errors
/// As [`preview_many`]; [`Error::Stale`] when somebody changed one of them in the same moment: nothing is taken.
pub async fn take_many(
    app: &App,
    ctx: &Context,
    chosen: &[Chosen],
    step: &str,
    stated: impl Into<Stated>,
) -> Result<Many> {
    let mut tx = app.db.write(app.region).await?;
    definitions::lock_region(&mut tx, Lock::Shared).await?;
    let (many, commands) = judge_all(app, ctx, &mut tx, chosen, step, &stated.into()).await?;
    let Some(form) = many.form else { return Ok(many) };
    definitions::lock_region(&mut tx, lock_for(&many.snapshot.campaign, form)).await?;
    record(&mut tx, &many.snapshot, ctx, commands).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(many)
}

async fn judge_all(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    chosen: &[Chosen],
    step: &str,
    stated: &Stated,
) -> Result<(Many, Vec<Command>)> {
    if chosen.len() > MOST {
        let args = [chosen.len().to_string(), MOST.to_string()];
        return Err(Error::Invalid(vec![Problem::error(ProblemKind::TooManyRecords, args)]));
    }
    let snapshot = app.snapshot(tx).await?;
    let (mut fit, mut unfit, mut commands, mut form) = (Vec::new(), Vec::new(), Vec::new(), None);
    for (id, version) in chosen {
        let missing = || Error::NotFound { what: "fact", key: id.to_string() };
        let Some(stored) = facts::find(tx, *id).await? else {
            unfit.push((*id, missing()));
            continue;
        };
        if !ctx.may(Action::Import, &snapshot, stored.unit) {
            let is_theirs = ctx.may(Action::SeeFigures, &snapshot, stored.unit);
            unfit.push((*id, if is_theirs { Error::Forbidden("take this step") } else { missing() }));
            continue;
        }
        let fact = read_fact(&snapshot, &stored)?;
        // All of one form: the first says which.
        let of = *form.get_or_insert(fact.form);
        if of != fact.form {
            unfit.push((*id, missing()));
            continue;
        }
        let found = find(&snapshot, fact.form, step)?;
        if version.is_some_and(|seen| seen != stored.version) {
            unfit.push((*id, Error::Stale { what: "fact" }));
            continue;
        }
        match judge(ctx, &snapshot, (&stored, &fact), found, stated) {
            Ok(values) => {
                fit.push((*id, stored.version));
                let step = found.1;
                commands.push(Command::Take { stored, values, step: step.id.clone(), to: step.to });
            }
            Err(error @ (Error::Unavailable(_) | Error::Internal { .. })) => return Err(error),
            Err(error) => unfit.push((*id, error)),
        }
    }
    Ok((Many { snapshot, form, fit, unfit }, commands))
}
