//! Our workbook readers beside calamine's: time, memory, and which cells they
//! read differently. Each reading is a process of its own, so that its peak of
//! memory is its own. Prints a table for `docs/decisions/0002-own-workbook-readers.md`.

use std::{
    env, fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use calamine::{Data, DataType as _, Range, Reader as _, SheetVisible, open_workbook_auto_from_rs};
use sheet::{
    workbook::{self, Cell, Limits, SheetRow},
    write::{Heading, Output, XlsxTable},
};

/// Rows and columns of the large workbook.
const ROWS: u32 = 100_000;
const COLUMNS: usize = 16;
/// Readings of each file; the quickest counts.
const TIMES: usize = 3;
/// Bytes of a file that is read many times over.
const SMALL: usize = 1 << 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["measure", reader, file] => measure(reader, Path::new(file)),
        [directory, large] => compare(Path::new(directory), Path::new(large)),
        _ => bail!("use: readers DIRECTORY_OF_INPUTS LARGE.xlsx (made when it is missing)"),
    }
}

/// Reads one file once, and prints the milliseconds of a processor that it took,
/// the kilobytes at the peak, and how many cells hold something.
fn measure(reader: &str, file: &Path) -> Result<()> {
    let bytes = fs::read(file)?;
    let name = file.to_string_lossy();
    // The system counts in steps of some milliseconds.
    let rounds = if bytes.len() < SMALL { 200 } else { 1 };
    let mut cells = 0;
    let start = on_processor()?;
    for _ in 0..rounds {
        cells = if reader == "ours" {
            let table = workbook::read(&name, &bytes, None, &Limits::default())?;
            table.rows.iter().map(SheetRow::filled).sum()
        } else {
            range(&bytes)?.used_cells().count()
        };
    }
    let elapsed = (on_processor()? - start) / f64::from(rounds);
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    println!("{elapsed:.3} {} {cells}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}

/// Milliseconds that this process has had a processor: what else runs on the machine does not count.
fn on_processor() -> Result<f64> {
    let times = fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = times.split_whitespace().next().context("no times")?.parse()?;
    Ok(nanoseconds / 1e6)
}

/// A cell that is not empty: row and column from 1, and what a person would read.
type Shown = (usize, usize, String);

fn ours(file: &Path, bytes: &[u8]) -> Result<Vec<Shown>> {
    let table = workbook::read(&file.to_string_lossy(), bytes, None, &Limits::default())?;
    let rows =
        table.rows.iter().flat_map(|row| row.cells.iter().enumerate().map(move |(at, cell)| (row, at, cell)));
    let filled = rows.filter(|(_, _, cell)| **cell != Cell::Empty);
    Ok(filled.map(|(row, at, cell)| (row.number as usize, at + 1, cell.text())).collect())
}

/// The first visible sheet, as calamine reads it.
fn range(bytes: &[u8]) -> Result<Range<Data>> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes))?;
    let visible = book.sheets_metadata().iter().find(|sheet| sheet.visible == SheetVisible::Visible);
    let name = visible.map(|sheet| sheet.name.clone()).context("no sheet")?;
    Ok(book.worksheet_range(&name)?)
}

fn calamine(bytes: &[u8]) -> Result<Vec<Shown>> {
    let range = range(bytes)?;
    let (top, left) = range.start().unwrap_or_default();
    let place = |(row, column, data): (usize, usize, &Data)| {
        let text = match data {
            Data::Empty => String::new(),
            Data::DateTime(_) | Data::DateTimeIso(_) => {
                data.as_date().map_or_else(|| data.to_string(), |date| date.to_string())
            }
            Data::Bool(flag) => flag.to_string().to_uppercase(),
            other => other.to_string(),
        };
        (row + top as usize + 1, column + left as usize + 1, text)
    };
    let cells = range.used_cells().map(place);
    Ok(cells.filter(|(_, _, text)| !text.trim().is_empty()).collect())
}

fn compare(directory: &Path, large: &Path) -> Result<()> {
    if !large.exists() {
        fs::write(large, large_workbook()?)?;
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| {
        file.extension().is_some_and(|e| ["xlsx", "xls", "ods"].iter().any(|known| e == *known))
    });
    files.sort();
    files.push(large.to_owned());
    println!("| file | cells | ours ms | ours MB | calamine ms | calamine MB | read differently |");
    println!("|---|---|---|---|---|---|---|");
    for file in &files {
        let bytes = fs::read(file)?;
        let differences = match (ours(file, &bytes), calamine(&bytes)) {
            (Ok(ours), Ok(theirs)) => differences(&ours, &theirs),
            (ours, theirs) => format!("ours {:?}, calamine {:?}", ours.err(), theirs.err()),
        };
        let (our, their) = (fastest("ours", file)?, fastest("calamine", file)?);
        println!(
            "| {} | {} | {} | {} | {} | {} | {differences} |",
            file.file_name().unwrap_or_default().display(),
            our.2,
            our.0,
            our.1,
            their.0,
            their.1
        );
    }
    Ok(())
}

/// Milliseconds and megabytes of the quickest reading, and its cells.
fn fastest(reader: &str, file: &Path) -> Result<(String, String, String)> {
    let mut best: Option<(f64, f64, String)> = None;
    for _ in 0..TIMES {
        let output = Command::new(env::current_exe()?).args(["measure", reader]).arg(file).output()?;
        let text = String::from_utf8(output.stdout)?;
        let mut parts = text.split_whitespace();
        let mut next = || parts.next().context("a reading that failed");
        let (Ok(time), Ok(memory)) = (next().map(str::parse::<f64>), next().map(str::parse::<f64>)) else {
            return Ok(("-".to_owned(), "-".to_owned(), "-".to_owned()));
        };
        let (time, memory, cells) = (time?, memory?, next()?.to_owned());
        if best.as_ref().is_none_or(|best| time < best.0) {
            best = Some((time, memory, cells));
        }
    }
    let (time, memory, cells) = best.context("no reading")?;
    Ok((format!("{time:.2}"), format!("{:.0}", memory / 1024.0), cells))
}

/// How many cells differ, and the first of them.
fn differences(ours: &[Shown], theirs: &[Shown]) -> String {
    let theirs_at = |row: usize, column: usize| {
        theirs.binary_search_by(|cell| (cell.0, cell.1).cmp(&(row, column))).ok().map(|at| &theirs[at].2)
    };
    let mut count = 0;
    let mut first = String::new();
    for (row, column, text) in ours {
        let other = theirs_at(*row, *column);
        if other != Some(text) {
            count += 1;
            if first.is_empty() {
                first = format!("R{row}C{column} ours {text:?}, calamine {other:?}");
            }
        }
    }
    let more = theirs.len().saturating_sub(ours.len());
    match (count, more) {
        (0, 0) => "none".to_owned(),
        (count, 0) => format!("{count}; {first}"),
        (count, more) => format!("{count}, and {more} cells more in calamine; {first}"),
    }
}

/// 100,000 rows of sixteen columns: texts that repeat, numbers, days.
fn large_workbook() -> Result<Vec<u8>> {
    let headings = [Heading { title: "列", width: 12 }; COLUMNS];
    let mut table = XlsxTable::new("台账", &headings)?;
    for row in 0..ROWS {
        let name = format!("职工合理化建议第{row}号");
        let mut cells = vec![Output::Text(&name), Output::Text("大连机床厂"), Output::Text("已采纳")];
        cells.extend((0..10).map(|at| Output::Integer(i64::from(row) * 7 + at)));
        cells.extend([Output::Number(f64::from(row) / 3.0), Output::Text("私营企业"), Output::Empty]);
        table.row(&cells)?;
    }
    Ok(table.finish()?)
}
