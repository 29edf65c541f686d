//! A checked definition: every reference is resolved to a position and every
//! expression is compiled, so that counting cannot fail.

mod classification;
mod column;
mod derived;
mod dictionary;
mod duplicate_key;
mod form;
mod form_kind;
mod indicator;
mod measure;
mod numbering;
mod post;
mod relation;
mod role;
mod shown;
mod vocabulary;
mod workflow;

use std::collections::BTreeMap;

pub use model::label::Label;
use model::{
    month::{Month, Year},
    value::Value,
};

pub use self::{
    classification::{Classification, OwnershipClass},
    column::{TableColumn, TableRows, lined_up},
    derived::{Derivation, DerivationSource, DerivedField, DerivedNumber, Referring},
    dictionary::{Code, Dictionary},
    duplicate_key::{DuplicateKey, DuplicateKeyPart},
    form::{
        Deadline, Field, Form, FormerField, PersonFields, ProposedBy, ReportingField, Required, RosterFields,
        Rule, Section, WholeNumbers,
    },
    form_kind::{FormFolder, FormKind},
    indicator::{Direction, Goal, Indicator, IndicatorFormula, IndicatorKind, Path, Variant},
    measure::{
        AnswerPair, AnswerSlots, FurtherSlot, LastStatementSlots, Measure, MeasureGrains, MeasureKind,
        MeasureScale, PairSlots, Window,
    },
    numbering::{Numbering, Piece},
    post::{Amount, KeyPart, Part, Post},
    relation::{Most, Relation, RelationCheck, joined_values},
    role::{Action, Administration, Role, RoleLevel},
    shown::Disclosure,
    vocabulary::{MoneyUnit, PowerWord, Vocabulary, WordList},
    workflow::{Level, Limit, State, StateKind, Transition, Workflow, WorkflowClock},
};

pub use crate::{
    history::{NameHistory, VersionNames},
    idx::{Idx, IdxVec},
    kinds::FieldKind,
};

/// Position of a campaign.
pub type CampaignIdx = Idx<Campaign>;
/// Position of a form.
pub type FormIdx = Idx<Form>;
/// Position of a field in its form.
pub type FieldIdx = Idx<Field>;
/// Position of a state in its workflow.
pub type StateIdx = Idx<State>;
/// Position of a transition in its workflow.
pub type TransitionIdx = Idx<Transition>;
/// Position of a clock in its workflow.
pub type ClockIdx = Idx<WorkflowClock>;
/// Position of a measure.
pub type MeasureIdx = Idx<Measure>;
/// Position of a duplicate key in its form.
pub type DuplicateKeyIdx = Idx<DuplicateKey>;
/// Position of a code list.
pub type DictionaryIdx = Idx<Dictionary>;
/// Position of an indicator.
pub type IndicatorIdx = Idx<Indicator>;
/// Position of a reading.
pub type ReadingIdx = Idx<Reading>;

/// What a record states: a value or nothing for every field of its form.
pub type Values = IdxVec<Field, Option<Value>>;

impl Values {
    /// What is answered in a field: a value, or that it is not applicable; `None` when nothing is.
    pub fn value(&self, field: FieldIdx) -> Option<&Value> {
        self.get(field)?.as_ref()
    }

    /// The value of a field; `None` when none is stated, or the field is not applicable.
    pub fn plain_value(&self, field: FieldIdx) -> Option<&Value> {
        self.value(field).filter(|value| value.is_value())
    }
}

/// One version of all that a federation is run by: its catalogue, and the campaigns that are views of it.
///
/// What the catalogue defines is stated and counted once, whichever campaigns look at it
/// (`docs/decisions/0031-catalogue-and-campaigns.md`).
#[derive(Debug, Clone)]
pub struct Definition {
    /// The name of this version: that of its campaign's files, or of the versions of all its campaigns.
    pub hash: String,
    /// How ownership and enterprise status follow from what a unit states.
    pub classification: Classification,
    /// Code lists.
    pub dictionaries: IdxVec<Dictionary>,
    /// All forms; the roster is at [`Definition::roster`].
    pub forms: IdxVec<Form>,
    /// Position of the roster in `forms`.
    pub roster: FormIdx,
    /// The roster's fields that every roster has.
    pub roster_fields: RosterFields,
    /// Everything that is counted, in slot order.
    pub measures: IdxVec<Measure>,
    /// Measures of statements that indicators divide by each other.
    pub answer_pairs: Vec<AnswerPair>,
    /// Words of its clerks beside the standard ones.
    pub vocabulary: Vocabulary,
    /// What people can be, in the order written; built-in roles first.
    pub roles: Vec<Role>,
    /// The campaigns, in the order in which they were loaded; never empty. The first is meant where none is named.
    pub campaigns: IdxVec<Campaign>,
    /// What it calls its parts, and says of their earlier names.
    pub names: VersionNames,
    /// What it and the versions before it called them.
    pub history: NameHistory,
    /// Of a version that is in force no more: forms with other ids in the version in force, under which their records are
    /// stored. Empty in all others.
    pub stored_forms: BTreeMap<String, String>,
    /// The file of each form, by which two versions are compared.
    pub form_files: BTreeMap<String, String>,
}

impl Definition {
    /// The form with this id, with its position.
    pub fn form(&self, id: &str) -> Option<(FormIdx, &Form)> {
        self.forms.entries().find(|(_, form)| form.id == id)
    }

    /// The role with this id.
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id() == id)
    }

    /// The measure with this id, with its position. Where campaigns count it over other years as well, that of the
    /// campaign which defines it.
    pub fn measure(&self, id: &str) -> Option<(MeasureIdx, &Measure)> {
        self.measures.entries().find(|(_, measure)| measure.id == id)
    }

    /// The campaign with this id, with its position.
    pub fn campaign(&self, id: &str) -> Option<(CampaignIdx, &Campaign)> {
        self.campaigns.entries().find(|(_, campaign)| campaign.id == id)
    }

    /// The campaign that is meant where none is named.
    pub fn first_campaign(&self) -> &Campaign {
        &self.campaigns[CampaignIdx::FIRST]
    }

    /// The years of all campaigns, from the first to the last.
    pub fn period(&self) -> Years {
        self.span(|campaign| campaign.period)
    }

    /// The years of all campaigns with their baselines.
    pub fn years(&self) -> Years {
        self.span(|campaign| Years { first: campaign.baseline.first, last: campaign.period.last })
    }

    /// December of the last year of any campaign.
    pub fn last_month(&self) -> Month {
        Month::december(self.period().last)
    }

    fn span(&self, years: impl Fn(&Campaign) -> Years) -> Years {
        let all = || self.campaigns.iter().map(&years);
        let first = all().map(|years| years.first).min().unwrap_or_default();
        Years { first, last: all().map(|years| years.last).max().unwrap_or_default() }
    }
}

/// One version of a campaign: what is asked of the catalogue's facts, over which years.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Id, the name of its directory.
    pub id: String,
    /// SHA-256 over all its files, in Base64: the name of this version.
    pub hash: String,
    /// Title of the competition.
    pub title: Label,
    /// What people call it; its title when it has no shorter name.
    pub short: Label,
    /// The document that orders it.
    pub document: Label,
    /// First and last year that count.
    pub period: Years,
    /// The years the targets are measured against.
    pub baseline: Years,
    /// What share of the units that owe a statement must have answered (0 to 1), so that a rate or a growth that rests on
    /// it can be called met.
    pub coverage_threshold: f64,
    /// Ambiguities of the document, with the readings to choose from.
    pub readings: IdxVec<Reading>,
    /// Clauses of the document, in its order.
    pub clauses: Vec<Clause>,
    /// The forms of the catalogue that it uses, each with the clause that it serves.
    pub forms: BTreeMap<FormIdx, Option<String>>,
    /// The targets, in the document's order.
    pub indicators: IdxVec<Indicator>,
}

impl Campaign {
    /// The indicator with this id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// The clause that a form serves; `None` for a form that serves none of them.
    pub fn clause_of(&self, form: FormIdx) -> Option<&str> {
        self.forms.get(&form)?.as_deref()
    }

    /// What tells an indicator from those of all other campaigns.
    pub fn key_of(&self, indicator: &Indicator) -> String {
        format!("{}:{}", self.id, indicator.id)
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
    pub options: IdxVec<ReadingOption>,
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
