//! The unit that somebody typed.

use exchange::reading::UnitLookup;
use model::{ids::UnitId, problem::Problem};

use crate::{Action, Context, Error, Result, Snapshot};

/// The unit with this code or full name, within the person's own: others do
/// not exist for them.
///
/// # Errors
/// [`Error::Invalid`] when there is none, or several of that name.
pub fn named(ctx: &Context, snapshot: &Snapshot, text: &str) -> Result<UnitId> {
    let text = text.trim();
    let by_code: Vec<UnitId> = snapshot.by_code(text).into_iter().collect();
    let mut found = if by_code.is_empty() { snapshot.by_name(text) } else { by_code };
    found.retain(|unit| ctx.may(Action::ReadFigures, snapshot, *unit));
    let problem = match found.as_slice() {
        [unit] => return Ok(*unit),
        [] if text.is_empty() => Problem::Missing,
        [] => Problem::UnknownUnit { found: text.to_owned() },
        several => {
            let codes: Vec<&str> = several.iter().filter_map(|unit| snapshot.code(*unit)).collect();
            Problem::AmbiguousUnit { name: text.to_owned(), codes: codes.join("、") }
        }
    };
    Err(Error::Invalid(vec![problem]))
}
