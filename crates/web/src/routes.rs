//! Everything that is served, in one list. A page is added by one line here
//! and one file under `pages/`; the matrix of rights walks this list, so a new
//! line is a new row there.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{MethodFilter, on},
};

use crate::{
    WebState, api, assets, pages,
    state::{LARGEST_ATTACHMENTS, LARGEST_FORM, LARGEST_UPLOAD},
};

/// One line of the list.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with `{…}` for its variable parts.
    pub path: &'static str,
    /// The handler, by its path within this crate.
    pub handler: &'static str,
}

/// Turns the list into [`ROUTES`] and the router, so that they cannot differ.
/// `takes LIMIT` lets a route take bodies of up to so many bytes.
macro_rules! routes {
    ($($method:ident $path:literal $handler:path $(, takes $limit:expr)?;)*) => {
        /// Every route.
        pub const ROUTES: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, handler: stringify!($handler) },)*
        ];

        pub(crate) fn router() -> Router<Arc<WebState>> {
            Router::new()
                $(.route($path, on(MethodFilter::$method, $handler)$(.layer(DefaultBodyLimit::max($limit)))?))*
        }
    };
}

routes! {
    // Without signing in.
    GET "/healthz" pages::health::show;
    GET "/assets/{file}" assets::show;
    GET "/login" pages::login::show;
    POST "/login" pages::login::submit;
    POST "/logout" pages::login::leave;
    POST "/language" pages::language::choose;

    // Figures.
    GET "/" pages::home::show;
    GET "/units/{code}/figures" pages::figures::dashboard::show;
    GET "/units/{code}/figures/{indicator}" pages::figures::indicator::show;
    GET "/units/{code}/ranking" pages::ranking::table::show;
    GET "/units/{code}/grid" pages::ranking::grid::show;
    GET "/units/{code}/comparison" pages::ranking::comparison::show;
    GET "/api/v1/units/{code}/figures" api::figures::show;

    // Units.
    GET "/units" pages::units::tree::show;
    POST "/units" pages::units::new::submit;
    GET "/units/new" pages::units::new::show;
    GET "/units/search" pages::units::search::show;
    GET "/units/{code}" pages::units::unit::show;
    GET "/units/{code}/below" pages::units::below::show;
    GET "/units/{code}/duplicates" pages::units::duplicates::show;
    GET "/units/{code}/changes/{change}" pages::units::change::show;
    POST "/units/{code}/changes/{change}" pages::units::change::submit;

    // Registers and their records.
    GET "/units/{code}/registers" pages::registers::all::show;
    GET "/units/{code}/registers/{form}" pages::registers::list::show;
    POST "/units/{code}/registers/{form}" pages::registers::new::submit;
    GET "/units/{code}/registers/{form}/new" pages::registers::new::show;
    GET "/units/{code}/registers/{form}/template.xlsx" pages::registers::sheets::template;
    GET "/units/{code}/registers/{form}/export.xlsx" pages::registers::sheets::xlsx;
    GET "/units/{code}/registers/{form}/export.csv" pages::registers::sheets::csv;
    GET "/units/{code}/registers/{form}/steps/{step}" pages::registers::together::show;
    POST "/units/{code}/registers/{form}/steps/{step}" pages::registers::together::submit;
    POST "/units/{code}/registers/{form}/views" pages::registers::views::keep;
    POST "/units/{code}/registers/{form}/forget" pages::registers::views::forget;
    GET "/facts/{id}" pages::facts::fact::show;
    GET "/facts/{id}/correct" pages::facts::correct::show;
    POST "/facts/{id}/correct" pages::facts::correct::submit;
    POST "/facts/{id}/remove" pages::facts::remove::submit;
    GET "/facts/{id}/print" pages::facts::print::show;
    GET "/facts/{id}/attachments" pages::facts::attachments::show;
    POST "/facts/{id}/attachments" pages::facts::attachments::submit, takes LARGEST_ATTACHMENTS;
    GET "/attachments/{id}" pages::facts::attachments::fetch;
    GET "/attachments/{id}/thumbnail" pages::facts::attachments::thumbnail;
    POST "/attachments/{id}/remove" pages::facts::attachments::remove;
    POST "/drafts" pages::drafts::save;
    POST "/drafts/discard" pages::drafts::discard;
    GET "/facts/{id}/steps/{step}" pages::facts::step::show;
    POST "/facts/{id}/steps/{step}" pages::facts::step::submit;
    POST "/facts/{id}/comments" pages::facts::comment::add;
    POST "/facts/{id}/comments/{said}/withdraw" pages::facts::comment::withdraw;

    // What waits for whom.
    GET "/todo" pages::work::show;
    GET "/todo/count" pages::work::count::show;

    // Workers' files, and what was asked for about personal data.
    POST "/facts/{id}/numbers" pages::facts::numbers::submit;
    GET "/persons" pages::persons::find::show;
    POST "/persons" pages::persons::find::submit;
    GET "/persons/{key}" pages::persons::file::show;
    POST "/persons/{key}/correct" pages::persons::change::correct;
    POST "/persons/{key}/remove" pages::persons::change::remove;
    GET "/privacy/log" pages::privacy::show;

    // Importing.
    GET "/imports" pages::imports::list::show;
    POST "/imports" pages::imports::new::submit, takes LARGEST_UPLOAD + LARGEST_FORM;
    GET "/imports/new" pages::imports::new::show;
    GET "/imports/{id}" pages::imports::show::show;
    POST "/imports/{id}/choices" pages::imports::choices::submit;
    POST "/imports/{id}/start" pages::imports::steps::start;
    POST "/imports/{id}/discard" pages::imports::steps::discard;
    POST "/imports/{id}/reopen" pages::imports::steps::reopen;
    GET "/imports/{id}/faults.xlsx" pages::imports::faults::show;

    // People.
    GET "/users" pages::users::show;
    POST "/users" pages::users::add;
    POST "/users/{login}/password" pages::users::change::password;
    POST "/users/{login}/disable" pages::users::change::disable;
    POST "/users/{login}/enable" pages::users::change::enable;
    GET "/account" pages::users::account::show;
    POST "/account/password" pages::users::account::password;
    POST "/account/language" pages::users::account::language;

    // The program itself.
    GET "/about" pages::about::show;

    // Parts of forms.
    GET "/unit-options" pages::unit_options::show;
    GET "/units/{code}/people" pages::people::show;
}
