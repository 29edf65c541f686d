//! From a record to the rows of its references: which records it refers to, and what it is called to which others may
//! refer. The rows follow from what records state; only [`super::write`] and a rebuild write them.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{Definition, FieldIdx, Form, FormIdx, Values},
    kinds::ReferenceScope,
};
use exchange::normalise::comparison_key;
use ledger::fact::Fact;
use model::{alias::is_alias, ids::RecordId, problem::Problem, value::Value};
use store::{
    Tx,
    records::{self, RecordRow},
    references::{self, NameRow, ReferenceRow},
};

use super::read::{Record, read_record};
use crate::{Error, Result, Snapshot};

/// The forms whose records are referred to from other units: only of these is kept what they are called.
pub(crate) fn named_forms(definition: &Definition) -> BTreeSet<FormIdx> {
    let references = definition.forms.iter().flat_map(Form::references);
    references.filter(|(_, to)| to.scope != ReferenceScope::OwnUnit).flat_map(|(_, to)| to.forms()).collect()
}

/// What a record is called ([`Form::called_by`]), the best first.
pub(crate) fn names<'v>(form: &Form, values: &'v Values) -> impl Iterator<Item = &'v str> + use<'v> {
    let fields: Vec<FieldIdx> = form.called_by().collect();
    let texts = fields.into_iter().filter_map(|field| values.value(field).and_then(Value::as_str));
    texts.filter(|text| !is_alias(text))
}

/// The records that a record refers to.
pub(crate) fn reference_rows(snapshot: &Snapshot, fact: &Fact) -> Vec<ReferenceRow> {
    let form = &snapshot.definition.forms[fact.form];
    let rows = form.references().filter_map(|(field, _)| {
        Some(ReferenceRow {
            referred: fact.value(field)?.as_reference()?,
            form: form.id.clone(),
            field: form.fields[field].id.clone(),
            record: fact.id,
        })
    });
    rows.collect()
}

/// What a record is called, as rows; none for forms to which nothing refers.
pub(crate) fn name_rows(snapshot: &Snapshot, named: &BTreeSet<FormIdx>, fact: &Fact) -> Vec<NameRow> {
    if !named.contains(&fact.form) {
        return Vec::new();
    }
    let form = &snapshot.definition.forms[fact.form];
    let names: BTreeSet<String> =
        names(form, &fact.values).map(comparison_key).filter(|key| !key.is_empty()).collect();
    let rows = names.into_iter();
    rows.map(|name| NameRow { form: form.id.clone(), name, record: fact.id, unit: fact.unit }).collect()
}

/// The rows of references and names that change with some records.
#[derive(Default)]
pub(super) struct ReferenceChanges {
    former: BTreeSet<ReferenceRow>,
    new: BTreeSet<ReferenceRow>,
    former_names: BTreeSet<NameRow>,
    new_names: BTreeSet<NameRow>,
}

impl ReferenceChanges {
    /// Takes a record before and after a change.
    pub(super) fn take(
        &mut self,
        snapshot: &Snapshot,
        named: &BTreeSet<FormIdx>,
        (old, new): (Option<&Record>, Option<&Record>),
    ) {
        if let Some(old) = old {
            self.former.extend(reference_rows(snapshot, &old.fact));
            self.former_names.extend(name_rows(snapshot, named, &old.fact));
        }
        if let Some(new) = new {
            self.new.extend(reference_rows(snapshot, &new.fact));
            self.new_names.extend(name_rows(snapshot, named, &new.fact));
        }
    }

    /// Writes what differs. By whichever way a reference comes, it leads to a record that is there and stays while it is
    /// written, or is `coming` in the same transaction.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the records that are referred to and are gone.
    pub(super) async fn write(
        self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        coming: &BTreeSet<RecordId>,
    ) -> Result<()> {
        let Self { former, new, former_names, new_names } = self;
        let added: Vec<ReferenceRow> = new.difference(&former).cloned().collect();
        let stored: Vec<&ReferenceRow> = added.iter().filter(|row| !coming.contains(&row.referred)).collect();
        require_referred(tx, snapshot, &stored).await?;
        references::delete(tx, &former.difference(&new).cloned().collect::<Vec<_>>()).await?;
        references::insert(tx, &added).await?;
        references::delete_names(tx, &former_names.difference(&new_names).cloned().collect::<Vec<_>>())
            .await?;
        references::insert_names(tx, &new_names.difference(&former_names).cloned().collect::<Vec<_>>())
            .await?;
        Ok(())
    }
}

async fn require_referred(tx: &mut Tx, snapshot: &Snapshot, added: &[&ReferenceRow]) -> Result<()> {
    if added.is_empty() {
        return Ok(());
    }
    let referred: Vec<RecordId> = added.iter().map(|row| row.referred).collect();
    let present: BTreeSet<RecordId> = references::lock(tx, &referred).await?.into_iter().collect();
    let gone = added.iter().filter(|row| !present.contains(&row.referred)).filter_map(|row| {
        let (_, form) = snapshot.definition.form(&row.form)?;
        let field = &form.fields[form.field(&row.field)?];
        let (found, register) = (row.referred.to_string(), field.label.clone());
        Some(Problem::UnknownReference { found, register })
    });
    let gone: Vec<Problem> = gone.collect();
    if gone.is_empty() { Ok(()) } else { Err(Error::Invalid(gone)) }
}

/// Refuses the removal of records to which others refer that stay.
///
/// # Errors
/// [`Error::Invalid`] with the register that refers to the first of them, and how many of its records do.
pub(crate) async fn require_not_referred(
    tx: &mut Tx,
    snapshot: &Snapshot,
    removed: &[RecordId],
) -> Result<()> {
    if removed.is_empty() {
        return Ok(());
    }
    references::lock(tx, removed).await?;
    let going: BTreeSet<RecordId> = removed.iter().copied().collect();
    let mut staying: BTreeMap<(RecordId, String), BTreeSet<RecordId>> = BTreeMap::new();
    for row in references::list_to(tx, removed).await? {
        if !going.contains(&row.record) {
            staying.entry((row.referred, row.form)).or_default().insert(row.record);
        }
    }
    let problems: Vec<Problem> = staying
        .iter()
        .filter_map(|((referred, form), records)| {
            let (_, form) = snapshot.definition.form(form)?;
            let (register, count) = (form.label.clone(), records.len());
            Some(Problem::Referred { record: *referred, register, count })
        })
        .collect();
    if staying.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Writes all references and names anew from the records that `is_wanted`.
pub(crate) async fn put_references_anew(
    tx: &mut Tx,
    snapshot: &Snapshot,
    is_wanted: impl Fn(&RecordRow) -> bool,
) -> Result<()> {
    references::clear(tx).await?;
    let named = named_forms(&snapshot.definition);
    for (position, form) in snapshot.definition.forms.entries() {
        if !named.contains(&position) && form.references().next().is_none() {
            continue;
        }
        let (mut rows, mut names, mut fault) = (Vec::new(), Vec::new(), None);
        let take = |row: RecordRow| {
            if !is_wanted(&row) {
                return;
            }
            match read_record(snapshot, &row) {
                Ok(fact) => {
                    rows.extend(reference_rows(snapshot, &fact));
                    names.extend(name_rows(snapshot, &named, &fact));
                }
                Err(error) => fault = Some(error),
            }
        };
        records::for_each_of(tx, &form.id, take).await?;
        if let Some(error) = fault {
            return Err(error);
        }
        references::insert(tx, &rows).await?;
        references::insert_names(tx, &names).await?;
    }
    Ok(())
}
