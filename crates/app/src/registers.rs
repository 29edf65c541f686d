//! Registers (台账) of a unit with everything under it: which there are, and
//! which of their records somebody asks for.
//!
//! Which records fit is told by an index ([`search::Index`]) that is brought
//! up to date before it answers; what they state is read from storage.

mod asked;
mod indexes;
mod keeper;
pub(crate) mod keys;
pub mod views;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use campaign::definition::{Campaign, FieldKind, Form, FormKind};
use jiff::Timestamp;
use ledger::fact::Fact;
use model::{
    ids::{FactId, UnitId},
    month::Month,
};
use store::{Tx, facts, listing};

pub use self::asked::value;
pub(crate) use self::indexes::Indexes;
use self::keeper::Keeper;
pub use self::keeper::Reach;
use crate::{Action, App, Context, Error, Result, Snapshot, record::read_fact, standing::state_of, steps};
pub use search::{By, Filter, Sort, Test};

/// How long a list waits for what has just changed; then it says how far it reaches.
const PATIENCE: Duration = Duration::from_secs(1);

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
pub struct Row {
    /// The record.
    pub fact: Fact,
    /// Rises with every change.
    pub version: i64,
    /// Position of its state in the form's workflow.
    pub state: Option<usize>,
    /// Its last change: when, and by whom.
    pub changed: Option<(Timestamp, String)>,
}

/// A page of a register.
pub struct ListPage {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the form.
    pub form: usize,
    /// The records, in the order asked for.
    pub rows: Vec<Row>,
    /// How many records fit, exactly.
    pub count: usize,
    /// Which page this is, from 1: the one asked for, or the last there is.
    pub page: usize,
    /// How far it reaches.
    pub reach: Reach,
}

/// Everything that a selection holds.
pub struct Selected {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the form.
    pub form: usize,
    /// The records, in order.
    pub ids: Vec<FactId>,
}

/// The registers of the campaign that `unit` may see, by position of the form.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's; [`Error::Forbidden`] for viewers.
pub fn all(ctx: &Context, snapshot: &Snapshot, unit: UnitId) -> Result<Vec<usize>> {
    ctx.require(Action::SeeFacts, snapshot, unit)?;
    Ok(of_campaign(&snapshot.campaign).collect())
}

/// The register with this id, for somebody who may see records of `unit`.
///
/// # Errors
/// As [`all`]; [`Error::NotFound`] for a register that the campaign has not.
pub fn to_see(ctx: &Context, snapshot: &Snapshot, unit: UnitId, form: &str) -> Result<usize> {
    ctx.require(Action::SeeFacts, snapshot, unit)?;
    find(snapshot, form)
}

/// The register with this id, for somebody who may enter records of `unit`.
///
/// # Errors
/// As [`all`]; [`Error::NotFound`] for a register that the campaign has not;
/// [`Error::Forbidden`] for one whose records are not the person's to begin.
pub fn to_fill_in(ctx: &Context, snapshot: &Snapshot, unit: UnitId, form: &str) -> Result<usize> {
    ctx.require(Action::Import, snapshot, unit)?;
    let form = find(snapshot, form)?;
    if steps::may_begin(ctx, snapshot, unit, form) {
        Ok(form)
    } else {
        Err(Error::Forbidden("begin this record"))
    }
}

/// A page of the records that fit, with their exact number.
///
/// # Errors
/// As [`to_see`].
pub async fn list(
    app: &App,
    ctx: &Context,
    selection: &Selection,
    page: usize,
    size: usize,
) -> Result<ListPage> {
    let snapshot = app.current().await?;
    let form = to_see(ctx, &snapshot, selection.unit, &selection.form)?;
    let keeper = Keeper::new(app, &snapshot, form)?;
    let reach = keeper.hurry(PATIENCE).await?;
    let size = size.max(1);
    let skip = (page.max(1) - 1).saturating_mul(size);
    let mut found = ask(&keeper, ctx, &snapshot, selection, skip, size).await?;
    let count = usize::try_from(found.count).map_err(Error::internal)?;
    let page = page.clamp(1, count.div_ceil(size).max(1));
    if found.ids.is_empty() && count > 0 {
        // The page asked for lies behind the last.
        found = ask(&keeper, ctx, &snapshot, selection, (page - 1) * size, size).await?;
    }
    let mut tx = app.db.read(app.region).await?;
    let rows = rows(&mut tx, &snapshot, &found.ids).await?;
    tx.rollback().await?;
    Ok(ListPage { snapshot, form, rows, count, page, reach })
}

/// Every record that fits, in order: for what is done to all of them. Waits
/// until the index holds everything that was committed before.
///
/// # Errors
/// As [`to_see`].
pub async fn ids(app: &App, ctx: &Context, selection: &Selection) -> Result<Selected> {
    let snapshot = app.current().await?;
    let form = to_see(ctx, &snapshot, selection.unit, &selection.form)?;
    let keeper = Keeper::new(app, &snapshot, form)?;
    keeper.bring_up_to_date().await?;
    let found = ask(&keeper, ctx, &snapshot, selection, 0, usize::MAX).await?;
    Ok(Selected { snapshot, form, ids: found.ids })
}

/// Some of the records that [`ids`] named, in the order of `ids`; those that
/// have gone or have left the unit meanwhile are left out.
///
/// # Errors
/// As [`to_see`].
pub async fn read(app: &App, ctx: &Context, selection: &Selection, ids: &[FactId]) -> Result<Vec<Row>> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let form = to_see(ctx, &snapshot, selection.unit, &selection.form)?;
    let mut rows = rows(&mut tx, &snapshot, ids).await?;
    tx.rollback().await?;
    let today = Month::of(ctx.clock.today());
    rows.retain(|row| row.fact.form == form && snapshot.tree.is_within(row.fact.unit, selection.unit, today));
    Ok(rows)
}

/// Brings the indexes of all registers up to date, those that are to be built
/// last: what a server does beside requests, so that nobody has to wait for
/// it. From time to time it looks `thoroughly`: for what was committed late, and once whether all records are there.
///
/// # Errors
/// When storage or an index refuses.
pub async fn keep_up(app: &App, thoroughly: bool) -> Result<()> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let mut sizes = Vec::new();
    for form in of_campaign(&snapshot.campaign) {
        let is_new = Keeper::new(app, &snapshot, form)?.index().reached().is_none();
        let size = if is_new { listing::count(&mut tx, &snapshot.campaign.forms[form].id).await? } else { 0 };
        sizes.push((size, form));
    }
    tx.rollback().await?;
    sizes.sort_unstable();
    for (_, form) in sizes {
        let keeper = Keeper::new(app, &snapshot, form)?;
        if thoroughly {
            keeper.look_over().await?;
        } else {
            keeper.bring_up_to_date().await?;
        }
    }
    Ok(())
}

/// The newest records that fit, as far as the index reaches at once: enough for suggestions.
pub(crate) async fn newest(
    app: &App,
    ctx: &Context,
    snapshot: &Arc<Snapshot>,
    selection: &Selection,
    most: usize,
) -> Result<search::Found> {
    let form = to_see(ctx, snapshot, selection.unit, &selection.form)?;
    let keeper = Keeper::new(app, snapshot, form)?;
    keeper.hurry(PATIENCE).await?;
    ask(&keeper, ctx, snapshot, selection, 0, most).await
}

/// The field whose value alone tells a unit's records of this form apart: their number.
pub fn number_field(form: &Form) -> Option<usize> {
    let mut own = form.identity.iter().copied().filter(|field| Some(*field) != form.unit_field());
    let field = own.next().filter(|_| own.next().is_none())?;
    matches!(form.fields[field].kind, FieldKind::Text { .. }).then_some(field)
}

async fn ask(
    keeper: &Keeper,
    ctx: &Context,
    snapshot: &Snapshot,
    selection: &Selection,
    skip: usize,
    most: usize,
) -> Result<search::Found> {
    let units = units_of(ctx, snapshot, selection.unit);
    let (filter, sort) = (selection.filter.clone(), selection.sort);
    let ask = move |index: &search::Index| {
        index.find(&search::Ask { filter: &filter, units: units.as_deref(), sort, skip, most })
    };
    keeper.read(ask).await
}

/// Records by id, in the order of `ids`, with their last changes.
async fn rows(tx: &mut Tx, snapshot: &Snapshot, ids: &[FactId]) -> Result<Vec<Row>> {
    let stored = facts::find_all(tx, ids).await?;
    let mut latest = BTreeMap::new();
    for some in ids.chunks(5_000) {
        latest.extend(listing::latest(tx, some).await?);
    }
    let mut rows = BTreeMap::new();
    for row in &stored {
        let fact = read_fact(snapshot, row)?;
        let state = state_of(snapshot, row, &fact.values);
        let changed = latest.remove(&row.id);
        let changed =
            changed.and_then(|latest| Some((Timestamp::from_microsecond(latest.at).ok()?, latest.actor)));
        rows.insert(row.id, Row { fact, version: row.version, state, changed });
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// Whose records are listed; `None` for those of the whole region.
pub(crate) fn units_of(ctx: &Context, snapshot: &Snapshot, unit: UnitId) -> Option<Vec<UnitId>> {
    if snapshot.root() == Some(unit) {
        return None;
    }
    let today = Month::of(ctx.clock.today());
    let below = snapshot.tree.ever_below(unit).into_iter();
    Some(below.filter(|below| snapshot.tree.is_within(*below, unit, today)).collect())
}

/// The registers of a campaign, by position of the form.
fn of_campaign(campaign: &Campaign) -> impl Iterator<Item = usize> {
    let forms = campaign.forms.iter().enumerate();
    forms.filter(|(_, form)| form.kind == FormKind::Register).map(|(position, _)| position)
}

pub(crate) fn find(snapshot: &Snapshot, form: &str) -> Result<usize> {
    let found = snapshot.campaign.form(form).filter(|(_, form)| form.kind == FormKind::Register);
    found
        .map(|(position, _)| position)
        .ok_or_else(|| Error::NotFound { what: "register", key: form.to_owned() })
}
