//! The registers of a unit at a glance: how many records each has, how many have come since the person's
//! last visit, what waits in it, and which ones the person works in.

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::definition::FormIdx;
use jiff::Timestamp;
use model::ids::{RecordId, UnitId};
use store::{
    accounts,
    audit::{self, TrailFilter},
    id_at, records,
};
use tokio::task::JoinHandle;

use super::{to_fill_in, visible_registers};
use crate::{
    App, Context, Error, Result, Snapshot,
    audit::RECORD,
    index::{IndexReach, IndexUpdater, TIMEOUT},
    todo,
};
use search::{Filter, Sort};

/// How many of the person's latest changes say which registers the person works in.
const LATEST: i64 = 200;

/// One register of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterSummary {
    /// Position of the form.
    pub form: FormIdx,
    /// Whether the person may enter records of the unit in it.
    pub may_enter: bool,
    /// How many records the unit has in it, with everything under it; `None` while its index is being built.
    pub records: Option<u64>,
    /// How many of them were entered since the last visit; `None` on the first.
    pub new: Option<u64>,
    /// How many wait for the person, in all of the person's units.
    pub waiting: i64,
    /// How long ago the person worked in it: 0 for the register of the latest change. `None` for one in which
    /// the person has changed nothing of late.
    pub recent: Option<usize>,
}

/// The registers of a unit.
pub struct Overview {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// The registers, in the order of the definition.
    pub registers: Vec<RegisterSummary>,
    /// When the person signed in before; `None` on the first visit.
    pub last_visit: Option<Timestamp>,
}

/// The registers of `unit` at a glance.
///
/// # Errors
/// As [`visible_registers`].
#[boxed_async]
pub async fn overview(app: &App, ctx: &Context, unit: UnitId) -> Result<Overview> {
    let snapshot = app.current(ctx).await?;
    let forms = visible_registers(ctx, &snapshot, unit)?;
    let mut tx = app.read(ctx.region).await?;
    let last_visit = match ctx.user() {
        Ok(user) => accounts::previous_sign_in(&mut tx, user).await?,
        Err(_) => None,
    };
    let last_visit = last_visit.and_then(|at| Timestamp::from_microsecond(at).ok());
    let waiting = todo::count_by_form(&mut tx, ctx, &snapshot).await?;
    let recent = recent_forms(&mut tx, ctx, &snapshot).await?;
    drop(tx);
    let units = snapshot.units_within(unit, ctx.today(&snapshot));
    let counted: Vec<(FormIdx, JoinHandle<Result<Counted>>)> = forms
        .into_iter()
        .map(|form| {
            let updater = IndexUpdater::new(app, &snapshot, form)?;
            Ok((form, tokio::spawn(count(updater, units.clone(), last_visit))))
        })
        .collect::<Result<_>>()?;
    let mut registers = Vec::with_capacity(counted.len());
    for (form, counted) in counted {
        let (records, new) = counted.await.map_err(Error::internal)??;
        registers.push(RegisterSummary {
            form,
            may_enter: to_fill_in(ctx, &snapshot, unit, &snapshot.definition.forms[form].id).is_ok(),
            records,
            new,
            waiting: waiting.get(&snapshot.definition.forms[form].id).copied().unwrap_or(0),
            recent: recent.iter().position(|recent| *recent == form),
        });
    }
    Ok(Overview { snapshot, registers, last_visit })
}

/// How many records there are, and how many of them are new.
type Counted = (Option<u64>, Option<u64>);

async fn count(
    updater: IndexUpdater,
    units: Option<Vec<UnitId>>,
    last_visit: Option<Timestamp>,
) -> Result<Counted> {
    match updater.update_within(TIMEOUT).await {
        Ok(IndexReach::Building(_)) | Err(Error::ListBuilding { .. }) => return Ok((None, None)),
        other => other?,
    };
    let all = updater.find(Filter::default(), units.clone(), Sort::default(), 0, 0).await?.count;
    let Some(moment) = last_visit else { return Ok((Some(all), None)) };
    let since = Filter { from: Some(RecordId(id_at(moment))), ..Filter::default() };
    let new = updater.find(since, units, Sort::default(), 0, 0).await?.count;
    Ok((Some(all), Some(new)))
}

/// The forms of the records that the person has changed of late, the latest first.
async fn recent_forms(tx: &mut store::Tx, ctx: &Context, snapshot: &Snapshot) -> Result<Vec<FormIdx>> {
    let filter = TrailFilter {
        actor: Some(ctx.audit_name().to_owned()),
        subject: Some(RECORD.to_owned()),
        ..TrailFilter::default()
    };
    let entries = audit::list_trail(tx, &filter, LATEST).await?;
    let mut ids: Vec<RecordId> = Vec::new();
    for entry in &entries {
        let id = RecordId(entry.subject_id);
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let rows = records::find_all(tx, &ids).await?;
    let mut forms: Vec<FormIdx> = Vec::new();
    for id in ids {
        let row = rows.iter().find(|row| row.id == id);
        let form = row.and_then(|row| snapshot.definition.form(&row.form)).map(|(form, _)| form);
        forms.extend(form.filter(|form| !forms.contains(form)));
    }
    Ok(forms)
}
