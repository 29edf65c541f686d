//! The sections of the paper form: every field is in exactly one, or there are none.

use std::collections::BTreeMap;

use crate::{
    check::{
        form::Fields,
        naming::{unique, words},
    },
    definition::{FieldIdx, Section},
    mistake::say,
    written::form::Form,
};

/// Checks the sections of a form.
pub(super) fn check(form: &Form, fields: Fields<'_>) -> Vec<Section> {
    let marker = fields.marker;
    unique(marker, form.section.iter().map(|section| &section.value.id));
    let mut taken: BTreeMap<FieldIdx, &str> = BTreeMap::new();
    let mut sections = Vec::new();
    for section in &form.section {
        let written = &section.value;
        words(marker, &written.id.span, &written.id.value, '-');
        if written.fields.is_empty() {
            marker.mark(
                &section.span,
                say!("这一部分没有字段", "a section without fields"),
                say!("请写 fields = [\"…\"]，或删去此部分", "write fields = [\"…\"], or delete the section"),
            );
        }
        let mut found = Vec::new();
        for name in &written.fields {
            let Some(field) = fields.find(name) else { continue };
            if let Some(first) = taken.insert(field, &written.id.value) {
                let id = &name.value;
                marker.mark(
                    &name.span,
                    say!(
                        "字段 `{id}` 已在 `{first}` 部分",
                        "the field `{id}` stands in the section `{first}` already"
                    ),
                    say!("请只留一处", "leave it in one of them"),
                );
                continue;
            }
            found.push(field);
        }
        sections.push(Section {
            id: written.id.value.clone(),
            label: written.label.clone(),
            help: written.help.clone(),
            fields: found,
        });
    }
    if !form.section.is_empty() {
        for (position, field) in form.field.iter().enumerate() {
            if taken.contains_key(&FieldIdx::new(position)) {
                continue;
            }
            let id = &field.value.id.value;
            marker.mark(
                &field.span,
                say!("字段 `{id}` 不在任何部分", "the field `{id}` stands in no section"),
                say!("请写入某个 [[section]] 的 fields", "name it in the `fields` of a [[section]]"),
            );
        }
    }
    sections
}
