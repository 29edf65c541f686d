//! The log of access, for whoever audits.

use std::sync::Arc;

use app::access_log::{self, AccessAction, AccessLogEntry};
use askama::Template;
use axum::{extract::State, response::Html};
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::actor::Actors,
    request_context::SignedIn,
    urls::{self, Url},
};

/// Entries on one page.
const SIZE: usize = 100;

#[derive(Template)]
#[template(path = "access_log.html")]
struct LogPage {
    layout: Layout,
    rows: Vec<LogRow>,
    is_first: bool,
    /// Where older entries are.
    next: Option<String>,
}

/// An entry, ready to print.
struct LogRow {
    moment: String,
    actor: String,
    action: &'static str,
    address: String,
    subject: String,
    detail: String,
    /// Name and address of the unit.
    unit: Option<(String, String)>,
}

/// GET `/access-log`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let before: Option<i64> = params.parse("before")?;
    let (entries, next) = access_log::log(&state.app, &person.ctx, before, SIZE).await?;
    let actors = Actors::load(&state, &person, entries.iter().map(|entry| entry.actor.as_str())).await?;
    print(&LogPage {
        layout: Layout::new(&person, &person.snapshot, Area::Users, words.access_log_title()),
        rows: entries.into_iter().map(|entry| row(words, &actors, entry)).collect(),
        is_first: before.is_none(),
        next: next.map(|next| Url::new("/access-log", &[]).with_param("before", next).into()),
    })
}

fn row(words: Words, actors: &Actors, entry: AccessLogEntry) -> LogRow {
    let nobody = || words.access_log_nobody().to_owned();
    LogRow {
        moment: words.moment(entry.at),
        actor: if entry.actor.is_empty() { nobody() } else { actors.name(&entry.actor) },
        action: action_name(words, entry.action),
        address: entry.address.unwrap_or_default(),
        subject: entry.subject,
        detail: entry.detail,
        unit: entry.unit.map(|unit| (unit.name, urls::unit(&unit.code).into())),
    }
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
    }
}
