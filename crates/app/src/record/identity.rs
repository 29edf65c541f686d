//! What identifies a record among those of its unit and form.

use campaign::{
    definition::{FieldIdx, Form, FormIdx, Values},
    kinds::Meaning,
};
use model::ids::UnitId;
use store::{Tx, records};

use super::read::Record;
use crate::{Result, Snapshot};

/// What identifies a record within its unit and form; persons are in it under
/// their aliases.
pub(crate) fn identity(snapshot: &Snapshot, form: FormIdx, values: &Values) -> String {
    identity_of_form(snapshot, &snapshot.definition.forms[form], values)
}

/// The same under another version of the form.
pub(crate) fn identity_of_form(snapshot: &Snapshot, form: &Form, values: &Values) -> String {
    let own = form.identity.iter().copied();
    let parts: Vec<String> = own
        .map(|field| {
            let value = values.value(field);
            value.map(|value| snapshot.identifying(form, field, value)).unwrap_or_default()
        })
        .collect();
    parts.join("\u{1f}")
}

/// The record of this unit and form that has the identity of `values`.
pub(crate) async fn find_same_identity(
    tx: &mut Tx,
    snapshot: &Snapshot,
    form: FormIdx,
    unit: UnitId,
    values: &Values,
) -> Result<Option<Record>> {
    let identity = identity(snapshot, form, values);
    let form = &snapshot.definition.forms[form].id;
    let found = records::find_by_identity(tx, form, &[(unit, identity)]).await?.pop();
    found.map(|row| Record::new(snapshot, row)).transpose()
}

/// The field that alone identifies a record of this form within its unit: the number.
pub fn number_field(form: &Form) -> Option<FieldIdx> {
    let mut own = form.identity.iter().copied();
    let field = own.next().filter(|_| own.next().is_none())?;
    matches!(form.fields[field].kind.spec().meaning, Meaning::Words { .. }).then_some(field)
}
