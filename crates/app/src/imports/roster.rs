//! Importing the organisation roster: units and their affiliations.

use campaign::definition::{FieldIdx, RosterFields, Values};
use std::collections::{BTreeMap, BTreeSet};

use exchange::{
    normalise::{unit_code_key, unit_name_key},
    reading::UnitLookup,
    rows::{CellProblem, ReadRow, read_rows},
    sections::divide,
};
use ledger::hierarchy::{Affiliation, Line};
use model::{ids::UnitId, month::Month, problem::Problem, value::Value};
use sheet::{budget::Budget, workbook::Table};
use store::{
    new_id,
    units::{Unit, UnitKind},
};

use super::{Incoming, Report, read_context, report::Refused};
use crate::{Context, Result, Snapshot, units::Changes};

/// Bytes that a row of a roster keeps, about.
const ROW: usize = 1_000;

/// One good row.
struct Entry {
    sheet: usize,
    row: u32,
    id: UnitId,
    code: String,
    name: String,
    parent: Option<String>,
    guidance: Option<String>,
    effective: Option<Month>,
    values: Values,
}

/// The rows of a roster, read.
#[derive(Default)]
pub(super) struct RosterRows {
    entries: Vec<Entry>,
    by_code: BTreeMap<String, UnitId>,
    by_name: BTreeMap<String, BTreeSet<UnitId>>,
}

/// The rows of a roster with the units that are stored.
pub(super) struct Roster<'a> {
    incoming: Incoming<'a>,
    snapshot: &'a Snapshot,
    fields: RosterFields,
    entries: Vec<Entry>,
    by_code: BTreeMap<String, UnitId>,
    by_name: BTreeMap<String, BTreeSet<UnitId>>,
}

impl<'a> Roster<'a> {
    /// Reads all rows; those at fault go into the report.
    pub(super) fn read(
        incoming: Incoming<'a>,
        ctx: &Context,
        tables: &[Table],
        report: &mut Report,
        budget: &Budget,
    ) -> Result<Self> {
        let (form, snapshot) = (incoming.form(), incoming.snapshot);
        let mut roster = Self::from_rows(incoming, RosterRows::default());
        for unit in snapshot.units.values() {
            roster.by_code.insert(unit_code_key(&unit.code), unit.id);
            roster.by_name.entry(unit_name_key(&unit.name)).or_default().insert(unit.id);
        }
        let context = read_context(ctx, incoming.request, snapshot)?;
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for (sheet, table) in tables.iter().enumerate() {
            roster.incoming = incoming.on(sheet);
            let recognised = roster.incoming.recognised();
            let division = divide(table, recognised, form, &context);
            roster.incoming.note_left_out(&division, report);
            for row in read_rows(table, recognised, &division, form, &context) {
                report.rows += 1;
                budget.check()?;
                budget.take(ROW + row.problems.len() * size_of::<Refused>())?;
                roster.take(ctx, row, &mut seen, report);
            }
        }
        Ok(roster)
    }

    /// The rows with the units that are stored.
    pub(super) fn from_rows(incoming: Incoming<'a>, rows: RosterRows) -> Self {
        let RosterRows { entries, by_code, by_name } = rows;
        let snapshot = incoming.snapshot;
        Self { incoming, snapshot, fields: snapshot.definition.roster_fields, entries, by_code, by_name }
    }

    /// What was read, without what it was read by.
    pub(super) fn into_rows(self) -> RosterRows {
        RosterRows { entries: self.entries, by_code: self.by_code, by_name: self.by_name }
    }

    fn take(&mut self, ctx: &Context, row: ReadRow, seen: &mut BTreeMap<String, u32>, report: &mut Report) {
        let text = |field: FieldIdx| row.values.value(field)?.as_str().map(str::to_owned);
        let is_bad = row.problems.iter().any(|found| found.problem.is_error());
        for CellProblem { field, found, problem, .. } in row.problems.iter().cloned() {
            let is_error = problem.is_error();
            let refused = self.refused(row.number, field, found, problem);
            if is_error { report.refused.push(refused) } else { report.warnings.push(refused) }
        }
        let (Some(code), Some(name), false) = (text(self.fields.code), text(self.fields.name), is_bad) else {
            return;
        };
        let code = unit_code_key(&code);
        if let Some(first) = seen.insert(code.clone(), row.number) {
            seen.insert(code.clone(), first);
            let problem = Problem::RepeatedInFile { first };
            report.refused.push(self.refused(row.number, self.fields.code, code, problem));
            return;
        }
        let id = self.by_code.get(&code).copied().unwrap_or_else(|| UnitId(new_id(ctx.clock.now())));
        self.by_code.insert(code.clone(), id);
        self.by_name.entry(unit_name_key(&name)).or_default().insert(id);
        let effective =
            row.values[self.fields.effective_on].as_ref().and_then(Value::as_date).map(Month::containing);
        let (parent, guidance) = (text(self.fields.parent), text(self.fields.guidance));
        self.entries.push(Entry {
            sheet: self.incoming.sheet,
            row: row.number,
            id,
            code,
            name,
            parent,
            guidance,
            effective,
            values: row.values,
        });
    }

    /// Finds the units above each unit and works out what changes.
    pub(super) fn resolve(&mut self, ctx: &Context, report: &mut Report) -> Changes {
        let mut changes = Changes::default();
        let mut root = self.snapshot.root();
        let mut good = Vec::new();
        for entry in std::mem::take(&mut self.entries) {
            let parent = self.above(&entry, entry.parent.as_deref(), self.fields.parent, report);
            let guidance = self.above(&entry, entry.guidance.as_deref(), self.fields.guidance, report);
            let (Ok(parent), Ok(guidance)) = (parent, guidance) else { continue };
            if parent.is_none() && root.is_some_and(|root| root != entry.id) {
                let name = root.and_then(|root| self.snapshot.units.get(&root)).map(|unit| unit.name.clone());
                let problem = Problem::SecondRoot { root: name.unwrap_or_default() };
                report.refused.push(self.refused_entry(&entry, self.fields.parent, String::new(), problem));
                continue;
            }
            root = root.or(parent.is_none().then_some(entry.id));
            good.push((entry, parent, guidance));
        }
        self.drop_circles(&mut good, report);
        for (entry, parent, guidance) in good {
            self.compare(ctx, entry, parent, guidance, report, &mut changes);
        }
        changes
    }

    /// The unit that a cell names as standing above.
    fn above(
        &self,
        entry: &Entry,
        text: Option<&str>,
        field: FieldIdx,
        report: &mut Report,
    ) -> std::result::Result<Option<UnitId>, ()> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.by_code.get(&unit_code_key(text)) {
            return Ok(Some(*id));
        }
        let named: Vec<UnitId> =
            self.by_name.get(&unit_name_key(text)).into_iter().flatten().copied().collect();
        let problem = match named.as_slice() {
            [id] => return Ok(Some(*id)),
            [] => Problem::UnknownUnit { found: text.to_owned() },
            several => {
                let codes =
                    self.by_code.iter().filter(|(_, id)| several.contains(id)).map(|(code, _)| code.as_str());
                let codes: Vec<&str> = codes.collect();
                Problem::AmbiguousUnit { name: text.to_owned(), codes: codes.join("、") }
            }
        };
        report.refused.push(self.refused_entry(entry, field, text.to_owned(), problem));
        Err(())
    }

    /// Refuses rows whose parents lead back to themselves.
    fn drop_circles(&self, good: &mut Vec<(Entry, Option<UnitId>, Option<UnitId>)>, report: &mut Report) {
        let month = Month::NEVER;
        let parents: BTreeMap<UnitId, Option<UnitId>> =
            good.iter().map(|(entry, parent, _)| (entry.id, *parent)).collect();
        let parent_of = |unit: UnitId| match parents.get(&unit) {
            Some(parent) => *parent,
            None => self
                .snapshot
                .tree
                .affiliations(unit)
                .iter()
                .find(|l| l.line == Line::Subordination && l.to == month)
                .map(|l| l.parent),
        };
        let circular = |start: UnitId| {
            let (mut at, mut seen) = (parent_of(start), BTreeSet::new());
            while let Some(unit) = at {
                if unit == start {
                    return true;
                }
                at = if seen.insert(unit) { parent_of(unit) } else { None };
            }
            false
        };
        good.retain(|(entry, _, guidance)| {
            let is_circular = circular(entry.id) || *guidance == Some(entry.id);
            if is_circular {
                let above = entry.parent.clone().unwrap_or_default();
                let problem = Problem::CircularTree { unit: entry.name.clone(), parent: above.clone() };
                report.refused.push(self.refused_entry(entry, self.fields.parent, above, problem));
            }
            !is_circular
        });
    }

    /// Compares a good row with the stored unit.
    fn compare(
        &self,
        ctx: &Context,
        entry: Entry,
        parent: Option<UnitId>,
        guidance: Option<UnitId>,
        report: &mut Report,
        changes: &mut Changes,
    ) {
        let codec = &self.snapshot.codecs[self.incoming.form];
        let Some(stored) = self.snapshot.units.get(&entry.id) else {
            report.accepted += 1;
            let always = |line, parent| Affiliation {
                unit: entry.id,
                line,
                from: Month::ALWAYS,
                to: Month::NEVER,
                parent,
            };
            changes.affiliations.extend(parent.map(|parent| always(Line::Subordination, parent)));
            changes.affiliations.extend(guidance.map(|parent| always(Line::Guidance, parent)));
            changes.units.push(Unit {
                id: entry.id,
                kind: self.kind(&entry.values),
                code: entry.code,
                name: entry.name,
                attributes: codec.encode(&entry.values),
                closed_from: None,
                merged_into: None,
                version: 1,
            });
            return;
        };
        let moves = match self.moves(&entry, parent, guidance) {
            Ok(moves) => moves,
            Err(problem) => {
                let value = entry.parent.clone().unwrap_or_default();
                report.refused.push(self.refused_entry(&entry, self.fields.parent, value, problem));
                return;
            }
        };
        let attributes = codec
            .encode_over(&entry.values, &stored.attributes)
            .unwrap_or_else(|_| codec.encode(&entry.values));
        if stored.name == entry.name && stored.attributes == attributes && moves.is_empty() {
            report.unchanged += 1;
            return;
        }
        report.corrected += 1;
        if stored.name != entry.name {
            changes.renames.push((
                entry.id,
                ctx.today(self.snapshot).date().to_string(),
                stored.name.clone(),
            ));
        }
        changes.affiliations.extend(moves);
        let kind = self.kind(&entry.values);
        changes.units.push(Unit {
            kind,
            name: entry.name,
            attributes,
            version: stored.version + 1,
            ..stored.clone()
        });
    }

    /// Affiliations that change; a changed parent needs the date since when.
    fn moves(
        &self,
        entry: &Entry,
        parent: Option<UnitId>,
        guidance: Option<UnitId>,
    ) -> std::result::Result<Vec<Affiliation>, Problem> {
        let mut moves = Vec::new();
        for (line, wanted) in [(Line::Subordination, parent), (Line::Guidance, guidance)] {
            let links = self.snapshot.tree.affiliations(entry.id);
            let present = links.iter().find(|link| link.line == line && link.to == Month::NEVER);
            if present.map(|link| link.parent) == wanted || (line == Line::Guidance && wanted.is_none()) {
                continue;
            }
            let Some(from) = entry.effective else {
                let in_force = present.and_then(|link| self.snapshot.name(link.parent)).unwrap_or_default();
                let name = if line == Line::Guidance { &entry.guidance } else { &entry.parent };
                let found = name.clone().unwrap_or_default();
                return Err(Problem::ParentDiffers { found, in_force: in_force.to_owned() });
            };
            moves.extend(present.map(|link| Affiliation { to: from, ..*link }));
            moves.extend(wanted.map(|parent| Affiliation {
                unit: entry.id,
                line,
                from,
                to: Month::NEVER,
                parent,
            }));
        }
        Ok(moves)
    }

    /// A unit that states what it is belongs to the grass roots; one that does not is a union above them.
    fn kind(&self, values: &Values) -> UnitKind {
        let classifying = &self.incoming.form().classifying;
        let states_class = classifying.iter().any(|field| values[*field].is_some());
        if states_class { UnitKind::Grassroots } else { UnitKind::Union }
    }

    /// A cell at fault of a row that was read before.
    fn refused_entry(&self, entry: &Entry, field: FieldIdx, value: String, problem: Problem) -> Refused {
        self.incoming.on(entry.sheet).refused(entry.row, field, value, problem)
    }

    fn refused(&self, row: u32, field: FieldIdx, value: String, problem: Problem) -> Refused {
        self.incoming.refused(row, field, value, problem)
    }
}
