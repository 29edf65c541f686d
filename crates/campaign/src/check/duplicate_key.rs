//! Checks of the keys that find duplicates: `person(id_field, name_field)`, `field(f)`, `year(f)`.

use crate::{
    check::{
        form::{Fields, person},
        naming::{unique, words},
    },
    definition::{DuplicateKey, DuplicateKeyPart, FormKind},
    expression::{Expression, Fault, Node, parse::parse},
    kinds::KindSpec,
    mistake::say,
    written::{form as written, read::Located},
};

/// Ways to write a part.
const PARTS: [&str; 3] = ["person(id_field, name_field)", "field(f)", "year(f)"];

/// Checks the claims of a form of this kind.
pub(super) fn check(form: &written::Form, kind: FormKind, fields: Fields<'_>) -> Vec<DuplicateKey> {
    unique(fields.marker, form.claim.iter().map(|claim| &claim.value.id));
    if let Some(claim) = form.claim.first().filter(|_| !kind.is_register()) {
        fields.marker.mark(
            &claim.span,
            say!("只有台账的记录会重复申报", "only records of registers can claim the same"),
            say!("请把 [[claim]] 移到台账", "move [[claim]] to a register"),
        );
    }
    form.claim.iter().filter_map(|claim| compile_key(&claim.value, fields)).collect()
}

fn compile_key(claim: &written::Claim, fields: Fields<'_>) -> Option<DuplicateKey> {
    words(fields.marker, &claim.id.span, &claim.id.value, '-');
    let Located { value: written, span } = &claim.key;
    if written.is_empty() {
        fields.marker.mark(
            span,
            say!("key 为空", "an empty key"),
            say!("请写明凭什么认定是同一项", "write what makes two records claim the same"),
        );
    }
    let parts: Vec<_> = written.iter().map(|written| part(written, fields)).collect();
    let key: Option<Vec<_>> = parts.into_iter().collect();
    Some(DuplicateKey { id: claim.id.value.clone(), label: claim.label.clone(), key: key? })
}

fn part(written: &Located<String>, fields: Fields<'_>) -> Option<DuplicateKeyPart> {
    if written.value.is_empty() {
        return None;
    }
    let expression =
        parse(&written.value).map_err(|fault| fields.marker.mark_faults(written, vec![fault])).ok()?;
    let named = |argument: &Expression| Located {
        value: argument.name().unwrap_or_default().to_owned(),
        span: fields.marker.span_inside(written, &argument.span),
    };
    if let Node::Call(part, arguments) = &expression.node
        && arguments.iter().all(|argument| argument.name().is_some())
    {
        let is_time = |kind: &KindSpec<'_>| kind.meaning.tells_year();
        match (part.as_str(), arguments.as_slice()) {
            ("person", [id_number, name]) => {
                return person(&named(id_number), &named(name), fields).map(DuplicateKeyPart::Person);
            }
            ("field", [field]) => return fields.find(&named(field)).map(DuplicateKeyPart::Field),
            ("year", [field]) => {
                let wanted = say!("日期或年份", "a date or a year");
                return fields.find_kind(&named(field), is_time, &wanted).map(DuplicateKeyPart::Year);
            }
            _ => {}
        }
    }
    let ways = PARTS.join(", ");
    let fault = Fault {
        span: expression.span,
        message: say!("这不是 key 的一部分", "this is not part of the key of a claim"),
        remedy: say!("请写其中之一：{ways}", "write one of: {ways}"),
    };
    fields.marker.mark_faults(written, vec![fault]);
    None
}
