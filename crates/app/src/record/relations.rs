//! Rules over a record and the one that it refers to (`[[relation]]`): how many may refer to it, that no two state the
//! same, and conditions over both. The record referred to is locked, so that what is counted stays true. That no two
//! state the same is also a rule over the records of a unit.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{FieldIdx, Form, FormIdx, Most, Relation, RelationCheck, Values, joined_values},
    validate::FieldProblem,
};
use ledger::fact::Fact;
use model::{
    class::Class,
    ids::{RecordId, UnitId},
    problem::{Problem, Severity},
    value::Value,
};
use store::{Tx, records, references};

use super::{
    derived_fields::closed_references, input::invalid, linking::InputKind, natural::compared,
    read::read_record,
};
use crate::{Context, Result, Snapshot};

/// Records that refer to one record by one field and are looked at; no register comes near it.
const MOST_READ: i64 = 100_000;

/// Who refers to a record, or is of a unit: the records that are stored and those that were checked before, each with what
/// a rule compares of it.
type Members = BTreeMap<Member, Vec<String>>;

/// The records over which a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Those that refer to this one.
    Referring(RecordId),
    /// Those of this unit.
    OfUnit(UnitId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Stored(RecordId),
    New(usize),
}

/// Checks relations of the records of one form, of one after the other: what was checked before counts.
pub(crate) struct Relations<'a> {
    snapshot: &'a Snapshot,
    form: FormIdx,
    by: InputKind,
    referred: BTreeMap<RecordId, Option<Fact>>,
    members: BTreeMap<(usize, Group), Members>,
    /// Stored records that were checked: they count as they shall be.
    checked: BTreeSet<RecordId>,
    new: usize,
}

impl<'a> Relations<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, form: FormIdx, by: InputKind) -> Self {
        let (referred, members, checked) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { snapshot, form, by, referred, members, checked, new: 0 }
    }

    fn form(&self) -> &'a Form {
        &self.snapshot.definition.forms[self.form]
    }

    /// Takes a record to which others of the same file refer, and that is not stored yet.
    pub(crate) fn take_coming(&mut self, fact: Fact) {
        self.referred.insert(fact.id, Some(fact));
    }

    /// What is wrong with a record of a unit that shall state `values`; `before` is the record with what it states at
    /// present. Where no error is among it, the record counts from now on.
    pub(crate) async fn check(
        &mut self,
        tx: &mut Tx,
        unit: UnitId,
        before: Option<(RecordId, &Values)>,
        values: &Values,
    ) -> Result<Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut joining = Vec::new();
        self.new += 1;
        let own = before.map_or(Member::New(self.new), |(id, _)| Member::Stored(id));
        for (number, relation) in self.form().relations.iter().enumerate() {
            self.leave(number, relation, (unit, before));
            let Some(group) = concerned(relation, unit, values) else { continue };
            // The record as it is, when it is in the same group.
            let former = before.map(|(_, before)| before);
            let former = former.filter(|before| concerned(relation, unit, before) == Some(group));
            let breaks = match &relation.check {
                RelationCheck::That(condition) => {
                    let other = self.of_first_form(tx, relation, group).await?;
                    let holds = |values: &Values| {
                        let both = joined_values(values, &other?.values);
                        condition.evaluate(&both, Class::default())
                    };
                    // What was so before is no fault of this change.
                    let was_broken = former.is_some_and(|before| holds(before) == Some(false));
                    holds(values) == Some(false) && !was_broken
                }
                RelationCheck::Most(most) => {
                    let limit = self.limit(tx, relation, *most, group).await?;
                    let count = self.members(tx, number, relation, group).await?.len();
                    joining.push((number, group, Vec::new()));
                    former.is_none()
                        && limit.is_some_and(|limit| i64::try_from(count).is_ok_and(|count| count >= limit))
                }
                RelationCheck::Once(fields) => {
                    let key = self.key(fields, values);
                    let is_same = former.is_some_and(|before| self.key(fields, before) == key);
                    let form = self.form();
                    let members = self.members(tx, number, relation, group).await?;
                    let is_repeated = members
                        .iter()
                        .any(|(member, known)| *member != own && is_same_key(form, fields, known, &key));
                    joining.push((number, group, key));
                    !is_same && is_repeated
                }
            };
            problems.extend(breaks.then(|| self.breach(relation)));
        }
        // Two rules may say the same.
        problems.dedup();
        if problems.iter().all(|found| !found.problem.is_error()) {
            for (number, group, key) in joining {
                self.members.entry((number, group)).or_default().insert(own, key);
            }
            self.checked.extend(before.map(|(id, _)| id));
        }
        Ok(problems)
    }

    /// The same, and what a change of a record breaks of the rules of those that refer to it.
    pub(crate) async fn check_both_ways(
        &mut self,
        tx: &mut Tx,
        unit: UnitId,
        before: Option<(RecordId, &Values)>,
        values: &Values,
    ) -> Result<Vec<FieldProblem>> {
        let mut problems = self.check(tx, unit, before, values).await?;
        if let Some(before) = before {
            problems.extend(check_referred(tx, self.snapshot, self.form, before, values).await?);
        }
        Ok(problems)
    }

    fn breach(&self, relation: &Relation) -> FieldProblem {
        let is_error = match self.by {
            InputKind::Person => relation.is_error,
            InputKind::File => relation.is_error_in_files,
        };
        let severity = if is_error { Severity::Error } else { Severity::Warning };
        FieldProblem {
            field: relation.at,
            problem: Problem::Rule { message: relation.message.clone(), severity },
        }
    }

    /// A record that is about to change does not count as it is.
    fn leave(
        &mut self,
        number: usize,
        relation: &Relation,
        (unit, before): (UnitId, Option<(RecordId, &Values)>),
    ) {
        let Some((id, values)) = before else { return };
        let Some(group) = concerned(relation, unit, values) else { return };
        if let Some(members) = self.members.get_mut(&(number, group)) {
            members.remove(&Member::Stored(id));
        }
    }

    async fn referred(&mut self, tx: &mut Tx, id: RecordId) -> Result<Option<&Fact>> {
        if !self.referred.contains_key(&id) {
            let row = records::find(tx, id).await?;
            let fact = row.map(|row| read_record(self.snapshot, &row)).transpose()?;
            self.referred.insert(id, fact);
        }
        Ok(self.referred.get(&id).and_then(Option::as_ref))
    }

    /// The record referred to, when it is of the form whose fields the relation sees.
    async fn of_first_form(
        &mut self,
        tx: &mut Tx,
        relation: &Relation,
        group: Group,
    ) -> Result<Option<&Fact>> {
        let Group::Referring(referred) = group else { return Ok(None) };
        let first = self.form().references().find(|(field, _)| Some(*field) == relation.reference);
        let other = self.referred(tx, referred).await?;
        Ok(other.filter(|other| first.is_some_and(|(_, to)| to.form == other.form)))
    }

    async fn limit(
        &mut self,
        tx: &mut Tx,
        relation: &Relation,
        most: Most,
        group: Group,
    ) -> Result<Option<i64>> {
        Ok(match most {
            Most::Number(number) => Some(number),
            Most::Field(field) => {
                let other = self.of_first_form(tx, relation, group).await?;
                other.and_then(|other| other.value(field)).and_then(Value::as_integer)
            }
        })
    }

    /// The records of a group that a relation counts, read once.
    async fn members(
        &mut self,
        tx: &mut Tx,
        number: usize,
        relation: &Relation,
        group: Group,
    ) -> Result<&Members> {
        if !self.members.contains_key(&(number, group)) {
            let mut members = self.read_members(tx, relation, group).await?;
            members.retain(|member, _| match member {
                Member::Stored(id) => !self.checked.contains(id),
                Member::New(_) => true,
            });
            self.members.insert((number, group), members);
        }
        Ok(self.members.entry((number, group)).or_default())
    }

    async fn read_members(&self, tx: &mut Tx, relation: &Relation, group: Group) -> Result<Members> {
        let fields = if let RelationCheck::Once(fields) = &relation.check { fields.as_slice() } else { &[] };
        let records = match (group, relation.reference) {
            (Group::Referring(referred), Some(reference)) => {
                let form = self.form();
                let place = (form.id.as_str(), form.fields[reference].id.as_str());
                let ids = references::list_by(tx, referred, place, MOST_READ).await?;
                if fields.is_empty() && relation.when.is_none() {
                    return Ok(ids.into_iter().map(|id| (Member::Stored(id), Vec::new())).collect());
                }
                self.read(tx, &ids).await?
            }
            (Group::OfUnit(unit), _) => {
                let rows = records::list_of_unit(tx, unit, &self.form().id).await?;
                rows.iter().map(|row| read_record(self.snapshot, row)).collect::<Result<_>>()?
            }
            (Group::Referring(_), None) => Vec::new(),
        };
        let counted = records.iter().filter(|fact| concerned(relation, fact.unit, &fact.values).is_some());
        Ok(counted.map(|fact| (Member::Stored(fact.id), self.key(fields, &fact.values))).collect())
    }

    async fn read(&self, tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<Fact>> {
        let rows = records::find_all(tx, ids).await?;
        rows.iter().map(|row| read_record(self.snapshot, row)).collect()
    }

    /// What is compared of a record.
    fn key(&self, fields: &[FieldIdx], values: &Values) -> Vec<String> {
        let text = |field: &FieldIdx| match values.value(*field) {
            Some(value) => compared(self.snapshot, self.form(), *field, value),
            None => String::new(),
        };
        fields.iter().map(text).collect()
    }
}

/// Whether two records state the same. A person's ID number that only one of them states makes no difference.
fn is_same_key(form: &Form, fields: &[FieldIdx], one: &[String], other: &[String]) -> bool {
    let is_number = |field: FieldIdx| form.persons.iter().any(|person| person.id_number == field);
    let mut both = fields.iter().zip(one.iter().zip(other));
    both.all(|(field, (one, other))| {
        one == other || (is_number(*field) && (one.is_empty() || other.is_empty()))
    })
}

/// The records over which a relation holds, when it concerns a record of a unit with these values.
fn concerned(relation: &Relation, unit: UnitId, values: &Values) -> Option<Group> {
    let group = match relation.reference {
        Some(reference) => Group::Referring(values.value(reference)?.as_reference()?),
        None => Group::OfUnit(unit),
    };
    let concerns =
        relation.when.as_ref().is_none_or(|when| when.evaluate(values, Class::default()) == Some(true));
    concerns.then_some(group)
}

/// What a change of a record breaks of the rules of those that refer to it: a capacity below the number of its trainees.
async fn check_referred(
    tx: &mut Tx,
    snapshot: &Snapshot,
    form: FormIdx,
    (id, before): (RecordId, &Values),
    values: &Values,
) -> Result<Vec<FieldProblem>> {
    let mut problems = Vec::new();
    for (position, other) in snapshot.definition.forms.entries() {
        let leads_here = |relation: &&Relation| {
            other.references().any(|(field, to)| Some(field) == relation.reference && to.form == form)
        };
        for relation in other.relations.iter().filter(leads_here).filter(|relation| relation.is_error) {
            let Some(at) = broken_field(snapshot, position, relation, (before, values)) else { continue };
            let Some(reference) = relation.reference else { continue };
            let relations = Relations::new(snapshot, position, InputKind::Person);
            let place = (other.id.as_str(), other.fields[reference].id.as_str());
            let is_broken = match &relation.check {
                RelationCheck::Most(Most::Field(field)) => {
                    let limit = values.value(*field).and_then(Value::as_integer);
                    let members = relations.read_members(tx, relation, Group::Referring(id)).await?.len();
                    limit.is_some_and(|limit| i64::try_from(members).is_ok_and(|members| members > limit))
                }
                RelationCheck::That(condition) => {
                    let ids = references::list_by(tx, id, place, MOST_READ).await?;
                    let holds = |own: &Values, other: &Values| {
                        condition.evaluate(&joined_values(own, other), Class::default())
                    };
                    relations.read(tx, &ids).await?.iter().any(|fact| {
                        let own = &fact.values;
                        concerned(relation, fact.unit, own).is_some()
                            && holds(own, values) == Some(false)
                            && holds(own, before) != Some(false)
                    })
                }
                RelationCheck::Most(Most::Number(_)) | RelationCheck::Once(_) => false,
            };
            if is_broken {
                let (message, severity) = (relation.message.clone(), Severity::Error);
                problems.push(FieldProblem { field: at, problem: Problem::Rule { message, severity } });
            }
        }
    }
    Ok(problems)
}

/// The changed field of the record referred to that a relation looks at.
fn broken_field(
    snapshot: &Snapshot,
    form: FormIdx,
    relation: &Relation,
    (before, values): (&Values, &Values),
) -> Option<FieldIdx> {
    let own = snapshot.definition.forms[form].fields.len();
    let is_changed = |field: &FieldIdx| before.value(*field) != values.value(*field);
    match &relation.check {
        RelationCheck::Most(Most::Field(field)) => Some(*field).filter(is_changed),
        RelationCheck::That(condition) => {
            let mut fields = Vec::new();
            condition.fields(&mut fields);
            let others = fields.into_iter().filter_map(|field| field.number().checked_sub(own));
            others.map(FieldIdx::new).find(is_changed)
        }
        RelationCheck::Most(Most::Number(_)) | RelationCheck::Once(_) => None,
    }
}

/// Whether any rule holds over the records of a unit.
pub(crate) fn is_over_units(form: &Form) -> bool {
    form.relations.iter().any(|relation| relation.reference.is_none())
}

/// Refuses what a person states of a record when it breaks a rule over references, or would change a closed record that
/// follows from it.
///
/// # Errors
/// [`crate::Error::InvalidFields`].
pub(crate) async fn require_relations(
    tx: &mut Tx,
    (snapshot, ctx): (&Snapshot, &Context),
    (form, unit): (FormIdx, UnitId),
    before: Option<(RecordId, &Values)>,
    values: &Values,
) -> Result<()> {
    if is_over_units(&snapshot.definition.forms[form]) {
        // Two who enter the same at the same moment wait for each other.
        records::lock_numbers_of(tx, &BTreeSet::from([unit])).await?;
    }
    let mut relations = Relations::new(snapshot, form, InputKind::Person);
    let mut problems = relations.check_both_ways(tx, unit, before, values).await?;
    let former = before.map(|(_, before)| before);
    let stated = (values, Severity::Error);
    problems.extend(closed_references(tx, (snapshot, ctx), form, former, stated).await?);
    problems.retain(|found| found.problem.is_error());
    if problems.is_empty() { Ok(()) } else { Err(invalid(&snapshot.definition.forms[form], problems)) }
}
