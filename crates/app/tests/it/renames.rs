//! Versions that call things otherwise, one after the other: nothing that is stored is lost or read as something else.

use std::collections::BTreeMap;

use app::{
    App,
    campaigns::{self, DefinitionPlan},
    figures::show,
    rebuild::{Finding, RecordFault, rebuild, verify},
    records,
};
use campaign::{
    change::{ChangeKind, ChangedPart},
    definition::CampaignIdx,
    source::{Source, SourceFile},
};
use model::{ids::RecordId, value::Value};
use testkit::{console, databases, open, run_sql, small_campaign};

use crate::campaigns::{CITY, WORKS, ask, assert_sound, changed, day, idea, load_version, put_units, text};

const IDEAS: &str = "workshop-idea";
const IDEA_FILE: &str = "registers/workshop-idea.toml";

/// The small campaign, with the field of ideas that says since when they are in use under another id.
fn in_use_as(id: &str, was: &str) -> Source {
    let (id, was) = (id.to_owned(), was.to_owned());
    changed(IDEA_FILE, move |text| {
        let renamed =
            text.replace("\"used_on\"", &format!("\"{id}\"")).replace("used_on ", &format!("{id} "));
        let field = format!("[[field]]\nid = \"{id}\"\n");
        renamed.replace(&field, &format!("{field}{was}"))
    })
}

/// The value of a field of a record, under the version in force.
async fn value(app: &App, id: RecordId, field: &str) -> Option<Value> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    found.fact.value(form.field(field).unwrap()).cloned()
}

/// Enters an idea that states more than the others; `in_use` is what the day is called since when it is in use.
async fn enter(app: &App, title: &str, in_use: &str, more: &[(&str, Value)]) -> RecordId {
    let fields = [
        ("title", text(title)),
        ("author", text("张三")),
        ("told_on", day(2022, 1)),
        ("outcome", Value::Code("1".to_owned())),
        (in_use, day(2022, 4)),
    ];
    let values: BTreeMap<String, Value> =
        fields.iter().chain(more).map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    records::create(app, &console(app), IDEAS, WORKS, values).await.unwrap()
}

/// Corrects a record: some fields, with all else as it is.
async fn correct(app: &App, id: RecordId, fields: &[(&str, Value)]) {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let present = form.fields.entries().filter(|(at, _)| !form.is_derived(*at) && Some(*at) != form.unit);
    let present = present.filter_map(|(at, field)| Some((field.id.clone(), found.fact.value(at)?.clone())));
    let mut values: BTreeMap<String, Value> = present.collect();
    values.extend(fields.iter().map(|(field, value)| ((*field).to_owned(), value.clone())));
    records::correct(app, &console(app), id, found.version, values).await.unwrap();
}

/// The figures of the city in 2022.
async fn figures(app: &App) -> Vec<Option<f64>> {
    app.fold(&console(app)).await.unwrap();
    let shown = show(app, &console(app), CITY, &ask(CampaignIdx::FIRST, 2022)).await.unwrap();
    shown.entries.iter().map(|entry| entry.figure.value).collect()
}

async fn plan(app: &App, source: &Source) -> DefinitionPlan {
    campaigns::plan(app, &console(app), source).await.unwrap().unwrap()
}

/// Puts a version in force that must neither be refused nor need consent.
async fn put(app: &App, source: &Source) {
    let found = plan(app, source).await;
    assert!(!found.is_refused() && !found.needs_consent(), "{found:?}");
    load_version(app, source, None).await.unwrap();
}

/// The small campaign with its ideas under another id.
fn ideas_as(id: &str, was: &str) -> Source {
    let own = small_campaign();
    let file = |file: &SourceFile| {
        let content = file.text.replace(&format!("\"{IDEAS}\""), &format!("\"{id}\""));
        if file.path == IDEA_FILE {
            SourceFile { path: format!("registers/{id}.toml"), text: format!("{was}{content}") }
        } else {
            SourceFile {
                path: file.path.clone(),
                text: content.replace(&format!("({IDEAS}."), &format!("({id}.")),
            }
        }
    };
    Source::from_files(own.files().iter().map(file).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_another_id_is_what_the_audit_says_of_it() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        idea(&app, WORKS, "节电", (2022, 3)).await;
        idea(&app, WORKS, "节水", (2022, 4)).await;
        let before = figures(&app).await;
        for (id, was) in [
            ("bright-idea", "was = \"workshop-idea\"\n"),
            ("notion", "was = \"bright-idea\"\n"),
            ("notion", ""),
        ] {
            let version = ideas_as(id, was);
            put(&app, &version).await;
            assert_sound(&app).await;
            assert_eq!(figures(&app).await, before, "{id} {was}");
            rebuild(&app, &console(&app)).await.unwrap();
            assert_sound(&app).await;
            assert_eq!(figures(&app).await, before, "{id} {was}");
        }
        let again = testkit::open_again(&test, testkit::clock()).await;
        assert_sound(&again).await;

        // What was not written by the program is found as before.
        for form in ["green-action", "workshop-idea"] {
            let text =
                format!("UPDATE fact SET form = '{form}' WHERE region_id = {{region}} AND form = 'notion'");
            assert_eq!(run_sql(&test, &text).await, 2);
            let found = verify(&app, &console(&app)).await.unwrap().findings;
            let is_altered =
                |finding: &&Finding| matches!(finding, Finding::Record { fault: RecordFault::Altered, .. });
            assert_eq!(found.iter().filter(is_altered).count(), 2, "{form}: {found:?}");
            let text =
                format!("UPDATE fact SET form = 'notion' WHERE region_id = {{region}} AND form = '{form}'");
            run_sql(&test, &text).await;
        }
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_renamed_twice_keeps_what_records_hold_under_its_first_name() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let old = enter(&app, "节电", "used_on", &[]).await;
        put(&app, &in_use_as("in_use_since", "was = \"used_on\"\n")).await;
        let middle = enter(&app, "节水", "in_use_since", &[]).await;
        let before = figures(&app).await;
        put(&app, &in_use_as("running_since", "was = \"in_use_since\"\n")).await;
        for id in [old, middle] {
            assert_eq!(value(&app, id, "running_since").await, Some(day(2022, 4)));
        }
        // The line is dropped: nothing changes.
        let dropped = in_use_as("running_since", "");
        let found = plan(&app, &dropped).await;
        assert_eq!(found.effects, []);
        put(&app, &dropped).await;
        for id in [old, middle] {
            assert_eq!(value(&app, id, "running_since").await, Some(day(2022, 4)));
        }
        correct(&app, old, &[("title", text("节电二"))]).await;
        // Back to the first name, with and without a word about it.
        put(&app, &small_campaign()).await;
        for id in [old, middle] {
            assert_eq!(value(&app, id, "used_on").await, Some(day(2022, 4)));
        }
        assert_eq!(figures(&app).await, before);
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_under_the_former_name_of_another_is_refused_while_records_hold_it() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let old = enter(&app, "节电", "used_on", &[]).await;
        put(&app, &in_use_as("in_use_since", "was = \"used_on\"\n")).await;
        let own = in_use_as("in_use_since", "");
        let file = |file: &SourceFile| {
            let trials = "[[field]]\nid = \"trials\"\n";
            let label = "label = { zh = \"使用说明\", en = \"Used on what\" }";
            let field = format!("[[field]]\nid = \"used_on\"\n{label}\nkind = \"text\"\n\n{trials}");
            let text = file.text.replace(trials, &field);
            let text =
                text.replace("\"in_use_since\", \"trials\"", "\"in_use_since\", \"used_on\", \"trials\"");
            SourceFile {
                path: file.path.clone(),
                text: if file.path == IDEA_FILE { text } else { file.text.clone() },
            }
        };
        let reused = Source::from_files(own.files().iter().map(file).collect());
        let found = plan(&app, &reused).await;
        let taken = ChangeKind::NameTaken { from: "in_use_since".to_owned() };
        let effect = found.effects.iter().find(|effect| effect.change.kind == taken).unwrap();
        let part = ChangedPart::Field(IDEAS.to_owned(), "used_on".to_owned());
        assert_eq!((&effect.change.part, effect.records), (&part, 1));
        assert!(found.is_refused());
        // Once no record holds it, the name is free.
        correct(&app, old, &[("title", text("节电二"))]).await;
        load_version(&app, &reused, None).await.unwrap();
        assert_eq!(value(&app, old, "in_use_since").await, Some(day(2022, 4)));
        assert_eq!(value(&app, old, "used_on").await, None);
        assert_sound(&app).await;
        app.close().await;
    }
}

/// The small campaign with another code for actions that save energy.
fn energy_as(code: &str, was: &str) -> Source {
    let entry = format!("code = \"{code}\"\n{was}");
    changed("dictionaries/action-kind.toml", move |text| text.replace("code = \"energy\"\n", &entry))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_renamed_twice_is_read_as_the_last_one() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let action = [
            ("serial", text("L-1")),
            ("subject", text("换灯")),
            ("kind", Value::Code("energy".to_owned())),
            ("started_on", day(2022, 3)),
        ];
        let values: BTreeMap<String, Value> =
            action.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        let id = records::create(&app, &console(&app), "green-action", WORKS, values).await.unwrap();
        let versions =
            [("power", "was = \"energy\"\n"), ("light", "was = \"power\"\n"), ("light", ""), ("energy", "")];
        for (code, was) in versions {
            put(&app, &energy_as(code, was)).await;
            assert_eq!(value(&app, id, "kind").await, Some(Value::Code(code.to_owned())), "{was}");
        }
        assert_sound(&app).await;
        app.close().await;
    }
}

/// The small campaign with three more fields of ideas, each with these lines.
fn with_amounts(lines: [&str; 3]) -> Source {
    let ids = ["amount_a", "amount_b", "amount_c"];
    let fields: Vec<String> = ids
        .iter()
        .zip(lines)
        .map(|(id, lines)| {
            format!("[[field]]\nid = \"{id}\"\nlabel = {{ zh = \"{id}\", en = \"{id}\" }}\n{lines}\n\n")
        })
        .collect();
    let fields = fields.concat();
    changed(IDEA_FILE, move |text| {
        let field = "[[field]]\nid = \"follows\"\n";
        let named = "\"trials\", \"amount_a\", \"amount_b\", \"amount_c\"";
        text.replace(field, &format!("{fields}{field}"))
            .replace("\"trials\", \"follows\"", &format!("{named}, \"follows\""))
    })
}

async fn amounts(app: &App, id: RecordId) -> [Option<Value>; 3] {
    [value(app, id, "amount_a").await, value(app, id, "amount_b").await, value(app, id, "amount_c").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_becomes_another_kind_is_read_in_yuan_and_the_other_way_round() {
    for test in databases().await {
        let money = ["kind = \"money\"\nscale = \"wan\""; 3];
        let app = open(&test, &with_amounts(money)).await;
        put_units(&app).await;
        let of_all = |fen: i64| ["amount_a", "amount_b", "amount_c"].map(|id| (id, Value::Integer(fen)));
        let whole = enter(&app, "节电", "used_on", &of_all(52_810_000)).await;
        let broken = enter(&app, "节水", "used_on", &of_all(52_810_050)).await;
        let other = with_amounts([
            "kind = \"decimal\"\nfrom = \"money\"",
            "kind = \"integer\"\nfrom = \"money\"",
            "kind = \"text\"\nfrom = \"money\"",
        ]);
        // No whole number is what is no whole amount: somebody has to know that.
        let found = plan(&app, &other).await;
        assert!(!found.is_refused() && found.needs_consent(), "{found:?}");
        assert_eq!(found.effects.iter().map(|effect| effect.unread).collect::<Vec<_>>(), [0, 1, 0]);
        load_version(&app, &other, Some(&found.hash)).await.unwrap();
        let read = [Some(Value::Decimal(528_100.0)), Some(Value::Integer(528_100)), Some(text("528100"))];
        assert_eq!(amounts(&app, whole).await, read);
        let read = [Some(Value::Decimal(528_100.5)), None, Some(text("528100.50"))];
        assert_eq!(amounts(&app, broken).await, read);
        // What is written under the new kinds is read so, also in a record that keeps what it cannot read.
        correct(&app, broken, &[("title", text("节水二"))]).await;
        assert_eq!(amounts(&app, broken).await, read);
        let written =
            [("amount_a", Value::Decimal(7.25)), ("amount_b", Value::Integer(7)), ("amount_c", text("7.2"))];
        correct(&app, whole, &written).await;
        let read = written.clone().map(|(_, value)| Some(value));
        assert_eq!(amounts(&app, whole).await, read);
        put(&app, &with_amounts(["kind = \"decimal\"", "kind = \"integer\"", "kind = \"text\""])).await;
        assert_eq!(amounts(&app, whole).await, read, "without the line");

        let back = with_amounts([
            "kind = \"money\"\nfrom = \"decimal\"",
            "kind = \"money\"\nfrom = \"integer\"",
            "kind = \"money\"\nfrom = \"text\"",
        ]);
        put(&app, &back).await;
        let fen = |fen: i64| Some(Value::Integer(fen));
        assert_eq!(amounts(&app, whole).await, [fen(725), fen(700), fen(720)]);
        assert_eq!(amounts(&app, broken).await, [52_810_050, 52_810_050, 52_810_050].map(fen));
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_become_money_are_yuan() {
    for test in databases().await {
        let app =
            open(&test, &with_amounts(["kind = \"decimal\"", "kind = \"integer\"", "kind = \"text\""])).await;
        put_units(&app).await;
        let numbers =
            [("amount_a", Value::Decimal(7.25)), ("amount_b", Value::Integer(7)), ("amount_c", text("7.2"))];
        let id = enter(&app, "节电", "used_on", &numbers).await;
        let money = with_amounts([
            "kind = \"money\"\nfrom = \"decimal\"",
            "kind = \"money\"\nfrom = \"integer\"",
            "kind = \"money\"\nfrom = \"text\"",
        ]);
        put(&app, &money).await;
        let fen = |fen: i64| Some(Value::Integer(fen));
        assert_eq!(amounts(&app, id).await, [fen(725), fen(700), fen(720)]);
        correct(&app, id, &[("title", text("节电二"))]).await;
        assert_eq!(amounts(&app, id).await, [fen(725), fen(700), fen(720)]);
        put(&app, &with_amounts(["kind = \"money\""; 3])).await;
        assert_eq!(amounts(&app, id).await, [fen(725), fen(700), fen(720)]);
        assert_sound(&app).await;
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_identity_is_shown_and_refused_while_there_are_records() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        put_units(&app).await;
        let other = changed(IDEA_FILE, |text| {
            text.replace(
                "identity = [\"id_number\", \"author\", \"title\"]",
                "identity = [\"author\", \"title\"]",
            )
        });
        let kind = ChangeKind::Identified {
            was: "id_number, author, title".to_owned(),
            now: "author, title".to_owned(),
        };
        for (records, is_refused) in [(0, false), (1, true)] {
            if records > 0 {
                idea(&app, WORKS, "节电", (2022, 4)).await;
            }
            let found = plan(&app, &other).await;
            let effect = found.effects.iter().find(|effect| effect.change.kind == kind).unwrap();
            assert_eq!((effect.records, found.is_refused()), (records, is_refused), "{found:?}");
        }
        load_version(&app, &other, Some(&other.hash())).await.unwrap_err();
        assert_sound(&app).await;
        app.close().await;
    }
}

/// What changes no value and no figure is named all the same, and what is judged otherwise needs consent.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_defined_otherwise_is_shown() {
    let test = testkit::sqlite().await;
    let app = open(&test, &small_campaign()).await;
    put_units(&app).await;
    let form = |id: &str| ChangedPart::Form(id.to_owned());
    let field = |id: &str| ChangedPart::Field(IDEAS.to_owned(), id.to_owned());
    let cases = [
        (IDEA_FILE, "max = 40\n", "max = 30\n", field("author"), false),
        (
            IDEA_FILE,
            "dictionary = \"idea-outcome\"\n",
            "dictionary = \"idea-outcome\"\nrequired = true\n",
            field("outcome"),
            false,
        ),
        (IDEA_FILE, "derived = \"count(green-action.idea)\"\n", "", field("actions"), false),
        (IDEA_FILE, "at = \"outcome\"\n", "at = \"outcome\"\nseverity = \"warning\"\n", form(IDEAS), false),
        (
            "indicators/1.3.toml",
            "target = 20",
            "target = 21",
            ChangedPart::Indicator("five-creations-2021-23".to_owned(), "1.3".to_owned()),
            true,
        ),
    ];
    for (path, from, to, part, needs_consent) in cases {
        let version = changed(path, |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let found = plan(&app, &version).await;
        let effect = found.effects.iter().find(|effect| effect.change.part == part);
        assert!(effect.is_some(), "{part:?}: {found:?}");
        assert_eq!(
            (found.is_refused(), found.needs_consent()),
            (false, needs_consent),
            "{part:?}: {found:?}"
        );
    }
    app.close().await;
}
