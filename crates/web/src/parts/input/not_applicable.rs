//! The answer that a field is not applicable, with its reason: beside the input of its value, and within one text with
//! it in what a form states, so that drafts, conflicts and corrections carry it like anything else that was typed.

use std::collections::BTreeMap;

use app::{
    Snapshot,
    answers::{NOT_APPLICABLE, not_applicable_text, reason},
};
use model::value::MOST_REASON;

use super::Typed;

/// What the box is called that says so.
const TICK: &str = "not-applicable.";
/// What the reason is called.
const REASON: &str = "why.";
/// Between a value and the answer that there is none: both are kept until somebody takes one away.
const BETWEEN: &str = "；";

/// The box and the reason beside an input.
#[derive(Debug, Clone)]
pub(crate) struct NotApplicable {
    /// The name of the box.
    pub(crate) tick: String,
    /// The name of the reason.
    pub(crate) name: String,
    /// Whether it is ticked.
    pub(crate) is_ticked: bool,
    /// The reason.
    pub(crate) reason: String,
    /// Most characters of it.
    pub(crate) longest: usize,
}

impl NotApplicable {
    /// What is in them, and what is in the input itself.
    pub(super) fn new(snapshot: &Snapshot, field: &str, typed: &str) -> (Self, String) {
        let (value, found) = split(snapshot, typed);
        let own = Self {
            tick: format!("{TICK}{field}"),
            name: format!("{REASON}{field}"),
            is_ticked: found.is_some(),
            reason: found.unwrap_or_default(),
            longest: MOST_REASON,
        };
        (own, value.to_owned())
    }
}

/// The value in what was typed, and the reason why there is none.
fn split<'t>(snapshot: &Snapshot, typed: &'t str) -> (&'t str, Option<String>) {
    if let Some(found) = reason(snapshot, typed) {
        return ("", Some(found));
    }
    let both = typed.split_once(BETWEEN).filter(|(_, after)| after.starts_with(NOT_APPLICABLE));
    both.map_or((typed, None), |(value, after)| (value, reason(snapshot, after)))
}

/// The boxes and reasons of what a form has sent.
#[derive(Default)]
pub(super) struct SentAnswers(BTreeMap<String, String>);

impl SentAnswers {
    /// Takes what belongs to such an answer. A reason says so as well as the box does.
    pub(super) fn take(&mut self, name: &str, value: &str) -> bool {
        if let Some(field) = name.strip_prefix(TICK) {
            self.0.entry(field.to_owned()).or_default();
            return true;
        }
        let Some(field) = name.strip_prefix(REASON) else { return false };
        if !value.trim().is_empty() {
            value.trim().clone_into(self.0.entry(field.to_owned()).or_default());
        }
        true
    }

    /// Puts them into what was typed into the fields.
    pub(super) fn join(self, is_known: impl Fn(&str) -> bool, typed: &mut Typed, unknown: &mut Typed) {
        for (field, reason) in self.0 {
            let into = if is_known(&field) { &mut *typed } else { &mut *unknown };
            let answer = not_applicable_text(&reason);
            let text = into.entry(field).or_default();
            *text = if text.is_empty() { answer } else { format!("{text}{BETWEEN}{answer}") };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(sent: &[(&str, &str)], value: &str) -> String {
        let mut answers = SentAnswers::default();
        for (name, value) in sent {
            assert!(answers.take(name, value), "{name}");
        }
        let mut typed = Typed::from([("teams".to_owned(), value.to_owned())]);
        answers.join(|_| true, &mut typed, &mut Typed::new());
        typed["teams"].clone()
    }

    #[test]
    fn a_box_and_a_reason_are_one_answer() {
        for (sent, value, expected) in [
            (&[("why.teams", "")][..], "5", "5"),
            (&[("why.teams", " ")], "", ""),
            (&[("not-applicable.teams", "1"), ("why.teams", "无班组")], "", "不适用：无班组"),
            (&[("not-applicable.teams", "1"), ("why.teams", "")], "", "不适用"),
            // Without scripts somebody may write the reason and forget the box.
            (&[("why.teams", "无班组")], "", "不适用：无班组"),
            // Which of the two is meant, nobody but the person knows.
            (&[("not-applicable.teams", "1"), ("why.teams", "无班组")], "5", "5；不适用：无班组"),
        ] {
            assert_eq!(joined(sent, value), expected, "{sent:?} {value}");
        }
    }

    #[test]
    fn nothing_else_is_taken() {
        assert!(!SentAnswers::default().take("field.why", "x"));
    }
}
