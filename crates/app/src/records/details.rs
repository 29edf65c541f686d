//! One record with everything that was done to it.

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::definition::{StateIdx, Values};
use jiff::civil::Date;
use ledger::{
    fact::Fact,
    post::{Posting, postings},
};
use model::{clock::day_of, ids::RecordId};
use store::Tx;

use crate::{
    Action, App, Context, Error, FieldFault, MissingPeriod, Result, Snapshot, Thing, UnitView,
    comments::{self, Comment},
    reconciliation::{RegisterCount, counts_of},
    record::{Record, RecordChange, authorised, change_list, values_at, warnings},
    references::{self, Referred, ReferredBy},
    unmask_log::{LogEntry, logged},
};

/// One record with everything that was done to it.
pub struct RecordDetails {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// What it states.
    pub fact: Fact,
    /// What its unit has stated and somebody else has to confirm.
    pub pending: Values,
    /// Rises with every change.
    pub version: i64,
    /// The unit it belongs to.
    pub unit: UnitView,
    /// What it counts towards.
    pub postings: Vec<Posting>,
    /// What somebody should look at.
    pub warnings: Vec<FieldFault>,
    /// Its changes, oldest first.
    pub changes: Vec<RecordChange>,
    /// What people say about it, oldest first.
    pub comments: Vec<Comment>,
    /// Its state; `None` for a record that takes no transitions.
    pub state: Option<StateIdx>,
    /// Since when it has been in its state.
    pub since: Date,
    /// What was done about its personal data, oldest first.
    pub privacy: Vec<LogEntry>,
    /// The records that it refers to.
    pub referred: Vec<Referred>,
    /// How many records refer to it, by form and field.
    pub referred_by: Vec<ReferredBy>,
    /// What registers count for its fields, when it is a return.
    pub register_counts: Vec<RegisterCount>,
}

impl RecordDetails {
    /// What it stated at `version`; `None` when its history does not reach back so far.
    pub fn at_version(&self, version: i64) -> Option<&Values> {
        values_at(&self.changes, (&self.fact.values, self.version), version)
    }

    /// What it stated at the end of an earlier day; `today` is the last that can be asked for.
    ///
    /// # Errors
    /// [`Error::NoSuchPeriod`] for a day to come, and for one before it was entered; [`Error::NotFound`] where its
    /// history does not say.
    pub fn on_day(&self, day: Date, today: Date) -> Result<&Values> {
        if day > today {
            return Err(Error::NoSuchPeriod(MissingPeriod::DayToCome { day, today }));
        }
        let first = self.changes.first().map_or(today, |change| day_of(change.at));
        if day < first {
            return Err(Error::NoSuchPeriod(MissingPeriod::DayBefore { day, first }));
        }
        let last = self.changes.iter().rfind(|change| day_of(change.at) <= day);
        last.and_then(|change| change.after.as_ref())
            .ok_or_else(|| Error::NotFound { what: Thing::Record, key: self.fact.id.to_string() })
    }
}

/// One record with everything that was done to it.
///
/// # Errors
/// [`Error::NotFound`] for a record that does not exist or belongs to a unit that
/// is not the person's; [`Error::Forbidden`] for viewers.
#[boxed_async]
pub async fn find(app: &App, ctx: &Context, id: RecordId) -> Result<RecordDetails> {
    let mut tx = app.read(ctx.region).await?;
    let (snapshot, record) = authorised(app, ctx, &mut tx, Action::ReadRecords, id).await?;
    details(&mut tx, ctx, snapshot, record).await
}

/// A record that has been read, with everything that was done to it.
pub(crate) async fn details(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: Arc<Snapshot>,
    record: Record,
) -> Result<RecordDetails> {
    let id = record.row.id;
    let changes = change_list(tx, &snapshot, record.fact.form, id).await?;
    let comments = comments::list(tx, ctx, id).await?;
    let logged_rows = store::unmask_log::list_of_record(tx, id).await?;
    let referred = references::referred(tx, ctx, &snapshot, &record.fact).await?;
    let referred_by = references::referred_by(tx, ctx, &snapshot, id).await?;
    let form = &snapshot.definition.forms[record.fact.form];
    let register_counts = match form.reporting_period(&record.fact.values) {
        Some(period) => counts_of(tx, ctx, &snapshot, record.fact.form, (record.fact.unit, period)).await?,
        None => Vec::new(),
    };
    let missing = || Error::NotFound { what: Thing::Unit, key: record.fact.unit.to_string() };
    Ok(RecordDetails {
        changes,
        comments,
        referred,
        referred_by,
        register_counts,
        state: record.state(&snapshot),
        since: record.in_state_since(),
        privacy: logged_rows.into_iter().filter_map(|row| logged(&snapshot, row)).collect(),
        version: record.row.version,
        pending: record.pending,
        unit: snapshot.view(record.fact.unit).ok_or_else(missing)?,
        postings: postings(&snapshot.definition, &record.fact, &snapshot.classes),
        warnings: warnings(&snapshot.definition.forms[record.fact.form], &record.fact.values),
        fact: record.fact,
        snapshot,
    })
}
