//! Encrypts what an earlier version stored in clear: batches of rows are read,
//! encrypted by the caller's function and written back. Running it again changes
//! nothing, so an upgrade that was interrupted is simply started again.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use model::codes::IdNumber;
use serde_json::Value as Json;

use crate::{
    Result, Tx,
    audit::{self, AuditTexts, StoredEntry},
    bulk, changes,
    records::{self, RecordRow},
    vault::{Personal, Vault},
};

/// Fields that hold personal values, by id.
pub type PersonalFields = BTreeMap<String, Personal>;

/// The content with its personal values sealed; `None` when there is nothing
/// to seal. A valid ID number in a field that nobody knows any more is sealed too.
pub fn seal_content(vault: &Vault, fields: &PersonalFields, content: &str) -> Option<String> {
    let mut json: Json = serde_json::from_str(content).ok()?;
    seal_object(vault, fields, &mut json).then(|| json.to_string())
}

fn seal_object(vault: &Vault, fields: &PersonalFields, json: &mut Json) -> bool {
    let Json::Object(object) = json else { return false };
    let mut is_changed = false;
    for (name, value) in object {
        match value {
            Json::String(text) => {
                let is_number = || IdNumber::parse(text).is_ok_and(|number| number.as_str() == text);
                let sort = fields.get(name).copied().or_else(|| is_number().then_some(Personal::IdNumber));
                let sealed = sort.map(|sort| vault.seal(sort, text)).filter(|_| !Vault::looks_sealed(text));
                if let Some(sealed) = sealed.filter(|sealed| sealed != text) {
                    *text = sealed;
                    is_changed = true;
                }
            }
            // A unit's audit holds what the roster states one level deeper.
            Json::Object(_) => is_changed |= seal_object(vault, fields, value),
            _ => {}
        }
    }
    is_changed
}

/// Facts in the order of their ids, after `after`.
#[boxed_async]
pub async fn list_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<RecordRow>> {
    let text = records::select!("WHERE f.region_id = $1 AND f.fact_id > $2 ORDER BY f.fact_id LIMIT $3");
    let query = tx.query(text).bind(after).bind(limit);
    records::fetch_rows(tx, query).await
}

/// Writes records in another form of storage: content and identity. For people it is no change of the records;
/// what finds them reads them anew, and their digests follow when the region is opened.
#[boxed_async]
pub async fn put_records(tx: &mut Tx, facts: &[RecordRow]) -> Result<()> {
    records::put_texts(tx, facts).await?;
    for fact in facts {
        changes::note(tx, &fact.form, fact.id);
    }
    Ok(())
}

/// What the audit says about records and units, in the order of the entries, after `after`.
#[boxed_async]
pub async fn audit_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<AuditTexts>> {
    let text = audit::stored_entries!(
        " AND audit_id > $2 AND subject IN ('fact', 'unit') ORDER BY audit_id LIMIT $3"
    );
    let query = tx.query(text).bind(after).bind(limit);
    let entries = audit::fetch_entries(tx, query).await?.into_iter();
    let texts = entries.map(|StoredEntry { audit_id, before, after, detail, .. }| AuditTexts {
        audit_id,
        before,
        after,
        detail,
    });
    Ok(texts.collect())
}

/// Units and what the roster states about them.
#[boxed_async]
pub async fn unit_attributes(tx: &mut Tx) -> Result<Vec<(i64, String)>> {
    tx.query("SELECT unit_id, attributes FROM unit WHERE region_id = $1").fetch_all(tx).await
}

/// Writes what the roster states about units.
#[boxed_async]
pub async fn put_unit_attributes(tx: &mut Tx, units: &[(i64, String)]) -> Result<()> {
    let rows = units.iter().map(|(id, text)| (*id, [text.into()]));
    bulk::update(tx, "unit", "unit_id", [("attributes", "TEXT")], rows).await
}

/// Seals files that wait for their import, and the reports of imports.
#[boxed_async]
pub async fn seal_imports(tx: &mut Tx, vault: &Vault) -> Result<()> {
    let text = "SELECT import_id FROM import WHERE region_id = $1";
    for id in tx.query(text).values::<i64>(tx).await? {
        let text = "SELECT content FROM import_file WHERE region_id = $1 AND import_id = $2";
        let content: Option<Vec<u8>> = tx.query(text).bind(id).value_optional(tx).await?;
        if let Some(content) = content.filter(|content| !Vault::is_sealed_file(content)) {
            let text = "UPDATE import_file SET content = $3 WHERE region_id = $1 AND import_id = $2";
            tx.query(text).bind(id).bind(vault.seal_file(&content)).execute(tx).await?;
        }
        let text = "SELECT report FROM import WHERE region_id = $1 AND import_id = $2";
        let report: Option<Option<String>> = tx.query(text).bind(id).value_optional(tx).await?;
        if let Some(report) = report.flatten().filter(|report| report.starts_with('{')) {
            let text = "UPDATE import SET report = $3 WHERE region_id = $1 AND import_id = $2";
            tx.query(text).bind(id).bind(vault.seal_note(&report)).execute(tx).await?;
        }
    }
    Ok(())
}
