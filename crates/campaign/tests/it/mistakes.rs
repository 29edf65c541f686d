//! Every mistake that the check knows, in a table: `tests/mistakes.txt`.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::{fs, path::Path};

use campaign::{
    check::check,
    mistake::Mistake,
    source::{Source, SourceFile},
};
use proptest::prelude::*;

pub(crate) fn small() -> Source {
    Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small")).unwrap()
}

/// The small campaign with `from` replaced by `to` at its first occurrence in one file.
pub(crate) fn patched(small: &Source, path: &str, from: &str, to: &str) -> Source {
    let text = &small.file(path).unwrap_or_else(|| panic!("no file {path}")).text;
    assert!(text.contains(from), "{path} does not contain {from}");
    let patch = |file: &SourceFile| {
        let text = if file.path == path { file.text.replacen(from, to, 1) } else { file.text.clone() };
        SourceFile { path: file.path.clone(), text }
    };
    Source::from_files(small.files().iter().map(patch).collect())
}

fn mistakes(source: &Source) -> Vec<Mistake> {
    check(source).err().unwrap_or_default()
}

/// A block of the table as it should be: its own patch, and what the check says of it.
fn told(small: &Source, block: &str) -> String {
    let lines =
        |sign: &str| -> Vec<&str> { block.lines().filter_map(|line| line.strip_prefix(sign)).collect() };
    let (from, to) = (lines("- "), lines("+ "));
    let Some(path) = block.lines().next().filter(|_| !from.is_empty()) else { return block.to_owned() };
    let source = patched(small, path, &from.join("\n"), &to.join("\n"));
    let patch = block.lines().filter(|line| !line.starts_with("> "));
    let said = mistakes(&source).into_iter().map(|mistake| format!("> {mistake}"));
    patch.map(str::to_owned).chain(said).collect::<Vec<_>>().join("\n")
}

#[test]
fn mistakes_are_told_as_in_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes.txt");
    let expected = fs::read_to_string(&path).unwrap();
    let small = small();
    let blocks = expected.trim_end().split("\n\n");
    let actual = blocks.map(|block| told(&small, block)).collect::<Vec<_>>().join("\n\n") + "\n";
    if actual != expected {
        let draft = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes.txt");
        fs::write(&draft, actual).unwrap();
        panic!("the check says something else: compare\n  diff {} {}", path.display(), draft.display());
    }
    for block in expected.split("\n\n").filter(|block| block.contains("\n- ")) {
        assert!(block.contains("\n> "), "no mistake in\n{block}");
    }
}

#[test]
fn a_mistake_speaks_both_languages() {
    let source = patched(&small(), "measures.toml", "kind = \"stock\"", "kind = \"stok\"");
    let mistakes = mistakes(&source);
    assert_eq!(mistakes.len(), 1);
    assert_eq!(
        mistakes[0].to_string(),
        "measures.toml:23:8: `stok` is not possible here (did you mean `stock`?)"
    );
    assert_eq!(mistakes[0].to_chinese(), "measures.toml:23:8: 这里不能写 `stok`(是否要写 `stock`?)");
}

#[test]
fn mistakes_of_all_files_are_told_in_order() {
    let source = patched(&small(), "measures.toml", "kind = \"stock\"", "kind = \"stok\"");
    let source = patched(&source, "clauses.toml", "id = \"2\"", "number = \"2\"");
    let source = patched(&source, "registers/workshop-idea.toml", "max = 40", "max = \"40\"");
    let places: Vec<_> = mistakes(&source).into_iter().map(|mistake| (mistake.file, mistake.line)).collect();
    assert!(places.is_sorted());
    for place in [("clauses.toml", 6), ("measures.toml", 23), ("registers/workshop-idea.toml", 27)] {
        assert!(places.contains(&(place.0.to_owned(), place.1)), "{place:?} not in {places:?}");
    }
}

#[test]
fn files_that_are_missing_or_too_many_are_told() {
    let small = small();
    let mut files: Vec<_> =
        small.files().iter().filter(|file| file.path != "clauses.toml").cloned().collect();
    for path in ["notes.toml", "registers/old/idea.toml", "demonstration/city.toml", "indicators/a.toml"] {
        files.push(SourceFile { path: path.to_owned(), text: String::new() });
    }
    let told: Vec<_> = mistakes(&Source::from_files(files)).iter().map(Mistake::to_string).collect();
    for start in [
        "clauses.toml:1:1: the file clauses.toml is missing",
        "indicators/a.toml:1:1: `a` is not the number of an indicator",
        "notes.toml:1:1: this file is no part of a definition",
        "registers/old/idea.toml:1:1: this file is no part of a definition",
    ] {
        assert!(told.iter().any(|told| told.starts_with(start)), "{start} not in {told:#?}");
    }
    assert!(!told.iter().any(|told| told.starts_with("demonstration/")), "{told:#?}");
}

#[test]
fn two_forms_cannot_both_have_been_the_same() {
    let (idea, action) = ("registers/workshop-idea.toml", "registers/green-action.toml");
    let was = "kind = \"register\"\nwas = \"old\"";
    let source = patched(&small(), idea, "kind = \"register\"", was);
    let source = patched(&source, action, "kind = \"register\"", was);
    let told: Vec<_> = mistakes(&source).iter().map(Mistake::to_string).collect();
    let expected = "registers/workshop-idea.toml:3:7: `old` is the former name of something else already \
        (write `was` in one of them alone)";
    assert_eq!(told, [expected]);
}

#[test]
fn nothing_at_all_is_a_mistake() {
    assert!(check(&Source::default()).is_err());
}

proptest! {
    #[test]
    fn no_damage_makes_the_check_panic(
        file in any::<prop::sample::Index>(),
        start in any::<prop::sample::Index>(),
        length in 0_usize..200,
        instead in "[a-z\"'=\\[\\]{}, \n0-9中]{0,12}",
    ) {
        let small = small();
        let mut files = small.files().to_vec();
        let text = &mut files[file.index(small.files().len())].text;
        let start = text.floor_char_boundary(start.index(text.len()));
        let end = text.ceil_char_boundary((start + length).min(text.len()));
        text.replace_range(start..end, &instead);
        for mistake in mistakes(&Source::from_files(files)) {
            prop_assert!(mistake.line > 0 && mistake.column > 0 && !mistake.message.zh.is_empty());
        }
    }
}
