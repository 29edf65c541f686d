//! What one version of a definition changes of another: pure, without a look at any record.

mod campaigns;
mod rewritten;

use std::collections::{BTreeMap, BTreeSet};

use model::period::Grain;
use serde::{Deserialize, Serialize};

use crate::{
    definition::{
        Code, Definition, Dictionary, Field, FieldIdx, FieldKind, Form, FormIdx, Measure, MeasureIdx, State,
        Workflow,
    },
    history::Continuity,
    kinds::{Meaning, ValueShape},
};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What is changed.
    pub part: ChangedPart,
    /// How.
    pub kind: ChangeKind,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangedPart {
    /// A campaign.
    Campaign(String),
    /// A form.
    Form(String),
    /// A field of a form.
    Field(String, String),
    /// What a form counts towards a measure.
    Post(String, String),
    /// A state of a form.
    State(String, String),
    /// A code of a dictionary.
    Code(String, String),
    /// A measure.
    Measure(String),
    /// An indicator of a campaign.
    Indicator(String, String),
}

/// How something is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another id now, and says so.
    Renamed {
        /// The id that it had.
        was: String,
    },
    /// It is of another kind now.
    Retyped {
        /// The name of the kind that it had.
        from: String,
        /// The name of the kind that it has.
        to: String,
        /// Whether the definition says that values of the former kind are read as those of the present one.
        is_declared: bool,
    },
    /// It is counted in another way: as the definition said and says it. Nothing where it was not or is not counted.
    Reposted {
        /// What was.
        was: String,
        /// What is.
        now: String,
    },
    /// It was stated, and is worked out from now on.
    Derived,
    /// It is called as something else was, whose values are held under this name still.
    NameTaken {
        /// What the other is called.
        from: String,
    },
    /// Its records are known by other fields, or by what these fields are now.
    Identified {
        /// The fields by which they were known.
        was: String,
        /// Those by which they would be.
        now: String,
    },
    /// It runs over other years, and some that counted count no more.
    Shortened {
        /// Its years.
        was: String,
        /// Those that it would have.
        now: String,
    },
    /// Another share of the units has to have answered.
    Threshold {
        /// The share.
        was: String,
        /// What it would be.
        now: String,
    },
    /// Another number is to be reached, or not to be passed.
    Retargeted {
        /// The target.
        was: String,
        /// What it would be.
        now: String,
    },
    /// It counts or asks for something else.
    Redefined,
}

/// All that `new` changes of `old`, in the order of the definition.
pub fn changes(old: &Definition, new: &Definition) -> Vec<Change> {
    let (_, continuity) = old.history.continued_by(&new.hash, &new.names);
    let mut found = Vec::new();
    campaigns::compare_all((old, new), &continuity, &mut found);
    forms((old, new), &continuity, &mut found);
    dictionaries((old, new), &continuity, &mut found);
    measures((old, new), &continuity, &mut found);
    found
}

/// The form of the earlier version `old` that a form of `new` continues.
pub fn former_form<'d>(old: &'d Definition, new: &Definition, form: &Form) -> Option<(FormIdx, &'d Form)> {
    old.form(&form.id).or_else(|| new.former_forms(&form.id).iter().rev().find_map(|id| old.form(id)))
}

/// Compares two lists by their ids: what is new, renamed, gone, and each pair that stays. `before` is what something of the
/// new list was called in the old one, if it was there.
fn compare<'d, T>(
    (old, new): (&'d [T], &'d [T]),
    id: impl Fn(&T) -> &str,
    before: impl Fn(&T) -> Option<String>,
    mut note: impl FnMut(&str, ChangeKind),
    mut both: impl FnMut(&'d T, &'d T),
) {
    let mut continued = Vec::new();
    for item in new {
        let was = before(item);
        let former = old.iter().find(|former| was.as_deref() == Some(id(former)));
        let Some(former) = former else {
            note(id(item), ChangeKind::Added);
            continue;
        };
        continued.push(id(former));
        if id(former) != id(item) {
            note(id(item), ChangeKind::Renamed { was: id(former).to_owned() });
        }
        both(former, item);
    }
    for item in old.iter().filter(|item| !continued.contains(&id(item))) {
        note(id(item), ChangeKind::Removed);
    }
}

fn forms((old, new): (&Definition, &Definition), continuity: &Continuity, found: &mut Vec<Change>) {
    let mut pairs = Vec::new();
    compare(
        (old.forms.as_slice(), new.forms.as_slice()),
        |form: &Form| form.id.as_str(),
        |form| continuity.forms.get(&form.id).cloned(),
        |id, kind| found.push(Change { part: ChangedPart::Form(id.to_owned()), kind }),
        |former, now| pairs.push((former, now)),
    );
    for (former, now) in pairs {
        let files = rewritten::FormFiles::new((old, former), (new, now), continuity);
        if files.differ() {
            found.push(Change { part: ChangedPart::Form(now.id.clone()), kind: ChangeKind::Redefined });
        }
        identities((old, former), (new, now), continuity, found);
        fields(former, now, &files, continuity, found);
        states(former, now, found);
        posts((old, former), (new, now), continuity, found);
    }
}

/// By what records are known: other fields, or the same ones with values that are spelt otherwise now.
fn identities(
    (old, former): (&Definition, &Form),
    (new, now): (&Definition, &Form),
    continuity: &Continuity,
    found: &mut Vec<Change>,
) {
    let before: Vec<&Field> = former.identity.iter().map(|field| &former.fields[*field]).collect();
    let after: Vec<&Field> = now.identity.iter().map(|field| &now.fields[*field]).collect();
    let was_called = |field: &Field| {
        continuity.fields.get(&(now.id.clone(), field.id.clone())).unwrap_or(&field.id).clone()
    };
    let is_same_list = before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| was_called(after) == before.id);
    let is_respelt = |(before, after): (&&Field, &&Field)| {
        before.kind.name() != after.kind.name()
            || is_person(former, before) != is_person(now, after)
            || has_renamed_codes(codes(old, before), codes(new, after), continuity)
    };
    if !is_same_list || before.iter().zip(&after).any(is_respelt) {
        let ids =
            |fields: &[&Field]| fields.iter().map(|field| field.id.as_str()).collect::<Vec<_>>().join(", ");
        let kind = ChangeKind::Identified { was: ids(&before), now: ids(&after) };
        found.push(Change { part: ChangedPart::Form(now.id.clone()), kind });
    }
}

/// Whether a field is part of who a person is: an alias stands for what it states.
fn is_person(form: &Form, field: &Field) -> bool {
    let of = |position: FieldIdx| form.fields[position].id == field.id;
    form.persons.iter().any(|person| of(person.id_number) || of(person.name))
}

/// The dictionary of a field with codes.
fn codes<'d>(definition: &'d Definition, field: &Field) -> Option<&'d Dictionary> {
    match field.kind.spec().shape {
        ValueShape::Code(dictionary) => Some(&definition.dictionaries[dictionary]),
        _ => None,
    }
}

fn has_renamed_codes(
    before: Option<&Dictionary>,
    after: Option<&Dictionary>,
    continuity: &Continuity,
) -> bool {
    let Some((before, after)) = before.zip(after) else { return false };
    let was = |code: &Code| former_code(before, after, code, continuity);
    after.codes.iter().any(|code| was(code).is_some_and(|was| was != code.code))
}

/// What a code was called in the dictionary that the field had before.
fn former_code(
    before: &Dictionary,
    after: &Dictionary,
    code: &Code,
    continuity: &Continuity,
) -> Option<String> {
    if before.id == after.id {
        return continuity.codes.get(&(after.id.clone(), code.code.clone())).cloned();
    }
    let known = |id: &str| before.code(id).map(|known| known.code.clone());
    known(&code.code).or_else(|| known(code.was.as_deref()?))
}

/// What a form counts towards each measure. What is only called otherwise now is the same.
fn posts(
    (old, former): (&Definition, &Form),
    (new, now): (&Definition, &Form),
    continuity: &Continuity,
    found: &mut Vec<Change>,
) {
    let renamed = continuity.renamed_fields(&now.id);
    let measure = |id: &str| {
        let now = continuity.measures.iter().find(|(_, was)| was.as_str() == id);
        now.map_or_else(|| id.to_owned(), |(now, _)| now.clone())
    };
    let before = post_texts(old, former);
    let before: BTreeMap<String, String> =
        before.into_iter().map(|(id, text)| (measure(&id), with_names(&text, &renamed))).collect();
    let after = post_texts(new, now);
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let text = |texts: &BTreeMap<String, String>, id: &String| texts.get(id).cloned().unwrap_or_default();
    let changed = ids.into_iter().filter(|id| before.get(*id) != after.get(*id));
    found.extend(changed.map(|id| Change {
        part: ChangedPart::Post(now.id.clone(), id.clone()),
        kind: ChangeKind::Reposted { was: text(&before, id), now: text(&after, id) },
    }));
}

/// What a form counts, by measure. What is counted over the years of several campaigns is said once.
fn post_texts(definition: &Definition, form: &Form) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for post in &form.posts {
        let of_measure = texts.entry(definition.measures[post.measure].id.clone()).or_default();
        if !of_measure.contains(&post.text.as_str()) {
            of_measure.push(&post.text);
        }
    }
    texts.into_iter().map(|(id, texts)| (id, texts.join("; "))).collect()
}

/// A text with other names for some of the fields in it.
fn with_names(text: &str, renamed: &BTreeMap<&str, &str>) -> String {
    let mut named = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = if is_name(first) {
            rest.find(|c: char| !is_name(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        named.push_str(renamed.get(word).copied().unwrap_or(word));
        rest = after;
    }
    named
}

fn fields(
    old: &Form,
    new: &Form,
    files: &rewritten::FormFiles,
    continuity: &Continuity,
    found: &mut Vec<Change>,
) {
    let part = |id: &str| ChangedPart::Field(new.id.clone(), id.to_owned());
    let mut further = Vec::new();
    compare(
        (old.fields.as_slice(), new.fields.as_slice()),
        |field: &Field| field.id.as_str(),
        |field| continuity.fields.get(&(new.id.clone(), field.id.clone())).cloned(),
        |id, kind| found.push(Change { part: part(id), kind }),
        |former, now| {
            let kinds = [becomes_derived((old, former), (new, now)), retyped(former, now)];
            let count = further.len();
            further.extend(kinds.into_iter().flatten().map(|kind| Change { part: part(&now.id), kind }));
            if further.len() == count && files.field_differs(&former.id, &now.id) {
                further.push(Change { part: part(&now.id), kind: ChangeKind::Redefined });
            }
        },
    );
    for (_, id, from) in continuity.returned.iter().filter(|(form, ..)| *form == new.id) {
        let Some(field) = new.field(id).map(|field| &new.fields[field]) else { continue };
        let (from, to) = (from.clone(), field.kind.name().to_owned());
        let is_declared = field.former.kind.as_ref() == Some(&from);
        further.push(Change { part: part(id), kind: ChangeKind::Retyped { from, to, is_declared } });
    }
    for (_, id, from) in continuity.taken_fields.iter().filter(|(form, ..)| *form == new.id) {
        further.push(Change { part: part(id), kind: ChangeKind::NameTaken { from: from.clone() } });
    }
    found.extend(further);
}

/// Whether a field that was stated is worked out now.
fn becomes_derived((old, former): (&Form, &Field), (new, now): (&Form, &Field)) -> Option<ChangeKind> {
    let is_derived = |form: &Form, id: &str| form.field(id).is_some_and(|field| form.is_derived(field));
    (is_derived(new, &now.id) && !is_derived(old, &former.id)).then_some(ChangeKind::Derived)
}

/// Whether a field is of another kind now.
fn retyped(former: &Field, now: &Field) -> Option<ChangeKind> {
    let (from, to) = (former.kind.name(), now.kind.name());
    // A quarter is not read as a month.
    if from == to && grain(&former.kind) == grain(&now.kind) {
        return None;
    }
    let is_declared = now.former.kind.as_deref() == Some(from);
    Some(ChangeKind::Retyped { from: from.to_owned(), to: to.to_owned(), is_declared })
}

/// How long the periods are that a field of this kind holds.
fn grain(kind: &FieldKind) -> Option<Grain> {
    match kind.spec().meaning {
        Meaning::Period(grain) => Some(grain),
        _ => None,
    }
}

fn states(old: &Form, new: &Form, found: &mut Vec<Change>) {
    let list = |form: &'_ Form| -> Vec<String> {
        let states = form.workflow.iter().flat_map(|workflow: &Workflow| workflow.states.iter());
        states.map(|state: &State| state.id.clone()).collect()
    };
    let (before, now) = (list(old), list(new));
    let note = |id: &String, kind| Change { part: ChangedPart::State(new.id.clone(), id.clone()), kind };
    found.extend(now.iter().filter(|id| !before.contains(id)).map(|id| note(id, ChangeKind::Added)));
    found.extend(before.iter().filter(|id| !now.contains(id)).map(|id| note(id, ChangeKind::Removed)));
}

fn dictionaries((old, new): (&Definition, &Definition), continuity: &Continuity, found: &mut Vec<Change>) {
    for former in &old.dictionaries {
        let Some(now) = next_dictionary(former, (old, new), continuity) else { continue };
        let part = |id: &str| ChangedPart::Code(former.id.clone(), id.to_owned());
        compare(
            (&former.codes, &now.codes),
            |code: &Code| code.code.as_str(),
            |code| former_code(former, now, code, continuity),
            |id, kind| found.push(Change { part: part(id), kind }),
            |_, _| {},
        );
        for (_, id, from) in continuity.taken_codes.iter().filter(|(dictionary, ..)| *dictionary == now.id) {
            found.push(Change { part: part(id), kind: ChangeKind::NameTaken { from: from.clone() } });
        }
    }
}

/// The dictionary that the fields with codes of another one have now.
fn next_dictionary<'d>(
    former: &Dictionary,
    (old, new): (&Definition, &'d Definition),
    continuity: &Continuity,
) -> Option<&'d Dictionary> {
    let same = new.dictionaries.iter().find(|now| now.id == former.id);
    same.or_else(|| {
        new.forms.iter().find_map(|form| {
            let (_, before) = old.form(continuity.forms.get(&form.id)?)?;
            form.fields.iter().find_map(|field| {
                let was = continuity.fields.get(&(form.id.clone(), field.id.clone()))?;
                let was = codes(old, &before.fields[before.field(was)?])?;
                codes(new, field).filter(|_| was.id == former.id)
            })
        })
    })
}

fn measures((old, new): (&Definition, &Definition), continuity: &Continuity, found: &mut Vec<Change>) {
    let mut redefined = Vec::new();
    compare(
        (old.measures.as_slice(), new.measures.as_slice()),
        |measure: &Measure| measure.id.as_str(),
        |measure| continuity.measures.get(&measure.id).cloned(),
        |id, kind| {
            let change = Change { part: ChangedPart::Measure(id.to_owned()), kind };
            // What is counted over the years of several campaigns has one id.
            if !found.contains(&change) {
                found.push(change);
            }
        },
        |former, now| {
            let change = Change { part: ChangedPart::Measure(now.id.clone()), kind: ChangeKind::Redefined };
            let how = |measure: &Measure| (measure.kind, measure.scale, measure.has_unlisted);
            if how(former) != how(now) && !redefined.contains(&change) {
                redefined.push(change);
            }
        },
    );
    found.extend(redefined);
}

/// The positions that the measures of a version have in the earlier one, where they are there.
fn measure_numbers(
    old: &Definition,
    new: &Definition,
    continuity: &Continuity,
) -> BTreeMap<MeasureIdx, MeasureIdx> {
    let pairs = new.measures.entries().filter_map(|(position, now)| {
        let was = continuity.measures.get(&now.id)?;
        let former = old.measures.position(|former| former.id == *was && former.since == now.since)?;
        Some((position, former))
    });
    pairs.collect()
}
