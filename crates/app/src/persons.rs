//! A worker's file: everything that registers tell of one person, for those
//! who may see persons of the units concerned; and correcting or removing the
//! person's data in all of it.
//!
//! A person is named by a keyed hash, never by the number: by that of the ID
//! number, or, where none is stated, by that of the name within one unit.

mod change;
mod find;

use std::{fmt, str::FromStr, sync::Arc};

use campaign::definition::PersonFields;
use ledger::fact::Fact;
use model::{
    alias::{is_alias, is_token},
    ids::UnitId,
    value::Value,
};
use store::{Personal, facts::FactRow};

pub use self::{
    change::{Changed, Correction, correct, remove},
    find::{Namesake, by_name, by_number},
};
use crate::{Action, App, Context, Error, Result, Snapshot, UnitView, keys, record::read_fact};

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
    Error::NotFound { what: "person", key: key.to_owned() }
}

impl PersonKey {
    /// Who the person is that a record tells of in these fields; `None` when it does not say.
    pub fn of(snapshot: &Snapshot, fact: &Fact, person: PersonFields) -> Option<Self> {
        let text = |field: usize| fact.value(field).and_then(Value::as_str);
        match (text(person.id_number), text(person.name)) {
            (Some(number), _) => Some(Self::Number(snapshot.vault.token(Personal::IdNumber, number))),
            (None, Some(name)) => Some(Self::Name(fact.unit, snapshot.vault.token(Personal::Name, name))),
            (None, None) => None,
        }
    }

    fn index_key(&self) -> String {
        match self {
            Self::Number(token) => keys::of_number(token),
            Self::Name(_, token) => keys::of_name(token),
        }
    }

    /// What stands in the log.
    fn token(&self) -> &str {
        match self {
            Self::Number(token) | Self::Name(_, token) => token,
        }
    }
}

/// One record that tells of the person.
pub struct Entry {
    /// The record.
    pub fact: Fact,
    /// As stored.
    stored: FactRow,
    /// The unit it belongs to.
    pub unit: UnitView,
    /// Where it tells of the person: more than once only in an odd pair.
    pub persons: Vec<PersonFields>,
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
    pub entries: Vec<Entry>,
}

/// The file of a person, from the records of units that are the asking person's.
///
/// # Errors
/// [`Error::NotFound`] when there is no such record.
pub async fn file(app: &App, ctx: &Context, key: &PersonKey) -> Result<File> {
    let snapshot = app.current().await?;
    let own = ctx.unit().or_else(|| snapshot.root());
    let own = own.ok_or_else(|| not_found(&key.to_string()))?;
    ctx.require(Action::SeePersons, &snapshot, own)?;
    let rows = find::bearing(app, &snapshot, &key.index_key()).await?;
    let mut entries = Vec::new();
    for stored in rows {
        entries.extend(entry(ctx, &snapshot, key, stored)?);
    }
    if entries.is_empty() {
        return Err(not_found(&key.to_string()));
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.fact.id));
    Ok(told(snapshot, key, entries))
}

/// The record, when it tells of the person and may be seen.
fn entry(ctx: &Context, snapshot: &Snapshot, key: &PersonKey, stored: FactRow) -> Result<Option<Entry>> {
    if !ctx.may(Action::SeePersons, snapshot, stored.unit) {
        return Ok(None);
    }
    let fact = read_fact(snapshot, &stored)?;
    let all = snapshot.campaign.forms[fact.form].persons.iter().copied();
    let persons: Vec<_> =
        all.filter(|person| PersonKey::of(snapshot, &fact, *person).as_ref() == Some(key)).collect();
    let Some(unit) = snapshot.view(fact.unit).filter(|_| !persons.is_empty()) else { return Ok(None) };
    Ok(Some(Entry { fact, stored, unit, persons }))
}

fn told(snapshot: Arc<Snapshot>, key: &PersonKey, entries: Vec<Entry>) -> File {
    let (mut names, mut number, mut is_removed) = (Vec::new(), None, false);
    for entry in &entries {
        for person in &entry.persons {
            let text = |field: usize| entry.fact.value(field).and_then(Value::as_str);
            is_removed |= [person.name, person.id_number].into_iter().filter_map(text).any(is_alias);
            let clear = |field| text(field).filter(|text| !is_alias(text)).map(ToOwned::to_owned);
            if let Some(name) = clear(person.name).filter(|name| !names.contains(name)) {
                names.push(name);
            }
            number = number.or_else(|| clear(person.id_number));
        }
    }
    File { snapshot, key: key.clone(), names, number, is_removed, entries }
}
