//! A city counted by the ledger.

use std::collections::{HashMap, HashSet};

use campaign::definition::{Definition, StateIdx};
use demo::{City, DemoRecord, UnitSort};
use ledger::{
    balance::{Own, Period},
    balance_row::BalanceRow,
    baseline::{Statements, baselines},
    classes::{Classes, ROSTER_YEAR, class_statement},
    fact::Fact,
    figure::{Balances, Figure, Question, Readings, RegionTargets, figure},
    folded::FoldedBalances,
    hierarchy::{Affiliation, Hierarchy, Line},
    owed::OwedStatements,
    spread::{BalanceChange, Spread},
};
use model::{
    ids::{RecordId, UnitId},
    month::{Month, Year},
};

/// All balances of a city.
pub(crate) struct Counted<'a> {
    definition: &'a Definition,
    rows: HashMap<UnitId, Vec<(Period, BalanceRow)>>,
    targets: RegionTargets,
    owed: OwedStatements,
    root: UnitId,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(definition: &'a Definition, city: &City<'_>) -> Self {
        let mut classes = Classes::default();
        let mut links = Vec::new();
        let roster = &definition.forms[definition.roster];
        for unit in city.units() {
            let stated: campaign::definition::Values =
                roster.classifying.iter().map(|field| unit.values[*field].clone()).collect();
            match (unit.kind, unit.parent) {
                (UnitSort::Team, Some(parent)) => classes.inherit(unit.id, parent),
                _ => classes.state(unit.id, ROSTER_YEAR, definition.classification.classify(&stated)),
            }
            for (line, parent) in [(Line::Subordination, unit.parent), (Line::Guidance, unit.guidance)] {
                let (from, to) = (Month::ALWAYS, Month::NEVER);
                links.extend(parent.map(|parent| Affiliation { unit: unit.id, line, from, to, parent }));
            }
        }
        let facts = || {
            city.records().map(|fact| Fact {
                id: RecordId(0),
                form: fact.form,
                unit: fact.unit,
                state: stored_state(definition, &fact),
                values: fact.values,
            })
        };
        for fact in facts() {
            if let Some((year, class)) = class_statement(definition, &fact) {
                classes.state(fact.unit, year, class);
            }
        }
        let mut own = Own::default();
        for fact in facts() {
            own.add_record(definition, &fact, &classes, 1);
        }
        let single: HashSet<UnitId> = city
            .units()
            .iter()
            .filter(|unit| unit.kind == UnitSort::Grassroots)
            .map(|unit| unit.id)
            .collect();
        let is_single = |unit| single.contains(&unit);
        let tree = Hierarchy::new(city.units().iter().map(|unit| unit.id), links);
        let keeps_no_months = |_| false;
        let spread = Spread::new(definition, &tree, &keeps_no_months);
        let mut change = BalanceChange::default();
        spread.add(&own, 1, &mut change);
        let mut book = FoldedBalances::default();
        book.apply(&spread, change);
        let statements: Statements = own
            .units
            .iter()
            .filter(|(_, unit)| !unit.statements.is_empty())
            .map(|(id, unit)| (*id, unit.statements.clone()))
            .collect();
        book.cells.extend(baselines(definition, &statements, &tree, &is_single));
        let mut rows: HashMap<UnitId, Vec<_>> = HashMap::new();
        for (key, row) in book.cells {
            rows.entry(key.unit).or_default().push((key.period, row));
        }
        Self {
            definition,
            rows,
            owed: OwedStatements::new(&tree, |unit| is_single(unit).then_some(Month::NEVER)),
            root: city.units()[0].id,
            targets: RegionTargets { ppm: city.target_ppm(), own: city.own_targets() },
        }
    }

    fn balances(&self, unit: UnitId) -> Balances {
        self.rows.get(&unit).into_iter().flatten().cloned().collect()
    }

    /// One indicator of one unit at the end of a year.
    pub(crate) fn figure(&self, unit: UnitId, id: &str, year: Year) -> Figure {
        let balances = self.balances(unit);
        let readings = Readings::default();
        let is_region = unit == self.root;
        let question = Question {
            definition: self.definition,
            campaign: self.definition.first_campaign(),
            readings: &readings,
            period: None,
            through: Month::december(year),
            has_begun: true,
            is_running: false,
            owed: self.owed.for_unit(unit),
            is_region,
            targets: &self.targets,
            is_reported: true,
            is_single: false,
        };
        figure(&question, self.definition.first_campaign().indicator(id).unwrap(), &balances)
    }

    /// A measure of the whole city in one year, listed and unlisted together.
    pub(crate) fn measure(&self, id: &str, year: Year) -> i64 {
        let balances = self.balances(self.root);
        let measure = self.definition.measure(id).unwrap().1;
        let slots = [Some(measure.listed_slot), measure.unlisted_slot];
        slots.into_iter().flatten().map(|slot| balances.year(year, slot)).sum()
    }
}

/// The state that a transition has led to, where the fields do not determine it.
fn stored_state(definition: &Definition, fact: &DemoRecord) -> Option<StateIdx> {
    let id = fact.history.last()?.state.as_deref()?;
    definition.forms[fact.form].workflow.as_ref()?.state(id)
}
