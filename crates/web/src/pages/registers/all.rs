//! The registers of a unit. The numbers of records come from the figures that
//! count them; nothing is counted here, so that nothing is counted twice.

use std::sync::Arc;

use app::{Action, drafts, registers, units};
use askama::Template;
use axum::{extract::State, response::Html};
use campaign::definition::{Form, FormIdx};

use crate::{
    Error, WebState,
    address::Path,
    error::print,
    layout::{Area, Layout},
    parts::{draft::DraftList, head::Head, number::label},
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
    drafts: DraftList,
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
    let snapshot = state.app.current(&person.ctx).await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(&code))?;
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
    let drafts = drafts::list(&state.app, &person.ctx).await?;
    let may = |action| person.ctx.may(action, &snapshot, id);
    let title = format!("{} · {}", words.registers_title(), unit.name);
    print(&AllPage {
        layout: Layout::new(&person, &snapshot, Area::Registers, title).with_list(!forms.is_empty()),
        head: Head::new(&person, &snapshot, &unit, Area::Registers, None, |code, _| urls::registers(code)),
        may_find_persons: may(Action::ReadPersons),
        duplicates: may(Action::ReadDuplicates).then(|| urls::duplicates(&unit.code).into()),
        may_enter: may(Action::WriteRecords),
        rows: forms.into_iter().map(row).collect(),
        drafts: DraftList::new(words, &snapshot, drafts, (&unit.code, None)),
    })
}
