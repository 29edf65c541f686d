//! Checks of derived fields, when all forms are known: what they follow from, that nothing else states them, and that
//! none follows from itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    check::files::Files,
    definition::{DerivedField, Dictionary, FieldIdx, Form, FormIdx, IdxVec, Label, Required},
    expression::derived::{Scope, compile},
    kinds::ValueShape,
    marker::Marker,
    mistake::say,
    written::{
        form::{Field as WrittenField, FieldTransitions},
        read::Located,
    },
};

/// A field of a form.
pub(super) type FieldOfForm = (FormIdx, FieldIdx);

/// Checks the derived fields of all forms and puts each after those that it follows from.
pub(super) fn check_all(
    files: &Files<'_>,
    forms: &mut IdxVec<Form>,
    dictionaries: &IdxVec<Dictionary>,
    mistaken: &BTreeSet<FieldOfForm>,
) {
    let mut found: BTreeMap<FieldOfForm, DerivedField> = BTreeMap::new();
    let mut written: BTreeMap<FieldOfForm, (Marker<'_>, &Located<String>)> = BTreeMap::new();
    for (position, file) in forms.positions().zip(&files.forms) {
        let (form, marker) = (&forms[position], file.page.marker);
        for (field, of_file) in form.fields.positions().zip(&file.page.value.field) {
            let of_file = &of_file.value;
            let Some(text) = &of_file.derived else {
                needless(marker, of_file);
                continue;
            };
            if mistaken.contains(&(position, field)) {
                continue;
            }
            if let Some(fault) = refused_as_derived(form, field, of_file) {
                let Label { zh, en } = fault;
                let id = &of_file.id.value;
                marker.mark(
                    &text.span,
                    say!("算出的字段 `{id}` {zh}", "the derived field `{id}` {en}"),
                    say!("请删去其一", "leave out one of the two"),
                );
                continue;
            }
            let scope = Scope { form: position, forms, dictionaries, mistaken };
            match compile(&text.value, &form.fields[field].kind, scope) {
                Ok(from) => {
                    let also_closed = of_file.also_closed.as_ref().is_some_and(|key| key.value);
                    found.insert((position, field), DerivedField { field, from, also_closed });
                    written.insert((position, field), (marker, text));
                }
                Err(faults) => marker.mark_faults(text, faults),
            }
        }
    }
    for field in in_order(forms, &found, &written) {
        if let Some(derived) = found.remove(&field) {
            forms[field.0].derived.push(derived);
        }
    }
}

/// `also_closed` of a field that is stated.
fn needless(marker: Marker<'_>, field: &WrittenField) {
    if let Some(key) = &field.also_closed {
        marker.mark(
            &key.span,
            say!("`also_closed` 只用于算出的字段", "`also_closed` is for derived fields alone"),
            say!("请删去此项，或写 derived = \"…\"", "leave it out, or add `derived = \"…\"`"),
        );
    }
}

/// In which way a derived field would be stated after all; `None` when it is not.
fn refused_as_derived(form: &Form, field: FieldIdx, written: &WrittenField) -> Option<Label> {
    let has_steps = !matches!(written.stated_in, FieldTransitions::Derived) || written.with.is_some();
    let is_named = || {
        form.identity.contains(&field)
            || form.natural_identity.contains(&field)
            || form.unit == Some(field)
            || form.year == Some(field)
            || form.numbering.as_ref().is_some_and(|numbering| numbering.field == field)
    };
    let is_of_person = || {
        let mut persons = form.persons.iter();
        persons.any(|person| [Some(person.id_number), Some(person.name), person.phone].contains(&Some(field)))
    };
    let is_in_step = || {
        let workflow = form.workflow.as_ref();
        workflow.is_some_and(|workflow| workflow.transitions.iter().any(|step| step.writes(field)))
    };
    let decides = || {
        let states = form.workflow.iter().flat_map(|workflow| workflow.states.iter());
        let mut looked_at = Vec::new();
        states.filter_map(|state| state.when.as_ref()).for_each(|when| when.fields(&mut looked_at));
        looked_at.contains(&field)
    };
    let spec = form.fields[field].kind.spec();
    if !form.kind.is_register() {
        return Some(say!(
            "不在台账里：只有台账可以有",
            "is not in a register: only registers have such fields"
        ));
    }
    if matches!(spec.shape, ValueShape::Table(_) | ValueShape::Reference(_)) || spec.personal.is_some() {
        return Some(say!(
            "不能是表格、引用或个人号码",
            "cannot be a table, a reference or a personal number"
        ));
    }
    if !matches!(form.fields[field].required, Required::No) {
        return Some(say!("不能必填：没有人填它", "cannot be required: nobody states it"));
    }
    if form.fields[field].when.is_some() || has_steps || is_in_step() {
        return Some(say!(
            "不能由步骤或表单填写（when、with、stated_in、needs、sets、gives、clears）",
            "is asked for (when, with, stated_in, needs, sets, gives or clears)"
        ));
    }
    if decides() {
        return Some(say!("不能决定状态：状态随步骤走", "cannot decide a state: nobody would take the step"));
    }
    (is_named() || is_of_person())
        .then(|| say!("不能用来识别记录或个人", "cannot identify a record or a person"))
}

/// The derived fields, each after those that it follows from; circles are marked.
fn in_order(
    forms: &IdxVec<Form>,
    all: &BTreeMap<FieldOfForm, DerivedField>,
    written: &BTreeMap<FieldOfForm, (Marker<'_>, &Located<String>)>,
) -> Vec<FieldOfForm> {
    let mut order: Vec<FieldOfForm> = Vec::new();
    let mut left: BTreeSet<FieldOfForm> = all.keys().copied().collect();
    loop {
        let is_free = |field: &&FieldOfForm| {
            all.get(*field).is_some_and(|derived| {
                follows_from(forms, field.0, derived).iter().all(|from| !left.contains(from))
            })
        };
        let free: Vec<FieldOfForm> = left.iter().filter(is_free).copied().collect();
        if free.is_empty() {
            break;
        }
        for field in free {
            left.remove(&field);
            order.push(field);
        }
    }
    for field in left {
        let Some((marker, text)) = written.get(&field) else { continue };
        let id = &forms[field.0].fields[field.1].id;
        marker.mark(
            &text.span,
            say!(
                "算出的字段 `{id}` 绕成一圈，最后还是从它自己算出",
                "the derived field `{id}` is part of a circle, or follows from one"
            ),
            say!("请断开这一圈", "break the circle"),
        );
    }
    order
}

/// The fields that a derived field looks at.
fn follows_from(forms: &IdxVec<Form>, form: FormIdx, derived: &DerivedField) -> Vec<FieldOfForm> {
    let own = derived.from.own_fields().into_iter().map(|field| (form, field));
    let mut found: Vec<FieldOfForm> = own.collect();
    for (reference, field) in derived.from.referred_fields() {
        if let ValueShape::Reference(to) = forms[form].fields[reference].kind.spec().shape {
            found.push((to.form, field));
        }
    }
    derived.from.for_each_referring(&mut |referring, amount| {
        let mut fields: Vec<FieldIdx> = amount.into_iter().collect();
        if let Some(when) = &referring.when {
            when.fields(&mut fields);
        }
        found.extend(fields.into_iter().map(|field| (referring.form, field)));
    });
    found
}
