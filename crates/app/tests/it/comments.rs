//! Comments on records: who writes them, and who takes them back.

use app::{
    App, Context, Error, accounts, comments, records,
    registers::views::{self, View},
    units::{self, Command, UnitChange},
    unmask_log,
};
use model::ids::RecordId;
use testkit::{TestDb, console, databases, role, small_campaign};

use crate::{
    steps::{DISTRICT, WORKS, YARD, city, person},
    work::enter,
};

/// A record of the works, with its officer and the officer of the district.
async fn record(test: &TestDb) -> (App, RecordId, [Context; 2]) {
    let app = city(test, &small_campaign()).await;
    let id = enter(&app, WORKS, "first").await;
    let officers =
        [person(&app, role("enterprise-officer"), WORKS), person(&app, role("level-2-officer"), DISTRICT)];
    (app, id, officers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_listed_once_for_everybody() {
    for test in databases().await {
        let (app, id, [works, district]) = record(&test).await;
        comments::add(&app, &works, id, "  first line\r\nsecond ").await.unwrap();
        comments::add(&app, &works, id, "first line\nsecond").await.unwrap();
        comments::add(&app, &district, id, "seen").await.unwrap();
        let found = records::find(&app, &district, id).await.unwrap();
        let listed: Vec<_> =
            found.comments.iter().map(|comment| (comment.text.as_deref(), comment.is_own)).collect();
        assert_eq!(listed, [(Some("first line\nsecond"), false), (Some("seen"), true)]);
        assert_eq!(found.version, 1, "a comment changes no record");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_without_text_or_with_too_much_is_refused() {
    for test in databases().await {
        let (app, id, [works, _]) = record(&test).await;
        for text in ["", " \n ", &"长".repeat(2001)] {
            assert!(matches!(comments::add(&app, &works, id, text).await, Err(Error::Invalid(_))), "{text}");
        }
    }
}

/// Whether it was refused for a personal number in what was typed.
#[track_caller]
fn assert_number_refused<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    let is_refused = |problem: &model::problem::Problem| problem.name() == "number_typed";
    assert!(
        matches!(&outcome, Err(Error::Invalid(problems)) if problems.iter().any(is_refused)),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_beside_the_records_holds_a_personal_number() {
    for test in databases().await {
        let (app, id, [works, _]) = record(&test).await;
        let console = console(&app);
        for text in [
            "问王乙，电话13942600001",
            "身份证２１０２０２１９８００１０１０００８",
            "０４１１－８４３９００００",
            "139 4260 0001",
        ] {
            assert_number_refused(comments::add(&app, &works, id, text).await);
            let view = View { name: text.to_owned(), query: String::new() };
            assert_number_refused(views::save(&app, &works, "workshop-idea", view).await);
            assert_number_refused(unmask_log::unmask(&app, &console, id, text).await);
            let name = format!("works {text}");
            let change = UnitChange::Rename { name: name.clone(), until: jiff::civil::date(2020, 1, 1) };
            let command = Command { unit: WORKS, seen: None, change };
            assert_number_refused(units::carry_out(&app, &console, &command).await);
            let account = accounts::NewAccount {
                login: "somebody".to_owned(),
                name: text.to_owned(),
                role: role("viewer"),
                unit_code: format!("{:09}", WORKS.0),
                password: testkit::FIRST_PASSWORD.to_owned(),
            };
            assert_number_refused(accounts::add(&app, &console, account).await);
            comments::add(&app, &works, id, &comments::masked(text)).await.unwrap();
        }
        let found = records::find(&app, &works, id).await.unwrap();
        let stored: Vec<_> = found.comments.iter().filter_map(|comment| comment.text.as_deref()).collect();
        assert_eq!(
            stored,
            ["问王乙，电话139******01", "身份证210202********0008", "041*******00", "139******01"]
        );
        comments::add(&app, &works, id, "2011年5月的52000元，图号A13942600001").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_officers_who_see_a_record_comment_on_it() {
    for test in databases().await {
        let (app, id, _) = record(&test).await;
        let foreign = person(&app, role("enterprise-officer"), YARD);
        assert!(matches!(comments::add(&app, &foreign, id, "x").await, Err(Error::NotFound { .. })));
        let viewer = person(&app, role("viewer"), DISTRICT);
        assert!(matches!(comments::add(&app, &viewer, id, "x").await, Err(Error::Forbidden(_))));
        assert!(records::find(&app, &console(&app), id).await.unwrap().comments.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_withdrawn_by_its_author_alone() {
    for test in databases().await {
        let (app, id, [works, district]) = record(&test).await;
        comments::add(&app, &works, id, "first").await.unwrap();
        comments::add(&app, &district, id, "seen").await.unwrap();
        let found = records::find(&app, &district, id).await.unwrap();
        let (first, second) = (found.comments[0].id, found.comments[1].id);
        let refused = comments::withdraw(&app, &district, id, first).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })), "only one's own");
        comments::withdraw(&app, &district, id, second).await.unwrap();
        comments::withdraw(&app, &district, id, second).await.unwrap();
        let found = records::find(&app, &works, id).await.unwrap();
        assert_eq!(found.comments[1].text, None);
        assert_eq!(found.version, 1, "a comment changes no record");
    }
}
