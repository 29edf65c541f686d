//! Several campaigns of one federation: what is entered once counts in each, over its own years, for its own people.

mod candidates;

use std::collections::BTreeMap;

use app::{
    Actor, App, Context, Error, Thing,
    audit_trail::{self, AuditKind, TrailQuery},
    campaigns::{self, DefinitionPlan, Effect},
    figures::{FigureRequest, TraceRequest, rank, show, trace},
    load::{LoadUnit, load},
    rebuild::verify,
    registers,
    todo::{self, TodoRequest},
};
use campaign::{
    change::{ChangeKind, ChangedPart},
    definition::CampaignIdx,
    source::{Source, SourceFile},
};
use ledger::hierarchy::Line;
use model::{
    ids::{RecordId, UnitId, UserId},
    value::Value,
};
use store::units::UnitKind;
use testkit::{TestDb, console, databases, open, open_with_both, second_campaign, small_campaign};

pub(crate) const CITY: UnitId = UnitId(10_001);
pub(crate) const WORKS: UnitId = UnitId(10_002);
const MILL: UnitId = UnitId(10_003);

/// The campaign that was loaded after the first.
fn second() -> CampaignIdx {
    CampaignIdx::new(1)
}

/// A city with two enterprises.
pub(crate) async fn put_units(app: &App) {
    let snapshot = app.current(&console(app)).await.unwrap();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let unit = |id: UnitId, parent: Option<UnitId>| {
        let mut values = roster.no_values();
        if parent.is_some() {
            values[roster.classifying[0]] = Some(Value::Code("300".to_owned()));
        }
        LoadUnit {
            id,
            code: id.to_string(),
            name: format!("unit {id}"),
            kind: if parent.is_some() { UnitKind::Grassroots } else { UnitKind::Union },
            parent,
            guidance: None,
            closed_from: None,
            values,
        }
    };
    let units = vec![unit(CITY, None), unit(WORKS, Some(CITY)), unit(MILL, Some(CITY))];
    load(app, &console(app), units, std::iter::empty(), &|_| {}).await.unwrap();
}

async fn enter(app: &App, form: &str, unit: UnitId, values: &[(&str, Value)]) {
    let values: BTreeMap<String, Value> =
        values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    app::records::create(app, &console(app), form, unit, values).await.unwrap();
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn day(year: i16, month: i8) -> Value {
    Value::Date(jiff::civil::date(year, month, 5))
}

/// An idea that was told in January and is in use since a month.
pub(crate) async fn idea(app: &App, unit: UnitId, title: &str, (year, month): (i16, i8)) {
    let values = [
        ("title", text(title)),
        ("author", text("张三")),
        ("told_on", day(year, 1)),
        ("outcome", Value::Code("1".to_owned())),
        ("used_on", day(year, month)),
    ];
    enter(app, "workshop-idea", unit, &values).await;
}

pub(crate) fn ask(campaign: CampaignIdx, year: i16) -> FigureRequest {
    FigureRequest { campaign, year, ..FigureRequest::default() }
}

async fn value(app: &App, ctx: &Context, unit: UnitId, ask: &FigureRequest, id: &str) -> Option<f64> {
    app.fold(&console(app)).await.unwrap();
    let shown = show(app, ctx, unit, ask).await.unwrap();
    let indicators = &shown.campaign().indicators;
    shown.entries.iter().find(|entry| indicators[entry.indicator].id == id).unwrap().figure.value
}

pub(crate) async fn assert_sound(app: &App) {
    assert_eq!(verify(app, &console(app)).await.unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_is_stated_once_and_counts_in_each_campaign_over_its_own_years() {
    for test in databases().await {
        let app = open_with_both(&test).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2021, 3)).await;
        idea(&app, WORKS, "节水", (2022, 4)).await;
        idea(&app, WORKS, "节煤", (2023, 5)).await;
        idea(&app, MILL, "节油", (2024, 6)).await;
        let ctx = console(&app);
        // Used since the second campaign began: three ideas, of two enterprises; the works counted for the first one in 2021.
        assert_eq!(value(&app, &ctx, CITY, &ask(second(), 2022), "1.1").await, Some(1.0));
        assert_eq!(value(&app, &ctx, CITY, &ask(second(), 2024), "1.1").await, Some(3.0));
        assert_eq!(value(&app, &ctx, CITY, &ask(second(), 2022), "1.2").await, Some(1.0));
        assert_eq!(value(&app, &ctx, CITY, &ask(second(), 2024), "1.2").await, Some(2.0));
        assert_eq!(value(&app, &ctx, MILL, &ask(second(), 2024), "1.2").await, Some(1.0));
        let first = show(&app, &ctx, CITY, &ask(CampaignIdx::FIRST, 2022)).await.unwrap();
        let (idea_units, _) = first.snapshot.definition.measure("idea_units").unwrap();
        let shown = first.campaign().indicators.iter().flat_map(|indicator| &indicator.info);
        assert!(shown.into_iter().any(|measure| *measure == idea_units), "the first one has its own");
        let outside = show(&app, &ctx, CITY, &ask(second(), 2021)).await;
        assert!(
            matches!(outside, Err(Error::NoSuchPeriod(_))),
            "the first one's year is not the second one's"
        );

        let request =
            TraceRequest { indicator: "1.2".to_owned(), ask: ask(second(), 2024), after: None, limit: 10 };
        let traced = trace(&app, &ctx, CITY, &request).await.unwrap();
        let years: Vec<_> = traced.rows.iter().map(|row| row.month.year()).collect();
        assert_eq!(years, [2022, 2023, 2024], "what came before its first month is not behind its figure");
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_campaign_leaves_the_first_as_it_was() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2021, 3)).await;
        idea(&app, MILL, "节水", (2022, 4)).await;
        app.fold(&console(&app)).await.unwrap();
        let before = show(&app, &console(&app), CITY, &ask(CampaignIdx::FIRST, 2022)).await.unwrap();
        campaigns::load(&app, &console(&app), &second_campaign(), None).await.unwrap();
        let after = show(&app, &console(&app), CITY, &ask(CampaignIdx::FIRST, 2022)).await.unwrap();
        assert_eq!(before.entries, after.entries);
        assert_ne!(before.snapshot.definition.hash, after.snapshot.definition.hash);
        assert_eq!(value(&app, &console(&app), CITY, &ask(second(), 2022), "1.1").await, Some(1.0));
        // Loading it again changes nothing, nor does the first one.
        let hash = after.snapshot.definition.hash.clone();
        for source in [second_campaign(), small_campaign()] {
            assert_eq!(campaigns::load(&app, &console(&app), &source, None).await.unwrap(), hash);
        }
        assert_sound(&app).await;

        // Another program opens the region: it finds both.
        let again = testkit::open_again(&test, testkit::clock()).await;
        assert_eq!(value(&again, &console(&again), CITY, &ask(second(), 2022), "1.1").await, Some(1.0));
        again.close().await;
        app.close().await;
    }
}

/// The same version from two machines at the same time, and two campaigns at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn campaigns_that_are_loaded_at_the_same_time_are_both_there_once() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let other = testkit::open_again(&test, testkit::clock()).await;
        let third = renamed("ideas-2022-24", "ideas-2022-25");
        let of_second = second_campaign();
        let (ctx, other_ctx) = (console(&app), console(&other));
        let loads = tokio::join!(
            campaigns::load(&app, &ctx, &of_second, None),
            campaigns::load(&other, &other_ctx, &of_second, None),
            campaigns::load(&app, &ctx, &third, None),
        );
        for loaded in [loads.0, loads.1] {
            loaded.unwrap();
        }
        // The third repeats measures of the second, and counts the same.
        loads.2.unwrap();
        let snapshot = app.current(&ctx).await.unwrap();
        assert_eq!(snapshot.definition.campaigns.len(), 3);
        assert_sound(&app).await;
        other.close().await;
        app.close().await;
    }
}

/// The second campaign under another id.
fn renamed(id: &str, other: &str) -> Source {
    let file = |file: &SourceFile| SourceFile { path: file.path.clone(), text: file.text.replace(id, other) };
    let own = second_campaign();
    let files = own.files().iter().filter(|file| file.path != "roles.toml").map(file);
    Source::from_files(files.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_from_the_catalogue_is_named_and_nothing_is_loaded() {
    let test = testkit::sqlite().await;
    let app = open(&test, &small_campaign()).await;
    let other = small_campaign();
    let changed = |file: &SourceFile| SourceFile {
        path: file.path.clone(),
        text: match file.path.as_str() {
            "campaign.toml" => file.text.replace("five-creations-2021-23", "five-creations-2026-28"),
            "registers/workshop-idea.toml" => file.text.replace("max = 40", "max = 60"),
            _ => file.text.clone(),
        },
    };
    let source = Source::from_files(other.files().iter().map(changed).collect());
    let hash = app.current(&console(&app)).await.unwrap().definition.hash.clone();
    let Err(Error::Definition(mistakes)) = campaigns::load(&app, &console(&app), &source, None).await else {
        panic!("a form of the catalogue is defined otherwise")
    };
    let found: Vec<_> = mistakes.iter().map(|mistake| (mistake.file.as_str(), mistake.line)).collect();
    assert_eq!(found, [("registers/workshop-idea.toml", 27)]);
    assert_eq!(app.current(&console(&app)).await.unwrap().definition.hash, hash);
    app.close().await;
}

/// Somebody of the second campaign at the city.
async fn officer(app: &App) -> Context {
    let snapshot = app.current(&console(app)).await.unwrap();
    let actor = Actor::User {
        id: UserId(7),
        login: "ideas".to_owned(),
        name: "Ideas".to_owned(),
        role: snapshot.definition.role("visit-officer").unwrap().clone(),
        unit: CITY,
    };
    Context { actor, ..console(app) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_one_campaign_sees_neither_figures_nor_registers_of_another() {
    let test: TestDb = testkit::sqlite().await;
    let app = open_with_both(&test).await;
    put_units(&app).await;
    let ctx = officer(&app).await;
    let action = [
        ("serial", text("L-1")),
        ("subject", text("换灯")),
        ("kind", Value::Code("power".to_owned())),
        ("started_on", day(2022, 3)),
    ];
    let snapshot = app.current(&ctx).await.unwrap();
    let kinds = &snapshot.definition.dictionaries;
    let kind = kinds.iter().find(|dictionary| dictionary.id == "action-kind").unwrap().codes[0].code.clone();
    let action = action.map(|(field, value)| match field {
        "kind" => (field, Value::Code(kind.clone())),
        _ => (field, value),
    });
    enter(&app, "green-action", WORKS, &action).await;
    idea(&app, WORKS, "节电", (2022, 3)).await;

    assert!(show(&app, &ctx, CITY, &ask(second(), 2022)).await.is_ok());
    let is_missing = |error: &Error| matches!(error, Error::NotFound { what: Thing::Campaign, .. });
    let first = ask(CampaignIdx::FIRST, 2022);
    assert!(show(&app, &ctx, CITY, &first).await.is_err_and(|error| is_missing(&error)));
    assert!(rank(&app, &ctx, CITY, Line::Subordination, &first).await.is_err_and(|error| is_missing(&error)));
    let request = TraceRequest { indicator: "1.1".to_owned(), ask: first, after: None, limit: 10 };
    assert!(trace(&app, &ctx, CITY, &request).await.is_err_and(|error| is_missing(&error)));

    let visible = registers::visible_registers(&ctx, &snapshot, CITY).unwrap();
    let visible: Vec<_> = visible.iter().map(|form| snapshot.definition.forms[*form].id.as_str()).collect();
    assert_eq!(visible, ["workshop-idea", "visit"]);
    let hidden = registers::to_see(&ctx, &snapshot, CITY, "green-action");
    assert!(matches!(hidden, Err(Error::NotFound { what: Thing::Register, .. })));

    let mut tx = test.db.read(test.region).await.unwrap();
    let mut ids = Vec::new();
    store::records::for_each(&mut tx, |row| {
        ids.push((row.form.clone(), row.id));
        Ok(())
    })
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    for (form, id) in ids {
        let found = app::records::find(&app, &ctx, id).await;
        assert_eq!(found.is_ok(), form == "workshop-idea", "{form}");
    }
    app.close().await;
}

/// The small campaign with one file changed.
pub(crate) fn changed(path: &str, change: impl Fn(&str) -> String) -> Source {
    let file = |file: &SourceFile| SourceFile {
        path: file.path.clone(),
        text: if file.path == path { change(&file.text) } else { file.text.clone() },
    };
    Source::from_files(small_campaign().files().iter().map(file).collect())
}

/// The only idea that is stored: its id, its version, what it states.
async fn stored_idea(test: &TestDb, app: &App) -> (RecordId, i64, BTreeMap<String, Value>) {
    let mut ids = Vec::new();
    let mut tx = test.db.read(test.region).await.unwrap();
    store::records::for_each(&mut tx, |row| {
        ids.push(row.id);
        Ok(())
    })
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    let [id] = ids[..] else { panic!("{ids:?}") };
    let found = app::records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let stated = form.fields.entries();
    let values = stated.filter_map(|(at, field)| Some((field.id.clone(), found.fact.value(at)?.clone())));
    (id, found.version, values.collect())
}

pub(crate) async fn load_version(
    app: &App,
    source: &Source,
    consent: Option<&str>,
) -> Result<String, Box<DefinitionPlan>> {
    match campaigns::load(app, &console(app), source, consent).await {
        Ok(hash) => Ok(hash),
        Err(Error::DefinitionChange(plan)) => Err(plan),
        Err(other) => panic!("{other:?}"),
    }
}

/// What a version no longer has is kept in the record, whatever is done to it meanwhile, and comes back with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_removed_comes_back_with_what_was_stated() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let stated = [
            ("title", text("节电")),
            ("author", text("张三")),
            ("told_on", day(2022, 1)),
            ("outcome", Value::Code("1".to_owned())),
            ("used_on", day(2022, 4)),
            ("trials", text("甲")),
        ];
        enter(&app, "workshop-idea", WORKS, &stated).await;
        let without = changed("registers/workshop-idea.toml", |text| {
            let start = text.find("[[field]]\nid = \"trials\"").unwrap();
            let end = start + 9 + text[start + 9..].find("[[field]]\n").unwrap();
            let text = format!("{}{}", &text[..start], &text[end..]).replace(", \"trials\"", "");
            let renamed =
                text.replace("\"used_on\"", "\"in_use_since\"").replace("used_on ", "in_use_since ");
            let field = "[[field]]\nid = \"in_use_since\"\n";
            renamed.replace(field, &format!("{field}was = \"used_on\"\n"))
        });
        // The rename is declared; that a field is gone needs somebody who knows it.
        let plan = campaigns::plan(&app, &console(&app), &without).await.unwrap().unwrap();
        assert!(!plan.is_refused() && plan.needs_consent() && plan.moves.is_empty(), "{plan:?}");
        let renamed = plan.effects.iter().find(|effect| {
            effect.change.part == ChangedPart::Field("workshop-idea".to_owned(), "in_use_since".to_owned())
        });
        assert_eq!(renamed.unwrap().records, 1);
        load_version(&app, &without, None).await.unwrap_err();
        load_version(&app, &without, Some(&plan.hash)).await.unwrap();
        let (id, version, mut values) = stored_idea(&test, &app).await;
        assert_eq!(values["in_use_since"], day(2022, 4));

        values.insert("title".to_owned(), text("节电二"));
        values.remove("unit");
        app::records::correct(&app, &console(&app), id, version, values).await.unwrap();
        load_version(&app, &small_campaign(), Some(&small_campaign().hash())).await.unwrap();
        let (.., values) = stored_idea(&test, &app).await;
        assert_eq!((&values["title"], &values["trials"]), (&text("节电二"), &text("甲")));
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_loses_or_moves_something_needs_to_be_declared_or_agreed_to() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2022, 4)).await;
        // Another kind without a word about it: what is stated would be read as something else.
        let retyped = |declared: &str| {
            let kind = format!("kind = \"integer\"{declared}\nmin = 0\nmax = 9");
            changed("registers/workshop-idea.toml", move |text| {
                text.replacen("label = { zh = \"姓名\", en = \"Author\" }\nnames = [\"提出人\"]\nkind = \"text\"\nmax = 40",
                    &format!("label = {{ zh = \"姓名\", en = \"Author\" }}\nnames = [\"提出人\"]\n{kind}"), 1)
                    .replace("by_name_only = { name = \"author\", id_number = \"id_number\" }\n", "")
                    .replace("person(id_number, author)", "field(author)")
            })
        };
        let plan = campaigns::plan(&app, &console(&app), &retyped("")).await.unwrap().unwrap();
        assert!(plan.is_refused(), "{plan:?}");
        let consent = plan.hash.clone();
        let refused = load_version(&app, &retyped(""), Some(&consent)).await.unwrap_err();
        assert!(refused.is_refused(), "no consent makes it good");
        // Another formula: figures move, and somebody has to say so.
        let moved =
            changed("indicators/1.3.toml", |text| text.replace("at_end(actions_running)", "to_date(ideas)"));
        let plan = load_version(&app, &moved, None).await.unwrap_err();
        assert!(!plan.is_refused() && plan.needs_consent());
        assert!(plan.moves.iter().any(|moved| moved.unit_code == CITY.to_string()), "{plan:?}");
        assert_eq!(app.current(&console(&app)).await.unwrap().definition.hash, small_campaign().hash());
        assert_eq!(load_version(&app, &moved, Some(&plan.hash)).await.unwrap(), plan.hash);
        assert_sound(&app).await;
        app.close().await;
    }
}

/// What a unit is follows from the classification: another one moves what is counted of it, as the plan has said.
#[tokio::test(flavor = "multi_thread")]
async fn another_classification_moves_the_figures_that_the_plan_names() {
    for test in databases().await {
        let app = open_with_both(&test).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2022, 4)).await;
        idea(&app, WORKS, "节水", (2023, 4)).await;
        let other = changed("campaign.toml", |text| text.replace("('900', '910')", "('900', '910', '300')"));
        let plan = load_version(&app, &other, None).await.unwrap_err();
        let units: Vec<&str> = plan.moves.iter().map(|moved| moved.unit_code.as_str()).collect();
        assert!(units.contains(&"10001") && units.contains(&"10002"), "{plan:?}");
        assert_eq!(plan.moved_units, 2);
        load_version(&app, &other, Some(&plan.hash)).await.unwrap();
        let definition = app.current(&console(&app)).await.unwrap().definition.clone();
        for moved in &plan.moves {
            let position =
                definition.campaigns.entries().find(|(_, one)| one.id == moved.campaign).unwrap().0;
            let unit = UnitId(moved.unit_code.parse().unwrap());
            let now = value(&app, &console(&app), unit, &ask(position, moved.year), &moved.indicator).await;
            assert_eq!(now, moved.after, "{moved:?}");
        }
        assert_sound(&app).await;
        app.close().await;
    }
}

/// The second campaign, with a role of the catalogue for it alone.
fn with_own_officer() -> Source {
    let role = "\n[[role]]\nid = \"level-2-officer\"\nlabel = { zh = \"干事\", en = \"Officer\" }\nhelp = { zh = \"只办一项竞赛\", en = \"Of one campaign\" }\n\
        level = \"level-2\"\ncampaigns = [\"ideas-2022-24\"]\nactions = [\"read-figures\", \"read-records\", \"write-records\", \
        \"transition-records\", \"read-todo\", \"read-audit\", \"read-persons\", \"read-digests\"]\n";
    let second = second_campaign();
    let files = second.files().iter().map(|file| SourceFile {
        path: file.path.clone(),
        text: if file.path == "roles.toml" { format!("{}{role}", file.text) } else { file.text.clone() },
    });
    Source::from_files(files.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_what_was_changed_is_shown_for_the_own_campaigns_alone() {
    for test in testkit::databases().await {
        let app = open_with_both(&test).await;
        put_units(&app).await;
        let finished = [
            ("serial", text("L-1")),
            ("subject", text("换灯")),
            ("kind", Value::Code("energy".to_owned())),
            ("started_on", day(2022, 3)),
            ("finished_on", day(2022, 5)),
        ];
        enter(&app, "green-action", WORKS, &finished).await;
        idea(&app, WORKS, "节电", (2022, 3)).await;
        let officer = async || {
            let snapshot = app.current(&console(&app)).await.unwrap();
            let role = snapshot.definition.role("level-2-officer").unwrap().clone();
            let (id, login, name) = (UserId(8), "officer".to_owned(), "Officer".to_owned());
            Context { actor: Actor::User { id, login, name, role, unit: CITY }, ..console(&app) }
        };
        let waiting = async |ctx: &Context| {
            let count = todo::count(&app, ctx, 10).await.unwrap();
            let listed = todo::list(&app, ctx, &TodoRequest { limit: 10, ..TodoRequest::default() }).await;
            let listed = listed.unwrap();
            assert_eq!((count, listed.counts.all), (listed.total, listed.total), "one number everywhere");
            assert_eq!(listed.items.len(), usize::try_from(count).unwrap());
            count
        };
        assert_eq!(waiting(&officer().await).await, 1, "the acceptance of an action");

        campaigns::load(&app, &console(&app), &with_own_officer(), None).await.unwrap();
        let ctx = officer().await;
        assert_eq!(waiting(&ctx).await, 0, "actions are no business of the second campaign");
        let of_form = TodoRequest { form: Some("green-action".to_owned()), ..TodoRequest::default() };
        let hidden = todo::list(&app, &ctx, &of_form).await;
        assert!(matches!(hidden, Err(Error::NotFound { what: Thing::Register, .. })));

        let all = audit_trail::list(&app, &console(&app), &TrailQuery::default(), None, 50).await.unwrap();
        let own = audit_trail::list(&app, &ctx, &TrailQuery::default(), None, 50).await.unwrap();
        let records = |trail: &audit_trail::Trail| {
            trail.entries.iter().filter(|entry| entry.kind == Some(AuditKind::Record)).count()
        };
        assert_eq!((records(&all), records(&own)), (2, 1));
        let hidden = all.entries.iter().find(|entry| {
            entry.kind == Some(AuditKind::Record) && own.entries.iter().all(|known| known.id != entry.id)
        });
        let hidden = audit_trail::find(&app, &ctx, hidden.unwrap().id).await;
        assert!(matches!(hidden, Err(Error::NotFound { what: Thing::AuditEntry, .. })));
        app.close().await;
    }
}

/// What was stated gives way to what is worked out: somebody has to know that.
#[tokio::test(flavor = "multi_thread")]
async fn a_stated_field_that_becomes_derived_needs_consent() {
    for test in databases().await {
        let stated = changed("registers/green-action.toml", |text| {
            text.replace("derived = \"rating / idea.actions\"\nalso_closed = true\n", "")
        });
        let app = open(&test, &stated).await;
        put_units(&app).await;
        let action = [
            ("serial", text("L-1")),
            ("subject", text("换灯")),
            ("kind", Value::Code("energy".to_owned())),
            ("started_on", day(2022, 3)),
            ("shared_rating", Value::Decimal(7.5)),
        ];
        enter(&app, "green-action", WORKS, &action).await;
        let plan = load_version(&app, &small_campaign(), None).await.unwrap_err();
        let field = ChangedPart::Field("green-action".to_owned(), "shared_rating".to_owned());
        let effect = plan.effects.iter().find(|effect| effect.change.part == field).unwrap();
        assert_eq!((&effect.change.kind, effect.records), (&ChangeKind::Derived, 1));
        assert!(!plan.is_refused() && plan.needs_consent(), "{plan:?}");
        load_version(&app, &small_campaign(), Some(&plan.hash)).await.unwrap();
        assert_sound(&app).await;
        app.close().await;
    }
}

/// What a form counts is a change of its own, with the records that count otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_posting_is_named_with_the_records_that_it_concerns() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let told = [("title", text("节电")), ("author", text("张三")), ("told_on", day(2022, 4))];
        enter(&app, "workshop-idea", WORKS, &told).await;
        let used = [
            ("title", text("节水")),
            ("author", text("张三")),
            ("told_on", day(2022, 1)),
            ("outcome", Value::Code("1".to_owned())),
            ("used_on", day(2022, 4)),
        ];
        enter(&app, "workshop-idea", WORKS, &used).await;
        let other = changed("registers/workshop-idea.toml", |text| {
            let post = "measure = \"ideas\"\non = \"told_on\"";
            text.replacen(post, &format!("{post}\nwhen = \"used_on is not stated\""), 1)
        });
        let plan = campaigns::plan(&app, &console(&app), &other).await.unwrap().unwrap();
        let [effect] = &plan.effects[..] else { panic!("{plan:?}") };
        assert_eq!(effect.change.part, ChangedPart::Post("workshop-idea".to_owned(), "ideas".to_owned()));
        let (was, now) = ("on = told_on".to_owned(), "on = told_on, when = used_on is not stated".to_owned());
        assert_eq!(effect.change.kind, ChangeKind::Reposted { was, now });
        // The idea that is in use counts no more; the other one as before.
        assert_eq!((effect.records, effect.examples.len()), (1, 1), "{plan:?}");
        assert!(!plan.is_refused());
        // A field with another name is no other posting.
        let renamed = changed("registers/workshop-idea.toml", |text| {
            let text = text.replace("\"used_on\"", "\"in_use_since\"").replace("used_on ", "in_use_since ");
            let field = "[[field]]\nid = \"in_use_since\"\n";
            text.replace(field, &format!("{field}was = \"used_on\"\n"))
        });
        let plan = campaigns::plan(&app, &console(&app), &renamed).await.unwrap().unwrap();
        let is_post = |effect: &&Effect| matches!(effect.change.part, ChangedPart::Post(..));
        assert_eq!(plan.effects.iter().filter(is_post).count(), 0, "{plan:?}");
        app.close().await;
    }
}

/// What is worked out otherwise is counted before anything is put in force.
#[tokio::test(flavor = "multi_thread")]
async fn what_derived_fields_come_to_is_said_before() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2022, 4)).await;
        let (id, ..) = stored_idea(&test, &app).await;
        for (serial, month) in [("L-1", 5), ("L-2", 6)] {
            let action = [
                ("serial", text(serial)),
                ("subject", text(serial)),
                ("kind", Value::Code("energy".to_owned())),
                ("started_on", day(2022, month)),
                ("idea", text("节电")),
            ];
            enter(&app, "green-action", WORKS, &action).await;
        }
        let other = changed("registers/workshop-idea.toml", |text| {
            let counted = "derived = \"count(green-action.idea";
            text.replace(&format!("{counted})\""), &format!("{counted}, verified)\""))
        });
        let plan = campaigns::plan(&app, &console(&app), &other).await.unwrap().unwrap();
        let field = ChangedPart::Field("workshop-idea".to_owned(), "actions".to_owned());
        let effect = plan.effects.iter().find(|effect| effect.change.part == field).unwrap();
        assert_eq!((effect.changed, &effect.examples), (1, &vec![id]), "{plan:?}");
        assert!(plan.needs_consent() && !plan.is_refused());
        load_version(&app, &other, None).await.unwrap_err();
        load_version(&app, &other, Some(&plan.hash)).await.unwrap();
        assert_sound(&app).await;
        app.close().await;
    }
}

/// A state in which records are cannot go, whether a transition led to it or it follows from their fields.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_in_which_records_are_is_not_removed() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let accepted = [
            ("serial", text("L-1")),
            ("subject", text("换灯")),
            ("kind", Value::Code("energy".to_owned())),
            ("started_on", day(2022, 3)),
            ("finished_on", day(2022, 5)),
            ("verified", Value::Flag(true)),
        ];
        let without = |state: &str| {
            let state = state.to_owned();
            changed("registers/green-action.toml", move |text| without_state(text, &state))
        };
        let state = |id: &str| ChangedPart::State("green-action".to_owned(), id.to_owned());
        let plan = campaigns::plan(&app, &console(&app), &without("paused")).await.unwrap().unwrap();
        assert!(!plan.is_refused(), "nothing is paused: {plan:?}");
        enter(&app, "green-action", WORKS, &accepted).await;
        for (removed, is_refused) in [("accepted", true), ("paused", false)] {
            let plan = campaigns::plan(&app, &console(&app), &without(removed)).await.unwrap().unwrap();
            let effect = plan.effects.iter().find(|effect| effect.change.part == state(removed)).unwrap();
            let expected = (ChangeKind::Removed, u64::from(is_refused), is_refused);
            assert_eq!((effect.change.kind.clone(), effect.records, plan.is_refused()), expected, "{plan:?}");
        }
        let plan = campaigns::plan(&app, &console(&app), &without("accepted")).await.unwrap().unwrap();
        load_version(&app, &without("accepted"), Some(&plan.hash)).await.unwrap_err();
        let definition = app.current(&console(&app)).await.unwrap().definition.clone();
        assert_eq!(definition.hash, small_campaign().hash(), "the version in force stays");
        assert_sound(&app).await;
        app.close().await;
    }
}

/// The definition of a form without a state, and without the transitions, clocks and orders that name it.
fn without_state(text: &str, state: &str) -> String {
    let named = format!("\"{state}\"");
    let text = text.replace(", \"paused\"]", "]");
    let open = "kind = \"open\"\nwhen = \"finished_on is stated\"\neditable = false\nusual = \"accept\"";
    let closed = "kind = \"final\"\nwhen = \"finished_on is stated\"\neditable = false";
    let text = if state == "accepted" { text.replace(open, closed) } else { text };
    let mut kept = Vec::new();
    for part in text.split("\n[[") {
        let is_of_state = part.starts_with("state]]") && part.contains(&format!("id = {named}\n"));
        let is_led = part.starts_with("transition]]") || part.starts_with("clock]]");
        let is_of_finished = state == "accepted" && part.contains("id = \"acceptance\"");
        let goes = is_of_state || is_of_finished || (is_led && part.contains(&named));
        if !goes {
            kept.push(part);
        }
    }
    kept.join("\n[[")
}

/// The same other version of one campaign from two machines: it is put in force once, and both are told the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_two_machines_load_at_the_same_time_is_put_in_force_once() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2022, 4)).await;
        let other = testkit::open_again(&test, testkit::clock()).await;
        let moved =
            changed("indicators/1.3.toml", |text| text.replace("at_end(actions_running)", "to_date(ideas)"));
        let plan = campaigns::plan(&app, &console(&app), &moved).await.unwrap().unwrap();
        let (ctx, other_ctx) = (console(&app), console(&other));
        let consent = Some(plan.hash.as_str());
        let loads = tokio::join!(
            campaigns::load(&app, &ctx, &moved, consent),
            campaigns::load(&other, &other_ctx, &moved, consent),
        );
        for loaded in [loads.0, loads.1] {
            assert_eq!(loaded.unwrap(), plan.hash);
        }
        for app in [&app, &other] {
            assert_eq!(app.current(&ctx).await.unwrap().definition.hash, plan.hash);
        }
        assert_sound(&app).await;
        assert_sound(&other).await;
        other.close().await;
        app.close().await;
    }
}
