//! Four eyes (四眼原则): what somebody else has to do than who entered a record or took its last transition.

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::Workflow;
use model::ids::RecordId;
use store::{Tx, listing, records::RecordRow};

use super::{
    history::{RecordChange, change_list},
    read::{Record, read_record},
    state::{Transitioned, state_in},
};
use crate::{Actor, Context, Result, Snapshot, parse_audit_name};

/// Whether the person has entered a record or taken its last transition.
pub(crate) fn has_acted(ctx: &Context, changes: &[RecordChange]) -> bool {
    if ctx.actor == Actor::System {
        return false;
    }
    let last =
        changes.iter().rfind(|change| change.moved.as_ref().is_some_and(|moved| moved.transition.is_some()));
    changes.first().into_iter().chain(last).any(|change| ctx.is_person(&change.actor))
}

/// As [`has_acted`], for a record that is stored; `false` where no transition needs a second person.
pub(crate) async fn is_own_work(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    record: &Record,
) -> Result<bool> {
    let workflow = snapshot.definition.forms[record.fact.form].workflow.as_ref();
    if !workflow.is_some_and(Workflow::has_second_person) || ctx.actor == Actor::System {
        return Ok(false);
    }
    Ok(has_acted(ctx, &change_list(tx, snapshot, record.fact.form, record.row.id).await?))
}

/// Somebody who did something to a record, and where that moved it.
pub(crate) struct Mover<'a> {
    pub(crate) actor: &'a str,
    pub(crate) moved: Option<&'a Transitioned>,
}

/// Whether no second person has taken part in a record that is where only a second person brings records:
/// somebody has entered afterwards what was decided on paper (补录). Somebody else's correction confirms
/// as a transition does.
pub(crate) fn lacks_second_person<'a>(
    workflow: &Workflow,
    mut movers: impl Iterator<Item = Mover<'a>>,
) -> bool {
    let Some(first) = movers.next() else { return false };
    !movers.any(|mover| {
        let Some(moved) = mover.moved else { return false };
        if let Some(id) = &moved.transition {
            return workflow.transition(id).is_some_and(|step| !step.is_taken_alone());
        }
        let to = moved.to.as_ref().and_then(|to| workflow.state(to));
        parse_audit_name(mover.actor).0 != parse_audit_name(first.actor).0
            && to.is_some_and(|to| workflow.needs_second_person(to))
    })
}

/// Those of these records that lack a second person, as [`lacks_second_person`] says.
pub(crate) async fn unconfirmed(
    tx: &mut Tx,
    snapshot: &Snapshot,
    rows: &[RecordRow],
) -> Result<BTreeSet<RecordId>> {
    let mut needing: BTreeMap<RecordId, &Workflow> = BTreeMap::new();
    for row in rows {
        let workflow = snapshot.definition.form(&row.form).and_then(|(_, form)| form.workflow.as_ref());
        let Some(workflow) = workflow.filter(|workflow| workflow.has_second_person()) else { continue };
        let fact = read_record(snapshot, row)?;
        if workflow.needs_second_person(state_in(workflow, row, &fact.values)) {
            needing.insert(row.id, workflow);
        }
    }
    let ids: Vec<RecordId> = needing.keys().copied().collect();
    let acts = listing::acts(tx, &ids).await?;
    let lacking = acts.into_iter().filter(|(id, acts)| {
        let moved: Vec<Option<Transitioned>> =
            acts.iter().map(|act| act.detail.as_deref().and_then(Transitioned::read)).collect();
        let movers = acts.iter().zip(&moved);
        let movers = movers.map(|(act, moved)| Mover { actor: &act.actor, moved: moved.as_ref() });
        needing.get(id).is_some_and(|workflow| lacks_second_person(workflow, movers))
    });
    Ok(lacking.map(|(id, _)| id).collect())
}
