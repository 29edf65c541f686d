//! What stands for the variable parts of the addresses of routes: things of a unit that a test may harm.

use app::{
    Actor, Context, accounts,
    attachments::{self, Outcome},
    campaigns::{CandidateState, DefinitionPlan},
    comments, records,
};
use model::ids::{UnitId, UserId};
use store::candidates::CandidateRow;
use web::routes::Route;
use words::Language;

use super::{ANONYMOUS, enterprise};
use crate::{
    attachments::PNG,
    codes::{batch, deputy},
    imports::FAULTY,
    site::{CITY, REGISTER, STEPPED, Site, action, between, code, idea},
};

/// The variable parts of a path that name a unit, in one way or another.
pub(super) fn names_unit(path: &str) -> bool {
    ["{code}", "{id}", "{key}"].iter().any(|part| path.contains(part))
}

/// The address of a route for a unit, with everything in it that it names.
pub(super) async fn address(
    site: &Site,
    route: &Route,
    login: &str,
    unit: Option<UnitId>,
    key: &str,
) -> String {
    let mut path = route.path.to_owned();
    for part in parts(route.path) {
        let value = match (part.as_str(), unit) {
            ("{code}", Some(unit)) => code(unit),
            ("{id}", Some(unit)) => subject(site, route, login, unit, key).await,
            ("{key}", Some(unit)) => person(site, enterprise(unit), key).await,
            ("{login}", _) => other(login).to_owned(),
            ("{batch}", _) => batch(site).await.0.to_string(),
            ("{deputy}", _) => deputy(site, login, other(login)).await.to_string(),
            ("{form}", _) if route.path.contains("{step}") => STEPPED.to_owned(),
            ("{form}", _) => REGISTER.to_owned(),
            ("{field}", _) => "follows".to_owned(),
            ("{step}", _) => "pause".to_owned(),
            ("{comment}", Some(unit)) => comment(site, login, enterprise(unit), key).await,
            ("{change}", _) => "rename".to_owned(),
            ("{indicator}", _) => "1.1".to_owned(),
            ("{file}", _) => asset(site).await,
            ("{session}", _) => session(site, login).await,
            ("{version}", _) => version(site).await.to_string(),
            ("{entry}", _) => audit_entry(site).await.to_string(),
            (part, _) => panic!("{}: say in tests/it/rights/addresses.rs what stands for {part}", route.path),
        };
        path = path.replace(&part, &value);
    }
    path
}

/// A version of the campaign of which it is known what it would do.
async fn version(site: &Site) -> i64 {
    let (campaign, hash) = ("another".to_owned(), "seen".to_owned());
    let plan = DefinitionPlan { campaign, hash, effects: Vec::new(), moves: Vec::new(), moved_units: 0 };
    let candidate = CandidateRow {
        candidate_id: store::new_id(site.app.now()),
        user_id: 20_001,
        deputy_id: None,
        created_by: "city".to_owned(),
        created_at: site.app.now().as_microsecond(),
        file_name: "campaign.zip".to_owned(),
        campaign_id: plan.campaign.clone(),
        state: CandidateState::Planning.name().to_owned(),
        plan: None,
        decided_by: None,
        error: None,
    };
    let plan = Some(serde_json::to_string(&plan).unwrap());
    let planned =
        CandidateRow { state: CandidateState::Planned.name().to_owned(), plan, ..candidate.clone() };
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    store::candidates::insert(&mut tx, &candidate, "[]").await.unwrap();
    store::candidates::advance(&mut tx, &planned, &candidate.state).await.unwrap();
    tx.commit().await.unwrap();
    candidate.candidate_id
}

/// Whose account stands for those of all others.
pub(super) fn other(login: &str) -> &'static str {
    if login == "district" { "mill" } else { "district" }
}

/// What `{id}` stands for: an import, an attachment or a record of a unit.
async fn subject(site: &Site, route: &Route, login: &str, unit: UnitId, key: &str) -> String {
    let owner = enterprise(unit);
    if route.path.ends_with("/take-back") {
        // Its own people take it back, and those above.
        let officer = person_of(site, login, unit).await;
        site.done_import_of(officer, key).await.to_string()
    } else if route.path.starts_with("/imports/") {
        site.import_of(unit, key, FAULTY.as_bytes()).await.to_string()
    } else if route.path.ends_with("/thumbnail") {
        picture(site, owner, key).await
    } else if route.path.starts_with("/attachments/") {
        site.attachment_of(owner, key).await.to_string()
    } else if route.path.contains("{step}") {
        action(site, owner, key).await.to_string()
    } else if route.path.ends_with("/remove") {
        record(site, owner, key).await.to_string()
    } else {
        site.facts[&owner].to_string()
    }
}

/// The person with this login, when that is the person's unit; else an officer of the unit.
async fn person_of(site: &Site, login: &str, unit: UnitId) -> Context {
    let role = if enterprise(unit) == unit { "enterprise-officer" } else { "level-2-officer" };
    let mut tx = site.test.db.read(site.test.region).await.unwrap();
    let found = store::accounts::find(&mut tx, login).await.unwrap();
    let own = found.filter(|account| account.unit_id == unit.0).map(|account| account.user_id);
    let actor = Actor::User {
        id: UserId(own.unwrap_or(1)),
        login: "officer".to_owned(),
        name: "Officer".to_owned(),
        role: testkit::role(if unit == CITY { "city-office" } else { role }),
        unit,
    };
    Context { actor, ..testkit::console(&site.app) }
}

/// A record of a unit that nothing else is done to.
async fn record(site: &Site, unit: UnitId, key: &str) -> model::ids::RecordId {
    records::create(&site.app, &testkit::console(&site.app), REGISTER, unit, idea(key)).await.unwrap()
}

/// A picture attached to a record of a unit.
async fn picture(site: &Site, unit: UnitId, key: &str) -> String {
    let record = record(site, unit, key).await;
    let attached =
        attachments::attach(&site.app, &testkit::console(&site.app), record, "picture.png", PNG.to_vec())
            .await;
    match attached.unwrap() {
        Outcome::Attached(id) => id.to_string(),
        other => panic!("the picture was not attached: {other:?}"),
    }
}

/// A comment on the record of a unit: the person's own, if the person may comment there.
async fn comment(site: &Site, login: &str, unit: UnitId, key: &str) -> String {
    let (record, console) = (site.facts[&unit], testkit::console(&site.app));
    if comments::add(&site.app, &context(site, login).await, record, key).await.is_err() {
        comments::add(&site.app, &console, record, key).await.unwrap();
    }
    let found = records::find(&site.app, &console, record).await.unwrap();
    found.comments.last().unwrap().id.to_string()
}

/// The context of somebody with an account; the system's for somebody without.
async fn context(site: &Site, login: &str) -> Context {
    let console = testkit::console(&site.app);
    let people = accounts::list(&site.app, &console).await.unwrap();
    let Some(person) = people.into_iter().find(|person| person.login == login) else { return console };
    let actor = Actor::User {
        id: UserId(1),
        login: person.login,
        name: person.name,
        role: person.role,
        unit: person.unit,
    };
    Context { actor, language: Language::Chinese, ..console }
}

/// A file that every page asks for.
async fn asset(site: &Site) -> String {
    let page = site.stranger().await.get("/login").await.text();
    between(&page, "/assets/", "\"").unwrap().to_owned()
}

/// Another session of a person.
async fn session(site: &Site, login: &str) -> String {
    if login == ANONYMOUS {
        return "1".to_owned();
    }
    let mut visitor = site.visitor(login).await;
    site.visitor(login).await;
    let page = visitor.get("/account").await.text();
    between(&page, "/account/sessions/", "/end\"").unwrap().to_owned()
}

/// Somebody whom a new record of a unit tells of, by name alone.
async fn person(site: &Site, unit: UnitId, key: &str) -> String {
    let id = record(site, unit, key).await;
    let found = records::find(&site.app, &testkit::console(&site.app), id).await.unwrap();
    let fields = found.snapshot.definition.forms[found.fact.form].persons[0];
    app::persons::PersonKey::from_record(&found.snapshot, &found.fact, fields).unwrap().to_string()
}

fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|piece| piece.find('{').map(|at| &piece[at..]))
        .map(|piece| piece[..=piece.find('}').unwrap()].to_owned())
        .collect()
}

/// The newest entry of the audit.
async fn audit_entry(site: &Site) -> i64 {
    let query = app::audit_trail::TrailQuery::default();
    let trail = app::audit_trail::list(&site.app, &testkit::console(&site.app), &query, None, 1).await;
    trail.unwrap().entries[0].id
}
