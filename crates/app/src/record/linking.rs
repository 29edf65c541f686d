//! Finding the records that references mean: by number, else by a name that only one has. What is not found is kept
//! as it was stated.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{DuplicateKeyPart, FieldIdx, Form, FormIdx, Values},
    kinds::{ReferenceKind, ReferenceScope},
    validate::FieldProblem,
};
use exchange::normalise::{comparison_key, excerpt};
use ledger::fact::Fact;
use model::{
    alias::is_alias,
    ids::{RecordId, UnitId},
    problem::{Problem, Severity},
    value::{Reference, Value},
};
use store::{
    Tx, records,
    references::{self, NameRow},
};

use super::{
    derived_fields::{Deriving, differing, take_derived},
    identity::find_same_identity,
    input::InputReader,
    read::read_record,
    references::{name_rows, named_forms, names},
};
use crate::{Action, Context, Result, Snapshot};

/// What stands between a title and the id of the record, where several have the title: `技能大赛 №123`.
pub(crate) const ID_MARK: char = '№';

/// How something is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// By a person who can correct it at once.
    Person,
    /// By a file, in which references may say what nobody has registered.
    File,
}

/// A record whose references are to be found.
pub(crate) struct Unlinked<'v> {
    /// The record, when it is there already.
    pub(crate) record: Option<RecordId>,
    /// Its unit.
    pub(crate) unit: UnitId,
    /// What it states at present.
    pub(crate) before: Option<&'v Values>,
    /// What it shall state; what is found is put into it.
    pub(crate) values: &'v mut Values,
}

/// Finds what the records of a form refer to.
pub(crate) struct Linking<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) snapshot: &'a Snapshot,
    /// Position of the form.
    pub(crate) form: FormIdx,
    pub(crate) by: InputKind,
    /// Whether something will be written: what is referred to is then locked.
    pub(crate) locks: bool,
    /// Records of the same file that are not stored yet, or not as they shall be.
    pub(crate) coming: &'a [Fact],
}

/// A text that names a record, and where: which of the records, and which field.
struct Named {
    stated: usize,
    field: FieldIdx,
    to: ReferenceKind,
    text: String,
    /// Whether the record states it already.
    is_unchanged: bool,
}

/// What was read to find records.
#[derive(Default)]
struct Known {
    /// By form and name.
    names: BTreeMap<(FormIdx, String), Vec<NameRow>>,
    /// Those that may be meant.
    records: BTreeMap<RecordId, Fact>,
}

impl Known {
    /// Takes a record of the same file: it states this, whatever is stored.
    fn take_coming(&mut self, snapshot: &Snapshot, fact: &Fact) {
        for row in name_rows(snapshot, &BTreeSet::from([fact.form]), fact) {
            let rows = self.names.entry((fact.form, row.name.clone())).or_default();
            if rows.iter().all(|known| known.record != row.record) {
                rows.push(row);
            }
        }
        self.records.insert(fact.id, fact.clone());
    }
}

impl Linking<'_> {
    fn form(&self) -> &Form {
        &self.snapshot.definition.forms[self.form]
    }

    /// Puts the records that are meant into the values, and says of each record what is wrong with its references.
    pub(crate) async fn link(
        &self,
        tx: &mut Tx,
        mut stated: Vec<Unlinked<'_>>,
    ) -> Result<Vec<Vec<FieldProblem>>> {
        let mut problems: Vec<Vec<FieldProblem>> = stated.iter().map(|_| Vec::new()).collect();
        let named = self.named(&mut stated);
        if named.is_empty() {
            return Ok(problems);
        }
        let known = self.read(tx, &stated, &named).await?;
        let mut linked = BTreeSet::new();
        let mut chains = Chains::new(self, &stated);
        for named in named {
            let own = &mut stated[named.stated];
            let own_record = self.own_record(tx, own, &named).await?;
            match self.find(&known, own, &named) {
                Ok(record) if chains.lead_back(tx, &known, own_record, (&named, record)).await? => {
                    let problem = self.circular(&named);
                    problems[named.stated].push(FieldProblem { field: named.field, problem });
                }
                Ok(record) => {
                    linked.insert(record);
                    chains.add(own_record, named.field, record);
                    let text = self.text(&known, record, &named);
                    own.values[named.field] = Some(Value::Reference(Reference { id: record, text }));
                }
                Err(problem) => problems[named.stated]
                    .extend(problem.map(|problem| FieldProblem { field: named.field, problem })),
            }
        }
        if self.locks {
            references::lock(tx, &linked.into_iter().collect::<Vec<_>>()).await?;
        }
        Ok(problems)
    }

    /// The texts that name records. What the record refers to already, called as it is there, stays as it is.
    fn named(&self, stated: &mut [Unlinked<'_>]) -> Vec<Named> {
        let mut all = Vec::new();
        for (number, own) in stated.iter_mut().enumerate() {
            for (field, to) in self.form().references() {
                let former = own.before.and_then(|before| before.value(field));
                let text = match own.values.value(field) {
                    Some(Value::Text(text)) if !is_alias(text) => text.clone(),
                    Some(Value::Reference(reference)) => format!("{ID_MARK}{}", reference.id),
                    _ => continue,
                };
                if former.is_some() && former == own.values.value(field) && former.is_some_and(is_linked) {
                    continue;
                }
                let is_unchanged = former.and_then(Value::as_str) == Some(&text);
                if is_unchanged && former.is_some_and(is_linked) {
                    own.values[field] = former.cloned();
                    continue;
                }
                all.push(Named { stated: number, field, to, text, is_unchanged });
            }
        }
        all
    }

    /// Reads what the texts may mean.
    async fn read(&self, tx: &mut Tx, stated: &[Unlinked<'_>], named: &[Named]) -> Result<Known> {
        let mut known = Known::default();
        let mut wanted: BTreeMap<FormIdx, BTreeSet<String>> = BTreeMap::new();
        let mut units: BTreeSet<(FormIdx, UnitId)> = BTreeSet::new();
        let mut ids: BTreeSet<RecordId> = BTreeSet::new();
        let has_names = named_forms(&self.snapshot.definition);
        for named in named {
            ids.extend(marked_id(&named.text));
            for form in named.to.forms() {
                if has_names.contains(&form) {
                    wanted.entry(form).or_default().insert(comparison_key(&named.text));
                } else {
                    units.insert((form, stated[named.stated].unit));
                }
            }
        }
        for (form, names) in wanted {
            let names: Vec<String> = names.into_iter().collect();
            for row in references::find_names(tx, &self.snapshot.definition.forms[form].id, &names).await? {
                ids.insert(row.record);
                known.names.entry((form, row.name.clone())).or_default().push(row);
            }
        }
        // Of the other forms only those of the unit itself are meant.
        for (form, unit) in units {
            for row in records::list_of_unit(tx, unit, &self.snapshot.definition.forms[form].id).await? {
                let fact = read_record(self.snapshot, &row)?;
                for row in name_rows(self.snapshot, &BTreeSet::from([form]), &fact) {
                    known.names.entry((form, row.name.clone())).or_default().push(row);
                }
                known.records.insert(fact.id, fact);
            }
        }
        let ids: Vec<RecordId> = ids.into_iter().filter(|id| !known.records.contains_key(id)).collect();
        for row in records::find_all(tx, &ids).await? {
            known.records.insert(row.id, read_record(self.snapshot, &row)?);
        }
        for fact in self.coming {
            known.take_coming(self.snapshot, fact);
        }
        Ok(known)
    }

    /// The record that is meant; an error says what is wrong, if anything is.
    fn find(
        &self,
        known: &Known,
        own: &Unlinked<'_>,
        named: &Named,
    ) -> std::result::Result<RecordId, Option<Problem>> {
        let is_meant = |record: RecordId| {
            let fact = known.records.get(&record)?;
            let may = named.to.leads_to(fact.form)
                && Some(record) != own.record
                && self.may_refer(named.to.scope, own.unit, fact.unit);
            may.then_some((record, fact.unit))
        };
        if let Some(found) = marked_id(&named.text).and_then(is_meant) {
            return Ok(found.0);
        }
        let key = comparison_key(&named.text);
        let rows = named.to.forms().filter_map(|form| known.names.get(&(form, key.clone())));
        let rows: Vec<&NameRow> = rows.flatten().collect();
        let all: Vec<_> = rows.iter().filter_map(|row| is_meant(row.record)).collect();
        let itself = rows.iter().find(|row| Some(row.record) == own.record);
        if let Some(itself) = itself.filter(|_| all.is_empty() && !named.is_unchanged) {
            // The shortest circle of all.
            return Ok(itself.record);
        }
        // A unit that says 一号基地 means its own.
        let own_ones: Vec<_> = all.iter().filter(|(_, unit)| *unit == own.unit).collect();
        let of_year: Vec<_> =
            all.iter().filter(|(record, _)| self.is_of_year(known, own, named, *record)).collect();
        match (all.as_slice(), own_ones.as_slice(), of_year.as_slice()) {
            ([(record, _)], ..) | (_, [(record, _)], _) | (.., [(record, _)]) => Ok(*record),
            (found, ..) => Err(self.not_found(named, found.len())),
        }
    }

    /// Whether a record is of the year of the one that refers to it, where that tells which is meant.
    fn is_of_year(&self, known: &Known, own: &Unlinked<'_>, named: &Named, record: RecordId) -> bool {
        let of_own = || own.values.value(self.form().year?);
        let of_other = || {
            let fact = known.records.get(&record)?;
            fact.value(self.snapshot.definition.forms[fact.form].year?)
        };
        named.to.same_year && of_own().is_some() && of_own() == of_other()
    }

    /// Whether a record of one unit may refer to one of another, when this person states it.
    fn may_refer(&self, scope: ReferenceScope, own: UnitId, other: UnitId) -> bool {
        match scope {
            ReferenceScope::OwnUnit => own == other,
            ReferenceScope::Readable => {
                own == other || self.ctx.may(Action::ReadRecords, self.snapshot, other)
            }
            ReferenceScope::Region => true,
        }
    }

    /// What is said of a text that means none or several records.
    fn not_found(&self, named: &Named, count: usize) -> Option<Problem> {
        let register = self.snapshot.definition.forms[named.to.form].label.clone();
        let found = excerpt(&named.text);
        let is_kept = named.is_unchanged || !named.to.must_be_linked;
        match self.by {
            // It stands there already, or nobody needs to have registered it.
            InputKind::Person if is_kept && count == 0 && !named.text.contains(ID_MARK) => None,
            InputKind::Person if named.is_unchanged => None,
            InputKind::Person if count > 1 => Some(Problem::AmbiguousReference { found, register, count }),
            InputKind::Person => Some(Problem::UnknownReference { found, register }),
            InputKind::File if named.to.must_be_linked => {
                Some(Problem::NotLinked { found, register, severity: Severity::Warning })
            }
            InputKind::File => None,
        }
    }

    /// The record that refers to one of its own form. A row of a file mostly says by its number alone which it is.
    async fn own_record(&self, tx: &mut Tx, own: &Unlinked<'_>, named: &Named) -> Result<Option<RecordId>> {
        let is_known = own.record.is_some() || self.by == InputKind::Person;
        if is_known || !named.to.leads_to(self.form) {
            return Ok(own.record);
        }
        let same = find_same_identity(tx, self.snapshot, self.form, own.unit, own.values).await?;
        Ok(same.map(|same| same.row.id))
    }

    /// What is said of a record that would refer to itself through others.
    fn circular(&self, named: &Named) -> Problem {
        let severity = match self.by {
            InputKind::Person => Severity::Error,
            InputKind::File => Severity::Warning,
        };
        Problem::CircularReference { found: excerpt(&named.text), severity }
    }

    /// What the record is called in the field. A field that identifies its record keeps what was stated: under that its
    /// file knows it again. Any other has the number, or the name where there is none.
    fn text(&self, known: &Known, record: RecordId, named: &Named) -> String {
        let form = self.form();
        let in_claims = form.duplicate_keys.iter().flat_map(|claim| &claim.key);
        let mut in_claims = in_claims
            .filter_map(|part| if let DuplicateKeyPart::Field(field) = part { Some(*field) } else { None });
        let identifies = form.identity.contains(&named.field)
            || form.natural_identity.contains(&named.field)
            || in_claims.any(|field| field == named.field);
        if identifies && !named.text.contains(ID_MARK) {
            return named.text.clone();
        }
        let best = known.records.get(&record).and_then(|fact| {
            names(&self.snapshot.definition.forms[fact.form], &fact.values).next().map(str::to_owned)
        });
        best.unwrap_or_else(|| text_of_nameless(record))
    }
}

/// Where records lead by references to their own form: none may lead back to where it began. Of two proposals that are
/// each the duplicate of the other none would count.
struct Chains<'a> {
    linking: &'a Linking<'a>,
    /// What the records that are written refer to, by the field.
    written: BTreeMap<(FieldIdx, RecordId), Option<RecordId>>,
}

impl<'a> Chains<'a> {
    fn new(linking: &'a Linking<'a>, stated: &[Unlinked<'_>]) -> Self {
        let mut written = BTreeMap::new();
        for (field, _) in linking.form().references().filter(|(_, to)| to.leads_to(linking.form)) {
            for own in stated {
                let referred = own.values.value(field).and_then(Value::as_reference);
                written.extend(own.record.map(|record| ((field, record), referred)));
            }
        }
        Self { linking, written }
    }

    fn add(&mut self, own: Option<RecordId>, field: FieldIdx, record: RecordId) {
        self.written.extend(own.map(|own| ((field, own), Some(record))));
    }

    /// Whether the record that is meant leads back to the one that names it.
    async fn lead_back(
        &self,
        tx: &mut Tx,
        known: &Known,
        own: Option<RecordId>,
        (named, meant): (&Named, RecordId),
    ) -> Result<bool> {
        let Some(own) = own.filter(|_| named.to.leads_to(self.linking.form)) else { return Ok(false) };
        let (mut next, mut met) = (Some(meant), BTreeSet::new());
        while let Some(record) = next {
            if record == own {
                return Ok(true);
            }
            // Others that lead in a circle are no fault of this one.
            if !met.insert(record) {
                return Ok(false);
            }
            next = match self.written.get(&(named.field, record)) {
                Some(written) => *written,
                None => self.stored(tx, known, named.field, record).await?,
            };
        }
        Ok(false)
    }

    /// What a stored record refers to by a field.
    async fn stored(
        &self,
        tx: &mut Tx,
        known: &Known,
        field: FieldIdx,
        record: RecordId,
    ) -> Result<Option<RecordId>> {
        let snapshot = self.linking.snapshot;
        let referred = |fact: &Fact| {
            let is_same_form = fact.form == self.linking.form;
            fact.value(field).filter(|_| is_same_form).and_then(Value::as_reference)
        };
        if let Some(fact) = known.records.get(&record) {
            return Ok(referred(fact));
        }
        let row = records::find(tx, record).await?;
        let stored = row.map(|row| read_record(snapshot, &row)).transpose()?;
        Ok(stored.as_ref().and_then(referred))
    }
}

/// Finds what a person has stated of a record, as [`Linking::link`] does for many, and works out what follows from it;
/// what is wrong with it.
pub(crate) async fn link_typed(
    tx: &mut Tx,
    reader: &InputReader<'_>,
    values: &mut Values,
) -> Result<Vec<FieldProblem>> {
    let InputReader { ctx, snapshot, form, unit, old } = *reader;
    let record = old.map(|fact| fact.id);
    let before = old.map(|fact| &fact.values);
    let stated = take_derived(reader.form(), values);
    let own = Unlinked { record, unit, before, values };
    let linking = Linking { ctx, snapshot, form, by: InputKind::Person, locks: true, coming: &[] };
    let mut faults = linking.link(tx, vec![own]).await?.pop().unwrap_or_default();
    Deriving::new(snapshot).derive(tx, form, record, values).await?;
    faults.extend(differing(snapshot, (form, InputKind::Person), &stated, before, values));
    Ok(faults)
}

fn is_linked(value: &Value) -> bool {
    value.as_reference().is_some()
}

/// What stands for a record that is called nothing, and leads to it where it is typed.
pub(crate) fn text_of_nameless(record: RecordId) -> String {
    format!("{ID_MARK}{record}")
}

/// The id at the end of a text that names a record by it.
fn marked_id(text: &str) -> Option<RecordId> {
    let (_, id) = text.rsplit_once(ID_MARK)?;
    id.trim().parse().ok().map(RecordId)
}

#[cfg(test)]
mod tests {
    use model::ids::RecordId;

    use super::marked_id;

    #[test]
    fn an_id_stands_behind_its_mark() {
        for (text, expected) in [
            ("市级车工大赛 №123", Some(123)),
            ("№7", Some(7)),
            ("№", None),
            ("车工大赛", None),
            ("№12号", None),
        ] {
            assert_eq!(marked_id(text), expected.map(RecordId), "{text}");
        }
    }
}
