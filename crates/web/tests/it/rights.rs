//! Who may do what: every route × every role × the person's own unit, a lower
//! one and a foreign one. What must come out follows from two tables alone:
//! what a route needs (`crates/web/src/routes.rs`) and what a role may do
//! (`crates/campaign/src/roles.toml`). Whoever may do something reaches its
//! success. The answers are in `rights.txt`, which `BLESS=1` writes anew.

mod addresses;

use std::{collections::BTreeMap, fmt::Write as _};

use app::{
    Action, Actor, Context, Role,
    accounts::{self, NewAccount},
};
use campaign::source::{Source, SourceFile};
use model::ids::UnitId;
use store::{accounts::Account, second_factors::SecondFactorRow};
use totp_rs::{Builder, Secret};
use web::routes::{Need, ROUTES, Route};

use crate::{
    codes::batch,
    site::{
        Answer, CITY, DISTRICT, MILL, OTHER, PASSWORD, PEOPLE, STREET, Site, Visitor, WORKS, YARD, action,
        between, code,
    },
};

use self::addresses::{address, names_unit, other};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/rights.txt");

const HEAD: &str = "\
# Who may do what. For every route the answers to each role: for its own unit, a
# lower one, a foreign one; a single number where the address names no unit.
# 200 shown, 303 done or sent to sign in, 403 not allowed, 404 does not exist for
# this person. Written by BLESS=1 cargo nextest run -p web rights.

";

/// Own, lower and foreign unit of a person.
fn units(login: &str) -> [Option<UnitId>; 3] {
    match login {
        "city" => [Some(CITY), Some(DISTRICT), None],
        "mill" => [Some(MILL), None, Some(WORKS)],
        _ => [Some(DISTRICT), Some(STREET), Some(OTHER)],
    }
}

/// The enterprise at or below a unit whose record stands for it.
fn enterprise(unit: UnitId) -> UnitId {
    match unit {
        OTHER | YARD => YARD,
        WORKS => WORKS,
        _ => MILL,
    }
}

/// The fields of a form that would be taken from somebody who may.
fn fields(route: &Route, login: &str) -> Vec<(&'static str, String)> {
    let own = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    match route.path {
        "/login" => own(&[("user", if login == ANONYMOUS { "city" } else { login }), ("password", PASSWORD)]),
        "/language" => own(&[("language", "zh"), ("next", "/")]),
        "/imports/{id}/choices" => own(&[("kind", "register:workshop-idea")]),
        "/imports/{id}/start" => own(&[("rows", "all")]),
        "/units" => own(&[("code", "new"), ("name", "New"), ("unit", "000010001")]),
        "/units/{code}/registers/{form}" => own(&[
            ("unit", "000010005"),
            ("field.title", "new"),
            ("field.author", "Li"),
            ("field.told_on", "2021-03-01"),
        ]),
        // What it states already: the next route finds the version it knows.
        "/records/{id}/correct" => own(&[
            ("version", "1"),
            ("field.title", "first"),
            ("field.author", "Li"),
            ("field.told_on", "2021-03-01"),
        ]),
        "/records/{id}/mask" | "/records/{id}/remove" | "/records/{id}/transitions/{step}" => {
            own(&[("version", "1")])
        }
        "/records/{id}/comments" => own(&[("text", "seen")]),
        "/attachments/{id}/remove" => own(&[("reason", "wrong file")]),
        "/drafts" | "/drafts/discard" => {
            own(&[("draft.id", "one"), ("draft.unit", "000010005"), ("draft.form", "workshop-idea")])
        }
        "/records/{id}/numbers" | "/persons/{key}/remove" => own(&[("reason", "核对")]),
        "/persons" => own(&[("number", NUMBER)]),
        "/persons/{key}/correct" => own(&[("name", "Li"), ("reason", "核对")]),
        "/units/{code}/registers/{form}/views" => own(&[("name", "view"), ("query", "q=1")]),
        "/units/{code}/registers/{form}/forget" => own(&[("name", "view")]),
        "/units/{code}/changes/{change}" => {
            own(&[("name", "Another name"), ("until", "2026-03-01"), ("version", "1")])
        }
        "/accounts" => own(&[
            ("login", "new"),
            ("name", "New"),
            ("role", "viewer"),
            ("unit", "000010005"),
            ("password", PASSWORD),
        ]),
        "/account-list/lock" => own(&[("state", "never"), ("q", "nobody"), ("count", "0")]),
        "/activation-codes" => own(&[
            ("key", "of a page"),
            ("what", "new"),
            ("unit", "000010002"),
            ("role", "enterprise-officer"),
            ("days", "30"),
        ]),
        "/accounts/{login}/code" => own(&[("key", "of an account"), ("days", "30")]),
        "/activation-codes/{batch}/reissue" => own(&[("key", "of a batch"), ("days", "30")]),
        "/accounts/{login}/deputies" => {
            let deputy = if login == "district" { "district" } else { "mill" };
            own(&[("deputy", deputy), ("from", "2026-03-01"), ("until", "2026-03-05")])
        }
        "/account/deputies" => {
            own(&[("deputy", other(login)), ("from", "2026-03-01"), ("until", "2026-03-05")])
        }
        "/account/hand-over" | "/accounts/{login}/hand-over" => {
            own(&[("name", "New"), ("password", PASSWORD)])
        }
        "/accounts/{login}/password" => own(&[("password", PASSWORD)]),
        "/accounts/{login}/assign" => own(&[("role", "viewer"), ("unit", "000010005")]),
        "/account/password" => {
            own(&[("old", PASSWORD), ("new", testkit::FIRST_PASSWORD), ("again", testkit::FIRST_PASSWORD)])
        }
        "/account/language" => own(&[("language", "zh")]),
        _ => Vec::new(),
    }
}

/// The code that a telephone would show to somebody who sets up the second factor.
async fn second_factor_code(visitor: &mut Visitor<'_>, site: &Site) -> String {
    visitor.post("/account/second-factor", &[]).await;
    let page = visitor.get("/account").await.text();
    let Some(secret) = between(&page, "?secret=", "&") else { return "000000".to_owned() };
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(u64::try_from(site.app.now().as_second()).unwrap()).to_string()
}

/// Nobody's ID number.
const NUMBER: &str = "210202198001010008";

async fn ask(
    visitor: &mut Visitor<'_>,
    site: &Site,
    route: &Route,
    login: &str,
    unit: Option<UnitId>,
) -> Answer {
    let key = format!("{} {} {login} {unit:?}", route.method, route.path);
    let path = address(site, route, login, unit, &key).await;
    match (route.method, route.path) {
        ("GET", _) => visitor.get(&path).await,
        ("POST", "/records/{id}/attachments") => {
            visitor.send_files(&path, &[], &[("a.txt", key.as_bytes())]).await
        }
        ("POST", "/imports") => visitor.upload(&key, "", &[("a.csv", b"a,b\n")]).await,
        ("POST", "/definition") => {
            let zip = testkit::zip_of(&testkit::small_campaign());
            visitor.send_files(&path, &[("key", &key)], &[("campaign.zip", &zip)]).await
        }
        ("POST", "/definition/versions/{version}/agree") => {
            let page = visitor.get(&path.replace("/agree", "")).await.text();
            let hash = between(&page, "name=\"hash\" value=\"", "\"").unwrap_or("nothing").to_owned();
            visitor.post(&path, &[("hash", &hash)]).await
        }
        ("POST", "/units/{code}/registers/{form}/transitions/{step}") => {
            let id = action(site, enterprise(unit.unwrap()), &key).await;
            visitor.post(&path, &[("chosen", &format!("{id}.1")), ("deed", "take")]).await
        }
        ("POST", "/imports/{id}/take-back") => {
            let page = visitor.get(&path).await.text();
            let seen = between(&page, "name=\"seen\" value=\"", "\"").unwrap_or("nothing").to_owned();
            visitor.post(&path, &[("seen", &seen)]).await
        }
        ("POST", "/account/second-factor/confirm") => {
            let code = second_factor_code(visitor, site).await;
            visitor.post(&path, &[("code", &code)]).await
        }
        ("POST", "/activation-codes/sheet") => {
            let fields = [("key", "of a sheet"), ("role", "enterprise-officer"), ("days", "30")];
            let people = "单位代码,姓名\n000010005,Of the sheet\n";
            visitor.send_files(&path, &fields, &[("a.csv", people.as_bytes())]).await
        }
        ("POST", "/activate") => {
            let (_, slip) = batch(site).await;
            visitor.post(&path, &[("code", &slip.code)]).await
        }
        ("POST", "/activate/owner") => {
            let (_, slip) = batch(site).await;
            let chosen = testkit::FIRST_PASSWORD;
            let name = format!("of-{login}");
            let fields = [
                ("code", slip.code.as_str()),
                ("login", &name),
                ("name", "New"),
                ("password", chosen),
                ("again", chosen),
            ];
            visitor.post(&path, &fields).await
        }
        ("POST", "/accounts/{login}/second-factor/remove") => {
            put_second_factor(site, other(login)).await;
            visitor.post(&path, &[]).await
        }
        _ => {
            let fields = fields(route, login);
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            visitor.post(&path, &fields).await
        }
    }
}

const ANONYMOUS: &str = "anonymous";

/// Somebody who asks: the login, and what the account allows.
pub(crate) struct Persona {
    pub(crate) login: &'static str,
    pub(crate) role: Option<Role>,
    pub(crate) units: [Option<UnitId>; 3],
}

impl Persona {
    fn allows(&self, actions: &[Action]) -> bool {
        self.role.as_ref().is_some_and(|role| actions.iter().all(|action| role.allows(*action)))
    }

    /// The statuses that the tables demand for the `standing`th unit: own, lower, foreign.
    fn expected(&self, route: &Route, standing: usize) -> &'static [u16] {
        const DONE: &[u16] = &[200, 303];
        let is_foreign = standing == 2;
        let is_office = self.units[0] == Some(CITY);
        match route.need {
            Need::Open => DONE,
            _ if self.role.is_none() && route.path.starts_with("/api/") => &[401],
            _ if self.role.is_none() => &[303],
            Need::SignedIn => DONE,
            Need::Own(actions) if !self.allows(actions) => &[403],
            _ if is_foreign => &[404],
            Need::Region(actions) if !(self.allows(actions) && is_office) => &[403],
            Need::Unit(actions) if !self.allows(actions) => &[403],
            Need::Own(_) | Need::Unit(_) | Need::Region(_) => DONE,
        }
    }
}

/// The answers to one person, one line per route; every one as the tables demand.
pub(crate) async fn column(site: &Site, persona: &Persona) -> Vec<String> {
    let mut column = Vec::new();
    for route in ROUTES {
        let units = if names_unit(route.path) { persona.units.to_vec() } else { vec![None] };
        let mut answers = Vec::new();
        for (standing, unit) in units.into_iter().enumerate() {
            if unit.is_none() && names_unit(route.path) {
                answers.push("-".to_owned());
                continue;
            }
            // What one route does must not change what the next one answers.
            let mut visitor = match persona.login {
                ANONYMOUS => site.stranger().await,
                login => site.visitor(login).await,
            };
            let answer = ask(&mut visitor, site, route, persona.login, unit).await;
            let expected = persona.expected(route, standing);
            let is_sent_away = route.need != Need::Open && answer.location.starts_with("/login");
            assert!(
                expected.contains(&answer.status.as_u16())
                    && is_sent_away == (persona.role.is_none() && expected == [303]),
                "{} {} for {}: {} {}, expected {expected:?}\n{}",
                route.method,
                route.path,
                persona.login,
                answer.status,
                answer.location,
                answer.text()
            );
            answers.push(answer.status.as_str().to_owned());
            drop(visitor);
            restore(site, persona.login).await;
        }
        column.push(answers.join(" "));
    }
    column
}

/// Undoes what a form has done to the person's own account, and to the one that stands for all others.
async fn restore(site: &Site, login: &str) {
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    for login in [login, "district", "mill"] {
        let Some(found) = store::accounts::find(&mut tx, login).await.unwrap() else { continue };
        let known = PEOPLE.iter().find(|(known, ..)| *known == login);
        let (role, unit) =
            known.map_or((found.role.clone(), found.unit_id), |(_, role, unit)| ((*role).to_owned(), unit.0));
        let account = Account {
            role,
            unit_id: unit,
            password_hash: testkit::PASSWORD_DIGEST.to_owned(),
            is_disabled: false,
            must_change_password: false,
            ..found
        };
        store::accounts::update(&mut tx, &account).await.unwrap();
        store::second_factors::delete(&mut tx, account.id()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Gives the account that stands for all others a second factor.
async fn put_second_factor(site: &Site, login: &str) {
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    let user_id = store::accounts::find(&mut tx, login).await.unwrap().unwrap().user_id;
    let row = SecondFactorRow {
        user_id,
        secret: "sealed".to_owned(),
        is_confirmed: true,
        last_step: 0,
        created_at: 0,
    };
    store::second_factors::put(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// The answers to somebody who is given access for this.
async fn column_of(source: &Source, login: &'static str, role: &str, unit: UnitId) -> Vec<String> {
    let site = Site::under(source).await;
    let snapshot = site.app.current(&testkit::console(&site.app)).await.unwrap();
    let role = snapshot.definition.role(role).unwrap().clone();
    let new = NewAccount {
        login: login.to_owned(),
        name: login.to_owned(),
        role: role.clone(),
        unit_code: code(unit),
        password: PASSWORD.to_owned(),
    };
    accounts::add(&site.app, &testkit::console(&site.app), new).await.unwrap();
    restore(&site, login).await;
    let foreign = (unit != CITY).then_some(OTHER);
    let lower = if unit == CITY { DISTRICT } else { STREET };
    column(&site, &Persona { login, role: Some(role), units: [Some(unit), Some(lower), foreign] }).await
}

/// The three administrators, by login and role.
const ADMINISTRATORS: [(&str, &str); 3] = [
    ("system", "system-administrator"),
    ("security", "security-administrator"),
    ("audit", "audit-administrator"),
];

async fn table() -> String {
    let logins: Vec<&str> = PEOPLE.iter().map(|(login, ..)| *login).chain([ANONYMOUS]).collect();
    let titles = PEOPLE.iter().map(|(_, role, _)| *role).chain([ANONYMOUS]);
    let titles = titles.chain(ADMINISTRATORS.map(|(_, role)| role));
    let columns = logins.iter().map(async |login| {
        let site = Site::new().await;
        let snapshot = site.app.current(&testkit::console(&site.app)).await.unwrap();
        let known = PEOPLE.iter().find(|(known, ..)| known == login);
        let role = known.map(|(_, role, _)| snapshot.definition.role(role).unwrap().clone());
        column(&site, &Persona { login, role, units: units(login) }).await
    });
    let mut columns = futures::future::join_all(columns).await;
    let source = testkit::small_campaign();
    let administrators =
        ADMINISTRATORS.map(async |(login, role)| column_of(&source, login, role, CITY).await);
    columns.extend(futures::future::join_all(administrators).await);
    let mut text = HEAD.to_owned();
    let mut line = |first: &str, cells: Vec<&str>| {
        let mut row = format!("{first:<43} ");
        for cell in cells {
            write!(row, "{cell:<23}").unwrap();
        }
        writeln!(text, "{}", row.trim_end()).unwrap();
    };
    line("route", titles.collect());
    for (position, route) in ROUTES.iter().enumerate() {
        let first = format!("{:<5}{}", route.method, route.path);
        line(&first, columns.iter().map(|column| column[position].as_str()).collect());
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the table is written anew when the environment says so")]
async fn every_route_answers_each_role_as_the_table_says() {
    let found = table().await;
    if std::env::var("BLESS").is_ok() {
        std::fs::write(TABLE, &found).unwrap();
    }
    let known = std::fs::read_to_string(TABLE).unwrap_or_default();
    let differing: Vec<String> = found
        .lines()
        .filter(|line| !known.lines().any(|known| known == *line))
        .chain(known.lines().filter(|known| !found.lines().any(|line| line == *known)))
        .map(ToOwned::to_owned)
        .collect();
    assert!(
        differing.is_empty(),
        "tests/it/rights.txt differs (BLESS=1 writes it anew):\n{}",
        differing.join("\n")
    );
}

/// Roles that no line of Rust knows.
const ROLES: &str = r#"
[[role]]
id = "party-observer"
label = { zh = "党委观察员", en = "Party observer" }
help = { zh = "查看数据和记录", en = "Looks at figures and records" }
level = "any"
actions = ["read-figures", "read-records", "export-registers"]

[[role]]
id = "reviewer"
label = { zh = "复核员", en = "Reviewer" }
help = { zh = "复核记录", en = "Reviews records" }
level = "level-2"
actions = ["read-figures", "read-records", "transition-records", "read-attachments", "write-comments", "read-todo"]

[[role]]
id = "security-administrator"
label = { zh = "安全管理员", en = "Security administrator" }
help = { zh = "管理账户", en = "Manages accounts" }
level = "city"
actions = ["read-figures", "manage-accounts"]

[[role]]
id = "audit-administrator"
label = { zh = "审计管理员", en = "Audit administrator" }
help = { zh = "查看日志", en = "Reads the log" }
level = "city"
actions = ["read-figures", "read-unmask-log", "read-access-log", "read-audit"]
"#;

/// Roles that are added as data go through the whole matrix.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_data_alone_may_do_what_it_states() {
    let roles = SourceFile { path: "roles.toml".to_owned(), text: ROLES.to_owned() };
    let files = testkit::small_campaign().files().iter().cloned().chain([roles]).collect();
    let source = Source::from_files(files);
    let added = [
        ("observer", "party-observer", DISTRICT),
        ("reviewer", "reviewer", DISTRICT),
        ("security", "security-administrator", CITY),
        ("audit", "audit-administrator", CITY),
    ];
    let walks = added.iter().map(async |(login, role, unit)| column_of(&source, login, role, *unit).await);
    futures::future::join_all(walks).await;
}

/// A token has no account; what it may do is decided by the same table.
#[tokio::test]
async fn a_token_may_do_what_its_role_states() {
    let site = Site::new().await;
    let snapshot = site.app.current(&testkit::console(&site.app)).await.unwrap();
    let may: BTreeMap<&str, Vec<bool>> = ["viewer", "enterprise-officer"]
        .into_iter()
        .map(|role| {
            let actor = Actor::Token { name: "token".to_owned(), role: testkit::role(role), unit: MILL };
            let ctx = Context { actor, ..testkit::console(&site.app) };
            let may = |action, unit| ctx.may(action, &snapshot, unit);
            (
                role,
                vec![
                    may(Action::ReadFigures, MILL),
                    may(Action::WriteRecords, MILL),
                    may(Action::ReadFigures, WORKS),
                ],
            )
        })
        .collect();
    assert_eq!(may["viewer"], [true, false, false]);
    assert_eq!(may["enterprise-officer"], [true, true, false]);
}
