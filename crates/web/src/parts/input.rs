//! The fields of a record as a form asks for them, made from the definition:
//! which widget, which bounds, which help, and what was typed.

mod condition;
mod groups;
mod not_applicable;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use app::{FieldFault, Snapshot, answers::not_applicable_text, reconciliation::RegisterCount};
use campaign::{
    definition::{Dictionary, Disclosure, FieldIdx, FieldKind, Form, Required, Values},
    kinds::{EnterAs, Meaning, ReferenceKind, ValueShape},
};
use jiff::civil::{Date, date};
use model::{clock::BusinessDay, money, problem::Problem, value::Value};
use words::Words;

pub(crate) use self::{
    groups::{Group, Groups},
    rows::Table,
};
use self::{
    not_applicable::{NotApplicable, SentAnswers},
    rows::SentCells,
};
use super::{by_registers::ByRegisters, number::label};
use crate::urls;

/// What fields are called in a form: a field may have any id.
const PREFIX: &str = "field.";
/// A code list up to this long is a menu; in a longer one people search.
const LONGEST_MENU: usize = 12;
/// Bounds beyond this are no bounds that anybody meant.
const FAR: i64 = 1_000_000_000;

/// The earliest day that a calendar offers: nothing that a register holds is older.
const EARLIEST: Date = date(1950, 1, 1);
/// How many years ahead a day may be planned.
const YEARS_AHEAD: i16 = 20;

/// What was typed, by id of the field.
pub(crate) type Typed = BTreeMap<String, String>;

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widget {
    /// One line.
    Line,
    /// Several lines.
    Lines,
    /// A number within bounds.
    Number,
    /// A day.
    Day,
    /// A telephone number.
    Phone,
    /// Yes, no or not stated: small buttons beside each other.
    YesNo,
    /// One of a few.
    Menu,
    /// One of many, found by typing.
    Search,
    /// A unit, found by typing.
    Unit,
    /// Persons with their shares: a line, which a script turns into rows.
    Shares,
    /// A table: a line of inputs per row.
    Rows,
    /// A record, found by typing.
    Reference,
    /// Somebody whom the unit's records may know already, found by typing.
    Person,
    /// What cannot be otherwise: it is shown and goes along.
    Fixed,
}

/// A field of a form, ready to print. Its template is `parts/input.html`.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    /// Its id in the page.
    pub(crate) id: String,
    /// Its name in what is sent.
    pub(crate) name: String,
    /// Its name, for people.
    pub(crate) label: String,
    /// How it is filled in.
    pub(crate) widget: Widget,
    /// What is in it.
    pub(crate) value: String,
    /// Whether it must be filled in.
    pub(crate) is_required: bool,
    /// The condition under which it must be filled in, where the form can tell ([`condition::json`]).
    pub(crate) required_when: Option<String>,
    /// The condition under which it is shown, where the form can tell.
    pub(crate) when: Option<String>,
    /// The least and the greatest that is taken.
    pub(crate) bounds: (Option<String>, Option<String>),
    /// Between which numbers it goes by ones; `any` for all decimals.
    pub(crate) step: &'static str,
    /// Most characters.
    pub(crate) longest: Option<usize>,
    /// What its number counts (元).
    pub(crate) unit: Option<&'static str>,
    /// For persons with shares, what the first person is called, whose share is the rest.
    pub(crate) rest: Option<String>,
    /// For money, what the same amount is called in the other unit, with `%` for the number.
    pub(crate) other_unit: Option<OtherUnit>,
    /// Where people are looked for, and the id in the page of the field that their ID number goes into.
    pub(crate) people: Option<(String, String)>,
    /// Where records are looked for that can be referred to.
    pub(crate) records: Option<String>,
    /// What to choose from: code, words, whether it is chosen.
    pub(crate) options: Vec<(String, String, bool)>,
    /// What to write into it.
    pub(crate) help: Vec<String>,
    /// What is wrong with it.
    pub(crate) faults: Vec<String>,
    /// What somebody else has made of it meanwhile.
    pub(crate) meanwhile: Option<String>,
    /// What registers count for it.
    pub(crate) by_registers: Option<ByRegisters>,
    /// Where somebody says that it is not applicable, and why.
    pub(crate) not_applicable: Option<NotApplicable>,
    /// Its rows, when it is a table.
    pub(crate) table: Option<Table>,
    /// The list that it shares with the other cells of its column, when it is one of a table.
    pub(crate) list: Option<String>,
}

/// An amount said in the other unit beside its field.
#[derive(Debug, Clone)]
pub(crate) struct OtherUnit {
    /// What one of the field's numbers is in the other unit.
    pub(crate) factor: &'static str,
    /// The sentence, with `%` for the number.
    pub(crate) message: String,
}

impl Input {
    /// The ids of what explains it, for screen readers.
    pub(crate) fn described_by(&self) -> String {
        let parts = [
            ("fault", !self.faults.is_empty()),
            ("meanwhile", self.meanwhile.is_some()),
            ("help", !self.help.is_empty()),
            ("other", self.other_unit.is_some()),
            ("registers", self.by_registers.is_some()),
        ];
        let ids = parts.iter().filter(|(_, is_there)| *is_there);
        ids.map(|(part, _)| format!("{}-{part}", self.id)).collect::<Vec<_>>().join(" ")
    }

    /// Whether it shows what follows from other fields, and asks for nothing.
    pub(crate) fn is_derived(&self) -> bool {
        self.name.is_empty() && self.widget == Widget::Fixed
    }

    /// Whether it asks for the field with this id.
    pub(crate) fn is_for(&self, field: &str) -> bool {
        self.name.strip_prefix(PREFIX) == Some(field)
    }

    /// Whether the browser insists on a value: not where there may be another answer.
    pub(crate) fn is_demanded(&self) -> bool {
        self.is_required && self.not_applicable.is_none()
    }

    /// Whether what may be typed into it is offered below it.
    pub(crate) fn has_options(&self) -> bool {
        matches!(self.widget, Widget::Search | Widget::Unit | Widget::Person | Widget::Reference)
    }

    /// Where people are looked for while a name is typed, and the id in the page of the field that
    /// their ID number goes into.
    pub(crate) fn people_search(&self) -> Option<&(String, String)> {
        self.people.as_ref().filter(|_| self.widget == Widget::Person)
    }

    /// The list that it shares with the other cells of its column, when it is searched in.
    pub(crate) fn shared_list(&self) -> Option<&String> {
        self.list.as_ref().filter(|_| self.widget == Widget::Search)
    }

    /// Whether it is no single control that a label could belong to.
    pub(crate) fn is_several(&self) -> bool {
        matches!(self.widget, Widget::Rows | Widget::YesNo | Widget::Fixed)
    }

    /// Whether a whole row of the form belongs to it.
    pub(crate) fn is_wide(&self) -> bool {
        matches!(self.widget, Widget::Lines | Widget::Shares | Widget::Rows)
    }
}

/// Something wrong with the form, shown above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The field's id in the page.
    pub(crate) anchor: String,
    /// What is wrong, with the field's name.
    pub(crate) message: String,
    /// The record that is in the way.
    pub(crate) other: Option<String>,
}

impl Fault {
    /// A fault found by a use case.
    pub(crate) fn new(words: Words, fault: &FieldFault) -> Self {
        Self {
            anchor: anchor(&fault.field),
            message: words.form_fault(label(words, &fault.label), words.problem(&fault.problem)),
            other: existing_record(&fault.problem),
        }
    }
}

/// The record that has the identity already.
fn existing_record(problem: &Problem) -> Option<String> {
    let Problem::Registered { record, .. } = problem else { return None };
    Some(urls::record(*record).into())
}

/// Everything that inputs are made from.
pub(crate) struct Inputs<'a> {
    pub(crate) words: Words,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) form: &'a Form,
    pub(crate) today: BusinessDay,
    pub(crate) typed: &'a Typed,
    pub(crate) faults: &'a [FieldFault],
    /// Whether the record is there already: what is masked may stay as it is.
    pub(crate) is_stored: bool,
    /// The code of the record's unit, whose people and records are looked for.
    pub(crate) unit: &'a str,
    /// What registers count for its fields.
    pub(crate) counts: &'a [RegisterCount],
}

impl Inputs<'_> {
    /// Whether a field's number is given by the system when it is left empty.
    fn is_given(&self, field: FieldIdx) -> bool {
        let numbering = self.form.numbering.as_ref().filter(|_| !self.is_stored);
        numbering.is_some_and(|numbering| numbering.field == field)
    }

    /// The input of a field; `shown` are the fields that the form has inputs for.
    fn input(&self, position: FieldIdx, shown: &BTreeSet<FieldIdx>) -> Input {
        let (words, field) = (self.words, &self.form.fields[position]);
        let person = self.form.persons.iter().find(|person| person.name == position);
        let typed = self.typed.get(&field.id).cloned().unwrap_or_default();
        let (not_applicable, value) = if field.takes_not_applicable {
            let (not_applicable, value) = NotApplicable::new(self.snapshot, &field.id, &typed);
            (Some(not_applicable), value)
        } else {
            (None, typed)
        };
        let faults = self.faults.iter().filter(|fault| fault.field == field.id);
        let is_given = self.is_given(position);
        let help = field.help.as_ref().map(|help| label(words, help).to_owned());
        let help = help.into_iter().chain(is_given.then(|| words.record_number_help().to_owned()));
        let base = Input {
            id: anchor(&field.id),
            name: name(&field.id),
            is_required: matches!(field.required, Required::Yes) && !is_given,
            required_when: match &field.required {
                Required::When(condition) => condition::json(self.form, condition, shown),
                Required::No | Required::Yes => None,
            },
            when: field.when.as_ref().and_then(|condition| condition::json(self.form, condition, shown)),
            people: person.map(|person| {
                (urls::person_lookup(self.unit).into(), anchor(&self.form.fields[person.id_number].id))
            }),
            help: help.collect(),
            faults: faults.map(|fault| words.problem(&fault.problem)).collect(),
            not_applicable,
            by_registers: self
                .counts
                .iter()
                .find(|count| count.field == position)
                .map(|count| ByRegisters::new(words, self.snapshot, self.form, count, self.unit)),
            ..plain(label(words, &field.label).to_owned(), value)
        };
        if self.form.is_derived(position) {
            // How it is typed is of no use to anybody.
            let help = base.help.clone();
            let input = self.of_kind(&field.id, &field.kind, base);
            return self.derived(Input { help, ..input });
        }
        self.of_kind(&field.id, &field.kind, base)
    }

    /// What follows from other fields: it is shown, and nothing is sent.
    fn derived(&self, input: Input) -> Input {
        let name =
            input.options.iter().find(|(code, ..)| *code == input.value).map(|(_, name, _)| name.clone());
        let text = name.filter(|_| !input.value.is_empty()).unwrap_or_else(|| input.value.clone());
        let unit = input.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        let help = input.help.into_iter().chain([self.words.record_derived_help().to_owned()]).collect();
        Input {
            widget: Widget::Fixed,
            name: String::new(),
            value: String::new(),
            options: vec![(String::new(), text + &unit, true)],
            other_unit: None,
            is_required: false,
            help,
            ..input
        }
    }

    /// The input of the field with this id, or of a column of a table.
    fn of_kind(&self, field: &str, kind: &FieldKind, base: Input) -> Input {
        let words = self.words;
        let spec = kind.spec();
        let base = if spec.personal.is_some() { self.personal(base) } else { base };
        match spec.enter_as {
            EnterAs::Line { longest } => {
                let widget = if base.people.is_some() { Widget::Person } else { Widget::Line };
                Input { widget, longest: Some(longest), ..base }
            }
            EnterAs::Lines { longest } => Input { widget: Widget::Lines, longest: Some(longest), ..base },
            EnterAs::Telephone { longest } => Input { widget: Widget::Phone, longest: Some(longest), ..base },
            EnterAs::Whole { min, max } => {
                let near = |bound: i64| (bound.abs() <= FAR).then(|| bound.to_string());
                number(Input { bounds: (near(min), near(max)), ..base })
            }
            EnterAs::Decimal { min, max } => {
                let near = |bound: f64| (bound.abs() <= 1e9).then(|| bound.to_string());
                number(Input { bounds: (near(min), near(max)), step: "any", ..base })
            }
            // A line, not a number: “3.5万” is taken as well.
            EnterAs::Money { fen_per_unit } => {
                let other_unit = Some(other_unit(words, fen_per_unit));
                Input { unit: Some(money_unit(words, fen_per_unit)), other_unit, ..base }
            }
            EnterAs::Day { future } => self.day(future, base),
            EnterAs::Period { longest, zh, en } => {
                let how = words.pick(zh, en).to_owned();
                Input { longest: Some(longest), help: base.help.into_iter().chain([how]).collect(), ..base }
            }
            EnterAs::YesNo => {
                let options = [("1", words.form_yes()), ("0", words.form_no())];
                let menu =
                    menu(options.map(|(code, name)| (code.to_owned(), name.to_owned())).to_vec(), base);
                // What is neither is kept for correction, which a menu can.
                let is_known = ["", "1", "0"].contains(&menu.value.as_str());
                Input { widget: if is_known { Widget::YesNo } else { Widget::Menu }, ..menu }
            }
            EnterAs::Code(dictionary) => self.code(&self.snapshot.definition.dictionaries[dictionary], base),
            EnterAs::Shares { longest, first_person } => {
                let rest = Some(words.paper_labelled(label(words, first_person)));
                Input { widget: Widget::Shares, longest: Some(longest), rest, ..base }
            }
            EnterAs::Table { columns, most } => self.table(columns, most, field, base),
            EnterAs::Unit => unit(words, self.snapshot, base),
            EnterAs::Reference { to, longest } => self.reference(to, longest, field, base),
        }
    }

    fn day(&self, future: bool, base: Input) -> Input {
        let latest = if future { years_later(self.today) } else { self.today.date() };
        let is_day = base.value.is_empty() || base.value.parse::<Date>().is_ok();
        // A day field would drop what is no day; it is kept for correction.
        let widget = if is_day { Widget::Day } else { Widget::Line };
        Input { widget, bounds: (Some(EARLIEST.to_string()), Some(latest.to_string())), ..base }
    }

    fn code(&self, dictionary: &Dictionary, base: Input) -> Input {
        let words = self.words;
        let options =
            dictionary.codes.iter().map(|entry| (entry.code.clone(), label(words, &entry.label).to_owned()));
        if dictionary.codes.len() <= LONGEST_MENU {
            return menu(options.collect(), base);
        }
        let chosen = dictionary.code(&base.value).map(|entry| label(words, &entry.label).to_owned());
        let help = base.help.into_iter().chain(chosen).chain([words.record_search_help().to_owned()]);
        Input {
            widget: Widget::Search,
            options: options.map(|(code, name)| (code, name, false)).collect(),
            help: help.collect(),
            ..base
        }
    }

    fn reference(&self, to: ReferenceKind, longest: usize, field: &str, base: Input) -> Input {
        let forms = to.forms().map(|form| label(self.words, &self.snapshot.definition.forms[form].label));
        let register = self.words.enumeration(&forms.collect::<Vec<_>>());
        let help = if to.must_be_linked {
            self.words.reference_must_help(register)
        } else {
            self.words.reference_help(register)
        };
        let records = Some(urls::reference_options(self.unit, &self.form.id, field).into());
        let help = base.help.into_iter().chain([help]).collect();
        Input { widget: Widget::Reference, longest: Some(longest), records, help, ..base }
    }

    /// A personal number is shown masked; as it is, it means the number that is stored.
    fn personal(&self, base: Input) -> Input {
        let is_masked = self.is_stored && base.value.contains('*');
        let note = is_masked.then(|| self.words.record_masked_help().to_owned());
        Input { help: base.help.into_iter().chain(note).collect(), ..base }
    }
}

/// A field that takes a unit by code or name.
pub(crate) fn unit(words: Words, snapshot: &Snapshot, base: Input) -> Input {
    let named = snapshot.unit_by_code(&base.value).map(|unit| unit.name.clone());
    let help = base.help.into_iter().chain(named).chain([words.change_one_of().to_owned()]);
    Input { widget: Widget::Unit, help: help.collect(), ..base }
}

/// The field of a record's own unit. Whoever has one unit alone is not asked for it: it is `fixed`.
pub(crate) fn own_unit(
    words: Words,
    snapshot: &Snapshot,
    (value, is_fixed): (String, bool),
    faults: Vec<String>,
) -> Input {
    let base = Input {
        id: anchor(OWN_UNIT),
        name: OWN_UNIT.to_owned(),
        widget: Widget::Unit,
        is_required: true,
        faults,
        ..plain(words.trace_unit().to_owned(), value)
    };
    let named = snapshot.unit_by_code(&base.value).filter(|_| is_fixed && base.faults.is_empty());
    match named {
        Some(named) => {
            let options = vec![(named.code.clone(), named.name.clone(), true)];
            Input { widget: Widget::Fixed, is_required: false, options, ..base }
        }
        None => unit(words, snapshot, base),
    }
}

/// A line for anything, without a name yet.
fn plain(label: String, value: String) -> Input {
    Input {
        id: String::new(),
        name: String::new(),
        label,
        widget: Widget::Line,
        value,
        is_required: false,
        required_when: None,
        when: None,
        bounds: (None, None),
        step: "1",
        longest: None,
        unit: None,
        rest: None,
        other_unit: None,
        people: None,
        records: None,
        options: Vec::new(),
        help: Vec::new(),
        faults: Vec::new(),
        meanwhile: None,
        by_registers: None,
        not_applicable: None,
        table: None,
        list: None,
    }
}

/// The name of the field of a record's own unit.
pub(crate) const OWN_UNIT: &str = "unit";

/// A number field drops what is no number; that is kept in a line for correction.
fn number(base: Input) -> Input {
    let is_number = base.value.is_empty() || base.value.parse::<f64>().is_ok_and(f64::is_finite);
    Input { widget: if is_number { Widget::Number } else { Widget::Line }, ..base }
}

fn menu(options: Vec<(String, String)>, base: Input) -> Input {
    let mut options: Vec<(String, String, bool)> = options
        .into_iter()
        .map(|(code, name)| {
            let is_chosen = code == base.value;
            (code, name, is_chosen)
        })
        .collect();
    if !base.value.is_empty() && options.iter().all(|(.., is_chosen)| !is_chosen) {
        // What was sent is none of the codes: it is kept, with its fault beside it.
        options.push((base.value.clone(), base.value.clone(), true));
    }
    Input { widget: Widget::Menu, options, ..base }
}

/// What an amount counts: so many fen each.
pub(super) fn money_unit(words: Words, fen_per_unit: i64) -> &'static str {
    if fen_per_unit == 1_000_000 { words.record_wan() } else { words.record_yuan() }
}

/// The last day of the last year that may be planned.
fn years_later(today: BusinessDay) -> Date {
    Date::new(today.year().saturating_add(YEARS_AHEAD), 12, 31).unwrap_or(today.date())
}

/// The same amount in the other unit: 万元 where yuan are typed, yuan where 万元 are.
fn other_unit(words: Words, fen_per_unit: i64) -> OtherUnit {
    if fen_per_unit == 1_000_000 {
        OtherUnit { factor: "10000", message: words.record_in_yuan().to_owned() }
    } else {
        OtherUnit { factor: "0.0001", message: words.record_in_wan().to_owned() }
    }
}

/// What a field is called in what a form sends.
pub(crate) fn name(field: &str) -> String {
    format!("{PREFIX}{field}")
}

fn anchor(field: &str) -> String {
    format!("field-{field}")
}

/// What a form states about fields, from everything that was sent with it; and
/// apart from it what was sent for fields that the form has not.
pub(crate) fn typed(form: &Form, sent: &[(String, String)]) -> (Typed, Typed) {
    let (mut typed, mut unknown) = (Typed::new(), Typed::new());
    let is_known = |field: &str| form.field(field).is_some_and(|position| Some(position) != form.unit);
    let (mut cells, mut answers) = (SentCells::default(), SentAnswers::default());
    for (name, value) in sent {
        if cells.take(name, value) || answers.take(name, value) {
            continue;
        }
        let Some(field) = name.strip_prefix(PREFIX) else { continue };
        let into = if is_known(field) { &mut typed } else { &mut unknown };
        into.entry(field.to_owned()).or_insert_with(|| value.replace("\r\n", "\n").trim().to_owned());
    }
    let (tables, strange) = cells.join(form);
    typed.extend(tables);
    unknown.extend(strange);
    answers.join(is_known, &mut typed, &mut unknown);
    (typed, unknown)
}

/// What was typed into all fields of a form, also into those that the form no
/// longer has: whoever reads it refuses them.
pub(crate) fn everything_typed(form: &Form, sent: &[(String, String)]) -> Typed {
    let (mut typed, unknown) = typed(form, sent);
    typed.extend(unknown);
    typed
}

/// What is in the form of a record that states `values`.
pub(crate) fn stored(words: Words, snapshot: &Snapshot, form: &Form, values: &Values) -> Typed {
    let fields = form.fields.iter().zip(values);
    fields
        .filter_map(|(field, value)| {
            Some((field.id.clone(), as_typed(words, snapshot, &field.kind, value.as_ref()?)))
        })
        .collect()
}

/// A value as it would be typed.
pub(crate) fn as_typed(words: Words, snapshot: &Snapshot, kind: &FieldKind, value: &Value) -> String {
    let value = match kind.shown(value) {
        Disclosure::Removed => return words.person_removed().to_owned(),
        Disclosure::Masked(mask) => return mask,
        Disclosure::Open(value) => value,
    };
    let spec = kind.spec();
    match (value, spec.shape, spec.meaning) {
        (Value::Integer(fen), _, Meaning::Money { fen_per_unit }) => money::exact(*fen, fen_per_unit),
        (Value::Text(text), ValueShape::Table(columns), _) => rows::stored(words, snapshot, columns, text),
        (Value::Text(text) | Value::Code(text), ..) => text.clone(),
        (Value::Reference(reference), ..) => reference.text.clone(),
        (Value::NotApplicable(reason), ..) => not_applicable_text(reason),
        (Value::Integer(number), ..) => number.to_string(),
        (Value::Decimal(number), ..) => number.to_string(),
        (Value::Date(date), ..) => date.to_string(),
        (Value::Flag(flag), ..) => if *flag { "1" } else { "0" }.to_owned(),
        (Value::Unit(unit), ..) => snapshot.view(*unit).map(|unit| unit.code).unwrap_or_default(),
    }
}
