//! What a record is known by on paper, where its file has no number for it: the fields that its
//! register names as its natural identity (`docs/decisions/0017-natural-identity.md`).

use std::hash::{DefaultHasher, Hash, Hasher};

use campaign::definition::{FieldIdx, Form, FormIdx, Required, Values};
use exchange::normalise::{comparison_key, name_comparison_key};
use model::value::Value;
use store::Personal;

use crate::Snapshot;

/// The natural identity of a record: a text for each field, as texts are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NaturalIdentity {
    texts: Vec<String>,
    /// How many of them are always stated.
    always: usize,
}

impl NaturalIdentity {
    /// Of a record with these values.
    pub(crate) fn new(snapshot: &Snapshot, form: FormIdx, values: &Values) -> Self {
        let form = &snapshot.definition.forms[form];
        let fields = fields(form);
        let texts = fields.iter().map(|field| {
            values.value(*field).map(|value| compared(snapshot, form, *field, value)).unwrap_or_default()
        });
        let is_always_stated = |field: &&FieldIdx| matches!(form.fields[**field].required, Required::Yes);
        let always = if form.natural_identity.is_empty() {
            fields.len()
        } else {
            fields.iter().take_while(is_always_stated).count()
        };
        Self { texts: texts.collect(), always }
    }

    /// A number for the whole of it; others may have the same by chance.
    pub(crate) fn hash(&self) -> u64 {
        hash(&self.texts)
    }

    /// A number for what is always stated of it; `None` when that is all.
    pub(crate) fn hash_of_required(&self) -> Option<u64> {
        let stated = self.texts.get(..self.always)?;
        // Where nothing must be stated, whatever is stated has to be the same.
        let is_part = !stated.is_empty() && stated.len() < self.texts.len();
        is_part.then(|| hash(stated))
    }

    /// Whether both may be the same: nothing that both state differs.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let mut both = self.texts.iter().zip(&other.texts);
        both.all(|(one, other)| one == other || one.is_empty() || other.is_empty())
    }

    /// Whether more of what both state differs than not: they are likely two things.
    pub(crate) fn differs_mostly_from(&self, other: &Self) -> bool {
        let both = self.texts.iter().zip(&other.texts);
        let stated: Vec<bool> = both
            .filter(|(one, other)| !one.is_empty() && !other.is_empty())
            .map(|(one, other)| one != other)
            .collect();
        stated.iter().filter(|differs| **differs).count() * 2 > stated.len()
    }
}

fn hash(texts: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    hasher.finish()
}

/// The fields that make the natural identity; where a register names none, all that a file can state but the number.
fn fields(form: &Form) -> Vec<FieldIdx> {
    if !form.natural_identity.is_empty() {
        return form.natural_identity.clone();
    }
    let number = form.numbering.as_ref().map(|numbering| numbering.field);
    form.fields.positions().filter(|field| Some(*field) != form.unit && Some(*field) != number).collect()
}

/// Whether two values of a field are the same as far as files are compared: texts without regard to
/// how they are typed ([`comparison_key`]), persons by their keys.
pub(crate) fn is_same_value(
    snapshot: &Snapshot,
    form: &Form,
    field: FieldIdx,
    (one, other): (&Value, &Value),
) -> bool {
    one == other || compared(snapshot, form, field, one) == compared(snapshot, form, field, other)
}

/// A value as it is compared with what another record states.
pub(super) fn compared(snapshot: &Snapshot, form: &Form, field: FieldIdx, value: &Value) -> String {
    // Who was removed is known by an alias alone.
    match (Snapshot::personal_kind(form, field), value) {
        (Some(Personal::Name), Value::Text(name)) => {
            return snapshot.vault.alias(Personal::Name, &name_comparison_key(name));
        }
        (Some(_), _) => return snapshot.identifying(form, field, value),
        (None, _) => {}
    }
    match value {
        Value::Text(text) => comparison_key(text),
        Value::Reference(reference) => comparison_key(&reference.text),
        other => snapshot.identifying(form, field, other),
    }
}
