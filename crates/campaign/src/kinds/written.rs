//! How a kind is written in a definition: its name, the keys it takes, and what
//! several kinds make of the same keys.

use crate::{
    check::naming::Defined,
    definition::FieldKind,
    marker::{Marker, Span},
    mistake::say,
    written::{
        form::Field,
        read::{Located, Number},
    },
};

/// A kind as a definition writes it.
#[derive(Clone, Copy)]
pub(crate) struct WrittenKind {
    /// What it is called: `kind = "…"`.
    pub(crate) name: &'static str,
    /// The keys it takes beside those of all fields.
    pub(crate) keys: &'static [&'static str],
    /// Whether a column of a table can be of it. Personal numbers are sealed where they are fields,
    /// units are found by two columns, and what has lines itself cannot be part of one.
    pub(crate) fits_column: bool,
    /// Reads and checks its keys; `None` when what the field holds cannot be told.
    pub(crate) check: fn(&FieldKeys<'_>) -> Option<FieldKind>,
}

/// The keys of one field, as written.
pub(crate) struct FieldKeys<'a> {
    /// The marker of its file.
    pub(crate) marker: Marker<'a>,
    /// All of its keys.
    pub(crate) field: &'a Field,
    /// What they can refer to.
    pub(crate) defined: &'a Defined<'a>,
}

impl<'a> FieldKeys<'a> {
    /// The keys that only some kinds take, each with its place when it is written.
    pub(crate) fn own(field: &'a Field) -> Vec<(&'static str, Option<&'a Span>)> {
        vec![
            ("min", field.min.as_ref().map(|at| &at.span)),
            ("max", field.max.as_ref().map(|at| &at.span)),
            ("scale", field.scale.as_ref().map(|at| &at.span)),
            ("future", field.future.as_ref().map(|at| &at.span)),
            ("dictionary", field.dictionary.as_ref().map(|at| &at.span)),
            ("name_columns", field.name_columns.as_ref().map(|at| &at.span)),
            ("most", field.most.as_ref().map(|at| &at.span)),
            ("first_person", field.first_person.as_ref().map(|at| &at.span)),
            ("column", field.column.as_ref().map(|at| &at.span)),
            ("form", field.form.as_ref().map(|at| &at.span)),
            ("also", field.also.as_ref().map(|at| &at.span)),
            ("within", field.within.as_ref().map(|at| &at.span)),
            ("linked", field.linked.as_ref().map(|at| &at.span)),
            ("same_year", field.same_year.as_ref().map(|at| &at.span)),
        ]
    }

    /// `min` and `max`, whole numbers.
    pub(super) fn whole_bounds(&self, default: (i64, i64)) -> (i64, i64) {
        let bound = |at: &Option<Located<Number>>, default| match at.as_ref().filter(|at| at.value.is_known())
        {
            None => default,
            Some(at) => at.value.whole.unwrap_or_else(|| {
                self.marker.mark(
                    &at.span,
                    say!("这里需要整数", "a whole number is needed here"),
                    say!("请去掉小数", "leave the decimals out"),
                );
                default
            }),
        };
        let (min, max) = (bound(&self.field.min, default.0), bound(&self.field.max, default.1));
        self.in_order(min <= max);
        (min, max)
    }

    /// `min` and `max`, any numbers.
    pub(super) fn bounds(&self, default: (f64, f64)) -> (f64, f64) {
        let bound = |at: &Option<Located<Number>>, default| {
            let at = at.as_ref().filter(|at| at.value.is_known());
            at.map_or(default, |at| at.value.value)
        };
        let (min, max) = (bound(&self.field.min, default.0), bound(&self.field.max, default.1));
        self.in_order(min <= max);
        (min, max)
    }

    fn in_order(&self, holds: bool) {
        if let Some(at) = self.field.max.as_ref().or(self.field.min.as_ref()).filter(|_| !holds) {
            self.marker.mark(
                &at.span,
                say!("上限小于下限,没有值可填", "no value lies between these bounds"),
                say!("请改正 min 和 max", "correct min and max"),
            );
        }
    }
}
