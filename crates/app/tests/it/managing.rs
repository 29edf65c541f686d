//! A level-2 office manages the accounts of its own units and no others; an account is handed over to a successor.

use std::collections::BTreeMap;

use app::{
    Context, Error, Role,
    access_log::{self, AccessAction},
    accounts::{self, Assignment, HandOver, NewAccount, Successor},
    drafts::{self, DraftForm, DraftId, Typed},
    records, registers,
};
use jiff::civil::date;
use model::{ids::UnitId, value::Value};
use testkit::{PASSWORD, role};

use crate::{
    desk::Desk,
    steps::{CITY, DISTRICT, OTHER, WORKS, YARD},
};

fn code(unit: UnitId) -> String {
    format!("{:09}", unit.0)
}

fn new(login: &str, role: Role, unit: UnitId) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: "New".to_owned(),
        role,
        unit_code: code(unit),
        password: testkit::FIRST_PASSWORD.to_owned(),
    }
}

/// Everything that can be done to somebody's account.
async fn attempts(desk: &Desk, ctx: &Context, login: &str) -> Vec<Result<(), Error>> {
    let app = &desk.app;
    let assignment = Assignment { role: role("viewer"), unit_code: code(WORKS) };
    let hand_over = HandOver {
        login: Some(login.to_owned()),
        successor: Successor::New { login: String::new(), name: "New".to_owned() },
        password: String::new(),
    };
    vec![
        accounts::reset(app, ctx, login, testkit::FIRST_PASSWORD.to_owned()).await,
        accounts::assign(app, ctx, login, assignment).await,
        accounts::remove_second_factor(app, ctx, login).await,
        accounts::account(app, ctx, login).await.map(drop),
        accounts::deputies_of(app, ctx, login).await.map(drop),
        accounts::hand_over_view(app, ctx, Some(login)).await.map(drop),
        accounts::hand_over(app, ctx, hand_over).await.map(drop),
        accounts::set_disabled(app, ctx, login, true).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_another_district_do_not_exist_for_an_office() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        for login in ["yard", "other", "city", "nobody"] {
            for outcome in attempts(&desk, &district, login).await {
                assert!(matches!(outcome, Err(Error::NotFound { .. })), "{login}: {outcome:?}");
            }
        }
        for login in ["works", "viewer"] {
            let ctx = desk.person(login).await;
            for outcome in attempts(&desk, &ctx, "works-2").await {
                assert!(matches!(outcome, Err(Error::Forbidden(_))), "{login}: {outcome:?}");
            }
        }
        assert!(!desk.account("yard").await.is_disabled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_above_the_own_role_is_left_alone_even_at_a_unit_of_ones_own() {
    for desk in Desk::all().await {
        desk.put("seconded", "city-office", DISTRICT).await;
        let district = desk.person("district").await;
        for outcome in attempts(&desk, &district, "seconded").await {
            assert!(matches!(outcome, Err(Error::Forbidden(_))), "{outcome:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_gives_no_role_above_its_own_and_none_elsewhere() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        let (officer, office) = (role("enterprise-officer"), role("city-office"));
        let level_2 = role("level-2-officer");
        accounts::add(&desk.app, &district, new("li", officer.clone(), WORKS)).await.unwrap();
        accounts::add(&desk.app, &district, new("wu", level_2.clone(), DISTRICT)).await.unwrap();
        for (login, role, unit, is_hidden) in [
            ("a1", office.clone(), DISTRICT, false),
            ("a2", office, WORKS, false),
            ("a3", level_2.clone(), WORKS, false),
            ("a4", officer.clone(), YARD, true),
            ("a5", officer, CITY, true),
            ("a6", level_2, OTHER, true),
        ] {
            let refused = accounts::add(&desk.app, &district, new(login, role.clone(), unit)).await;
            let is_expected = match &refused {
                Err(Error::NotFound { .. }) => is_hidden,
                Err(Error::Forbidden(_)) => !is_hidden,
                _ => false,
            };
            assert!(is_expected, "{login}: {refused:?}");
            let assignment = Assignment { role, unit_code: code(unit) };
            let moved = accounts::assign(&desk.app, &district, "li", assignment).await;
            assert!(matches!(moved, Err(Error::NotFound { .. } | Error::Forbidden(_))), "{login}: {moved:?}");
        }
        accounts::reset(&desk.app, &district, "works", "third brass kettle".to_owned()).await.unwrap();
        accounts::set_disabled(&desk.app, &district, "works", true).await.unwrap();
        accounts::set_disabled(&desk.app, &district, "works", false).await.unwrap();
        let unusable = accounts::add(&desk.app, &district, new("li for wu", role("viewer"), WORKS)).await;
        assert!(matches!(unusable, Err(Error::Invalid(_))), "a login holds no space: {unusable:?}");
    }
}

/// A draft and a view of somebody.
async fn begin_something(desk: &Desk, ctx: &Context, id: &str, title: &str) {
    let form = DraftForm { unit: WORKS, form: "proposal".to_owned(), fact: None };
    let typed =
        Typed { fields: BTreeMap::from([("title".to_owned(), title.to_owned())]), ..Typed::default() };
    let snapshot = desk.app.current(ctx).await.unwrap();
    let id = DraftId::parse(id).unwrap();
    drafts::save(&desk.app, ctx, &id, &form, (&snapshot.definition.hash, &typed), None).await.unwrap();
    let view = registers::views::View { name: "mine".to_owned(), query: format!("q={title}") };
    registers::views::save(&desk.app, ctx, "proposal", view).await.unwrap();
}

async fn enter_proposal(desk: &Desk, ctx: &Context) -> model::ids::RecordId {
    let text = |text: &str| Value::Text(text.to_owned());
    let proposal = BTreeMap::from([
        ("title".to_owned(), text("加装挡板")),
        ("measure".to_owned(), text("在喷嘴外加装挡板")),
        ("proposer".to_owned(), text("张三")),
        ("proposed_on".to_owned(), Value::Date(date(2012, 5, 1))),
    ]);
    records::create(&desk.app, ctx, "proposal", WORKS, proposal).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_handed_over_with_what_was_begun() {
    for desk in Desk::all().await {
        let (works, district) = (desk.person("works").await, desk.person("district").await);
        let record = enter_proposal(&desk, &works).await;
        begin_something(&desk, &works, "a", "half a thought").await;
        let view = accounts::hand_over_view(&desk.app, &district, Some("works")).await.unwrap();
        assert_eq!((view.draft_count, view.drafts.len(), view.views.len()), (1, 1, 1));
        assert!(view.todo.unwrap().all > 0, "what was entered waits for the unit");
        let candidates: Vec<&str> = view.candidates.iter().map(|person| person.login.as_str()).collect();
        assert_eq!(candidates, ["works-2"], "of the same unit and role");
        for unsuited in ["viewer", "yard", "works", "district", "nobody"] {
            let request = HandOver {
                login: Some("works".to_owned()),
                successor: Successor::Existing(unsuited.to_owned()),
                password: String::new(),
            };
            let refused = accounts::hand_over(&desk.app, &district, request).await.map(drop);
            assert!(matches!(refused, Err(Error::Invalid(_))), "{unsuited}: {refused:?}");
        }
        let request = HandOver {
            login: Some("works".to_owned()),
            successor: Successor::Existing("works-2".to_owned()),
            password: String::new(),
        };
        let handed = accounts::hand_over(&desk.app, &district, request).await.unwrap();
        assert_eq!((handed.drafts, handed.drafts_left, handed.views), (1, 0, 1));
        assert!(desk.account("works").await.is_disabled);
        assert!(desk.sign_in("works").await.is_err());
        let second = desk.person("works-2").await;
        assert_eq!(drafts::list(&desk.app, &second).await.unwrap().len(), 1);
        let found = records::find(&desk.app, &second, record).await.unwrap();
        assert_eq!(found.changes[0].actor, "works", "records keep the former name");
        let (entries, _) = access_log::log(&desk.app, &desk.person("city").await, None, 50).await.unwrap();
        let noted = entries.iter().find(|entry| entry.action == AccessAction::HandOver).unwrap();
        assert_eq!((noted.subject.as_str(), noted.detail.as_str()), ("works", "works-2"));
        let one = accounts::account(&desk.app, &district, "works").await.unwrap();
        assert_eq!(one.successor.unwrap().login, "works-2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_have_begun_is_not_overwritten() {
    for desk in Desk::all().await {
        let (works, second) = (desk.person("works").await, desk.person("works-2").await);
        begin_something(&desk, &works, "a", "the one").await;
        begin_something(&desk, &second, "b", "the other").await;
        let request = HandOver {
            login: None,
            successor: Successor::Existing("works-2".to_owned()),
            password: PASSWORD.to_owned(),
        };
        let handed = accounts::hand_over(&desk.app, &works, request).await.unwrap();
        assert_eq!((handed.drafts, handed.drafts_left, handed.views), (1, 0, 1));
        let drafts = drafts::list(&desk.app, &second).await.unwrap();
        let mut titles: Vec<_> = drafts.into_iter().filter_map(|draft| draft.title).collect();
        titles.sort();
        assert_eq!(titles, ["the one", "the other"], "drafts of one form are beside each other");
        let views = registers::views::list(&desk.app, &second, "proposal").await.unwrap();
        let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["mine", "mine（Name of works）"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_who_leaves_makes_one_account_for_a_successor() {
    for desk in Desk::all().await {
        let works = desk.person("works").await;
        let request = |password: &str| HandOver {
            login: None,
            successor: Successor::New { login: "wang".to_owned(), name: "王五".to_owned() },
            password: password.to_owned(),
        };
        let wrong = accounts::hand_over(&desk.app, &works, request("wrong")).await.map(drop);
        assert!(matches!(wrong, Err(Error::SignInRefused)), "{wrong:?}");
        let handed = accounts::hand_over(&desk.app, &works, request(PASSWORD)).await.unwrap();
        let (slip, _) = handed.slip.unwrap();
        let wang = desk.account("wang").await;
        assert_eq!((wang.role.as_str(), wang.unit_id), ("enterprise-officer", WORKS.0));
        assert!(desk.account("works").await.is_disabled);
        let owner = accounts::NewOwner {
            code: slip.code,
            login: "wang".to_owned(),
            name: "王五".to_owned(),
            password: "seven rivers Libya".to_owned(),
            ..accounts::NewOwner::default()
        };
        accounts::activate(&desk.app, owner).await.unwrap();
        let again = accounts::hand_over(&desk.app, &works, request(PASSWORD)).await.map(drop);
        assert!(matches!(again, Err(Error::NotSignedIn)), "the account is locked: {again:?}");
    }
}
