//! The steps that a list offers for many of its records at once.

use app::{Snapshot, registers::ListPage, steps};

use crate::{parts::number::label, selected::Selected, urls, visit::SignedIn};

/// What stands under “many at once”: a form whose boxes stand beside the records.
pub(super) struct Menu {
    /// What is ticked, and what that means.
    pub(super) hint: String,
    /// The list as the address says it.
    pub(super) hidden: Vec<(String, String)>,
    /// The steps: words and address of each.
    pub(super) steps: Vec<(String, String)>,
}

impl Menu {
    /// The steps that the person may take of one of the records shown, or
    /// another; `None` when there is none.
    pub(super) fn new(
        person: &SignedIn,
        snapshot: &Snapshot,
        unit: &str,
        listed: &ListPage,
        selected: &Selected,
    ) -> Option<Self> {
        let (words, form) = (person.words(), &snapshot.campaign.forms[listed.form]);
        let workflow = form.workflow.as_ref()?;
        let steps = workflow.transitions.iter().filter(|step| {
            listed.rows.iter().any(|row| {
                row.state.is_some_and(|state| step.from.contains(&state))
                    && steps::may_take(&person.ctx, snapshot, row.fact.unit, step)
            })
        });
        let steps: Vec<_> = steps
            .map(|step| {
                let address = urls::together(unit, &form.id, &step.id).into();
                (label(words, &step.label).to_owned(), address)
            })
            .collect();
        let hint = words.together_hint(words.count(listed.count));
        (!steps.is_empty()).then(|| Self { hint, hidden: selected.pairs.clone(), steps })
    }
}
