//! A region as it was known on an earlier day: its units and their tree, the version of the definition that was in force,
//! and what records stated (`docs/decisions/0035-figures-as-known.md`, `docs/decisions/0038-records-as-known.md`).

mod classes;
mod records;
mod units;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use campaign::definition::{Definition, MeasureIdx};
use jiff::civil::Date;
use ledger::known::renumbered_rows;
use model::clock::start_of;
use store::{Tx, audit, definitions::Region, former};

pub(crate) use self::{classes::classes_on, records::records_on};
use crate::{App, Context, Result, Snapshot, rebuild, units::UNIT, versions};

/// A region as it was known at the end of a day.
pub(crate) struct PastRegion {
    /// Its units, their tree and the definition then. Classes are those of now: [`classes_on`] says which they were.
    pub(crate) snapshot: Arc<Snapshot>,
    /// Where measures of that definition are now, where that is another one.
    renumbered: Option<Renumbered>,
}

/// How the definition of then and that of now number the same things.
struct Renumbered {
    /// Slots of now, and what they were.
    slots: BTreeMap<usize, usize>,
    /// Measures of then, and what they are now; `None` for one that is not kept any more.
    measures: BTreeMap<MeasureIdx, Option<MeasureIdx>>,
}

impl PastRegion {
    /// The same as it is now.
    fn present(snapshot: Arc<Snapshot>) -> Self {
        Self { snapshot, renumbered: None }
    }

    /// A measure of then as postings are stored now; `None` where it is not kept any more.
    pub(crate) fn stored_measure(&self, measure: MeasureIdx) -> Option<MeasureIdx> {
        match &self.renumbered {
            None => Some(measure),
            Some(renumbered) => renumbered.measures.get(&measure).copied().flatten(),
        }
    }

    /// Measures of then that are not kept any more: nothing says what they came to.
    pub(crate) fn lost_measures(&self) -> BTreeSet<MeasureIdx> {
        let measures = self.renumbered.iter().flat_map(|renumbered| &renumbered.measures);
        measures.filter(|(_, now)| now.is_none()).map(|(measure, _)| *measure).collect()
    }

    /// Rows of balances as they are stored, with the slots of the definition of then.
    pub(crate) fn rows(
        &self,
        rows: Vec<(ledger::balance::Period, ledger::balance_row::BalanceRow)>,
    ) -> Vec<(ledger::balance::Period, ledger::balance_row::BalanceRow)> {
        match &self.renumbered {
            None => rows,
            Some(renumbered) => renumbered_rows(rows, &renumbered.slots),
        }
    }
}

/// Regions as they were known on days that somebody has asked for: most days have the tree and the definition of their
/// neighbours.
#[derive(Default)]
pub(crate) struct PastRegions(Mutex<Vec<(PastKey, Arc<PastRegion>)>>);

/// What a region as it was known follows from.
#[derive(Debug, Clone, PartialEq)]
struct PastKey {
    /// The region as it is.
    region: Region,
    /// The first change of a unit after the day.
    first_change: Option<i64>,
    /// The definition then.
    definition: String,
}

/// So many are kept.
const KEPT: usize = 8;

impl PastRegions {
    fn get(&self, key: &PastKey) -> Option<Arc<PastRegion>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == key).map(|(_, past)| past.clone())
    }

    fn put(&self, key: PastKey, past: &Arc<PastRegion>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != key);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, past.clone()));
    }
}

/// The region as it was known at the end of `day`. `now` is what it is.
pub(crate) async fn region_on(
    tx: &mut Tx,
    app: &App,
    ctx: &Context,
    now: &Arc<Snapshot>,
    day: Date,
) -> Result<Arc<PastRegion>> {
    // The first moment of the day after it.
    let end = start_of(day.tomorrow().unwrap_or(day));
    let first_change = audit::first_since(tx, UNIT, end).await?;
    let hash = former::definition_before(tx, end).await?;
    let definition = hash.unwrap_or_else(|| now.definition.hash.clone());
    if first_change.is_none() && definition == now.definition.hash {
        return Ok(Arc::new(PastRegion::present(now.clone())));
    }
    let key = PastKey { region: now.region.clone(), first_change, definition };
    let open = app.region(ctx.region)?;
    if let Some(past) = open.past.get(&key) {
        return Ok(past);
    }
    let (then, renumbered) = definition_of(tx, now, &key.definition).await?;
    let units = if first_change.is_some() {
        units::units_before(tx, now, end).await?
    } else {
        (now.units.values().cloned().collect(), now.affiliations.clone())
    };
    let region = (now.region_id, now.region.clone());
    let snapshot = Snapshot::new(region, then, now.vault.clone(), units, now.classes.clone());
    let past = Arc::new(PastRegion { snapshot: Arc::new(snapshot), renumbered });
    open.past.put(key, &past);
    Ok(past)
}

/// A version of the definition, with how it numbers things where it is not the present one.
async fn definition_of(
    tx: &mut Tx,
    now: &Snapshot,
    hash: &str,
) -> Result<(Arc<Definition>, Option<Renumbered>)> {
    if hash == now.definition.hash {
        return Ok((now.definition.clone(), None));
    }
    let then = versions::stored(tx, hash).await?.stored_under(&now.definition);
    let renumbered = Renumbered {
        slots: rebuild::slot_numbers(&now.definition, &then),
        measures: rebuild::measure_numbers(&then, &now.definition),
    };
    Ok((Arc::new(then), Some(renumbered)))
}
