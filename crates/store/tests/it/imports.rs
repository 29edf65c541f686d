//! Files handed in, and remembered column titles.

use std::collections::BTreeMap;

use model::ids::{ImportId, UserId};
use store::imports::{self, Import};

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
    }
}

both! {
    async fn a_file_is_kept_with_its_state(test: &TestDb) {
        let mut tx = write(test).await;
        imports::insert(&mut tx, &import(1, "draft"), b"\x00\xffbytes").await.unwrap();
        imports::insert(&mut tx, &import(2, "waiting"), b"").await.unwrap();
        assert_eq!(imports::content(&mut tx, ImportId(1)).await.unwrap().as_deref(), Some(&b"\x00\xffbytes"[..]));
        let done = Import { report: Some("{}".to_owned()), done: 3, total: 3, ..import(1, "done") };
        imports::advance(&mut tx, &done, "draft").await.unwrap();
        assert!(imports::advance(&mut tx, &done, "draft").await.is_err(), "the second of two comes too late");
        assert_eq!(imports::find(&mut tx, ImportId(1)).await.unwrap(), Some(done.clone()));
        let listed = Import { report: None, ..done };
        assert_eq!(imports::list_of(&mut tx, UserId(1), 0, 10).await.unwrap(), [import(2, "waiting"), listed.clone()]);
        assert_eq!(imports::list_of(&mut tx, UserId(1), 1, 10).await.unwrap(), [listed]);
        assert_eq!(imports::count_of(&mut tx, UserId(1)).await.unwrap(), 2);
        assert_eq!(imports::count_of(&mut tx, UserId(2)).await.unwrap(), 0);
        assert_eq!(imports::list_in_state(&mut tx, "waiting").await.unwrap(), [import(2, "waiting")]);
        imports::delete_content(&mut tx, ImportId(1)).await.unwrap();
        assert_eq!(imports::content(&mut tx, ImportId(1)).await.unwrap(), None);
    }
}

both! {
    async fn a_column_title_is_remembered_with_its_last_meaning(test: &TestDb) {
        let said = |field: &str| BTreeMap::from([("处理结果".to_owned(), field.to_owned())]);
        let mut tx = write(test).await;
        imports::remember_mappings(&mut tx, "form", &said("one")).await.unwrap();
        imports::remember_mappings(&mut tx, "form", &said("two")).await.unwrap();
        assert_eq!(imports::mappings(&mut tx, "form").await.unwrap(), said("two"));
        assert_eq!(imports::mappings(&mut tx, "other").await.unwrap(), BTreeMap::new());
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
