//! What is measured from outside: the program itself.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use campaign::{definition::FormKind, kinds::Meaning};
use demo::{Recipe, Size};
use model::value::Value;
use sheet::write::{Heading, Output, XlsxTable};

use crate::{
    Options, SMALL,
    city::{self, City, source},
    report::{Report, ms},
};

/// Rows of the file that is imported.
const ROWS: usize = 100_000;

pub(crate) fn recount(options: &Options, city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let start = Instant::now();
    let (status, memory) = watch(city.program(options).arg("verify").spawn()?)?;
    let took = start.elapsed();
    ensure!(status, "the recount differs");
    let seconds = 60 * times_of(engine);
    report.limit(
        &format!("recount of everything from the records, indexes and audit compared, {engine}"),
        &format!("< {seconds} s"),
        &format!("{}, {memory} MB", ms(took)),
        took < Duration::from_secs(seconds),
    );
    Ok(())
}

pub(crate) async fn import(options: &Options, city: &City, report: &mut Report) -> Result<()> {
    let copy = city.dir.with_file_name("import");
    let _ = std::fs::remove_dir_all(&copy);
    std::fs::create_dir_all(&copy)?;
    let small = city.dir.with_file_name("small");
    std::fs::copy(small.join("jiangong.db"), copy.join("jiangong.db"))?;
    let (file, kind) = big_file(options, city, &small, &copy).await?;
    let start = Instant::now();
    let mut command = city::command(options);
    command.arg("--data").arg(&copy).args(["import", &file, "--as", &kind]);
    let (status, memory) = watch(command.stdout(Stdio::null()).spawn()?)?;
    let took = start.elapsed();
    ensure!(status, "the import failed");
    report.limit(
        &format!("import of an xlsx of {ROWS} rows with validation and postings"),
        "< 10 s, < 400 MB",
        &format!("{}, {memory} MB", ms(took)),
        took < Duration::from_secs(10) && memory < 400,
    );
    Ok(())
}

/// Records that are exported, at least, of a city that has so many.
const EXPORTED: usize = 1_000_000;

/// The largest register of the city, written as both sorts of file. What the
/// open city itself takes, which any command needs, is measured beside it.
pub(crate) async fn export(options: &Options, city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let snapshot = city.app.current(&city.ctx).await?;
    let (form, page) = city.registers().await?.swap_remove(0);
    let (form, rows) = (&snapshot.definition.forms[form].id, page.count);
    let is_full = options.records >= EXPORTED;
    ensure!(rows >= EXPORTED || !is_full, "{form} has {rows} records: too few to measure an export");
    let kind = format!("register:{form}");
    let year = snapshot.definition.first_campaign().period.first.to_string();
    let mut open = city.program(options);
    let (status, open) = watch(open.args(["figures", "--year", &year]).stdout(Stdio::null()).spawn()?)?;
    ensure!(status, "the city could not be opened");
    for format in ["xlsx", "csv"] {
        let file = city.dir.with_file_name(format!("export.{format}"));
        let start = Instant::now();
        let mut command = city.program(options);
        command.args(["export", "--as", &kind, "--format", format, "-o"]).arg(&file);
        let (status, memory) = watch(command.stdout(Stdio::null()).spawn()?)?;
        let took = start.elapsed();
        ensure!(status, "the export failed");
        let size = std::fs::metadata(&file)?.len() >> 20;
        std::fs::remove_file(&file)?;
        report.limit(
            &format!("export of {rows} records as {format} ({size} MB), {engine}"),
            "< 100 MB beside the open city",
            &format!("{}, {memory} MB, of which {open} MB for the open city", ms(took)),
            memory < open + 100,
        );
    }
    Ok(())
}

/// A workbook of the form that has most records.
async fn big_file(options: &Options, city: &City, small: &Path, into: &Path) -> Result<(String, String)> {
    let source = source()?;
    let snapshot = city.app.current(&city.ctx).await?;
    let definition = &snapshot.definition;
    let recipe = Recipe::read(std::slice::from_ref(&source), definition).map_err(app::Error::Definition)?;
    // The shape of the small city, so that its units are known there.
    let (enterprises, teams) = (options.enterprises / SMALL, options.teams / SMALL);
    let size = |seed| Size { enterprises, records: 30_000, teams, seed, history: false };
    ensure!(small.is_dir());
    let made = demo::City::new(definition, &recipe, &size(2011));
    let codes: std::collections::BTreeMap<_, _> =
        made.units().iter().map(|unit| (unit.id, unit.code.clone())).collect();
    let mut counts: campaign::definition::IdxVec<campaign::definition::Form, usize> =
        definition.forms.iter().map(|_| 0).collect();
    made.records().for_each(|fact| counts[fact.form] += 1);
    let registers = counts.positions().filter(|form| definition.forms[*form].kind == FormKind::Register);
    let largest = registers.max_by_key(|form| counts[*form]).context("no register")?;
    let form = &definition.forms[largest];
    let number = form
        .identity
        .iter()
        .copied()
        .find(|f| matches!(form.fields[*f].kind.spec().meaning, Meaning::Words { .. }))
        .context("no number")?;
    let headings: Vec<Heading<'_>> =
        form.fields.iter().map(|field| Heading { title: &field.label.zh, width: 12 }).collect();
    let mut table = XlsxTable::new("Sheet1", &headings)?;
    let mut written = 0;
    while written < ROWS {
        for mut fact in made.records().filter(|fact| fact.form == largest).take(ROWS - written) {
            fact.values[number] = Some(Value::Text(format!("B-{written}")));
            let texts: Vec<String> = form
                .fields
                .iter()
                .zip(&fact.values)
                .map(|(field, value)| cell(field, value.as_ref(), &codes))
                .collect();
            let cells: Vec<Output<'_>> = texts
                .iter()
                .map(|text| if text.is_empty() { Output::Empty } else { Output::Text(text) })
                .collect();
            table.row(&cells)?;
            written += 1;
        }
    }
    let path = into.join("big.xlsx");
    table.save(std::fs::File::create(&path)?)?;
    Ok((path.to_string_lossy().into_owned(), format!("register:{}", form.id)))
}

/// A value as it stands in a cell.
pub(crate) fn cell(
    field: &campaign::definition::Field,
    value: Option<&Value>,
    codes: &std::collections::BTreeMap<model::ids::UnitId, String>,
) -> String {
    match value {
        None => String::new(),
        Some(Value::Reference(reference)) => reference.text.clone(),
        Some(Value::NotApplicable(reason)) => format!("不适用：{reason}"),
        Some(Value::Unit(unit)) => codes.get(unit).cloned().unwrap_or_default(),
        Some(Value::Flag(flag)) => if *flag { "是" } else { "否" }.to_owned(),
        Some(Value::Integer(fen)) if matches!(field.kind.spec().meaning, Meaning::Money { .. }) => {
            let mut text = String::new();
            let _ = write!(text, "{}.{:02}", fen / 100, fen % 100);
            text
        }
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Decimal(number)) => number.to_string(),
        Some(Value::Date(date)) => date.to_string(),
        Some(Value::Text(text) | Value::Code(text)) => text.clone(),
    }
}

pub(crate) fn start(options: &Options, city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let address = "127.0.0.1:18123";
    let begun = Instant::now();
    let mut server =
        city.program(options).args(["serve", "--listen", address]).stdout(Stdio::null()).spawn()?;
    let up = loop {
        if answers(address) {
            break begun.elapsed();
        }
        ensure!(begun.elapsed() < Duration::from_secs(30), "the server did not start");
        std::thread::sleep(Duration::from_millis(5));
    };
    server.kill()?;
    server.wait()?;
    let seconds = times_of(engine);
    report.limit(
        &format!("start with the full database, {engine}"),
        &format!("< {seconds} s"),
        &ms(up),
        up < Duration::from_secs(seconds),
    );
    Ok(())
}

/// How many times a limit an engine may take: PostgreSQL twice as long as SQLite.
fn times_of(engine: &str) -> u64 {
    if engine == "SQLite" { 1 } else { 2 }
}

/// Whether a server answers with a page: while it opens its database it answers `/healthz` alone.
pub(crate) fn answers(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let sent = stream.write_all(b"GET /login HTTP/1.0\r\nHost: localhost\r\n\r\n");
    let mut answer = String::new();
    sent.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
}

/// Waits for a program and returns whether it ended well, and its peak of memory in MB: its own, without the pages of mapped
/// files, which the system takes back when it needs them.
pub(crate) fn watch(mut child: Child) -> Result<(bool, u64)> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) / 1024);
        if let Some(ended) = child.try_wait()? {
            return Ok((ended.success(), peak));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
