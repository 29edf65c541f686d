//! Keys by which records are found across registers without being searched:
//! keyed hashes of the persons they tell of and of what they claim. A key
//! tells nothing to anybody who has not the secret.

use std::sync::Arc;

use campaign::{
    column::normal_title,
    definition::{Claim, ClaimPart, Form},
};
use ledger::{fact::Fact, post::month_of};
use model::{alias::is_alias, ids::FactId, value::Value};
use store::{
    Personal,
    facts::{self, FactRow},
};

use crate::{App, Result, Snapshot, registers};

/// The keys of a record.
pub(crate) fn of(snapshot: &Snapshot, fact: &Fact) -> Vec<String> {
    let form = &snapshot.campaign.forms[fact.form];
    let mut keys = Vec::new();
    for person in &form.persons {
        let text = |field: usize| fact.value(field).and_then(Value::as_str);
        if let Some(number) = text(person.id_number) {
            keys.push(of_number(&snapshot.vault.token(Personal::IdNumber, number)));
        }
        if let Some(name) = text(person.name) {
            keys.push(of_name(&snapshot.vault.token(Personal::Name, name)));
        }
    }
    keys.extend(form.claims.iter().filter_map(|claim| of_claim(snapshot, form, claim, fact)));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of a person known by an ID number with this token.
pub(crate) fn of_number(token: &str) -> String {
    format!("p:{token}")
}

/// The key of everybody who bears the name with this token.
pub(crate) fn of_name(token: &str) -> String {
    format!("n:{token}")
}

/// What keys of claims begin with.
pub(crate) const CLAIM: &str = "c:";

/// The key of what a record claims; `None` when it does not state all of it.
pub(crate) fn of_claim(snapshot: &Snapshot, form: &Form, claim: &Claim, fact: &Fact) -> Option<String> {
    let parts: Option<Vec<String>> = claim
        .key
        .iter()
        .map(|part| match part {
            ClaimPart::Person(person) => {
                let number = fact.value(person.id_number)?.as_str()?;
                Some(snapshot.vault.token(Personal::IdNumber, number))
            }
            ClaimPart::Field(field) => {
                let value = fact.value(*field)?;
                let text = snapshot.identifying(form, *field, value);
                Some(if is_alias(&text) { text } else { compared(&text) }).filter(|text| !text.is_empty())
            }
            ClaimPart::Year(field) => Some(month_of(fact.value(*field)?)?.year().to_string()),
        })
        .collect();
    let parts = parts?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Some(format!("{CLAIM}{}:{}:{}", form.id, claim.id, snapshot.vault.token_of(&parts)))
}

/// The form and the claim of a key, by position.
pub(crate) fn claim_of(snapshot: &Snapshot, key: &str) -> Option<(usize, usize)> {
    let mut parts = key.strip_prefix(CLAIM)?.split(':');
    let (position, form) = snapshot.campaign.form(parts.next()?)?;
    let claim = parts.next()?;
    Some((position, form.claims.iter().position(|known| known.id == claim)?))
}

/// How keys are made; when it changes, the indexes are built anew.
pub(crate) const WAY: &str = "persons and claims, 1";

/// The records that bear a key, oldest first.
pub(crate) async fn bearing(app: &App, snapshot: &Arc<Snapshot>, key: &str) -> Result<Vec<FactRow>> {
    rows(app, &registers::keys::find(app, snapshot, key).await?).await
}

/// The records of a register that make a claim, oldest first; `None` while the index that tells it is being built.
pub(crate) async fn claiming(
    app: &App,
    snapshot: &Arc<Snapshot>,
    form: usize,
    key: String,
) -> Result<Option<Vec<FactRow>>> {
    match registers::keys::find_in(app, snapshot, form, key).await? {
        Some(ids) => rows(app, &ids).await.map(Some),
        None => Ok(None),
    }
}

async fn rows(app: &App, ids: &[FactId]) -> Result<Vec<FactRow>> {
    let mut tx = app.db.read(app.region).await?;
    let mut rows = facts::find_all(&mut tx, ids).await?;
    tx.rollback().await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Every claim that two or more records make, with the records.
pub(crate) async fn shared_claims(app: &App, snapshot: &Arc<Snapshot>) -> Result<Vec<(String, Vec<FactId>)>> {
    registers::keys::find_shared(app, snapshot, CLAIM).await
}

/// A text as claims compare it: letters and digits alone, half-width and small.
fn compared(text: &str) -> String {
    let plain = normal_title(&exchange::names::unit_name_key(text));
    plain.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::compared;

    #[test]
    fn spaces_and_signs_do_not_matter() {
        assert_eq!(compared("ＡＢ－１ 型　“节能”改造（二期）"), "ab1型节能改造二期");
        assert_eq!(compared("——"), "");
    }
}
