//! Inserts and updates many rows with one statement.

mod copy;

use std::{future::Future, panic::Location, pin::Pin};

use crate::{
    Engine, Result, Tx,
    query::{Bind, Builder, MOST_BINDS},
};

/// Boxed, so that the type of the rows stays out of the callers' futures: the
/// compiler could not see that those may move between threads (rust#102211).
type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Inserts `rows` into `table`, many at a time; `suffix` is what follows the
/// values, such as `ON CONFLICT …`. How many rows were written.
#[track_caller]
pub(crate) fn insert<'a, const N: usize>(
    tx: &'a mut Tx,
    table: &'a str,
    columns: [&'a str; N],
    suffix: &'a str,
    rows: impl IntoIterator<Item = [Bind<'a>; N], IntoIter: Send + 'a>,
) -> Boxed<'a, u64> {
    let site = Location::caller();
    Box::pin(insert_rows(tx, (table, site), columns, suffix, rows.into_iter()))
}

async fn insert_rows<'a, const N: usize>(
    tx: &mut Tx,
    (table, site): (&str, &'static Location<'static>),
    columns: [&str; N],
    suffix: &str,
    rows: impl Iterator<Item = [Bind<'a>; N]> + Send,
) -> Result<u64> {
    let most = MOST_BINDS / N;
    let head = format!("INSERT INTO {table} ({}) VALUES ", columns.join(","));
    let mut rows = rows.peekable();
    if tx.engine() == Engine::Postgres && suffix.is_empty() {
        let mut lines = copy::Lines::default();
        let first: Vec<[Bind<'a>; N]> = rows.by_ref().take(COPIED).collect();
        if first.len() == COPIED {
            for row in &first {
                lines.put(row);
            }
            drop(first);
            return copy::insert(tx, table, columns, lines, rows).await;
        }
        if first.is_empty() {
            return Ok(0);
        }
        let mut builder = Builder::new(tx.engine(), &head);
        builder.with_site(site);
        for (place, row) in first.into_iter().enumerate() {
            builder.push_row(place == 0, row);
        }
        return builder.finish().execute(tx).await;
    }
    let mut written = 0;
    while rows.peek().is_some() {
        let mut builder = Builder::new(tx.engine(), &head);
        builder.with_site(site);
        let mut count = 0;
        for row in rows.by_ref().take(most) {
            builder.push_row(count == 0, row);
            count += 1;
        }
        // Only the full size comes again; others are not worth a place in the cache.
        builder.push(" ").push(suffix).cached(count == most);
        written += builder.finish().execute(tx).await?;
    }
    Ok(written)
}

/// From so many rows on, PostgreSQL copies them.
const COPIED: usize = 500;

/// Rows written by one statement of [`update`].
const ROWS: usize = 500;

/// Gives rows of a table other values, many in one statement: of each row its id
/// in the column `key`, and the new values of `columns`, of which the types are said.
#[track_caller]
pub(crate) fn update<'a, const N: usize>(
    tx: &'a mut Tx,
    table: &'a str,
    key: &'a str,
    columns: [(&'a str, &'a str); N],
    rows: impl Iterator<Item = (i64, [Bind<'a>; N])> + Send + 'a,
) -> Boxed<'a, ()> {
    let site = Location::caller();
    Box::pin(update_rows(tx, (table, site), key, columns, rows))
}

async fn update_rows<'a, const N: usize>(
    tx: &mut Tx,
    (table, site): (&str, &'static Location<'static>),
    key: &str,
    columns: [(&str, &str); N],
    mut rows: impl Iterator<Item = (i64, [Bind<'a>; N])> + Send,
) -> Result<()> {
    let names = columns.map(|(column, _)| format!("new_{column}")).join(", ");
    let sets = columns.map(|(column, _)| format!("{column} = fresh.new_{column}")).join(", ");
    loop {
        let mut builder = Builder::new(tx.engine(), &format!("WITH fresh (id, {names}) AS (VALUES "));
        builder.with_site(site);
        let mut ids = Vec::new();
        for (id, values) in rows.by_ref().take(ROWS) {
            builder
                .push(if ids.is_empty() { "(CAST(" } else { ", (CAST(" })
                .push_value(id)
                .push(" AS BIGINT)");
            for ((_, kind), value) in columns.iter().zip(values) {
                builder.push(", CAST(").push_value(value).push(" AS ").push(kind).push(")");
            }
            builder.push(")");
            ids.push(id);
        }
        if ids.is_empty() {
            return Ok(());
        }
        builder.push(&format!(
            ") UPDATE {table} SET {sets} FROM fresh WHERE {table}.{key} = fresh.id AND {table}.region_id = "
        ));
        builder.push_value(tx.region).cached(ids.len() == ROWS);
        // SQLite takes the fresh values for very many and would look each row of the region up among them.
        builder.push_in(&format!("{table}.{key}"), ids);
        builder.finish().execute(tx).await?;
    }
}
