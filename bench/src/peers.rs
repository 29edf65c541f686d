//! The same figures by other ways: plain SQL over the raw facts in SQLite and
//! PostgreSQL, and DuckDB over the same data. Each runs the three sums behind
//! the proposals' figures for the whole city, to date.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    city::City,
    report::{Report, ms},
};

const FIGURES: &str = "proposed, adopted, implemented, tagged: whole city, five years";

/// Plain SQL over the content of facts, in the words of SQLite.
const SQLITE: &str = "SELECT count(*), \
     sum(content->>'decision' IN ('adopted','partly')), \
     sum(content->>'implemented_on' IS NOT NULL), \
     sum(content->>'tag_tech' OR content->>'tag_energy') \
     FROM fact WHERE region_id = 1 AND form = 'proposal' \
     AND content->>'proposed_on' BETWEEN '2011-01-01' AND '2015-12-31'";

const POSTGRES: &str = "SELECT count(*), \
     count(*) FILTER (WHERE content::json->>'decision' IN ('adopted','partly')), \
     count(*) FILTER (WHERE content::json->>'implemented_on' IS NOT NULL), \
     count(*) FILTER (WHERE content::json->>'tag_tech' = 'true' OR content::json->>'tag_energy' = 'true') \
     FROM fact WHERE region_id = 1 AND form = 'proposal' \
     AND content::json->>'proposed_on' BETWEEN '2011-01-01' AND '2015-12-31'";

pub(crate) fn sqlite(city: &City, report: &mut Report) -> Result<()> {
    let database = city.dir.join("jiangong.db");
    let time = median(|| {
        let mut command = Command::new("sqlite3");
        command.arg("-readonly").arg(&database).arg(SQLITE);
        command
    })?;
    report.peer(FIGURES, "SQLite, plain SQL on raw records", &ms(time), "whole process");
    Ok(())
}

pub(crate) fn postgres(url: &str, report: &mut Report) -> Result<()> {
    let time = median(|| {
        let mut command = Command::new("psql");
        command.args([url, "-qAtc", POSTGRES]);
        command
    })?;
    report.peer(FIGURES, "PostgreSQL, plain SQL on raw records", &ms(time), "whole process");
    Ok(())
}

/// DuckDB reads a table that was made from the same facts, once, outside the measurement.
pub(crate) fn duckdb(city: &City, report: &mut Report) -> Result<()> {
    let run = |step: &str| {
        let mut command = Command::new("node");
        command.arg("bench/peers/duckdb.mjs").arg(step).arg(&city.dir);
        command
    };
    let made = run("make").output()?;
    if !made.status.success() {
        report.peer(
            FIGURES,
            "DuckDB",
            "not measured",
            String::from_utf8_lossy(&made.stderr).lines().last().unwrap_or(""),
        );
        return Ok(());
    }
    for (step, remark) in [("json", "on JSON text"), ("columns", "on extracted columns")] {
        let output = run(step).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let milliseconds: f64 = String::from_utf8_lossy(&output.stdout).trim().parse()?;
        report.peer(FIGURES, "DuckDB", &ms(Duration::from_secs_f64(milliseconds / 1000.0)), remark);
    }
    Ok(())
}

fn median(command: impl Fn() -> Command) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let output = command().output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[1])
}
