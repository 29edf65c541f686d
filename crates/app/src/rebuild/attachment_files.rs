//! Attachments against their hashes.

use store::attachments;

use super::verified::{Finding, Findings};
use crate::{App, Context, Error, Result};

/// Attachments that are read before others of the runtime have their turn.
const BATCH: usize = 50;

/// Reads every attachment that is there and compares it with its hash; how many there are. A program that has nothing to do
/// with attachments looks at none.
pub(super) async fn check(app: &App, ctx: &Context, findings: &mut Findings) -> Result<u64> {
    let Ok(cabinet) = app.cabinet(ctx) else { return Ok(0) };
    let mut tx = app.read(ctx.region).await?;
    let rows = attachments::list_all(&mut tx).await?;
    drop(tx);
    let count = rows.len();
    for batch in rows.chunks(BATCH) {
        let (cabinet, batch) = (cabinet.clone(), batch.to_vec());
        let read = tokio::task::spawn_blocking(move || -> store::Result<Vec<Finding>> {
            let mut found = Vec::new();
            for row in batch {
                let is_missing = match cabinet.files.read(&row.hash) {
                    Ok(Some(_)) => continue,
                    Ok(None) => true,
                    Err(store::Error::Corrupt { .. }) => false,
                    Err(error) => return Err(error),
                };
                let (record, name) = (row.fact_id, row.name);
                found.push(Finding::Attachment { id: row.attachment_id, record, name, is_missing });
            }
            Ok(found)
        });
        read.await.map_err(Error::internal)??.into_iter().for_each(|finding| findings.add(finding));
    }
    Ok(count as u64)
}
