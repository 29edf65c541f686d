//! Checks of a row that need more than the file: who may hand it in, and
//! whether its unit still exists.

use campaign::definition::FormIdx;
use std::collections::BTreeMap;

use exchange::rows::{CellProblem, ReadRow};
use ledger::post::month_of;
use model::{ids::UnitId, problem::Problem};

use crate::{Action, Context, Snapshot, record::identity};

/// What is known of the rows before this one.
pub(super) struct Checks<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    form: FormIdx,
    rights: BTreeMap<UnitId, bool>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(ctx: &'a Context, snapshot: &'a Snapshot, form: FormIdx) -> Self {
        Self { ctx, snapshot, form, rights: BTreeMap::new() }
    }

    /// Adds what is wrong with `row` beyond its own cells. Returns its unit and
    /// identity when it may be taken, or stands for a record that may state
    /// the same: what was right when it was entered is left alone.
    pub(super) fn check(&mut self, row: &mut ReadRow) -> Option<(UnitId, String)> {
        let unit = row.unit?;
        let form = &self.snapshot.definition.forms[self.form];
        let may = *self
            .rights
            .entry(unit)
            .or_insert_with(|| self.ctx.may(Action::ImportFiles, self.snapshot, unit));
        let name = self.snapshot.units.get(&unit).map(|unit| unit.name.clone()).unwrap_or_default();
        let problem =
            if may { self.closed(row, unit, name) } else { Some(Problem::UnitOutOfScope { unit: name }) };
        if let Some(problem) = problem {
            let field = form.blamed_for_unit();
            row.problems.push(CellProblem { field, column: None, found: String::new(), problem });
        }
        let may_be_known = may && row.is_read && row.mark.is_some();
        (may_be_known || !row.is_refused()).then(|| (unit, identity(self.snapshot, self.form, &row.values)))
    }

    /// A record of a year in which its unit no longer existed.
    fn closed(&self, row: &ReadRow, unit: UnitId, name: String) -> Option<Problem> {
        let closed = self.snapshot.units.get(&unit)?.closed_from?;
        let posts = &self.snapshot.definition.forms[self.form].posts;
        let mut months =
            posts.iter().filter_map(|post| row.values[post.on].as_ref().and_then(month_of)).peekable();
        // A year's statement is posted in December: it is late only when the whole year is.
        let is_late = months.peek().is_some() && months.all(|month| month.year() > closed.year());
        is_late.then(|| Problem::UnitClosed { unit: name, from: closed.to_string() })
    }
}
