//! A checked campaign: every reference resolved to a position, every
//! expression compiled, nothing left that could fail while counting.

use std::collections::BTreeMap;

use model::{
    class::Class,
    month::{Month, Year},
    value::Value,
};

use crate::{condition::Condition, formula::Formula};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// Chinese, the language of record.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One version of a campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Id, the name of its directory.
    pub id: String,
    /// SHA-256 over all its files, in hexadecimal: the name of this version.
    pub hash: String,
    /// Title of the competition.
    pub title: Label,
    /// The document that orders it.
    pub document: Label,
    /// First and last year that count.
    pub period: Years,
    /// The years the targets are measured against.
    pub baseline: Years,
    /// How ownership and enterprise status follow from what a unit states.
    pub classification: Classification,
    /// Ambiguities of the document, with the readings to choose from.
    pub readings: Vec<Reading>,
    /// Clauses of the document, in its order.
    pub clauses: Vec<Clause>,
    /// Code lists.
    pub dictionaries: Vec<Dictionary>,
    /// All forms; the roster is at [`Campaign::roster`].
    pub forms: Vec<Form>,
    /// Position of the roster in `forms`.
    pub roster: usize,
    /// Everything that is counted, in slot order.
    pub measures: Vec<Measure>,
    /// The targets, in the document's order.
    pub indicators: Vec<Indicator>,
}

impl Campaign {
    /// The form with this id, with its position.
    pub fn form(&self, id: &str) -> Option<(usize, &Form)> {
        self.forms.iter().enumerate().find(|(_, form)| form.id == id)
    }

    /// The indicator with this id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// The measure with this id, with its position.
    pub fn measure(&self, id: &str) -> Option<(usize, &Measure)> {
        self.measures.iter().enumerate().find(|(_, measure)| measure.id == id)
    }

    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// January of the first year.
    pub fn first_month(&self) -> Month {
        Month::january(self.period.first)
    }

    /// December of the last year.
    pub fn last_month(&self) -> Month {
        Month::december(self.period.last)
    }
}

/// A span of calendar years, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Years {
    /// First year.
    pub first: Year,
    /// Last year.
    pub last: Year,
}

impl Years {
    /// Whether `year` lies in the span.
    pub fn contains(self, year: Year) -> bool {
        (self.first..=self.last).contains(&year)
    }

    /// How many years it spans.
    pub fn count(self) -> i32 {
        i32::from(self.last) - i32::from(self.first) + 1
    }
}

/// How a unit's class follows from what it states.
#[derive(Debug, Clone)]
pub struct Classification {
    /// Ids of the classifying fields; conditions below number them in this order.
    pub fields: Vec<String>,
    /// When a unit is an enterprise.
    pub enterprise: Condition,
    /// Ownership classes, tried in this order.
    pub ownership: Vec<OwnershipClass>,
}

impl Classification {
    /// The class of a unit that states `values` (in the order of `fields`). A
    /// unit that states none of them is a union, not an enterprise.
    pub fn classify(&self, values: &[Option<Value>]) -> Class {
        if values.iter().all(Option::is_none) {
            return Class::default();
        }
        let holds = |condition: &Condition| condition.evaluate(values, Class::default()) == Some(true);
        Class {
            ownership: self
                .ownership
                .iter()
                .position(|class| holds(&class.when))
                .and_then(|position| u8::try_from(position).ok()),
            is_enterprise: holds(&self.enterprise),
        }
    }
}

/// One class of ownership.
#[derive(Debug, Clone)]
pub struct OwnershipClass {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// When it holds, over the classifying fields.
    pub when: Condition,
}

/// An ambiguity of the document and the ways to read it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Id.
    pub id: String,
    /// What is ambiguous.
    pub label: Label,
    /// Why the default was chosen; printed as footnote (口径说明).
    pub note: Label,
    /// Ways to read it; the first is the default.
    pub options: Vec<ReadingOption>,
}

/// One way to read an ambiguity.
#[derive(Debug, Clone)]
pub struct ReadingOption {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
}

/// One clause of the document.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its number in the document.
    pub id: String,
    /// Its opening words.
    pub title: Label,
    /// Its text, quoted.
    pub text: Label,
}

/// A code list.
#[derive(Debug, Clone)]
pub struct Dictionary {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// The standard or document it comes from.
    pub source: String,
    /// Number of digits of codes outside the list that are taken too.
    pub open_digits: Option<usize>,
    /// Its codes, in official order.
    pub codes: Vec<Code>,
}

impl Dictionary {
    /// The entry for `code`.
    pub fn code(&self, code: &str) -> Option<&Code> {
        self.codes.iter().find(|entry| entry.code == code)
    }
}

/// One entry of a code list.
#[derive(Debug, Clone)]
pub struct Code {
    /// The code, as stored.
    pub code: String,
    /// Words for it.
    pub label: Label,
    /// Other words that clerks write for it.
    pub names: Vec<String>,
    /// The code above it.
    pub parent: Option<String>,
}

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
    /// Fields that identify persons, for the notice "by name only".
    pub persons: Vec<PersonFields>,
    /// Checks across fields.
    pub rules: Vec<Rule>,
    /// What it counts towards.
    pub posts: Vec<Post>,
    /// Positions of the classifying fields, in the order of
    /// [`Classification::fields`]; empty when the form does not carry them all.
    pub classifying: Vec<usize>,
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

/// The two fields that tell who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonFields {
    /// Position of the ID number's field.
    pub id_number: usize,
    /// Position of the name's field.
    pub name: usize,
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
    /// An organisation code (GB 11714-1997).
    OrgCode,
    /// A unified social credit code (GB 32100-2015).
    Uscc,
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

/// One thing that a fact counts towards.
#[derive(Debug, Clone)]
pub struct Post {
    /// Position of the measure.
    pub measure: usize,
    /// Position of the date or year field that decides the month.
    pub on: usize,
    /// When it is made; `None` for always.
    pub when: Option<Condition>,
    /// How much it adds.
    pub amount: Amount,
    /// Position of the unit field it is made at; `None` for the fact's own unit.
    pub unit: Option<usize>,
    /// Itemised or supplementary.
    pub part: Part,
    /// What is counted once, for distinct measures; empty otherwise.
    pub key: Vec<KeyPart>,
}

/// How much a post adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// A fixed number.
    Fixed(i64),
    /// The value of an integer field.
    Field(usize),
}

/// Itemised numbers come from registers; supplementary ones are stated in a
/// return as "not registered one by one" (未逐条登记). They are shown apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// One by one in a register.
    Listed,
    /// As a number in a return.
    Unlisted,
}

/// One part of the key of a distinct count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// A person: by ID number, else by name within the unit.
    Person(PersonFields),
    /// The value of a field.
    Field(usize),
    /// The first characters of a field's code.
    Prefix(usize, usize),
    /// The unit posted at.
    Unit,
}

/// How a measure adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureKind {
    /// Events of a month.
    Flow,
    /// In service at a date.
    Stock,
    /// A statement for a year; adds over units, never over years.
    Level,
    /// One per key within unit and window.
    Distinct(Window),
    /// A statement about a whole unit with everything under it.
    Statement,
}

/// Within what a key counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Once in the campaign.
    Campaign,
    /// Once in each year.
    Year,
}

/// Something that is counted.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// How it adds up.
    pub kind: MeasureKind,
    /// What one of it is called (条, 人次, 家).
    pub unit: Label,
    /// Whether supplementary numbers exist for it.
    pub has_unlisted: bool,
    /// Slot of its itemised part in a unit's row of balances.
    pub listed_slot: usize,
    /// Slot of its supplementary part.
    pub unlisted_slot: Option<usize>,
}

/// A numeric target of the document.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// Its number in the document.
    pub id: String,
    /// The clause it stands in.
    pub clause: String,
    /// Words for it.
    pub label: Label,
    /// What its value is measured in; `%` for shares and growth.
    pub unit: Label,
    /// Where exactly the document says so.
    pub source: String,
    /// The formula in words.
    pub explain: Label,
    /// The formula under the default readings.
    pub formula: IndicatorFormula,
    /// Formulas under other readings.
    pub variants: Vec<Variant>,
    /// The number to reach, in the value's own scale.
    pub target: f64,
    /// When it is to be reached.
    pub goal: Goal,
    /// Whether the target can be divided among units below.
    pub can_split: bool,
    /// Measures shown beside the figure.
    pub info: Vec<usize>,
}

/// What is computed.
#[derive(Debug, Clone)]
pub struct IndicatorFormula {
    /// How numerator and denominator make a value.
    pub kind: IndicatorKind,
    /// Above the line.
    pub numerator: Formula,
    /// Below the line; absent for counts.
    pub denominator: Option<Formula>,
}

/// How numerator and denominator make a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndicatorKind {
    /// The numerator.
    Count,
    /// Numerator ÷ denominator.
    Share,
    /// Numerator ÷ denominator − 1.
    Growth,
    /// Numerator − denominator.
    Difference,
    /// (Numerator ÷ denominator)^(1 ÷ years since the baseline) − 1.
    AverageGrowth,
}

/// The formula under another reading: what it names replaces the default, and
/// several variants in force replace one after the other.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Position of the reading.
    pub reading: usize,
    /// Position of the option that calls for this formula.
    pub option: usize,
    /// How numerator and denominator make a value then, where that differs.
    pub kind: Option<IndicatorKind>,
    /// Above the line, where it differs.
    pub numerator: Option<Formula>,
    /// Below the line, where it differs.
    pub denominator: Option<Formula>,
    /// The formula in words, where it differs.
    pub explain: Option<Label>,
}

/// When a target is to be reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// In every single year.
    EachYear,
    /// At all times, measured to date.
    Throughout,
    /// At the end of the campaign, along a path.
    ByEnd(Path),
}

/// How a target is approached.
#[derive(Debug, Clone, PartialEq)]
pub enum Path {
    /// In equal steps.
    Linear,
    /// Yearly amounts growing at this rate and adding up to the target.
    Compound(f64),
    /// Shares of the target (0–1) to be reached by the end of each year.
    Plan(BTreeMap<Year, f64>),
}
