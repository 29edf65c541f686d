//! What the steps of one form may refer to, and the reading of texts with placeholders.

use std::{collections::BTreeMap, ops::Range};

use campaign::{
    definition::{Definition, FieldIdx, Form},
    marker::Marker,
    mistake::say,
};

use super::{mark_unknown, written};
use crate::words::{Choice, Part, Template, Variable, Words};

/// Names that decide a choice without being a field.
const VARIABLES: [(&str, Variable); 4] = [
    ("sector", Variable::Sector),
    ("group", Variable::Group),
    ("life", Variable::Life),
    ("age", Variable::Age),
];

/// What steps may refer to.
pub(super) struct Scope<'a> {
    pub(super) definition: &'a Definition,
    pub(super) form: &'a Form,
    pub(super) city: &'a written::City,
    pub(super) words: &'a Words,
    pub(super) traits: &'a [String],
    /// Ids of the recipe's forms in their order.
    pub(super) forms: &'a [String],
    /// Names of a record's persons.
    pub(super) persons: Vec<String>,
    /// What is kept aside, in the order of its slots after the form's fields.
    pub(super) aside: Vec<String>,
    /// Slots that earlier steps have filled.
    pub(super) filled: Vec<usize>,
    pub(super) marker: Marker<'a>,
}

impl Scope<'_> {
    /// The slot called `name`, whether or not a step has filled it.
    pub(super) fn slot(&self, name: &str) -> Option<usize> {
        let aside = || self.aside.iter().position(|known| known == name);
        self.form
            .field(name)
            .map(FieldIdx::number)
            .or_else(|| aside().map(|place| self.form.fields.len() + place))
    }

    /// The slot called `name`, which an earlier step must have filled.
    pub(super) fn filled(&self, span: &Range<usize>, key: &str, name: &str) -> usize {
        match self.slot(name) {
            Some(slot) if self.filled.contains(&slot) => slot,
            Some(_) => {
                self.marker.mark(
                    span,
                    say!(
                        "`{key}` 引用的 `{name}` 在后面才生成",
                        "`{key}` needs `{name}`, which is made later"
                    ),
                    say!("请把被引用的一项移到前面", "move the step it needs before this one"),
                );
                0
            }
            None => {
                let names = self.form.fields.iter().map(|field| field.id.as_str());
                mark_unknown(
                    self.marker,
                    span,
                    key,
                    name,
                    names.chain(self.aside.iter().map(String::as_str)),
                );
                0
            }
        }
    }

    /// The person called `name`.
    pub(super) fn person(&self, span: &Range<usize>, key: &str, name: &str) -> usize {
        self.persons.iter().position(|known| known == name).unwrap_or_else(|| {
            mark_unknown(self.marker, span, key, name, self.persons.iter().map(String::as_str));
            0
        })
    }

    /// What decides a choice.
    pub(super) fn variable(&self, span: &Range<usize>, key: &str, name: &str) -> Variable {
        match VARIABLES.iter().find(|(known, _)| *known == name) {
            Some((_, variable)) => *variable,
            None => Variable::Slot(self.filled(span, key, name)),
        }
    }

    /// Marks the keys of a choice that its variable can never have, and values without an arm.
    pub(super) fn check_arms<T>(&self, span: &Range<usize>, key: &str, choice: &Choice<T>) {
        let known: Vec<&str> = match choice.by {
            Variable::Sector => self.city.sector.iter().map(|sector| sector.get_ref().id.as_str()).collect(),
            Variable::Group => self.city.group.iter().map(|group| group.get_ref().id.as_str()).collect(),
            Variable::Life => vec!["first", "running", "last"],
            Variable::Age => vec!["recent", "earlier"],
            Variable::Slot(_) => return,
        };
        for (arm, _) in choice.arms.iter().filter(|(arm, _)| !known.contains(&arm.as_str())) {
            mark_unknown(self.marker, span, key, arm, known.iter().copied());
        }
        let lacking = known.iter().find(|value| choice.for_key(value).is_none());
        if let Some(value) = lacking {
            self.marker.mark(
                span,
                say!("`{key}` 没有 `{value}` 的分支", "`{key}` has nothing for `{value}`"),
                say!("请补上,或写一个 `else`", "add it, or an `else`"),
            );
        }
    }

    /// A text with gaps: `{word}`, `{word:variable}`, `{=slot}`, `{@person}`, `{#4}`,
    /// `{year}`, `{unit}`, `{short}`, `{code}`, `{round}`.
    pub(super) fn template(&self, span: &Range<usize>, text: &str) -> Template {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            let Some((gap, after)) = after.split_once('}') else {
                self.marker.mark(
                    span,
                    say!("`{{` 没有对应的 `}}`", "a `{{` without its `}}`"),
                    say!("请补上 `}}`", "close it"),
                );
                return Template(parts);
            };
            parts.extend(self.gap(span, gap));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Template(parts)
    }

    fn gap(&self, span: &Range<usize>, gap: &str) -> Option<Part> {
        if let Some(slot) = gap.strip_prefix('=') {
            return Some(Part::Slot(self.filled(span, "{=…}", slot)));
        }
        if let Some(person) = gap.strip_prefix('@') {
            return Some(Part::Person(self.person(span, "{@…}", person)));
        }
        if let Some(width) = gap.strip_prefix('#') {
            return Some(Part::Serial(width.parse().unwrap_or(1)));
        }
        if let Some((group, variable)) = gap.split_once(':') {
            return self.word_by(span, group, variable);
        }
        match gap {
            "year" => Some(Part::Year),
            "unit" => Some(Part::UnitName),
            "short" => Some(Part::UnitShort),
            "code" => Some(Part::UnitCode),
            "round" => Some(Part::Round),
            list => {
                let found = self.words.named.get(list).map(|list| Part::Word(*list));
                if found.is_none() {
                    mark_unknown(self.marker, span, "{…}", list, self.words.named.keys().map(String::as_str));
                }
                found
            }
        }
    }

    fn word_by(&self, span: &Range<usize>, group: &str, variable: &str) -> Option<Part> {
        let Some(lists) = self.words.groups.get(group) else {
            mark_unknown(self.marker, span, "{…:…}", group, self.words.groups.keys().map(String::as_str));
            return None;
        };
        let choice = arms(self, lists, self.variable(span, "{…:…}", variable));
        self.check_arms(span, group, &choice);
        Some(Part::WordBy(choice))
    }
}

/// A choice with an arm for every key but `else`, which is for all others.
pub(super) fn arms<T: Clone>(scope: &Scope<'_>, all: &BTreeMap<String, T>, by: Variable) -> Choice<T> {
    let named = all.iter().filter(|(key, _)| *key != "else");
    let arms: Vec<(String, T)> = named.map(|(key, thing)| (key.clone(), thing.clone())).collect();
    let place = |id: &String| arms.iter().position(|(key, _)| key == id);
    let city = scope.city;
    let places = match by {
        Variable::Sector => city.sector.iter().map(|sector| place(&sector.get_ref().id)).collect(),
        Variable::Group => city.group.iter().map(|group| place(&group.get_ref().id)).collect(),
        Variable::Slot(_) | Variable::Life | Variable::Age => Vec::new(),
    };
    Choice { by, arms, places, otherwise: all.get("else").cloned() }
}
