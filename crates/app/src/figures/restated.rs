//! Figures re-stated on today's tree: as if every unit had always been where it is now. It is a view of its own beside
//! the figures as they were earned (`docs/decisions/0003-stock-moves-history-stays.md`), and is counted from the records when it is asked for.

use std::collections::BTreeMap;

use ledger::{
    balance::Own,
    baseline::baselines,
    fact::Fact,
    figure::Balances,
    folded::FoldedBalances,
    spread::{BalanceChange, Spread},
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use store::{Tx, records};

use crate::{
    Result, Snapshot,
    record::{add_postings, read_record, statements},
};

/// The balances of a unit with all that is below it in `today`, the month of the tree.
pub(super) async fn balances(
    tx: &mut Tx,
    snapshot: &Snapshot,
    unit: UnitId,
    today: Month,
) -> Result<Balances> {
    let tree = snapshot.tree.as_in(today);
    let units = tree.ever_below(unit);
    let mut facts: BTreeMap<RecordId, Fact> = BTreeMap::new();
    for below in &units {
        for row in records::list_touching(tx, *below).await? {
            facts.insert(row.id, read_record(snapshot, &row)?);
        }
    }
    let mut own = Own::default();
    for fact in facts.values() {
        add_postings(&mut own, snapshot, fact, &snapshot.classes, 1);
    }
    own.units.retain(|unit, _| units.contains(unit));
    own.prune();
    let keeps_months = |unit| snapshot.keeps_months(unit);
    let spread = Spread::new(&snapshot.definition, &tree, &keeps_months);
    let mut change = BalanceChange::default();
    spread.add(&own, 1, &mut change);
    change.prune();
    let mut book = FoldedBalances::default();
    book.apply(&spread, change);
    let owes = |unit| snapshot.is_single(unit);
    let stated = baselines(&snapshot.definition, &statements(&own), &tree, &owes);
    let rows = book.cells.into_iter().chain(stated);
    Ok(rows.filter(|(place, _)| place.unit == unit).map(|(place, row)| (place.period, row)).collect())
}
