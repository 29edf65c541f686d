//! The order of the audit, when clocks differ.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Executor};
use store::{
    Db,
    audit::{self, AuditEntry},
};
use testkit::TestDb;

use crate::{both, now, read, vault, write};

async fn append(test: &TestDb, at: Timestamp, actor: &str, subjects: &[i64], is_new: bool) {
    let entry = |subject_id: &i64| AuditEntry {
        action: "correct",
        subject: "fact",
        subject_id: *subject_id,
        before: (!is_new).then(|| "{}".to_owned()),
        after: None,
        detail: None,
        record: None,
    };
    let mut tx = write(test).await;
    audit::append(&mut tx, &vault(), actor, "hash", at, subjects.iter().map(entry).collect()).await.unwrap();
    tx.commit().await.unwrap();
}

both! {
    /// Another server's clock is ahead, or this one's was set back.
    async fn what_is_done_later_stands_later_in_the_audit(test: &TestDb) {
        let subjects: Vec<i64> = (1..1_300).collect();
        append(test, now(), "ahead", &subjects, true).await;
        // As another program has written them, two hours ahead.
        let ahead = format!(
            "UPDATE audit SET audit_id = audit_id + {} WHERE region_id = {}",
            (2 * 3_600_000_i64) << 20,
            test.region
        );
        match &test.db {
            Db::Sqlite { writer, .. } => writer.execute(AssertSqlSafe(ahead)).await.map(drop).unwrap(),
            Db::Postgres(pool) => pool.execute(AssertSqlSafe(ahead)).await.map(drop).unwrap(),
        }
        append(test, now(), "behind", &subjects, false).await;
        append(test, now() + Duration::from_mins(10), "between", &[7], false).await;
        let actors = |rows: Vec<audit::AuditRow>| rows.into_iter().map(|row| row.actor).collect::<Vec<_>>();
        let mut tx = read(test).await;
        let seventh = audit::list_of(&mut tx, "fact", 7).await.unwrap();
        assert_eq!(seventh[1].at, now().as_microsecond(), "the moment is what the clock said");
        assert_eq!(actors(seventh), ["ahead", "behind", "between"]);
        assert_eq!(actors(audit::list_of(&mut tx, "fact", 1_299).await.unwrap()), ["ahead", "behind"]);
    }
}
