//! What the audit keeps of accounts, and what happens to one at the same time.

use app::{
    App, Context, Error, Setup, Snapshot,
    accounts::{self, NewAccount},
    load::{LoadUnit, load},
};
use campaign::source::{Source, SourceFile};
use model::ids::UnitId;
use serde_json::Value as Json;
use store::{accounts::Account, audit::AuditRow, units::UnitKind};
use testkit::{TestDb, console, databases, first_campaign, open, role, small_campaign};
use words::Language;

const CITY: &str = "210200000";

/// A city without anything under it.
async fn put_city(app: &App, snapshot: &Snapshot) {
    let city = LoadUnit {
        id: UnitId(10_001),
        code: CITY.to_owned(),
        name: "City".to_owned(),
        kind: UnitKind::Union,
        parent: None,
        guidance: None,
        closed_from: None,
        values: snapshot.definition.forms[snapshot.definition.roster].no_values(),
    };
    load(app, &console(app), vec![city], std::iter::empty(), &|_| {}).await.unwrap();
}

/// A city, and an account in it that has signed in.
async fn signed_in(test: &TestDb) -> (App, Context) {
    let app = open(test, &first_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    put_city(&app, &snapshot).await;
    let new = NewAccount {
        login: "zhang".to_owned(),
        name: "张三".to_owned(),
        role: role("viewer"),
        unit_code: CITY.to_owned(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(&app, &console(&app), new).await.unwrap();
    let zhang = testkit::first_context(&app, "zhang").await;
    assert_eq!(zhang.audit_name(), "zhang");
    (app, zhang)
}

/// The account as it is stored, with its audit entries.
async fn stored(test: &TestDb) -> (Account, Vec<AuditRow>) {
    let mut tx = test.db.read(test.region).await.unwrap();
    let account = store::accounts::find(&mut tx, "zhang").await.unwrap().unwrap();
    let entries = store::audit::list_of(&mut tx, "account", account.user_id).await.unwrap();
    tx.rollback().await.unwrap();
    (account, entries)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_an_account_is_audited_with_before_and_after() {
    for test in databases().await {
        let (app, zhang) = signed_in(&test).await;
        accounts::choose_language(&app, &zhang, Language::English).await.unwrap();
        accounts::reset(&app, &console(&app), "zhang", "third brass kettle".to_owned()).await.unwrap();
        accounts::set_disabled(&app, &console(&app), "zhang", true).await.unwrap();

        let (_, entries) = stored(&test).await;
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["create", "change password", "choose language", "reset password", "disable"]);
        let json =
            |text: &Option<String>| text.as_deref().map(|text| serde_json::from_str::<Json>(text).unwrap());
        for pair in entries.windows(2) {
            assert_eq!(
                json(&pair[0].after),
                json(&pair[1].before),
                "{} follows {}",
                pair[1].action,
                pair[0].action
            );
        }
        let (first, last) = (json(&entries[0].after).unwrap(), json(&entries[4].after).unwrap());
        assert_eq!(entries[0].before, None);
        assert_eq!((&first["unit"], &first["language"]), (&Json::from(CITY), &Json::Null));
        assert_eq!((&last["is_disabled"], &last["language"]), (&Json::from(true), &Json::from("en")));
        let all = format!("{entries:?}");
        assert!(!all.contains("argon2"), "no digest leaves the account: {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_acts_while_it_is_not_disabled() {
    for test in databases().await {
        let (app, zhang) = signed_in(&test).await;
        let user = stored(&test).await.0.id();
        accounts::set_disabled(&app, &console(&app), "zhang", true).await.unwrap();
        assert!(accounts::context_of_user(&app, test.region, user).await.unwrap().is_none(), "disabled");
        accounts::set_disabled(&app, &console(&app), "zhang", false).await.unwrap();
        let again = accounts::context_of_user(&app, test.region, user).await.unwrap();
        assert_eq!(again.map(|ctx| ctx.actor), Some(zhang.actor));
    }
}

/// A role that only some campaigns have.
const REVIEWER: &str = r#"
[[role]]
id = "reviewer"
label = { zh = "复核员", en = "Reviewer" }
help = { zh = "复核记录", en = "Reviews records" }
level = "city"
actions = ["read-figures"]
"#;

/// The small campaign, with one role more.
fn campaign_with_reviewer() -> Source {
    let roles = SourceFile { path: "roles.toml".to_owned(), text: REVIEWER.to_owned() };
    Source::from_files(small_campaign().files().iter().cloned().chain([roles]).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_without_the_role_of_an_account_is_refused() {
    for test in databases().await {
        let app = open(&test, &campaign_with_reviewer()).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        put_city(&app, &snapshot).await;
        let new = NewAccount {
            login: "li".to_owned(),
            name: "Li".to_owned(),
            role: snapshot.definition.role("reviewer").unwrap().clone(),
            unit_code: CITY.to_owned(),
            password: testkit::FIRST_PASSWORD.to_owned(),
        };
        accounts::add(&app, &console(&app), new).await.unwrap();
        let setup = Setup { campaign: Some(&small_campaign()), ..Setup::new(testkit::secret()) };
        let refused = app.open_region(test.region, setup).await.unwrap_err();
        assert!(
            matches!(&refused, Error::RolesInUse { roles, logins } if roles == "reviewer" && logins == "li"),
            "{refused:?}"
        );
        let present = app.current(&console(&app)).await.unwrap();
        assert_eq!(present.definition.hash, snapshot.definition.hash, "nothing was changed");
    }
}
