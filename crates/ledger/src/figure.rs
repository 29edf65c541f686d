//! Figures: indicators computed from balances. Pages, exports, bulletins and
//! the command line all call [`figure`], so that they all show the same number.

mod balances;
mod coverage;
mod evaluation;
mod judgement;
mod prepared;
mod span;
mod term;

use std::{borrow::Cow, collections::BTreeMap};

use campaign::{
    definition::{
        Campaign, Definition, Direction, Idx, IdxVec, Indicator, IndicatorKind, MeasureKind, MeasureScale,
        Reading, ReadingIdx, ReadingOption, Variant,
    },
    formula::{Formula, Over, Term},
};
use model::{month::Month, period::ReportingPeriod};

pub use self::{
    balances::Balances,
    coverage::Coverage,
    judgement::FigureState,
    prepared::PreparedIndicator,
    span::{CountedMonths, QuestionMonths},
};
use self::{
    evaluation::{Evaluation, number},
    judgement::{Goals, due},
};
use crate::owed::UnitCount;

/// Which readings are in force: the chosen option of each, by position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings(pub IdxVec<Reading, Idx<ReadingOption>>);

impl Readings {
    /// The option chosen for a reading; the default is the first.
    pub fn option(&self, reading: ReadingIdx) -> Idx<ReadingOption> {
        self.0.get(reading).copied().unwrap_or(Idx::FIRST)
    }

    /// Whether a variant of an indicator is in force.
    pub fn call_for(&self, variant: &Variant) -> bool {
        variant.options.iter().all(|(reading, option)| self.option(*reading) == *option)
    }
}

/// Which counts are a region's targets: those of the document, or others where the region is a part of what the document
/// is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionTargets {
    /// Millionths of the document's counts that are the region's.
    pub ppm: i64,
    /// Counts of the region's own, by [`Campaign::key_of`]: they are no part of the document's.
    pub own: BTreeMap<String, i64>,
}

impl Default for RegionTargets {
    /// The document's.
    fn default() -> Self {
        Self { ppm: 1_000_000, own: BTreeMap::new() }
    }
}

impl RegionTargets {
    /// A count to reach, whole and never nothing, or one not to pass. Amounts of money and decimals need not be whole.
    fn count(&self, question: &Question<'_>, indicator: &Indicator) -> f64 {
        let own = if self.own.is_empty() { None } else { self.own.get(&question.campaign.key_of(indicator)) };
        let scaled = indicator.target * number(self.ppm) / 1e6;
        match own {
            Some(own) => number(*own),
            None if self.ppm == 1_000_000 => indicator.target,
            None if indicator.counted_scale(question.definition) != MeasureScale::Whole => scaled,
            // A limit may be nothing at all.
            None if indicator.direction == Direction::AtMost => scaled.round(),
            None => scaled.round().max(1.0),
        }
    }
}

/// What a figure is asked for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is true of the unit or of the year by itself")]
pub struct Question<'a> {
    /// What is counted.
    pub definition: &'a Definition,
    /// The campaign that asks.
    pub campaign: &'a Campaign,
    /// The readings in force.
    pub readings: &'a Readings,
    /// The last month that counts; its year is the year asked for.
    pub through: Month,
    /// The half, quarter, month or union statistical year asked for, which ends with `through`, unless the campaign ends
    /// before or the period runs; `None` for the campaign year up to then.
    pub period: Option<ReportingPeriod>,
    /// Whether the year or period has begun today, or on the day as known on which it is asked for: nothing can be said of
    /// one that has not.
    pub has_begun: bool,
    /// Whether the year is not over by then, or runs today: units that have not stated it yet enter with their last
    /// statement.
    pub is_running: bool,
    /// How many units at and below the unit owe their statements.
    pub owed: &'a UnitCount,
    /// Whether the unit is the whole region: counts have a target only there
    /// until a target has been divided.
    pub is_region: bool,
    /// The region's targets.
    pub targets: &'a RegionTargets,
    /// Whether the unit has reported for the year: a count of nothing from a
    /// unit that has not is no zero (invariant 7 in `ARCHITECTURE.md`).
    pub is_reported: bool,
    /// Whether it is a single unit at the grass roots: no share of units is its own.
    pub is_single: bool,
}

impl<'a> Question<'a> {
    /// The question as it is about a formula.
    fn of_formula(&self, formula: InForce<'_>) -> Cow<'_, Self> {
        if !self.is_running || formula.carries_statements(self.definition) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self { is_running: false, ..self.clone() })
    }

    /// For which months it is.
    pub fn months(&self) -> QuestionMonths<'a> {
        QuestionMonths { campaign: self.campaign, through: self.through, period: self.period }
    }
}

/// Why there is no value, or what to know about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// No baseline is known for the unit.
    NoBaseline,
    /// The denominator is zero.
    NothingToDivideBy,
    /// A growth rate of something that was never there.
    NegativeGrowthBase,
    /// The target has not been divided among units.
    TargetNotSplit,
    /// Nothing is counted, and the unit has not sent its return for the year.
    NotReported,
    /// The indicator says nothing about a single unit.
    NotApplicable,
    /// Too few of the units that owe a statement have answered.
    LowCoverage,
    /// Something is stated for periods that do not fit into the one asked for.
    StatementsLeftOut,
    /// The period asked for lies in the campaign with a part: the months of that part are counted.
    PartOfPeriod,
    /// What is counted once in a year, and baselines, are known by calendar year.
    CalendarYearsOnly,
    /// The period asked for has not begun.
    NotBegun,
    /// It is computed from something that is not counted any more, of an earlier day.
    NotKept,
}

impl Note {
    /// Its name in JSON and in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoBaseline => "no_baseline",
            Self::NothingToDivideBy => "nothing_to_divide_by",
            Self::NegativeGrowthBase => "negative_growth_base",
            Self::TargetNotSplit => "target_not_split",
            Self::NotReported => "not_reported",
            Self::NotApplicable => "not_applicable",
            Self::LowCoverage => "low_coverage",
            Self::StatementsLeftOut => "statements_left_out",
            Self::PartOfPeriod => "part_of_period",
            Self::CalendarYearsOnly => "calendar_years_only",
            Self::NotBegun => "not_begun",
            Self::NotKept => "not_kept",
        }
    }
}

/// One indicator of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The value, in its own scale (5 % is 0.05); `None` is not zero.
    pub value: Option<f64>,
    /// The numerator.
    pub numerator: Option<f64>,
    /// The denominator.
    pub denominator: Option<f64>,
    /// Itemised part of the numerator's first measure, in the measure's unit.
    pub listed: Option<f64>,
    /// Its supplementary part, where it has one.
    pub unlisted: Option<f64>,
    /// What is stated for periods that do not fit into the one asked for, and is therefore not in it, in the unit of the
    /// first measure of which something is.
    pub left_out: Option<f64>,
    /// What of it a higher level has yet to accept, where one does.
    pub unconfirmed: Option<f64>,
    /// How many units have answered what it rests on, where it rests on statements that units owe.
    pub coverage: Option<Coverage>,
    /// The value over those units alone that answered both parts of it, where that is known.
    pub like_for_like: Option<f64>,
    /// Whether the target is to be reached or not to be passed.
    pub direction: Direction,
    /// The target for this unit.
    pub target: Option<f64>,
    /// What should have been reached by now.
    pub expected: Option<f64>,
    /// How much more the numerator would have to be, or less for a limit, for a figure that is behind; where both parts
    /// are sums.
    pub shortfall: Option<f64>,
    /// Its state.
    pub state: FigureState,
    /// What to know about it.
    pub note: Option<Note>,
}

impl Figure {
    /// The value as people read it: a unit that has not reported has no value, not zero, and a single unit has no
    /// share of units.
    pub fn shown_value(&self) -> Option<f64> {
        self.value.filter(|_| !matches!(self.note, Some(Note::NotReported | Note::NotApplicable)))
    }

    /// How much the value is below what should have been reached by now, or above the limit, in its own scale; for a
    /// figure that is behind.
    pub fn gap(&self) -> Option<f64> {
        let (value, due) = self.value.zip(self.due())?;
        let gap = if self.is_limit() { value - due } else { due - value };
        Some(gap).filter(|gap| self.state == FigureState::Behind && *gap > 0.0)
    }

    /// Whether its target is a limit that is not to be passed.
    pub fn is_limit(&self) -> bool {
        self.direction == Direction::AtMost
    }

    /// The value from which on it would not be behind any more.
    pub fn due(&self) -> Option<f64> {
        due(self.direction, Goals { target: self.target, expected: self.expected })
    }

    /// What part of its target the value is (完成率), 1 for all of it: of a limit, what part is used up. `None` without a
    /// value, and where the target is not above zero.
    pub fn completion_rate(&self) -> Option<f64> {
        part(self.shown_value(), self.target)
    }

    /// What part of its target should have been reached by now, as [`Self::completion_rate`].
    pub fn expected_completion_rate(&self) -> Option<f64> {
        part(self.expected, self.target)
    }

    /// What part of what should have been reached by now the value is, as [`Self::completion_rate`]; of a limit that is
    /// passed, what part of the value would have been allowed.
    pub fn path_rate(&self) -> Option<f64> {
        let due = self.due().or(self.target);
        if self.is_limit() {
            due.and_then(|due| part(Some(due), self.shown_value()))
        } else {
            part(self.shown_value(), due)
        }
    }
}

fn part(value: Option<f64>, of: Option<f64>) -> Option<f64> {
    value.zip(of.filter(|of| *of > 0.0)).map(|(value, of)| value / of)
}

/// What part each figure has in all that is missing at several units together, 0 to 1, in their order; `None` for one
/// that is not behind, and for one whose shortfall is not known.
pub fn shortfall_shares(figures: &[&Figure]) -> Vec<Option<f64>> {
    let all: f64 = figures.iter().filter_map(|figure| figure.shortfall).sum();
    figures.iter().map(|figure| figure.shortfall.map(|own| own / all).filter(|_| all > 0.0)).collect()
}

/// What an indicator is computed by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InForce<'a> {
    /// How numerator and denominator make a value.
    pub kind: IndicatorKind,
    /// Above the line.
    pub numerator: &'a Formula,
    /// Below the line; absent for counts.
    pub denominator: Option<&'a Formula>,
}

impl InForce<'_> {
    /// Whether a year that runs takes the last statement of each unit where it has not stated it yet: only where that is
    /// known of every level in the formula. Statements of this year would otherwise be divided by those of the last one.
    pub fn carries_statements(&self, definition: &Definition) -> bool {
        self.terms().iter().all(|term| {
            let measure = &definition.measures[term.measure];
            let is_of_year = matches!(term.over, Over::Year | Over::Years);
            let is_level = measure.kind == MeasureKind::Level && is_of_year;
            !is_level || measure.answers.is_some_and(|answers| answers.last_statement.is_some())
        })
    }

    /// All terms, those above the line first.
    pub fn terms(&self) -> Vec<Term> {
        let mut terms = Vec::new();
        self.numerator.terms(&mut terms);
        self.denominator.into_iter().for_each(|formula| formula.terms(&mut terms));
        terms
    }
}

/// The formula in force under `readings`: variants replace what they name, in order.
pub fn formula_in_force<'a>(indicator: &'a Indicator, readings: &Readings) -> InForce<'a> {
    let formula = &indicator.formula;
    let mut in_force = InForce {
        kind: formula.kind,
        numerator: &formula.numerator,
        denominator: formula.denominator.as_ref(),
    };
    for variant in &indicator.variants {
        if !readings.call_for(variant) {
            continue;
        }
        in_force.kind = variant.kind.unwrap_or(in_force.kind);
        in_force.numerator = variant.numerator.as_ref().unwrap_or(in_force.numerator);
        in_force.denominator = variant.denominator.as_ref().or(in_force.denominator);
    }
    in_force
}

/// The value of one indicator alone, for trends.
pub fn value(question: &Question<'_>, indicator: &Indicator, balances: &Balances) -> Option<f64> {
    let formula = formula_in_force(indicator, question.readings);
    let question = &*question.of_formula(formula);
    let evaluation = Evaluation { question, balances, terms: &[] };
    evaluation.join(formula.kind, evaluation.terms(formula)).ok()
}

/// What measures that are shown beside an indicator come to, in its order, each in its unit: up to the end asked for,
/// from the campaign's first month on where they count events.
pub fn info_values(question: &Question<'_>, indicator: &Indicator, balances: &Balances) -> Vec<f64> {
    let evaluation = Evaluation { question, balances, terms: &[] };
    indicator.info.iter().map(|measure| evaluation.measure_to_date(*measure)).collect()
}

/// Computes one indicator from a unit's balances.
pub fn figure(question: &Question<'_>, indicator: &Indicator, balances: &Balances) -> Figure {
    PreparedIndicator::new(question, indicator).figure(question, balances)
}
