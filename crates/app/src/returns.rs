//! Returns (报表): which units owe one for a period, which have handed it in, and which are late.
//!
//! A return is owed by every unit that is a single one at the grass roots at the end of the period, or today while it runs.
//! What closed or was merged before owes none, and what moved owes it where it is: so no share is above 100 %, and each
//! unit reports once, along its line of subordination (隶属).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{CampaignIdx, FormIdx, FormKind, StateKind};
use jiff::civil::Date;
use model::{
    ids::{RecordId, UnitId},
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
};

use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView,
    record::{Record, for_each_return},
};

/// Of which returns the status is asked for.
#[derive(Debug, Clone)]
pub struct StatusRequest {
    /// The period; only returns for periods of its grain are meant.
    pub period: ReportingPeriod,
    /// The campaign whose returns are meant.
    pub campaign: CampaignIdx,
    /// Id of the only return that is meant; `None` for all of the campaign.
    pub form: Option<String>,
}

/// Which of the returns that are owed are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReturnView {
    /// All.
    #[default]
    All,
    /// Those that nobody has handed in.
    Missing,
    /// Those that came after their day, or have not come and their day is over.
    Late,
}

impl ReturnView {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::All, Self::Missing, Self::Late];

    /// Its permanent name, in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Missing => "missing",
            Self::Late => "late",
        }
    }

    /// Whether a return is listed.
    pub fn lists(self, owed: &OwedReturn) -> bool {
        match self {
            Self::All => true,
            Self::Missing => owed.submitted.is_none(),
            Self::Late => owed.is_late,
        }
    }
}

impl fmt::Display for ReturnView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReturnView {
    type Err = UnknownView;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownView> {
        Self::ALL.into_iter().find(|view| view.name() == text).ok_or(UnknownView)
    }
}

/// There is no such list of returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such list of returns")]
pub struct UnknownView;

/// A return that a unit owes.
#[derive(Debug, Clone)]
pub struct OwedReturn {
    /// Position of its form.
    pub form: FormIdx,
    /// Who owes it.
    pub unit: UnitView,
    /// The last day on which it is in time; `None` where its form has no deadline.
    pub due: Option<Date>,
    /// What was handed in; `None` for nothing.
    pub submitted: Option<SubmittedReturn>,
    /// Whether it came after its day, or has not come and its day is over.
    pub is_late: bool,
}

/// A return that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedReturn {
    /// Its record.
    pub record: RecordId,
    /// The day.
    pub on: Date,
    /// Id of its state; `None` where its form has no workflow.
    pub state: Option<String>,
    /// Whether it has come to a final state in which it counts: nobody above has to look at it any more.
    pub is_approved: bool,
}

/// The returns that a unit and those below it owe for a period.
pub struct ReturnStatus {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// The returns that are meant, by position of the form.
    pub forms: Vec<FormIdx>,
    /// What is owed, by unit in the order of their codes.
    pub owed: Vec<OwedReturn>,
}

impl ReturnStatus {
    /// How many have been handed in.
    pub fn submitted(&self) -> usize {
        self.owed.iter().filter(|owed| owed.submitted.is_some()).count()
    }

    /// How many of these nobody above has to look at any more.
    pub fn approved(&self) -> usize {
        let submitted = self.owed.iter().filter_map(|owed| owed.submitted.as_ref());
        submitted.filter(|submitted| submitted.is_approved).count()
    }

    /// How many are late, or came late.
    pub fn late(&self) -> usize {
        self.owed.iter().filter(|owed| owed.is_late).count()
    }
}

/// What `unit` and everything below it owe for a period, and how far they have come.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's, for a return that there is not, and where the campaign has no
/// return for such a period; [`Error::Forbidden`] for viewers.
#[boxed_async]
pub async fn status(app: &App, ctx: &Context, unit: UnitId, request: &StatusRequest) -> Result<ReturnStatus> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadRecords, &snapshot, unit)?;
    let forms = returns_for(ctx, &snapshot, request)?;
    let today = ctx.today(&snapshot).date();
    let units = owing(&snapshot, unit, request.period.last().min(Month::containing(today)));
    let mut owed = Vec::with_capacity(units.len() * forms.len());
    for form in &forms {
        let mut submitted = BTreeMap::new();
        let take = |record: Record, _| {
            submitted.insert(record.fact.unit, submission(&snapshot, &record));
        };
        for_each_return(&mut tx, &snapshot, *form, (&units, &[request.period]), take).await?;
        let due = snapshot.definition.forms[*form].deadline;
        let due = due.and_then(|deadline| deadline.last_day(request.period));
        owed.extend(units.iter().filter_map(|unit| {
            let submitted = submitted.remove(unit);
            let came = submitted.as_ref().map_or(today, |submitted: &SubmittedReturn| submitted.on);
            let is_late = due.is_some_and(|due| came > due);
            Some(OwedReturn { form: *form, unit: snapshot.view(*unit)?, due, submitted, is_late })
        }));
    }
    owed.sort_by(|one, other| (&one.unit.code, one.form).cmp(&(&other.unit.code, other.form)));
    Ok(ReturnStatus { snapshot, forms, owed })
}

/// Whether there is any return that is the person's business.
pub fn any(ctx: &Context, snapshot: &Snapshot) -> bool {
    let mut forms = snapshot.definition.forms.entries();
    forms.any(|(form, of)| of.kind == FormKind::Return && ctx.may_see_form(snapshot, form))
}

/// The periods named by a year for which the campaign has returns, the longest last.
pub fn periods_of_year(
    ctx: &Context,
    snapshot: &Snapshot,
    campaign: CampaignIdx,
    year: Year,
) -> Vec<ReportingPeriod> {
    let definition = &snapshot.definition;
    let used = definition.campaigns[campaign].forms.keys().map(|form| (*form, &definition.forms[*form]));
    let returns = used.filter(|(form, of)| of.kind == FormKind::Return && ctx.may_see_form(snapshot, *form));
    let grains = returns.filter_map(|(_, form)| form.reporting.map(|reporting| reporting.grain));
    // From month to union year.
    let grains: BTreeSet<Grain> = grains.collect();
    grains.into_iter().flat_map(|grain| ReportingPeriod::all_of_year(grain, year)).collect()
}

/// The returns of a campaign for periods like the one that is asked for.
fn returns_for(ctx: &Context, snapshot: &Snapshot, request: &StatusRequest) -> Result<Vec<FormIdx>> {
    let definition = &snapshot.definition;
    let is_meant = |form: &FormIdx| {
        let of_kind = definition.forms[*form].kind == FormKind::Return;
        let grain = definition.forms[*form].reporting.map(|reporting| reporting.grain);
        of_kind && grain == Some(request.period.grain()) && ctx.may_see_form(snapshot, *form)
    };
    let used = definition.campaigns[request.campaign].forms.keys().copied();
    let forms: Vec<FormIdx> = match &request.form {
        Some(id) => definition.form(id).map(|(form, _)| form).into_iter().filter(is_meant).collect(),
        None => used.filter(is_meant).collect(),
    };
    if forms.is_empty() {
        let key = request.form.clone().unwrap_or_else(|| request.period.to_string());
        return Err(Error::NotFound { what: Thing::Return, key });
    }
    Ok(forms)
}

/// The units at and below one that are there in `month` and owe returns, in the order of their ids.
fn owing(snapshot: &Snapshot, unit: UnitId, month: Month) -> Vec<UnitId> {
    let is_there = |below: &UnitId| {
        snapshot.owes_until(*below).is_some_and(|until| month < until)
            // A unit is below itself always, and there as long as it is below the federation.
            && [Some(unit), snapshot.root()]
                .iter()
                .flatten()
                .all(|above| snapshot.tree.is_within(*below, *above, month))
    };
    snapshot.units.keys().copied().filter(is_there).collect()
}

fn submission(snapshot: &Snapshot, record: &Record) -> SubmittedReturn {
    let workflow = snapshot.definition.forms[record.fact.form].workflow.as_ref();
    let state = workflow.zip(record.state(snapshot)).map(|(workflow, state)| &workflow.states[state]);
    SubmittedReturn {
        record: record.fact.id,
        on: record.created_on(),
        state: state.map(|state| state.id.clone()),
        is_approved: state.is_some_and(|state| state.kind == StateKind::Final && state.counts),
    }
}
