//! The changes of a version in words.

use campaign::change::{Change, ChangeKind, ChangedPart};
use words::Words;

/// What is changed, by the ids that the definition has for it.
pub fn part_text(words: Words, part: &ChangedPart) -> String {
    match part {
        ChangedPart::Campaign(id) => words.definition_campaign(id),
        ChangedPart::Form(id) => words.definition_form(id),
        ChangedPart::Field(form, id) => words.definition_field(form, id),
        ChangedPart::Post(form, measure) => words.definition_post(form, measure),
        ChangedPart::State(form, id) => words.definition_state(form, id),
        ChangedPart::Code(dictionary, id) => words.definition_code(dictionary, id),
        ChangedPart::Measure(id) => words.definition_measure(id),
        ChangedPart::Indicator(campaign, id) => words.definition_indicator(campaign, id),
    }
}

/// How it is changed.
pub fn change_text(words: Words, change: &Change) -> String {
    match &change.kind {
        ChangeKind::Added => words.definition_added().to_owned(),
        ChangeKind::Removed => words.definition_removed().to_owned(),
        ChangeKind::Renamed { was } => words.definition_renamed(was),
        ChangeKind::Retyped { from, to, is_declared: true } => words.definition_converted(from, to),
        ChangeKind::Retyped { from, to, is_declared: false } => words.definition_retyped(from, to),
        ChangeKind::Reposted { was, now } if was.is_empty() => words.definition_posted(now),
        ChangeKind::Reposted { was, now } if now.is_empty() => words.definition_unposted(was),
        ChangeKind::Reposted { was, now } => words.definition_reposted(was, now),
        ChangeKind::NameTaken { from } => words.definition_name_taken(from),
        ChangeKind::Identified { was, now } => words.definition_identified(was, now),
        ChangeKind::Shortened { was, now } => words.definition_shortened(was, now),
        ChangeKind::Threshold { was, now } => words.definition_threshold(was, now),
        ChangeKind::Retargeted { was, now } => words.definition_retargeted(was, now),
        ChangeKind::Derived => words.definition_derived().to_owned(),
        ChangeKind::Redefined => words.definition_redefined().to_owned(),
    }
}
