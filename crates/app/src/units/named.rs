//! The unit that somebody typed.

use exchange::reading::resolve;
use model::{
    ids::UnitId,
    problem::{Problem, ProblemKind},
};

use crate::{Action, Context, Error, Result, Snapshot};

/// The unit with this code or full name, within the person's own.
///
/// # Errors
/// [`Error::Invalid`] when there is none, several, or it is not the person's.
pub fn named(ctx: &Context, snapshot: &Snapshot, text: &str) -> Result<UnitId> {
    let unknown = || Problem::error(ProblemKind::UnknownUnit, [text.trim().to_owned()]);
    let found = resolve(text, snapshot).and_then(|unit| unit.ok_or_else(unknown));
    match found {
        Ok(unit) if ctx.may(Action::SeeFigures, snapshot, unit) => Ok(unit),
        // What is not theirs does not exist for them; names of others are not told.
        Ok(_) => Err(Error::Invalid(vec![unknown()])),
        Err(problem) => Err(Error::Invalid(vec![problem])),
    }
}
