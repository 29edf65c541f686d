//! The rows of a trace, ready to print: which record counts for which unit, when and how much.

use app::{
    Snapshot,
    figures::{TracePage, TraceRow},
};
use campaign::definition::Part;
use ledger::traced::NotCounted;
use model::period::Grain;
use words::Words;

use crate::{
    parts::{
        cell_value::CellValue,
        export::Extent,
        field::{self, FieldView},
        number::{Scale, label},
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    urls,
};

/// One posting with the record it comes from.
pub(super) struct Record {
    /// Its page, where it is still there.
    pub(super) url: Option<String>,
    /// Name of the form, and the list of the unit's records of it.
    pub(super) form: (String, Option<String>),
    pub(super) unit: (String, String),
    pub(super) month: String,
    pub(super) measure: String,
    pub(super) part: &'static str,
    /// What the figure counts of it.
    pub(super) amount: String,
    /// Why the figure does not count it, or how it came to be counted here.
    pub(super) note: Option<String>,
    pub(super) fields: Vec<FieldView>,
}

/// The rows of one page.
pub(super) fn records(words: Words, trace: &TracePage) -> Vec<Record> {
    let definition = &trace.snapshot.definition;
    let row = |row: &TraceRow| {
        let unit = trace.snapshot.view(row.unit);
        let form = &definition.forms[row.fact.form];
        let owner = trace.snapshot.view(row.fact.unit).filter(|_| form.kind.is_register());
        let list = owner.map(|owner| urls::register(&owner.code, &form.id).into());
        Record {
            // Of a record that is gone only the audit knows.
            url: (!row.is_removed).then(|| {
                let url = urls::record(row.fact.id);
                url.with_some("as_of", trace.known.is_past.then_some(trace.known.day)).into()
            }),
            form: (label(words, &form.label).to_owned(), list),
            unit: unit.map(|unit| (unit.name, urls::unit(&unit.code).into())).unwrap_or_default(),
            month: month(words, row),
            measure: label(words, &definition.measures[row.measure].label).to_owned(),
            part: part(words, row.part),
            amount: amount(words, trace, row).text(words),
            note: note(words, &trace.snapshot, row),
            fields: field::main(words, &trace.snapshot, &row.fact),
        }
    };
    trace.rows.iter().map(row).collect()
}

/// When a row counts: a month, or the period that is stated as a whole. A year counts in its December.
fn month(words: Words, row: &TraceRow) -> String {
    match row.grain {
        Grain::Month | Grain::Year => words.month(row.month),
        Grain::Quarter | Grain::Half | Grain::UnionYear => words.period(row.period()),
    }
}

/// What the figure counts of a row.
fn counted(row: &TraceRow) -> i64 {
    row.not_counted.map_or(row.amount, |_| 0)
}

fn note(words: Words, snapshot: &Snapshot, row: &TraceRow) -> Option<String> {
    match row.not_counted {
        Some(NotCounted::Repeats) => Some(words.trace_repeats().to_owned()),
        Some(NotCounted::OtherPeriod) => Some(words.trace_other_period().to_owned()),
        Some(NotCounted::MovedAway) => Some(words.trace_moved_away().to_owned()),
        Some(NotCounted::HigherStatement(unit)) => {
            let unit = snapshot.view(unit).map(|unit| unit.name).unwrap_or_default();
            Some(words.trace_higher_statement(unit))
        }
        None if row.is_removed => Some(words.trace_removed().to_owned()),
        None if row.enters_again => Some(words.trace_enters_again().to_owned()),
        None => row.has_moved_here.then(|| words.trace_moved_here().to_owned()),
    }
}

/// What to know about rows of an earlier day.
pub(super) fn notices(words: Words, trace: &TracePage, unit: &str) -> Vec<String> {
    let day = trace.known.day;
    let definition = &trace.snapshot.definition;
    let indicator = &definition.campaigns[trace.campaign].indicators[trace.indicator].id;
    let too_long = trace.is_too_long.then(|| {
        let iso = day.to_string();
        words.trace_too_long(words.date(day), indicator, unit, iso)
    });
    let recomputed = trace.recomputed_on.map(|on| words.trace_recomputed(words.date(on)));
    too_long.into_iter().chain(recomputed).collect()
}

/// How many rows are on the page, and how many there are.
pub(super) fn extent(words: Words, trace: &TracePage) -> String {
    let count = words.count(i64::try_from(trace.rows.len()).unwrap_or(i64::MAX));
    let total = words.count(i64::try_from(trace.total.rows).unwrap_or(i64::MAX));
    if trace.total.is_exact { words.trace_of_rows(count, total) } else { words.trace_of_more(count, total) }
}

/// The same rows for a file, what each record is known by in one cell.
pub(super) fn table(words: Words, trace: &TracePage) -> Table {
    let columns = [
        words.trace_fact(),
        words.trace_form(),
        words.trace_unit(),
        words.trace_month(),
        words.trace_measure(),
        words.trace_part(),
    ];
    let mut columns: Vec<ColumnHead> = columns.into_iter().map(ColumnHead::text).collect();
    columns.push(ColumnHead::number(words.trace_amount()));
    columns.push(ColumnHead::text(words.trace_note()));
    let amounts = trace.rows.iter().map(|row| amount(words, trace, row));
    let row = |(record, amount): (Record, CellValue)| {
        let fields: Vec<String> = record.fields.into_iter().map(|field| field.value).collect();
        let texts = [fields.join(" · "), record.form.0, record.unit.0, record.month, record.measure];
        let mut cells: Vec<TableCell> = texts.into_iter().map(TableCell::new).collect();
        cells.push(TableCell::new(record.part));
        cells.push(TableCell::new(amount));
        cells.push(TableCell::new(record.note.unwrap_or_default()));
        TableRow::new(cells)
    };
    Table {
        title: words.trace_title().to_owned(),
        columns,
        rows: records(words, trace).into_iter().zip(amounts).map(row).collect(),
        cut: Extent::File.truncation(words, trace.next.is_some()),
        ..Table::default()
    }
}

/// How much a row adds, in the unit of its measure.
fn amount(words: Words, trace: &TracePage, row: &app::figures::TraceRow) -> CellValue {
    let measure = &trace.snapshot.definition.measures[row.measure];
    Scale::amounts(words, measure).exact_value(measure.scale.in_units(counted(row)))
}

/// Itemised or supplementary, in words.
pub(crate) fn part(words: Words, part: Part) -> &'static str {
    match part {
        Part::Listed => words.figure_listed(),
        Part::Unlisted => words.figure_unlisted(),
    }
}
