//! What a record stated before a change, as its difference from what it stated after it. Most changes set a few fields,
//! so that most versions of a record take a few bytes.
//!
//! Written as a text: a mark, and a JSON object of the fields that differ. `null` stands for a field that was not
//! there before, a value for what stood there, and a list of place and value for a field that is not there any more.

use std::{borrow::Cow, fmt::Write as _};

use super::{
    Scalar, entries,
    value::{push_not_applicable, push_quoted},
};

/// What a difference begins with: no JSON object does.
pub(super) const MARK: &str = "-";

type Fields<'a> = Vec<(Cow<'a, str>, Scalar<'a>)>;

/// Whether a text is a difference.
pub(crate) fn is_difference(text: &str) -> bool {
    text.starts_with(MARK)
}

/// How `before` differs from `after`; `None` when that cannot be said, or is no shorter than `before` itself.
pub(crate) fn difference(before: &str, after: &str) -> Option<String> {
    let (former, present) = (entries(before)?, entries(after)?);
    let is_plain = |fields: &Fields<'_>| {
        fields.iter().all(|(_, value)| !matches!(value, Scalar::Null | Scalar::Nested(_)))
    };
    if !is_plain(&former) || !is_plain(&present) {
        return None;
    }
    let find = |fields: &Fields<'_>, name: &str| fields.iter().position(|(other, _)| other == name);
    let mut text = format!("{MARK}{{");
    let push_name = |text: &mut String, name: &str| {
        if text.len() > MARK.len() + 1 {
            text.push(',');
        }
        push_quoted(text, name)?;
        text.push(':');
        Some(())
    };
    for (name, _) in present.iter().filter(|(name, _)| find(&former, name).is_none()) {
        push_name(&mut text, name)?;
        text.push_str("null");
    }
    for (place, (name, value)) in former.iter().enumerate() {
        match find(&present, name) {
            Some(same) if present[same].1 == *value => {}
            Some(_) => {
                push_name(&mut text, name)?;
                push_value(&mut text, value)?;
            }
            None => {
                push_name(&mut text, name)?;
                write!(text, "[{place},").ok()?;
                push_value(&mut text, value)?;
                text.push(']');
            }
        }
    }
    text.push('}');
    // It must lead back to the letter: the order of fields, and how values are written.
    (text.len() < before.len() && apply(&text, after).as_deref() == Some(before)).then_some(text)
}

/// What a record stated before, from its difference and from what it stated after; `None` when they do not fit.
pub(crate) fn apply(difference: &str, after: &str) -> Option<String> {
    let changes = entries(difference.strip_prefix(MARK)?)?;
    let mut fields: Vec<(Cow<'_, str>, Value<'_>)> =
        entries(after)?.into_iter().map(|(name, value)| (name, Value::Scalar(value))).collect();
    for (name, value) in changes {
        let present = fields.iter().position(|(other, _)| *other == name);
        match (value, present) {
            (Scalar::Null, Some(place)) => drop(fields.remove(place)),
            // It was taken out of what came after as well.
            (Scalar::Null, None) => {}
            (Scalar::Nested(list), None) => {
                let (place, value) = list.strip_prefix('[')?.strip_suffix(']')?.split_once(',')?;
                let place = place.parse::<usize>().ok()?.min(fields.len());
                fields.insert(place, (name, Value::Written(value.to_owned())));
            }
            (Scalar::Nested(list), Some(place)) => {
                let (_, value) = list.strip_prefix('[')?.strip_suffix(']')?.split_once(',')?;
                fields[place].1 = Value::Written(value.to_owned());
            }
            (value, Some(place)) => fields[place].1 = Value::Scalar(value),
            (value, None) => fields.push((name, Value::Scalar(value))),
        }
    }
    let mut text = String::with_capacity(after.len() + difference.len());
    text.push('{');
    for (number, (name, value)) in fields.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        push_quoted(&mut text, name)?;
        text.push(':');
        match value {
            Value::Scalar(value) => push_value(&mut text, value)?,
            Value::Written(json) => text.push_str(json),
        }
    }
    text.push('}');
    Some(text)
}

enum Value<'a> {
    Scalar(Scalar<'a>),
    /// As JSON.
    Written(String),
}

fn push_value(text: &mut String, value: &Scalar<'_>) -> Option<()> {
    match value {
        Scalar::Null => text.push_str("null"),
        Scalar::Flag(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Scalar::Number(number) => text.push_str(number),
        Scalar::Nested(json) => text.push_str(json),
        Scalar::Text(value) => push_quoted(text, value)?,
        Scalar::NotApplicable(reason) => push_not_applicable(text, reason)?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, expected: Option<&str>) {
        let found = difference(before, after);
        assert_eq!(found.as_deref(), expected, "{before} → {after}");
        if let Some(found) = found {
            assert_eq!(apply(&found, after).as_deref(), Some(before));
        }
    }

    #[test]
    fn a_difference_leads_back_to_the_letter() {
        let before = r#"{"unit":5,"title":"关于仓库的建议，长一些","day":"2014-01-07","score":79.5}"#;
        check(before, before, Some("-{}"));
        let decided = r#"{"unit":5,"title":"关于仓库的建议，长一些","day":"2014-01-07","score":79.5,"decision":"adopted"}"#;
        check(before, decided, Some(r#"-{"decision":null}"#));
        let corrected = r#"{"unit":5,"title":"另一个","day":"2014-01-07","score":80.0}"#;
        check(before, corrected, Some(r#"-{"title":"关于仓库的建议，长一些","score":79.5}"#));
        let cut = r#"{"unit":5,"day":"2014-01-07"}"#;
        check(before, cut, Some(r#"-{"title":[1,"关于仓库的建议，长一些"],"score":[3,79.5]}"#));
        let quoted = r#"{"a":"\"\\,]","b":"long enough to be worth it, is it not"}"#;
        check(quoted, r#"{"b":"long enough to be worth it, is it not"}"#, Some(r#"-{"a":[0,"\"\\,]"]}"#));
    }

    #[test]
    fn what_cannot_be_said_as_a_difference_is_not() {
        check(r#"{"a":1}"#, r#"{"b":2}"#, None);
        check(
            r#"{"a":{"b":1},"c":"long enough to be worth it"}"#,
            r#"{"c":"long enough to be worth it"}"#,
            None,
        );
        // Another order.
        check(r#"{"a":"some text","b":"another text"}"#, r#"{"b":"another text","a":"some text"}"#, None);
        check("no object", "{}", None);
    }

    #[test]
    fn what_is_taken_out_of_the_later_version_is_out_of_the_earlier_one() {
        let (before, after) = (r#"{"name":"甲","phone":"1","b":1}"#, r#"{"name":"甲","phone":"1","b":2}"#);
        let found = difference(before, after).unwrap();
        let removed = r#"{"name":"~~x","b":2}"#;
        assert_eq!(apply(&found, removed).as_deref(), Some(r#"{"name":"~~x","b":1}"#));
    }
}
