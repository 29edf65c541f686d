//! A city with real accounts and a clock that is moved by hand, for tests of accounts.

use std::sync::Arc;

use app::{
    App, Context, Error,
    accounts::{self, CodeRequest, Credentials, IssueScope, Issued},
};
use jiff::SignedDuration;
use model::ids::UnitId;
use store::accounts::Account;
use testkit::{MovableClock, PASSWORD, TestDb, databases, first_campaign, role};

use crate::steps::{CITY, DISTRICT, OTHER, WORKS, YARD, city};

/// Login, role and unit of those who have signed in before.
pub(crate) const PEOPLE: [(&str, &str, UnitId); 7] = [
    ("city", "city-office", CITY),
    ("district", "level-2-officer", DISTRICT),
    ("other", "level-2-officer", OTHER),
    ("works", "enterprise-officer", WORKS),
    ("works-2", "enterprise-officer", WORKS),
    ("yard", "enterprise-officer", YARD),
    ("viewer", "viewer", WORKS),
];

/// A server on one engine.
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) clock: Arc<MovableClock>,
    pub(crate) test: TestDb,
}

impl Desk {
    /// One on each engine.
    pub(crate) async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for test in databases().await {
            let mut app = city(&test, &first_campaign()).await;
            let clock = Arc::new(MovableClock::default());
            app.set_clock(clock.clone());
            let desk = Self { app, clock, test };
            for (login, role, unit) in PEOPLE {
                desk.put(login, role, unit).await;
            }
            all.push(desk);
        }
        all
    }

    /// An account with [`PASSWORD`].
    pub(crate) async fn put(&self, login: &str, role: &str, unit: UnitId) {
        let account = Account {
            user_id: store::new_id(self.app.now()),
            login: login.to_owned(),
            name: format!("Name of {login}"),
            role: role.to_owned(),
            unit_id: unit.0,
            password_hash: testkit::PASSWORD_DIGEST.to_owned(),
            is_disabled: false,
            language: None,
            must_change_password: false,
        };
        let mut tx = self.test.db.write(self.test.region).await.unwrap();
        store::accounts::insert(&mut tx, &account).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The token of somebody who signs in.
    pub(crate) async fn sign_in(&self, login: &str) -> Result<String, Error> {
        accounts::sign_in(&self.app, Credentials::new(login, PASSWORD)).await.map(|session| session.token)
    }

    /// The context of a session at this moment.
    pub(crate) async fn context(&self, token: &str) -> Context {
        let (ctx, _) = accounts::session_context(&self.app, token, None).await.unwrap();
        ctx
    }

    /// Somebody who has signed in.
    pub(crate) async fn person(&self, login: &str) -> Context {
        self.context(&self.sign_in(login).await.unwrap()).await
    }

    pub(crate) async fn account(&self, login: &str) -> Account {
        let mut tx = self.test.db.read(self.test.region).await.unwrap();
        store::accounts::find(&mut tx, login).await.unwrap().unwrap()
    }

    pub(crate) fn wait_days(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
    }

    /// Codes for whom somebody asks.
    pub(crate) async fn issue(&self, ctx: &Context, key: &str, scope: IssueScope) -> Result<Issued, Error> {
        let request = CodeRequest { key: key.to_owned(), scope, days: 30 };
        accounts::issue(&self.app, ctx, &request).await
    }

    /// Accounts for all enterprises at or below a unit that have none.
    pub(crate) async fn issue_new(&self, ctx: &Context, unit: UnitId) -> Issued {
        let scope = IssueScope::NewAccounts { unit, role: role("enterprise-officer") };
        self.issue(ctx, &format!("new at {unit}"), scope).await.unwrap()
    }
}
