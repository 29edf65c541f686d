//! `indicators/*.toml`, as written.

use std::collections::BTreeMap;

use model::month::Year;

use crate::{
    definition::Label,
    written::read::{At, Number, table},
};

table! {
    /// One indicator.
    Indicator {
        clause: At<String>,
        label: Label,
        unit: Label,
        kind: At<String>,
        numerator: At<String>,
        denominator: Option<At<String>>,
        target: Number,
        goal: At<String>,
        path: Option<At<Path>>,
        split: Option<At<bool>>,
        explain: Label,
        source: String,
        info: Vec<At<String>>,
        variant: Vec<At<Variant>>,
    }
}

table! {
    /// How a target is approached.
    Path {
        kind: At<String>,
        growth: Option<At<Number>>,
        by_year: Option<At<BTreeMap<Year, At<Number>>>>,
    }
}

table! {
    /// `[[variant]]`.
    Variant {
        reading: At<String>,
        option: At<String>,
        kind: Option<At<String>>,
        numerator: Option<At<String>>,
        denominator: Option<At<String>>,
        explain: Option<Label>,
    }
}
