//! What waits for whom (待办): the clocks that run and the transitions of another level, and
//! for which role in which unit. Rows follow from the records, like balances: they are written
//! with every change of a record and folded anew with the balances.

mod digest;

use campaign::definition::StateIdx;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use jiff::{Span, civil::Date};
use ledger::fact::Fact;
use model::{
    clock::BusinessDay,
    ids::{RecordId, UnitId},
};
use store::{
    Tx, records,
    todo::{self, TodoFilter},
};

pub use self::digest::{Digest, digest};
pub use crate::record::Todo;
use crate::{
    Action, App, Context, Error, Result, Role, RoleLevel, Snapshot, Thing, UnitView, record::Record,
    rights::forms_of_role,
};

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

/// For whom what is looked at waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// For the person.
    #[default]
    Own,
    /// For the levels below, in the person's units: what somebody chases.
    Below,
}

/// What a page of the work list is asked for.
#[derive(Debug, Clone, Default)]
pub struct TodoRequest {
    /// Only records of this form.
    pub form: Option<String>,
    /// For whom it waits.
    pub whose: Whose,
    /// Only in this unit and under it.
    pub unit: Option<UnitId>,
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
    /// How much waits, whatever part of it was asked for.
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
        let found = snapshot.definition.form(form).filter(|(form, _)| ctx.may_see_form(&snapshot, *form));
        found.ok_or_else(|| Error::NotFound { what: Thing::Register, key: form.clone() })?;
    }
    let today = ctx.today(&snapshot);
    if let Some(unit) = ask.unit {
        ctx.require(Action::ReadTodo, &snapshot, unit)?;
    }
    let person = TodoScope::of(ctx, &snapshot, ask.whose, ask.unit);
    let days = Days::new(today);
    let roles = person.roles();
    let waiting = days.of(ask.due, TodoFilter { form: ask.form.as_deref(), ..person.filter(&roles) });
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let found = todo::list(&mut tx, &waiting, number(ask.skip), number(ask.limit)).await?;
    let total = todo::count(&mut tx, &waiting, MOST).await?;
    let counts = person.counts(&mut tx, &days).await?;
    let items = items(&mut tx, &snapshot, found).await?;
    Ok(TodoPage { snapshot, items, total, counts })
}

/// Whether there are units below the person's own, and roles below the person's, whose todos can be looked at.
pub fn has_below(ctx: &Context, snapshot: &Snapshot) -> bool {
    let own = ctx.unit().or_else(|| snapshot.root());
    own.is_some_and(|own| snapshot.has_units_below(own, ctx.today(snapshot)))
        && !Whose::Below.roles(ctx, snapshot).is_empty()
}

/// How much is overdue for the levels below the person's role, by the units right below the person's own, the
/// most first. A unit that is below two of them (隶属 and 业务指导) is in the number of both.
///
/// # Errors
/// As [`list`].
#[boxed_async]
pub async fn overdue_by_unit(app: &App, ctx: &Context) -> Result<Vec<(UnitView, i64)>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    require(ctx, &snapshot)?;
    let Some(own) = ctx.unit().or_else(|| snapshot.root()) else { return Ok(Vec::new()) };
    let today = ctx.today(&snapshot);
    let scope = TodoScope::of(ctx, &snapshot, Whose::Below, None);
    let roles = scope.roles();
    let (days, month) = (Days::new(today), today.month());
    let overdue = days.of(Due::Overdue, scope.filter(&roles));
    let children = snapshot.tree.children(own, month);
    let mut counts: BTreeMap<UnitId, i64> = children.map(|(child, _)| (child, 0)).collect();
    for (unit, count) in todo::count_by_unit(&mut tx, &overdue).await? {
        let above = snapshot.tree.spans(unit).iter().filter(|span| span.contains(month));
        let above: BTreeSet<UnitId> = above.map(|span| span.ancestor).chain([unit]).collect();
        for unit in above {
            if let Some(sum) = counts.get_mut(&unit) {
                *sum += count;
            }
        }
    }
    let found = counts.into_iter().filter(|(_, count)| *count > 0);
    let mut found: Vec<_> = found.filter_map(|(unit, count)| Some((snapshot.view(unit)?, count))).collect();
    found.sort_by_key(|(unit, count)| (Reverse(*count), unit.code.clone()));
    Ok(found)
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
    let waiting = TodoScope::of(ctx, &snapshot, Whose::Own, None);
    Ok(todo::count(&mut tx, &waiting.filter(&waiting.roles()), most).await?)
}

/// How many todos the person has in each register that has some, by the form's id.
pub(crate) async fn count_by_form(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
) -> Result<BTreeMap<String, i64>> {
    let waiting = TodoScope::of(ctx, snapshot, Whose::Own, None);
    Ok(todo::count_by_form(tx, &waiting.filter(&waiting.roles())).await?)
}

/// How much waits for those who have a role at a unit.
pub(crate) async fn counts_of(
    tx: &mut Tx,
    snapshot: &Snapshot,
    role: &Role,
    unit: UnitId,
    today: BusinessDay,
) -> Result<Counts> {
    let role = (vec![role.id().to_owned()], forms_of_role(Some(role), snapshot));
    let person = TodoScope::new(role, Some(unit), today, snapshot);
    person.counts(tx, &Days::new(today)).await
}

fn require(ctx: &Context, snapshot: &Snapshot) -> Result<()> {
    match ctx.unit() {
        Some(own) => ctx.require(Action::ReadTodo, snapshot, own),
        None => Ok(()),
    }
}

/// For whom something waits.
struct TodoScope<'s> {
    /// Ids of the forms that are the person's business; `None` for all.
    forms: Option<Vec<&'s str>>,
    /// Ids of the roles.
    roles: Vec<String>,
    /// The own unit of whoever it waits for; `None` for the whole region, and for several levels.
    own: Option<UnitId>,
    /// The units whose records are meant; `None` for the whole region.
    units: Option<Vec<UnitId>>,
    /// Whether what waits for the city is meant too.
    is_city: bool,
}

impl Whose {
    /// Ids of the roles that it waits for.
    fn roles(self, ctx: &Context, snapshot: &Snapshot) -> Vec<String> {
        // The system sees what waits for the office of the city.
        let all = &snapshot.definition.roles;
        let is_office = |role: &&Role| role.level() == RoleLevel::City && role.allows(Action::ReadTodo);
        let own = ctx.role().or_else(|| all.iter().find(is_office));
        let level = own.map_or(RoleLevel::Any, Role::level);
        let is_below = |role: &&Role| {
            role.level() != RoleLevel::Any && role.level() < level && role.allows(Action::TransitionRecords)
        };
        match self {
            Self::Own => own.into_iter().map(|role| role.id().to_owned()).collect(),
            Self::Below => all.iter().filter(is_below).map(|role| role.id().to_owned()).collect(),
        }
    }
}

impl<'s> TodoScope<'s> {
    fn of(ctx: &Context, snapshot: &'s Snapshot, whose: Whose, unit: Option<UnitId>) -> Self {
        let today = ctx.today(snapshot);
        let forms = forms_of_role(ctx.role(), snapshot);
        let own = Self::new((whose.roles(ctx, snapshot), forms), ctx.unit(), today, snapshot);
        let found = match whose {
            Whose::Own => own,
            Whose::Below => Self { own: None, is_city: false, ..own },
        };
        match unit {
            Some(unit) => Self { units: snapshot.units_within(unit, today), ..found },
            None => found,
        }
    }

    fn new(
        (roles, forms): (Vec<String>, Option<Vec<&'s str>>),
        unit: Option<UnitId>,
        today: BusinessDay,
        snapshot: &Snapshot,
    ) -> Self {
        let own = unit.filter(|own| snapshot.root() != Some(*own));
        let units = own.and_then(|own| snapshot.units_within(own, today));
        Self { roles, forms, own, units, is_city: own.is_none() }
    }

    fn roles(&self) -> Vec<&str> {
        self.roles.iter().map(String::as_str).collect()
    }

    fn filter<'a>(&'a self, roles: &'a [&'a str]) -> TodoFilter<'a> {
        TodoFilter {
            roles,
            units: self.units.as_deref(),
            own: self.own,
            is_city: self.is_city,
            form: None,
            forms: self.forms.as_deref(),
            from: None,
            until: None,
            since: None,
        }
    }

    async fn counts(&self, tx: &mut Tx, days: &Days) -> Result<Counts> {
        let roles = self.roles();
        let all = self.filter(&roles);
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
        let Some(workflow) = &snapshot.definition.forms[record.fact.form].workflow else { continue };
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
