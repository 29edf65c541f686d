//! Checks of forms: fields, identity, rules, sections. What they post is checked
//! in [`super::post`], their states and transitions in [`super::workflow`].

mod columns;
mod deadline;
mod former;
mod natural_identity;
mod not_applicable;
mod required;
mod sections;
mod when;

use model::{month::Month, period::Grain};

use crate::{
    check::{
        duplicate_key, field,
        files::FormFile,
        naming::{Age, Defined, choose, find, unique, unique_former, words},
        numbering, post, workflow,
    },
    condition::Condition,
    definition::{
        Field, FieldIdx, FieldKind, Form, FormKind, IdxVec, Label, PersonFields, Post, ReportingField,
        Required, Rule,
    },
    expression::condition::{Kinds, Scope, compile},
    kinds::{KindSpec, Meaning, PLACEHOLDER, PersonalSort, ValueShape},
    marker::Marker,
    mistake::say,
    written::{
        Page,
        form::{self as written, Need},
        read::Located,
    },
};

/// A form while it is checked.
pub(super) struct Draft {
    /// The form; fields whose kind is mistaken are in it as flags.
    pub(super) form: Form,
    /// The kinds of its fields, unless mistaken.
    pub(super) kinds: IdxVec<Field, Option<FieldKind>>,
}

/// The names that expressions and references of one form can use.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// The marker of the form's file.
    pub(super) marker: Marker<'a>,
    /// Ids and kinds; no kind where it is mistaken.
    pub(super) all: &'a Kinds<'a>,
    /// What else is defined.
    pub(super) defined: &'a Defined<'a>,
}

impl Fields<'_> {
    /// Position of the field that is named.
    pub(super) fn find(&self, name: &Located<String>) -> Option<FieldIdx> {
        find(self.marker, name, self.all.iter().map(|(id, _)| *id), &say!("字段", "field"))
    }

    /// Position of the field that is named, which must be of a kind that
    /// `fits`; `wanted` says which, in both languages.
    pub(super) fn find_kind(
        &self,
        name: &Located<String>,
        fits: fn(&KindSpec<'_>) -> bool,
        wanted: &Label,
    ) -> Option<FieldIdx> {
        let position = self.find(name)?;
        if fits(&self.all[position].1?.spec()) {
            return Some(position);
        }
        let (id, zh, en) = (&name.value, &wanted.zh, &wanted.en);
        self.marker.mark(
            &name.span,
            say!("字段 `{id}` 不是{zh}", "the field `{id}` is not {en}"),
            say!("请改用{zh}字段", "name a field that is {en}"),
        );
        None
    }

    /// Compiles a condition, in which the unit's class may stand when `sees_class`.
    pub(super) fn condition(&self, text: &Located<String>, sees_class: bool) -> Option<Condition> {
        let scope = Scope {
            fields: self.all,
            dictionaries: self.defined.dictionaries,
            ownership: sees_class.then_some(self.defined.ownership.as_slice()),
        };
        if text.value.is_empty() {
            return None;
        }
        compile(&text.value, scope).map_err(|faults| self.marker.mark_faults(text, faults)).ok()
    }
}

/// The field of the roster by which units are put into groups: its codes are the groups.
fn group_by(name: &Located<String>, kind: FormKind, fields: Fields<'_>) -> Option<FieldIdx> {
    if kind.has_records() {
        fields.marker.mark(
            &name.span,
            say!("只有组织名册可以写 `group_by`", "only the roster puts units into groups"),
            say!("请删去 group_by", "leave `group_by` out"),
        );
        return None;
    }
    fields.find_kind(name, |spec| matches!(spec.shape, ValueShape::Code(_)), &say!("代码", "a code"))
}

/// Checks one form, with what later campaigns count of it.
pub(super) fn check(
    file: &FormFile<'_>,
    uses: &[&Page<'_, written::FormUse>],
    defined: &Defined<'_>,
) -> Draft {
    let FormFile { folder: place, page, .. } = file;
    let Page { marker, stem, value } = page;
    words(*marker, &(0..0), stem, '-');
    let kinds_here: Vec<_> = FormKind::ALL
        .iter()
        .filter(|kind| kind.folder() == *place)
        .map(|kind| (kind.name(), *kind))
        .collect();
    let kind = choose(*marker, &value.kind, &kinds_here).unwrap_or(kinds_here[0].1);
    unique(*marker, value.field.iter().map(|field| &field.value.id));
    if defined.age == Age::New {
        unique_former(value.field.iter().filter_map(|field| Some((*marker, field.value.was.as_ref()?))));
    }
    columns::check(*marker, &value.field);
    let mut kinds: Vec<_> = value.field.iter().map(|field| field::kind(*marker, field, defined)).collect();
    required::check(*marker, value, kind, &mut kinds);
    let ids = value.field.iter().map(|field| field.value.id.value.as_str());
    let all: Kinds<'_> = ids.zip(kinds.iter().map(Option::as_ref)).collect();
    let fields = Fields { marker: *marker, all: &all, defined };
    let unit = all.position(|(id, _)| *id == "unit");
    let states_years = kind.states_classes() || kind.states_baselines();
    let meaning = |kind: &FieldKind| kind.spec().meaning;
    let is_year = |(id, kind): &(&str, Option<&FieldKind>)| match (*id, kind.as_ref().copied().map(meaning)) {
        ("year", Some(Meaning::Year)) => true,
        // A yearly statement is one of a period of the grain year.
        ("period", Some(Meaning::Period(Grain::Year))) => states_years,
        _ => false,
    };
    let year = all.position(is_year);
    let reporting = reporting(&all, year).filter(|_| states_years);
    let due = value.due.as_ref();
    let deadline = due.and_then(|due| deadline::check(due, kind, reporting, *marker));
    let identity = identity(value, fields);
    let code = all.position(|(id, _)| *id == "code").filter(|_| !kind.has_records());
    let blamed = identity.iter().copied().find(|field| Some(*field) != year);
    let form = Form {
        id: (*stem).to_owned(),
        was: value.was.as_ref().map(|was| was.value.clone()),
        kind,
        label: value.label.clone(),
        names: value.names.clone(),
        fields: value
            .field
            .iter()
            .zip(&kinds)
            .map(|(field, of_kind)| finished((field, of_kind.as_ref()), value, kind, fields))
            .collect(),
        // A form without any has been marked.
        blamed: code.or(blamed).or(identity.first().copied()).unwrap_or(FieldIdx::FIRST),
        natural_identity: natural_identity::check(value, kind, &identity, fields),
        group_by: value.group_by.as_ref().and_then(|name| group_by(name, kind, fields)),
        identity,
        unit,
        year,
        reporting,
        deadline,
        persons: persons(value, fields),
        duplicate_keys: duplicate_key::check(value, kind, fields).into(),
        rules: value.rule.iter().filter_map(|written| rule(written, fields)).collect(),
        // Checked when all forms are known.
        relations: Vec::new(),
        derived: Vec::new(),
        posts: posts(value, kind, uses, fields),
        // Found when all forms have been checked.
        answers: Vec::new(),
        // Found when the classification is checked.
        classifying: Vec::new(),
        sections: sections::check(value, fields),
        workflow: workflow::check(value, kind, fields),
        numbering: value.numbering.as_ref().and_then(|written| numbering::check(written, kind, fields)),
    };
    Draft { form, kinds: kinds.into() }
}

fn finished(
    (field, kind): (&Located<written::Field>, Option<&FieldKind>),
    form: &written::Form,
    form_kind: FormKind,
    fields: Fields<'_>,
) -> Field {
    let written = &field.value;
    let required = match &written.required {
        Need::Never => Required::No,
        Need::Always => Required::Yes,
        Need::When(condition) => fields.condition(condition, false).map_or(Required::No, Required::When),
    };
    Field {
        id: written.id.value.clone(),
        former: former::check(field, fields),
        label: written.label.clone(),
        names: written.names.iter().map(|name| name.value.clone()).collect(),
        kind: kind.cloned().unwrap_or(PLACEHOLDER),
        required,
        when: when::check(field, fields),
        takes_not_applicable: not_applicable::check((field, kind), form, form_kind, fields),
        // Found when all forms are known.
        proposed_by: None,
        help: written.help.clone(),
    }
}

/// What the catalogue counts of a form, and what campaigns count of it beside that.
fn posts(
    form: &written::Form,
    kind: FormKind,
    uses: &[&Page<'_, written::FormUse>],
    fields: Fields<'_>,
) -> Vec<Post> {
    let own = form.post.iter().map(|written| (fields.marker, written));
    let others = uses.iter().flat_map(|page| page.value.post.iter().map(|written| (page.marker, written)));
    let check = |(marker, written)| post::check(written, (kind, &form.state), Fields { marker, ..fields });
    own.chain(others).filter_map(check).collect()
}

/// The field that says for which period a record is: its year, or its period.
fn reporting(all: &Kinds<'_>, year: Option<FieldIdx>) -> Option<ReportingField> {
    // Which months there are is known when all campaigns have been checked.
    let of = |field, grain| ReportingField { field, grain, first: Month::ALWAYS, last: Month::NEVER };
    let by_period = || {
        all.entries().find_map(|(field, (id, kind))| match (*id, kind.map(|kind| kind.spec().meaning)?) {
            ("period", Meaning::Period(grain)) => Some(of(field, grain)),
            _ => None,
        })
    };
    year.map(|field| of(field, Grain::Year)).or_else(by_period)
}

/// Positions of the identifying fields. The unit always is one and is not listed.
fn identity(form: &written::Form, fields: Fields<'_>) -> Vec<FieldIdx> {
    unique(fields.marker, form.identity.iter());
    let listed = form.identity.iter().filter(|field| field.value != "unit");
    listed.filter_map(|field| fields.find(field)).collect()
}

/// The persons that are warned of without a number, then the others.
fn persons(form: &written::Form, fields: Fields<'_>) -> Vec<PersonFields> {
    let warned = form.by_name_only.0.iter().map(|person| (person, true));
    let others = form.persons.0.iter().map(|person| (person, false));
    let is_phone = |kind: &KindSpec<'_>| sort(kind) == Some(PersonalSort::Phone);
    let read = warned.chain(others).filter_map(|(written, warns)| {
        let found = person(&written.id_number, &written.name, fields);
        let phone = written.phone.as_ref();
        let phone =
            phone.and_then(|phone| fields.find_kind(phone, is_phone, &say!("电话", "a telephone number")));
        Some(PersonFields { phone, warns, ..found? })
    });
    read.collect()
}

/// The fields that tell who somebody is.
pub(super) fn person(
    id_number: &Located<String>,
    name: &Located<String>,
    fields: Fields<'_>,
) -> Option<PersonFields> {
    let is_text = |kind: &KindSpec<'_>| matches!(kind.meaning, Meaning::Words { .. });
    let is_number = |kind: &KindSpec<'_>| {
        matches!(kind.meaning, Meaning::Words { .. }) || sort(kind) == Some(PersonalSort::IdNumber)
    };
    let id_number = fields.find_kind(id_number, is_number, &say!("身份证号或文本", "an ID number or a text"));
    let name = fields.find_kind(name, is_text, &say!("文本", "a text"));
    Some(PersonFields { id_number: id_number?, name: name?, phone: None, warns: false })
}

/// Of which sort of personal number a kind is.
fn sort(kind: &KindSpec<'_>) -> Option<PersonalSort> {
    kind.personal.map(|number| number.sort)
}

fn rule(written: &written::Rule, fields: Fields<'_>) -> Option<Rule> {
    let that = fields.condition(&written.that, false);
    let at = fields.find(&written.at);
    let severities = [("error", true), ("warning", false)];
    let chosen = |word: &Located<String>| choose(fields.marker, word, &severities);
    let is_error = written.severity.as_ref().map_or(Some(true), chosen);
    let is_error_in_files = written.imported.as_ref().map_or(is_error, chosen);
    Some(Rule {
        that: that?,
        at: at?,
        message: written.message.clone(),
        is_error: is_error?,
        is_error_in_files: is_error_in_files?,
    })
}
