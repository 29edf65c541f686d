//! What somebody states about a record: values from a program, or texts typed
//! into a form, which are read exactly as an import reads cells.

use std::collections::BTreeMap;

use campaign::{
    definition::{FieldIdx, FieldKind, Form, FormIdx, Values},
    kinds::ValueShape,
    validate::{FieldProblem, validate},
};
use exchange::{
    money::AmountUnit,
    reading::{ReadContext, read_value},
    register::{masked, with_aliases},
};
use ledger::{fact::Fact, post::month_of};
use model::{
    alias::is_alias,
    ids::{RecordId, UnitId},
    problem::Problem,
    rows,
    value::Value,
};
use sheet::workbook::Cell;

use words::{Language, Words};

use crate::{Context, Error, FieldFault, Result, Snapshot};

/// What a record is to state, by id of the field. What is left out is not stated.
#[derive(Debug, Clone)]
pub enum Input {
    /// Values.
    Values(BTreeMap<String, Value>),
    /// Texts, as somebody typed them.
    Typed(BTreeMap<String, String>),
}

impl Input {
    /// Ids of the fields that it states.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::Values(values) => values.keys().map(String::as_str).collect(),
            Self::Typed(typed) => typed.keys().map(String::as_str).collect(),
        }
    }

    /// What of it is about these fields of a form.
    pub(crate) fn restricted_to(&self, form: &Form, fields: &[FieldIdx]) -> Self {
        let is_among = |id: &String| form.field(id).is_some_and(|position| fields.contains(&position));
        match self {
            Self::Values(values) => {
                let own = values.iter().filter(|(id, _)| is_among(id));
                Self::Values(own.map(|(id, value)| (id.clone(), value.clone())).collect())
            }
            Self::Typed(typed) => {
                let own = typed.iter().filter(|(id, _)| is_among(id));
                Self::Typed(own.map(|(id, text)| (id.clone(), text.clone())).collect())
            }
        }
    }
}

impl From<BTreeMap<String, Value>> for Input {
    fn from(values: BTreeMap<String, Value>) -> Self {
        Self::Values(values)
    }
}

impl From<BTreeMap<String, String>> for Input {
    fn from(typed: BTreeMap<String, String>) -> Self {
        Self::Typed(typed)
    }
}

/// What is wrong with which field, by its position.
pub(crate) type Faults = Vec<FieldProblem>;

/// Where something is stated.
pub(crate) struct InputReader<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) snapshot: &'a Snapshot,
    /// Position of the form.
    pub(crate) form: FormIdx,
    /// The unit that the record belongs to.
    pub(crate) unit: UnitId,
    /// The record as it is, when it is there already.
    pub(crate) old: Option<&'a Fact>,
}

impl InputReader<'_> {
    pub(crate) fn form(&self) -> &Form {
        &self.snapshot.definition.forms[self.form]
    }

    /// What a record of the unit states before anything is stated.
    pub(crate) fn empty(&self) -> Values {
        let mut values = self.form().no_values();
        if let Some(field) = self.form().unit {
            values[field] = Some(Value::Unit(self.unit));
        }
        values
    }

    /// `values` with what is stated put into them, and what of that cannot be read.
    ///
    /// # Errors
    /// [`Error::FormChanged`] for a field that the form has not.
    pub(crate) fn parse(&self, input: &Input, mut values: Values) -> Result<(Values, Faults)> {
        let faults = match input {
            Input::Values(input) => self.values(input, &mut values)?,
            Input::Typed(typed) => self.typed(typed, &mut values)?,
        };
        if let Some(field) = self.form().unit {
            values[field] = Some(Value::Unit(self.unit));
        }
        Ok((values, faults))
    }

    /// Checks values by the form's rules; `faults` are known already.
    ///
    /// # Errors
    /// [`Error::InvalidFields`] with everything that is wrong.
    pub(crate) fn check(&self, values: &Values, mut faults: Faults) -> Result<()> {
        let form = self.form();
        let faulty: Vec<FieldIdx> = faults.iter().map(|fault| fault.field).collect();
        let breaches = validate(form, values, &faulty).into_iter();
        faults.extend(breaches.filter(|found| found.problem.is_error()));
        faults.extend(self.after_the_end(values));
        if faults.is_empty() { Ok(()) } else { Err(invalid(form, faults)) }
    }

    fn values(&self, input: &BTreeMap<String, Value>, values: &mut Values) -> Result<Faults> {
        for (field, value) in input {
            values[position(self.form(), field)?] = Some(value.clone());
        }
        Ok(Vec::new())
    }

    fn typed(&self, typed: &BTreeMap<String, String>, values: &mut Values) -> Result<Faults> {
        let context = ReadContext {
            definition: &self.snapshot.definition,
            units: self.snapshot,
            today: self.ctx.today(self.snapshot),
            default_unit: None,
            default_year: None,
        };
        let mut faults = Vec::new();
        for (id, text) in typed {
            let position = position(self.form(), id)?;
            let field = &self.form().fields[position];
            let stored = self.old.and_then(|fact| fact.value(position));
            if let Some(kept) = stored.filter(|stored| shown(&field.kind, stored).contains(text)) {
                values[position] = Some(kept.clone());
                continue;
            }
            let removed = with_removed(&field.kind, stored, text);
            let text = removed.as_ref().unwrap_or(text);
            match read_value(&Cell::Text(text.clone()), field, &AmountUnit::Unstated, &context) {
                Ok((value, _)) => values[position] = value,
                Err(problem) => faults.push(FieldProblem { field: position, problem }),
            }
        }
        faults.sort_by_key(|fault| fault.field);
        Ok(faults)
    }

    /// A record of years in which its unit no longer existed; a year's statement
    /// is posted in December, so the year of the end itself may be stated.
    fn after_the_end(&self, values: &Values) -> Option<FieldProblem> {
        let unit = self.snapshot.units.get(&self.unit)?;
        let closed = unit.closed_from?;
        let dates = self.form().posts.iter().filter_map(|post| values[post.on].as_ref().and_then(month_of));
        let mut dates = dates.peekable();
        let is_late = dates.peek().is_some() && dates.all(|month| month.year() > closed.year());
        let problem = Problem::UnitClosed { unit: unit.name.clone(), from: closed.to_string() };
        is_late.then(|| FieldProblem { field: self.form().blamed_for_unit(), problem })
    }
}

/// A table as it was typed, with the aliases of removed persons where it shows that they were removed.
fn with_removed(kind: &FieldKind, stored: Option<&Value>, text: &str) -> Option<String> {
    let ValueShape::Table(columns) = kind.spec().shape else { return None };
    let words = [Language::Chinese, Language::English].map(|language| Words::new(language).person_removed());
    with_aliases(columns, stored?.as_str()?, text, &words)
}

/// What a person is shown instead of a personal value, or of a table; typed back unchanged, it means the value itself.
fn shown(kind: &FieldKind, value: &Value) -> Vec<String> {
    if value.as_str().is_some_and(is_alias) {
        return [Language::Chinese, Language::English]
            .map(|language| Words::new(language).person_removed().to_owned())
            .to_vec();
    }
    // What was no table when it was written down need not become one with every correction.
    let table = value.as_str().filter(|_| matches!(kind.spec().shape, ValueShape::Table(_)));
    let table = table.map(|text| rows::text(rows::cells(text)));
    masked(kind, value).into_iter().chain(table).collect()
}

/// What somebody should look at, though it is no fault.
pub(crate) fn warnings(form: &Form, values: &Values) -> Vec<FieldFault> {
    let rules = validate(form, values, &[]).into_iter().filter(|found| !found.problem.is_error());
    let names = form.persons.iter().filter(|person| person.warns).filter_map(|person| {
        let name = values.value(person.name)?.as_str()?;
        let is_known = values.get(person.id_number).is_some_and(Option::is_some);
        let problem = Problem::NameOnly { name: name.to_owned() };
        (!is_known).then_some(FieldProblem { field: person.id_number, problem })
    });
    rules.chain(names).map(|found| FieldFault::new(form, found)).collect()
}

/// The refusal of what another record of the unit, `other`, states already in another way.
pub(crate) fn already_registered(
    snapshot: &Snapshot,
    form: FormIdx,
    values: &Values,
    other: RecordId,
) -> Error {
    let form = &snapshot.definition.forms[form];
    let own = form.identity.iter().copied();
    let text = |field: FieldIdx| in_words(snapshot, form, field, values.value(field)?);
    let identity: Vec<String> = own.clone().filter_map(text).collect();
    let at = own.clone().find(|field| values[*field].is_some()).or(form.identity.first().copied());
    let problem = Problem::Registered { identity: identity.join(" "), record: other };
    invalid(form, vec![FieldProblem { field: at.unwrap_or(form.blamed), problem }])
}

/// A value as it is shown in a message: personal numbers masked, removed values left out.
pub(crate) fn in_words(snapshot: &Snapshot, form: &Form, field: FieldIdx, value: &Value) -> Option<String> {
    if value.as_str().is_some_and(is_alias) {
        return None;
    }
    masked(&form.fields[field].kind, value).or_else(|| match value {
        Value::Text(text) | Value::Code(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Decimal(number) => Some(number.to_string()),
        Value::Date(date) => Some(date.to_string()),
        Value::Flag(_) => None,
        Value::Unit(unit) => snapshot.units.get(unit).map(|unit| unit.name.clone()),
        Value::Reference(reference) => Some(reference.text.clone()),
    })
}

/// Everything that is wrong, each with its field.
pub(crate) fn invalid(form: &Form, faults: Faults) -> Error {
    Error::InvalidFields(faults.into_iter().map(|found| FieldFault::new(form, found)).collect())
}

fn position(form: &Form, field: &str) -> Result<FieldIdx> {
    form.field(field).ok_or_else(|| Error::FormChanged { field: field.to_owned() })
}
