//! Which rows of a page the figure counts. What is looked up for it depends on the rows of the page alone: the tallies of
//! their keys, and the statements of their units and of the units above.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use campaign::definition::MeasureIdx;
use ledger::{
    balance::Tally,
    post::Key,
    restated::restated_tallies,
    spread::TallyKey,
    traced::{CountedKeys, NotCounted, Occurrence, RowPlace, occurrence},
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use store::{
    Tx, balances,
    postings::{PostingQuery, page},
};

use super::{AT_ONCE, Cursor, FEW_UNITS, TraceRow, Traced, rows};
use crate::Result;

impl Traced {
    /// Marks the rows that the figure does not count. `counted` is what the rows before have counted.
    pub(super) async fn judge(
        &self,
        tx: &mut Tx,
        counted: &mut CountedKeys,
        rows: &mut [TraceRow],
    ) -> Result<()> {
        let traced = self.unit();
        let tallies = self.tallies(tx, self.unit, rows).await?;
        let named: BTreeSet<UnitId> =
            rows.iter().filter_map(|row| traced.units_of_statement(row.row_place())).flatten().collect();
        let statements = balances::statements_of(tx, &named).await?;
        for row in rows {
            let place = row.row_place();
            let times = self.times(&self.snapshot.classes, place);
            row.amount *= times * traced.times_of_statement(place);
            row.enters_again = times > 1;
            let is_whole = self.window_of(place).is_none_or(|window| window.counts(row.grain, row.month));
            row.has_moved_here = traced.moved_here(place);
            row.not_counted = match row.key {
                Some(key) => counted.take(&traced, place, key, &tallies),
                None if traced.units_of_statement(place).is_some() => {
                    traced.screened(row.fact.form, place, &statements)
                }
                None => traced.moved_away(place),
            }
            .or((!is_whole).then_some(NotCounted::OtherPeriod));
        }
        Ok(())
    }

    /// The tallies of `unit` for the keys of some rows.
    async fn tallies(
        &self,
        tx: &mut Tx,
        unit: UnitId,
        rows: &[TraceRow],
    ) -> Result<BTreeMap<TallyKey, Tally>> {
        let keyed = rows.iter().filter_map(|row| Some((row.measure, row.key?)));
        let places: BTreeSet<TallyKey> =
            keyed.map(|(measure, key)| TallyKey { unit, measure, key }).collect();
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places: Vec<TallyKey> = places.into_iter().collect();
        let stored = balances::tallies(tx, &places).await?;
        Ok(match &self.restated {
            Some(restated) => restated_tallies(stored, restated.restatement.tallies(), places),
            None => stored,
        })
    }

    /// What the rows before a page have counted, as far as its first rows depend on it: a page may begin within a month,
    /// and of the rows of one key in a month the first one counts.
    pub(super) async fn counted_before(
        &self,
        tx: &mut Tx,
        after: Option<Cursor>,
        rows: &[TraceRow],
    ) -> Result<CountedKeys> {
        let Some(after) = after else { return Ok(CountedKeys::default()) };
        let is_of_month = |row: &&TraceRow| (row.measure.number(), row.month) == (after.measure, after.month);
        let resumed: Vec<TraceRow> = rows.iter().filter(is_of_month).cloned().collect();
        let Some(measure) = resumed.first().map(|row| row.measure) else { return Ok(CountedKeys::default()) };
        let traced = self.unit();
        let tallies = self.tallies(tx, self.unit, &resumed).await?;
        let mut several: BTreeMap<Key, Vec<RowPlace>> = BTreeMap::new();
        for row in &resumed {
            let Some(key) = row.key else { continue };
            if occurrence(&traced, row.row_place(), key, &tallies) == Occurrence::OneOfSeveral {
                several.entry(key).or_default().push(row.row_place());
            }
        }
        if several.is_empty() {
            return Ok(CountedKeys::default());
        }
        let wanted: BTreeSet<Key> = several.keys().copied().collect();
        // On today's tree, what is known of other units is not known of the figure's.
        let units = match self.restated {
            Some(_) => None,
            None => self.units_of_keys(tx, measure, after.month, &several, &tallies).await?,
        };
        let found = self.keys_before(tx, (measure, after), wanted, units.as_ref()).await?;
        Ok(CountedKeys::resumed(measure, after.month, found))
    }

    /// The few units at which alone the keys occur in a month, where their own tallies say so: a person is mostly
    /// entered twice by one unit.
    async fn units_of_keys(
        &self,
        tx: &mut Tx,
        measure: MeasureIdx,
        month: Month,
        keys: &BTreeMap<Key, Vec<RowPlace>>,
        tallies: &BTreeMap<TallyKey, Tally>,
    ) -> Result<Option<BTreeSet<UnitId>>> {
        let own_place = |(key, rows): (&Key, &Vec<RowPlace>)| {
            rows.first().map(|row| TallyKey { unit: row.unit, measure, key: *key })
        };
        let places: Vec<TallyKey> = keys.iter().filter_map(own_place).collect();
        let own = balances::tallies(tx, &places).await?;
        let times = |tallies: &BTreeMap<TallyKey, Tally>, place: &TallyKey| {
            tallies.get(place).and_then(|tally| tally.get(&month)).copied()
        };
        let is_local =
            |place: &TallyKey| times(&own, place) == times(tallies, &TallyKey { unit: self.unit, ..*place });
        if !places.iter().all(is_local) {
            return Ok(None);
        }
        let units = places.iter().flat_map(|place| self.snapshot.tree.ever_below(place.unit));
        let units: BTreeSet<UnitId> = units.collect();
        Ok(Some(units).filter(|units| units.len() <= FEW_UNITS))
    }

    /// Which of the keys occur in the rows of a month up to the one that a page goes on after.
    async fn keys_before(
        &self,
        tx: &mut Tx,
        (measure, end): (MeasureIdx, Cursor),
        mut wanted: BTreeSet<Key>,
        units: Option<&BTreeSet<UnitId>>,
    ) -> Result<BTreeSet<Key>> {
        let (many, traced, mut found) = (self.units_below(), self.unit(), BTreeSet::new());
        let is_listed = |unit: UnitId, month| {
            many.as_ref().is_none_or(|many| many.contains(&unit))
                && traced.lists(RowPlace { measure, unit, month })
        };
        let mut after: Option<(UnitId, RecordId)> = None;
        while !wanted.is_empty() {
            let query = PostingQuery {
                measure,
                months: RangeInclusive::new(end.month, end.month),
                after,
                units: units.or_else(|| self.few_units()),
                is_wanted: &is_listed,
                limit: AT_ONCE,
            };
            let mut keys = page(tx, &query).await?;
            let is_last = keys.len() < AT_ONCE;
            keys.retain(|key| (key.unit, key.fact) <= (end.unit, end.fact));
            for row in rows(tx, &self.snapshot, &keys).await? {
                let seen = row.key.filter(|key| wanted.remove(key));
                found.extend(seen);
            }
            match keys.last() {
                Some(last) if !is_last && keys.len() == AT_ONCE => after = Some((last.unit, last.fact)),
                _ => break,
            }
        }
        Ok(found)
    }
}
