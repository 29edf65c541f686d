//! The returns of a unit and of everything under it, beside what registers count: what the returns of a year state,
//! compared field by field.
//!
//! The returns are found by what identifies them, the balances of their units are read in bulk, and registers are looked
//! into only where nothing is counted. Units are gone through in the order of their codes, until what is asked for is full:
//! so a page of a large city takes no longer than one of a district.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, FormIdx, MeasureKind, ProposedBy};
use ledger::figure::Balances;
use model::{
    ids::{RecordId, UnitId},
    month::Year,
    period::ReportingPeriod,
    value::Value,
};
use rustc_hash::FxHashMap;
use store::{Tx, balances, records};

use super::{RegisterCount, compared_fields, count, is_compared, rows};
use crate::{
    Action, App, Context, Result, Snapshot, UnitView,
    record::{Record, for_each_return},
};

/// Which comparisons are asked for.
#[derive(Debug, Clone)]
pub struct ComparisonRequest {
    /// The year of the returns; of other periods than years all that end in it.
    pub year: Year,
    /// Whether what agrees is listed too.
    pub with_equal: bool,
    /// How many are left out at the beginning.
    pub skip: usize,
    /// How many are wanted at most.
    pub limit: usize,
    /// How many returns are compared at least before a page that is full is shown without the others.
    pub counted: usize,
}

impl Default for ComparisonRequest {
    fn default() -> Self {
        Self { year: 0, with_equal: false, skip: 0, limit: 50, counted: 1_500 }
    }
}

/// What a return answers in a field, beside what registers count for it.
#[derive(Debug, Clone)]
pub struct ReturnComparison {
    /// The return.
    pub record: RecordId,
    /// Position of its form.
    pub form: FormIdx,
    /// Its unit.
    pub unit: UnitView,
    /// What it answers.
    pub answer: Option<Value>,
    /// What registers count.
    pub count: RegisterCount,
    /// Whether the two differ.
    pub differs: bool,
}

/// The comparisons of a unit and of everything under it.
pub struct ReturnComparisons {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// Those that are asked for, by unit.
    pub rows: Vec<ReturnComparison>,
    /// How many there are in all, of those that are asked for.
    pub total: usize,
    /// Whether that is said of all returns; otherwise of those up to a unit after the rows that are asked for.
    pub is_complete: bool,
    /// How many differ.
    pub differing: usize,
    /// In how many returns.
    pub differing_returns: usize,
    /// How many returns were compared with a register.
    pub returns: usize,
}

/// A return of the year, with what it answers in the fields that are compared.
struct Answered {
    record: RecordId,
    form: FormIdx,
    unit: UnitId,
    period: ReportingPeriod,
    answers: Vec<(FieldIdx, Option<Value>)>,
}

/// Whether any return is compared with registers that the person may see.
pub fn has_compared(ctx: &Context, snapshot: &Snapshot) -> bool {
    compared_forms(ctx, snapshot).next().is_some()
}

/// The comparisons of `unit` and of everything under it.
///
/// # Errors
/// [`crate::Error::NotFound`] for a unit that is not the person's; [`crate::Error::Forbidden`] for viewers.
#[boxed_async]
pub async fn list(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    request: &ComparisonRequest,
) -> Result<ReturnComparisons> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadRecords, &snapshot, unit)?;
    let units = compared_units(ctx, &snapshot, unit);
    let position: FxHashMap<UnitId, usize> = units.iter().enumerate().map(|(n, unit)| (*unit, n)).collect();
    let forms: Vec<FormIdx> = compared_forms(ctx, &snapshot).collect();
    let end = request.skip.saturating_add(request.limit);
    let mut found = ReturnComparisons {
        rows: Vec::new(),
        total: 0,
        is_complete: true,
        differing: 0,
        differing_returns: 0,
        returns: 0,
        snapshot: snapshot.clone(),
    };
    for units in units.chunks(UNITS_AT_ONCE.min(request.counted.max(1))) {
        if found.total > end && found.returns >= request.counted {
            found.is_complete = false;
            break;
        }
        let mut all = Vec::new();
        for form in &forms {
            let returns = answered(&mut tx, ctx, &snapshot, *form, (units, request.year)).await?;
            all.extend(compare(&mut tx, ctx, &snapshot, *form, returns).await?);
        }
        // Those of one return are in the order of its form.
        all.sort_by_key(|(of_return, _)| {
            (position.get(&of_return.unit).copied(), of_return.form, of_return.period)
        });
        for (of_return, counts) in &all {
            found.push(request, of_return, counts);
        }
    }
    Ok(found)
}

/// Units whose returns are compared together.
const UNITS_AT_ONCE: usize = 500;

/// The units at and below one whose returns are compared, in the order of their codes.
fn compared_units(ctx: &Context, snapshot: &Snapshot, unit: UnitId) -> Vec<UnitId> {
    let all = || snapshot.units.keys().copied().collect();
    let mut units: Vec<UnitId> = snapshot.units_within(unit, ctx.today(snapshot)).unwrap_or_else(all);
    units.retain(|unit| is_compared(snapshot, *unit));
    units.sort_by_cached_key(|unit| snapshot.units.get(unit).map(|unit| unit.code.clone()));
    units
}

impl ReturnComparisons {
    /// Adds those of a return.
    fn push(&mut self, request: &ComparisonRequest, of_return: &Answered, counts: &[RegisterCount]) {
        let snapshot = self.snapshot.clone();
        let form = &snapshot.definition.forms[of_return.form];
        let before = self.differing;
        for count in counts {
            let answer = of_return.answers.iter().find(|(field, _)| *field == count.field);
            let answer = answer.and_then(|(_, answer)| answer.as_ref());
            let differs = count.differs(form, answer);
            self.differing += usize::from(differs);
            if !differs && !request.with_equal {
                continue;
            }
            let is_wanted = (request.skip..request.skip.saturating_add(request.limit)).contains(&self.total);
            self.total += 1;
            if let Some(unit) = snapshot.view(of_return.unit).filter(|_| is_wanted) {
                self.rows.push(ReturnComparison {
                    record: of_return.record,
                    form: of_return.form,
                    unit,
                    answer: answer.cloned(),
                    count: count.clone(),
                    differs,
                });
            }
        }
        self.returns += usize::from(!counts.is_empty());
        self.differing_returns += usize::from(self.differing > before);
    }
}

fn compared_forms<'s>(ctx: &'s Context, snapshot: &'s Snapshot) -> impl Iterator<Item = FormIdx> + use<'s> {
    let forms = snapshot.definition.forms.positions();
    forms.filter(|form| {
        ctx.may_see_form(snapshot, *form) && compared_fields(ctx, snapshot, *form).next().is_some()
    })
}

/// The returns of a form for a year, or for periods that end in it: those of some units.
async fn answered(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    form: FormIdx,
    (units, year): (&[UnitId], Year),
) -> Result<Vec<Answered>> {
    let Some(reporting) = snapshot.definition.forms[form].reporting else { return Ok(Vec::new()) };
    let compared: Vec<FieldIdx> = compared_fields(ctx, snapshot, form).map(|(field, _)| field).collect();
    let periods: Vec<ReportingPeriod> = ReportingPeriod::all_of_year(reporting.grain, year).collect();
    let mut returns = Vec::new();
    let take = |record: Record, period| {
        let fact = record.fact;
        let answers = compared.iter().map(|field| (*field, fact.values.value(*field).cloned())).collect();
        returns.push(Answered { record: fact.id, form, unit: fact.unit, period, answers });
    };
    for_each_return(tx, snapshot, form, (units, &periods), take).await?;
    Ok(returns)
}

/// What registers count for each of some returns of a form; nothing for what the unit keeps no register of.
async fn compare(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    form: FormIdx,
    returns: Vec<Answered>,
) -> Result<Vec<(Answered, Vec<RegisterCount>)>> {
    let compared: Vec<(FieldIdx, &ProposedBy)> = compared_fields(ctx, snapshot, form).collect();
    let units: BTreeSet<UnitId> = returns.iter().map(|of_return| of_return.unit).collect();
    let units: Vec<UnitId> = units.into_iter().collect();
    let Some(widest) = returns.iter().map(|of_return| of_return.period).max_by_key(|period| period.last())
    else {
        return Ok(Vec::new());
    };
    let first = returns.iter().map(|of_return| of_return.period).min().unwrap_or(widest);
    // What is in service adds up from the beginning; what happens in a period needs its rows alone.
    let measures = compared.iter().map(|(_, proposed_by)| &snapshot.definition.measures[proposed_by.measure]);
    let has_stock = measures.into_iter().any(|measure| measure.kind == MeasureKind::Stock);
    let from = if has_stock { 0 } else { first.first().year() };
    let wanted = balances::Rows { from, months: rows(first).months, ..rows(widest) };
    let balances = balances::of_units(tx, &units, wanted).await?;
    let balances: BTreeMap<UnitId, Balances> =
        balances.into_iter().map(|(unit, rows)| (unit, rows.into_iter().collect())).collect();
    let none = Balances::default();
    let mut counted: Vec<(Answered, Vec<RegisterCount>)> = returns
        .into_iter()
        .map(|of_return| {
            let own = balances.get(&of_return.unit).unwrap_or(&none);
            let counts = compared
                .iter()
                .map(|(field, proposed_by)| count(snapshot, own, *field, proposed_by, of_return.period));
            let counts = counts.collect();
            (of_return, counts)
        })
        .collect();
    for (field, proposed_by) in compared {
        let kept = units_with_register(tx, snapshot, proposed_by, field, &counted).await?;
        for (of_return, counts) in &mut counted {
            counts.retain(|count| count.field != field || count.count != 0 || kept.contains(&of_return.unit));
        }
    }
    Ok(counted)
}

/// The units that keep any of the registers, of those of which nothing counts.
async fn units_with_register(
    tx: &mut Tx,
    snapshot: &Snapshot,
    proposed_by: &ProposedBy,
    field: FieldIdx,
    counted: &[(Answered, Vec<RegisterCount>)],
) -> Result<BTreeSet<UnitId>> {
    let is_nothing =
        |counts: &[RegisterCount]| counts.iter().any(|count| count.field == field && count.count == 0);
    let units = counted.iter().filter(|(_, counts)| is_nothing(counts)).map(|(of_return, _)| of_return.unit);
    let mut asked: BTreeSet<UnitId> = units.collect();
    let mut kept = BTreeSet::new();
    for register in &proposed_by.registers {
        let units: Vec<UnitId> = asked.iter().copied().collect();
        let found = records::units_with_any(tx, &snapshot.definition.forms[*register].id, &units).await?;
        asked.retain(|unit| !found.contains(unit));
        kept.extend(found);
    }
    Ok(kept)
}
