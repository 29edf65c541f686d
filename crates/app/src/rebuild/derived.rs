//! What follows from records beside figures: what has to be done, at which other units they count, and
//! what units state themselves to be.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::Hash,
};

use campaign::definition::{Definition, Form, FormIdx, IdxVec};
use ledger::{
    classes::{ROSTER_YEAR, class_statement},
    fact::Fact,
};
use model::{
    class::Class,
    ids::{RecordId, UnitId},
    month::Year,
};
use store::{Tx, definitions, record_links, records::RecordRow, references, todo, units};

use super::{
    for_each_record, hash,
    verified::{Finding, Findings},
};
use crate::{
    Result, Snapshot,
    record::{Command, Record, derive_anew, name_rows, named_forms, other_units, reference_rows, todos},
    units::roster_classes,
};

/// Rows by record, as sums of what they say: expected ones are added, stored ones taken away.
#[derive(Default)]
struct Sums(HashMap<i64, u64>);

impl Sums {
    fn expect(&mut self, record: i64, row: &impl Hash) {
        let sum = self.0.entry(record).or_default();
        *sum = sum.wrapping_add(hash(row));
    }

    fn meet(&mut self, record: i64, row: &impl Hash) {
        let sum = self.0.entry(record).or_default();
        *sum = sum.wrapping_sub(hash(row));
    }

    fn differing(self) -> impl Iterator<Item = i64> {
        self.0.into_iter().filter(|(_, sum)| *sum != 0).map(|(record, _)| record)
    }
}

/// What each unit states itself to be, year by year.
#[derive(Default)]
pub(super) struct UnitClasses(BTreeMap<(UnitId, Year), Class>);

impl UnitClasses {
    /// Takes what a record says of its unit.
    pub(super) fn take(&mut self, snapshot: &Snapshot, fact: &Fact) {
        if let Some((year, class)) = class_statement(&snapshot.definition, fact) {
            self.0.insert((fact.unit, year), class);
        }
    }

    /// Takes what the roster says of all units.
    fn take_roster(&mut self, snapshot: &Snapshot) -> Result<()> {
        for (unit, _, class) in roster_classes(snapshot, snapshot.units.values())? {
            self.0.extend(class.map(|class| ((unit, ROSTER_YEAR), class)));
        }
        Ok(())
    }

    /// Compares everything with what is stored.
    pub(super) async fn check(
        mut self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        findings: &mut Findings,
    ) -> Result<()> {
        self.take_roster(snapshot)?;
        let stored: BTreeMap<(UnitId, Year), Class> =
            units::list_class_statements(tx).await?.into_iter().collect();
        let differing = |(place, class): (&(UnitId, Year), &Class), other: &BTreeMap<_, Class>| {
            (other.get(place) != Some(class)).then_some(*place)
        };
        let mut places: Vec<(UnitId, Year)> =
            stored.iter().filter_map(|entry| differing(entry, &self.0)).collect();
        places.extend(self.0.iter().filter_map(|entry| differing(entry, &stored)));
        places.sort_unstable();
        places.dedup();
        for (unit, year) in places {
            findings.add(Finding::Class { unit, year });
        }
        Ok(())
    }
}

/// Writes what units state themselves to be, and at which other units records count, in place of whatever is
/// there, from the records that `is_wanted`.
pub(super) async fn put_anew(
    tx: &mut Tx,
    snapshot: &Snapshot,
    is_wanted: impl Fn(&RecordRow) -> bool,
) -> Result<()> {
    let (mut classes, mut links) = (UnitClasses::default(), Vec::new());
    for_each_record(tx, snapshot, is_wanted, |fact| {
        classes.take(snapshot, &fact);
        links.extend(other_units(&snapshot.definition, &fact).into_iter().map(|unit| (unit, fact.id)));
    })
    .await?;
    classes.take_roster(snapshot)?;
    let classes = classes.0.into_iter().map(|((unit, year), class)| (unit, year, Some(class)));
    units::clear_classes(tx).await?;
    units::put_classes(tx, &classes.collect::<Vec<_>>()).await?;
    record_links::clear(tx).await?;
    record_links::insert(tx, &links).await?;
    definitions::raise_version(tx).await?;
    Ok(())
}

/// What units state themselves to be, as it follows from the records and the roster under the definition of `snapshot`.
pub(super) async fn classes_of_records(
    tx: &mut Tx,
    snapshot: &Snapshot,
) -> Result<BTreeMap<(UnitId, Year), Class>> {
    let mut classes = UnitClasses::default();
    let forms = snapshot.definition.forms.iter().filter(|form| form.kind.states_classes());
    let all_ids = |form: &Form| {
        let former = snapshot.definition.former_forms(&form.id).to_vec();
        former.into_iter().chain([form.id.clone()])
    };
    let ids: Vec<String> = forms.flat_map(all_ids).collect();
    let states = |row: &RecordRow| ids.contains(&row.form);
    for_each_record(tx, snapshot, states, |fact| classes.take(snapshot, &fact)).await?;
    classes.take_roster(snapshot)?;
    Ok(classes.0)
}

/// What follows from records beside figures: what has to be done, at which other units they count, which records they
/// refer to, and what they are called.
pub(super) struct Others {
    /// Forms to whose records others may refer.
    named: BTreeSet<FormIdx>,
    /// Whether anything of this follows from records of a form.
    concerned: IdxVec<Form, bool>,
    waiting: Sums,
    links: Sums,
    references: Sums,
}

impl Others {
    pub(super) fn new(definition: &Definition) -> Self {
        let named = named_forms(definition);
        let is_concerned = |(position, form): (FormIdx, &Form)| {
            let has_links = form.posts.iter().any(|post| post.unit.is_some());
            let has_references = named.contains(&position) || form.references().next().is_some();
            form.workflow.is_some() || has_links || has_references
        };
        let concerned = definition.forms.entries().map(is_concerned).collect();
        let sums = Sums::default;
        Self { named, concerned, waiting: sums(), links: sums(), references: sums() }
    }

    /// Whether anything of this follows from records of a form.
    pub(super) fn concerns(&self, form: FormIdx) -> bool {
        self.concerned[form]
    }

    /// Notes what follows from a record.
    pub(super) fn expect(&mut self, snapshot: &Snapshot, record: &Record) {
        let mut rows = Vec::new();
        todos(snapshot, record, &mut rows);
        for row in &rows {
            self.waiting.expect(row.fact.0, row);
        }
        for unit in other_units(&snapshot.definition, &record.fact) {
            self.links.expect(record.row.id.0, &unit);
        }
        for row in reference_rows(snapshot, &record.fact) {
            self.references.expect(record.row.id.0, &row);
        }
        for row in name_rows(snapshot, &self.named, &record.fact) {
            self.references.expect(record.row.id.0, &row);
        }
    }

    /// Compares what is stored with it, and derived fields with what they follow from: those of no record that is faulty,
    /// or would follow from one.
    pub(super) async fn check(
        self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        faulty: &HashSet<RecordId>,
        findings: &mut Findings,
    ) -> Result<()> {
        let Self { mut waiting, mut links, mut references, .. } = self;
        todo::for_each(tx, |row| waiting.meet(row.fact.0, &row)).await?;
        record_links::for_each(tx, |unit, record| links.meet(record.0, &unit)).await?;
        references::for_each(tx, |row| references.meet(row.record.0, &row)).await?;
        references::for_each_name(tx, |row| references.meet(row.record.0, &row)).await?;
        references.differing().for_each(|record| findings.add(Finding::Reference { record }));
        waiting.differing().for_each(|record| findings.add(Finding::Todo { record }));
        links.differing().for_each(|record| findings.add(Finding::Link { record }));
        // Last, when nothing else is in memory.
        for command in derive_anew(tx, snapshot, &|row: &RecordRow| !faulty.contains(&row.id)).await? {
            if let Command::Derive { record, .. } = command {
                findings.add(Finding::Derived { record: record.row.id.0 });
            }
        }
        Ok(())
    }
}
