//! What units were known to be from which day on, by the versions of their returns: what a record counted on an earlier
//! day follows from that, and not from what its unit has said since (`docs/decisions/0035-figures-as-known.md`).

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    condition::Condition,
    definition::{Definition, FormIdx},
};
use jiff::civil::Date;
use ledger::{
    classes::{Classes, class_statement},
    fact::Fact,
};
use model::{class::Class, ids::UnitId, month::Year};

use crate::{Snapshot, record::other_units};

/// What one unit said on a day, by the year about which it said it; `None` where it took that back.
type Statements = BTreeMap<Year, Option<Class>>;

/// What returns said about the class of their units, by day.
#[derive(Default)]
pub(crate) struct ClassDays(BTreeMap<UnitId, BTreeMap<Date, Statements>>);

/// What some units were, from each day on on which that changed.
pub(crate) struct ClassTimeline {
    /// Before the first of these days: what the roster says.
    roster: Classes,
    days: BTreeMap<Date, ClassesOfDay>,
}

struct ClassesOfDay {
    classes: Classes,
    /// Whether any unit was of another class in some year than before; otherwise one has only handed in another return.
    is_other_class: bool,
}

impl ClassDays {
    /// Takes the versions of a record, each with its day.
    pub(crate) fn take(&mut self, definition: &Definition, versions: &[(Date, Fact)]) {
        let mut before: Option<(Year, Class)> = None;
        for (day, fact) in versions {
            let now = class_statement(definition, fact);
            if now == before {
                continue;
            }
            let statements = self.0.entry(fact.unit).or_default().entry(*day).or_default();
            statements.extend(before.map(|(year, _)| (year, None)));
            statements.extend(now.map(|(year, class)| (year, Some(class))));
            before = now;
        }
    }

    /// What one unit was, and the enterprise of one that is a team.
    pub(crate) fn of_unit(&self, snapshot: &Snapshot, unit: UnitId) -> ClassTimeline {
        self.of_units(snapshot, [unit].into())
    }

    /// What the units were at which the versions of a record may count.
    pub(crate) fn of_record(&self, snapshot: &Snapshot, versions: &[(Date, Fact)]) -> ClassTimeline {
        let definition = &snapshot.definition;
        let mut units = BTreeSet::new();
        for (_, fact) in versions {
            if Dependence::new(definition, fact.form).is_any() {
                units.insert(fact.unit);
                units.extend(other_units(definition, fact));
            }
        }
        self.of_units(snapshot, units)
    }

    fn of_units(&self, snapshot: &Snapshot, mut units: BTreeSet<UnitId>) -> ClassTimeline {
        let enterprises: Vec<UnitId> =
            units.iter().filter_map(|unit| snapshot.classes.enterprise(*unit)).collect();
        units.extend(enterprises);
        let mut by_day: BTreeMap<Date, Vec<(UnitId, &Statements)>> = BTreeMap::new();
        for unit in &units {
            for (day, statements) in self.0.get(unit).into_iter().flatten() {
                by_day.entry(*day).or_default().push((*unit, statements));
            }
        }
        let roster = snapshot.classes.of_roster(&units);
        let (mut days, mut before) = (BTreeMap::new(), roster.clone());
        for (day, changes) in by_day {
            let mut classes = before.clone();
            for (unit, statements) in changes {
                for (year, class) in statements {
                    match class {
                        Some(class) => classes.state(unit, *year, *class),
                        None => classes.retract(unit, *year),
                    }
                }
            }
            let is_other_class = units.iter().any(|unit| !classes.is_same_class(&before, *unit));
            before = classes.clone();
            days.insert(day, ClassesOfDay { classes, is_other_class });
        }
        ClassTimeline { roster, days }
    }
}

impl ClassTimeline {
    /// What they were at the end of a day.
    pub(super) fn classes_on(&self, day: Date) -> &Classes {
        self.days.range(..=day).next_back().map_or(&self.roster, |(_, of_day)| &of_day.classes)
    }

    /// The days after `entered` on which a record of this form may have come to count something else.
    pub(super) fn days_of(
        &self,
        definition: &Definition,
        form: FormIdx,
        entered: Date,
    ) -> impl Iterator<Item = Date> {
        let dependence = Dependence::new(definition, form);
        let later = self.days.iter().filter(move |(day, of_day)| {
            **day > entered && (dependence.on_returns || (dependence.on_classes && of_day.is_other_class))
        });
        later.map(|(day, _)| *day)
    }
}

/// What the records of a form count by, beside what they state themselves.
struct Dependence {
    /// What units are.
    on_classes: bool,
    /// Which returns of the same unit there are: a statement is the last one of its unit until the next.
    on_returns: bool,
}

impl Dependence {
    fn new(definition: &Definition, form: FormIdx) -> Self {
        let posted = &definition.forms[form];
        let mut conditions = posted.posts.iter().filter_map(|post| post.when.as_ref());
        let mut answers = posted.answers.iter().filter_map(|measure| definition.measures[*measure].answers);
        let mut pairs = definition.answer_pairs.iter().filter(|pair| pair.form == form);
        Self {
            on_classes: conditions.any(Condition::needs_class),
            on_returns: answers.any(|answers| answers.last_statement.is_some())
                || pairs.any(|pair| pair.last_statement.is_some()),
        }
    }

    fn is_any(&self) -> bool {
        self.on_classes || self.on_returns
    }
}
