//! What earlier versions of a definition called its parts. Records keep the names under which they were written, so that
//! what a version once said of names (`was`, `from`) holds for all that follow it, whether they repeat it or not
//! (`docs/decisions/0040-names-of-earlier-versions.md`).

mod continued;

use std::collections::{BTreeMap, BTreeSet};

use self::continued::{Thread, Threaded, follow};
use crate::{
    definition::{Definition, Field, Form, FormIdx, FormerField},
    kinds::whole_numbers,
};

/// What one version calls its parts, and what it says of their earlier names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionNames {
    /// Its forms.
    pub(crate) forms: Vec<FormNames>,
    /// The codes of its dictionaries.
    pub(crate) dictionaries: BTreeMap<String, Vec<Name>>,
    /// Its measures.
    pub(crate) measures: Vec<Name>,
}

/// The id of something, and the one that it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// What it is called.
    pub(crate) id: String,
    /// What it was called, as the version says.
    pub(crate) was: Option<String>,
}

/// A form and its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormNames {
    /// The form.
    pub(crate) name: Name,
    /// Its fields.
    pub(crate) fields: Vec<FieldNames>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldNames {
    /// The field.
    pub(crate) name: Name,
    /// The name of its kind.
    pub(crate) kind: String,
    /// The kind that it had, as the version says.
    pub(crate) from: Option<String>,
    /// The dictionary of its codes.
    pub(crate) dictionary: Option<String>,
}

/// The parts of a definition through all versions of a region, up to one.
#[derive(Debug, Clone, Default)]
pub struct NameHistory {
    versions: BTreeSet<String>,
    forms: Vec<FormHistory>,
    codes: BTreeMap<String, Vec<Thread>>,
    measures: Vec<Thread>,
}

#[derive(Debug, Clone, Default)]
struct FormHistory {
    thread: Thread,
    fields: Vec<FieldHistory>,
    /// Its id in each version.
    ids: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default)]
struct FieldHistory {
    thread: Thread,
    /// The name of its kind; empty for one that has just been found.
    kind: String,
    /// The kinds that it had whose values are read as the present one, the oldest first.
    kinds: Vec<String>,
    /// Codes that have other names now.
    codes: BTreeMap<String, String>,
}

impl Threaded for FormHistory {
    fn thread(&self) -> &Thread {
        &self.thread
    }

    fn thread_mut(&mut self) -> &mut Thread {
        &mut self.thread
    }
}

impl Threaded for FieldHistory {
    fn thread(&self) -> &Thread {
        &self.thread
    }

    fn thread_mut(&mut self) -> &mut Thread {
        &mut self.thread
    }
}

/// What a version continues of the one before it: the earlier id by the present one.
#[derive(Debug, Default)]
pub(crate) struct Continuity {
    pub(crate) forms: BTreeMap<String, String>,
    /// By form and field of the version.
    pub(crate) fields: BTreeMap<(String, String), String>,
    /// By dictionary and code.
    pub(crate) codes: BTreeMap<(String, String), String>,
    pub(crate) measures: BTreeMap<String, String>,
    /// Fields that are called as others were, whose values are held under that name: form, field, the other field.
    pub(crate) taken_fields: Vec<(String, String, String)>,
    /// The same of codes: dictionary, code, the other code.
    pub(crate) taken_codes: Vec<(String, String, String)>,
    /// Fields that come back as another kind: form, field, the name of the kind that they had.
    pub(crate) returned: Vec<(String, String, String)>,
}

impl Continuity {
    /// The fields of a form that have other ids now: the present id by the earlier one.
    pub(crate) fn renamed_fields(&self, form: &str) -> BTreeMap<&str, &str> {
        let of_form = self.fields.iter().filter(|((known, _), _)| known == form);
        let pairs = of_form.map(|((_, now), was)| (was.as_str(), now.as_str()));
        pairs.filter(|(was, now)| was != now).collect()
    }
}

impl NameHistory {
    /// Whether a version is among those that it follows, or is the last.
    pub fn has_version(&self, hash: &str) -> bool {
        self.versions.contains(hash)
    }

    /// The same with another version, which has been put in force after all of them.
    #[must_use]
    pub fn followed_by(&self, hash: &str, names: &VersionNames) -> Self {
        self.continued_by(hash, names).0
    }

    /// The same, and what the version continues of the one before it.
    pub(crate) fn continued_by(&self, hash: &str, names: &VersionNames) -> (Self, Continuity) {
        let mut continuity = Continuity::default();
        let mut history = Self {
            versions: self.versions.clone(),
            forms: self.continue_forms(hash, names, &mut continuity),
            codes: self.codes.clone(),
            measures: Vec::new(),
        };
        history.versions.insert(hash.to_owned());
        for (dictionary, codes) in &names.dictionaries {
            let known = self.codes.get(dictionary).map(Vec::as_slice).unwrap_or_default();
            let followed = follow(known, &codes.iter().collect::<Vec<_>>());
            let key = |code: String| (dictionary.clone(), code);
            continuity.codes.extend(followed.continued().map(|(now, was)| (key(now), was)));
            let taken = followed.taken.into_iter().map(|(code, other)| (dictionary.clone(), code, other));
            continuity.taken_codes.extend(taken);
            history.codes.insert(dictionary.clone(), followed.things);
        }
        let measures = follow(&self.measures, &names.measures.iter().collect::<Vec<_>>());
        continuity.measures.extend(measures.continued());
        history.measures = measures.things;
        (history, continuity)
    }

    fn continue_forms(
        &self,
        hash: &str,
        names: &VersionNames,
        continuity: &mut Continuity,
    ) -> Vec<FormHistory> {
        let ids: Vec<&Name> = names.forms.iter().map(|form| &form.name).collect();
        let mut forms = follow(&self.forms, &ids);
        continuity.forms.extend(forms.continued());
        for (form, names_of_form) in forms.things.iter_mut().zip(&names.forms) {
            let id = &names_of_form.name.id;
            form.ids.insert(hash.to_owned(), id.clone());
            form.continue_fields(names_of_form, &names.dictionaries, continuity);
        }
        forms.things
    }

    /// The form with this id; one that is there goes before one that is gone.
    fn form(&self, id: &str) -> Option<&FormHistory> {
        let called = || self.forms.iter().filter(|form| form.thread.id == id);
        called().find(|form| !form.thread.is_gone).or_else(|| called().next())
    }

    /// The ids that a form had in earlier versions, the oldest first.
    fn former_forms(&self, id: &str) -> &[String] {
        self.form(id).map(|form| form.thread.former.as_slice()).unwrap_or_default()
    }

    /// See [`Definition::form_in_version`].
    fn form_in_version<'a>(&'a self, id: &'a str, version: &str) -> Option<&'a str> {
        if self.forms.iter().all(|form| form.thread.former.is_empty()) {
            return Some(id);
        }
        let Some(form) = self.form(id) else {
            // What is called as a form was called earlier is not that form: all its records have the present name.
            let is_former =
                self.forms.iter().any(|form| form.thread.former.iter().any(|former| former == id));
            return (!is_former).then_some(id);
        };
        if self.versions.contains(version) {
            return form.ids.get(version).map(String::as_str);
        }
        Some(form.thread.former.first().unwrap_or(&form.thread.id).as_str())
    }
}

impl FormHistory {
    fn continue_fields(
        &mut self,
        names: &FormNames,
        dictionaries: &BTreeMap<String, Vec<Name>>,
        continuity: &mut Continuity,
    ) {
        let form = &names.name.id;
        let ids: Vec<&Name> = names.fields.iter().map(|field| &field.name).collect();
        let mut followed = follow(&self.fields, &ids);
        let key = |field: String| (form.clone(), field);
        continuity.fields.extend(followed.continued().map(|(now, was)| (key(now), was)));
        let taken = followed.taken.iter().map(|(field, other)| (form.clone(), field.clone(), other.clone()));
        continuity.taken_fields.extend(taken);
        let of_version = followed.things.iter_mut().zip(&followed.before).zip(&names.fields);
        for ((field, before), names) in of_version {
            if before.is_none() && !field.kind.is_empty() && field.kind != names.kind {
                continuity.returned.push((form.clone(), names.name.id.clone(), field.kind.clone()));
            }
            field.take_kind(names);
            if let Some(codes) = names.dictionary.as_ref().and_then(|dictionary| dictionaries.get(dictionary))
            {
                field.take_codes(codes);
            }
        }
        self.fields = followed.things;
    }

    fn field(&self, id: &str) -> Option<&FieldHistory> {
        self.fields.iter().find(|field| field.thread.id == id && !field.thread.is_gone)
    }
}

impl FieldHistory {
    /// Takes the kind of another version. Where that does not say that the values of the former kind are read as those of
    /// its own, there are none: such a version is refused otherwise.
    fn take_kind(&mut self, names: &FieldNames) {
        let from = names.from.clone();
        let is_new = self.kind.is_empty();
        let is_declared = from.as_ref() == Some(&self.kind);
        if is_new || (self.kind != names.kind && !is_declared) {
            self.kinds.clear();
        }
        if let Some(from) = from.filter(|from| *from != names.kind && !self.kinds.contains(from)) {
            self.kinds.push(from);
        }
        self.kind.clone_from(&names.kind);
    }

    /// Takes what another version says of its codes.
    fn take_codes(&mut self, codes: &[Name]) {
        let present: BTreeSet<&str> = codes.iter().map(|code| code.id.as_str()).collect();
        let named = |code: &Name| {
            let was = code.was.clone().filter(|was| !present.contains(was.as_str()))?;
            Some((was, code.id.clone()))
        };
        let mut renamed: BTreeMap<String, String> = codes.iter().filter_map(named).collect();
        // One that goes back to an earlier name.
        for (was, now) in &self.codes {
            if present.contains(was.as_str()) && !present.contains(now.as_str()) {
                renamed.entry(now.clone()).or_insert_with(|| was.clone());
            }
        }
        for now in self.codes.values_mut() {
            if let Some(next) = renamed.get(now) {
                now.clone_from(next);
            }
        }
        self.codes.extend(renamed);
        self.codes.retain(|was, _| !present.contains(was.as_str()));
    }

    /// Says of a field of the definition what it was.
    fn put_into(&self, former: &mut FormerField) {
        former.ids.clone_from(&self.thread.former);
        former.kinds.clone_from(&self.kinds);
        former.codes.clone_from(&self.codes);
        // What whole numbers were first they are still, whatever the kind was afterwards.
        let mut kinds = self.kinds.iter().chain([&self.kind]);
        former.whole_numbers = kinds.find_map(|kind| whole_numbers(kind)).unwrap_or_default();
    }
}

impl Field {
    /// All names under which records hold it, the present one last.
    pub fn all_ids(&self) -> impl Iterator<Item = &str> {
        self.former.ids.iter().chain([&self.id]).map(String::as_str)
    }
}

impl Definition {
    /// The same version as it follows others in a region: it reads what was stored under their names.
    #[must_use]
    pub fn following(mut self, earlier: &NameHistory) -> Self {
        let history = earlier.followed_by(&self.hash, &self.names);
        for form in &mut self.forms {
            let known = history.form(&form.id);
            for field in &mut form.fields {
                if let Some(known) = known.and_then(|known| known.field(&field.id)) {
                    known.put_into(&mut field.former);
                }
            }
        }
        for measure in &mut self.measures {
            let known = history.measures.iter().find(|known| known.id == measure.id && !known.is_gone);
            measure.former = known.map(|known| known.former.clone()).unwrap_or_default();
        }
        self.history = history;
        self
    }

    /// The same version, of which it is known under which ids the records of its forms are stored while `now` is in force.
    #[must_use]
    pub fn stored_under(mut self, now: &Self) -> Self {
        let renamed = now.forms.iter().filter_map(|form| {
            let then = now.form_in_version(&form.id, &self.hash)?;
            (then != form.id).then(|| (then.to_owned(), form.id.clone()))
        });
        self.stored_forms = renamed.collect();
        self
    }

    /// The id under which the records of a form are stored.
    pub fn stored_form<'a>(&'a self, form: &'a str) -> &'a str {
        self.stored_forms.get(form).map_or(form, String::as_str)
    }

    /// The form whose records are stored under an id.
    pub fn form_of_stored(&self, id: &str) -> Option<(FormIdx, &Form)> {
        match self.stored_forms.iter().find(|(_, stored)| stored.as_str() == id) {
            Some((form, _)) => self.form(form),
            None if self.stored_forms.contains_key(id) => None,
            None => self.form(id),
        }
    }

    /// The ids that a form had in earlier versions, the oldest first.
    pub fn former_forms(&self, form: &str) -> &[String] {
        self.history.former_forms(form)
    }

    /// What the form that is called `form` now was called in a version; `None` when that did not have it. In a version that
    /// is older than all that are known it had its first name.
    pub fn form_in_version<'a>(&'a self, form: &'a str, version: &str) -> Option<&'a str> {
        self.history.form_in_version(form, version)
    }
}
