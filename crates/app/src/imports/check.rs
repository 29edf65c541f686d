//! Checks of a row that need more than the row itself: who may hand it in,
//! whether its unit still exists, whether its number stands twice.

use std::collections::BTreeMap;

use exchange::rows::{CellProblem, ReadRow};
use model::{
    ids::UnitId,
    problem::{Problem, ProblemKind},
};

use ledger::post::month_of;

use crate::{Action, Context, Snapshot, record::identity};

/// What is known of the rows before this one.
pub(super) struct Checks<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    form: usize,
    rights: BTreeMap<UnitId, bool>,
    seen: BTreeMap<(UnitId, String), u32>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(ctx: &'a Context, snapshot: &'a Snapshot, form: usize) -> Self {
        Self { ctx, snapshot, form, rights: BTreeMap::new(), seen: BTreeMap::new() }
    }

    /// Adds what is wrong with `row` beyond its own cells. Returns its unit and
    /// identity when it may be taken.
    pub(super) fn check(&mut self, row: &mut ReadRow) -> Option<(UnitId, String)> {
        let is_good = |row: &ReadRow| !row.problems.iter().any(|found| found.problem.is_error());
        let unit = row.unit?;
        let form = &self.snapshot.campaign.forms[self.form];
        let unit_field = form.unit_field().unwrap_or(0);
        let may = *self.rights.entry(unit).or_insert_with(|| self.ctx.may(Action::Import, self.snapshot, unit));
        let name = self.snapshot.units.get(&unit).map(|unit| unit.name.clone()).unwrap_or_default();
        if !may {
            let problem = Problem::error(ProblemKind::UnitOutOfScope, [name]);
            row.problems.push(CellProblem { field: unit_field, column: None, found: String::new(), problem });
            return None;
        }
        self.check_closed(row, unit, unit_field, name);
        self.note_names_only(row);
        if !is_good(row) {
            return None;
        }
        let identity = identity(&self.snapshot.campaign, self.form, &row.values);
        if let Some(first) = self.seen.get(&(unit, identity.clone())) {
            let problem = Problem::error(ProblemKind::RepeatedInFile, [first.to_string()]);
            let field = self.identity_field();
            row.problems.push(CellProblem { field, column: None, found: String::new(), problem });
            return None;
        }
        self.seen.insert((unit, identity.clone()), row.number);
        Some((unit, identity))
    }

    /// The field to point at when a number stands twice: the first that identifies besides the unit.
    pub(super) fn identity_field(&self) -> usize {
        let form = &self.snapshot.campaign.forms[self.form];
        form.identity.iter().copied().find(|field| Some(*field) != form.unit_field()).unwrap_or(0)
    }

    fn check_closed(&self, row: &mut ReadRow, unit: UnitId, field: usize, name: String) {
        let Some(closed) = self.snapshot.units.get(&unit).and_then(|unit| unit.closed_from) else { return };
        let form = &self.snapshot.campaign.forms[self.form];
        let months = form.posts.iter().filter_map(|post| row.values[post.on].as_ref().and_then(month_of));
        // A year's statement is posted in December: it is late only when the whole year is.
        let is_late = months.clone().next().is_some() && months.clone().all(|month| month >= closed && month.year() > closed.year());
        if is_late {
            let problem = Problem::error(ProblemKind::UnitClosed, [name, closed.to_string()]);
            row.problems.push(CellProblem { field, column: None, found: String::new(), problem });
        }
    }

    fn note_names_only(&self, row: &mut ReadRow) {
        for person in &self.snapshot.campaign.forms[self.form].persons {
            let named = row.values[person.name].as_ref().and_then(model::value::Value::as_str);
            let faulty = row.problems.iter().any(|found| found.field == person.id_number);
            if let (Some(name), None, false) = (named, &row.values[person.id_number], faulty) {
                let problem = Problem::warning(ProblemKind::NameOnly, [name.to_owned()]);
                row.problems.push(CellProblem { field: person.id_number, column: None, found: String::new(), problem });
            }
        }
    }
}
