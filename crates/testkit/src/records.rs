//! Records that a form takes, made from its definition: a value for every kind
//! of field, as many fields stated as its rules allow.

use campaign::{
    definition::{Campaign, Column, Field, FieldKind, Form, Required},
    validate::validate,
};
use jiff::{Span, civil::date};
use model::{codes::IdNumber, ids::UnitId, rows, value::Value};

/// The values of one record, by position of the field.
pub type Values = Vec<Option<Value>>;

/// Makes records of one form.
pub struct Records<'a> {
    /// The campaign, for its code lists.
    pub campaign: &'a Campaign,
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
        let fields = self.form.fields.len();
        let required = |field: &usize| matches!(self.form.fields[*field].required, Required::Yes);
        let mut values = vec![None; fields];
        for field in (0..fields).filter(|field| required(field) || self.form.identity.contains(field)) {
            values[field] = self.samples(field, number).into_iter().next();
        }
        let start: Vec<usize> = (0..fields).filter(|field| values[*field].is_some()).collect();
        assert!(
            self.settle(&start, number, &mut values),
            "{}: no values satisfy its rules: {:?}",
            self.form.id,
            validate(self.form, &values, &[])
        );
        // What one field needs, another may bring: until nothing more can be stated.
        loop {
            let open: Vec<usize> = (0..fields).filter(|field| values[*field].is_none()).collect();
            let stated = open.iter().filter(|field| self.state(**field, number, &mut values)).count();
            if stated == 0 {
                return values;
            }
        }
    }

    /// Another value for a field of a record, such that the record can still be
    /// taken; `None` when there is none.
    pub fn another(&self, values: &[Option<Value>], field: usize) -> Option<Value> {
        let mut changed = values.to_vec();
        let samples = (1000..1004).flat_map(|number| self.samples(field, number));
        samples.filter(|sample| values[field].as_ref() != Some(sample)).find(|sample| {
            changed[field] = Some(sample.clone());
            self.is_sound(&changed)
        })
    }

    fn is_sound(&self, values: &[Option<Value>]) -> bool {
        validate(self.form, values, &[]).iter().all(|found| !found.problem.is_error())
    }

    /// States a field if some value of it can stand beside the others.
    fn state(&self, field: usize, number: usize, values: &mut Values) -> bool {
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
    fn settle(&self, fields: &[usize], number: usize, values: &mut Values) -> bool {
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
                    if validate(self.form, values, &[]).len() < before {
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
    pub fn samples(&self, field: usize, number: usize) -> Vec<Value> {
        let Field { kind, label, .. } = &self.form.fields[field];
        match kind {
            FieldKind::Rows { columns, most } => vec![self.table(columns, *most, number)],
            FieldKind::Unit { .. } => {
                let own = self.form.unit_field() == Some(field);
                vec![Value::Unit(if own { self.units.0 } else { self.units.1 })]
            }
            kind => self.of_kind(kind, &label.zh, number),
        }
    }

    /// A table of one to three rows, in some of which cells are empty.
    fn table(&self, columns: &[Column], most: usize, number: usize) -> Value {
        let row = |row: usize| {
            let cell = move |(place, column): (usize, &Column)| {
                let is_stated = column.is_required || !(number + row + place).is_multiple_of(3);
                let sample = self.of_kind(&column.kind, &column.label.zh, number + row).into_iter().next();
                sample.filter(|_| is_stated).map(|value| column.spelt(&value)).unwrap_or_default()
            };
            columns.iter().enumerate().map(cell).collect::<Vec<_>>()
        };
        Value::Text(rows::text((0..most.min(1 + number % 3)).map(row)))
    }

    /// Values that a field or a column of this kind may hold.
    fn of_kind(&self, kind: &FieldKind, label: &str, number: usize) -> Vec<Value> {
        let small = i64::try_from(number % 50).unwrap_or(0);
        match kind {
            FieldKind::Text { max, lines } => vec![text(label, number, *max, *lines)],
            FieldKind::Integer { min, max } => {
                [12 + small, 50, 1].map(|value| Value::Integer(value.clamp(*min, *max))).to_vec()
            }
            FieldKind::Money { .. } => vec![Value::Integer(1_234_567 + small)],
            FieldKind::Decimal { min, max } => {
                let value = |value: f64| Value::Decimal(value.max(*min).min(*max));
                vec![value(90.25), value(7.5), value(0.0)]
            }
            FieldKind::Date { .. } => {
                let day = |year, days: i64| {
                    let day = date(year, 3, 5).checked_add(Span::new().days(days));
                    Value::Date(day.unwrap_or(date(year, 3, 5)))
                };
                vec![day(2012, small), day(2013, small), day(2011, small)]
            }
            FieldKind::Year { min, max } => {
                [2012, 2013].map(|year| Value::Integer(i64::from(year.clamp(*min, *max)))).to_vec()
            }
            FieldKind::Flag => {
                vec![Value::Flag(number.is_multiple_of(2)), Value::Flag(!number.is_multiple_of(2))]
            }
            FieldKind::Code { dictionary } => {
                let codes = &self.campaign.dictionaries[*dictionary].codes;
                let mut codes: Vec<Value> = codes.iter().map(|code| Value::Code(code.code.clone())).collect();
                let middle = number % codes.len().max(1);
                codes.rotate_left(middle);
                codes
            }
            FieldKind::IdNumber => vec![Value::Text(id_number(number))],
            FieldKind::Shares => vec![Value::Text(format!("张三 {}%、李四 20%", 10 + small))],
            FieldKind::Phone => vec![Value::Text(format!("138{:08}", 41_000_000 + number))],
            FieldKind::OrgCode => vec![Value::Text("410946683".to_owned())],
            FieldKind::Uscc => vec![Value::Text("91210200MA00000078".to_owned())],
            FieldKind::Rows { .. } | FieldKind::Unit { .. } => Vec::new(),
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

/// A valid ID number of its own.
fn id_number(number: usize) -> String {
    let body = format!("2102021980{:02}{:02}{:03}", number % 12 + 1, number % 28 + 1, number % 1000);
    let checked = ('0'..='9').chain(['X']).find_map(|check| IdNumber::parse(&format!("{body}{check}")).ok());
    checked.map(|number| number.as_str().to_owned()).unwrap_or_default()
}
