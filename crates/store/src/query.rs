//! Statements with the values they bind, for either engine. This is the only
//! module that builds and runs statements.
//!
//! A fixed statement comes from [`Tx::query`]; a statement that depends on what is
//! searched for comes from [`Tx::build`]. Both bind the region first. Ids, days and
//! moments are converted into a [`Bind`] automatically.

mod bind;
mod builder;

use std::panic::Location;

use futures::TryStreamExt;
use sqlx::{FromRow, SqlSafeStr, SqlStr, postgres::PgRow, sqlite::SqliteRow};

pub(crate) use bind::Bind;
pub(crate) use builder::{Builder, MOST_BINDS};

use crate::{
    Error, Result, Tx,
    db::{answered, on},
};

/// What can be read from a row of either engine: a struct that derives
/// `FromRow`, or a tuple of one or two columns.
pub(crate) trait Stored:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Stored for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement with its values, ready to run.
#[must_use]
pub(crate) struct Query<'q> {
    text: SqlStr,
    values: Vec<Bind<'q>>,
    /// Whether the same text comes again, so that the engine should keep it prepared.
    is_cached: bool,
    /// Where it is made.
    #[cfg_attr(
        not(feature = "plans"),
        expect(dead_code, reason = "tests alone ask where a statement is made")
    )]
    site: &'static Location<'static>,
}

impl Tx {
    /// A fixed statement; its `$1` is the region.
    #[track_caller]
    pub(crate) fn query<'q>(&self, text: &'static str) -> Query<'q> {
        Query::new(text).bind(self.region)
    }

    /// A statement to be put together: the region is bound after `text`.
    #[track_caller]
    pub(crate) fn build<'q>(&self, text: &str) -> Builder<'q> {
        let mut builder = Builder::new(self.engine(), text);
        builder.push_value(self.region);
        builder
    }
}

/// Binds the values of a query one after the other.
macro_rules! bound {
    ($query:expr, $values:expr, $is_cached:expr) => {{
        let mut query = $query.persistent($is_cached);
        for value in $values {
            query = match value {
                Bind::Int(value) => query.bind(value),
                Bind::Text(value) => query.bind(value),
                Bind::Bytes(value) => query.bind(value),
                Bind::Bool(value) => query.bind(value),
            };
        }
        query
    }};
}
#[cfg(feature = "plans")]
pub(crate) use bound;

impl<'q> Query<'q> {
    /// A fixed statement that has nothing to do with a region.
    #[track_caller]
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text: text.into_sql_str(), values: Vec::new(), is_cached: true, site: Location::caller() }
    }

    /// Has its plan recorded, when a test asks for it.
    #[cfg(feature = "plans")]
    async fn note(&self, tx: &mut Tx) -> Result<()> {
        crate::plans::note(tx, self.text.as_str(), &self.values, self.site).await
    }

    /// Gives the next place its value.
    pub(crate) fn bind(mut self, value: impl Into<Bind<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it; how many rows it changed.
    pub(crate) async fn execute(self, tx: &mut Tx) -> Result<u64> {
        #[cfg(feature = "plans")]
        self.note(tx).await?;
        let Self { text, values, is_cached, .. } = self;
        let longest = tx.longest();
        let work = async {
            on!(tx, |c| {
                let query = bound!(sqlx::query(text), values, is_cached);
                query.execute(c).await.map(|done| done.rows_affected())
            })
        };
        Ok(answered(longest, work).await?)
    }

    /// All rows that it finds.
    pub(crate) async fn fetch_all<T: Stored>(self, tx: &mut Tx) -> Result<Vec<T>> {
        #[cfg(feature = "plans")]
        self.note(tx).await?;
        let Self { text, values, is_cached, .. } = self;
        let longest = tx.longest();
        let work = async { on!(tx, |c| bound!(sqlx::query_as(text), values, is_cached).fetch_all(c).await) };
        Ok(answered(longest, work).await?)
    }

    /// The row that it finds, if there is one.
    pub(crate) async fn fetch_optional<T: Stored>(self, tx: &mut Tx) -> Result<Option<T>> {
        #[cfg(feature = "plans")]
        self.note(tx).await?;
        let Self { text, values, is_cached, .. } = self;
        let longest = tx.longest();
        let work =
            async { on!(tx, |c| bound!(sqlx::query_as(text), values, is_cached).fetch_optional(c).await) };
        Ok(answered(longest, work).await?)
    }

    /// Hands every row to `take` as it comes, so that they need not fit into memory.
    pub(crate) async fn for_each<T: Stored>(
        self,
        tx: &mut Tx,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        #[cfg(feature = "plans")]
        self.note(tx).await?;
        let Self { text, values, is_cached, .. } = self;
        let longest = tx.longest();
        on!(tx, |c| {
            let mut rows = bound!(sqlx::query_as::<_, T>(text), values, is_cached).fetch(c);
            while let Some(row) = answered(longest, rows.try_next()).await.map_err(Error::from)? {
                take(row)?;
            }
        });
        Ok(())
    }

    /// The only column of all rows.
    pub(crate) async fn values<T>(self, tx: &mut Tx) -> Result<Vec<T>>
    where
        (T,): Stored,
    {
        Ok(self.fetch_all(tx).await?.into_iter().map(|(value,)| value).collect())
    }

    /// The only column of the row that it finds, if there is one.
    pub(crate) async fn value_optional<T>(self, tx: &mut Tx) -> Result<Option<T>>
    where
        (T,): Stored,
    {
        Ok(self.fetch_optional(tx).await?.map(|(value,)| value))
    }

    /// The only value of a statement that always finds one row, such as a count.
    pub(crate) async fn value<T>(self, tx: &mut Tx) -> Result<T>
    where
        (T,): Stored,
    {
        self.value_optional(tx).await?.ok_or(Error::Sql(sqlx::Error::RowNotFound))
    }
}
