//! What the audit keeps of accounts, and what happens to one at the same time.

use app::{
    Role,
    accounts::{self, NewAccount},
    load::{LoadUnit, load},
};
use model::ids::UnitId;
use serde_json::Value as Json;
use store::units::UnitKind;
use testkit::{console, databases, first_campaign, open};
use words::Language;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_an_account_is_kept_with_before_and_after() {
    for test in databases().await {
        let app = open(&test, &first_campaign()).await;
        let snapshot = app.current().await.unwrap();
        let city = LoadUnit {
            id: UnitId(10_001),
            code: "210200000".to_owned(),
            name: "City".to_owned(),
            kind: UnitKind::Union,
            parent: None,
            guidance: None,
            closed_from: None,
            values: vec![None; snapshot.campaign.forms[snapshot.campaign.roster].fields.len()],
        };
        load(&app, &console(), vec![city], std::iter::empty(), &|_| {}).await.unwrap();
        let new = NewAccount {
            login: "zhang".to_owned(),
            name: "张三".to_owned(),
            role: Role::Viewer,
            unit_code: "210200000".to_owned(),
            password: "a first password".to_owned(),
        };
        accounts::add(&app, &console(), new).await.unwrap();
        let session = accounts::sign_in(&app, "zhang", "a first password").await.unwrap();
        let (zhang, _) = accounts::context_of(&app, &session.token, None).await.unwrap();
        accounts::choose_language(&app, &zhang, Language::English).await.unwrap();
        accounts::change_password(&app, &zhang, "a first password", "another one".to_owned()).await.unwrap();
        accounts::reset(&app, &console(), "zhang", "a third password".to_owned()).await.unwrap();
        accounts::set_disabled(&app, &console(), "zhang", true).await.unwrap();

        let mut tx = test.db.read(test.region).await.unwrap();
        let account = store::accounts::find(&mut tx, "zhang").await.unwrap().unwrap();
        let kept = store::audit::list_of(&mut tx, "account", account.user_id).await.unwrap();
        tx.rollback().await.unwrap();
        let actions: Vec<&str> = kept.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["create", "choose language", "change password", "reset password", "disable"]);
        let json =
            |text: &Option<String>| text.as_deref().map(|text| serde_json::from_str::<Json>(text).unwrap());
        for pair in kept.windows(2) {
            assert_eq!(
                json(&pair[0].after),
                json(&pair[1].before),
                "{} follows {}",
                pair[1].action,
                pair[0].action
            );
        }
        let (first, last) = (json(&kept[0].after).unwrap(), json(&kept[4].after).unwrap());
        assert_eq!(kept[0].before, None);
        assert_eq!((&first["unit"], &first["language"]), (&Json::from("210200000"), &Json::Null));
        assert_eq!((&last["is_disabled"], &last["language"]), (&Json::from(true), &Json::from("en")));
        assert!(
            kept.iter().all(|entry| !format!("{entry:?}").contains("argon2")),
            "no digest leaves the account"
        );

        let (user, login) = (account.id(), zhang.audit_name());
        assert_eq!(login, "zhang");
        assert!(accounts::context_of_user(&app, user).await.unwrap().is_none(), "disabled");
        accounts::set_disabled(&app, &console(), "zhang", false).await.unwrap();
        let again = accounts::context_of_user(&app, user).await.unwrap();
        assert_eq!(again.map(|ctx| ctx.actor), Some(zhang.actor));
    }
}
