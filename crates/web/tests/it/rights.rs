//! Who may do what: every route × every role × the person's own unit, a lower
//! one and a foreign one, as a table that people can read. A route that is
//! missing from the table, or answers differently, fails; `BLESS=1` writes the
//! table anew.

use std::fmt::Write as _;

use app::facts;
use model::ids::UnitId;
use web::routes::{ROUTES, Route};

use crate::imports::FAULTY;
use crate::site::{
    CITY, DISTRICT, MILL, OTHER, PASSWORD, PEOPLE, REGISTER, STEPPED, STREET, Site, Visitor, WORKS, YARD,
    action, code, idea,
};

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
    let stated: &[(&str, &str)] = match route.path {
        "/login" => &[("user", login), ("password", PASSWORD)],
        "/language" => &[("language", "zh"), ("next", "/")],
        "/imports/{id}/choices" => &[("kind", "register:workshop-idea")],
        "/imports/{id}/start" => &[("rows", "all")],
        "/units" => &[("code", "new"), ("name", "New"), ("unit", "000010001")],
        "/units/{code}/registers/{form}" => &[
            ("unit", "000010005"),
            ("field.title", "new"),
            ("field.author", "Li"),
            ("field.told_on", "2021-03-01"),
        ],
        // What it states already: the next route finds the version it knows.
        "/facts/{id}/correct" => &[
            ("version", "1"),
            ("field.title", "first"),
            ("field.author", "Li"),
            ("field.told_on", "2021-03-01"),
        ],
        "/facts/{id}/remove" | "/facts/{id}/steps/{step}" => &[("version", "1")],
        "/facts/{id}/comments" => &[("text", "seen")],
        "/attachments/{id}/remove" => &[("reason", "wrong file")],
        "/drafts" | "/drafts/discard" => &[("draft.unit", "000010005"), ("draft.form", "workshop-idea")],
        "/facts/{id}/numbers" | "/persons/{key}/remove" => &[("reason", "核对")],
        "/persons" => &[("number", NUMBER)],
        "/persons/{key}/correct" => &[("name", "Li"), ("reason", "核对")],
        "/units/{code}/registers/{form}/views" => &[("name", "view"), ("query", "q=1")],
        "/units/{code}/registers/{form}/forget" => &[("name", "view")],
        "/units/{code}/changes/{change}" => {
            &[("name", "Another name"), ("until", "2026-03-01"), ("version", "1")]
        }
        "/users" => &[("login", ""), ("name", ""), ("role", "viewer"), ("unit", ""), ("password", "")],
        "/users/{login}/password" => &[("password", PASSWORD)],
        "/account/password" => &[("old", PASSWORD), ("new", PASSWORD), ("again", PASSWORD)],
        "/account/language" => &[("language", "zh")],
        _ => &[],
    };
    let names = [
        "user",
        "password",
        "language",
        "next",
        "kind",
        "rows",
        "login",
        "name",
        "role",
        "unit",
        "old",
        "new",
        "again",
        "code",
        "until",
        "query",
        "version",
        "reason",
        "number",
        "text",
        "field.title",
        "field.author",
        "field.told_on",
        "reason",
        "draft.unit",
        "draft.form",
    ];
    let name = |text: &str| names.into_iter().find(|name| *name == text).unwrap();
    stated.iter().map(|(key, value)| (name(key), (*value).to_owned())).collect()
}

/// The variable parts of a path that name a unit, in one way or another.
fn names_unit(path: &str) -> bool {
    ["{code}", "{id}", "{key}"].iter().any(|part| path.contains(part))
}

async fn address(site: &Site, route: &Route, unit: Option<UnitId>, key: &str) -> String {
    let mut path = route.path.to_owned();
    for part in parts(route.path) {
        let value = match (part.as_str(), unit) {
            ("{code}", Some(unit)) => code(unit),
            ("{id}", Some(unit)) if route.path.starts_with("/imports/") => {
                site.import_of(unit, key, FAULTY.as_bytes()).await.to_string()
            }
            ("{id}", Some(unit)) if route.path.starts_with("/attachments/") => {
                site.attachment_of(enterprise(unit), key).await.to_string()
            }
            ("{id}", Some(unit)) if route.path.ends_with("/remove") => {
                let unit = enterprise(unit);
                facts::create(&site.app, &testkit::console(), REGISTER, unit, idea(key))
                    .await
                    .unwrap()
                    .to_string()
            }
            ("{id}", Some(unit)) if route.path.contains("{step}") => {
                action(site, enterprise(unit), key).await.to_string()
            }
            ("{key}", Some(unit)) => person(site, enterprise(unit), key).await,
            ("{id}", Some(unit)) => site.facts[&enterprise(unit)].to_string(),
            ("{login}", _) => "district".to_owned(),
            ("{form}", _) if route.path.contains("{step}") => STEPPED.to_owned(),
            ("{form}", _) => REGISTER.to_owned(),
            ("{step}", _) => "pause".to_owned(),
            // Nobody's comment: it exists for none of them.
            ("{said}", _) => "1".to_owned(),
            ("{change}", _) => "rename".to_owned(),
            ("{indicator}", _) => "1.1".to_owned(),
            ("{file}", _) => "none.css".to_owned(),
            (part, _) => panic!("{}: say in tests/it/rights.rs what stands for {part}", route.path),
        };
        path = path.replace(&part, &value);
    }
    path
}

/// Somebody whom a new record of a unit tells of, by name alone.
async fn person(site: &Site, unit: UnitId, key: &str) -> String {
    let id = facts::create(&site.app, &testkit::console(), REGISTER, unit, idea(key)).await.unwrap();
    let found = facts::find(&site.app, &testkit::console(), id).await.unwrap();
    let fields = found.snapshot.campaign.forms[found.fact.form].persons[0];
    app::persons::PersonKey::of(&found.snapshot, &found.fact, fields).unwrap().to_string()
}

/// Nobody's ID number.
const NUMBER: &str = "210202198001010008";

fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|piece| piece.find('{').map(|at| &piece[at..]))
        .map(|piece| piece[..=piece.find('}').unwrap()].to_owned())
        .collect()
}

async fn ask(
    visitor: &mut Visitor<'_>,
    site: &Site,
    route: &Route,
    login: &str,
    unit: Option<UnitId>,
) -> String {
    let key = format!("{} {} {login} {unit:?}", route.method, route.path);
    let path = address(site, route, unit, &key).await;
    let answer = match (route.method, route.path) {
        ("GET", _) => visitor.get(&path).await,
        ("POST", "/facts/{id}/attachments") => {
            visitor.send_files(&path, &[], &[("a.txt", key.as_bytes())]).await
        }
        ("POST", "/imports") => visitor.upload(&key, "", &[("a.csv", b"a,b\n")]).await,
        _ => {
            let fields = fields(route, login);
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            visitor.post(&path, &fields).await
        }
    };
    answer.status.as_str().to_owned()
}

/// The answers to one person, one line per route.
async fn column(site: &Site, login: &str) -> Vec<String> {
    let mut column = Vec::new();
    for route in ROUTES {
        let units = if names_unit(route.path) { units(login).to_vec() } else { vec![None] };
        let mut answers = Vec::new();
        for unit in units {
            if unit.is_none() && names_unit(route.path) {
                answers.push("-".to_owned());
                continue;
            }
            // What one route does must not change what the next one answers.
            let mut visitor =
                if login == "anonymous" { site.stranger().await } else { site.visitor(login).await };
            answers.push(ask(&mut visitor, site, route, login, unit).await);
            drop(visitor);
            restore(site).await;
        }
        column.push(answers.join(" "));
    }
    column
}

/// Undoes what a form has done to the account that stands for all others.
async fn restore(site: &Site) {
    let console = testkit::console();
    app::accounts::set_disabled(&site.app, &console, "district", false).await.unwrap();
}

async fn table() -> String {
    let logins: Vec<&str> = PEOPLE.iter().map(|(login, ..)| *login).chain(["anonymous"]).collect();
    let titles = PEOPLE.iter().map(|(_, role, _)| role.name()).chain(["anonymous"]);
    let columns = logins.iter().map(async |login| {
        let site = Site::new().await;
        column(&site, login).await
    });
    let columns = futures::future::join_all(columns).await;
    let mut text = HEAD.to_owned();
    let mut line = |first: &str, cells: Vec<&str>| {
        let mut row = format!("{first:<43} ");
        for cell in cells {
            write!(row, "{cell:<20}").unwrap();
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
