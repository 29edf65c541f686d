//! What a report says beyond its faults, in words: pages and the command line say the same.

use campaign::definition::Label;
use exchange::sections::LeftOutKind;
use jiff::Timestamp;
use words::Words;

use super::{
    CannotTakeBack, LeftAlone, LeftOutRows, Report,
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

/// Why a record is left alone when its import is taken back.
pub fn left_alone(words: Words, reason: &LeftAlone) -> String {
    let moment =
        |at: &i64| Timestamp::from_microsecond(*at).map(|moment| words.moment(moment)).unwrap_or_default();
    let label = |label: &Label| words.pick(&label.zh, &label.en).to_owned();
    match reason {
        LeftAlone::Changed { actor, at } => words.take_back_why_changed(actor, moment(at)),
        LeftAlone::Moved { actor, at, transition } => {
            words.take_back_why_moved(actor, moment(at), label(transition))
        }
        LeftAlone::Removed { actor, at } => words.take_back_why_removed(actor, moment(at)),
        LeftAlone::Commented => words.take_back_why_commented().to_owned(),
        LeftAlone::Attached => words.take_back_why_attached().to_owned(),
        LeftAlone::OtherUnit => words.take_back_why_other_unit().to_owned(),
        LeftAlone::UnitClosed => words.take_back_why_unit_closed().to_owned(),
        LeftAlone::StatedByOthers { who, transition } => {
            words.take_back_why_by_others(label(who), label(transition))
        }
        LeftAlone::IdentityTaken => words.take_back_why_identity_taken().to_owned(),
        LeftAlone::Unknown => words.take_back_why_unknown().to_owned(),
    }
}

/// Why an import as a whole cannot be taken back.
pub fn cannot_take_back(words: Words, reason: CannotTakeBack) -> &'static str {
    match reason {
        CannotTakeBack::Roster => words.take_back_cannot_roster(),
        CannotTakeBack::NothingKnown => words.take_back_cannot_unknown(),
        CannotTakeBack::NotTheirs => words.take_back_cannot_theirs(),
        CannotTakeBack::NothingStored | CannotTakeBack::UnderWay | CannotTakeBack::TakenBack => {
            words.take_back_cannot_now()
        }
    }
}
