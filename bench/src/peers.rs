//! The same figures by other ways: plain SQL over the raw facts in SQLite and
//! PostgreSQL, and DuckDB over the same data. Each runs the three sums behind
//! the proposals' figures for the whole city, to date. Content is stored in a form of our own, so that they
//! get it as JSON text in a table of theirs, outside the measurement.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    city::{City, REGION},
    report::{Report, ms},
};

const FIGURES: &str = "proposed, adopted, implemented, tagged: whole city, five years";

/// Plain SQL over the content of facts, in the words of SQLite.
const SQLITE: &str = "SELECT count(*), \
     sum(content->>'decision' IN ('adopted','partly')), \
     sum(content->>'implemented_on' IS NOT NULL), \
     sum(content->>'tag_tech' OR content->>'tag_energy') \
     FROM peer_fact WHERE form = 'proposal' \
     AND content->>'proposed_on' BETWEEN '2011-01-01' AND '2015-12-31'";

const POSTGRES: &str = "SELECT count(*), \
     count(*) FILTER (WHERE content::json->>'decision' IN ('adopted','partly')), \
     count(*) FILTER (WHERE content::json->>'implemented_on' IS NOT NULL), \
     count(*) FILTER (WHERE content::json->>'tag_tech' = 'true' OR content::json->>'tag_energy' = 'true') \
     FROM peer_fact WHERE form = 'proposal' \
     AND content::json->>'proposed_on' BETWEEN '2011-01-01' AND '2015-12-31'";

/// The columns of the table that has the records as text.
const TABLE: &str = "peer_fact (fact_id BIGINT, unit_id BIGINT, form TEXT, content TEXT)";

/// Writes all records of a city as lines of csv.
async fn write_texts(city: &City, path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut tx = city.db.read(REGION).await?;
    let mut failed = None;
    store::records::for_each(&mut tx, |row| {
        let content = row.content.replace('"', "\"\"");
        let line = writeln!(file, "{},{},{},\"{content}\"", row.id, row.unit, row.form);
        failed = failed.take().or(line.err());
        Ok(())
    })
    .await?;
    ensure!(failed.is_none(), "{}: {failed:?}", path.display());
    Ok(file.flush()?)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

pub(crate) async fn sqlite(city: &City, report: &mut Report) -> Result<()> {
    let (texts, database) = (city.dir.join("facts.csv"), city.dir.join("peers.db"));
    if !database.exists() {
        write_texts(city, &texts).await?;
        let import = format!(".import --csv '{}' peer_fact", texts.display());
        run(Command::new("sqlite3").arg(&database).arg(format!("CREATE TABLE {TABLE}")).arg(import))?;
    }
    let time = median(|| {
        let mut command = Command::new("sqlite3");
        command.arg("-readonly").arg(&database).arg(SQLITE);
        command
    })?;
    report.peer(FIGURES, "SQLite, plain SQL on raw records", &ms(time), "whole process");
    Ok(())
}

pub(crate) async fn postgres(city: &City, dir: &Path, url: &str, report: &mut Report) -> Result<()> {
    let texts = dir.join("facts.csv");
    write_texts(city, &texts).await?;
    let copy = format!("\\copy peer_fact FROM '{}' CSV", texts.display());
    let psql = |statements: &[&str]| {
        let mut command = Command::new("psql");
        command.args([url, "-qAt"]);
        for statement in statements {
            command.args(["-c", statement]);
        }
        command
    };
    let drop = "DROP TABLE IF EXISTS peer_fact";
    run(&mut psql(&[drop, &format!("CREATE TABLE {TABLE}"), &copy, "ANALYZE peer_fact"]))?;
    let time = median(|| psql(&[POSTGRES]))?;
    run(&mut psql(&[drop]))?;
    std::fs::remove_file(texts)?;
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
