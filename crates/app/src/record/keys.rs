//! Keys by which records are found across registers without being searched:
//! keyed hashes of the persons that they name, and of what only one unit can
//! own. Without the secret a key says nothing.

use campaign::definition::{
    DuplicateKey, DuplicateKeyIdx, DuplicateKeyPart, FieldIdx, Form, FormIdx, TableColumn,
};
use exchange::normalise::comparison_key;
use ledger::{fact::Fact, post::month_of};
use model::{alias::is_alias, value::Value};
use store::Personal;

use crate::Snapshot;

/// The keys of a record.
pub(crate) fn record_keys(snapshot: &Snapshot, fact: &Fact) -> Vec<String> {
    let form = &snapshot.definition.forms[fact.form];
    let mut keys = Vec::new();
    for person in &form.persons {
        let text = |field: FieldIdx| fact.value(field).and_then(Value::as_str);
        if let Some(number) = text(person.id_number) {
            keys.push(number_key(&snapshot.vault.token(Personal::IdNumber, number)));
        }
        if let Some(name) = text(person.name) {
            keys.push(name_key(&snapshot.vault.token(Personal::Name, name)));
        }
    }
    for (_, columns, text) in form.tables(&fact.values) {
        let names = TableColumn::persons(columns, text).into_iter();
        keys.extend(names.map(|name| name_key(&snapshot.vault.token(Personal::Name, name))));
    }
    keys.extend(form.duplicate_keys.iter().filter_map(|key| duplicate_key(snapshot, form, key, fact)));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of a person known by an ID number with this token.
pub(crate) fn number_key(token: &str) -> String {
    format!("p:{token}")
}

/// The key of everybody who bears the name with this token.
pub(crate) fn name_key(token: &str) -> String {
    format!("n:{token}")
}

/// What keys of duplicates begin with.
pub(crate) const DUPLICATE: &str = "c:";

/// A key of a record by which duplicates are found; `None` when it does not state all of it.
pub(crate) fn duplicate_key(
    snapshot: &Snapshot,
    form: &Form,
    key: &DuplicateKey,
    fact: &Fact,
) -> Option<String> {
    let parts: Option<Vec<String>> = key
        .key
        .iter()
        .map(|part| match part {
            DuplicateKeyPart::Person(person) => {
                let number = fact.value(person.id_number)?.as_str()?;
                Some(snapshot.vault.token(Personal::IdNumber, number))
            }
            DuplicateKeyPart::Field(field) => {
                let value = fact.value(*field)?;
                let text = snapshot.identifying(form, *field, value);
                Some(if is_alias(&text) { text } else { compared(&text) }).filter(|text| !text.is_empty())
            }
            DuplicateKeyPart::Year(field) => Some(month_of(fact.value(*field)?)?.year().to_string()),
        })
        .collect();
    let parts = parts?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Some(format!("{DUPLICATE}{}:{}:{}", form.id, key.id, snapshot.vault.token_of(&parts)))
}

/// The form of a key, and which of the form's keys it is.
pub(crate) fn position_of_key(snapshot: &Snapshot, key: &str) -> Option<(FormIdx, DuplicateKeyIdx)> {
    let mut parts = key.strip_prefix(DUPLICATE)?.split(':');
    let (position, form) = snapshot.definition.form(parts.next()?)?;
    let id = parts.next()?;
    Some((position, form.duplicate_keys.position(|known| known.id == id)?))
}

/// How keys are made; when it changes, the indexes are built anew.
pub(crate) const KEY_FORMAT: &str = "persons and claims, 3";

/// A text as keys compare it: letters and digits alone.
fn compared(text: &str) -> String {
    comparison_key(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::compared;

    #[test]
    fn spaces_and_signs_do_not_matter() {
        assert_eq!(compared("ＡＢ－１ 型　“节能”改造（二期）"), "ab1型节能改造二期");
        assert_eq!(compared("第Ⅱ期㎡"), "第ii期m2");
        assert_eq!(compared("——"), "");
    }
}
