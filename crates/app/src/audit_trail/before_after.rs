//! What stood in something before and after a change, as far as it is to be shown: the values of a record by
//! field, or the parts of any other thing by name.

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::{FormIdx, Values};
use serde_json::Value as Json;
use store::{audit::StoredEntry, sealed_texts};

use crate::{Snapshot, Transitioned};

/// What stood there before and after.
pub enum TrailContent {
    /// The values of a record; personal numbers are to be masked where they are shown, as everywhere.
    Record {
        /// Its form.
        form: FormIdx,
        /// Before; `None` when it did not exist.
        before: Option<Values>,
        /// After; `None` when it was removed.
        after: Option<Values>,
        /// Where it moved.
        moved: Option<Transitioned>,
    },
    /// The parts of something else.
    Fields(Vec<TrailField>),
}

/// A part of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailField {
    /// What the audit calls it.
    pub name: String,
    /// Before; `None` when it did not exist.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// What stands in place of something sealed that no definition says how to mask.
const SEALED: &str = "******";

impl TrailContent {
    /// What an entry says of a record. Of one that is gone nothing says the form: it is known by its fields.
    pub(super) fn of_record(snapshot: &Snapshot, form: Option<FormIdx>, stored: &StoredEntry) -> Self {
        let texts = [stored.before.as_deref(), stored.after.as_deref()];
        let form = form.or_else(|| form_of(snapshot, texts.into_iter().flatten().next()?));
        let Some(form) = form else { return Self::of_fields(stored) };
        let decoded = texts.map(|text| text.map(|text| snapshot.codecs[form].decode(text)).transpose());
        let [Ok(before), Ok(after)] = decoded else { return Self::of_fields(stored) };
        let moved = stored.detail.as_deref().and_then(Transitioned::read);
        Self::Record { form, before, after, moved }
    }

    /// What an entry says of something else.
    pub(super) fn of_fields(stored: &StoredEntry) -> Self {
        let [before, after] = [&stored.before, &stored.after].map(|text| text.as_deref().map(parts));
        let names = before.iter().chain(&after).flat_map(BTreeMap::keys);
        let names: BTreeSet<&String> = names.collect();
        let part =
            |parts: &Option<BTreeMap<String, String>>, name: &String| parts.as_ref()?.get(name).cloned();
        let fields = names.into_iter().map(|name| TrailField {
            name: name.clone(),
            before: part(&before, name),
            after: part(&after, name),
        });
        Self::Fields(fields.collect())
    }

    /// What a part is afterwards, or was before it went.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        let Self::Fields(fields) = self else { return None };
        let field = fields.iter().find(|field| field.name == name)?;
        field.after.clone().or_else(|| field.before.clone())
    }
}

/// The form whose fields these are: of those that have them all the one that has the fewest others; `None` when there are
/// several such.
fn form_of(snapshot: &Snapshot, text: &str) -> Option<FormIdx> {
    let stated: BTreeMap<String, Json> = serde_json::from_str(text).ok()?;
    let forms = snapshot.definition.forms.entries();
    let fitting = forms.filter(|(_, form)| stated.keys().all(|name| form.field(name).is_some()));
    let mut sized: Vec<(usize, FormIdx)> = fitting.map(|(at, form)| (form.fields.len(), at)).collect();
    sized.sort_unstable_by_key(|(size, _)| *size);
    match sized[..] {
        [(one, form), (other, _), ..] => (one < other).then_some(form),
        [(_, form)] => Some(form),
        [] => None,
    }
}

/// The parts of a text in JSON; one that is none is one part without a name.
fn parts(text: &str) -> BTreeMap<String, String> {
    match serde_json::from_str(text) {
        Ok(Json::Object(object)) => {
            let shown = object.into_iter().filter(|(_, value)| !value.is_null());
            shown.map(|(name, value)| (name, shown_text(value))).collect()
        }
        Ok(other) => BTreeMap::from([(String::new(), shown_text(other))]),
        Err(_) => BTreeMap::from([(String::new(), shown_text(Json::from(text)))]),
    }
}

fn shown_text(value: Json) -> String {
    let json = value.to_string();
    match value {
        _ if sealed_texts(&json).next().is_some() => SEALED.to_owned(),
        Json::String(text) => text,
        _ => json,
    }
}
