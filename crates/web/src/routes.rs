//! All addresses, in one list. A page is added by one line here and one file under
//! `pages/`. The matrix of rights is made from this list, so a new line is a new
//! row there.

use std::{pin::Pin, sync::Arc};

use app::Action;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    handler::Handler,
    response::Response,
    routing::{MethodFilter, on},
};

use crate::{
    WebState, api, assets, pages,
    state::{LARGEST_ATTACHMENTS, LARGEST_DEFINITION, LARGEST_FORM, LARGEST_UPLOAD},
};

/// One line of the list.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with `{…}` for its variable parts.
    pub path: &'static str,
    /// What the caller needs.
    pub need: Need,
    /// The handler, by its path within this crate.
    pub handler: &'static str,
}

/// What a route asks of whoever calls it. The use cases check it; here it is
/// written down for readers, and for the matrix of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Open,
    /// To have signed in.
    SignedIn,
    /// Actions on the person's own unit; then, if the address names a unit, on that one.
    Own(&'static [Action]),
    /// Actions on the unit that the address names, itself or by its records.
    Unit(&'static [Action]),
    /// Actions on the whole region.
    Region(&'static [Action]),
}

macro_rules! need {
    (open) => {
        Need::Open
    };
    (signed_in) => {
        Need::SignedIn
    };
    (own $($action:ident)+) => {
        Need::Own(&[$(Action::$action),+])
    };
    (unit $($action:ident)+) => {
        Need::Unit(&[$(Action::$action),+])
    };
    (region $($action:ident)+) => {
        Need::Region(&[$(Action::$action),+])
    };
}

/// The handler of a route, whatever it takes from the request: with one type for
/// all of them, the router is compiled once and not once for each route.
type AnyHandler = fn(State<Arc<WebState>>, Request) -> Pin<Box<dyn Future<Output = Response> + Send>>;

/// Turns the list into [`ROUTES`] and the router, so that they cannot differ.
/// In brackets is what a route needs, `takes LIMIT` lets a route take bodies of up to so many bytes.
macro_rules! routes {
    ($($method:ident $path:literal [$($need:tt)+] $handler:path $(, takes $limit:expr)?;)*) => {
        /// Every route.
        pub const ROUTES: &[Route] = &[
            $(Route {
                method: stringify!($method),
                path: $path,
                need: need!($($need)+),
                handler: stringify!($handler),
            },)*
        ];

        pub(crate) fn router() -> Router<Arc<WebState>> {
            let mut router = Router::new();
            $({
                let handler: AnyHandler = |State(state), request| Handler::call($handler, request, state);
                let route = on(MethodFilter::$method, handler)$(.layer(DefaultBodyLimit::max($limit)))?;
                router = router.route($path, route);
            })*
            router
        }
    };
}

routes! {
    // Without signing in.
    GET "/healthz" [open] pages::health::show;
    GET "/readyz" [open] pages::health::ready;
    GET "/assets/{file}" [open] assets::show;
    GET "/favicon.ico" [open] assets::favicon;
    GET "/login" [open] pages::login::show;
    POST "/login" [open] pages::login::submit, takes 2 * LARGEST_FORM;
    POST "/logout" [open] pages::login::leave;
    GET "/activate" [open] pages::activate::show;
    POST "/activate" [open] pages::activate::look_up;
    POST "/activate/owner" [open] pages::activate::submit;
    POST "/language" [open] pages::language::choose;
    GET "/help" [open] pages::help::show;

    // Figures.
    GET "/" [signed_in] pages::home::show;
    GET "/units/{code}/figures" [unit ReadFigures] pages::figures::dashboard::show;
    GET "/units/{code}/figures/export.xlsx" [unit ReadFigures] pages::figures::dashboard::xlsx;
    GET "/units/{code}/figures/progress.svg" [unit ReadFigures] pages::figures::dashboard::chart;
    GET "/units/{code}/figures/{indicator}" [unit ReadFigures] pages::figures::indicator::show;
    GET "/units/{code}/figures/{indicator}/export.xlsx" [unit ReadFigures] pages::figures::indicator::xlsx;
    GET "/units/{code}/figures/{indicator}/history.svg" [unit ReadFigures] pages::figures::indicator::history_chart;
    GET "/units/{code}/figures/{indicator}/months.svg" [unit ReadFigures] pages::figures::indicator::months_chart;
    GET "/units/{code}/ranking" [unit ReadFigures] pages::ranking::table::show;
    GET "/units/{code}/ranking/export.xlsx" [unit ReadFigures] pages::ranking::table::xlsx;
    GET "/units/{code}/ranking/chart.svg" [unit ReadFigures] pages::ranking::table::chart;
    GET "/units/{code}/grid" [unit ReadFigures] pages::ranking::grid::show;
    GET "/units/{code}/grid/export.xlsx" [unit ReadFigures] pages::ranking::grid::xlsx;
    GET "/units/{code}/comparison" [unit ReadFigures] pages::ranking::comparison::show;
    GET "/units/{code}/comparison/export.xlsx" [unit ReadFigures] pages::ranking::comparison::xlsx;
    GET "/api/v1/units/{code}/figures" [unit ReadFigures] api::figures::show;

    // The definition.
    GET "/definition" [region LoadRegions] pages::definition::list::show;
    POST "/definition" [region LoadRegions] pages::definition::list::submit, takes LARGEST_DEFINITION;
    GET "/definition/export.xlsx" [region LoadRegions] pages::definition::list::xlsx;
    GET "/definition/versions/{version}" [region LoadRegions] pages::definition::candidate::show;
    GET "/definition/versions/{version}/export.xlsx" [region LoadRegions] pages::definition::candidate::xlsx;
    POST "/definition/versions/{version}/agree" [region LoadRegions] pages::definition::candidate::agree;
    POST "/definition/versions/{version}/withdraw" [region LoadRegions] pages::definition::candidate::withdraw;

    // Units.
    GET "/units" [signed_in] pages::units::tree::show;
    POST "/units" [region ManageUnits] pages::units::new::submit;
    GET "/units/new" [region ManageUnits] pages::units::new::show;
    GET "/units/search" [signed_in] pages::units::search::show;
    GET "/units/{code}" [unit ReadFigures] pages::units::unit::show;
    GET "/units/{code}/export.xlsx" [unit ReadFigures] pages::units::unit::xlsx;
    GET "/units/{code}/below" [unit ReadFigures] pages::units::below::show;
    GET "/units/{code}/duplicates" [unit ReadDuplicates] pages::units::duplicates::show;
    GET "/units/{code}/duplicates/export.xlsx" [unit ReadDuplicates ExportRegisters] pages::units::duplicates::xlsx;
    GET "/units/{code}/differences" [unit ReadRecords] pages::registers::differences::show;
    GET "/units/{code}/differences/export.xlsx" [unit ReadRecords ExportRegisters] pages::registers::differences::xlsx;
    GET "/units/{code}/returns" [unit ReadRecords] pages::registers::returns::show;
    GET "/units/{code}/returns/export.xlsx" [unit ReadRecords ExportRegisters] pages::registers::returns::xlsx;
    GET "/units/{code}/changes/{change}" [region ManageUnits] pages::units::change::show;
    POST "/units/{code}/changes/{change}" [region ManageUnits] pages::units::change::submit;

    // Registers and their records.
    GET "/units/{code}/registers" [unit ReadRecords] pages::registers::all::show;
    GET "/units/{code}/registers/export.xlsx" [unit ReadRecords] pages::registers::all::xlsx;
    GET "/units/{code}/registers/{form}" [unit ReadRecords] pages::registers::list::show;
    POST "/units/{code}/registers/{form}" [unit WriteRecords] pages::registers::new::submit;
    GET "/units/{code}/registers/{form}/new" [unit WriteRecords] pages::registers::new::show;
    GET "/units/{code}/registers/{form}/template.xlsx" [unit DownloadTemplates] pages::registers::export::template;
    GET "/units/{code}/registers/{form}/export.xlsx" [unit ExportRegisters] pages::registers::export::xlsx;
    GET "/units/{code}/registers/{form}/export.csv" [unit ExportRegisters] pages::registers::export::csv;
    GET "/units/{code}/registers/{form}/transitions/{step}" [unit TransitionRecords] pages::registers::bulk_transition::show;
    POST "/units/{code}/registers/{form}/transitions/{step}" [unit TransitionRecords] pages::registers::bulk_transition::submit;
    POST "/units/{code}/registers/{form}/views" [unit ReadRecords] pages::registers::views::save;
    POST "/units/{code}/registers/{form}/forget" [unit ReadRecords] pages::registers::views::forget;
    GET "/records/{id}" [unit ReadRecords] pages::records::record::show;
    GET "/records/{id}/correct" [unit WriteRecords] pages::records::correct::show;
    POST "/records/{id}/correct" [unit WriteRecords] pages::records::correct::submit;
    POST "/records/{id}/mask" [unit WriteRecords] pages::records::mask::submit;
    POST "/records/{id}/remove" [unit WriteRecords] pages::records::remove::submit;
    GET "/records/{id}/print" [unit ReadRecords] pages::records::print::show;
    GET "/records/{id}/attachments" [unit ReadAttachments] pages::records::attachments::show;
    POST "/records/{id}/attachments" [unit WriteAttachments] pages::records::attachments::submit, takes LARGEST_ATTACHMENTS;
    GET "/attachments/{id}" [unit ReadAttachments] pages::records::attachments::fetch;
    GET "/attachments/{id}/thumbnail" [unit ReadAttachments] pages::records::attachments::thumbnail;
    POST "/attachments/{id}/remove" [unit WriteAttachments] pages::records::attachments::remove;
    POST "/drafts" [own WriteDrafts] pages::drafts::save;
    POST "/drafts/discard" [signed_in] pages::drafts::discard;
    GET "/records/{id}/transitions/{step}" [unit TransitionRecords] pages::records::transition::show;
    POST "/records/{id}/transitions/{step}" [unit TransitionRecords] pages::records::transition::submit;
    POST "/records/{id}/comments" [unit WriteComments] pages::records::comment::add;
    POST "/records/{id}/comments/{comment}/withdraw" [unit WriteComments] pages::records::comment::withdraw;

    // What waits for whom.
    GET "/todo" [own ReadTodo] pages::todo::show;
    GET "/todo/export.xlsx" [own ReadTodo ExportRegisters] pages::todo::xlsx;
    GET "/todo/count" [own ReadTodo] pages::todo::count::show;

    // Workers' files, and what was asked for about personal data.
    POST "/records/{id}/numbers" [unit UnmaskNumbers] pages::records::numbers::submit;
    GET "/persons" [own ReadPersons] pages::persons::find::show;
    POST "/persons" [own ReadPersons] pages::persons::find::submit;
    GET "/persons/{key}" [own ReadPersons] pages::persons::file::show;
    GET "/persons/{key}/export.xlsx" [own ReadPersons ExportRegisters] pages::persons::file::xlsx;
    POST "/persons/{key}/correct" [own ChangePersons] pages::persons::change::correct;
    POST "/persons/{key}/remove" [own ChangePersons] pages::persons::change::remove;
    GET "/unmask-log" [region ReadUnmaskLog] pages::unmask_log::show;
    GET "/unmask-log/export.xlsx" [region ReadUnmaskLog] pages::unmask_log::xlsx;

    // Importing.
    GET "/imports" [own ImportFiles] pages::imports::list::show;
    POST "/imports" [own ImportFiles] pages::imports::new::submit, takes LARGEST_UPLOAD + LARGEST_FORM;
    GET "/imports/export.xlsx" [own ImportFiles] pages::imports::list::xlsx;
    GET "/imports/new" [own ImportFiles] pages::imports::new::show;
    GET "/imports/{id}" [own ImportFiles] pages::imports::show::show;
    POST "/imports/{id}/choices" [own ImportFiles] pages::imports::choices::submit;
    POST "/imports/{id}/start" [own ImportFiles] pages::imports::actions::start;
    POST "/imports/{id}/stop" [own ImportFiles] pages::imports::actions::stop;
    POST "/imports/{id}/discard" [own ImportFiles] pages::imports::actions::discard;
    POST "/imports/{id}/reopen" [own ImportFiles] pages::imports::actions::reopen;
    GET "/imports/{id}/take-back" [own ImportFiles] pages::imports::take_back::show;
    POST "/imports/{id}/take-back" [own ImportFiles] pages::imports::take_back::submit;
    POST "/imports/{id}/forget-columns" [own ImportFiles] pages::imports::actions::forget_columns;
    GET "/imports/{id}/faults.xlsx" [own ImportFiles] pages::imports::faults::show;

    // People.
    GET "/accounts" [own ManageAccounts] pages::accounts::show;
    POST "/accounts" [own ManageAccounts] pages::accounts::add;
    GET "/account-list/export.xlsx" [own ManageAccounts] pages::accounts::account_filter::export;
    POST "/account-list/lock" [own ManageAccounts] pages::accounts::account_filter::lock;
    GET "/accounts/{login}" [own ManageAccounts] pages::accounts::one::show;
    POST "/accounts/{login}/password" [own ManageAccounts] pages::accounts::change::password;
    POST "/accounts/{login}/disable" [own ManageAccounts] pages::accounts::change::disable;
    POST "/accounts/{login}/enable" [own ManageAccounts] pages::accounts::change::enable;
    POST "/accounts/{login}/assign" [own ManageAccounts] pages::accounts::change::assign;
    POST "/accounts/{login}/second-factor/remove" [own ManageAccounts] pages::accounts::change::second_factor;
    POST "/accounts/{login}/code" [own ManageAccounts] pages::accounts::codes::issue_for_account;
    POST "/accounts/{login}/deputies" [own ManageAccounts] pages::accounts::deputies::name_other;
    GET "/accounts/{login}/hand-over" [own ManageAccounts] pages::accounts::hand_over::show_other;
    POST "/accounts/{login}/hand-over" [own ManageAccounts] pages::accounts::hand_over::submit_other;
    GET "/activation-codes" [own ManageAccounts] pages::accounts::codes::show;
    POST "/activation-codes" [own ManageAccounts] pages::accounts::codes::submit;
    POST "/activation-codes/sheet" [own ManageAccounts] pages::accounts::codes::submit_sheet, takes LARGEST_UPLOAD + LARGEST_FORM;
    GET "/activation-codes/template.xlsx" [own ManageAccounts] pages::accounts::codes::template;
    POST "/activation-codes/{batch}/reissue" [own ManageAccounts] pages::accounts::codes::reissue;
    POST "/activation-codes/{batch}/withdraw" [own ManageAccounts] pages::accounts::codes::withdraw;
    GET "/account" [signed_in] pages::accounts::account::show;
    POST "/account/password" [signed_in] pages::accounts::account::password;
    POST "/account/language" [signed_in] pages::accounts::account::language;
    POST "/account/second-factor" [signed_in] pages::accounts::second_factor::begin;
    POST "/account/second-factor/confirm" [signed_in] pages::accounts::second_factor::confirm;
    POST "/account/sessions/{session}/end" [signed_in] pages::accounts::sessions::end;
    POST "/account/sessions/end-others" [signed_in] pages::accounts::sessions::end_others;
    GET "/account/hand-over" [own ReadTodo] pages::accounts::hand_over::show_own;
    POST "/account/hand-over" [own ReadTodo] pages::accounts::hand_over::submit_own;
    POST "/account/deputies" [own ReadTodo] pages::accounts::deputies::name_own;
    POST "/account/deputies/{deputy}/end" [signed_in] pages::accounts::deputies::end;
    POST "/account/act-for" [signed_in] pages::accounts::deputies::act_for;
    GET "/access-log" [region ReadAccessLog] pages::access_log::show;
    GET "/access-log/export.xlsx" [region ReadAccessLog] pages::access_log::xlsx;
    POST "/access-log/check" [region ReadAccessLog] pages::access_log::check;
    GET "/audit-trail" [region ReadAudit] pages::audit_trail::show;
    GET "/audit-trail/export.xlsx" [region ReadAudit] pages::audit_trail::xlsx;
    GET "/audit-trail/export.csv" [region ReadAudit] pages::audit_trail::export::csv;
    GET "/audit-trail/entries/{entry}" [region ReadAudit] pages::audit_trail::entry::show;

    // The program itself.
    GET "/about" [signed_in] pages::about::show;
    GET "/tasks" [region ReadTasks] pages::tasks::show;
    GET "/tasks/export.xlsx" [region ReadTasks] pages::tasks::xlsx;

    // Parts of forms.
    GET "/unit-options" [signed_in] pages::unit_options::show;
    GET "/units/{code}/registers/{form}/references/{field}" [unit WriteRecords] pages::reference_options::show;
    GET "/units/{code}/person-lookup" [unit LookUpPersons] pages::person_lookup::show;
}
