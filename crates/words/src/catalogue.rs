//! Reads the two files of the catalogue together and finds every difference
//! that would leave one language without a text. The build script and the tests
//! use it; the running program has only the generated methods.

use std::collections::{BTreeMap, BTreeSet};

/// Tables whose texts are looked up by name at run time, with placeholders `{0}`, `{1}` ….
pub(crate) const POSITIONAL: &[&str] = &["file_fault"];

/// One text in both languages.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Dotted key: area, page, element.
    pub(crate) key: String,
    pub(crate) chinese: String,
    pub(crate) english: String,
    /// Names in `{…}`, in the order in which they first occur in the Chinese text.
    pub(crate) placeholders: Vec<String>,
}

impl Message {
    /// Whether it belongs to a table of [`POSITIONAL`].
    pub(crate) fn is_positional(&self) -> bool {
        POSITIONAL.iter().any(|area| self.name_in(area).is_some())
    }

    /// The rest of its key, when it lies in the table `area`.
    pub(crate) fn name_in(&self, area: &str) -> Option<&str> {
        self.key.strip_prefix(area)?.strip_prefix('.')
    }
}

/// All messages in the order of their keys, or every fault as `file: key: what to do`.
pub(crate) fn read(chinese: &str, english: &str) -> Result<Vec<Message>, Vec<String>> {
    let mut faults = Vec::new();
    let chinese = texts("messages/zh.toml", chinese, &mut faults);
    let english = texts("messages/en.toml", english, &mut faults);
    if faults.is_empty() {
        missing("messages/en.toml", &chinese, &english, &mut faults);
        missing("messages/zh.toml", &english, &chinese, &mut faults);
    }
    let mut messages: Vec<Message> = Vec::new();
    let mut methods = BTreeMap::new();
    for (key, chinese) in chinese {
        let Some(english) = english.get(&key) else { continue };
        if let Some(other) = methods.insert(key.replace('.', "_"), key.clone()) {
            faults.push(format!(
                "messages/zh.toml: {key}: would be the same method as {other}; rename one of them"
            ));
        }
        match pair(key, chinese, english.clone()) {
            Ok(message) => messages.push(message),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(messages) } else { Err(faults) }
}

/// Joins both texts of `key` when they name the same placeholders.
fn pair(key: String, chinese: String, english: String) -> Result<Message, String> {
    let names = placeholders(&chinese).map_err(|fault| format!("messages/zh.toml: {key}: {fault}"))?;
    let others = placeholders(&english).map_err(|fault| format!("messages/en.toml: {key}: {fault}"))?;
    if names.iter().collect::<BTreeSet<_>>() != others.iter().collect::<BTreeSet<_>>() {
        return Err(format!(
            "messages/en.toml: {key}: names the placeholders [{}], zh.toml names [{}]; use the same in both",
            others.join(", "),
            names.join(", ")
        ));
    }
    let message = Message { key, chinese, english, placeholders: names };
    let numbered = |name: &String| name.starts_with(|first: char| first.is_ascii_digit());
    if message.placeholders.iter().any(|name| numbered(name) != message.is_positional()) {
        return Err(format!(
            "messages/zh.toml: {}: placeholders are numbers in [{}] and names everywhere else",
            message.key,
            POSITIONAL.join("] and [")
        ));
    }
    Ok(message)
}

/// The names in `{…}`, each once, in order.
fn placeholders(text: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let name = rest[at..].strip_prefix('{').and_then(|inner| Some(inner.split_once('}')?.0));
        let Some(name) = name.filter(|name| is_word(name)) else {
            return Err(format!(
                "`{}` is no placeholder; write {{name}} in lower-case ASCII",
                rest[at..].chars().take(12).collect::<String>()
            ));
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        rest = &rest[at + name.len() + 2..];
    }
    Ok(names)
}

/// Flattens one file to dotted keys.
fn texts(file: &str, source: &str, faults: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    match source.parse::<toml::Table>() {
        Ok(table) => flatten("", &table, &mut found, &mut |key, fault| {
            faults.push(format!("{file}: {key}: {fault}"));
        }),
        Err(error) => faults.push(format!("{file}: {}", error.to_string().trim_end().replace('\n', " "))),
    }
    found
}

fn flatten(
    prefix: &str,
    table: &toml::Table,
    found: &mut BTreeMap<String, String>,
    fault: &mut impl FnMut(&str, &str),
) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if !is_word(name) {
            fault(&key, "use lower-case ASCII letters, digits and `_` in keys");
        }
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, found, fault),
            toml::Value::String(_) if prefix.is_empty() => fault(&key, "put it into a table, its area"),
            toml::Value::String(text) if text.trim().is_empty() => fault(&key, "is empty; write the text"),
            toml::Value::String(text) => {
                found.insert(key, text.clone());
            }
            _ => fault(&key, "is not a text; put it in quotes"),
        }
    }
}

/// Reports every key of `here` that `there`, read from `file`, lacks.
fn missing(
    file: &str,
    here: &BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
    faults: &mut Vec<String>,
) {
    for (key, text) in here.iter().filter(|(key, _)| !there.contains_key(*key)) {
        faults.push(format!("{file}: {key}: missing; the other language says “{text}”"));
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chinese: &str, english: &str, expected: &[&str]) {
        let faults = read(chinese, english).err().unwrap_or_default();
        assert_eq!(faults, expected, "{chinese} / {english}");
    }

    #[test]
    fn every_difference_between_the_languages_stops_the_build() {
        check("[a]\nb = '好'", "[a]\nb = 'good'", &[]);
        check(
            "[a]\nb = '好'\nc = '坏'",
            "[a]\nb = 'good'",
            &["messages/en.toml: a.c: missing; the other language says “坏”"],
        );
        check(
            "[a]\nb = '好'",
            "[a]\nb = 'good'\n[a.d]\ne = 'bad'",
            &["messages/zh.toml: a.d.e: missing; the other language says “bad”"],
        );
        check(
            "[a]\nb = '{count} 条,共 {total} 条'",
            "[a]\nb = '{count} of {all}'",
            &["messages/en.toml: a.b: names the placeholders [count, all], zh.toml names [count, total]; \
               use the same in both"],
        );
    }

    #[test]
    fn texts_that_cannot_become_methods_stop_the_build() {
        check(
            "[a]\nb = '{}'",
            "[a]\nb = '{}'",
            &["messages/zh.toml: a.b: `{}` is no placeholder; write {name} in lower-case ASCII"],
        );
        check(
            "[a]\nb = '{0}'",
            "[a]\nb = '{0}'",
            &["messages/zh.toml: a.b: placeholders are numbers in [file_fault] and names everywhere else"],
        );
        check(
            "[a]\nb_c = '甲'\nb = { c = '乙' }",
            "[a]\nb_c = 'A'\nb = { c = 'B' }",
            &["messages/zh.toml: a.b_c: would be the same method as a.b.c; rename one of them"],
        );
        check(
            "[a]\nb = ''\nC = '丙'\nd = 4",
            "[a]",
            &[
                "messages/zh.toml: a.C: use lower-case ASCII letters, digits and `_` in keys",
                "messages/zh.toml: a.b: is empty; write the text",
                "messages/zh.toml: a.d: is not a text; put it in quotes",
            ],
        );
        check(
            "b = '甲'",
            "b = 'A'",
            &[
                "messages/zh.toml: b: put it into a table, its area",
                "messages/en.toml: b: put it into a table, its area",
            ],
        );
    }

    #[test]
    fn arguments_stand_in_the_order_of_the_chinese_text() {
        let messages = read("[a]\nb = '{total} 条中的 {count} 条,{total}'", "[a]\nb = '{count} of {total}'");
        let messages = messages.expect("both languages agree");
        assert_eq!(messages[0].placeholders, ["total", "count"]);
    }
}
