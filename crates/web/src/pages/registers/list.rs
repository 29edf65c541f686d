//! The records of one register: filtered, sorted, in the chosen columns.

use std::sync::Arc;

use app::{
    Action, Snapshot, drafts,
    registers::{self, By, IndexReach, ListPage as Listed, Sort, views::View},
    transitions, units,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::{Form, FormIdx};
use model::ids::RecordId;
use words::Words;

use super::menu::Menu;
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    list_query::{
        COLUMN, FIELD, ListQuery, SORT, TEXT,
        columns::{self, Column},
        is_filtered,
    },
    parts::{
        actor::Actors,
        downloads::Downloads,
        draft::DraftList,
        field,
        filter::{Chip, Control, Filters},
        head::Head,
        number::label,
        pager::Pager,
    },
    request_context::SignedIn,
    urls::{self, Url},
};

/// Records on a page.
const SIZE: usize = 50;
/// Seconds after which a page asks again for an index that is being built.
const REFRESH_SECONDS: &str = "3";

#[derive(Template)]
#[template(path = "registers/list.html")]
struct ListPage {
    layout: Layout,
    head: Head,
    title: String,
    notice: Option<String>,
    /// How many records there are, in words.
    count: String,
    /// The other registers of the unit.
    all: String,
    /// Where the list is without filters.
    address: String,
    /// The words looked for.
    text: String,
    /// The filters in sight, and the others.
    controls: (Vec<Control>, Vec<Control>),
    /// How many of the others are used.
    used: usize,
    chips: Vec<Chip>,
    /// The order as the address says it, to go along with the filters.
    sort: String,
    /// What is wrong with what was asked.
    faults: Vec<(String, String)>,
    /// The unit that was asked for, when there is none such, and why.
    wrong_unit: Option<(String, String)>,
    /// A new record, and a file of them.
    ways: Option<(String, String)>,
    /// The register as files.
    downloads: Downloads,
    views: Views,
    /// Forms of this register that the person has begun and not sent.
    drafts: DraftList,
    /// What can be done to many of the records at once.
    menu: Option<Menu>,
    is_narrowed: bool,
    empty: &'static str,
    /// How far the list reaches, when that is not everything.
    reach: Option<String>,
    heads: Vec<ColumnHead>,
    /// Every column that can be shown: value, words, whether it is.
    choices: Vec<(String, String, bool)>,
    /// The usual columns, when others are shown.
    usual: Option<String>,
    rows: Vec<RecordRow>,
    pager: Pager,
}

/// The head of a column.
struct ColumnHead {
    label: String,
    /// Whether it holds numbers.
    is_number: bool,
    /// The list in its order, and which way it is sorted now.
    sort: Option<(String, Option<&'static str>)>,
}

impl ColumnHead {
    /// The arrow beside its name: which way the list is sorted by it, if it is.
    fn arrow(&self) -> &'static str {
        match self.sort.as_ref().and_then(|(_, direction)| *direction) {
            None => "↕",
            Some("ascending") => "↑",
            Some(_) => "↓",
        }
    }
}

/// One record.
struct RecordRow {
    id: RecordId,
    url: String,
    /// What the first column says.
    name: String,
    cells: Vec<Cell>,
}

/// What a record says in a column.
struct Cell {
    label: String,
    text: String,
    url: Option<String>,
    is_number: bool,
}

/// The kept views of the person.
struct Views {
    /// Each with its address and whether it is what is shown.
    saved: Vec<(String, String, bool)>,
    keep: String,
    forget: String,
    /// What a view of this page would hold.
    query: String,
    /// A name that was not taken, and why.
    refused: Option<(String, String)>,
}

/// GET `/units/{code}/registers/{form}`: the records of the unit; asked for
/// those of another `unit`, the way to them.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Error> {
    answer(&state, &person, &code, &form, &params, None).await
}

/// The page for an address; `refused` is a view that was not kept, and why.
pub(super) async fn answer(
    state: &WebState,
    person: &SignedIn,
    code: &str,
    form: &str,
    params: &Params,
    refused: Option<(String, String)>,
) -> Result<Response, Error> {
    let words = person.words();
    let snapshot = state.app.current(&person.ctx).await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(code))?;
    let position = registers::to_see(&person.ctx, &snapshot, id, form)?;
    let selected = ListQuery::read(words, &person.ctx, &snapshot, position, params)?;
    let wrong_unit = match params.get("unit") {
        None => None,
        Some(text) => match units::named(&person.ctx, &snapshot, text) {
            Ok(other) => {
                let other = snapshot.view(other).ok_or(Error::NoSuchPage)?;
                let url = selected.address(urls::register(&other.code, form));
                return Ok(Redirect::to(&url.to_string()).into_response());
            }
            Err(app::Error::Invalid(problems)) => {
                let message: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
                Some((text.to_owned(), message.concat()))
            }
            Err(error) => return Err(error.into()),
        },
    };
    let selection = selected.selection(&snapshot.definition.forms[position], id);
    // A list under half of what was asked would be taken for the whole answer.
    let is_wrong = !selected.faults.is_empty();
    let listed = if is_wrong {
        None
    } else {
        Some(
            registers::list(&state.app, &person.ctx, &selection, Pager::requested_page(params)?, SIZE)
                .await?,
        )
    };
    let views = registers::views::list(&state.app, &person.ctx, form).await?;
    let is_building = listed.as_ref().is_some_and(|listed| matches!(listed.reach, IndexReach::Building(_)));
    let status = if is_wrong || wrong_unit.is_some() || refused.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else if is_building {
        // A program would take an empty list for the answer.
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let rows = listed.iter().flat_map(|listed| &listed.rows);
    let named = rows.filter_map(|row| row.changed.as_ref().map(|(_, actor)| actor.as_str()));
    let actors = &Actors::load(state, person, named).await?;
    let shown = Shown { person, snapshot: &snapshot, unit: id, form: position, selected: &selected, actors };
    let done = params.get("done").map(|done| match done {
        "view" => words.view_saved().to_owned(),
        "forget" => words.view_forgotten().to_owned(),
        "together" => {
            words.bulk_done(words.count(params.parse::<usize>("taken").ok().flatten().unwrap_or(0)))
        }
        _ => words.record_removed().to_owned(),
    });
    let mut page = shown.page(listed, &views, Refused { unit: wrong_unit, view: refused }, done)?;
    let mut drafts = drafts::list(&state.app, &person.ctx).await?;
    drafts.retain(|draft| draft.form == form);
    page.drafts = DraftList::new(words, &snapshot, drafts, (code, Some(form)));
    let mut response = (status, print(&page)?).into_response();
    if is_building {
        response
            .headers_mut()
            .insert(HeaderName::from_static("refresh"), HeaderValue::from_static(REFRESH_SECONDS));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(REFRESH_SECONDS));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// What was refused: a unit and a view, each with the reason.
struct Refused {
    unit: Option<(String, String)>,
    view: Option<(String, String)>,
}

/// What the page is made from.
struct Shown<'a> {
    person: &'a SignedIn,
    snapshot: &'a Snapshot,
    unit: model::ids::UnitId,
    form: FormIdx,
    selected: &'a ListQuery,
    /// Who has changed the records.
    actors: &'a Actors,
}

impl Shown<'_> {
    fn form(&self) -> &Form {
        &self.snapshot.definition.forms[self.form]
    }

    fn page(
        &self,
        listed: Option<Listed>,
        views: &[View],
        refused: Refused,
        notice: Option<String>,
    ) -> Result<ListPage, Error> {
        let (words, form, selected) = (self.person.words(), self.form(), self.selected);
        let unit = self.snapshot.view(self.unit).ok_or(Error::NoSuchPage)?;
        let name = label(words, &form.label).to_owned();
        let base = urls::register(&unit.code, &form.id);
        let here = selected.address(base.clone());
        let may_enter = self.person.ctx.may(Action::WriteRecords, self.snapshot, self.unit);
        let columns = columns::shown(form, selected);
        let filters = Filters { words, snapshot: self.snapshot, form, selected };
        let controls = filters.controls();
        let is_building =
            listed.as_ref().is_some_and(|listed| matches!(listed.reach, IndexReach::Building(_)));
        let (count, at) = listed.as_ref().map_or((0, 1), |listed| (listed.count, listed.page));
        let usual = selected.address_without(base.clone(), |name, _| name == COLUMN);
        Ok(ListPage {
            layout: Layout::new(
                self.person,
                self.snapshot,
                Area::Registers,
                format!("{name} · {}", unit.name),
            )
            .with_unit(self.snapshot, self.unit)
            .with_list(listed.as_ref().is_some_and(|listed| !listed.rows.is_empty())),
            head: Head::new(self.person, self.snapshot, &unit, Area::Registers, None, |code, _| {
                selected.address(urls::register(code, &form.id))
            }),
            title: name,
            notice,
            count: if is_building { String::new() } else { words.list_all(words.count(count)) },
            all: urls::registers(&unit.code).into(),
            text: selected.typed(TEXT).to_owned(),
            used: controls.1.iter().filter(|control| control.is_used()).count(),
            controls,
            chips: filters.chips(&base),
            sort: selected.typed(SORT).to_owned(),
            faults: self.faults(),
            wrong_unit: refused.unit,
            ways: transitions::may_begin(&self.person.ctx, self.snapshot, self.unit, self.form)
                .then(|| (urls::new_record(&unit.code, &form.id).into(), "/imports/new".to_owned())),
            downloads: self.downloads(&unit.code),
            views: self.views(views, &unit.code, &base, &here, refused.view),
            drafts: DraftList::default(),
            menu: listed
                .as_ref()
                .and_then(|listed| Menu::new(self.person, self.snapshot, &unit.code, listed, selected)),
            is_narrowed: selected.is_narrowed(),
            empty: match (selected.is_narrowed(), may_enter) {
                (true, _) => words.list_no_match(),
                (false, true) => words.registers_empty(),
                (false, false) => words.list_empty(),
            },
            reach: listed.as_ref().and_then(|listed| reach(words, listed.reach)),
            heads: columns.iter().map(|column| self.head(*column, &base)).collect(),
            choices: self.choices(&columns),
            usual: (!selected.columns.is_empty()).then(|| usual.into()),
            rows: listed.iter().flat_map(|listed| &listed.rows).map(|row| self.row(&columns, row)).collect(),
            pager: Pager::new(words, at, SIZE, count, &here),
            address: base.into(),
        })
    }

    /// What is wrong with the filters, each with the field's name.
    fn faults(&self) -> Vec<(String, String)> {
        let words = self.person.words();
        let faults = self.selected.faults.iter().map(|(name, message)| {
            let id = name.trim_start_matches(FIELD).split('.').next().unwrap_or_default();
            let field = self.form().field(id).map(|field| label(words, &self.form().fields[field].label));
            (format!("filter-{id}"), words.form_fault(field.unwrap_or(id), message))
        });
        faults.collect()
    }

    fn head(&self, column: Column, base: &Url) -> ColumnHead {
        let by = match column {
            Column::Field(field) if is_filtered(self.form(), field) => Some(By::Field(field)),
            Column::State => Some(By::State),
            _ => None,
        };
        let sort = by.map(|by| {
            let Sort { by: now, is_descending } = self.selected.sort;
            let direction = (now == by).then_some(if is_descending { "descending" } else { "ascending" });
            let id = columns::name(self.form(), column);
            // Once more turns it round.
            let value = if direction == Some("ascending") { format!("-{id}") } else { id };
            let url =
                self.selected.address_without(base.clone(), |name, _| name == SORT).with_param(SORT, value);
            (url.into(), direction)
        });
        ColumnHead { label: self.label(column), is_number: self.is_number(column), sort }
    }

    fn label(&self, column: Column) -> String {
        let words = self.person.words();
        match column {
            Column::Field(field) => label(words, &self.form().fields[field].label).to_owned(),
            Column::State => words.filter_state().to_owned(),
            Column::Unit => words.trace_unit().to_owned(),
            Column::Changed => words.registers_changed().to_owned(),
        }
    }

    fn is_number(&self, column: Column) -> bool {
        let Column::Field(field) = column else { return false };
        self.form().fields[field].kind.spec().meaning.is_quantity()
    }

    /// Every column that can be chosen.
    fn choices(&self, shown: &[Column]) -> Vec<(String, String, bool)> {
        let columns = columns::choices(self.form()).into_iter();
        let choice =
            |column| (columns::name(self.form(), column), self.label(column), shown.contains(&column));
        columns.map(choice).collect()
    }

    fn row(&self, columns: &[Column], row: &registers::ListRow) -> RecordRow {
        let words = self.person.words();
        let mut cells = columns.iter().map(|column| self.cell(*column, row));
        let name = cells.next().map(|cell| cell.text).filter(|text| !text.is_empty());
        RecordRow {
            id: row.fact.id,
            url: urls::record(row.fact.id).into(),
            name: name.unwrap_or_else(|| words.record_page_number(row.fact.id)),
            cells: cells.collect(),
        }
    }

    fn cell(&self, column: Column, row: &registers::ListRow) -> Cell {
        let words = self.person.words();
        let (text, url) = match column {
            Column::Field(field) => {
                let kind = &self.form().fields[field].kind;
                let value = row.fact.value(field);
                (value.map(|value| field::text(words, self.snapshot, kind, value)).unwrap_or_default(), None)
            }
            Column::State => {
                let states = self.form().workflow.as_ref().zip(row.state);
                let state = states.and_then(|(workflow, state)| workflow.states.get(state));
                let state = state.map(|state| label(words, &state.label)).unwrap_or_default();
                let is_marked = row.lacks_second_person;
                (if is_marked { words.list_entered_later(state) } else { state.to_owned() }, None)
            }
            Column::Unit => {
                let unit = self.snapshot.view(row.fact.unit);
                unit.map(|unit| (unit.name, Some(urls::unit(&unit.code).into()))).unwrap_or_default()
            }
            Column::Changed => {
                let changed = row.changed.as_ref();
                let message = |(at, actor): &(jiff::Timestamp, String)| {
                    words.registers_changed_by(words.moment(at), self.actors.name(actor))
                };
                (changed.map(message).unwrap_or_default(), None)
            }
        };
        Cell { label: self.label(column), text, url, is_number: self.is_number(column) }
    }

    /// The template, and what the list shows, as files for those who may have them.
    fn downloads(&self, unit: &str) -> Downloads {
        let may = |action| self.person.ctx.may(action, self.snapshot, self.unit);
        let (words, form) = (self.person.words(), &self.form().id);
        let template = may(Action::DownloadTemplates)
            .then(|| (words.download_template(), urls::template(unit, form).into()));
        let exports = [(words.download_workbook(), "xlsx"), (words.download_csv(), "csv")];
        let exports =
            exports.into_iter().filter(|_| may(Action::ExportRegisters)).map(|(label, extension)| {
                (label, self.selected.address(urls::export(unit, form, extension)).into())
            });
        Downloads { files: exports.chain(template).collect(), chart: None, has_print: true }
    }

    fn views(
        &self,
        views: &[View],
        unit: &str,
        base: &Url,
        here: &Url,
        refused: Option<(String, String)>,
    ) -> Views {
        let form = &self.form().id;
        let saved = views.iter().map(|view| {
            let params = Params::of_query(&view.query);
            let pairs = params.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
            let url = base.clone().with_all(&pairs.collect::<Vec<_>>());
            let is_here = url.to_string() == here.to_string();
            (view.name.clone(), url.into(), is_here)
        });
        Views {
            saved: saved.collect(),
            keep: urls::views(unit, form).into(),
            forget: urls::forget_view(unit, form).into(),
            query: here.query().to_owned(),
            refused,
        }
    }
}

fn reach(words: Words, reach: IndexReach) -> Option<String> {
    match reach {
        IndexReach::Everything => None,
        IndexReach::UpTo(moment) => Some(words.list_up_to(words.moment(moment))),
        IndexReach::Building(read) => Some(words.list_building(words.count(read))),
    }
}
