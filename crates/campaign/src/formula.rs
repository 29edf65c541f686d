//! Formulas over measures: the numerator and the denominator of an indicator.

use std::collections::BTreeMap;

use crate::definition::MeasureIdx;

/// A compiled formula; measures are positions in the campaign.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A constant.
    Number(f64),
    /// Years elapsed of the campaign, months ÷ 12.
    Elapsed,
    /// A measure over a window of time.
    Term(Term),
    /// Two formulas joined.
    Binary(Box<Formula>, Operator, Box<Formula>),
}

/// A measure over a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Position of the measure.
    pub measure: MeasureIdx,
    /// The window.
    pub over: Over,
}

/// The window of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// `year(m)`: the year asked for.
    Year,
    /// `previous(m, b)`: the year before; in the campaign's first year the statement at this position.
    Previous(MeasureIdx),
    /// `to_date(m)`: from the campaign's first month to the end asked for.
    ToDate,
    /// `at_end(m)`: in service at the end asked for.
    AtEnd,
    /// `years(m)`: a level added over the campaign's years.
    Years,
    /// `base(m)`: a baseline statement.
    Base,
}

/// Arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Term {
    /// The measures that it names.
    pub fn measures(self) -> impl Iterator<Item = MeasureIdx> {
        let base = if let Over::Previous(base) = self.over { Some(base) } else { None };
        std::iter::once(self.measure).chain(base)
    }
}

impl Formula {
    /// Names other measures in the place of those that `others` replaces.
    pub(crate) fn replace_measures(&mut self, others: &BTreeMap<MeasureIdx, MeasureIdx>) {
        let other = |measure: MeasureIdx| others.get(&measure).copied().unwrap_or(measure);
        match self {
            Self::Number(_) | Self::Elapsed => {}
            Self::Term(term) => {
                term.measure = other(term.measure);
                if let Over::Previous(base) = &mut term.over {
                    *base = other(*base);
                }
            }
            Self::Binary(left, _, right) => {
                left.replace_measures(others);
                right.replace_measures(others);
            }
        }
    }

    /// Adds all its terms, from left to right.
    pub fn terms(&self, into: &mut Vec<Term>) {
        match self {
            Self::Number(_) | Self::Elapsed => {}
            Self::Term(term) => into.push(*term),
            Self::Binary(left, _, right) => {
                left.terms(into);
                right.terms(into);
            }
        }
    }

    /// Whether `is_wanted` holds for one of its terms.
    pub fn has_term(&self, is_wanted: &impl Fn(Term) -> bool) -> bool {
        match self {
            Self::Number(_) | Self::Elapsed => false,
            Self::Term(term) => is_wanted(*term),
            Self::Binary(left, _, right) => left.has_term(is_wanted) || right.has_term(is_wanted),
        }
    }

    /// Whether it is a sum of what measures count: only such numbers add up over units.
    pub fn is_sum(&self) -> bool {
        match self {
            Self::Number(_) | Self::Elapsed => false,
            Self::Term(_) => true,
            Self::Binary(left, operator, right) => {
                matches!(operator, Operator::Add | Operator::Subtract) && left.is_sum() && right.is_sum()
            }
        }
    }

    /// Its leftmost term.
    pub fn first_term(&self) -> Option<Term> {
        match self {
            Self::Number(_) | Self::Elapsed => None,
            Self::Term(term) => Some(*term),
            Self::Binary(left, _, right) => left.first_term().or_else(|| right.first_term()),
        }
    }
}
