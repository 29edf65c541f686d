//! How the engines carry out statements, recorded for a test. Only tests compile this
//! (feature `plans`): while it records, the engine is asked for the plan of every
//! statement, with its values and in its transaction, before it runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::Location,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Row};

use crate::{
    Engine, Result, Tx,
    db::Inner,
    query::{Bind, bound},
};

/// Where in this crate a statement is made: file and line.
pub type Site = (String, u32);

/// A statement and its plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementPlan {
    /// Where it is made.
    pub site: Site,
    /// Its text. Lists are cut to their first value.
    pub text: String,
    /// What the engine does, line by line.
    pub lines: Vec<String>,
}

static IS_RECORDING: AtomicBool = AtomicBool::new(false);
static RECORDED: Mutex<BTreeMap<String, Recorded>> = Mutex::new(BTreeMap::new());

/// A text, and the different plans it was given.
struct Recorded {
    sites: BTreeSet<Site>,
    times: usize,
    plans: Vec<Vec<String>>,
}

/// How often the same text is looked at: other values may have another plan.
const TIMES: usize = 20;

/// Begins to record what this process sends.
pub fn record() {
    RECORDED.lock().unwrap_or_else(PoisonError::into_inner).clear();
    IS_RECORDING.store(true, Ordering::SeqCst);
}

/// Stops, and gives what was recorded: a text with several plans, or from several places, comes several times.
pub fn take() -> Vec<StatementPlan> {
    IS_RECORDING.store(false, Ordering::SeqCst);
    let recorded = std::mem::take(&mut *RECORDED.lock().unwrap_or_else(PoisonError::into_inner));
    let mut all = Vec::new();
    for (text, Recorded { sites, plans, .. }) in recorded {
        for (site, lines) in sites.iter().flat_map(|site| plans.iter().map(move |plan| (site, plan))) {
            all.push(StatementPlan { site: site.clone(), text: text.clone(), lines: lines.clone() });
        }
    }
    all
}

/// Notes a statement that is about to run.
pub(crate) async fn note(
    tx: &mut Tx,
    text: &str,
    values: &[Bind<'_>],
    site: &'static Location<'static>,
) -> Result<()> {
    if !IS_RECORDING.load(Ordering::SeqCst) {
        return Ok(());
    }
    let short = shortened(text);
    {
        let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recorded.entry(short.clone()).or_insert_with(|| Recorded {
            sites: BTreeSet::new(),
            times: 0,
            plans: Vec::new(),
        });
        known.sites.insert((site.file().to_owned(), site.line()));
        known.times += 1;
        if known.times > TIMES {
            return Ok(());
        }
    }
    let lines = explain(tx, text, values).await?;
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = recorded.get_mut(&short).filter(|known| !known.plans.contains(&lines)) {
        known.plans.push(lines);
    }
    Ok(())
}

async fn explain(tx: &mut Tx, text: &str, values: &[Bind<'_>]) -> Result<Vec<String>> {
    let (head, column) = match tx.engine() {
        Engine::Sqlite => ("EXPLAIN QUERY PLAN ", 3),
        Engine::Postgres => ("EXPLAIN (COSTS OFF) ", 0),
    };
    let text = AssertSqlSafe(format!("{head}{text}"));
    let values = values.iter().cloned();
    Ok(match &mut tx.inner {
        Inner::Sqlite(tx) => {
            let rows = bound!(sqlx::query(text), values, false).fetch_all(&mut **tx).await?;
            rows.iter().map(|row| row.try_get(column)).collect::<sqlx::Result<_>>()?
        }
        // Told not to read whole tables, PostgreSQL answers with a small one as it would with a large
        // one, and reads all of it only where no index helps.
        Inner::Postgres(tx) => {
            sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut **tx).await?;
            let rows = bound!(sqlx::query(text), values, false).fetch_all(&mut **tx).await?;
            sqlx::query("SET LOCAL enable_seqscan = on").execute(&mut **tx).await?;
            rows.iter().map(|row| row.try_get(column)).collect::<sqlx::Result<_>>()?
        }
    })
}

/// A text with every list of values and every chain of conditions cut to its first, so that the
/// same statement with more or fewer of them is the same text. Spaces in a row become one.
fn shortened(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        words.push_str(word);
        words.push(' ');
    }
    let digits: String = words.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    // Placeholders and numbers alike.
    let mut short = digits.replace('?', "$0");
    while short.contains("00") {
        short = short.replace("00", "0");
    }
    short = short.replace("$0", "0");
    // Row by row and value by value, until no two are alike beside each other.
    loop {
        let before = short.len();
        short = short.replace("0,0", "0").replace("0, 0", "0").replace("(0),(0)", "(0)");
        short = short.replace("), (CAST(0 AS BIGINT), CAST(0 AS TEXT))", ")");
        if let Some((first, _)) = short.split_once(" OR (") {
            short = format!("{first} …");
        }
        if short.len() == before {
            return short.trim_end().to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_statement_with_more_values_is_the_same_text() {
        for (one, more) in [
            (
                "SELECT a FROM t WHERE r = $1 AND b IN ($2)",
                "SELECT a FROM t WHERE r = $1 AND b IN ($2,$3,77)",
            ),
            ("INSERT INTO t (a,b) VALUES (?,?)", "INSERT INTO t (a,b) VALUES (?,?),(?,?),(?,?)"),
            ("WITH w (a, b) AS (VALUES (1,201301))", "WITH w (a, b)  AS (VALUES (1,201301),(12,3))"),
            (
                "D WHERE (r = ? AND b = ?) OR (r = ? AND b = ?)",
                "D WHERE (r = ? AND b = ?) OR (r = ? AND b = ?) OR (r = ? AND b = ?)",
            ),
        ] {
            assert_eq!(shortened(one), shortened(more));
        }
        assert_ne!(shortened("SELECT a FROM t"), shortened("SELECT b FROM t"));
    }
}
