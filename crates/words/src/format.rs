//! The format of numbers and dates. Pages print what these functions return; no
//! other module decides about separators, signs or the order of a date.

use std::borrow::Borrow;

use jiff::{Timestamp, civil::Date};
use model::{clock::local_time, month::Month};

use crate::{Language, Words};

/// Stands where a number does not exist.
const NONE: &str = "—";

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A whole number of any size, so that a length counts like a sum.
pub trait WholeNumber {
    /// The number; what does not fit stops at the limit.
    fn whole(&self) -> i64;
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl WholeNumber for $type {
            fn whole(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

whole!(i16, i32, i64, u32, u64, usize);

impl<T: WholeNumber + ?Sized> WholeNumber for &T {
    fn whole(&self) -> i64 {
        (*self).whole()
    }
}

/// Templates hand over references, code hands over values; every look takes both.
impl Words {
    /// `1,234,567`.
    pub fn count(self, number: impl WholeNumber) -> String {
        let number = number.whole();
        let sign = if number < 0 { "-" } else { "" };
        format!("{sign}{}", grouped(&number.unsigned_abs().to_string()))
    }

    /// A share as percentage: 0.352 with one digit is `35.2%`.
    pub fn percent(self, share: impl Borrow<f64>, digits: usize) -> String {
        let share = *share.borrow();
        if share.is_finite() { format!("{}%", self.decimal(share * 100.0, digits)) } else { NONE.to_owned() }
    }

    /// A difference of two shares in percentage points, with its sign: 0.021 is `+2.1个百分点`.
    pub fn points(self, difference: impl Borrow<f64>, digits: usize) -> String {
        let difference = *difference.borrow();
        if !difference.is_finite() {
            return NONE.to_owned();
        }
        let number = self.decimal(difference * 100.0, digits);
        let plus = if difference > 0.0 && number.contains(|c| ('1'..='9').contains(&c)) { "+" } else { "" };
        format!("{plus}{number}{}", self.points_unit())
    }

    /// What follows a number of percentage points.
    pub const fn points_unit(self) -> &'static str {
        match self.0 {
            Language::Chinese => "个百分点",
            Language::English => " points",
        }
    }

    /// A number with `digits` decimals: `1,234.50`.
    pub fn decimal(self, number: impl Borrow<f64>, digits: usize) -> String {
        let number = *number.borrow();
        if !number.is_finite() {
            return NONE.to_owned();
        }
        let text = format!("{:.digits$}", number.abs());
        let negative = number < 0.0 && text.contains(|c| ('1'..='9').contains(&c));
        let (whole, fraction) =
            text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{}{point}{fraction}", if negative { "-" } else { "" }, grouped(whole))
    }

    /// A month beside its year: `8月`, `Aug`.
    pub fn month_of_year(self, month: impl Borrow<Month>) -> String {
        let number = month.borrow().of_year();
        match self.0 {
            Language::Chinese => format!("{number}月"),
            Language::English => i8::try_from(number).map_or(NONE, month_name).to_owned(),
        }
    }

    /// Several things in a row: `甲、乙`, `A, B`.
    pub fn enumeration(self, items: &[impl AsRef<str>]) -> String {
        let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        items.join(match self.0 {
            Language::Chinese => "、",
            Language::English => ", ",
        })
    }

    /// `2011年8月1日`, `1 Aug 2011`.
    pub fn date(self, date: impl Borrow<Date>) -> String {
        let date = *date.borrow();
        match self.0 {
            Language::Chinese => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
            Language::English => format!("{} {} {}", date.day(), month_name(date.month()), date.year()),
        }
    }

    /// `2011年8月`, `Aug 2011`.
    pub fn month(self, month: impl Borrow<Month>) -> String {
        let month = *month.borrow();
        let number = i8::try_from(month.of_year()).unwrap_or_default();
        match self.0 {
            Language::Chinese => format!("{}年{number}月", month.year()),
            Language::English => format!("{} {}", month_name(number), month.year()),
        }
    }

    /// `2011年8月1日 14:05`, `1 Aug 2011 14:05`, in China's time.
    pub fn moment(self, moment: impl Borrow<Timestamp>) -> String {
        let local = local_time(*moment.borrow());
        format!("{} {:02}:{:02}", self.date(local.date()), local.hour(), local.minute())
    }
}

fn month_name(number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or(NONE)
}

/// Digits with a comma before every third from the right.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const ZH: Words = Words(Language::Chinese);
    const EN: Words = Words(Language::English);

    #[test]
    fn whole_numbers() {
        for (number, expected) in [
            (0, "0"),
            (999_i64, "999"),
            (1_000, "1,000"),
            (9_999, "9,999"),
            (10_000, "10,000"),
            (12_345, "12,345"),
            (-12_345, "-12,345"),
            (126_000, "126,000"),
            (999_949, "999,949"),
            (1_234_567, "1,234,567"),
            (99_999_999, "99,999,999"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!((ZH.count(number).as_str(), EN.count(number).as_str()), (expected, expected));
        }
    }

    #[test]
    fn shares_and_decimals() {
        assert_eq!(ZH.percent(0.352, 1), "35.2%");
        assert_eq!(ZH.percent(12.5, 0), "1,250%");
        assert_eq!(ZH.percent(-0.000_01, 1), "0.0%");
        assert_eq!(ZH.percent(f64::NAN, 1), "—");
        assert_eq!(ZH.decimal(1234.5, 2), "1,234.50");
        assert_eq!(ZH.decimal(-1234.5, 0), "-1,234");
        assert_eq!(ZH.points(0.021, 1), "+2.1个百分点");
        assert_eq!(EN.points(-0.021, 1), "-2.1 points");
        assert_eq!(EN.points(0.000_01, 1), "0.0 points");
    }

    #[test]
    fn days_and_months() {
        let day = date(2011, 8, 1);
        assert_eq!((ZH.date(day).as_str(), EN.date(day).as_str()), ("2011年8月1日", "1 Aug 2011"));
        let month = Month::containing(day);
        assert_eq!((ZH.month(month).as_str(), EN.month(month).as_str()), ("2011年8月", "Aug 2011"));
        let short = (ZH.month_of_year(month), EN.month_of_year(month));
        assert_eq!((short.0.as_str(), short.1.as_str()), ("8月", "Aug"));
        let night: Timestamp = "2011-07-31T16:05:00Z".parse().expect("a moment");
        assert_eq!(ZH.moment(night), "2011年8月1日 00:05");
    }
}
