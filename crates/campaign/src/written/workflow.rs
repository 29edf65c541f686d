//! The workflow and the numbering of a form, as written.

use crate::{
    definition::Label,
    written::{
        form::Quantity,
        read::{Located, table},
    },
};

table! {
    /// `[[state]]`.
    State {
        id: Located<String>,
        label: Label,
        kind: Located<String>,
        when: Option<Located<String>>,
        editable: Option<Located<bool>>,
        counts: Option<Located<bool>>,
        usual: Option<Located<String>>,
    }
}

table! {
    /// `[[transition]]`.
    Transition {
        id: Located<String>,
        label: Label,
        from: Vec<Located<String>>,
        to: Located<String>,
        who: Located<Vec<Located<String>>>,
        level: Option<Located<String>>,
        needs: Vec<Located<String>>,
        sets: Vec<Located<String>>,
        gives: Vec<Located<String>>,
        clears: Vec<Located<String>>,
        when: Option<Located<String>>,
        second_person: Option<Located<bool>>,
        reopens: Option<Located<bool>>,
        on_occasion: Option<Located<bool>>,
    }
}

table! {
    /// `[[clock]]`.
    Clock {
        id: Located<String>,
        label: Label,
        states: Located<Vec<Located<String>>>,
        since: Option<Located<String>>,
        days: Option<Located<Quantity>>,
        working_days: Option<Located<Quantity>>,
        months: Option<Located<Quantity>>,
        until: Option<Located<String>>,
        when: Option<Located<String>>,
        who: Located<Vec<Located<String>>>,
        level: Option<Located<String>>,
    }
}

table! {
    /// `[numbering]`.
    Numbering {
        field: Located<String>,
        template: Located<String>,
        on: Option<Located<String>>,
    }
}
