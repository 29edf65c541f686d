//! `campaign.toml` and `clauses.toml`, as written.

use model::month::Year;

use crate::{
    definition::Label,
    written::read::{Located, Number, table},
};

table! {
    /// `campaign.toml`.
    Campaign {
        id: Located<String>,
        beside: Option<Located<String>>,
        title: Label,
        short: Option<Label>,
        document: Label,
        period: Located<Period>,
        baseline: Located<Period>,
        coverage_threshold: Option<Located<Number>>,
        classification: Option<Located<Classification>>,
        reading: Vec<Reading>,
    }
}

table! {
    /// A span of years.
    Period { first_year: Year, last_year: Year }
}

table! {
    /// `[classification]`.
    Classification {
        fields: Vec<Located<String>>,
        enterprise: Located<String>,
        ownership: Vec<Ownership>,
    }
}

table! {
    /// `[[classification.ownership]]`.
    Ownership { id: Located<String>, label: Label, when: Located<String> }
}

table! {
    /// `[[reading]]`.
    Reading { id: Located<String>, label: Label, note: Label, options: Located<Vec<Choice>> }
}

table! {
    /// One option of a reading.
    Choice { id: Located<String>, label: Label }
}

table! {
    /// `clauses.toml`.
    Clauses { clause: Vec<Clause> }
}

table! {
    /// `[[clause]]`.
    Clause { id: Located<String>, title: Label, text: Label }
}
