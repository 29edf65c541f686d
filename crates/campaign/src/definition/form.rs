//! Forms: the fields of one kind of record, and the rules for them.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};
use model::{
    month::Month,
    period::{Grain, ReportingPeriod},
};

use super::{
    DerivedField, DuplicateKey, FieldIdx, FormIdx, FormKind, IdxVec, Label, MeasureIdx, Numbering, Post,
    Relation, TableColumn, Values, Workflow,
};
use crate::{
    condition::Condition,
    kinds::{FieldKind, ReferenceKind, ValueShape},
};

/// A form: what a record of one kind consists of and what it counts towards.
#[derive(Debug, Clone)]
pub struct Form {
    /// Id.
    pub id: String,
    /// What it was in earlier versions.
    pub was: Option<String>,
    /// The kind of its records.
    pub kind: FormKind,
    /// Words for it.
    pub label: Label,
    /// Other titles that such a sheet bears.
    pub names: Vec<String>,
    /// Its fields, in the order of the paper form.
    pub fields: IdxVec<Field>,
    /// Positions of the fields that identify a record within its unit; the unit itself is not among them.
    pub identity: Vec<FieldIdx>,
    /// Positions of the fields by which a record is known on paper, within its unit: always stated ones
    /// first. Empty where nothing but a number tells records apart, and on forms other than registers.
    pub natural_identity: Vec<FieldIdx>,
    /// Position of the field of the roster by whose codes units are put into groups where they are compared.
    pub group_by: Option<FieldIdx>,
    /// The field to blame when a record is the same as another: the first that identifies it and is not
    /// its year, if there is one; on the roster the unit's code.
    pub blamed: FieldIdx,
    /// The field that names the record's unit; the roster has none.
    pub unit: Option<FieldIdx>,
    /// The field that names the record's year.
    pub year: Option<FieldIdx>,
    /// For which period a return or a baseline is; `None` on other forms.
    pub reporting: Option<ReportingField>,
    /// Until when a return has to be handed in; `None` for one that no unit owes by a day, and on other forms.
    pub deadline: Option<Deadline>,
    /// The persons that a record names.
    pub persons: Vec<PersonFields>,
    /// What its records lay claim to, and only one unit can own.
    pub duplicate_keys: IdxVec<DuplicateKey>,
    /// Checks across fields.
    pub rules: Vec<Rule>,
    /// Checks across a record and the one that it refers to.
    pub relations: Vec<Relation>,
    /// Fields that nobody states, each after those that it follows from.
    pub derived: Vec<DerivedField>,
    /// What it counts towards.
    pub posts: Vec<Post>,
    /// Measures that its statements answer, each once ([`super::AnswerSlots`]); empty for registers.
    pub answers: Vec<super::MeasureIdx>,
    /// Positions of the classifying fields, in the order of
    /// [`super::Classification::fields`]; empty when the form does not carry them all.
    pub classifying: Vec<FieldIdx>,
    /// The parts of the paper form; empty when it is not divided.
    pub sections: Vec<Section>,
    /// The workflow of its records; `None` for records that are simply kept.
    pub workflow: Option<Workflow>,
    /// How its records are numbered; `None` when their keepers number them.
    pub numbering: Option<Numbering>,
}

impl Form {
    /// Position of the field with this id.
    pub fn field(&self, id: &str) -> Option<FieldIdx> {
        self.fields.position(|field| field.id == id)
    }

    /// The values of a record that states nothing.
    pub fn no_values(&self) -> Values {
        self.fields.iter().map(|_| None).collect()
    }

    /// For which period a return or a baseline with these values is; `None` where they do not say.
    pub fn reporting_period(&self, values: &Values) -> Option<ReportingPeriod> {
        let ReportingField { field, grain, .. } = self.reporting?;
        let value = values.value(field)?;
        match grain {
            Grain::Year => value.as_year().map(ReportingPeriod::year),
            other => value.as_period(other),
        }
    }

    /// Whether any of its fields is compared with what registers count.
    pub fn is_proposed(&self) -> bool {
        self.fields.iter().any(|field| field.proposed_by.is_some())
    }

    /// Whether a field alone tells records of a unit apart: a number.
    pub fn is_known_by_alone(&self, field: FieldIdx) -> bool {
        let is_numbered = self.numbering.as_ref().is_some_and(|numbering| numbering.field == field);
        is_numbered || self.identity.as_slice() == [field]
    }

    /// Positions of the texts that a record can be called by, the best first: those by which it is known on paper, those
    /// that identify it, then the others in the order of the form. Neither personal numbers nor a number that the
    /// system gives are among them.
    pub fn title_fields(&self) -> impl Iterator<Item = FieldIdx> + Clone {
        let known_by = self.natural_identity.iter().chain(&self.identity).copied();
        known_by.chain(self.fields.positions()).filter(move |field| self.is_title(*field))
    }

    /// Whether a field holds a text that a record can be called by.
    fn is_title(&self, field: FieldIdx) -> bool {
        let kind = &self.fields[field].kind;
        let is_given = self.numbering.as_ref().is_some_and(|numbering| numbering.field == field);
        let is_text = matches!(kind.spec().shape, ValueShape::Text);
        !is_given && Some(field) != self.unit && is_text && !kind.is_personal()
    }

    /// The field whose text others call a record by first: the number that the system gives, or the one text that
    /// identifies it.
    pub fn number_field(&self) -> Option<FieldIdx> {
        let given = self.numbering.as_ref().map(|numbering| numbering.field);
        given.or_else(|| match self.identity.as_slice() {
            [only] => Some(*only).filter(|field| self.is_title(*field)),
            _ => None,
        })
    }

    /// The field whose text is the name of a record beside its number: the first text among those by which it is known on
    /// paper and that identify it. A person's name is it where they have no other text: who did something is not what it
    /// is called, but a register of persons calls its records by their names. No other text is a name: the trade of a
    /// master is that of many.
    pub fn name_field(&self) -> Option<FieldIdx> {
        let number = self.number_field();
        let known_by = self.natural_identity.iter().chain(&self.identity).copied();
        let mut texts = known_by.filter(|field| Some(*field) != number && self.is_title(*field));
        let name = texts.clone().find(|field| !self.is_name_of_person(*field)).or_else(|| texts.next());
        // A record is called something, if it states any text.
        name.or_else(|| if number.is_none() { self.title_fields().next() } else { None })
    }

    /// The fields by whose texts others refer to a record, the best first: its number and its name.
    pub fn called_by(&self) -> impl Iterator<Item = FieldIdx> {
        self.number_field().into_iter().chain(self.name_field())
    }

    /// Whether its records are called by the name of a person.
    pub fn is_called_by_person(&self) -> bool {
        self.called_by().any(|field| self.is_name_of_person(field))
    }

    /// Whether a field holds the name of a person.
    pub fn is_name_of_person(&self, field: FieldIdx) -> bool {
        self.persons.iter().any(|person| person.name == field)
    }

    /// The fields that refer to records, with what they lead to.
    pub fn references(&self) -> impl Iterator<Item = (FieldIdx, ReferenceKind)> {
        self.fields.entries().filter_map(|(position, field)| match field.kind.spec().shape {
            ValueShape::Reference(to) => Some((position, to)),
            _ => None,
        })
    }

    /// The tables that a record has, with their columns and their texts.
    pub fn tables<'v>(
        &self,
        values: &'v Values,
    ) -> impl Iterator<Item = (FieldIdx, &[TableColumn], &'v str)> {
        self.fields.entries().filter_map(|(position, field)| match field.kind.spec().shape {
            ValueShape::Table(columns) => Some((position, columns, values.value(position)?.as_str()?)),
            _ => None,
        })
    }

    /// Whether its records can name persons, in fields or in tables.
    pub fn names_persons(&self) -> bool {
        let is_person = |field: &Field| match field.kind.spec().shape {
            ValueShape::Table(columns) => columns.iter().any(|column| column.is_person),
            _ => false,
        };
        !self.persons.is_empty() || self.fields.iter().any(is_person)
    }

    /// Whether a field follows from others: nobody states it.
    pub fn is_derived(&self, field: FieldIdx) -> bool {
        self.derived.iter().any(|derived| derived.field == field)
    }

    /// The field to blame when something is wrong with the unit that a record belongs to.
    pub fn blamed_for_unit(&self) -> FieldIdx {
        self.unit.unwrap_or(self.blamed)
    }
}

/// The field of a return or a baseline that says for which period it is: its year, or its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportingField {
    /// Its position.
    pub field: FieldIdx,
    /// How long the periods are.
    pub grain: Grain,
    /// The first month of any campaign, its baseline with it: nothing is stated for a period before it.
    pub first: Month,
    /// The last month of any campaign.
    pub last: Month,
}

/// Until when a return has to be handed in (报送期限), by every unit at the grass roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Days after the last day of its period.
    pub days: u16,
}

impl Deadline {
    /// The last day on which a return for `period` is in time; `None` beyond the calendar.
    pub fn last_day(self, period: ReportingPeriod) -> Option<Date> {
        let after = period.last().next().first_day()?;
        after.checked_add(Span::new().days(i64::from(self.days) - 1)).ok()
    }
}

/// A part of the paper form, with a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Id.
    pub id: String,
    /// Its heading.
    pub label: Label,
    /// What to write into it.
    pub help: Option<Label>,
    /// Positions of its fields; every field is in exactly one section.
    pub fields: Vec<FieldIdx>,
}

/// The fields that tell who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonFields {
    /// Position of the ID number's field.
    pub id_number: FieldIdx,
    /// Position of the name's field.
    pub name: FieldIdx,
    /// Position of the field with the person's telephone number.
    pub phone: Option<FieldIdx>,
    /// Whether a record is warned of that names the person without a number.
    pub warns: bool,
}

/// The fields that every roster has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterFields {
    /// The unit's code.
    pub code: FieldIdx,
    /// Its name.
    pub name: FieldIdx,
    /// The code or name of the unit above it.
    pub parent: FieldIdx,
    /// The code or name of the union that guides it.
    pub guidance: FieldIdx,
    /// When it was founded.
    pub founded_on: FieldIdx,
    /// Since when what the row says holds.
    pub effective_on: FieldIdx,
}

impl RosterFields {
    /// Finds them in a form; `None` when one of them is not there.
    pub(crate) fn find(roster: &Form) -> Option<Self> {
        Some(Self {
            code: roster.field("code")?,
            name: roster.field("name")?,
            parent: roster.field("parent")?,
            guidance: roster.field("guidance")?,
            founded_on: roster.field("founded_on")?,
            effective_on: roster.field("effective_on")?,
        })
    }
}

/// One field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    /// Id.
    pub id: String,
    /// What it was in earlier versions.
    pub former: FormerField,
    /// Words for it: the column's title.
    pub label: Label,
    /// Other titles that clerks give the column.
    pub names: Vec<String>,
    /// What it holds.
    pub kind: FieldKind,
    /// When it must be stated.
    pub required: Required,
    /// Of which records a form asks for it; `None` for all.
    pub when: Option<Condition>,
    /// Whether it can be answered by saying that it is not applicable, with the reason.
    pub takes_not_applicable: bool,
    /// What registers count for it; a return still counts what it states itself.
    pub proposed_by: Option<ProposedBy>,
    /// What to write into it.
    pub help: Option<Label>,
}

/// From what the value of a field is proposed, and with what it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedBy {
    /// The measure: what it comes to at the unit in the period of the return.
    pub measure: MeasureIdx,
    /// The registers whose records count towards it.
    pub registers: Vec<FormIdx>,
}

/// What a field was in earlier versions of the definition: how what was stated then is read now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormerField {
    /// Its id, as its version says (`was`).
    pub id: Option<String>,
    /// The name of its kind, as its version says (`from`).
    pub kind: Option<String>,
    /// Every id that it had in earlier versions, the oldest first.
    pub ids: Vec<String>,
    /// The names of the kinds that it had whose values are read as those of the present one, the oldest first.
    pub kinds: Vec<String>,
    /// What the whole numbers are that records hold of it, where it had another kind.
    pub whole_numbers: WholeNumbers,
    /// Codes that have other names now.
    pub codes: BTreeMap<String, String>,
}

/// What whole numbers are that are stored of a field. A field that becomes money, or is money no more, keeps to what they
/// were first, so that nobody has to know when a record was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WholeNumbers {
    /// Numbers, of whatever.
    #[default]
    Plain,
    /// Fen.
    Fen,
}

/// When a field must be stated.
#[derive(Debug, Clone)]
pub enum Required {
    /// Never.
    No,
    /// Always.
    Yes,
    /// When the condition is true of the row.
    When(Condition),
}

/// A check across the fields of one row.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What must not be false.
    pub that: Condition,
    /// Position of the field at fault.
    pub at: FieldIdx,
    /// What is wrong and what to do.
    pub message: Label,
    /// Whether a breach refuses what somebody types.
    pub is_error: bool,
    /// Whether a breach loses the row of a file.
    pub is_error_in_files: bool,
}
