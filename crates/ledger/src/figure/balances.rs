//! The rows that figures are computed from.

use campaign::definition::{Measure, MeasureKind, Part};
use model::{
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
};

use super::span::CountedMonths;
use crate::{
    balance::{Period, month_slot},
    balance_row::BalanceRow,
};

/// The balances of one unit that figures are computed from.
#[derive(Debug, Clone, Default)]
pub struct Balances {
    baseline: BalanceRow,
    years: Sums<Year>,
    months: Sums<Month>,
    /// All months of a year in one row; a unit has these or the ones above.
    months_of_year: Vec<(Year, BalanceRow)>,
}

impl FromIterator<(Period, BalanceRow)> for Balances {
    fn from_iter<T: IntoIterator<Item = (Period, BalanceRow)>>(rows: T) -> Self {
        let (mut baseline, mut months_of_year) = (BalanceRow::default(), Vec::new());
        let (mut years, mut months) = (Vec::new(), Vec::new());
        for (period, row) in rows {
            match (period.as_year(), period.as_month(), period.as_months()) {
                (Some(year), ..) => years.push((year, row)),
                (_, Some(month), _) => months.push((month, row)),
                (.., Some(year)) => months_of_year.push((year, row)),
                (None, None, None) => baseline = row,
            }
        }
        Self { baseline, years: Sums::new(years), months: Sums::new(months), months_of_year }
    }
}

/// Rows in the order of time, added up: for each of them the sum of all up to it, slot by slot. So any span of them is the
/// difference of two numbers. A figure asks for dozens of slots, and a ranking for those of a thousand units.
#[derive(Debug, Clone)]
struct Sums<T> {
    times: Vec<T>,
    /// How many slots a row has.
    width: usize,
    /// A row of zeros, and after it one for each time.
    rows: Vec<i64>,
}

impl<T> Default for Sums<T> {
    fn default() -> Self {
        Self { times: Vec::new(), width: 0, rows: Vec::new() }
    }
}

impl<T: Copy + Ord> Sums<T> {
    fn new(mut rows: Vec<(T, BalanceRow)>) -> Self {
        rows.sort_unstable_by_key(|(time, _)| *time);
        let width = rows.iter().map(|(_, row)| row.width()).max().unwrap_or(0);
        let mut sums: Vec<i64> = Vec::with_capacity(width * (rows.len() + 1));
        sums.resize(width, 0);
        for (_, row) in &rows {
            let begin = sums.len();
            sums.extend_from_within(begin - width..);
            for (slot, amount) in row.iter() {
                sums[begin + slot] = sums[begin + slot].wrapping_add(amount);
            }
        }
        Self { times: rows.into_iter().map(|(time, _)| time).collect(), width, rows: sums }
    }

    /// The sum of one slot, both ends counted.
    fn between(&self, slot: usize, from: T, to: T) -> i64 {
        if slot >= self.width {
            return 0;
        }
        let before = self.times.partition_point(|time| *time < from);
        let end = self.times.partition_point(|time| *time <= to).max(before);
        // Sums may wrap around where many large numbers meet; their difference is right all the same.
        self.rows[end * self.width + slot].wrapping_sub(self.rows[before * self.width + slot])
    }
}

/// What is added up of one slot, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotSum {
    /// The baseline.
    Baseline(usize),
    /// Whole years.
    Years { slot: usize, from: Year, to: Year },
    /// Months: none where they end before they begin.
    Months { slot: usize, from: Month, to: Month },
}

impl Balances {
    /// All of these together.
    pub(super) fn sum(&self, sums: &[SlotSum]) -> i64 {
        let one = |sum: &SlotSum| match *sum {
            SlotSum::Baseline(slot) => self.baseline(slot),
            SlotSum::Years { slot, from, to } => self.years(slot, from, to),
            SlotSum::Months { slot, from, to } => self.span(slot, from, to),
        };
        sums.iter().map(one).sum()
    }

    /// The value of one slot of the baseline.
    pub(super) fn baseline(&self, slot: usize) -> i64 {
        self.baseline.get(slot)
    }

    /// The value of one slot in one year.
    pub fn year(&self, year: Year, slot: usize) -> i64 {
        self.years(slot, year, year)
    }

    /// What registers count towards a measure in a period, of what fits whole into it; of a stock, what is in service at
    /// its end. What counts once in a year is known of calendar years alone.
    pub fn by_registers(&self, measure: &Measure, period: ReportingPeriod) -> i64 {
        let months = CountedMonths { first: period.first(), last: period.last(), due: period.last() };
        let in_service =
            |slot| self.years(slot, 1, period.last().year() - 1) + self.year_part(slot, period.last());
        let counted = |(grain, slot): (Grain, usize)| {
            let (from, to) = months.fitting(grain);
            self.span(slot, from, to)
        };
        let slots = measure.slots_of(Part::Listed);
        if measure.kind == MeasureKind::Stock {
            slots.map(|(_, slot)| in_service(slot)).sum()
        } else {
            slots.map(counted).sum()
        }
    }

    /// The sum of one slot over years, both ends counted.
    pub(super) fn years(&self, slot: usize, from: Year, to: Year) -> i64 {
        self.years.between(slot, from, to)
    }

    /// The sum of one slot over months, both ends counted: of whole years their rows, of the others their months.
    pub(super) fn span(&self, slot: usize, from: Month, to: Month) -> i64 {
        let (first, last) = (from.year(), to.year());
        let is_from_january = from == Month::january(first);
        if from > to {
            return 0;
        }
        if first == last && !(is_from_january && to.is_december()) {
            return self.part_of_year(slot, from, to);
        }
        let head = if is_from_january { 0 } else { self.part_of_year(slot, from, Month::december(first)) };
        let tail = if to.is_december() { 0 } else { self.part_of_year(slot, Month::january(last), to) };
        let whole = (first + i16::from(!is_from_january), last - i16::from(!to.is_december()));
        head + self.years(slot, whole.0, whole.1) + tail
    }

    /// The sum of one slot over months of one year, both ends counted.
    fn part_of_year(&self, slot: usize, from: Month, to: Month) -> i64 {
        let in_one_row = self.months_of_year.iter().filter(|(year, _)| *year == to.year());
        let in_one_row = in_one_row.map(|(_, row)| row.sum(month_slot(slot, from), month_slot(slot, to)));
        self.months.between(slot, from, to) + in_one_row.sum::<i64>()
    }

    /// The part of `through`'s year up to and including that month.
    pub(super) fn year_part(&self, slot: usize, through: Month) -> i64 {
        if through.is_december() {
            return self.year(through.year(), slot);
        }
        self.part_of_year(slot, Month::january(through.year()), through)
    }
}
