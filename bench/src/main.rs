//! `make bench`: builds the full-size city once, measures the limits of the
//! design on it, each beside its peers in the same run, and writes
//! `docs/benchmarks.md`.

#![expect(clippy::cast_precision_loss, reason = "what is measured is small")]

mod city;
mod disk;
mod figures;
mod http;
mod idle;
mod lists;
mod pages;
mod past;
mod peers;
mod prepared;
mod process;
mod report;
mod trace;
mod writes;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::{
    city::{City, POSTGRES},
    report::Report,
};

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of the full city, the small one is this part.
const SMALL: usize = 100;

/// What to measure, and on what.
#[derive(Debug, Parser)]
struct Options {
    /// Where the cities are kept between runs.
    #[arg(long, default_value = "target/bench")]
    dir: PathBuf,
    /// A PostgreSQL database to measure too.
    #[arg(long, env = "JIANGONG_BENCH_POSTGRES")]
    postgres: Option<String>,
    /// Enterprises of the full city.
    #[arg(long, default_value_t = 20_000)]
    enterprises: usize,
    /// Teams of the full city.
    #[arg(long, default_value_t = 40_000)]
    teams: usize,
    /// Facts of the full city: so many that its largest register has all that the
    /// city's totals for five years allow.
    #[arg(long, default_value_t = 3_900_000)]
    records: usize,
    /// The program, for what is measured from outside.
    #[arg(long, default_value = "target/release/jiangong")]
    program: PathBuf,
    /// Where the result is written.
    #[arg(long, default_value = "docs/benchmarks.md")]
    output: PathBuf,
    /// Measure this alone, and write nothing: for work on one of them.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Disk,
    Figures,
    Trace,
    Past,
    Dashboard,
    Lists,
    Pages,
    Writes,
    Recount,
    Import,
    Export,
    Start,
    Idle,
    Peers,
    Postgres,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut report = Report::new(&options);
    let wanted = |part| options.only.is_none_or(|only| only == part);
    for (part, city) in [(Part::Lists, "full"), (Part::Postgres, POSTGRES)] {
        let index = options.dir.join(city).join("index");
        if wanted(part) && index.is_dir() {
            // It is measured how long they take to be built anew.
            std::fs::remove_dir_all(&index)?;
        }
    }
    let full = City::open(&options, &options.dir.join("full"), 1, &mut report).await?;
    let small = City::open(&options, &options.dir.join("small"), SMALL, &mut report).await?;

    if wanted(Part::Figures) {
        figures::measure(&full, &small, &mut report).await?;
        figures::ranking(&full, "SQLite", &mut report).await?;
    }
    if wanted(Part::Trace) {
        trace::measure(&full, "SQLite", &mut report).await?;
    }
    if wanted(Part::Past) {
        let city = City::open_with_history(&options, &options.dir.join("history"), &mut report).await?;
        past::measure(&city, "SQLite", &mut report).await?;
    }
    if wanted(Part::Lists) {
        lists::measure(&full, "SQLite", &mut report).await?;
    }
    if wanted(Part::Disk) {
        disk::sqlite(&options, &full, &mut report)?;
    }
    // After the lists: a server without indexes would build them beside its answers.
    if wanted(Part::Dashboard) {
        http::dashboard(&full, &mut report).await?;
    }
    if wanted(Part::Pages) {
        pages::measure(&full, "SQLite", &mut report).await?;
    }
    if wanted(Part::Writes) {
        writes::visible(&full, &mut report).await?;
    }
    if wanted(Part::Recount) {
        process::recount(&options, &full, "SQLite", &mut report)?;
    }
    if wanted(Part::Import) {
        process::import(&options, &full, &mut report).await?;
    }
    if wanted(Part::Export) {
        process::export(&options, &full, "SQLite", &mut report).await?;
    }
    if wanted(Part::Start) {
        process::start(&options, &full, "SQLite", &mut report)?;
    }
    if wanted(Part::Idle) {
        idle::measure(&options, &full, &mut report)?;
    }
    if wanted(Part::Peers) {
        peers::sqlite(&full, &mut report).await?;
        peers::duckdb(&full, &mut report)?;
    }
    if let Some(url) = options.postgres.as_ref().filter(|_| wanted(Part::Postgres)) {
        let postgres = City::open_postgres(&options, url, &mut report).await?;
        figures::on_postgres(&postgres, &mut report).await?;
        trace::measure(&postgres, "PostgreSQL", &mut report).await?;
        lists::measure(&postgres, "PostgreSQL", &mut report).await?;
        disk::postgres(&options, url, &mut report)?;
        pages::measure(&postgres, "PostgreSQL", &mut report).await?;
        writes::lag(&postgres, &mut report).await?;
        process::recount(&options, &postgres, "PostgreSQL", &mut report)?;
        process::export(&options, &postgres, "PostgreSQL", &mut report).await?;
        process::start(&options, &postgres, "PostgreSQL", &mut report)?;
        peers::postgres(&postgres, &options.dir.join(POSTGRES), url, &mut report).await?;
        let history = City::open_history_postgres(&options, url, &mut report).await?;
        past::measure(&history, "PostgreSQL", &mut report).await?;
    }
    if options.only.is_none() { report.write(&options.output) } else { Ok(()) }
}
