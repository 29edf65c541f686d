//! What two versions of a form's file say of it, apart from words for people and from what is compared by itself.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::with_names;
use crate::{
    definition::{Definition, Form},
    history::Continuity,
};

/// Keys that are words for people, whatever they belong to.
const WORDS: [&str; 4] = ["label", "names", "help", "message"];
/// Keys of a form that are compared by themselves, or say nothing of its records.
const OF_FORM: [&str; 6] = ["was", "clause", "field", "post", "section", "identity"];
/// Keys of a field that are compared by themselves.
const OF_FIELD: [&str; 4] = ["id", "was", "from", "kind"];

/// What both versions say of a form.
pub(super) struct FormFiles {
    before: FormText,
    after: FormText,
}

/// What one version says of a form and of its fields, each as one text.
struct FormText {
    form: String,
    fields: BTreeMap<String, String>,
}

impl FormFiles {
    /// Reads both; the earlier one with the names of the later one.
    pub(super) fn new(
        (old, former): (&Definition, &Form),
        (new, now): (&Definition, &Form),
        continuity: &Continuity,
    ) -> Self {
        let text = |definition: &Definition, form: &Form| {
            definition.form_files.get(&form.id).cloned().unwrap_or_default()
        };
        let renamed = continuity.renamed_fields(&now.id);
        Self {
            before: FormText::read(&text(old, former), &renamed),
            after: FormText::read(&text(new, now), &BTreeMap::new()),
        }
    }

    /// Whether the form is defined otherwise.
    pub(super) fn differ(&self) -> bool {
        self.before.form != self.after.form
    }

    /// Whether a field is defined otherwise that was called `former` and is called `now`.
    pub(super) fn field_differs(&self, former: &str, now: &str) -> bool {
        self.before.fields.get(former) != self.after.fields.get(now)
    }
}

impl FormText {
    fn read(text: &str, renamed: &BTreeMap<&str, &str>) -> Self {
        // Whatever is a definition has been read before.
        let document = DeTable::parse_recoverable(text).0.into_inner();
        let mut fields = BTreeMap::new();
        let written = document.get("field").and_then(|fields| fields.get_ref().as_array());
        for field in written.into_iter().flat_map(|fields| fields.iter()) {
            let Some(field) = field.get_ref().as_table() else { continue };
            let Some(id) = field.get("id").and_then(|id| id.get_ref().as_str()) else { continue };
            fields.insert(id.to_owned(), table_text(field, &OF_FIELD, renamed));
        }
        Self { form: table_text(&document, &OF_FORM, renamed), fields }
    }
}

/// A table as a text that does not depend on the order of its keys, without some of them.
fn table_text(table: &DeTable<'_>, but: &[&str], renamed: &BTreeMap<&str, &str>) -> String {
    let mut parts = BTreeMap::new();
    for (key, item) in table {
        let name: &str = key.get_ref();
        if !but.contains(&name) && !WORDS.contains(&name) {
            parts.insert(name.to_owned(), value_text(item.get_ref(), renamed));
        }
    }
    let parts: Vec<String> = parts.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", parts.join(","))
}

fn value_text(item: &DeValue<'_>, renamed: &BTreeMap<&str, &str>) -> String {
    match item {
        DeValue::String(text) => format!("{:?}", with_names(text, renamed)),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(day) => day.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| value_text(item.get_ref(), renamed)).collect();
            format!("[{}]", items.join(","))
        }
        DeValue::Table(items) => table_text(items, &[], renamed),
    }
}
