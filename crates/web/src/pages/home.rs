//! The start page (工作台): what waits for the person, what is late in the person's units, what has come
//! since the last visit, and how the targets are doing. Each part is there for those who may see it.

use std::{cmp::Reverse, sync::Arc};

use app::{
    Action, UnitView,
    figures::{self, FigureEntry, Shown},
    reconciliation,
    registers::{self, Overview},
    todo::{self, TodoRequest},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use ledger::figure::FigureState;
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    pages::{
        figures::{
            dashboard::{Summary, state_summary},
            gap,
        },
        todo::{TodoRow, count_text, due_url, overdue_url, todo_row},
    },
    parts::{
        chip::{self, Chip},
        gauge::gauge,
        number::{Scale, label},
    },
    request_context::SignedIn,
    urls,
};

/// Rows of each part of the page; the rest is behind a link.
const ROWS: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    layout: Layout,
    unit: String,
    /// What waits for the person, for those for whom something can wait.
    todos: Option<Todos>,
    registers: Option<Registers>,
    targets: Targets,
}

/// What waits.
struct Todos {
    /// All, overdue, due in seven days: words, number, address.
    counts: Vec<(&'static str, String, String)>,
    rows: Vec<TodoRow>,
    all: String,
    /// What is overdue below, by unit: name, number, address.
    late: Vec<(String, String, String)>,
    late_all: String,
}

/// The registers that the person works in.
struct Registers {
    /// When the person was here before.
    last_visit: Option<String>,
    /// Registers with new records: name, how many, address.
    new: Vec<(String, String, String)>,
    /// Registers to go on in: name, address of a new record.
    recent: Vec<(String, String)>,
    all: String,
    /// Where the returns of the units below are compared with registers.
    differences: Option<String>,
    import: Option<&'static str>,
}

/// How the targets of the unit are doing.
struct Targets {
    through: String,
    known: String,
    summary: Vec<Summary>,
    /// The indicators that are behind, the furthest first.
    behind: Vec<Behind>,
    /// How many more are behind.
    more: Option<(String, String)>,
    all: String,
}

/// An indicator that is behind.
struct Behind {
    id: String,
    name: String,
    url: String,
    value: String,
    gap: Option<String>,
    gauge: Option<String>,
    chip: Chip,
}

/// GET `/`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Response, Error> {
    let Some(query) = FiguresQuery::own(&state, person, params).await? else {
        return Ok(Redirect::to("/imports").into_response()); // nothing is known yet: the roster comes first
    };
    let (words, person, snapshot) = (query.words(), &query.person, query.snapshot());
    let unit = &query.unit;
    let may = |action| person.ctx.may(action, snapshot, unit.id);
    let shown = figures::show(&state.app, &person.ctx, unit.id, &query.ask).await?;
    let todos = if may(Action::ReadTodo) {
        let ask = TodoRequest { limit: ROWS, ..TodoRequest::default() };
        let found = todo::list(&state.app, &person.ctx, &ask).await?;
        let overdue = if todo::has_below(&person.ctx, snapshot) {
            todo::overdue_by_unit(&state.app, &person.ctx).await?
        } else {
            Vec::new()
        };
        Some(todos(words, person, &found, &overdue))
    } else {
        None
    };
    let registers = if may(Action::ReadRecords) {
        let overview = registers::overview(&state.app, &person.ctx, unit.id).await?;
        let has_compared = unit.is_union() && reconciliation::has_compared(&person.ctx, snapshot);
        let differences = has_compared.then(|| urls::differences(&unit.code).into());
        let own = own_registers(words, &unit.code, &overview, may(Action::ImportFiles));
        Some(Registers { differences, ..own })
    } else {
        None
    };
    let page = HomePage {
        layout: Layout::new(person, snapshot, Area::Home, words.menu_home())
            .with_period(shown.whole_period(), shown.through, shown.known)
            .with_restated(shown.is_restated),
        unit: unit.name.clone(),
        todos,
        registers,
        targets: targets(&query, &shown),
    };
    Ok(print(&page)?.into_response())
}

fn todos(words: Words, person: &SignedIn, found: &todo::TodoPage, overdue: &[(UnitView, i64)]) -> Todos {
    let today = person.ctx.today(&found.snapshot).date();
    let counts = [
        (words.todo_all(), found.counts.all, todo::Due::Any),
        (words.todo_late(), found.counts.overdue, todo::Due::Overdue),
        (words.todo_week(), found.counts.week, todo::Due::Week),
    ];
    let late_units = overdue.iter().take(ROWS);
    Todos {
        counts: counts
            .map(|(label, count, due)| (label, count_text(words, count), due_url(due).into()))
            .to_vec(),
        rows: found.items.iter().map(|item| todo_row(words, &found.snapshot, today, item)).collect(),
        all: urls::todo().into(),
        late: late_units
            .map(|(unit, count)| {
                (unit.name.clone(), words.count(*count), overdue_url(Some(&unit.code)).into())
            })
            .collect(),
        late_all: overdue_url(None).into(),
    }
}

fn own_registers(words: Words, code: &str, overview: &Overview, may_import: bool) -> Registers {
    let form = |register: &registers::RegisterSummary| &overview.snapshot.definition.forms[register.form];
    let name = |register| label(words, &form(register).label).to_owned();
    let new = overview.registers.iter().filter_map(|register| {
        let count = register.new.filter(|count| *count > 0)?;
        let url = urls::register(code, &form(register).id).into();
        Some((name(register), words.count(count), url))
    });
    // Those in which the person works, else those in which most is done.
    let is_used = |register: &&registers::RegisterSummary| {
        register.recent.is_some() || register.records.is_some_and(|records| records > 0)
    };
    let mut used: Vec<_> =
        overview.registers.iter().filter(|register| register.may_enter).filter(is_used).collect();
    used.sort_by_key(|register| (register.recent.unwrap_or(usize::MAX), Reverse(register.records)));
    Registers {
        last_visit: overview.last_visit.map(|moment| words.moment(moment)),
        new: new.collect(),
        recent: used
            .into_iter()
            .take(ROWS)
            .map(|register| (name(register), urls::new_record(code, &form(register).id).into()))
            .collect(),
        all: urls::registers(code).into(),
        differences: None,
        import: may_import.then_some("/imports/new"),
    }
}

fn targets(query: &FiguresQuery, shown: &Shown) -> Targets {
    let words = query.words();
    let behind = |entry: &&FigureEntry| entry.figure.state == FigureState::Behind;
    let mut found: Vec<&FigureEntry> = shown.entries.iter().filter(behind).collect();
    // What has come the least part of its way is the furthest behind.
    let way = |entry: &FigureEntry| entry.figure.path_rate().unwrap_or(f64::MAX);
    found.sort_by(|a, b| way(a).total_cmp(&way(b)));
    let all = query.with_query(urls::figures(&query.unit.code, None));
    let more = found.len().saturating_sub(ROWS);
    let behind_url = all.clone().with_param("state", FigureState::Behind.name());
    let row = |entry: &FigureEntry| {
        let indicator = &shown.campaign().indicators[entry.indicator];
        let scale = Scale::new(words, indicator, &shown.readings);
        let unit = if scale.is_count() { label(words, &indicator.unit) } else { "" };
        let figure = &entry.figure;
        Behind {
            id: indicator.id.clone(),
            name: label(words, &indicator.label).to_owned(),
            url: query.with_query(urls::indicator(&query.unit.code, &indicator.id)).into(),
            value: figure.shown_value().map_or_else(
                || chip::instead(words, figure.note).to_owned(),
                |value| scale.judged(value, figure.target),
            ),
            gap: gap(words, scale, figure, unit),
            gauge: gauge(words, scale, figure),
            chip: Chip::for_figure(words, scale, figure.state),
        }
    };
    Targets {
        through: words.month(shown.through),
        known: words.known_on(words.date(shown.known.day)),
        summary: state_summary(words, shown, None, |state| {
            all.clone().with_some("state", state.map(FigureState::name)).into()
        }),
        behind: found.into_iter().take(ROWS).map(row).collect(),
        more: (more > 0).then(|| (words.home_more_behind(words.count(more)), behind_url.into())),
        all: all.into(),
    }
}
