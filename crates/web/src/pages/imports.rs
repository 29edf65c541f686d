//! Importing files: uploading them, choosing the meaning of their columns, a
//! preview of the result, the import itself, and its result.

pub(crate) mod actions;
pub(crate) mod choices;
pub(crate) mod faults;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod show;
pub(crate) mod take_back;

mod check;
mod differing;
mod draft;
mod finding;

use app::{
    Action, Snapshot,
    imports::{ImportState, Job, form_of_kind, kind_of_form},
};
use campaign::definition::{CampaignIdx, Clause, Definition, Form, FormIdx};
use model::ids::ImportId;
use words::Words;

use crate::{parts::number::label, request_context::SignedIn, urls::Url};

/// One import.
fn address(id: ImportId) -> Url {
    Url::new("/imports/{}", &[&id.to_string()])
}

/// What is done to one import: `choices`, `start`, `stop`, `discard`, `reopen`, `faults.xlsx`.
fn address_of(id: ImportId, what: &str) -> String {
    Url::new("/imports/{}/{}", &[&id.to_string(), what]).into()
}

/// The state of an import: CSS class, symbol, words.
struct StateView {
    class: &'static str,
    label: &'static str,
}

fn state_view(words: Words, job: &Job) -> StateView {
    let (class, label) = match job.state {
        ImportState::Draft => ("on-track", words.imports_state_waiting()),
        ImportState::Waiting | ImportState::Running => ("no-target", words.imports_state_working()),
        ImportState::Done if job.progress.0 == 0 && job.progress.1 > 0 => {
            ("behind", words.imports_state_nothing())
        }
        ImportState::Done => ("met", words.imports_state_done()),
        ImportState::Failed => ("behind", words.imports_state_failed()),
        ImportState::Discarded => ("no-value", words.imports_state_discarded()),
        ImportState::TakingBack => ("no-target", words.take_back_state_working()),
        ImportState::TakenBack => ("no-value", words.take_back_state_done()),
    };
    StateView { class, label }
}

/// The words for the form that an import is read as.
fn form_label(words: Words, snapshot: &Snapshot, kind: &str) -> String {
    let form = form_of_kind(snapshot, kind).ok().map(|form| &snapshot.definition.forms[form]);
    form.map_or_else(|| words.imports_unknown_form().to_owned(), |form| label(words, &form.label).to_owned())
}

/// Forms to choose from, with a title: a clause of the document, or what comes before all clauses.
struct Group {
    title: String,
    /// Kind, words, whether it is the one chosen.
    forms: Vec<(String, String, bool)>,
}

/// The forms that the person may import, by the clauses of the campaigns; one that several use stands with the first.
fn groups(person: &SignedIn, snapshot: &Snapshot, chosen: &str) -> Vec<Group> {
    let words = person.words();
    let definition = &snapshot.definition;
    let may_manage = person.ctx.require_for_region(Action::ImportRosters, snapshot).is_ok();
    let entry = |(position, form): (FormIdx, &Form)| {
        let kind = kind_of_form(snapshot, position);
        let is_chosen = kind == chosen;
        (kind, label(words, &form.label).to_owned(), is_chosen)
    };
    let shown = || {
        definition.forms.entries().filter(|(position, form)| {
            (form.kind.has_records() || may_manage) && person.ctx.may_see_form(snapshot, *position)
        })
    };
    let forms = |at: Option<(CampaignIdx, &str)>| {
        shown().filter(|(form, _)| first_clause(definition, *form) == at).map(entry).collect::<Vec<_>>()
    };
    let base = Group { title: words.upload_base_forms().to_owned(), forms: forms(None) };
    let clauses = definition.campaigns.entries().flat_map(|(campaign, of)| {
        let group = |clause: &Clause| Group {
            title: label(words, &clause.title).to_owned(),
            forms: forms(Some((campaign, clause.id.as_str()))),
        };
        of.clauses.iter().map(group).collect::<Vec<_>>()
    });
    std::iter::once(base).chain(clauses).filter(|group| !group.forms.is_empty()).collect()
}

/// The clause that a form serves in the first campaign that says so.
fn first_clause(definition: &Definition, form: FormIdx) -> Option<(CampaignIdx, &str)> {
    let mut campaigns = definition.campaigns.entries();
    campaigns.find_map(|(campaign, of)| Some((campaign, of.clause_of(form)?)))
}
