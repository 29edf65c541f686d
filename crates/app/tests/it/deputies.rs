//! Deputies for a dated absence.

use std::collections::BTreeMap;

use app::{
    Context, Error,
    access_log::{self, AccessAction},
    accounts::{self, NewDeputy},
    imports::{self, Submission},
    records, todo, transitions,
};
use jiff::{Span, civil::date};
use model::{ids::RecordId, problem::Problem, value::Value};
use testkit::PASSWORD;

use crate::{
    desk::Desk,
    steps::{DISTRICT, WORKS},
};

/// Somebody acts for somebody else from today for so many days.
async fn name(desk: &Desk, ctx: &Context, of: Option<&str>, deputy: &str, days: i64) -> Result<(), Error> {
    let from = ctx.clock.calendar_day();
    let new = NewDeputy {
        principal: of.map(ToOwned::to_owned),
        deputy: deputy.to_owned(),
        from,
        until: from.saturating_add(Span::new().days(days - 1)),
    };
    accounts::name_deputy(&desk.app, ctx, new).await
}

/// The token of a deputy who acts for the one for whom he may.
async fn acting(desk: &Desk, login: &str) -> String {
    let token = desk.sign_in(login).await.unwrap();
    let ctx = desk.context(&token).await;
    let found = accounts::own_deputies(&desk.app, &ctx).await.unwrap();
    accounts::act_for(&desk.app, &ctx, Some(found.by_person[0].id)).await.unwrap();
    token
}

async fn enter(desk: &Desk, ctx: &Context) -> Result<RecordId, Error> {
    let text = |text: &str| Value::Text(text.to_owned());
    let proposal = BTreeMap::from([
        ("title".to_owned(), text("加装挡板")),
        ("measure".to_owned(), text("在喷嘴外加装挡板")),
        ("proposer".to_owned(), text("张三")),
        ("proposed_on".to_owned(), Value::Date(date(2012, 5, 1))),
    ]);
    records::create(&desk.app, ctx, "proposal", WORKS, proposal).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_has_the_rights_and_the_list_of_the_absent_person_until_the_last_day() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        let record = enter(&desk, &desk.person("works").await).await.unwrap();
        // Level 2 names an officer of one of its enterprises.
        name(&desk, &district, None, "works-2", 3).await.unwrap();
        let own = desk.person("works-2").await;
        assert_eq!(own.unit(), Some(WORKS), "nothing changes before it is asked for");
        let token = acting(&desk, "works-2").await;
        let ctx = desk.context(&token).await;
        assert_eq!(ctx.unit(), Some(DISTRICT));
        assert_eq!(ctx.audit_name(), "works-2 for district");
        let theirs = todo::count(&desk.app, &district, 100).await.unwrap();
        assert_eq!(todo::count(&desk.app, &ctx, 100).await.unwrap(), theirs);
        let text = |text: &str| Value::Text(text.to_owned());
        let reviewed = BTreeMap::from([("reviewed_by".to_owned(), text("技术科"))]);
        transitions::take(&desk.app, &ctx, record, 1, "accept", reviewed).await.unwrap();
        let found = records::find(&desk.app, &own, record).await.unwrap();
        assert_eq!(found.changes.last().unwrap().actor, "works-2 for district");
        desk.wait_days(2);
        assert_eq!(desk.person("works-2").await.unit(), Some(WORKS), "a new session is one's own");
        let token = acting(&desk, "works-2").await;
        assert_eq!(desk.context(&token).await.unit(), Some(DISTRICT), "the last day");
        desk.clock.advance(jiff::SignedDuration::from_hours(9));
        let late = acting_or_own(&desk, &token).await;
        assert!(late == Some(DISTRICT) || late.is_none());
        desk.wait_days(1);
        let token = desk.sign_in("works-2").await.unwrap();
        let ctx = desk.context(&token).await;
        let found = accounts::own_deputies(&desk.app, &ctx).await.unwrap();
        assert!(found.by_person.is_empty(), "it has ended by itself");
    }
}

async fn acting_or_own(desk: &Desk, token: &str) -> Option<model::ids::UnitId> {
    accounts::session_context(&desk.app, token, None).await.ok().and_then(|(ctx, _)| ctx.unit())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_in_the_middle_of_a_session_with_the_day_and_when_it_is_ended() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        name(&desk, &district, None, "works-2", 1).await.unwrap();
        let token = acting(&desk, "works-2").await;
        let id = accounts::own_deputies(&desk.app, &district).await.unwrap().for_person[0].id;
        for stranger in ["works", "other", "yard", "viewer"] {
            let ctx = desk.person(stranger).await;
            let ended = accounts::end_deputy(&desk.app, &ctx, id).await;
            assert!(matches!(ended, Err(Error::NotFound { .. })), "{stranger}: {ended:?}");
            let taken = accounts::act_for(&desk.app, &ctx, Some(id)).await;
            assert!(matches!(taken, Err(Error::NotFound { .. })), "{stranger}: {taken:?}");
        }
        assert_eq!(acting_or_own(&desk, &token).await, Some(DISTRICT));
        accounts::end_deputy(&desk.app, &district, id).await.unwrap();
        assert_eq!(acting_or_own(&desk, &token).await, Some(WORKS), "ended early");
        name(&desk, &district, None, "works-2", 1).await.unwrap();
        let token = acting(&desk, "works-2").await;
        accounts::set_disabled(&desk.app, &desk.person("city").await, "district", true).await.unwrap();
        assert_eq!(acting_or_own(&desk, &token).await, Some(WORKS), "nobody acts for a locked account");
        let (entries, _) = access_log::log(&desk.app, &desk.person("city").await, None, 100).await.unwrap();
        for action in [AccessAction::NameDeputy, AccessAction::EndDeputy, AccessAction::ActForOther] {
            assert!(entries.iter().any(|entry| entry.action == action), "{action:?} is noted");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_for_another_is_himself_where_a_second_person_must_look() {
    for desk in Desk::all().await {
        let (works, second) = (desk.person("works").await, desk.person("works-2").await);
        name(&desk, &works, None, "works-2", 3).await.unwrap();
        let record = enter(&desk, &second).await.unwrap();
        let text = |text: &str| Value::Text(text.to_owned());
        let reviewed = || BTreeMap::from([("reviewed_by".to_owned(), text("技术科"))]);
        let decided = || BTreeMap::from([("decided_on".to_owned(), Value::Date(date(2012, 5, 20)))]);
        let ctx = desk.context(&acting(&desk, "works-2").await).await;
        transitions::take(&desk.app, &ctx, record, 1, "accept", reviewed()).await.unwrap();
        let own = transitions::take(&desk.app, &ctx, record, 2, "adopt", decided()).await;
        assert!(
            matches!(&own, Err(Error::Invalid(found)) if matches!(found[0], Problem::SecondPerson { .. })),
            "as deputy neither: {own:?}"
        );
        let own = transitions::take(&desk.app, &second, record, 2, "adopt", decided()).await;
        assert!(matches!(own, Err(Error::Invalid(_))), "nor for himself after acting as deputy");
        transitions::take(&desk.app, &works, record, 2, "adopt", decided()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_changes_no_accounts_and_names_nobody_else() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        name(&desk, &district, None, "works-2", 3).await.unwrap();
        let ctx = desk.context(&acting(&desk, "works-2").await).await;
        let reset = accounts::reset(&desk.app, &ctx, "works", testkit::FIRST_PASSWORD.to_owned()).await;
        assert!(matches!(reset, Err(Error::Forbidden(_))), "{reset:?}");
        let named = name(&desk, &ctx, None, "works", 2).await;
        assert!(matches!(named, Err(Error::Forbidden(_))), "{named:?}");
        let view = accounts::hand_over_view(&desk.app, &ctx, None).await.map(drop);
        assert!(matches!(view, Err(Error::Forbidden(_))), "{view:?}");
        // The own password stays the own one.
        let changed =
            accounts::change_password(&desk.app, &ctx, PASSWORD, "seven rivers Libya".to_owned()).await;
        assert!(changed.is_ok());
        assert!(desk.sign_in("district").await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_be_deputy() {
    for desk in Desk::all().await {
        let (works, city) = (desk.person("works").await, desk.person("city").await);
        for (deputy, problem) in [
            ("yard", "login_unknown"),
            ("other", "login_unknown"),
            ("nobody", "login_unknown"),
            ("viewer", "no_deputy"),
            ("works", "no_deputy"),
        ] {
            let refused = name(&desk, &works, None, deputy, 2).await;
            let Err(Error::Invalid(found)) = refused else { panic!("{deputy}: {refused:?}") };
            assert_eq!(found[0].name(), problem, "{deputy}");
        }
        for days in [0, -3, 367] {
            let refused = name(&desk, &works, None, "works-2", days).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{days}");
        }
        let viewer = name(&desk, &desk.person("viewer").await, None, "works", 2).await;
        assert!(matches!(viewer, Err(Error::Forbidden(_))), "nothing waits for a viewer: {viewer:?}");
        name(&desk, &works, None, "works-2", 2).await.unwrap();
        let second = name(&desk, &works, None, "district", 1).await;
        let Err(Error::Invalid(found)) = second else { panic!("two at once") };
        assert_eq!(found[0].name(), "absence_overlaps");
        // Across districts an office above both says so.
        let other = name(&desk, &desk.person("other").await, Some("works-2"), "yard", 2).await;
        assert!(matches!(other, Err(Error::NotFound { .. })), "{other:?}");
        name(&desk, &city, Some("works-2"), "yard", 2).await.unwrap();
        let ctx = desk.context(&acting(&desk, "yard").await).await;
        assert_eq!((ctx.unit(), ctx.audit_name()), (Some(WORKS), "yard for works-2"));
        let colleagues = accounts::colleagues(&desk.app, &works).await.unwrap();
        assert_eq!(colleagues, [("works-2".to_owned(), "Name of works-2".to_owned())]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deputy_hands_in_is_read_with_the_rights_of_the_absent_person() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        name(&desk, &district, None, "yard", 3).await.unwrap_err();
        name(&desk, &desk.person("city").await, Some("district"), "yard", 3).await.unwrap();
        let ctx = desk.context(&acting(&desk, "yard").await).await;
        let file =
            "单位,建议名称,建议内容,建议人,提出日期\n000010010,加装挡板,在喷嘴外加装挡板,张三,2012-05-01\n";
        let submission = Submission {
            key: "key".to_owned(),
            file_name: "台账.csv".to_owned(),
            bytes: format!("\u{feff}{file}").into_bytes(),
            kind: Some("register:proposal".to_owned()),
        };
        let id = imports::submit(&desk.app, &ctx, submission).await.unwrap();
        let mut tx = desk.test.db.read(desk.test.region).await.unwrap();
        let stored = store::imports::deputy_of(&mut tx, id).await.unwrap();
        assert_eq!(stored, ctx.acting_for.as_ref().map(|principal| principal.deputy));
    }
}
