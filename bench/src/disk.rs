//! What a record takes on disk, everything included that is stored of it and that finds it.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};

use crate::{
    Options,
    city::{City, POSTGRES},
    report::Report,
};

/// Most bytes of a record.
const LIMIT: u64 = 1_200;

/// The database file and the indexes of registers.
pub(crate) fn sqlite(options: &Options, city: &City, report: &mut Report) -> Result<()> {
    let database = fs::metadata(city.dir.join("jiangong.db"))?.len();
    put(options, "SQLite", database, size(&city.dir.join("index"))?, report);
    Ok(())
}

/// The database and the indexes of registers.
pub(crate) fn postgres(options: &Options, url: &str, report: &mut Report) -> Result<()> {
    let query = "SELECT pg_database_size(current_database())";
    let output = Command::new("psql").args([url, "-At", "-c", query]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let database = String::from_utf8_lossy(&output.stdout).trim().parse().context("a size")?;
    put(options, "PostgreSQL", database, size(&options.dir.join(POSTGRES).join("index"))?, report);
    Ok(())
}

fn put(options: &Options, engine: &str, database: u64, index: u64, report: &mut Report) {
    let records = options.records.max(1) as u64;
    let (database, index) = (database / records, index / records);
    report.limit(
        &format!("a record on disk, {engine}"),
        &format!("< {LIMIT} bytes"),
        &format!(
            "{} bytes: {database} in the database, {index} in the indexes of registers",
            database + index
        ),
        database + index < LIMIT,
    );
}

/// Bytes of all files below a directory.
fn size(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes += if kind.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
