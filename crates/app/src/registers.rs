//! Registers (台账) of a unit with everything under it: which there are, and
//! which of their records somebody asks for.
//!
//! An index ([`search::Index`]) finds the records that fit; it is brought up to
//! date before it answers. Their contents are read from storage.

mod filter_value;
mod overview;
pub mod views;

use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use campaign::definition::{FormIdx, StateIdx};
use jiff::Timestamp;
use ledger::fact::Fact;
use model::ids::{RecordId, UnitId};
use store::{Tx, listing, records};

pub use self::{
    filter_value::{NOT_LINKED, value},
    overview::{Overview, RegisterSummary, overview},
};
use crate::{
    Action, App, Context, Denied, Error, Result, Snapshot,
    access_log::{AccessAction, note_reading},
    index::{IndexUpdater, TIMEOUT, register_forms},
    record::{Record, may_begin, unconfirmed},
};
pub use crate::{
    index::{IndexReach, update_indexes},
    record::number_field,
};
pub use search::{By, Filter, Sort, Test};

/// Which records of a register are asked for, and in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Id of the register.
    pub form: String,
    /// The unit whose records they are, with everything under it today.
    pub unit: UnitId,
    /// What must hold of them.
    pub filter: Filter,
    /// Their order.
    pub sort: Sort,
}

/// One record of a list.
pub struct ListRow {
    /// The record.
    pub fact: Fact,
    /// Rises with every change.
    pub version: i64,
    /// Position of its state in the form's workflow.
    pub state: Option<StateIdx>,
    /// Its last change: when, and by whom.
    pub changed: Option<(Timestamp, String)>,
    /// Whether it was entered with what a second person decides, and none has confirmed it.
    pub lacks_second_person: bool,
}

/// A page of a register.
pub struct ListPage {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the form.
    pub form: FormIdx,
    /// The records, in the order asked for.
    pub rows: Vec<ListRow>,
    /// How many records fit, exactly.
    pub count: usize,
    /// Which page this is, from 1: the one asked for, or the last there is.
    pub page: usize,
    /// How far it reaches.
    pub reach: IndexReach,
}

/// Everything that a selection holds.
pub struct ListIds {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the form.
    pub form: FormIdx,
    /// The records, in order.
    pub ids: Vec<RecordId>,
}

/// The registers of the campaign that `unit` may see, by position of the form.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's; [`Error::Forbidden`] for viewers.
pub fn visible_registers(ctx: &Context, snapshot: &Snapshot, unit: UnitId) -> Result<Vec<FormIdx>> {
    ctx.require(Action::ReadRecords, snapshot, unit)?;
    Ok(register_forms(&snapshot.definition).filter(|form| ctx.may_see_form(snapshot, *form)).collect())
}

/// The register with this id, for somebody who may see records of `unit`.
///
/// # Errors
/// As [`visible_registers`]; [`Error::NotFound`] for a register that the campaign has not.
pub fn to_see(ctx: &Context, snapshot: &Snapshot, unit: UnitId, form: &str) -> Result<FormIdx> {
    ctx.require(Action::ReadRecords, snapshot, unit)?;
    snapshot.register(ctx, form)
}

/// The register, return or baseline with this id, for somebody who may enter records of `unit`.
///
/// # Errors
/// As [`visible_registers`]; [`Error::NotFound`] for a register that the campaign has not;
/// [`Error::Forbidden`] for one whose records are not the person's to begin.
pub fn to_fill_in(ctx: &Context, snapshot: &Snapshot, unit: UnitId, form: &str) -> Result<FormIdx> {
    ctx.require(Action::WriteRecords, snapshot, unit)?;
    let form = snapshot.form_of_records(ctx, form)?;
    if may_begin(ctx, snapshot, unit, form) { Ok(form) } else { Err(Error::Forbidden(Denied::BeginRecord)) }
}

/// A page of the records that fit, with their exact number.
///
/// # Errors
/// As [`to_see`].
#[boxed_async]
pub async fn list(
    app: &App,
    ctx: &Context,
    selection: &Selection,
    page: usize,
    size: usize,
) -> Result<ListPage> {
    let snapshot = app.current(ctx).await?;
    let form = to_see(ctx, &snapshot, selection.unit, &selection.form)?;
    let updater = IndexUpdater::new(app, &snapshot, form)?;
    let reach = updater.update_within(TIMEOUT).await?;
    if matches!(reach, IndexReach::Building(_)) {
        return Ok(ListPage { snapshot, form, rows: Vec::new(), count: 0, page: 1, reach });
    }
    let size = size.max(1);
    let skip = (page.max(1) - 1).saturating_mul(size);
    let mut found = query_index(&updater, ctx, &snapshot, selection, skip, size).await?;
    let count = usize::try_from(found.count).map_err(Error::internal)?;
    let page = page.clamp(1, count.div_ceil(size).max(1));
    if found.ids.is_empty() && count > 0 {
        // The page asked for lies behind the last.
        found = query_index(&updater, ctx, &snapshot, selection, (page - 1) * size, size).await?;
    }
    let mut tx = app.read(ctx.region).await?;
    let rows = rows(&mut tx, &snapshot, &found.ids).await?;
    drop(tx);
    let names_persons = !snapshot.definition.forms[form].persons.is_empty();
    if names_persons && page == 1 && !selection.filter.text.trim().is_empty() {
        // What was typed may be a name: that it was searched for is noted, and not what.
        let (action, count) = (AccessAction::SearchRecords, count.to_string());
        note_reading(app, ctx, action, Some(selection.unit), &selection.form, &count).await?;
    }
    Ok(ListPage { snapshot, form, rows, count, page, reach })
}

/// Every record that fits, in order: for what is done to all of them. Waits
/// until the index holds everything that was committed before.
///
/// # Errors
/// As [`to_see`].
#[boxed_async]
pub async fn ids(app: &App, ctx: &Context, selection: &Selection) -> Result<ListIds> {
    let snapshot = app.current(ctx).await?;
    let form = to_see(ctx, &snapshot, selection.unit, &selection.form)?;
    let updater = IndexUpdater::new(app, &snapshot, form)?;
    updater.bring_up_to_date().await?;
    let found = query_index(&updater, ctx, &snapshot, selection, 0, usize::MAX).await?;
    Ok(ListIds { snapshot, form, ids: found.ids })
}

/// Some of the records that [`ids`] named, in the order of `ids`; those that
/// have gone or have left the unit meanwhile are left out.
///
/// # Errors
/// As [`to_see`].
#[boxed_async]
pub async fn read(app: &App, ctx: &Context, selection: &Selection, ids: &[RecordId]) -> Result<Vec<ListRow>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let form = to_see(ctx, &snapshot, selection.unit, &selection.form)?;
    let mut rows = rows(&mut tx, &snapshot, ids).await?;
    let today = ctx.today(&snapshot).month();
    rows.retain(|row| row.fact.form == form && snapshot.tree.is_within(row.fact.unit, selection.unit, today));
    Ok(rows)
}

async fn query_index(
    updater: &IndexUpdater,
    ctx: &Context,
    snapshot: &Snapshot,
    selection: &Selection,
    skip: usize,
    most: usize,
) -> Result<search::SearchResult> {
    let units = snapshot.units_within(selection.unit, ctx.today(snapshot));
    updater.find(selection.filter.clone(), units, selection.sort, skip, most).await
}

/// Records by id, in the order of `ids`, with their last changes.
async fn rows(tx: &mut Tx, snapshot: &Snapshot, ids: &[RecordId]) -> Result<Vec<ListRow>> {
    let stored = records::find_all(tx, ids).await?;
    let mut latest = BTreeMap::new();
    for some in ids.chunks(5_000) {
        latest.extend(listing::latest(tx, some).await?);
    }
    let mut rows = BTreeMap::new();
    let unconfirmed = unconfirmed(tx, snapshot, &stored).await?;
    for row in stored {
        let record = Record::new(snapshot, row)?;
        let (id, version, state) = (record.row.id, record.row.version, record.state(snapshot));
        let changed = latest.remove(&id);
        let changed =
            changed.and_then(|latest| Some((Timestamp::from_microsecond(latest.at).ok()?, latest.actor)));
        let lacks_second_person = unconfirmed.contains(&id);
        rows.insert(id, ListRow { fact: record.fact, version, state, changed, lacks_second_person });
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}
