//! What is awaited, of whom and until when: one row for every clock of a
//! record that runs and every role that it runs for. Rows are derived from
//! facts and can be dropped.

use model::ids::{FactId, UnitId};
use sqlx::AssertSqlSafe;

use crate::{
    Result, Tx,
    bulk::{self, Bind, bind},
    db::on,
};

/// Something awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// The record.
    pub fact: FactId,
    /// Id of the clock.
    pub clock: String,
    /// The role that it waits for.
    pub role: &'static str,
    /// Where in the tree that role stands: `own`, `above` or `city`.
    pub level: &'static str,
    /// The record's unit.
    pub unit: UnitId,
    /// Id of the record's form.
    pub form: String,
    /// The last day, YYYY-MM-DD.
    pub due: String,
    /// Since when the record has been where it is, YYYY-MM-DD.
    pub since: String,
}

/// Adds rows.
pub async fn insert(tx: &mut Tx, rows: &[Awaited]) -> Result<()> {
    let region = tx.region.0;
    let columns = ["region_id", "fact_id", "clock", "role", "level", "unit_id", "form", "due_on", "since_on"];
    let rows = rows.iter().map(|row| {
        [
            region.into(),
            row.fact.0.into(),
            row.clock.as_str().into(),
            row.role.into(),
            row.level.into(),
            row.unit.0.into(),
            row.form.as_str().into(),
            row.due.as_str().into(),
            row.since.as_str().into(),
        ]
    });
    bulk::insert(tx, "awaited", columns, "", rows).await?;
    Ok(())
}

/// Facts whose rows are removed by one statement.
const FACTS: usize = 1_000;

/// Removes everything that is awaited of these facts.
pub async fn delete(tx: &mut Tx, facts: &[FactId]) -> Result<()> {
    let region = tx.region.0;
    for chunk in facts.chunks(FACTS) {
        // Ids are numbers made by this program: they can stand in the text.
        let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let text = format!("DELETE FROM awaited WHERE region_id = $1 AND fact_id IN ({})", ids.join(","));
        on!(tx, |c| sqlx::query(AssertSqlSafe(text))
            .persistent(false)
            .bind(region)
            .execute(c)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Removes everything of the region.
pub async fn clear(tx: &mut Tx) -> Result<()> {
    let region = tx.region.0;
    let text = "DELETE FROM awaited WHERE region_id = $1";
    on!(tx, |c| sqlx::query(text).bind(region).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// For whom something is awaited, and what of it.
#[derive(Debug, Clone)]
pub struct Waiting<'a> {
    /// The role.
    pub role: &'a str,
    /// The units whose records are meant; `None` for all of the region.
    pub units: Option<&'a [UnitId]>,
    /// The person's own unit: what waits for somebody above it does not wait for the person.
    pub own: Option<UnitId>,
    /// Whether what waits for the city waits for the person.
    pub is_city: bool,
    /// Only records of this form.
    pub form: Option<&'a str>,
    /// Only what is due on this day or later.
    pub from: Option<&'a str>,
    /// Only what is due on this day or before.
    pub until: Option<&'a str>,
    /// Only what has come on this day or later.
    pub since: Option<&'a str>,
}

/// What has been found: fact, clock, due, since.
pub type Found = (i64, String, String, String);

/// What waits, the earliest due first, after the first `skip`.
pub async fn list(tx: &mut Tx, waiting: &Waiting<'_>, skip: i64, limit: i64) -> Result<Vec<Found>> {
    let mut query = Query::new(tx, "SELECT fact_id, clock, due_on, since_on FROM awaited WHERE region_id = ");
    query.filter(waiting);
    query.text.push_str(" ORDER BY due_on, fact_id, clock LIMIT ");
    query.value(limit);
    query.text.push_str(" OFFSET ");
    query.value(skip);
    let Query { text, values, is_short, .. } = query;
    Ok(on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(is_short);
        for value in values {
            query = bind!(query, value);
        }
        query.fetch_all(c).await
    })?)
}

/// How many wait; counting ends at `most`.
pub async fn count(tx: &mut Tx, waiting: &Waiting<'_>, most: i64) -> Result<i64> {
    let mut query = Query::new(tx, "SELECT count(*) FROM (SELECT fact_id FROM awaited WHERE region_id = ");
    query.filter(waiting);
    query.text.push_str(" LIMIT ");
    query.value(most);
    query.text.push_str(") AS found");
    let Query { text, values, is_short, .. } = query;
    Ok(on!(tx, |c| {
        let mut query = sqlx::query_scalar(AssertSqlSafe(text)).persistent(is_short);
        for value in values {
            query = bind!(query, value);
        }
        query.fetch_one(c).await
    })?)
}

/// A statement being put together with the values it binds.
struct Query {
    engine: crate::Engine,
    text: String,
    values: Vec<Bind>,
    /// Whether the same text comes again: without a list of units.
    is_short: bool,
}

impl Query {
    fn new(tx: &Tx, text: &str) -> Self {
        let mut query =
            Self { engine: tx.engine(), text: text.to_owned(), values: Vec::new(), is_short: true };
        query.value(tx.region.0);
        query
    }

    fn value(&mut self, value: impl Into<Bind>) {
        self.values.push(value.into());
        bulk::hole(self.engine, self.values.len(), &mut self.text);
    }

    fn compare(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text.push_str(" AND ");
            self.text.push_str(column);
            self.value(value);
        }
    }

    fn filter(&mut self, waiting: &Waiting<'_>) {
        self.compare("role = ", Some(waiting.role));
        if let Some(units) = waiting.units {
            self.is_short = units.len() == 1;
            // Ids are numbers made by this program: they can stand in the text.
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            self.text.push_str(" AND unit_id IN (");
            self.text.push_str(&units.join(","));
            self.text.push(')');
        }
        if let Some(own) = waiting.own {
            self.text.push_str(" AND (level <> 'above' OR unit_id <> ");
            self.value(own.0);
            self.text.push(')');
        }
        if !waiting.is_city {
            self.text.push_str(" AND level <> 'city'");
        }
        self.compare("form = ", waiting.form);
        self.compare("due_on >= ", waiting.from);
        self.compare("due_on <= ", waiting.until);
        self.compare("since_on >= ", waiting.since);
    }
}
