//! Files handed in, and remembered column titles.

use std::collections::BTreeMap;

use model::ids::{ImportId, RecordId, UnitId, UserId};
use store::{
    import_records::{self, WrittenRecord},
    imports::{self, Import},
};

use crate::{both, write};

fn import(id: i64, state: &str) -> Import {
    Import {
        import_id: id,
        user_id: 1,
        unit_id: Some(10_001),
        created_at: 5,
        file_name: "台账.xlsx".to_owned(),
        form: "form".to_owned(),
        sheet: None,
        state: state.to_owned(),
        done: 0,
        total: 0,
        options: "{}".to_owned(),
        report: None,
        take_back: None,
    }
}

both! {
    async fn a_file_is_found_with_its_content_until_this_is_deleted(test: &TestDb) {
        let mut tx = write(test).await;
        imports::insert(&mut tx, &import(1, "draft"), b"\x00\xffbytes").await.unwrap();
        assert_eq!(imports::find(&mut tx, ImportId(1)).await.unwrap(), Some(import(1, "draft")));
        assert_eq!(imports::content(&mut tx, ImportId(1)).await.unwrap().as_deref(), Some(&b"\x00\xffbytes"[..]));
        imports::delete_content(&mut tx, ImportId(1)).await.unwrap();
        assert_eq!(imports::content(&mut tx, ImportId(1)).await.unwrap(), None);
    }
}

/// An import that is done.
fn done() -> Import {
    Import { report: Some("{}".to_owned()), done: 3, total: 3, ..import(1, "done") }
}

both! {
    async fn an_import_advances_from_the_state_that_was_seen(test: &TestDb) {
        let mut tx = write(test).await;
        imports::insert(&mut tx, &import(1, "draft"), b"").await.unwrap();
        imports::advance(&mut tx, &done(), "draft").await.unwrap();
        assert!(imports::advance(&mut tx, &done(), "draft").await.is_err(), "the second of two comes too late");
        assert_eq!(imports::find(&mut tx, ImportId(1)).await.unwrap(), Some(done()));
    }
}

both! {
    async fn the_imports_of_a_person_are_listed_without_their_reports(test: &TestDb) {
        let mut tx = write(test).await;
        imports::insert(&mut tx, &done(), b"").await.unwrap();
        imports::insert(&mut tx, &import(2, "waiting"), b"").await.unwrap();
        let listed = Import { report: None, ..done() };
        assert_eq!(imports::list_of(&mut tx, UserId(1), 0, 10).await.unwrap(), [import(2, "waiting"), listed.clone()]);
        assert_eq!(imports::list_of(&mut tx, UserId(1), 1, 10).await.unwrap(), [listed]);
        assert_eq!(imports::count_of(&mut tx, UserId(1)).await.unwrap(), 2);
        assert_eq!(imports::count_of(&mut tx, UserId(2)).await.unwrap(), 0);
    }
}

both! {
    async fn a_unit_remembers_what_it_decided_last_about_a_column(test: &TestDb) {
        let columns = |field: &str| BTreeMap::from([("处理结果".to_owned(), field.to_owned())]);
        let (own, other, none) = (UnitId(1), UnitId(2), BTreeMap::new());
        let mut tx = write(test).await;
        imports::remember_columns(&mut tx, own, "form", &columns("one"), ImportId(1)).await.unwrap();
        imports::remember_columns(&mut tx, own, "form", &columns("two"), ImportId(2)).await.unwrap();
        imports::remember_columns(&mut tx, other, "form", &columns(""), ImportId(3)).await.unwrap();
        assert_eq!(imports::column_memory(&mut tx, own, "form").await.unwrap(), columns("two"));
        assert_eq!(imports::column_memory(&mut tx, other, "form").await.unwrap(), columns(""));
        assert_eq!(imports::column_memory(&mut tx, own, "other").await.unwrap(), none);
        imports::forget_columns(&mut tx, own, "form").await.unwrap();
        assert_eq!(imports::column_memory(&mut tx, own, "form").await.unwrap(), none);
        assert_eq!(imports::column_memory(&mut tx, other, "form").await.unwrap(), columns(""));
    }
}

both! {
    async fn what_an_import_alone_has_remembered_is_forgotten_with_it(test: &TestDb) {
        let columns = |field: &str| BTreeMap::from([("处理结果".to_owned(), field.to_owned())]);
        let title = ["处理结果".to_owned()];
        let unit = UnitId(1);
        let mut tx = write(test).await;
        imports::remember_columns(&mut tx, unit, "form", &columns("one"), ImportId(1)).await.unwrap();
        assert_eq!(imports::forget_columns_of(&mut tx, unit, "form", ImportId(9)).await.unwrap(), 0);
        assert_eq!(imports::forget_columns_of(&mut tx, unit, "form", ImportId(1)).await.unwrap(), 1);
        assert!(imports::column_memory(&mut tx, unit, "form").await.unwrap().is_empty());
        // What it replaced comes back.
        imports::remember_columns(&mut tx, unit, "form", &columns("one"), ImportId(1)).await.unwrap();
        imports::remember_columns(&mut tx, unit, "form", &columns("two"), ImportId(2)).await.unwrap();
        assert_eq!(imports::forget_columns_of(&mut tx, unit, "form", ImportId(2)).await.unwrap(), 1);
        assert_eq!(imports::column_memory(&mut tx, unit, "form").await.unwrap(), columns("one"));
        // What another import has used stays.
        imports::remember_columns(&mut tx, unit, "form", &columns("two"), ImportId(3)).await.unwrap();
        imports::confirm_columns(&mut tx, unit, "form", &title, ImportId(3)).await.unwrap();
        imports::confirm_columns(&mut tx, unit, "form", &title, ImportId(4)).await.unwrap();
        assert_eq!(imports::forget_columns_of(&mut tx, unit, "form", ImportId(3)).await.unwrap(), 0);
    }
}

both! {
    async fn what_an_import_has_written_comes_back_in_its_order(test: &TestDb) {
        let mut tx = write(test).await;
        let written: Vec<WrittenRecord> =
            (0..12_000).map(|n| WrittenRecord { id: RecordId(9_000_000 - 7 * n), version: 1 + n % 3 }).collect();
        import_records::insert(&mut tx, ImportId(1), &written).await.unwrap();
        import_records::insert(&mut tx, ImportId(2), &[]).await.unwrap();
        assert_eq!(import_records::list_of(&mut tx, ImportId(1)).await.unwrap(), written);
        assert!(import_records::has_any(&mut tx, ImportId(1)).await.unwrap());
        assert!(!import_records::has_any(&mut tx, ImportId(2)).await.unwrap());
    }
}

both! {
    async fn only_a_running_import_has_progress(test: &TestDb) {
        let mut tx = write(test).await;
        for (id, state, expected) in [(1, "running", (3, 9)), (2, "draft", (0, 0))] {
            imports::insert(&mut tx, &import(id, state), b"").await.unwrap();
            imports::set_progress(&mut tx, ImportId(id), 3, 9).await.unwrap();
            let found = imports::find(&mut tx, ImportId(id)).await.unwrap().unwrap();
            assert_eq!((found.done, found.total), expected, "{state}");
        }
    }
}
