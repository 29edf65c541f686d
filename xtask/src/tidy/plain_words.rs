//! Names say what a thing is or does, in the trade's word or Rust's usual
//! one, and one thing has one word.
//!
//! Looks at the names of types, functions and modules, not at local names, fields or
//! prose, and not at tests, whose names are sentences.

use std::collections::BTreeMap;

use super::Finding;
use crate::{source, tree::Tree};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Type,
    Function,
    Module,
}

/// In which names a retired word is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Any name of which it is a part: `read_fact`, `FactRow`.
    Part,
    /// A name that is this word alone.
    Alone,
    /// A type or a module that is this word alone; as a verb it is usual.
    NounAlone,
    /// A module of this name.
    Module,
}

/// A word that is no longer used for a name.
struct Retired {
    word: &'static str,
    scope: Scope,
    instead: &'static str,
    /// Beginnings of paths under which it may stay, each because the word means something else there.
    stays: &'static [&'static str],
}

const fn part(word: &'static str, instead: &'static str) -> Retired {
    Retired { word, scope: Scope::Part, instead, stays: &[] }
}

const fn alone(word: &'static str, instead: &'static str) -> Retired {
    Retired { word, scope: Scope::Alone, instead, stays: &[] }
}

const fn noun(word: &'static str, instead: &'static str) -> Retired {
    Retired { word, scope: Scope::NounAlone, instead, stays: &[] }
}

const fn module(word: &'static str, instead: &'static str) -> Retired {
    Retired { word, scope: Scope::Module, instead, stays: &[] }
}

const fn stays(retired: Retired, stays: &'static [&'static str]) -> Retired {
    Retired { stays, ..retired }
}

/// The retired words, each with what is written instead.
const RETIRED: &[Retired] = &[
    // A fact is what the ledger posts.
    stays(part("fact", "record"), &["crates/ledger/"]),
    stays(part("facts", "records"), &["crates/ledger/"]),
    part("step", "transition, or what it is: unit_change, field_maker"),
    part("steps", "transitions, or what they are"),
    part("deed", "change or action"),
    part("deeds", "changes or actions"),
    // A job and a batch of the change log are claimed by the server that works on them.
    stays(part("claim", "duplicate"), CLAIMED_WORK),
    stays(part("claims", "duplicates"), CLAIMED_WORK),
    part("told", "notice, message or describe"),
    part("said", "notice, message or describe"),
    part("stated", "input, field_view or parsed_number"),
    part("asked", "figures_query, required_fields, or what the query is called"),
    alone("ask", "request or query"),
    alone("found", "what it is: record_details, header_match, search_result"),
    alone("place", "what it is: cell_ref, sort_key, unit_form"),
    noun("row", "what it is: sheet_row, balance_row, list_row"),
    part("together", "bulk"),
    part("many", "bulk"),
    part("keeper", "index_updater, or who is responsible"),
    part("kept", "index_state, or what the state is"),
    part("hurry", "update_within"),
    alone("look_over", "reconcile"),
    alone("take_in", "apply"),
    part("patience", "timeout"),
    alone("way", "key_format, or what it is"),
    part("hole", "placeholder"),
    part("among", "push_in"),
    part("twin", "find_same_identity"),
    part("standing", "state"),
    alone("settle", "resolve"),
    noun("work", "todo"),
    part("awaited", "todo"),
    alone("waiting", "todo_filter, or what waits"),
    noun("people", "person_lookup, persons or accounts"),
    noun("users", "accounts"),
    noun("privacy", "unmask_log"),
    part("sealing", "crypto"),
    noun("sheets", "register_export"),
    alone("face", "sheet_texts"),
    alone("book", "xlsx_writer, or what it is"),
    alone("looks", "styles"),
    noun("holds", "column_content"),
    alone("gather", "sheet_builder"),
    module("content", "sniff or record_json"),
    module("skip", "non_data_rows"),
    module("names", "normalise, or what is done with them"),
    noun("ground", "checks"),
    noun("pen", "marker"),
    part("vigour", "performance"),
    part("luck", "draw"),
    noun("visit", "request_context"),
    noun("selected", "list_query"),
    noun("guard", "csrf"),
    noun("failure", "error_page, or which error"),
    alone("beside", "conflict"),
    alone("cut", "through or truncate"),
];

/// Where work is claimed.
const CLAIMED_WORK: &[&str] = &["crates/store/src/queue", "crates/store/src/folder", "crates/app/src/tasks"];

/// Prepositions and adverbs that say nothing by themselves as the name of a function.
const BARE: &[&str] = &[
    "about", "above", "across", "after", "again", "all", "along", "among", "around", "as", "at", "away",
    "back", "before", "behind", "below", "beside", "between", "beyond", "by", "down", "during", "ever",
    "for", "from", "gone", "here", "in", "inside", "into", "near", "off", "on", "once", "one", "only", "out",
    "outside", "over", "since", "there", "through", "to", "together", "toward", "twice", "under", "until",
    "up", "upon", "way", "whole", "with", "within", "without", "of",
];

/// Type names that several crates may define.
const SHARED: &[&str] = &["Error", "Result", "Context", "Options"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut types: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !source::is_test_file(path)) {
        for (line, code) in source::code(text) {
            let Some((item, name, is_public)) = definition(code) else { continue };
            findings.extend(retired(path, item, name).map(|text| Finding::new(path, line, text)));
            if item == Item::Function && is_public && BARE.contains(&name) {
                let text = format!("`fn {name}` does not say what it returns or does; name that");
                findings.push(Finding::new(path, line, text));
            }
            if item == Item::Type && code.trim_start().starts_with("pub ") && !SHARED.contains(&name) {
                types.entry(name).or_default().push((path, line));
            }
        }
    }
    for (name, places) in types {
        let (first, _) = places[0];
        for (path, line) in places.iter().filter(|(path, _)| crate_of(path) != crate_of(first)) {
            let text = format!("`{name}` is a public type of {} too; one name, one thing", crate_of(first));
            findings.push(Finding::new(path, *line, text));
        }
    }
    findings
}

/// What is wrong with a name, when a retired word is in it.
fn retired(path: &str, item: Item, name: &str) -> Option<String> {
    let snake = snake_case(name);
    let is_meant = |retired: &&Retired| {
        let fits = match retired.scope {
            Scope::Part => snake.split('_').any(|part| part == retired.word),
            Scope::Alone => snake == retired.word,
            Scope::NounAlone => item != Item::Function && snake == retired.word,
            Scope::Module => item == Item::Module && snake == retired.word,
        };
        fits && !retired.stays.iter().any(|stays| path.starts_with(stays))
    };
    let retired = RETIRED.iter().find(is_meant)?;
    Some(format!("`{name}`: write {} instead of `{}`", retired.instead, retired.word))
}

/// The item that a line begins to define, its name, and whether it can be named outside its module.
fn definition(line: &str) -> Option<(Item, &str, bool)> {
    let mut words = line.split_whitespace().peekable();
    let is_public = words.next_if(|word| word.starts_with("pub")).is_some();
    while words.next_if(|word| matches!(*word, "const" | "async" | "unsafe" | "super)" | "in")).is_some() {}
    let item = match words.next()? {
        "fn" => Item::Function,
        "mod" => Item::Module,
        "struct" | "enum" | "trait" | "type" | "union" => Item::Type,
        _ => return None,
    };
    let name = words.next()?;
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
    Some((item, &name[..end], is_public)).filter(|(_, name, _)| !name.is_empty())
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The crate that a path lies in.
fn crate_of(path: &str) -> &str {
    let mut parts = path.split('/');
    match parts.next() {
        Some("crates") => parts.next().unwrap_or(path),
        Some(first) => first,
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn retired_words_are_found_in_names() {
        expect(
            check,
            [
                (
                    "crates/app/src/a.rs",
                    "pub struct FactRow;\nfn read_fact(step: u8) {\n    let told = fact();\n}\n",
                ),
                ("crates/ledger/src/fact.rs", "pub struct Fact;\n"),
                ("crates/web/src/b.rs", "mod visit;\nfn visit(work: Work) {}\npub(super) enum Looks {}\n"),
                ("crates/store/src/queue.rs", "pub async fn claim() {}\n"),
                ("crates/app/tests/it/steps.rs", "fn a_step_that_is_taken_is_told() {}\n"),
            ],
            &[
                "crates/app/src/a.rs:1: `FactRow`: write record instead of `fact`",
                "crates/app/src/a.rs:2: `read_fact`: write record instead of `fact`",
                "crates/web/src/b.rs:1: `visit`: write request_context instead of `visit`",
                "crates/web/src/b.rs:3: `Looks`: write styles instead of `looks`",
            ],
        );
    }

    #[test]
    fn public_functions_say_what_they_do() {
        expect(
            check,
            [(
                "crates/a/src/lib.rs",
                "pub fn of() {}\npub(crate) async fn at() {}\nfn one() {}\npub fn of_unit() {}\n    fn from(a: A) -> Self {\n",
            )],
            &[
                "crates/a/src/lib.rs:1: `fn of` does not say what it returns or does; name that",
                "crates/a/src/lib.rs:2: `fn at` does not say what it returns or does; name that",
            ],
        );
    }

    #[test]
    fn one_type_name_is_defined_in_one_crate() {
        expect(
            check,
            [
                ("crates/a/src/lib.rs", "pub struct Unit;\npub enum Error {}\npub(crate) struct Own;\n"),
                ("crates/a/src/b.rs", "pub struct Unit<T>(T);\n"),
                ("crates/b/src/lib.rs", "pub type Unit = u8;\npub struct Error;\npub struct Own;\n"),
            ],
            &["crates/b/src/lib.rs:1: `Unit` is a public type of a too; one name, one thing"],
        );
    }

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(
            definition("    pub(super) async fn read<T>(a: A) {"),
            Some((Item::Function, "read", true))
        );
        assert_eq!(definition("pub(in crate) const fn a() {"), None);
        assert_eq!(definition("type Row<'a> = u8;"), Some((Item::Type, "Row", false)));
        assert_eq!(definition("let fn_name = 1;"), None);
        assert_eq!(snake_case("XlsxWriter"), "xlsx_writer");
    }
}
