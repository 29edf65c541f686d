//! What is counted.

use model::{month::Month, period::Grain, value::Value};

use super::{FormIdx, Label, MeasureIdx, Part};

/// How a measure adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureKind {
    /// Events of a month.
    Flow,
    /// In service at a date.
    Stock,
    /// A statement for a year; adds over units, never over years.
    Level,
    /// One per key within unit and window.
    Distinct(Window),
    /// A statement about a whole unit with everything under it.
    Statement,
}

/// Within what a key counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Once in the campaign.
    Campaign,
    /// Once in each year.
    Year,
}

/// In what a measure counts. Sums are whole numbers of its smallest part, so that they are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureScale {
    /// Whole things.
    Whole,
    /// Money: summed in fen, shown in a unit of money.
    Money {
        /// Fen in one of its unit.
        fen_per_unit: i64,
    },
    /// Numbers with so many decimals.
    Decimal {
        /// How many.
        digits: u8,
    },
}

impl MeasureScale {
    /// How many of the parts that are summed make one of the measure's unit.
    pub fn parts_per_unit(self) -> i64 {
        match self {
            Self::Whole => 1,
            Self::Money { fen_per_unit } => fen_per_unit,
            Self::Decimal { digits } => 10_i64.pow(u32::from(digits)),
        }
    }

    /// Decimals that an amount in its unit can have.
    pub fn digits(self) -> u8 {
        u8::try_from(self.parts_per_unit().ilog10()).unwrap_or(u8::MAX)
    }

    /// A sum of parts in the measure's unit.
    #[expect(clippy::cast_precision_loss, reason = "sums of a region stay far below 2^53")]
    pub fn in_units(self, parts: i64) -> f64 {
        // A quotient of whole numbers is the nearest float: 12.34 stays 12.34.
        parts as f64 / self.parts_per_unit() as f64
    }

    /// What a stated number adds, in parts; `None` for what is no number, or does not fit.
    pub fn parts(self, value: &Value) -> Option<i64> {
        match (self, value) {
            (Self::Whole | Self::Money { .. }, Value::Integer(number)) => Some(*number),
            (Self::Decimal { .. }, Value::Integer(number)) => number.checked_mul(self.parts_per_unit()),
            (Self::Decimal { digits }, Value::Decimal(number)) => decimal_parts(*number, digits),
            _ => None,
        }
    }
}

/// A number as it is written, in parts of so many decimals; the first decimal beyond them rounds.
fn decimal_parts(number: f64, digits: u8) -> Option<i64> {
    // The shortest text of a float is what was typed; a product would be off by the float's own error.
    let text = number.abs().to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let kept = decimals.bytes().chain(std::iter::repeat(b'0')).take(usize::from(digits));
    let mut parts: i64 = whole.parse().ok()?;
    for digit in kept {
        parts = parts.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    let next = decimals.as_bytes().get(usize::from(digits)).copied().unwrap_or(b'0');
    let parts = parts.checked_add(i64::from(next >= b'5'))?;
    Some(if number < 0.0 { -parts } else { parts })
}

/// Slots that say how many units have answered what a measure asks in their statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerSlots {
    /// Units whose statement for the year answers it. Of a baseline: grass-roots units that a statement covers.
    pub answered: usize,
    /// The last statement of each unit, for a year that runs; `None` where statements are not carried on.
    pub last_statement: Option<LastStatementSlots>,
}

/// Slots of the last statement of each unit: stocks, from January of its year to that of the unit's next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastStatementSlots {
    /// What it states.
    pub value: usize,
    /// Units whose last statement answers it.
    pub answered: usize,
}

/// Two measures of one form that are divided by each other, counted over the units that answered both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerPair {
    /// Above the line.
    pub above: MeasureIdx,
    /// Below the line.
    pub below: MeasureIdx,
    /// The form that states both.
    pub form: FormIdx,
    /// Slots for statements of the year.
    pub slots: PairSlots,
    /// Slots of the last statements, as [`LastStatementSlots`].
    pub last_statement: Option<PairSlots>,
}

impl AnswerPair {
    /// All its slots, as [`Measure::slots`].
    pub fn all_slots(&self) -> [Option<usize>; 6] {
        let of = |slots: PairSlots| [slots.answered, slots.above, slots.below];
        let ([a, b, c], last) = (of(self.slots), self.last_statement.map(of));
        let last = |place: usize| last.map(|slots| slots[place]);
        [Some(a), Some(b), Some(c), last(0), last(1), last(2)]
    }
}

/// Slots of a pair of measures, over the units that answered both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairSlots {
    /// How many units.
    pub answered: usize,
    /// What they state above the line.
    pub above: usize,
    /// What they state below the line.
    pub below: usize,
}

/// Something that is counted.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Id.
    pub id: String,
    /// What it was, as its version says.
    pub was: Option<String>,
    /// Every id that it had in earlier versions, the oldest first.
    pub former: Vec<String>,
    /// Words for it.
    pub label: Label,
    /// How it adds up.
    pub kind: MeasureKind,
    /// What one of it is called (条, 人次, 家, 万元).
    pub unit: Label,
    /// In what it counts.
    pub scale: MeasureScale,
    /// The first month of the campaign that it counts for: what counts once in a campaign does so from then on, and what
    /// is stated about a whole unit is stated of the tree of then.
    pub since: Month,
    /// Whether supplementary numbers exist for it.
    pub has_unlisted: bool,
    /// Slot of its itemised part in a unit's row of balances.
    pub listed_slot: usize,
    /// Slot of its supplementary part.
    pub unlisted_slot: Option<usize>,
    /// For what periods it is posted.
    pub grains: MeasureGrains,
    /// How many units have answered it, where units owe the statements that it is counted from.
    pub answers: Option<AnswerSlots>,
}

/// For what periods a measure is posted. What is stated for a quarter is kept apart from what happened in a month, so that
/// each can be counted in every calendar into which its period fits whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureGrains {
    /// The periods of what is in [`Measure::listed_slot`].
    pub listed: Grain,
    /// The periods of what is in [`Measure::unlisted_slot`].
    pub unlisted: Grain,
    /// Slots of further grains, in order.
    pub further: Vec<FurtherSlot>,
}

impl Default for MeasureGrains {
    /// Events of a month, and nothing else.
    fn default() -> Self {
        Self { listed: Grain::Month, unlisted: Grain::Month, further: Vec::new() }
    }
}

/// The slot of a part of a measure that is posted for periods of another grain than the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FurtherSlot {
    /// Itemised or supplementary.
    pub part: Part,
    /// How long the periods are.
    pub grain: Grain,
    /// The slot.
    pub slot: usize,
}

/// How many slots a measure has at most.
const MOST_SLOTS: usize = 2 * Grain::ALL.len() + 3;

impl Measure {
    /// All its slots, each where another measure has the same one; `None` for those that it lacks.
    pub fn slots(&self) -> [Option<usize>; MOST_SLOTS] {
        let last_statement = self.answers.and_then(|answers| answers.last_statement);
        let of_grain = |place: usize| {
            let part = if place < Grain::ALL.len() { Part::Listed } else { Part::Unlisted };
            let grain = Grain::ALL[place % Grain::ALL.len()];
            self.slots_of(part).find(|(known, _)| *known == grain).map(|(_, slot)| slot)
        };
        std::array::from_fn(|place| match place.checked_sub(2 * Grain::ALL.len()) {
            None => of_grain(place),
            Some(0) => self.answers.map(|answers| answers.answered),
            Some(1) => last_statement.map(|slots| slots.value),
            Some(_) => last_statement.map(|slots| slots.answered),
        })
    }

    /// The slots of one part, each with the grain of the periods that are counted in it.
    pub fn slots_of(&self, part: Part) -> impl Iterator<Item = (Grain, usize)> + '_ {
        let first = match part {
            Part::Listed => Some((self.grains.listed, self.listed_slot)),
            Part::Unlisted => self.unlisted_slot.map(|slot| (self.grains.unlisted, slot)),
        };
        let further = self.grains.further.iter().filter(move |further| further.part == part);
        first.into_iter().chain(further.map(|further| (further.grain, further.slot)))
    }

    /// The slot in which a part is kept that is posted for periods of this grain.
    pub fn slot(&self, part: Part, grain: Grain) -> usize {
        let first = match part {
            Part::Listed => self.listed_slot,
            Part::Unlisted => self.unlisted_slot.unwrap_or(self.listed_slot),
        };
        let found = self.slots_of(part).find(|(known, _)| *known == grain);
        found.map_or(first, |(_, slot)| slot)
    }

    /// Whether what is posted for a period is kept by its grain: levels belong to years, stocks to dates, and statements
    /// about whole units to no calendar.
    pub fn has_grains(&self) -> bool {
        match self.kind {
            MeasureKind::Flow | MeasureKind::Distinct(_) => true,
            MeasureKind::Stock | MeasureKind::Level | MeasureKind::Statement => false,
        }
    }

    /// The first slot after its own.
    pub(crate) fn slots_end(&self) -> usize {
        self.listed_slot.max(self.unlisted_slot.unwrap_or(0)) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_in_parts() {
        let tons = MeasureScale::Decimal { digits: 2 };
        for (number, parts) in
            [(1.005, 101), (1.115, 112), (-2.5, -250), (0.0, 0), (12.344, 1234), (7.0, 700)]
        {
            assert_eq!(tons.parts(&Value::Decimal(number)), Some(parts), "{number}");
        }
        assert_eq!(tons.parts(&Value::Integer(3)), Some(300));
        assert_eq!(tons.parts(&Value::Decimal(f64::INFINITY)), None);
        assert_eq!(tons.parts(&Value::Decimal(1e300)), None);
        let wan = MeasureScale::Money { fen_per_unit: 1_000_000 };
        assert_eq!(wan.parts(&Value::Integer(120_000_000)), Some(120_000_000));
        assert!((wan.in_units(120_000_000) - 120.0).abs() < f64::EPSILON);
        assert_eq!((wan.digits(), tons.digits(), MeasureScale::Whole.digits()), (6, 2, 0));
        assert_eq!(MeasureScale::Whole.parts(&Value::Decimal(2.0)), None);
    }
}
