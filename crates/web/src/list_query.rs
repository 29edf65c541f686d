//! What a list of records is asked for by its address: read once, and written
//! into every link of the page. The same address means the same records on the
//! page, in an export and in a kept view.
//!
//! `q=` words, `state=` states, `f.FIELD=` one of, `f.FIELD.from=` and
//! `f.FIELD.to=` bounds, `f.FIELD.is=` stated, missing or not-applicable, `sort=` a field or
//! `.state`, with `-` in front for the greatest first, `col=` columns, `page=`.

pub(crate) mod columns;

use app::{
    Context, Snapshot,
    registers::{self, By, Filter, Selection, Sort, Test},
};
use campaign::{
    definition::{FieldIdx, Form, FormIdx},
    kinds::FilterBy,
};
use model::{ids::UnitId, value::Value};
use words::Words;

use self::columns::Column;
use crate::{Error, address::Params, urls::Url};

/// In front of the id of a field that is filtered by.
pub(crate) const FIELD: &str = "f.";
/// Words to look for.
pub(crate) const TEXT: &str = "q";
/// States.
pub(crate) const STATE: &str = "state";
/// Behind the field that is to be stated, or to be missing.
pub(crate) const IS: &str = "is";
/// Records in which a field is not reported.
pub(crate) const MISSING: &str = "missing";
/// Records in which it is not applicable.
pub(crate) const NOT_APPLICABLE: &str = "not-applicable";
/// The order.
pub(crate) const SORT: &str = "sort";
/// Columns.
pub(crate) const COLUMN: &str = "col";
/// The order of states, and the column with it; ids of fields have no dot.
pub(crate) const BY_STATE: &str = ".state";

/// What is asked for, read.
#[derive(Debug, Default)]
pub(crate) struct ListQuery {
    pub(crate) filter: Filter,
    pub(crate) sort: Sort,
    /// The columns that were chosen; empty for the usual ones.
    pub(crate) columns: Vec<Column>,
    /// The name of a parameter and what is wrong with it.
    pub(crate) faults: Vec<(String, String)>,
    /// Everything that was asked for but the page, in the order of the address.
    pub(crate) pairs: Vec<(String, String)>,
}

impl ListQuery {
    /// Reads an address.
    ///
    /// # Errors
    /// [`Error::BadAddress`] for a field, a state or a column that the
    /// register has not; what a person can type wrongly is in [`ListQuery::faults`].
    pub(crate) fn read(
        words: Words,
        ctx: &Context,
        snapshot: &Snapshot,
        form: FormIdx,
        params: &Params,
    ) -> Result<Self, Error> {
        let mut read =
            Reader { words, ctx, snapshot, form: &snapshot.definition.forms[form], into: Self::default() };
        for (name, value) in params.pairs() {
            let is_known = read.take(name, value)?;
            let pair = (name.to_owned(), value.to_owned());
            if is_known && !read.into.pairs.contains(&pair) {
                read.into.pairs.push(pair);
            }
        }
        read.check_bounds();
        let mut selected = read.into;
        if columns::are_usual(&snapshot.definition.forms[form], &selected.columns) {
            // The form of the page sends them along, whether anybody chose them or not.
            selected.columns.clear();
            selected.pairs.retain(|(name, _)| name != COLUMN);
        }
        Ok(selected)
    }

    /// As the use cases take it.
    pub(crate) fn selection(&self, form: &Form, unit: UnitId) -> Selection {
        Selection { form: form.id.clone(), unit, filter: self.filter.clone(), sort: self.sort }
    }

    /// The address of the same list at `base`.
    pub(crate) fn address(&self, base: Url) -> Url {
        base.with_all(&self.pairs)
    }

    /// The same without the parameters that `is_out` names.
    pub(crate) fn address_without(&self, base: Url, is_out: impl Fn(&str, &str) -> bool) -> Url {
        base.with_all(self.pairs.iter().filter(|(name, value)| !is_out(name, value)))
    }

    /// Whether anything narrows the list.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.filter.is_empty() || !self.faults.is_empty()
    }

    /// What was typed for a parameter.
    pub(crate) fn typed(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether a value of a parameter that may be repeated was chosen.
    pub(crate) fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(known, chosen)| known == name && chosen == value)
    }

    /// What is wrong with a parameter.
    pub(crate) fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|(known, _)| known == name).map(|(_, message)| message.as_str())
    }
}

/// Reads one parameter after the other.
struct Reader<'a> {
    words: Words,
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    form: &'a Form,
    into: ListQuery,
}

impl Reader<'_> {
    /// Takes one parameter; `false` when it is not about the list.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, Error> {
        let bad = || Error::BadAddress(format!("{name}={value}"));
        match name {
            TEXT => value.clone_into(&mut self.into.filter.text),
            STATE => {
                let state = self.form.workflow.as_ref().and_then(|workflow| workflow.state(value));
                self.into.filter.states.push(state.ok_or_else(bad)?);
            }
            SORT => self.into.sort = self.sort(value).ok_or_else(bad)?,
            COLUMN => {
                let column = columns::named(self.form, value).ok_or_else(bad)?;
                if !self.into.columns.contains(&column) {
                    self.into.columns.push(column);
                }
            }
            _ => {
                let Some(asked) = name.strip_prefix(FIELD) else { return Ok(false) };
                let (id, part) = asked.split_once('.').unwrap_or((asked, ""));
                let field =
                    self.form.field(id).filter(|field| is_filtered(self.form, *field)).ok_or_else(bad)?;
                self.test(name, field, part, value).ok_or_else(bad)?;
            }
        }
        Ok(true)
    }

    fn sort(&self, value: &str) -> Option<Sort> {
        let (id, is_descending) = value.strip_prefix('-').map_or((value, false), |id| (id, true));
        if id == BY_STATE {
            return self.form.workflow.as_ref().map(|_| Sort { by: By::State, is_descending });
        }
        let field = self.form.field(id).filter(|field| is_filtered(self.form, *field))?;
        Some(Sort { by: By::Field(field), is_descending })
    }

    /// One thing that must hold of a field; `None` when there is no such thing.
    fn test(&mut self, name: &str, field: FieldIdx, part: &str, typed: &str) -> Option<()> {
        if part == IS {
            let test = match typed {
                "stated" => Test::HasValue(true),
                MISSING => Test::HasValue(false),
                NOT_APPLICABLE if self.form.fields[field].takes_not_applicable => Test::NotApplicable,
                _ => return None,
            };
            self.push_answer(field, test);
            return Some(());
        }
        let is_range = self.form.fields[field].kind.spec().filter_by.is_range();
        if !matches!((part, is_range), ("", false) | ("from" | "to", true)) {
            return None;
        }
        let definition = &self.form.fields[field];
        let value = match registers::value(self.ctx, self.snapshot, definition, typed) {
            Ok(value) => value,
            Err(problem) => {
                self.into.faults.push((name.to_owned(), self.words.problem(&problem)));
                return Some(());
            }
        };
        let tests = &mut self.into.filter.fields;
        let known = tests.iter_mut().find(|(known, test)| *known == field && is_of_values(test));
        match (known, part) {
            (Some((_, Test::OneOf(values))), "") => values.push(value),
            (Some((_, Test::Between(from, _))), "from") => *from = Some(value),
            (Some((_, Test::Between(_, to))), "to") => *to = Some(value),
            (_, "") => tests.push((field, Test::OneOf(vec![value]))),
            (_, "from") => tests.push((field, Test::Between(Some(value), None))),
            _ => tests.push((field, Test::Between(None, Some(value)))),
        }
        Some(())
    }

    /// Adds how a field is to be answered: of two ways without a value, either will do.
    fn push_answer(&mut self, field: FieldIdx, test: Test) {
        let is_without_value = |test: &Test| matches!(test, Test::HasValue(false) | Test::NotApplicable);
        let tests = &mut self.into.filter.fields;
        let other = tests.iter_mut().find(|(known, other)| {
            *known == field && *other != test && is_without_value(other) && is_without_value(&test)
        });
        match other {
            Some((_, other)) => *other = Test::NoValue,
            None => tests.push((field, test)),
        }
    }

    /// Bounds that nothing lies between were put in the wrong way round.
    fn check_bounds(&mut self) {
        for (field, test) in &self.into.filter.fields {
            let Test::Between(Some(from), Some(to)) = test else { continue };
            let is_reversed = match (from, to) {
                (Value::Integer(from), Value::Integer(to)) => from > to,
                (Value::Decimal(from), Value::Decimal(to)) => from > to,
                (Value::Date(from), Value::Date(to)) => from > to,
                _ => false,
            };
            if is_reversed {
                let name = format!("{FIELD}{}.to", self.form.fields[*field].id);
                self.into.faults.push((name, self.words.filter_reversed().to_owned()));
            }
        }
    }
}

/// Whether a test is about the values of a field, not about whether it has one.
fn is_of_values(test: &Test) -> bool {
    matches!(test, Test::OneOf(_) | Test::Between(..))
}

/// Whether a list can be filtered and sorted by a field.
pub(crate) fn is_filtered(form: &Form, field: FieldIdx) -> bool {
    let is_own_unit = Some(field) == form.unit;
    !is_own_unit && form.fields[field].kind.spec().filter_by != FilterBy::Nothing
}
