//! Which fields can be answered by saying that they are not applicable.

use super::Fields;
use crate::{
    definition::{FieldKind, FormKind},
    kinds::{KindSpec, Meaning, ValueShape},
    mistake::say,
    written::{
        form::{Field, Form, Need},
        read::Located,
    },
};

/// Checks `not_applicable`. Without it, the optional quantities and flags of forms that are asked of every unit alike.
pub(super) fn check(
    (field, kind): (&Located<Field>, Option<&FieldKind>),
    form: &Form,
    form_kind: FormKind,
    fields: Fields<'_>,
) -> bool {
    let Some(kind) = kind else { return false };
    let (written, spec) = (&field.value, kind.spec());
    let identifies = identifies(form, &written.id.value);
    let Some(key) = &written.not_applicable else {
        let is_optional = matches!(written.required, Need::Never);
        let is_asked_of_all = matches!(form_kind, FormKind::Return | FormKind::Baseline);
        let is_answer = spec.meaning.is_quantity() || matches!(spec.shape, ValueShape::Flag);
        return is_optional && is_asked_of_all && is_answer && !identifies;
    };
    if key.value && form_kind.has_records() && fits(&spec) && !identifies {
        return true;
    }
    if key.value {
        let id = &written.id.value;
        fields.marker.mark(
            &key.span,
            say!("字段 `{id}` 不能填“不适用”", "the field `{id}` cannot be answered as not applicable"),
            say!(
                "只有数量、是否、日期和代码字段可以，名册、年份以及标识记录或人员的字段除外；请删去 not_applicable",
                "leave it out: only quantities, flags, dates and codes can, and neither in the roster nor where they tell which record it is"
            ),
        );
    }
    false
}

/// Whether values of a kind leave room for another answer.
fn fits(spec: &KindSpec<'_>) -> bool {
    let is_plain = match spec.shape {
        ValueShape::Integer
        | ValueShape::Decimal
        | ValueShape::Date
        | ValueShape::Flag
        | ValueShape::Code(_) => true,
        // A text can say it in its own words.
        ValueShape::Text
        | ValueShape::Period(_)
        | ValueShape::Table(_)
        | ValueShape::Unit
        | ValueShape::Reference(_) => false,
    };
    is_plain && spec.meaning != Meaning::Year && spec.personal.is_none()
}

/// Whether a field tells which record it is, what it is numbered by, or who somebody is.
fn identifies(form: &Form, id: &str) -> bool {
    let persons = form.by_name_only.0.iter().chain(&form.persons.0);
    let names =
        persons.flat_map(|person| [Some(&person.name), Some(&person.id_number), person.phone.as_ref()]);
    let numbering = form.numbering.as_ref().map(|numbering| &numbering.value.field);
    let identity = form.identity.iter().chain(&form.natural_identity);
    identity.chain(numbering).chain(names.flatten()).any(|named| named.value == id)
}
