//! What a new record can take over from another one of the same register.

use boxed_async::boxed_async;
use campaign::{
    definition::{Disclosure, FieldIdx, Form, FormIdx, Values},
    kinds::{Meaning, ValueShape},
};
use model::ids::RecordId;

use super::find;
use crate::{Action, App, Context, Error, Result, Thing};

/// What a new record that is like another begins with: what was stated when that one began, without what makes
/// it this one: its number, what identifies it, and numbers of persons.
///
/// # Errors
/// [`Error::NotFound`] for a record that is not the person's to see, or of another form; [`Error::Forbidden`]
/// for whoever may not enter records of its unit.
#[boxed_async]
pub async fn similar(app: &App, ctx: &Context, id: RecordId, form: FormIdx) -> Result<Values> {
    let found = find(app, ctx, id).await?;
    ctx.require(Action::WriteRecords, &found.snapshot, found.fact.unit)?;
    if found.fact.form != form {
        return Err(Error::NotFound { what: Thing::Record, key: id.to_string() });
    }
    let form = &found.snapshot.definition.forms[form];
    let own = own_fields(form);
    let mut values = found.fact.values.clone();
    for field in form.fields.positions() {
        let kind = &form.fields[field].kind;
        let is_later = form.workflow.as_ref().is_some_and(|workflow| !workflow.is_entered_by(None, field));
        let is_removed =
            values.value(field).is_some_and(|value| matches!(kind.shown(value), Disclosure::Removed));
        if is_later || is_removed || kind.is_personal() || own.contains(&field) {
            values[field] = None;
        }
    }
    Ok(values)
}

/// The fields that make a record of a unit this one: its number; or the person that it is of; or the words that
/// identify it.
fn own_fields(form: &Form) -> Vec<FieldIdx> {
    let identity = || form.identity.iter().copied();
    let number = form.numbering.as_ref().map(|numbering| numbering.field);
    if let Some(number) = number.filter(|number| form.identity.contains(number)) {
        return vec![number];
    }
    let names_person = |field: &FieldIdx| form.persons.iter().any(|person| person.name == *field);
    let persons: Vec<FieldIdx> = identity().filter(names_person).collect();
    if !persons.is_empty() {
        return persons.into_iter().chain(number).collect();
    }
    let is_named = |field: &FieldIdx| {
        let spec = form.fields[*field].kind.spec();
        matches!(spec.shape, ValueShape::Text) && matches!(spec.meaning, Meaning::Words { .. })
    };
    let named: Vec<FieldIdx> = identity().filter(is_named).collect();
    let own = if named.is_empty() { identity().collect() } else { named };
    own.into_iter().chain(number).collect()
}
