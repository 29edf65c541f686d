//! Records of an import that is taken back, as they are shown to whoever decides.

use campaign::{
    definition::{Field, FieldIdx, Label, Required},
    validate::is_in_words,
};
use exchange::register::written;
use model::{ids::RecordId, value::Value};
use serde::{Deserialize, Serialize};

use super::plan::{LeftAlone, Sample, Verdict};
use crate::{
    Snapshot,
    record::{Record, in_words},
};

/// A field that returns to what it stated before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownChange {
    /// Words for the field.
    pub label: Label,
    /// What it states, as a file of ours shows it.
    pub now: String,
    /// What it stated before.
    pub before: String,
}

/// A record, for showing; personal numbers are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownRecord {
    /// The record, while it is there and the person's to see.
    pub record: Option<i64>,
    /// Name of its unit.
    pub unit: String,
    /// What identifies it.
    pub name: String,
    /// What returns to what it was.
    pub changes: Vec<ShownChange>,
    /// Why it is left alone.
    pub reason: Option<LeftAlone>,
}

impl ShownRecord {
    /// The record, while it is there and the person's to see.
    pub fn id(&self) -> Option<RecordId> {
        self.record.map(RecordId)
    }
}

/// A record as it is shown.
pub(super) fn shown(snapshot: &Snapshot, sample: Sample) -> ShownRecord {
    let Sample { record, former, verdict } = sample;
    let reason = match verdict {
        Verdict::Left(reason) => Some(reason),
        Verdict::Goes | Verdict::Returns => None,
    };
    let Some(record) = record else {
        return ShownRecord {
            record: None,
            unit: String::new(),
            name: String::new(),
            changes: Vec::new(),
            reason,
        };
    };
    let form = &snapshot.definition.forms[record.fact.form];
    let text = |field, value: Option<&Value>| {
        let shown = |value| written(&snapshot.definition, &form.fields[field], value, snapshot).text();
        value.map(shown).unwrap_or_default()
    };
    let mut changes = Vec::new();
    if let Some(former) = former.filter(|_| reason.is_none()) {
        for (field, now) in record.fact.values.entries() {
            let before = former.values.value(field);
            if now.as_ref() != before {
                let label = form.fields[field].label.clone();
                changes.push(ShownChange {
                    label,
                    now: text(field, now.as_ref()),
                    before: text(field, before),
                });
            }
        }
    }
    ShownRecord {
        record: Some(record.row.id.0),
        unit: snapshot.units.get(&record.row.unit).map(|unit| unit.name.clone()).unwrap_or_default(),
        name: name(snapshot, &record),
        changes,
        reason,
    }
}

/// The fields that identify a record, in words, and beside a number what it is about.
fn name(snapshot: &Snapshot, record: &Record) -> String {
    let form = &snapshot.definition.forms[record.fact.form];
    let is_about = |(field, definition): &(FieldIdx, &Field)| {
        matches!(definition.required, Required::Yes)
            && is_in_words(definition)
            && !form.identity.contains(field)
    };
    let about = form.fields.entries().find(is_about).map(|(field, _)| field);
    let fields = form.identity.iter().copied().chain(about);
    let words = fields.filter_map(|field| in_words(snapshot, form, field, record.fact.value(field)?));
    words.collect::<Vec<_>>().join(" ")
}
