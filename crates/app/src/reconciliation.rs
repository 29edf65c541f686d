//! What registers count where a return states it as a whole (开展岗位练兵, 创建班组数): proposed in its form, and compared
//! with what the return states. Figures use what the return states.
//!
//! It is read from the balances of the unit, and said only of units at the grass roots that keep such a register: one without
//! any record of it says nothing.

use boxed_async::boxed_async;
use campaign::{
    definition::{FieldIdx, Form, FormIdx, MeasureKind, ProposedBy},
    kinds::ValueShape,
};
use jiff::civil::Date;
use ledger::figure::Balances;
use model::{
    ids::UnitId,
    month::{Month, Year},
    value::Value,
};
use store::{
    Tx,
    balances::{self, Rows},
    records,
    units::UnitKind,
};

use crate::{Action, App, Context, Error, Result, Snapshot, Thing};

/// What registers count for a field of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterCount {
    /// Position of the field.
    pub field: FieldIdx,
    /// How many there are in the year; of what is in force for some time, at its end.
    pub count: i64,
    /// Where its records are.
    pub sources: Vec<CountedRecords>,
}

/// Records of a register that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedRecords {
    /// Position of the register.
    pub form: FormIdx,
    /// The field with the day or the year by which they count.
    pub on: FieldIdx,
    /// The first year of those that count; `None` for all until the end of the return's year.
    pub from: Option<Year>,
    /// The last year.
    pub to: Year,
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

/// What registers count for the fields of a return of `unit` in `year`.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's or a form that there is not.
#[boxed_async]
pub async fn register_counts(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    form: &str,
    year: Year,
) -> Result<Vec<RegisterCount>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadRecords, &snapshot, unit)?;
    let found = snapshot.definition.form(form);
    let (form, _) = found.ok_or_else(|| Error::NotFound { what: Thing::Form, key: form.to_owned() })?;
    counts_of(&mut tx, ctx, &snapshot, form, (unit, year)).await
}

/// The same, read in a transaction that does more; the right to read records of the unit has been checked.
pub(crate) async fn counts_of(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    form: FormIdx,
    (unit, year): (UnitId, Year),
) -> Result<Vec<RegisterCount>> {
    let definition = &snapshot.definition;
    let compared: Vec<(FieldIdx, &ProposedBy)> = compared_fields(ctx, snapshot, form).collect();
    let is_at_grassroots = snapshot.units.get(&unit).is_some_and(|unit| unit.kind == UnitKind::Grassroots);
    if compared.is_empty() || !is_at_grassroots {
        return Ok(Vec::new());
    }
    let rows = Rows { from: 0, through: year, months: None };
    let balances: Balances = balances::of_unit(tx, unit, rows).await?.into_iter().collect();
    let mut counts = Vec::new();
    for (field, proposed_by) in compared {
        let mut is_kept = false;
        for register in &proposed_by.registers {
            is_kept = is_kept || records::any_of_unit(tx, unit, &definition.forms[*register].id).await?;
        }
        if is_kept {
            let count = balances.by_registers(&definition.measures[proposed_by.measure], year);
            counts.push(RegisterCount { field, count, sources: sources(snapshot, proposed_by, year) });
        }
    }
    Ok(counts)
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

fn sources(snapshot: &Snapshot, proposed_by: &ProposedBy, year: Year) -> Vec<CountedRecords> {
    let definition = &snapshot.definition;
    let is_stock = definition.measures[proposed_by.measure].kind == MeasureKind::Stock;
    let source = |form: &FormIdx| {
        let mut posts = definition.forms[*form].posts.iter();
        let on = posts.find(|post| post.measure == proposed_by.measure)?.on;
        Some(CountedRecords { form: *form, on, from: (!is_stock).then_some(year), to: year })
    };
    proposed_by.registers.iter().filter_map(source).collect()
}

/// The year for which a new return is begun: the one before the running year, as far as the form takes it.
pub fn year_of_new_return(form: &Form, today: Date) -> Option<Year> {
    use campaign::kinds::ReadAs;
    let year = form.year.filter(|_| form.fields.iter().any(|field| field.proposed_by.is_some()))?;
    let ReadAs::Year { min, max } = form.fields[year].kind.spec().read_as else { return None };
    Some((Month::containing(today).year() - 1).clamp(min, max))
}
