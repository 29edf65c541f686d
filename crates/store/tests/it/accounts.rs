//! Accounts and sessions.

use jiff::SignedDuration;
use model::ids::UserId;
use store::{
    Error,
    accounts::{self, Account},
};

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
    async fn a_login_stands_once(test: &TestDb) {
        let mut tx = write(test).await;
        accounts::insert(&mut tx, &account("zhang")).await.unwrap();
        let changed = account_changed();
        accounts::update(&mut tx, &changed).await.unwrap();
        assert_eq!(accounts::find(&mut tx, "zhang").await.unwrap(), Some(changed.clone()));
        assert_eq!(accounts::list(&mut tx).await.unwrap(), [changed]);
        assert_eq!(accounts::find(&mut tx, "Zhang").await.unwrap(), None);
        assert_eq!(accounts::find_by_id(&mut tx, account("zhang").id()).await.unwrap(), Some(account_changed()));
        assert_eq!(accounts::find_by_id(&mut tx, UserId(5)).await.unwrap(), None);
        let missing = Account { user_id: 5, ..account("nobody") };
        assert!(matches!(accounts::update(&mut tx, &missing).await, Err(Error::Conflict { .. })));
        let again = Account { user_id: 30_002, ..account("zhang") };
        assert!(accounts::insert(&mut tx, &again).await.unwrap_err().is_duplicate());
    }
}

both! {
    async fn a_session_ends_by_time_by_leaving_and_with_its_account(test: &TestDb) {
        let (start, end) = (now(), now() + SignedDuration::from_hours(1));
        let mut tx = write(test).await;
        accounts::insert(&mut tx, &account("zhang")).await.unwrap();
        let user = account("zhang").id();
        for token in ["a", "b", "c"] {
            accounts::insert_session(&mut tx, token, user, end).await.unwrap();
        }
        assert!(accounts::find_by_session(&mut tx, "a", start).await.unwrap().is_some());
        assert!(accounts::find_by_session(&mut tx, "a", end).await.unwrap().is_none(), "expired");
        accounts::delete_session(&mut tx, "a").await.unwrap();
        assert!(accounts::find_by_session(&mut tx, "a", start).await.unwrap().is_none(), "left");
        accounts::update(&mut tx, &Account { is_disabled: true, ..account("zhang") }).await.unwrap();
        assert!(accounts::find_by_session(&mut tx, "b", start).await.unwrap().is_none(), "disabled");
        accounts::update(&mut tx, &account("zhang")).await.unwrap();
        assert_eq!(accounts::delete_expired_sessions(&mut tx, end).await.unwrap(), 2);
        accounts::insert_session(&mut tx, "d", user, end).await.unwrap();
        accounts::delete_sessions_of(&mut tx, user).await.unwrap();
        assert!(accounts::find_by_session(&mut tx, "d", start).await.unwrap().is_none());
    }
}
