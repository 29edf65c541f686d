//! The page of one worker: all records about the person, by register.

use campaign::definition::{FieldIdx, FormIdx};
use std::sync::Arc;

use app::{
    Action,
    persons::{self, File, PersonKey, PersonRecord},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use model::codes::mask_id_number;

use super::change::ChangeForm;
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    parts::{
        downloads::Downloads,
        export::{self, HasTables},
        field::FieldView,
        number::label,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "persons/file.html")]
pub(super) struct FilePage {
    layout: Layout,
    name: String,
    number: String,
    notice: Option<String>,
    fault: Option<String>,
    registers: Vec<Register>,
    total: String,
    /// Where the data is corrected and removed, for those who may.
    actions: Option<(String, String)>,
    form: ChangeForm,
    downloads: Downloads,
}

impl HasTables for FilePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The records by register, each with what it states beside the person's data.
    fn tables(&self) -> Vec<Table> {
        let words = self.layout.words;
        let columns = [words.trace_fact(), words.trace_unit(), words.record_content()];
        let table = |register: &Register| {
            let row = |row: &RecordRow| {
                let fields = row.fields.iter().map(|field| words.filter_is(&field.label, &field.value));
                let texts = [&row.title, &row.unit.0, &fields.collect::<Vec<_>>().join(words.list_and())];
                TableRow::new(texts.map(|text| TableCell::new(text.as_str())))
            };
            Table {
                title: register.name.clone(),
                columns: columns.into_iter().map(ColumnHead::text).collect(),
                rows: register.rows.iter().map(row).collect(),
                ..Table::default()
            }
        };
        self.registers.iter().map(table).collect()
    }

    fn has_records(&self) -> bool {
        true
    }
}

/// The records of one register.
struct Register {
    name: String,
    rows: Vec<RecordRow>,
}

/// One record.
struct RecordRow {
    url: String,
    title: String,
    fields: Vec<FieldView>,
    unit: (String, String),
}

/// GET `/persons/{key}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(key): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let key: PersonKey = key.parse()?;
    let file = persons::file(&state.app, &person.ctx, &key).await?;
    let count = params.parse::<usize>("records")?.unwrap_or_default();
    let notice = match params.get("done") {
        Some("correct") => Some(words.person_corrected(words.count(count))),
        Some("remove") => Some(words.person_was_removed(words.count(count))),
        _ => None,
    };
    print(&page(&person, &file, notice, None, ChangeForm::default()))
}

/// GET `/persons/{key}/export.xlsx`: the records of the page.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, Error> {
    let key: PersonKey = key.parse()?;
    let file = persons::file(&state.app, &person.ctx, &key).await?;
    let page = page(&person, &file, None, None, ChangeForm::default());
    export::workbook(&state, &person, "person", &page).await
}

/// The page of a file.
pub(super) fn page(
    person: &SignedIn,
    file: &File,
    notice: Option<String>,
    fault: Option<String>,
    form: ChangeForm,
) -> FilePage {
    let (words, snapshot) = (person.words(), &file.snapshot);
    let name = match file.names.as_slice() {
        [] => words.person_removed().to_owned(),
        names => words.enumeration(names),
    };
    let mut registers: Vec<(FormIdx, Register)> = Vec::new();
    for entry in &file.entries {
        let row = row(person, file, entry);
        if let Some((_, register)) = registers.iter_mut().find(|(form, _)| *form == entry.fact.form) {
            register.rows.push(row);
        } else {
            let name = label(words, &snapshot.definition.forms[entry.fact.form].label).to_owned();
            registers.push((entry.fact.form, Register { name, rows: vec![row] }));
        }
    }
    registers.sort_by_key(|(form, _)| *form);
    let may = |entry: &PersonRecord| person.ctx.may(Action::ChangePersons, snapshot, entry.fact.unit);
    let mut layout = Layout::new(person, snapshot, Area::Registers, words.person_file_of(&name));
    layout.address = urls::person(&file.key).into();
    FilePage {
        layout,
        number: file.number.as_deref().map(mask_id_number).unwrap_or_default(),
        notice,
        fault,
        total: words.person_records(words.count(file.entries.len())),
        registers: registers.into_iter().map(|(_, register)| register).collect(),
        actions: file.entries.iter().all(may).then(|| {
            let at = |what| urls::change_person(&file.key, what).into();
            (at("correct"), at("remove"))
        }),
        name,
        form,
        downloads: Downloads::records(person, urls::person_file(&file.key)),
    }
}

fn row(person: &SignedIn, file: &File, entry: &PersonRecord) -> RecordRow {
    let (words, snapshot) = (person.words(), &file.snapshot);
    let form = &snapshot.definition.forms[entry.fact.form];
    let personal =
        |field: FieldIdx| entry.persons.iter().any(|person| [person.name, person.id_number].contains(&field));
    let posts = form.posts.iter().map(|post| post.on);
    let own = form.identity.iter().copied();
    let mut shown: Vec<FieldIdx> = Vec::new();
    for field in posts.chain(own).chain(form.fields.positions()) {
        let is_told = entry.fact.value(field).is_some() && Some(field) != form.unit;
        if is_told && !personal(field) && !shown.contains(&field) {
            shown.push(field);
        }
    }
    let field_view = |field: &FieldIdx| {
        let definition = &form.fields[*field];
        let value = entry.fact.value(*field)?;
        Some(FieldView::from_value(words, snapshot, definition, value))
    };
    RecordRow {
        url: urls::record(entry.fact.id).into(),
        title: words.record_page_number(entry.fact.id),
        fields: shown.iter().take(SHOWN).filter_map(field_view).collect(),
        unit: (entry.unit.name.clone(), urls::unit(&entry.unit.code).into()),
    }
}

/// Fields of a record that are shown.
const SHOWN: usize = 4;
