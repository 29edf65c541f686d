//! Accounts in bulk, activation codes, and accounts that nobody uses.

use std::net::IpAddr;

use app::{
    Context, Error, RequestOrigin, Thing,
    access_log::{self, AccessAction},
    accounts::{self, AccountQuery, CodeSheet, Credentials, IssueScope, NewOwner, SheetOutcome, StateFilter},
};
use jiff::SignedDuration;
use model::{ids::UnitId, problem::Problem};
use testkit::role;

use crate::{
    desk::Desk,
    steps::{CITY, DISTRICT, OTHER, WORKS},
};

const NEW_PASSWORD: &str = "seven rivers Libya";

fn owner(code: &str, login: &str, name: &str) -> NewOwner {
    NewOwner {
        code: code.to_owned(),
        login: login.to_owned(),
        name: name.to_owned(),
        password: NEW_PASSWORD.to_owned(),
        origin: RequestOrigin::default(),
    }
}

async fn is_refused(desk: &Desk, code: &str) -> bool {
    let looked = accounts::look_up_code(&desk.app, code, &RequestOrigin::default()).await;
    matches!(looked, Err(Error::SignInRefused | Error::TooManyAttempts { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_unit_without_an_account_gets_one_and_its_owner_begins_to_use_it() {
    for desk in Desk::all().await {
        let office = desk.person("city").await;
        let issued = desk.issue_new(&office, CITY).await;
        // Twelve enterprises of the district; two of all thirteen have people already.
        assert_eq!(issued.slips.len(), 11);
        let districts: Vec<&str> =
            issued.slips.iter().map(|slip| slip.district.as_ref().unwrap().name.as_str()).collect();
        assert!(districts.is_sorted(), "{districts:?}");
        let slip = &issued.slips[0];
        assert_eq!(slip.login, slip.unit.code);
        assert_eq!(slip.code.len(), 14, "{}", slip.code);

        let (typed, origin) = (slip.code.to_lowercase(), RequestOrigin::default());
        let shown = accounts::look_up_code(&desk.app, &typed, &origin).await.unwrap();
        assert_eq!((shown.unit.unwrap().code, shown.is_new), (slip.unit.code.clone(), true));
        let session = accounts::activate(&desk.app, owner(&slip.code, "wang", "王五")).await.unwrap();
        let ctx = desk.context(&session.token).await;
        assert_eq!((ctx.person(), ctx.unit()), ("wang", Some(slip.unit.id)));
        assert!(is_refused(&desk, &slip.code).await, "a code works once");
        let again = accounts::sign_in(&desk.app, Credentials::new("wang", NEW_PASSWORD)).await;
        assert!(again.is_ok());
        // Nothing is left for a second list.
        let scope = IssueScope::NewAccounts { unit: CITY, role: role("enterprise-officer") };
        assert!(desk.issue(&office, "second", scope).await.unwrap().slips.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_to_an_account_that_was_not_activated() {
    for desk in Desk::all().await {
        let issued = desk.issue_new(&desk.person("city").await, CITY).await;
        let login = &issued.slips[0].login;
        for password in ["", &issued.slips[0].code, NEW_PASSWORD] {
            let refused = accounts::sign_in(&desk.app, Credentials::new(login, password)).await;
            assert!(matches!(refused, Err(Error::SignInRefused | Error::TooManyAttempts { .. })));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_cannot_be_used_get_one_answer() {
    for desk in Desk::all().await {
        let office = desk.person("city").await;
        let issued = desk.issue_new(&office, CITY).await;
        let codes: Vec<&str> = issued.slips.iter().map(|slip| slip.code.as_str()).collect();
        assert!(is_refused(&desk, "K7QM-3XVP-R9TB").await, "unknown");
        assert!(is_refused(&desk, "").await, "nothing");
        // Of a lost list the codes die when it is made anew.
        let batch = issued.batch.unwrap();
        let anew = desk.issue(&office, "anew", IssueScope::Batch(batch)).await.unwrap();
        assert_eq!(anew.slips.len(), issued.slips.len());
        assert!(is_refused(&desk, codes[0]).await, "in the place of which another came");
        assert!(!is_refused(&desk, &anew.slips[0].code).await);
        // Withdrawn, of a locked account, ended.
        let login = anew.slips[1].login.clone();
        accounts::set_disabled(&desk.app, &office, &login, true).await.unwrap();
        assert!(is_refused(&desk, &anew.slips[1].code).await, "of a locked account");
        assert_eq!(accounts::withdraw(&desk.app, &office, anew.batch.unwrap()).await.unwrap(), 10);
        assert!(is_refused(&desk, &anew.slips[0].code).await, "withdrawn");
        let again = desk.issue(&office, "again", IssueScope::Waiting { unit: CITY }).await.unwrap();
        assert_eq!(again.slips.len(), 10, "not the locked one");
        desk.clock.advance(SignedDuration::from_hours(30 * 24 - 1));
        assert!(!is_refused(&desk, &again.slips[0].code).await);
        desk.clock.advance(SignedDuration::from_hours(2));
        assert!(is_refused(&desk, &again.slips[0].code).await, "ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_hold_an_address_back_and_right_ones_too_then() {
    for desk in Desk::all().await {
        let issued = desk.issue_new(&desk.person("city").await, CITY).await;
        let from = |address: &str| RequestOrigin {
            address: Some(address.parse::<IpAddr>().unwrap()),
            ..RequestOrigin::default()
        };
        let mut is_held = false;
        for number in 0..80 {
            let code = format!("K7QM-3XVP-{number:04}");
            let answer = accounts::look_up_code(&desk.app, &code, &from("192.0.2.7")).await;
            match answer {
                Err(Error::SignInRefused) => {}
                Err(Error::TooManyAttempts { seconds }) => {
                    is_held = true;
                    desk.clock.advance(SignedDuration::from_secs(i64::from(seconds.min(3))));
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(is_held);
        let code = &issued.slips[0].code;
        let here = accounts::look_up_code(&desk.app, code, &from("192.0.2.7")).await;
        assert!(matches!(here, Err(Error::TooManyAttempts { .. })));
        assert!(accounts::look_up_code(&desk.app, code, &from("198.51.100.9")).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_taken_or_unusable_and_a_weak_password_are_refused_and_the_code_stays() {
    for desk in Desk::all().await {
        let issued = desk.issue_new(&desk.person("city").await, CITY).await;
        let code = &issued.slips[0].code;
        for (login, name, password, expected) in [
            ("works", "王五", NEW_PASSWORD, "login_taken"),
            ("two words", "王五", NEW_PASSWORD, "login_unusable"),
            ("w", "王五", NEW_PASSWORD, "login_unusable"),
            ("wang", "", NEW_PASSWORD, "missing"),
            ("wang", "王五", "short", "password_too_short"),
            ("wang", "王五", "12345678", "password_guessable"),
        ] {
            let wanted = NewOwner { password: password.to_owned(), ..owner(code, login, name) };
            let refused = accounts::activate(&desk.app, wanted).await.map(drop);
            let Err(Error::Invalid(problems)) = refused else { panic!("{login}: {refused:?}") };
            assert_eq!(problems[0].name(), expected, "{login}");
        }
        assert!(accounts::activate(&desk.app, owner(code, "wang", "王五")).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_one_code_at_once_one_gets_in() {
    for desk in Desk::all().await {
        let issued = desk.issue_new(&desk.person("city").await, CITY).await;
        let code = &issued.slips[0].code;
        let (first, second) = tokio::join!(
            accounts::activate(&desk.app, owner(code, "wang", "王五")),
            accounts::activate(&desk.app, owner(code, "zhao", "赵六"))
        );
        assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|is_in| **is_in).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_issues_once() {
    for desk in Desk::all().await {
        let office = desk.person("city").await;
        let scope = || IssueScope::NewAccounts { unit: CITY, role: role("enterprise-officer") };
        let (first, second) =
            tokio::join!(desk.issue(&office, "key", scope()), desk.issue(&office, "key", scope()));
        let made: Vec<usize> =
            [&first, &second].into_iter().flatten().map(|issued| issued.slips.len()).collect();
        assert!(made == [11] || made == [11, 0] || made == [0, 11], "{made:?}");
        let found = accounts::search(&desk.app, &office, &AccountQuery::default(), 0, 100).await.unwrap();
        assert_eq!(found.total, 7 + 11);
        let waiting = desk.issue(&office, "key", IssueScope::Waiting { unit: CITY }).await;
        assert!(matches!(waiting, Err(Error::Stale { what: Thing::CodeBatch })), "one form, one list");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_stored_nowhere_and_their_printing_is_noted() {
    for desk in Desk::all().await {
        let office = desk.person("city").await;
        let issued = desk.issue_new(&office, CITY).await;
        let (entries, _) = access_log::log(&desk.app, &office, None, 100).await.unwrap();
        let noted: Vec<_> = entries.iter().filter(|entry| entry.action == AccessAction::IssueCodes).collect();
        assert_eq!((noted.len(), noted[0].detail.as_str(), noted[0].actor.as_str()), (1, "11", "city"));
        let mut tx = desk.test.db.read(desk.test.region).await.unwrap();
        let batch = issued.batch.unwrap();
        assert_eq!(store::activations::accounts_of(&mut tx, batch).await.unwrap().len(), 11);
        for slip in &issued.slips {
            let code = slip.code.replace('-', "");
            assert_eq!(store::activations::find(&mut tx, &code).await.unwrap(), None);
            let account = store::accounts::find(&mut tx, &slip.login).await.unwrap().unwrap();
            let audited = store::audit::list_of(&mut tx, "account", account.user_id).await.unwrap();
            let text = format!("{account:?} {audited:?} {entries:?}");
            assert!(!text.contains(&code) && !text.contains(&slip.code));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_an_account_in_use_takes_its_password_and_keeps_its_name() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        let token = desk.sign_in("works").await.unwrap();
        let scope = IssueScope::Account("works".to_owned());
        let issued = desk.issue(&district, "one", scope).await.unwrap();
        assert!(accounts::session_context(&desk.app, &token, None).await.is_err(), "sessions end");
        assert!(desk.sign_in("works").await.is_err());
        let session = accounts::activate(&desk.app, owner(&issued.slips[0].code, "else", "Else")).await;
        let ctx = desk.context(&session.unwrap().token).await;
        assert_eq!(ctx.person(), "works", "records name it");
        assert_eq!(desk.account("works").await.name, "Name of works");
        let own = desk.issue(&district, "own", IssueScope::Account("district".to_owned())).await;
        assert!(matches!(own, Err(Error::Forbidden(_))), "not for oneself");
    }
}

fn sheet(key: &str, text: &str) -> CodeSheet {
    CodeSheet {
        key: key.to_owned(),
        file_name: "名单.csv".to_owned(),
        bytes: format!("\u{feff}{text}").into_bytes(),
        role: role("enterprise-officer"),
        days: 30,
    }
}

async fn hand_in(desk: &Desk, ctx: &Context, key: &str, text: &str) -> SheetOutcome {
    accounts::codes_of_sheet(&desk.app, ctx, sheet(key, text)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_makes_all_its_accounts_or_none() {
    for desk in Desk::all().await {
        let district = desk.person("district").await;
        let faulty = "区县工会人员名单\n单位代码,单位名称,用户名,姓名,角色,电话\n\
             000010011,,zhao,赵六,,13841100000\n\
             000010099,,,钱七,,\n\
             ,unit 10004,,孙八,,\n\
             000010012,,works,周九,,\n\
             000010012,,zhao,吴十,,\n\
             000010012,,,,,\n\
             000010012,,li bai,李白,,\n\
             000010013,,,郑一,city-office,\n\
             000010013,,,王二,区县/产业工会干部,\n\
             000010010,,,Name of works,,\n\
             000010013,,,冯三,,电话不详\n";
        let SheetOutcome::Refused { faults, total } = hand_in(&desk, &district, "a", faulty).await else {
            panic!("a faulty sheet was taken")
        };
        assert_eq!(faults.len(), total);
        let found: Vec<(u32, &str)> = faults.iter().map(|fault| (fault.row, fault.problem.name())).collect();
        let expected = [
            (4, "unknown_unit"),
            (5, "unknown_unit"),
            (6, "login_taken"),
            (7, "repeated_in_file"),
            (9, "login_unusable"),
            (10, "unknown_role"),
            (11, "role_too_high"),
            (12, "person_has_account"),
            (13, "not_number"),
        ];
        assert_eq!(found, expected, "a unit of another district is as unknown as one that is not there");
        let query = AccountQuery::default();
        let before = accounts::search(&desk.app, &district, &query, 0, 100).await.unwrap().total;
        assert_eq!(before, 4, "none was made");

        let good =
            "单位,姓名,用户名,电话\n000010011,赵六,zhao,138-4110-0000\nunit 10012,钱七,,\n000010013,,,\n";
        let SheetOutcome::Issued(issued) = hand_in(&desk, &district, "b", good).await else {
            panic!("a good sheet was refused")
        };
        assert_eq!((issued.slips.len(), issued.left_out), (2, 1));
        let logins: Vec<&str> = issued.slips.iter().map(|slip| slip.login.as_str()).collect();
        assert_eq!(logins, ["zhao", "000010012"]);
        let zhao = accounts::account(&desk.app, &district, "zhao").await.unwrap();
        assert_eq!(zhao.telephone.as_deref().map(|number| number.contains("4110")), Some(false), "masked");
        let SheetOutcome::Refused { faults, .. } = hand_in(&desk, &district, "c", good).await else {
            panic!("the same sheet was taken again")
        };
        assert_eq!(faults.len(), 3, "login and both persons are there already: {faults:?}");
        let without = accounts::codes_of_sheet(&desk.app, &district, sheet("d", "甲,乙\n1,2\n")).await;
        assert!(matches!(without, Err(Error::Invalid(found)) if found == [Problem::NoColumnOfUnits]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_district_issues_codes_for_its_own_units_and_no_others() {
    for desk in Desk::all().await {
        let (city, district, other) =
            (desk.person("city").await, desk.person("district").await, desk.person("other").await);
        let new = |unit: UnitId, role_id: &str| IssueScope::NewAccounts { unit, role: role(role_id) };
        let all = desk.issue(&district, "1", new(CITY, "enterprise-officer")).await;
        assert!(matches!(all.map(drop), Err(Error::NotFound { .. } | Error::Forbidden(_))));
        let theirs = desk.issue(&district, "2", new(OTHER, "enterprise-officer")).await;
        assert!(matches!(theirs.map(drop), Err(Error::NotFound { .. })));
        let higher = desk.issue(&district, "3", new(DISTRICT, "city-office")).await;
        assert!(matches!(higher.map(drop), Err(Error::Forbidden(_))));
        let own = desk.issue(&district, "4", new(DISTRICT, "enterprise-officer")).await.unwrap();
        assert_eq!(own.slips.len(), 11);
        let batch = own.batch.unwrap();
        for foreign in [
            desk.issue(&other, "5", IssueScope::Batch(batch)).await.map(drop),
            desk.issue(&other, "6", IssueScope::Account(own.slips[0].login.clone())).await.map(drop),
            desk.issue(&other, "7", IssueScope::Waiting { unit: DISTRICT }).await.map(drop),
            accounts::withdraw(&desk.app, &other, batch).await.map(drop),
        ] {
            assert!(matches!(foreign, Err(Error::NotFound { .. })), "{foreign:?}");
        }
        assert_eq!(accounts::batches(&desk.app, &other).await.unwrap(), []);
        assert_eq!(accounts::batches(&desk.app, &city).await.unwrap().len(), 1);
        let works = desk.person("works").await;
        assert!(matches!(accounts::batches(&desk.app, &works).await, Err(Error::Forbidden(_))));
        let theirs = desk.issue(&works, "8", IssueScope::Waiting { unit: WORKS }).await;
        assert!(matches!(theirs.map(drop), Err(Error::Forbidden(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_nobody_uses_are_found_and_locked_together() {
    for desk in Desk::all().await {
        let office = desk.person("city").await;
        desk.wait_days(100);
        let office = {
            drop(office);
            desk.person("city").await
        };
        desk.person("works").await;
        desk.issue_new(&office, CITY).await;
        let query = |state| AccountQuery { state: Some(state), ..AccountQuery::default() };
        let found = async |ctx: &Context, query: &AccountQuery| {
            let page = accounts::search(&desk.app, ctx, query, 0, 100).await.unwrap();
            page.accounts.into_iter().map(|account| account.login).collect::<Vec<_>>()
        };
        let unused = query(StateFilter::Unused(90));
        assert_eq!(found(&office, &unused).await, ["district", "other", "viewer", "works-2", "yard"]);
        let district = desk.person("district").await;
        assert_eq!(found(&district, &unused).await, ["viewer", "works-2"], "its own units");
        assert_eq!(found(&district, &query(StateFilter::Waiting)).await.len(), 11);
        assert!(found(&district, &query(StateFilter::NeverUsed)).await.contains(&"works-2".to_owned()));
        assert_eq!(found(&office, &query(StateFilter::Active)).await.len(), 7);
        let by_text = AccountQuery { text: Some("WORKS-".to_owned()), ..AccountQuery::default() };
        assert_eq!(found(&office, &by_text).await, ["works-2"]);
        let by_unit = AccountQuery { text: Some("unit 10004".to_owned()), ..AccountQuery::default() };
        assert_eq!(found(&office, &by_unit).await, ["yard"]);
        let below = AccountQuery { unit: Some(OTHER), ..AccountQuery::default() };
        assert_eq!(found(&office, &below).await, ["other", "yard"]);
        let foreign = accounts::search(&desk.app, &district, &below, 0, 10).await.map(|page| page.total);
        assert!(matches!(foreign, Err(Error::NotFound { .. })));

        let stale = accounts::disable_found(&desk.app, &district, &unused, 1).await;
        assert!(matches!(stale, Err(Error::Stale { what: Thing::Account })));
        let in_use = accounts::disable_found(&desk.app, &district, &query(StateFilter::Active), 4).await;
        assert!(in_use.is_err(), "accounts in use are not locked together");
        assert_eq!(accounts::disable_found(&desk.app, &district, &unused, 2).await.unwrap(), (2, 0));
        assert!(desk.account("works-2").await.is_disabled && !desk.account("yard").await.is_disabled);
        let (entries, _) = access_log::log(&desk.app, &office, None, 100).await.unwrap();
        let locked = entries.iter().filter(|entry| entry.action == AccessAction::DisableAccount);
        assert_eq!(locked.count(), 2, "each is noted");
    }
}
