//! Statements for periods that end after the months of a figure, and lie in these with a part. Where they are posted, events
//! of that month are posted too, so that each record is looked at.

use std::collections::BTreeSet;

use ledger::posting_list::PostingKey;
use model::ids::{RecordId, UnitId};
use store::{
    Tx,
    postings::{PostingCount, PostingQuery, page},
};

use super::{AT_ONCE, TraceRow, Traced, rows};
use crate::{Result, figures::windows::Window};

impl Traced {
    /// The records behind some postings, as far as they are listed.
    pub(super) async fn rows(&self, tx: &mut Tx, keys: &[PostingKey]) -> Result<Vec<TraceRow>> {
        let mut rows = rows(tx, &self.snapshot, keys).await?;
        rows.retain(|row| self.window_of(row.row_place()).is_none_or(|window| window.lists(row.grain)));
        Ok(rows)
    }

    /// The first postings of a query that are of the grains of a window.
    pub(super) async fn of_grains(
        &self,
        tx: &mut Tx,
        window: &Window,
        query: &PostingQuery<'_>,
    ) -> Result<Vec<PostingKey>> {
        let (mut found, mut after) = (Vec::new(), query.after);
        loop {
            let keys = page(tx, &part_of(query, after)).await?;
            let is_last = keys.len() < AT_ONCE;
            found.extend(self.with_grains(tx, window, &keys).await?);
            match keys.last() {
                Some(last) if !is_last && found.len() < query.limit => after = Some((last.unit, last.fact)),
                _ => break,
            }
        }
        found.truncate(query.limit);
        Ok(found)
    }

    /// How many they are. Of very many postings the first ones are looked at.
    pub(super) async fn count_of_grains(
        &self,
        tx: &mut Tx,
        window: &Window,
        query: &PostingQuery<'_>,
    ) -> Result<PostingCount> {
        let keys = page(tx, &part_of(query, None)).await?;
        let rows = rows(tx, &self.snapshot, &keys).await?;
        let found = rows.iter().filter(|row| window.lists(row.grain)).count();
        Ok(PostingCount { found: found as u64, looked_at: keys.len() as u64, is_cut: keys.len() == AT_ONCE })
    }

    /// Those of some postings that are of the grains of a window.
    async fn with_grains(
        &self,
        tx: &mut Tx,
        window: &Window,
        keys: &[PostingKey],
    ) -> Result<Vec<PostingKey>> {
        let rows = rows(tx, &self.snapshot, keys).await?;
        let listed = rows.iter().filter(|row| window.lists(row.grain));
        let listed: BTreeSet<_> = listed.map(|row| (row.unit, row.fact.id)).collect();
        Ok(keys.iter().filter(|key| listed.contains(&(key.unit, key.fact))).copied().collect())
    }
}

/// The next so many postings of a query, all in one month.
fn part_of<'q>(query: &PostingQuery<'q>, after: Option<(UnitId, RecordId)>) -> PostingQuery<'q> {
    PostingQuery { after, limit: AT_ONCE, months: query.months.clone(), ..*query }
}
