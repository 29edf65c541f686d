//! A worker's file: all records of registers about one person, for those
//! who may see persons of the units concerned; and correcting or removing the
//! person's data in all of it.
//!
//! A person is named by a keyed hash, never by the number: by that of the ID
//! number, or, where none is stated, by that of the name within one unit.

mod called;
mod change;
mod find;

use std::{fmt, str::FromStr, sync::Arc};

use boxed_async::boxed_async;
use campaign::{
    definition::{FieldIdx, FormIdx, PersonFields, TableColumn, Values},
    kinds::ValueShape,
};
use ledger::fact::Fact;
use model::{
    alias::{is_alias, is_token},
    ids::UnitId,
    value::Value,
};
use store::{Personal, records::RecordRow};

pub use self::{
    change::{ChangeOutcome, Correction, correct, remove},
    find::{Namesake, by_name, by_number},
};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView,
    access_log::{AccessAction, note_reading},
    record::{name_key, number_key, read_record},
};

/// Whose file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonKey {
    /// Somebody with an ID number: its token.
    Number(String),
    /// Somebody of a unit known by name only: the token of the name.
    Name(UnitId, String),
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(token) => f.write_str(token),
            Self::Name(unit, token) => write!(f, "{unit}.{token}"),
        }
    }
}

impl FromStr for PersonKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = match text.split_once('.') {
            None => Some(Self::Number(text.to_owned())),
            Some((unit, token)) => unit.parse().ok().map(|unit| Self::Name(UnitId(unit), token.to_owned())),
        };
        let is_sound = |key: &Self| match key {
            Self::Number(token) | Self::Name(_, token) => is_token(token),
        };
        found.filter(is_sound).ok_or_else(|| not_found(text))
    }
}

fn not_found(key: &str) -> Error {
    Error::NotFound { what: Thing::Person, key: key.to_owned() }
}

impl PersonKey {
    /// Who the person in these fields of a record is; `None` when the fields are empty.
    pub fn from_record(snapshot: &Snapshot, fact: &Fact, person: PersonFields) -> Option<Self> {
        let text = |field: FieldIdx| fact.value(field).and_then(Value::as_str);
        match (text(person.id_number), text(person.name)) {
            (Some(number), _) => Some(Self::Number(snapshot.vault.token(Personal::IdNumber, number))),
            (None, Some(name)) => Some(Self::Name(fact.unit, snapshot.vault.token(Personal::Name, name))),
            (None, None) => None,
        }
    }

    fn index_key(&self) -> String {
        match self {
            Self::Number(token) => number_key(token),
            Self::Name(_, token) => name_key(token),
        }
    }

    /// What is in the log.
    fn token(&self) -> &str {
        match self {
            Self::Number(token) | Self::Name(_, token) => token,
        }
    }
}

/// One record that names the person.
pub struct PersonRecord {
    /// The record.
    pub fact: Fact,
    /// As stored.
    stored: RecordRow,
    /// The unit it belongs to.
    pub unit: UnitView,
    /// The fields that name the person: more than one set only when a pair names the same person twice.
    pub persons: Vec<PersonFields>,
    /// The tables that name the person.
    pub tables: Vec<FieldIdx>,
}

/// A worker's file.
pub struct File {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// Whose it is.
    pub key: PersonKey,
    /// The names under which the person is registered; empty when they were removed.
    pub names: Vec<String>,
    /// The ID number; for masking. `None` when there is none or it was removed.
    pub number: Option<String>,
    /// Whether data of the person was removed on request.
    pub is_removed: bool,
    /// The records that the person who asks may see, newest first.
    pub entries: Vec<PersonRecord>,
}

/// The file of a person, from the records of units that are the asking person's. That it was opened is logged.
///
/// # Errors
/// [`Error::NotFound`] when there is no such record.
#[boxed_async]
pub async fn file(app: &App, ctx: &Context, key: &PersonKey) -> Result<File> {
    let snapshot = app.current(ctx).await?;
    let own = ctx.unit().or_else(|| snapshot.root());
    let own = own.ok_or_else(|| not_found(&key.to_string()))?;
    ctx.require(Action::ReadPersons, &snapshot, own)?;
    let rows = find::bearing(app, &snapshot, &key.index_key()).await?;
    let mut entries = Vec::new();
    for stored in rows {
        entries.extend(entry(ctx, &snapshot, key, stored)?);
    }
    if entries.is_empty() {
        return Err(not_found(&key.to_string()));
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.fact.id));
    let records = entries.len().to_string();
    note_reading(app, ctx, AccessAction::OpenPerson, Some(own), &key.to_string(), &records).await?;
    Ok(person_file(snapshot, key, entries))
}

/// The record, when it names the person and may be seen.
fn entry(
    ctx: &Context,
    snapshot: &Snapshot,
    key: &PersonKey,
    stored: RecordRow,
) -> Result<Option<PersonRecord>> {
    if !ctx.may(Action::ReadPersons, snapshot, stored.unit) {
        return Ok(None);
    }
    let fact = read_record(snapshot, &stored)?;
    let all = snapshot.definition.forms[fact.form].persons.iter().copied();
    let persons: Vec<_> =
        all.filter(|person| PersonKey::from_record(snapshot, &fact, *person).as_ref() == Some(key)).collect();
    let tables = tables_naming(snapshot, &fact, key);
    let names_person = !persons.is_empty() || !tables.is_empty();
    let is_own = ctx.may_see_form(snapshot, fact.form);
    let Some(unit) = snapshot.view(fact.unit).filter(|_| names_person && is_own) else { return Ok(None) };
    Ok(Some(PersonRecord { fact, stored, unit, persons, tables }))
}

/// The tables of a record that name a person, who is known in them by the name alone.
fn tables_naming(snapshot: &Snapshot, fact: &Fact, key: &PersonKey) -> Vec<FieldIdx> {
    let PersonKey::Name(unit, token) = key else { return Vec::new() };
    if *unit != fact.unit {
        return Vec::new();
    }
    let is_same = |name: &&str| snapshot.vault.token(Personal::Name, name) == *token;
    let tables = snapshot.definition.forms[fact.form].tables(&fact.values);
    let naming = tables.filter(|(_, columns, text)| TableColumn::persons(columns, text).iter().any(is_same));
    naming.map(|(field, ..)| field).collect()
}

/// Puts another name for a person into the tables of a record.
fn rename_in_tables(
    snapshot: &Snapshot,
    form: FormIdx,
    values: &mut Values,
    (tables, token): (&[FieldIdx], &str),
    name: &str,
) {
    for field in tables {
        let ValueShape::Table(columns) = snapshot.definition.forms[form].fields[*field].kind.spec().shape
        else {
            continue;
        };
        let text = values.value(*field).and_then(Value::as_str).unwrap_or_default();
        let is_same = |cell: &str| snapshot.vault.token(Personal::Name, cell) == token;
        let renamed = TableColumn::renamed(columns, text, |_, cell| is_same(cell).then(|| name.to_owned()));
        if let Some(renamed) = renamed {
            values[*field] = Some(Value::Text(renamed));
        }
    }
}

fn person_file(snapshot: Arc<Snapshot>, key: &PersonKey, entries: Vec<PersonRecord>) -> File {
    let (mut names, mut number, mut is_removed) = (Vec::new(), None, false);
    for entry in &entries {
        for person in &entry.persons {
            let text = |field: FieldIdx| entry.fact.value(field).and_then(Value::as_str);
            is_removed |= [person.name, person.id_number].into_iter().filter_map(text).any(is_alias);
            let clear = |field| text(field).filter(|text| !is_alias(text)).map(ToOwned::to_owned);
            if let Some(name) = clear(person.name).filter(|name| !names.contains(name)) {
                names.push(name);
            }
            number = number.or_else(|| clear(person.id_number));
        }
        let form = &snapshot.definition.forms[entry.fact.form];
        let tables = form.tables(&entry.fact.values).filter(|(field, ..)| entry.tables.contains(field));
        let named = tables.flat_map(|(_, columns, text)| TableColumn::persons(columns, text));
        for name in named.filter(|name| snapshot.vault.token(Personal::Name, name) == key.token()) {
            is_removed |= is_alias(name);
            if !is_alias(name) && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    File { snapshot, key: key.clone(), names, number, is_removed, entries }
}
