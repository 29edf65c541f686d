//! Months: the smallest period that is counted. Quarters, campaign years (January
//! to December) and union statistical years (October to September) are sums of
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
    pub fn containing(date: Date) -> Self {
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

    /// Its first day; `None` for "always" and "never".
    pub fn first_day(self) -> Option<Date> {
        let is_written = self > Self::ALWAYS && self < Self::NEVER;
        is_written.then(|| Date::new(self.year(), i8::try_from(self.of_year()).ok()?, 1).ok()).flatten()
    }

    /// Reads back what [`Month::number`] wrote.
    pub fn from_number(yyyymm: i32) -> Option<Self> {
        let whole = (1..=12).contains(&(yyyymm % 100)) && (1..=9999).contains(&(yyyymm / 100));
        (whole || yyyymm == Self::ALWAYS.0).then_some(Self(yyyymm))
    }

    /// Reads a month as people write it: `2013-07`, `2013/7`, `2013.7`,
    /// `201307`, `2013年7月`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim().chars().map(half_width).collect();
        let digits =
            |part: &str| (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())).then_some(());
        let (year, month) = match text.strip_suffix('月').unwrap_or(&text).split_once(['-', '/', '.', '年'])
        {
            Some((year, month)) => (year.trim(), month.trim()),
            None if text.len() == 6 && text.is_ascii() => text.split_at(4),
            None => return None,
        };
        digits(year).and(digits(month)).filter(|()| year.len() == 4 && month.len() <= 2)?;
        Self::new(year.parse().ok()?, month.parse().ok()?)
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

    /// The month before it: the last one of something that no longer holds in it.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.of_year() == 1 { Self(self.0 - 89) } else { Self(self.0 - 1) }
    }

    /// The same month of the year before.
    #[must_use]
    pub fn year_before(self) -> Self {
        Self(self.0 - 100)
    }

    /// So many months after it, or before it for a negative number.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        let index = self.0 / 100 * 12 + self.of_year() - 1 + months;
        Self(index.div_euclid(12) * 100 + index.rem_euclid(12) + 1)
    }

    /// How many months from `first` to `self`, both counted; 0 when `self` is earlier.
    pub fn months_since(self, first: Self) -> i32 {
        let index = |month: Self| month.0 / 100 * 12 + month.of_year();
        (index(self) - index(first) + 1).max(0)
    }
}

/// Reads a day as people write it: `2013-07-01`, `2013/7/1`, `2013.7.1`,
/// `2013年7月1日`; `None` for anything else and for a day that does not exist.
pub fn parse_day(text: &str) -> Option<Date> {
    let text: String = text.trim().chars().map(half_width).collect();
    let text = text.strip_suffix('日').unwrap_or(&text);
    let (month, day) = text.rsplit_once(['-', '/', '.', '月'])?;
    let month = Month::parse(month)?;
    let day = day.trim();
    let is_day = (1..=2).contains(&day.len()) && day.bytes().all(|b| b.is_ascii_digit());
    let month_of_year = i8::try_from(month.of_year()).ok()?;
    is_day.then(|| Date::new(month.year(), month_of_year, day.parse().ok()?).ok()).flatten()
}

/// A digit or hyphen of a Chinese keyboard's full-width mode, as ASCII has it.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
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

    /// As [`Month::parse`].
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        Self::parse(text).ok_or(NotAMonth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn december_is_followed_by_january() {
        assert_eq!(Month::december(2011).next(), Month::january(2012));
        assert_eq!(Month::january(2012).next().number(), 201_202);
        assert_eq!(Month::january(2012).previous(), Month::december(2011));
        assert_eq!(Month::december(2011).previous().number(), 201_111);
        assert_eq!(Month::january(2012).plus(-3).number(), 201_110);
        assert_eq!(Month::december(2011).plus(13), Month::january(2013));
    }

    #[test]
    fn both_ends_are_counted() {
        assert_eq!(Month::december(2015).months_since(Month::january(2011)), 60);
        assert_eq!(Month::january(2011).months_since(Month::january(2011)), 1);
        assert_eq!(Month::december(2010).months_since(Month::january(2011)), 0);
    }

    #[test]
    fn months_are_read_as_people_write_them() {
        let july = Month::new(2013, 7);
        for text in [
            "2013-07",
            "2013-7",
            " 2013/07 ",
            "2013.7",
            "201307",
            "2013年7月",
            "2013年07月",
            "２０１３－０７",
        ] {
            assert_eq!(Month::parse(text), july, "{text}");
        }
        for text in ["", "2013", "2013-13", "2013-00", "13-07", "2013-07-01", "+013-07", "七月", "2013年"]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in ["2013-07-01", "2013/7/1", "2013.7.1", "2013年7月1日", "２０１３－７－１"] {
            assert_eq!(parse_day(text), Date::new(2013, 7, 1).ok(), "{text}");
        }
        for text in ["", "2013-07", "2013-02-30", "07-01", "2013-07-001", "today"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn only_real_months_are_read_back() {
        assert_eq!(Month::from_number(201_113), None);
        assert_eq!(Month::from_number(201_112), Some(Month::december(2011)));
        assert_eq!(Month::december(2011).to_string(), "2011-12");
    }
}
