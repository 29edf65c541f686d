//! Forms: what a fact of one kind consists of.

use model::month::Year;

use super::{Claim, Column, Label, Numbering, Post, Workflow};
use crate::condition::Condition;

/// What kind of fact a form states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// The organisation roster (组织名册): units, not facts.
    Roster,
    /// One record of something that happened (台账).
    Register,
    /// What a unit states for a year (报表).
    Return,
    /// What a unit states about the years before the campaign (基期).
    Baseline,
}

/// A form: what a fact of one kind consists of and what it counts towards.
#[derive(Debug, Clone)]
pub struct Form {
    /// Id.
    pub id: String,
    /// What kind of fact it states.
    pub kind: FormKind,
    /// Words for it.
    pub label: Label,
    /// Other titles that such a sheet bears.
    pub names: Vec<String>,
    /// The clause it serves.
    pub clause: Option<String>,
    /// Its fields, in the order of the paper form.
    pub fields: Vec<Field>,
    /// Positions of the fields that identify a fact within its unit.
    pub identity: Vec<usize>,
    /// The persons that a fact tells of.
    pub persons: Vec<PersonFields>,
    /// What its records lay claim to, and only one unit can own.
    pub claims: Vec<Claim>,
    /// Checks across fields.
    pub rules: Vec<Rule>,
    /// What it counts towards.
    pub posts: Vec<Post>,
    /// Positions of the classifying fields, in the order of
    /// [`Classification::fields`]; empty when the form does not carry them all.
    pub classifying: Vec<usize>,
    /// The parts of the paper form; empty when it is not divided.
    pub sections: Vec<Section>,
    /// The steps its records take; `None` for records that are simply kept.
    pub workflow: Option<Workflow>,
    /// How its records are numbered; `None` when their keepers number them.
    pub numbering: Option<Numbering>,
}

impl Form {
    /// Position of the field with this id.
    pub fn field(&self, id: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.id == id)
    }

    /// Position of the field that names the fact's unit.
    pub fn unit_field(&self) -> Option<usize> {
        self.field("unit")
    }

    /// Position of the field that names the year.
    pub fn year_field(&self) -> Option<usize> {
        self.fields
            .iter()
            .position(|field| field.id == "year" && matches!(field.kind, FieldKind::Year { .. }))
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
    /// Positions of its fields; every field stands in exactly one section.
    pub fields: Vec<usize>,
}

/// The fields that tell who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonFields {
    /// Position of the ID number's field.
    pub id_number: usize,
    /// Position of the name's field.
    pub name: usize,
    /// Position of the field with the person's telephone number.
    pub phone: Option<usize>,
    /// Whether a record is warned of that names the person without a number.
    pub warns: bool,
}

/// One field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    /// Id.
    pub id: String,
    /// Words for it: the column's title.
    pub label: Label,
    /// Other titles that clerks give the column.
    pub names: Vec<String>,
    /// What it holds.
    pub kind: FieldKind,
    /// When it must be stated.
    pub required: Required,
    /// What to write into it.
    pub help: Option<Label>,
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

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum FieldKind {
    /// Text of at most `max` characters; `lines` when it may have several lines.
    Text { max: usize, lines: bool },
    /// A whole number within bounds.
    Integer { min: i64, max: i64 },
    /// A number within bounds.
    Decimal { min: f64, max: f64 },
    /// Money in fen; a bare number in a column means `fen_per_unit` fen each.
    Money { fen_per_unit: i64 },
    /// A day; after today only when `future`.
    Date { future: bool },
    /// A calendar year within bounds.
    Year { min: Year, max: Year },
    /// Yes or no.
    Flag,
    /// A code of the dictionary at this position.
    Code { dictionary: usize },
    /// An ID number (GB 11643-1999).
    IdNumber,
    /// A telephone number.
    Phone,
    /// Further persons with their shares in percent ([`model::shares`]); the rest is the first person's.
    Shares,
    /// An organisation code (GB 11714-1997).
    OrgCode,
    /// A unified social credit code (GB 32100-2015).
    Uscc,
    /// A table of at most `most` rows, written as [`model::rows`] has it.
    Rows { columns: Vec<Column>, most: usize },
    /// A unit; `name_columns` are titles of the column that holds its name.
    Unit { name_columns: Vec<String> },
}

/// A check across the fields of one row.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What must not be false.
    pub that: Condition,
    /// Position of the field at fault.
    pub at: usize,
    /// What is wrong and what to do.
    pub message: Label,
    /// Whether a breach loses the row.
    pub is_error: bool,
}
