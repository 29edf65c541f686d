//! The returns of a unit and of everything under it beside what registers count: for one year, each answer that differs, with
//! both numbers and the way to the return and to the records.

use std::sync::Arc;

use app::{
    Snapshot,
    reconciliation::{self, ComparisonRequest, ReturnComparison, ReturnComparisons},
    units,
};
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::{
    definition::{FieldIdx, Form},
    kinds::Meaning,
};
use model::{month::Year, value::Value};
use words::Words;

use super::ReturnsPage;
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    parts::{
        by_registers,
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, Extent},
        field,
        head::{Head, latest_year},
        number::label,
        pager::Pager,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

/// Answers on a page.
const SIZE: usize = 50;
/// The parameter by which what agrees is listed too.
const ALL: &str = "all";

/// GET `/units/{code}/differences`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, &code, &params, Extent::Page).await?)
}

/// GET `/units/{code}/differences/export.xlsx`: all that the pages list.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Response, Error> {
    let page = load(&state, &person, &code, &params, Extent::File).await?;
    export::workbook(&state, &person, "differences", &page).await
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    code: &str,
    params: &Params,
    extent: Extent,
) -> Result<ReturnsPage, Error> {
    let words = person.words();
    let id = units::resolve(&person.ctx, &person.snapshot, Some(code))?;
    let year = params.parse::<Year>("year")?.unwrap_or_else(|| last_whole_year(person));
    let number = if extent == Extent::File { 1 } else { Pager::requested_page(params)? };
    let with_equal = params.get(ALL).is_some();
    let limit = extent.rows(SIZE);
    let skip = (number - 1) * limit;
    let request = ComparisonRequest { year, with_equal, skip, limit, ..ComparisonRequest::default() };
    let found = reconciliation::list(&state.app, &person.ctx, id, &request).await?;
    let snapshot = &found.snapshot;
    let unit = snapshot.view(id).ok_or(Error::NoSuchPage)?;
    let address = |code: &str, year: Year, with_equal: bool| {
        person
            .with_campaign(urls::differences(code))
            .with_param("year", year)
            .with_some(ALL, with_equal.then_some(1))
    };
    let here = address(&unit.code, year, with_equal);
    let view = |name: &str, other: bool| {
        (name.to_owned(), address(&unit.code, year, other).into(), other == with_equal)
    };
    let file = urls::unit_file(&unit.code, "differences", "export.xlsx");
    let file = file.with_param("year", year).with_some(ALL, with_equal.then_some(1));
    let title = format!("{} · {}", words.differences_title(), unit.name);
    let head = Head::new(person, snapshot, &unit, Area::Registers, Some(year), |code, other| {
        address(code, other.unwrap_or(year), with_equal)
    });
    Ok(ReturnsPage {
        layout: Layout::new(person, snapshot, Area::Registers, title)
            .with_unit(snapshot, id)
            .with_list(!found.rows.is_empty()),
        head,
        title: words.differences_title(),
        help: words.answer_differences_help(),
        message: summary(words, year, &found),
        views: vec![vec![view(words.differences_only(), false), view(words.differences_with_equal(), true)]],
        nothing: nothing(words, &found),
        table: Table {
            cut: extent.truncation(words, !found.is_complete || found.total > found.rows.len()),
            ..table(words, &found, with_equal)
        },
        pager: if found.is_complete {
            Pager::new(words, number, SIZE, found.total, &here)
        } else {
            Pager::open_ended(words, number, SIZE, &here)
        },
        downloads: Downloads::records(person, file),
    })
}

/// How much was compared, and how much differs.
fn summary(words: Words, year: Year, found: &ReturnComparisons) -> String {
    let [returns, differing_returns, differing] =
        [found.returns, found.differing_returns, found.differing].map(|count| words.count(count));
    if found.is_complete {
        words.differences_summary(year, returns, differing_returns, differing)
    } else {
        words.differences_summary_in_part(year, returns, differing_returns, differing)
    }
}

/// The last year that is over: the one whose returns are there.
pub(super) fn last_whole_year(person: &SignedIn) -> Year {
    let first = person.campaign(&person.snapshot).period.first;
    let today = person.ctx.today(&person.snapshot).year();
    latest_year(person, &person.snapshot).min(today - 1).max(first)
}

/// Why no answer is listed.
fn nothing(words: Words, found: &ReturnComparisons) -> Option<&'static str> {
    match (found.total, found.returns) {
        (0, 0) => Some(words.differences_none_compared()),
        (0, _) => Some(words.differences_none()),
        _ => None,
    }
}

fn table(words: Words, found: &ReturnComparisons, with_equal: bool) -> Table {
    let mut columns = vec![
        ColumnHead::text(words.trace_unit()),
        ColumnHead::text(words.differences_return()),
        ColumnHead::text(words.answer_field()),
        ColumnHead::text(words.answer_in_return()),
        ColumnHead::text(words.answer_in_register()),
        ColumnHead::number(words.answer_records()),
    ];
    columns.extend(with_equal.then(|| ColumnHead::text(words.dashboard_state())));
    Table {
        is_list: true,
        title: words.differences_title().to_owned(),
        class: "table-hover listing",
        columns,
        rows: found.rows.iter().map(|row| table_row(words, &found.snapshot, row, with_equal)).collect(),
        ..Table::default()
    }
}

fn table_row(words: Words, snapshot: &Snapshot, row: &ReturnComparison, with_equal: bool) -> TableRow {
    let form = &snapshot.definition.forms[row.form];
    let (count, record) = (&row.count, String::from(urls::record(row.record)));
    let name = format!("{} {}", label(words, &form.label), words.period(count.period));
    let answer = row.answer.as_ref().map(|answer| cell(words, snapshot, form, count.field, answer));
    let by_registers = TableCell::new(cell(words, snapshot, form, count.field, &count.value(form)));
    let lists = by_registers::lists(words, snapshot, count, &row.unit.code);
    let by_registers = match lists.as_slice() {
        [(_, url)] => by_registers.with_url(url),
        // The page of the return has the way to each.
        _ => by_registers.with_url(format!("{record}#differences")),
    };
    let mut cells = vec![
        TableCell::link((row.unit.name.clone(), urls::unit(&row.unit.code).into())),
        TableCell::new(name).with_url(&record),
        TableCell::new(label(words, &form.fields[count.field].label)),
        TableCell::new(answer.unwrap_or_else(|| words.form_not_stated().into())),
        by_registers,
        TableCell::new(CellValue::Integer(count.count)),
    ];
    cells.extend(with_equal.then(|| {
        TableCell::new(if row.differs { words.differences_differs() } else { words.differences_agrees() })
    }));
    TableRow::new(cells)
}

/// An answer as people read it; numbers stay numbers in a file.
fn cell(words: Words, snapshot: &Snapshot, form: &Form, position: FieldIdx, value: &Value) -> CellValue {
    let kind = &form.fields[position].kind;
    match (value, kind.spec().meaning) {
        (Value::Integer(number), Meaning::Count) => CellValue::Integer(*number),
        _ => field::text(words, snapshot, kind, value).into(),
    }
}
