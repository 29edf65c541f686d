//! Codes and deputies for tests of what is done with them.

use app::accounts::{self, CodeRequest, IssueScope, Slip};
use store::accounts::Account;

use crate::site::{Site, WORKS};

/// A batch with the code of an account that nobody has used.
pub(crate) async fn batch(site: &Site) -> (i64, Slip) {
    let account = Account {
        user_id: store::new_id(site.app.now()),
        login: accounts::token()[..20].to_owned(),
        name: "Waits".to_owned(),
        role: "enterprise-officer".to_owned(),
        unit_id: WORKS.0,
        password_hash: String::new(),
        is_disabled: false,
        language: None,
        must_change_password: false,
    };
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    store::accounts::insert(&mut tx, &account).await.unwrap();
    tx.commit().await.unwrap();
    let scope = IssueScope::Account(account.login);
    let request = CodeRequest { key: accounts::token(), scope, days: 30 };
    let issued = accounts::issue(&site.app, &testkit::console(&site.app), &request).await.unwrap();
    (issued.batch.unwrap(), issued.slips.into_iter().next().unwrap())
}

/// A deputy of a person.
pub(crate) async fn deputy(site: &Site, login: &str, user: &str) -> i64 {
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    let deputy_id = store::new_id(site.app.now());
    let principal = store::accounts::find(&mut tx, login).await.unwrap();
    let user = store::accounts::find(&mut tx, user).await.unwrap().unwrap();
    let row = store::deputies::DeputyRow {
        deputy_id,
        principal_id: principal.map_or(0, |account| account.user_id),
        user_id: user.user_id,
        from_on: "2026-02-01".to_owned(),
        until_on: "2026-02-02".to_owned(),
        named_by: "console".to_owned(),
        ended_at: None,
    };
    store::deputies::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    deputy_id
}
