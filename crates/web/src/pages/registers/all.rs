//! The registers of a unit. The numbers of records come from the figures that
//! count them; nothing is counted here, so that nothing is counted twice.

use std::sync::Arc;

use app::{Action, drafts, registers, units};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::{Form, FormIdx};

use crate::{
    Error, WebState,
    address::Path,
    error::print,
    layout::{Area, Layout},
    parts::{
        downloads::Downloads,
        draft,
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
    rows: Vec<RegisterRow>,
    /// What the person has begun and not sent.
    drafts: Vec<Begun>,
    /// Until when such things are kept.
    retention: String,
    downloads: Downloads,
}

impl HasTables for AllPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        let words = self.layout.words;
        let columns = [words.registers_name(), words.registers_clause(), words.registers_feeds()];
        let row = |row: &RegisterRow| {
            TableRow::new([&row.name, &row.clause, &row.feeds].map(|text| TableCell::new(text.as_str())))
        };
        vec![Table {
            title: words.registers_title().to_owned(),
            columns: columns.into_iter().map(ColumnHead::text).collect(),
            rows: self.rows.iter().map(row).collect(),
            ..Table::default()
        }]
    }
}

/// A form that was begun. Its template is `registers/drafts.html`.
struct Begun {
    name: String,
    unit: String,
    code: String,
    form: String,
    fact: Option<String>,
    at: String,
    url: String,
}

/// One register.
struct RegisterRow {
    name: String,
    url: String,
    new: String,
    clause: String,
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
    let snapshot = state.app.current(&person.ctx).await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(code))?;
    let forms = registers::visible_registers(&person.ctx, &snapshot, id)?;
    let unit = snapshot.view(id).ok_or(Error::NoSuchPage)?;
    let words = person.words();
    let campaign = &snapshot.campaign;
    let feeds = |form: &Form| {
        let mut names: Vec<&str> = Vec::new();
        for post in &form.posts {
            let name = label(words, &campaign.measures[post.measure].label);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(words.registers_and())
    };
    let clause = |form: &Form| {
        let clause = form.clause.as_deref().and_then(|clause| campaign.clause(clause));
        clause.map(|clause| label(words, &clause.title).to_owned()).unwrap_or_default()
    };
    let row = |position: FormIdx| {
        let form = &campaign.forms[position];
        RegisterRow {
            name: label(words, &form.label).to_owned(),
            url: urls::register(&unit.code, &form.id).into(),
            new: urls::new_record(&unit.code, &form.id).into(),
            clause: clause(form),
            feeds: feeds(form),
        }
    };
    let begun = |draft: drafts::Listed| {
        let (_, form) = campaign.form(&draft.form)?;
        let name = label(words, &form.label);
        Some(Begun {
            name: match draft.fact {
                Some(_) => words.record_correct(name),
                None => words.record_new(name),
            },
            at: words.moment(draft.at),
            url: draft::url(&draft.unit.code, &form.id, draft.fact).with_param("draft", "open").into(),
            fact: draft.fact.map(|fact| fact.to_string()),
            form: form.id.clone(),
            unit: draft.unit.name,
            code: draft.unit.code,
        })
    };
    let drafts = drafts::list(&state.app, &person.ctx).await?.into_iter().filter_map(begun).collect();
    let may = |action| person.ctx.may(action, &snapshot, id);
    let title = format!("{} · {}", words.registers_title(), unit.name);
    Ok(AllPage {
        layout: Layout::new(person, &snapshot, Area::Registers, title).about(&snapshot, id),
        downloads: Downloads::page(words, urls::unit_file(&unit.code, "registers", "export.xlsx")),
        head: Head::new(person, &snapshot, &unit, Area::Registers, None, |code, _| urls::registers(code)),
        may_find_persons: may(Action::ReadPersons),
        duplicates: may(Action::ReadDuplicates).then(|| urls::duplicates(&unit.code).into()),
        may_enter: may(Action::WriteRecords),
        rows: forms.into_iter().map(row).collect(),
        drafts,
        retention: words.draft_kept(drafts::RETENTION_DAYS),
    })
}
