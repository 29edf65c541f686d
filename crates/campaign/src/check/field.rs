//! Checks of one field: its id, and that it has only keys which its kind takes.
//! What these may be is checked by the kind ([`crate::kinds`]).

use crate::{
    check::naming::{Defined, choose, words},
    definition::FieldKind,
    expression::parse::RESERVED,
    kinds::{FieldKeys, KINDS},
    marker::Marker,
    mistake::say,
    written::{form::Field, read::Located},
};

/// Checks what a field holds; `None` when that cannot be told.
pub(crate) fn kind(marker: Marker<'_>, field: &Located<Field>, defined: &Defined<'_>) -> Option<FieldKind> {
    let written = &field.value;
    name(marker, &written.id);
    let kinds: Vec<_> = KINDS.iter().map(|kind| (kind.name, *kind)).collect();
    let kind = choose(marker, &written.kind, &kinds)?;
    foreign_keys(marker, written, kind.keys);
    (kind.check)(&FieldKeys { marker, field: written, defined })
}

fn name(marker: Marker<'_>, id: &Located<String>) {
    words(marker, &id.span, &id.value, '_');
    if RESERVED.contains(&id.value.as_str()) {
        let word = &id.value;
        marker.mark(
            &id.span,
            say!("`{word}` 在条件里另有含义,不能作字段名", "`{word}` has a meaning of its own in conditions"),
            say!("请换一个名称", "choose another id"),
        );
    }
}

/// Marks keys that only other kinds take.
fn foreign_keys(marker: Marker<'_>, field: &Field, taken: &[&str]) {
    let kind = &field.kind.value;
    for (key, span) in FieldKeys::own(field) {
        if let Some(span) = span.filter(|_| !taken.contains(&key)) {
            marker.mark(
                span,
                say!("{kind} 类字段没有 `{key}`", "`{key}` means nothing for a field of kind {kind}"),
                say!("请删去此项或改正 kind", "leave it out or correct the kind"),
            );
        }
    }
}
