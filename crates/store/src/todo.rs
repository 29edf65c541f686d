//! Todos: what has to be done, by which role and until when. There is one row for
//! every running clock of a record, and every transition that waits for another level,
//! and every role that it names. Rows are derived
//! from records and can be deleted.

use std::{borrow::Cow, collections::BTreeMap};

use boxed_async::boxed_async;
use model::ids::{RecordId, UnitId};

use crate::{Result, Tx, bulk, query::Builder};

/// The last day of what has none; it comes after all others.
pub const NO_DAY: &str = "9999-12-31";

/// The level of what a second person must do: it waits for the unit above where the record's unit has one account only.
pub const SECOND: &str = "second";

/// Something that has to be done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TodoRow {
    /// The record.
    pub fact: RecordId,
    /// Id of the clock, or of the transition.
    pub clock: String,
    /// The role that it waits for.
    pub role: String,
    /// Which unit may do it, seen from the record's: `own`, `above` or `city`, or [`SECOND`].
    pub level: Cow<'static, str>,
    /// The record's unit.
    pub unit: UnitId,
    /// Id of the record's form.
    pub form: String,
    /// The last day, YYYY-MM-DD; [`NO_DAY`] for none.
    pub due: String,
    /// Since when the record has been where it is, YYYY-MM-DD.
    pub since: String,
}

/// Adds rows.
#[boxed_async]
pub async fn insert(tx: &mut Tx, rows: &[TodoRow]) -> Result<()> {
    let region = tx.region;
    let columns = ["region_id", "fact_id", "clock", "role", "level", "unit_id", "form", "due_on", "since_on"];
    let rows = rows.iter().map(|row| {
        [
            region.into(),
            row.fact.into(),
            (&row.clock).into(),
            (&row.role).into(),
            row.level.as_ref().into(),
            row.unit.into(),
            (&row.form).into(),
            (&row.due).into(),
            (&row.since).into(),
        ]
    });
    bulk::insert(tx, "awaited", columns, "", rows).await?;
    Ok(())
}

/// Facts whose rows are removed by one statement.
const FACTS: usize = 1_000;

/// Removes all todos of these records.
#[boxed_async]
pub async fn delete(tx: &mut Tx, facts: &[RecordId]) -> Result<()> {
    for chunk in facts.chunks(FACTS) {
        let mut query = tx.build("DELETE FROM awaited WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied());
        query.finish().execute(tx).await?;
    }
    Ok(())
}

/// Removes everything of the region.
#[boxed_async]
pub async fn clear(tx: &mut Tx) -> Result<()> {
    tx.query("DELETE FROM awaited WHERE region_id = $1").execute(tx).await?;
    Ok(())
}

/// A stored row.
#[derive(sqlx::FromRow)]
struct Columns {
    #[sqlx(try_from = "i64")]
    fact_id: RecordId,
    clock: String,
    role: String,
    level: String,
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    form: String,
    due_on: String,
    since_on: String,
}

/// Hands every row of the region to `take`.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(TodoRow)) -> Result<()> {
    let text = "SELECT fact_id, clock, role, level, unit_id, form, due_on, since_on FROM awaited \
         WHERE region_id = $1";
    let take = |row: Columns| {
        let Columns { fact_id, clock, role, level, unit_id, form, due_on, since_on } = row;
        let (fact, unit, due, since) = (fact_id, unit_id, due_on, since_on);
        take(TodoRow { fact, clock, role, level: level.into(), unit, form, due, since });
        Ok(())
    };
    tx.query(text).for_each(tx, take).await
}

/// For whom a todo is, and which part of it is read.
#[derive(Debug, Clone)]
pub struct TodoFilter<'a> {
    /// The roles.
    pub roles: &'a [&'a str],
    /// The units whose records are meant; `None` for all of the region.
    pub units: Option<&'a [UnitId]>,
    /// The person's own unit: what waits for somebody above it does not wait for the person.
    pub own: Option<UnitId>,
    /// Whether what waits for the city waits for the person.
    pub is_city: bool,
    /// Only records of this form.
    pub form: Option<&'a str>,
    /// Only records of these forms; `None` for all.
    pub forms: Option<&'a [&'a str]>,
    /// Only what is due on this day or later.
    pub from: Option<&'a str>,
    /// Only what is due on this day or before.
    pub until: Option<&'a str>,
    /// Only what has come on this day or later.
    pub since: Option<&'a str>,
}

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DueRow {
    /// The record.
    #[sqlx(rename = "fact_id", try_from = "i64")]
    pub fact: RecordId,
    /// Id of the clock.
    pub clock: String,
    /// The last day, YYYY-MM-DD.
    #[sqlx(rename = "due_on")]
    pub due: String,
    /// Since when the record has been where it is, YYYY-MM-DD.
    #[sqlx(rename = "since_on")]
    pub since: String,
}

/// What waits, the earliest due first, after the first `skip`.
#[boxed_async]
pub async fn list(tx: &mut Tx, waiting: &TodoFilter<'_>, skip: i64, limit: i64) -> Result<Vec<DueRow>> {
    // Rows of one role lie in the order of their days: of several roles each is read as far as is needed.
    let (mut found, needed): (Vec<DueRow>, i64) = (Vec::new(), skip.saturating_add(limit));
    for role in waiting.roles {
        let waiting = TodoFilter { roles: std::slice::from_ref(role), ..waiting.clone() };
        let mut query = tx.build("SELECT fact_id, clock, due_on, since_on FROM awaited WHERE region_id = ");
        filter(&mut query, &waiting);
        query.push_order("due_on, fact_id, clock", needed);
        found.extend(query.fetch_all::<DueRow>(tx).await?);
    }
    found.sort_unstable_by(|a, b| (&a.due, a.fact, &a.clock).cmp(&(&b.due, b.fact, &b.clock)));
    let place = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(found.into_iter().skip(place(skip)).take(place(limit)).collect())
}

/// How many wait; counting ends at `most`.
#[boxed_async]
pub async fn count(tx: &mut Tx, waiting: &TodoFilter<'_>, most: i64) -> Result<i64> {
    let mut query = tx.build("SELECT count(*) FROM (SELECT fact_id FROM awaited WHERE region_id = ");
    filter(&mut query, waiting);
    query.push(" LIMIT ").push_value(most).push(") AS found");
    query.finish().value(tx).await
}

/// How many wait in each unit that something waits in.
#[boxed_async]
pub async fn count_by_unit(tx: &mut Tx, waiting: &TodoFilter<'_>) -> Result<Vec<(UnitId, i64)>> {
    let mut query = tx.build("SELECT unit_id, count(*) AS waiting FROM awaited WHERE region_id = ");
    filter(&mut query, waiting);
    // Grouped by a sum, an engine takes the index that has the days and does not walk all units.
    query.push(" GROUP BY (unit_id + 0), unit_id");
    let rows: Vec<(i64, i64)> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(unit, count)| (UnitId(unit), count)).collect())
}

/// How many todos there are of each form that has some, by the form's id.
#[boxed_async]
pub async fn count_by_form(tx: &mut Tx, waiting: &TodoFilter<'_>) -> Result<BTreeMap<String, i64>> {
    let mut query = tx.build("SELECT form, count(*) AS waiting FROM awaited WHERE region_id = ");
    filter(&mut query, waiting);
    query.push(" GROUP BY form");
    let rows: Vec<(String, i64)> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().collect())
}

fn filter<'q>(query: &mut Builder<'q>, waiting: &TodoFilter<'q>) {
    // Without a list of units the same text comes again.
    query.cached(
        waiting.forms.is_none()
            && waiting.roles.len() == 1
            && waiting.units.is_none_or(|units| units.len() == 1),
    );
    query.push_in("role", waiting.roles.iter().copied());
    if let Some(units) = waiting.units {
        query.push_in("unit_id", units.iter().copied());
    }
    if let Some(forms) = waiting.forms {
        query.push_in("form", forms.iter().copied());
    }
    if let Some(own) = waiting.own {
        query.push(" AND (level <> 'above' OR unit_id <> ").push_value(own).push(")");
    }
    query.push(
        " AND (level <> 'second' OR (SELECT count(*) FROM account a WHERE a.region_id = awaited.region_id \
         AND a.unit_id = awaited.unit_id AND NOT a.is_disabled AND a.password_hash <> '') = 1)",
    );
    if !waiting.is_city {
        query.push(" AND level <> 'city'");
    }
    let compared = [
        ("form = ", waiting.form),
        // Every day is later than no day. Without this, SQLite walks the region by its key.
        ("due_on >= ", waiting.from.or(Some(""))),
        ("due_on <= ", waiting.until),
        ("since_on >= ", waiting.since),
    ];
    for (condition, value) in compared {
        if let Some(value) = value {
            query.push_and(condition, value);
        }
    }
}
