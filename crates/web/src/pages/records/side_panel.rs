//! The panel beside a record: the persons it names, its personal numbers on
//! request, the log of its personal data, and its duplicates.

use app::{
    Action,
    duplicates::{self, Group},
    persons::PersonKey,
    records::RecordDetails,
};
use campaign::definition::FieldIdx;
use model::value::Value;

use crate::{
    pages::{units::duplicates::Shared, unmask_log},
    parts::{actor::Actors, field, number::label},
    request_context::SignedIn,
    urls,
};

/// The panel beside a record. Its template is `records/side_panel.html`.
pub(super) struct SidePanel {
    /// Where its numbers are shown; `None` for those who may not see them, and for a record without.
    pub(super) unmask: Option<String>,
    /// The numbers, when they were asked for: field and number.
    pub(super) numbers: Vec<(String, String)>,
    /// Why they are not shown.
    pub(super) fault: Option<String>,
    /// What was typed as the reason.
    pub(super) reason: String,
    /// The persons: name and the way to their files.
    pub(super) persons: Vec<(String, String)>,
    /// What was done about its personal data.
    pub(super) log: Vec<String>,
    /// What others claim too.
    pub(super) shared: Vec<Shared>,
    /// Where to look for it, when that would have kept the page waiting.
    pub(super) duplicates: Option<String>,
}

impl SidePanel {
    pub(super) fn new(person: &SignedIn, found: &RecordDetails, actors: &Actors) -> Self {
        let words = person.words();
        let form = &found.snapshot.definition.forms[found.fact.form];
        let may = person.ctx.may(Action::UnmaskNumbers, &found.snapshot, found.fact.unit);
        let may_open = person.ctx.may(Action::ReadPersons, &found.snapshot, found.fact.unit);
        let has_numbers = form.fields.iter().zip(&found.fact.values).any(|(field, value)| {
            let text = value.as_ref().and_then(Value::as_str);
            field::is_number(&field.kind) && text.is_some_and(|text| !model::alias::is_alias(text))
        });
        let persons = form.persons.iter().filter_map(|fields| {
            let key = PersonKey::from_record(&found.snapshot, &found.fact, *fields)?;
            let named = [fields.name, fields.id_number].into_iter().find_map(|field| {
                let value = found.fact.value(field)?;
                Some(field::text(words, &found.snapshot, &form.fields[field].kind, value))
            })?;
            Some((named, urls::person(&key).into()))
        });
        Self {
            unmask: (may && has_numbers).then(|| urls::numbers(found.fact.id).into()),
            numbers: Vec::new(),
            fault: None,
            reason: String::new(),
            persons: if may_open { persons.collect() } else { Vec::new() },
            log: if may {
                found.privacy.iter().map(|entry| unmask_log::describe(words, actors, entry)).collect()
            } else {
                Vec::new()
            },
            shared: Vec::new(),
            duplicates: None,
        }
    }

    /// With what others claim too.
    pub(super) fn share(&mut self, person: &SignedIn, found: &RecordDetails, groups: Option<&[Group]>) {
        self.duplicates = groups.is_none().then(|| urls::duplicates(&found.unit.code).into());
        let shared =
            groups.unwrap_or_default().iter().map(|group| Shared::new(person, &found.snapshot, group));
        self.shared = shared.collect();
    }

    /// With the numbers in clear.
    pub(super) fn show(
        &mut self,
        person: &SignedIn,
        found: &RecordDetails,
        numbers: Vec<(FieldIdx, String)>,
    ) {
        let form = &found.snapshot.definition.forms[found.fact.form];
        let named = |(field, number): (FieldIdx, String)| {
            (label(person.words(), &form.fields[field].label).to_owned(), number)
        };
        self.numbers = numbers.into_iter().map(named).collect();
    }
}

/// What others claim too, for the page of a record.
pub(super) async fn shared(
    app: &app::App,
    person: &SignedIn,
    found: &RecordDetails,
) -> Result<Option<Vec<Group>>, crate::Error> {
    if !person.ctx.may(Action::ReadDuplicates, &found.snapshot, found.fact.unit) {
        return Ok(Some(Vec::new()));
    }
    Ok(duplicates::of_record(app, &person.ctx, found).await?)
}
