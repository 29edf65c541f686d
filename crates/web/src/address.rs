//! The parameters of an address after its path; they are checked when they are used.

use std::{convert::Infallible, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use jiff::civil::Date;
use model::{
    month::{Month, Year},
    period::{PeriodFault, ReportingPeriod},
};

use crate::Error;

/// The parameters of an address, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// The parameter `name`, unless it is missing or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The part of an address after its question mark.
    pub(crate) fn of_query(query: &str) -> Self {
        let uri = format!("/?{query}").parse::<axum::http::Uri>().unwrap_or_default();
        Self(Query::try_from_uri(&uri).map(|Query(pairs)| pairs).unwrap_or_default())
    }

    /// Every parameter that has a value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.trim()));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// Every value of a parameter that may be repeated.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The parameter `name` as something else than text.
    ///
    /// # Errors
    /// [`Error::BadAddress`] when it is there and cannot be read.
    pub(crate) fn parse<T: FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Error::BadAddress(format!("{name}={text}")))
    }

    /// Parameters whose names begin with `prefix`, without it.
    pub(crate) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// The year asked for.
    ///
    /// # Errors
    /// [`Error::BadAddress`].
    pub(crate) fn year(&self) -> Result<Option<Year>, Error> {
        self.parse("year")
    }

    /// The last month that is to count, `YYYY-MM`.
    ///
    /// # Errors
    /// [`app::Error::NoSuchPeriod`], which is shown in words, when it is no month.
    pub(crate) fn through_month(&self) -> Result<Option<Month>, Error> {
        let Some(text) = self.get("through") else { return Ok(None) };
        let missing = |_| app::Error::NoSuchPeriod(app::MissingPeriod::Month(text.to_owned()));
        Ok(Some(text.parse().map_err(missing)?))
    }
}

impl Params {
    /// The period that is asked for in place of a year.
    ///
    /// # Errors
    /// [`app::Error::NoSuchPeriod`], which is shown in words, when it is none, or ends before it begins.
    pub(crate) fn period(&self) -> Result<Option<ReportingPeriod>, Error> {
        let Some(text) = self.get("period").filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        let missing = |fault| match fault {
            PeriodFault::EndsBeforeItBegins => app::MissingPeriod::Backwards(text.to_owned()),
            PeriodFault::NotAPeriod | PeriodFault::NoGrain => app::MissingPeriod::Period(text.to_owned()),
        };
        let period = text.parse().map_err(|fault| app::Error::NoSuchPeriod(missing(fault)))?;
        Ok(Some(period))
    }

    /// The day as known on which figures are asked for, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`app::Error::NoSuchPeriod`], which is shown in words, when it is no day.
    pub(crate) fn as_of(&self) -> Result<Option<Date>, Error> {
        let Some(text) = self.get("as_of") else { return Ok(None) };
        let missing = |_| app::Error::NoSuchPeriod(app::MissingPeriod::Day(text.to_owned()));
        Ok(Some(text.parse().map_err(missing)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        Ok(Self(pairs.map(|Query(pairs)| pairs).unwrap_or_default()))
    }
}

/// The variable parts of an address's path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: serde::de::DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(found)) => Ok(Self(found)),
            Err(_) => Err(Error::NoSuchPage),
        }
    }
}
