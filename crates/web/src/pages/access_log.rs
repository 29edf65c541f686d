//! The log of access, for whoever audits.

use std::sync::Arc;

use app::access_log::{self, AccessAction, AccessLogEntry, LogCheckOutcome, LogCheckRun, LogFault};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Redirect, Response},
};
use serde::Deserialize;
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::{
        actor::Actors,
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, Extent, HasTables},
        table::{CellLook, ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls::{self, Url},
};

/// Entries on one page.
const SIZE: usize = 100;

#[derive(Template)]
#[template(path = "access_log.html")]
struct LogPage {
    layout: Layout,
    table: Table,
    downloads: Downloads,
    is_first: bool,
    /// Where older entries are.
    next: Option<String>,
    /// How long entries are kept.
    retention: String,
    /// What the last check of the log in this process has found.
    check: Option<CheckView>,
}

/// A check, ready to print.
struct CheckView {
    class: &'static str,
    lines: Vec<String>,
}

/// A form that states nothing.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// Faults that are named.
const NAMED: usize = 20;

impl HasTables for LogPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.table.clone()]
    }
}

/// GET `/access-log`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, params.parse("before")?, Extent::Page).await?)
}

/// GET `/access-log/export.xlsx`: the log, its newest entries first.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Response, Error> {
    let page = load(&state, &person, None, Extent::File).await?;
    export::workbook(&state, &person, "access-log", &page).await
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    before: Option<i64>,
    extent: Extent,
) -> Result<LogPage, Error> {
    let words = person.words();
    let (entries, next) = access_log::log(&state.app, &person.ctx, before, extent.rows(SIZE)).await?;
    let check = access_log::last_check(&state.app, &person.ctx).await?;
    let actors = Actors::load(state, person, entries.iter().map(|entry| entry.actor.as_str())).await?;
    Ok(LogPage {
        downloads: Downloads::page(words, "/access-log/export.xlsx"),
        retention: words.access_log_retention(state.app.log_days()),
        check: check.map(|run| check_view(words, &run)),
        layout: Layout::new(person, &person.snapshot, Area::Users, words.access_log_title()).wide(),
        table: Table {
            title: words.access_log_title().to_owned(),
            class: "table-hover listing log-list",
            columns: columns(words).into_iter().map(ColumnHead::text).collect(),
            rows: entries.into_iter().map(|entry| row(words, &actors, entry)).collect(),
            cut: extent.truncation(words, next.is_some()),
            ..Table::default()
        },
        is_first: before.is_none(),
        next: next.map(|next| Url::new("/access-log", &[]).with_param("before", next).into()),
    })
}

/// POST `/access-log/check`.
pub(crate) async fn check(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    access_log::begin_check(&state.app, &person.ctx).await?;
    Ok(Redirect::to("/access-log"))
}

fn check_view(words: Words, run: &LogCheckRun) -> CheckView {
    let began = words.moment(run.began_at);
    match &run.outcome {
        None => CheckView { class: "alert-info", lines: vec![words.access_log_checking(began)] },
        Some(LogCheckOutcome::Failed) => {
            CheckView { class: "alert-warning", lines: vec![words.access_log_check_failed(began)] }
        }
        Some(LogCheckOutcome::Checked(found)) if found.faults.is_empty() => CheckView {
            class: "alert-success",
            lines: vec![words.access_log_check_agrees(
                began,
                words.count(found.entries),
                words.count(found.blocks),
                words.count(found.open),
            )],
        },
        Some(LogCheckOutcome::Checked(found)) => {
            let first = words.access_log_check_differs(began, found.faults.len());
            let faults = found.faults.iter().take(NAMED).map(|fault| describe(words, fault));
            CheckView { class: "alert-danger", lines: [first].into_iter().chain(faults).collect() }
        }
    }
}

fn describe(words: Words, fault: &LogFault) -> String {
    match fault {
        LogFault::Changed { block, expected, found, .. } => {
            words.command_verify_log_changed(block, expected, found)
        }
        LogFault::Missing { from, to } => words.command_verify_log_missing(from, to),
        LogFault::CutOff { known, found } => words.command_verify_log_cut(known, found),
    }
}

fn columns(words: Words) -> [&'static str; 7] {
    [
        words.access_log_moment(),
        words.access_log_actor(),
        words.access_log_action(),
        words.access_log_address(),
        words.access_log_subject(),
        words.access_log_detail(),
        words.access_log_unit(),
    ]
}

fn row(words: Words, actors: &Actors, entry: AccessLogEntry) -> TableRow {
    let nobody = || words.access_log_nobody().to_owned();
    let unit = entry.unit.map(|unit| {
        let url = urls::unit(&unit.code);
        TableCell::new(unit.name).with_url(url)
    });
    TableRow::new([
        TableCell::new(CellValue::Moment(entry.at)),
        TableCell::new(if entry.actor.is_empty() { nobody() } else { actors.name(&entry.actor) }),
        TableCell::new(action_name(words, entry.action)),
        TableCell::new(entry.address.unwrap_or_default()).with_look(CellLook::Class("address")),
        TableCell::new(subject(entry.action, entry.subject)),
        TableCell::new(detail(words, entry.action, entry.detail)),
        unit.unwrap_or_else(TableCell::empty),
    ])
}

/// What something was done to; of blocks that were removed the last one, without the mark that proves it.
fn subject(action: AccessAction, subject: String) -> String {
    match (action, subject.split_once(' ')) {
        (AccessAction::RemoveEntries, Some((block, _))) => block.to_owned(),
        _ => subject,
    }
}

/// What else is to be known of an entry, in words where the program counted something.
fn detail(words: Words, action: AccessAction, detail: String) -> String {
    let number = |name: &str| {
        let mut parts = detail.split(' ').filter_map(|part| part.split_once('='));
        parts.find(|(part, _)| *part == name).map(|(_, value)| value)
    };
    let shown = match action {
        AccessAction::CheckLog => {
            (|| Some(words.access_log_checked(number("entries")?, number("blocks")?, number("faults")?)))()
        }
        AccessAction::RemoveEntries => number("entries")
            .zip(number("before"))
            .map(|(entries, day)| words.access_log_removed(day, entries)),
        _ => None,
    };
    shown.unwrap_or(detail)
}

fn action_name(words: Words, action: AccessAction) -> &'static str {
    match action {
        AccessAction::SignIn => words.access_log_sign_in(),
        AccessAction::FailSignIn => words.access_log_fail_sign_in(),
        AccessAction::Lock => words.access_log_lock(),
        AccessAction::FailPassword => words.access_log_fail_password(),
        AccessAction::ChangePassword => words.access_log_change_password(),
        AccessAction::SetUpSecondFactor => words.access_log_set_up_second_factor(),
        AccessAction::RemoveSecondFactor => words.access_log_remove_second_factor(),
        AccessAction::EndSession => words.access_log_end_session(),
        AccessAction::AddAccount => words.access_log_add_account(),
        AccessAction::ResetPassword => words.access_log_reset_password(),
        AccessAction::AssignRole => words.access_log_assign_role(),
        AccessAction::DisableAccount => words.access_log_disable_account(),
        AccessAction::EnableAccount => words.access_log_enable_account(),
        AccessAction::IssueCodes => words.access_log_issue_codes(),
        AccessAction::WithdrawCodes => words.access_log_withdraw_codes(),
        AccessAction::Activate => words.access_log_activate(),
        AccessAction::FailActivation => words.access_log_fail_activation(),
        AccessAction::HandOver => words.access_log_hand_over(),
        AccessAction::NameDeputy => words.access_log_name_deputy(),
        AccessAction::EndDeputy => words.access_log_end_deputy(),
        AccessAction::ActForOther => words.access_log_act_for_other(),
        AccessAction::Export => words.access_log_export(),
        AccessAction::OpenPerson => words.access_log_open_person(),
        AccessAction::FindPerson => words.access_log_find_person(),
        AccessAction::FindPersonByNumber => words.access_log_find_person_by_number(),
        AccessAction::Unmask => words.access_log_unmask(),
        AccessAction::ChangePerson => words.access_log_change_person(),
        AccessAction::PutDefinition => words.access_log_put_definition(),
        AccessAction::RotateSecret => words.access_log_rotate_secret(),
        AccessAction::DownloadAttachment => words.access_log_download_attachment(),
        AccessAction::LookUpPerson => words.access_log_look_up_person(),
        AccessAction::SearchRecords => words.access_log_search_records(),
        AccessAction::ReadLog => words.access_log_read_log(),
        AccessAction::ReadUnmaskLog => words.access_log_read_unmask_log(),
        AccessAction::ReadAudit => words.access_log_read_audit(),
        AccessAction::CheckLog => words.access_log_check_log(),
        AccessAction::RemoveEntries => words.access_log_remove_entries(),
    }
}
