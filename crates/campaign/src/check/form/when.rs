//! Checks of `when`: of which records a form asks for a field.

use crate::{
    check::form::Fields,
    condition::Condition,
    mistake::say,
    written::{
        form::{Field, Need},
        read::Located,
    },
};

/// The condition of a field. What must always be stated has none, and no field depends on itself.
pub(super) fn check(field: &Located<Field>, fields: Fields<'_>) -> Option<Condition> {
    let written = field.value.when.as_ref()?;
    if matches!(field.value.required, Need::Always) {
        fields.marker.mark(
            &written.span,
            say!("必填字段总是要填，不能有条件", "a required field is stated in every record"),
            say!("请删去 when，或写 required = \"条件\"", "leave `when` out, or make `required` a condition"),
        );
    }
    let condition = fields.condition(written, false)?;
    let mut named = Vec::new();
    condition.fields(&mut named);
    let id = &field.value.id.value;
    if named.iter().any(|position| fields.all[*position].0 == id) {
        fields.marker.mark(
            &written.span,
            say!("`{id}` 的条件里有它自己", "the condition of `{id}` looks at the field itself"),
            say!("请改用其他字段", "name other fields"),
        );
        return None;
    }
    Some(condition)
}
