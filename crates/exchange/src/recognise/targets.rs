//! Which column is which field: what somebody has chosen for this file, then names, then what was chosen for
//! earlier files, then guesses.

use std::collections::BTreeMap;

use campaign::{
    definition::{Form, WordList},
    kinds::ValueShape,
};
use sheet::workbook::letter;

use super::{FoundBy, HeaderMatch, MappedColumn, Mapping, Target, is_money, is_number};
use crate::{
    header::decided,
    money::{self, AmountUnit},
    register::{NOTE_TITLE, RECORD_TITLE},
    vocabulary::ClerkWords,
};

/// The columns that have a title, with what they hold.
pub(super) fn columns(
    found: &HeaderMatch,
    form: &Form,
    mapping: &Mapping,
    words: ClerkWords<'_>,
) -> Vec<MappedColumn> {
    let targets = targets(found, form, mapping, words);
    let titled = found.titles.iter().enumerate().filter(|(_, title)| !title.is_empty());
    titled
        .map(|(index, title)| {
            let (target, found_by) = targets[index];
            MappedColumn {
                index,
                letter: letter(index),
                header: title.replace(['\n', '\r'], ""),
                target,
                found_by,
                is_name: found.claims.get(index).copied().flatten().is_some_and(|claim| claim.is_exact),
                is_serial: is_serial(found, index, words),
                keys: found.keys.get(index).cloned().unwrap_or_default(),
                unit: unit_in_title(title, target, form, words),
            }
        })
        .collect()
}

/// What a title says of the unit of the numbers below it.
fn unit_in_title(title: &str, target: Target, form: &Form, words: ClerkWords<'_>) -> AmountUnit {
    let Target::Field(field) = target else { return AmountUnit::Unstated };
    let field = &form.fields[field];
    let own = || [&field.label.zh, &field.label.en].into_iter().chain(&field.names).map(String::as_str);
    if is_money(field) {
        money::in_title(title, own(), words)
    } else if is_number(field) {
        money::number_title(title, own(), words)
    } else {
        AmountUnit::Unstated
    }
}

fn targets(
    found: &HeaderMatch,
    form: &Form,
    mapping: &Mapping,
    words: ClerkWords<'_>,
) -> Vec<(Target, FoundBy)> {
    let mut targets = vec![(Target::Unknown, FoundBy::Guess); found.titles.len()];
    let mut is_open = vec![true; found.titles.len()];
    take_decided(&mut targets, &mut is_open, found, form, (&mapping.chosen, FoundBy::Choice));
    // The name of a field means the field; only what has none was a matter of choice before.
    let by_name = |column: usize| {
        let claim = found.claims.get(column).copied().flatten();
        claim.filter(|claim| claim.is_exact).map(|claim| Target::from(claim.meaning))
    };
    for column in 0..targets.len() {
        let free = by_name(column).filter(|target| targets.iter().all(|(taken, _)| taken != target));
        if let Some(target) = free.filter(|_| is_open[column]) {
            targets[column] = (target, FoundBy::Name);
            is_open[column] = false;
        }
    }
    take_decided(&mut targets, &mut is_open, found, form, (&mapping.remembered, FoundBy::Memory));
    // Row numbers begin anew in every sheet: next quarter's would be taken for this quarter's records.
    for (column, (target, found_by)) in targets.iter_mut().enumerate() {
        if is_misused(*target, form) && is_serial(found, column, words) {
            (*target, *found_by, is_open[column]) = (Target::Ignored, FoundBy::Guess, false);
        }
    }
    for (column, keys) in found.keys.iter().enumerate().filter(|(column, _)| is_open[*column]) {
        let claimed = found.claims.get(column).copied().flatten().map(|claim| Target::from(claim.meaning));
        let is_ignored = keys.iter().any(|key| key == NOTE_TITLE || words.has(WordList::IgnoredColumns, key));
        let is_mark = keys.iter().any(|key| key == RECORD_TITLE);
        let rest = match (is_mark, is_ignored) {
            (true, _) => Target::Record,
            (false, true) => Target::Ignored,
            (false, false) => Target::Unknown,
        };
        // What was decided by hand goes first.
        let is_counted = is_serial(found, column, words);
        let free = claimed.filter(|target| {
            targets.iter().all(|(taken, _)| taken != target) && !(is_counted && is_misused(*target, form))
        });
        targets[column] = (free.unwrap_or(rest), FoundBy::Guess);
    }
    targets
}

/// Gives columns the fields that somebody has decided.
fn take_decided(
    targets: &mut [(Target, FoundBy)],
    is_open: &mut [bool],
    found: &HeaderMatch,
    form: &Form,
    (decisions, found_by): (&BTreeMap<String, String>, FoundBy),
) {
    for (column, keys) in found.keys.iter().enumerate() {
        let Some(field) = decided(decisions, keys).filter(|_| is_open[column]) else { continue };
        let is_free = |target: Target| targets.iter().all(|(taken, _)| *taken != target);
        let target = match form.field(field) {
            Some(field) if is_free(Target::Field(field)) => Target::Field(field),
            Some(field) if matches!(form.fields[field].kind.spec().shape, ValueShape::Unit) => {
                Target::UnitName(field)
            }
            // Another column has the field by its name: what was remembered is of no use here.
            Some(_) if found_by == FoundBy::Memory => continue,
            None if found_by == FoundBy::Memory && !field.is_empty() => continue,
            _ => Target::Ignored,
        };
        targets[column] = (target, found_by);
        is_open[column] = false;
    }
}

/// Whether the column at this position counts the rows of the sheet.
fn is_serial(found: &HeaderMatch, column: usize, words: ClerkWords<'_>) -> bool {
    found.keys.get(column).is_some_and(|keys| keys.iter().any(|key| words.is_serial(key)))
}

/// Whether a column that counts rows is taken for what identifies a record.
fn is_misused(target: Target, form: &Form) -> bool {
    matches!(target, Target::Field(field) if form.is_known_by_alone(field))
}

/// Puts the units that a person has chosen before all others.
pub(super) fn choose_units(
    columns: &mut [MappedColumn],
    found: &HeaderMatch,
    form: &Form,
    mapping: &Mapping,
) {
    for column in columns {
        let is_money = matches!(column.target, Target::Field(field) if is_money(&form.fields[field]));
        let keys = found.keys.get(column.index).map(Vec::as_slice).unwrap_or_default();
        let chosen = decided(&mapping.money, keys).and_then(money::chosen);
        if let Some(fen) = chosen.filter(|_| is_money) {
            column.unit = AmountUnit::Chosen(fen);
        }
    }
}
