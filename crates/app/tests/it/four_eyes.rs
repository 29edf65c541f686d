//! Four eyes: what only a second person's step brings about is stated by nobody alone, whatever the way;
//! what was decided on paper long ago is entered all the same, and marked.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
    sync::Arc,
};

use app::{
    App, Context, Error, drafts,
    imports::{Report, Request, import},
    rebuild::verify,
    records::{self, Input, RecordDetails},
    register_export::{Format, Which, export},
    registers::{self, Selection},
    todo, transitions,
};
use campaign::definition::{FieldIdx, Form, Values};
use exchange::register::NOTE_TITLE;
use jiff::civil::date;
use model::{ids::RecordId, problem::Problem, value::Value};
use testkit::{console, databases, first_campaign, role};

use crate::steps::{CITY, DISTRICT, WORKS, city, person};

fn officer(app: &App) -> Context {
    person(app, role("enterprise-officer"), WORKS)
}

/// Somebody else with the same role at the same unit.
fn colleague(app: &App) -> Context {
    let mut context = officer(app);
    if let app::Actor::User { login, .. } = &mut context.actor {
        "colleague".clone_into(login);
    }
    context
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn proposal() -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("title".to_owned(), text("加装挡板")),
        ("measure".to_owned(), text("在喷嘴外加装挡板")),
        ("proposer".to_owned(), text("张三")),
        ("proposed_on".to_owned(), Value::Date(date(2012, 5, 1))),
    ])
}

fn decided() -> BTreeMap<String, Value> {
    let decision = ("decision".to_owned(), Value::Code("adopted".to_owned()));
    BTreeMap::from([decision, ("decided_on".to_owned(), Value::Date(date(2012, 5, 20)))])
}

/// An old file with one proposal, as far as it is stated.
fn file(cells: &[(&str, &str)]) -> Vec<u8> {
    let base = [
        ("建议名称", "加装挡板"),
        ("建议人", "张三"),
        ("提出日期", "2012-05-01"),
        ("措施", "在喷嘴外加装挡板"),
    ];
    let all: Vec<&(&str, &str)> = base.iter().chain(cells).collect();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(all.iter().map(|(title, _)| *title)).unwrap();
    csv.write_record(all.iter().map(|(_, cell)| *cell)).unwrap();
    csv.into_inner().unwrap()
}

const DECIDED: [(&str, &str); 2] = [("审查结论", "采纳"), ("采纳日期", "2012-05-20")];

async fn take(app: &App, ctx: &Context, bytes: Vec<u8>) -> Report {
    let request = Request {
        file_name: "台账.csv".to_owned(),
        bytes: Arc::new(bytes),
        kind: "register:proposal".to_owned(),
        unit: Some(format!("{:09}", WORKS.0)),
        correct_stored: true,
        ..Request::default()
    };
    import(app, ctx, request, &|_, _| {}).await.unwrap()
}

async fn found(app: &App, id: RecordId) -> RecordDetails {
    records::find(app, &console(app), id).await.unwrap()
}

fn state(details: &RecordDetails) -> String {
    let form = &details.snapshot.definition.forms[details.fact.form];
    form.workflow.as_ref().unwrap().states[details.state.unwrap()].id.clone()
}

fn claimed(form: &Form, pending: &Values) -> BTreeSet<String> {
    let claims = pending.entries().filter(|(_, claim)| claim.is_some());
    claims.map(|(field, _): (FieldIdx, _)| form.fields[field].id.clone()).collect()
}

fn is_for_a_second_person<T>(outcome: &Result<T, Error>) -> bool {
    let Err(Error::InvalidFields(faults)) = outcome else { return false };
    faults.iter().any(|fault| matches!(fault.problem, Problem::SecondPerson { .. }))
}

async fn waits(app: &App, ctx: &Context, id: RecordId) -> bool {
    let ask = todo::TodoRequest { limit: 100, ..Default::default() };
    let items = todo::list(app, ctx, &ask).await.unwrap().items;
    items.iter().any(|item| item.fact.id == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_second_person_is_stated_by_nobody_alone() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let (me, other) = (officer(&app), colleague(&app));
        let id = records::create(&app, &me, "proposal", WORKS, proposal()).await.unwrap();
        let all = || proposal().into_iter().chain(decided()).collect::<BTreeMap<_, _>>();

        // By a correction, as values and as a form; a draft is handed in as a form is.
        let number = found(&app, id).await;
        let form = &number.snapshot.definition.forms[number.fact.form];
        let own = number.fact.value(form.field("number").unwrap()).unwrap().clone();
        let values =
            || all().into_iter().chain([("number".to_owned(), own.clone())]).collect::<BTreeMap<_, _>>();
        let corrected = records::correct(&app, &me, id, 1, values()).await;
        assert!(is_for_a_second_person(&corrected), "{corrected:?}");
        let typed: BTreeMap<String, String> = [
            ("number", own.as_str().unwrap()),
            ("title", "加装挡板"),
            ("measure", "在喷嘴外加装挡板"),
            ("proposer", "张三"),
            ("proposed_on", "2012-05-01"),
            ("decision", "adopted"),
            ("decided_on", "2012-05-20"),
        ]
        .into_iter()
        .map(|(field, text)| (field.to_owned(), text.to_owned()))
        .collect();
        let place = drafts::DraftForm { unit: WORKS, form: "proposal".to_owned(), fact: Some(id) };
        let draft = drafts::Typed { version: Some(1), fields: typed.clone(), ..Default::default() };
        let hash = number.snapshot.definition.hash.as_str();
        let one = drafts::DraftId::random();
        drafts::save(&app, &me, &one, &place, (hash, &draft), None).await.unwrap();
        let kept = drafts::find(&app, &me, &one, &place).await.unwrap().unwrap().typed.fields;
        let handed_in = records::correct(&app, &me, id, 1, Input::from(kept)).await;
        assert!(is_for_a_second_person(&handed_in), "{handed_in:?}");
        // What is no second person's is corrected as ever.
        let mut others = typed.clone();
        others.remove("decision");
        others.remove("decided_on");
        others.insert("measure".to_owned(), "在喷嘴外加装两块挡板".to_owned());
        records::correct(&app, &me, id, 1, Input::from(others)).await.unwrap();

        // By many at once, and by a later file: that one keeps it for somebody else.
        let chosen = [(id, Some(2))];
        let bulk = transitions::BulkTransition { form: "proposal", transition: "adopt", chosen: &chosen };
        let dates = || BTreeMap::from([("decided_on".to_owned(), Value::Date(date(2012, 5, 20)))]);
        let together = transitions::take_bulk(&app, &me, bulk, dates()).await.unwrap();
        assert_eq!(together.fit.len(), 0);
        let measure = ("措施", "在喷嘴外加装两块挡板");
        let mut cells = DECIDED.to_vec();
        cells.push(("实施完成日期", "2012-06-20"));
        let later = || {
            let bytes = String::from_utf8(file(&cells)).unwrap();
            bytes.replace("在喷嘴外加装挡板", measure.1).into_bytes()
        };
        let report = take(&app, &me, later()).await;
        assert_eq!(
            (report.corrected, report.pending, report.refused.len()),
            (1, 1, 0),
            "{:?}",
            report.refused
        );
        let seen = found(&app, id).await;
        assert_eq!(state(&seen), "submitted");
        assert_eq!(
            claimed(form, &seen.pending),
            ["decided_on", "decision", "implemented_on"].map(str::to_owned).into(),
            "what is stated after the decision waits with it"
        );
        let again = take(&app, &me, later()).await;
        assert_eq!((again.corrected, again.unchanged), (0, 1), "the same file changes nothing");
        assert!(waits(&app, &other, id).await, "whoever may confirm finds it in the list");

        // The same person does not confirm it; somebody else does, for one or for many.
        let own_step = transitions::take_bulk(&app, &me, bulk_of(&[(id, Some(3))]), nothing()).await.unwrap();
        assert_eq!(own_step.fit.len(), 0);
        let confirmed =
            transitions::take_bulk(&app, &other, bulk_of(&[(id, Some(3))]), nothing()).await.unwrap();
        assert_eq!(confirmed.fit.len(), 1, "{:?}", confirmed.unfit);
        let seen = found(&app, id).await;
        assert_eq!(state(&seen), "adopted");
        assert_eq!(claimed(form, &seen.pending), ["implemented_on".to_owned()].into());
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

fn bulk_of(chosen: &[transitions::Chosen]) -> transitions::BulkTransition<'_> {
    transitions::BulkTransition { form: "proposal", transition: "adopt", chosen }
}

fn nothing() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_correction_or_file_is_a_second_person() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let (me, other) = (officer(&app), colleague(&app));
        let id = records::create(&app, &me, "proposal", WORKS, proposal()).await.unwrap();
        let report = take(&app, &other, file(&DECIDED)).await;
        assert_eq!((report.corrected, report.pending), (1, 0), "{:?}", report.refused);
        let seen = found(&app, id).await;
        assert_eq!(state(&seen), "adopted");
        assert!(!transitions::lacks_second_person(&seen), "somebody else has stated it");

        let mut second = proposal();
        second.insert("title".to_owned(), text("更换照明灯"));
        let id = records::create(&app, &me, "proposal", WORKS, second.clone()).await.unwrap();
        let details = found(&app, id).await;
        let form = &details.snapshot.definition.forms[details.fact.form];
        let number = details.fact.value(form.field("number").unwrap()).unwrap().clone();
        let all = second.into_iter().chain(decided()).chain([("number".to_owned(), number)]);
        let level_2 = person(&app, role("level-2-officer"), DISTRICT);
        records::correct(&app, &level_2, id, 1, all.collect::<BTreeMap<_, _>>()).await.unwrap();
        let seen = found(&app, id).await;
        assert_eq!((state(&seen).as_str(), transitions::lacks_second_person(&seen)), ("adopted", false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_afterwards_is_marked_everywhere() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let me = officer(&app);
        let report = take(&app, &me, file(&DECIDED)).await;
        assert_eq!(
            (report.accepted, report.pending, report.refused.len()),
            (1, 0, 0),
            "{:?}",
            report.refused
        );
        let open = proposal().into_iter().map(|(field, value)| {
            let value = if field == "title" { text("改进夹具") } else { value };
            (field, value)
        });
        records::create(&app, &me, "proposal", WORKS, open.collect::<BTreeMap<_, _>>()).await.unwrap();
        let selection = Selection {
            form: "proposal".to_owned(),
            unit: CITY,
            filter: registers::Filter::default(),
            sort: registers::Sort::default(),
        };
        let mut rows = registers::list(&app, &console(&app), &selection, 1, 10).await.unwrap().rows;
        rows.sort_by_key(|row| row.fact.id);
        assert_eq!(rows.iter().map(|row| row.lacks_second_person).collect::<Vec<_>>(), [true, false]);
        assert!(transitions::lacks_second_person(&found(&app, rows[0].fact.id).await));
        let mut out = Cursor::new(Vec::new());
        export(&app, &console(&app), CITY, "proposal", Which::All, Format::Csv, &mut out).await.unwrap();
        let csv = String::from_utf8(out.into_inner()).unwrap();
        assert!(csv.contains(NOTE_TITLE), "{csv}");
        assert_eq!(csv.matches("补录").count(), 1, "{csv}");
        // The file comes back and changes nothing.
        let report = take(&app, &me, csv.into_bytes()).await;
        assert_eq!((report.unchanged, report.ignored_columns.len()), (2, 0), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_is_granted_is_not_stated_by_the_unit() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let me = officer(&app);
        let team = BTreeMap::from([
            ("team".to_owned(), text("甲班")),
            ("year".to_owned(), Value::Integer(2012)),
            ("conclusion".to_owned(), Value::Code("model".to_owned())),
            ("named_level".to_owned(), Value::Code("city".to_owned())),
            ("named_on".to_owned(), Value::Date(date(2012, 12, 1))),
            ("document".to_owned(), text("大工办发〔2012〕9号")),
        ]);
        let entered = records::create(&app, &me, "five-type-team", WORKS, team.clone()).await;
        assert!(
            matches!(&entered, Err(Error::InvalidFields(faults)) if faults[0].field == "named_level"),
            "{entered:?}"
        );
        let office = person(&app, role("city-office"), CITY);
        records::create(&app, &office, "five-type-team", WORKS, team).await.unwrap();
    }
}
