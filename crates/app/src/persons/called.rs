//! Records that are called by the name of the person whom they are about: others refer to them by that name. Who is removed
//! is removed from there as well, whichever unit the others are of.

use std::collections::BTreeSet;

use campaign::{
    definition::{FieldIdx, FormIdx, Values},
    kinds::ReferenceKind,
};
use model::{
    alias::is_alias,
    ids::RecordId,
    value::{Reference, Value},
};
use serde_json::{Map, Value as Json, json};
use store::{
    Personal, Tx,
    audit::{self, AuditTexts},
    records, references,
};

use super::{File, PersonRecord};
use crate::{
    Result, Snapshot,
    audit::RECORD,
    record::{Record, text_of_nameless},
};

/// What is called by the name of a person.
pub(super) struct CalledByPerson {
    /// The records.
    ids: BTreeSet<RecordId>,
    /// The tokens of the names.
    names: BTreeSet<String>,
}

impl CalledByPerson {
    /// The records of a file that are called by the person's name.
    pub(super) fn new(found: &File) -> Self {
        let snapshot = &found.snapshot;
        let is_called_so = |entry: &&PersonRecord| {
            let mut called_by = snapshot.definition.forms[entry.fact.form].called_by();
            called_by.any(|field| entry.persons.iter().any(|person| person.name == field))
        };
        let ids = found.entries.iter().filter(is_called_so).map(|entry| entry.fact.id);
        let names = found.names.iter().map(|name| snapshot.vault.token(Personal::Name, name));
        Self { ids: ids.collect(), names: names.collect() }
    }

    /// The records that refer to these, except those of the file itself.
    pub(super) async fn referring(
        &self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        found: &File,
    ) -> Result<Vec<Record>> {
        let called: Vec<RecordId> = self.ids.iter().copied().collect();
        let own: BTreeSet<RecordId> = found.entries.iter().map(|entry| entry.fact.id).collect();
        let rows = references::list_to(tx, &called).await?;
        let ids: BTreeSet<RecordId> =
            rows.iter().map(|row| row.record).filter(|id| !own.contains(id)).collect();
        let rows = records::find_all(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
        rows.into_iter().map(|row| Record::new(snapshot, row)).collect()
    }

    /// Takes the names out of the references of a record; the fields that have changed.
    pub(super) fn forget(&self, snapshot: &Snapshot, form: FormIdx, values: &mut Values) -> Vec<FieldIdx> {
        let mut changed = Vec::new();
        for (field, to) in snapshot.definition.forms[form].references() {
            let nameless = values.value(field).and_then(|value| self.without_name(snapshot, to, value));
            // References to the same record are equal, whatever they call it.
            let text = values.value(field).and_then(Value::as_str).map(str::to_owned);
            if let Some(nameless) = nameless.filter(|nameless| nameless.as_str() != text.as_deref()) {
                values[field] = Some(nameless);
                changed.push(field);
            }
        }
        changed
    }

    /// What a reference states without the name; `None` where it does not state it.
    fn without_name(&self, snapshot: &Snapshot, to: ReferenceKind, value: &Value) -> Option<Value> {
        match value {
            Value::Reference(Reference { id, .. }) if self.ids.contains(id) => {
                Some(Value::Reference(Reference { id: *id, text: text_of_nameless(*id) }))
            }
            Value::Text(text) if !is_alias(text) => {
                let leads_to_persons =
                    to.forms().any(|form| snapshot.definition.forms[form].is_called_by_person());
                let is_name =
                    leads_to_persons && self.names.contains(&snapshot.vault.token(Personal::Name, text));
                is_name.then(|| Value::Text(snapshot.vault.alias(Personal::Name, text)))
            }
            _ => None,
        }
    }

    /// The same in a content as it is stored; whether it has changed.
    pub(super) fn forget_in(
        &self,
        snapshot: &Snapshot,
        form: FormIdx,
        values: &Values,
        object: &mut Map<String, Json>,
    ) -> bool {
        let mut values = values.clone();
        let changed = self.forget(snapshot, form, &mut values);
        for field in &changed {
            let text = match values.value(*field) {
                Some(Value::Reference(reference)) => {
                    json!({ "to": reference.id.0, "text": reference.text })
                }
                Some(value) => Json::from(value.as_str().unwrap_or_default()),
                None => continue,
            };
            object.insert(snapshot.definition.forms[form].fields[*field].id.clone(), text);
        }
        !changed.is_empty()
    }

    /// Takes the names out of everything that the history of a record that refers to these says.
    pub(super) async fn forget_in_history(
        &self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        (form, id): (FormIdx, RecordId),
    ) -> Result<()> {
        let without = |content: Option<&String>| -> Option<String> {
            let content = content?;
            let values = snapshot.codecs[form].decode(content).ok()?;
            let mut object: Json = serde_json::from_str(content).ok()?;
            let is_changed = self.forget_in(snapshot, form, &values, object.as_object_mut()?);
            is_changed.then(|| object.to_string())
        };
        let entries = audit::texts_of(tx, RECORD, id.0).await?;
        let forgotten = entries.into_iter().filter_map(|texts| {
            let (before, after) = (without(texts.before.as_ref()), without(texts.after.as_ref()));
            let is_changed = before.is_some() || after.is_some();
            let before = before.or_else(|| texts.before.clone());
            let after = after.or_else(|| texts.after.clone());
            is_changed.then_some(AuditTexts { before, after, ..texts })
        });
        Ok(audit::put_texts(tx, &snapshot.vault, forgotten.collect()).await?)
    }
}
