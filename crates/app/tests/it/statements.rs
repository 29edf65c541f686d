//! Who may state what (`docs/decisions/0015-who-states-what.md`): every field that is stated in some
//! transitions alone, by every role, in every way, over all registers; and what follows from it.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Context, Error, Snapshot,
    figures::{self, FigureRequest, FiguresJson, Number},
    imports::{Report, Request, import},
    rebuild::verify,
    records::{self, Input, RecordDetails},
    register_export::{Format, Which, export},
    todo, transitions,
};
use campaign::definition::{FieldIdx, Form, FormIdx, Level, TransitionIdx, Values, Workflow};
use exchange::register::written;
use jiff::civil::date;
use model::{
    ids::{RecordId, UnitId},
    problem::Problem,
    value::Value,
};
use testkit::{console, databases, first_campaign, role};

use crate::steps::{CITY, DISTRICT, OTHER, WORKS, begun, city, person, samples};

/// Those who could state something about a record of an enterprise of the district.
fn people(app: &App) -> Vec<Context> {
    vec![
        person(app, role("enterprise-officer"), WORKS),
        person(app, role("level-2-officer"), DISTRICT),
        person(app, role("city-office"), CITY),
    ]
}

/// Whether somebody may take one of these transitions, said once more and in another way than the program does.
fn may_take(ctx: &Context, workflow: &Workflow, steps: &[TransitionIdx]) -> bool {
    let (rank, unit) = match ctx.role().unwrap().id() {
        "enterprise-officer" => (0, WORKS),
        "level-2-officer" => (1, DISTRICT),
        _ => (2, CITY),
    };
    let ranks = |id: &str| {
        ["enterprise-officer", "level-2-officer", "city-office"].iter().position(|known| *known == id)
    };
    steps.iter().map(|step| &workflow.transitions[*step]).any(|step| {
        let is_placed = match step.level {
            Level::Own => true,
            Level::Above => unit != WORKS,
            Level::City => unit == CITY,
        };
        is_placed && step.who.iter().any(|named| ranks(named.id()).is_some_and(|named| named <= rank))
    })
}

fn named(form: &Form, values: &Values) -> BTreeMap<String, Value> {
    let fields = form.fields.iter().zip(values).filter(|(field, _)| field.id != "unit");
    fields.filter_map(|(field, value)| Some((field.id.clone(), value.clone()?))).collect()
}

/// Texts as somebody types them.
fn typed(snapshot: &Snapshot, form: &Form, values: &Values) -> BTreeMap<String, String> {
    let text = |(id, value): (String, Value)| {
        let field = &form.fields[form.field(&id).unwrap()];
        let text = written(&snapshot.definition, field, &value, snapshot).text();
        (id, text)
    };
    named(form, values).into_iter().map(text).collect()
}

/// A file with one row.
fn file(snapshot: &Snapshot, form: &Form, rows: &[&Values]) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let fields: Vec<FieldIdx> = form.fields.positions().collect();
    csv.write_record(fields.iter().map(|field| form.fields[*field].label.zh.clone())).unwrap();
    for values in rows {
        let text = |field: &FieldIdx| {
            let value = values.value(*field);
            value.map(|value| written(&snapshot.definition, &form.fields[*field], value, snapshot).text())
        };
        csv.write_record(fields.iter().map(|field| text(field).unwrap_or_default())).unwrap();
    }
    csv.into_inner().unwrap()
}

async fn import_as(app: &App, ctx: &Context, form: &str, bytes: Vec<u8>) -> Report {
    import_file(app, ctx, form, "台账.csv", bytes).await
}

async fn import_file(app: &App, ctx: &Context, form: &str, name: &str, bytes: Vec<u8>) -> Report {
    let request = Request {
        file_name: name.to_owned(),
        bytes: Arc::new(bytes),
        kind: format!("register:{form}"),
        accept_good_rows: true,
        correct_stored: true,
        ..Request::default()
    };
    import(app, ctx, request, &|_, _| {}).await.unwrap_or_else(|error| panic!("{form}: {error:?}"))
}

async fn found(app: &App, id: RecordId) -> RecordDetails {
    records::find(app, &console(app), id).await.unwrap()
}

/// Whether a refusal says that a field is for others to state.
fn is_for_others<T: std::fmt::Debug>(outcome: &Result<T, Error>, form: &Form, field: FieldIdx) -> bool {
    let Err(Error::InvalidFields(faults)) = outcome else { return false };
    let id = &form.fields[field].id;
    faults.iter().any(|fault| fault.field == *id && matches!(fault.problem, Problem::StatedByOthers { .. }))
}

/// A record of the small kind that every form can begin with.
async fn base(app: &App, snapshot: &Snapshot, form: FormIdx) -> (RecordId, Values) {
    let definition = &snapshot.definition.forms[form];
    let values = begun(&snapshot.definition, definition, WORKS);
    let input = named(definition, &values);
    let id = records::create(app, &console(app), &definition.id, WORKS, input).await;
    (id.unwrap_or_else(|error| panic!("{}: {error:?}", definition.id)), values)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_state_is_refused_in_every_way() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let mut tried = 0;
        for (position, form) in snapshot.definition.forms.entries() {
            let Some(workflow) = form.workflow.as_ref().filter(|workflow| !workflow.stated_in.is_empty())
            else {
                continue;
            };
            let (id, values) = base(&app, &snapshot, position).await;
            for (field, steps) in &workflow.stated_in {
                let mut stated = values.clone();
                stated[*field] = Some(samples(&snapshot.definition, form, *field, WORKS)[0].clone());
                for ctx in people(&app) {
                    let name = format!("{}.{} by {:?}", form.id, form.fields[*field].id, ctx.role());
                    let may = may_take(&ctx, workflow, steps);
                    let before = found(&app, id).await;
                    let entered = records::create(&app, &ctx, &form.id, WORKS, named(form, &stated)).await;
                    let sent: Input = typed(&snapshot, form, &stated).into();
                    let form_sent = records::enter(&app, &ctx, &form.id, WORKS, sent.clone()).await;
                    let corrected = records::correct(&app, &ctx, id, before.version, sent).await;
                    if may {
                        assert!(!is_for_others(&entered, form, *field), "{name}: {entered:?}");
                        assert!(!is_for_others(&form_sent, form, *field), "{name}: {form_sent:?}");
                        assert!(!is_for_others(&corrected, form, *field), "{name}: {corrected:?}");
                    } else if ctx.role().unwrap().id() == "enterprise-officer" || !steps.is_empty() {
                        let is_begun_by_others = matches!(entered, Err(Error::Forbidden(_)));
                        assert!(
                            is_begun_by_others || is_for_others(&entered, form, *field),
                            "{name}: {entered:?}"
                        );
                        assert!(
                            is_begun_by_others || is_for_others(&form_sent, form, *field),
                            "{name}: {form_sent:?}"
                        );
                        assert!(is_for_others(&corrected, form, *field), "{name}: {corrected:?}");
                    }
                    // Nobody skips the steps by a correction: it is stated when its transition is taken.
                    let after = found(&app, id).await;
                    assert_eq!(after.fact.values.value(*field), None, "{name}: stated by a correction");
                    let report = import_as(&app, &ctx, &form.id, file(&snapshot, form, &[&stated])).await;
                    let after = found(&app, id).await;
                    assert_eq!(after.fact.values.value(*field), None, "{name}: stated by a file");
                    assert_eq!(after.postings, before.postings, "{name}: counted");
                    assert_eq!(after.state, before.state, "{name}: moved");
                    if !may && report.refused.is_empty() {
                        assert_eq!(after.pending.value(*field), stated.value(*field), "{name}: not kept");
                    }
                    // The claim goes again.
                    let report = import_as(&app, &ctx, &form.id, file(&snapshot, form, &[&values])).await;
                    assert_eq!(report.refused, [], "{name}: the file without it");
                    assert_eq!(found(&app, id).await.pending.value(*field), None, "{name}: still claimed");
                    tried += 1;
                }
            }
        }
        assert!(tried > 60, "{tried} ways were tried");
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_begin_is_begun_and_changed_by_nobody_else() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let mut tried = 0;
        for (position, form) in snapshot.definition.forms.entries() {
            let Some(workflow) =
                form.workflow.as_ref().filter(|workflow| workflow.beginnings().next().is_some())
            else {
                continue;
            };
            let begins = |step: &&campaign::definition::Transition| {
                step.who.iter().any(|role| role.id() == "enterprise-officer")
            };
            if workflow.beginnings().any(|step| begins(&step)) {
                continue;
            }
            let mut values = begun(&snapshot.definition, form, WORKS);
            let report = import_as(&app, &officer, &form.id, file(&snapshot, form, &[&values])).await;
            assert_eq!((report.accepted, report.refused.len()), (0, 1), "{}: begun by a file", form.id);
            assert!(
                matches!(report.refused[0].problem, Problem::StatedByOthers { .. }),
                "{:?}",
                report.refused
            );
            let id = base(&app, &snapshot, position).await.0;
            let before = found(&app, id).await;
            let field = form
                .fields
                .positions()
                .find(|field| values.value(*field).is_some_and(|value| matches!(value, Value::Date(_))));
            values[field.unwrap()] = Some(Value::Date(date(2013, 1, 9)));
            let corrected = records::correct(&app, &officer, id, before.version, named(form, &values)).await;
            assert!(matches!(corrected, Err(Error::InvalidFields(_))), "{}: {corrected:?}", form.id);
            let removed = records::delete(&app, &officer, id, before.version).await;
            assert!(removed.is_err(), "{}: removed", form.id);
            assert_eq!(found(&app, id).await.version, before.version, "{}", form.id);
            tried += 1;
        }
        assert!(tried >= 2, "masters and skill leaders are begun above the enterprise");
    }
}

/// A studio that its unit has kept in an old file.
fn old_studio(snapshot: &Snapshot, form: &Form, name: &str) -> Values {
    let mut values = form.no_values();
    let mut put = |field: &str, value: Value| values[form.field(field).unwrap()] = Some(value);
    put("unit", Value::Unit(WORKS));
    put("name", Value::Text(name.to_owned()));
    put("named_on", Value::Date(date(2012, 5, 1)));
    put("level", Value::Code("city".to_owned()));
    put("document", Value::Text("大工办发〔2012〕9号".to_owned()));
    put("review", Value::Code("pass".to_owned()));
    assert!(snapshot.definition.form("studio").is_some());
    values
}

async fn studios(app: &App) -> BTreeMap<String, RecordDetails> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let ask = todo::TodoRequest { form: Some("studio".to_owned()), limit: 100, ..Default::default() };
    let office = person(app, role("city-office"), CITY);
    let items = todo::list(app, &office, &ask).await.unwrap().items;
    let (_, form) = snapshot.definition.form("studio").unwrap();
    let mut all = BTreeMap::new();
    for item in items {
        let details = found(app, item.fact.id).await;
        let name =
            details.fact.value(form.field("name").unwrap()).and_then(Value::as_str).unwrap().to_owned();
        all.insert(name, details);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_unit_claims_is_confirmed_together() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let (_, form) = snapshot.definition.form("studio").unwrap();
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let rows = [old_studio(&snapshot, form, "甲"), old_studio(&snapshot, form, "乙")];
        let bytes = file(&snapshot, form, &[&rows[0], &rows[1]]);
        let report = import_as(&app, &officer, "studio", bytes.clone()).await;
        assert_eq!(
            (report.accepted, report.pending, report.refused.len()),
            (2, 2, 0),
            "{:?}",
            report.refused
        );
        let again = import_as(&app, &officer, "studio", bytes).await;
        assert_eq!(
            (again.accepted, again.corrected, again.unchanged),
            (0, 0, 2),
            "the same file changes nothing"
        );

        // What goes out does not show what is pending; coming back it clears nothing.
        let mut out = std::io::Cursor::new(Vec::new());
        export(&app, &officer, WORKS, "studio", Which::All, Format::Xlsx, &mut out).await.unwrap();
        let report = import_file(&app, &officer, "studio", "台账.xlsx", out.into_inner()).await;
        assert_eq!(
            (report.corrected, report.unchanged, report.refused.len()),
            (0, 2, 0),
            "{:?}",
            report.refused
        );

        let ask = todo::TodoRequest { limit: 100, ..Default::default() };
        let office = person(&app, role("city-office"), CITY);
        let todos = todo::list(&app, &office, &ask).await.unwrap().items;
        assert_eq!(todos.len(), 2, "what is pending waits for nothing but its naming");
        let waiting = studios(&app).await;
        assert_eq!(waiting.keys().map(String::as_str).collect::<Vec<_>>(), ["乙", "甲"]);
        assert!(waiting.values().all(|details| details.postings.is_empty()), "a claim does not count");
        let level_2 = person(&app, role("level-2-officer"), DISTRICT);
        let chosen: Vec<_> =
            waiting.values().map(|details| (details.fact.id, Some(details.version))).collect();
        let bulk = transitions::BulkTransition { form: "studio", transition: "name", chosen: &chosen };
        let nothing = BTreeMap::<String, String>::new;
        let theirs = transitions::take_bulk(&app, &level_2, bulk, nothing()).await.unwrap();
        assert_eq!(theirs.fit.len(), 0, "the district does not name studios");
        // Before it is done, it is said for how many records it confirms something, and what.
        let preview = transitions::preview_bulk(&app, &office, bulk, nothing()).await.unwrap();
        let (count, fields) = &preview.confirms;
        let fields: Vec<&str> = fields.iter().map(|field| form.fields[*field].id.as_str()).collect();
        assert_eq!((*count, fields), (2, vec!["level", "named_on", "document"]));
        let one = transitions::BulkTransition { chosen: &chosen[..1], ..bulk };
        let preview = transitions::preview_bulk(&app, &office, one, nothing()).await.unwrap();
        assert_eq!(preview.confirms.0, 1);
        let preview = transitions::preview_bulk(&app, &level_2, bulk, nothing()).await.unwrap();
        assert_eq!(preview.confirms, (0, vec![]), "who cannot take it confirms nothing");
        let first = transitions::offers(&office, waiting.values().next().unwrap()).own[0];
        assert_eq!(
            form.workflow.as_ref().unwrap().transitions[first].id,
            "name",
            "offered before anything else"
        );
        let done = transitions::take_bulk(&app, &office, bulk, nothing()).await.unwrap();
        assert_eq!((done.fit.len(), done.unfit.len()), (2, 0), "{:?}", done.unfit);
        let again = transitions::take_bulk(&app, &office, bulk, nothing()).await.unwrap();
        assert_eq!((again.fit.len(), again.unfit.len()), (2, 0), "a second click: {:?}", again.unfit);
        for (id, _) in &chosen {
            let named = found(&app, *id).await;
            assert_eq!(
                named.state.map(|state| form.workflow.as_ref().unwrap().states[state].id.as_str()),
                Some("named")
            );
            assert!(!named.postings.is_empty(), "what is confirmed counts");
            let left = named.pending.entries().filter(|(_, value)| value.is_some()).map(|(field, _)| field);
            assert_eq!(
                left.collect::<Vec<_>>(),
                [form.field("review").unwrap()],
                "the review waits for its own"
            );
        }
        let named = studios(&app).await;
        let chosen: Vec<_> = named.values().map(|details| (details.fact.id, Some(details.version))).collect();
        let bulk = transitions::BulkTransition { form: "studio", transition: "pass", chosen: &chosen };
        let passed = transitions::take_bulk(&app, &level_2, bulk, nothing()).await.unwrap();
        assert_eq!((passed.fit.len(), passed.unfit.len()), (2, 0), "{:?}", passed.unfit);
        for (id, _) in &chosen {
            assert!(
                found(&app, *id).await.pending.iter().all(Option::is_none),
                "nothing is pending any more"
            );
        }
        assert!(studios(&app).await.is_empty(), "nothing waits any more");
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_studio_stays_and_counts_no_more() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let (_, form) = snapshot.definition.form("studio").unwrap();
        let office = person(&app, role("city-office"), CITY);
        let values = old_studio(&snapshot, form, "丙");
        let id = records::create(&app, &office, "studio", WORKS, named(form, &values)).await.unwrap();
        let count = |details: &RecordDetails, measure: &str| {
            let is = |posting: &&ledger::post::Posting| {
                snapshot.definition.measures[posting.measure].id == measure
            };
            details.postings.iter().filter(is).map(|posting| posting.amount).sum::<i64>()
        };
        let named_studio = found(&app, id).await;
        assert_eq!((count(&named_studio, "studios"), count(&named_studio, "studios_named")), (1, 1));
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let removed = records::delete(&app, &officer, id, named_studio.version).await;
        assert!(matches!(removed, Err(Error::InvalidFields(_))), "named by the city: {removed:?}");

        let remarks = || BTreeMap::from([("remarks".to_owned(), Value::Text("弄虚作假".to_owned()))]);
        transitions::take(&app, &office, id, named_studio.version, "revoke", remarks()).await.unwrap();
        let revoked = found(&app, id).await;
        assert_eq!((count(&revoked, "studios"), count(&revoked, "studios_named")), (0, 1));
        for ctx in [&officer, &office] {
            let removed = records::delete(&app, ctx, id, revoked.version).await;
            assert!(
                matches!(&removed, Err(Error::Invalid(problems))
                if matches!(problems[0], Problem::NotEditable { .. })),
                "{removed:?}"
            );
        }
        let again = records::create(&app, &officer, "studio", WORKS, named(form, &values)).await;
        assert!(again.is_err(), "entered anew");
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);

        transitions::take(&app, &office, id, revoked.version, "restore", remarks()).await.unwrap();
        assert_eq!(count(&found(&app, id).await, "studios"), 1, "restored by whom the definition names");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_returned_does_not_count() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let (position, _) = snapshot.definition.form("promotion").unwrap();
        let (id, _) = base(&app, &snapshot, position).await;
        let level_2 = person(&app, role("level-2-officer"), DISTRICT);
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let counted = |details: &RecordDetails| {
            let measures =
                details.postings.iter().map(|posting| &snapshot.definition.measures[posting.measure].id);
            measures.filter(|id| !id.contains("high")).cloned().collect::<Vec<_>>()
        };
        assert_eq!(counted(&found(&app, id).await), ["promoted", "promoted_unconfirmed"]);
        let remarks = BTreeMap::from([("remarks".to_owned(), Value::Text("证书号不符".to_owned()))]);
        transitions::take(&app, &level_2, id, 1, "return", remarks).await.unwrap();
        assert_eq!(found(&app, id).await.postings.len(), 0, "it was returned");
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
        transitions::take(&app, &officer, id, 2, "resubmit", BTreeMap::<String, Value>::new()).await.unwrap();
        assert_eq!(counted(&found(&app, id).await).len(), 2, "it was handed in again");
        let office = console(&app);
        let show = async || {
            app.fold(&office).await.unwrap();
            let ask = FigureRequest { year: 2012, ..FigureRequest::default() };
            let shown = figures::show(&app, &office, CITY, &ask).await.unwrap();
            let json = FiguresJson::from(&shown);
            let promoted = json.indicators.into_iter().find(|indicator| indicator.id == "4.7").unwrap();
            (promoted.listed, promoted.unconfirmed)
        };
        assert_eq!(show().await, (Some(Number::Whole(1)), Some(Number::Whole(1))));
        let certificate = BTreeMap::from([
            ("certificate_number".to_owned(), Value::Text("辽2012-17".to_owned())),
            ("issuer".to_owned(), Value::Text("市人社局".to_owned())),
        ]);
        transitions::take(&app, &level_2, id, 3, "check", certificate).await.unwrap();
        assert_eq!(counted(&found(&app, id).await), ["promoted"], "looked at above");
        assert_eq!(show().await, (Some(Number::Whole(1)), Some(Number::Whole(0))));
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_took_the_step_before_does_not_decide() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let text = |text: &str| Value::Text(text.to_owned());
        let proposal = BTreeMap::from([
            ("title".to_owned(), text("加装挡板")),
            ("measure".to_owned(), text("在喷嘴外加装挡板")),
            ("proposer".to_owned(), text("张三")),
            ("proposed_on".to_owned(), Value::Date(date(2012, 5, 1))),
        ]);
        let id = records::create(&app, &officer, "proposal", WORKS, proposal).await.unwrap();
        let reviewed = BTreeMap::from([("reviewed_by".to_owned(), text("技术科"))]);
        transitions::take(&app, &officer, id, 1, "accept", reviewed).await.unwrap();
        let decided = || BTreeMap::from([("decided_on".to_owned(), Value::Date(date(2012, 5, 20)))]);
        let own = transitions::take(&app, &officer, id, 2, "adopt", decided()).await;
        assert!(
            matches!(&own, Err(Error::Invalid(problems))
            if matches!(problems[0], Problem::SecondPerson { .. })),
            "{own:?}"
        );
        let chosen = [(id, Some(2))];
        let bulk = transitions::BulkTransition { form: "proposal", transition: "adopt", chosen: &chosen };
        let together = transitions::take_bulk(&app, &officer, bulk, decided()).await.unwrap();
        assert_eq!((together.fit.len(), together.unfit.len()), (0, 1));
        let seen = records::find(&app, &officer, id).await.unwrap();
        let offers = transitions::offers(&officer, &seen);
        let is_adopt = |step: &TransitionIdx| {
            let workflow = seen.snapshot.definition.forms[seen.fact.form].workflow.as_ref().unwrap();
            workflow.transitions[*step].id == "adopt"
        };
        assert!(offers.others.iter().any(is_adopt) && !offers.own.iter().any(is_adopt));
        let foreign = person(&app, role("level-2-officer"), OTHER);
        assert!(transitions::take(&app, &foreign, id, 2, "adopt", decided()).await.is_err());
        let level_2 = person(&app, role("level-2-officer"), DISTRICT);
        transitions::take(&app, &level_2, id, 2, "adopt", decided()).await.unwrap();
        let unit: UnitId = found(&app, id).await.fact.unit;
        assert_eq!(unit, WORKS);
    }
}
