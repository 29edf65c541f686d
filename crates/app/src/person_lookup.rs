//! People whom a unit's records know already, to be chosen while typing a name.

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, Form, Label, PersonFields, TableColumn, Values};
use exchange::normalise::unit_name_key;
use model::{
    alias::is_alias,
    codes::mask_id_number,
    ids::{RecordId, UnitId},
    value::Value,
};
use search::SearchResult;
use store::{Personal, records};

use crate::{
    Action, App, Context, Result, UnitView,
    access_log::{AccessAction, note_reading},
    index,
    record::{Input, read_record},
};

/// Records of one register that are looked through, the newest first.
pub const LOOKED_THROUGH: usize = 500;

/// Somebody whom a record knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The name.
    pub name: String,
    /// The ID number, masked: no page ever gets the whole of it from here.
    pub masked: Option<String>,
    /// The unit of the record.
    pub unit: UnitView,
    /// Words for the record's form.
    pub form: Label,
}

/// People with `text` in their names, from the newest records of `unit` and
/// everything under it; at most `limit`. Bounded, however many records there
/// are: [`LOOKED_THROUGH`] of every register that names people.
///
/// # Errors
/// [`crate::Error::NotFound`] for a unit that is not the person's;
/// [`crate::Error::Forbidden`] for who may not enter records.
#[boxed_async]
pub async fn search(app: &App, ctx: &Context, unit: UnitId, text: &str, limit: usize) -> Result<Vec<Known>> {
    let wanted = unit_name_key(text);
    if wanted.is_empty() {
        // There is nothing to look for; who has no right is refused all the same.
        ctx.require(Action::LookUpPersons, &*app.current(ctx).await?, unit)?;
        return Ok(Vec::new());
    }
    let is_wanted = |name: &str| unit_name_key(name).contains(&wanted);
    let mut found = known(app, ctx, unit, is_wanted).await?;
    let token = app.current(ctx).await?.vault.token(Personal::Name, text.trim());
    note_reading(app, ctx, AccessAction::LookUpPerson, Some(unit), &token, "").await?;
    found.sort_by_key(|(id, ..)| std::cmp::Reverse(*id));
    let mut seen = BTreeSet::new();
    // One person once: by number, without one by name and unit.
    let is_new = |(_, known, number): &(RecordId, Known, Option<String>)| {
        let place = if number.is_none() { known.unit.id.0 } else { 0 };
        seen.insert((known.name.clone(), number.clone(), place))
    };
    Ok(found.into_iter().filter(is_new).take(limit).map(|(_, known, _)| known).collect())
}

/// Whether something typed names a person by a mask instead of an ID number;
/// the masks of `old`, what the record states already, stand for its own numbers.
pub(crate) fn names_person(form: &Form, input: &Input, old: &Values) -> bool {
    let Input::Typed(typed) = input else { return false };
    form.persons.iter().any(|person| typed_mask(form, *person, typed, old).is_some())
}

/// The name and the mask that were typed for a person.
fn typed_mask<'t>(
    form: &Form,
    person: PersonFields,
    typed: &'t BTreeMap<String, String>,
    old: &Values,
) -> Option<(&'t str, &'t str)> {
    let (name, number) = (&form.fields[person.name].id, &form.fields[person.id_number].id);
    let (name, mask) = (typed.get(name)?, typed.get(number)?);
    let own = old.get(person.id_number).and_then(Option::as_ref).and_then(Value::as_str);
    let is_own = own.is_some_and(|own| mask_id_number(own) == *mask);
    (mask.contains('*') && !is_own).then_some((name, mask))
}

/// What was typed, with the ID number of a person whom the unit's records know
/// wherever its mask was taken over with the name. A mask that stands for nobody of
/// that name, or for more than one, stays as it is and is refused.
pub(crate) async fn fill_in_numbers(
    app: &App,
    ctx: &Context,
    form: &Form,
    unit: UnitId,
    (input, old): (Input, &Values),
) -> Result<Input> {
    let Input::Typed(mut typed) = input else { return Ok(input) };
    for person in &form.persons {
        let Some((name, mask)) = typed_mask(form, *person, &typed, old) else { continue };
        let of_that_name = known(app, ctx, unit, |known| known == name.trim()).await?;
        let numbers = of_that_name.into_iter().filter_map(|(_, _, number)| number);
        let numbers: BTreeSet<String> = numbers.filter(|number| mask_id_number(number) == mask).collect();
        if let (Some(found), 1) = (numbers.first(), numbers.len()) {
            typed.insert(form.fields[person.id_number].id.clone(), found.clone());
        }
    }
    Ok(Input::Typed(typed))
}

/// Everyone with such a name whom the newest records of `unit`, and of what is
/// under it, know: with the record and the ID number.
async fn known(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(RecordId, Known, Option<String>)>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::LookUpPersons, &snapshot, unit)?;
    ctx.require(Action::ReadRecords, &snapshot, unit)?;
    let mut found = Vec::new();
    let units = snapshot.units_within(unit, ctx.today(&snapshot));
    for (position, form) in snapshot.definition.forms.entries() {
        let is_own = ctx.may_see_form(&snapshot, position);
        if !form.kind.is_register() || !form.names_persons() || !is_own {
            continue;
        }
        let newest = index::newest(app, &snapshot, position, units.clone(), LOOKED_THROUGH);
        let SearchResult { ids, .. } = newest.await?;
        for row in records::find_all(&mut tx, &ids).await? {
            let fact = read_record(&snapshot, &row)?;
            let Some(view) = snapshot.view(fact.unit) else { continue };
            let people = named(form, &fact.values).filter(|(name, _)| is_wanted(name));
            found.extend(people.map(|(name, number)| {
                let masked = number.map(mask_id_number);
                let known =
                    Known { name: name.to_owned(), masked, unit: view.clone(), form: form.label.clone() };
                (row.id, known, number.map(ToOwned::to_owned))
            }));
        }
    }
    Ok(found)
}

/// Name and ID number of everyone whom a record names.
fn named<'v>(form: &'v Form, values: &'v Values) -> impl Iterator<Item = (&'v str, Option<&'v str>)> {
    let text = |field: FieldIdx| values.value(field).and_then(Value::as_str);
    let fields = form.persons.iter();
    let in_fields = fields.filter_map(move |person| Some((text(person.name)?, text(person.id_number))));
    let tables = form.tables(values).flat_map(|(_, columns, text)| TableColumn::persons(columns, text));
    in_fields.chain(tables.filter(|name| !is_alias(name)).map(|name| (name, None)))
}
