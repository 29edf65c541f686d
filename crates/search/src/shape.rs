//! What of a form's records is in the index: every coded, dated and
//! numeric field as a number that sorts as the field does, all texts as words,
//! and keys that the caller gives. Personal numbers never do.

use std::{collections::BTreeMap, fmt::Write as _};

use campaign::{
    definition::{self, Definition, FieldIdx, FormIdx, IdxVec, StateIdx, Values},
    kinds::ValueShape,
};
use jiff::civil::Date;
use model::{
    ids::{RecordId, UnitId},
    period::ReportingPeriod,
    value::Value,
};
use sha2::{Digest, Sha256};
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions},
};

/// Rises when what an index holds changes with the program.
const FORMAT: u32 = 3;
/// The column of a reference that is not linked: no record has this id.
const NOT_LINKED: i64 = 0;
/// The name under which the library knows our way of cutting texts.
pub(crate) const WORDS: &str = "words";

/// A record as the index takes it.
#[derive(Debug, Clone, Copy)]
pub struct IndexRecord<'a> {
    /// Its id.
    pub id: RecordId,
    /// Its version: nothing is found by it, but an index that holds another one is not true to the record.
    pub version: i64,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Position of its state in the form's workflow.
    pub state: Option<StateIdx>,
    /// What it states, by position of the field.
    pub values: &'a Values,
    /// Exact keys by which it can be found ([`crate::Index::bearing`]).
    pub keys: &'a [String],
}

impl IndexRecord<'_> {
    /// Its state as the index holds it.
    pub(crate) fn state_number(&self) -> Option<i64> {
        self.state.and_then(|state| i64::try_from(state.number()).ok())
    }
}

/// What of a form's records is in the index.
#[derive(Debug, Clone)]
pub struct Shape {
    form: String,
    columns: IdxVec<definition::Field, Column>,
    /// Whether any field can be answered by saying that it is not applicable.
    takes_not_applicable: bool,
    hash: String,
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// Nothing: it is personal, or is elsewhere.
    None,
    /// Words.
    Text,
    /// A number.
    Number,
    /// The code's place in its list.
    Code(BTreeMap<String, i64>),
    /// The record that is referred to, 0 while it is not linked; and the words that it is called by.
    Reference,
    /// Words of a table, with what its codes are called: by column, by code.
    Table(Vec<BTreeMap<String, String>>),
}

impl Shape {
    /// The shape of the form at this position; `keys` tells in which way the
    /// caller makes keys: under another an index is built anew.
    pub fn new(definition: &Definition, form: FormIdx, keys: &str) -> Self {
        let form = &definition.forms[form];
        let mut name = format!("{FORMAT} {keys}");
        let mut columns = IdxVec::default();
        for (position, field) in form.fields.entries() {
            // Writing to a String cannot fail.
            let _ = write!(name, "|{} {:?}", field.id, field.kind);
            if field.takes_not_applicable {
                name.push_str(" not applicable");
            }
            columns.push(match field.kind.spec().shape {
                _ if Some(position) == form.unit || field.kind.is_personal() => Column::None,
                ValueShape::Text => Column::Text,
                ValueShape::Code(dictionary) => {
                    let codes = definition.dictionaries[dictionary].codes.iter().zip(0..);
                    let codes: BTreeMap<_, _> =
                        codes.map(|(code, place)| (code.code.clone(), place)).collect();
                    let _ = write!(name, "{codes:?}");
                    Column::Code(codes)
                }
                ValueShape::Table(columns) => {
                    let called: Vec<_> = columns.iter().map(|column| called(definition, column)).collect();
                    let _ = write!(name, "{called:?}");
                    Column::Table(called)
                }
                ValueShape::Reference(_) => Column::Reference,
                ValueShape::Integer
                | ValueShape::Decimal
                | ValueShape::Date
                | ValueShape::Period(_)
                | ValueShape::Flag
                | ValueShape::Unit => Column::Number,
            });
        }
        for state in form.workflow.iter().flat_map(|workflow| &workflow.states) {
            let _ = write!(name, "|{} {:?}", state.id, state.when);
        }
        let digest = Sha256::digest(name.as_bytes());
        let hash = digest.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let takes_not_applicable = form.fields.iter().any(|field| field.takes_not_applicable);
        Self { form: form.id.clone(), columns, takes_not_applicable, hash }
    }

    /// What its directory is called: the form and a hash of everything that decides what the index holds.
    pub fn name(&self) -> String {
        format!("{}-{}", self.form, self.hash)
    }

    /// Whether a directory is of an index of this form under any definition.
    pub(crate) fn is_of_form(&self, directory: &str) -> bool {
        directory
            .rsplit_once('-')
            .is_some_and(|(form, hash)| form == self.form && hash.len() == self.hash.len())
    }

    /// The fields that records can be filtered and sorted by.
    pub(crate) fn column_fields(&self) -> impl Iterator<Item = FieldIdx> {
        self.columns.positions().filter(|field| self.has_column(*field))
    }

    /// Whether records can be filtered and sorted by a field.
    pub fn has_column(&self, field: FieldIdx) -> bool {
        matches!(self.columns.get(field), Some(Column::Number | Column::Code(_) | Column::Reference))
    }

    /// A value of a field as a number that sorts as the field does.
    pub(crate) fn number(&self, field: FieldIdx, value: &Value) -> Option<i64> {
        match (self.columns.get(field)?, value) {
            (Column::Number, Value::Integer(number)) => Some(*number),
            (Column::Number, Value::Decimal(number)) => Some(ordered(*number)),
            (Column::Number, Value::Date(date)) => Some(date.duration_since(Date::ZERO).as_hours() / 24),
            (Column::Number, Value::Flag(flag)) => Some(i64::from(*flag)),
            (Column::Number, Value::Unit(unit)) => Some(unit.0),
            (Column::Number, Value::Text(text)) => {
                let period = ReportingPeriod::parse(text).ok()?;
                Some(i64::from(period.last().number()))
            }
            (Column::Reference, Value::Reference(reference)) => Some(reference.id.0),
            (Column::Reference, Value::Text(_)) => Some(NOT_LINKED),
            (Column::Code(codes), Value::Code(code)) => {
                Some(codes.get(code).copied().unwrap_or_else(|| unlisted(code)))
            }
            _ => None,
        }
    }

    /// What an index keeps of the texts and keys of a record, which it cannot give back: their digest, in 32 bits. It
    /// is for finding what has gone wrong, not for keeping anybody out.
    pub(crate) fn text_digest(&self, record: &IndexRecord<'_>) -> i64 {
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        for (position, value) in record.values.entries() {
            let text = match (self.columns.get(position), value) {
                (Some(Column::Text | Column::Table(_) | Column::Reference), Some(Value::Text(text))) => text,
                (Some(Column::Reference), Some(Value::Reference(reference))) => &reference.text,
                (Some(_), Some(Value::NotApplicable(_))) if self.takes_not_applicable => NOT_APPLICABLE,
                _ => continue,
            };
            add(&column_name(position));
            add(text);
        }
        record.keys.iter().for_each(|key| add(key));
        let digest = digest.finalize();
        digest.iter().take(4).fold(0, |number, byte| number << 8 | i64::from(*byte))
    }
}

/// What the codes of a table's column are called, in both languages.
fn called(definition: &Definition, column: &definition::TableColumn) -> BTreeMap<String, String> {
    let ValueShape::Code(dictionary) = column.kind.spec().shape else { return BTreeMap::new() };
    let codes = definition.dictionaries[dictionary].codes.iter();
    codes.map(|code| (code.code.clone(), format!("{} {}", code.label.zh, code.label.en))).collect()
}

/// The words of a table.
fn table_words(columns: &[BTreeMap<String, String>], text: &str) -> String {
    let mut words = String::new();
    for row in model::rows::cells(text) {
        for (place, cell) in row.into_iter().enumerate() {
            let called = columns.get(place).and_then(|called| called.get(cell));
            words.push_str(called.map_or(cell, String::as_str));
            words.push('\n');
        }
    }
    words
}

/// Decimals as whole numbers in the same order.
fn ordered(number: f64) -> i64 {
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// A code that its list has not (an open list takes digits; a definition may
/// have lost it): behind all others, in the order of its first characters.
fn unlisted(code: &str) -> i64 {
    let first = code.bytes().chain(std::iter::repeat(0)).take(7);
    first.fold(1, |number, byte| number << 8 | i64::from(byte))
}

/// The fields of an index in the library's own terms.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) unit: Field,
    pub(crate) state: Field,
    pub(crate) version: Field,
    pub(crate) digest: Field,
    pub(crate) text: Field,
    pub(crate) keys: Field,
    /// By position of the form's field; `None` for one without a column.
    pub(crate) columns: IdxVec<definition::Field, Option<Field>>,
    /// Positions of fields that are not applicable; `None` where none can be.
    not_applicable: Option<Field>,
}

/// The column with the positions of the fields that a record answers by saying that they are not applicable.
const NOT_APPLICABLE: &str = "not_applicable";

/// Names of columns in the index.
pub(crate) const ID: &str = "id";
pub(crate) const UNIT: &str = "unit";
pub(crate) const STATE: &str = "state";
pub(crate) const VERSION: &str = "version";
pub(crate) const DIGEST: &str = "digest";

/// The name of a field's column.
pub(crate) fn column_name(field: FieldIdx) -> String {
    format!("field{}", field.number())
}

impl Fields {
    pub(crate) fn new(shape: &Shape) -> (Schema, Self) {
        let mut schema = Schema::builder();
        // Without lengths of values, which the flag INDEXED would add: nothing is ranked by relevance.
        let number = || NumericOptions::default().set_fast().set_indexed();
        let words = TextFieldIndexing::default()
            .set_tokenizer(WORDS)
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let exact = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic);
        let fields = Self {
            id: schema.add_i64_field(ID, number()),
            unit: schema.add_i64_field(UNIT, number()),
            state: schema.add_i64_field(STATE, number()),
            version: schema.add_i64_field(VERSION, FAST),
            digest: schema.add_i64_field(DIGEST, FAST),
            text: schema.add_text_field("text", TextOptions::default().set_indexing_options(words)),
            keys: schema.add_text_field("keys", TextOptions::default().set_indexing_options(exact)),
            columns: shape
                .columns
                .positions()
                .map(|field| {
                    shape.has_column(field).then(|| schema.add_i64_field(&column_name(field), number()))
                })
                .collect(),
            not_applicable: shape
                .takes_not_applicable
                .then(|| schema.add_i64_field(NOT_APPLICABLE, NumericOptions::default().set_indexed())),
        };
        (schema.build(), fields)
    }

    /// What the records have that answer a field by saying that it is not applicable.
    pub(crate) fn not_applicable(&self, field: FieldIdx) -> Option<Term> {
        Some(Term::from_field_i64(self.not_applicable?, i64::try_from(field.number()).ok()?))
    }

    /// A record as the library takes it.
    pub(crate) fn document(&self, shape: &Shape, record: &IndexRecord<'_>) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_i64(self.id, record.id.0);
        document.add_i64(self.unit, record.unit.0);
        document.add_i64(self.version, record.version);
        document.add_i64(self.digest, shape.text_digest(record));
        if let Some(state) = record.state_number() {
            document.add_i64(self.state, state);
        }
        for (position, value) in record.values.entries() {
            let Some(value) = value else { continue };
            if let (Some(column), Value::NotApplicable(_), Ok(number)) =
                (self.not_applicable, value, i64::try_from(position.number()))
            {
                document.add_i64(column, number);
            }
            if let (Some(Column::Reference), Some(text)) = (shape.columns.get(position), value.as_str()) {
                document.add_text(self.text, text);
            }
            if let Some(Some(column)) = self.columns.get(position) {
                if let Some(number) = shape.number(position, value) {
                    document.add_i64(*column, number);
                }
            } else {
                match (shape.columns.get(position), value) {
                    (Some(Column::Text), Value::Text(text)) => document.add_text(self.text, text),
                    (Some(Column::Table(columns)), Value::Text(text)) => {
                        document.add_text(self.text, table_words(columns, text));
                    }
                    _ => {}
                }
            }
        }
        for key in record.keys {
            document.add_text(self.keys, key);
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_order() {
        let numbers = [f64::NEG_INFINITY, -2.5, -0.001, 0.0, 0.001, 1.0, 1e300];
        assert!(numbers.map(ordered).is_sorted_by(|a, b| a < b));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }

    #[test]
    fn a_table_is_found_by_what_its_codes_are_called() {
        let called = BTreeMap::from([("2".to_owned(), "试用 On trial".to_owned())]);
        assert_eq!(
            table_words(&[BTreeMap::new(), called], "2｜2\nHall｜9｜more"),
            "2\n试用 On trial\nHall\n9\nmore\n"
        );
    }

    #[test]
    fn codes_outside_their_list_stand_behind_it() {
        assert!(["099", "100", "12", "9"].map(unlisted).is_sorted_by(|a, b| a < b));
        assert!(unlisted("") > 1 << 40);
    }
}
