//! The history of a record, newest first: transitions, corrections, comments, attachments.

use app::records::{RecordChange, RecordDetails};
use campaign::definition::{FieldIdx, Values};
use jiff::Timestamp;
use model::value::Value;

use crate::{
    pages::figures::short_hash,
    parts::{actor::Actors, field, number::label},
    request_context::SignedIn,
    urls,
};

/// Something that happened.
pub(super) struct Event {
    at: Timestamp,
    /// What, by whom, when.
    pub(super) message: String,
    /// The transition that was taken, and where the record went by what happened.
    pub(super) moved: Option<String>,
    /// The version of the definition, for a change.
    pub(super) definition: Option<String>,
    /// Field, before, after.
    pub(super) fields: Vec<(String, Option<String>, Option<String>)>,
    /// What was commented; lines as they were typed.
    pub(super) comment: Option<String>,
    /// Where one's own comment is taken back.
    pub(super) withdraw: Option<String>,
}

impl Event {
    /// Something of which there is no more to say.
    fn new(at: Timestamp, message: String) -> Self {
        Self { at, message, moved: None, definition: None, fields: Vec::new(), comment: None, withdraw: None }
    }
}

/// Everything that happened to a record; `files` is what happened to its attachments.
pub(super) fn events(
    person: &SignedIn,
    found: &RecordDetails,
    actors: &Actors,
    files: &[(Timestamp, String)],
) -> Vec<Event> {
    let changes = found.changes.iter().map(|change| changed(person, found, actors, change));
    let files = files.iter().map(|(at, message)| Event::new(*at, message.clone()));
    let mut events: Vec<Event> = changes.chain(comments(person, found, actors)).chain(files).collect();
    // What happened in the same moment stays in its order, turned round with the rest.
    events.sort_by_key(|event| event.at);
    events.reverse();
    events
}

fn comments(person: &SignedIn, found: &RecordDetails, actors: &Actors) -> impl Iterator<Item = Event> {
    let words = person.words();
    found.comments.iter().map(move |comment| {
        let moment = words.moment(comment.at);
        let message = match &comment.text {
            Some(_) => words.comment_sentence(actors.name(&comment.actor), moment),
            None => words.comment_withdrawn(actors.name(&comment.actor), moment),
        };
        let is_own = comment.is_own && comment.text.is_some();
        Event {
            comment: comment.text.clone(),
            withdraw: is_own.then(|| urls::withdraw(found.fact.id, comment.id).into()),
            ..Event::new(comment.at, message)
        }
    })
}

fn changed(person: &SignedIn, found: &RecordDetails, actors: &Actors, change: &RecordChange) -> Event {
    let words = person.words();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let moment = words.moment(change.at);
    let message = match (&change.before, &change.after) {
        (None, _) => words.record_page_created_by(actors.name(&change.actor), moment),
        (_, None) => words.record_page_removed_by(actors.name(&change.actor), moment),
        _ if change.is_taken_back => words.take_back_record_restored_by(actors.name(&change.actor), moment),
        _ if change.is_derived => words.record_page_derived_by(actors.name(&change.actor), moment),
        _ if transition_text(person, found, change).is_some() => {
            words.transition_taken_by(actors.name(&change.actor), moment)
        }
        _ => words.record_page_changed_by(actors.name(&change.actor), moment),
    };
    let at = |values: &Option<Values>, field: FieldIdx| values.as_ref()?.get(field)?.clone();
    let fields = form.fields.entries().filter_map(|(position, field)| {
        let (before, after) = (at(&change.before, position), at(&change.after, position));
        let text = |value: Option<Value>| {
            value.map(|value| field::text(words, &found.snapshot, &field.kind, &value))
        };
        (before != after).then(|| (label(words, &field.label).to_owned(), text(before), text(after)))
    });
    let message = if change.masks_numbers && change.after.is_some() {
        words.record_page_and_masked(message)
    } else {
        message
    };
    // The first version is shown above; only changes are listed field by field.
    let is_change = change.before.is_some() && change.after.is_some();
    Event {
        moved: moved(person, found, change),
        definition: Some(short_hash(&change.definition_hash).to_owned()),
        fields: if is_change { fields.collect() } else { Vec::new() },
        ..Event::new(change.at, message)
    }
}

/// The transition that a change was, in words.
fn transition_text(person: &SignedIn, found: &RecordDetails, change: &RecordChange) -> Option<String> {
    let workflow = found.snapshot.definition.forms[found.fact.form].workflow.as_ref()?;
    let step = workflow.transition(change.moved.as_ref()?.transition.as_ref()?)?;
    Some(label(person.words(), &step.label).to_owned())
}

/// The transition, and the states before and after.
fn moved(person: &SignedIn, found: &RecordDetails, change: &RecordChange) -> Option<String> {
    let words = person.words();
    let workflow = found.snapshot.definition.forms[found.fact.form].workflow.as_ref()?;
    let moved = change.moved.as_ref()?;
    let state = |id: &Option<String>| {
        let state = &workflow.states[workflow.state(id.as_ref()?)?];
        Some(label(words, &state.label).to_owned())
    };
    let way = state(&moved.from).zip(state(&moved.to)).map(|(from, to)| words.transition_from_to(from, to));
    match (transition_text(person, found, change), way) {
        (Some(step), Some(way)) => Some(words.transition_with_from_to(step, way)),
        (step, way) => step.or(way),
    }
}
