//! Reporting periods in words, in the calendar of the campaign and in that of the union's statistics.

use std::borrow::Borrow;

use model::{
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
};

use crate::{Language, Words};

impl Words {
    /// `2013年第二季度`, `Q2 2013`.
    pub fn period(self, period: impl Borrow<ReportingPeriod>) -> String {
        let period = *period.borrow();
        let (year, month) = (period.named_year(), period.last().of_year());
        match period.grain() {
            Grain::Month => self.month(period.last()),
            Grain::Quarter => match month / 3 {
                1 => self.period_first_quarter(year),
                2 => self.period_second_quarter(year),
                3 => self.period_third_quarter(year),
                _ => self.period_fourth_quarter(year),
            },
            Grain::Half if month == 6 => self.period_first_half(year),
            Grain::Half => self.period_second_half(year),
            Grain::Year => self.period_year(year),
            Grain::UnionYear => self.period_union_year(year),
        }
    }

    /// A period with its months: `2013年（2013-01—2013-12）`.
    pub fn period_with_months(self, period: impl Borrow<ReportingPeriod>) -> String {
        let period = *period.borrow();
        let (name, first, last) = (self.period(period), period.first(), period.last());
        match self.0 {
            Language::Chinese => format!("{name}（{first}—{last}）"),
            Language::English => format!("{name} ({first} to {last})"),
        }
    }

    /// A period on one line of a list: with its months, where it has several, and a part of a year with the union
    /// statistical years in which it lies.
    pub fn period_in_calendars(self, period: impl Borrow<ReportingPeriod>) -> String {
        let period = *period.borrow();
        let (first, last) = (period.first(), period.last());
        let union = match period.grain() {
            Grain::Year | Grain::UnionYear => return self.period_with_months(period),
            Grain::Half | Grain::Quarter | Grain::Month => others(period).map(|other| self.period(other)),
        };
        let union = self.enumeration(&union.collect::<Vec<_>>());
        let name = self.period(period);
        match (self.0, period.grain()) {
            (Language::Chinese, Grain::Month) => format!("{name}（{union}）"),
            (Language::English, Grain::Month) => format!("{name} ({union})"),
            (Language::Chinese, _) => format!("{name}（{first}—{last}；{union}）"),
            (Language::English, _) => format!("{name} ({first} to {last}; {union})"),
        }
    }

    /// A period with its months, and the years of the other calendar in which it lies: of a year that of the same number.
    pub fn both_calendars(self, period: impl Borrow<ReportingPeriod>) -> String {
        let period = *period.borrow();
        let others = others(period).map(|other| self.period_with_months(other));
        let (own, others) = (self.period_with_months(period), self.enumeration(&others.collect::<Vec<_>>()));
        format!("{own}{}{others}", self.pick("；", "; "))
    }
}

/// The years of the other calendar that are said beside a period.
fn others(period: ReportingPeriod) -> impl Iterator<Item = ReportingPeriod> {
    let union_year = |month: Month| ReportingPeriod::containing(month, Grain::UnionYear).named_year();
    let union: fn(Year) -> ReportingPeriod = ReportingPeriod::union_year;
    let year: fn(Year) -> ReportingPeriod = ReportingPeriod::year;
    let named = period.named_year();
    let (first, last, other) = match period.grain() {
        Grain::Year => (named, named, union),
        Grain::UnionYear => (named, named, year),
        Grain::Half | Grain::Quarter | Grain::Month => {
            (union_year(period.first()), union_year(period.last()), union)
        }
    };
    (first..=last).map(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_the_other_calendar_of_parts_of_years() {
        let (zh, en) = (Words(Language::Chinese), Words(Language::English));
        for (text, chinese, english) in [
            ("2013", "2013年（2013-01—2013-12）", "2013 (2013-01 to 2013-12)"),
            (
                "U2014",
                "工会统计年度2014（2013-10—2014-09）",
                "union statistical year 2014 (2013-10 to 2014-09)",
            ),
            (
                "2013-Q2",
                "2013年第二季度（2013-04—2013-06；工会统计年度2013）",
                "Q2 2013 (2013-04 to 2013-06; union statistical year 2013)",
            ),
            (
                "2013-H2",
                "2013年下半年（2013-07—2013-12；工会统计年度2013、工会统计年度2014）",
                "second half of 2013 (2013-07 to 2013-12; union statistical year 2013, \
                 union statistical year 2014)",
            ),
            ("2013-10", "2013年10月（工会统计年度2014）", "Oct 2013 (union statistical year 2014)"),
        ] {
            let period = ReportingPeriod::parse(text).expect("a period");
            assert_eq!(
                (&*zh.period_in_calendars(period), &*en.period_in_calendars(period)),
                (chinese, english)
            );
        }
    }

    #[test]
    fn periods_are_said_in_both_calendars_and_languages() {
        let (zh, en) = (Words(Language::Chinese), Words(Language::English));
        for (text, chinese, english) in [
            (
                "2013",
                "2013年（2013-01—2013-12）；工会统计年度2013（2012-10—2013-09）",
                "2013 (2013-01 to 2013-12); union statistical year 2013 (2012-10 to 2013-09)",
            ),
            (
                "U2014",
                "工会统计年度2014（2013-10—2014-09）；2014年（2014-01—2014-12）",
                "union statistical year 2014 (2013-10 to 2014-09); 2014 (2014-01 to 2014-12)",
            ),
            (
                "2013-Q2",
                "2013年第二季度（2013-04—2013-06）；工会统计年度2013（2012-10—2013-09）",
                "Q2 2013 (2013-04 to 2013-06); union statistical year 2013 (2012-10 to 2013-09)",
            ),
            (
                "2013-H2",
                "2013年下半年（2013-07—2013-12）；工会统计年度2013（2012-10—2013-09）、工会统计年度2014（2013-10—2014-09）",
                "second half of 2013 (2013-07 to 2013-12); union statistical year 2013 (2012-10 to 2013-09), \
                 union statistical year 2014 (2013-10 to 2014-09)",
            ),
            (
                "2013-10",
                "2013年10月（2013-10—2013-10）；工会统计年度2014（2013-10—2014-09）",
                "Oct 2013 (2013-10 to 2013-10); union statistical year 2014 (2013-10 to 2014-09)",
            ),
        ] {
            let period = ReportingPeriod::parse(text).expect("a period");
            assert_eq!((&*zh.both_calendars(period), &*en.both_calendars(period)), (chinese, english));
        }
    }
}
