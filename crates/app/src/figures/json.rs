//! Figures as JSON: one shape for the command line and the API.

use ledger::figure::{Coverage, Note};
use model::{month::Year, period::ReportingPeriod};
use serde::Serialize;

use super::Shown;

/// All figures of one unit and year.
#[derive(Debug, Clone, Serialize)]
pub struct FiguresJson {
    /// Statistical code of the unit.
    pub unit: String,
    /// The year.
    pub year: Year,
    /// The last month that counts, `YYYY-MM`.
    pub through: String,
    /// The period that is counted, with its months.
    pub period: PeriodJson,
    /// As known on which day, `YYYY-MM-DD`, where an earlier day than today was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Whether they are re-stated on today's tree; absent where they are as they were earned.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub restated: bool,
    /// Hash of the campaign version.
    pub definition: String,
    /// Changes that are stored and not yet in these figures, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<i64>,
    /// One entry per indicator, in the document's order.
    pub indicators: Vec<IndicatorJson>,
}

/// A period.
#[derive(Debug, Clone, Serialize)]
pub struct PeriodJson {
    /// `2013`, `2013-H1`, `2013-Q2`, `2013-07` or `U2013`.
    pub id: String,
    /// Its first month, `YYYY-MM`.
    pub first: String,
    /// Its last month, `YYYY-MM`.
    pub last: String,
}

impl From<ReportingPeriod> for PeriodJson {
    fn from(period: ReportingPeriod) -> Self {
        Self { id: period.to_string(), first: period.first().to_string(), last: period.last().to_string() }
    }
}

/// One indicator.
#[derive(Debug, Clone, Serialize)]
pub struct IndicatorJson {
    /// Its number in the document.
    pub id: String,
    /// The value in its own scale (5 % is 0.05); `null` is not zero.
    pub value: Option<Number>,
    /// The numerator.
    pub numerator: Option<Number>,
    /// The denominator.
    pub denominator: Option<Number>,
    /// Itemised part of the numerator's first measure.
    pub listed: Option<Number>,
    /// Its supplementary part.
    pub unlisted: Option<Number>,
    /// What is stated for periods that do not fit into this one, and is not counted, where anything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Number>,
    /// What of it a higher level has yet to accept, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<Number>,
    /// How many units have answered what it rests on, where it rests on statements that units owe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<CoverageJson>,
    /// The value over the units alone that answered both parts of it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like_for_like: Option<Number>,
    /// `at-most` for a limit that is not to be passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
    /// The target for this unit.
    pub target: Option<Number>,
    /// What should have been reached by now.
    pub expected_to_date: Option<Number>,
    /// `met`, `on-track`, `behind`, `incomplete`, `no-value` or `no-target`.
    pub state: &'static str,
    /// Why there is no value, or what to know about it.
    pub note: Option<&'static str>,
}

/// How many units have answered.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CoverageJson {
    /// Units whose statement answers what is asked.
    pub answered: i64,
    /// Units that owe a statement.
    pub owed: i64,
    /// Of those that answered, how many by a statement for an earlier year, in a year that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<i64>,
}

impl From<Coverage> for CoverageJson {
    fn from(Coverage { answered, owed, earlier }: Coverage) -> Self {
        Self { answered, owed, earlier: Some(earlier).filter(|earlier| *earlier > 0) }
    }
}

/// A number that is written without a fraction when it is whole: counts stay counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// Any other.
    Fraction(f64),
}

impl From<f64> for Number {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds where floats are exact")]
    fn from(value: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            Self::Whole(value as i64)
        } else {
            Self::Fraction(value)
        }
    }
}

impl From<&Shown> for FiguresJson {
    fn from(shown: &Shown) -> Self {
        let campaign = shown.campaign();
        let indicators = shown.entries.iter().map(|entry| {
            let figure = &entry.figure;
            IndicatorJson {
                id: campaign.indicators[entry.indicator].id.clone(),
                value: figure.value.map(Number::from),
                numerator: figure.numerator.map(Number::from),
                denominator: figure.denominator.map(Number::from),
                listed: figure.listed.map(Number::from),
                unlisted: figure.unlisted.map(Number::from),
                left_out: figure.left_out.map(Number::from),
                unconfirmed: figure.unconfirmed.map(Number::from),
                coverage: figure.coverage.map(CoverageJson::from),
                like_for_like: figure.like_for_like.map(Number::from),
                direction: figure.is_limit().then_some("at-most"),
                target: figure.target.map(Number::from),
                expected_to_date: figure.expected.map(Number::from),
                state: figure.state.name(),
                note: figure.note.map(|note| match note {
                    // What programs read keeps its words: pages alone tell the two reasons apart.
                    Note::NotReported if figure.value.is_none() => Note::NothingToDivideBy.name(),
                    note => note.name(),
                }),
            }
        });
        Self {
            unit: shown.unit.code.clone(),
            year: shown.year,
            through: shown.through.to_string(),
            period: shown.whole_period().into(),
            as_of: shown.known.is_past.then(|| shown.known.day.to_string()),
            restated: shown.is_restated,
            definition: shown.snapshot.definition.hash.clone(),
            pending: Some(shown.reach.pending).filter(|pending| *pending > 0),
            indicators: indicators.collect(),
        }
    }
}
