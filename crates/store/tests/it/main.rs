//! The contract of storage: every test body runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod accounts;
mod attachments;
mod audit;
mod balances;
mod changes;
mod drafts;
mod facts;
mod imports;
mod introspect;
mod listing;
mod packing;
mod patience;
mod postings;
mod queue;
mod raw;
mod references;
mod schema;
mod sealing;
mod sessions;
mod steps;
mod task_runs;
mod transient;
mod units;
mod versions;
mod views;

use std::sync::Arc;

use jiff::Timestamp;
use model::ids::{RecordId, UnitId};
use store::{
    Vault,
    records::RecordRow,
    units::{Unit, UnitKind},
};
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

/// What seals and digests in these tests.
fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(&testkit::secret()))
}

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

/// A fact at its first version; a test sets what it is about.
fn fact(id: i64) -> RecordRow {
    RecordRow {
        id: RecordId(20_000 + id),
        form: "form".to_owned(),
        unit: UnitId(10_001),
        identity: id.to_string(),
        version: 1,
        definition_hash: "hash".to_owned(),
        content: "{}".to_owned(),
        state: None,
        since: None,
        pending: None,
    }
}

/// A unit whose code is its id.
fn unit(id: i64) -> Unit {
    Unit {
        id: UnitId(id),
        code: id.to_string(),
        name: format!("单位{id}"),
        kind: UnitKind::Grassroots,
        attributes: "{}".to_owned(),
        closed_from: None,
        merged_into: None,
        version: 1,
    }
}
