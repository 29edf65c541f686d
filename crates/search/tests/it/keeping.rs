//! Indexes in a directory: kept, built anew, left half-way, shared.

use std::fs;

use model::ids::RecordId;
use search::{Error, Filter, Index, Shape, Sort};

use crate::{Action, FORM, action, definition, find, put, reached, shape, text};

fn all(index: &Index) -> Vec<i64> {
    find(index, &Filter::default(), None, Sort::default())
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let definition = definition();
    let old = dir.path().join(format!("{FORM}-0123456789abcdef"));
    let other = dir.path().join("other-0123456789abcdef");
    fs::create_dir_all(&old).unwrap();
    fs::create_dir_all(&other).unwrap();
    {
        let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
        assert_eq!(index.reached(), None);
        put(&index, &[action(&definition, 1, &[("subject", text("甲"))]), action(&definition, 2, &[])], 10);
        index.apply(&[], &[RecordId(2)], reached(11)).unwrap();
    }
    let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
    assert_eq!((index.reached(), all(&index)), (Some(reached(11)), vec![1]));
    assert!(!old.exists() && other.exists(), "indexes of other definitions of this form go");
}

#[test]
fn a_change_that_was_not_committed_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let definition = definition();
    let actions: Vec<Action> = (0..50).map(|id| action(&definition, id, &[])).collect();
    {
        let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
        put(&index, &actions[..2], 10);
        let mut build = index.build().unwrap();
        for action in &actions {
            build.put(&action.record()).unwrap();
        }
        // Given up before it was finished, as by a crash.
        drop(build);
        assert_eq!((index.reached(), all(&index)), (Some(reached(10)), vec![1, 0]));
    }
    let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
    assert_eq!((index.reached(), all(&index)), (Some(reached(10)), vec![1, 0]));
    let mut build = index.build().unwrap();
    for action in &actions[5..] {
        build.put(&action.record()).unwrap();
    }
    build.finish(reached(20)).unwrap();
    assert_eq!((index.reached(), index.len()), (Some(reached(20)), 45));
    put(&index, &actions[..1], 21);
    assert_eq!(index.len(), 46);
}

#[test]
fn an_index_that_cannot_be_read_is_begun_again() {
    let dir = tempfile::tempdir().unwrap();
    let definition = definition();
    {
        let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
        put(&index, &[action(&definition, 1, &[])], 10);
    }
    fs::write(dir.path().join(shape(&definition).name()).join("meta.json"), "{").unwrap();
    let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
    assert_eq!((index.reached(), index.len()), (None, 0));
    put(&index, &[action(&definition, 1, &[])], 10);
    assert_eq!(all(&index), [1]);
}

#[test]
fn a_file_that_was_changed_is_noticed_before_it_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let definition = definition();
    let index = Index::open(Some(dir.path()), shape(&definition)).unwrap();
    put(&index, &[action(&definition, 1, &[("subject", text("甲"))]), action(&definition, 2, &[])], 10);
    put(&index, &[action(&definition, 3, &[])], 11);
    index.apply(&[], &[RecordId(2)], reached(12)).unwrap();
    index.check(false).unwrap();
    index.check(true).unwrap();
    let place = index.directory().unwrap().to_owned();
    let entries = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> =
        entries.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')).collect();
    assert!(files.len() > 12, "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 0x55;
        fs::write(&file, &changed).unwrap();
        let found = index.check(false);
        // What the library writes beside its parts may read as before.
        let is_part = file.extension().is_some_and(|extension| extension != "json");
        assert!(!is_part || matches!(found, Err(Error::Damaged { .. })), "{}: {found:?}", file.display());
        fs::write(&file, &bytes).unwrap();
        index.check(false).unwrap();
    }
    let fresh = index.begin_anew().unwrap();
    assert_eq!((fresh.reached(), fresh.len()), (None, 0));
    put(&fresh, &[action(&definition, 1, &[])], 10);
    fresh.check(true).unwrap();
    assert_eq!(all(&fresh), [1]);
}

#[test]
fn one_process_keeps_an_index_and_others_see_it() {
    let dir = tempfile::tempdir().unwrap();
    let definition = definition();
    let keeper = Index::open(Some(dir.path()), shape(&definition)).unwrap();
    put(&keeper, &[action(&definition, 1, &[])], 10);
    let other = Index::open(Some(dir.path()), shape(&definition)).unwrap();
    assert_eq!((other.reached(), all(&other)), (Some(reached(10)), vec![1]));
    put(&keeper, &[action(&definition, 2, &[])], 11);
    assert!(matches!(other.apply(&[], &[RecordId(1)], reached(12)), Err(Error::Busy)));
    assert!(matches!(other.build().err(), Some(Error::Busy)));
    other.refresh().unwrap();
    assert_eq!((other.reached(), all(&other)), (Some(reached(11)), vec![2, 1]));
    drop(keeper);
    other.apply(&[], &[RecordId(1)], reached(12)).unwrap();
    assert_eq!(all(&other), [2]);
}

#[test]
fn another_definition_is_another_index() {
    let mut definition = definition();
    let name = shape(&definition).name();
    assert_eq!(shape(&definition).name(), name);
    let form = definition.form(FORM).unwrap().0;
    assert_ne!(Shape::new(&definition, form, "keys").name(), name);
    definition.forms[form].label.zh = "别的名称".to_owned();
    assert_eq!(shape(&definition).name(), name, "what it is called is not in the index");
    for dictionary in &mut definition.dictionaries {
        dictionary.codes.reverse();
    }
    assert_ne!(shape(&definition).name(), name);
}

#[test]
fn records_are_found_by_their_keys() {
    let definition = definition();
    let keyed = |id: i64, keys: &[&str]| Action {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..action(&definition, id, &[])
    };
    let first = Index::open(None, shape(&definition)).unwrap();
    put(&first, &[keyed(1, &["a", "b"]), keyed(2, &["B"]), keyed(3, &["c"])], 1);
    put(&first, &[keyed(4, &["a"]), keyed(5, &["c"])], 2);
    put(&first, &[keyed(11, &["b"]), keyed(12, &["d", "d"])], 3);
    first.apply(&[], &[RecordId(3)], reached(4)).unwrap();
    assert_eq!(first.bearing("a").unwrap(), [RecordId(1), RecordId(4)]);
    assert_eq!(first.bearing("c").unwrap(), [RecordId(5)]);
    assert_eq!(first.bearing("none").unwrap(), []);
    let mut found = Vec::new();
    first
        .shared("", |key, bearers| {
            let bearers: Vec<String> = bearers.iter().map(|(id, unit)| format!("{id}/{unit}")).collect();
            found.push(format!("{key}: {}", bearers.join(" ")));
        })
        .unwrap();
    assert_eq!(found, ["a: 1/7 4/7", "b: 1/7 11/7"]);
    found.clear();
    first.shared("b", |key, _| found.push(key.to_owned())).unwrap();
    assert_eq!(found, ["b"]);
}
