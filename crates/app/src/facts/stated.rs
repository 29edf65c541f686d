//! What somebody states about a fact: values from a program, or texts typed
//! into a form, which are read exactly as an import reads cells.

use std::collections::BTreeMap;

use campaign::{
    definition::{FieldKind, Form},
    validate::validate,
};
use exchange::{
    reading::{ReadContext, read_value},
    register::masked,
    workbook::Cell,
};
use ledger::{fact::Fact, post::month_of};
use model::{
    alias::is_alias,
    ids::{FactId, UnitId},
    problem::{Problem, ProblemKind},
    rows,
    value::Value,
};

use words::{Language, Words};

use crate::{Context, Error, FieldFault, Result, Snapshot};

/// What a fact is to state, by id of the field. What is left out is not stated.
#[derive(Debug, Clone)]
pub enum Stated {
    /// Values.
    Values(BTreeMap<String, Value>),
    /// Texts, as somebody typed them.
    Typed(BTreeMap<String, String>),
}

impl Stated {
    /// Ids of the fields that it states.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::Values(values) => values.keys().map(String::as_str).collect(),
            Self::Typed(typed) => typed.keys().map(String::as_str).collect(),
        }
    }

    /// What of it is about these fields of a form.
    pub(crate) fn only(&self, form: &Form, fields: &[usize]) -> Self {
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

impl From<BTreeMap<String, Value>> for Stated {
    fn from(values: BTreeMap<String, Value>) -> Self {
        Self::Values(values)
    }
}

impl From<BTreeMap<String, String>> for Stated {
    fn from(typed: BTreeMap<String, String>) -> Self {
        Self::Typed(typed)
    }
}

/// What a fact states, by position of the field.
type Values = Vec<Option<Value>>;

/// What is wrong with which field, by its position.
pub(crate) type Faults = Vec<(usize, Problem)>;

/// Where something is stated.
pub(crate) struct Reading<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) snapshot: &'a Snapshot,
    /// Position of the form.
    pub(crate) form: usize,
    /// The unit that the fact belongs to.
    pub(crate) unit: UnitId,
    /// The fact as it is, when it is there already.
    pub(crate) old: Option<&'a Fact>,
}

impl Reading<'_> {
    pub(crate) fn form(&self) -> &Form {
        &self.snapshot.campaign.forms[self.form]
    }

    /// The values, checked by the form's rules.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::InvalidFields`] with everything that is
    /// wrong; [`Error::NotFound`] for a field that the form has not.
    pub(super) fn read(&self, stated: &Stated) -> Result<Values> {
        let (values, faults) = self.parse(stated, self.empty())?;
        self.check(stated, &values, faults)?;
        Ok(values)
    }

    /// What a fact of the unit states before anything is stated.
    pub(crate) fn empty(&self) -> Values {
        let mut values = vec![None; self.form().fields.len()];
        if let Some(field) = self.form().unit_field() {
            values[field] = Some(Value::Unit(self.unit));
        }
        values
    }

    /// `values` with what is stated put into them, and what of that cannot be read.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a field that the form has not.
    pub(crate) fn parse(&self, stated: &Stated, mut values: Values) -> Result<(Values, Faults)> {
        let faults = match stated {
            Stated::Values(stated) => self.values(stated, &mut values)?,
            Stated::Typed(typed) => self.typed(typed, &mut values)?,
        };
        if let Some(field) = self.form().unit_field() {
            values[field] = Some(Value::Unit(self.unit));
        }
        Ok((values, faults))
    }

    /// Checks values by the form's rules; `faults` are known already.
    ///
    /// # Errors
    /// As [`Reading::read`].
    pub(crate) fn check(&self, stated: &Stated, values: &[Option<Value>], mut faults: Faults) -> Result<()> {
        let form = self.form();
        let faulty: Vec<usize> = faults.iter().map(|(field, _)| *field).collect();
        let breaches = validate(form, values, &faulty).into_iter();
        faults.extend(breaches.map(|found| (found.field, found.problem)).filter(|(_, p)| p.is_error()));
        faults.extend(self.after_the_end(values));
        if faults.is_empty() { Ok(()) } else { Err(told(form, stated, faults)) }
    }

    fn values(&self, stated: &BTreeMap<String, Value>, values: &mut [Option<Value>]) -> Result<Faults> {
        for (field, value) in stated {
            values[position(self.form(), field)?] = Some(value.clone());
        }
        Ok(Vec::new())
    }

    fn typed(&self, typed: &BTreeMap<String, String>, values: &mut [Option<Value>]) -> Result<Faults> {
        let context = ReadContext {
            campaign: &self.snapshot.campaign,
            units: self.snapshot,
            today: self.ctx.clock.today(),
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
            match read_value(&Cell::Text(text.clone()), field, None, &context) {
                Ok((value, _)) => values[position] = value,
                Err(problem) => faults.push((position, problem)),
            }
        }
        faults.sort_by_key(|(position, _)| *position);
        Ok(faults)
    }

    /// A fact of years in which its unit no longer existed; a year's statement
    /// is posted in December, so the year of the end itself may be stated.
    fn after_the_end(&self, values: &[Option<Value>]) -> Option<(usize, Problem)> {
        let unit = self.snapshot.units.get(&self.unit)?;
        let closed = unit.closed_from?;
        let dates = self.form().posts.iter().filter_map(|post| values[post.on].as_ref().and_then(month_of));
        let mut dates = dates.peekable();
        let is_late = dates.peek().is_some() && dates.all(|month| month.year() > closed.year());
        let args = [unit.name.clone(), closed.to_string()];
        is_late
            .then(|| (self.form().unit_field().unwrap_or(0), Problem::error(ProblemKind::UnitClosed, args)))
    }
}

/// What a person is shown instead of a personal value, or of a table; typed back unchanged, it means the value itself.
fn shown(kind: &FieldKind, value: &Value) -> Vec<String> {
    if value.as_str().is_some_and(is_alias) {
        return [Language::Chinese, Language::English]
            .map(|language| Words::new(language).person_removed().to_owned())
            .to_vec();
    }
    // What was no table when it was written down need not become one with every correction.
    let table = value.as_str().filter(|_| matches!(kind, FieldKind::Rows { .. }));
    let table = table.map(|text| rows::text(rows::cells(text)));
    masked(kind, value).into_iter().chain(table).collect()
}

/// What somebody should look at, though it is no fault.
pub(super) fn warnings(form: &Form, values: &[Option<Value>]) -> Vec<FieldFault> {
    let rules = validate(form, values, &[]).into_iter().map(|found| (found.field, found.problem));
    let rules = rules.filter(|(_, problem)| !problem.is_error());
    let names = form.persons.iter().filter(|person| person.warns).filter_map(|person| {
        let name = values.get(person.name)?.as_ref()?.as_str()?;
        let is_known = values.get(person.id_number).is_some_and(Option::is_some);
        let problem = Problem::warning(ProblemKind::NameOnly, [name.to_owned()]);
        (!is_known).then_some((person.id_number, problem))
    });
    rules.chain(names).map(|(field, problem)| fault(form, field, problem)).collect()
}

/// The refusal of what another fact of the unit, `other`, states already in another way.
pub(super) fn refused(
    snapshot: &Snapshot,
    form: usize,
    values: &[Option<Value>],
    stated: &Stated,
    other: FactId,
) -> Error {
    let form = &snapshot.campaign.forms[form];
    let own = form.identity.iter().copied().filter(|field| Some(*field) != form.unit_field());
    let text = |field: usize| in_words(snapshot, form, field, values.get(field)?.as_ref()?);
    let identity: Vec<String> = own.clone().filter_map(text).collect();
    let at = own.clone().find(|field| values[*field].is_some()).or(form.identity.first().copied());
    let problem = Problem::error(ProblemKind::Registered, [identity.join(" "), other.to_string()]);
    told(form, stated, vec![(at.unwrap_or(0), problem)])
}

/// A value as it stands in a message: personal numbers masked, removed values left out.
pub(crate) fn in_words(snapshot: &Snapshot, form: &Form, field: usize, value: &Value) -> Option<String> {
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
    })
}

/// Faults as whoever stated it can use them.
fn told(form: &Form, stated: &Stated, faults: Faults) -> Error {
    match stated {
        Stated::Values(_) => Error::Invalid(faults.into_iter().map(|(_, problem)| problem).collect()),
        Stated::Typed(_) => {
            let faults = faults.into_iter().map(|(field, problem)| fault(form, field, problem));
            Error::InvalidFields(faults.collect())
        }
    }
}

fn fault(form: &Form, position: usize, problem: Problem) -> FieldFault {
    let field = &form.fields[position];
    FieldFault { field: field.id.clone(), label: field.label.clone(), problem }
}

fn position(form: &Form, field: &str) -> Result<usize> {
    form.field(field).ok_or_else(|| Error::NotFound { what: "field", key: field.to_owned() })
}
