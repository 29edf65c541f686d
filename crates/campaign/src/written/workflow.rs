//! The workflow and the numbering of a form, as written.

use crate::{
    definition::Label,
    written::{
        form::Quantity,
        read::{At, table},
    },
};

table! {
    /// `[[state]]`.
    State {
        id: At<String>,
        label: Label,
        kind: At<String>,
        when: Option<At<String>>,
        editable: Option<At<bool>>,
    }
}

table! {
    /// `[[transition]]`.
    Transition {
        id: At<String>,
        label: Label,
        from: Vec<At<String>>,
        to: At<String>,
        who: At<Vec<At<String>>>,
        level: Option<At<String>>,
        needs: Vec<At<String>>,
        sets: Vec<At<String>>,
        gives: Vec<At<String>>,
        when: Option<At<String>>,
    }
}

table! {
    /// `[[clock]]`.
    Clock {
        id: At<String>,
        label: Label,
        states: At<Vec<At<String>>>,
        since: Option<At<String>>,
        days: Option<At<Quantity>>,
        working_days: Option<At<Quantity>>,
        months: Option<At<Quantity>>,
        until: Option<At<String>>,
        when: Option<At<String>>,
        who: At<Vec<At<String>>>,
        level: Option<At<String>>,
    }
}

table! {
    /// `[numbering]`.
    Numbering {
        field: At<String>,
        template: At<String>,
        on: Option<At<String>>,
    }
}
