//! What happens when transactions get into each other's way.

use std::sync::Arc;

use app::{Error, records};
use store::{
    definitions::{self, Lock},
    records::{RecordRow, find, update},
};
use testkit::{console, eventually, is_waited_for, open_named, postgres};

use crate::{
    registers::proposal,
    tree::{FIRM, city},
};

/// PostgreSQL ends one of two transactions that wait for each other. The use
/// case is the one that has waited longer, and is carried out after all.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_no_error() {
    let Some(test) = postgres().await else { return };
    let app = Arc::new(city(&test).await);
    let id = records::create(&app, &console(&app), "proposal", FIRM, proposal("1", "夹具")).await.unwrap();
    let name = format!("deadlock-{}", test.region);
    let mut other = open_named(&test, &name).await.write(test.region).await.unwrap();
    let stored = find(&mut other, id).await.unwrap().unwrap();
    update(&mut other, &RecordRow { version: stored.version + 1, ..stored }).await.unwrap();
    let removing = {
        let app = app.clone();
        tokio::spawn(async move { records::delete(&app, &console(&app), id, 1).await })
    };
    eventually("the use case holds the region and waits for the record", || is_waited_for(&test, &name))
        .await;
    definitions::lock_region(&mut other, Lock::Exclusive).await.expect("the other transaction goes on");
    other.rollback().await.unwrap();
    removing.await.unwrap().unwrap();
    assert!(matches!(records::find(&app, &console(&app), id).await, Err(Error::NotFound { .. })));
}
