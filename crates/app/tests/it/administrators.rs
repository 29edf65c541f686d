//! Three administrators: none has the rights of another one, none gives himself or anybody else what he does not have.

use app::{
    Action, App, Context, Denied, Error, Role,
    accounts::{self, Assignment, NewAccount},
};
use campaign::source::{Source, SourceFile};
use testkit::{FIRST_PASSWORD, console, databases, role, small_campaign};

use crate::privacy::{CITY, city, officer};

const THREE: [&str; 3] = ["system-administrator", "security-administrator", "audit-administrator"];
const OTHERS: [&str; 4] = ["city-office", "level-2-officer", "enterprise-officer", "viewer"];

async fn add(app: &App, ctx: &Context, login: &str, given: &Role) -> Result<(), Error> {
    let new = NewAccount {
        login: login.to_owned(),
        name: "Name".to_owned(),
        role: given.clone(),
        unit_code: CITY.to_string(),
        password: FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, ctx, new).await
}

fn is_beyond<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Forbidden(Denied::AdministerBeyondOwn)))
}

#[test]
fn no_administrator_has_what_another_one_has() {
    for (number, one) in THREE.iter().enumerate() {
        let one = role(one);
        assert_eq!(one.administrations().len(), 1, "{one:?}");
        for other in THREE.iter().skip(number + 1) {
            let shared = one.actions().iter().filter(|action| role(other).allows(**action));
            assert_eq!(shared.collect::<Vec<_>>(), [&Action::ReadFigures], "{one:?} {other}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_accounts_gives_nobody_more_than_the_own_administration() {
    for test in databases().await {
        let app = city(&test).await;
        for given in THREE.iter().chain(&OTHERS) {
            add(&app, &console(&app), given, &role(given)).await.unwrap();
        }
        let security = officer(&app, CITY, role("security-administrator"));
        for given in ["city-office", "system-administrator", "audit-administrator"] {
            let given_role = role(given);
            assert!(is_beyond(&add(&app, &security, "new", &given_role).await), "add {given}");
            let to = |role: Role| Assignment { role, unit_code: CITY.to_string() };
            let raised = accounts::assign(&app, &security, "viewer", to(given_role)).await;
            assert!(is_beyond(&raised), "give {given}");
            let lowered = accounts::assign(&app, &security, given, to(role("viewer"))).await;
            assert!(is_beyond(&lowered), "take {given}");
            // A password that one knows is an account that one has.
            let reset = accounts::reset(&app, &security, given, FIRST_PASSWORD.to_owned()).await;
            assert!(is_beyond(&reset), "reset {given}");
            assert!(
                is_beyond(&accounts::set_disabled(&app, &security, given, true).await),
                "disable {given}"
            );
            assert!(is_beyond(&accounts::remove_second_factor(&app, &security, given).await), "{given}");
        }
        for given in ["level-2-officer", "enterprise-officer", "viewer"] {
            accounts::reset(&app, &security, given, "nine herons over Lushun".to_owned()).await.unwrap();
            add(&app, &security, &format!("new-{given}"), &role(given)).await.unwrap();
        }
        for id in ["system-administrator", "audit-administrator"] {
            let ctx = officer(&app, CITY, role(id));
            let refused = add(&app, &ctx, "own", &role("viewer")).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{id}");
        }
    }
}

/// From an account with this role, everything that can be reached by giving rights, again and again.
#[test]
fn no_chain_of_accounts_leads_beyond_the_first_ones_administration() {
    let all: Vec<Role> = THREE.iter().chain(&OTHERS).map(|id| role(id)).collect();
    let ctx = |role: &Role| {
        let clock = testkit::clock();
        let system = Context::system(model::ids::RegionId(1), clock, words::Language::Chinese);
        let actor = app::Actor::User {
            id: model::ids::UserId(1),
            login: "li".to_owned(),
            name: "Li".to_owned(),
            role: role.clone(),
            unit: CITY,
        };
        Context { actor, ..system }
    };
    for first in all.iter().filter(|role| role.allows(Action::ManageAccounts)) {
        let mut reached = vec![first.clone()];
        let mut next = 0;
        while let Some(from) = reached.get(next).cloned() {
            next += 1;
            if !from.allows(Action::ManageAccounts) {
                continue;
            }
            let more = all.iter().filter(|role| accounts::may_administer(&ctx(&from), role));
            let more: Vec<Role> = more.filter(|role| !reached.contains(role)).cloned().collect();
            reached.extend(more);
        }
        for role in reached {
            let administrations = role.administrations();
            let known = first.administrations();
            assert!(administrations.iter().all(|one| known.contains(one)), "{first:?} reaches {role:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_administrators_are_separate_nobody_else_administers() {
    let roles =
        SourceFile { path: "roles.toml".to_owned(), text: "separate_administrators = true".to_owned() };
    let source = Source::from_files(small_campaign().files().iter().cloned().chain([roles]).collect());
    for test in databases().await {
        let app = testkit::open(&test, &source).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        for role in &snapshot.definition.roles {
            let is_one_of_three = THREE.contains(&role.id());
            assert_eq!(role.administrations().len(), usize::from(is_one_of_three), "{role:?}");
            assert_eq!(role.needs_second_factor(), is_one_of_three, "{role:?}");
        }
        let office = snapshot.definition.role("city-office").unwrap();
        assert!(office.allows(Action::ManageUnits) && office.allows(Action::WriteRecords));
        assert!(!office.allows(Action::ManageAccounts) && !office.allows(Action::ReadAccessLog));
    }
}
