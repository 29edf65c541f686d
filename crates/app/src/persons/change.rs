//! Correcting a person's data in all records, and removing it on request.
//!
//! Removing puts aliases in place of name and ID number and clears the
//! telephone number, in the records and in what their history says. An alias
//! counts as the person did, so no figure changes.

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, TableColumn, Values};
use exchange::{
    money::AmountUnit,
    reading::{ReadContext, read_value},
};
use ledger::fact::Fact;
use model::{
    alias::{alias, is_alias},
    problem::Problem,
    value::Value,
};
use serde_json::Value as Json;
use sheet::workbook::Cell;
use store::{
    Personal, Tx,
    audit::{self, AuditTexts},
    definitions,
    unmask_log::{self, UnmaskEntry as Logged},
};

use super::{File, PersonKey, PersonRecord, called::CalledByPerson, file, rename_in_tables};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing,
    access_log::{self, AccessAction},
    audit::RECORD,
    record::{Command, Record, Statement, find_same_identity, invalid, lock_for, write_records},
    transact::transact,
    unmask_log::{UnmaskAction, reason},
};

/// What a person's data shall be; an empty text leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// The name.
    pub name: String,
    /// The ID number.
    pub id_number: String,
    /// The telephone number.
    pub phone: String,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOutcome {
    /// Whose file it is now.
    pub key: PersonKey,
    /// In how many records something was changed.
    pub records: usize,
}

/// States other data of the person in all records that the person who asks may change.
///
/// # Errors
/// [`Error::Invalid`] without a reason or with a value that no field takes;
/// [`Error::NotFound`] when there is no such person.
#[boxed_async]
pub async fn correct(
    app: &App,
    ctx: &Context,
    key: &PersonKey,
    correction: &Correction,
    why: &str,
) -> Result<ChangeOutcome> {
    let found = file(app, ctx, key).await?;
    let reason = reason(why)?;
    let texts = [&correction.name, &correction.id_number, &correction.phone].map(|text| text.trim());
    if texts.iter().all(|text| text.is_empty()) {
        return Err(Error::Invalid(vec![Problem::Missing]));
    }
    let changed = corrected(ctx, &found, texts)?;
    let changed = (changed, Some(texts[0]).filter(|name| !name.is_empty()));
    let (key, records) = carry_out(app, ctx, &found, changed, UnmaskAction::Correct, reason).await?;
    Ok(ChangeOutcome { key, records })
}

/// What the records shall state, in the order of the file.
fn corrected(ctx: &Context, found: &File, texts: [&str; 3]) -> Result<Vec<Values>> {
    let context = ReadContext {
        definition: &found.snapshot.definition,
        units: &*found.snapshot,
        today: ctx.today(&found.snapshot),
        default_unit: None,
        default_year: None,
    };
    let mut all = Vec::with_capacity(found.entries.len());
    for entry in &found.entries {
        let form = &found.snapshot.definition.forms[entry.fact.form];
        let mut values = entry.fact.values.clone();
        for person in &entry.persons {
            let fields = [Some(person.name), Some(person.id_number), person.phone];
            for (field, text) in fields.into_iter().zip(texts) {
                let Some(field) = field.filter(|_| !text.is_empty()) else { continue };
                let read = read_value(
                    &Cell::Text(text.to_owned()),
                    &form.fields[field],
                    &AmountUnit::Unstated,
                    &context,
                );
                values[field] = read.map_err(|problem| Error::Invalid(vec![problem]))?.0;
            }
        }
        let [name, ..] = texts;
        if !name.is_empty() {
            let tables = (entry.tables.as_slice(), found.key.token());
            rename_in_tables(&found.snapshot, entry.fact.form, &mut values, tables, name);
        }
        all.push(values);
    }
    Ok(all)
}

/// Removes the person's name and numbers from all records that the person who
/// asks may change, and from their history. What they count towards stays.
///
/// # Errors
/// [`Error::Invalid`] without a reason; [`Error::NotFound`] when there is no such person.
#[boxed_async]
pub async fn remove(app: &App, ctx: &Context, key: &PersonKey, why: &str) -> Result<ChangeOutcome> {
    let found = file(app, ctx, key).await?;
    let reason = reason(why)?;
    let called = CalledByPerson::new(&found);
    let removed = found.entries.iter().map(|entry| {
        let mut values = entry.fact.values.clone();
        for person in &entry.persons {
            for (field, sort) in [(person.name, Personal::Name), (person.id_number, Personal::IdNumber)] {
                if let Some(Value::Text(text)) = &values[field] {
                    values[field] = Some(Value::Text(found.snapshot.vault.alias(sort, text)));
                }
            }
            if let Some(phone) = person.phone {
                values[phone] = None;
            }
        }
        let (tables, removed) = ((entry.tables.as_slice(), key.token()), alias(key.token()));
        rename_in_tables(&found.snapshot, entry.fact.form, &mut values, tables, &removed);
        called.forget(&found.snapshot, entry.fact.form, &mut values);
        values
    });
    let removed = removed.collect();
    let (key, records) = carry_out(app, ctx, &found, (removed, None), UnmaskAction::Remove, reason).await?;
    Ok(ChangeOutcome { key, records })
}

/// Makes the records of a file state other values, in one transaction, and
/// notes it. Returns whose file it is now, and how many records have changed.
async fn carry_out(
    app: &App,
    ctx: &Context,
    found: &File,
    (changed, renamed): (Vec<Values>, Option<&str>),
    action: UnmaskAction,
    reason: String,
) -> Result<(PersonKey, usize)> {
    let (key, records) = transact!(app, ctx.region, |tx| {
        let mut key = found.key.clone();
        let mut commands = Vec::new();
        for (entry, values) in found.entries.iter().zip(&changed) {
            ctx.require(Action::ChangePersons, &found.snapshot, entry.fact.unit)?;
            definitions::lock_region(tx, lock_for(&found.snapshot.definition, entry.fact.form)).await?;
            let fact = Fact { values: values.clone(), ..entry.fact.clone() };
            for person in &entry.persons {
                key = PersonKey::from_record(&found.snapshot, &fact, *person).unwrap_or(key);
            }
            if let Some(name) = renamed.filter(|_| entry.persons.is_empty() && !entry.tables.is_empty()) {
                key = PersonKey::Name(fact.unit, found.snapshot.vault.token(Personal::Name, name));
            }
            if fact.values == entry.fact.values {
                continue;
            }
            refuse_same_identity(tx, &found.snapshot, entry, &fact.values).await?;
            let stored = Record::new(&found.snapshot, entry.stored.clone())?;
            if action != UnmaskAction::Remove {
                let statement = Statement::on_record(ctx, &found.snapshot, &stored);
                let refused = statement.map(|statement| statement.refused(&fact.values)).unwrap_or_default();
                if !refused.is_empty() {
                    return Err(invalid(&found.snapshot.definition.forms[fact.form], refused));
                }
            }
            let pending = stored.pending.clone();
            commands.push(Command::Correct { record: stored, values: fact.values, pending });
        }
        let records = commands.len();
        let snapshot = app.snapshot(tx).await?;
        if snapshot.region != found.snapshot.region {
            return Err(Error::Stale { what: Thing::Region });
        }
        if action == UnmaskAction::Remove {
            write_and_forget(tx, (&snapshot, ctx), found, commands).await?;
        } else {
            write_records(tx, &snapshot, ctx, commands).await?;
        }
        let noted = Logged {
            action: action.name(),
            unit: ctx.unit().or_else(|| snapshot.root()),
            person: Some(found.key.token().to_owned()),
            reason: reason.clone(),
            detail: records.to_string(),
            ..Logged::default()
        };
        unmask_log::append(tx, ctx.audit_name(), ctx.clock.now(), &noted).await?;
        let (person, detail) = (found.key.token(), action.name());
        access_log::note(tx, ctx, AccessAction::ChangePerson, noted.unit, person, detail).await?;
        Ok((key, records))
    })?;
    app.wake_folder(ctx);
    Ok((key, records))
}

/// Makes the records of a file and those that refer to them by the person's name state other values, and takes the person
/// out of what their histories say.
async fn write_and_forget(
    tx: &mut Tx,
    (snapshot, ctx): (&Snapshot, &Context),
    found: &File,
    mut commands: Vec<Command>,
) -> Result<()> {
    let called = CalledByPerson::new(found);
    let mut others = Vec::new();
    for record in called.referring(tx, snapshot, found).await? {
        definitions::lock_region(tx, lock_for(&snapshot.definition, record.fact.form)).await?;
        others.push((record.fact.form, record.fact.id));
        let (mut values, pending) = (record.fact.values.clone(), record.pending.clone());
        if !called.forget(snapshot, record.fact.form, &mut values).is_empty() {
            commands.push(Command::Correct { record, values, pending });
        }
    }
    write_records(tx, snapshot, ctx, commands).await?;
    for entry in &found.entries {
        forget(tx, snapshot, (entry, &called), &found.key).await?;
    }
    for other in others {
        called.forget_in_history(tx, snapshot, other).await?;
    }
    Ok(())
}

/// Under other data a record may be the same as another of its unit.
async fn refuse_same_identity(
    tx: &mut Tx,
    snapshot: &Snapshot,
    entry: &PersonRecord,
    values: &Values,
) -> Result<()> {
    let form = entry.fact.form;
    let same = find_same_identity(tx, snapshot, form, entry.fact.unit, values).await?;
    match same.filter(|same| same.row.id != entry.fact.id) {
        None => Ok(()),
        Some(other) => {
            let identity = snapshot.definition.forms[form].label.zh.clone();
            Err(Error::Invalid(vec![Problem::Registered { identity, record: other.row.id }]))
        }
    }
}

/// Puts aliases in place of the person in everything that the history of a record says.
async fn forget(
    tx: &mut Tx,
    snapshot: &Snapshot,
    (entry, called): (&PersonRecord, &CalledByPerson),
    key: &PersonKey,
) -> Result<()> {
    let entries = audit::texts_of(tx, RECORD, entry.fact.id.0).await?;
    let forgotten = entries.into_iter().filter_map(|texts| {
        let new =
            [&texts.before, &texts.after].map(|text| without(snapshot, (entry, called), key, text.as_ref()?));
        let [before, after] = new;
        let is_changed = before.is_some() || after.is_some();
        let (before, after) =
            (before.or_else(|| texts.before.clone()), after.or_else(|| texts.after.clone()));
        is_changed.then_some(AuditTexts { before, after, ..texts })
    });
    Ok(audit::put_texts(tx, &snapshot.vault, forgotten.collect()).await?)
}

/// A content without the person; `None` when it does not tell of that person. Works on
/// the text as it is stored: fields that the form no longer has stay in it.
fn without(
    snapshot: &Snapshot,
    (entry, called): (&PersonRecord, &CalledByPerson),
    key: &PersonKey,
    content: &str,
) -> Option<String> {
    let form = &snapshot.definition.forms[entry.fact.form];
    let values = snapshot.codecs[entry.fact.form].decode(content).ok()?;
    let mut object: Json = serde_json::from_str(content).ok()?;
    let object = object.as_object_mut()?;
    let mut is_changed = false;
    for person in &form.persons {
        let text = |field: FieldIdx| values.value(field).and_then(Value::as_str);
        let number = text(person.id_number).map(|text| snapshot.vault.token(Personal::IdNumber, text));
        let name = text(person.name).map(|text| snapshot.vault.token(Personal::Name, text));
        let is_same = match key {
            PersonKey::Number(token) => number.as_ref() == Some(token),
            PersonKey::Name(unit, token) => {
                number.is_none() && *unit == entry.fact.unit && name.as_ref() == Some(token)
            }
        };
        // Before it had the number, the record named the person by name alone.
        let now = entry.fact.value(person.name).and_then(Value::as_str);
        let is_namesake = number.is_none()
            && entry.persons.contains(person)
            && now.is_some_and(|now| Some(snapshot.vault.token(Personal::Name, now)) == name);
        if !is_same && !is_namesake {
            continue;
        }
        for (field, sort) in [(person.name, Personal::Name), (person.id_number, Personal::IdNumber)] {
            if let Some(text) = text(field).filter(|text| !is_alias(text)) {
                let alias = snapshot.vault.alias(sort, text);
                object.insert(form.fields[field].id.clone(), Json::from(alias));
                is_changed = true;
            }
        }
        if let Some(phone) = person.phone {
            is_changed |= object.remove(&form.fields[phone].id).is_some();
        }
    }
    for (field, columns, text) in form.tables(&values) {
        let PersonKey::Name(unit, token) = key else { continue };
        let is_same = |cell: &str| {
            *unit == entry.fact.unit
                && !is_alias(cell)
                && snapshot.vault.token(Personal::Name, cell) == *token
        };
        let renamed = TableColumn::renamed(columns, text, |_, cell| is_same(cell).then(|| alias(token)));
        if let Some(renamed) = renamed {
            object.insert(form.fields[field].id.clone(), Json::from(renamed));
            is_changed = true;
        }
    }
    is_changed |= called.forget_in(snapshot, entry.fact.form, &values, object);
    is_changed.then(|| Json::from(object.clone()).to_string())
}
