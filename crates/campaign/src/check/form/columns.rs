//! No two columns of a form may have the same title: an import could not tell them apart.

use std::collections::BTreeMap;

use crate::{
    column::normal_title,
    marker::{Marker, Span},
    mistake::say,
    written::{form::Field, read::Located},
};

/// What a title leads to: the field, and whether it is the column of a unit's name.
type Column = (usize, bool);

/// Marks titles that lead to two columns.
pub(super) fn check(marker: Marker<'_>, fields: &[Located<Field>]) {
    let mut taken: BTreeMap<String, Column> = BTreeMap::new();
    for (position, field) in fields.iter().enumerate() {
        for (title, span, of_name) in titles(field) {
            let column = (position, of_name);
            let normal = normal_title(title);
            if normal.is_empty() {
                continue;
            }
            let first = *taken.entry(normal).or_insert(column);
            if first == column {
                continue;
            }
            let other = &fields[first.0].value.id.value;
            marker.mark(
                span,
                say!(
                    "列名“{title}”已属于字段 `{other}`",
                    "the column title \"{title}\" belongs to the field `{other}` already"
                ),
                say!(
                    "请改掉其中一个,否则导入时分不清",
                    "change one of them: an import could not tell them apart"
                ),
            );
        }
    }
}

/// Every title of a field's columns, with its place and whether it is that of a unit's name.
fn titles(field: &Located<Field>) -> impl Iterator<Item = (&str, &Span, bool)> {
    let Field { label, names, name_columns, .. } = &field.value;
    let labels = [&label.zh, &label.en].into_iter().map(|title| (title.as_str(), &field.span, false));
    let names = names.iter().map(|name| (name.value.as_str(), &name.span, false));
    let of_names = name_columns.iter().flat_map(|columns| &columns.value);
    labels.chain(names).chain(of_names.map(|name| (name.value.as_str(), &name.span, true)))
}
