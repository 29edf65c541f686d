//! Builds statements from pieces: lists, conditions, rows of values.
//!
//! The pieces of text come from this crate; values from outside are always bound.
//! Numbers are the one exception: a list may be longer than what an engine can
//! bind, and a number cannot contain SQL.

use std::{fmt::Write as _, panic::Location};

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{Bind, Query, Stored};
use crate::{Engine, Result, Tx};

/// Most values bound by one statement: below SQLite's 32,766 and few enough to prepare quickly.
pub(crate) const MOST_BINDS: usize = 8_000;

/// A statement being put together with the values it binds.
#[must_use]
pub(crate) struct Builder<'q> {
    engine: Engine,
    text: String,
    values: Vec<Bind<'q>>,
    is_cached: bool,
    site: &'static Location<'static>,
}

impl<'q> Builder<'q> {
    /// Begins a statement; it is not kept prepared unless [`Builder::cached`] says so.
    #[track_caller]
    pub(crate) fn new(engine: Engine, text: &str) -> Self {
        let site = Location::caller();
        Self { engine, text: text.to_owned(), values: Vec::new(), is_cached: false, site }
    }

    /// Says where it is made, when that is not where it was begun.
    pub(crate) fn with_site(&mut self, site: &'static Location<'static>) -> &mut Self {
        self.site = site;
        self
    }

    /// Whether the same text will come again, so that the engine should keep it prepared.
    pub(crate) fn cached(&mut self, is_cached: bool) -> &mut Self {
        self.is_cached = is_cached;
        self
    }

    /// Adds a piece of text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub(crate) fn push_value(&mut self, value: impl Into<Bind<'q>>) -> &mut Self {
        self.values.push(value.into());
        self.placeholder();
        self
    }

    /// Adds a number as text.
    pub(crate) fn push_number(&mut self, number: i64) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{number}");
        self
    }

    /// Adds a condition: ` AND ` before it, a value after it.
    pub(crate) fn push_and(&mut self, condition: &str, value: impl Into<Bind<'q>>) -> &mut Self {
        self.push(" AND ").push(condition).push_value(value)
    }

    /// Adds the condition that a column holds one of some values; with none, nothing fits.
    pub(crate) fn push_in<V: Into<Bind<'q>>>(
        &mut self,
        column: &str,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        let start = self.text.len();
        self.push(" AND ").push(column).push(" IN (");
        let empty = self.text.len();
        for value in values {
            if self.text.len() > empty {
                self.text.push(',');
            }
            match value.into() {
                Bind::Int(Some(number)) if self.values.len() >= MOST_BINDS => self.push_number(number),
                value => self.push_value(value),
            };
        }
        if self.text.len() == empty {
            self.text.truncate(start);
            return self.push(" AND 1 = 0");
        }
        self.push(")")
    }

    /// Adds a row of values in parentheses, a comma before every row but the first.
    pub(crate) fn push_row(
        &mut self,
        is_first: bool,
        values: impl IntoIterator<Item = Bind<'q>>,
    ) -> &mut Self {
        self.push(if is_first { "(" } else { ",(" });
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.push_value(value);
        }
        self.push(")")
    }

    /// Adds an order and how many rows are wanted at most.
    pub(crate) fn push_order(&mut self, order: &str, limit: i64) -> &mut Self {
        self.push(" ORDER BY ").push(order).push(" LIMIT ").push_value(limit)
    }

    /// Writes the place of the value that was added last. SQLite takes `$1` for
    /// a name and looks names up one after the other at every bind, so that
    /// thousands of them take seconds; it counts plain `?`. A text has one sort
    /// or the other.
    fn placeholder(&mut self) {
        // Writing to a String cannot fail.
        let _ = match self.engine {
            Engine::Sqlite => write!(self.text, "?"),
            Engine::Postgres => write!(self.text, "${}", self.values.len()),
        };
    }

    /// The statement, ready to run.
    pub(crate) fn finish(self) -> Query<'q> {
        let Self { text, values, is_cached, site, .. } = self;
        // Pieces of text are constants of this crate, numbers are numbers, all else is bound.
        Query { text: AssertSqlSafe(text).into_sql_str(), values, is_cached, site }
    }

    /// All rows that it finds.
    pub(crate) async fn fetch_all<T: Stored>(self, tx: &mut Tx) -> Result<Vec<T>> {
        self.finish().fetch_all(tx).await
    }
}

#[cfg(test)]
mod tests {
    use model::ids::UnitId;

    use super::*;

    fn check(build: impl Fn(&mut Builder<'static>), sqlite: &str, postgres: &str, values: usize) {
        for (engine, expected) in [(Engine::Sqlite, sqlite), (Engine::Postgres, postgres)] {
            let mut builder = Builder::new(engine, "SELECT a FROM t WHERE r = ");
            build(builder.push_value(1));
            let found = builder.text.strip_prefix("SELECT a FROM t WHERE r = ").unwrap();
            assert_eq!((found, builder.values.len()), (expected, values));
        }
    }

    #[test]
    fn statements_are_put_together_in_each_engines_words() {
        check(
            |b| {
                b.push_and("form = ", "x");
            },
            "? AND form = ?",
            "$1 AND form = $2",
            2,
        );
        check(
            |b| {
                b.push_in("unit_id", [UnitId(5), UnitId(6)]).push_order("a", 3);
            },
            "? AND unit_id IN (?,?) ORDER BY a LIMIT ?",
            "$1 AND unit_id IN ($2,$3) ORDER BY a LIMIT $4",
            4,
        );
        check(
            |b| {
                b.push_in("unit_id", Vec::<i64>::new());
            },
            "? AND 1 = 0",
            "$1 AND 1 = 0",
            1,
        );
        check(
            |b| {
                b.push_row(true, [1.into(), "x".into()]).push_row(false, [2.into()]);
            },
            "?(?,?),(?)",
            "$1($2,$3),($4)",
            4,
        );
    }

    #[test]
    fn a_list_longer_than_an_engine_binds_has_its_last_numbers_in_the_text() {
        let mut builder = Builder::new(Engine::Postgres, "");
        builder.push_in("unit_id", (0..70_000).map(UnitId));
        assert_eq!(builder.values.len(), MOST_BINDS);
        assert!(builder.text.contains(",$8000,8000,") && builder.text.ends_with(",69999)"));
    }
}
