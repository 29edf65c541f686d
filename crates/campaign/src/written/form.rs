//! `roster.toml`, `registers/*.toml`, `returns/*.toml` and `forms/*.toml`, as written.

use toml::de::DeValue;

use crate::{
    definition::Label,
    marker::{Marker, Span},
    mistake::say,
    written::{
        read::{Located, Number, Read, mark_type, table},
        workflow::{Clock, Numbering, State, Transition},
    },
};

table! {
    /// A form.
    Form {
        label: Label,
        was: Option<Located<String>>,
        kind: Located<String>,
        clause: Option<Located<String>>,
        identity: Vec<Located<String>>,
        natural_identity: Vec<Located<String>>,
        group_by: Option<Located<String>>,
        due: Option<Located<Due>>,
        names: Vec<String>,
        by_name_only: Persons,
        persons: Persons,
        field: Vec<Located<Field>>,
        rule: Vec<Rule>,
        relation: Vec<Located<Relation>>,
        post: Vec<Located<Post>>,
        section: Vec<Located<Section>>,
        claim: Vec<Located<Claim>>,
        numbering: Option<Located<Numbering>>,
        state: Vec<Located<State>>,
        transition: Vec<Located<Transition>>,
        clock: Vec<Located<Clock>>,
    }
}

table! {
    /// `forms/*.toml`: what a campaign says of a form that the catalogue has.
    FormUse { clause: Option<Located<String>>, post: Vec<Located<Post>> }
}

table! {
    /// `[[field]]`.
    Field {
        id: Located<String>,
        was: Option<Located<String>>,
        label: Label,
        names: Vec<Located<String>>,
        kind: Located<String>,
        from: Option<Located<String>>,
        required: Need,
        help: Option<Label>,
        stated_in: FieldTransitions,
        with: Option<Located<String>>,
        when: Option<Located<String>>,
        not_applicable: Option<Located<bool>>,
        proposed_by: Option<Located<String>>,
        first_person: Option<Located<Label>>,
        max: Option<Located<Number>>,
        min: Option<Located<Number>>,
        scale: Option<Located<String>>,
        future: Option<Located<bool>>,
        grain: Option<Located<String>>,
        dictionary: Option<Located<String>>,
        name_columns: Option<Located<Vec<Located<String>>>>,
        most: Option<Located<Number>>,
        column: Option<Located<Vec<Located<Column>>>>,
        form: Option<Located<String>>,
        also: Option<Located<Vec<Located<String>>>>,
        within: Option<Located<String>>,
        linked: Option<Located<bool>>,
        same_year: Option<Located<bool>>,
        derived: Option<Located<String>>,
        also_closed: Option<Located<bool>>,
    }
}

table! {
    /// `[[field.column]]`.
    Column {
        id: Located<String>,
        label: Label,
        kind: Located<String>,
        required: Option<Located<bool>>,
        max: Option<Located<Number>>,
        min: Option<Located<Number>>,
        scale: Option<Located<String>>,
        future: Option<Located<bool>>,
        dictionary: Option<Located<String>>,
        person: Option<Located<bool>>,
    }
}

table! {
    /// `[[rule]]`.
    Rule {
        that: Located<String>,
        at: Located<String>,
        message: Label,
        severity: Option<Located<String>>,
        imported: Option<Located<String>>,
    }
}

table! {
    /// `[[relation]]`: a rule over a record and the one that it refers to, or over the records of a unit.
    Relation {
        reference: Option<Located<String>>,
        at: Option<Located<String>>,
        when: Option<Located<String>>,
        most: Option<Located<Quantity>>,
        once: Option<Located<Vec<Located<String>>>>,
        that: Option<Located<String>>,
        message: Label,
        severity: Option<Located<String>>,
        imported: Option<Located<String>>,
    }
}

table! {
    /// `[[post]]`.
    Post {
        measure: Located<String>,
        on: Located<String>,
        when: Option<Located<String>>,
        amount: Option<Located<Quantity>>,
        unit: Option<Located<String>>,
        part: Option<Located<String>>,
        key: Option<Located<Vec<Located<String>>>>,
        keep: Option<Located<bool>>,
        states: Vec<Located<String>>,
    }
}

table! {
    /// `[[section]]`.
    Section {
        id: Located<String>,
        label: Label,
        help: Option<Label>,
        with: Option<Located<String>>,
        fields: Vec<Located<String>>,
    }
}

table! {
    /// `due`: until when a return has to be handed in.
    Due { days: Located<Number> }
}

table! {
    /// `[[claim]]`.
    Claim { id: Located<String>, label: Label, key: Located<Vec<Located<String>>> }
}

table! {
    /// The fields that tell who somebody is, and how to reach them.
    Person { name: Located<String>, id_number: Located<String>, phone: Option<Located<String>> }
}

/// `by_name_only` and `persons`: one table or several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Persons(pub(crate) Vec<Person>);

impl Read for Persons {
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
    When(Located<String>),
}

impl Read for Need {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        match value {
            DeValue::Boolean(true) => Self::Always,
            DeValue::Boolean(false) => Self::Never,
            DeValue::String(_) => Self::When(Located::read(value, span, marker)),
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

/// `stated_in`: the transitions in which alone a field is stated, or `"any"`.
#[derive(Debug, Clone, Default)]
pub(crate) enum FieldTransitions {
    /// Nothing is written: it follows from the transitions.
    #[default]
    Derived,
    /// `"any"`: whoever may enter records states it.
    Any,
    /// Ids of transitions.
    Transitions(Located<Vec<Located<String>>>),
}

impl Read for FieldTransitions {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        match value {
            DeValue::Array(_) => Self::Transitions(Located::read(value, span, marker)),
            DeValue::String(text) if text.as_ref() == "any" => Self::Any,
            _ => {
                let wanted = say!(" \"any\" 或步骤列表", "\"any\" or a list of transitions");
                mark_type(marker, span, value, &wanted);
                Self::Derived
            }
        }
    }

    fn absent(_: &str, _: &Span, _: Marker<'_>) -> Self {
        Self::Derived
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
