//! Sessions, failed sign-ins and second factors.

use jiff::{SignedDuration, Timestamp};
use model::ids::UserId;
use store::{
    Tx,
    second_factors::{self, SecondFactorRow},
    sessions::{self, SessionRow},
    sign_in_failures::{self, Failures},
};
use testkit::TestDb;

use crate::{both, now, write};

const ZHANG: UserId = UserId(30_001);

fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// A session that may rest for ten minutes and lasts for an hour.
fn session(id: i64, user: UserId) -> SessionRow {
    SessionRow {
        deputy_id: None,
        session_id: id,
        user_id: user.0,
        created_at: now().as_microsecond(),
        seen_at: now().as_microsecond(),
        idle_until: later(10).as_microsecond(),
        expires_at: later(60).as_microsecond(),
        address: Some("192.0.2.7".to_owned()),
        browser: None,
    }
}

async fn with_sessions(test: &TestDb) -> Tx {
    let mut tx = write(test).await;
    for (token, session) in [("a", session(1, ZHANG)), ("b", session(2, ZHANG)), ("c", session(3, UserId(5)))]
    {
        sessions::insert(&mut tx, token, &session).await.unwrap();
    }
    tx
}

async fn is_open(tx: &mut Tx, token: &str, at: Timestamp) -> bool {
    sessions::find(tx, token, at).await.unwrap().is_some()
}

both! {
    async fn a_session_ends_by_time_and_by_rest(test: &TestDb) {
        let mut tx = with_sessions(test).await;
        assert_eq!(sessions::find(&mut tx, "a", now()).await.unwrap(), Some(session(1, ZHANG)));
        assert!(is_open(&mut tx, "a", later(9)).await);
        assert!(!is_open(&mut tx, "a", later(10)).await, "it has rested too long");
        sessions::touch(&mut tx, ZHANG, 1, later(9), later(70)).await.unwrap();
        assert!(is_open(&mut tx, "a", later(59)).await);
        assert!(!is_open(&mut tx, "a", later(60)).await, "used or not, it ends");
        assert_eq!(sessions::delete_ended(&mut tx, later(30)).await.unwrap(), 2, "those that rest");
        assert_eq!(sessions::delete_ended(&mut tx, later(60)).await.unwrap(), 1);
    }
}

both! {
    async fn a_touch_does_not_turn_back_nor_reach_others(test: &TestDb) {
        let mut tx = with_sessions(test).await;
        sessions::touch(&mut tx, ZHANG, 1, later(5), later(15)).await.unwrap();
        sessions::touch(&mut tx, ZHANG, 1, later(4), later(14)).await.unwrap();
        sessions::touch(&mut tx, ZHANG, 3, later(5), later(15)).await.unwrap();
        assert!(is_open(&mut tx, "a", later(14)).await);
        assert!(!is_open(&mut tx, "c", later(14)).await, "it is somebody else's");
    }
}

both! {
    async fn sessions_are_listed_and_ended(test: &TestDb) {
        let mut tx = with_sessions(test).await;
        sessions::touch(&mut tx, ZHANG, 1, later(5), later(15)).await.unwrap();
        let ids = |rows: Vec<SessionRow>| rows.iter().map(|row| row.session_id).collect::<Vec<_>>();
        assert_eq!(ids(sessions::list_of(&mut tx, ZHANG, now()).await.unwrap()), [1, 2]);
        assert_eq!(ids(sessions::list_of(&mut tx, ZHANG, later(12)).await.unwrap()), [1]);
        assert!(!sessions::delete_of(&mut tx, ZHANG, 3).await.unwrap(), "it is somebody else's");
        assert!(sessions::delete_of(&mut tx, ZHANG, 2).await.unwrap());
        assert!(!is_open(&mut tx, "b", now()).await && is_open(&mut tx, "a", now()).await);
        sessions::delete(&mut tx, "a").await.unwrap();
        assert!(!is_open(&mut tx, "a", now()).await);
        sessions::delete_all_of(&mut tx, UserId(5)).await.unwrap();
        assert!(!is_open(&mut tx, "c", now()).await);
    }
}

both! {
    async fn failures_are_kept_and_forgotten(test: &TestDb) {
        let mut tx = write(test).await;
        assert_eq!(sign_in_failures::find(&mut tx, "login a").await.unwrap(), Failures::default());
        assert_eq!(sign_in_failures::lock(&mut tx, "login a").await.unwrap(), Failures::default());
        let two = Failures { failures: 2, forget_at: later(5).as_microsecond(), refused_until: 0 };
        sign_in_failures::put(&mut tx, "login a", &two).await.unwrap();
        assert_eq!(sign_in_failures::lock(&mut tx, "login a").await.unwrap(), two, "locking changes nothing");
        assert_eq!(sign_in_failures::delete_old(&mut tx, later(4)).await.unwrap(), 0);
        for subject in ["login a at x", "login b"] {
            sign_in_failures::lock(&mut tx, subject).await.unwrap();
            sign_in_failures::put(&mut tx, subject, &two).await.unwrap();
        }
        sign_in_failures::delete_beginning_with(&mut tx, "login a").await.unwrap();
        assert_eq!(sign_in_failures::find(&mut tx, "login a at x").await.unwrap(), Failures::default());
        assert_eq!(sign_in_failures::find(&mut tx, "login b").await.unwrap(), two);
        assert_eq!(sign_in_failures::delete_old(&mut tx, later(5)).await.unwrap(), 1);
    }
}

both! {
    async fn the_code_of_a_step_is_used_once(test: &TestDb) {
        let mut tx = write(test).await;
        let row = SecondFactorRow {
            user_id: ZHANG.0,
            secret: "sealed".to_owned(),
            is_confirmed: false,
            last_step: 0,
            created_at: 1,
        };
        second_factors::put(&mut tx, &row).await.unwrap();
        assert!(second_factors::list_confirmed(&mut tx).await.unwrap().is_empty());
        let confirmed = SecondFactorRow { is_confirmed: true, last_step: 7, ..row };
        second_factors::put(&mut tx, &confirmed).await.unwrap();
        assert_eq!(second_factors::find(&mut tx, ZHANG).await.unwrap(), Some(confirmed));
        assert_eq!(second_factors::list_confirmed(&mut tx).await.unwrap(), [ZHANG.0]);
        assert!(!second_factors::use_code(&mut tx, ZHANG, 7).await.unwrap());
        assert!(second_factors::use_code(&mut tx, ZHANG, 8).await.unwrap());
        assert!(!second_factors::use_code(&mut tx, ZHANG, 8).await.unwrap());
        assert!(second_factors::delete(&mut tx, ZHANG).await.unwrap());
        assert!(!second_factors::delete(&mut tx, ZHANG).await.unwrap());
    }
}
