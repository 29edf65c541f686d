//! Reporting periods. One that is of another length than the column, or that ends before it begins, is refused.

use model::{
    month::Month,
    period::{Grain, PeriodFault, ReportingPeriod},
    problem::Problem,
    value::Value,
};
use sheet::workbook::Cell;

use crate::vocabulary::ClerkWords;

use super::is_blank_mark;

pub(super) fn period(cell: &Cell, grain: Grain, words: ClerkWords<'_>) -> Result<Option<Value>, Problem> {
    let found = cell.text();
    let example = grain.example().to_owned();
    let read = match (cell, grain) {
        // A spreadsheet makes a day of a month that is typed.
        (Cell::Date(day), Grain::Month | Grain::Year) => {
            Ok(ReportingPeriod::containing(Month::containing(*day), grain))
        }
        (Cell::Text(text), _) if is_blank_mark(text, words) => return Ok(None),
        (Cell::Text(_) | Cell::Number(_) | Cell::Formatted { .. }, _) => {
            ReportingPeriod::parse(found.trim_start_matches('\''))
        }
        _ => Err(PeriodFault::NotAPeriod),
    };
    match read {
        Ok(period) if period.grain() == grain => Ok(Some(Value::Text(period.to_string()))),
        Ok(_) => Err(Problem::OtherGrain { found, example }),
        Err(PeriodFault::NotAPeriod) => Err(Problem::NotPeriod { found, example }),
        Err(PeriodFault::EndsBeforeItBegins) => Err(Problem::PeriodBackwards { found, example }),
        Err(PeriodFault::NoGrain) => Err(Problem::PeriodNoGrain { found, example }),
    }
}
