//! The filters of a list, made from the definition: how each field is asked
//! for, and what is asked for now, each part with the way to a list without it.

use app::{
    Snapshot,
    registers::{NOT_LINKED, Test},
};
use campaign::{
    definition::{DictionaryIdx, FieldIdx, Form, Required},
    kinds::FilterBy,
};
use words::Words;

use super::{field, input::money_unit, number::label};
use crate::{
    list_query::{FIELD, IS, ListQuery, MISSING, NOT_APPLICABLE, STATE, TEXT, is_filtered},
    urls::Url,
};

/// Codes beyond this are found by typing.
const LONGEST_PICK: usize = 24;

/// How a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widget {
    /// Some of a few.
    Pick,
    /// Some of many, found by typing.
    Search,
    /// A unit, found by typing.
    Unit,
    /// From day to day.
    Days,
    /// From period to period.
    Periods,
    /// From number to number.
    Numbers,
}

/// A filter ready to print. Its template is `parts/filter.html`.
pub(crate) struct Control {
    /// Its id in the page.
    pub(crate) id: String,
    /// The name of its parameter, without `.from` and `.to`.
    pub(crate) name: String,
    /// What it filters by.
    pub(crate) label: String,
    pub(crate) widget: Widget,
    /// To pick from: value, words, whether it is chosen.
    pub(crate) options: Vec<(String, String, bool)>,
    /// How many are chosen, or what is in it.
    pub(crate) chosen: usize,
    /// What was typed: from and to, or what could not be read.
    pub(crate) typed: (String, String),
    /// What its numbers count.
    pub(crate) unit: Option<&'static str>,
    /// The ways in which it can lack a value: value of the parameter, words, whether such records are asked for.
    pub(crate) without_value: Vec<(&'static str, &'static str, bool)>,
    /// What is wrong with it.
    pub(crate) faults: Vec<String>,
}

impl Control {
    /// Whether its bounds are picked from a calendar: what could not be read is shown as it was typed.
    pub(crate) fn is_calendar(&self) -> bool {
        self.widget == Widget::Days && self.faults.is_empty()
    }

    /// Whether codes are typed: there are many, or what was typed is none of them.
    pub(crate) fn is_searched(&self) -> bool {
        self.widget == Widget::Search || !self.typed.0.is_empty()
    }

    /// The options shown as boxes to tick: all of a short list, the chosen ones of a long one.
    pub(crate) fn boxes(&self) -> impl Iterator<Item = &(String, String, bool)> {
        self.options.iter().filter(|(.., is_chosen)| self.widget == Widget::Pick || *is_chosen)
    }

    /// Whether anything is asked for by it.
    pub(crate) fn is_used(&self) -> bool {
        self.chosen > 0 || !self.typed.0.is_empty() || !self.typed.1.is_empty()
    }
}

/// Something that is asked for, and the way to a list without it.
pub(crate) struct Chip {
    pub(crate) message: String,
    pub(crate) without: String,
}

/// The filters of a register.
pub(crate) struct Filters<'a> {
    pub(crate) words: Words,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) form: &'a Form,
    pub(crate) selected: &'a ListQuery,
}

impl Filters<'_> {
    /// The filters that are always in sight, and the others.
    pub(crate) fn controls(&self) -> (Vec<Control>, Vec<Control>) {
        let fields = self.form.fields.positions();
        let fields: Vec<FieldIdx> = fields.filter(|field| is_filtered(self.form, *field)).collect();
        let filter_by = |field: &FieldIdx| self.form.fields[*field].kind.spec().filter_by;
        let is_code = |field: &&FieldIdx| matches!(filter_by(field), FilterBy::Code(_));
        let is_date = |field: &FieldIdx| filter_by(field) == FilterBy::Days;
        // By what the records count, and the first list of the paper form.
        let date = self.form.posts.first().map(|post| post.on).filter(is_date);
        let date = date.or_else(|| fields.iter().copied().find(is_date));
        let first: Vec<FieldIdx> = fields.iter().find(is_code).copied().into_iter().chain(date).collect();
        let shown = self.states().into_iter().chain(first.iter().filter_map(|field| self.control(*field)));
        let others = fields.iter().filter(|field| !first.contains(field));
        (shown.collect(), others.filter_map(|field| self.control(*field)).collect())
    }

    fn states(&self) -> Option<Control> {
        let workflow = self.form.workflow.as_ref()?;
        let states = workflow
            .states
            .iter()
            .map(|state| (state.id.clone(), label(self.words, &state.label).to_owned()));
        Some(self.pick(STATE.to_owned(), self.words.filter_state().to_owned(), states.collect()))
    }

    fn control(&self, field: FieldIdx) -> Option<Control> {
        let definition = &self.form.fields[field];
        let name = format!("{FIELD}{}.{IS}", definition.id);
        let way =
            |value: &'static str, label: &'static str| (value, label, self.selected.is_chosen(&name, value));
        let is_optional = !matches!(definition.required, Required::Yes);
        let missing = is_optional.then(|| way(MISSING, self.words.filter_missing()));
        let not_applicable =
            definition.takes_not_applicable.then(|| way(NOT_APPLICABLE, self.words.answer_not_applicable()));
        let without_value: Vec<_> = missing.into_iter().chain(not_applicable).collect();
        let control = self.by_kind(field)?;
        let asked = without_value.iter().filter(|(.., is_asked)| *is_asked).count();
        Some(Control { without_value, chosen: control.chosen + asked, ..control })
    }

    /// By what its kind says; `None` for kinds by which nothing is filtered.
    fn by_kind(&self, field: FieldIdx) -> Option<Control> {
        let definition = &self.form.fields[field];
        let name = format!("{FIELD}{}", definition.id);
        let label = label(self.words, &definition.label).to_owned();
        let spec = definition.kind.spec();
        Some(match spec.filter_by {
            FilterBy::Code(dictionary) => self.code(dictionary, name, label),
            FilterBy::YesNo => {
                let words = self.words;
                let flags = [("1", words.form_yes()), ("0", words.form_no())];
                self.pick(name, label, flags.map(|(code, name)| (code.to_owned(), name.to_owned())).to_vec())
            }
            FilterBy::Unit => {
                let typed = self.selected.typed(&name).to_owned();
                let control = self.pick(name, label, Vec::new());
                Control { widget: Widget::Unit, typed: (typed, String::new()), chosen: 0, ..control }
            }
            FilterBy::Reference => {
                let not_linked = (NOT_LINKED.to_owned(), self.words.reference_not_linked().to_owned());
                self.references(name, label, not_linked)
            }
            FilterBy::Days => self.range(Widget::Days, None, name, label),
            FilterBy::Periods => self.range(Widget::Periods, None, name, label),
            FilterBy::Numbers => {
                let unit = spec.meaning.fen_per_unit().map(|fen| money_unit(self.words, fen));
                self.range(Widget::Numbers, unit, name, label)
            }
            FilterBy::Nothing => return None,
        })
    }

    /// Those that are not linked, and the record that a link of its page names.
    fn references(&self, name: String, label: String, not_linked: (String, String)) -> Control {
        let named =
            self.selected.pairs.iter().filter(|(known, value)| *known == name && *value != not_linked.0);
        let named: Vec<(String, String)> = named
            .filter(|_| self.selected.fault(&name).is_none())
            .map(|(_, value)| (value.clone(), self.words.reference_record(value)))
            .collect();
        self.pick(name, label, std::iter::once(not_linked).chain(named).collect())
    }

    fn code(&self, dictionary: DictionaryIdx, name: String, label: String) -> Control {
        let codes = &self.snapshot.definition.dictionaries[dictionary].codes;
        let options = codes
            .iter()
            .map(|entry| (entry.code.clone(), super::number::label(self.words, &entry.label).to_owned()));
        let control = self.pick(name, label, options.collect());
        let widget = if codes.len() > LONGEST_PICK { Widget::Search } else { Widget::Pick };
        Control { widget, ..control }
    }

    fn range(&self, widget: Widget, unit: Option<&'static str>, name: String, label: String) -> Control {
        let (from, to) = (format!("{name}.from"), format!("{name}.to"));
        let faults = [&from, &to].into_iter().filter_map(|name| self.selected.fault(name));
        Control {
            id: id(&name),
            label,
            widget,
            options: Vec::new(),
            chosen: 0,
            typed: (self.selected.typed(&from).to_owned(), self.selected.typed(&to).to_owned()),
            unit,
            without_value: Vec::new(),
            faults: faults.map(ToOwned::to_owned).collect(),
            name,
        }
    }

    fn pick(&self, name: String, label: String, options: Vec<(String, String)>) -> Control {
        let options: Vec<(String, String, bool)> = options
            .into_iter()
            .map(|(value, message)| {
                let is_chosen = self.selected.is_chosen(&name, &value);
                (value, message, is_chosen)
            })
            .collect();
        // What is no option was typed: it is kept for correction.
        let strange = self
            .selected
            .pairs
            .iter()
            .find(|(known, value)| *known == name && options.iter().all(|(option, ..)| option != value));
        Control {
            id: id(&name),
            chosen: options.iter().filter(|(.., is_chosen)| *is_chosen).count(),
            typed: (strange.map(|(_, value)| value.clone()).unwrap_or_default(), String::new()),
            faults: self.selected.fault(&name).map(ToOwned::to_owned).into_iter().collect(),
            widget: Widget::Pick,
            unit: None,
            without_value: Vec::new(),
            options,
            label,
            name,
        }
    }

    /// What is asked for; `base` is the list without anything.
    pub(crate) fn chips(&self, base: &Url) -> Vec<Chip> {
        let pairs = self.selected.pairs.iter();
        pairs
            .filter_map(|(name, value)| {
                let message = self.describe(name, value)?;
                let without = self
                    .selected
                    .address_without(base.clone(), |other, chosen| other == name && chosen == value);
                Some(Chip { message, without: without.into() })
            })
            .collect()
    }

    /// One parameter in words; `None` for one that narrows nothing.
    fn describe(&self, name: &str, value: &str) -> Option<String> {
        let words = self.words;
        if name == TEXT {
            return Some(words.filter_text_said(value));
        }
        if name == STATE {
            let workflow = self.form.workflow.as_ref()?;
            let state = &workflow.states[workflow.state(value)?];
            return Some(words.filter_is(words.filter_state(), label(words, &state.label)));
        }
        let asked = name.strip_prefix(FIELD)?;
        let (id, part) = asked.split_once('.').unwrap_or((asked, ""));
        let field = self.form.field(id)?;
        let definition = &self.form.fields[field];
        let called = label(words, &definition.label);
        if part == IS {
            let message = match value {
                MISSING => words.filter_missing(),
                NOT_APPLICABLE => words.answer_not_applicable(),
                _ => words.filter_input(),
            };
            return Some(words.filter_is(called, message));
        }
        let value = self.value(field, (name, part), value);
        Some(match part {
            "from" => words.filter_from(called, value),
            "to" => words.filter_to(called, value),
            _ => words.filter_is(called, value),
        })
    }

    /// A value in words, or as it was typed.
    fn value(&self, field: FieldIdx, (name, part): (&str, &str), typed: &str) -> String {
        if self.selected.fault(name).is_some() {
            return typed.to_owned();
        }
        let kind = &self.form.fields[field].kind;
        if kind.spec().filter_by == FilterBy::Reference {
            let is_none = typed == NOT_LINKED;
            let not_linked = || self.words.reference_not_linked().to_owned();
            return if is_none { not_linked() } else { self.words.reference_record(typed) };
        }
        let number = self
            .selected
            .pairs
            .iter()
            .filter(|(known, _)| known == name)
            .position(|(_, value)| value == typed);
        let tests = self.selected.filter.fields.iter().filter(|(known, _)| *known == field);
        let value = tests.filter_map(|(_, test)| match test {
            Test::OneOf(values) if !kind.spec().filter_by.is_range() => values.get(number?).cloned(),
            Test::Between(from, to) => {
                if part == "from" {
                    from.clone()
                } else {
                    to.clone()
                }
            }
            _ => None,
        });
        let message = value.map(|value| field::text(self.words, self.snapshot, kind, &value)).next();
        message.unwrap_or_else(|| typed.to_owned())
    }
}

/// An id that is valid in a page and in a selector.
fn id(name: &str) -> String {
    format!("filter-{}", name.trim_start_matches(FIELD))
}
