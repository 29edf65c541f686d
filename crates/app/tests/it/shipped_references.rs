//! References, derived fields and persons in tables in the shipped campaign: what is a fault when it is typed is a warning
//! when it comes in a file.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use app::{
    App, Context, Error,
    imports::{Report, Request, import},
    person_lookup,
    persons::{self, Correction},
    rebuild::verify,
    records::{self, Input},
    units::{Command, UnitChange, carry_out},
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
    problem::{Problem, Severity},
    value::{Reference, Value},
};
use testkit::{TestDb, console, databases, first_campaign, role};

use crate::steps::{CITY, WORKS, YARD, city, person};

/// Fields, with what is typed into them.
type Fields<'f> = &'f [(&'f str, &'f str)];

pub(crate) fn stated(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
}

pub(crate) fn officer(app: &App, unit: UnitId) -> Context {
    person(app, role("enterprise-officer"), unit)
}

pub(crate) async fn enter(
    app: &App,
    ctx: &Context,
    form: &str,
    fields: &[(&str, &str)],
) -> Result<RecordId, Error> {
    let unit = ctx.unit().unwrap_or(WORKS);
    Ok(records::enter(app, ctx, form, unit, Input::Typed(stated(fields))).await?.id)
}

pub(crate) fn problems(result: Result<RecordId, Error>) -> Vec<Problem> {
    match result {
        Err(Error::InvalidFields(faults)) => faults.into_iter().map(|fault| fault.problem).collect(),
        Err(Error::Invalid(problems)) => problems,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

pub(crate) async fn value(app: &App, id: RecordId, field: &str) -> Option<Value> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    found.fact.value(form.field(field).unwrap()).cloned()
}

/// A file of one form and one row, handed in by the officer of the works.
async fn file(app: &App, form: &str, columns: &str, row: &str) -> Report {
    file_of(app, form, columns, &[row], false).await
}

/// The same of several rows; with what is stored corrected where `corrects`.
pub(crate) async fn file_of(app: &App, form: &str, columns: &str, rows: &[&str], corrects: bool) -> Report {
    let mut text = format!("统计编码,{columns}\n");
    for row in rows {
        writeln!(text, "{:09},{row}", WORKS.0).unwrap();
    }
    let request = Request {
        file_name: "a.csv".to_owned(),
        bytes: Arc::new(text.into_bytes()),
        kind: format!("register:{form}"),
        correct_stored: corrects,
        ..Request::default()
    };
    import(app, &officer(app, WORKS), request, &|_, _| {}).await.unwrap()
}

pub(crate) fn warnings(report: &Report) -> Vec<&Problem> {
    assert_eq!((report.accepted, report.refused.len()), (1, 0), "{report:?}");
    let problems = report.warnings.iter().map(|warning| &warning.problem);
    problems.filter(|problem| !matches!(problem, Problem::NameOnly { .. })).collect()
}

pub(crate) async fn agrees(app: &App) {
    let verified = verify(app, &console(app)).await.unwrap();
    assert!(verified.agrees(), "{:?}", verified.findings);
}

pub(crate) fn says(problems: &[Problem], words: &str) -> bool {
    problems
        .iter()
        .any(|problem| matches!(problem, Problem::Rule { message, .. } if message.en.contains(words)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_no_contest_a_class_at_no_base_and_a_trainee_of_no_class() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let ctx = officer(&app, WORKS);
        let forms: [(&str, Fields<'_>, &str, &str); 4] = [
            (
                "contest-entry",
                &[("contest", "没有的大赛"), ("held_on", "2012-05-06"), ("name", "张三")],
                "赛事名称,比赛日期,姓名",
                "没有的大赛,2012-05-06,张三",
            ),
            (
                "training-class",
                &[("base", "没有的基地"), ("ended_on", "2012-05-06"), ("trainees", "20")],
                "基地名称,结束日期,培训人次",
                "没有的基地,2012-05-06,20",
            ),
            ("trainee", &[("class_number", "没有的班"), ("name", "张三")], "班次编号,姓名", "没有的班,张三"),
            (
                "team-score",
                &[("team", "没有的班组"), ("year", "2012"), ("type", "skill")],
                "班组名称,年度,班组类型",
                "没有的班组,2012,技能型",
            ),
        ];
        for (form, typed, columns, row) in forms {
            let found = problems(enter(&app, &ctx, form, typed).await);
            assert!(matches!(found[..], [Problem::UnknownReference { .. }]), "{form}: {found:?}");
            let report = file(&app, form, columns, row).await;
            assert!(matches!(warnings(&report)[..], [Problem::NotLinked { .. }]), "{form}: {report:?}");
        }
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_over_a_grade() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let ctx = officer(&app, WORKS);
        let jump = [("name", "张三"), ("old_level", "4"), ("new_level", "2"), ("certified_on", "2012-05-06")];
        let found = problems(enter(&app, &ctx, "promotion", &jump).await);
        assert!(says(&found, "More than one grade"), "{found:?}");
        let report = file(&app, "promotion", "姓名,原等级,新等级,发证日期", "张三,4,2,2012-05-06").await;
        let warned: Vec<Problem> = warnings(&report).into_iter().cloned().collect();
        assert!(says(&warned, "More than one grade"), "{report:?}");
        let step = [("name", "李四"), ("old_level", "4"), ("new_level", "3"), ("certified_on", "2012-05-06")];
        enter(&app, &ctx, "promotion", &step).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_twice_and_an_apprentice_too_many() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let ctx = officer(&app, WORKS);
        let naming = [("name", "王师傅"), ("named_on", "2012-01-05")];
        let master = enter(&app, &console(&app), "master", &naming).await.unwrap();
        let mark = format!("王师傅 №{master}");
        let pair = |apprentice: &'static str, months: &str| {
            [
                ("master_entry", mark.clone()),
                ("master", "王师傅".to_owned()),
                ("apprentice", apprentice.to_owned()),
                ("signed_on", "2012-03-01".to_owned()),
                ("months", months.to_owned()),
                ("goal", "中级工".to_owned()),
            ]
        };
        let sign = async |apprentice: &'static str, months: &'static str| {
            let pair = pair(apprentice, months);
            let fields: Vec<(&str, &str)> =
                pair.iter().map(|(field, text)| (*field, text.as_str())).collect();
            enter(&app, &ctx, "mentor-pair", &fields).await
        };
        for apprentice in ["甲徒", "乙徒", "丙徒", "丁徒"] {
            sign(apprentice, "12").await.unwrap();
        }
        assert!(says(&problems(sign("甲徒", "24").await), "registered already"));
        sign("戊徒", "12").await.unwrap();
        assert_eq!(value(&app, master, "pairs_in_force").await, Some(Value::Integer(5)));
        assert!(says(&problems(sign("己徒", "12").await), "at most five"));
        let columns = "大连名师登记,师傅,徒弟,签约日期,协议编号";
        let report = file(&app, "mentor-pair", columns, &format!("{mark},王师傅,己徒,2012-03-01,X-1")).await;
        let warned: Vec<Problem> = warnings(&report).into_iter().cloned().collect();
        assert!(says(&warned, "at most five"), "{report:?}");
        assert_eq!(value(&app, master, "pairs_in_force").await, Some(Value::Integer(6)));
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_twice_in_one_file_is_a_warning() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let naming = [("name", "王师傅"), ("named_on", "2012-01-05")];
        let master = enter(&app, &console(&app), "master", &naming).await.unwrap();
        let columns = "协议编号,大连名师登记,师傅,徒弟,签约日期";
        let pair = |number: &str| format!("{number},王师傅 №{master},王师傅,甲徒,2012-03-01");
        let rows = [pair("X-1"), pair("X-2"), pair("X-3")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let report = file_of(&app, "mentor-pair", columns, &rows[..2], false).await;
        assert_eq!((report.accepted, report.refused.len()), (2, 0), "{report:?}");
        let of_row = |report: &Report, row: u32| -> Vec<Problem> {
            let warnings = report.warnings.iter().filter(|warning| warning.row == row);
            warnings.map(|warning| warning.problem.clone()).collect()
        };
        assert!(!says(&of_row(&report, 2), "registered already"), "{report:?}");
        assert!(says(&of_row(&report, 3), "registered already"), "{report:?}");
        // The same of a pair that is stored.
        let report = file_of(&app, "mentor-pair", columns, &rows[2..], false).await;
        assert!(says(&of_row(&report, 2), "registered already"), "{report:?}");
        agrees(&app).await;
    }
}

/// Proposals of the works, by their numbers, and their ids.
async fn proposals<const N: usize>(app: &App, numbers: [&str; N]) -> [RecordId; N] {
    let mut ids = Vec::new();
    for number in numbers {
        let fields = proposal(number, "");
        ids.push(enter(app, &console(app), "proposal", &fields).await.unwrap());
    }
    ids.try_into().unwrap()
}

/// What a proposal states; a duplicate where it names another one.
pub(crate) fn proposal<'t>(number: &'t str, duplicate_of: &'t str) -> Vec<(&'static str, &'t str)> {
    let mut fields =
        vec![("number", number), ("title", number), ("measure", "换灯"), ("proposed_on", "2012-05-06")];
    if !duplicate_of.is_empty() {
        let review =
            [("decision", "duplicate"), ("decided_on", "2012-06-01"), ("duplicate_of", duplicate_of)];
        fields.extend(review);
    }
    fields
}

async fn correct(app: &App, id: RecordId, fields: &[(&str, &str)]) -> Result<RecordId, Error> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let input = Input::Typed(stated(fields));
    records::correct(app, &console(app), id, found.version, input).await.map(|()| id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_names_the_proposal_that_it_repeats() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let [first, second, third] = proposals(&app, ["A-1", "A-2", "A-3"]).await;
        correct(&app, second, &proposal("A-2", "A-1")).await.unwrap();
        assert_eq!(value(&app, second, "duplicate_of").await.unwrap().as_reference(), Some(first));
        let referred = records::find(&app, &console(&app), first).await.unwrap().referred_by;
        assert_eq!(referred.iter().map(|by| by.count).collect::<Vec<_>>(), [1]);
        // One that nobody has registered is kept as text: it may be in an older book.
        correct(&app, third, &proposal("A-3", "B-9")).await.unwrap();
        assert_eq!(value(&app, third, "duplicate_of").await, Some(Value::Text("B-9".to_owned())));
        // Neither itself, nor one that is itself a duplicate of this one.
        correct(&app, third, &proposal("A-3", "A-2")).await.unwrap();
        for other in ["A-2", "A-3"] {
            let found = problems(correct(&app, first, &proposal("A-1", other)).await);
            let is_circular = matches!(&found[..], [Problem::CircularReference { found, severity: Severity::Error }] if found == other);
            assert!(is_circular, "{other}: {found:?}");
        }
        let values = BTreeMap::from([
            ("number".to_owned(), Value::Text("A-1".to_owned())),
            ("title".to_owned(), Value::Text("A-1".to_owned())),
            ("measure".to_owned(), Value::Text("换灯".to_owned())),
            ("proposed_on".to_owned(), Value::Date(jiff::civil::date(2012, 5, 6))),
            ("decision".to_owned(), Value::Code("duplicate".to_owned())),
            ("decided_on".to_owned(), Value::Date(jiff::civil::date(2012, 6, 1))),
            ("duplicate_of".to_owned(), Value::Reference(Reference { id: third, text: String::new() })),
        ]);
        let version = records::find(&app, &console(&app), first).await.unwrap().version;
        let sent = records::correct(&app, &console(&app), first, version, values).await;
        let found = problems(sent.map(|()| first));
        assert!(matches!(found[..], [Problem::CircularReference { .. }]), "{found:?}");
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_of_a_file_that_repeat_each_other_are_not_linked_in_a_circle() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let [first, second] = proposals(&app, ["A-1", "A-2"]).await;
        let columns = "编号,建议名称,措施,提出日期,审查结论,审查日期,重复建议编号";
        let rows =
            ["A-1,A-1,换灯,2012-05-06,重复,2012-06-01,A-2", "A-2,A-2,换灯,2012-05-06,重复,2012-06-01,A-1"];
        let report = file_of(&app, "proposal", columns, &rows, true).await;
        assert_eq!((report.corrected, report.refused.len()), (2, 0), "{report:?}");
        let circular = |row: u32| {
            let of_row = report.warnings.iter().filter(|warning| warning.row == row);
            of_row.filter(|warning| matches!(warning.problem, Problem::CircularReference { .. })).count()
        };
        assert_eq!((circular(2), circular(3)), (0, 1), "{report:?}");
        assert_eq!(value(&app, first, "duplicate_of").await.unwrap().as_reference(), Some(second));
        assert_eq!(value(&app, second, "duplicate_of").await, Some(Value::Text("A-1".to_owned())));
        agrees(&app).await;
    }
}

/// The city with an enterprise that has registered a contest and a proposal, and was merged into the works.
async fn city_with_merged_unit(test: &TestDb) -> (App, RecordId) {
    let app = city(test, &first_campaign()).await;
    let merged = UnitId(WORKS.0 + 1);
    let contest = [("name", "车工大赛"), ("held_on", "2012-05-06"), ("level", "city")];
    let contest = records::enter(&app, &console(&app), "contest", merged, Input::Typed(stated(&contest)))
        .await
        .unwrap();
    let proposal = proposal("M-1", "");
    records::enter(&app, &console(&app), "proposal", merged, Input::Typed(stated(&proposal))).await.unwrap();
    let change = UnitChange::Merge { into: WORKS, from: Month::new(2013, 1).unwrap() };
    carry_out(&app, &console(&app), &Command { unit: merged, seen: None, change }).await.unwrap();
    (app, contest.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_merged_unit_stays_what_others_may_refer_to() {
    for test in databases().await {
        let (app, contest) = city_with_merged_unit(&test).await;
        // A contest of the city's stays one, whoever held it.
        let entry = [("contest", "车工大赛"), ("held_on", "2012-05-06"), ("name", "张三")];
        let entered = enter(&app, &officer(&app, WORKS), "contest-entry", &entry).await.unwrap();
        assert_eq!(value(&app, entered, "contest").await.unwrap().as_reference(), Some(contest));
        let report = file(&app, "contest-entry", "赛事名称,比赛日期,姓名", "车工大赛,2012-05-06,李四").await;
        assert_eq!(warnings(&report), [] as [&Problem; 0]);
        // What a field takes of the own unit alone is of that unit alone.
        let [own] = proposals(&app, ["A-1"]).await;
        correct(&app, own, &proposal("A-1", "M-1")).await.unwrap();
        assert_eq!(value(&app, own, "duplicate_of").await, Some(Value::Text("M-1".to_owned())));
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_units_that_took_a_method_over_are_counted() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let method =
            enter(&app, &officer(&app, WORKS), "operating-method", &[("name", "张三车工操作法")]).await;
        let method = method.unwrap();
        let adoption = [("method", "张三车工操作法"), ("adopted_on", "2012-05-06")];
        let found = problems(enter(&app, &officer(&app, WORKS), "method-adoption", &adoption).await);
        assert!(says(&found, "does not take its own method over"), "{found:?}");
        enter(&app, &officer(&app, YARD), "method-adoption", &adoption).await.unwrap();
        assert_eq!(value(&app, method, "adopting_units").await, Some(Value::Integer(1)));
        let report = file(&app, "method-adoption", "操作法名称,应用日期", "张三车工操作法,2012-05-06").await;
        let warned: Vec<Problem> = warnings(&report).into_iter().cloned().collect();
        assert!(says(&warned, "its own method"), "{report:?}");
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_marks_of_a_team_are_added_until_it_is_closed() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let ctx = officer(&app, WORKS);
        for year in ["2012", "2013"] {
            enter(&app, &ctx, "five-type-team", &[("team", "一车间甲班"), ("year", year)]).await.unwrap();
        }
        let mark = |kind: &'static str, score: &'static str| {
            [
                ("team", "一车间甲班"),
                ("year", "2013"),
                ("type", kind),
                ("score", score),
                ("scored_on", "2013-12-01"),
            ]
        };
        // Of two teams of one name the one of the same year is meant.
        let score = enter(&app, &ctx, "team-score", &mark("skill", "18.5")).await.unwrap();
        let team = value(&app, score, "team").await.unwrap().as_reference().unwrap();
        assert_eq!(value(&app, team, "year").await, Some(Value::Integer(2013)));
        enter(&app, &ctx, "team-score", &mark("harmony", "19.1")).await.unwrap();
        assert_eq!(value(&app, team, "score_total").await, Some(Value::Decimal(37.6)));
        assert_eq!(value(&app, team, "scored_types").await, Some(Value::Integer(2)));
        let found = records::find(&app, &console(&app), team).await.unwrap();
        let below =
            stated(&[("team", "一车间甲班"), ("year", "2013"), ("score", "37.6"), ("conclusion", "below")]);
        records::correct(&app, &console(&app), team, found.version, Input::Typed(below)).await.unwrap();
        let found = problems(enter(&app, &ctx, "team-score", &mark("benefit", "17")).await);
        assert!(
            matches!(found[..], [Problem::DerivedClosed { record, .. }, ..] if record == team),
            "{found:?}"
        );
        let values = BTreeMap::from([
            ("team".to_owned(), Value::Text("一车间甲班".to_owned())),
            ("year".to_owned(), Value::Integer(2013)),
            ("type".to_owned(), Value::Code("benefit".to_owned())),
            ("score".to_owned(), Value::Decimal(17.0)),
            ("scored_on".to_owned(), Value::Date(jiff::civil::date(2013, 12, 1))),
        ]);
        let found = problems(records::create(&app, &ctx, "team-score", WORKS, values).await);
        assert!(
            matches!(found[..], [Problem::DerivedClosed { record, .. }, ..] if record == team),
            "{found:?}"
        );
        // A file keeps its row, not linked.
        let columns = "班组名称,年度,班组类型,考评分,考评日期";
        let report = file(&app, "team-score", columns, "一车间甲班,2013,效益型,17,2013-12-01").await;
        let warned = warnings(&report);
        assert!(warned.iter().all(|found| matches!(found, Problem::DerivedClosed { .. })), "{report:?}");
        assert!(!warned.is_empty());
        assert_eq!(value(&app, team, "score_total").await, Some(Value::Decimal(37.6)));
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_in_tables_are_persons() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let members = "孙专家｜某厂｜高级工程师｜焊接\n周技师｜某厂｜技师｜车工";
        let team = [("name", "焊接专家服务队"), ("founded_on", "2012-01-05"), ("members", members)];
        let id = enter(&app, &officer(&app, WORKS), "expert-team", &team).await.unwrap();
        let ctx = console(&app);
        let offered = person_lookup::search(&app, &officer(&app, WORKS), WORKS, "孙专", 5).await.unwrap();
        assert_eq!(offered.iter().map(|known| known.name.as_str()).collect::<Vec<_>>(), ["孙专家"]);
        let found = persons::by_name(&app, &ctx, CITY, "孙专家").await.unwrap();
        assert_eq!(found.len(), 1);
        let file = persons::file(&app, &ctx, &found[0].key).await.unwrap();
        assert_eq!(file.names, ["孙专家"]);
        assert_eq!(file.entries.iter().map(|entry| entry.fact.id).collect::<Vec<_>>(), [id]);
        // Another name, then none.
        let renamed = Correction { name: "孙一专".to_owned(), ..Correction::default() };
        let key = persons::correct(&app, &ctx, &file.key, &renamed, "更名").await.unwrap().key;
        let text = |value: Option<Value>| value.unwrap().as_str().unwrap().to_owned();
        assert!(text(value(&app, id, "members").await).starts_with("孙一专｜"));
        persons::remove(&app, &ctx, &key, "本人要求").await.unwrap();
        let stored = text(value(&app, id, "members").await);
        assert!(!stored.contains('孙') && stored.contains("周技师"), "{stored}");
        let is_removed = persons::file(&app, &ctx, &key).await.unwrap().is_removed;
        assert!(is_removed);
        let found = records::find(&app, &ctx, id).await.unwrap();
        let history = found.changes.iter().flat_map(|change| [&change.before, &change.after]);
        let field = found.snapshot.definition.forms[found.fact.form].field("members").unwrap();
        for values in history.flatten() {
            let members = values.value(field).and_then(Value::as_str).unwrap_or_default();
            assert!(!members.contains("孙一专"), "{members}");
        }
        // Who corrects the table sees that somebody was removed, and does not state it.
        let words = words::Words::new(words::Language::Chinese).person_removed();
        let shown = format!("{words}｜某厂｜高级工程师｜焊接\n周技师｜某厂｜高级技师｜车工");
        let corrected =
            stated(&[("name", "焊接专家服务队"), ("founded_on", "2012-01-05"), ("members", &shown)]);
        let officer = officer(&app, WORKS);
        records::correct(&app, &officer, id, found.version, Input::Typed(corrected)).await.unwrap();
        let kept = text(value(&app, id, "members").await);
        assert!(kept.starts_with("~~") && kept.contains("高级技师"), "{kept}");
        agrees(&app).await;
    }
}
