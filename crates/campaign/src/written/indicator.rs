//! `indicators/*.toml`, as written.

use std::collections::BTreeMap;

use model::month::Year;

use crate::{
    definition::Label,
    written::read::{Located, Number, table},
};

table! {
    /// One indicator.
    Indicator {
        clause: Located<String>,
        label: Label,
        unit: Label,
        kind: Located<String>,
        numerator: Located<String>,
        denominator: Option<Located<String>>,
        target: Number,
        direction: Option<Located<String>>,
        goal: Located<String>,
        path: Option<Located<Path>>,
        split: Option<Located<bool>>,
        single_unit: Option<Located<bool>>,
        explain: Label,
        source: String,
        info: Vec<Located<String>>,
        unconfirmed: Option<Located<String>>,
        variant: Vec<Located<Variant>>,
    }
}

table! {
    /// How a target is approached.
    Path {
        kind: Located<String>,
        growth: Option<Located<Number>>,
        by_year: Option<Located<BTreeMap<Year, Located<Number>>>>,
    }
}

table! {
    /// An option of a reading.
    ChosenOption { reading: Located<String>, option: Located<String> }
}

table! {
    /// `[[variant]]`.
    Variant {
        reading: Located<String>,
        option: Located<String>,
        and: Vec<ChosenOption>,
        kind: Option<Located<String>>,
        numerator: Option<Located<String>>,
        denominator: Option<Located<String>>,
        explain: Option<Label>,
    }
}
