//! A new unit, one at a time; many come with the roster.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use campaign::{
    definition::{Field, Form, Values},
    validate::{FieldProblem, validate},
};
use exchange::{
    money::AmountUnit,
    normalise::unit_code_key,
    reading::{ReadContext, read_value},
};
use ledger::hierarchy::{Affiliation, Line};
use model::{ids::UnitId, month::Month, problem::Problem};
use sheet::workbook::Cell;
use store::{
    definitions::{self, Lock},
    new_id,
    units::{Unit, UnitKind},
};

use super::{
    change::{Changes, put_changes},
    unit_change::fits,
};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing, error::FieldFault, transact::transact};

/// Fields of the roster that give a unit's place in the tree. They have places of
/// their own in [`NewUnit`].
const PLACEMENT_FIELDS: [&str; 5] = ["code", "name", "parent", "guidance", "effective_on"];

/// What a new unit needs.
#[derive(Debug, Clone, Default)]
pub struct NewUnit {
    /// Its statistical code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The unit above; `None` for the first unit of a region.
    pub parent: Option<UnitId>,
    /// What else the roster asks for: id of the field, and the value as a clerk would write it.
    pub typed: BTreeMap<String, String>,
}

/// The fields of the roster that [`NewUnit::typed`] may hold.
pub fn roster_fields(roster: &Form) -> impl Iterator<Item = &Field> {
    roster.fields.iter().filter(|field| !PLACEMENT_FIELDS.contains(&field.id.as_str()))
}

/// Adds a unit. One that states what it is (unit type, holding …) belongs to
/// the grass roots; another one below the grass roots is a team, above them a union.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office; [`Error::InvalidFields`]
/// with everything that is wrong; [`Error::FormChanged`] for a field that the roster has not.
#[boxed_async]
pub async fn create(app: &App, ctx: &Context, new: &NewUnit) -> Result<UnitId> {
    let id = transact!(app, ctx.region, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        let snapshot = app.snapshot(tx).await?;
        ctx.require_for_region(Action::ManageUnits, &snapshot)?;
        let values = read(ctx, &snapshot, new)?;
        let roster = snapshot.definition.roster;
        let states_class =
            snapshot.definition.forms[roster].classifying.iter().any(|field| values[*field].is_some());
        let above = new.parent.and_then(|parent| snapshot.units.get(&parent));
        let kind = match above {
            _ if states_class => UnitKind::Grassroots,
            Some(above) if above.kind != UnitKind::Union => UnitKind::Team,
            _ => UnitKind::Union,
        };
        check_placement(ctx, &snapshot, new, kind)?;
        let id = UnitId(new_id(ctx.clock.now()));
        let unit = Unit {
            id,
            code: unit_code_key(&new.code),
            name: new.name.trim().to_owned(),
            kind,
            attributes: snapshot.codecs[roster].encode(&values),
            closed_from: None,
            merged_into: None,
            version: 1,
        };
        let link = new.parent.map(|parent| Affiliation {
            unit: id,
            line: Line::Subordination,
            from: Month::ALWAYS,
            to: Month::NEVER,
            parent,
        });
        let changes =
            Changes { units: vec![unit], affiliations: link.into_iter().collect(), ..Changes::default() };
        put_changes(app, tx, &snapshot, ctx, changes).await?;
        Ok(id)
    })?;
    app.wake_folder(ctx);
    Ok(id)
}

/// Reads what is stated, with everything that is wrong about single fields.
fn read(ctx: &Context, snapshot: &Snapshot, new: &NewUnit) -> Result<Values> {
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let context = ReadContext {
        definition: &snapshot.definition,
        units: snapshot,
        today: ctx.today(snapshot),
        default_unit: None,
        default_year: None,
    };
    let parent = new.parent.and_then(|parent| snapshot.units.get(&parent)).map(|parent| parent.code.clone());
    let place = [
        ("code", Some(unit_code_key(&new.code))),
        ("name", Some(new.name.trim().to_owned())),
        ("parent", parent),
    ];
    let place = place.into_iter().filter_map(|(field, text)| Some((field, text?)));
    let others = new.typed.iter().map(|(field, text)| (field.as_str(), text.clone()));
    let mut values = roster.no_values();
    let mut faults = Vec::new();
    let mut faulty = Vec::new();
    for (id, text) in others.chain(place) {
        let position = roster.field(id).ok_or_else(|| Error::FormChanged { field: id.to_owned() })?;
        if text.trim().is_empty() {
            continue;
        }
        match read_value(&Cell::Text(text), &roster.fields[position], &AmountUnit::Unstated, &context) {
            Ok((value, _)) => values[position] = value,
            Err(problem) => {
                faulty.push(position);
                faults.push(FieldProblem { field: position, problem });
            }
        }
    }
    let breaches = validate(roster, &values, &faulty).into_iter().filter(|found| found.problem.is_error());
    faults.extend(breaches);
    let code = unit_code_key(&new.code);
    if snapshot.unit_by_code(&code).is_some() {
        let problem = Problem::RepeatedUnitCode { code };
        faults.push(FieldProblem { field: snapshot.definition.roster_fields.code, problem });
    }
    if faults.is_empty() {
        return Ok(values);
    }
    Err(Error::InvalidFields(faults.into_iter().map(|found| FieldFault::new(roster, found)).collect()))
}

/// Refuses a unit of this sort at this place in the tree.
fn check_placement(ctx: &Context, snapshot: &Snapshot, new: &NewUnit, kind: UnitKind) -> Result<()> {
    let today = ctx.today(snapshot).month();
    let problem = match (new.parent, snapshot.root()) {
        (Some(parent), _) => match snapshot.units.get(&parent) {
            None => return Err(Error::NotFound { what: Thing::Unit, key: parent.to_string() }),
            Some(above) => match above.closed_from.filter(|closed| *closed <= today) {
                Some(closed) => Problem::UnitEnded { unit: above.name.clone(), from: closed.to_string() },
                None if fits(kind, above.kind) => return Ok(()),
                None => Problem::WrongLevel { unit: new.name.trim().to_owned(), parent: above.name.clone() },
            },
        },
        (None, None) => return Ok(()),
        (None, Some(root)) => {
            let name = snapshot.units.get(&root).map(|root| root.name.clone());
            Problem::SecondRoot { root: name.unwrap_or_default() }
        }
    };
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let field = snapshot.definition.roster_fields.parent;
    Err(Error::InvalidFields(vec![FieldFault::new(roster, FieldProblem { field, problem })]))
}
