//! Values of fields, after parsing.

use jiff::civil::Date;

use crate::{
    ids::{RecordId, UnitId},
    month::Year,
    period::{Grain, ReportingPeriod},
};

/// One stated value. "Not stated" is the absence of a value, never a zero.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Free text, an official number such as an ID number or a USCC, or a period ([`crate::period`]).
    Text(String),
    /// A whole number; money is in fen (1/100 yuan).
    Integer(i64),
    /// A number with decimals (a score, a share).
    Decimal(f64),
    /// A calendar day.
    Date(Date),
    /// Yes or no.
    Flag(bool),
    /// A code of the field's dictionary.
    Code(String),
    /// Another unit of the same region.
    Unit(UnitId),
    /// A record of the same region, of the form that the field names. Where none could be found, the field
    /// holds the text as it was stated.
    Reference(Reference),
    /// The question does not concern the unit, with the reason; empty where a file gave none. It is an answer, and no
    /// value: what looks at values takes it for unknown.
    NotApplicable(String),
}

/// Most characters of the reason why something is not applicable.
pub const MOST_REASON: usize = 200;

/// A record that another one refers to.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The record.
    pub id: RecordId,
    /// What it was called by when it was stated: its number or its title. Identities of records rest on it, so
    /// that it stays as it is when the record referred to is called otherwise later.
    pub text: String,
}

/// Two references are the same when they lead to the same record, however it is called.
impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Value {
    /// Whether it is a value, and not the answer that there can be none.
    pub fn is_value(&self) -> bool {
        !matches!(self, Self::NotApplicable(_))
    }

    /// The reason why the question does not concern the unit.
    pub fn not_applicable(&self) -> Option<&str> {
        match self {
            Self::NotApplicable(reason) => Some(reason),
            _ => None,
        }
    }

    /// The text of a text or code value; of a reference, what the record was called by.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Code(text) => Some(text),
            Self::Reference(reference) => Some(&reference.text),
            _ => None,
        }
    }

    /// The day of a date value.
    pub fn as_date(&self) -> Option<Date> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// The number of a whole-number value.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The calendar year of a year, or of a period that is one.
    pub fn as_year(&self) -> Option<Year> {
        match self {
            Self::Integer(year) => Year::try_from(*year).ok(),
            Self::Text(_) => self.as_period(Grain::Year).map(ReportingPeriod::named_year),
            _ => None,
        }
    }

    /// The period of a period value of this grain.
    pub fn as_period(&self, grain: Grain) -> Option<ReportingPeriod> {
        match self {
            Self::Text(text) => ReportingPeriod::parse(text).ok().filter(|period| period.grain() == grain),
            _ => None,
        }
    }

    /// The unit of a unit value.
    pub fn as_unit(&self) -> Option<UnitId> {
        match self {
            Self::Unit(unit) => Some(*unit),
            _ => None,
        }
    }

    /// The record that a reference leads to.
    pub fn as_reference(&self) -> Option<RecordId> {
        match self {
            Self::Reference(reference) => Some(reference.id),
            _ => None,
        }
    }
}
