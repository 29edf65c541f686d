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
        let years = self.years.iter().skip_while(|(year, _)| *year < from);
        years.take_while(|(year, _)| *year <= to).map(|(_, row)| row.get(slot)).sum()
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
        let months = self.months.iter().skip_while(|(month, _)| *month < from);
        let months = months.take_while(|(month, _)| *month <= to).map(|(_, row)| row.get(slot));
        let together = self.months_of_year.iter().filter(|(year, _)| *year == to.year());
        let together = together.map(|(_, row)| row.sum(month_slot(slot, from), month_slot(slot, to)));
        months.chain(together).sum()
    }

    /// The part of `through`'s year up to and including that month.
    pub(super) fn year_part(&self, slot: usize, through: Month) -> i64 {
        if through.is_december() {
            return self.year(through.year(), slot);
        }
        self.part_of_year(slot, Month::january(through.year()), through)
    }
}
