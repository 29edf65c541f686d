//! The duplicates of a unit and of everything under it: records that another unit
//! has too.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use app::{
    Snapshot,
    duplicates::{self, Group},
    units,
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::MeasureIdx;
use words::Words;

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    parts::{
        downloads::Downloads,
        export::{self, Extent, HasTables},
        field,
        head::Head,
        number::label,
        pager::Pager,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

/// Groups on a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "units/duplicates.html")]
struct DuplicatesPage {
    layout: Layout,
    head: Head,
    groups: Vec<Shared>,
    pager: Pager,
    downloads: Downloads,
    /// That there are more than these.
    cut: Option<String>,
}

impl HasTables for DuplicatesPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A row for each unit that states the same, below what it is.
    fn tables(&self) -> Vec<Table> {
        let words = self.layout.words;
        let columns = [words.todo_register(), words.trace_unit(), words.trace_fact(), words.dashboard_note()];
        let rows = |shared: &Shared| {
            let note = shared.once.iter().chain(&shared.each).cloned().collect::<Vec<_>>().join(" ");
            let row = |one: &DuplicateUnit| {
                let record = one.fact.as_ref().map_or("", |(name, _)| name);
                let texts = [shared.title.as_str(), &one.unit.0, record, &note];
                TableRow::new(texts.map(TableCell::new))
            };
            shared.others.iter().map(row).collect::<Vec<_>>()
        };
        vec![Table {
            title: words.duplicates_title().to_owned(),
            columns: columns.into_iter().map(ColumnHead::text).collect(),
            rows: self.groups.iter().flat_map(rows).collect(),
            cut: self.cut.clone(),
            ..Table::default()
        }]
    }

    fn has_records(&self) -> bool {
        true
    }
}

/// What several units claim, ready to print.
pub(crate) struct Shared {
    /// The register and what is claimed.
    pub(crate) title: String,
    /// How many units share it.
    pub(crate) message: String,
    /// Who they are.
    pub(crate) others: Vec<DuplicateUnit>,
    /// What counts it once above them.
    pub(crate) once: Option<String>,
    /// What counts it with each of them.
    pub(crate) each: Option<String>,
}

/// A unit that claims it, with its record where that may be seen.
pub(crate) struct DuplicateUnit {
    pub(crate) unit: (String, String),
    pub(crate) fact: Option<(String, String)>,
}

/// What all groups of one key of a register have in common.
#[derive(Clone)]
struct KeyTexts {
    title: String,
    once: Option<String>,
    each: Option<String>,
}

impl KeyTexts {
    fn new(words: Words, snapshot: &Snapshot, group: &Group) -> Self {
        let form = &snapshot.definition.forms[group.form];
        let claim = &form.duplicate_keys[group.key];
        let (once, each) = duplicates::counting(snapshot, form, claim);
        let names = |measures: &BTreeSet<MeasureIdx>| {
            let labels =
                measures.iter().map(|measure| label(words, &snapshot.definition.measures[*measure].label));
            words.enumeration(&labels.collect::<Vec<_>>())
        };
        Self {
            title: format!("{} · {}", label(words, &form.label), label(words, &claim.label)),
            once: (!once.is_empty()).then(|| words.duplicates_once(names(&once))),
            each: (!each.is_empty()).then(|| words.duplicates_each(names(&each))),
        }
    }
}

impl Shared {
    pub(crate) fn new(person: &SignedIn, snapshot: &Snapshot, group: &Group) -> Self {
        Self::with_texts(person, snapshot, group, KeyTexts::new(person.words(), snapshot, group))
    }

    fn with_texts(person: &SignedIn, snapshot: &Snapshot, group: &Group, texts: KeyTexts) -> Self {
        let words = person.words();
        let claim = &snapshot.definition.forms[group.form].duplicate_keys[group.key];
        let KeyTexts { title, once, each } = texts;
        let one = |record: &duplicates::DuplicateRecord| DuplicateUnit {
            unit: (record.unit.name.clone(), urls::unit(&record.unit.code).into()),
            fact: record.fact.as_ref().map(|fact| {
                let main_value =
                    field::main(words, snapshot, fact).into_iter().next().map(|field_view| field_view.value);
                (
                    main_value.unwrap_or_else(|| words.record_page_number(fact.id)),
                    urls::record(fact.id).into(),
                )
            }),
        };
        let mut message = words.duplicates_sentence(group.units, label(words, &claim.label));
        if group.records_in_all > group.records.len() {
            message.push_str(&words.list_shortened(group.records_in_all, group.records.len()));
        }
        Self { title, message, others: group.records.iter().map(one).collect(), once, each }
    }
}

/// GET `/units/{code}/duplicates`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, &code, Pager::requested_page(&params)?, Extent::Page).await?)
}

/// GET `/units/{code}/duplicates/export.xlsx`: all that the pages list.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
) -> Result<Response, Error> {
    let page = load(&state, &person, &code, 1, Extent::File).await?;
    export::workbook(&state, &person, "duplicates", &page).await
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    code: &str,
    page: usize,
    extent: Extent,
) -> Result<DuplicatesPage, Error> {
    let words = person.words();
    let snapshot = state.app.current(&person.ctx).await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(code))?;
    let size = extent.rows(SIZE);
    let (snapshot, groups, total) =
        duplicates::list(&state.app, &person.ctx, id, (page - 1) * size, size).await?;
    let unit = snapshot.view(id).ok_or(Error::NoSuchPage)?;
    let title = format!("{} · {}", words.duplicates_title(), unit.name);
    // A file has thousands of groups, of a few keys.
    let mut of_keys: BTreeMap<_, KeyTexts> = BTreeMap::new();
    let mut shared = |group: &Group| {
        let texts = of_keys.entry((group.form, group.key));
        let texts = texts.or_insert_with(|| KeyTexts::new(words, &snapshot, group)).clone();
        Shared::with_texts(person, &snapshot, group, texts)
    };
    let groups: Vec<Shared> = groups.iter().map(&mut shared).collect();
    Ok(DuplicatesPage {
        layout: Layout::new(person, &snapshot, Area::Registers, title).with_unit(&snapshot, id),
        head: Head::new(person, &snapshot, &unit, Area::Registers, None, |code, _| urls::duplicates(code)),
        downloads: Downloads::records(person, urls::unit_file(code, "duplicates", "export.xlsx")),
        cut: extent.truncation(words, total > groups.len()),
        groups,
        pager: Pager::new(words, page, SIZE, total, &urls::duplicates(code)),
    })
}
