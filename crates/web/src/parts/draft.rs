//! The draft of a form. Values of fields that the form no longer has are read and
//! kept too.

use std::collections::BTreeMap;

use app::{Snapshot, UnitView, drafts};
use campaign::definition::Form;
use model::ids::RecordId;

use super::{
    input::{self, Typed},
    number::label,
};
use crate::{
    Error, WebState,
    request_context::SignedIn,
    urls::{self, Url},
};

/// How the names of the fields begin that say which draft it is.
const DRAFT: &str = "draft.";
/// How the names of fields begin that the form no longer has.
const REMOVED_FIELD: &str = "gone.";
/// The name of the field with the campaign version of the form.
const DEFINITION: &str = "definition";

/// What a form knows of its draft. Its template is `parts/draft.html`.
pub(crate) struct DraftPart {
    /// What goes along unseen: which form this is, and of which campaign version.
    pub(crate) hidden: Vec<(String, String)>,
    /// There is a draft: the message, and the address that opens it.
    pub(crate) offer: Option<(String, String)>,
    /// The form shows a draft.
    pub(crate) opened: Option<String>,
    /// Label and text of fields that the form no longer has.
    pub(crate) gone: Vec<(String, String)>,
    /// Whether the form has changed since it was opened, so that nothing was sent.
    pub(crate) is_refused: bool,
}

/// The address of a form.
#[derive(Debug, Clone)]
pub(crate) struct DraftSource<'a> {
    pub(crate) unit: &'a UnitView,
    pub(crate) form: &'a Form,
    /// The record that is corrected; `None` for a new one.
    pub(crate) fact: Option<RecordId>,
}

impl DraftSource<'_> {
    pub(crate) fn key(&self) -> drafts::DraftForm {
        drafts::DraftForm { unit: self.unit.id, form: self.form.id.clone(), fact: self.fact }
    }

    /// Where the form is opened.
    pub(crate) fn url(&self) -> Url {
        url(&self.unit.code, &self.form.id, self.fact)
    }
}

/// Where a form is opened.
pub(crate) fn url(unit: &str, form: &str, fact: Option<RecordId>) -> Url {
    match fact {
        Some(fact) => urls::correct(fact),
        None => urls::new_record(unit, form),
    }
}

/// What is to be shown of a draft.
#[derive(Default)]
pub(crate) struct Shown {
    /// A draft that is there and not opened.
    pub(crate) offered: Option<drafts::Draft>,
    /// The draft that is opened was kept at this moment.
    pub(crate) opened: Option<jiff::Timestamp>,
    /// Label and text of fields that the form no longer has.
    pub(crate) gone: BTreeMap<String, String>,
    /// Whether the form was sent and has changed since it was opened.
    pub(crate) is_refused: bool,
}

impl DraftPart {
    pub(crate) fn new(person: &SignedIn, snapshot: &Snapshot, place: &DraftSource<'_>, shown: Shown) -> Self {
        let words = person.words();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut hidden = vec![
            pair(DEFINITION, snapshot.campaign.hash.clone()),
            pair("draft.unit", place.unit.code.clone()),
            pair("draft.form", place.form.id.clone()),
        ];
        hidden.extend(place.fact.map(|fact| pair("draft.fact", fact.to_string())));
        if shown.offered.is_none() {
            hidden.push(pair(SAVED, "1".to_owned()));
        }
        hidden
            .extend(shown.gone.iter().map(|(label, text)| (format!("{REMOVED_FIELD}{label}"), text.clone())));
        let open = || place.url().with_param("draft", "open").into();
        Self {
            hidden,
            offer: shown.offered.map(|draft| (words.draft_offer(words.moment(draft.at)), open())),
            opened: shown.opened.map(|at| words.draft_opened(words.moment(at))),
            gone: shown.gone.into_iter().collect(),
            is_refused: shown.is_refused,
        }
    }

    /// Whether what is typed is kept by itself: not while another draft waits to be opened or thrown away.
    pub(crate) fn autosaves(&self) -> bool {
        self.offer.is_none()
    }

    /// Which draft it is, for a form of its own.
    pub(crate) fn key(&self) -> impl Iterator<Item = &(String, String)> {
        self.hidden.iter().filter(|(name, _)| name.starts_with(DRAFT))
    }
}

/// The name of the field that says so when the form was kept as a draft while it was filled in.
const SAVED: &str = "draft.kept";

/// Everything that was sent with a form.
pub(crate) struct Sent<'a>(pub(crate) &'a [(String, String)]);

impl Sent<'_> {
    /// A field of the form itself.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether there may be a draft of it that is deleted once the form is sent.
    pub(crate) fn may_have_draft(&self) -> bool {
        self.get(SAVED).is_some()
    }

    /// What the form states; and by label, what was typed into fields that it
    /// no longer has because the campaign has changed since it was opened.
    ///
    /// # Errors
    /// [`Error::BadForm`] for a field that no version of the form has.
    pub(crate) async fn read(
        &self,
        state: &WebState,
        person: &SignedIn,
        snapshot: &Snapshot,
        form: &Form,
    ) -> Result<(Typed, BTreeMap<String, String>), Error> {
        let (typed, unknown) = input::typed(form, self.0);
        let hash = self.get(DEFINITION).unwrap_or(&snapshot.campaign.hash);
        if let Some((id, _)) = unknown.iter().next().filter(|_| hash == snapshot.campaign.hash) {
            return Err(Error::BadForm(id.clone()));
        }
        let (gone, strange) = named(state, person, form, hash, &unknown).await?;
        if let Some(id) = strange {
            return Err(Error::BadForm(id));
        }
        Ok((typed, gone))
    }

    /// As [`Sent::read`], with the texts of fields that were missing before: a draft loses nothing that was typed.
    pub(crate) async fn read_all(
        &self,
        state: &WebState,
        person: &SignedIn,
        snapshot: &Snapshot,
        form: &Form,
    ) -> Result<drafts::Typed, Error> {
        let (fields, mut gone) = self.read(state, person, snapshot, form).await?;
        let before = self.0.iter().filter_map(|(name, text)| Some((name.strip_prefix(REMOVED_FIELD)?, text)));
        gone.extend(before.map(|(label, text)| (label.to_owned(), text.clone())));
        Ok(drafts::Typed {
            unit: self.get(input::OWN_UNIT).map(ToOwned::to_owned),
            version: self.get("version").and_then(|text| text.parse().ok()),
            fields,
            gone,
        })
    }
}

/// What a draft puts into the form as it is now, and by label what no longer fits into it.
pub(crate) async fn restore(
    state: &WebState,
    person: &SignedIn,
    form: &Form,
    draft: &drafts::Draft,
) -> Result<(Typed, BTreeMap<String, String>), Error> {
    let is_known = |id: &str| form.field(id).is_some_and(|position| Some(position) != form.unit);
    let (known, unknown): (Typed, Typed) =
        draft.typed.fields.clone().into_iter().partition(|(id, _)| is_known(id));
    let (mut gone, _) = named(state, person, form, &draft.definition_hash, &unknown).await?;
    gone.extend(draft.typed.gone.clone());
    Ok((known, gone))
}

/// Texts by the labels that their fields had; and a field that there never was.
async fn named(
    state: &WebState,
    person: &SignedIn,
    form: &Form,
    hash: &str,
    unknown: &Typed,
) -> Result<(BTreeMap<String, String>, Option<String>), Error> {
    if unknown.is_empty() {
        return Ok((BTreeMap::new(), None));
    }
    let ids: Vec<String> = unknown.keys().cloned().collect();
    let labels = drafts::former_labels(&state.app, &person.ctx, hash, &form.id, &ids).await?;
    let strange = ids.iter().find(|id| !labels.contains_key(*id)).cloned();
    let text = |(id, text): (&String, &String)| {
        let label = label(person.words(), labels.get(id)?).to_owned();
        (!text.is_empty()).then(|| (label, text.clone()))
    };
    Ok((unknown.iter().filter_map(text).collect(), strange))
}
