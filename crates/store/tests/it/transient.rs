//! Which errors pass when the transaction is done again. The engines are made to refuse for real.

use model::ids::UnitId;
use sqlx::{Connection, Executor, SqliteConnection};
use store::{Db, Error, definitions, records, units};
use testkit::{TestDb, open_named};
use tokio::sync::Barrier;

use crate::{unit, write};

/// A PostgreSQL region with two units.
async fn two_units() -> Option<TestDb> {
    let test = testkit::postgres().await?;
    let mut tx = write(&test).await;
    units::put(&mut tx, &[unit(1), unit(2)]).await.unwrap();
    tx.commit().await.unwrap();
    Some(test)
}

/// Locks one unit, then the other when everybody else holds the first one too.
async fn lock_both(test: &TestDb, first: i64, second: i64, everybody: &Barrier) -> store::Result<()> {
    let mut tx = test.db.write(test.region).await?;
    records::lock_numbers(&mut tx, UnitId(first)).await?;
    everybody.wait().await;
    records::lock_numbers(&mut tx, UnitId(second)).await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_on_postgresql_passes() {
    let Some(test) = two_units().await else { return };
    let both = Barrier::new(2);
    let (one, other) = tokio::join!(lock_both(&test, 1, 2, &both), lock_both(&test, 2, 1, &both));
    let mut refused: Vec<Error> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "one of the two is undone, the other goes through: {refused:?}");
    let error = refused.remove(0);
    assert!(error.is_transient(), "{error:?}");
    lock_both(&test, 2, 1, &Barrier::new(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_cannot_be_serialised_passes() {
    let Some(test) = two_units().await else { return };
    let Db::Postgres(pool) = &test.db else { panic!("it is PostgreSQL") };
    let rename = "UPDATE unit SET name = 'new' WHERE region_id = $1 AND unit_id = 1";
    let mut late = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    late.execute("SELECT 1").await.unwrap();
    sqlx::query(rename).bind(test.region.0).execute(&**pool).await.unwrap();
    let error = sqlx::query(rename).bind(test.region.0).execute(&mut *late).await.unwrap_err();
    let error = Error::from(error);
    assert!(error.is_transient(), "{error:?}");
}

/// A writing transaction whose connection the server has closed.
async fn lost(test: &TestDb) -> store::Tx {
    let name = format!("lost-{}", test.region);
    let named = open_named(test, &name).await;
    let mut tx = named.write(test.region).await.unwrap();
    definitions::raise_version(&mut tx).await.unwrap();
    testkit::end_connections(test, &name).await;
    tx
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_before_the_commit_passes() {
    let Some(test) = testkit::postgres().await else { return };
    let error = definitions::raise_version(&mut lost(&test).await).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)) && error.is_transient(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_connection_lost_in_the_commit_somebody_has_to_look() {
    let Some(test) = testkit::postgres().await else { return };
    let error = lost(&test).await.commit().await.unwrap_err();
    assert!(matches!(error, Error::CommitUnknown(_)) && !error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn a_lock_held_by_another_program_on_sqlite_passes() {
    let test = testkit::sqlite().await;
    let path = format!("{}?mode=rw", test.url);
    let options: sqlx::sqlite::SqliteConnectOptions = path.parse().unwrap();
    let options = options.busy_timeout(std::time::Duration::ZERO);
    let mut one = SqliteConnection::connect_with(&options).await.unwrap();
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    // The other program has read before this one writes: what it saw has grown old (BUSY_SNAPSHOT).
    other.execute("BEGIN; SELECT count(*) FROM unit").await.unwrap();
    one.execute("BEGIN IMMEDIATE; UPDATE region SET version = 1; DELETE FROM unit").await.unwrap();
    let busy = Error::from(other.execute("DELETE FROM unit").await.unwrap_err());
    assert!(busy.is_transient(), "{busy:?}");
    one.execute("INSERT INTO fold_state VALUES (1, 0, 0); COMMIT").await.unwrap();
    let stale = Error::from(other.execute("DELETE FROM unit").await.unwrap_err());
    assert!(stale.is_transient(), "{stale:?}");
}

#[test]
fn what_does_not_pass_is_told_apart() {
    let broken = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    for (error, expected) in [
        (Error::from(sqlx::Error::Io(broken())), true),
        (Error::CommitUnknown(sqlx::Error::Io(broken())), false),
        (Error::from(sqlx::Error::PoolTimedOut), false),
        (Error::from(sqlx::Error::PoolClosed), false),
        (Error::from(sqlx::Error::RowNotFound), false),
        (Error::Conflict { table: "fact", key: "1".to_owned() }, false),
    ] {
        assert_eq!(error.is_transient(), expected, "{error:?}");
    }
}
