//! The contract of storage: every test body runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod accounts;
mod attachments;
mod balances;
mod drafts;
mod facts;
mod imports;
mod listing;
mod schema;
mod sealing;
mod steps;
mod units;
mod views;

use jiff::Timestamp;
use testkit::TestDb;

/// Runs a body on every engine.
macro_rules! both {
    ($(#[$doc:meta])* async fn $name:ident($test:ident: &TestDb) $body:block) => {
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            async fn body($test: &testkit::TestDb) $body
            for test in testkit::databases().await {
                body(&test).await;
            }
        }
    };
}
pub(crate) use both;

/// A moment.
fn now() -> Timestamp {
    testkit::clock().now()
}

/// A transaction for writing.
async fn write(test: &TestDb) -> store::Tx {
    test.db.write(test.region).await.unwrap()
}

/// A transaction for reading.
async fn read(test: &TestDb) -> store::Tx {
    test.db.read(test.region).await.unwrap()
}
