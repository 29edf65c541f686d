//! Many rows in one statement.

use std::{fmt::Write as _, future::Future, pin::Pin};

use sqlx::AssertSqlSafe;

use crate::{Engine, Result, Tx, db::on};

/// One value to bind.
#[derive(Debug, Clone)]
pub(crate) enum Bind {
    /// A whole number or NULL.
    Int(Option<i64>),
    /// A text or NULL.
    Text(Option<String>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Yes or no.
    Bool(bool),
}

impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Bind {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

/// Binds one [`Bind`] to a query of either engine.
macro_rules! bind {
    ($query:expr, $value:expr) => {
        match $value {
            $crate::bulk::Bind::Int(value) => $query.bind(value),
            $crate::bulk::Bind::Text(value) => $query.bind(value),
            $crate::bulk::Bind::Bytes(value) => $query.bind(value),
            $crate::bulk::Bind::Bool(value) => $query.bind(value),
        }
    };
}

pub(crate) use bind;

/// Most bound values in one statement: below SQLite's 32,766 and few enough to prepare quickly.
const MOST_BINDS: usize = 8_000;

/// Inserts `rows` into `table` (`columns` separated by commas), many at a
/// time; `suffix` is what follows the values, such as `ON CONFLICT …`.
///
/// Boxed, so that the type of `rows` stays out of the callers' futures: the
/// compiler could not see that those may move between threads (rust#102211).
pub(crate) fn insert<'a, const N: usize>(
    tx: &'a mut Tx,
    table: &'a str,
    columns: [&'a str; N],
    suffix: &'a str,
    rows: impl IntoIterator<Item = [Bind; N], IntoIter: Send + 'a>,
) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + 'a>> {
    Box::pin(insert_rows(tx, table, columns, suffix, rows.into_iter()))
}

async fn insert_rows<const N: usize>(
    tx: &mut Tx,
    table: &str,
    columns: [&str; N],
    suffix: &str,
    rows: impl Iterator<Item = [Bind; N]> + Send,
) -> Result<u64> {
    let most = MOST_BINDS / N;
    let mut rows = rows.peekable();
    let mut written = 0;
    let mut chunk: Vec<[Bind; N]> = Vec::with_capacity(most);
    while rows.peek().is_some() {
        chunk.extend(rows.by_ref().take(most));
        let is_full = chunk.len() == most;
        let text = text(tx.engine(), table, &columns, suffix, chunk.len());
        let affected: u64 = on!(tx, |c| {
            // Only the full size comes again; others are not worth a place in the cache.
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(is_full);
            for value in chunk.drain(..).flatten() {
                query = bind!(query, value);
            }
            query.execute(c).await.map(|done| done.rows_affected())
        })?;
        written += affected;
    }
    Ok(written)
}

/// Writes where value `number` goes. SQLite takes `$1` for a name and looks
/// names up one after the other at every bind, so that thousands of them take
/// seconds; it counts plain `?`. A text has one sort or the other.
pub(crate) fn hole(engine: Engine, number: usize, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = match engine {
        Engine::Sqlite => write!(text, "?"),
        Engine::Postgres => write!(text, "${number}"),
    };
}

fn text(engine: Engine, table: &str, columns: &[&str], suffix: &str, rows: usize) -> String {
    let mut text = format!("INSERT INTO {table} ({}) VALUES ", columns.join(","));
    let mut number = 0;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns.len() {
            number += 1;
            let comma = if column == 0 { "" } else { "," };
            text.push_str(comma);
            hole(engine, number, &mut text);
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(suffix);
    text
}
