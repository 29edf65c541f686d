//! Personal numbers: nowhere in clear, shown for a reason, removed on request
//! without moving a figure; and what two units claim.

use std::{collections::BTreeMap, process::Command, sync::Arc};

use app::{
    Actor, App, Context, Error, Role, Setup, claims, facts,
    facts::Stated,
    figures::{Ask, show},
    imports::{self, Request, Submission, import, run_waiting},
    load::{LoadUnit, load},
    persons::{self, Correction, PersonKey},
    privacy::{self, Deed},
    rebuild::verify,
};
use model::{
    ids::{FactId, UnitId, UserId},
    problem::ProblemKind,
    value::Value,
};
use store::{Secret, units::UnitKind};
use testkit::{TestDb, console, databases, open, small_campaign};
use words::Language;

const CITY: UnitId = UnitId(10_001);
const NORTH: UnitId = UnitId(10_002);
const MILL: UnitId = UnitId(10_003);
const YARD: UnitId = UnitId(10_004);
const FORM: &str = "workshop-idea";

/// A city with a district and its mill, and a yard of the city's own.
async fn city(test: &TestDb) -> App {
    let app = open(test, &small_campaign()).await;
    let snapshot = app.current().await.unwrap();
    let roster = &snapshot.campaign.forms[snapshot.campaign.roster];
    let unit = |id: UnitId, parent| {
        let mut values = vec![None; roster.fields.len()];
        values[roster.field("telephone").unwrap()] = Some(text(PHONE));
        LoadUnit {
            id,
            code: id.to_string(),
            name: format!("unit {id}"),
            kind: if [MILL, YARD].contains(&id) { UnitKind::Grassroots } else { UnitKind::Union },
            parent,
            guidance: None,
            closed_from: None,
            values,
        }
    };
    let units =
        vec![unit(CITY, None), unit(NORTH, Some(CITY)), unit(MILL, Some(NORTH)), unit(YARD, Some(CITY))];
    load(&app, &console(), units, std::iter::empty(), &|_| {}).await.unwrap();
    app
}

const PHONE: &str = "13998877665";

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn idea(title: &str, author: &str, number: Option<&str>) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::from([
        ("title".to_owned(), text(title)),
        ("author".to_owned(), text(author)),
        ("told_on".to_owned(), Value::Date(jiff::civil::date(2021, 3, 1))),
    ]);
    values.extend(number.map(|number| ("id_number".to_owned(), text(number))));
    values
}

async fn enter(app: &App, unit: UnitId, title: &str, author: &str, number: Option<&str>) -> FactId {
    facts::create(app, &console(), FORM, unit, idea(title, author, number)).await.unwrap()
}

fn officer(unit: UnitId, role: Role) -> Context {
    let actor = Actor::User { id: UserId(1), login: "li".to_owned(), name: "Li".to_owned(), role, unit };
    Context { actor, clock: testkit::clock(), language: Language::Chinese }
}

/// Everything that the database holds, as text.
fn dump(test: &TestDb) -> String {
    let output = match test.url.strip_prefix("sqlite:") {
        Some(path) => Command::new("sqlite3").arg(path).arg(".dump").output(),
        None => Command::new("pg_dump").args(["--data-only", "--inserts"]).arg(&test.url).output(),
    };
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fails where the database holds one of `texts`, as text or as bytes.
fn assert_absent(test: &TestDb, texts: &[&str]) {
    let all = dump(test).to_lowercase();
    for text in texts {
        let bytes = text.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        for needle in [text.to_lowercase(), bytes] {
            let at = all.find(&needle).map(|at| all[..at].rfind('\n').unwrap_or(0)..at);
            assert!(at.is_none(), "{text} stands in clear: {}", &all[at.unwrap_or_default()]);
        }
    }
}

fn request(bytes: &str, correct_stored: bool) -> Request {
    Request {
        file_name: "ideas.csv".to_owned(),
        bytes: Arc::new(bytes.as_bytes().to_vec()),
        kind: format!("register:{FORM}"),
        sheet: None,
        unit: None,
        mapping: BTreeMap::new(),
        accept_good_rows: true,
        correct_stored,
        preview: false,
        skip_conflicts: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_stands_in_clear_anywhere() {
    const NUMBERS: [&str; 4] =
        ["320106197703120413", "320106197703120421", "320106197703120448", "320106197703120456"];
    for test in databases().await {
        let app = city(&test).await;
        let numbers = NUMBERS.map(checked);
        let id = enter(&app, MILL, "one", "甲", Some(&numbers[0])).await;
        let typed = [("title", "two"), ("author", "乙"), ("id_number", &numbers[1]), ("told_on", "2021-3-1")];
        let typed: BTreeMap<String, String> =
            typed.map(|(field, text)| (field.to_owned(), text.to_owned())).into();
        facts::enter(&app, &console(), FORM, MILL, Stated::Typed(typed)).await.unwrap();
        facts::correct(&app, &console(), id, 1, idea("one", "甲", Some(&numbers[2]))).await.unwrap();
        let row = format!(
            "组织编码,金点子名称,姓名,身份证号,提出日期\n{MILL},three,丙,{},2021-03-01\n",
            numbers[3]
        );
        let report = import(&app, &console(), request(&row, false), &|_, _| {}).await.unwrap();
        assert_eq!((report.accepted, report.refused.len()), (1, 0), "{report:?}");
        // A file that waits, then is refused for what it states otherwise.
        let other = row.replace("2021-03-01", "2021-04-01");
        let wrong = format!("{other}{MILL},four,丁,{}9,2021-03-01\n", &numbers[3][..17]);
        let submission = Submission {
            key: "key".to_owned(),
            file_name: "ideas.csv".to_owned(),
            bytes: wrong.clone().into_bytes(),
            kind: Some(format!("register:{FORM}")),
        };
        let (login, name) = ("li".to_owned(), "Li".to_owned());
        let account = app::accounts::NewAccount {
            login,
            name,
            role: Role::EnterpriseOfficer,
            unit_code: MILL.to_string(),
            password: "a long password".to_owned(),
        };
        app::accounts::add(&app, &console(), account).await.unwrap();
        let session = app::accounts::sign_in(&app, "li", "a long password").await.unwrap();
        let (ctx, _) = app::accounts::context_of(&app, &session.token, None).await.unwrap();
        let waiting = imports::submit(&app, &ctx, submission).await.unwrap();
        imports::start(&app, &ctx, waiting, true).await.unwrap();
        run_waiting(&app).await.unwrap();
        let done = imports::find(&app, &ctx, waiting).await.unwrap();
        let report = done.report.expect("a report");
        assert_eq!(report.refused.len(), 2, "{report:?}");
        assert!(report.refused.iter().any(|cell| cell.problem.kind == ProblemKind::RepeatedInStore));
        let mut all: Vec<&str> = numbers.iter().map(String::as_str).collect();
        all.push(PHONE);
        let bad = format!("{}9", &numbers[3][..17]);
        all.push(&bad);
        assert_absent(&test, &all);
        assert_eq!(facts::find(&app, &console(), id).await.unwrap().fact.values[3], Some(text(&numbers[2])));
        assert_eq!(verify(&app, &console()).await.unwrap().difference, None);
    }
}

/// An ID number with its right check digit.
fn checked(number: &str) -> String {
    let digits = "0123456789X".chars();
    let mut all = digits.map(|digit| format!("{}{digit}", &number[..17]));
    all.find(|number| model::codes::IdNumber::parse(number).is_ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_opened_with_its_own_secret_alone() {
    for test in databases().await {
        let app = city(&test).await;
        drop(app);
        let opened = |secret| {
            let setup = Setup { campaign: None, is_demonstration: false, secret };
            App::open(test.db.clone(), test.region, setup, testkit::clock())
        };
        assert!(matches!(opened(Secret::new([9; 32])).await, Err(Error::WrongSecret)));
        assert!(opened(testkit::secret()).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_shown_for_a_reason_and_the_log_says_so() {
    for test in databases().await {
        let app = city(&test).await;
        let number = checked("320106198001010018");
        let id = enter(&app, MILL, "one", "甲", Some(&number)).await;
        let mill = officer(MILL, Role::EnterpriseOfficer);
        for (reason, kind) in [(" ", ProblemKind::Missing), (&"长".repeat(201), ProblemKind::TooLong)] {
            let Err(Error::Invalid(problems)) = privacy::unmask(&app, &mill, id, reason).await else {
                panic!("{reason} is no reason");
            };
            assert_eq!(problems[0].kind, kind);
        }
        let shown = privacy::unmask(&app, &mill, id, " 核对 ").await.unwrap();
        assert_eq!(shown.iter().map(|(_, number)| number.as_str()).collect::<Vec<_>>(), [number.as_str()]);
        for (ctx, expected) in [
            (officer(YARD, Role::EnterpriseOfficer), "not found"),
            (officer(NORTH, Role::Viewer), "not allowed"),
        ] {
            let error = privacy::unmask(&app, &ctx, id, "核对").await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let found = facts::find(&app, &mill, id).await.unwrap();
        let noted: Vec<_> = found.privacy.iter().map(|entry| (entry.deed, entry.reason.as_str())).collect();
        assert_eq!(noted, [(Deed::Unmask, "核对")]);
        assert!(matches!(privacy::log(&app, &mill, None, 10).await, Err(Error::Forbidden(_))));
        let (log, next) = privacy::log(&app, &console(), None, 10).await.unwrap();
        assert_eq!((log.len(), next, log[0].actor.as_str(), log[0].fact), (1, None, "li", Some(id)));
    }
}

/// All figures of all units.
async fn figures(app: &App) -> String {
    app.fold().await.unwrap();
    let mut told = String::new();
    for unit in [CITY, NORTH, MILL, YARD] {
        let shown = show(app, &console(), unit, &Ask { year: 2021, ..Ask::default() }).await.unwrap();
        for entry in shown.entries {
            told.extend([format!("{unit} {:?}\n", entry.figure)]);
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_what_may_be_seen_and_is_corrected_everywhere() {
    for test in databases().await {
        let app = city(&test).await;
        let number = checked("320106198101010010");
        let first = enter(&app, MILL, "one", "甲", Some(&number)).await;
        let second = enter(&app, MILL, "two", "甲", Some(&number)).await;
        let third = enter(&app, YARD, "three", "甲", Some(&number)).await;
        let namesake = enter(&app, MILL, "four", "甲", None).await;
        let mill = officer(MILL, Role::EnterpriseOfficer);
        let key = persons::by_number(&app, &mill, &number).await.unwrap().unwrap();
        assert!(!key.to_string().contains(&number));
        let ids = |file: &persons::File| file.entries.iter().map(|entry| entry.fact.id).collect::<Vec<_>>();
        assert_eq!(ids(&persons::file(&app, &mill, &key).await.unwrap()), [second, first]);
        assert_eq!(ids(&persons::file(&app, &console(), &key).await.unwrap()), [third, second, first]);
        let north = officer(NORTH, Role::LevelTwoOfficer);
        let other = checked("320106198101010029");
        assert_eq!(persons::by_number(&app, &north, &other).await.unwrap(), None);
        assert!(matches!(persons::by_number(&app, &north, "1").await, Err(Error::Invalid(_))));
        let viewer = officer(NORTH, Role::Viewer);
        assert!(matches!(persons::file(&app, &viewer, &key).await, Err(Error::Forbidden(_))));
        let foreign = officer(UnitId(10_005), Role::EnterpriseOfficer);
        assert!(matches!(persons::file(&app, &foreign, &key).await, Err(Error::NotFound { .. })));
        let named = persons::by_name(&app, &north, NORTH, "甲").await.unwrap();
        let mut counts: Vec<usize> = named.iter().map(|found| found.records).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 2], "one with a number, one by name alone");
        let by_name = named.iter().find(|found| matches!(found.key, PersonKey::Name(..))).unwrap();
        assert_eq!(ids(&persons::file(&app, &mill, &by_name.key).await.unwrap()), [namesake]);

        let correction = Correction { name: "甲甲".to_owned(), ..Correction::default() };
        let changed = persons::correct(&app, &mill, &key, &correction, "姓名写错").await.unwrap();
        assert_eq!((changed.records, &changed.key), (2, &key));
        let correction = Correction { id_number: other.clone(), ..Correction::default() };
        let changed = persons::correct(&app, &console(), &key, &correction, "号码写错").await.unwrap();
        assert_eq!(changed.records, 3);
        assert!(persons::file(&app, &console(), &key).await.is_err(), "nobody bears the old number");
        let file = persons::file(&app, &console(), &changed.key).await.unwrap();
        assert_eq!((file.number, file.names), (Some(other), vec!["甲".to_owned(), "甲甲".to_owned()]));
        assert_eq!(verify(&app, &console()).await.unwrap().difference, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_removed_and_the_counts_stay() {
    for test in databases().await {
        let app = city(&test).await;
        let (number, name, alone) = (checked("320106198201010013"), "司马无忌", "欧阳无名");
        for (unit, title) in [(MILL, "one"), (MILL, "two"), (YARD, "three")] {
            enter(&app, unit, title, name, Some(&number)).await;
        }
        let by_name = enter(&app, MILL, "four", alone, None).await;
        let again = enter(&app, MILL, "five", alone, None).await;
        let later = enter(&app, MILL, "six", name, None).await;
        facts::correct(&app, &console(), later, 1, idea("six", name, Some(&number))).await.unwrap();
        let before = figures(&app).await;
        let mill = officer(MILL, Role::EnterpriseOfficer);
        let key = persons::by_number(&app, &mill, &number).await.unwrap().unwrap();
        assert!(matches!(persons::remove(&app, &mill, &key, "").await, Err(Error::Invalid(_))));
        assert_eq!(persons::remove(&app, &mill, &key, "本人要求").await.unwrap().records, 3, "its own");
        assert_eq!(figures(&app).await, before, "the city counts him once still");
        assert_eq!(verify(&app, &console()).await.unwrap().difference, None);
        assert_eq!(persons::remove(&app, &console(), &key, "本人要求").await.unwrap().records, 1);
        let snapshot = app.current().await.unwrap();
        let fact = facts::find(&app, &console(), by_name).await.unwrap().fact;
        let person = snapshot.campaign.forms[fact.form].persons[0];
        let unnamed = PersonKey::of(&snapshot, &fact, person).unwrap();
        assert_eq!(persons::remove(&app, &mill, &unnamed, "本人要求").await.unwrap().records, 2);
        assert_eq!(figures(&app).await, before);
        assert_eq!(verify(&app, &console()).await.unwrap().difference, None);
        assert_absent(&test, &[&number, name, alone]);
        let file = persons::file(&app, &console(), &key).await.unwrap();
        assert!(file.is_removed && file.names.is_empty() && file.number.is_none());

        // The same file once more brings nobody back.
        let row = format!(
            "组织编码,金点子名称,姓名,身份证号,提出日期\n{MILL},one,{name},{number},2021-03-01\n\
             {MILL},five,{alone},,2021-03-01\n"
        );
        let report = import(&app, &console(), request(&row, false), &|_, _| {}).await.unwrap();
        assert_eq!((report.accepted, report.refused_rows()), (0, 2), "{report:?}");
        // Nor does a correction of something else.
        let typed = [("title", "five"), ("author", "已删除"), ("told_on", "2021-3-2")];
        let typed: BTreeMap<String, String> =
            typed.map(|(field, text)| (field.to_owned(), text.to_owned())).into();
        let version = facts::find(&app, &console(), again).await.unwrap().version;
        facts::correct(&app, &console(), again, version, typed).await.unwrap();
        assert_eq!(figures(&app).await, before);
        let rebuilt = app::rebuild::rebuild(&app, &console()).await;
        assert!(rebuilt.is_ok());
        assert_eq!(figures(&app).await, before);
        assert_eq!(verify(&app, &console()).await.unwrap().difference, None);
        let (log, _) = privacy::log(&app, &console(), None, 10).await.unwrap();
        let deeds: Vec<_> = log.iter().map(|entry| (entry.deed, entry.records)).collect();
        let expected = [
            (Deed::Remove, Some(2)),
            (Deed::Remove, Some(1)),
            (Deed::Remove, Some(3)),
            (Deed::Find, Some(3)),
        ];
        assert_eq!(deeds, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_units_claim_is_told_to_both() {
    for test in databases().await {
        let app = city(&test).await;
        let number = checked("320106198301010016");
        let mine = enter(&app, MILL, "节能 改造", "甲", Some(&number)).await;
        let theirs = enter(&app, YARD, "节能（改造）", "甲某", Some(&number)).await;
        enter(&app, MILL, "节能改造二", "甲", Some(&number)).await;
        enter(&app, YARD, "别的", "乙", None).await;
        enter(&app, MILL, "别的", "乙", None).await;
        let mill = officer(MILL, Role::EnterpriseOfficer);
        let found = facts::find(&app, &mill, mine).await.unwrap();
        let groups = claims::of_record(&app, &mill, &found).await.unwrap().unwrap();
        let [group] = groups.as_slice() else { panic!("{groups:?}") };
        assert_eq!(group.units(), 2);
        let seen = |group: &claims::Group| {
            let told = group.claimants.iter();
            let mut told: Vec<_> =
                told.map(|one| (one.unit.id, one.fact.as_ref().map(|fact| fact.id))).collect();
            told.sort_unstable();
            told
        };
        assert_eq!(seen(group), [(MILL, Some(mine)), (YARD, None)], "the other's record is not his to see");
        for (ctx, unit, expected) in [
            (console(), CITY, vec![(MILL, Some(mine)), (YARD, Some(theirs))]),
            (officer(YARD, Role::EnterpriseOfficer), YARD, vec![(MILL, None), (YARD, Some(theirs))]),
        ] {
            let (_, groups, total) = claims::list(&app, &ctx, unit, 0, 10).await.unwrap();
            assert_eq!((total, groups.iter().map(seen).collect::<Vec<_>>()), (1, vec![expected]));
        }
        let form = &found.snapshot.campaign.forms[found.fact.form];
        let (once, each) = claims::counting(&found.snapshot, form, &form.claims[0]);
        let ids = |all: &std::collections::BTreeSet<usize>| {
            all.iter()
                .map(|measure| found.snapshot.campaign.measures[*measure].id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (ids(&once), ids(&each)),
            (vec!["idea_authors".to_owned()], vec!["ideas".to_owned(), "idea_units".to_owned()])
        );
    }
}
