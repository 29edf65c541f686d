//! Checks of one field: its kind, and the keys that this kind takes.

mod rows;

use model::month::Year;

use crate::{
    check::names::{Defined, choose, find, words},
    definition::FieldKind,
    expression::parse::RESERVED,
    marker::{Marker, Span},
    mistake::say,
    written::{
        form::Field,
        read::{At, Number},
    },
};

/// Most characters of a text, where nothing is written.
const TEXT_MAX: i64 = 200;
/// The same for texts of several lines.
const LONG_TEXT_MAX: i64 = 4000;
/// Largest whole number, where nothing is written: more than any federation has of anything.
const INTEGER_MAX: i64 = 1_000_000_000;
/// Years, where nothing is written.
const YEARS: (i64, i64) = (1990, 2100);

/// Kinds as written, with the keys that each takes beside those of all fields.
const KINDS: [(&str, &[&str]); 16] = [
    ("text", &["max"]),
    ("long-text", &["max"]),
    ("integer", &["min", "max"]),
    ("decimal", &["min", "max"]),
    ("money", &["scale"]),
    ("date", &["future"]),
    ("year", &["min", "max"]),
    ("flag", &[]),
    ("code", &["dictionary"]),
    ("id-number", &[]),
    ("phone", &[]),
    ("shares", &[]),
    ("rows", &["most", "column"]),
    ("org-code", &[]),
    ("uscc", &[]),
    ("unit", &["name_columns"]),
];

/// Checks what a field holds; `None` when that cannot be told.
pub(super) fn kind(marker: Marker<'_>, field: &At<Field>, defined: &Defined<'_>) -> Option<FieldKind> {
    let written = &field.value;
    name(marker, &written.id);
    let taken = choose(marker, &written.kind, &KINDS)?;
    foreign_keys(marker, written, taken);
    Some(match written.kind.value.as_str() {
        "text" => FieldKind::Text { max: characters(marker, written, TEXT_MAX), lines: false },
        "long-text" => FieldKind::Text { max: characters(marker, written, LONG_TEXT_MAX), lines: true },
        "integer" => {
            let (min, max) = whole_bounds(marker, written, (0, INTEGER_MAX));
            FieldKind::Integer { min, max }
        }
        "decimal" => {
            let bound = |at: &Option<At<Number>>, default| {
                let at = at.as_ref().filter(|at| at.value.is_known());
                at.map_or(default, |at| at.value.value)
            };
            let (min, max) = (bound(&written.min, f64::MIN), bound(&written.max, f64::MAX));
            in_order(marker, written, min <= max);
            FieldKind::Decimal { min, max }
        }
        "money" => FieldKind::Money { fen_per_unit: scale(marker, written.scale.as_ref())? },
        "date" => FieldKind::Date { future: written.future.as_ref().is_some_and(|future| future.value) },
        "year" => {
            let (min, max) = whole_bounds(marker, written, YEARS);
            FieldKind::Year { min: year(min), max: year(max) }
        }
        "flag" => FieldKind::Flag,
        "code" => FieldKind::Code { dictionary: dictionary(marker, field, defined)? },
        "id-number" => FieldKind::IdNumber,
        "phone" => FieldKind::Phone,
        "shares" => FieldKind::Shares,
        "rows" => rows::kind(marker, written, defined)?,
        "org-code" => FieldKind::OrgCode,
        "uscc" => FieldKind::Uscc,
        _ => {
            let columns = written.name_columns.iter().flat_map(|columns| &columns.value);
            FieldKind::Unit { name_columns: columns.map(|column| column.value.clone()).collect() }
        }
    })
}

fn name(marker: Marker<'_>, id: &At<String>) {
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
    let given: [(&str, Option<&Span>); 8] = [
        ("min", field.min.as_ref().map(|at| &at.span)),
        ("max", field.max.as_ref().map(|at| &at.span)),
        ("scale", field.scale.as_ref().map(|at| &at.span)),
        ("future", field.future.as_ref().map(|at| &at.span)),
        ("dictionary", field.dictionary.as_ref().map(|at| &at.span)),
        ("name_columns", field.name_columns.as_ref().map(|at| &at.span)),
        ("most", field.most.as_ref().map(|at| &at.span)),
        ("column", field.column.as_ref().map(|at| &at.span)),
    ];
    let kind = &field.kind.value;
    for (key, span) in given {
        if let Some(span) = span.filter(|_| !taken.contains(&key)) {
            marker.mark(
                span,
                say!("{kind} 类字段没有 `{key}`", "`{key}` means nothing for a field of kind {kind}"),
                say!("请删去此项或改正 kind", "leave it out or correct the kind"),
            );
        }
    }
}

fn characters(marker: Marker<'_>, field: &Field, default: i64) -> usize {
    let (_, max) = whole_bounds(marker, field, (1, default));
    usize::try_from(max).unwrap_or_default()
}

fn whole_bounds(marker: Marker<'_>, field: &Field, default: (i64, i64)) -> (i64, i64) {
    let bound = |at: &Option<At<Number>>, default| match at.as_ref().filter(|at| at.value.is_known()) {
        None => default,
        Some(at) => at.value.whole.unwrap_or_else(|| {
            marker.mark(
                &at.span,
                say!("这里需要整数", "a whole number is needed here"),
                say!("请去掉小数", "leave the decimals out"),
            );
            default
        }),
    };
    let (min, max) = (bound(&field.min, default.0), bound(&field.max, default.1));
    in_order(marker, field, min <= max);
    (min, max)
}

fn in_order(marker: Marker<'_>, field: &Field, holds: bool) {
    if let Some(at) = field.max.as_ref().or(field.min.as_ref()).filter(|_| !holds) {
        marker.mark(
            &at.span,
            say!("上限小于下限,没有值可填", "no value lies between these bounds"),
            say!("请改正 min 和 max", "correct min and max"),
        );
    }
}

fn year(bound: i64) -> Year {
    Year::try_from(bound).unwrap_or(if bound < 0 { Year::MIN } else { Year::MAX })
}

/// How many fen a bare number means.
fn scale(marker: Marker<'_>, scale: Option<&At<String>>) -> Option<i64> {
    scale.map_or(Some(100), |scale| choose(marker, scale, &[("yuan", 100), ("wan", 1_000_000)]))
}

fn dictionary(marker: Marker<'_>, field: &At<Field>, defined: &Defined<'_>) -> Option<usize> {
    let Some(name) = &field.value.dictionary else {
        marker.mark(
            &field.value.kind.span,
            say!("代码字段没有指明字典", "a field of kind code without its dictionary"),
            say!("请写 dictionary = \"…\"", "add dictionary = \"…\""),
        );
        return None;
    };
    let ids = defined.dictionaries.iter().map(|dictionary| dictionary.id.as_str());
    find(marker, name, ids, &say!("字典", "dictionary"))
}
