//! Records by their ids, by the thousand; what the audit says has changed; and
//! who changed each last. Which records a list shows is told by the index of
//! records, which reads the facts and their changes here.

use std::collections::BTreeMap;

use model::ids::FactId;
use sqlx::AssertSqlSafe;

use crate::{
    Engine, Result, Tx,
    bulk::{self, Bind, bind},
    db::on,
    facts::{self, FactRow},
};

/// The last change of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
}

/// A change of a fact that the audit tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Id of the audit entry; rises with time ([`crate::time_of`]).
    pub audit: i64,
    /// The fact.
    pub fact: FactId,
}

/// Up to `limit` facts of a form with ids above `after`, by id.
pub async fn of_form(tx: &mut Tx, form: &str, after: FactId, limit: usize) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let text = format!("{}{OF_FORM}", facts::SELECT);
    let rows = on!(tx, |c| sqlx::query_as(AssertSqlSafe(text))
        .bind(region)
        .bind(form)
        .bind(after.0)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(facts::row).collect())
}

const OF_FORM: &str = "WHERE f.region_id = $1 AND f.form = $2 AND f.fact_id > $3 ORDER BY f.fact_id LIMIT $4";

/// How many facts of a form there are.
pub async fn count(tx: &mut Tx, form: &str) -> Result<i64> {
    let region = tx.region.0;
    let text = "SELECT count(*) FROM fact WHERE region_id = $1 AND form = $2";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(form).fetch_one(c).await)?)
}

/// Up to `limit` changes after the audit entry `after` of facts of a form, and
/// of facts that are no longer there, in the order of the audit.
pub async fn changed(tx: &mut Tx, form: &str, after: i64, limit: usize) -> Result<Vec<Changed>> {
    let region = tx.region.0;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<(i64, i64)> = on!(tx, |c| sqlx::query_as(CHANGED)
        .bind(region)
        .bind(after)
        .bind(form)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().map(|(audit, fact)| Changed { audit, fact: FactId(fact) }).collect())
}

const CHANGED: &str = "SELECT a.audit_id, a.subject_id FROM audit a \
     LEFT JOIN fact f ON f.region_id = a.region_id AND f.fact_id = a.subject_id \
     WHERE a.region_id = $1 AND a.audit_id > $2 AND a.subject = 'fact' AND (f.form = $3 OR f.form IS NULL) \
     ORDER BY a.audit_id LIMIT $4";

/// The highest id in the audit; 0 when it is empty.
pub async fn last_audit(tx: &mut Tx) -> Result<i64> {
    let region = tx.region.0;
    let text = "SELECT max(audit_id) FROM audit WHERE region_id = $1";
    let last: Option<i64> = on!(tx, |c| sqlx::query_scalar(text).bind(region).fetch_one(c).await)?;
    Ok(last.unwrap_or(0))
}

/// Whether the audit has this entry; every audit has 0, its beginning.
pub async fn has_audit(tx: &mut Tx, audit: i64) -> Result<bool> {
    let region = tx.region.0;
    let text = "SELECT audit_id FROM audit WHERE region_id = $1 AND audit_id = $2";
    let found: Option<i64> =
        on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(audit).fetch_optional(c).await)?;
    Ok(audit == 0 || found.is_some())
}

/// When each of these facts was last changed, and by whom; a fact whose audit
/// says nothing is left out.
pub async fn latest(tx: &mut Tx, facts: &[FactId]) -> Result<BTreeMap<FactId, Latest>> {
    if facts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = Statement::new(tx.engine(), "SELECT subject_id, at, actor FROM audit WHERE region_id = ");
    query.value(tx.region.0);
    query.among("subject_id", facts.iter().map(|fact| fact.0));
    query.push(" AND subject = 'fact' ORDER BY subject_id, audit_id");
    let Statement { text, values, .. } = query;
    let rows: Vec<(i64, i64, String)> = on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(false);
        for value in values {
            query = bind!(query, value);
        }
        query.fetch_all(c).await
    })?;
    // In the order of the changes: the last one of each fact stays.
    Ok(rows.into_iter().map(|(fact, at, actor)| (FactId(fact), Latest { at, actor })).collect())
}

/// A statement being put together with the values it binds.
struct Statement {
    engine: Engine,
    text: String,
    values: Vec<Bind>,
}

impl Statement {
    fn new(engine: Engine, text: &str) -> Self {
        Self { engine, text: text.to_owned(), values: Vec::new() }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn value(&mut self, value: impl Into<Bind>) {
        self.values.push(value.into());
        bulk::hole(self.engine, self.values.len(), &mut self.text);
    }

    fn among(&mut self, column: &str, numbers: impl Iterator<Item = i64>) {
        self.push(" AND ");
        self.push(column);
        for (position, number) in numbers.enumerate() {
            self.push(if position == 0 { " IN (" } else { "," });
            self.value(number);
        }
        self.push(")");
    }
}
