//! What can be done to a unit of the tree, and when it must be refused.

use campaign::definition::{FieldIdx, RosterFields};
use jiff::civil::Date;
use ledger::hierarchy::{Affiliation, Line};
use model::{
    clock::BusinessDay,
    ids::UnitId,
    month::{Month, Year},
    problem::Problem,
    value::Value,
};
use store::units::{Unit, UnitKind};

use super::change::Changes;
use crate::{Error, Snapshot, Thing, typed_text::number_fault};

/// The first and the last year in which something may happen to a unit.
const YEARS: (Year, Year) = (1949, 2100);

/// One change of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitChange {
    /// 更名: another name; the old one is kept with the day until which it held.
    Rename {
        /// The new name.
        name: String,
        /// The last day of the old one; not after today.
        until: Date,
    },
    /// 调整隶属: another unit above on the line of subordination. What it earned
    /// before stays with the old one; what is in service then goes with it.
    Move {
        /// The unit above.
        parent: UnitId,
        /// The first month under it.
        from: Month,
    },
    /// 业务指导: another union that guides it, or none.
    Guide {
        /// The guiding union.
        by: Option<UnitId>,
        /// The first month in which that is so.
        from: Month,
    },
    /// 合并: it closes, and hangs below the other with everything that hung below it.
    Merge {
        /// The unit that goes on.
        into: UnitId,
        /// The first month in which it no longer exists.
        from: Month,
    },
    /// 撤销: it keeps its place and its history; its teams close with it.
    Close {
        /// The first month in which it no longer exists.
        from: Month,
    },
}

impl UnitChange {
    /// The month from which it holds; a name changes at once.
    pub fn effective_month(&self) -> Option<Month> {
        match self {
            Self::Rename { .. } => None,
            Self::Move { from, .. }
            | Self::Guide { from, .. }
            | Self::Merge { from, .. }
            | Self::Close { from } => Some(*from),
        }
    }

    /// The other unit concerned.
    pub fn other(&self) -> Option<UnitId> {
        match self {
            Self::Move { parent: other, .. } | Self::Merge { into: other, .. } => Some(*other),
            Self::Guide { by, .. } => *by,
            Self::Rename { .. } | Self::Close { .. } => None,
        }
    }

    /// The line that it changes.
    pub fn line(&self) -> Option<Line> {
        match self {
            Self::Move { .. } | Self::Merge { .. } => Some(Line::Subordination),
            Self::Guide { .. } => Some(Line::Guidance),
            Self::Rename { .. } | Self::Close { .. } => None,
        }
    }
}

/// What a change is judged by.
pub(super) struct ChangeContext<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) today: BusinessDay,
    /// The last day of the name before the present one (`YYYY-MM-DD`).
    pub(super) renamed_on: Option<&'a str>,
}

impl ChangeContext<'_> {
    /// What `change` does to the tree.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the reason why it cannot be done;
    /// [`Error::NotFound`] for a unit that does not exist.
    pub(super) fn changes(&self, unit: UnitId, change: &UnitChange) -> crate::Result<Changes> {
        let unit = known(self.snapshot, unit)?;
        if let Some(other) = change.other() {
            known(self.snapshot, other)?;
        }
        let changes = match change {
            UnitChange::Rename { name, until } => self.rename(unit, name, *until),
            UnitChange::Move { parent, from } => self.move_to(unit, *parent, *from),
            UnitChange::Guide { by, from } => self.guide(unit, *by, *from),
            UnitChange::Merge { into, from } => self.merge(unit, *into, *from),
            UnitChange::Close { from } => self.close(unit, *from),
        };
        changes.map_err(|problem| Error::Invalid(vec![problem]))
    }

    /// The fields of the roster.
    fn roster(&self) -> RosterFields {
        self.snapshot.definition.roster_fields
    }

    fn rename(&self, unit: &Unit, name: &str, until: Date) -> Result<Changes, Problem> {
        self.must_exist(unit.id, self.today.month())?;
        let name = name.trim();
        if name.is_empty() {
            return Err(Problem::Missing);
        }
        if let Some(max) = longest_name(self.snapshot).filter(|max| name.chars().count() > *max) {
            return Err(Problem::TooLong { found: name.chars().count(), max });
        }
        if let Some(problem) = number_fault(name) {
            return Err(problem);
        }
        if name == unit.name {
            return Err(Problem::NameUnchanged { name: name.to_owned() });
        }
        let until_on = until.to_string();
        if until > self.today.date() {
            return Err(Problem::FutureDate { found: until_on, today: self.today.date().to_string() });
        }
        if let Some(earliest) = self.renamed_on.filter(|last| until_on.as_str() < *last) {
            return Err(Problem::BeforeFormerName { day: until_on, earliest: earliest.to_owned() });
        }
        let renamed = Unit { name: name.to_owned(), ..unit.clone() };
        let renamed =
            restated(self.snapshot, renamed, self.roster().name, |_| Some(Value::Text(name.to_owned())));
        Ok(Changes {
            units: vec![next(renamed)],
            renames: vec![(unit.id, until_on, unit.name.clone())],
            ..Changes::default()
        })
    }

    fn move_to(&self, unit: &Unit, parent: UnitId, from: Month) -> Result<Changes, Problem> {
        self.may_leave(unit, from)?;
        self.may_stand(unit, parent, from)?;
        let mut changes = Changes::default();
        self.relink(unit.id, Line::Subordination, Some(parent), from, &mut changes)?;
        let present = self.present(unit.id, Line::Subordination);
        let moved = self.renamed_parent(unit.clone(), self.roster().parent, present, Some(parent));
        let since = from.first_day();
        let moved = restated(self.snapshot, moved, self.roster().effective_on, |_| since.map(Value::Date));
        changes.units.push(next(moved));
        Ok(changes)
    }

    fn guide(&self, unit: &Unit, by: Option<UnitId>, from: Month) -> Result<Changes, Problem> {
        in_range(from)?;
        self.must_exist(unit.id, from)?;
        let present = self.present(unit.id, Line::Guidance);
        match by {
            Some(by) => self.may_stand(unit, by, from)?,
            None if present.is_none() => {
                return Err(Problem::NoGuidance { unit: unit.name.clone() });
            }
            None => {}
        }
        let mut changes = Changes::default();
        self.relink(unit.id, Line::Guidance, by, from, &mut changes)?;
        changes.units.push(next(self.renamed_parent(unit.clone(), self.roster().guidance, present, by)));
        Ok(changes)
    }

    fn merge(&self, unit: &Unit, into: UnitId, from: Month) -> Result<Changes, Problem> {
        self.may_leave(unit, from)?;
        must_be_open(unit)?;
        self.must_exist(into, from)?;
        let (name, other) = (unit.name.clone(), self.name(into));
        if unit.id == into {
            return Err(Problem::Itself { unit: name });
        }
        if self.snapshot.units.get(&into).is_some_and(|into| into.kind != unit.kind) {
            return Err(Problem::KindDiffers { unit: name, other });
        }
        if self.is_ever_below(into, unit.id, from) {
            return Err(Problem::MergeBelow { unit: name, other });
        }
        let mut changes = Changes::default();
        let present = self.present(unit.id, Line::Subordination);
        if present == Some(into) {
            self.not_before(unit.id, Line::Subordination, from)?;
        } else {
            self.relink(unit.id, Line::Subordination, Some(into), from, &mut changes)?;
        }
        let merged = Unit { closed_from: Some(from), merged_into: Some(into), ..unit.clone() };
        changes.units.push(next(merged));
        Ok(changes)
    }

    fn close(&self, unit: &Unit, from: Month) -> Result<Changes, Problem> {
        self.may_leave(unit, from)?;
        must_be_open(unit)?;
        self.not_before(unit.id, Line::Subordination, from)?;
        let below = units_below(self.snapshot, unit.id, from);
        let (teams, others): (Vec<&Unit>, Vec<&Unit>) =
            below.into_iter().partition(|unit| unit.kind == UnitKind::Team);
        if !others.is_empty() {
            let (unit, month) = (unit.name.clone(), from.to_string());
            return Err(Problem::UnitsBelow { unit, count: others.len(), month });
        }
        let closed = std::iter::once(unit).chain(teams);
        let closed = closed.map(|unit| next(Unit { closed_from: Some(from), ..unit.clone() }));
        Ok(Changes { units: closed.collect(), ..Changes::default() })
    }

    /// Whether something may happen to the place of `unit` in `from`.
    fn may_leave(&self, unit: &Unit, from: Month) -> Result<(), Problem> {
        in_range(from)?;
        if Some(unit.id) == self.snapshot.root() {
            return Err(Problem::TopUnit { unit: unit.name.clone() });
        }
        self.must_exist(unit.id, from)
    }

    /// Whether `unit` may be below `parent` from a month on.
    fn may_stand(&self, unit: &Unit, parent: UnitId, from: Month) -> Result<(), Problem> {
        let (name, above) = (unit.name.clone(), self.name(parent));
        if unit.id == parent {
            return Err(Problem::Itself { unit: name });
        }
        self.must_exist(parent, from)?;
        if self.is_ever_below(parent, unit.id, from) {
            return Err(Problem::CircularTree { unit: name, parent: above });
        }
        match self.snapshot.units.get(&parent) {
            Some(superior) if fits(unit.kind, superior.kind) => Ok(()),
            _ => Err(Problem::WrongLevel { unit: name, parent: above }),
        }
    }

    /// Whether `unit` still exists in `month`.
    fn must_exist(&self, unit: UnitId, month: Month) -> Result<(), Problem> {
        match self.snapshot.units.get(&unit).and_then(|unit| unit.closed_from) {
            Some(closed) if closed <= month => Err(ended(&self.name(unit), closed)),
            _ => Ok(()),
        }
    }

    /// Whether `unit` is below `above` in `from` or later.
    fn is_ever_below(&self, unit: UnitId, above: UnitId, from: Month) -> bool {
        self.snapshot.tree.spans(unit).iter().any(|span| span.ancestor == above && span.to > from)
    }

    /// Whether the affiliation in force on a line began before `from`, or in it.
    fn not_before(&self, unit: UnitId, line: Line, from: Month) -> Result<(), Problem> {
        let links = self.snapshot.tree.affiliations(unit).iter().filter(|link| link.line == line);
        match links.max_by_key(|link| link.from).filter(|link| link.to > from && link.from > from) {
            Some(late) => {
                let (month, first) = (from.to_string(), late.from.to_string());
                Err(Problem::MonthTooEarly { month, parent: self.name(late.parent), first })
            }
            None => Ok(()),
        }
    }

    /// Ends the affiliation in force and begins another, or none. One that
    /// begins in the same month was a mistake and gives way.
    fn relink(
        &self,
        unit: UnitId,
        line: Line,
        parent: Option<UnitId>,
        from: Month,
        changes: &mut Changes,
    ) -> Result<(), Problem> {
        self.not_before(unit, line, from)?;
        let links = self.snapshot.tree.affiliations(unit).iter();
        for link in links.filter(|link| link.line == line && link.to > from) {
            if Some(link.parent) == parent && link.to == Month::NEVER {
                let (unit, parent) = (self.name(unit), self.name(link.parent));
                return Err(Problem::SameParent { unit, parent });
            }
            if link.from >= from {
                changes.void.push(*link);
            } else {
                changes.affiliations.push(Affiliation { to: from, ..*link });
            }
        }
        let Some(parent) = parent else { return Ok(()) };
        let begun = Affiliation { unit, line, from, to: Month::NEVER, parent };
        // Back where it was until then: as if it had never left.
        let links = self.snapshot.tree.affiliations(unit).iter();
        let before =
            links.copied().find(|link| link.line == line && link.parent == parent && link.to == from);
        changes.affiliations.push(before.map_or(begun, |before| Affiliation { to: Month::NEVER, ..before }));
        Ok(())
    }

    /// The unit above on a line, as far as is known for good.
    fn present(&self, unit: UnitId, line: Line) -> Option<UnitId> {
        let mut links = self.snapshot.tree.affiliations(unit).iter();
        links.find(|link| link.line == line && link.to == Month::NEVER).map(|link| link.parent)
    }

    /// The roster's own words for a unit above follow the line they name: the
    /// code where it had the code, else the name.
    fn renamed_parent(&self, unit: Unit, field: FieldIdx, old: Option<UnitId>, new: Option<UnitId>) -> Unit {
        let row = |id: Option<UnitId>| id.and_then(|id| self.snapshot.units.get(&id));
        let old_code = row(old).map(|old| old.code.clone());
        restated(self.snapshot, unit, field, |stated| {
            let has_code = stated.as_str() == old_code.as_deref();
            row(new).map(|new| Value::Text(if has_code { new.code.clone() } else { new.name.clone() }))
        })
    }

    fn name(&self, unit: UnitId) -> String {
        self.snapshot.units.get(&unit).map(|unit| unit.name.clone()).unwrap_or_default()
    }
}

/// The unit, which must exist.
pub(super) fn known(snapshot: &Snapshot, unit: UnitId) -> crate::Result<&Unit> {
    snapshot.units.get(&unit).ok_or_else(|| Error::NotFound { what: Thing::Unit, key: unit.to_string() })
}

/// Units below another in a month that still exist then.
pub(super) fn units_below(snapshot: &Snapshot, unit: UnitId, month: Month) -> Vec<&Unit> {
    let all = snapshot.units.values().filter(|other| other.id != unit);
    all.filter(|other| other.closed_from.is_none_or(|closed| closed > month))
        .filter(|other| stands_below(snapshot, other.id, unit, month))
        .collect()
}

/// Whether `unit` is below `above` on lines of subordination alone.
fn stands_below(snapshot: &Snapshot, unit: UnitId, above: UnitId, month: Month) -> bool {
    snapshot.tree.is_within(unit, above, month) && {
        let mut at = snapshot.tree.parent(unit, Line::Subordination, month);
        while let Some(parent) = at.filter(|parent| *parent != above) {
            at = snapshot.tree.parent(parent, Line::Subordination, month);
        }
        at.is_some()
    }
}

/// Whether a unit of one sort may be below one of another.
pub(super) fn fits(below: UnitKind, above: UnitKind) -> bool {
    match above {
        UnitKind::Union => below != UnitKind::Team,
        UnitKind::Grassroots => below != UnitKind::Union,
        UnitKind::Team => false,
    }
}

/// A unit ends once.
fn must_be_open(unit: &Unit) -> Result<(), Problem> {
    unit.closed_from.map_or(Ok(()), |closed| Err(ended(&unit.name, closed)))
}

fn ended(name: &str, closed: Month) -> Problem {
    Problem::UnitEnded { unit: name.to_owned(), from: closed.to_string() }
}

fn in_range(month: Month) -> Result<(), Problem> {
    let (first, last) = (Month::january(YEARS.0), Month::december(YEARS.1));
    if (first..=last).contains(&month) {
        return Ok(());
    }
    let [found, min, max] = [month, first, last].map(|month| month.to_string());
    Err(Problem::OutOfRange { found, min, max })
}

fn next(unit: Unit) -> Unit {
    Unit { version: unit.version + 1, ..unit }
}

/// The most characters that the roster gives a name.
fn longest_name(snapshot: &Snapshot) -> Option<usize> {
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    roster.fields[snapshot.definition.roster_fields.name].kind.spec().read_as.longest_words()
}

/// The unit with another value in a field of the roster that states one.
fn restated(
    snapshot: &Snapshot,
    unit: Unit,
    field: FieldIdx,
    value: impl FnOnce(&Value) -> Option<Value>,
) -> Unit {
    let roster = snapshot.definition.roster;
    let Ok(mut values) = snapshot.codecs[roster].decode(&unit.attributes) else { return unit };
    let Some(stated) = values[field].take() else { return unit };
    values[field] = value(&stated);
    match snapshot.codecs[roster].encode_over(&values, &unit.attributes) {
        Ok(attributes) => Unit { attributes, ..unit },
        Err(_) => unit,
    }
}
