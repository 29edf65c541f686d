//! Records that a form takes, made from its definition: a value for every kind
//! of field, as many fields stated as its rules allow.

use campaign::{
    definition::{Definition, Field, FieldIdx, Form, Required, TableColumn, Values},
    kinds::Sample,
    validate::validate,
};
use jiff::{Span, civil::date};
use model::{ids::UnitId, month::Month, period::ReportingPeriod, rows, value::Value};

/// Makes records of one form.
pub struct Records<'a> {
    /// The campaign, for its code lists.
    pub definition: &'a Definition,
    /// The form.
    pub form: &'a Form,
    /// The unit they belong to, and another one that they may name.
    pub units: (UnitId, UnitId),
}

impl Records<'_> {
    /// The record with this number: another number, another identity.
    ///
    /// # Panics
    /// When the rules of the form leave no record that could be made.
    pub fn record(&self, number: usize) -> Values {
        let required = |field: &FieldIdx| matches!(self.form.fields[*field].required, Required::Yes);
        let mut values = self.form.no_values();
        for field in
            self.form.fields.positions().filter(|field| required(field) || self.form.identity.contains(field))
        {
            values[field] = self.samples(field, number).into_iter().next();
        }
        let start: Vec<FieldIdx> =
            self.form.fields.positions().filter(|field| values[*field].is_some()).collect();
        assert!(
            self.satisfy_rules(&start, number, &mut values),
            "{}: no values satisfy its rules: {:?}",
            self.form.id,
            validate(self.form, &values, &[])
        );
        // What one field needs, another may bring: until nothing more can be stated. What follows from other fields is
        // not stated.
        let is_stated = |field: &FieldIdx| !self.form.is_derived(*field);
        loop {
            let fields = self.form.fields.positions().filter(is_stated);
            let open: Vec<FieldIdx> = fields.filter(|field| values[*field].is_none()).collect();
            let stated = open.iter().filter(|field| self.state(**field, number, &mut values)).count();
            if stated == 0 {
                return values;
            }
        }
    }

    /// Another value for a field of a record, such that the record can still be
    /// taken; `None` when there is none.
    pub fn another(&self, values: &Values, field: FieldIdx) -> Option<Value> {
        let mut changed = values.clone();
        let samples = (1000..1004).flat_map(|number| self.samples(field, number));
        samples.filter(|sample| values[field].as_ref() != Some(sample)).find(|sample| {
            changed[field] = Some(sample.clone());
            self.is_sound(&changed)
        })
    }

    fn is_sound(&self, values: &Values) -> bool {
        validate(self.form, values, &[]).iter().all(|found| !found.problem.is_error())
    }

    /// States a field if some value of it can be beside the others.
    fn state(&self, field: FieldIdx, number: usize, values: &mut Values) -> bool {
        for sample in self.samples(field, number) {
            values[field] = Some(sample);
            if self.is_sound(values) {
                return true;
            }
        }
        values[field] = None;
        false
    }

    /// Tries values of the fields in turn until all rules hold; what a rule
    /// wants stated beside them is stated too.
    fn satisfy_rules(&self, fields: &[FieldIdx], number: usize, values: &mut Values) -> bool {
        if self.is_sound(values) {
            return true;
        }
        for _ in 0..self.form.fields.len() {
            let faults = validate(self.form, values, &[]);
            let Some(fault) = faults.iter().find(|found| found.problem.is_error()) else { return true };
            let before = faults.len();
            let at = fault.field;
            let others = fields.iter().copied().filter(|field| *field != at);
            let better = std::iter::once(at).chain(others).any(|field| {
                let kept = values[field].clone();
                for sample in self.samples(field, number) {
                    values[field] = Some(sample);
                    let left = validate(self.form, values, &[]);
                    // What was wanted may want something in its turn.
                    let is_mended = field == at && left.iter().all(|found| found.field != at);
                    if left.len() < before || is_mended {
                        return true;
                    }
                }
                values[field] = kept;
                false
            });
            if !better {
                return false;
            }
        }
        self.is_sound(values)
    }

    /// Values that a field may hold, the likeliest first.
    pub fn samples(&self, field: FieldIdx, number: usize) -> Vec<Value> {
        let Field { kind, label, .. } = &self.form.fields[field];
        match kind.spec().sample {
            Sample::Table { columns, most } => vec![self.table(columns, most, number)],
            Sample::Unit => {
                let own = self.form.unit == Some(field);
                vec![Value::Unit(if own { self.units.0 } else { self.units.1 })]
            }
            sample => self.values(sample, &label.zh, number),
        }
    }

    /// A table of one to three rows, in some of which cells are empty.
    fn table(&self, columns: &[TableColumn], most: usize, number: usize) -> Value {
        let row = |row: usize| {
            let cell = move |(place, column): (usize, &TableColumn)| {
                let is_stated = column.is_required || !(number + row + place).is_multiple_of(3);
                let sample =
                    self.values(column.kind.spec().sample, &column.label.zh, number + row).into_iter().next();
                sample.filter(|_| is_stated).map(|value| column.spelt(&value)).unwrap_or_default()
            };
            columns.iter().enumerate().map(cell).collect::<Vec<_>>()
        };
        Value::Text(rows::text((0..most.min(1 + number % 3)).map(row)))
    }

    /// Values that a field or a column may hold.
    fn values(&self, sample: Sample<'_>, label: &str, number: usize) -> Vec<Value> {
        let small = i64::try_from(number % 50).unwrap_or(0);
        match sample {
            Sample::Words { max, lines } => vec![text(label, number, max, lines)],
            Sample::Text(text) => vec![Value::Text(text(number))],
            Sample::Whole { min, max } => {
                [12 + small, 50, 1].map(|value| Value::Integer(value.clamp(min, max))).to_vec()
            }
            Sample::Money => vec![Value::Integer(1_234_567 + small)],
            Sample::Decimal { min, max } => {
                let value = |value: f64| Value::Decimal(value.max(min).min(max));
                vec![value(90.25), value(7.5), value(0.0)]
            }
            Sample::Day => {
                let day = |year, days: i64| {
                    let day = date(year, 3, 5).checked_add(Span::new().days(days));
                    Value::Date(day.unwrap_or(date(year, 3, 5)))
                };
                vec![day(2012, small), day(2013, small), day(2011, small)]
            }
            Sample::Year { min, max } => {
                [2012, 2013].map(|year| Value::Integer(i64::from(year.clamp(min, max)))).to_vec()
            }
            Sample::Period(grain) => {
                let month = Month::january(2012).plus(i32::try_from(number % 24).unwrap_or(0));
                vec![Value::Text(ReportingPeriod::containing(month, grain).to_string())]
            }
            Sample::YesNo => {
                vec![Value::Flag(number.is_multiple_of(2)), Value::Flag(!number.is_multiple_of(2))]
            }
            Sample::Code(dictionary) => {
                let codes = &self.definition.dictionaries[dictionary].codes;
                let mut codes: Vec<Value> = codes.iter().map(|code| Value::Code(code.code.clone())).collect();
                let middle = number % codes.len().max(1);
                codes.rotate_left(middle);
                codes
            }
            Sample::Table { .. } | Sample::Unit => Vec::new(),
        }
    }
}

/// Texts with the signs that files stumble over.
fn text(label: &str, number: usize, max: usize, lines: bool) -> Value {
    let odd = ["", "=1+1", "，\"引\"", "<&>;", "-5", "@甲", "_x0041_"][number % 7];
    let text = format!("{odd}{label}{number}");
    let text = if lines { format!("{text}\n第二行：{odd}") } else { text };
    let text: String = text.chars().take(max).collect();
    Value::Text(text.trim().to_owned())
}
