//! References between records, for whoever picks one and whoever looks at a record: which records can be referred to
//! from a field, what a record refers to, and what refers to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::{
    definition::{FieldIdx, FormIdx},
    kinds::{ReferenceKind, ReferenceScope, ValueShape},
};
use exchange::normalise::comparison_key;
use ledger::fact::Fact;
use model::ids::{RecordId, UnitId};
use search::{Filter, Sort};
use store::{
    Tx,
    records::{self, RecordRow},
    references,
};

use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView,
    index::{IndexReach, IndexUpdater, TIMEOUT},
    record::{ID_MARK, names, read_record},
};

/// A record that can be referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is typed to mean it, and nothing else.
    pub text: String,
    /// What it is called beside that.
    pub title: String,
    /// Its unit.
    pub unit: UnitView,
}

/// What a record refers to by one of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// Position of the field.
    pub field: FieldIdx,
    /// The record.
    pub record: RecordId,
    /// Whether the person may open it.
    pub is_open: bool,
}

/// Records of one register that refer to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferredBy {
    /// Position of their form.
    pub form: FormIdx,
    /// Position of the field.
    pub field: FieldIdx,
    /// How many there are.
    pub count: i64,
}

/// The records that fit what is being typed into a reference field of a form, at most `most`: the newest where nothing
/// is typed yet.
///
/// # Errors
/// [`Error::NotFound`] for a unit that is not the person's, and for a field that is no reference;
/// [`Error::Forbidden`] for who may not enter records.
#[boxed_async]
pub async fn suggest(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    (form, field): (&str, &str),
    text: &str,
    most: usize,
) -> Result<Vec<Suggestion>> {
    let snapshot = app.current(ctx).await?;
    ctx.require(Action::WriteRecords, &snapshot, unit)?;
    let to = reference(&snapshot, snapshot.register(ctx, form)?, field)?;
    let units = match to.scope {
        ReferenceScope::OwnUnit => Some(vec![unit]),
        ReferenceScope::Region => None,
        ReferenceScope::Readable => {
            let own = ctx.unit().or(snapshot.root()).unwrap_or(unit);
            snapshot.units_within(own, ctx.today(&snapshot))
        }
    };
    let mut rows = Vec::new();
    for form in to.forms().filter(|form| ctx.may_see_form(&snapshot, *form)) {
        let left = most.saturating_sub(rows.len());
        rows.extend(find(app, &snapshot, (form, units.clone()), text, left).await?);
    }
    let mut tx = app.read(ctx.region).await?;
    let mut found = Vec::new();
    for row in rows {
        let fact = read_record(&snapshot, &row)?;
        if to.scope == ReferenceScope::Readable && !ctx.may(Action::ReadRecords, &snapshot, fact.unit) {
            continue;
        }
        found.extend(suggestion(&mut tx, &snapshot, &fact).await?);
    }
    Ok(found)
}

/// What a reference field leads to.
fn reference(snapshot: &Snapshot, form: FormIdx, field: &str) -> Result<ReferenceKind> {
    let form = &snapshot.definition.forms[form];
    let shape = form.field(field).map(|field| form.fields[field].kind.spec().shape);
    match shape {
        Some(ValueShape::Reference(to)) => Ok(to),
        _ => Err(Error::NotFound { what: Thing::Form, key: field.to_owned() }),
    }
}

async fn find(
    app: &App,
    snapshot: &Arc<Snapshot>,
    (form, units): (FormIdx, Option<Vec<UnitId>>),
    text: &str,
    most: usize,
) -> Result<Vec<RecordRow>> {
    let id = &snapshot.definition.forms[form].id;
    let mut ids = Vec::new();
    if snapshot.definition.forms[form].kind.is_register() {
        let updater = IndexUpdater::new(app, snapshot, form)?;
        if !matches!(updater.update_within(TIMEOUT).await?, IndexReach::Building(_)) {
            let filter = Filter { text: text.to_owned(), ..Filter::default() };
            ids = updater.find(filter, units.clone(), Sort::default(), 0, most).await?.ids;
        }
    }
    let mut tx = app.read(snapshot.region_id).await?;
    let key = comparison_key(text);
    if !key.is_empty() && ids.len() < most {
        // The index cuts texts into words; a number is also found by its beginning.
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = references::names_beginning(&mut tx, id, &key, limit).await?.into_iter();
        let fits = |unit: &UnitId| units.as_ref().is_none_or(|units| units.contains(unit));
        for row in rows.filter(|row| fits(&row.unit)) {
            if !ids.contains(&row.record) && ids.len() < most {
                ids.push(row.record);
            }
        }
    }
    let mut rows: BTreeMap<RecordId, RecordRow> =
        records::find_all(&mut tx, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// A record as it is offered; `None` for one that is called nothing.
async fn suggestion(tx: &mut Tx, snapshot: &Snapshot, fact: &Fact) -> Result<Option<Suggestion>> {
    let form = &snapshot.definition.forms[fact.form];
    let mut called = names(form, &fact.values);
    let (Some(first), Some(unit)) = (called.next(), snapshot.view(fact.unit)) else { return Ok(None) };
    let same = references::find_names(tx, &form.id, &[comparison_key(first)]).await?;
    let is_alone = same.iter().all(|row| row.record == fact.id);
    let text = if is_alone { first.to_owned() } else { format!("{first} {ID_MARK}{}", fact.id) };
    let title = called.next().unwrap_or(first).to_owned();
    Ok(Some(Suggestion { text, title, unit }))
}

/// What a record refers to.
pub(crate) async fn referred(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    fact: &Fact,
) -> Result<Vec<Referred>> {
    let form = &snapshot.definition.forms[fact.form];
    let linked: Vec<(FieldIdx, RecordId)> = form
        .references()
        .filter_map(|(field, _)| Some((field, fact.value(field)?.as_reference()?)))
        .collect();
    let ids: Vec<RecordId> = linked.iter().map(|(_, record)| *record).collect();
    let rows = records::find_all(tx, &ids).await?.into_iter();
    let open = rows.filter(|row| {
        let form = snapshot.definition.form(&row.form);
        form.is_some_and(|(form, _)| ctx.may_see_form(snapshot, form))
            && ctx.may(Action::ReadRecords, snapshot, row.unit)
    });
    let open: BTreeSet<RecordId> = open.map(|row| row.id).collect();
    let view = |(field, record)| Referred { field, record, is_open: open.contains(&record) };
    Ok(linked.into_iter().map(view).collect())
}

/// How many records refer to a record, by form and field, of the forms that are any business of the person.
pub(crate) async fn referred_by(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    record: RecordId,
) -> Result<Vec<ReferredBy>> {
    let counts = references::count_to(tx, &[record]).await?.into_iter();
    let known = counts.filter_map(|count| {
        let known = snapshot.definition.form(&count.form);
        let (form, definition) = known.filter(|(form, _)| ctx.may_see_form(snapshot, *form))?;
        Some(ReferredBy { form, field: definition.field(&count.field)?, count: count.count })
    });
    Ok(known.collect())
}
