//! Finding a person: by the exact ID number, or by name within a unit.

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::definition::PersonFields;
use ledger::fact::Fact;
use model::{codes::IdNumber, ids::UnitId};
use store::{
    Personal,
    records::RecordRow,
    unmask_log::{self, UnmaskEntry},
};

use super::{PersonKey, entry, tables_naming};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView,
    access_log::{self, AccessAction, note_reading},
    record::{name_key, number_key, read_record},
    transact::transact,
    unmask_log::UnmaskAction,
};

/// Somebody who bears a name.
pub struct Namesake {
    /// Whose file it is.
    pub key: PersonKey,
    /// A record of that person.
    pub fact: Fact,
    /// The fields that name the person; `None` for one whom a table names.
    pub person: Option<PersonFields>,
    /// The unit it belongs to.
    pub unit: UnitView,
    /// How many records there are.
    pub records: usize,
}

/// The person with this ID number, when a record that the asking person may
/// see names one. The search is logged.
///
/// # Errors
/// [`Error::Invalid`] when it is no ID number; [`Error::Forbidden`].
#[boxed_async]
pub async fn by_number(app: &App, ctx: &Context, number: &str) -> Result<Option<PersonKey>> {
    let snapshot = app.current(ctx).await?;
    let own = require(ctx, &snapshot)?;
    let number = IdNumber::parse(number.trim()).map_err(|problem| Error::Invalid(vec![problem]))?;
    let token = snapshot.vault.token(Personal::IdNumber, number.as_str());
    let key = PersonKey::Number(token.clone());
    let mut count = 0;
    for row in bearing(app, &snapshot, &number_key(&token)).await? {
        count += usize::from(entry(ctx, &snapshot, &key, row)?.is_some());
    }
    transact!(app, ctx.region, |tx| {
        let noted = UnmaskEntry {
            action: UnmaskAction::Find.name(),
            unit: Some(own),
            person: Some(token.clone()),
            detail: count.to_string(),
            ..UnmaskEntry::default()
        };
        unmask_log::append(tx, ctx.audit_name(), ctx.clock.now(), &noted).await?;
        let (action, records) = (AccessAction::FindPersonByNumber, count.to_string());
        access_log::note(tx, ctx, action, Some(own), &token, &records).await?;
        Ok(())
    })?;
    Ok((count > 0).then_some(key))
}

/// Everybody of `unit` and of what is under it today who bears exactly this name. The search is logged, without the name.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's; [`Error::Forbidden`].
#[boxed_async]
pub async fn by_name(app: &App, ctx: &Context, unit: UnitId, name: &str) -> Result<Vec<Namesake>> {
    let snapshot = app.current(ctx).await?;
    ctx.require(Action::ReadPersons, &snapshot, unit)?;
    let token = snapshot.vault.token(Personal::Name, name.trim());
    let today = ctx.today(&snapshot).month();
    let mut found: Vec<Namesake> = Vec::new();
    for row in bearing(app, &snapshot, &name_key(&token)).await? {
        if !snapshot.tree.is_within(row.unit, unit, today) {
            continue;
        }
        let fact = read_record(&snapshot, &row)?;
        if !ctx.may_see_form(&snapshot, fact.form) {
            continue;
        }
        for person in snapshot.definition.forms[fact.form].persons.clone() {
            let is_named = fact.value(person.name).and_then(model::value::Value::as_str) == Some(name.trim());
            let Some(key) = PersonKey::from_record(&snapshot, &fact, person).filter(|_| is_named) else {
                continue;
            };
            match found.iter_mut().find(|other| other.key == key) {
                Some(other) => other.records += 1,
                None => found.extend(snapshot.view(fact.unit).map(|unit| Namesake {
                    key,
                    fact: fact.clone(),
                    person: Some(person),
                    unit,
                    records: 1,
                })),
            }
        }
        let key = PersonKey::Name(fact.unit, token.clone());
        if tables_naming(&snapshot, &fact, &key).is_empty() {
            continue;
        }
        match found.iter_mut().find(|other| other.key == key) {
            // The record itself may name the person in a field as well.
            Some(other) => other.records += usize::from(other.fact.id != fact.id),
            None => found.extend(snapshot.view(fact.unit).map(|unit| Namesake {
                key,
                fact,
                person: None,
                unit,
                records: 1,
            })),
        }
    }
    let records = found.len().to_string();
    note_reading(app, ctx, AccessAction::FindPerson, Some(unit), &token, &records).await?;
    Ok(found)
}

fn require(ctx: &Context, snapshot: &Snapshot) -> Result<UnitId> {
    let own = ctx.unit().or_else(|| snapshot.root());
    let own = own.ok_or_else(|| Error::NotFound { what: Thing::Region, key: "campaign".to_owned() })?;
    ctx.require(Action::ReadPersons, snapshot, own)?;
    Ok(own)
}

/// The records that bear a key.
pub(super) async fn bearing(app: &App, snapshot: &Arc<Snapshot>, key: &str) -> Result<Vec<RecordRow>> {
    crate::index::find_by_key(app, snapshot, key).await
}
