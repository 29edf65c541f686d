//! Key parts: `person(id_field, name_field)`, `field(f)`, `prefix(f, n)`, `unit`.

use crate::{
    check::form::{Fields, person},
    definition::KeyPart,
    expression::{Expression, Fault, Node, parse::parse},
    kinds::{KindSpec, Meaning, ValueShape},
    mistake::say,
    written::read::Located,
};

/// Ways to write a part.
const PARTS: [&str; 4] = ["person(id_field, name_field)", "field(f)", "prefix(f, n)", "unit"];

/// Checks the key of a post; empty when there is none.
pub(super) fn check(key: Option<&Located<Vec<Located<String>>>>, fields: Fields<'_>) -> Option<Vec<KeyPart>> {
    let Some(key) = key else { return Some(Vec::new()) };
    if key.value.is_empty() {
        fields.marker.mark(
            &key.span,
            say!("key 为空", "an empty key"),
            say!("请写明以什么去重", "write what is counted once"),
        );
    }
    let parts: Vec<_> = key.value.iter().map(|written| part(written, fields)).collect();
    parts.into_iter().collect()
}

fn part(written: &Located<String>, fields: Fields<'_>) -> Option<KeyPart> {
    if written.value.is_empty() {
        return None;
    }
    let expression =
        parse(&written.value).map_err(|fault| fields.marker.mark_faults(written, vec![fault])).ok()?;
    let named = |argument: &Expression| Located {
        value: argument.name().unwrap_or_default().to_owned(),
        span: fields.marker.span_inside(written, &argument.span),
    };
    match &expression.node {
        Node::Name(name) if name == "unit" => return Some(KeyPart::Unit),
        Node::Call(part, arguments) => match (part.as_str(), arguments.as_slice()) {
            ("person", [id_number, name]) if named_all(arguments) => {
                return person(&named(id_number), &named(name), fields).map(KeyPart::Person);
            }
            ("field", [field]) if named_all(arguments) => {
                return fields.find(&named(field)).map(KeyPart::Field);
            }
            ("prefix", [field, Expression { node: Node::Number(length), .. }]) if field.name().is_some() => {
                let has_prefix = |kind: &KindSpec<'_>| {
                    matches!(kind.shape, ValueShape::Code(_)) || matches!(kind.meaning, Meaning::Words { .. })
                };
                let field =
                    fields.find_kind(&named(field), has_prefix, &say!("代码或文本", "a code or a text"));
                if let Some(length) = length.parse().ok().filter(|length| *length > 0) {
                    return field.map(|field| KeyPart::Prefix(field, length));
                }
            }
            _ => {}
        },
        _ => {}
    }
    let ways = PARTS.join(", ");
    let fault = Fault {
        span: expression.span,
        message: say!("这不是 key 的一部分", "this is not part of a key"),
        remedy: say!("请写其中之一:{ways}", "write one of: {ways}"),
    };
    fields.marker.mark_faults(written, vec![fault]);
    None
}

fn named_all(arguments: &[Expression]) -> bool {
    arguments.iter().all(|argument| argument.name().is_some())
}
