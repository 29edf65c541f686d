//! What becomes of a form that somebody sends about a record: it is done, or
//! it comes back with the record as it is. Either way the answer is made of the record that was
//! read for it; a page does not read it a second time.

use std::sync::Arc;

use campaign::definition::Form;
use store::Tx;

use super::{RecordDetails, details};
use crate::{
    Action, Context, Error, Result, Snapshot,
    record::{Input, Record},
};

/// Reads what was sent, once the form that it belongs to is known.
pub type ReadForm<'a> = dyn Fn(&Form) -> Input + Sync + 'a;

/// What became of a form that was sent.
pub enum Outcome<T> {
    /// It was done.
    Done(T),
    /// Nothing was changed.
    Refused(Box<Refused>),
}

/// Why a form is shown again.
pub struct Refused {
    /// The record as it is.
    pub found: RecordDetails,
    /// What is wrong.
    pub why: Error,
}

impl<T> Outcome<T> {
    /// The same for a program, which is shown no form again.
    ///
    /// # Errors
    /// Why it was refused.
    pub fn into_result(self) -> Result<T> {
        match self {
            Self::Done(done) => Ok(done),
            Self::Refused(refused) => Err(refused.why),
        }
    }
}

/// Whether somebody can do something about it in the form; all else is no answer to what was sent.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::Invalid(_) | Error::InvalidFields(_) | Error::FormChanged { .. } | Error::Stale { .. }
    )
}

/// Answers an error in what was sent, before anything was written, with the record as it is.
///
/// # Errors
/// `why` itself, when nobody can do anything about it in the form, or when the
/// record is not shown to the person.
pub(crate) async fn refuse<T>(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Arc<Snapshot>,
    record: &Record,
    why: Error,
) -> Result<Outcome<T>> {
    if !is_refusal(&why) || !ctx.may(Action::ReadRecords, snapshot, record.fact.unit) {
        return Err(why);
    }
    let found = details(tx, ctx, snapshot.clone(), record.clone()).await?;
    Ok(Outcome::Refused(Box::new(Refused { found, why })))
}
