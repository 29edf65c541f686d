//! Rows that name records which other rows of the same file state. Those have to be known first, so such rows wait until
//! all others are done; where they stand in the file makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{FieldIdx, Values},
    validate::FieldProblem,
};
use exchange::normalise::comparison_key;
use ledger::fact::Fact;
use model::{alias::is_alias, ids::RecordId, value::Value};
use store::{Tx, new_id};

use super::{
    Incoming, Report,
    matched::Verdict,
    records::{Good, warn},
};
use crate::{
    Context, Result,
    record::{Command, InputKind, Linking, Relations, Unlinked, names},
};

/// A row that waits.
pub(super) struct WaitingRow {
    pub(super) good: Good,
    /// What it stands for.
    pub(super) verdict: Verdict,
    /// What is wrong with its references as far as stored records go.
    pub(super) open: Vec<FieldProblem>,
}

/// The ids that rows get as new records, because others name them; by sheet and row.
pub(super) type GivenIds = BTreeMap<(usize, u32), RecordId>;

/// The fields by which a record refers to others of its own form.
pub(super) fn own_references(incoming: Incoming<'_>) -> impl Iterator<Item = FieldIdx> {
    let references = incoming.form().references();
    references.filter(move |(_, to)| to.leads_to(incoming.form)).map(|(field, _)| field)
}

/// The texts of a row that may name other rows: they name no stored record.
fn open_texts<'v>(incoming: Incoming<'v>, values: &'v Values) -> impl Iterator<Item = &'v str> {
    let texts = own_references(incoming).filter_map(move |field| match values.value(field) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    texts.filter(|text| !is_alias(text))
}

/// Whether a row waits for the others.
pub(super) fn waits(incoming: Incoming<'_>, good: &Good, verdict: &Verdict) -> bool {
    let may_be_taken = good.faults.is_empty() && !matches!(verdict, Verdict::Refused(..));
    may_be_taken && open_texts(incoming, &good.values).next().is_some()
}

/// The stored records that rows before have corrected and that refer to others of their form: no circle may close over
/// them.
pub(super) fn corrected(incoming: Incoming<'_>, commands: &[Command]) -> Vec<Fact> {
    let fields: Vec<FieldIdx> = own_references(incoming).collect();
    let refers = |values: &Values| {
        fields.iter().any(|field| values.value(*field).and_then(Value::as_reference).is_some())
    };
    let corrected = commands.iter().filter_map(|command| match command {
        Command::Correct { record, values, .. } if refers(values) => {
            Some(Fact { values: values.clone(), ..record.fact.clone() })
        }
        _ => None,
    });
    corrected.collect()
}

/// Finds what the waiting rows name among the records of their file. What is wrong with it becomes a warning, and the
/// text is kept.
pub(super) async fn link(
    incoming: Incoming<'_>,
    ctx: &Context,
    tx: &mut Tx,
    waiting: &mut [WaitingRow],
    commands: &mut [Command],
    relations: &mut Relations<'_>,
    report: &mut Report,
) -> Result<GivenIds> {
    let wanted: BTreeSet<String> =
        waiting.iter().flat_map(|row| open_texts(incoming, &row.good.values)).map(comparison_key).collect();
    let mut given = GivenIds::new();
    let mut coming = corrected(incoming, commands);
    coming.extend(named_commands(incoming, ctx, &wanted, commands));
    coming.extend(named_rows(incoming, ctx, &wanted, waiting, &mut given));
    if coming.is_empty() {
        for row in waiting {
            warn(incoming, &row.good, std::mem::take(&mut row.open), report);
        }
        return Ok(given);
    }
    for fact in &coming {
        relations.take_coming(fact.clone());
    }
    // What was not found before is looked for again, and nothing else.
    let before: Vec<Values> = waiting.iter().map(|row| without_open(incoming, &row.good.values)).collect();
    let (snapshot, form) = (incoming.snapshot, incoming.form);
    let (by, locks) = (InputKind::File, !incoming.request.preview);
    let linking = Linking { ctx, snapshot, form, by, locks, coming: &coming };
    let stated = waiting.iter_mut().zip(&before).map(|(WaitingRow { good, verdict, .. }, before)| {
        let record = match verdict {
            Verdict::Known(stored, _) => Some(stored.row.id),
            _ => given.get(&(good.sheet, good.row)).copied(),
        };
        Unlinked { record, unit: good.unit, before: Some(before), values: &mut good.values }
    });
    let stated = stated.collect();
    let problems = linking.link(tx, stated).await?;
    for (row, problems) in waiting.iter().zip(problems) {
        let (own, _) = divide(incoming, problems);
        warn(incoming, &row.good, own, report);
    }
    Ok(given)
}

/// Problems of references to records of the same form, and the others.
pub(super) fn divide(
    incoming: Incoming<'_>,
    problems: Vec<FieldProblem>,
) -> (Vec<FieldProblem>, Vec<FieldProblem>) {
    problems.into_iter().partition(|found| own_references(incoming).any(|field| field == found.field))
}

/// What a row states, without the texts that may name other rows.
fn without_open(incoming: Incoming<'_>, values: &Values) -> Values {
    let mut values = values.clone();
    for field in own_references(incoming) {
        if matches!(values.value(field), Some(Value::Text(_))) {
            values[field] = None;
        }
    }
    values
}

/// Whether a record is called by one of some names.
fn is_called(incoming: Incoming<'_>, values: &Values, wanted: &BTreeSet<String>) -> bool {
    names(incoming.form(), values).any(|name| wanted.contains(&comparison_key(name)))
}

/// The records that are named among those that will be written; new ones get their ids.
fn named_commands(
    incoming: Incoming<'_>,
    ctx: &Context,
    wanted: &BTreeSet<String>,
    commands: &mut [Command],
) -> Vec<Fact> {
    let mut named = Vec::new();
    for command in commands {
        match command {
            Command::Create { id, form, unit, values, .. } if is_called(incoming, values, wanted) => {
                let id = *id.get_or_insert_with(|| RecordId(new_id(ctx.clock.now())));
                named.push(Fact { id, form: *form, unit: *unit, values: values.clone(), state: None });
            }
            Command::Correct { record, values, .. } if is_called(incoming, values, wanted) => {
                named.push(Fact { values: values.clone(), ..record.fact.clone() });
            }
            _ => {}
        }
    }
    named
}

/// The records that are named among those that wait and are likely new.
fn named_rows(
    incoming: Incoming<'_>,
    ctx: &Context,
    wanted: &BTreeSet<String>,
    waiting: &[WaitingRow],
    given: &mut GivenIds,
) -> Vec<Fact> {
    let mut named = Vec::new();
    for WaitingRow { good, verdict, .. } in waiting {
        let is_new = matches!(verdict, Verdict::New | Verdict::Repeated { .. });
        if is_new && is_called(incoming, &good.values, wanted) {
            let id = RecordId(new_id(ctx.clock.now()));
            given.insert((good.sheet, good.row), id);
            let (form, unit, values) = (incoming.form, good.unit, good.values.clone());
            named.push(Fact { id, form, unit, values, state: None });
        }
    }
    named
}

/// Keeps the text of references to rows that were not taken in the end.
pub(super) fn unlink_refused(incoming: Incoming<'_>, given: &GivenIds, commands: &mut [Command]) {
    let taken: BTreeSet<RecordId> = commands
        .iter()
        .filter_map(|command| if let Command::Create { id, .. } = command { *id } else { None })
        .collect();
    let refused: BTreeSet<RecordId> = given.values().filter(|id| !taken.contains(id)).copied().collect();
    if refused.is_empty() {
        return;
    }
    for command in commands {
        let (Command::Create { values, pending, .. } | Command::Correct { values, pending, .. }) = command
        else {
            continue;
        };
        for field in own_references(incoming) {
            unlink(values, field, &refused);
            unlink(pending, field, &refused);
        }
    }
}

fn unlink(values: &mut Values, field: FieldIdx, refused: &BTreeSet<RecordId>) {
    if let Some(Value::Reference(reference)) = values.value(field)
        && refused.contains(&reference.id)
    {
        let text = reference.text.clone();
        values[field] = Some(Value::Text(text));
    }
}
