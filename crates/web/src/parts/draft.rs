//! The draft of a form: every form that is opened has an id under which what is typed is stored, and leads to
//! the other drafts of its kind. Values of fields that the form no longer has are read and stored too.

use std::collections::BTreeMap;

use app::{Snapshot, UnitView, drafts};
use campaign::definition::Form;
use drafts::DraftId;
use model::ids::RecordId;
use words::Words;

use super::{
    input::{self, Typed},
    number::label,
};
use crate::{
    Error, WebState,
    request_context::SignedIn,
    urls::{self, Url},
};

/// The parameter of an address that opens a draft, and the name of the field with its id.
pub(crate) const DRAFT: &str = "draft";
const ID: &str = "draft.id";
/// How the names of fields begin that the form no longer has.
const REMOVED_FIELD: &str = "gone.";
/// The name of the field with the campaign version of the form.
const DEFINITION: &str = "definition";

/// What a form knows of drafts. Its template is `parts/draft.html`.
pub(crate) struct DraftPart {
    /// What goes along unseen: which draft and form this is, and of which campaign version.
    pub(crate) hidden: Vec<(String, String)>,
    /// Where the draft of this form is opened.
    pub(crate) address: String,
    /// The id of the draft.
    pub(crate) id: String,
    /// The other drafts of the same form.
    others: DraftList,
    /// The form shows a draft: since when it is stored.
    pub(crate) opened: Option<String>,
    /// There are too many drafts to store this one: the message, and the id of the oldest.
    pub(crate) full: Option<(String, String)>,
    /// Label and text of fields that the form no longer has.
    pub(crate) gone: Vec<(String, String)>,
    /// Whether the form has changed since it was opened, so that nothing was sent.
    pub(crate) is_refused: bool,
}

/// Drafts in a list. Its template is `registers/drafts.html`.
#[derive(Default)]
pub(crate) struct DraftList {
    pub(crate) items: Vec<DraftItem>,
    /// Where one comes back to after deleting one: unit and form, or the unit alone.
    pub(crate) back: (String, String),
    /// Until when drafts are kept.
    pub(crate) retention: String,
}

/// A draft in a list.
pub(crate) struct DraftItem {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) at: String,
    pub(crate) url: String,
}

impl DraftList {
    pub(crate) fn new(
        words: Words,
        snapshot: &Snapshot,
        drafts: Vec<drafts::Listed>,
        (unit, form): (&str, Option<&str>),
    ) -> Self {
        let item = |draft: drafts::Listed| {
            let (_, definition) = snapshot.definition.form(&draft.form)?;
            let (of_form, title) = (label(words, &definition.label), name(words, &draft));
            let name = match (draft.fact, form) {
                (Some(_), _) => words.draft_of_correction(of_form, title),
                (None, None) => words.draft_of_form(of_form, title),
                // The list is of one form.
                (None, Some(_)) => title,
            };
            Some(DraftItem {
                name,
                at: words.moment(draft.at),
                url: url(&draft.unit.code, &draft.form, draft.fact)
                    .with_param(DRAFT, draft.id.as_str())
                    .into(),
                unit: draft.unit.name,
                id: draft.id.as_str().to_owned(),
            })
        };
        Self {
            items: drafts.into_iter().filter_map(item).collect(),
            back: (unit.to_owned(), form.unwrap_or_default().to_owned()),
            retention: words.draft_kept(drafts::RETENTION_DAYS),
        }
    }
}

/// What tells a draft from others.
pub(crate) fn name(words: Words, draft: &drafts::Listed) -> String {
    draft.title.clone().unwrap_or_else(|| words.draft_nameless().to_owned())
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

    /// The draft that an address asks for, if the person has it.
    ///
    /// # Errors
    /// As [`drafts::find`].
    pub(crate) async fn open(
        &self,
        state: &WebState,
        person: &SignedIn,
        id: Option<&str>,
    ) -> Result<Option<(DraftId, drafts::Draft)>, Error> {
        let Some(id) = id.and_then(DraftId::parse) else { return Ok(None) };
        let found = drafts::find(&state.app, &person.ctx, &id, &self.key()).await?;
        Ok(found.map(|draft| (id, draft)))
    }
}

/// Where a form is opened.
pub(crate) fn url(unit: &str, form: &str, fact: Option<RecordId>) -> Url {
    match fact {
        Some(fact) => urls::correct(fact),
        None => urls::new_record(unit, form),
    }
}

/// What is to be shown of drafts.
#[derive(Default)]
pub(crate) struct Shown {
    /// The id of the form's draft; `None` for a form that has just been opened.
    pub(crate) id: Option<DraftId>,
    /// The draft that is opened was stored at this moment.
    pub(crate) opened: Option<jiff::Timestamp>,
    /// There are too many drafts to store this one; this is the oldest.
    pub(crate) full: Option<drafts::Listed>,
    /// Label and text of fields that the form no longer has.
    pub(crate) gone: BTreeMap<String, String>,
    /// Whether the form was sent and has changed since it was opened.
    pub(crate) is_refused: bool,
}

impl DraftPart {
    /// The other drafts of the same form.
    pub(crate) fn others(&self) -> &DraftList {
        &self.others
    }

    /// # Errors
    /// As [`drafts::list`].
    pub(crate) async fn new(
        state: &WebState,
        person: &SignedIn,
        snapshot: &Snapshot,
        place: &DraftSource<'_>,
        shown: Shown,
    ) -> Result<Self, Error> {
        let words = person.words();
        let id = shown.id.unwrap_or_else(DraftId::random);
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut hidden = vec![
            pair(DEFINITION, snapshot.definition.hash.clone()),
            pair(ID, id.as_str().to_owned()),
            pair("draft.unit", place.unit.code.clone()),
            pair("draft.form", place.form.id.clone()),
        ];
        hidden.extend(place.fact.map(|fact| pair("draft.fact", fact.to_string())));
        hidden
            .extend(shown.gone.iter().map(|(label, text)| (format!("{REMOVED_FIELD}{label}"), text.clone())));
        let mut others = drafts::list(&state.app, &person.ctx).await?;
        others.retain(|draft| draft.form == place.form.id && draft.fact == place.fact && draft.id != id);
        let back = (place.unit.code.as_str(), Some(place.form.id.as_str()));
        let address = url(&place.unit.code, &place.form.id, place.fact).with_param(DRAFT, id.as_str());
        Ok(Self {
            hidden,
            address: address.into(),
            id: id.as_str().to_owned(),
            others: DraftList::new(words, snapshot, others, back),
            opened: shown.opened.map(|at| words.draft_opened(words.moment(at))),
            full: shown.full.map(|oldest| (full(words, &oldest), oldest.id.as_str().to_owned())),
            gone: shown.gone.into_iter().collect(),
            is_refused: shown.is_refused,
        })
    }
}

/// That a draft is not stored because there are too many, and which is the oldest.
pub(crate) fn full(words: Words, oldest: &drafts::Listed) -> String {
    words.draft_full(drafts::LIMIT, name(words, oldest), words.moment(oldest.at))
}

/// Everything that was sent with a form.
pub(crate) struct Sent<'a>(pub(crate) &'a [(String, String)]);

impl Sent<'_> {
    /// A field of the form itself.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The id under which it is stored as a draft.
    pub(crate) fn draft_id(&self) -> Option<DraftId> {
        self.get(ID).and_then(DraftId::parse)
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
        let hash = self.get(DEFINITION).unwrap_or(&snapshot.definition.hash);
        if let Some((id, _)) = unknown.iter().next().filter(|_| hash == snapshot.definition.hash) {
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
