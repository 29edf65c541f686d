//! The errors of requests, and their status codes.

use std::sync::Arc;

use app::{MissingPeriod, imports::row_ranges};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use thiserror::Error;
use words::Words;

use crate::state::LARGEST_UPLOAD;

/// Why a request is not answered with what was asked for.
#[derive(Debug, Error)]
pub enum Error {
    /// A use case could not be carried out.
    #[error(transparent)]
    App(#[from] app::Error),
    /// There is no such address.
    #[error("no such page")]
    NoSuchPage,
    /// The address exists, but not for this method.
    #[error("method not allowed")]
    NoSuchMethod,
    /// A parameter of the address cannot be read.
    #[error("bad address: {0}")]
    BadAddress(String),
    /// A form lacks fields or cannot be read.
    #[error("bad form: {0}")]
    BadForm(String),
    /// A form that does not come from a page of this site, or from one that is too old.
    #[error("a form without the visitor's token")]
    Forged,
    /// More was sent than is taken.
    #[error("too large")]
    TooLarge,
    /// What was sent came so slowly that it was not waited for.
    #[error("too slow")]
    TooSlow,
    /// A page could not be printed.
    #[error("page not printed")]
    Template(#[from] askama::Error),
    /// A handler panicked.
    #[error("panic: {0}")]
    Panic(String),
}

/// An error on its way to [`crate::error_page`], which knows the visitor's language.
#[derive(Debug, Clone)]
pub(crate) struct Failed(pub(crate) Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}

/// A page, printed.
pub(crate) fn print(page: &impl Template) -> Result<Html<String>, Error> {
    Ok(Html(page.render()?))
}

impl Error {
    /// Its permanent name, for programs.
    pub(crate) fn name(&self) -> &'static str {
        match self.status() {
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::UNAUTHORIZED => "unauthorised",
            StatusCode::CONFLICT => "conflict",
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::REQUEST_TIMEOUT => "too_slow",
            StatusCode::TOO_MANY_REQUESTS => "too_often",
            StatusCode::SERVICE_UNAVAILABLE => "busy",
            StatusCode::INSUFFICIENT_STORAGE => "disk_full",
            StatusCode::INTERNAL_SERVER_ERROR => "internal",
            _ => "invalid",
        }
    }

    /// How the browser is informed of it.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPage | Self::BadAddress(_) => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::BadForm(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Template(_) | Self::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::App(error) => match error {
                app::Error::NotFound { .. }
                | app::Error::FormChanged { .. }
                | app::Error::NoSuchPeriod(_) => StatusCode::NOT_FOUND,
                app::Error::Forbidden(_) | app::Error::AccountNotReady(_) => StatusCode::FORBIDDEN,
                app::Error::TooManyAttempts { .. } | app::Error::TooMuchAtOnce { .. } => {
                    StatusCode::TOO_MANY_REQUESTS
                }
                app::Error::NotSignedIn => StatusCode::UNAUTHORIZED,
                app::Error::Stale { .. } => StatusCode::CONFLICT,
                app::Error::Index(error) if error.is_disk_full() => StatusCode::INSUFFICIENT_STORAGE,
                app::Error::Unavailable(_) | app::Error::ListBuilding { .. } | app::Error::Index(_) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                app::Error::DiskFull(_) | app::Error::NoRoom { .. } => StatusCode::INSUFFICIENT_STORAGE,
                app::Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            },
        }
    }

    /// When it may be asked for again, in seconds.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        match self {
            Self::App(app::Error::TooManyAttempts { seconds } | app::Error::TooMuchAtOnce { seconds }) => {
                Some(*seconds)
            }
            _ => (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_SECONDS),
        }
    }

    /// What happened, for people.
    pub(crate) fn title(&self, words: Words) -> &'static str {
        match self.status() {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => words.error_not_found(),
            StatusCode::FORBIDDEN if matches!(self, Self::Forged) => words.error_forged(),
            StatusCode::FORBIDDEN => words.error_forbidden(),
            StatusCode::UNAUTHORIZED => words.error_unauthorised(),
            StatusCode::CONFLICT => words.error_conflict(),
            StatusCode::PAYLOAD_TOO_LARGE => words.error_too_large(),
            StatusCode::REQUEST_TIMEOUT => words.error_too_slow(),
            StatusCode::TOO_MANY_REQUESTS => words.error_too_often(),
            StatusCode::SERVICE_UNAVAILABLE => words.error_busy(),
            StatusCode::INSUFFICIENT_STORAGE if self.is_no_room() => words.error_no_room(),
            StatusCode::INSUFFICIENT_STORAGE => words.error_disk_full(),
            StatusCode::INTERNAL_SERVER_ERROR => words.error_internal(),
            _ => words.error_invalid(),
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(&self, words: Words, number: &str) -> String {
        match self.status() {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                words.error_not_found_remedy().to_owned()
            }
            StatusCode::FORBIDDEN if matches!(self, Self::Forged) => words.error_forged_remedy().to_owned(),
            StatusCode::FORBIDDEN if matches!(self, Self::App(app::Error::AccountNotReady(_))) => {
                words.error_not_ready().to_owned()
            }
            StatusCode::FORBIDDEN => words.error_forbidden_remedy().to_owned(),
            StatusCode::UNAUTHORIZED => words.error_unauthorised_remedy().to_owned(),
            StatusCode::CONFLICT => words.error_conflict_remedy().to_owned(),
            StatusCode::PAYLOAD_TOO_LARGE => words.error_too_large_remedy(LARGEST_UPLOAD >> 20),
            StatusCode::REQUEST_TIMEOUT => words.error_too_slow_remedy().to_owned(),
            StatusCode::TOO_MANY_REQUESTS => {
                words.error_too_often_remedy(self.retry_after().unwrap_or(RETRY_SECONDS))
            }
            StatusCode::SERVICE_UNAVAILABLE if self.is_unknown() => words.error_commit_unknown().to_owned(),
            StatusCode::SERVICE_UNAVAILABLE => words.error_busy_remedy(RETRY_SECONDS),
            StatusCode::INSUFFICIENT_STORAGE if self.is_no_room() => words.error_no_room_remedy().to_owned(),
            StatusCode::INSUFFICIENT_STORAGE => words.error_disk_full_remedy().to_owned(),
            StatusCode::INTERNAL_SERVER_ERROR => words.error_internal_remedy(number),
            _ => words.error_invalid_remedy().to_owned(),
        }
    }

    /// Whether only what is large is refused.
    fn is_no_room(&self) -> bool {
        matches!(self, Self::App(app::Error::NoRoom { .. }))
    }

    /// Whether nobody knows if what was sent is stored: the database was lost while it was being committed.
    fn is_unknown(&self) -> bool {
        matches!(self, Self::App(error) if error.is_outcome_unknown())
    }

    /// What exactly is wrong, one sentence each.
    pub(crate) fn details(&self, words: Words) -> Vec<String> {
        match self {
            Self::App(app::Error::Invalid(problems)) => {
                problems.iter().map(|problem| words.problem(problem)).collect()
            }
            Self::App(app::Error::InvalidFields(faults)) => {
                faults.iter().map(|fault| field_fault(words, fault)).collect()
            }
            Self::App(app::Error::File(fault)) => vec![words.file_fault(fault.name(), &fault.args())],
            Self::App(app::Error::UnknownColumns(columns)) => {
                vec![words.error_columns_unexplained(words.enumeration(columns))]
            }
            Self::App(app::Error::SeveralSheets(sheets)) => {
                vec![words.error_several_sheets(words.enumeration(sheets))]
            }
            Self::App(app::Error::HiddenRows(rows)) => {
                vec![words.error_hidden_rows(rows.len(), row_ranges(rows))]
            }
            Self::App(app::Error::ListBuilding { read }) => vec![words.list_making(words.count(*read))],
            Self::App(app::Error::Index(_)) => vec![words.list_broken().to_owned()],
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::Month(month))) => {
                vec![words.error_no_such_month(month)]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::Year(year))) => {
                vec![words.error_no_such_year(year)]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::Period(text))) => {
                vec![words.error_no_such_period(text)]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::Backwards(text))) => {
                vec![words.error_period_backwards(text)]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::OutsideCampaign { period, first, last })) => {
                vec![words.error_period_outside(words.period(period), words.month(first), words.month(last))]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::Day(day))) => {
                vec![words.error_no_such_day(day)]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::DayToCome { day, today })) => {
                vec![words.error_day_to_come(words.date(day), words.date(today))]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::DayBefore { day, first })) => {
                vec![words.error_day_before_first(words.date(day), words.date(first))]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::RestatedDay)) => {
                vec![words.error_restated_day().to_owned()]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::UnitNotYet { day })) => {
                vec![words.error_unit_not_yet(words.date(day))]
            }
            Self::App(app::Error::NoSuchPeriod(MissingPeriod::CampaignNotYet { day })) => {
                vec![words.error_campaign_not_yet(words.date(day))]
            }
            _ => Vec::new(),
        }
    }
}

/// What is wrong with a field, with its name.
pub(crate) fn field_fault(words: Words, fault: &app::FieldFault) -> String {
    words.form_fault(words.pick(&fault.label.zh, &fault.label.en), words.problem(&fault.problem))
}

/// When a busy server may be asked again.
pub(crate) const RETRY_SECONDS: u32 = 5;
