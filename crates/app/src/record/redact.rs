//! Personal numbers that somebody wrote into a text, and that the record no longer states: they were
//! masked or taken out, or the record is gone. They are masked in everything that its history says too.
//!
//! The same numbers are masked in every entry, before and after alike, so that the history still
//! leads from one state to the next and to what the record states. The entry of the change says that
//! this was done (`Transitioned::masks_numbers`).

use campaign::{
    definition::{Form, FormIdx},
    validate::{is_in_words, personal_numbers},
};
use model::ids::RecordId;
use serde_json::Value as Json;
use store::{
    Tx,
    audit::{self, AuditTexts},
};

use super::read::Record;
use crate::{Result, Snapshot, audit::RECORD};

/// Numbers that a record no longer states, each with its mask.
pub(super) struct DroppedNumbers {
    id: RecordId,
    form: FormIdx,
    numbers: Vec<(String, String)>,
}

impl DroppedNumbers {
    /// The numbers that a record states before a change and not after it; `None` when there are none.
    pub(super) fn new(snapshot: &Snapshot, old: &Record, new: Option<&Record>) -> Option<Self> {
        let form = &snapshot.definition.forms[old.fact.form];
        let stated = |record: &Record| {
            let mut numbers = personal_numbers(form, &record.fact.values);
            numbers.extend(personal_numbers(form, &record.pending));
            numbers
        };
        let mut numbers = stated(old);
        if numbers.is_empty() {
            return None;
        }
        if let Some(new) = new {
            let kept = stated(new);
            numbers.retain(|number| !kept.contains(number));
        }
        // A number may be a part of another one.
        numbers.sort_by_key(|(number, _)| std::cmp::Reverse(number.len()));
        (!numbers.is_empty()).then_some(Self { id: old.row.id, form: old.fact.form, numbers })
    }

    /// Masks them in everything that the history of their record says.
    pub(super) async fn mask_in_history(&self, tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
        let form = &snapshot.definition.forms[self.form];
        let texts = audit::texts_of(tx, RECORD, self.id.0).await?;
        let masked = texts.into_iter().filter_map(|entry| {
            let before = entry.before.as_deref().and_then(|content| self.masked(form, content));
            let after = entry.after.as_deref().and_then(|content| self.masked(form, content));
            let detail = entry.detail.as_deref().and_then(|detail| self.masked_detail(form, detail));
            let is_changed = before.is_some() || after.is_some() || detail.is_some();
            is_changed.then(|| AuditTexts {
                audit_id: entry.audit_id,
                before: before.or(entry.before),
                after: after.or(entry.after),
                detail: detail.or(entry.detail),
            })
        });
        let masked: Vec<AuditTexts> = masked.collect();
        Ok(audit::put_texts(tx, &snapshot.vault, masked).await?)
    }

    /// A content without them; `None` when it has none. Works on the text as it is stored: fields
    /// that the form no longer has stay in it, and are masked too.
    fn masked(&self, form: &Form, content: &str) -> Option<String> {
        let mut object: Json = serde_json::from_str(content).ok()?;
        let mut is_changed = false;
        for (field, value) in object.as_object_mut()? {
            let is_words = form.field(field).is_none_or(|field| is_in_words(&form.fields[field]));
            if is_words && let Json::String(text) = value {
                for (number, mask) in &self.numbers {
                    if text.contains(number) {
                        *text = text.replace(number, mask);
                        is_changed = true;
                    }
                }
            }
        }
        is_changed.then(|| object.to_string())
    }

    /// What is pending is written in the detail, as content.
    fn masked_detail(&self, form: &Form, detail: &str) -> Option<String> {
        let mut object: Json = serde_json::from_str(detail).ok()?;
        let pending = object.as_object_mut()?.get_mut("pending")?;
        *pending = Json::String(self.masked(form, pending.as_str()?)?);
        Some(object.to_string())
    }
}
