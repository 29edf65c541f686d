//! Reading the returns for some periods.

use campaign::definition::FormIdx;
use model::{ids::UnitId, period::ReportingPeriod};
use store::{
    Tx,
    records::{self, RecordRow},
};

use super::Record;
use crate::{Result, Snapshot};

/// Hands every return of some units for one of these periods to `take`. There are none of a form that is not for periods.
pub(crate) async fn for_each_return(
    tx: &mut Tx,
    snapshot: &Snapshot,
    form: FormIdx,
    (units, periods): (&[UnitId], &[ReportingPeriod]),
    mut take: impl FnMut(Record, ReportingPeriod) + Send,
) -> Result<()> {
    let definition = &snapshot.definition.forms[form];
    let Some(reporting) = definition.reporting else { return Ok(()) };
    let mut corrupt = None;
    let take = |row: RecordRow| match Record::new(snapshot, row) {
        Ok(record) => {
            let period = definition.reporting_period(&record.fact.values);
            if let Some(period) = period.filter(|period| periods.contains(period)) {
                take(record, period);
            }
        }
        Err(error) => corrupt = Some(error),
    };
    // A return that the period alone identifies is found by it.
    let is_found_by_period = definition.identity.as_slice() == [reporting.field];
    let identities: Option<Vec<String>> =
        is_found_by_period.then(|| periods.iter().map(ReportingPeriod::to_string).collect());
    records::for_each_of_units(tx, &definition.id, units, identities.as_deref(), take).await?;
    corrupt.map_or(Ok(()), Err)
}
