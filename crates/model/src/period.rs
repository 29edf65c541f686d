//! Reporting periods: the year, half, quarter or month that a statement or a figure is about, in the calendar of the
//! campaign (January to December), and the union statistical year (工会统计年度, October to September).
//!
//! A period is written in one way where it is stored: `2013`, `2013-H1`, `2013-Q2`, `2013-07`, `U2013`. Within one grain
//! this spelling sorts by time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::month::{Month, Year, half_width, parse_day};

/// How long a period is, and with which month it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grain {
    /// A month.
    Month,
    /// Three months from January, April, July or October on.
    Quarter,
    /// Six months from January or July on.
    Half,
    /// January to December.
    Year,
    /// October to September of the year that it is named by.
    UnionYear,
}

impl Grain {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Month, Self::Quarter, Self::Half, Self::Year, Self::UnionYear];

    /// Its name in definitions and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::Year => "year",
            Self::UnionYear => "union-year",
        }
    }

    /// How many months a period of it has.
    pub fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Half => 6,
            Self::Year | Self::UnionYear => 12,
        }
    }

    /// How a period of it is stored, for messages.
    pub fn example(self) -> &'static str {
        match self {
            Self::Month => "2013-07",
            Self::Quarter => "2013-Q2",
            Self::Half => "2013-H1",
            Self::Year => "2013",
            Self::UnionYear => "U2013",
        }
    }

    /// Whether a period of it ends with this month.
    pub fn ends_with(self, month: Month) -> bool {
        match self {
            Self::Month => true,
            Self::Quarter => month.of_year() % 3 == 0,
            Self::Half => month.of_year() % 6 == 0,
            Self::Year => month.is_december(),
            Self::UnionYear => month.of_year() == 9,
        }
    }
}

/// One period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportingPeriod {
    last: Month,
    grain: Grain,
}

/// Characters that a period takes, however it is written.
pub const LONGEST_PERIOD: usize = 30;

/// The years that a period can lie in: what is outside was typed wrongly.
const YEARS: std::ops::RangeInclusive<Year> = 1900..=2200;

impl ReportingPeriod {
    /// A calendar year.
    pub fn year(year: Year) -> Self {
        Self { last: Month::december(year), grain: Grain::Year }
    }

    /// The union statistical year that ends in September of `year`.
    pub fn union_year(year: Year) -> Self {
        Self { last: Month::january(year).plus(8), grain: Grain::UnionYear }
    }

    /// The period of this grain in which `month` lies.
    pub fn containing(month: Month, grain: Grain) -> Self {
        // How many months after it the period ends.
        let after = match grain {
            Grain::Month => 0,
            Grain::Quarter => -month.of_year() % 3,
            Grain::Half => -month.of_year() % 6,
            Grain::Year => 12 - month.of_year(),
            Grain::UnionYear => 9 - month.of_year(),
        };
        Self { last: month.plus(after.rem_euclid(grain.months())), grain }
    }

    /// The period that has exactly these months, both counted.
    ///
    /// # Errors
    /// When it would end before it begins, or no period has these months.
    pub fn of_months(first: Month, last: Month) -> Result<Self, PeriodFault> {
        if last < first {
            return Err(PeriodFault::EndsBeforeItBegins);
        }
        Grain::ALL
            .into_iter()
            .map(|grain| Self::containing(first, grain))
            .find(|period| (period.first(), period.last) == (first, last))
            .ok_or(PeriodFault::NoGrain)
    }

    /// Reads a period as people and files write it; `2013`, `2013年`, `2013-H1`, `2013年上半年`, `2013-Q2`,
    /// `2013年第二季度`, `2013年2季度`, `2013-07`, `2013年7月`, `U2013`, `2013工会统计年度`, `2012-10—2013-09`,
    /// `2013年7月至9月`.
    ///
    /// # Errors
    /// When it is none, or ends before it begins.
    pub fn parse(text: &str) -> Result<Self, PeriodFault> {
        let text: String = text.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
        let text = text.to_uppercase();
        let period = match named(&text) {
            Some(period) => period,
            None => span(&text).ok_or(PeriodFault::NotAPeriod)??,
        };
        let is_usual = YEARS.contains(&period.first().year()) && YEARS.contains(&period.last.year());
        if is_usual { Ok(period) } else { Err(PeriodFault::NotAPeriod) }
    }

    /// Its grain.
    pub fn grain(self) -> Grain {
        self.grain
    }

    /// Its first month.
    pub fn first(self) -> Month {
        self.last.plus(1 - self.grain.months())
    }

    /// Its last month: where what is stated for it is posted.
    pub fn last(self) -> Month {
        self.last
    }

    /// The year by which it is named: that in which it ends.
    pub fn named_year(self) -> Year {
        self.last.year()
    }

    /// The same part of another year.
    #[must_use]
    pub fn in_year(self, year: Year) -> Self {
        Self { last: self.last.plus(12 * (i32::from(year) - i32::from(self.named_year()))), ..self }
    }

    /// The period of the same grain one year earlier.
    #[must_use]
    pub fn year_before(self) -> Self {
        Self { last: self.last.year_before(), ..self }
    }

    /// The period of the same grain that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self { last: self.last.plus(self.grain.months()), ..self }
    }

    /// The period of the same grain before it.
    #[must_use]
    pub fn previous(self) -> Self {
        Self { last: self.last.plus(-self.grain.months()), ..self }
    }

    /// The periods of a grain that are named by a year, in order.
    pub fn all_of_year(grain: Grain, year: Year) -> impl Iterator<Item = Self> {
        let first = Self::containing(Month::january(year), grain);
        std::iter::successors(Some(first), |period| Some(period.next()))
            .take_while(move |period| period.named_year() == year)
    }

    /// Whether any of it lies within months, both ends counted.
    pub fn overlaps(self, first: Month, last: Month) -> bool {
        self.first() <= last && first <= self.last
    }

    /// Whether all of it lies within months, both ends counted.
    pub fn is_within(self, first: Month, last: Month) -> bool {
        first <= self.first() && self.last <= last
    }
}

/// A period with a name, without spaces and in capitals.
fn named(text: &str) -> Option<ReportingPeriod> {
    if let Some(month) = Month::parse(text) {
        return Some(ReportingPeriod { last: month, grain: Grain::Month });
    }
    let union = ["工会统计年度", "统计年度"].into_iter().find_map(|name| {
        text.strip_suffix(name)
            .map(|year| year.strip_suffix('年').unwrap_or(year))
            .or(text.strip_prefix(name))
    });
    if let Some(year) = union.or(text.strip_prefix('U')) {
        return year_of(year).map(ReportingPeriod::union_year);
    }
    // Four digits of the year, whatever follows.
    let (year, part) = text.split_at_checked(4)?;
    let year = year_of(year)?;
    let part = part.trim_start_matches('-');
    let part = part.strip_prefix("年度").or(part.strip_prefix('年')).unwrap_or(part);
    let (grain, number) = match part {
        "" | "全年" => return Some(ReportingPeriod::year(year)),
        "H1" | "上半年" => (Grain::Half, 1),
        "H2" | "下半年" => (Grain::Half, 2),
        other => (Grain::Quarter, quarter(other)?),
    };
    Some(ReportingPeriod { last: Month::january(year).plus(grain.months() * number - 1), grain })
}

fn quarter(text: &str) -> Option<i32> {
    let text = text.strip_prefix('第').unwrap_or(text);
    let number = text.strip_prefix('Q').or(text.strip_suffix("季度")).or(text.strip_suffix('季'))?;
    match number {
        "1" | "一" => Some(1),
        "2" | "二" => Some(2),
        "3" | "三" => Some(3),
        "4" | "四" => Some(4),
        _ => None,
    }
}

fn year_of(text: &str) -> Option<Year> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_year.then(|| text.parse().ok()).flatten()
}

/// From a month to a month, or from the first day of one to the last of another; `None` for a text that is no span.
fn span(text: &str) -> Option<Result<ReportingPeriod, PeriodFault>> {
    let separators = text.char_indices().filter(|(_, c)| "-—–―~至到".contains(*c));
    for (position, c) in separators {
        let begin = &text[..position];
        let end = text[position + c.len_utf8()..].trim_start_matches(['-', '—', '–', '―']);
        let Some((first, is_first)) = begin_of(begin) else { continue };
        // In 2013-07-09 the last number is a day.
        let is_day = !begin.contains(['.', '/', '年']);
        let Some((last, is_last)) = end_of(end, first, is_day) else { continue };
        return Some(match ReportingPeriod::of_months(first, last) {
            // Days in the middle of a month begin or end no period.
            Ok(_) if !is_first || !is_last => Err(PeriodFault::NoGrain),
            found => found,
        });
    }
    None
}

/// The month with which a span begins, and whether with its first day.
fn begin_of(text: &str) -> Option<(Month, bool)> {
    if let Some(month) = Month::parse(text) {
        return Some((month, true));
    }
    parse_day(text).map(|day| (Month::containing(day), day.day() == 1))
}

/// The month with which a span ends, and whether with its last day; `9月` alone is of the year in which it begins, and so
/// is `9` where it cannot be a day.
fn end_of(text: &str, first: Month, is_day: bool) -> Option<(Month, bool)> {
    if let Some(month) = Month::parse(text) {
        return Some((month, true));
    }
    if let Some(day) = parse_day(text) {
        return Some((Month::containing(day), day == day.last_of_month()));
    }
    let number = text.strip_suffix('月').or(Some(text).filter(|_| !is_day))?;
    Some((Month::new(first.year(), number.parse().ok()?)?, true))
}

impl fmt::Display for ReportingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.named_year(), self.last.of_year());
        match self.grain {
            Grain::Month => write!(f, "{}", self.last),
            Grain::Quarter => write!(f, "{year:04}-Q{}", month / 3),
            Grain::Half => write!(f, "{year:04}-H{}", month / 6),
            Grain::Year => write!(f, "{year:04}"),
            Grain::UnionYear => write!(f, "U{year:04}"),
        }
    }
}

/// Why a text is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PeriodFault {
    /// It cannot be read.
    #[error("not a period; write 2013, 2013-H1, 2013-Q2, 2013-07 or U2013 (the union statistical year)")]
    NotAPeriod,
    /// It is written from–to, and ends before it begins.
    #[error("the period ends before it begins; write its first month and then its last")]
    EndsBeforeItBegins,
    /// It is neither a year, half, quarter or month nor a union statistical year.
    #[error("not a year, half, quarter, month or union statistical year (October to September)")]
    NoGrain,
}

impl FromStr for ReportingPeriod {
    type Err = PeriodFault;

    /// As [`ReportingPeriod::parse`].
    fn from_str(text: &str) -> Result<Self, PeriodFault> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_people_write_them() {
        for (stored, texts) in [
            ("2013", &["2013", "2013年", "２０１３年度", " 2013 年 ", "2013全年", "2013-01—2013-12"][..]),
            (
                "2013-H1",
                &["2013-H1", "2013h1", "2013年上半年", "2013上半年", "2013年1月至6月", "2013.1-2013.6"],
            ),
            ("2013-H2", &["2013-H2", "2013年下半年", "2013年7-12月", "2013-07~2013-12"]),
            (
                "2013-Q2",
                &["2013-Q2", "2013q2", "2013年第二季度", "2013年2季度", "2013年二季度", "2013年4月—6月"],
            ),
            ("2013-Q3", &["2013.7-9", "2013年7-9", "2013/07-09", "2013.7~9月"]),
            ("2013-Q4", &["2013年第4季度", "2013-10-01至2013-12-31", "2013-10到2013-12"]),
            ("2013-07", &["2013-07", "2013年7月", "201307", "2013/7", "2013-07—2013-07"]),
            (
                "U2013",
                &[
                    "U2013",
                    "u2013",
                    "2013工会统计年度",
                    "2013年工会统计年度",
                    "工会统计年度2013",
                    "2013统计年度",
                    "2012-10—2013-09",
                    "2012年10月-2013年9月",
                    "2012.10.1-2013.9.30",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(
                    text.parse::<ReportingPeriod>().map(|p| p.to_string()),
                    Ok(stored.to_owned()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_period_says_why() {
        use PeriodFault::{EndsBeforeItBegins, NoGrain, NotAPeriod};
        for (text, fault) in [
            ("", NotAPeriod),
            ("13", NotAPeriod),
            ("2013-Q5", NotAPeriod),
            ("2013-H3", NotAPeriod),
            ("2013-13", NotAPeriod),
            ("2013-07-09", NotAPeriod),
            ("2013-7-9", NotAPeriod),
            ("2013.7-13", NotAPeriod),
            ("U13", NotAPeriod),
            ("第二季度", NotAPeriod),
            ("9999", NotAPeriod),
            ("2013年一二季度", NotAPeriod),
            ("2013-09—2012-10", EndsBeforeItBegins),
            ("2013年9月至7月", EndsBeforeItBegins),
            ("2013-02—2013-04", NoGrain),
            ("2013-01—2014-12", NoGrain),
            ("2013-01-02至2013-03-31", NoGrain),
            ("2013-01-01至2013-03-30", NoGrain),
        ] {
            assert_eq!(ReportingPeriod::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn periods_have_their_months_in_both_calendars() {
        let months = |text: &str| {
            let period = ReportingPeriod::parse(text).expect("a period");
            (period.first().number(), period.last().number())
        };
        assert_eq!(months("U2014"), (201_310, 201_409));
        assert_eq!(months("2014"), (201_401, 201_412));
        assert_eq!(months("2014-H2"), (201_407, 201_412));
        assert_eq!(months("2014-Q1"), (201_401, 201_403));
        assert_eq!(months("2014-02"), (201_402, 201_402));
        let before = ReportingPeriod::parse("U2014").expect("a period").year_before();
        assert_eq!(before.to_string(), "U2013");
    }

    #[test]
    fn what_is_stored_is_read_back_and_sorts_by_time() {
        for grain in Grain::ALL {
            let mut texts: Vec<String> = Vec::new();
            let mut month = Month::january(2011);
            while month < Month::january(2014) {
                let period = ReportingPeriod::containing(month, grain);
                assert_eq!(ReportingPeriod::parse(&period.to_string()), Ok(period));
                assert!(period.is_within(period.first(), period.last()));
                texts.push(period.to_string());
                month = month.next();
            }
            assert!(texts.is_sorted(), "{texts:?}");
            assert_eq!(ReportingPeriod::parse(grain.example()).map(ReportingPeriod::grain), Ok(grain));
        }
    }
}
