//! What waits for whom (待办): the clocks that run and the transitions of another level, and
//! for which role in which unit. Rows follow from the records, like balances: they are written
//! with every change of a record and folded anew with the balances.

mod digest;

use campaign::definition::StateIdx;
use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use jiff::{Span, civil::Date};
use ledger::fact::Fact;
use model::{
    clock::BusinessDay,
    ids::{RecordId, UnitId},
    month::Month,
};
use store::{
    Tx, records,
    todo::{self, TodoFilter},
};

pub use self::digest::{Digest, digest};
pub use crate::record::Todo;
use crate::{Action, App, Context, Error, Result, Role, RoleLevel, Snapshot, Thing, record::Record};

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
pub struct TodoRequest {
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
    pub state: StateIdx,
    /// What it is.
    pub todo: Todo,
    /// The last day, if there is one.
    pub due: Option<Date>,
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
pub struct TodoPage {
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
#[boxed_async]
pub async fn list(app: &App, ctx: &Context, ask: &TodoRequest) -> Result<TodoPage> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    require(ctx, &snapshot)?;
    if let Some(form) = &ask.form {
        snapshot
            .campaign
            .form(form)
            .ok_or_else(|| Error::NotFound { what: Thing::Register, key: form.clone() })?;
    }
    let today = ctx.today(&snapshot);
    let person = Person::of(ctx, &snapshot);
    let days = Days::new(today);
    let waiting = days.of(ask.due, TodoFilter { form: ask.form.as_deref(), ..person.filter() });
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let found = todo::list(&mut tx, &waiting, number(ask.skip), number(ask.limit)).await?;
    let total = todo::count(&mut tx, &waiting, MOST).await?;
    let counts = person.counts(&mut tx, &days).await?;
    let items = items(&mut tx, &snapshot, found).await?;
    Ok(TodoPage { snapshot, items, total, counts })
}

/// How much waits for the person, counted up to `most`.
///
/// # Errors
/// As [`list`].
#[boxed_async]
pub async fn count(app: &App, ctx: &Context, most: i64) -> Result<i64> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    require(ctx, &snapshot)?;
    let counted = todo::count(&mut tx, &Person::of(ctx, &snapshot).filter(), most).await?;
    Ok(counted)
}

/// How much waits for those who have a role at a unit.
pub(crate) async fn counts_of(
    tx: &mut Tx,
    snapshot: &Snapshot,
    role: &Role,
    unit: UnitId,
    today: BusinessDay,
) -> Result<Counts> {
    let person = Person::new(role.id(), Some(unit), today.month(), snapshot);
    person.counts(tx, &Days::new(today)).await
}

fn require(ctx: &Context, snapshot: &Snapshot) -> Result<()> {
    match ctx.unit() {
        Some(own) => ctx.require(Action::ReadTodo, snapshot, own),
        None => Ok(()),
    }
}

/// For whom something waits.
struct Person {
    /// Id of the role.
    role: String,
    /// The person's own unit; `None` for the whole region.
    own: Option<UnitId>,
    /// The units that the person acts for; `None` for the whole region.
    units: Option<Vec<UnitId>>,
}

impl Person {
    fn of(ctx: &Context, snapshot: &Snapshot) -> Self {
        // The system sees what waits for the office of the city.
        let is_office = |role: &&Role| role.level() == RoleLevel::City && role.allows(Action::ReadTodo);
        let role = ctx.role().or_else(|| snapshot.campaign.roles.iter().find(is_office));
        let role = role.map(Role::id).unwrap_or_default();
        Self::new(role, ctx.unit(), ctx.today(snapshot).month(), snapshot)
    }

    fn new(role: &str, unit: Option<UnitId>, today: Month, snapshot: &Snapshot) -> Self {
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
        Self { role: role.to_owned(), own, units }
    }

    fn filter(&self) -> TodoFilter<'_> {
        TodoFilter {
            role: &self.role,
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
        let all = self.filter();
        Ok(Counts {
            all: todo::count(tx, &all, MOST).await?,
            overdue: todo::count(tx, &days.of(Due::Overdue, all.clone()), MOST).await?,
            week: todo::count(tx, &days.of(Due::Week, all.clone()), MOST).await?,
            new: todo::count(tx, &TodoFilter { since: Some(&days.yesterday), ..all }, MOST).await?,
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
    fn new(today: BusinessDay) -> Self {
        let day = |days: i64| today.date().saturating_add(Span::new().days(days)).to_string();
        Self { yesterday: day(-1), today: day(0), week: day(6) }
    }

    fn of<'a>(&'a self, due: Due, waiting: TodoFilter<'a>) -> TodoFilter<'a> {
        match due {
            Due::Any => waiting,
            Due::Overdue => TodoFilter { until: Some(&self.yesterday), ..waiting },
            Due::Week => TodoFilter { from: Some(&self.today), until: Some(&self.week), ..waiting },
        }
    }
}

async fn items(tx: &mut Tx, snapshot: &Snapshot, found: Vec<todo::DueRow>) -> Result<Vec<Item>> {
    let ids: Vec<RecordId> = found.iter().map(|row| row.fact).collect();
    let rows = records::find_all(tx, &ids).await?;
    let rows: BTreeMap<RecordId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut items = Vec::with_capacity(found.len());
    for todo::DueRow { fact, clock, due, since } in found {
        let Some(row) = rows.get(&fact).cloned() else { continue };
        let record = Record::new(snapshot, row)?;
        let Some(workflow) = &snapshot.campaign.forms[record.fact.form].workflow else { continue };
        let todo = Todo::read(workflow, &clock);
        let state = record.state(snapshot);
        let due = if due == todo::NO_DAY { Some(None) } else { due.parse().ok().map(Some) };
        let days = due.zip(since.parse().ok());
        if let (Some(todo), Some(state), Some((due, since))) = (todo, state, days) {
            items.push(Item { fact: record.fact, state, todo, due, since });
        }
    }
    Ok(items)
}
