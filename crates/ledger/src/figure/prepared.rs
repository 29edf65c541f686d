//! What one indicator comes to, and what of it is the same for all units.

use campaign::{
    definition::{Direction, Goal, Indicator, IndicatorKind},
    formula::{Formula, Term},
};

use super::{
    Balances, Coverage, Figure, FigureState, InForce, Note, Question,
    coverage::DividedPair,
    evaluation::Evaluation,
    formula_in_force,
    judgement::{Goals, Known, due, state},
    span::{LeftOut, is_to_date},
    term::PreparedTerm,
};
use crate::path;

/// An indicator as it is asked for: what is the same for all units, found once for units side by side.
pub struct PreparedIndicator<'a> {
    indicator: &'a Indicator,
    formula: InForce<'a>,
    terms: Vec<Term>,
    /// These, and those of what is yet to be confirmed.
    prepared: Vec<PreparedTerm>,
    pair: Option<DividedPair<'a>>,
    straddling: Vec<LeftOut>,
    /// Whether it has a target in the period asked for.
    is_for_period: bool,
    /// Whether months of the period asked for are missing that the campaign has not.
    is_cut: bool,
    /// What share of its target should have been reached by now.
    share: f64,
}

impl<'a> PreparedIndicator<'a> {
    /// `question` is about any unit.
    pub fn new(question: &Question<'a>, indicator: &'a Indicator) -> Self {
        let formula = formula_in_force(indicator, question.readings);
        let question = &*question.of_formula(formula);
        let terms = formula.terms();
        let unconfirmed = indicator.unconfirmed.as_ref().and_then(Formula::first_term);
        let prepared = terms.iter().copied().chain(unconfirmed);
        Self {
            indicator,
            prepared: prepared.map(|term| PreparedTerm::new(question, term)).collect(),
            formula,
            pair: DividedPair::new(question.definition, formula),
            straddling: question.straddling(&terms),
            terms,
            is_for_period: has_target_in_period(question, &indicator.goal, formula),
            is_cut: question.months().is_cut() && !is_to_date(formula),
            share: path::expected_share(question.campaign, &indicator.goal, question.through),
        }
    }

    /// The indicator.
    pub fn indicator(&self) -> &'a Indicator {
        self.indicator
    }

    /// What it comes to for the unit of `question`, which asks for the same otherwise.
    pub fn figure(&self, question: &Question<'_>, balances: &Balances) -> Figure {
        let Self { indicator, formula, is_for_period, is_cut, .. } = *self;
        let question = &*question.of_formula(formula);
        let evaluation = Evaluation { question, balances, terms: &self.prepared };
        let terms = evaluation.terms(formula);
        let value = evaluation.join(formula.kind, terms);
        let is_applicable = indicator.has_single_units || !question.is_single;
        let (listed, unlisted) = evaluation.parts(formula.numerator);
        let unconfirmed = indicator.unconfirmed.as_ref().and_then(|formula| evaluation.parts(formula).0);

        let is_count = formula.kind == IndicatorKind::Count;
        let is_missing = !question.is_reported && is_count && value == Ok(0.0);
        let has_target = (question.is_region || !is_count) && is_for_period;
        let target = has_target.then(|| match formula.kind {
            IndicatorKind::Count => question.targets.count(question, indicator),
            _ => indicator.target,
        });
        let expected = target.map(|target| target * self.share);
        let coverage = evaluation.coverage(&self.terms, self.pair).filter(|_| is_applicable);
        // What is counted is there, however many have answered; a rate of a few says nothing of the others.
        let is_low = |coverage: Coverage| coverage.share() < question.campaign.coverage_threshold;
        let left_out = evaluation.left_out(&self.straddling).filter(|_| is_applicable);
        let known = match left_out {
            Some(_) => Known::InPart,
            None if is_count || !coverage.is_some_and(is_low) => Known::Whole,
            None => Known::OfFew,
        };
        let judged = value.ok().filter(|_| is_applicable);
        let goals = Goals { target, expected };
        let state = state(indicator, judged, goals, known);
        let due = due(indicator.direction, goals).filter(|_| state == FigureState::Behind);
        let is_limit = indicator.direction == Direction::AtMost;
        Figure {
            state,
            shortfall: due.and_then(|due| evaluation.shortfall(formula, terms, due, is_limit)),
            note: (!is_applicable)
                .then_some(Note::NotApplicable)
                .or(value.err().map(|note| reason(note, question.is_reported)))
                .or(left_out.map(|_| Note::StatementsLeftOut))
                .or(is_missing.then_some(Note::NotReported))
                .or(is_cut.then_some(Note::PartOfPeriod))
                .or((!has_target && is_for_period).then_some(Note::TargetNotSplit))
                .or((known == Known::OfFew).then_some(Note::LowCoverage)),
            value: value.ok(),
            numerator: terms.numerator.ok(),
            denominator: terms.denominator.and_then(Result::ok),
            listed,
            unlisted,
            left_out,
            unconfirmed,
            coverage,
            like_for_like: evaluation.like_for_like(self.pair).filter(|_| is_applicable),
            direction: indicator.direction,
            target,
            expected,
        }
    }
}

/// Whether the target is one for the period asked for. Targets are for campaign years and for all of the campaign: a part
/// of a year has none of its own, unless the figure is one to date. A union statistical year has as many months, where the
/// campaign has them all.
fn has_target_in_period(question: &Question<'_>, goal: &Goal, formula: InForce<'_>) -> bool {
    match question.period {
        Some(period) if period.grain().months() < 12 || question.months().is_cut() => {
            matches!(goal, Goal::ByEnd(_) | Goal::Throughout) && is_to_date(formula)
        }
        Some(_) | None => true,
    }
}

/// Why there is no value: a unit that has not reported has nothing to divide by for that reason.
fn reason(note: Note, is_reported: bool) -> Note {
    if note == Note::NothingToDivideBy && !is_reported { Note::NotReported } else { note }
}
