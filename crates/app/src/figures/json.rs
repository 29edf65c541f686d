//! Figures as JSON: one shape for the command line and the API.

use ledger::figure::Note;
use model::month::Year;
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
    pub listed: Option<i64>,
    /// Its supplementary part.
    pub unlisted: Option<i64>,
    /// What of it a higher level has yet to accept, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<i64>,
    /// The target for this unit.
    pub target: Option<Number>,
    /// What should have been reached by now.
    pub expected_to_date: Option<Number>,
    /// `met`, `on-track`, `behind`, `no-value` or `no-target`.
    pub state: &'static str,
    /// Why there is no value, or what to know about it.
    pub note: Option<&'static str>,
}

/// A number that is written without a fraction when it is whole: counts stay counts.
#[derive(Debug, Clone, Copy, Serialize)]
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
                listed: figure.listed,
                unlisted: figure.unlisted,
                unconfirmed: figure.unconfirmed,
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
            as_of: shown.known.is_past.then(|| shown.known.day.to_string()),
            restated: shown.is_restated,
            definition: shown.snapshot.definition.hash.clone(),
            pending: Some(shown.reach.pending).filter(|pending| *pending > 0),
            indicators: indicators.collect(),
        }
    }
}
