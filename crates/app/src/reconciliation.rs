//! What registers count where a return states it as a whole (开展岗位练兵, 创建班组数): proposed in its form, and compared
//! with what the return states. Figures use what the return states.
//!
//! It is read from the balances of the unit, and said only of units at the grass roots that keep such a register: one without
//! any record of it says nothing.

mod below;

use boxed_async::boxed_async;
use campaign::{
    definition::{FieldIdx, Form, FormIdx, MeasureKind, ProposedBy},
    kinds::{ReadAs, ValueShape},
};
use jiff::civil::Date;
use ledger::figure::Balances;
use model::{
    ids::UnitId,
    month::Month,
    period::{Grain, ReportingPeriod},
    value::Value,
};
use store::{
    Tx,
    balances::{self, Rows},
    records,
    units::UnitKind,
};

pub use self::below::{ComparisonRequest, ReturnComparison, ReturnComparisons, has_compared, list};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing};

/// What registers count for a field of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterCount {
    /// Position of the field.
    pub field: FieldIdx,
    /// The period of the return.
    pub period: ReportingPeriod,
    /// How many there are in the period; of what is in force for some time, at its end.
    pub count: i64,
    /// Where its records are.
    pub sources: Vec<CountedRecords>,
}

/// Records of a register that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedRecords {
    /// Position of the register.
    pub form: FormIdx,
    /// The field with the day, the year or the period by which they count.
    pub on: FieldIdx,
    /// The first month of those that count; `None` for all until the last.
    pub first: Option<Month>,
    /// The last month.
    pub last: Month,
}

impl RegisterCount {
    /// What is proposed for the field.
    pub fn value(&self, form: &Form) -> Value {
        match form.fields[self.field].kind.spec().shape {
            ValueShape::Flag => Value::Flag(self.count > 0),
            _ => Value::Integer(self.count.max(0)),
        }
    }

    /// Whether a return that answers the field so states something else. Nothing, and not applicable, are no
    /// contradiction where there is nothing in the registers.
    pub fn differs(&self, form: &Form, answer: Option<&Value>) -> bool {
        match answer {
            Some(value) if value.is_value() => *value != self.value(form),
            _ => self.count > 0,
        }
    }
}

/// What registers count for the fields of a return of `unit` for `period`.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's or a form that there is not.
#[boxed_async]
pub async fn register_counts(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    form: &str,
    period: ReportingPeriod,
) -> Result<Vec<RegisterCount>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadRecords, &snapshot, unit)?;
    let found = snapshot.definition.form(form);
    let (form, _) = found.ok_or_else(|| Error::NotFound { what: Thing::Form, key: form.to_owned() })?;
    counts_of(&mut tx, ctx, &snapshot, form, (unit, period)).await
}

/// The same, read in a transaction that does more; the right to read records of the unit has been checked.
pub(crate) async fn counts_of(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    form: FormIdx,
    (unit, period): (UnitId, ReportingPeriod),
) -> Result<Vec<RegisterCount>> {
    let definition = &snapshot.definition;
    let compared: Vec<(FieldIdx, &ProposedBy)> = compared_fields(ctx, snapshot, form).collect();
    if compared.is_empty() || !is_compared(snapshot, unit) {
        return Ok(Vec::new());
    }
    let balances: Balances = balances::of_unit(tx, unit, rows(period)).await?.into_iter().collect();
    let mut counts = Vec::new();
    for (field, proposed_by) in compared {
        let mut is_kept = false;
        for register in &proposed_by.registers {
            is_kept = is_kept || records::any_of_unit(tx, unit, &definition.forms[*register].id).await?;
        }
        if is_kept {
            counts.push(count(snapshot, &balances, field, proposed_by, period));
        }
    }
    Ok(counts)
}

/// The rows of balances that a return for a period is compared with: all years before it too, for what is in service.
fn rows(period: ReportingPeriod) -> Rows {
    let months = (period.grain() != Grain::Year).then(|| period.first().year());
    Rows { from: 0, through: period.last().year(), months }
}

fn count(
    snapshot: &Snapshot,
    balances: &Balances,
    field: FieldIdx,
    proposed_by: &ProposedBy,
    period: ReportingPeriod,
) -> RegisterCount {
    let count = balances.by_registers(&snapshot.definition.measures[proposed_by.measure], period);
    RegisterCount { field, period, count, sources: sources(snapshot, proposed_by, period) }
}

/// Whether returns of a unit are compared with its registers: above the grass roots, its balances are those of all below.
fn is_compared(snapshot: &Snapshot, unit: UnitId) -> bool {
    snapshot.units.get(&unit).is_some_and(|unit| unit.kind == UnitKind::Grassroots)
}

/// The fields of a return that are compared with registers, as far as these concern the person.
fn compared_fields<'s>(
    ctx: &'s Context,
    snapshot: &'s Snapshot,
    form: FormIdx,
) -> impl Iterator<Item = (FieldIdx, &'s ProposedBy)> {
    let fields = snapshot.definition.forms[form].fields.entries();
    fields.filter_map(|(position, field)| {
        let proposed_by = field.proposed_by.as_ref()?;
        let is_seen = proposed_by.registers.iter().all(|register| ctx.may_see_form(snapshot, *register));
        is_seen.then_some((position, proposed_by))
    })
}

fn sources(snapshot: &Snapshot, proposed_by: &ProposedBy, period: ReportingPeriod) -> Vec<CountedRecords> {
    let definition = &snapshot.definition;
    let is_stock = definition.measures[proposed_by.measure].kind == MeasureKind::Stock;
    let source = |form: &FormIdx| {
        let mut posts = definition.forms[*form].posts.iter();
        let on = posts.find(|post| post.measure == proposed_by.measure)?.on;
        let first = (!is_stock).then_some(period.first());
        Some(CountedRecords { form: *form, on, first, last: period.last() })
    };
    proposed_by.registers.iter().filter_map(source).collect()
}

/// How many periods before the running one a return can be begun for from its page.
const PERIODS_BACK: usize = 11;

/// The periods for which a return that registers propose something for can be begun, oldest first; the last but one
/// is the usual one, where there are several: the last that is over. None for other forms.
pub fn periods_of_new_return(form: &Form, today: Date) -> Vec<ReportingPeriod> {
    let Some(reporting) = form.reporting.filter(|_| form.kind.states_classes() && form.is_proposed()) else {
        return Vec::new();
    };
    if let ReadAs::Year { min, max } = form.fields[reporting.field].kind.spec().read_as {
        return (min..=max).map(ReportingPeriod::year).collect();
    }
    let running = ReportingPeriod::containing(Month::containing(today), reporting.grain);
    let mut periods = vec![running];
    while periods.len() <= PERIODS_BACK {
        periods.push(periods[periods.len() - 1].previous());
    }
    periods.reverse();
    periods
}

/// The one of them that is begun where none is named: the last that was over by today, as far as the form takes it.
pub fn period_of_new_return(form: &Form, today: Date) -> Option<ReportingPeriod> {
    let periods = periods_of_new_return(form, today);
    let is_over = |period: &&ReportingPeriod| period.last() < Month::containing(today);
    let over = periods.iter().rev().find(is_over);
    over.or(periods.first()).copied()
}
