//! Figures re-stated on today's tree: as if every unit had always been where it is now. It is a view of its own beside
//! the figures as they were earned (`docs/decisions/0003-stock-moves-history-stays.md`). Only the units that have come or
//! gone are looked at, by their balances (`ledger::restated`).

use std::{collections::BTreeMap, sync::Arc};

use ledger::{
    balance::{Own, Period, Tally},
    baseline::Statements,
    figure::Balances,
    hierarchy::Hierarchy,
    owed::UnitCount,
    restated::{
        MovedUnits, StatementTimes, owed_in, own_of_rows, restated_baseline, restated_rows, restatement,
    },
    spread::{BalanceChange, Spread, TallyKey},
};
use model::{
    ids::UnitId,
    month::{Month, Year},
};
use store::{
    Tx,
    balances::{self, Rows},
    records,
};

use crate::{
    Result, Snapshot,
    record::{add_postings, read_record},
};

/// What figures of a unit on today's tree are computed from.
pub(super) struct Restated {
    pub(super) balances: Balances,
    /// How many units owe statements.
    pub(super) owed: UnitCount,
}

/// All rows of a unit.
const ALL: Rows = Rows { from: 0, through: LAST_YEAR, months: Some(0) };
/// A year after all others.
const LAST_YEAR: Year = 9_999;

/// What is other for a unit on today's tree.
pub(super) struct Restatement {
    /// The tree: every unit has always been where it is now.
    pub(super) tree: Arc<Hierarchy>,
    /// How its balances and tallies change.
    change: BalanceChange,
    /// The baselines that are stated below it.
    statements: Statements,
}

impl Restatement {
    /// That of `unit`, where `today` is the month of the tree.
    pub(super) async fn new(tx: &mut Tx, snapshot: &Snapshot, unit: UnitId, today: Month) -> Result<Self> {
        let tree = snapshot.tree_in(today);
        let moved = MovedUnits::new(&snapshot.tree, &tree, unit);
        let own = own_of(tx, snapshot, &moved).await?;
        let keeps_months = |unit| snapshot.keeps_months(unit);
        let earned = Spread::new(&snapshot.definition, &snapshot.tree, &keeps_months);
        let fixed = Spread::new(&snapshot.definition, &tree, &keeps_months);
        let change = restatement(&earned, &fixed, &own, unit);
        // A statement of what is below holds for what has gone since, too.
        let concerned = snapshot.tree.ever_below_any(tree.ever_below(unit));
        let statements = balances::statements_of(tx, &concerned).await?;
        Ok(Self { tree, change, statements })
    }

    /// How often each baseline counts.
    pub(super) fn statement_times(&self, snapshot: &Snapshot, unit: UnitId) -> StatementTimes {
        StatementTimes::new(&snapshot.definition, &self.statements, (&snapshot.tree, &self.tree), unit)
    }

    /// How its tallies change.
    pub(super) fn tallies(&self) -> &BTreeMap<TallyKey, Tally> {
        &self.change.tallies
    }
}

/// The balances of a unit with all that is below it in `today`, the month of the tree.
pub(super) async fn restated(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    today: Month,
) -> Result<Restated> {
    let Restatement { tree, change, statements } = Restatement::new(tx, snapshot, unit, today).await?;
    let keeps_months = |unit| snapshot.keeps_months(unit);
    let fixed = Spread::new(&snapshot.definition, &tree, &keeps_months);
    let keys: Vec<TallyKey> = change.tallies.keys().copied().collect();
    let stored = balances::tallies(tx, &keys).await?;
    let rows = balances::of_unit(tx, unit, ALL).await?;
    let mut rows = restated_rows(&fixed, rows, &stored, change);
    rows.remove(&Period::BASELINE);
    let until = |unit| snapshot.owes_until(unit);
    let trees = (&snapshot.tree, &*tree);
    let baseline = restated_baseline(&snapshot.definition, &statements, trees, &until, unit);
    if !baseline.is_empty() {
        rows.insert(Period::BASELINE, baseline);
    }
    Ok(Restated { balances: rows.into_iter().collect(), owed: owed_in(&tree, unit, until) })
}

/// What units have posted that have come or gone.
async fn own_of(tx: &mut Tx, snapshot: &Snapshot, moved: &MovedUnits) -> Result<Own> {
    let mut own = Own::default();
    for unit in &moved.single {
        let mut touching = Own::default();
        for row in records::list_touching(tx, *unit).await? {
            add_postings(&mut touching, snapshot, &read_record(snapshot, &row)?, &snapshot.classes, 1);
        }
        own.units.extend(touching.units.remove(unit).map(|of_unit| (*unit, of_unit)));
    }
    let whole: Vec<UnitId> = moved.whole.iter().copied().collect();
    let mut rows = balances::of_units(tx, &whole, ALL).await?;
    let mut tallies: BTreeMap<UnitId, Vec<_>> = BTreeMap::new();
    for (place, tally) in balances::tallies_of_units(tx, &whole).await? {
        tallies.entry(place.unit).or_default().push((place, tally));
    }
    for unit in whole {
        let (rows, tallies) = (rows.remove(&unit).unwrap_or_default(), tallies.remove(&unit));
        let of_unit = own_of_rows(&snapshot.definition, &rows, tallies.unwrap_or_default());
        own.units.insert(unit, of_unit);
    }
    own.prune();
    Ok(own)
}
