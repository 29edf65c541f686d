//! Opening a database, transactions, and the region's own row.

use store::{Db, definitions};

use crate::{both, read, write};

both! {
    /// Opening a second time changes nothing and loses nothing.
    async fn a_database_opens_again(test: &TestDb) {
        let mut tx = write(test).await;
        definitions::put_region(&mut tx, "hash", true).await.unwrap();
        tx.commit().await.unwrap();
        let again = Db::open(&test.url).await.unwrap();
        let mut tx = again.read(test.region).await.unwrap();
        let region = definitions::find_region(&mut tx).await.unwrap().unwrap();
        assert_eq!((region.definition_hash.as_str(), region.is_demonstration), ("hash", true));
    }
}

both! {
    async fn what_is_not_committed_is_gone(test: &TestDb) {
        let mut tx = write(test).await;
        definitions::put_region(&mut tx, "lost", false).await.unwrap();
        drop(tx);
        let mut tx = read(test).await;
        assert_eq!(definitions::find_region(&mut tx).await.unwrap(), None);
    }
}

both! {
    async fn a_region_rises_with_every_change(test: &TestDb) {
        let mut tx = write(test).await;
        definitions::put_region(&mut tx, "one", false).await.unwrap();
        definitions::raise_version(&mut tx).await.unwrap();
        definitions::put_region(&mut tx, "two", false).await.unwrap();
        let region = definitions::lock_region(&mut tx, definitions::Lock::Exclusive).await.unwrap().unwrap();
        assert_eq!((region.version, region.definition_hash.as_str()), (3, "two"));
    }
}

both! {
    async fn a_definition_is_never_changed(test: &TestDb) {
        let hash = format!("hash of {}", test.region);
        let mut tx = write(test).await;
        definitions::put_definition(&mut tx, &hash, "c", "first", crate::now()).await.unwrap();
        definitions::put_definition(&mut tx, &hash, "c", "second", crate::now()).await.unwrap();
        assert_eq!(definitions::find_definition(&mut tx, &hash).await.unwrap().as_deref(), Some("first"));
        assert_eq!(definitions::find_definition(&mut tx, "other").await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_unknown_engine_is_named_without_its_password() {
    let error = Db::open("mysql://me:secret@host/db").await.unwrap_err().to_string();
    assert!(error.contains("mysql://me:***@host/db") && !error.contains("secret"), "{error}");
}
