//! The records of one form, newest first, a page at a time. A page costs the
//! same however many records there are: every statement walks an index from
//! where the page before ended.

use std::collections::BTreeMap;

use model::ids::{FactId, UnitId};
use sqlx::AssertSqlSafe;

use crate::{
    Engine, Result, Tx,
    bulk::{self, Bind, bind},
    db::on,
    facts::FactRow,
};

/// What a page of a list holds.
#[derive(Debug, Clone)]
pub struct Listing<'a> {
    /// Id of the form.
    pub form: &'a str,
    /// Whose records; `None` for the whole region.
    pub units: Option<&'a [UnitId]>,
    /// Only records with this identity.
    pub identity: Option<&'a str>,
    /// Only records older than this one.
    pub before: Option<FactId>,
    /// Most records.
    pub limit: usize,
}

/// The last change of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
}

/// Units asked by one statement: fewer than the values an engine binds.
const UNITS: usize = 5_000;

/// The records of a page, newest first.
pub async fn list(tx: &mut Tx, listing: &Listing<'_>) -> Result<Vec<FactRow>> {
    let ids = match listing.units {
        None => of_region(tx, listing).await?,
        Some(units) => of_units(tx, listing, units).await?,
    };
    by_id(tx, &ids).await
}

async fn of_region(tx: &mut Tx, listing: &Listing<'_>) -> Result<Vec<i64>> {
    let mut query = Statement::new(tx.engine(), "SELECT f.fact_id FROM fact f WHERE f.region_id = ");
    query.value(tx.region.0);
    query.filter(listing);
    query.newest(listing.limit);
    query.ids(tx).await
}

/// Every unit tells its newest record. The units of the newest of these are
/// the only ones that can have a record on the page.
async fn of_units(tx: &mut Tx, listing: &Listing<'_>, units: &[UnitId]) -> Result<Vec<i64>> {
    let mut newest: Vec<(i64, i64)> = Vec::new();
    if units.len() > listing.limit {
        for chunk in units.chunks(UNITS) {
            newest.extend(newest_of(tx, listing, chunk).await?);
        }
        newest.sort_unstable_by(|a, b| b.cmp(a));
        newest.truncate(listing.limit);
    } else {
        newest.extend(units.iter().map(|unit| (i64::MIN, unit.0)));
    }
    let Some((oldest, _)) = newest.last().copied() else { return Ok(Vec::new()) };
    // As many units have a record as the page holds: older ones than the last of these are not on it.
    let floor = if newest.len() == listing.limit { oldest } else { i64::MIN };
    let mut query = Statement::new(tx.engine(), OF_UNITS);
    query.value(tx.region.0);
    query.among("u.unit_id", newest.iter().map(|(_, unit)| *unit));
    query.filter(listing);
    query.push(" AND f.fact_id >= ");
    query.value(floor);
    query.push(" ORDER BY f.fact_id + 0 DESC LIMIT ");
    query.value(most(listing.limit));
    query.ids(tx).await
}

/// From unit to fact, and sorted by an expression: in this order SQLite cannot
/// walk the whole register instead, as it would for the sake of its order.
const OF_UNITS: &str = "SELECT f.fact_id FROM unit u CROSS JOIN fact f \
     WHERE f.region_id = u.region_id AND f.unit_id = u.unit_id AND u.region_id = ";

/// The newest record of each of these units that has one, with the unit.
async fn newest_of(tx: &mut Tx, listing: &Listing<'_>, units: &[UnitId]) -> Result<Vec<(i64, i64)>> {
    let select = "SELECT (SELECT max(f.fact_id) FROM fact f \
         WHERE f.region_id = u.region_id AND f.unit_id = u.unit_id";
    let mut query = Statement::new(tx.engine(), select);
    query.filter(listing);
    query.push("), u.unit_id FROM unit u WHERE u.region_id = ");
    query.value(tx.region.0);
    query.among("u.unit_id", units.iter().map(|unit| unit.0));
    let Statement { text, values, .. } = query;
    let rows: Vec<(Option<i64>, i64)> = on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(false);
        for value in values {
            query = bind!(query, value);
        }
        query.fetch_all(c).await
    })?;
    Ok(rows.into_iter().filter_map(|(newest, unit)| Some((newest?, unit))).collect())
}

async fn by_id(tx: &mut Tx, ids: &[i64]) -> Result<Vec<FactRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = "SELECT f.fact_id, f.form, f.unit_id, f.identity, f.version, f.definition_hash, f.content, \
         f.state, f.state_since FROM fact f WHERE f.region_id = ";
    let mut query = Statement::new(tx.engine(), select);
    query.value(tx.region.0);
    query.among("f.fact_id", ids.iter().copied());
    query.push(" ORDER BY f.fact_id DESC");
    let Statement { text, values, .. } = query;
    let rows = on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(false);
        for value in values {
            query = bind!(query, value);
        }
        query.fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(crate::facts::row).collect())
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

fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
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

    /// Form, identity and where the page before ended.
    fn filter(&mut self, listing: &Listing<'_>) {
        self.push(" AND f.form = ");
        self.value(listing.form);
        if let Some(identity) = listing.identity {
            self.push(" AND f.identity = ");
            self.value(identity);
        }
        if let Some(before) = listing.before {
            self.push(" AND f.fact_id < ");
            self.value(before.0);
        }
    }

    fn newest(&mut self, limit: usize) {
        self.push(" ORDER BY f.fact_id DESC LIMIT ");
        self.value(most(limit));
    }

    async fn ids(self, tx: &mut Tx) -> Result<Vec<i64>> {
        let Self { text, values, .. } = self;
        // Few shapes of short statements come again and again; those with lists of units do not.
        let is_short = values.len() < 8;
        Ok(on!(tx, |c| {
            let mut query = sqlx::query_scalar(AssertSqlSafe(text)).persistent(is_short);
            for value in values {
                query = bind!(query, value);
            }
            query.fetch_all(c).await
        })?)
    }
}
