//! People whom a unit's records know already, to be chosen while typing a name.

use std::collections::BTreeSet;

use campaign::definition::{Form, Label};
use exchange::names::unit_name_key;
use model::{codes::mask_id_number, ids::UnitId, value::Value};
use search::Found;
use store::facts;

use crate::{
    Action, App, Context, Result, UnitView,
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
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::Import, &snapshot, unit)?;
    let wanted = unit_name_key(text);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<(i64, Known, String)> = Vec::new();
    for form in &snapshot.campaign.forms {
        if form.persons.is_empty() {
            continue;
        }
        let asked =
            Selection { form: form.id.clone(), unit, filter: Filter::default(), sort: Sort::default() };
        let Found { ids, .. } = registers::newest(app, ctx, &snapshot, &asked, LOOKED_THROUGH).await?;
        for row in facts::find_all(&mut tx, &ids).await? {
            let fact = read_fact(&snapshot, &row)?;
            let Some(view) = snapshot.view(fact.unit) else { continue };
            let people = named(form, &fact.values).filter(|(name, _)| unit_name_key(name).contains(&wanted));
            found.extend(people.map(|(name, number)| {
                let masked = number.map(mask_id_number);
                let known =
                    Known { name: name.to_owned(), masked, unit: view.clone(), form: form.label.clone() };
                (row.id.0, known, number.unwrap_or_default().to_owned())
            }));
        }
    }
    tx.rollback().await?;
    found.sort_by_key(|(id, ..)| std::cmp::Reverse(*id));
    let mut seen = BTreeSet::new();
    // One person once: by number, without one by name and unit.
    let is_new = |(_, known, number): &(i64, Known, String)| {
        let place = if number.is_empty() { known.unit.id.0 } else { 0 };
        seen.insert((known.name.clone(), number.clone(), place))
    };
    Ok(found.into_iter().filter(is_new).take(limit).map(|(_, known, _)| known).collect())
}

/// Name and ID number of everyone whom a record names.
fn named<'v>(
    form: &'v Form,
    values: &'v [Option<Value>],
) -> impl Iterator<Item = (&'v str, Option<&'v str>)> {
    let text = |field: usize| values.get(field).and_then(Option::as_ref).and_then(Value::as_str);
    form.persons.iter().filter_map(move |person| Some((text(person.name)?, text(person.id_number))))
}
