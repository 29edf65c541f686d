//! The registers of a unit by clause, those that the person can enter records in first, with how many records
//! each has and what waits in it.

use std::sync::Arc;

use app::{
    Action, Snapshot, UnitView, drafts, reconciliation,
    registers::{self, Overview, RegisterSummary},
    returns, units,
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::Campaign;
use words::Words;

use crate::{
    Error, WebState,
    address::Path,
    error::print,
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        downloads::Downloads,
        draft::DraftList,
        export::{self, HasTables},
        head::Head,
        number::label,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "registers/all.html")]
struct AllPage {
    layout: Layout,
    head: Head,
    may_enter: bool,
    /// Whether the person may look for people in the records.
    may_find_persons: bool,
    /// What it claims together with others, for those who may see it.
    duplicates: Option<String>,
    /// Where the returns are compared with registers, where any is.
    differences: Option<String>,
    /// Who has handed in returns.
    return_status: Option<String>,
    /// The yearly returns that the person may make: words, and where one is begun.
    returns: Vec<(String, String)>,
    /// The registers by who enters records in them and by clause.
    groups: Vec<RegisterGroup>,
    /// When the person was here before; the numbers of new records are since then.
    last_visit: Option<String>,
    /// What the person has begun and not sent.
    drafts: DraftList,
    downloads: Downloads,
}

impl HasTables for AllPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        let words = self.layout.words;
        let row = |row: &RegisterRow| {
            let waiting = row.waiting.as_ref().map_or("", |(waiting, _)| waiting);
            TableRow::new([
                TableCell::new(row.name.as_str()),
                TableCell::some(
                    row.records.and_then(|count| i64::try_from(count).ok()).map(CellValue::Integer),
                ),
                TableCell::new(waiting),
                TableCell::new(row.feeds.as_str()),
            ])
        };
        let group = |group: &RegisterGroup| {
            let rows = group.rows.iter().map(row);
            std::iter::once(TableRow::group(group.title.clone())).chain(rows).collect::<Vec<_>>()
        };
        vec![Table {
            title: words.registers_title().to_owned(),
            columns: vec![
                ColumnHead::text(words.registers_name()),
                ColumnHead::number(words.registers_records()),
                ColumnHead::text(words.todo_title()),
                ColumnHead::text(words.registers_feeds()),
            ],
            rows: self.groups.iter().flat_map(group).collect(),
            ..Table::default()
        }]
    }
}

/// The registers of one clause.
struct RegisterGroup {
    /// The clause; what others than the person enter says so.
    title: String,
    rows: Vec<RegisterRow>,
}

/// One register.
struct RegisterRow {
    name: String,
    url: String,
    /// Where a record is entered, for those who may.
    new: Option<String>,
    /// How many records it has; `None` while that is not known.
    records: Option<u64>,
    /// How many of them are new since the last visit.
    added: Option<String>,
    /// How many wait for the person: words and address.
    waiting: Option<(String, String)>,
    /// What its records count towards.
    feeds: String,
}

/// GET `/units/{code}/registers`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, &code).await?)
}

/// GET `/units/{code}/registers/export.xlsx`: the registers that the page lists.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    export::workbook(&state, &person, "registers", &load(&state, &person, &code).await?).await
}

async fn load(state: &WebState, person: &SignedIn, code: &str) -> Result<AllPage, Error> {
    let id = units::resolve(&person.ctx, &person.snapshot, Some(code))?;
    let overview = registers::overview(&state.app, &person.ctx, id).await?;
    let snapshot = &overview.snapshot;
    let unit = snapshot.view(id).ok_or(Error::NoSuchPage)?;
    let words = person.words();
    let drafts = drafts::list(&state.app, &person.ctx).await?;
    let may = |action| person.ctx.may(action, snapshot, id);
    let title = format!("{} · {}", words.registers_title(), unit.name);
    Ok(AllPage {
        layout: Layout::new(person, snapshot, Area::Registers, title)
            .with_unit(snapshot, id)
            .with_list(!overview.registers.is_empty()),
        downloads: Downloads::page(
            words,
            person.with_campaign(urls::unit_file(&unit.code, "registers", "export.xlsx")),
        ),
        head: Head::new(person, snapshot, &unit, Area::Registers, None, |code, _| urls::registers(code)),
        may_find_persons: may(Action::ReadPersons),
        duplicates: may(Action::ReadDuplicates).then(|| urls::duplicates(&unit.code).into()),
        differences: reconciliation::has_compared(&person.ctx, snapshot)
            .then(|| urls::differences(&unit.code).into()),
        return_status: returns::any(&person.ctx, snapshot)
            .then(|| person.with_campaign(urls::returns(&unit.code)).into()),
        may_enter: may(Action::WriteRecords),
        returns: returns(person, snapshot, &unit),
        groups: groups(words, person.campaign(snapshot), &overview, &unit),
        last_visit: overview.last_visit.map(|moment| words.moment(moment)),
        drafts: DraftList::new(words, snapshot, drafts, (&unit.code, None)),
    })
}

/// Where yearly returns of a unit at the grass roots are begun.
fn returns(person: &SignedIn, snapshot: &Snapshot, unit: &UnitView) -> Vec<(String, String)> {
    let forms = snapshot.definition.forms.iter();
    let may_begin =
        |id: &str| !unit.is_union() && registers::to_fill_in(&person.ctx, snapshot, unit.id, id).is_ok();
    let begun = forms.filter(|form| form.kind.states_classes() && may_begin(&form.id));
    begun
        .map(|form| {
            let words = person.words();
            (words.record_new(label(words, &form.label)), urls::new_record(&unit.code, &form.id).into())
        })
        .collect()
}

/// The registers that the person enters records in, by clause; then the others, by clause.
fn groups(words: Words, campaign: &Campaign, overview: &Overview, unit: &UnitView) -> Vec<RegisterGroup> {
    let (own, others): (Vec<_>, Vec<_>) = overview.registers.iter().partition(|register| register.may_enter);
    // Where everything is for others to enter, nothing needs to be said about it.
    let has_own = !own.is_empty();
    let mut groups = Vec::new();
    for (registers, may_enter) in [(own, true), (others, false)] {
        let clauses = campaign.clauses.iter().map(Some).chain([None]);
        for clause in clauses {
            let id = clause.map(|clause| clause.id.as_str());
            let of_clause = registers
                .iter()
                .filter(|register: &&&RegisterSummary| campaign.clause_of(register.form) == id);
            let rows: Vec<_> = of_clause.map(|register| row(words, overview, register, unit)).collect();
            if rows.is_empty() {
                continue;
            }
            let title = clause.map_or(words.registers_no_clause(), |clause| label(words, &clause.title));
            let title =
                if has_own && !may_enter { words.registers_by_others(title) } else { title.to_owned() };
            groups.push(RegisterGroup { title, rows });
        }
    }
    groups
}

fn row(words: Words, overview: &Overview, register: &RegisterSummary, unit: &UnitView) -> RegisterRow {
    let definition = &overview.snapshot.definition;
    let form = &definition.forms[register.form];
    let mut feeds: Vec<&str> = Vec::new();
    for post in &form.posts {
        let name = label(words, &definition.measures[post.measure].label);
        if !feeds.contains(&name) {
            feeds.push(name);
        }
    }
    let waiting = (register.waiting > 0).then(|| {
        let url = urls::todo().with_param("form", &form.id);
        (words.registers_waiting(words.count(register.waiting)), url.into())
    });
    RegisterRow {
        name: label(words, &form.label).to_owned(),
        url: urls::register(&unit.code, &form.id).into(),
        new: register.may_enter.then(|| urls::new_record(&unit.code, &form.id).into()),
        records: register.records,
        added: register.new.filter(|count| *count > 0).map(|count| words.count(count)),
        waiting,
        feeds: words.enumeration(&feeds),
    }
}
