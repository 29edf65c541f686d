//! Accounts.

use model::ids::UserId;
use store::{
    Error,
    accounts::{self, Account},
};

use crate::{both, write};

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
        must_change_password: true,
    }
}

fn account_changed() -> Account {
    Account { language: Some("en".to_owned()), must_change_password: false, ..account("zhang") }
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
