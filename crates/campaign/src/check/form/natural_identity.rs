//! Checks of what a record is known by on paper: `natural_identity`.

use crate::{
    check::{form::Fields, naming::unique},
    definition::{FieldIdx, FormKind},
    kinds::{KindSpec, Meaning, ValueShape},
    mistake::say,
    written::{
        form::{self as written, Need},
        read::Located,
        workflow::Transition,
    },
};

/// Positions of the fields of the natural identity, always stated ones first. A register that names none is
/// known by what identifies it, unless that is a number which the system gives.
pub(super) fn check(
    form: &written::Form,
    kind: FormKind,
    identity: &[FieldIdx],
    fields: Fields<'_>,
) -> Vec<FieldIdx> {
    let number = form.numbering.as_ref().map(|numbering| numbering.value.field.value.as_str());
    let Some(first) = form.natural_identity.first() else {
        let is_number = |field: &FieldIdx| Some(fields.all[*field].0) == number;
        let is_natural = kind.is_register() && !identity.iter().any(is_number);
        let own = if is_natural { identity.to_vec() } else { Vec::new() };
        let (stated, others) = by_need(form, own, fields);
        return [stated, others].concat();
    };
    if !kind.is_register() {
        fields.marker.mark(
            &first.span,
            say!("只有台账的记录有编号之外的识别", "only records of registers have a natural identity"),
            say!("请删去 natural_identity", "leave `natural_identity` out"),
        );
        return Vec::new();
    }
    unique(fields.marker, form.natural_identity.iter());
    let listed: Vec<_> = form.natural_identity.iter().filter(|field| field.value != "unit").collect();
    for field in &listed {
        let id = &field.value;
        if Some(id.as_str()) == number {
            fields.marker.mark(
                &field.span,
                say!(
                    "`{id}` 由系统编号，旧文件里没有",
                    "`{id}` is a number that is given: no old file has it"
                ),
                say!("请写名称、人员、日期一类的字段", "name fields such as title, person and date"),
            );
        }
        unchanged(form, field, fields);
    }
    let wanted = say!(
        "单行文本、号码、代码、日期、年份、整数或单位",
        "a text of one line, a number of a person, a code, a date, a year, a whole number or a unit"
    );
    let found = listed.iter().filter_map(|field| fields.find_kind(field, is_comparable, &wanted));
    let (stated, others) = by_need(form, found.collect(), fields);
    if stated.is_empty() {
        fields.marker.mark(
            &first.span,
            say!("其中没有必填字段，识别可能为空", "none of its fields is always required: it may be empty"),
            say!("请至少写一个 required = true 的字段", "name at least one field with required = true"),
        );
    }
    [stated, others].concat()
}

/// Those of the fields that are always required, and the others.
fn by_need(form: &written::Form, all: Vec<FieldIdx>, fields: Fields<'_>) -> (Vec<FieldIdx>, Vec<FieldIdx>) {
    all.into_iter().partition(|field| {
        let id = fields.all[*field].0;
        let own = form.field.iter().find(|field| field.value.id.value == id);
        own.is_some_and(|field| matches!(field.value.required, Need::Always))
    })
}

/// Whether two clerks write such a value alike.
fn is_comparable(kind: &KindSpec<'_>) -> bool {
    match kind.shape {
        ValueShape::Text => kind.meaning != Meaning::Words { lines: true },
        ValueShape::Integer => !matches!(kind.meaning, Meaning::Money { .. }),
        ValueShape::Date
        | ValueShape::Period(_)
        | ValueShape::Code(_)
        | ValueShape::Unit
        | ValueShape::Reference(_) => true,
        ValueShape::Table(_) | ValueShape::Decimal | ValueShape::Flag => false,
    }
}

/// A transition cannot set it: the file that a record came from would not know the record again.
fn unchanged(form: &written::Form, name: &Located<String>, fields: Fields<'_>) {
    let id = &name.value;
    // A given value is written `field = 'value'`, `field` or `not field`.
    let gives = |text: &str| {
        let field = text.split('=').next().unwrap_or_default().trim();
        field.strip_prefix("not ").unwrap_or(field).trim() == id
    };
    let writes = |step: &Transition| {
        step.sets.iter().chain(&step.clears).any(|set| set.value == *id)
            || step.gives.iter().any(|text| gives(&text.value))
    };
    if form.transition.iter().any(|step| writes(&step.value)) {
        fields.marker.mark(
            &name.span,
            say!(
                "步骤会改 `{id}`，原文件就认不出这条记录",
                "a transition changes `{id}`: its file would not know the record again"
            ),
            say!("请换一个登记后不变的字段", "name a field that stays as it was entered"),
        );
    }
}
