//! What a report says beyond its faults, in words: pages and the command line say the same.

use exchange::sections::LeftOutKind;
use words::Words;

use super::{
    LeftOutRows, Report,
    report::{FaultGroup, row_ranges},
};

/// Everything of the file that was not read, one sentence each: nothing is left out without a word.
pub fn left_out(words: Words, report: &Report) -> Vec<String> {
    let comma = words.pick("、", ", ");
    let mut said = Vec::new();
    if !report.sheets.is_empty() {
        said.push(words.preview_sheets_read(report.sheets.len(), report.sheets.join(comma)));
    }
    if !report.left_out_sheets.is_empty() {
        said.push(words.preview_left_out_sheets(report.left_out_sheets.join(comma)));
    }
    if !report.ignored_columns.is_empty() {
        said.push(words.preview_left_out_columns(report.ignored_columns.join(comma)));
    }
    for left_out in &report.left_out {
        let text = rows_left_out(words, left_out);
        said.push(on_sheet(words, &left_out.sheet, text));
    }
    said
}

fn rows_left_out(words: Words, left_out: &LeftOutRows) -> String {
    let rows = row_ranges(&left_out.rows);
    match LeftOutKind::ALL.into_iter().find(|kind| kind.name() == left_out.kind) {
        Some(LeftOutKind::Total) => words.preview_left_out_total(rows),
        Some(LeftOutKind::UnitLine) => words.preview_left_out_unit_line(rows),
        Some(LeftOutKind::Repeated) => words.preview_left_out_repeated(rows),
        Some(LeftOutKind::Note) => words.preview_left_out_note(rows),
        Some(LeftOutKind::OtherTable) => words.preview_left_out_other_table(rows),
        Some(LeftOutKind::Nothing) | None => words.preview_left_out_nothing(rows),
    }
}

fn on_sheet(words: Words, sheet: &str, text: String) -> String {
    if sheet.is_empty() { text } else { words.preview_on_sheet(sheet, text) }
}

/// Where a fault is: `C17`, or column and rows.
pub fn fault_place(words: Words, group: &FaultGroup<'_>) -> String {
    let column = group.first.column.as_str();
    let place = match (group.rows.as_slice(), column.is_empty()) {
        ([row], true) => words.preview_whole_row(row),
        ([row], false) => format!("{column}{row}"),
        (several, true) => words.preview_whole_rows(row_ranges(several), words.count(several.len())),
        (several, false) => {
            words.preview_rows_of_column(column, row_ranges(several), words.count(several.len()))
        }
    };
    on_sheet(words, &group.first.sheet, place)
}

/// What is in the cells that have a fault.
pub fn fault_value(words: Words, group: &FaultGroup<'_>) -> String {
    let value = &group.first.value;
    if group.is_same_value { value.clone() } else { words.preview_and_others(value) }
}
