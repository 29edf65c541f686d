//! Taking an import back: what it made goes, what it corrected returns, what was touched since stays;
//! by whom; once; and the same file can be imported again.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use app::{
    Actor, App, Context, Error,
    accounts::{self, NewAccount},
    attachments::{self, AttachmentLimits, Cabinet},
    comments,
    imports::{
        self, CannotTakeBack, ImportState, LeftAlone, Report, Request, ShownRecord, Submission,
        TakeBackOutcome, TakenBack, ask_to_take_back, import, may_take_back, preview_take_back, run_waiting,
        take_back,
    },
    load::{LoadUnit, load},
    rebuild::verify,
    records::{self, RecordDetails},
    register_export::{Format, Which, export},
    transitions,
    units::{self, carry_out},
};
use model::{
    ids::{ImportId, RecordId, UnitId, UserId},
    month::Month,
    value::Value,
};
use store::{Files, audit, imports as rows, units::UnitKind};
use testkit::{TestDb, console, databases, open, role, small_campaign};

const CITY: UnitId = UnitId(10_001);
const NORTH: UnitId = UnitId(10_002);
const SOUTH: UnitId = UnitId(10_003);
/// An industrial union that guides the mill.
const GUIDE: UnitId = UnitId(10_004);
const MILL: UnitId = UnitId(10_011);
const YARD: UnitId = UnitId(10_012);
const FORM: &str = "green-action";

async fn city(test: &TestDb) -> App {
    let app = open(test, &small_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let fields = snapshot.definition.forms[snapshot.definition.roster].fields.len();
    let unit = |id: UnitId, parent: Option<UnitId>, guidance: Option<UnitId>| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind: if id.0 > 10_010 { UnitKind::Grassroots } else { UnitKind::Union },
        parent,
        guidance,
        closed_from: None,
        values: vec![None; fields].into(),
    };
    let units = vec![
        unit(CITY, None, None),
        unit(NORTH, Some(CITY), None),
        unit(SOUTH, Some(CITY), None),
        unit(GUIDE, Some(CITY), None),
        unit(MILL, Some(NORTH), Some(GUIDE)),
        unit(YARD, Some(SOUTH), None),
    ];
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
    app
}

/// Somebody with an account of this number.
fn person(app: &App, number: i64, of: &str, unit: UnitId) -> Context {
    let login = format!("{of}-{number}");
    let actor = Actor::User { id: UserId(number), login, name: "Li".to_owned(), role: role(of), unit };
    Context { actor, ..console(app) }
}

fn officer(app: &App) -> Context {
    person(app, 1, "enterprise-officer", MILL)
}

/// A row: number, subject, when it was started and finished, remarks.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

fn file(rows: &[Row<'_>]) -> String {
    let lines = rows.iter().map(|(number, subject, started, finished, remarks)| {
        format!("{MILL},{number},{subject},节电,{started},{finished},{remarks}")
    });
    let header = "组织编码,项目编号,项目名称,类别,启动日期,完成日期,备注".to_owned();
    std::iter::once(header).chain(lines).collect::<Vec<_>>().join("\n") + "\n"
}

fn request(kind: &str, bytes: impl Into<Vec<u8>>) -> Request {
    Request {
        file_name: "a.csv".to_owned(),
        bytes: Arc::new(bytes.into()),
        kind: kind.to_owned(),
        correct_stored: true,
        ..Request::default()
    }
}

async fn take(app: &App, ctx: &Context, rows: &[Row<'_>]) -> Report {
    let report =
        import(app, ctx, request(&format!("register:{FORM}"), file(rows)), &|_, _| {}).await.unwrap();
    assert!(report.stored && report.refused.is_empty(), "{report:?}");
    report
}

/// What a transition needs that asks for nothing.
fn nothing() -> BTreeMap<String, Value> {
    BTreeMap::new()
}

fn id(report: &Report) -> ImportId {
    ImportId(report.import.unwrap())
}

/// Takes back what is shown at this moment.
async fn taken(app: &App, ctx: &Context, import: ImportId) -> TakenBack {
    let plan = preview_take_back(app, ctx, import).await.unwrap();
    take_back(app, ctx, import, &plan.seen).await.unwrap().unwrap()
}

fn counts(taken: &TakenBack) -> (usize, usize, usize) {
    (taken.gone, taken.returned, taken.left)
}

/// The records of the register by number.
async fn stored(test: &TestDb, app: &App) -> BTreeMap<String, RecordDetails> {
    let mut found = BTreeMap::new();
    let snapshot = app.current(&console(app)).await.unwrap();
    let (_, form) = snapshot.definition.form(FORM).unwrap();
    let mut tx = test.db.read(console(app).region).await.unwrap();
    let ids = store::records::ids_of_form(&mut tx, FORM, None).await.unwrap();
    drop(tx);
    for id in ids {
        let details = records::find(app, &console(app), id).await.unwrap();
        let number = details.fact.values[form.field("serial").unwrap()].as_ref().unwrap();
        found.insert(number.as_str().unwrap().to_owned(), details);
    }
    found
}

async fn ids(test: &TestDb, app: &App) -> BTreeMap<String, RecordId> {
    stored(test, app).await.into_iter().map(|(number, details)| (number, details.fact.id)).collect()
}

async fn assert_sound(app: &App) {
    app.fold(&console(app)).await.unwrap();
    let verified = verify(app, &console(app)).await.unwrap();
    assert_eq!(verified.findings, []);
}

fn text(details: &RecordDetails, field: &str) -> String {
    let form = &details.snapshot.definition.forms[details.fact.form];
    match &details.fact.values[form.field(field).unwrap()] {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Date(day)) => day.to_string(),
        other => format!("{other:?}"),
    }
}

const FIRST: [Row<'_>; 2] =
    [("a1", "lamp", "2021-03-01", "", "old"), ("a2", "pump", "2021-03-02", "2021-05-01", "")];

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_made_goes_and_what_it_corrected_returns() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = officer(&app);
        take(&app, &ctx, &FIRST).await;
        let before = stored(&test, &app).await;
        // The first is corrected and comes into another state; a finished one is made.
        let report = take(
            &app,
            &ctx,
            &[
                ("a1", "lamps", "2021-03-01", "2021-06-01", "new"),
                ("a2", "pump", "2021-03-02", "2021-05-01", ""),
                ("a3", "fan", "2021-04-01", "2021-06-01", ""),
            ],
        )
        .await;
        assert_eq!((report.accepted, report.corrected, report.unchanged), (1, 1, 1));
        assert_eq!(stored(&test, &app).await["a1"].state, before["a2"].state, "it is finished now");

        let plan = preview_take_back(&app, &ctx, id(&report)).await.unwrap();
        assert_eq!((plan.goes, plan.returns, plan.left), (1, 1, 0));
        let changes = |record: &ShownRecord| {
            let changes = record.changes.iter().map(|change| (change.now.clone(), change.before.clone()));
            changes.collect::<Vec<_>>()
        };
        assert!(plan.going[0].name.contains("a3"), "{:?}", plan.going);
        assert_eq!(
            changes(&plan.returning[0]),
            [("lamps", "lamp"), ("2021-06-01", ""), ("new", "old")]
                .map(|(now, before)| (now.to_owned(), before.to_owned()))
        );
        assert_eq!(counts(&taken(&app, &ctx, id(&report)).await), (1, 1, 0));

        let after = stored(&test, &app).await;
        assert_eq!(after.keys().collect::<Vec<_>>(), ["a1", "a2"]);
        let (was, is) = (&before["a1"], &after["a1"]);
        assert_eq!((&is.fact.values, is.state, is.since), (&was.fact.values, was.state, was.since));
        assert_eq!(is.version, was.version + 2);
        assert!(is.changes.last().unwrap().is_taken_back);
        assert_sound(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_touched_since_is_left_alone_with_the_reason() {
    for test in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(Files::new(dir.path(), test.region), AttachmentLimits::default());
        let app = testkit::with_places(city(&test).await, Some(cabinet), None).await;
        let (ctx, level) = (officer(&app), person(&app, 2, "level-2-officer", NORTH));
        take(&app, &ctx, &[("c1", "kept", "2021-03-01", "", "old")]).await;
        let numbers = ["n1", "n2", "n3", "n4", "n5", "n6", "c1"];
        let rows: Vec<Row<'_>> = numbers.map(|number| (number, "x", "2021-03-01", "", "new")).to_vec();
        let report = take(&app, &ctx, &rows).await;
        let known = ids(&test, &app).await;
        let corrected = BTreeMap::from([
            ("serial".to_owned(), Value::Text("n1".to_owned())),
            ("subject".to_owned(), Value::Text("other".to_owned())),
            ("kind".to_owned(), Value::Code("energy".to_owned())),
            ("started_on".to_owned(), Value::Date(jiff::civil::date(2021, 3, 1))),
        ]);
        records::correct(&app, &ctx, known["n1"], 1, corrected).await.unwrap();
        transitions::take(&app, &level, known["n2"], 1, "drop", nothing()).await.unwrap();
        records::delete(&app, &ctx, known["n3"], 1).await.unwrap();
        comments::add(&app, &level, known["n4"], "why?").await.unwrap();
        attachments::attach(&app, &ctx, known["n5"], "a.txt", b"text".to_vec()).await.unwrap();

        let shown = preview_take_back(&app, &ctx, id(&report)).await.unwrap();
        assert_eq!((shown.goes, shown.returns, shown.left), (1, 1, 5), "{:?}", shown.leaving);
        let reasons: Vec<LeftAlone> = shown.leaving.into_iter().map(|left| left.reason.unwrap()).collect();
        assert!(
            matches!(
                &reasons[..],
                [
                    LeftAlone::Changed { actor: changer, .. },
                    LeftAlone::Moved { actor: mover, transition, .. },
                    LeftAlone::Removed { .. },
                    LeftAlone::Commented,
                    LeftAlone::Attached,
                ] if changer == "enterprise-officer-1" && mover == "level-2-officer-2" && transition.en == "Drop"
            ),
            "{reasons:?}"
        );
        let taken = taken(&app, &ctx, id(&report)).await;
        assert_eq!((counts(&taken), taken.leaving.len()), ((1, 1, 5), 5));
        let after = stored(&test, &app).await;
        assert_eq!(after.keys().collect::<Vec<_>>(), ["c1", "n1", "n2", "n4", "n5"]);
        assert_eq!(text(&after["c1"], "remarks"), "old");
        assert_sound(&app).await;
    }
}

/// Of so many that only the first are shown, the others are not read where they hold nothing of others: the plan is the
/// same as that of somebody for whom they are.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_touched_is_found_among_many_that_are_not_read() {
    for test in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(Files::new(dir.path(), test.region), AttachmentLimits::default());
        let app = testkit::with_places(city(&test).await, Some(cabinet), None).await;
        let (ctx, office) = (officer(&app), person(&app, 3, "city-office", CITY));
        let numbers: Vec<String> = (0..1_100).map(|number| format!("n{number:04}")).collect();
        let rows: Vec<Row<'_>> =
            numbers.iter().map(|number| (number.as_str(), "x", "2021-03-01", "", "")).collect();
        let report = take(&app, &ctx, &rows).await;
        let known = ids(&test, &app).await;
        records::delete(&app, &ctx, known["n0700"], 1).await.unwrap();
        transitions::take(&app, &office, known["n0701"], 1, "drop", nothing()).await.unwrap();
        comments::add(&app, &ctx, known["n1098"], "why?").await.unwrap();
        attachments::attach(&app, &ctx, known["n1099"], "a.txt", b"text".to_vec()).await.unwrap();
        let mut seen = Vec::new();
        for reader in [&ctx, &office, &console(&app)] {
            let plan = preview_take_back(&app, reader, id(&report)).await.unwrap();
            assert_eq!((plan.goes, plan.returns, plan.left), (1_096, 0, 4));
            assert_eq!((plan.going.len(), plan.leaving.len()), (50, 4));
            seen.push(plan.seen);
        }
        assert!(seen.iter().all(|plan| *plan == seen[0]), "{seen:?}");
        assert_eq!(counts(&taken(&app, &office, id(&report)).await), (1_096, 0, 4));
        assert_sound(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_closed_unit_or_of_a_foreign_one_are_left_alone() {
    for test in databases().await {
        let app = city(&test).await;
        let level = person(&app, 2, "level-2-officer", NORTH);
        let report = take(&app, &level, &FIRST).await;
        let change = |change| units::Command { unit: MILL, seen: None, change };
        let from = Month::january(2011);
        let moved = change(units::UnitChange::Move { parent: SOUTH, from });
        carry_out(&app, &console(&app), &moved).await.unwrap();
        let plan = preview_take_back(&app, &level, id(&report)).await.unwrap();
        assert_eq!((plan.goes, plan.left), (0, 2));
        let [first, _] = &plan.leaving[..] else { panic!("{:?}", plan.leaving) };
        assert_eq!(
            (&first.reason, first.record),
            (&Some(LeftAlone::OtherUnit), None),
            "nothing of it is shown"
        );
        let office = person(&app, 3, "city-office", CITY);
        carry_out(&app, &console(&app), &change(units::UnitChange::Close { from })).await.unwrap();
        let plan = preview_take_back(&app, &office, id(&report)).await.unwrap();
        assert_eq!(plan.leaving[0].reason, Some(LeftAlone::UnitClosed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_made_an_import_or_a_level_above_takes_it_back() {
    for test in databases().await {
        let app = city(&test).await;
        let report = take(&app, &officer(&app), &FIRST).await;
        let ask = async |ctx: &Context| preview_take_back(&app, ctx, id(&report)).await.map(|plan| plan.goes);
        for (role, unit, number) in
            [("enterprise-officer", MILL, 1), ("level-2-officer", NORTH, 2), ("city-office", CITY, 3)]
        {
            assert_eq!(ask(&person(&app, number, role, unit)).await.unwrap(), 2, "{role}");
        }
        assert_eq!(ask(&console(&app)).await.unwrap(), 2, "the machine itself");
        for (role, unit) in [("enterprise-officer", MILL), ("level-2-officer", GUIDE)] {
            let ctx = person(&app, 9, role, unit);
            let answer = ask(&ctx).await;
            assert!(matches!(answer, Err(Error::Forbidden(_))), "{role} {unit}: {answer:?}");
            assert_eq!(
                may_take_back(&app, &ctx, id(&report)).await.unwrap(),
                Some(CannotTakeBack::NotTheirs)
            );
            assert!(matches!(take_back(&app, &ctx, id(&report), "").await, Err(Error::Forbidden(_))));
            assert!(matches!(ask_to_take_back(&app, &ctx, id(&report), "").await, Err(Error::Forbidden(_))));
        }
        for (role, unit) in [("level-2-officer", SOUTH), ("enterprise-officer", YARD)] {
            let answer = ask(&person(&app, 9, role, unit)).await;
            assert!(matches!(answer, Err(Error::NotFound { .. })), "{role} {unit}: {answer:?}");
        }
        let viewer = ask(&person(&app, 9, "viewer", NORTH)).await;
        assert!(matches!(viewer, Err(Error::Forbidden(_))), "{viewer:?}");
        // What the machine itself has imported is nobody else's.
        let report = take(&app, &console(&app), &[("m1", "x", "2021-03-01", "", "")]).await;
        let office = person(&app, 3, "city-office", CITY);
        assert!(matches!(preview_take_back(&app, &office, id(&report)).await, Err(Error::NotFound { .. })));
        assert_eq!(counts(&taken(&app, &console(&app), id(&report)).await), (1, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_is_done_once_and_nothing_else() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = officer(&app);
        let report = take(&app, &ctx, &FIRST).await;
        let seen = preview_take_back(&app, &ctx, id(&report)).await.unwrap().seen;
        let known = ids(&test, &app).await;
        transitions::take(&app, &ctx, known["a1"], 1, "pause", nothing()).await.unwrap();
        assert_eq!(take_back(&app, &ctx, id(&report), &seen).await.unwrap(), None);
        assert_eq!(ids(&test, &app).await, known, "nothing was done");
        let seen = preview_take_back(&app, &ctx, id(&report)).await.unwrap().seen;
        let (first, second) = tokio::join!(
            take_back(&app, &ctx, id(&report), &seen),
            take_back(&app, &ctx, id(&report), &seen)
        );
        let outcomes = [first, second];
        let done = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Some(taken)) if taken.gone == 1));
        assert_eq!(done.count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(Error::Stale { .. }))), "{outcomes:?}");
        assert_eq!(ids(&test, &app).await.len(), 1);
        let refusal = may_take_back(&app, &ctx, id(&report)).await.unwrap();
        assert_eq!(refusal, Some(CannotTakeBack::TakenBack));
        assert_sound(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_taken_back_is_imported_anew() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = officer(&app);
        take(&app, &ctx, &[("a1", "lamp", "2021-03-01", "", "old")]).await;
        let rows: [Row<'_>; 2] = [("a1", "lamp", "2021-03-01", "", "new"), ("a2", "x", "2021-03-01", "", "")];
        let report = take(&app, &ctx, &rows).await;
        let mut exported = Cursor::new(Vec::new());
        export(&app, &ctx, MILL, FORM, Which::All, Format::Xlsx, &mut exported).await.unwrap();
        taken(&app, &ctx, id(&report)).await;
        let again = take(&app, &ctx, &rows).await;
        assert_eq!((again.accepted, again.corrected), (1, 1));
        taken(&app, &ctx, id(&again)).await;
        // A file of ours knows its records: one has gone, the other is again what it was before.
        let marked = Request {
            file_name: "a.xlsx".to_owned(),
            correct_stored: false,
            ..request(&format!("register:{FORM}"), exported.into_inner())
        };
        let report = import(&app, &ctx, marked, &|_, _| {}).await.unwrap();
        assert_eq!((report.refused.len(), report.accepted), (0, 1), "{:?}", report.refused);
        assert_eq!(ids(&test, &app).await.len(), 2);
        assert_sound(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_taken_back_one_after_the_other() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = officer(&app);
        let first = take(&app, &ctx, &FIRST).await;
        let second = take(&app, &ctx, &[("a1", "lamp", "2021-03-01", "", "new")]).await;
        let plan = preview_take_back(&app, &ctx, id(&first)).await.unwrap();
        assert_eq!((plan.goes, plan.left), (1, 1), "the second has corrected one of its records");
        taken(&app, &ctx, id(&second)).await;
        assert_eq!(counts(&taken(&app, &ctx, id(&first)).await), (2, 0, 0));
        assert!(ids(&test, &app).await.is_empty());
        assert_sound(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_somebody_else_uses_now_is_not_taken_from_it() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = officer(&app);
        take(&app, &ctx, &[("a1", "lamp", "2021-03-01", "", "")]).await;
        let mut exported = Cursor::new(Vec::new());
        export(&app, &ctx, MILL, FORM, Which::All, Format::Csv, &mut exported).await.unwrap();
        let renumbered = String::from_utf8(exported.into_inner()).unwrap().replace("a1", "b1");
        let renamed = import(&app, &ctx, request(&format!("register:{FORM}"), renumbered), &|_, _| {}).await;
        let renamed = renamed.unwrap();
        assert_eq!((renamed.corrected, renamed.refused.len()), (1, 0), "{:?}", renamed.refused);
        take(&app, &ctx, &[("a1", "another", "2021-03-01", "", "")]).await;
        let plan = preview_take_back(&app, &ctx, id(&renamed)).await.unwrap();
        assert_eq!(plan.leaving[0].reason, Some(LeftAlone::IdentityTaken));
        assert_eq!(counts(&taken(&app, &ctx, id(&renamed)).await), (0, 0, 1));
        assert_eq!(ids(&test, &app).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn returns_and_baselines_are_taken_back_with_the_figures() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        take(&app, &ctx, &FIRST).await;
        app.fold(&ctx).await.unwrap();
        let before = balances(&test, &app).await;
        let returns = format!("组织编码,年度,登记类型,职工人数\n{MILL},2021,110,12\n{MILL},2022,170,14\n");
        let report = import(&app, &ctx, request("annual", returns), &|_, _| {}).await.unwrap();
        assert_eq!((report.accepted, report.refused.len()), (2, 0), "{:?}", report.refused);
        app.fold(&ctx).await.unwrap();
        assert_ne!(balances(&test, &app).await, before);
        assert_eq!(counts(&taken(&app, &ctx, id(&report)).await), (2, 0, 0));
        app.fold(&ctx).await.unwrap();
        assert_eq!(balances(&test, &app).await, before);
        assert_sound(&app).await;
    }
}

/// What the city counts.
async fn balances(test: &TestDb, app: &App) -> String {
    let mut tx = test.db.read(console(app).region).await.unwrap();
    let all = store::balances::list_all(&mut tx).await.unwrap();
    format!("{:?}", all.iter().filter(|(_, row)| row.iter().next().is_some()).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_and_an_import_that_changed_nothing_are_not_taken_back() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        let roster = "组织编码,组织名称,组织层级,上级组织编码\n10099,New mill,基层工会,10002\n";
        let report = import(&app, &ctx, request("units", roster), &|_, _| {}).await;
        assert!(report.is_err() || report.unwrap().import.is_none(), "a roster is no import of records");
        take(&app, &ctx, &FIRST).await;
        let unchanged = take(&app, &ctx, &FIRST).await;
        assert_eq!((unchanged.unchanged, unchanged.import), (2, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_alone_has_remembered_of_columns_is_forgotten() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = officer(&app);
        let mapped = |number: &str, choices: &[(&str, &str)]| Request {
            mapping: choices.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            ..request(
                &format!("register:{FORM}"),
                file(&[(number, "x", "2021-03-01", "", "")]).replace("备注", "杂记"),
            )
        };
        let remembered = async || {
            let mut tx = test.db.read(ctx.region).await.unwrap();
            rows::column_memory(&mut tx, MILL, FORM).await.unwrap().into_values().collect::<Vec<_>>()
        };
        let taken_in = async |request: Request| import(&app, &ctx, request, &|_, _| {}).await.unwrap();
        let first = taken_in(mapped("a1", &[("杂记", "remarks")])).await;
        assert_eq!(remembered().await, ["remarks"]);
        assert_eq!(taken(&app, &ctx, id(&first)).await.columns, 1);
        assert!(remembered().await.is_empty());
        // Used by another import: it stays.
        let first = taken_in(mapped("a1", &[("杂记", "remarks")])).await;
        taken_in(mapped("a2", &[])).await;
        assert_eq!(taken(&app, &ctx, id(&first)).await.columns, 0);
        assert_eq!(remembered().await, ["remarks"]);
        // Decided otherwise: what was decided before is remembered again.
        let other = taken_in(mapped("a3", &[("杂记", "")])).await;
        assert_eq!(remembered().await, [""]);
        assert_eq!(taken(&app, &ctx, id(&other)).await.columns, 1);
        assert_eq!(remembered().await, ["remarks"]);
    }
}

/// An officer of the mill with an account, whose import is done.
async fn done_import(app: &App) -> (Context, ImportId) {
    let account = NewAccount {
        login: "li".to_owned(),
        name: "Li".to_owned(),
        role: role("enterprise-officer"),
        unit_code: MILL.to_string(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, &console(app), account).await.unwrap();
    let ctx = testkit::first_context(app, "li").await;
    let submission = Submission {
        key: "key".to_owned(),
        file_name: "a.csv".to_owned(),
        bytes: file(&FIRST).into_bytes(),
        kind: Some(format!("register:{FORM}")),
    };
    let import = imports::submit(app, &ctx, submission).await.unwrap();
    imports::start(app, &ctx, import, false).await.unwrap();
    run_waiting(app, &console(app)).await.unwrap();
    (ctx, import)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_page_it_is_done_in_the_background_and_audited() {
    for test in databases().await {
        let app = city(&test).await;
        let (ctx, import) = done_import(&app).await;
        let seen = preview_take_back(&app, &ctx, import).await.unwrap().seen;
        ask_to_take_back(&app, &ctx, import, &seen).await.unwrap();
        ask_to_take_back(&app, &ctx, import, &seen).await.unwrap();
        assert_eq!(imports::find(&app, &ctx, import).await.unwrap().state, ImportState::TakingBack);
        run_waiting(&app, &console(&app)).await.unwrap();
        let job = imports::find(&app, &ctx, import).await.unwrap();
        assert_eq!(job.state, ImportState::TakenBack);
        assert!(job.report.is_some_and(|report| report.accepted == 2), "what it had brought is still said");
        let note = job.take_back.unwrap();
        assert_eq!(note.by, "li");
        assert!(matches!(note.outcome, TakeBackOutcome::Done(TakenBack { gone: 2, left: 0, .. })));
        let mut tx = test.db.read(ctx.region).await.unwrap();
        let actions = audit::list_of(&mut tx, "import", import.0).await.unwrap();
        let actions: Vec<&str> = actions.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["submit", "start", "import", "ask-take-back", "take-back"]);
        drop(tx);
        ask_to_take_back(&app, &ctx, import, &seen).await.unwrap();
        assert!(matches!(preview_take_back(&app, &ctx, import).await, Err(Error::Stale { .. })));
        assert_sound(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_finds_that_something_has_changed_and_does_nothing() {
    for test in databases().await {
        let app = city(&test).await;
        let (ctx, import) = done_import(&app).await;
        let seen = preview_take_back(&app, &ctx, import).await.unwrap().seen;
        ask_to_take_back(&app, &ctx, import, &seen).await.unwrap();
        let known = ids(&test, &app).await;
        transitions::take(&app, &ctx, known["a1"], 1, "pause", nothing()).await.unwrap();
        run_waiting(&app, &console(&app)).await.unwrap();
        let job = imports::find(&app, &ctx, import).await.unwrap();
        assert_eq!(
            (job.state, job.take_back.unwrap().outcome),
            (ImportState::Done, TakeBackOutcome::Changed)
        );
        assert_eq!(ids(&test, &app).await, known);
        // Looked at again, it is done.
        let seen = preview_take_back(&app, &ctx, import).await.unwrap().seen;
        ask_to_take_back(&app, &ctx, import, &seen).await.unwrap();
        run_waiting(&app, &console(&app)).await.unwrap();
        assert_eq!(imports::find(&app, &ctx, import).await.unwrap().state, ImportState::TakenBack);
        assert_eq!(ids(&test, &app).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_no_longer_import_takes_nothing_back() {
    for test in databases().await {
        let app = city(&test).await;
        let (ctx, import) = done_import(&app).await;
        let seen = preview_take_back(&app, &ctx, import).await.unwrap().seen;
        ask_to_take_back(&app, &ctx, import, &seen).await.unwrap();
        accounts::set_disabled(&app, &console(&app), "li", true).await.unwrap();
        run_waiting(&app, &console(&app)).await.unwrap();
        let job = imports::find(&app, &console(&app), import).await.unwrap();
        assert_eq!(job.state, ImportState::Done);
        assert!(matches!(job.take_back.unwrap().outcome, TakeBackOutcome::Failed(_)));
        assert_eq!(ids(&test, &app).await.len(), 2);
    }
}

/// 100,000 rows, for a look at time and memory: `--run-ignored only`, with an optimised build for figures.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; takes minutes without optimisation"]
async fn a_hundred_thousand_rows_are_taken_back() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        let numbers: Vec<String> = (0..100_000).map(|number| format!("n{number}")).collect();
        let rows: Vec<Row<'_>> =
            numbers.iter().map(|number| (number.as_str(), "x", "2021-03-01", "", "")).collect();
        let begun = std::time::Instant::now();
        let report = take(&app, &ctx, &rows).await;
        let imported = begun.elapsed();
        let begun = std::time::Instant::now();
        let plan = preview_take_back(&app, &ctx, id(&report)).await.unwrap();
        let shown = begun.elapsed();
        let begun = std::time::Instant::now();
        let taken = take_back(&app, &ctx, id(&report), &plan.seen).await.unwrap().unwrap();
        println!("imported in {imported:?}, shown in {shown:?}, taken back in {:?}", begun.elapsed());
        assert_eq!(counts(&taken), (100_000, 0, 0));
        assert_sound(&app).await;
    }
}
