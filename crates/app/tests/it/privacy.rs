//! Personal numbers: nowhere in clear, and shown for a reason.

mod duplicates;
mod persons;
mod rotation;

use std::{collections::BTreeMap, process::Command, sync::Arc};

use app::{
    Actor, App, Context, Error, Role, Setup,
    imports::{self, Report, Request, Submission, import, run_waiting},
    load::{LoadUnit, load},
    rebuild::verify,
    records,
    records::Input,
    unmask_log::{self, UnmaskAction},
};
use model::{
    ids::{ImportId, RecordId, UnitId, UserId},
    value::Value,
};
use store::{Secret, units::UnitKind};
use testkit::{TestDb, console, databases, open, role, small_campaign};

pub(crate) const CITY: UnitId = UnitId(10_001);
const NORTH: UnitId = UnitId(10_002);
pub(crate) const MILL: UnitId = UnitId(10_003);
const YARD: UnitId = UnitId(10_004);
pub(crate) const FORM: &str = "workshop-idea";

/// A city with a district and its mill, and a yard of the city's own.
pub(crate) async fn city(test: &TestDb) -> App {
    let app = open(test, &small_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let unit = |id: UnitId, parent| {
        let mut values = roster.no_values();
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
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
    app
}

const PHONE: &str = "13998877665";

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn idea(title: &str, author: &str, number: Option<&str>) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::from([
        ("title".to_owned(), text(title)),
        ("author".to_owned(), text(author)),
        ("told_on".to_owned(), Value::Date(jiff::civil::date(2021, 3, 1))),
    ]);
    values.extend(number.map(|number| ("id_number".to_owned(), text(number))));
    values
}

pub(crate) async fn enter(
    app: &App,
    unit: UnitId,
    title: &str,
    author: &str,
    number: Option<&str>,
) -> RecordId {
    records::create(app, &console(app), FORM, unit, idea(title, author, number)).await.unwrap()
}

pub(crate) fn officer(app: &App, unit: UnitId, role: Role) -> Context {
    let actor = Actor::User { id: UserId(1), login: "li".to_owned(), name: "Li".to_owned(), role, unit };
    Context { actor, ..console(app) }
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

/// How a text may stand in what the database holds: as it is, as bytes, and as bytes of the compact form, which has
/// Chinese characters in two bytes.
fn forms_of(text: &str) -> [String; 3] {
    let hex = |bytes: Vec<u8>| bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let compact = text.chars().flat_map(|letter| match u32::from(letter) {
        number @ 0x4e00..0xa000 => {
            let [_, _, upper, lower] = (number - 0x4e00).to_be_bytes();
            vec![0x80 + upper, lower]
        }
        _ => letter.to_string().into_bytes(),
    });
    [text.to_lowercase(), hex(text.as_bytes().to_vec()), hex(compact.collect())]
}

/// Fails where the database holds one of `texts`, as text or as bytes.
fn assert_absent(test: &TestDb, texts: &[&str]) {
    let all = dump(test).to_lowercase();
    for text in texts {
        for needle in forms_of(text) {
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
        ..Request::default()
    }
}

const NUMBERS: [&str; 4] =
    ["320106197703120413", "320106197703120421", "320106197703120448", "320106197703120456"];

#[tokio::test(flavor = "multi_thread")]
async fn numbers_entered_corrected_and_imported_are_stored_sealed() {
    for test in databases().await {
        let app = city(&test).await;
        let numbers = NUMBERS.map(checked);
        let id = enter(&app, MILL, "one", "甲", Some(&numbers[0])).await;
        let typed = [("title", "two"), ("author", "乙"), ("id_number", &numbers[1]), ("told_on", "2021-3-1")];
        let typed: BTreeMap<String, String> =
            typed.map(|(field, text)| (field.to_owned(), text.to_owned())).into();
        records::enter(&app, &console(&app), FORM, MILL, Input::Typed(typed)).await.unwrap();
        records::correct(&app, &console(&app), id, 1, idea("one", "甲", Some(&numbers[2]))).await.unwrap();
        let report = import_row(&app, &numbers[3]).await;
        assert_eq!((report.accepted, report.refused.len()), (1, 0), "{report:?}");
        let all: Vec<&str> = numbers.iter().map(String::as_str).chain([PHONE]).collect();
        assert_absent(&test, &all);
        assert_eq!(
            records::find(&app, &console(&app), id).await.unwrap().fact.values.as_slice()[3],
            Some(text(&numbers[2]))
        );
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_refused_file_are_stored_sealed() {
    for test in databases().await {
        let app = city(&test).await;
        let number = checked(NUMBERS[3]);
        import_row(&app, &number).await;
        let ctx = signed_in(&app).await;
        // One row states otherwise what is stored, one has a wrong number.
        let bad = format!("{}9", &number[..17]);
        let other = row(&number).replace("2021-03-01", "2021-04-01");
        let submission = Submission {
            key: "key".to_owned(),
            file_name: "ideas.csv".to_owned(),
            bytes: format!("{other}{MILL},four,丁,{bad},2021-03-01\n").into_bytes(),
            kind: Some(format!("register:{FORM}")),
        };
        let waiting = imports::submit(&app, &ctx, submission).await.unwrap();
        imports::start(&app, &ctx, waiting, true).await.unwrap();
        run_waiting(&app, &console(&app)).await.unwrap();
        let done = imports::find(&app, &ctx, waiting).await.unwrap();
        let report = done.report.expect("a report");
        assert_eq!(report.refused.len(), 2, "{report:?}");
        assert!(report.refused.iter().any(|cell| cell.problem.name() == "repeated_in_store"));
        assert_absent(&test, &[&number, &bad]);
    }
}

/// A file with one idea.
fn row(number: &str) -> String {
    format!("组织编码,金点子名称,姓名,身份证号,提出日期\n{MILL},three,丙,{number},2021-03-01\n")
}

async fn import_row(app: &App, number: &str) -> Report {
    import(app, &console(app), request(&row(number), false), &|_, _| {}).await.unwrap()
}

/// An officer of the mill who has an account and has signed in.
pub(crate) async fn signed_in(app: &App) -> Context {
    let account = app::accounts::NewAccount {
        login: "li".to_owned(),
        name: "Li".to_owned(),
        role: role("enterprise-officer"),
        unit_code: MILL.to_string(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    app::accounts::add(app, &console(app), account).await.unwrap();
    testkit::first_context(app, "li").await
}

/// An ID number with its right check digit.
pub(crate) fn checked(number: &str) -> String {
    let digits = "0123456789X".chars();
    let mut all = digits.map(|digit| format!("{}{digit}", &number[..17]));
    all.find(|number| model::codes::IdNumber::parse(number).is_ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_opened_with_its_own_secret_alone() {
    for test in databases().await {
        let app = city(&test).await;
        drop(app);
        let opened = |secret| App::open(test.db.clone(), test.region, Setup::new(secret), testkit::clock());
        assert!(matches!(opened(Secret::new([9; 32])).await, Err(Error::WrongSecret)));
        assert!(opened(testkit::secret()).await.is_ok());
    }
}

/// An idea of the mill with a number, and the mill's officer.
async fn idea_with_number(app: &App) -> (RecordId, String, Context) {
    let number = checked("320106198001010018");
    let id = enter(app, MILL, "one", "甲", Some(&number)).await;
    (id, number, officer(app, MILL, role("enterprise-officer")))
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_shown_for_a_reason_alone() {
    for test in databases().await {
        let app = city(&test).await;
        let (id, number, mill) = idea_with_number(&app).await;
        for (reason, kind) in [(" ", "missing"), (&"长".repeat(201), "too_long")] {
            let Err(Error::Invalid(problems)) = unmask_log::unmask(&app, &mill, id, reason).await else {
                panic!("{reason} is no reason");
            };
            assert_eq!(problems[0].name(), kind);
        }
        let shown = unmask_log::unmask(&app, &mill, id, " 核对 ").await.unwrap();
        assert_eq!(shown.iter().map(|(_, number)| number.as_str()).collect::<Vec<_>>(), [number.as_str()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_shown_to_officers_who_see_the_record() {
    for test in databases().await {
        let app = city(&test).await;
        let (id, _, _) = idea_with_number(&app).await;
        for (ctx, expected) in [
            (officer(&app, YARD, role("enterprise-officer")), "not found"),
            (officer(&app, NORTH, role("viewer")), "not allowed"),
        ] {
            let error = unmask_log::unmask(&app, &ctx, id, "核对").await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn showing_a_number_is_logged_with_its_reason() {
    for test in databases().await {
        let app = city(&test).await;
        let (id, _, mill) = idea_with_number(&app).await;
        unmask_log::unmask(&app, &mill, id, " 核对 ").await.unwrap();
        let found = records::find(&app, &mill, id).await.unwrap();
        let entries: Vec<_> =
            found.privacy.iter().map(|entry| (entry.action, entry.reason.as_str())).collect();
        assert_eq!(entries, [(UnmaskAction::Unmask, "核对")]);
        assert!(matches!(unmask_log::log(&app, &mill, None, 10).await, Err(Error::Forbidden(_))));
        let (log, next) = unmask_log::log(&app, &console(&app), None, 10).await.unwrap();
        assert_eq!((log.len(), next, log[0].actor.as_str(), log[0].fact), (1, None, "li", Some(id)));
    }
}

/// A text with an ID number and a telephone number, as clerks write them.
fn with_numbers(title: &str) -> (String, [String; 2]) {
    // No other test has them: a search goes through the regions of all.
    let (id, phone) = (checked("320106196605050418"), "13998877101");
    (format!("{title} 找张三{id}，电话{phone}"), [id, phone.to_owned()])
}

/// The title of an idea.
fn title(found: &records::RecordDetails) -> String {
    let form = &found.snapshot.definition.forms[found.fact.form];
    found.fact.values[form.field("title").unwrap()].as_ref().unwrap().as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_in_texts_are_gone_from_every_table_once_they_are_masked() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        let (clear, numbers) = with_numbers("one");
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        // From a program, masked by the button; the history shows twice what it said.
        let id = records::create(&app, &ctx, FORM, MILL, idea(&clear, "甲", None)).await.unwrap();
        records::correct(&app, &ctx, id, 1, idea(&clear, "乙", None)).await.unwrap();
        let all = dump(&test).to_lowercase();
        assert!(
            forms_of(numbers[0]).iter().any(|text| all.contains(text)),
            "a text is kept as it was written"
        );
        records::mask_numbers(&app, &ctx, id, 2).await.unwrap();
        assert_absent(&test, &numbers);
        let found = records::find(&app, &ctx, id).await.unwrap();
        assert_eq!(
            title(&found),
            "one 找张三320106********0418，电话139******01".replace("0418", &numbers[0][14..])
        );
        assert!(found.changes.last().unwrap().masks_numbers);
        for pair in found.changes.windows(2) {
            assert_eq!(pair[0].after, pair[1].before, "the history leads from one state to the next");
        }
        assert_eq!(found.changes.last().unwrap().after.as_ref(), Some(&found.fact.values));

        // From a form, with a draft beside it; taken out by a correction.
        let (clear, _) = with_numbers("two");
        let typed = [("title", clear.as_str()), ("author", "丙"), ("told_on", "2021-3-1")];
        let typed: BTreeMap<String, String> =
            typed.map(|(field, text)| (field.to_owned(), text.to_owned())).into();
        let id = records::enter(&app, &ctx, FORM, MILL, Input::Typed(typed)).await.unwrap().id;
        records::correct(&app, &ctx, id, 1, idea("two", "丙", None)).await.unwrap();
        assert_absent(&test, &numbers);

        // From a file, and masked by the file when it comes again.
        let (clear, _) = with_numbers("three");
        let file =
            format!("组织编码,金点子名称,姓名,提出日期\n{MILL},{clear},丁,2021-03-01\n").replace('，', "、");
        let report = import(&app, &ctx, request(&file, false), &|_, _| {}).await.unwrap();
        assert_eq!(report.rows_with_numbers_in_texts(), 1);
        let known = imports::preview_take_back(&app, &ctx, ImportId(report.import.unwrap())).await.unwrap();
        let masked = Request { mask_numbers: true, ..request(&file, true) };
        let report = import(&app, &ctx, masked, &|_, _| {}).await.unwrap();
        assert_eq!(report.rows_with_numbers_in_texts(), 0);
        // The name of an idea identifies it, so that this was another one: the first is removed.
        let first = known.going[0].id().unwrap();
        records::delete(&app, &ctx, first, 1).await.unwrap();
        assert_absent(&test, &numbers);

        // By an import that is taken back.
        let report = import(&app, &ctx, request(&file, false), &|_, _| {}).await.unwrap();
        let taken = ImportId(report.import.unwrap());
        let seen = imports::preview_take_back(&app, &ctx, taken).await.unwrap().seen;
        imports::take_back(&app, &ctx, taken, &seen).await.unwrap().unwrap();
        assert_absent(&test, &numbers);
        assert_eq!(verify(&app, &ctx).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_another_text_still_states_stays_in_the_history() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        // Other numbers than those of the test above, which searches the whole database.
        let numbers = [checked("320106196707070418"), "13998877102".to_owned()];
        let clear = format!("one 找张三{}，电话{}", numbers[0], numbers[1]);
        let id = records::create(&app, &ctx, FORM, MILL, idea(&clear, "甲", None)).await.unwrap();
        let only_phone = format!("one，电话{}", numbers[1]);
        records::correct(&app, &ctx, id, 1, idea(&only_phone, "甲", None)).await.unwrap();
        assert_absent(&test, &[&numbers[0]]);
        let found = records::find(&app, &ctx, id).await.unwrap();
        assert_eq!(found.changes.last().unwrap().after.as_ref(), Some(&found.fact.values));
    }
}
