//! What waits for whom (待办): the clocks that run, and for which role in
//! which unit. Rows follow from the facts, like balances: they are written
//! with every change of a record and folded anew with the balances.

mod clocks;
mod digest;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Span, civil::Date};
use ledger::fact::Fact;
use model::{
    ids::{FactId, UnitId},
    month::Month,
};
use store::{
    Tx,
    awaited::{self, Waiting},
    facts,
};

pub(crate) use self::clocks::{fold_anew, has_clocks, running};
pub use self::digest::{Digest, digest};
use crate::{Action, App, Context, Error, Result, Role, Snapshot, record::read_fact, state_of};

/// What is counted no further: a longer list is "more than that".
pub const MOST: i64 = 1_000;

/// Which part of what waits is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Due {
    /// All of it.
    #[default]
    Any,
    /// What should have been done before today.
    Overdue,
    /// What is due within seven days from today.
    Week,
}

/// What a page of the work list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Only records of this form.
    pub form: Option<String>,
    /// Only what is due then.
    pub due: Due,
    /// Rows before the page.
    pub skip: usize,
    /// Rows on the page.
    pub limit: usize,
}

/// Something that waits for the person.
pub struct Item {
    /// The record.
    pub fact: Fact,
    /// Position of its state.
    pub state: usize,
    /// Position of the clock.
    pub clock: usize,
    /// The last day.
    pub due: Date,
    /// Since when the record has been where it is.
    pub since: Date,
}

/// How much waits, each counted up to [`MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of it.
    pub all: i64,
    /// What should have been done before today.
    pub overdue: i64,
    /// What is due within seven days from today.
    pub week: i64,
    /// What has come since yesterday.
    pub new: i64,
}

/// A page of the work list.
pub struct Page {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// What waits, the longest overdue first.
    pub items: Vec<Item>,
    /// How much waits under the question, counted up to [`MOST`].
    pub total: i64,
    /// How much waits for the person, whatever was asked.
    pub counts: Counts,
}

/// A page of what waits for the person.
///
/// # Errors
/// [`Error::Forbidden`] for viewers, for whom nothing waits.
pub async fn list(app: &App, ctx: &Context, ask: &Ask) -> Result<Page> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    require(ctx, &snapshot)?;
    if let Some(form) = &ask.form {
        snapshot
            .campaign
            .form(form)
            .ok_or_else(|| Error::NotFound { what: "register", key: form.clone() })?;
    }
    let today = ctx.clock.today();
    let person = Person::of(ctx, &snapshot);
    let days = Days::new(today);
    let waiting = days.of(ask.due, Waiting { form: ask.form.as_deref(), ..person.waiting() });
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let found = awaited::list(&mut tx, &waiting, number(ask.skip), number(ask.limit)).await?;
    let total = awaited::count(&mut tx, &waiting, MOST).await?;
    let counts = person.counts(&mut tx, &days).await?;
    let items = items(&mut tx, &snapshot, found).await?;
    tx.rollback().await?;
    Ok(Page { snapshot, items, total, counts })
}

/// How much waits for the person, counted up to `most`.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, ctx: &Context, most: i64) -> Result<i64> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    require(ctx, &snapshot)?;
    let counted = awaited::count(&mut tx, &Person::of(ctx, &snapshot).waiting(), most).await?;
    tx.rollback().await?;
    Ok(counted)
}

fn require(ctx: &Context, snapshot: &Snapshot) -> Result<()> {
    match ctx.unit() {
        Some(own) => ctx.require(Action::Import, snapshot, own),
        None => Ok(()),
    }
}

/// For whom something waits.
struct Person {
    role: Role,
    /// The person's own unit; `None` for the whole region.
    own: Option<UnitId>,
    /// The units that the person acts for; `None` for the whole region.
    units: Option<Vec<UnitId>>,
}

impl Person {
    fn of(ctx: &Context, snapshot: &Snapshot) -> Self {
        Self::new(ctx.role(), ctx.unit(), Month::of(ctx.clock.today()), snapshot)
    }

    fn new(role: Role, unit: Option<UnitId>, today: Month, snapshot: &Snapshot) -> Self {
        let own = unit.filter(|own| snapshot.root() != Some(*own));
        let below = |own| {
            let ever = snapshot.tree.ever_below(own).into_iter();
            ever.filter(move |unit| snapshot.tree.is_within(*unit, own, today)).chain([own])
        };
        let units = own.map(|own| {
            let mut units: Vec<UnitId> = below(own).collect();
            units.sort_unstable();
            units.dedup();
            units
        });
        Self { role, own, units }
    }

    fn waiting(&self) -> Waiting<'_> {
        Waiting {
            role: self.role.name(),
            units: self.units.as_deref(),
            own: self.own,
            is_city: self.own.is_none(),
            form: None,
            from: None,
            until: None,
            since: None,
        }
    }

    async fn counts(&self, tx: &mut Tx, days: &Days) -> Result<Counts> {
        let all = self.waiting();
        Ok(Counts {
            all: awaited::count(tx, &all, MOST).await?,
            overdue: awaited::count(tx, &days.of(Due::Overdue, all.clone()), MOST).await?,
            week: awaited::count(tx, &days.of(Due::Week, all.clone()), MOST).await?,
            new: awaited::count(tx, &Waiting { since: Some(&days.yesterday), ..all }, MOST).await?,
        })
    }
}

/// The days that what waits is sorted by, as they are stored.
struct Days {
    yesterday: String,
    today: String,
    /// The last of seven days from today.
    week: String,
}

impl Days {
    fn new(today: Date) -> Self {
        let day = |days: i64| today.saturating_add(Span::new().days(days)).to_string();
        Self { yesterday: day(-1), today: day(0), week: day(6) }
    }

    fn of<'a>(&'a self, due: Due, waiting: Waiting<'a>) -> Waiting<'a> {
        match due {
            Due::Any => waiting,
            Due::Overdue => Waiting { until: Some(&self.yesterday), ..waiting },
            Due::Week => Waiting { from: Some(&self.today), until: Some(&self.week), ..waiting },
        }
    }
}

async fn items(tx: &mut Tx, snapshot: &Snapshot, found: Vec<awaited::Found>) -> Result<Vec<Item>> {
    let ids: Vec<FactId> = found.iter().map(|(id, ..)| FactId(*id)).collect();
    let rows = facts::find_all(tx, &ids).await?;
    let rows: BTreeMap<i64, _> = rows.into_iter().map(|row| (row.id.0, row)).collect();
    let mut items = Vec::with_capacity(found.len());
    for (id, clock, due, since) in found {
        let Some(row) = rows.get(&id) else { continue };
        let fact = read_fact(snapshot, row)?;
        let Some(workflow) = &snapshot.campaign.forms[fact.form].workflow else { continue };
        let clock = workflow.clocks.iter().position(|known| known.id == clock);
        let state = state_of(snapshot, row, &fact.values);
        let days = due.parse().ok().zip(since.parse().ok());
        if let (Some(clock), Some(state), Some((due, since))) = (clock, state, days) {
            items.push(Item { fact, state, clock, due, since });
        }
    }
    Ok(items)
}
