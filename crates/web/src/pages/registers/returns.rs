//! Who at and below a unit owes the returns of a period, who has handed them in, and who is late.

use std::sync::Arc;

use app::{
    returns::{self, OwedReturn, ReturnStatus, ReturnView, StatusRequest},
    units,
};
use axum::{
    extract::State,
    response::{Html, Response},
};
use model::{month::Year, period::ReportingPeriod};
use words::Words;

use super::{ReturnsPage, differences::last_whole_year};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, Extent},
        head::Head,
        number::label,
        pager::Pager,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

/// Returns on a page.
const SIZE: usize = 50;
/// The parameter with what is listed.
const VIEW: &str = "view";
/// The parameter with the period.
const PERIOD: &str = "period";

/// GET `/units/{code}/returns`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, &code, &params, Extent::Page).await?)
}

/// GET `/units/{code}/returns/export.xlsx`: all that the pages list.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Response, Error> {
    export::workbook(&state, &person, "returns", &load(&state, &person, &code, &params, Extent::File).await?)
        .await
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
    let view = params.parse::<ReturnView>(VIEW)?.unwrap_or_default();
    let period = period(person, params)?;
    let number = if extent == Extent::File { 1 } else { Pager::requested_page(params)? };
    let campaign = person.campaign;
    let request = StatusRequest { period, campaign, form: None };
    let status = returns::status(&state.app, &person.ctx, id, &request).await?;
    let snapshot = &status.snapshot;
    let unit = snapshot.view(id).ok_or(Error::NoSuchPage)?;
    let address = |url: urls::Url, period: ReportingPeriod, view: ReturnView| {
        person
            .with_campaign(url)
            .with_param(PERIOD, period)
            .with_some(VIEW, (view != ReturnView::default()).then_some(view))
    };
    let here = address(urls::returns(&unit.code), period, view);
    let listed: Vec<&OwedReturn> = status.owed.iter().filter(|owed| view.lists(owed)).collect();
    let limit = extent.rows(SIZE);
    let rows: Vec<TableRow> =
        listed.iter().skip((number - 1) * limit).take(limit).map(|owed| row(words, &status, owed)).collect();
    let views = ReturnView::ALL.map(|other| {
        let url = address(urls::returns(&unit.code), period, other);
        (name(words, other).to_owned(), url.into(), other == view)
    });
    let year = period.named_year();
    let periods = returns::periods_of_year(&person.ctx, snapshot, campaign, year);
    let periods = periods.into_iter().map(|other| {
        (words.period(other), address(urls::returns(&unit.code), other, view).into(), other == period)
    });
    let periods: Vec<_> = periods.collect();
    let head = Head::new(person, snapshot, &unit, Area::Registers, Some(year), |code, other| {
        let period = other.map_or(period, |year| period.in_year(year));
        address(urls::returns(code), period, view)
    });
    Ok(ReturnsPage {
        layout: Layout::new(
            person,
            snapshot,
            Area::Registers,
            format!("{} · {}", words.returns_title(), unit.name),
        )
        .with_unit(snapshot, id)
        .with_list(!rows.is_empty()),
        head,
        title: words.returns_title(),
        help: words.returns_help(),
        message: counts(words, &status),
        // One period alone needs no choice.
        views: [periods, views.to_vec()].into_iter().filter(|tabs| tabs.len() > 1).collect(),
        nothing: listed.is_empty().then(|| words.returns_none()),
        pager: Pager::new(words, number, SIZE, listed.len(), &here),
        downloads: Downloads::records(
            person,
            address(urls::unit_file(&unit.code, "returns", "export.xlsx"), period, view),
        ),
        table: Table { cut: extent.truncation(words, listed.len() > rows.len()), ..table(words, rows) },
    })
}

/// The period that is asked for; otherwise the last that is over, of those of which the campaign has returns.
fn period(person: &SignedIn, params: &Params) -> Result<ReportingPeriod, Error> {
    if let Some(period) = params.parse::<ReportingPeriod>(PERIOD)? {
        return Ok(period);
    }
    let year = params.parse::<Year>("year")?.unwrap_or_else(|| last_whole_year(person));
    let campaign = person.campaign;
    let periods = returns::periods_of_year(&person.ctx, &person.snapshot, campaign, year);
    Ok(periods.last().copied().unwrap_or(ReportingPeriod::year(year)))
}

/// How many are owed, handed in, approved and late.
fn counts(words: Words, status: &ReturnStatus) -> String {
    let [owed, submitted, approved, late] =
        [status.owed.len(), status.submitted(), status.approved(), status.late()]
            .map(|count| words.count(count));
    words.returns_counts(owed, submitted, approved, late)
}

/// What a list is called.
fn name(words: Words, view: ReturnView) -> &'static str {
    match view {
        ReturnView::All => words.returns_all(),
        ReturnView::Missing => words.returns_missing(),
        ReturnView::Late => words.returns_late(),
    }
}

fn table(words: Words, rows: Vec<TableRow>) -> Table {
    Table {
        is_list: true,
        title: words.returns_title().to_owned(),
        class: "table-hover listing",
        columns: vec![
            ColumnHead::text(words.trace_unit()),
            ColumnHead::text(words.returns_return()),
            ColumnHead::text(words.dashboard_state()),
            ColumnHead::text(words.returns_due()),
            ColumnHead::text(words.returns_submitted_on()),
        ],
        rows,
        ..Table::default()
    }
}

fn row(words: Words, status: &ReturnStatus, owed: &OwedReturn) -> TableRow {
    let form = &status.snapshot.definition.forms[owed.form];
    let name = TableCell::new(label(words, &form.label).to_owned());
    let (name, state, submitted_on) = match &owed.submitted {
        None => (name, words.returns_not_submitted().to_owned(), TableCell::empty()),
        Some(submitted) => {
            let workflow = form.workflow.as_ref();
            let known = workflow.zip(submitted.state.as_deref());
            let state = known.and_then(|(workflow, id)| Some(&workflow.states[workflow.state(id)?].label));
            let state = state.map_or(words.returns_submitted(), |text| label(words, text));
            let day = TableCell::new(CellValue::Day(submitted.on));
            (name.with_url(urls::record(submitted.record)), state.to_owned(), day)
        }
    };
    let state = TableCell::new(state);
    TableRow::new(vec![
        TableCell::link((owed.unit.name.clone(), urls::unit(&owed.unit.code).into())),
        name,
        if owed.is_late { state.with_note(words.returns_is_late()) } else { state },
        owed.due.map_or_else(
            || TableCell::new(words.returns_no_deadline()),
            |day| TableCell::new(CellValue::Day(day)),
        ),
        submitted_on,
    ])
}
