//! Checks of references between forms, when all forms are known: circles of required ones, and the rules over a
//! record and the one that it refers to, or over the records of a unit.

use std::collections::BTreeSet;

use crate::{
    check::{
        files::{Files, FormFile},
        naming::{DefinedForm, choose, find},
    },
    condition::Condition,
    definition::{
        Dictionary, Field, FieldIdx, Form, FormIdx, IdxVec, Most, Relation, RelationCheck, Required,
    },
    expression::condition::{Kinds, Scope, compile},
    kinds::{Meaning, ReferenceKind, ValueShape},
    marker::{Marker, Span},
    mistake::say,
    written::{form as written, form::Quantity, read::Located},
};

/// A form as references can name it.
pub(super) fn defined(file: &FormFile<'_>) -> DefinedForm {
    let form = &file.page.value;
    let is_text = |name: &Located<String>| {
        let field = form.field.iter().find(|field| field.value.id.value == name.value);
        field.is_some_and(|field| matches!(field.value.kind.value.as_str(), "text" | "long-text"))
    };
    let named = form.natural_identity.iter().chain(&form.identity);
    DefinedForm {
        id: file.page.stem.to_owned(),
        is_called_something: form.numbering.is_some() || named.into_iter().any(is_text),
    }
}

/// Checks what forms say about each other.
pub(super) fn check_all(files: &Files<'_>, forms: &mut IdxVec<Form>, dictionaries: &IdxVec<Dictionary>) {
    for (position, file) in forms.positions().zip(&files.forms) {
        circle(position, file, forms);
        same_year(position, file, forms);
    }
    let checked: Vec<Vec<Relation>> = forms
        .iter()
        .zip(&files.forms)
        .map(|(form, file)| {
            let page = &file.page;
            let own = Own { marker: page.marker, written: &page.value, form, forms, dictionaries };
            page.value.relation.iter().filter_map(|relation| own.relation(relation)).collect()
        })
        .collect();
    for (form, relations) in forms.iter_mut().zip(checked) {
        form.relations = relations;
    }
}

/// The forms of which every record needs another one first, right before a record of this form.
fn required(form: &Form) -> impl Iterator<Item = (FieldIdx, FormIdx)> {
    let is_required = |field: &FieldIdx| matches!(form.fields[*field].required, Required::Yes);
    // Of several forms any may be the first.
    let is_only = |to: &ReferenceKind| to.also.iter().all(Option::is_none);
    form.references()
        .filter(move |(field, to)| is_required(field) && is_only(to))
        .map(|(field, to)| (field, to.form))
}

/// Marks the required reference of a form by which its records need each other: none could be the first.
fn circle(position: FormIdx, file: &FormFile<'_>, forms: &IdxVec<Form>) {
    for (field, first) in required(&forms[position]) {
        let (mut seen, mut open) = (BTreeSet::new(), vec![first]);
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(required(&forms[next]).map(|(_, to)| to));
            }
        }
        if !seen.contains(&position) {
            continue;
        }
        let id = &forms[position].fields[field].id;
        let written = file.page.value.field.iter().find(|written| written.value.id.value == *id);
        let none: Span = 0..0;
        file.page.marker.mark(
            written.map_or(&none, |written| &written.span),
            say!(
                "必填的引用 `{id}` 绕成一圈，第一条记录无从登记",
                "the required reference `{id}` leads back to its own form: no record could be the first"
            ),
            say!("请把圈中一个引用改为非必填", "make one of the references of the circle optional"),
        );
    }
}

/// Marks `same_year` of a reference between forms that do not both have a year.
fn same_year(position: FormIdx, file: &FormFile<'_>, forms: &IdxVec<Form>) {
    let form = &forms[position];
    for (field, to) in form.references().filter(|(_, to)| to.same_year) {
        let lacking = std::iter::once(position).chain(to.forms()).find(|form| forms[*form].year.is_none());
        let written = file.page.value.field.iter().map(|written| &written.value);
        let mut key = written.filter(|written| written.id.value == form.fields[field].id);
        if let Some((lacking, key)) = lacking.zip(key.find_map(|written| written.same_year.as_ref())) {
            let id = &forms[lacking].id;
            file.page.marker.mark(
                &key.span,
                say!("`{id}` 没有字段 `year`", "`{id}` has no field `year`"),
                say!("请删去 same_year", "leave `same_year` out"),
            );
        }
    }
}

/// A form with what its relations can name.
struct Own<'a> {
    marker: Marker<'a>,
    written: &'a written::Form,
    form: &'a Form,
    forms: &'a IdxVec<Form>,
    dictionaries: &'a IdxVec<Dictionary>,
}

impl Own<'_> {
    fn relation(&self, written: &Located<written::Relation>) -> Option<Relation> {
        let Located { value, span } = written;
        let to = match &value.reference {
            Some(name) => Some((name, self.reference(name)?)),
            None => None,
        };
        let reference = to.map(|(_, (reference, _))| reference);
        let at = match &value.at {
            Some(at) => self.field(at),
            None => reference.or_else(|| self.without_at(span)),
        };
        let when = match &value.when {
            Some(when) => Some(self.condition(when, None)?),
            None => None,
        };
        let severities = [("error", true), ("warning", false)];
        let is_error =
            value.severity.as_ref().map_or(Some(true), |word| choose(self.marker, word, &severities))?;
        let in_files = value.imported.as_ref();
        let is_error_in_files =
            in_files.map_or(Some(is_error), |word| choose(self.marker, word, &severities))?;
        let check = self.check(value, span, to.map(|(name, (_, to))| (name.value.as_str(), to)))?;
        let message = value.message.clone();
        Some(Relation { reference, at: at?, when, check, message, is_error, is_error_in_files })
    }

    /// Marks a rule over the records of a unit that says of no field that it is at fault.
    fn without_at(&self, span: &Span) -> Option<FieldIdx> {
        self.marker.mark(
            span,
            say!("不写 reference 的 [[relation]] 缺 `at`", "a [[relation]] without `reference` lacks `at`"),
            say!("请写出有误时标出的字段", "name the field at fault"),
        );
        None
    }

    fn check(
        &self,
        value: &written::Relation,
        span: &Span,
        to: Option<(&str, ReferenceKind)>,
    ) -> Option<RelationCheck> {
        match (&value.most, &value.once, &value.that) {
            (None, Some(once), None) => {
                let fields: Vec<_> = once.value.iter().map(|name| self.field(name)).collect();
                fields.into_iter().collect::<Option<_>>().map(RelationCheck::Once)
            }
            (Some(most), None, None) => match to {
                Some((_, to)) => self.most(most, to).map(RelationCheck::Most),
                None => self.without_reference(span),
            },
            (None, None, Some(that)) => match to {
                Some(_) => self.condition(that, to).map(RelationCheck::That),
                None => self.without_reference(span),
            },
            _ => {
                self.marker.mark(
                    span,
                    say!(
                        "[[relation]] 要写且只写 most、once、that 之一",
                        "a [[relation]] has exactly one of `most`, `once` and `that`"
                    ),
                    say!("请留下其中一项", "keep one of them"),
                );
                None
            }
        }
    }

    /// Marks a rule that needs a record referred to and names no reference.
    fn without_reference(&self, span: &Span) -> Option<RelationCheck> {
        self.marker.mark(
            span,
            say!(
                "只有 once 可以不写 reference",
                "only `once` holds over the records of a unit: `most` and `that` need a `reference`"
            ),
            say!("请写出引用字段", "name a field of kind = \"reference\""),
        );
        None
    }

    fn most(&self, written: &Located<Quantity>, to: ReferenceKind) -> Option<Most> {
        match &written.value {
            Quantity::Fixed(number) => Some(Most::Number(*number)),
            Quantity::Field(id) => {
                let name = Located { value: id.clone(), span: written.span.clone() };
                let other = &self.forms[to.form];
                let ids = other.fields.iter().map(|field| field.id.as_str());
                let field: FieldIdx =
                    find(self.marker, &name, ids, &say!("被引用表的字段", "field of the form referred to"))?;
                if other.fields[field].kind.spec().meaning != Meaning::Count {
                    self.marker.mark(
                        &written.span,
                        say!(
                            "`{id}` 不是整数，不能作上限",
                            "`{id}` is not a whole number and cannot be a limit"
                        ),
                        say!(
                            "请改用整数字段或写一个整数",
                            "name a field of whole numbers, or write a number"
                        ),
                    );
                    return None;
                }
                Some(Most::Field(field))
            }
        }
    }

    fn field(&self, name: &Located<String>) -> Option<FieldIdx> {
        let ids = self.form.fields.iter().map(|field| field.id.as_str());
        find(self.marker, name, ids, &say!("字段", "field"))
    }

    /// The field that a relation names as its reference, and what it leads to.
    fn reference(&self, name: &Located<String>) -> Option<(FieldIdx, ReferenceKind)> {
        let field = self.field(name)?;
        if let ValueShape::Reference(to) = self.form.fields[field].kind.spec().shape {
            return Some((field, to));
        }
        let id = &name.value;
        let written = self.written.field.iter().find(|field| field.value.id.value == *id);
        // Where it is a reference, what it leads to is mistaken, and marked.
        if written.is_none_or(|field| field.value.kind.value != "reference") {
            self.marker.mark(
                &name.span,
                say!("字段 `{id}` 不是引用", "the field `{id}` is not a reference"),
                say!("请改用 kind = \"reference\" 的字段", "name a field of kind = \"reference\""),
            );
        }
        None
    }

    /// A condition over the form's fields and, as `reference.field`, those of the form that is referred to.
    fn condition(&self, text: &Located<String>, to: Option<(&str, ReferenceKind)>) -> Option<Condition> {
        if text.value.is_empty() {
            return None;
        }
        let others: Vec<(String, &Field)> = to.map_or_else(Vec::new, |(reference, to)| {
            let fields = self.forms[to.form].fields.iter();
            fields.map(|field| (format!("{reference}.{}", field.id), field)).collect()
        });
        let own = self.form.fields.iter().map(|field| (field.id.as_str(), Some(&field.kind)));
        let others = others.iter().map(|(id, field)| (id.as_str(), Some(&field.kind)));
        let all: Kinds<'_> = own.chain(others).collect();
        let scope = Scope { fields: &all, dictionaries: self.dictionaries, ownership: None };
        compile(&text.value, scope).map_err(|faults| self.marker.mark_faults(text, faults)).ok()
    }
}
