//! Signing in: what is refused and what holds whom back, sessions, second factors, and what is noted of it.

use std::{net::IpAddr, sync::Arc};

use app::{
    Actor, App, Context, Demand, Denied, Error, RequestOrigin,
    access_log::{self, AccessAction},
    accounts::{self, Assignment, Credentials, NewAccount, SecondFactor},
    load::{LoadUnit, load},
};
use campaign::source::{Source, SourceFile};
use jiff::SignedDuration;
use model::{
    ids::{UnitId, UserId},
    problem::Problem,
};
use store::{accounts::Account, units::UnitKind};
use testkit::{
    FIRST_PASSWORD, MovableClock, PASSWORD, TestDb, console, databases, first_sign_in, open, role,
    small_campaign,
};
use totp_rs::{Builder, Secret};

const CITY: &str = "210200000";
/// An address, and another one.
const HERE: &str = "192.0.2.7";
const ELSEWHERE: &str = "198.51.100.9";
const WRONG: &str = "not the password";

/// A server whose clock is moved by hand.
struct Office {
    app: App,
    clock: Arc<MovableClock>,
    test: TestDb,
}

impl Office {
    async fn under(test: TestDb, source: &Source) -> Self {
        let mut app = open(&test, source).await;
        let clock = Arc::new(MovableClock::default());
        app.set_clock(clock.clone());
        let snapshot = app.current(&console(&app)).await.unwrap();
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
        load(&app, &console(&app), vec![city], std::iter::empty(), &|_| {}).await.unwrap();
        Self { app, clock, test }
    }

    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for test in databases().await {
            all.push(Self::under(test, &small_campaign()).await);
        }
        all
    }

    /// Somebody who has chosen [`PASSWORD`], with a digest that costs next to nothing.
    async fn person(&self, login: &str, role: &str) {
        let account = Account {
            user_id: store::new_id(self.app.now()),
            login: login.to_owned(),
            name: format!("Name of {login}"),
            role: role.to_owned(),
            unit_id: 10_001,
            password_hash: testkit::PASSWORD_DIGEST.to_owned(),
            is_disabled: false,
            language: None,
            must_change_password: false,
        };
        let mut tx = self.test.db.write(self.test.region).await.unwrap();
        store::accounts::insert(&mut tx, &account).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn sign_in(&self, login: &str, password: &str, address: &str) -> Result<String, Error> {
        accounts::sign_in(&self.app, credentials(login, password, address)).await.map(|session| session.token)
    }

    async fn context(&self, token: &str) -> Result<Context, Error> {
        accounts::session_context(&self.app, token, None).await.map(|(ctx, _)| ctx)
    }

    /// Somebody who has signed in at [`HERE`].
    async fn signed_in(&self, login: &str) -> (String, Context) {
        let token = self.sign_in(login, PASSWORD, HERE).await.unwrap();
        let mut ctx = self.context(&token).await.unwrap();
        ctx.origin.address = Some(address(HERE));
        (token, ctx)
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn credentials(login: &str, password: &str, from: &str) -> Credentials {
    let origin =
        RequestOrigin { address: Some(address(from)), browser: Some("Test".to_owned()), session: None };
    Credentials { origin, ..Credentials::new(login, password) }
}

/// What came of a try, in a word, with the seconds to wait.
fn outcome<T>(result: &Result<T, Error>) -> (&'static str, u32) {
    match result {
        Ok(_) => ("in", 0),
        Err(Error::SignInRefused) => ("refused", 0),
        Err(Error::TooManyAttempts { seconds }) => ("wait", *seconds),
        Err(Error::TooMuchAtOnce { .. }) => ("busy", 0),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_time_are_held_back_like_those_one_after_the_other() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        let office = Arc::new(office);
        let tries: Vec<_> = (0..24)
            .map(|position| {
                let office = office.clone();
                let password = if position == 18 { PASSWORD } else { WRONG };
                tokio::spawn(async move { outcome(&office.sign_in("zhang", password, HERE).await).0 })
            })
            .collect();
        let (mut looked_at, mut came_in) = (0, 0);
        for one in tries {
            let outcome = one.await.unwrap();
            looked_at += usize::from(matches!(outcome, "refused" | "in"));
            came_in += usize::from(outcome == "in");
        }
        // One who is right before the third failure comes in, as one after the other: then it is counted anew.
        assert!(looked_at <= 3 || (came_in == 1 && looked_at <= 6), "{looked_at} of 24 were looked at");
        // Whatever they tried: nobody comes in at once, and everything is as after three failures.
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, HERE).await), ("wait", 5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_slow_down_then_lock_and_an_unknown_login_is_held_back_alike() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        office.person("gone", "viewer").await;
        accounts::set_disabled(&office.app, &console(&office.app), "gone", true).await.unwrap();
        let steps: [(i64, &str, (&str, u32)); 11] = [
            (0, WRONG, ("refused", 0)),
            (0, WRONG, ("refused", 0)),
            (0, WRONG, ("refused", 0)),
            (0, WRONG, ("wait", 5)),
            (5, WRONG, ("refused", 0)),
            (10, WRONG, ("wait", 20)),
            (20, WRONG, ("refused", 0)),
            (0, PASSWORD, ("wait", 900)),
            (890, PASSWORD, ("wait", 10)),
            (10, WRONG, ("refused", 0)),
            (0, WRONG, ("refused", 0)),
        ];
        for (seconds, password, expected) in steps {
            office.wait(seconds);
            for login in ["zhang", "nobody", "gone"] {
                let found = outcome(&office.sign_in(login, password, HERE).await);
                assert_eq!(found, expected, "{login} after {seconds} s");
            }
        }
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, HERE).await), ("in", 0));
        assert_eq!(
            outcome(&office.sign_in("zhang", WRONG, HERE).await),
            ("refused", 0),
            "counted from the start"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_from_elsewhere_does_not_lock_the_person_out() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        office.sign_in("zhang", PASSWORD, HERE).await.unwrap();
        for seconds in [0, 0, 0, 5, 30] {
            office.wait(seconds);
            assert_eq!(outcome(&office.sign_in("zhang", WRONG, ELSEWHERE).await).0, "refused");
        }
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, ELSEWHERE).await).0, "wait");
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, HERE).await).0, "in");
        // From many addresses: those that nobody knows are slowed down, the person's own is not.
        for number in 0..20 {
            let _ = office.sign_in("zhang", WRONG, &format!("203.0.113.{number}")).await;
        }
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, "203.0.113.99").await), ("wait", 60));
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, HERE).await).0, "in");
        office.wait(60);
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, "203.0.113.99").await).0, "in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_password_is_not_tried_on_many_logins() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        for number in 0..60 {
            let login = format!("p{number}");
            office.person(&login, "viewer").await;
            office.wait(2);
            assert_eq!(outcome(&office.sign_in(&login, WRONG, ELSEWHERE).await).0, "refused", "{number}");
        }
        office.wait(2);
        let (found, seconds) = outcome(&office.sign_in("zhang", PASSWORD, ELSEWHERE).await);
        assert!(found == "wait" && seconds > 800, "{found} {seconds}");
        // An address of IPv6 is its network; other addresses are not concerned.
        assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, HERE).await).0, "in");
        // Right passwords at one address are no failures, however many there are.
        for _ in 0..30 {
            assert_eq!(outcome(&office.sign_in("zhang", PASSWORD, HERE).await).0, "in");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_password_is_not_guessed_from_a_session() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        let (_, ctx) = office.signed_in("zhang").await;
        let change = async |old: &str| {
            accounts::change_password(&office.app, &ctx, old, FIRST_PASSWORD.to_owned()).await
        };
        for seconds in [0, 0, 0, 5, 30] {
            office.wait(seconds);
            assert_eq!(outcome(&change(WRONG).await).0, "refused");
        }
        assert_eq!(outcome(&change(PASSWORD).await), ("wait", 900));
        assert_eq!(
            outcome(&office.sign_in("zhang", PASSWORD, HERE).await),
            ("wait", 900),
            "counted together"
        );
        office.wait(900);
        assert_eq!(outcome(&change(PASSWORD).await).0, "in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_from_the_office_ends_the_wait() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        for seconds in [0, 0, 0, 5, 30] {
            office.wait(seconds);
            let _ = office.sign_in("zhang", WRONG, HERE).await;
        }
        let console = console(&office.app);
        accounts::reset(&office.app, &console, "zhang", FIRST_PASSWORD.to_owned()).await.unwrap();
        assert_eq!(outcome(&office.sign_in("zhang", FIRST_PASSWORD, HERE).await).0, "in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_office_gave_is_changed_before_anything_else() {
    for office in Office::all().await {
        let new = NewAccount {
            login: "li".to_owned(),
            name: "Li Ming".to_owned(),
            role: role("viewer"),
            unit_code: CITY.to_owned(),
            password: FIRST_PASSWORD.to_owned(),
        };
        for (password, problem) in [
            ("12345678", Problem::PasswordGuessable),
            ("x-Li Ming-9fKq27", Problem::PasswordHolds { what: "Li Ming".to_owned() }),
            ("x-210200000-9fKq", Problem::PasswordHolds { what: CITY.to_owned() }),
            ("9fKq", Problem::PasswordTooShort { min: accounts::SHORTEST_PASSWORD }),
        ] {
            let weak = NewAccount { password: password.to_owned(), ..new.clone() };
            let refused = accounts::add(&office.app, &console(&office.app), weak).await;
            assert!(matches!(&refused, Err(Error::Invalid(found)) if *found == [problem]), "{refused:?}");
        }
        accounts::add(&office.app, &console(&office.app), new).await.unwrap();
        let token = office.sign_in("li", FIRST_PASSWORD, HERE).await.unwrap();
        let refused = office.context(&token).await.map(|_| ());
        assert!(matches!(refused, Err(Error::AccountNotReady(Demand::NewPassword))), "{refused:?}");
        let (ctx, _, demand) = accounts::account_context(&office.app, &token, None).await.unwrap();
        assert_eq!(demand, Some(Demand::NewPassword));
        for (new, problem) in
            [(FIRST_PASSWORD, Problem::PasswordUnchanged), ("password1", Problem::PasswordGuessable)]
        {
            let changed = accounts::change_password(&office.app, &ctx, FIRST_PASSWORD, new.to_owned())
                .await
                .map(|_| ());
            assert!(matches!(&changed, Err(Error::Invalid(found)) if *found == [problem]), "{changed:?}");
        }
        let session =
            accounts::change_password(&office.app, &ctx, FIRST_PASSWORD, PASSWORD.to_owned()).await.unwrap();
        assert!(office.context(&session.token).await.is_ok());
        assert!(
            matches!(office.context(&token).await.map(|_| ()), Err(Error::NotSignedIn)),
            "the old session"
        );
        accounts::reset(&office.app, &console(&office.app), "li", FIRST_PASSWORD.to_owned()).await.unwrap();
        first_sign_in(&office.app, "li").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_rests_and_at_the_latest_after_half_a_day() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        let (token, _) = office.signed_in("zhang").await;
        let kept = Credentials { is_kept: true, ..credentials("zhang", PASSWORD, HERE) };
        let kept = accounts::sign_in(&office.app, kept).await.unwrap();
        assert!(kept.is_kept);
        for _ in 0..14 {
            office.wait(50 * 60);
            let ctx = office.context(&token).await.unwrap();
            assert!(accounts::is_to_be_noted(&ctx));
            accounts::note_use(&office.app, &ctx).await.unwrap();
        }
        assert!(office.context(&kept.token).await.is_ok(), "it may rest");
        office.wait(20 * 60);
        for token in [&token, &kept.token] {
            assert!(matches!(office.context(token).await, Err(Error::NotSignedIn)), "twelve hours are over");
        }
        let (token, _) = office.signed_in("zhang").await;
        office.wait(60 * 60);
        assert!(matches!(office.context(&token).await, Err(Error::NotSignedIn)), "it has rested for an hour");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_each_can_be_ended_by_its_person_alone() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        office.person("wang", "viewer").await;
        let ((first, _), (_, ctx)) = (office.signed_in("zhang").await, office.signed_in("zhang").await);
        let (others, wang) = office.signed_in("wang").await;
        let all = accounts::list_sessions(&office.app, &ctx).await.unwrap();
        assert_eq!(all.iter().filter(|session| session.is_present).count(), 1);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].address.as_deref(), all[0].browser.as_deref()), (Some(HERE), Some("Test")));
        let other = all.iter().find(|session| !session.is_present).unwrap().id;
        let refused = accounts::end_session(&office.app, &wang, other).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })), "it is not hers");
        accounts::end_session(&office.app, &ctx, other).await.unwrap();
        assert!(matches!(office.context(&first).await, Err(Error::NotSignedIn)));
        let (third, _) = office.signed_in("zhang").await;
        accounts::end_other_sessions(&office.app, &ctx).await.unwrap();
        assert!(matches!(office.context(&third).await, Err(Error::NotSignedIn)));
        assert_eq!(accounts::list_sessions(&office.app, &ctx).await.unwrap().len(), 1);
        assert!(office.context(&others).await.is_ok(), "other people's go on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_role_unit_or_password_ends_sessions_and_nobody_changes_the_own() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        office.person("office", "city-office").await;
        let (_, ctx) = office.signed_in("office").await;
        let to = |id: &str| Assignment { role: role(id), unit_code: CITY.to_owned() };
        let (token, _) = office.signed_in("zhang").await;
        accounts::assign(&office.app, &ctx, "zhang", to("viewer")).await.unwrap();
        assert!(office.context(&token).await.is_ok(), "nothing has changed");
        accounts::assign(&office.app, &ctx, "zhang", to("enterprise-officer")).await.unwrap();
        assert!(matches!(office.context(&token).await, Err(Error::NotSignedIn)));
        let (token, zhang) = office.signed_in("zhang").await;
        assert!(matches!(&zhang.actor, Actor::User { role, .. } if role.id() == "enterprise-officer"));
        let refused = accounts::assign(&office.app, &zhang, "office", to("viewer")).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        let own = accounts::assign(&office.app, &ctx, "office", to("viewer")).await;
        assert!(matches!(own, Err(Error::Forbidden(Denied::ChangeOwnAccess))));
        accounts::reset(&office.app, &ctx, "zhang", FIRST_PASSWORD.to_owned()).await.unwrap();
        assert!(matches!(office.context(&token).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_a_refused_sign_in_does_the_same_work() {
    for office in Office::all().await {
        for login in ["zhang", "gone"] {
            office.person(login, "viewer").await;
        }
        let console = console(&office.app);
        accounts::set_disabled(&office.app, &console, "gone", true).await.unwrap();
        let mut costs = Vec::new();
        let tries = [("zhang", WRONG), ("nobody", WRONG), ("gone", WRONG), ("gone", PASSWORD), ("", "")];
        for (number, (login, password)) in tries.into_iter().enumerate() {
            let before = office.app.digests_made();
            let refused = office.sign_in(login, password, &format!("192.0.2.{}", 100 + number)).await;
            assert_eq!(outcome(&refused), ("refused", 0), "{login}");
            costs.push(office.app.digests_made() - before);
        }
        assert_eq!(costs, [1; 5], "one digest each, whatever is wrong");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_change_access_ends_the_sessions() {
    for office in Office::all().await {
        office.person("office", "city-office").await;
        office.person("zhang", "viewer").await;
        let (_, by_page) = office.signed_in("office").await;
        let by_command_line = console(&office.app);
        for ctx in [&by_page, &by_command_line] {
            let app = &office.app;
            let ended = async |way: &str, token: String| {
                let context = office.context(&token).await;
                assert!(matches!(context, Err(Error::NotSignedIn)), "{way} by {}", ctx.audit_name());
            };
            let (token, _) = office.signed_in("zhang").await;
            let assignment = Assignment { role: role("level-2-officer"), unit_code: CITY.to_owned() };
            accounts::assign(app, ctx, "zhang", assignment).await.unwrap();
            ended("another role", token).await;
            let (token, _) = office.signed_in("zhang").await;
            let assignment = Assignment { role: role("viewer"), unit_code: CITY.to_owned() };
            accounts::assign(app, ctx, "zhang", assignment).await.unwrap();
            ended("the role of before", token).await;
            let (token, _) = office.signed_in("zhang").await;
            accounts::set_disabled(app, ctx, "zhang", true).await.unwrap();
            ended("disabled", token.clone()).await;
            accounts::set_disabled(app, ctx, "zhang", false).await.unwrap();
            ended("enabled again", token).await;
            let (token, _) = office.signed_in("zhang").await;
            accounts::reset(app, ctx, "zhang", FIRST_PASSWORD.to_owned()).await.unwrap();
            ended("another password", token).await;
            let token = office.sign_in("zhang", FIRST_PASSWORD, HERE).await.unwrap();
            let (own, ..) = accounts::account_context(app, &token, None).await.unwrap();
            accounts::change_password(app, &own, FIRST_PASSWORD, PASSWORD.to_owned()).await.unwrap();
            ended("the own password", token).await;
        }
    }
}

/// The small campaign, whose city office needs a second factor.
fn with_second_factor() -> Source {
    let roles = include_str!("../../../campaign/src/roles.toml");
    let marked = roles.replacen("id = \"city-office\"\n", "id = \"city-office\"\nsecond_factor = true\n", 1);
    assert_ne!(marked, roles);
    let roles = SourceFile { path: "roles.toml".to_owned(), text: marked };
    Source::from_files(small_campaign().files().iter().cloned().chain([roles]).collect())
}

/// The code that a telephone shows, so many seconds from now.
fn code(office: &Office, secret: &str, seconds: i64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    let at = u64::try_from(office.app.now().as_second() + seconds).unwrap();
    totp.generate(at).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_can_require_a_second_factor_whose_codes_are_taken_once() {
    for test in databases().await {
        let office = Office::under(test, &with_second_factor()).await;
        let app = &office.app;
        office.person("office", "city-office").await;
        office.person("second", "city-office").await;
        office.person("zhang", "viewer").await;
        assert!(office.signed_in("zhang").await.1.user().is_ok(), "a viewer needs none");
        let token = office.sign_in("office", PASSWORD, HERE).await.unwrap();
        let refused = office.context(&token).await.map(|_| ());
        assert!(matches!(refused, Err(Error::AccountNotReady(Demand::SecondFactor))), "{refused:?}");
        let (ctx, ..) = accounts::account_context(app, &token, None).await.unwrap();
        assert_eq!(accounts::second_factor(app, &ctx).await.unwrap(), SecondFactor::Absent);
        accounts::begin_second_factor(app, &ctx).await.unwrap();
        let SecondFactor::Begun { secret, url } = accounts::second_factor(app, &ctx).await.unwrap() else {
            panic!("none was begun")
        };
        assert!(url.starts_with("otpauth://totp/Jiangong:office?secret=") && url.contains(&secret), "{url}");
        let wrong = accounts::confirm_second_factor(app, &ctx, "000000").await;
        assert!(matches!(wrong, Err(Error::SignInRefused)), "{wrong:?}");
        accounts::confirm_second_factor(app, &ctx, &code(&office, &secret, 0)).await.unwrap();
        assert!(office.context(&token).await.is_ok(), "the session goes on");
        let sign_in = async |code: &str| {
            let shown = Credentials { code: code.to_owned(), ..credentials("office", PASSWORD, HERE) };
            outcome(&accounts::sign_in(app, shown).await).0
        };
        assert_eq!(sign_in("").await, "refused", "without a code");
        assert_eq!(sign_in(&code(&office, &secret, 0)).await, "refused", "that one was used to confirm");
        office.wait(30);
        let fresh = code(&office, &secret, 0);
        assert_eq!(sign_in(&format!(" {} {} ", &fresh[..3], &fresh[3..])).await, "in");
        assert_eq!(sign_in(&fresh).await, "refused", "a second time");
        office.wait(30);
        let fresh = code(&office, &secret, 0);
        let both = tokio::join!(sign_in(&fresh), sign_in(&fresh));
        assert!(matches!(both, ("in", "refused") | ("refused", "in")), "{both:?}");
        office.wait(300);
        assert_eq!(sign_in(&code(&office, &secret, -90)).await, "refused", "too old");
        assert_eq!(sign_in(&code(&office, &secret, 30)).await, "in", "a clock that is a little fast");

        // Who has lost it asks somebody else.
        let own = accounts::remove_second_factor(app, &ctx, "office").await;
        assert!(matches!(own, Err(Error::Forbidden(Denied::RemoveOwnSecondFactor))));
        let (_, zhang) = office.signed_in("zhang").await;
        assert!(matches!(
            accounts::remove_second_factor(app, &zhang, "office").await,
            Err(Error::Forbidden(_))
        ));
        let second = Context {
            actor: Actor::User {
                id: UserId(7),
                login: "second".to_owned(),
                name: "Second".to_owned(),
                role: role("city-office"),
                unit: UnitId(10_001),
            },
            ..console(app)
        };
        accounts::remove_second_factor(app, &second, "office").await.unwrap();
        assert!(matches!(office.context(&token).await, Err(Error::NotSignedIn)), "sessions end");
        let token = office.sign_in("office", PASSWORD, HERE).await.unwrap();
        let refused = office.context(&token).await.map(|_| ());
        assert!(matches!(refused, Err(Error::AccountNotReady(Demand::SecondFactor))), "set up anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_second_factor_is_sealed() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        let (_, ctx) = office.signed_in("zhang").await;
        accounts::begin_second_factor(&office.app, &ctx).await.unwrap();
        let SecondFactor::Begun { secret, .. } = accounts::second_factor(&office.app, &ctx).await.unwrap()
        else {
            panic!("none was begun")
        };
        let mut tx = office.test.db.read(office.test.region).await.unwrap();
        let row = store::second_factors::find(&mut tx, ctx.user().unwrap()).await.unwrap().unwrap();
        assert!(!row.secret.contains(&secret), "{}", row.secret);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_in_and_who_did_not_is_noted_with_time_and_address() {
    for office in Office::all().await {
        office.person("zhang", "viewer").await;
        office.person("office", "city-office").await;
        for seconds in [0, 0, 0, 5, 30] {
            office.wait(seconds);
            let _ = office.sign_in("zhang", WRONG, ELSEWHERE).await;
        }
        let _ = office.sign_in("my secret password", WRONG, ELSEWHERE).await;
        let (_, ctx) = office.signed_in("office").await;
        let to = Assignment { role: role("enterprise-officer"), unit_code: CITY.to_owned() };
        accounts::assign(&office.app, &ctx, "zhang", to).await.unwrap();
        let (entries, next) = access_log::log(&office.app, &ctx, None, 100).await.unwrap();
        assert_eq!(next, None);
        let lines: Vec<_> = entries
            .iter()
            .rev()
            .map(|entry| {
                (entry.actor.as_str(), entry.action, entry.address.as_deref(), entry.subject.as_str())
            })
            .collect();
        let definition = office.app.current(&ctx).await.unwrap().definition.first_campaign().id.clone();
        let failed = ("zhang", AccessAction::FailSignIn, Some(ELSEWHERE), "zhang");
        assert_eq!(
            lines,
            [
                ("console", AccessAction::PutDefinition, None, definition.as_str()),
                failed,
                failed,
                failed,
                failed,
                ("zhang", AccessAction::Lock, Some(ELSEWHERE), "zhang"),
                // What was typed as a login that nobody has may be a password.
                ("", AccessAction::FailSignIn, Some(ELSEWHERE), ""),
                ("office", AccessAction::SignIn, Some(HERE), "office"),
                ("office", AccessAction::AssignRole, Some(HERE), "zhang"),
                ("office", AccessAction::ReadLog, Some(HERE), ""),
            ]
        );
        let (_, zhang) = office.signed_in("zhang").await;
        assert!(matches!(access_log::log(&office.app, &zhang, None, 100).await, Err(Error::Forbidden(_))));
        let page = access_log::log(&office.app, &ctx, None, 3).await.unwrap();
        let rest = access_log::log(&office.app, &ctx, page.1, 100).await.unwrap();
        // That it was read, twice, and that somebody signed in in between, are entries too.
        assert_eq!((page.0.len(), rest.0.len()), (3, 9));
    }
}
