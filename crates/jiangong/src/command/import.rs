//! `jiangong import`: a file from the command line.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use app::imports::{
    DifferingRow, FaultGroup, HiddenRows, Refused, Report, Request, fault_place, fault_value, forget_columns,
    form_of_kind, import, left_out, row_ranges,
};
use serde_json::json;
use words::Words;

use super::console;
use crate::{
    cli::{Format, Import, Options},
    config,
    output::{DONE, FINDINGS, csv, line, progress},
};

pub(super) async fn run(options: &Options, args: Import) -> Result<u8> {
    let words = options.words();
    let bytes = std::fs::read(&args.file).with_context(|| format!("{}", args.file.display()))?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let app = config::open(options).await?;
    let choices = args.choices();
    let request = Request {
        file_name: name,
        bytes: Arc::new(bytes),
        kind: args.kind,
        sheet: args.sheet.filter(|sheet| !sheet.is_empty()),
        unit: args.unit.filter(|unit| !unit.is_empty()),
        all_sheets: args.all_sheets,
        mapping: args.map.into_iter().collect(),
        money: args.money.into_iter().collect(),
        accept_good_rows: args.accept_good_rows,
        correct_stored: args.correct_stored,
        choices,
        skip_conflicts: args.skip_conflicts,
        mask_numbers: args.mask_numbers,
        hidden_rows: args.hidden_rows.map(Into::into),
        preview: args.preview,
    };
    if args.forget_columns {
        let snapshot = app.current(&console(options)).await?;
        let form = form_of_kind(&snapshot, &request.kind)?;
        forget_columns(&app, &console(options), form).await?;
    }
    let bar = progress(0);
    let note = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let report = import(&app, &console(options), request, &note).await?;
    bar.finish_and_clear();
    app.fold(&console(options)).await?;
    app.close().await;
    match args.format {
        Format::Json => line(&json(&report, words).to_string()),
        Format::Csv => print_csv(&report, words),
        Format::Table => print_table(&report, words),
    }
    let is_good = report.refused.is_empty() || report.stored;
    Ok(if is_good { DONE } else { FINDINGS })
}

/// The report in the shape that programs read.
fn json(report: &Report, words: Words) -> serde_json::Value {
    let cell = |cell: &Refused| {
        json!({
            "sheet": cell.sheet,
            "row": cell.row,
            "column": cell.column,
            "header": cell.header,
            "field": cell.field,
            "value": cell.value,
            "kind": cell.problem.name(),
            "message": words.problem(&cell.problem),
        })
    };
    json!({
        "import": report.import,
        "file": report.file,
        "sheet": report.sheet,
        "rows": report.rows,
        "accepted": report.accepted,
        "corrected": report.corrected,
        "unchanged": report.unchanged,
        "skipped": report.skipped,
        "left": report.left,
        "differing": report.differing,
        "changes": report.changes,
        "older_definition": report.older_definition,
        "refused": report.refused.iter().map(cell).collect::<Vec<_>>(),
        "warnings": report.warnings.iter().map(cell).collect::<Vec<_>>(),
        "sheets": report.sheets,
        "left_out": report.left_out,
        "left_out_sheets": report.left_out_sheets,
        "ignored_columns": report.ignored_columns,
        "remembered_columns": report.remembered_columns,
        "unknown_columns": report.unknown_columns,
        "untitled_columns": report.untitled_columns,
        "hidden_rows": report.hidden_rows,
        "hidden": report.hidden,
        "stored": report.stored,
    })
}

fn cells(report: &Report, words: Words) -> impl Iterator<Item = Vec<String>> {
    report.refused.iter().chain(&report.warnings).map(move |cell| {
        vec![
            format!("{}{}", cell.column, cell.row),
            cell.header.clone(),
            cell.value.clone(),
            words.problem(&cell.problem),
        ]
    })
}

/// A fault with its cells.
fn fault_line(group: &FaultGroup<'_>, words: Words) -> String {
    let place = fault_place(words, group);
    [place, group.first.header.clone(), fault_value(words, group), words.problem(&group.first.problem)]
        .join("  ")
}

fn print_csv(report: &Report, words: Words) {
    line("cell,header,value,message");
    for row in cells(report, words) {
        line(&csv(&row));
    }
}

/// A row beside what is stored: the fields that tell which record it is, and those that differ.
fn print_compared(row: &DifferingRow, words: Words) {
    let place = words.preview_whole_row(row.row);
    let place = if row.sheet.is_empty() { place } else { words.preview_on_sheet(&row.sheet, place) };
    let choices: Vec<&str> = row.choices.iter().map(|choice| choice.name()).collect();
    let chosen = row.choice.map(|choice| format!(" → {}", choice.name())).unwrap_or_default();
    let beside = row.first.map(|first| words.preview_same_as_row(first)).unwrap_or_default();
    let text = format!("{place}  {}  [{}]{chosen}  {beside}", row.kind.name(), choices.join(" | "));
    line(text.trim_end());
    for cell in row.cells.iter().filter(|_| row.record.is_some()) {
        let sign = if cell.differs { "≠" } else { "=" };
        let or_dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
        line(&format!("    {}  {} {sign} {}", cell.header, or_dash(&cell.stored), or_dash(&cell.found)));
    }
}

fn print_table(report: &Report, words: Words) {
    for group in report.fault_groups() {
        line(&fault_line(&group, words));
    }
    for row in &report.differing {
        print_compared(row, words);
    }
    let shown = report.differing.len();
    let differing: usize = report.differing_counts.values().sum();
    if shown < differing {
        line(&words.preview_compare_cut(differing, shown));
    }
    if report.differing_rows() > 0 {
        line(words.command_import_choose_rows());
    }
    for note in left_out(words, report) {
        line(&note);
    }
    for column in &report.remembered_columns {
        line(&words.command_import_remembered(&column.header, &column.field));
    }
    for column in &report.unknown_columns {
        line(&words.command_import_unknown_column(column));
    }
    if !report.untitled_columns.is_empty() {
        line(&words.preview_untitled(report.untitled_columns.join("、")));
    }
    let (count, rows) = (report.hidden_rows.len(), row_ranges(&report.hidden_rows));
    match report.hidden {
        Some(HiddenRows::Take) => line(&words.preview_hidden_taken(count, rows)),
        Some(HiddenRows::Leave) => line(&words.preview_hidden_left(count, rows)),
        None if count > 0 => line(&words.command_hidden_rows(count, rows)),
        None => {}
    }
    line(&words.command_import_result(
        report.rows,
        report.accepted,
        report.corrected,
        report.unchanged,
        report.refused_rows(),
    ));
    if report.skipped > 0 {
        line(&words.command_import_skipped(report.skipped));
    }
    if report.left > 0 {
        line(&words.command_import_left(report.left));
    }
    if !report.stored {
        line(words.command_import_nothing_stored());
    }
    if let Some(id) = report.import {
        line(&words.command_import_take_back(id.to_string()));
    }
}
