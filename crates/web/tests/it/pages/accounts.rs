//! Accounts in bulk, activation, hand-over and deputies.

use app::accounts::{self, CodeRequest, IssueScope};
use axum::http::StatusCode;

use crate::{
    site::{DISTRICT, Site, code},
    snapshots::{check, check_answers},
};

/// A code for the enterprise of the district that has no account.
async fn issued(site: &Site) -> String {
    let console = testkit::console(&site.app);
    let scope = IssueScope::NewAccounts { unit: DISTRICT, role: testkit::role("enterprise-officer") };
    let request = CodeRequest { key: "key".to_owned(), scope, days: 30 };
    let issued = accounts::issue(&site.app, &console, &request).await.unwrap();
    issued.slips[0].code.clone()
}

const ABSENCE: [(&str, &str); 3] = [("deputy", "district"), ("from", "2026-03-01"), ("until", "2026-03-05")];

#[tokio::test]
async fn accounts_of_a_district() {
    let site = Site::new().await;
    issued(&site).await;
    check("accounts_of_a_district", &site, "district", "/accounts?state=never").await;
}

#[tokio::test]
async fn one_account() {
    check("one_account", &Site::new().await, "district", "/accounts/mill").await;
}

#[tokio::test]
async fn activation_codes() {
    let site = Site::new().await;
    issued(&site).await;
    check("activation_codes", &site, "district", "/activation-codes").await;
}

#[tokio::test]
async fn a_list_of_people_with_faults() {
    let site = Site::new().await;
    let fields = [("key", "k"), ("role", "enterprise-officer"), ("days", "30"), ("output", "print")];
    let people = "单位代码,姓名,用户名\n000010007,New,new\n000010005,,mill\n";
    check_answers("a_list_of_people_with_faults", &site, "district", async |district| {
        let files: [(&str, &[u8]); 1] = [("people.csv", people.as_bytes())];
        district.send_files("/activation-codes/sheet", &fields, &files).await
    })
    .await;
}

#[tokio::test]
async fn activation() {
    check("activation", &Site::new().await, "", "/activate").await;
}

#[tokio::test]
async fn activation_of_an_account() {
    let site = Site::new().await;
    let code = issued(&site).await;
    check_answers("activation_of_an_account", &site, "", async |stranger| {
        stranger.post("/activate", &[("code", &code)]).await
    })
    .await;
}

#[tokio::test]
async fn activation_refused() {
    check_answers("activation_refused", &Site::new().await, "", async |stranger| {
        stranger.post("/activate", &[("code", "K7QM-3XVP-R9TB")]).await
    })
    .await;
}

#[tokio::test]
async fn hand_over() {
    check("hand_over", &Site::new().await, "mill", "/account/hand-over").await;
}

#[tokio::test]
async fn a_deputy_is_shown_on_both_accounts() {
    let site = Site::new().await;
    site.visitor("mill").await.post("/account/deputies", &ABSENCE).await;
    let own = site.visitor("mill").await.get("/account").await.page();
    own.assert_says(&["“Name of district”代您办理", "2026年3月1日 至 2026年3月5日"]);
    let deputy = site.visitor("district").await.get("/account").await.page();
    deputy.assert_says(&["您代“Name of mill”办理", "进行中"]);
}

#[tokio::test]
async fn slips_are_shown_once_and_every_page_says_for_whom_one_acts() {
    let site = Site::new().await;
    let mut district = site.visitor("district").await;
    let fields = [
        ("key", "k"),
        ("what", "new"),
        ("unit", &code(DISTRICT)),
        ("role", "enterprise-officer"),
        ("days", "30"),
    ];
    let slips = district.post("/activation-codes", &fields).await;
    assert_eq!(slips.status, StatusCode::OK);
    assert_eq!(slips.headers["cache-control"], "no-store");
    slips.page().assert_says(&["激活码通知单", "Works", "只能用一次"]);
    let again = district.post("/activation-codes", &fields).await;
    again.page().assert_says(&["没有需要发码的单位或用户"]);
    site.visitor("mill").await.post("/account/deputies", &ABSENCE).await;
    let page = district.get("/account").await.text();
    let id = crate::site::between(&page, "name=\"deputy\" value=\"", "\"").unwrap().to_owned();
    let acting = district.post("/account/act-for", &[("deputy", &id)]).await;
    assert_eq!(acting.location, "/todo");
    let todo = district.get("/todo").await.text();
    assert!(todo.contains("您正在代“Name of mill”办理"));
    assert_eq!(district.get("/accounts").await.status, StatusCode::FORBIDDEN);
    district.post("/account/act-for", &[("deputy", "")]).await;
    assert!(!district.get("/todo").await.text().contains("您正在代"));
}
