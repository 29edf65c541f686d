//! What a field says of its past: its former id, its former kind.

use super::Fields;
use crate::{
    check::naming::choose,
    definition::FormerField,
    kinds::KINDS,
    mistake::say,
    written::{form::Field, read::Located},
};

/// Checks what a field says of its past.
pub(super) fn check(field: &Located<Field>, fields: Fields<'_>) -> FormerField {
    let written = &field.value;
    let id = written.was.as_ref();
    if let Some(was) = id.filter(|was| fields.all.iter().any(|(id, _)| *id == was.value)) {
        let name = &was.value;
        fields.marker.mark(
            &was.span,
            say!(
                "`{name}` 仍是本表的字段，不能是旧名",
                "`{name}` is a field of this form still, and no former name"
            ),
            say!("请改正 was", "correct `was`"),
        );
    }
    let known: Vec<_> = KINDS.iter().map(|kind| (kind.name, kind.name)).collect();
    let former_kind = written.from.as_ref().and_then(|from| choose(fields.marker, from, &known));
    // What earlier versions have said is known when the version follows them.
    FormerField {
        id: id.map(|was| was.value.clone()),
        kind: former_kind.map(str::to_owned),
        ..FormerField::default()
    }
}
