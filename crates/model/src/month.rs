//! Months: the grain of all counting. Quarters, campaign years (January to
//! December) and union statistical years (October to September) are sums of
//! months.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A calendar year.
pub type Year = i16;

/// One calendar month, stored and written as `yyyymm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(i32);

impl Month {
    /// Before every month that can be written: "always been so".
    pub const ALWAYS: Self = Self(0);
    /// After every month that can be written: "still so".
    pub const NEVER: Self = Self(999_912);

    /// The month of `year` with this `number` (1–12); `None` for another number.
    pub fn new(year: Year, number: i8) -> Option<Self> {
        (1..=12).contains(&number).then(|| Self(i32::from(year) * 100 + i32::from(number)))
    }

    /// The month in which `date` lies.
    pub fn of(date: Date) -> Self {
        Self(i32::from(date.year()) * 100 + i32::from(date.month()))
    }

    /// January of `year`.
    pub fn january(year: Year) -> Self {
        Self(i32::from(year) * 100 + 1)
    }

    /// December of `year`: where a statement about the whole year is posted.
    pub fn december(year: Year) -> Self {
        Self(i32::from(year) * 100 + 12)
    }

    /// Reads back what [`Month::number`] wrote.
    pub fn from_number(yyyymm: i32) -> Option<Self> {
        let whole = (1..=12).contains(&(yyyymm % 100)) && (1..=9999).contains(&(yyyymm / 100));
        (whole || yyyymm == Self::ALWAYS.0).then_some(Self(yyyymm))
    }

    /// `yyyymm`, as stored.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The year it lies in.
    pub fn year(self) -> Year {
        // A month is built from a `Year`, so the quotient fits one.
        Year::try_from(self.0 / 100).unwrap_or(Year::MAX)
    }

    /// 1 for January … 12 for December.
    pub fn of_year(self) -> i32 {
        self.0 % 100
    }

    /// Whether the whole year has passed at its end.
    pub fn is_december(self) -> bool {
        self.of_year() == 12
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        if self.of_year() == 12 { Self(self.0 + 89) } else { Self(self.0 + 1) }
    }

    /// How many months from `first` to `self`, both counted; 0 when `self` is earlier.
    pub fn months_since(self, first: Self) -> i32 {
        let index = |month: Self| month.0 / 100 * 12 + month.of_year();
        (index(self) - index(first) + 1).max(0)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.of_year())
    }
}

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a month; write YYYY-MM")]
pub struct NotAMonth;

impl FromStr for Month {
    type Err = NotAMonth;

    /// Reads what [`Month`] prints: `2012-06`.
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let is_number = |part: &str, digits| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(year, 4) || !is_number(month, 2) {
            return Err(NotAMonth);
        }
        let (year, month) = (year.parse().map_err(|_| NotAMonth)?, month.parse().map_err(|_| NotAMonth)?);
        Self::new(year, month).filter(|month| *month > Self::ALWAYS).ok_or(NotAMonth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn december_is_followed_by_january() {
        assert_eq!(Month::december(2011).next(), Month::january(2012));
        assert_eq!(Month::january(2012).next().number(), 201_202);
    }

    #[test]
    fn both_ends_are_counted() {
        assert_eq!(Month::december(2015).months_since(Month::january(2011)), 60);
        assert_eq!(Month::january(2011).months_since(Month::january(2011)), 1);
        assert_eq!(Month::december(2010).months_since(Month::january(2011)), 0);
    }

    #[test]
    fn a_month_is_read_as_it_is_printed() {
        let check = |text: &str, expected: Option<i32>| {
            assert_eq!(text.parse::<Month>().ok().map(Month::number), expected, "{text}");
        };
        check("2012-06", Some(201_206));
        check("2012-12", Some(201_212));
        check("2012-13", None);
        check("2012-00", None);
        check("2012-6", None);
        check("201206", None);
        check("+012-06", None);
        check("二〇一二-06", None);
        check("", None);
    }

    #[test]
    fn only_real_months_are_read_back() {
        assert_eq!(Month::from_number(201_113), None);
        assert_eq!(Month::from_number(201_112), Some(Month::december(2011)));
        assert_eq!(Month::december(2011).to_string(), "2011-12");
    }
}
