//! `roster.toml`, `registers/*.toml` and `returns/*.toml`, as written.

use toml::de::DeValue;

use crate::{
    definition::Label,
    marker::{Marker, Span},
    mistake::say,
    written::{
        read::{At, Number, Read, mark_type, table},
        workflow::{Clock, Numbering, State, Transition},
    },
};

table! {
    /// A form.
    Form {
        label: Label,
        kind: At<String>,
        clause: Option<At<String>>,
        identity: Vec<At<String>>,
        names: Vec<String>,
        by_name_only: People,
        persons: People,
        field: Vec<At<Field>>,
        rule: Vec<Rule>,
        post: Vec<At<Post>>,
        section: Vec<At<Section>>,
        claim: Vec<At<Claim>>,
        numbering: Option<At<Numbering>>,
        state: Vec<At<State>>,
        transition: Vec<At<Transition>>,
        clock: Vec<At<Clock>>,
    }
}

table! {
    /// `[[field]]`.
    Field {
        id: At<String>,
        label: Label,
        names: Vec<At<String>>,
        kind: At<String>,
        required: Need,
        help: Option<Label>,
        max: Option<At<Number>>,
        min: Option<At<Number>>,
        scale: Option<At<String>>,
        future: Option<At<bool>>,
        dictionary: Option<At<String>>,
        name_columns: Option<At<Vec<At<String>>>>,
        most: Option<At<Number>>,
        column: Option<At<Vec<At<Column>>>>,
    }
}

table! {
    /// `[[field.column]]`.
    Column {
        id: At<String>,
        label: Label,
        kind: At<String>,
        required: Option<At<bool>>,
        max: Option<At<Number>>,
        min: Option<At<Number>>,
        scale: Option<At<String>>,
        future: Option<At<bool>>,
        dictionary: Option<At<String>>,
    }
}

table! {
    /// `[[rule]]`.
    Rule {
        that: At<String>,
        at: At<String>,
        message: Label,
        severity: Option<At<String>>,
    }
}

table! {
    /// `[[post]]`.
    Post {
        measure: At<String>,
        on: At<String>,
        when: Option<At<String>>,
        amount: Option<At<Quantity>>,
        unit: Option<At<String>>,
        part: Option<At<String>>,
        key: Option<At<Vec<At<String>>>>,
    }
}

table! {
    /// `[[section]]`.
    Section { id: At<String>, label: Label, help: Option<Label>, fields: Vec<At<String>> }
}

table! {
    /// `[[claim]]`.
    Claim { id: At<String>, label: Label, key: At<Vec<At<String>>> }
}

table! {
    /// The fields that tell who somebody is, and how to reach him.
    Person { name: At<String>, id_number: At<String>, phone: Option<At<String>> }
}

/// `by_name_only` and `persons`: one table or several.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(pub(crate) Vec<Person>);

impl Read for People {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        match value {
            DeValue::Array(_) => Self(Vec::read(value, span, marker)),
            _ => Self(vec![Person::read(value, span, marker)]),
        }
    }

    fn absent(_: &str, _: &Span, _: Marker<'_>) -> Self {
        Self::default()
    }
}

/// `required`: true, false, or a condition.
#[derive(Debug, Clone, Default)]
pub(crate) enum Need {
    /// `false`, or nothing written.
    #[default]
    Never,
    /// `true`.
    Always,
    /// A condition.
    When(At<String>),
}

impl Read for Need {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        match value {
            DeValue::Boolean(true) => Self::Always,
            DeValue::Boolean(false) => Self::Never,
            DeValue::String(_) => Self::When(At::read(value, span, marker)),
            _ => {
                mark_type(
                    marker,
                    span,
                    value,
                    &say!(" true、false 或条件", "true, false or a condition in double quotes"),
                );
                Self::Never
            }
        }
    }

    fn absent(_: &str, _: &Span, _: Marker<'_>) -> Self {
        Self::Never
    }
}

/// `amount`: a whole number or a field.
#[derive(Debug, Clone)]
pub(crate) enum Quantity {
    /// A number.
    Fixed(i64),
    /// The id of a field.
    Field(String),
}

impl Default for Quantity {
    fn default() -> Self {
        Self::Fixed(1)
    }
}

impl Read for Quantity {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        match value {
            DeValue::Integer(_) => Self::Fixed(i64::read(value, span, marker)),
            DeValue::String(_) => Self::Field(String::read(value, span, marker)),
            _ => {
                mark_type(marker, span, value, &say!("整数或字段名", "a whole number or the id of a field"));
                Self::default()
            }
        }
    }
}
