//! The numeric targets of the document.

use std::collections::BTreeMap;

use model::month::Year;

use super::{Definition, Idx, Label, MeasureIdx, MeasureScale, ReadingIdx, ReadingOption};
use crate::formula::Formula;

/// A numeric target of the document.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// Its number in the document.
    pub id: String,
    /// The clause it belongs to.
    pub clause: String,
    /// Words for it.
    pub label: Label,
    /// What its value is measured in; `%` for shares and growth.
    pub unit: Label,
    /// Where exactly the document says so.
    pub source: String,
    /// The formula in words.
    pub explain: Label,
    /// The formula under the default readings.
    pub formula: IndicatorFormula,
    /// Formulas under other readings.
    pub variants: Vec<Variant>,
    /// The number to reach, in the value's own scale.
    pub target: f64,
    /// Decimals in which its value is written, where it counts money or numbers with decimals: two at most.
    pub decimals: u8,
    /// Whether the number is one to reach or one not to pass.
    pub direction: Direction,
    /// When it is to be reached.
    pub goal: Goal,
    /// Whether the target can be divided among units below.
    pub can_split: bool,
    /// Whether it says something about a single unit at the grass roots: a share of units never does.
    pub has_single_units: bool,
    /// Measures shown beside the figure.
    pub info: Vec<MeasureIdx>,
    /// What of the numerator a higher level has not looked at yet.
    pub unconfirmed: Option<Formula>,
}

impl Indicator {
    /// Whether a reading changes its formula.
    pub fn depends_on(&self, reading: ReadingIdx) -> bool {
        self.variants.iter().flat_map(|variant| &variant.options).any(|(known, _)| *known == reading)
    }

    /// In what it counts, where it is a count: as the measure that it names first.
    pub fn counted_scale(&self, definition: &Definition) -> MeasureScale {
        let first = self.formula.numerator.first_term();
        first.map_or(MeasureScale::Whole, |term| definition.measures[term.measure].scale)
    }

    /// The measures that it names, in whichever reading; some more than once.
    pub(crate) fn measures(&self) -> Vec<MeasureIdx> {
        let mut terms = Vec::new();
        self.formulas().for_each(|formula| formula.terms(&mut terms));
        let of_terms = terms.iter().flat_map(|term| term.measures());
        of_terms.chain(self.info.iter().copied()).collect()
    }

    /// Names other measures in the place of those that `others` replaces.
    pub(crate) fn replace_measures(&mut self, others: &BTreeMap<MeasureIdx, MeasureIdx>) {
        self.formula.numerator.replace_measures(others);
        let own = self.formula.denominator.iter_mut().chain(&mut self.unconfirmed);
        let of_variants = self
            .variants
            .iter_mut()
            .flat_map(|variant| variant.numerator.iter_mut().chain(&mut variant.denominator));
        own.chain(of_variants).for_each(|formula| formula.replace_measures(others));
        for measure in &mut self.info {
            *measure = others.get(measure).copied().unwrap_or(*measure);
        }
    }

    fn formulas(&self) -> impl Iterator<Item = &Formula> {
        let own = self.formula.denominator.iter().chain(&self.unconfirmed);
        let of_variants =
            self.variants.iter().flat_map(|variant| variant.numerator.iter().chain(&variant.denominator));
        std::iter::once(&self.formula.numerator).chain(own).chain(of_variants)
    }
}

/// What is computed.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorFormula {
    /// How numerator and denominator make a value.
    pub kind: IndicatorKind,
    /// Above the line.
    pub numerator: Formula,
    /// Below the line; absent for counts.
    pub denominator: Option<Formula>,
}

/// How numerator and denominator make a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndicatorKind {
    /// The numerator.
    Count,
    /// Numerator ÷ denominator.
    Share,
    /// Numerator ÷ denominator − 1.
    Growth,
    /// Numerator − denominator.
    Difference,
    /// (Numerator ÷ denominator)^(1 ÷ years since the baseline) − 1.
    AverageGrowth,
}

/// The formula under another reading: what it names replaces the default, and
/// several variants in force replace one after the other.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Readings, each with the option that it must have for this formula to be in force.
    pub options: Vec<(ReadingIdx, Idx<ReadingOption>)>,
    /// How numerator and denominator make a value then, where that differs.
    pub kind: Option<IndicatorKind>,
    /// Above the line, where it differs.
    pub numerator: Option<Formula>,
    /// Below the line, where it differs.
    pub denominator: Option<Formula>,
    /// The formula in words, where it differs.
    pub explain: Option<Label>,
}

/// On which side of its target a value should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// At or above it.
    AtLeast,
    /// At or below it: a limit, such as one on accidents.
    AtMost,
}

/// When a target is to be reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// In every single year.
    EachYear,
    /// At all times, measured to date.
    Throughout,
    /// At the end of the campaign, along a path.
    ByEnd(Path),
}

/// How a target is approached.
#[derive(Debug, Clone, PartialEq)]
pub enum Path {
    /// In equal steps.
    Linear,
    /// Yearly amounts growing at this rate and adding up to the target.
    Compound(f64),
    /// Shares of the target (0–1) to be reached by the end of each year.
    Plan(BTreeMap<Year, f64>),
}
