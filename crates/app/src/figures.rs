//! Figures: what pages, answers and the command line show.

mod forecast;
mod json;
mod known;
mod rank;
mod restated;
mod rows;
mod scope;
mod show;
mod trace;
mod windows;

pub use forecast::{forecast, months};
pub use json::{CoverageJson, FiguresJson, IndicatorJson, Number, PeriodJson};
pub use known::KnownOn;
pub use rank::{Ranked, RankedBy, Ranking, rank, rank_by};
pub(crate) use rank::{stored_balances, values_of};
pub use show::{FigureEntry, FigureRequest, Shown, parse_readings, pending_changes, show};
pub use trace::{Cursor, RowCount, TraceEnd, TracePage, TraceRequest, TraceRow, trace, trace_all};
