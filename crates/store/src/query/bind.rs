//! The values that statements bind.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use ledger::balance::Period;
use model::{
    ids::{AttachmentId, ImportId, RecordId, RegionId, UnitId, UserId},
    month::Month,
};

use crate::db::micros;

/// One value to bind. What was bound as NULL still has its type, which PostgreSQL wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bind<'q> {
    /// A whole number or NULL.
    Int(Option<i64>),
    /// A text or NULL.
    Text(Option<Cow<'q, str>>),
    /// Bytes or NULL.
    Bytes(Option<Cow<'q, [u8]>>),
    /// Yes or no.
    Bool(bool),
}

/// What is stored as a whole number, with how it becomes one; each may be missing.
macro_rules! numbers {
    ($($kind:ty: $number:expr),* $(,)?) => {$(
        impl From<$kind> for Bind<'_> {
            fn from(value: $kind) -> Self {
                let number: fn($kind) -> i64 = $number;
                Self::Int(Some(number(value)))
            }
        }

        impl From<Option<$kind>> for Bind<'_> {
            fn from(value: Option<$kind>) -> Self {
                Self::Int(value.map($number))
            }
        }
    )*};
}

numbers! {
    i64: |number| number,
    RegionId: |id| id.0,
    UnitId: |id| id.0,
    RecordId: |id| id.0,
    UserId: |id| id.0,
    ImportId: |id| id.0,
    AttachmentId: |id| id.0,
    Month: |month| i64::from(month.number()),
    Period: |period| i64::from(period.0),
    Timestamp: micros,
}

/// A day is stored as YYYY-MM-DD.
impl From<Option<Date>> for Bind<'_> {
    fn from(day: Option<Date>) -> Self {
        Self::Text(day.map(|day| day.to_string().into()))
    }
}

impl<'q> From<&'q str> for Bind<'q> {
    fn from(value: &'q str) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl From<String> for Bind<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl<'q> From<&'q String> for Bind<'q> {
    fn from(value: &'q String) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl From<Option<String>> for Bind<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Cow::from))
    }
}

impl<'q> From<&'q Option<String>> for Bind<'q> {
    fn from(value: &'q Option<String>) -> Self {
        Self::Text(value.as_ref().map(Cow::from))
    }
}

impl<'q> From<&'q [u8]> for Bind<'q> {
    fn from(value: &'q [u8]) -> Self {
        Self::Bytes(Some(value.into()))
    }
}

impl From<Option<Vec<u8>>> for Bind<'_> {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value.map(Cow::from))
    }
}

impl From<Vec<u8>> for Bind<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value.into()))
    }
}

impl From<bool> for Bind<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
