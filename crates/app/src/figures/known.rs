//! Figures as they were known on an earlier day (`docs/decisions/0035-figures-as-known.md`).

use jiff::civil::Date;
use ledger::figure::Balances;
use model::{clock::day_of, ids::UnitId, month::Year};
use store::{Tx, known_days, made_at, records};

use super::show::FigureRequest;
use crate::{Context, Error, MissingPeriod, Result, Snapshot};

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
    /// [`Error::NoSuchPeriod`] for a day to come, and for one before anything was known.
    pub(super) async fn new(
        tx: &mut Tx,
        ctx: &Context,
        snapshot: &Snapshot,
        ask: &FigureRequest,
    ) -> Result<Self> {
        let today = ctx.today(snapshot).date();
        let Some(day) = ask.as_of.filter(|day| *day != today) else {
            return Ok(Self { day: today, is_past: false });
        };
        if ask.is_restated {
            return Err(Error::NoSuchPeriod(MissingPeriod::RestatedDay));
        }
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
    pub(super) fn past(self) -> Option<Date> {
        Some(self.day).filter(|_| self.is_past)
    }

    /// Whether a unit had reported for a year: whether its return had been entered by then.
    pub(super) async fn is_reported(
        self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        unit: UnitId,
        year: Year,
    ) -> Result<bool> {
        let is_reported = snapshot.is_reported(unit, year);
        if !is_reported || !self.is_past || !snapshot.is_single(unit) {
            return Ok(is_reported);
        }
        let returns = snapshot.definition.forms.entries().filter(|(_, form)| form.kind.states_classes());
        for (position, form) in returns {
            let Some(field) = form.year else { continue };
            for row in records::list_of_unit(tx, unit, &form.id).await? {
                let values = snapshot.codecs[position].decode(&row.content).map_err(Error::internal)?;
                let stated = values.value(field).and_then(model::value::Value::as_year);
                if stated == Some(year) && day_of(made_at(row.id.0)) <= self.day {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The rows of a unit as figures take them, without what was changed after a day.
pub(super) async fn balances_of(
    tx: &mut Tx,
    unit: UnitId,
    rows: Vec<(ledger::balance::Period, ledger::balance_row::BalanceRow)>,
    past: Option<Date>,
) -> Result<Balances> {
    let Some(day) = past else { return Ok(rows.into_iter().collect()) };
    let later = known_days::changes_after(tx, &[unit], day).await?.remove(&unit).unwrap_or_default();
    Ok(ledger::known::rows_before(rows, &later).into_iter().collect())
}
