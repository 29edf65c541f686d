//! References between records: found by number or title, kept as stated where nothing is found, refused in words where
//! that is a fault; rules over them; what is referred to is not removed; and after any changes all of it is still true.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use app::{
    App, Context, Error,
    imports::{Report, Request, import, preview_take_back, take_back},
    rebuild::verify,
    records::{self, Input},
    references,
    registers::{self, Filter, Selection, Sort, Test},
    units::{self, Command, UnitChange},
};
use campaign::definition::{FieldIdx, Form};
use jiff::civil::date;
use model::{
    ids::{ImportId, RecordId, UnitId},
    month::Month,
    problem::Problem,
    value::{Reference, Value},
};
use proptest::{prelude::*, test_runner::TestRunner};
use testkit::{TestDb, console, databases, role, small_campaign};

use crate::steps::{WORKS, YARD, city, person};

const IDEAS: &str = "workshop-idea";
const ACTIONS: &str = "green-action";

type Stated = BTreeMap<String, String>;

fn stated(fields: &[(&str, &str)]) -> Stated {
    fields.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
}

fn officer(app: &App, unit: UnitId) -> Context {
    person(app, role("enterprise-officer"), unit)
}

async fn idea(app: &App, unit: UnitId, title: &str, author: &str) -> RecordId {
    let input = stated(&[("title", title), ("author", author), ("told_on", "2021-03-01")]);
    records::enter(app, &officer(app, unit), IDEAS, unit, Input::Typed(input)).await.unwrap().id
}

async fn action(app: &App, unit: UnitId, subject: &str, idea: &str) -> Result<RecordId, Error> {
    let input =
        stated(&[("subject", subject), ("kind", "energy"), ("started_on", "2021-05-01"), ("idea", idea)]);
    Ok(records::enter(app, &officer(app, unit), ACTIONS, unit, Input::Typed(input)).await?.id)
}

fn problem(result: Result<impl Sized, Error>) -> Problem {
    match result {
        Err(Error::InvalidFields(mut faults)) => faults.remove(0).problem,
        Err(Error::Invalid(mut problems)) => problems.remove(0),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

async fn value(app: &App, id: RecordId, field: &str) -> Option<Value> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    found.fact.value(form.field(field).unwrap()).cloned()
}

async fn agrees(app: &App) {
    let verified = verify(app, &console(app)).await.unwrap();
    assert!(verified.agrees(), "{:?}", verified.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_that_only_one_record_has_is_linked() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app, YARD, "Warm water from the press", "Li").await;
        let done = action(&app, WORKS, "Heat exchanger", " warm water from the Press").await.unwrap();
        let found = records::find(&app, &console(&app), done).await.unwrap();
        assert_eq!(found.referred.iter().map(|known| known.record).collect::<Vec<_>>(), [told]);
        assert_eq!(value(&app, done, "idea").await.unwrap().as_str(), Some("Warm water from the press"));
        let of_idea = records::find(&app, &console(&app), told).await.unwrap();
        let counts: Vec<i64> = of_idea.referred_by.iter().map(|by| by.count).collect();
        assert_eq!(counts, [1]);
        // Whoever may not open the other unit's record sees its title alone.
        let seen = records::find(&app, &officer(&app, WORKS), done).await.unwrap();
        assert!(!seen.referred[0].is_open);
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_means_nothing_is_kept_and_linked_later() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let done = action(&app, WORKS, "Heat exchanger", "Warm water").await.unwrap();
        assert_eq!(value(&app, done, "idea").await, Some(Value::Text("Warm water".to_owned())));
        assert_eq!(not_linked(&app).await, [done]);
        let told = idea(&app, WORKS, "Warm water", "Li").await;
        let again = stated(&[
            ("serial", value(&app, done, "serial").await.unwrap().as_str().unwrap()),
            ("subject", "Heat exchanger"),
            ("kind", "energy"),
            ("started_on", "2021-05-01"),
            ("idea", "Warm water"),
        ]);
        records::correct(&app, &officer(&app, WORKS), done, 1, Input::Typed(again)).await.unwrap();
        assert_eq!(value(&app, done, "idea").await.unwrap().as_reference(), Some(told));
        assert_eq!(not_linked(&app).await, []);
        agrees(&app).await;
    }
}

/// The actions whose idea is not linked.
async fn not_linked(app: &App) -> Vec<RecordId> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let (_, form) = snapshot.definition.form(ACTIONS).unwrap();
    let test = Test::OneOf(vec![Value::Text(String::new())]);
    let filter = Filter { fields: vec![(form.field("idea").unwrap(), test)], ..Filter::default() };
    let unit = snapshot.root().unwrap();
    let selection = Selection { form: ACTIONS.to_owned(), unit, filter, sort: Sort::default() };
    registers::ids(app, &console(app), &selection).await.unwrap().ids
}

#[tokio::test(flavor = "multi_thread")]
async fn several_of_one_title_are_told_apart() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let first = idea(&app, YARD, "Lamps", "Li").await;
        idea(&app, YARD, "Lamps", "Wang").await;
        let found = problem(action(&app, WORKS, "New lamps", "Lamps").await);
        assert!(matches!(found, Problem::AmbiguousReference { count: 2, .. }), "{found:?}");
        let ctx = officer(&app, WORKS);
        let offered = references::suggest(&app, &ctx, WORKS, (ACTIONS, "idea"), "lamp", 10).await.unwrap();
        assert_eq!(offered.len(), 2);
        let meant = offered.iter().find(|option| option.text.ends_with(&format!("№{first}"))).unwrap();
        let done = action(&app, WORKS, "New lamps", &meant.text).await.unwrap();
        assert_eq!(value(&app, done, "idea").await.unwrap().as_reference(), Some(first));
        // A unit that has one itself means its own.
        let own = idea(&app, WORKS, "Lamps", "Zhao").await;
        let done = action(&app, WORKS, "Other lamps", "Lamps").await.unwrap();
        assert_eq!(value(&app, done, "idea").await.unwrap().as_reference(), Some(own));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_or_is_of_another_unit_is_refused() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let foreign = idea(&app, YARD, "Foreign", "Li").await;
        let follows = |id: i64| {
            let reference = Reference { id: RecordId(id), text: String::new() };
            BTreeMap::from([
                ("title".to_owned(), Value::Text("Next".to_owned())),
                ("author".to_owned(), Value::Text("Wang".to_owned())),
                ("told_on".to_owned(), Value::Date(date(2021, 4, 1))),
                ("follows".to_owned(), Value::Reference(reference)),
            ])
        };
        let ctx = officer(&app, WORKS);
        // The field takes ideas of the unit alone.
        for id in [foreign.0, 1] {
            let found = problem(records::create(&app, &ctx, IDEAS, WORKS, follows(id)).await);
            assert!(matches!(found, Problem::UnknownReference { .. }), "{found:?}");
        }
        let own = idea(&app, WORKS, "First", "Li").await;
        let next = records::create(&app, &ctx, IDEAS, WORKS, follows(own.0)).await.unwrap();
        assert_eq!(value(&app, next, "follows").await.unwrap().as_str(), Some("First"));
    }
}

/// A file of ideas of the works: title, and the idea that it follows.
async fn ideas_taken(app: &App, rows: &[(&str, &str)]) -> Report {
    let mut text = "组织编码,金点子名称,姓名,提出日期,所续金点子\n".to_owned();
    for (title, follows) in rows {
        writeln!(text, "{:09},{title},Wang,2021-04-01,{follows}", WORKS.0).unwrap();
    }
    let request = Request {
        file_name: "a.csv".to_owned(),
        bytes: Arc::new(text.into_bytes()),
        kind: format!("register:{IDEAS}"),
        ..Request::default()
    };
    import(app, &officer(app, WORKS), request, &|_, _| {}).await.unwrap()
}

/// The id that a file gave an idea.
async fn idea_of(test: &TestDb, app: &App, title: &str) -> RecordId {
    let is_meant = |found: &records::RecordDetails| {
        let form = &found.snapshot.definition.forms[found.fact.form];
        found.fact.value(field(form, "title")).and_then(Value::as_str) == Some(title)
    };
    all(test, app, IDEAS).await.into_iter().find(is_meant).unwrap().fact.id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_foreign_or_of_a_merged_unit_is_refused_however_it_is_sent() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let ctx = officer(&app, WORKS);
        let merged_unit = UnitId(WORKS.0 + 1);
        let own = idea(&app, WORKS, "Own", "Wang").await;
        let gone = idea(&app, WORKS, "Gone", "Wang").await;
        records::delete(&app, &ctx, gone, 1).await.unwrap();
        let foreign = idea(&app, YARD, "Foreign", "Wang").await;
        let merged = idea(&app, merged_unit, "Merged", "Wang").await;
        let change = UnitChange::Merge { into: WORKS, from: Month::new(2021, 6).unwrap() };
        units::carry_out(&app, &console(&app), &Command { unit: merged_unit, seen: None, change })
            .await
            .unwrap();
        for (meant, title) in [(gone, "Gone"), (foreign, "Foreign"), (merged, "Merged")] {
            let mark = format!("{title} №{meant}");
            let typed = |title: &str| {
                Input::Typed(stated(&[
                    ("title", title),
                    ("author", "Wang"),
                    ("told_on", "2021-04-01"),
                    ("follows", &mark),
                ]))
            };
            let sent = |title: &str| {
                let reference = Reference { id: meant, text: String::new() };
                BTreeMap::from([
                    ("title".to_owned(), Value::Text(title.to_owned())),
                    ("author".to_owned(), Value::Text("Wang".to_owned())),
                    ("told_on".to_owned(), Value::Date(date(2021, 4, 1))),
                    ("follows".to_owned(), Value::Reference(reference)),
                ])
            };
            let next = format!("After {title}");
            let found = [
                problem(records::enter(&app, &ctx, IDEAS, WORKS, typed(&next)).await),
                problem(records::create(&app, &ctx, IDEAS, WORKS, sent(&next)).await),
                problem(records::correct(&app, &ctx, own, 1, typed("Own")).await),
                problem(records::correct(&app, &ctx, own, 1, sent("Own")).await),
            ];
            let is_unknown = |found: &Problem| matches!(found, Problem::UnknownReference { .. });
            assert!(found.iter().all(is_unknown), "{title}: {found:?}");
            // A file keeps what it says, not linked.
            let report = ideas_taken(&app, &[(&next, &mark)]).await;
            assert_eq!((report.accepted, report.refused.len()), (1, 0), "{report:?}");
            let entered = idea_of(&test, &app, &next).await;
            assert_eq!(value(&app, entered, "follows").await, Some(Value::Text(mark)));
        }
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_name_rows_of_their_file_are_linked_wherever_these_stand() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let rows = [("Second", "First"), ("First", ""), ("Third", "second"), ("Fourth", "Nobody's")];
        let report = ideas_taken(&app, &rows).await;
        assert_eq!((report.accepted, report.refused.len()), (4, 0), "{report:?}");
        let first = idea_of(&test, &app, "First").await;
        let second = idea_of(&test, &app, "Second").await;
        let third = idea_of(&test, &app, "Third").await;
        let fourth = idea_of(&test, &app, "Fourth").await;
        assert_eq!(value(&app, second, "follows").await.unwrap().as_reference(), Some(first));
        assert_eq!(value(&app, third, "follows").await.unwrap().as_reference(), Some(second));
        assert_eq!(value(&app, third, "follows").await.unwrap().as_str(), Some("Second"));
        assert_eq!(value(&app, fourth, "follows").await, Some(Value::Text("Nobody's".to_owned())));
        assert_eq!(records::find(&app, &console(&app), first).await.unwrap().referred_by[0].count, 1);
        agrees(&app).await;
        let again = ideas_taken(&app, &rows).await;
        assert_eq!((again.unchanged, again.refused.len()), (4, 0), "{again:?}");
        let import = ImportId(report.import.unwrap());
        let ctx = officer(&app, WORKS);
        let seen = preview_take_back(&app, &ctx, import).await.unwrap().seen;
        assert_eq!(take_back(&app, &ctx, import, &seen).await.unwrap().unwrap().gone, 4);
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_refer_to_is_not_removed() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app, WORKS, "Lamps", "Li").await;
        let done = action(&app, WORKS, "New lamps", "Lamps").await.unwrap();
        let ctx = officer(&app, WORKS);
        let found = problem(records::delete(&app, &ctx, told, 1).await);
        assert!(matches!(found, Problem::Referred { record, count: 1, .. } if record == told), "{found:?}");
        records::delete(&app, &ctx, done, 1).await.unwrap();
        records::delete(&app, &ctx, told, 1).await.unwrap();
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_over_references_hold_when_typed() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        idea(&app, WORKS, "Lamps", "Li").await;
        action(&app, WORKS, "New lamps", "Lamps").await.unwrap();
        let rule = |found: &Problem, words: &str| {
            assert!(
                matches!(found, Problem::Rule { message, .. } if message.en.contains(words)),
                "{found:?}"
            );
        };
        rule(&problem(action(&app, YARD, "new  lamps", "Lamps").await), "of this name and kind");
        let second = action(&app, YARD, "Old lamps", "Lamps").await.unwrap();
        rule(&problem(action(&app, YARD, "Third lamps", "Lamps").await), "two actions");
        let early = stated(&[
            ("serial", value(&app, second, "serial").await.unwrap().as_str().unwrap()),
            ("subject", "Old lamps"),
            ("kind", "energy"),
            ("started_on", "2021-02-01"),
            ("idea", "Lamps"),
        ]);
        let found =
            problem(records::correct(&app, &officer(&app, YARD), second, 1, Input::Typed(early)).await);
        rule(&found, "before the idea");
        records::delete(&app, &officer(&app, YARD), second, 1).await.unwrap();
        action(&app, YARD, "Third lamps", "Lamps").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_of_what_is_referred_to_keeps_the_rules() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app, WORKS, "Lamps", "Li").await;
        action(&app, WORKS, "New lamps", "Lamps").await.unwrap();
        let later = |day: &str| stated(&[("title", "Lamps"), ("author", "Li"), ("told_on", day)]);
        let ctx = officer(&app, WORKS);
        let found = problem(records::correct(&app, &ctx, told, 1, Input::Typed(later("2021-06-01"))).await);
        assert!(matches!(found, Problem::Rule { .. }), "{found:?}");
        records::correct(&app, &ctx, told, 1, Input::Typed(later("2021-04-01"))).await.unwrap();
        agrees(&app).await;
    }
}

async fn taken(app: &App, rows: &[(&str, &str, &str)]) -> Report {
    taken_over(app, rows, false).await
}

/// The same, with what is stored corrected where `corrects`.
async fn taken_over(app: &App, rows: &[(&str, &str, &str)], corrects: bool) -> Report {
    let mut text = "组织编码,项目编号,项目名称,类别,启动日期,来源金点子\n".to_owned();
    for (number, subject, idea) in rows {
        writeln!(text, "{:09},{number},{subject},energy,2021-05-01,{idea}", WORKS.0).unwrap();
    }
    let request = Request {
        file_name: "a.csv".to_owned(),
        bytes: Arc::new(text.into_bytes()),
        kind: format!("register:{ACTIONS}"),
        correct_stored: corrects,
        ..Request::default()
    };
    import(app, &officer(app, WORKS), request, &|_, _| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_linked_where_it_can_be_and_warned_where_it_breaks_a_rule() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let rows = [("1", "a", "Lamps"), ("2", "b", "Lamps"), ("3", "c", "Lamps"), ("4", "d", "Nobody's")];
        let before = taken(&app, &rows).await;
        assert_eq!((before.accepted, before.refused.len(), before.warnings.len()), (4, 0, 0), "{before:?}");
        let told = idea(&app, WORKS, "Lamps", "Li").await;
        // The file says nothing that is not stored: an idea that was entered since makes no difference.
        let again = taken(&app, &rows).await;
        assert_eq!((again.unchanged, again.refused.len()), (4, 0), "{again:?}");
        let more = [("5", "e", "Lamps"), ("6", "f", "lamps"), ("7", "g", "Lamps"), ("8", "g", "Lamps")];
        let report = taken(&app, &more).await;
        assert_eq!((report.accepted, report.refused.len()), (4, 0), "{report:?}");
        let warned: Vec<u32> = report.warnings.iter().map(|warning| warning.row).collect();
        assert_eq!(warned, [4, 5, 5], "the third of one idea, the fourth, and a name twice: {report:?}");
        let found = records::find(&app, &console(&app), told).await.unwrap();
        assert_eq!(found.referred_by[0].count, 4);
        assert_eq!(not_linked(&app).await.len(), 4);
        agrees(&app).await;
    }
}

/// What an import changed is not put back to a record that is gone since.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_back_that_refers_to_what_is_gone() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let lamps = idea(&app, WORKS, "Lamps", "Li").await;
        idea(&app, WORKS, "Fans", "Li").await;
        taken(&app, &[("1", "a", "Lamps")]).await;
        let report = taken_over(&app, &[("1", "a", "Fans")], true).await;
        assert_eq!(report.corrected, 1, "{report:?}");
        let ctx = officer(&app, WORKS);
        records::delete(&app, &ctx, lamps, 1).await.unwrap();
        let import = ImportId(report.import.unwrap());
        let seen = preview_take_back(&app, &ctx, import).await.unwrap().seen;
        let found = problem(take_back(&app, &ctx, import, &seen).await);
        assert!(matches!(found, Problem::UnknownReference { .. }), "{found:?}");
        agrees(&app).await;
    }
}

/// Something that happens to ideas and actions.
#[derive(Debug, Clone)]
enum Step {
    Idea { title: u8 },
    Action { subject: u8, idea: u8 },
    Retitle { idea: usize, title: u8 },
    Refer { action: usize, idea: u8, subject: u8 },
    RemoveIdea { idea: usize },
    RemoveAction { action: usize },
    File { rows: Vec<(u8, u8)> },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let small = 0..4_u8;
    let step = prop_oneof![
        3 => small.clone().prop_map(|title| Step::Idea { title }),
        6 => (0..3_u8, small.clone()).prop_map(|(subject, idea)| Step::Action { subject, idea }),
        2 => (any::<usize>(), small.clone()).prop_map(|(idea, title)| Step::Retitle { idea, title }),
        3 => (any::<usize>(), small.clone(), 0..3_u8)
            .prop_map(|(action, idea, subject)| Step::Refer { action, idea, subject }),
        2 => any::<usize>().prop_map(|idea| Step::RemoveIdea { idea }),
        2 => any::<usize>().prop_map(|action| Step::RemoveAction { action }),
        1 => prop::collection::vec((0..3_u8, small), 1..4).prop_map(|rows| Step::File { rows }),
    ];
    prop::collection::vec(step, 1..25)
}

/// What may be refused, and nothing else.
fn may_be_refused<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(Error::Invalid(_) | Error::InvalidFields(_)) => None,
        Err(other) => panic!("{other:?}"),
    }
}

async fn all(test: &TestDb, app: &App, form: &str) -> Vec<records::RecordDetails> {
    let mut tx = test.db.read(console(app).region).await.unwrap();
    let ids = store::records::ids_of_form(&mut tx, form, None).await.unwrap();
    drop(tx);
    let mut found = Vec::new();
    for id in ids {
        found.push(records::find(app, &console(app), id).await.unwrap());
    }
    found
}

fn chosen(all: &[records::RecordDetails], number: usize) -> Option<&records::RecordDetails> {
    all.get(number.checked_rem(all.len())?)
}

/// What a record states, as it would be typed, with something else for some fields.
fn typed(found: &records::RecordDetails, other: &[(&str, &str)]) -> Input {
    let form = &found.snapshot.definition.forms[found.fact.form];
    let text = |field: FieldIdx| match found.fact.value(field)? {
        Value::Date(day) => Some(day.to_string()),
        value => value.as_str().map(str::to_owned),
    };
    let own = form.fields.positions().filter(|field| Some(*field) != form.unit);
    let mut typed: Stated =
        own.filter_map(|field| Some((form.fields[field].id.clone(), text(field)?))).collect();
    typed.extend(stated(other));
    Input::Typed(typed)
}

async fn carry_out(test: &TestDb, app: &App, step: Step) {
    let ctx = officer(app, WORKS);
    match step {
        Step::Idea { title } => {
            let input =
                stated(&[("title", &format!("T{title}")), ("author", "Li"), ("told_on", "2021-03-01")]);
            may_be_refused(records::enter(app, &ctx, IDEAS, WORKS, Input::Typed(input)).await);
        }
        Step::Action { subject, idea } => {
            may_be_refused(action(app, WORKS, &format!("s{subject}"), &format!("T{idea}")).await);
        }
        Step::Retitle { idea, title } => {
            let Some(found) = chosen(&all(test, app, IDEAS).await, idea).map(|found| {
                (found.fact.id, found.version, typed(found, &[("title", &format!("T{title}"))]))
            }) else {
                return;
            };
            may_be_refused(records::correct(app, &ctx, found.0, found.1, found.2).await);
        }
        Step::Refer { action, idea, subject } => {
            let other = [("idea", format!("T{idea}")), ("subject", format!("s{subject}"))];
            let other: Vec<(&str, &str)> =
                other.iter().map(|(field, text)| (*field, text.as_str())).collect();
            let Some(found) = chosen(&all(test, app, ACTIONS).await, action)
                .map(|found| (found.fact.id, found.version, typed(found, &other)))
            else {
                return;
            };
            may_be_refused(records::correct(app, &ctx, found.0, found.1, found.2).await);
        }
        Step::RemoveIdea { idea } => {
            let Some(found) =
                chosen(&all(test, app, IDEAS).await, idea).map(|found| (found.fact.id, found.version))
            else {
                return;
            };
            may_be_refused(records::delete(app, &ctx, found.0, found.1).await);
        }
        Step::RemoveAction { action } => {
            let Some(found) =
                chosen(&all(test, app, ACTIONS).await, action).map(|found| (found.fact.id, found.version))
            else {
                return;
            };
            may_be_refused(records::delete(app, &ctx, found.0, found.1).await);
        }
        Step::File { rows } => {
            let rows: Vec<_> = rows
                .iter()
                .map(|(subject, idea)| (String::new(), format!("s{subject}"), format!("T{idea}")))
                .collect();
            let rows: Vec<_> =
                rows.iter().map(|(number, subject, idea)| (&**number, &**subject, &**idea)).collect();
            taken(app, &rows).await;
        }
    }
}

fn field(form: &Form, id: &str) -> FieldIdx {
    form.field(id).unwrap()
}

/// Every reference leads to an idea that is there, every count is that of the records, and `verify` agrees.
async fn check(test: &TestDb, app: &App, breaks_limits: bool) {
    let (ideas, actions) = (all(test, app, IDEAS).await, all(test, app, ACTIONS).await);
    let mut counts: BTreeMap<RecordId, (i64, Vec<String>)> = BTreeMap::new();
    for found in &actions {
        let form = &found.snapshot.definition.forms[found.fact.form];
        if let Some(idea) = found.fact.value(field(form, "idea")).and_then(Value::as_reference) {
            let subject = found.fact.value(field(form, "subject")).and_then(Value::as_str).unwrap();
            let entry = counts.entry(idea).or_default();
            entry.0 += 1;
            entry.1.push(subject.to_owned());
        }
    }
    for found in &ideas {
        let (count, mut subjects) = counts.remove(&found.fact.id).unwrap_or_default();
        let shown: i64 = found.referred_by.iter().map(|by| by.count).sum();
        assert_eq!(shown, count, "the list of what refers");
        if !breaks_limits {
            let stated = subjects.len();
            subjects.sort();
            subjects.dedup();
            assert!(count <= 2 && subjects.len() == stated, "{count} {subjects:?}");
        }
    }
    assert!(counts.is_empty(), "ideas that are gone: {counts:?}");
    agrees(app).await;
}

#[test]
fn references_stay_true_whatever_happens() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(async {
                // What a file breaks is a warning: then the limits need not hold.
                let breaks_limits = steps.iter().any(|step| matches!(step, Step::File { .. }));
                for test in databases().await {
                    let app = city(&test, &small_campaign()).await;
                    for step in steps.clone() {
                        carry_out(&test, &app, step).await;
                    }
                    check(&test, &app, breaks_limits).await;
                }
            });
            Ok(())
        })
        .unwrap();
}
