//! Indexes in a directory: kept, built anew, left half-way, shared.

use std::fs;

use model::ids::RecordId;
use search::{Error, Filter, Index, Shape, Sort, shared};

use crate::{Action, FORM, action, campaign, find, put, shape, text};

fn all(index: &Index) -> Vec<i64> {
    find(index, &Filter::default(), None, Sort::default())
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let campaign = campaign();
    let old = dir.path().join(format!("{FORM}-0123456789abcdef"));
    let other = dir.path().join("other-0123456789abcdef");
    fs::create_dir_all(&old).unwrap();
    fs::create_dir_all(&other).unwrap();
    {
        let index = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
        assert_eq!(index.reached(), None);
        put(&index, &[action(&campaign, 1, &[("subject", text("甲"))]), action(&campaign, 2, &[])], 10);
        index.apply(&[], &[RecordId(2)], 11).unwrap();
    }
    let index = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
    assert_eq!((index.reached(), all(&index)), (Some(11), vec![1]));
    assert!(!old.exists() && other.exists(), "indexes of other definitions of this form go");
}

#[test]
fn a_change_that_was_not_committed_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let campaign = campaign();
    let actions: Vec<Action> = (0..50).map(|id| action(&campaign, id, &[])).collect();
    {
        let index = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
        put(&index, &actions[..2], 10);
        let mut build = index.build().unwrap();
        for action in &actions {
            build.put(&action.record()).unwrap();
        }
        // Given up before it was finished, as by a crash.
        drop(build);
        assert_eq!((index.reached(), all(&index)), (Some(10), vec![1, 0]));
    }
    let index = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
    assert_eq!((index.reached(), all(&index)), (Some(10), vec![1, 0]));
    let mut build = index.build().unwrap();
    for action in &actions[5..] {
        build.put(&action.record()).unwrap();
    }
    build.finish(20).unwrap();
    assert_eq!((index.reached(), index.len()), (Some(20), 45));
    put(&index, &actions[..1], 21);
    assert_eq!(index.len(), 46);
}

#[test]
fn an_index_that_cannot_be_read_is_begun_again() {
    let dir = tempfile::tempdir().unwrap();
    let campaign = campaign();
    {
        let index = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
        put(&index, &[action(&campaign, 1, &[])], 10);
    }
    fs::write(dir.path().join(shape(&campaign).name()).join("meta.json"), "{").unwrap();
    let index = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
    assert_eq!((index.reached(), index.len()), (None, 0));
    put(&index, &[action(&campaign, 1, &[])], 10);
    assert_eq!(all(&index), [1]);
}

#[test]
fn one_process_keeps_an_index_and_others_see_it() {
    let dir = tempfile::tempdir().unwrap();
    let campaign = campaign();
    let keeper = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
    put(&keeper, &[action(&campaign, 1, &[])], 10);
    let other = Index::open(Some(dir.path()), shape(&campaign)).unwrap();
    assert_eq!((other.reached(), all(&other)), (Some(10), vec![1]));
    put(&keeper, &[action(&campaign, 2, &[])], 11);
    assert!(matches!(other.apply(&[], &[RecordId(1)], 12), Err(Error::Busy)));
    assert!(matches!(other.build().err(), Some(Error::Busy)));
    other.refresh().unwrap();
    assert_eq!((other.reached(), all(&other)), (Some(11), vec![2, 1]));
    drop(keeper);
    other.apply(&[], &[RecordId(1)], 12).unwrap();
    assert_eq!(all(&other), [2]);
}

#[test]
fn another_definition_is_another_index() {
    let mut campaign = campaign();
    let name = shape(&campaign).name();
    assert_eq!(shape(&campaign).name(), name);
    let form = campaign.form(FORM).unwrap().0;
    assert_ne!(Shape::new(&campaign, form, "keys").name(), name);
    campaign.forms[form].label.zh = "别的名称".to_owned();
    assert_eq!(shape(&campaign).name(), name, "what it is called is not in the index");
    for dictionary in &mut campaign.dictionaries {
        dictionary.codes.reverse();
    }
    assert_ne!(shape(&campaign).name(), name);
}

#[test]
fn records_are_found_by_their_keys() {
    let campaign = campaign();
    let keyed = |id: i64, keys: &[&str]| Action {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..action(&campaign, id, &[])
    };
    let first = Index::open(None, shape(&campaign)).unwrap();
    put(&first, &[keyed(1, &["a", "b"]), keyed(2, &["B"]), keyed(3, &["c"])], 1);
    put(&first, &[keyed(4, &["a"]), keyed(5, &["c"])], 2);
    let second = Index::open(None, shape(&campaign)).unwrap();
    put(&second, &[keyed(11, &["b"]), keyed(12, &["d", "d"])], 1);
    first.apply(&[], &[RecordId(3)], 3).unwrap();
    assert_eq!(first.bearing("a").unwrap(), [RecordId(1), RecordId(4)]);
    assert_eq!(first.bearing("c").unwrap(), [RecordId(5)]);
    assert_eq!(first.bearing("none").unwrap(), []);
    let mut found = Vec::new();
    shared(&[&first, &second], "", |key, bearers| {
        found.push(format!(
            "{key}: {}",
            bearers.iter().map(|(index, id)| format!("{index}/{id}")).collect::<Vec<_>>().join(" ")
        ));
    })
    .unwrap();
    assert_eq!(found, ["a: 0/1 0/4", "b: 0/1 1/11"]);
}
