//! Values of fields, after parsing.

use jiff::civil::Date;

use crate::ids::UnitId;

/// One stated value. "Not stated" is the absence of a value, never a zero.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Free text, or an official number such as an ID number or a USCC.
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
}

impl Value {
    /// The text of a text or code value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Code(text) => Some(text),
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

    /// The unit of a unit value.
    pub fn as_unit(&self) -> Option<UnitId> {
        match self {
            Self::Unit(unit) => Some(*unit),
            _ => None,
        }
    }
}
