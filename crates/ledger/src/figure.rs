//! Figures: indicators computed from balances. Pages, exports, bulletins and
//! the command line all call [`figure`], so that they all show the same number.

use std::collections::BTreeMap;

use campaign::{
    definition::{
        Campaign, Definition, Goal, Idx, IdxVec, Indicator, IndicatorKind, MeasureKind, Part, Reading,
        ReadingIdx, ReadingOption, Variant,
    },
    formula::{Formula, Operator, Over, Term},
};
use model::month::{Month, Year};

use crate::{
    balance::{Period, month_slot, slot},
    balance_row::BalanceRow,
    path,
};

/// The balances of one unit that figures are computed from. Each part is in
/// the order of time.
#[derive(Debug, Clone, Default)]
pub struct Balances {
    baseline: BalanceRow,
    years: Vec<(Year, BalanceRow)>,
    months: Vec<(Month, BalanceRow)>,
    /// All months of a year in one row; a unit has these or the ones above.
    months_of_year: Vec<(Year, BalanceRow)>,
}

impl FromIterator<(Period, BalanceRow)> for Balances {
    fn from_iter<T: IntoIterator<Item = (Period, BalanceRow)>>(rows: T) -> Self {
        let mut balances = Self::default();
        for (period, row) in rows {
            match (period.as_year(), period.as_month(), period.as_months()) {
                (Some(year), ..) => balances.years.push((year, row)),
                (_, Some(month), _) => balances.months.push((month, row)),
                (.., Some(year)) => balances.months_of_year.push((year, row)),
                (None, None, None) => balances.baseline = row,
            }
        }
        balances.years.sort_unstable_by_key(|(year, _)| *year);
        balances.months.sort_unstable_by_key(|(month, _)| *month);
        balances
    }
}

impl Balances {
    /// The value of one slot of the baseline.
    fn baseline(&self, slot: usize) -> i64 {
        self.baseline.get(slot)
    }

    /// The value of one slot in one year.
    pub fn year(&self, year: Year, slot: usize) -> i64 {
        self.years(slot, year, year)
    }

    /// The sum of one slot over years, both ends counted.
    fn years(&self, slot: usize, from: Year, to: Year) -> i64 {
        let years = self.years.iter().skip_while(|(year, _)| *year < from);
        years.take_while(|(year, _)| *year <= to).map(|(_, row)| row.get(slot)).sum()
    }

    /// The part of `through`'s year up to and including that month.
    fn year_part(&self, slot: usize, through: Month) -> i64 {
        if through.is_december() {
            return self.year(through.year(), slot);
        }
        let first = Month::january(through.year());
        let months = self.months.iter().skip_while(|(month, _)| *month < first);
        let months = months.take_while(|(month, _)| *month <= through).map(|(_, row)| row.get(slot));
        let together = self.months_of_year.iter().filter(|(year, _)| *year == through.year());
        let together = together.map(|(_, row)| row.sum(month_slot(slot, first), month_slot(slot, through)));
        months.chain(together).sum()
    }
}

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
    /// A count to reach: whole, and never nothing.
    fn count(&self, campaign: &Campaign, indicator: &Indicator) -> f64 {
        match self.own.get(&campaign.key_of(indicator)) {
            Some(own) => number(*own),
            None if self.ppm == 1_000_000 => indicator.target,
            None => (indicator.target * number(self.ppm) / 1e6).round().max(1.0),
        }
    }
}

/// What a figure is asked for.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// What is counted.
    pub definition: &'a Definition,
    /// The campaign that asks.
    pub campaign: &'a Campaign,
    /// The readings in force.
    pub readings: &'a Readings,
    /// The last month that counts; its year is the year asked for.
    pub through: Month,
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

/// The state of a figure compared with its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FigureState {
    /// The target is reached.
    Met,
    /// Not reached, but where it should be by now.
    OnTrack,
    /// Behind where it should be.
    Behind,
    /// There is no value to compare.
    NoValue,
    /// There is no target for this unit.
    NoTarget,
}

impl FigureState {
    /// Its name in JSON and style classes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::OnTrack => "on-track",
            Self::Behind => "behind",
            Self::NoValue => "no-value",
            Self::NoTarget => "no-target",
        }
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
    /// Itemised part of the numerator's first measure.
    pub listed: Option<i64>,
    /// Its supplementary part, where it has one.
    pub unlisted: Option<i64>,
    /// What of it a higher level has yet to accept, where one does.
    pub unconfirmed: Option<i64>,
    /// The target for this unit.
    pub target: Option<f64>,
    /// What should have been reached by now.
    pub expected: Option<f64>,
    /// How much more the numerator would have to be, for a figure that is behind; where both parts are sums.
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

    /// How much the value is below what should have been reached by now, in its own scale; for a figure that
    /// is behind.
    pub fn gap(&self) -> Option<f64> {
        let (value, expected) = self.value.zip(self.expected)?;
        Some(expected - value).filter(|gap| self.state == FigureState::Behind && *gap > 0.0)
    }
}

impl Figure {
    /// What part of its target the value is (完成率), 1 for all of it; `None` without a value, and where the target is
    /// not above zero.
    pub fn completion_rate(&self) -> Option<f64> {
        part(self.shown_value(), self.target)
    }

    /// What part of its target should have been reached by now, as [`Self::completion_rate`].
    pub fn expected_completion_rate(&self) -> Option<f64> {
        part(self.expected, self.target)
    }

    /// What part of what should have been reached by now the value is, as [`Self::completion_rate`].
    pub fn path_rate(&self) -> Option<f64> {
        part(self.shown_value(), self.expected.or(self.target))
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
    let evaluation = Evaluation { question, balances };
    evaluation.join(formula.kind, evaluation.terms(formula)).ok()
}

/// Computes one indicator from a unit's balances.
pub fn figure(question: &Question<'_>, indicator: &Indicator, balances: &Balances) -> Figure {
    let formula = formula_in_force(indicator, question.readings);
    let evaluation = Evaluation { question, balances };
    let terms = evaluation.terms(formula);
    let value = evaluation.join(formula.kind, terms);
    let is_applicable = indicator.has_single_units || !question.is_single;
    let (listed, unlisted) = evaluation.parts(formula.numerator);
    let unconfirmed = indicator.unconfirmed.as_ref().and_then(|formula| evaluation.parts(formula).0);

    let is_missing = !question.is_reported && formula.kind == IndicatorKind::Count && value == Ok(0.0);
    let has_target = question.is_region || formula.kind != IndicatorKind::Count;
    let target = has_target.then(|| match formula.kind {
        IndicatorKind::Count => question.targets.count(question.campaign, indicator),
        _ => indicator.target,
    });
    let expected =
        target.map(|target| path::expected(question.campaign, &indicator.goal, target, question.through));
    let judged = value.ok().filter(|_| is_applicable);
    let state = state(judged, target, expected, &indicator.goal);
    let due = expected.filter(|_| state == FigureState::Behind);
    Figure {
        state,
        shortfall: due.and_then(|due| evaluation.shortfall(formula, terms, due)),
        note: (!is_applicable)
            .then_some(Note::NotApplicable)
            .or(value.err())
            .map(|note| {
                if note == Note::NothingToDivideBy && !question.is_reported {
                    Note::NotReported
                } else {
                    note
                }
            })
            .or(is_missing.then_some(Note::NotReported))
            .or((!has_target).then_some(Note::TargetNotSplit)),
        value: value.ok(),
        numerator: terms.numerator.ok(),
        denominator: terms.denominator.and_then(Result::ok),
        listed,
        unlisted,
        unconfirmed,
        target,
        expected,
    }
}

fn state(value: Option<f64>, target: Option<f64>, expected: Option<f64>, goal: &Goal) -> FigureState {
    // Half a millionth below counts as reached: targets are decimal, values binary.
    let reaches = |value: f64, goal: f64| value >= goal - goal.abs() * 5e-7;
    match (value, target, expected) {
        (None, _, _) => FigureState::NoValue,
        (_, None, _) | (_, _, None) => FigureState::NoTarget,
        (Some(value), Some(target), _) if reaches(value, target) => FigureState::Met,
        (Some(value), _, Some(expected)) if matches!(goal, Goal::ByEnd(_)) && reaches(value, expected) => {
            FigureState::OnTrack
        }
        _ => FigureState::Behind,
    }
}

/// Numerator and denominator, each a number or the reason why there is none.
#[derive(Clone, Copy)]
struct Terms {
    numerator: Result<f64, Note>,
    denominator: Option<Result<f64, Note>>,
}

struct Evaluation<'a> {
    question: &'a Question<'a>,
    balances: &'a Balances,
}

impl Evaluation<'_> {
    fn formula(&self, formula: &Formula) -> Result<f64, Note> {
        match formula {
            Formula::Number(number) => Ok(*number),
            Formula::Elapsed => {
                Ok(f64::from(self.question.through.months_since(self.question.campaign.first_month())) / 12.0)
            }
            Formula::Term(term) => self.term(*term),
            Formula::Binary(left, operator, right) => {
                let (left, right) = (self.formula(left)?, self.formula(right)?);
                match operator {
                    Operator::Add => Ok(left + right),
                    Operator::Subtract => Ok(left - right),
                    Operator::Multiply => Ok(left * right),
                    Operator::Divide => divide(left, right),
                }
            }
        }
    }

    fn term(&self, term: Term) -> Result<f64, Note> {
        let (listed, unlisted) = self.parts_of(term);
        let sum = listed + unlisted.unwrap_or(0);
        // A baseline knows whole years alone: nothing to hold a part of a year against.
        let is_part = matches!(term.over, Over::Previous(_)) && !self.question.through.is_december();
        if self.is_baseline(term.over) && (sum == 0 || is_part) {
            return Err(Note::NoBaseline);
        }
        Ok(number(sum))
    }

    /// Whether the term is a statement about the years before the campaign.
    fn is_baseline(&self, over: Over) -> bool {
        let is_first = self.question.through.year() == self.question.campaign.period.first;
        matches!(over, Over::Base) || (is_first && matches!(over, Over::Previous(_)))
    }

    /// Itemised and supplementary part of a term.
    fn parts_of(&self, term: Term) -> (i64, Option<i64>) {
        let measure = &self.question.definition.measures[term.measure];
        if let (true, Over::Previous(base)) = (self.is_baseline(term.over), term.over) {
            return (self.balances.baseline(slot(self.question.definition, base, Part::Listed)), None);
        }
        let window = |slot| self.window(slot, term.over, measure.kind == MeasureKind::Level);
        (window(measure.listed_slot), measure.unlisted_slot.map(window))
    }

    /// The sum of one slot over a window. A level belongs to its year as a
    /// whole, whatever the cut-off month.
    fn window(&self, slot: usize, over: Over, is_level: bool) -> i64 {
        let through = self.question.through;
        let (year, first) = (through.year(), self.question.campaign.period.first);
        match over {
            Over::Year if is_level => self.balances.year(year, slot),
            Over::Year => self.balances.year_part(slot, through),
            Over::Previous(_) if is_level => self.balances.year(year - 1, slot),
            Over::Previous(_) => self.balances.year_part(slot, through.year_before()),
            Over::ToDate => {
                self.balances.years(slot, first, year - 1) + self.balances.year_part(slot, through)
            }
            Over::AtEnd => self.balances.years(slot, 1, year - 1) + self.balances.year_part(slot, through),
            Over::Years => self.balances.years(slot, first, year),
            Over::Base => self.balances.baseline(slot),
        }
    }

    /// Numerator and denominator.
    fn terms(&self, formula: InForce<'_>) -> Terms {
        Terms {
            numerator: self.formula(formula.numerator),
            denominator: formula.denominator.map(|formula| self.formula(formula)),
        }
    }

    /// How much more the numerator would have to be for the value to be `due`. Parts that are rates
    /// themselves do not add up over units: nothing is said of them.
    fn shortfall(&self, formula: InForce<'_>, terms: Terms, due: f64) -> Option<f64> {
        let is_sum = formula.numerator.is_sum() && formula.denominator.is_none_or(Formula::is_sum);
        let above = terms.numerator.ok().filter(|_| is_sum)?;
        let below = terms.denominator.and_then(Result::ok);
        let needed = match formula.kind {
            IndicatorKind::Count => due,
            IndicatorKind::Share => due * below?,
            IndicatorKind::Growth => (1.0 + due) * below?,
            IndicatorKind::Difference => below? + due,
            IndicatorKind::AverageGrowth => (1.0 + due).powf(f64::from(self.years_since_baseline())) * below?,
        };
        Some(needed - above).filter(|shortfall| *shortfall > 0.0)
    }

    fn years_since_baseline(&self) -> i32 {
        i32::from(self.question.through.year()) - i32::from(self.question.campaign.baseline.last)
    }

    /// What numerator and denominator come to.
    fn join(&self, kind: IndicatorKind, terms: Terms) -> Result<f64, Note> {
        let above = terms.numerator?;
        let Some(below) = terms.denominator else { return Ok(above) };
        let below = below?;
        match kind {
            IndicatorKind::Count => Ok(above),
            IndicatorKind::Share => divide(above, below),
            IndicatorKind::Growth => Ok(divide(above, below)? - 1.0),
            IndicatorKind::Difference => Ok(above - below),
            IndicatorKind::AverageGrowth => {
                let years = self.years_since_baseline();
                let ratio = divide(above, below)?;
                if ratio < 0.0 || years <= 0 {
                    return Err(Note::NegativeGrowthBase);
                }
                Ok(ratio.powf(1.0 / f64::from(years)) - 1.0)
            }
        }
    }

    /// Itemised and supplementary part of the first measure of a formula.
    fn parts(&self, formula: &Formula) -> (Option<i64>, Option<i64>) {
        formula.first_term().map_or((None, None), |term| {
            let (listed, unlisted) = self.parts_of(term);
            (Some(listed), unlisted)
        })
    }
}

fn divide(above: f64, below: f64) -> Result<f64, Note> {
    if below == 0.0 { Err(Note::NothingToDivideBy) } else { Ok(above / below) }
}

/// Counts are far below 2^53, where every whole number has an exact float.
#[expect(clippy::cast_precision_loss, reason = "counts of a region stay far below 2^53")]
fn number(count: i64) -> f64 {
    count as f64
}
