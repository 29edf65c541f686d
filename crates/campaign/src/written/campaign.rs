//! `campaign.toml` and `clauses.toml`, as written.

use model::month::Year;

use crate::{
    definition::Label,
    written::read::{At, table},
};

table! {
    /// `campaign.toml`.
    Campaign {
        id: At<String>,
        title: Label,
        document: Label,
        period: At<Period>,
        baseline: At<Period>,
        classification: Classification,
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
        fields: Vec<At<String>>,
        enterprise: At<String>,
        ownership: Vec<Ownership>,
    }
}

table! {
    /// `[[classification.ownership]]`.
    Ownership { id: At<String>, label: Label, when: At<String> }
}

table! {
    /// `[[reading]]`.
    Reading { id: At<String>, label: Label, note: Label, options: At<Vec<Choice>> }
}

table! {
    /// One option of a reading.
    Choice { id: At<String>, label: Label }
}

table! {
    /// `clauses.toml`.
    Clauses { clause: Vec<Clause> }
}

table! {
    /// `[[clause]]`.
    Clause { id: At<String>, title: Label, text: Label }
}
