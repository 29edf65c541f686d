//! A checked campaign: every reference resolved to a position, every
//! expression compiled, nothing left that could fail while counting.

mod claim;
mod classification;
mod column;
mod dictionary;
mod form;
mod indicator;
mod measure;
mod numbering;
mod post;
mod workflow;

use model::month::{Month, Year};

pub use self::{
    claim::{Claim, ClaimPart},
    classification::{Classification, OwnershipClass},
    column::{Column, Table, lined_up},
    dictionary::{Code, Dictionary},
    form::{Field, FieldKind, Form, FormKind, PersonFields, Required, Rule, Section},
    indicator::{Goal, Indicator, IndicatorFormula, IndicatorKind, Path, Variant},
    measure::{Measure, MeasureKind, Window},
    numbering::{Numbering, Piece},
    post::{Amount, KeyPart, Part, Post},
    workflow::{Clock, Level, Limit, State, StateKind, Transition, Workflow},
};

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
