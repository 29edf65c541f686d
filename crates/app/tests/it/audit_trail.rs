//! The audit as whoever audits reads it: everything that was changed, narrowed down by who, where, what and when; with
//! what stood there before and after and no number in clear; and the reading is noted.

use app::{
    App, Context, Error,
    access_log::{self, AccessAction},
    accounts::{self, NewAccount},
    audit_trail::{self, AuditKind, TrailContent, TrailEntry, TrailQuery},
    records,
};
use jiff::civil::date;
use model::value::Value;
use testkit::{FIRST_PASSWORD, TestDb, console, databases, role};

use crate::privacy::{CITY, MILL, checked, city, enter, idea, officer};

/// Who audits.
fn auditor(app: &App) -> Context {
    officer(app, CITY, role("audit-administrator"))
}

/// A city with records of the mill that were entered, corrected and removed, and an account.
async fn filled(test: &TestDb) -> (App, String) {
    let app = city(test).await;
    let number = checked("320106198101010010");
    let li = officer(&app, MILL, role("enterprise-officer"));
    let first = enter(&app, MILL, "one", "甲", Some(&number)).await;
    let second = enter(&app, MILL, "two", "乙", None).await;
    let mut changed = idea("one", "甲", Some(&number));
    changed.insert("title".to_owned(), Value::Text("better".to_owned()));
    records::correct(&app, &li, first, 1, changed).await.unwrap();
    records::delete(&app, &li, second, 1).await.unwrap();
    let account = NewAccount {
        login: "wang".to_owned(),
        name: "王".to_owned(),
        role: role("viewer"),
        unit_code: MILL.to_string(),
        password: FIRST_PASSWORD.to_owned(),
    };
    accounts::add(&app, &console(&app), account).await.unwrap();
    (app, number)
}

async fn list(app: &App, query: &TrailQuery) -> Vec<TrailEntry> {
    audit_trail::list(app, &auditor(app), query, None, 100).await.unwrap().entries
}

fn acts(entries: &[TrailEntry]) -> Vec<(&str, Option<AuditKind>)> {
    entries.iter().map(|entry| (entry.action.as_str(), entry.kind)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_narrowed_down_by_who_where_what_and_when() {
    for test in databases().await {
        let (app, _) = filled(&test).await;
        let record = Some(AuditKind::Record);
        let all = list(&app, &TrailQuery::default()).await;
        assert!(all.is_sorted_by(|one, other| one.id > other.id) && all.len() > 5, "{}", all.len());
        let li = TrailQuery { actor: Some("li".to_owned()), ..TrailQuery::default() };
        assert_eq!(acts(&list(&app, &li).await), [("delete", record), ("correct", record)]);
        let of_mill = TrailQuery { unit: Some(MILL), ..TrailQuery::default() };
        let account = ("create", Some(AuditKind::Account));
        let found = list(&app, &of_mill).await;
        let expected = [account, ("correct", record), ("create", record), ("create", Some(AuditKind::Unit))];
        assert_eq!(acts(&found), expected, "what was removed is of no unit");
        assert!(found.iter().all(|entry| entry.unit.as_ref().is_some_and(|unit| unit.id == MILL)));
        let both = TrailQuery { actor: li.actor.clone(), unit: Some(MILL), ..TrailQuery::default() };
        assert_eq!(acts(&list(&app, &both).await), [("correct", record)]);
        let accounts = TrailQuery { kind: Some(AuditKind::Account), ..TrailQuery::default() };
        assert_eq!(acts(&list(&app, &accounts).await), [account]);
        let nobody = TrailQuery { actor: Some("li".to_owned()), ..accounts };
        assert_eq!(acts(&list(&app, &nobody).await), []);
        // All was done on one day by the tests' clock.
        let days = |from, to| TrailQuery { from, to, ..li.clone() };
        let (day, next) = (Some(date(2026, 3, 1)), Some(date(2026, 3, 2)));
        for (query, expected) in [
            (days(day, day), 2),
            (days(None, day), 2),
            (days(day, None), 2),
            (days(next, None), 0),
            (days(None, Some(date(2026, 2, 28))), 0),
        ] {
            assert_eq!(list(&app, &query).await.len(), expected, "{query:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_where_the_one_before_has_ended() {
    for test in databases().await {
        let (app, _) = filled(&test).await;
        for query in [TrailQuery::default(), TrailQuery { unit: Some(MILL), ..TrailQuery::default() }] {
            let ids = |entries: &[TrailEntry]| entries.iter().map(|entry| entry.id).collect::<Vec<_>>();
            let all = ids(&list(&app, &query).await);
            let (mut paged, mut before) = (Vec::new(), None);
            loop {
                let page = audit_trail::list(&app, &auditor(&app), &query, before, 2).await.unwrap();
                paged.extend(ids(&page.entries));
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(paged, all);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_says_what_was_before_and_after() {
    for test in databases().await {
        let (app, _) = filled(&test).await;
        let ctx = auditor(&app);
        let li = TrailQuery { actor: Some("li".to_owned()), ..TrailQuery::default() };
        let ids: Vec<i64> = list(&app, &li).await.iter().map(|entry| entry.id).collect();
        let snapshot = app.current(&ctx).await.unwrap();
        let (_, form) = snapshot.definition.form(crate::privacy::FORM).unwrap();
        let title = form.field("title").unwrap();
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        for (id, expected) in [(ids[1], (text("one"), text("better"))), (ids[0], (text("two"), None))] {
            let entry = audit_trail::find(&app, &ctx, id).await.unwrap();
            let TrailContent::Record { before, after, .. } = entry.content else { panic!("no record") };
            let stated = |values: Option<campaign::definition::Values>| {
                values.and_then(|values| values[title].clone())
            };
            assert_eq!((stated(before), stated(after)), expected);
        }
        let accounts = TrailQuery { kind: Some(AuditKind::Account), ..TrailQuery::default() };
        let entry = list(&app, &accounts).await.remove(0);
        assert_eq!(entry.name, "wang");
        let TrailContent::Fields(fields) = entry.content else { panic!("a record") };
        assert!(fields.iter().any(|field| field.name == "role" && field.after.as_deref() == Some("viewer")));
        let missing = audit_trail::find(&app, &ctx, 1).await;
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_may_audit_reads_it_and_that_is_noted() {
    for test in databases().await {
        let (app, _) = filled(&test).await;
        for refused in [
            "level-2-officer",
            "enterprise-officer",
            "viewer",
            "system-administrator",
            "security-administrator",
        ] {
            let ctx = officer(&app, CITY, role(refused));
            let query = TrailQuery::default();
            assert!(
                matches!(audit_trail::list(&app, &ctx, &query, None, 5).await, Err(Error::Forbidden(_))),
                "{refused}"
            );
            assert!(matches!(audit_trail::find(&app, &ctx, 1).await, Err(Error::Forbidden(_))), "{refused}");
            let exported = audit_trail::export_batch(&app, &ctx, &query, None, 5).await;
            assert!(matches!(exported, Err(Error::Forbidden(_))), "{refused}");
        }
        let ctx = auditor(&app);
        let query = TrailQuery { kind: Some(AuditKind::Account), unit: Some(MILL), ..TrailQuery::default() };
        let id = audit_trail::list(&app, &ctx, &query, None, 5).await.unwrap().entries[0].id;
        audit_trail::find(&app, &ctx, id).await.unwrap();
        audit_trail::export_batch(&app, &ctx, &query, None, 5).await.unwrap();
        let noted = access_log::log(&app, &console(&app), None, 20).await.unwrap().0;
        let noted: Vec<_> = noted
            .iter()
            .filter(|entry| entry.action != AccessAction::ReadLog)
            .take(3)
            .map(|entry| (entry.action, entry.subject.clone(), entry.detail.clone()))
            .collect();
        let expected = [
            (AccessAction::Export, "audit".to_owned(), "kind=account".to_owned()),
            (AccessAction::ReadAudit, id.to_string(), String::new()),
            (AccessAction::ReadAudit, String::new(), "kind=account".to_owned()),
        ];
        assert_eq!(noted, expected);
    }
}
