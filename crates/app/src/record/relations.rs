//! Rules over a record and the one that it refers to (`[[relation]]`): how many may refer to it, that no two state the
//! same, and conditions over both. The record referred to is locked, so that what is counted stays true.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{FieldIdx, Form, FormIdx, Most, Relation, RelationCheck, Values, joined_values},
    validate::FieldProblem,
};
use model::{
    class::Class,
    ids::RecordId,
    problem::{Problem, Severity},
    value::Value,
};
use store::{Tx, records, references};

use super::{
    derived_fields::closed_references, input::invalid, linking::InputKind, natural::compared, read::Record,
};
use crate::{Context, Result, Snapshot};

/// Records that refer to one record by one field and are looked at; no register comes near it.
const MOST_READ: i64 = 100_000;

/// Who refers to a record: the records that are stored and those that were checked before, each with what a rule
/// compares of it.
type Members = BTreeMap<Member, String>;

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
    referred: BTreeMap<RecordId, Option<Record>>,
    members: BTreeMap<(usize, RecordId), Members>,
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

    /// What is wrong with a record that shall state `values`; `before` is the record with what it states at present.
    /// Where no error is among it, the record counts from now on.
    pub(crate) async fn check(
        &mut self,
        tx: &mut Tx,
        before: Option<(RecordId, &Values)>,
        values: &Values,
    ) -> Result<Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut joining = Vec::new();
        self.new += 1;
        let own = before.map_or(Member::New(self.new), |(id, _)| Member::Stored(id));
        for (number, relation) in self.form().relations.iter().enumerate() {
            self.leave(number, relation, before);
            let Some(referred) = concerned(relation, values) else { continue };
            let breaks = match &relation.check {
                RelationCheck::That(condition) => {
                    let other = self.of_first_form(tx, relation, referred).await?;
                    let holds = |values: &Values| {
                        let both = joined_values(values, &other?.fact.values);
                        condition.evaluate(&both, Class::default())
                    };
                    // What was so before is no fault of this change.
                    let was_broken = before.is_some_and(|(_, before)| {
                        concerned(relation, before) == Some(referred) && holds(before) == Some(false)
                    });
                    holds(values) == Some(false) && !was_broken
                }
                RelationCheck::Most(most) => {
                    let limit = self.limit(tx, relation, *most, referred).await?;
                    let is_same =
                        before.is_some_and(|(_, before)| concerned(relation, before) == Some(referred));
                    let count = self.members(tx, number, relation, referred).await?.len();
                    joining.push((number, referred, String::new()));
                    !is_same
                        && limit.is_some_and(|limit| i64::try_from(count).is_ok_and(|count| count >= limit))
                }
                RelationCheck::Once(fields) => {
                    let key = self.key(fields, values);
                    let is_same = before.is_some_and(|(_, before)| {
                        concerned(relation, before) == Some(referred) && self.key(fields, before) == key
                    });
                    let members = self.members(tx, number, relation, referred).await?;
                    let is_repeated = members.iter().any(|(member, known)| *member != own && *known == key);
                    joining.push((number, referred, key));
                    !is_same && is_repeated
                }
            };
            problems.extend(breaks.then(|| self.breach(relation)));
        }
        if problems.iter().all(|found| !found.problem.is_error()) {
            for (number, referred, key) in joining {
                self.members.entry((number, referred)).or_default().insert(own, key);
            }
            self.checked.extend(before.map(|(id, _)| id));
        }
        Ok(problems)
    }

    /// The same, and what a change of a record breaks of the rules of those that refer to it.
    pub(crate) async fn check_both_ways(
        &mut self,
        tx: &mut Tx,
        before: Option<(RecordId, &Values)>,
        values: &Values,
    ) -> Result<Vec<FieldProblem>> {
        let mut problems = self.check(tx, before, values).await?;
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
    fn leave(&mut self, number: usize, relation: &Relation, before: Option<(RecordId, &Values)>) {
        let Some((id, values)) = before else { return };
        let Some(referred) = concerned(relation, values) else { return };
        if let Some(members) = self.members.get_mut(&(number, referred)) {
            members.remove(&Member::Stored(id));
        }
    }

    async fn referred(&mut self, tx: &mut Tx, id: RecordId) -> Result<Option<&Record>> {
        if !self.referred.contains_key(&id) {
            let row = records::find(tx, id).await?;
            let record = row.map(|row| Record::new(self.snapshot, row)).transpose()?;
            self.referred.insert(id, record);
        }
        Ok(self.referred.get(&id).and_then(Option::as_ref))
    }

    /// The record referred to, when it is of the form whose fields the relation sees.
    async fn of_first_form(
        &mut self,
        tx: &mut Tx,
        relation: &Relation,
        referred: RecordId,
    ) -> Result<Option<&Record>> {
        let first = self.form().references().find(|(field, _)| *field == relation.reference);
        let other = self.referred(tx, referred).await?;
        Ok(other.filter(|other| first.is_some_and(|(_, to)| to.form == other.fact.form)))
    }

    async fn limit(
        &mut self,
        tx: &mut Tx,
        relation: &Relation,
        most: Most,
        referred: RecordId,
    ) -> Result<Option<i64>> {
        Ok(match most {
            Most::Number(number) => Some(number),
            Most::Field(field) => {
                let other = self.of_first_form(tx, relation, referred).await?;
                other.and_then(|other| other.fact.value(field)).and_then(Value::as_integer)
            }
        })
    }

    /// The records that a relation counts of those that refer to a record, read once.
    async fn members(
        &mut self,
        tx: &mut Tx,
        number: usize,
        relation: &Relation,
        referred: RecordId,
    ) -> Result<&Members> {
        if !self.members.contains_key(&(number, referred)) {
            let mut members = self.read_members(tx, relation, referred).await?;
            members.retain(|member, _| match member {
                Member::Stored(id) => !self.checked.contains(id),
                Member::New(_) => true,
            });
            self.members.insert((number, referred), members);
        }
        Ok(self.members.entry((number, referred)).or_default())
    }

    async fn read_members(&self, tx: &mut Tx, relation: &Relation, referred: RecordId) -> Result<Members> {
        let form = self.form();
        let place = (form.id.as_str(), form.fields[relation.reference].id.as_str());
        let ids = references::list_by(tx, referred, place, MOST_READ).await?;
        let RelationCheck::Once(fields) = &relation.check else {
            if relation.when.is_none() {
                return Ok(ids.into_iter().map(|id| (Member::Stored(id), String::new())).collect());
            }
            let records = self.read(tx, &ids).await?.into_iter();
            let counted = records.filter(|record| concerned(relation, &record.fact.values).is_some());
            return Ok(counted.map(|record| (Member::Stored(record.row.id), String::new())).collect());
        };
        let records = self.read(tx, &ids).await?.into_iter();
        let counted = records.filter(|record| concerned(relation, &record.fact.values).is_some());
        let member = |record: Record| (Member::Stored(record.row.id), self.key(fields, &record.fact.values));
        Ok(counted.map(member).collect())
    }

    async fn read(&self, tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<Record>> {
        let rows = records::find_all(tx, ids).await?;
        rows.into_iter().map(|row| Record::new(self.snapshot, row)).collect()
    }

    /// What two records that are the same have in common.
    fn key(&self, fields: &[FieldIdx], values: &Values) -> String {
        let text = |field: &FieldIdx| match values.value(*field) {
            Some(value) => compared(self.snapshot, self.form(), *field, value),
            None => String::new(),
        };
        fields.iter().map(text).collect::<Vec<_>>().join("\u{1f}")
    }
}

/// The record that a relation is about, when it concerns a record with these values.
fn concerned(relation: &Relation, values: &Values) -> Option<RecordId> {
    let referred = values.value(relation.reference)?.as_reference()?;
    let concerns =
        relation.when.as_ref().is_none_or(|when| when.evaluate(values, Class::default()) == Some(true));
    concerns.then_some(referred)
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
            other.references().any(|(field, to)| field == relation.reference && to.form == form)
        };
        for relation in other.relations.iter().filter(leads_here).filter(|relation| relation.is_error) {
            let Some(at) = broken_field(snapshot, position, relation, (before, values)) else { continue };
            let relations = Relations::new(snapshot, position, InputKind::Person);
            let place = (other.id.as_str(), other.fields[relation.reference].id.as_str());
            let is_broken = match &relation.check {
                RelationCheck::Most(Most::Field(field)) => {
                    let limit = values.value(*field).and_then(Value::as_integer);
                    let members = relations.read_members(tx, relation, id).await?.len();
                    limit.is_some_and(|limit| i64::try_from(members).is_ok_and(|members| members > limit))
                }
                RelationCheck::That(condition) => {
                    let ids = references::list_by(tx, id, place, MOST_READ).await?;
                    let holds = |own: &Values, other: &Values| {
                        condition.evaluate(&joined_values(own, other), Class::default())
                    };
                    relations.read(tx, &ids).await?.iter().any(|record| {
                        let own = &record.fact.values;
                        concerned(relation, own).is_some()
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

/// Refuses what a person states of a record when it breaks a rule over references, or would change a closed record that
/// follows from it.
///
/// # Errors
/// [`crate::Error::InvalidFields`].
pub(crate) async fn require_relations(
    tx: &mut Tx,
    (snapshot, ctx): (&Snapshot, &Context),
    form: FormIdx,
    before: Option<(RecordId, &Values)>,
    values: &Values,
) -> Result<()> {
    let mut relations = Relations::new(snapshot, form, InputKind::Person);
    let mut problems = relations.check_both_ways(tx, before, values).await?;
    let former = before.map(|(_, before)| before);
    let stated = (values, Severity::Error);
    problems.extend(closed_references(tx, (snapshot, ctx), form, former, stated).await?);
    problems.retain(|found| found.problem.is_error());
    if problems.is_empty() { Ok(()) } else { Err(invalid(&snapshot.definition.forms[form], problems)) }
}
