//! The transitions that a list offers for many of its records at once.

use app::{Snapshot, registers::ListPage, transitions};
use campaign::definition::StateIdx;

use crate::{list_query::ListQuery, parts::number::label, request_context::SignedIn, urls};

/// The menu “many at once”: a form whose boxes are beside the records.
pub(super) struct Menu {
    /// What is ticked, and what that means.
    pub(super) hint: String,
    /// The list as the address says it.
    pub(super) hidden: Vec<(String, String)>,
    /// The transitions: words and address of each.
    pub(super) steps: Vec<(String, String)>,
}

impl Menu {
    /// The transitions that the person may take of one of the records shown, or
    /// another; `None` when there is none.
    pub(super) fn new(
        person: &SignedIn,
        snapshot: &Snapshot,
        unit: &str,
        listed: &ListPage,
        selected: &ListQuery,
    ) -> Option<Self> {
        let (words, form) = (person.words(), &snapshot.definition.forms[listed.form]);
        let workflow = form.workflow.as_ref()?;
        let steps = workflow.transitions.entries().filter(|(_, step)| {
            listed.rows.iter().any(|row| {
                row.state.is_some_and(|state| step.from.contains(&state))
                    && transitions::may_take(&person.ctx, snapshot, row.fact.unit, step)
            })
        });
        let mut steps: Vec<_> = steps.collect();
        // As on a record's page: those that usually come next first, those that break off last.
        steps.sort_by_key(|(position, step)| {
            let is_usual = |from: &StateIdx| workflow.states[*from].usual == Some(*position);
            let breaks_off = step.from.iter().all(|from| workflow.breaks_off(*from, *position));
            (!step.from.iter().any(is_usual), breaks_off)
        });
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(_, step)| {
                let address = urls::bulk_transition(unit, &form.id, &step.id).into();
                (label(words, &step.label).to_owned(), address)
            })
            .collect();
        let hint = words.bulk_hint(words.count(listed.count));
        (!steps.is_empty()).then(|| Self { hint, hidden: selected.pairs.clone(), steps })
    }
}
