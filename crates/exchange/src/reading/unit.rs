//! Units, by code, by name, or by both in one cell.

use model::{ids::UnitId, problem::Problem};
use sheet::workbook::Cell;

use crate::{
    normalise::{excerpt, remarks, unit_code_key, unit_name_key, without_remark},
    vocabulary::ClerkWords,
};

use super::{UnitLookup, is_blank_mark};

/// The unit that a text names.
///
/// # Errors
/// No unit, or several.
pub(crate) fn resolve(
    text: &str,
    units: &dyn UnitLookup,
    words: ClerkWords<'_>,
) -> Result<Option<UnitId>, Problem> {
    if is_blank_mark(text, words) {
        return Ok(None);
    }
    if let Some(id) = by_code(text, units) {
        return Ok(Some(id));
    }
    by_name(text, units).map(Some)
}

/// The unit that a column of codes and a column of names state together, with a
/// warning when they do not agree. `true` in an error tells that the name is at fault.
pub(crate) fn resolve_pair(
    code: &Cell,
    name: &Cell,
    units: &dyn UnitLookup,
    words: ClerkWords<'_>,
) -> Result<(Option<UnitId>, Option<Problem>), (Problem, bool)> {
    let (code, name) = (code_text(code, units), name.text());
    let id = resolve(&code, units, words).map_err(|problem| (problem, false))?;
    let Some(id) = id else {
        return resolve(&name, units, words).map(|id| (id, None)).map_err(|problem| (problem, true));
    };
    Ok((Some(id), differs(id, (&code, &name), units, words)))
}

/// A code as it is shown, or as the number is when no unit has the code that is shown.
fn code_text(cell: &Cell, units: &dyn UnitLookup) -> String {
    let shown = cell.text();
    match cell {
        Cell::Formatted { number, .. } if units.by_code(&unit_code_key(&shown)).is_none() => {
            number.to_string()
        }
        _ => shown,
    }
}

/// The warning that the name beside a code is not the roster's.
fn differs(
    id: UnitId,
    (code, name): (&str, &str),
    units: &dyn UnitLookup,
    words: ClerkWords<'_>,
) -> Option<Problem> {
    let on_roster = units.name(id).unwrap_or_default();
    let same = is_blank_mark(name, words) || unit_name_key(name) == unit_name_key(on_roster);
    (!same).then(|| {
        let [code, found, name] = [code, name, on_roster].map(excerpt);
        Problem::UnitNameDiffers { code, found, name }
    })
}

fn by_code(text: &str, units: &dyn UnitLookup) -> Option<UnitId> {
    let whole = unit_code_key(text);
    if let Some(id) = units.by_code(&whole) {
        return Some(id);
    }
    // A code with the name behind it, or in front of it in brackets.
    let text = unit_name_key(text);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(text.len());
    let head = (end > 0).then(|| units.by_code(&unit_code_key(&text[..end]))).flatten();
    head.or_else(|| remarks(&text).find_map(|remark| units.by_code(&unit_code_key(remark))))
}

fn by_name(text: &str, units: &dyn UnitLookup) -> Result<UnitId, Problem> {
    let key = unit_name_key(text);
    let mut found = units.by_name(&key);
    if found.is_empty() {
        let bare = without_remark(&key);
        if bare != key {
            found = units.by_name(&bare);
        }
    }
    match found.as_slice() {
        [] => Err(Problem::UnknownUnit { found: excerpt(text) }),
        [one] => Ok(*one),
        several => {
            let codes: Vec<&str> = several.iter().filter_map(|id| units.code(*id)).collect();
            Err(Problem::AmbiguousUnit { name: excerpt(text), codes: codes.join("、") })
        }
    }
}
