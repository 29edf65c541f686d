//! What one version of a definition changes of another: pure, without a look at any record.

use std::collections::{BTreeMap, BTreeSet};

use model::period::Grain;
use serde::{Deserialize, Serialize};

use crate::{
    definition::{
        Campaign, Definition, Dictionary, Field, FieldKind, Form, FormIdx, Indicator, Measure, MeasureIdx,
        State, Workflow,
    },
    kinds::Meaning,
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
    /// It counts or asks for something else.
    Redefined,
}

/// All that `new` changes of `old`, in the order of the definition.
pub fn changes(old: &Definition, new: &Definition) -> Vec<Change> {
    let mut found = Vec::new();
    campaigns(old, new, &mut found);
    forms(old, new, &mut found);
    dictionaries(old, new, &mut found);
    measures(old, new, &mut found);
    found
}

/// The form of the earlier version that a form continues.
pub fn former_form<'d>(old: &'d Definition, form: &Form) -> Option<(FormIdx, &'d Form)> {
    old.form(&form.id).or_else(|| old.form(form.was.as_deref()?))
}

/// Compares two lists by their ids: what is new, renamed, gone, and each pair that stays.
fn compare<'d, T>(
    (old, new): (&'d [T], &'d [T]),
    id: impl Fn(&T) -> &str,
    was: impl Fn(&T) -> Option<&str>,
    mut note: impl FnMut(&str, ChangeKind),
    mut both: impl FnMut(&'d T, &'d T),
) {
    let find = |wanted: &str| old.iter().find(|item| id(item) == wanted);
    let mut continued = Vec::new();
    for item in new {
        let renamed = || was(item).and_then(|was| Some((was, find(was)?)));
        match (find(id(item)), renamed()) {
            (Some(former), _) => {
                continued.push(id(former));
                both(former, item);
            }
            (None, Some((was, former))) => {
                continued.push(id(former));
                note(id(item), ChangeKind::Renamed { was: was.to_owned() });
                both(former, item);
            }
            (None, None) => note(id(item), ChangeKind::Added),
        }
    }
    for item in old.iter().filter(|item| !continued.contains(&id(item))) {
        note(id(item), ChangeKind::Removed);
    }
}

fn campaigns(old: &Definition, new: &Definition, found: &mut Vec<Change>) {
    let mut pairs = Vec::new();
    compare(
        (old.campaigns.as_slice(), new.campaigns.as_slice()),
        |campaign: &Campaign| campaign.id.as_str(),
        |_| None,
        |id, kind| found.push(Change { part: ChangedPart::Campaign(id.to_owned()), kind }),
        |former, now| pairs.push((former, now)),
    );
    for (former, now) in pairs {
        indicators((old, former), (new, now), found);
        if (former.period, former.baseline) != (now.period, now.baseline) {
            found.push(Change { part: ChangedPart::Campaign(now.id.clone()), kind: ChangeKind::Redefined });
        }
    }
}

fn indicators(
    (old, former): (&Definition, &Campaign),
    (new, now): (&Definition, &Campaign),
    found: &mut Vec<Change>,
) {
    let part = |id: &str| ChangedPart::Indicator(now.id.clone(), id.to_owned());
    let mut redefined = Vec::new();
    let numbers = measure_numbers(old, new);
    compare(
        (former.indicators.as_slice(), now.indicators.as_slice()),
        |indicator: &Indicator| indicator.id.as_str(),
        |_| None,
        |id, kind| found.push(Change { part: part(id), kind }),
        |former, now| {
            if !asks_the_same(former, now, &numbers) {
                redefined.push(Change { part: part(&now.id), kind: ChangeKind::Redefined });
            }
        },
    );
    found.extend(redefined);
}

/// The positions that the measures of a version have in the earlier one, where they are there.
fn measure_numbers(old: &Definition, new: &Definition) -> BTreeMap<MeasureIdx, MeasureIdx> {
    let find = |id: &str, now: &Measure| {
        let is_same = |(_, former): &(MeasureIdx, &Measure)| former.id == id && former.since == now.since;
        old.measures.entries().find(is_same)
    };
    let pairs = new.measures.entries().filter_map(|(position, now)| {
        let former = find(&now.id, now).or_else(|| find(now.was.as_deref()?, now));
        Some((position, former?.0))
    });
    pairs.collect()
}

/// Whether an indicator asks for the same as before: the same formulas over the same measures, the same target.
fn asks_the_same(former: &Indicator, now: &Indicator, numbers: &BTreeMap<MeasureIdx, MeasureIdx>) -> bool {
    if !now.measures().iter().all(|measure| numbers.contains_key(measure)) {
        return false;
    }
    let mut now = now.clone();
    now.replace_measures(numbers);
    let goals =
        |indicator: &Indicator| (indicator.target.to_bits(), indicator.direction, indicator.goal.clone());
    let formulas = |indicator: &Indicator| {
        let variants = indicator
            .variants
            .iter()
            .map(|variant| (variant.kind, variant.numerator.clone(), variant.denominator.clone()));
        (indicator.formula.clone(), variants.collect::<Vec<_>>(), indicator.unconfirmed.clone())
    };
    goals(former) == goals(&now) && formulas(former) == formulas(&now) && former.explain == now.explain
}

fn forms(old: &Definition, new: &Definition, found: &mut Vec<Change>) {
    let mut pairs = Vec::new();
    compare(
        (old.forms.as_slice(), new.forms.as_slice()),
        |form: &Form| form.id.as_str(),
        |form| form.was.as_deref(),
        |id, kind| found.push(Change { part: ChangedPart::Form(id.to_owned()), kind }),
        |former, now| pairs.push((former, now)),
    );
    for (former, now) in pairs {
        fields(former, now, found);
        states(former, now, found);
        posts((old, former), (new, now), found);
    }
}

/// What a form counts towards each measure. What is only called otherwise now is the same.
fn posts((old, former): (&Definition, &Form), (new, now): (&Definition, &Form), found: &mut Vec<Change>) {
    let renamed: BTreeMap<&str, &str> = now
        .fields
        .iter()
        .filter_map(|field| Some((field.former.id.as_deref()?, field.id.as_str())))
        .filter(|(was, _)| former.field(was).is_some())
        .collect();
    let measure = |id: &str| {
        let continued = new.measures.iter().find(|measure| measure.was.as_deref() == Some(id));
        continued.filter(|_| new.measure(id).is_none()).map_or_else(|| id.to_owned(), |now| now.id.clone())
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

fn fields(old: &Form, new: &Form, found: &mut Vec<Change>) {
    let part = |id: &str| ChangedPart::Field(new.id.clone(), id.to_owned());
    let mut retyped = Vec::new();
    compare(
        (old.fields.as_slice(), new.fields.as_slice()),
        |field: &Field| field.id.as_str(),
        |field| field.former.id.as_deref(),
        |id, kind| found.push(Change { part: part(id), kind }),
        |former, now| {
            let is_derived =
                |form: &Form, id: &str| form.field(id).is_some_and(|field| form.is_derived(field));
            if is_derived(new, &now.id) && !is_derived(old, &former.id) {
                retyped.push(Change { part: part(&now.id), kind: ChangeKind::Derived });
            }
            let (from, to) = (former.kind.name(), now.kind.name());
            // A quarter is not read as a month.
            if from != to || grain(&former.kind) != grain(&now.kind) {
                let is_declared = now.former.kind.as_deref() == Some(from);
                let (from, to) = (from.to_owned(), to.to_owned());
                let kind = ChangeKind::Retyped { from, to, is_declared };
                retyped.push(Change { part: part(&now.id), kind });
            }
        },
    );
    found.extend(retyped);
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

fn dictionaries(old: &Definition, new: &Definition, found: &mut Vec<Change>) {
    for now in &new.dictionaries {
        let same = |dictionary: &&Dictionary| dictionary.id == now.id;
        let Some(former) = old.dictionaries.iter().find(same) else { continue };
        compare(
            (&former.codes, &now.codes),
            |code| code.code.as_str(),
            |code| code.was.as_deref(),
            |id, kind| found.push(Change { part: ChangedPart::Code(now.id.clone(), id.to_owned()), kind }),
            |_, _| {},
        );
    }
}

fn measures(old: &Definition, new: &Definition, found: &mut Vec<Change>) {
    let mut redefined = Vec::new();
    compare(
        (old.measures.as_slice(), new.measures.as_slice()),
        |measure: &Measure| measure.id.as_str(),
        |measure| measure.was.as_deref(),
        |id, kind| {
            let change = Change { part: ChangedPart::Measure(id.to_owned()), kind };
            // What is counted over the years of several campaigns has one id.
            if !found.contains(&change) {
                found.push(change);
            }
        },
        |former, now| {
            let change = Change { part: ChangedPart::Measure(now.id.clone()), kind: ChangeKind::Redefined };
            if former.kind != now.kind && !redefined.contains(&change) {
                redefined.push(change);
            }
        },
    );
    found.extend(redefined);
}
