//! Which months a term counts, and which statements do not fit into them: what is stated for a period counts where its
//! period lies whole within these months, and nowhere else. It is never divided.

use campaign::{
    definition::{Campaign, MeasureIdx, MeasureKind, Part, Window},
    formula::{Over, Term},
};
use model::{
    month::Month,
    period::{Grain, ReportingPeriod},
};

use super::{InForce, Note, Question, evaluation::Evaluation};

/// For which months a figure is asked.
#[derive(Debug, Clone, Copy)]
pub struct QuestionMonths<'a> {
    /// The campaign that asks.
    pub campaign: &'a Campaign,
    /// The last month that counts.
    pub through: Month,
    /// As [`Question::period`].
    pub period: Option<ReportingPeriod>,
}

impl QuestionMonths<'_> {
    /// The first and the last month of the period asked for that count: those that the campaign has, for what was before it
    /// is not known by month, up to the last that counts.
    pub fn of_period(self) -> Option<(Month, Month)> {
        let (first, last) = self.in_campaign()?;
        Some((first, last.min(self.through)))
    }

    /// The first and the last month of the period asked for that the campaign has.
    fn in_campaign(self) -> Option<(Month, Month)> {
        let (first, last) = (self.campaign.first_month(), self.campaign.last_month());
        self.period.map(|period| (period.first().max(first), period.last().min(last)))
    }

    /// Whether the period asked for lies in the campaign with a part, and not whole.
    pub fn is_cut(self) -> bool {
        self.period.is_some_and(|period| self.in_campaign() != Some((period.first(), period.last())))
    }
}

/// Months that a term counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedMonths {
    /// The first.
    pub first: Month,
    /// The last.
    pub last: Month,
    /// What is stated for a period that ends by this month, though after the last, is not due yet: it is not left out.
    pub due: Month,
}

impl CountedMonths {
    /// The months that a term of a figure counts; `None` for what is no sum of months: levels, stocks, baselines.
    pub fn of_term(months: QuestionMonths<'_>, over: Over) -> Option<Self> {
        let year = months.through.year();
        let own = match months.of_period().zip(months.in_campaign()) {
            Some(((first, last), (_, due))) => Self { first, last, due },
            None => Self { first: Month::january(year), last: months.through, due: Month::december(year) },
        };
        match over {
            Over::Year => Some(own),
            Over::Previous(_) => {
                let before = |month: Month| month.year_before();
                Some(Self { first: before(own.first), last: before(own.last), due: before(own.due) })
            }
            Over::ToDate => Some(Self { first: months.campaign.first_month(), ..own }),
            Over::AtEnd | Over::Years | Over::Base => None,
        }
    }

    /// Whether what is stated for a period of this grain that ends with `month` counts.
    pub fn counts(self, grain: Grain, month: Month) -> bool {
        ReportingPeriod::containing(month, grain).is_within(self.first, self.last)
    }

    /// The months in which what is stated for periods of this grain counts; from after to when none fits.
    pub(super) fn fitting(self, grain: Grain) -> (Month, Month) {
        let first = ReportingPeriod::containing(self.first, grain);
        let from = if first.first() == self.first { self.first } else { first.last().next() };
        (from, self.last)
    }

    /// Periods of a grain that lie in these months with a part, and not whole: at most the one at either end.
    pub fn straddling(self, grain: Grain) -> impl Iterator<Item = ReportingPeriod> {
        let first = ReportingPeriod::containing(self.first, grain);
        let last = ReportingPeriod::containing(self.last, grain);
        let is_late = |period: &ReportingPeriod| {
            period.last() > self.last && (period.first() < self.first || period.last() > self.due)
        };
        let begins_early = Some(first).filter(|period| period.first() < self.first);
        let ends_late = Some(last).filter(is_late).filter(|period| begins_early != Some(*period));
        begins_early.into_iter().chain(ends_late)
    }
}

impl Question<'_> {
    /// Why what a term counts is not known for the period asked for.
    pub(super) fn unknown_in_period(&self, term: Term) -> Option<Note> {
        if !self.has_begun {
            return Some(Note::NotBegun);
        }
        self.period?;
        if matches!(term.over, Over::ToDate) {
            return None;
        }
        let counted = CountedMonths::of_term(self.months(), term.over)?;
        // Before the campaign there are baselines alone, and they know calendar years.
        let is_before = counted.first < self.campaign.first_month();
        // From January on, what counts once in a year has been counted in it just once.
        let begins_year = counted.first == Month::january(counted.last.year());
        let is_by_year = self.measure(term).kind == MeasureKind::Distinct(Window::Year);
        (is_before || is_by_year && !begins_year).then_some(Note::CalendarYearsOnly)
    }

    /// Where it is counted what is stated for periods that do not fit into those of the figure, by the measures of which
    /// something may be.
    pub(super) fn straddling(&self, terms: &[Term]) -> Vec<LeftOut> {
        let of_term = |term: &Term| {
            let measure = self.measure(*term);
            let is_known = measure.has_grains()
                && !self.is_baseline(term.over)
                && self.unknown_in_period(*term).is_none();
            let span = CountedMonths::of_term(self.months(), term.over).filter(|_| is_known)?;
            let slots = measure.slots_of(Part::Listed).chain(measure.slots_of(Part::Unlisted));
            let counted = slots.flat_map(|(grain, slot)| {
                span.straddling(grain).map(move |period| (slot, grain, period.last()))
            });
            let counted: Vec<_> = counted.collect();
            (!counted.is_empty()).then_some(LeftOut { measure: term.measure, counted })
        };
        terms.iter().filter_map(of_term).collect()
    }
}

impl Evaluation<'_> {
    /// How much is stated for periods that do not fit into those of the figure, in the unit of the first measure of which
    /// something is left out; `None` where nothing is.
    pub(super) fn left_out(&self, candidates: &[LeftOut]) -> Option<f64> {
        candidates.iter().find_map(|candidate| {
            let of_period = |(slot, grain, last): &(usize, Grain, Month)| match grain {
                // Nothing else of the year is in its slot.
                Grain::Year | Grain::UnionYear => self.balances.year(last.year(), *slot),
                Grain::Month | Grain::Quarter | Grain::Half => self.balances.span(*slot, *last, *last),
            };
            let parts = candidate.counted.iter().map(of_period).sum();
            let scale = self.question.definition.measures[candidate.measure].scale;
            (parts != 0).then(|| scale.in_units(parts))
        })
    }
}

/// What of a measure is stated for periods that do not fit: in which slot, by which grain, in which month.
#[derive(Debug, Clone)]
pub(super) struct LeftOut {
    measure: MeasureIdx,
    counted: Vec<(usize, Grain, Month)>,
}

/// Whether a formula says the same however long the period is that ends with a month.
pub(super) fn is_to_date(formula: InForce<'_>) -> bool {
    let is_of_period = |term: Term| match term.over {
        Over::ToDate | Over::AtEnd | Over::Years | Over::Base => false,
        Over::Year | Over::Previous(_) => true,
    };
    !formula.numerator.has_term(&is_of_period)
        && !formula.denominator.is_some_and(|below| below.has_term(&is_of_period))
}
