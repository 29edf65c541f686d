//! Versions of campaigns that are handed in on the page.

use app::{
    App, Context, Error, Thing,
    accounts::{self, NewAccount},
    campaigns::{self, CandidateFile, CandidateState},
};
use campaign::source::Source;
use testkit::{console, databases, open, role, small_campaign, zip_of};

use super::{CITY, WORKS, assert_sound, changed, idea, put_units};

/// Somebody with an account at the city or at the works.
async fn somebody(app: &App, login: &str, role_id: &str, unit: model::ids::UnitId) -> Context {
    let new = NewAccount {
        login: login.to_owned(),
        name: login.to_owned(),
        role: role(role_id),
        unit_code: unit.to_string(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, &console(app), new).await.unwrap();
    testkit::first_context(app, login).await
}

fn file(source: &Source) -> CandidateFile {
    CandidateFile { key: "of a page".to_owned(), name: "campaign.zip".to_owned(), bytes: zip_of(source) }
}

async fn state(app: &App, ctx: &Context, id: i64) -> CandidateState {
    campaigns::find_candidate(app, ctx, id).await.unwrap().state
}

async fn work_off(app: &App) {
    campaigns::run_waiting(app, &console(app)).await.unwrap();
}

/// Another formula for an indicator.
fn other_formula() -> Source {
    changed("indicators/1.3.toml", |text| text.replace("at_end(actions_running)", "to_date(ideas)"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_put_in_force_when_somebody_agrees_to_what_it_does() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2022, 4)).await;
        let city = somebody(&app, "city", "city-office", CITY).await;
        let id = campaigns::hand_in(&app, &city, file(&other_formula())).await.unwrap();
        assert_eq!(
            campaigns::hand_in(&app, &city, file(&other_formula())).await.unwrap(),
            id,
            "a second click"
        );
        assert_eq!(state(&app, &city, id).await, CandidateState::Planning);
        work_off(&app).await;
        let found = campaigns::find_candidate(&app, &city, id).await.unwrap();
        let plan = found.plan.unwrap();
        assert!(found.state == CandidateState::Planned && plan.moved_units == 2, "{plan:?}");
        let other = campaigns::agree(&app, &city, id, "another").await;
        assert!(matches!(other, Err(Error::Stale { what: Thing::CampaignVersion })), "{other:?}");
        for _ in 0..2 {
            campaigns::agree(&app, &city, id, &plan.hash).await.unwrap();
        }
        assert_eq!(state(&app, &city, id).await, CandidateState::Loading);
        let late = campaigns::withdraw(&app, &city, id).await;
        assert!(matches!(late, Err(Error::Stale { .. })), "{late:?}");
        work_off(&app).await;
        assert_eq!(state(&app, &city, id).await, CandidateState::InForce);
        assert_eq!(app.current(&city).await.unwrap().definition.hash, plan.hash);
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_taken_is_refused_with_the_reason() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let city = somebody(&app, "city", "city-office", CITY).await;
        let works = somebody(&app, "works", "enterprise-officer", WORKS).await;
        let foreign = campaigns::hand_in(&app, &works, file(&other_formula())).await;
        assert!(matches!(foreign, Err(Error::Forbidden(_))), "{foreign:?}");
        for bytes in [Vec::new(), b"a,b\n1,2\n".to_vec(), zip_of(&Source::default())] {
            let key = "of a page".to_owned();
            let file = CandidateFile { key, name: "campaign.zip".to_owned(), bytes };
            let refused = campaigns::hand_in(&app, &city, file).await;
            assert!(matches!(refused, Err(Error::NoCampaign)), "{refused:?}");
        }
        let mistaken = changed("indicators/1.3.toml", |text| text.replace("actions_running", "no_such"));
        match campaigns::hand_in(&app, &city, file(&mistaken)).await {
            Err(Error::Definition(mistakes)) => assert_eq!(mistakes[0].file, "indicators/1.3.toml"),
            other => panic!("{other:?}"),
        }
        assert!(campaigns::list_candidates(&app, &city).await.unwrap().is_empty());
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_withdrawn_is_not_put_in_force() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let city = somebody(&app, "city", "city-office", CITY).await;
        let id = campaigns::hand_in(&app, &city, file(&other_formula())).await.unwrap();
        for _ in 0..2 {
            campaigns::withdraw(&app, &city, id).await.unwrap();
        }
        work_off(&app).await;
        assert_eq!(state(&app, &city, id).await, CandidateState::Withdrawn);
        let late = campaigns::agree(&app, &city, id, "any").await;
        assert!(matches!(late, Err(Error::Stale { .. })), "{late:?}");
        assert_eq!(app.current(&city).await.unwrap().definition.hash, small_campaign().hash());
        app.close().await;
    }
}
