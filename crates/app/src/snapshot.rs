//! What a region looks like at one version: campaign, units, tree, classes. It
//! is read once and shared until the version in storage rises.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use campaign::definition::{Definition, Field, FieldIdx, Form, FormIdx, IdxVec, KeyPart, PersonFields};
use exchange::{
    normalise::{unit_code_key, unit_name_key},
    reading::UnitLookup,
};
use ledger::{
    classes::Classes,
    fact::Fact,
    figure::RegionTargets,
    hierarchy::{Affiliation, Hierarchy, Line},
    owed::{OwedStatements, UnitCount},
    spread::Spread,
};
use model::{
    clock::BusinessDay,
    ids::{RegionId, UnitId},
    month::{Month, Year},
    value::Value,
};
use store::{
    FormCodec, Personal, Tx, Vault,
    definitions::Region,
    units::{Unit, UnitKind},
};

use crate::{Context, Error, Result, Thing};

/// A region at one version.
pub struct Snapshot {
    /// The version of the catalogue and its campaigns that is in force.
    pub definition: Arc<Definition>,
    /// The region.
    pub region_id: RegionId,
    /// The region's row.
    pub region: Region,
    /// The counts that are its targets.
    pub targets: RegionTargets,
    /// Units by id.
    pub units: BTreeMap<UnitId, Unit>,
    /// Every affiliation.
    pub affiliations: Vec<Affiliation>,
    /// The tree over time.
    pub tree: Hierarchy,
    /// What units stated themselves to be.
    pub classes: Classes,
    /// Codecs of all forms, by position.
    pub codecs: IdxVec<Form, FormCodec>,
    /// What personal numbers are sealed with.
    pub vault: Arc<Vault>,
    by_code: BTreeMap<String, UnitId>,
    by_name: BTreeMap<String, Vec<UnitId>>,
    /// How many units owe statements: found when the first figure asks.
    owed: OnceLock<OwedStatements>,
    /// The tree as if every unit had always been where it is in a month: that of the last month that was asked for.
    fixed: Mutex<Option<(Month, Arc<Hierarchy>)>>,
}

/// A unit as other layers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitView {
    /// Its id.
    pub id: UnitId,
    /// Its statistical code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What sort it is.
    pub kind: UnitKind,
    /// The first month in which it no longer exists.
    pub closed_from: Option<Month>,
    /// The unit it was merged into.
    pub merged_into: Option<UnitId>,
}

impl UnitView {
    /// Whether it is a union above the grass roots.
    pub fn is_union(&self) -> bool {
        self.kind == UnitKind::Union
    }
}

impl Snapshot {
    /// Reads the region.
    pub(crate) async fn load(
        tx: &mut Tx,
        definition: Arc<Definition>,
        region: Region,
        vault: Arc<Vault>,
    ) -> Result<Self> {
        let units = store::units::list(tx).await?;
        let affiliations = store::units::list_affiliations(tx).await?;
        let classes = store::units::list_class_statements(tx).await?.into_iter().collect();
        Ok(Self::new((tx.region, region), definition, vault, (units, affiliations), classes))
    }

    /// A region with these units and affiliations under a definition.
    pub fn new(
        (region_id, region): (RegionId, Region),
        definition: Arc<Definition>,
        vault: Arc<Vault>,
        (units, affiliations): (Vec<Unit>, Vec<Affiliation>),
        classes: Classes,
    ) -> Self {
        let tree = Hierarchy::new(units.iter().map(|unit| unit.id), affiliations.iter().copied());
        let mut by_name: BTreeMap<String, Vec<UnitId>> = BTreeMap::new();
        for unit in &units {
            by_name.entry(unit_name_key(&unit.name)).or_default().push(unit.id);
        }
        let mut snapshot = Self {
            codecs: definition.forms.iter().map(|form| FormCodec::new(form, &vault)).collect(),
            by_code: units.iter().map(|unit| (unit_code_key(&unit.code), unit.id)).collect(),
            units: units.into_iter().map(|unit| (unit.id, unit)).collect(),
            by_name,
            owed: OnceLock::new(),
            fixed: Mutex::default(),
            vault,
            region_id,
            targets: RegionTargets { ppm: region.target_ppm, own: own_targets(&definition, &region) },
            definition,
            region,
            affiliations,
            tree,
            classes: Classes::default(),
        };
        snapshot.put_classes(classes);
        snapshot
    }

    /// Puts what units state themselves to be in the place of whatever was known. A team is what its enterprise is,
    /// and what is closed states nothing any more.
    pub(crate) fn put_classes(&mut self, mut classes: Classes) {
        let last = self.definition.last_month();
        for unit in self.units.values().filter(|unit| unit.kind == UnitKind::Team) {
            if let Some(enterprise) = self.tree.parent(unit.id, Line::Subordination, last) {
                classes.inherit(unit.id, enterprise);
            }
        }
        for (unit, row) in &self.units {
            if let Some(from) = row.closed_from {
                classes.close(*unit, from);
            }
        }
        self.classes = classes;
    }

    /// The record as it is counted: persons under their aliases, so that neither
    /// numbers nor names reach the balances, and so that a person whose data
    /// was removed counts as before. What is counted already under an alias stays as it is.
    pub fn counted<'f>(&self, fact: &'f Fact) -> Cow<'f, Fact> {
        let form = &self.definition.forms[fact.form];
        let mut fact = Cow::Borrowed(fact);
        for part in form.posts.iter().flat_map(|post| &post.key) {
            match part {
                KeyPart::Person(person) => self.put_aliases(form, *person, &mut fact),
                KeyPart::Field(field) => {
                    let sort = form.fields.get(*field).and_then(|field| Personal::of_kind(&field.kind));
                    if let Some(sort) = sort {
                        self.put_alias(*field, sort, &mut fact);
                    }
                }
                KeyPart::Prefix(..) | KeyPart::Unit => {}
            }
        }
        fact
    }

    fn put_aliases(&self, form: &Form, person: PersonFields, fact: &mut Cow<'_, Fact>) {
        // Other personal numbers may be compared with this one.
        let numbers = form.fields.entries().filter_map(|(position, field)| {
            (Personal::of_kind(&field.kind) == Some(Personal::IdNumber)).then_some(position)
        });
        for position in numbers.chain([person.id_number]) {
            self.put_alias(position, Personal::IdNumber, fact);
        }
        // With a number, the name does not count.
        if fact.value(person.id_number).is_none() {
            self.put_alias(person.name, Personal::Name, fact);
        }
    }

    fn put_alias(&self, position: FieldIdx, sort: Personal, fact: &mut Cow<'_, Fact>) {
        let Some(Value::Text(text)) = fact.value(position) else { return };
        if !model::alias::is_alias(text) {
            let alias = self.vault.alias(sort, text);
            fact.to_mut().values[position] = Some(Value::Text(alias));
        }
    }

    /// What a value looks like where it identifies a record: personal values
    /// are found there under their aliases.
    pub(crate) fn identifying(&self, form: &Form, position: FieldIdx, value: &Value) -> String {
        match (Self::personal_kind(form, position), value) {
            (Some(sort), Value::Text(text)) => self.vault.alias(sort, text),
            (_, Value::Text(text) | Value::Code(text)) => text.clone(),
            (_, Value::Integer(number)) => number.to_string(),
            (_, Value::Decimal(number)) => number.to_string(),
            (_, Value::Date(date)) => date.to_string(),
            (_, Value::Flag(flag)) => flag.to_string(),
            (_, Value::Unit(unit)) => unit.to_string(),
            // What a record was called by stays when it is linked later, and so does the identity.
            (_, Value::Reference(reference)) => reference.text.clone(),
            // No number and no flag is written so.
            (_, Value::NotApplicable(reason)) => format!("n/a {reason}"),
        }
    }

    /// The sort of personal values that a field holds, names among them; `None` for all others.
    pub(crate) fn personal_kind(form: &Form, position: FieldIdx) -> Option<Personal> {
        let field: &Field = form.fields.get(position)?;
        let is_name = || form.persons.iter().any(|person| person.name == position);
        let is_number = || form.persons.iter().any(|person| person.id_number == position);
        Personal::of_kind(&field.kind)
            .or_else(|| is_number().then_some(Personal::IdNumber))
            .or_else(|| is_name().then_some(Personal::Name))
    }

    /// The federation itself: the unit with nothing above it.
    pub fn root(&self) -> Option<UnitId> {
        self.tree
            .units()
            .find(|unit| self.tree.affiliations(*unit).iter().all(|link| link.line != Line::Subordination))
    }

    /// A unit and everything that is under it on a day; `None` for the whole region.
    pub(crate) fn units_within(&self, unit: UnitId, today: BusinessDay) -> Option<Vec<UnitId>> {
        if self.root() == Some(unit) {
            return None;
        }
        let today = today.month();
        let below = self.tree.ever_below(unit).into_iter();
        Some(below.filter(|below| self.tree.is_within(*below, unit, today)).collect())
    }

    /// Whether other units are right below a unit on a day.
    pub fn has_units_below(&self, unit: UnitId, today: BusinessDay) -> bool {
        self.tree.children(unit, today.month()).next().is_some()
    }

    /// The register with this id, for somebody whose role has any business with it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn register(&self, ctx: &Context, form: &str) -> Result<FormIdx> {
        self.form_of_records(ctx, form)
            .ok()
            .filter(|position| self.definition.forms[*position].kind.is_register())
            .ok_or_else(|| Error::NotFound { what: Thing::Register, key: form.to_owned() })
    }

    /// The register, return or baseline with this id, for somebody whose role has any business with it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn form_of_records(&self, ctx: &Context, form: &str) -> Result<FormIdx> {
        let found = self.definition.form(form).filter(|(_, form)| form.kind.has_records());
        let found = found.filter(|(position, _)| ctx.may_see_form(self, *position));
        found
            .map(|(position, _)| position)
            .ok_or_else(|| Error::NotFound { what: Thing::Form, key: form.to_owned() })
    }

    /// The unit with this statistical code.
    pub fn unit_by_code(&self, code: &str) -> Option<&Unit> {
        self.by_code.get(&unit_code_key(code)).and_then(|id| self.units.get(id))
    }

    /// A unit for showing.
    pub fn view(&self, unit: UnitId) -> Option<UnitView> {
        self.units.get(&unit).map(|unit| UnitView {
            id: unit.id,
            code: unit.code.clone(),
            name: unit.name.clone(),
            kind: unit.kind,
            closed_from: unit.closed_from,
            merged_into: unit.merged_into,
        })
    }

    /// Whether each month of a unit is a row of its own: for unions above the grass roots, whose
    /// months have many values. The months of any other unit are one row per year.
    pub fn keeps_months(&self, unit: UnitId) -> bool {
        self.units.get(&unit).is_none_or(|unit| unit.kind == UnitKind::Union)
    }

    /// Whether a unit has reported for a year. Only grass-roots unions hand in
    /// returns; those above them report by what is below.
    pub fn is_reported(&self, unit: UnitId, year: Year) -> bool {
        let owes = self.units.get(&unit).is_some_and(|unit| unit.kind == UnitKind::Grassroots);
        !owes || self.classes.has_return(unit, year)
    }

    /// How many units at and below a unit owe their statements, over time.
    pub fn owed(&self, unit: UnitId) -> &UnitCount {
        self.owed.get_or_init(|| OwedStatements::new(&self.tree, |unit| self.owes_until(unit))).for_unit(unit)
    }

    /// The first month in which a unit does not owe statements any more, for it is closed; `None` for one that never owes
    /// any.
    pub fn owes_until(&self, unit: UnitId) -> Option<Month> {
        let unit = self.units.get(&unit).filter(|unit| unit.kind == UnitKind::Grassroots)?;
        Some(unit.closed_from.unwrap_or(Month::NEVER))
    }

    /// The tree as if every unit had always been where it is in `month`.
    pub(crate) fn tree_in(&self, month: Month) -> Arc<Hierarchy> {
        let mut fixed = self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tree)) = fixed.as_ref().filter(|(of, _)| *of == month) {
            return tree.clone();
        }
        let tree = Arc::new(self.tree.as_in(month));
        *fixed = Some((month, tree.clone()));
        tree
    }

    /// Whether a unit is a single one at the grass roots.
    pub fn is_single(&self, unit: UnitId) -> bool {
        self.units.get(&unit).is_some_and(|unit| unit.kind == UnitKind::Grassroots)
    }

    /// Hands a [`Spread`] over this tree to `use_it`.
    pub(crate) fn with_spread<T>(&self, use_it: impl FnOnce(&Spread<'_>) -> T) -> T {
        let keeps_months = |unit| self.keeps_months(unit);
        use_it(&Spread::new(&self.definition, &self.tree, &keeps_months))
    }
}

/// Counts that are the region's own, by the keys of their indicators. A federation with one campaign was made a
/// demonstration with the ids alone.
fn own_targets(definition: &Definition, region: &Region) -> BTreeMap<String, i64> {
    let first = definition.first_campaign();
    let named = region.own_targets.iter().map(|(key, target)| match first.indicator(key) {
        Some(indicator) => (first.key_of(indicator), *target),
        None => (key.clone(), *target),
    });
    named.collect()
}

impl UnitLookup for Snapshot {
    fn by_code(&self, code: &str) -> Option<UnitId> {
        self.by_code.get(&unit_code_key(code)).copied()
    }

    fn by_name(&self, name: &str) -> Vec<UnitId> {
        self.by_name.get(&unit_name_key(name)).cloned().unwrap_or_default()
    }

    fn name(&self, id: UnitId) -> Option<&str> {
        self.units.get(&id).map(|unit| unit.name.as_str())
    }

    fn code(&self, id: UnitId) -> Option<&str> {
        self.units.get(&id).map(|unit| unit.code.as_str())
    }
}
