//! Figures as they were known on an earlier day (`docs/decisions/0035-figures-as-known.md`).

use std::collections::BTreeSet;

use jiff::civil::Date;
use ledger::{classes::Classes, figure::Balances};
use model::{ids::UnitId, month::Year};
use store::{Tx, known_days};

use super::show::FigureRequest;
use crate::{
    Context, Error, MissingPeriod, Result, Snapshot,
    past::{PastRegion, classes_on},
};

/// As known on which day figures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownOn {
    /// The day: the one asked for, else today.
    pub day: Date,
    /// Whether it is an earlier day than today: what was entered later is left out.
    pub is_past: bool,
}

impl KnownOn {
    /// The day that was asked for.
    ///
    /// # Errors
    /// [`Error::NoSuchPeriod`] for a day to come, for one before anything was known, and for one on today's tree.
    pub(super) async fn new(
        tx: &mut Tx,
        ctx: &Context,
        snapshot: &Snapshot,
        ask: &FigureRequest,
    ) -> Result<Self> {
        let is_other = ask.as_of.is_some_and(|day| day != ctx.today(snapshot).date());
        if ask.is_restated && is_other {
            return Err(Error::NoSuchPeriod(MissingPeriod::RestatedDay));
        }
        Self::of_day(tx, ctx, snapshot, ask.as_of).await
    }

    /// The same of anything that is shown as it was known.
    ///
    /// # Errors
    /// [`Error::NoSuchPeriod`] for a day to come, and for one before anything was known.
    pub(crate) async fn of_day(
        tx: &mut Tx,
        ctx: &Context,
        snapshot: &Snapshot,
        as_of: Option<Date>,
    ) -> Result<Self> {
        let today = ctx.today(snapshot).date();
        let Some(day) = as_of.filter(|day| *day != today) else {
            return Ok(Self { day: today, is_past: false });
        };
        if day > today {
            return Err(Error::NoSuchPeriod(MissingPeriod::DayToCome { day, today }));
        }
        let root = snapshot.root();
        let first = match root {
            Some(root) => known_days::first(tx, root).await?,
            None => None,
        };
        let first = first.unwrap_or(today);
        if day < first {
            return Err(Error::NoSuchPeriod(MissingPeriod::DayBefore { day, first }));
        }
        Ok(Self { day, is_past: true })
    }

    /// The earlier day, if it is one.
    pub(crate) fn past(self) -> Option<Date> {
        Some(self.day).filter(|_| self.is_past)
    }

    /// Which of some units had reported for a year: whose return was there at the end of the day, and those that owe none.
    /// `snapshot` is the region on that day.
    pub(super) async fn reported(
        self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        units: &[UnitId],
        year: Year,
    ) -> Result<BTreeSet<UnitId>> {
        let is_single = |unit: &UnitId| snapshot.is_single(*unit);
        let owing: BTreeSet<UnitId> = units.iter().copied().filter(is_single).collect();
        let mut past = Classes::default();
        if self.is_past {
            classes_on(tx, snapshot, self.day, &owing, &mut past).await?;
        }
        let classes = if self.is_past { &past } else { &snapshot.classes };
        let is_reported = |unit: &UnitId| !owing.contains(unit) || classes.has_return(*unit, year);
        Ok(units.iter().copied().filter(is_reported).collect())
    }
}

/// The rows of a unit as figures take them, without what was changed after a day.
pub(super) async fn balances_of(
    tx: &mut Tx,
    unit: UnitId,
    rows: Vec<(ledger::balance::Period, ledger::balance_row::BalanceRow)>,
    (known, past): (KnownOn, Option<&PastRegion>),
) -> Result<Balances> {
    let (Some(day), Some(past)) = (known.past(), past) else { return Ok(rows.into_iter().collect()) };
    let later = known_days::changes_after(tx, &[unit], day).await?.remove(&unit).unwrap_or_default();
    Ok(past.rows(ledger::known::rows_before(rows, &later)).into_iter().collect())
}
