//! Importing files: handing them in, explaining their columns, seeing what a
//! run would do, running it, and what came of it.

pub(crate) mod choices;
pub(crate) mod faults;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod show;
pub(crate) mod steps;

mod check;
mod draft;
mod finding;

use app::{
    Action, Snapshot,
    imports::{Job, State, form_of_kind, kind_of_form},
};
use campaign::definition::FormKind;
use model::ids::ImportId;
use words::Words;

use crate::{parts::number::label, urls::Url, visit::SignedIn};

/// One import.
fn address(id: ImportId) -> Url {
    Url::new("/imports/{}", &[&id.to_string()])
}

/// What is done to one import: `choices`, `start`, `discard`, `reopen`, `faults.xlsx`.
fn address_of(id: ImportId, what: &str) -> String {
    Url::new("/imports/{}/{}", &[&id.to_string(), what]).into()
}

/// How an import stands: class and symbol of its look, words.
struct Standing {
    class: &'static str,
    label: &'static str,
}

fn standing(words: Words, job: &Job) -> Standing {
    let (class, label) = match job.state {
        State::Draft => ("on-track", words.imports_state_waiting()),
        State::Waiting | State::Running => ("no-target", words.imports_state_working()),
        State::Done if job.progress.0 == 0 && job.progress.1 > 0 => ("behind", words.imports_state_nothing()),
        State::Done => ("met", words.imports_state_done()),
        State::Failed => ("behind", words.imports_state_failed()),
        State::Discarded => ("no-value", words.imports_state_discarded()),
    };
    Standing { class, label }
}

/// The words for the form that an import is read as.
fn form_label(words: Words, snapshot: &Snapshot, kind: &str) -> String {
    let form = form_of_kind(snapshot, kind).ok().map(|form| &snapshot.campaign.forms[form]);
    form.map_or_else(|| words.imports_unknown_form().to_owned(), |form| label(words, &form.label).to_owned())
}

/// Forms to choose from, with a title: a clause of the document, or what comes before all clauses.
struct Group {
    title: String,
    /// Kind, words, whether it is the one chosen.
    forms: Vec<(String, String, bool)>,
}

/// The forms that the person may import, by clause.
fn groups(person: &SignedIn, snapshot: &Snapshot, chosen: &str) -> Vec<Group> {
    let words = person.words();
    let campaign = &snapshot.campaign;
    let may_manage = person.ctx.require_for_region(Action::ManageUnits, snapshot).is_ok();
    let forms = |clause: Option<&str>| {
        let forms = campaign.forms.iter().enumerate().filter(|(_, form)| {
            form.clause.as_deref() == clause && (form.kind != FormKind::Roster || may_manage)
        });
        let entry = |position: usize| {
            let kind = kind_of_form(snapshot, position);
            let is_chosen = kind == chosen;
            (kind, label(words, &campaign.forms[position].label).to_owned(), is_chosen)
        };
        forms.map(|(position, _)| entry(position)).collect::<Vec<_>>()
    };
    let base = Group { title: words.upload_base_forms().to_owned(), forms: forms(None) };
    let clauses = campaign.clauses.iter().map(|clause| Group {
        title: label(words, &clause.title).to_owned(),
        forms: forms(Some(&clause.id)),
    });
    std::iter::once(base).chain(clauses).filter(|group| !group.forms.is_empty()).collect()
}
