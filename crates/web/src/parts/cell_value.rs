//! A value as pages and files state it: a page prints its text, a workbook holds
//! the value itself in a format that shows the same digits.

use jiff::{Timestamp, civil::Date};
use model::clock::local_time;
use sheet::write::{Output, is_datable};
use words::Words;

/// A value in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CellValue {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with so many decimals.
    Decimal(f64, usize),
    /// A share, 1 for all, shown in percent with so many decimals.
    Percent(f64, usize),
    /// A difference of shares, shown in percentage points with so many decimals and its sign.
    Points(f64, usize),
    /// A difference of shares that is missing: without a sign.
    MissingPoints(f64, usize),
    /// A day.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

impl CellValue {
    /// As people read it.
    pub(crate) fn text(&self, words: Words) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => words.count(*number),
            Self::Decimal(number, digits) => words.decimal(number, *digits),
            Self::Percent(share, digits) => words.percent(share, *digits),
            Self::Points(difference, digits) => words.points(difference, *digits),
            Self::MissingPoints(difference, digits) => {
                words.points(difference, *digits).trim_start_matches('+').to_owned()
            }
            Self::Day(day) => words.date(day),
            Self::Moment(moment) => words.moment(moment),
        }
    }

    /// As a workbook holds it; `texts` holds what the cell borrows.
    pub(crate) fn output<'t>(&self, words: Words, texts: &'t mut String) -> Output<'t> {
        match self {
            Self::Empty => Output::Empty,
            Self::Integer(number) => Output::Integer(*number),
            Self::Day(day) if is_datable(*day) => Output::Date(*day),
            Self::Moment(moment) if is_datable(local_time(*moment).date()) => {
                Output::Moment(local_time(*moment))
            }
            Self::Decimal(number, digits) if number.is_finite() => {
                *texts = decimals("#,##0", *digits);
                Output::Formatted(*number, texts)
            }
            Self::Percent(share, digits) if share.is_finite() => {
                *texts = format!("{}%", decimals("#,##0", *digits));
                Output::Formatted(*share, texts)
            }
            Self::Points(difference, digits) if difference.is_finite() => {
                let (number, unit) = (decimals("#,##0", *digits), words.points_unit());
                *texts = format!("+{number}\"{unit}\";-{number}\"{unit}\";{number}\"{unit}\"");
                Output::Formatted(difference * 100.0, texts)
            }
            Self::MissingPoints(difference, digits) if difference.is_finite() => {
                *texts = format!("{}\"{}\"", decimals("#,##0", *digits), words.points_unit());
                Output::Formatted(difference * 100.0, texts)
            }
            _ => {
                *texts = self.text(words);
                Output::Text(texts)
            }
        }
    }

    /// Whether it is a number in a file; what else is known of one is on the page.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(self, Self::Empty | Self::Text(_) | Self::Day(_) | Self::Moment(_))
    }
}

/// Text, or nothing for one without characters.
impl<T: Into<String>> From<T> for CellValue {
    fn from(text: T) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

fn decimals(whole: &str, digits: usize) -> String {
    if digits == 0 { whole.to_owned() } else { format!("{whole}.{}", "0".repeat(digits)) }
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn a_page_and_a_workbook_state_the_same() {
        let words = Words::new(Language::Chinese);
        for (value, text, number, format) in [
            (CellValue::Decimal(1234.5, 1), "1,234.5", 1234.5, "#,##0.0"),
            (CellValue::Percent(0.352, 1), "35.2%", 0.352, "#,##0.0%"),
            (CellValue::Percent(1.0, 0), "100%", 1.0, "#,##0%"),
            (
                CellValue::Points(0.02, 1),
                "+2.0个百分点",
                2.0,
                "+#,##0.0\"个百分点\";-#,##0.0\"个百分点\";#,##0.0\"个百分点\"",
            ),
            (CellValue::MissingPoints(0.02, 1), "2.0个百分点", 2.0, "#,##0.0\"个百分点\""),
        ] {
            let mut texts = String::new();
            assert_eq!(value.text(words), text);
            assert_eq!(value.output(words, &mut texts), Output::Formatted(number, format));
        }
        let mut texts = String::new();
        assert_eq!(CellValue::Percent(f64::NAN, 1).output(words, &mut texts), Output::Text("—"));
        assert_eq!(CellValue::from("=1+1").output(words, &mut texts), Output::Text("=1+1"));
        assert_eq!(CellValue::from("").output(words, &mut texts), Output::Empty);
    }
}
