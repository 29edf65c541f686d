//! People whom a unit's records know already, to be chosen while typing a name.

use std::collections::BTreeSet;

use campaign::definition::{Form, Label};
use exchange::names::unit_name_key;
use model::{
    codes::mask_id_number,
    ids::{FactId, UnitId},
    value::Value,
};
use search::Found;
use store::facts;

use crate::{
    Action, App, Context, Result, UnitView,
    facts::Stated,
    record::read_fact,
    registers::{self, Filter, Selection, Sort},
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
pub async fn search(app: &App, ctx: &Context, unit: UnitId, text: &str, limit: usize) -> Result<Vec<Known>> {
    let wanted = unit_name_key(text);
    if wanted.is_empty() {
        // Nobody is looked for; who may not look is told so all the same.
        ctx.require(Action::Import, &*app.current().await?, unit)?;
        return Ok(Vec::new());
    }
    let is_wanted = |name: &str| unit_name_key(name).contains(&wanted);
    let mut found = known(app, ctx, unit, is_wanted).await?;
    found.sort_by_key(|(id, ..)| std::cmp::Reverse(*id));
    let mut seen = BTreeSet::new();
    // One person once: by number, without one by name and unit.
    let is_new = |(_, known, number): &(FactId, Known, Option<String>)| {
        let place = if number.is_none() { known.unit.id.0 } else { 0 };
        seen.insert((known.name.clone(), number.clone(), place))
    };
    Ok(found.into_iter().filter(is_new).take(limit).map(|(_, known, _)| known).collect())
}

/// What was typed, with the ID number of a person whom the unit's records know
/// wherever its mask was taken over with the name; the masks of `old`, what the
/// record states already, stand for its own. A mask that stands for nobody of
/// that name, or for more than one, stays as it is and is refused.
pub(crate) async fn taken_over(
    app: &App,
    ctx: &Context,
    form: &Form,
    unit: UnitId,
    (stated, old): (&Stated, &[Option<Value>]),
) -> Result<Stated> {
    let Stated::Typed(typed) = stated else { return Ok(stated.clone()) };
    let mut typed = typed.clone();
    for person in &form.persons {
        let (name, number) = (&form.fields[person.name].id, &form.fields[person.id_number].id);
        let (Some(name), Some(mask)) = (typed.get(name), typed.get(number)) else { continue };
        let own = old.get(person.id_number).and_then(Option::as_ref).and_then(Value::as_str);
        if !mask.contains('*') || own.is_some_and(|own| mask_id_number(own) == *mask) {
            continue;
        }
        let of_that_name = known(app, ctx, unit, |known| known == name.trim()).await?;
        let numbers = of_that_name.into_iter().filter_map(|(_, _, number)| number);
        let numbers: BTreeSet<String> = numbers.filter(|number| mask_id_number(number) == *mask).collect();
        if let (Some(found), 1) = (numbers.first(), numbers.len()) {
            typed.insert(number.clone(), found.clone());
        }
    }
    Ok(Stated::Typed(typed))
}

/// Everyone with such a name whom the newest records of `unit`, and of what is
/// under it, know: with the record and the ID number.
async fn known(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(FactId, Known, Option<String>)>> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::Import, &snapshot, unit)?;
    let mut found = Vec::new();
    for form in snapshot.campaign.forms.iter().filter(|form| !form.persons.is_empty()) {
        let asked =
            Selection { form: form.id.clone(), unit, filter: Filter::default(), sort: Sort::default() };
        let Found { ids, .. } = registers::newest(app, ctx, &snapshot, &asked, LOOKED_THROUGH).await?;
        for row in facts::find_all(&mut tx, &ids).await? {
            let fact = read_fact(&snapshot, &row)?;
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
    tx.rollback().await?;
    Ok(found)
}

/// Name and ID number of everyone whom a record names.
fn named<'v>(
    form: &'v Form,
    values: &'v [Option<Value>],
) -> impl Iterator<Item = (&'v str, Option<&'v str>)> {
    let text = |field: usize| values.get(field).and_then(Option::as_ref).and_then(Value::as_str);
    form.persons.iter().filter_map(move |person| Some((text(person.name)?, text(person.id_number))))
}
