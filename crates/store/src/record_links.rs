//! Links of records to units other than their own at which they count: the other side of a matching.

use boxed_async::boxed_async;
use model::ids::{RecordId, UnitId};
use sqlx::FromRow;

use crate::{Result, Tx, bulk};

#[derive(FromRow)]
struct Link {
    #[sqlx(try_from = "i64")]
    fact_id: RecordId,
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
}

/// Links records to units.
#[boxed_async]
pub async fn insert(tx: &mut Tx, links: &[(UnitId, RecordId)]) -> Result<()> {
    let region = tx.region;
    let rows = links.iter().map(|(unit, record)| [region.into(), (*unit).into(), (*record).into()]);
    bulk::insert(tx, "fact_link", ["region_id", "unit_id", "fact_id"], "ON CONFLICT DO NOTHING", rows)
        .await?;
    Ok(())
}

/// Removes all links of the region.
#[boxed_async]
pub async fn clear(tx: &mut Tx) -> Result<()> {
    tx.query("DELETE FROM fact_link WHERE region_id = $1").execute(tx).await?;
    Ok(())
}

/// Hands every link of the region to `take`: the other unit and the record.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(UnitId, RecordId)) -> Result<()> {
    let text = "SELECT fact_id, unit_id FROM fact_link WHERE region_id = $1";
    let take = |row: Link| {
        take(row.unit_id, row.fact_id);
        Ok(())
    };
    tx.query(text).for_each(tx, take).await
}

/// Removes a record's links.
#[boxed_async]
pub async fn delete(tx: &mut Tx, units: &[UnitId], record: RecordId) -> Result<()> {
    let text = "DELETE FROM fact_link WHERE region_id = $1 AND unit_id = $2 AND fact_id = $3";
    for unit in units {
        tx.query(text).bind(*unit).bind(record).execute(tx).await?;
    }
    Ok(())
}
