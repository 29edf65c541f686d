//! Accounts and sessions.

use jiff::{SignedDuration, Timestamp};
use model::ids::UserId;
use store::{
    Error, Tx,
    accounts::{self, Account},
};

use testkit::TestDb;

use crate::{both, now, write};

fn account(login: &str) -> Account {
    Account {
        user_id: 30_001,
        login: login.to_owned(),
        name: "张三".to_owned(),
        role: "viewer".to_owned(),
        unit_id: 10_001,
        password_hash: "hash".to_owned(),
        is_disabled: false,
        language: None,
        failures: 0,
        locked_until: 0,
    }
}

fn account_changed() -> Account {
    Account { language: Some("en".to_owned()), failures: 2, ..account("zhang") }
}

both! {
    async fn an_account_is_found_as_it_was_updated(test: &TestDb) {
        let mut tx = write(test).await;
        accounts::insert(&mut tx, &account("zhang")).await.unwrap();
        let changed = account_changed();
        accounts::update(&mut tx, &changed).await.unwrap();
        assert_eq!(accounts::find(&mut tx, "zhang").await.unwrap(), Some(changed.clone()));
        assert_eq!(accounts::list(&mut tx).await.unwrap(), [changed]);
        assert_eq!(accounts::find(&mut tx, "Zhang").await.unwrap(), None);
        assert_eq!(accounts::find_by_id(&mut tx, account("zhang").id()).await.unwrap(), Some(account_changed()));
        assert_eq!(accounts::find_by_id(&mut tx, UserId(5)).await.unwrap(), None);
    }
}

both! {
    async fn an_account_that_does_not_exist_is_not_updated(test: &TestDb) {
        let mut tx = write(test).await;
        let missing = Account { user_id: 5, ..account("nobody") };
        assert!(matches!(accounts::update(&mut tx, &missing).await, Err(Error::Conflict { .. })));
    }
}

both! {
    async fn a_login_stands_once(test: &TestDb) {
        let mut tx = write(test).await;
        accounts::insert(&mut tx, &account("zhang")).await.unwrap();
        let again = Account { user_id: 30_002, ..account("zhang") };
        assert!(accounts::insert(&mut tx, &again).await.unwrap_err().is_duplicate());
    }
}

/// When the sessions of a test end.
fn end() -> Timestamp {
    now() + SignedDuration::from_hours(1)
}

/// An account with sessions.
async fn with_sessions(test: &TestDb, tokens: &[&str]) -> Tx {
    let mut tx = write(test).await;
    accounts::insert(&mut tx, &account("zhang")).await.unwrap();
    for token in tokens {
        accounts::insert_session(&mut tx, token, account("zhang").id(), end()).await.unwrap();
    }
    tx
}

async fn is_open(tx: &mut Tx, token: &str, at: Timestamp) -> bool {
    accounts::find_by_session(tx, token, at).await.unwrap().is_some()
}

both! {
    async fn a_session_ends_by_time(test: &TestDb) {
        let mut tx = with_sessions(test, &["a", "b"]).await;
        assert!(is_open(&mut tx, "a", now()).await);
        assert!(!is_open(&mut tx, "a", end()).await);
        assert_eq!(accounts::delete_expired_sessions(&mut tx, end()).await.unwrap(), 2);
    }
}

both! {
    async fn a_session_ends_when_its_person_signs_out(test: &TestDb) {
        let mut tx = with_sessions(test, &["a", "b"]).await;
        accounts::delete_session(&mut tx, "a").await.unwrap();
        assert!(!is_open(&mut tx, "a", now()).await);
        assert!(is_open(&mut tx, "b", now()).await);
        accounts::delete_sessions_of(&mut tx, account("zhang").id()).await.unwrap();
        assert!(!is_open(&mut tx, "b", now()).await);
    }
}

both! {
    async fn a_session_is_closed_while_its_account_is_disabled(test: &TestDb) {
        let mut tx = with_sessions(test, &["a"]).await;
        accounts::update(&mut tx, &Account { is_disabled: true, ..account("zhang") }).await.unwrap();
        assert!(!is_open(&mut tx, "a", now()).await);
        accounts::update(&mut tx, &account("zhang")).await.unwrap();
        assert!(is_open(&mut tx, "a", now()).await);
    }
}
