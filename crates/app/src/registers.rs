//! Registers (台账) of a unit with everything under it: which there are, and
//! their records, newest first.

use std::sync::Arc;

use campaign::definition::{FieldKind, Form, FormKind};
use exchange::{
    reading::{ReadContext, read_value},
    workbook::Cell,
};
use jiff::Timestamp;
use ledger::fact::Fact;
use model::{
    ids::{FactId, UnitId},
    month::Month,
};
use store::listing::{self, Listing};

use crate::{
    Action, App, Context, Error, Result, Snapshot,
    record::{identity, read_fact},
    steps,
};

/// What a page of a register is asked for.
#[derive(Debug, Clone)]
pub struct ListAsk {
    /// Id of the register.
    pub form: String,
    /// Only the record with this number; for a register that has a [`number_field`].
    pub number: Option<String>,
    /// The last record of the page before; `None` for the first page.
    pub before: Option<FactId>,
    /// Most records on a page.
    pub limit: usize,
}

/// One record of a list.
pub struct Row {
    /// The record.
    pub fact: Fact,
    /// Its last change: when, and by whom.
    pub changed: Option<(Timestamp, String)>,
}

/// A page of a register.
pub struct ListPage {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the form.
    pub form: usize,
    /// The records, newest first.
    pub rows: Vec<Row>,
    /// Where to go on; `None` on the last page.
    pub next: Option<FactId>,
}

/// The registers of the campaign that `unit` may see, by position of the form.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's; [`Error::Forbidden`] for viewers.
pub fn all(ctx: &Context, snapshot: &Snapshot, unit: UnitId) -> Result<Vec<usize>> {
    ctx.require(Action::SeeFacts, snapshot, unit)?;
    let forms = snapshot.campaign.forms.iter().enumerate();
    Ok(forms.filter(|(_, form)| form.kind == FormKind::Register).map(|(position, _)| position).collect())
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

/// A page of the records of `unit` and everything that stands under it today.
///
/// # Errors
/// As [`all`]; [`Error::NotFound`] for a register that the campaign has not.
pub async fn list(app: &App, ctx: &Context, unit: UnitId, ask: &ListAsk) -> Result<ListPage> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::SeeFacts, &snapshot, unit)?;
    let form = find(&snapshot, &ask.form)?;
    let identity = match &ask.number {
        None => None,
        Some(number) => match number_identity(ctx, &snapshot, form, number) {
            Some(identity) => Some(identity),
            None => return Ok(ListPage { snapshot, form, rows: Vec::new(), next: None }),
        },
    };
    let units = units_of(ctx, &snapshot, unit);
    let asked = Listing {
        form: &ask.form,
        units: units.as_deref(),
        identity: identity.as_deref(),
        before: ask.before,
        limit: ask.limit + 1,
    };
    let mut found = listing::list(&mut tx, &asked).await?;
    let is_more = found.len() > ask.limit;
    found.truncate(ask.limit);
    let next = found.last().filter(|_| is_more).map(|row| row.id);
    let ids: Vec<FactId> = found.iter().map(|row| row.id).collect();
    let mut latest = listing::latest(&mut tx, &ids).await?;
    tx.rollback().await?;
    let rows = found.iter().map(|row| {
        let fact = read_fact(&snapshot, row)?;
        let changed = latest
            .remove(&row.id)
            .and_then(|latest| Some((Timestamp::from_microsecond(latest.at).ok()?, latest.actor)));
        Ok(Row { fact, changed })
    });
    let rows = rows.collect::<Result<_>>()?;
    Ok(ListPage { snapshot, form, rows, next })
}

/// The field whose value alone tells a unit's records of this form apart: their number.
pub fn number_field(form: &Form) -> Option<usize> {
    let mut own = form.identity.iter().copied().filter(|field| Some(*field) != form.unit_field());
    let field = own.next().filter(|_| own.next().is_none())?;
    matches!(form.fields[field].kind, FieldKind::Text { .. }).then_some(field)
}

/// The identity of the record with a number, as somebody typed it; `None` for what can be no number.
fn number_identity(ctx: &Context, snapshot: &Snapshot, form: usize, number: &str) -> Option<String> {
    let definition = &snapshot.campaign.forms[form];
    let field = number_field(definition)?;
    let context = ReadContext {
        campaign: &snapshot.campaign,
        units: snapshot,
        today: ctx.clock.today(),
        default_unit: None,
        default_year: None,
    };
    let value = read_value(&Cell::Text(number.to_owned()), &definition.fields[field], None, &context);
    let mut values = vec![None; definition.fields.len()];
    values[field] = Some(value.ok()?.0?);
    Some(identity(snapshot, form, &values))
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

pub(crate) fn find(snapshot: &Snapshot, form: &str) -> Result<usize> {
    let found = snapshot.campaign.form(form).filter(|(_, form)| form.kind == FormKind::Register);
    found
        .map(|(position, _)| position)
        .ok_or_else(|| Error::NotFound { what: "register", key: form.to_owned() })
}
