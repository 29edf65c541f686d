//! The rows of a trace, ready to print: which record counts for which unit, when and how much.

use app::figures::TracePage;
use campaign::definition::Part;
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
    pub(super) url: String,
    /// Name of the form, and the list of the unit's records of it.
    pub(super) form: (String, Option<String>),
    pub(super) unit: (String, String),
    pub(super) month: String,
    pub(super) measure: String,
    pub(super) part: &'static str,
    pub(super) amount: String,
    pub(super) fields: Vec<FieldView>,
}

/// The rows of one page.
pub(super) fn records(words: Words, trace: &TracePage) -> Vec<Record> {
    let definition = &trace.snapshot.definition;
    let row = |row: &app::figures::TraceRow| {
        let unit = trace.snapshot.view(row.unit);
        let form = &definition.forms[row.fact.form];
        let owner = trace.snapshot.view(row.fact.unit).filter(|_| form.kind.is_register());
        let list = owner.map(|owner| urls::register(&owner.code, &form.id).into());
        Record {
            url: urls::record(row.fact.id).into(),
            form: (label(words, &form.label).to_owned(), list),
            unit: unit.map(|unit| (unit.name, urls::unit(&unit.code).into())).unwrap_or_default(),
            month: words.month(row.month),
            measure: label(words, &definition.measures[row.measure].label).to_owned(),
            part: part(words, row.part),
            amount: amount(words, trace, row).text(words),
            fields: field::main(words, &trace.snapshot, &row.fact),
        }
    };
    trace.rows.iter().map(row).collect()
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
    let amounts = trace.rows.iter().map(|row| amount(words, trace, row));
    let row = |(record, amount): (Record, CellValue)| {
        let fields: Vec<String> = record.fields.into_iter().map(|field| field.value).collect();
        let texts = [fields.join(" · "), record.form.0, record.unit.0, record.month, record.measure];
        let mut cells: Vec<TableCell> = texts.into_iter().map(TableCell::new).collect();
        cells.push(TableCell::new(record.part));
        cells.push(TableCell::new(amount));
        TableRow::new(cells)
    };
    Table {
        title: words.trace_title().to_owned(),
        columns,
        rows: records(words, trace).into_iter().zip(amounts).map(row).collect(),
        cut: Extent::File.cut(words, trace.next.is_some()),
        ..Table::default()
    }
}

/// How much a row adds, in the unit of its measure.
fn amount(words: Words, trace: &TracePage, row: &app::figures::TraceRow) -> CellValue {
    let measure = &trace.snapshot.definition.measures[row.measure];
    Scale::amounts(words, measure).exact_value(measure.scale.in_units(row.amount))
}

/// Itemised or supplementary, in words.
pub(crate) fn part(words: Words, part: Part) -> &'static str {
    match part {
        Part::Listed => words.figure_listed(),
        Part::Unlisted => words.figure_unlisted(),
    }
}
