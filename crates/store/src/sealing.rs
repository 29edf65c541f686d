//! Sealing what an earlier version has stored in clear: batches of rows are
//! read, sealed by the caller's rule and written back. Doing it again changes
//! nothing, so an upgrade that is cut short is simply begun again.

use std::collections::BTreeMap;

use model::codes::IdNumber;
use serde_json::Value as Json;
use sqlx::AssertSqlSafe;

use crate::{
    Result, Tx,
    bulk::{self, Bind, bind},
    db::on,
    facts::FactRow,
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
pub async fn facts_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let text = format!(
        "{}WHERE f.region_id = $1 AND f.fact_id > $2 ORDER BY f.fact_id LIMIT $3",
        crate::facts::SELECT
    );
    let rows = on!(tx, |c| sqlx::query_as(AssertSqlSafe(text))
        .bind(region)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(crate::facts::row).collect())
}

/// Writes facts in another form of storage: content and identity; it is no change of the facts.
pub async fn put_facts(tx: &mut Tx, facts: &[FactRow]) -> Result<()> {
    let rows = facts.iter().map(|fact| {
        [fact.id.0.into(), Bind::Text(Some(fact.content.clone())), Bind::Text(Some(fact.identity.clone()))]
    });
    put(tx, "fact", "fact_id", ["content", "identity"], rows.collect()).await
}

/// An audit entry's id and what it says was there before and after.
pub type Audited = (i64, Option<String>, Option<String>);

/// What the audit says about facts and units, in the order of the entries, after `after`.
pub async fn audit_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Audited>> {
    let region = tx.region.0;
    let text = "SELECT audit_id, before, after FROM audit WHERE region_id = $1 AND audit_id > $2 \
         AND subject IN ('fact', 'unit') ORDER BY audit_id LIMIT $3";
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(after).bind(limit).fetch_all(c).await)?)
}

/// What the audit says about one fact.
pub async fn audit_of_fact(tx: &mut Tx, fact: i64) -> Result<Vec<Audited>> {
    let region = tx.region.0;
    let text = "SELECT audit_id, before, after FROM audit WHERE region_id = $1 AND subject_id = $2 \
         AND subject = 'fact' ORDER BY audit_id";
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(fact).fetch_all(c).await)?)
}

/// Writes what the audit says in another form of storage, or without what was removed on request.
pub async fn put_audit(tx: &mut Tx, entries: &[Audited]) -> Result<()> {
    let rows = entries
        .iter()
        .map(|(id, before, after)| [(*id).into(), Bind::Text(before.clone()), Bind::Text(after.clone())]);
    put(tx, "audit", "audit_id", ["before", "after"], rows.collect()).await
}

/// Units and what the roster states about them.
pub async fn unit_attributes(tx: &mut Tx) -> Result<Vec<(i64, String)>> {
    let region = tx.region.0;
    let text = "SELECT unit_id, attributes FROM unit WHERE region_id = $1";
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).fetch_all(c).await)?)
}

/// Writes what the roster states about units.
pub async fn put_unit_attributes(tx: &mut Tx, units: &[(i64, String)]) -> Result<()> {
    let rows = units.iter().map(|(id, text)| [(*id).into(), Bind::Text(Some(text.clone()))]);
    put(tx, "unit", "unit_id", ["attributes"], rows.collect()).await
}

/// Seals files that wait for their import, and the reports of imports.
pub async fn seal_imports(tx: &mut Tx, vault: &Vault) -> Result<()> {
    let region = tx.region.0;
    let ids: Vec<i64> = on!(tx, |c| {
        let text = "SELECT import_id FROM import WHERE region_id = $1";
        sqlx::query_scalar(text).bind(region).fetch_all(c).await
    })?;
    for id in ids {
        let text = "SELECT content FROM import_file WHERE region_id = $1 AND import_id = $2";
        let content: Option<Vec<u8>> =
            on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(id).fetch_optional(c).await)?;
        if let Some(content) = content.filter(|content| !Vault::is_sealed_file(content)) {
            let text = "UPDATE import_file SET content = $3 WHERE region_id = $1 AND import_id = $2";
            let sealed = vault.seal_file(&content);
            on!(tx, |c| sqlx::query(text).bind(region).bind(id).bind(sealed).execute(c).await.map(|_| ()))?;
        }
        let text = "SELECT report FROM import WHERE region_id = $1 AND import_id = $2";
        let report: Option<Option<String>> =
            on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(id).fetch_optional(c).await)?;
        if let Some(report) = report.flatten().filter(|report| report.starts_with('{')) {
            let text = "UPDATE import SET report = $3 WHERE region_id = $1 AND import_id = $2";
            let sealed = vault.seal_note(&report);
            on!(tx, |c| sqlx::query(text).bind(region).bind(id).bind(sealed).execute(c).await.map(|_| ()))?;
        }
    }
    Ok(())
}

/// Rows written by one statement.
const ROWS: usize = 500;

/// Gives rows other texts, many in one statement. The first value of a row is its id.
async fn put<const N: usize, const M: usize>(
    tx: &mut Tx,
    table: &str,
    key: &str,
    columns: [&str; N],
    rows: Vec<[Bind; M]>,
) -> Result<()> {
    for chunk in rows.chunks(ROWS) {
        let text = put_text(tx.engine(), table, key, &columns, chunk.len());
        let region = tx.region.0;
        on!(tx, |c| {
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == ROWS);
            for value in chunk.iter().flatten().cloned() {
                query = bind!(query, value);
            }
            query.bind(region).execute(c).await.map(|_| ())
        })?;
    }
    Ok(())
}

fn put_text(engine: crate::Engine, table: &str, key: &str, columns: &[&str], rows: usize) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("new_{column}")).collect();
    let mut text = format!("WITH fresh (id, {}) AS (VALUES ", names.join(", "));
    let mut number = 0;
    for row in 0..rows {
        text.push_str(if row == 0 { "(CAST(" } else { ", (CAST(" });
        number += 1;
        bulk::hole(engine, number, &mut text);
        text.push_str(" AS BIGINT)");
        for _ in columns {
            number += 1;
            text.push_str(", CAST(");
            bulk::hole(engine, number, &mut text);
            text.push_str(" AS TEXT)");
        }
        text.push(')');
    }
    let sets: Vec<String> = columns.iter().map(|column| format!("{column} = fresh.new_{column}")).collect();
    let sets = sets.join(", ");
    text.extend([
        ") UPDATE ",
        table,
        " SET ",
        &sets,
        " FROM fresh WHERE ",
        table,
        ".",
        key,
        " = fresh.id AND ",
        table,
        ".region_id = ",
    ]);
    bulk::hole(engine, number + 1, &mut text);
    text
}
