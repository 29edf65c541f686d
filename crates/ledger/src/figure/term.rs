//! What one term of a formula counts of any unit: which slots, in which months.

use campaign::{
    definition::{MeasureKind, Part},
    formula::{Over, Term},
};
use model::month::{Month, Year};

use super::{Balances, Note, Question, balances::SlotSum, evaluation::number, span::CountedMonths};

/// A term as it is asked for: what of it is the same for all units.
#[derive(Debug, Clone)]
pub(super) struct PreparedTerm {
    pub(super) term: Term,
    /// Why there is no number for the period asked for.
    pub(super) unknown: Option<Note>,
    listed: Vec<SlotSum>,
    unlisted: Option<Vec<SlotSum>>,
    /// What of it is a level of a year that runs.
    running: Vec<SlotSum>,
    /// What part of that year has passed, or of a year the period asked for is.
    passed: f64,
    /// A baseline knows whole years alone: whether the term is one, and whether a part of a year would be held against it.
    baseline: Option<BaselineYear>,
    parts_per_unit: i64,
}

/// What a baseline is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BaselineYear {
    Whole,
    Part,
}

impl PreparedTerm {
    pub(super) fn new(question: &Question<'_>, term: Term) -> Self {
        let measure = question.measure(term);
        let is_running_level =
            matches!(term.over, Over::Year | Over::Years) && measure.kind == MeasureKind::Level;
        let (listed, unlisted) = question.sums_of(term);
        let months = match (question.months().of_period(), term.over) {
            (Some((first, last)), Over::Year) => last.months_since(first),
            _ => question.through.of_year(),
        };
        let is_part = matches!(term.over, Over::Previous(_)) && !question.through.is_december();
        let year = if is_part { BaselineYear::Part } else { BaselineYear::Whole };
        Self {
            term,
            unknown: question.unknown_in_period(term),
            listed,
            unlisted,
            running: if is_running_level { question.year_of_level(term).0 } else { Vec::new() },
            passed: f64::from(months) / 12.0,
            baseline: question.is_baseline(term.over).then_some(year),
            parts_per_unit: measure.scale.parts_per_unit(),
        }
    }

    /// Itemised and supplementary part, in the parts that the measure sums.
    pub(super) fn parts(&self, balances: &Balances) -> (i64, Option<i64>) {
        (balances.sum(&self.listed), self.unlisted.as_ref().map(|sums| balances.sum(sums)))
    }

    /// What it comes to, in the measure's unit; `by_elapsed` takes of a level in a running year the part that has passed.
    pub(super) fn value(&self, balances: &Balances, by_elapsed: bool) -> Result<f64, Note> {
        if let Some(note) = self.unknown {
            return Err(note);
        }
        let (listed, unlisted) = self.parts(balances);
        let sum = listed + unlisted.unwrap_or(0);
        match self.baseline {
            Some(BaselineYear::Part) => return Err(Note::NoBaseline),
            Some(BaselineYear::Whole) if sum == 0 => return Err(Note::NoBaseline),
            _ => {}
        }
        let running = if by_elapsed { balances.sum(&self.running) } else { 0 };
        let parts = number(sum - running) + number(running) * self.passed;
        Ok(parts / number(self.parts_per_unit))
    }
}

impl Question<'_> {
    /// What sums make up the itemised and the supplementary part of a term.
    fn sums_of(&self, term: Term) -> (Vec<SlotSum>, Option<Vec<SlotSum>>) {
        let measure = self.measure(term);
        if let (true, Over::Previous(base)) = (self.is_baseline(term.over), term.over) {
            return (vec![SlotSum::Baseline(self.definition.measures[base].listed_slot)], None);
        }
        if measure.kind == MeasureKind::Level {
            let (mut listed, mut unlisted) = self.year_of_level(term);
            if term.over == Over::Years {
                listed.push(self.years_before(measure.listed_slot));
                if let (Some(slot), Some(unlisted)) = (measure.unlisted_slot, &mut unlisted) {
                    unlisted.push(self.years_before(slot));
                }
            }
            return (listed, unlisted);
        }
        let span = CountedMonths::of_term(self.months(), term.over).filter(|_| measure.has_grains());
        if let Some(span) = span {
            let of_part = |part: Part| {
                let of_slot = |(grain, slot)| {
                    let (from, to) = span.fitting(grain);
                    SlotSum::Months { slot, from, to }
                };
                measure.slots_of(part).map(of_slot).collect()
            };
            return (of_part(Part::Listed), measure.unlisted_slot.map(|_| of_part(Part::Unlisted)));
        }
        let window = |slot| self.window(slot, term.over);
        (window(measure.listed_slot), measure.unlisted_slot.map(window))
    }

    /// A level in the year that its term ends with: what was stated for the year, and while the year runs the last
    /// statement of each unit.
    fn year_of_level(&self, term: Term) -> (Vec<SlotSum>, Option<Vec<SlotSum>>) {
        let measure = self.measure(term);
        let year = match term.over {
            Over::Previous(_) => self.through.year() - 1,
            _ => self.through.year(),
        };
        let enters = self.is_running && !matches!(term.over, Over::Previous(_));
        let last_statement = measure.answers.and_then(|answers| answers.last_statement);
        if let Some(last_statement) = last_statement.filter(|_| enters) {
            return (self.at_end(last_statement.value).into(), measure.unlisted_slot.map(|_| Vec::new()));
        }
        let of_year = |slot| vec![SlotSum::Years { slot, from: year, to: year }];
        (of_year(measure.listed_slot), measure.unlisted_slot.map(of_year))
    }

    /// The campaign's years before the one asked for.
    pub(super) fn years_before(&self, slot: usize) -> SlotSum {
        SlotSum::Years { slot, from: self.campaign.period.first, to: self.through.year() - 1 }
    }

    /// A stock at the end asked for.
    pub(super) fn at_end(&self, slot: usize) -> [SlotSum; 2] {
        let before = SlotSum::Years { slot, from: FIRST_YEAR, to: self.through.year() - 1 };
        [before, year_part(slot, self.through)]
    }

    /// One slot over a window; a level has windows of its own.
    fn window(&self, slot: usize, over: Over) -> Vec<SlotSum> {
        let through = self.through;
        match over {
            Over::Year => vec![year_part(slot, through)],
            Over::Previous(_) => vec![year_part(slot, through.year_before())],
            Over::ToDate => vec![self.years_before(slot), year_part(slot, through)],
            Over::AtEnd => self.at_end(slot).into(),
            Over::Years => {
                vec![SlotSum::Years { slot, from: self.campaign.period.first, to: through.year() }]
            }
            Over::Base => vec![SlotSum::Baseline(slot)],
        }
    }
}

/// A year before all others.
const FIRST_YEAR: Year = 1;

/// The part of a month's year up to and including the month.
fn year_part(slot: usize, through: Month) -> SlotSum {
    SlotSum::Months { slot, from: Month::january(through.year()), to: through }
}
