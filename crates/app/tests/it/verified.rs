//! Whoever has the database and not the program changes something in it: `verify` names it, and
//! folding anew makes nothing of it true.

use std::collections::BTreeMap;

use app::{
    App, IndexDifference, IndexFault,
    accounts::{self, NewAccount},
    attachments::{self, AttachmentLimits, Cabinet},
    figures::{FigureRequest, show},
    rebuild::{Finding, RecordFault, rebuild, verify},
    records,
};
use model::{ids::RecordId, value::Value};
use store::Files;
use tempfile::TempDir;
use testkit::{FIRST_PASSWORD, TestDb, console, databases, records::Records, role, run_sql, write_as_text};

use crate::{
    steps::with_targets,
    tree::{CITY, FIRM, SOUTH, city},
};

/// A federation with two records of every form, one that was corrected, one that was removed, a file
/// and an account.
pub(crate) async fn office(test: &TestDb) -> (App, TempDir) {
    let files = tempfile::tempdir().unwrap();
    let cabinet = Cabinet::new(Files::new(files.path(), test.region), AttachmentLimits::default());
    let app = testkit::with_places(city(test).await, Some(cabinet), None).await;
    let ctx = console(&app);
    let snapshot = app.current(&ctx).await.unwrap();
    let definition = &snapshot.definition;
    for form in definition.forms.iter().filter(|form| form.kind.has_records()) {
        // Of a return there is one a year.
        for number in 1..=if form.kind.is_register() { 2 } else { 1 } {
            let values = Records { definition, form, units: (FIRM, SOUTH) }.record(number);
            let fields = form.fields.entries();
            let named = fields.filter_map(|(field, known)| Some((known.id.clone(), values[field].clone()?)));
            let named =
                with_targets(&app, definition, form, (number as i64, FIRM, SOUTH), named.collect()).await;
            records::create(&app, &ctx, &form.id, FIRM, named)
                .await
                .unwrap_or_else(|error| panic!("{}: {error:?}", form.id));
        }
    }
    let proposal = proposal(&app, "夹具").await;
    attachments::attach(&app, &ctx, proposal, "会议纪要.txt", b"minutes".to_vec()).await.unwrap();
    let corrected = BTreeMap::from([("title".to_owned(), Value::Text("新夹具".to_owned()))]);
    let corrected: BTreeMap<_, _> = stated("夹具").into_iter().chain(corrected).collect();
    records::correct(&app, &ctx, proposal, 1, corrected).await.unwrap();
    let gone = self::proposal(&app, "撤回").await;
    records::delete(&app, &ctx, gone, 1).await.unwrap();
    let account = NewAccount {
        login: "officer".to_owned(),
        name: "李干事".to_owned(),
        role: role("viewer"),
        unit_code: FIRM.to_string(),
        password: FIRST_PASSWORD.to_owned(),
    };
    accounts::add(&app, &ctx, account).await.unwrap();
    app.fold(&ctx).await.unwrap();
    (app, files)
}

pub(crate) fn stated(title: &str) -> BTreeMap<String, Value> {
    let values = [
        ("number", Value::Text(title.to_owned())),
        ("title", Value::Text(title.to_owned())),
        ("measure", Value::Text("加装定位销".to_owned())),
        ("proposed_on", Value::Date(jiff::civil::date(2011, 5, 3))),
    ];
    values.map(|(field, value)| (field.to_owned(), value)).into()
}

async fn proposal(app: &App, title: &str) -> RecordId {
    records::create(app, &console(app), "proposal", FIRM, stated(title)).await.unwrap()
}

/// What `verify` finds, in short.
pub(crate) async fn findings(app: &App) -> Vec<&'static str> {
    let verified = verify(app, &console(app)).await.unwrap();
    assert_eq!(verified.agrees(), verified.findings.is_empty());
    let mut found: Vec<&str> = verified.findings.iter().map(kind).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn kind(finding: &Finding) -> &'static str {
    match finding {
        Finding::Balance(_) => "balance",
        Finding::Posting(_) => "posting",
        Finding::Tallies { .. } => "tallies",
        Finding::Statement { .. } => "statement",
        Finding::Days { .. } => "days",
        Finding::Class { .. } => "class",
        Finding::AuditEntry { .. } => "entry",
        Finding::AuditTotal { .. } => "total",
        Finding::Versions { .. } => "versions",
        Finding::Record { fault: RecordFault::Altered, .. } => "altered",
        Finding::Record { fault: RecordFault::Unrecorded, .. } => "unrecorded",
        Finding::Record { fault: RecordFault::Unproven, .. } => "unproven",
        Finding::Record { fault: RecordFault::Cut { .. }, .. } => "cut",
        Finding::Record { fault: RecordFault::RolledBack, .. } => "rolled back",
        Finding::Record { fault: RecordFault::Unreadable, .. } => "unreadable",
        Finding::RecordGone { .. } => "gone",
        Finding::Unit { .. } => "unit",
        Finding::Account { .. } => "account",
        Finding::Attachment { .. } => "attachment",
        Finding::Todo { .. } => "todo",
        Finding::Link { .. } => "link",
        Finding::Reference { .. } => "reference",
        Finding::Derived { .. } => "derived",
        Finding::AccessLog(_) => "access log",
        Finding::Index { fault: IndexFault::Damaged(_), .. } => "index damaged",
        Finding::Index { fault: IndexFault::Foreign, .. } => "index foreign",
        Finding::Index { fault: IndexFault::Record(_, IndexDifference::Lacking), .. } => "index lacks",
        Finding::Index { fault: IndexFault::Record(_, IndexDifference::Surplus), .. } => "index has more",
        Finding::Index { fault: IndexFault::Record(_, IndexDifference::Other { .. }), .. } => "index differs",
    }
}

/// A table, what is done to its rows, and what is found after it. Rows are taken out by giving them to another region.
const CHANGES: &[(&str, &str, &[&str])] = &[
    ("tally", "times = times + 1", &["tallies"]),
    ("tally", "region_id = -region_id", &["tallies"]),
    ("cell", "region_id = -region_id", &["balance"]),
    ("statement", "region_id = -region_id", &["statement"]),
    ("class_statement", "is_enterprise = NOT is_enterprise", &["class"]),
    ("awaited", "region_id = -region_id", &["todo"]),
    ("awaited", "due_on = '2030-01-01'", &["todo"]),
    ("fact_link", "region_id = -region_id", &["link"]),
    ("audit", "actor = 'somebody'", &["entry"]),
    ("audit", "at = at + 1", &["entry"]),
    ("audit", "digest = NULL", &["entry", "total"]),
    ("audit_total", "entries = entries - 1", &["total"]),
    ("audit_total", "region_id = -region_id", &["total"]),
    ("unit", "name = name || '工会'", &["unit"]),
    ("account", "role = 'city-office'", &["account"]),
];

/// The same for some rows: the table, what is done, to which rows.
const SOME: &[(&str, &str, &str, &[&str])] = &[
    ("fact", "content = replace(content, '定位销', '定位块')", "content LIKE '%新夹具%'", &["altered"]),
    ("fact", "state_since = '2011-05-04'", "content LIKE '%新夹具%'", &["altered"]),
    ("fact", "pending = '{}'", "content LIKE '%新夹具%'", &["altered"]),
    ("audit", "before = '-{}'", "action = 'correct'", &["entry"]),
    ("audit", "region_id = -region_id", "action = 'delete'", &["gone", "total"]),
    ("audit", "region_id = -region_id", "action = 'attach'", &["total"]),
    ("audit", "actor = 'somebody'", "action = 'correct'", &["entry", "unproven"]),
    ("audit", "record_digest = record_digest + 1", "action = 'correct'", &["altered", "entry"]),
    ("audit", "version = 1", "action = 'correct'", &["entry", "unproven"]),
    ("audit", "actor = 'somebody'", "subject = 'account'", &["account", "entry"]),
    ("audit", "actor = 'somebody'", "subject = 'unit'", &["entry", "unit"]),
    ("audit", "region_id = -region_id", FIRST_OF_CORRECTED, &["cut", "total"]),
];

/// The first entry about a record that was corrected.
const FIRST_OF_CORRECTED: &str = "action = 'create' AND subject_id IN \
    (SELECT other.subject_id FROM audit other WHERE other.region_id = {region} AND other.action = 'correct')";

/// Tables that are made anew from records.
const DERIVED: [&str; 6] = ["tally", "cell", "statement", "class_statement", "awaited", "fact_link"];

/// Keeps what a table holds of the region, and puts it back.
pub(crate) struct Kept<'a> {
    test: &'a TestDb,
    table: &'a str,
}

impl<'a> Kept<'a> {
    pub(crate) async fn of(test: &'a TestDb, table: &'a str) -> Self {
        let text =
            format!("CREATE TABLE kept_{{region}} AS SELECT * FROM {table} WHERE region_id = {{region}}");
        run_sql(test, &text).await;
        Self { test, table }
    }

    pub(crate) async fn put_back(self) {
        let Self { test, table } = self;
        for text in [
            format!("DELETE FROM {table} WHERE region_id = {{region}} OR region_id = -{{region}}"),
            format!("INSERT INTO {table} SELECT * FROM kept_{{region}}"),
            "DROP TABLE kept_{region}".to_owned(),
        ] {
            run_sql(test, &text).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_in_the_database_is_named() {
    for test in databases().await {
        let (app, _files) = office(&test).await;
        assert_eq!(findings(&app).await, [""; 0]);
        write_as_text(&test.db, test.region).await;
        assert_eq!(findings(&app).await, [""; 0], "how it is stored does not matter");
        let all = CHANGES.iter().map(|(table, change, found)| (*table, *change, "TRUE", *found));
        for (table, change, rows, expected) in all.chain(SOME.iter().copied()) {
            let kept = Kept::of(&test, table).await;
            let text = format!("UPDATE {table} SET {change} WHERE region_id = {{region}} AND {rows}");
            assert!(run_sql(&test, &text).await > 0, "{table}: {change}");
            let found = findings(&app).await;
            assert!(expected.iter().all(|kind| found.contains(kind)), "{table}: {change}: {found:?}");
            if DERIVED.contains(&table) {
                rebuild(&app, &console(&app)).await.unwrap();
                assert_eq!(findings(&app).await, [""; 0], "{table} is made anew");
            }
            kept.put_back().await;
        }
        assert_eq!(findings(&app).await, [""; 0], "everything was put back");
    }
}

/// The value of a figure of the city.
pub(crate) async fn proposals(app: &App) -> Option<f64> {
    let ask = FigureRequest { year: 2011, ..FigureRequest::default() };
    let shown = show(app, &console(app), CITY, &ask).await.unwrap();
    let definition = &shown.snapshot.definition;
    shown
        .entries
        .iter()
        .find(|entry| definition.first_campaign().indicators[entry.indicator].id == "1.1")
        .unwrap()
        .figure
        .value
}

#[tokio::test(flavor = "multi_thread")]
async fn folding_anew_makes_no_forged_record_true() {
    for test in databases().await {
        let (app, _files) = office(&test).await;
        let before = proposals(&app).await;
        write_as_text(&test.db, test.region).await;
        let forged = "INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content) \
            SELECT region_id, fact_id + 1000000000, form, unit_id, 'forged', 1, definition_hash, content \
            FROM fact WHERE region_id = {region} AND content LIKE '%新夹具%'";
        assert_eq!(run_sql(&test, forged).await, 1);
        assert_eq!(findings(&app).await, ["unrecorded"]);
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!(proposals(&app).await, before);
        assert_eq!(findings(&app).await, ["unrecorded"], "it is named until it is gone");
        // What is missing is missed, and a record that was changed counts no more until it is as it was.
        run_sql(&test, "DELETE FROM fact WHERE region_id = {region} AND identity = 'forged'").await;
        let change = "UPDATE fact SET content = replace(content, '2011-05-03', '2011-06-03') \
            WHERE region_id = {region} AND content LIKE '%新夹具%'";
        assert_eq!(run_sql(&test, change).await, 1);
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!(findings(&app).await, ["altered"]);
        assert!(proposals(&app).await < before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_entry_proves_counts_no_more() {
    for test in databases().await {
        let (app, _files) = office(&test).await;
        let before = proposals(&app).await;
        for (change, rows, expected) in [
            ("actor = 'somebody'", "action = 'correct'", ["entry", "unproven"]),
            ("region_id = -region_id", FIRST_OF_CORRECTED, ["cut", "total"]),
        ] {
            let kept = Kept::of(&test, "audit").await;
            let text = format!("UPDATE audit SET {change} WHERE region_id = {{region}} AND {rows}");
            assert_eq!(run_sql(&test, &text).await, 1);
            rebuild(&app, &console(&app)).await.unwrap();
            assert_eq!(findings(&app).await, expected, "{rows}: it is named, and counts nowhere");
            assert!(proposals(&app).await < before);
            kept.put_back().await;
            rebuild(&app, &console(&app)).await.unwrap();
            assert_eq!((findings(&app).await, proposals(&app).await), (Vec::new(), before));
        }
        // An entry in the middle that is not as it was written is named; the one after it proves the record.
        let text = format!(
            "UPDATE audit SET actor = 'somebody' WHERE region_id = {{region}} AND {FIRST_OF_CORRECTED}"
        );
        assert_eq!(run_sql(&test, &text).await, 1);
        rebuild(&app, &console(&app)).await.unwrap();
        assert_eq!((findings(&app).await, proposals(&app).await), (vec!["entry"], before));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_or_has_changed_is_named() {
    for test in databases().await {
        let (app, files) = office(&test).await;
        let kept: Vec<_> = walk(files.path()).into_iter().filter(|path| path.extension().is_none()).collect();
        let [file] = &kept[..] else { panic!("{kept:?}") };
        let bytes = std::fs::read(file).unwrap();
        for is_missing in [false, true] {
            if is_missing {
                std::fs::remove_file(file).unwrap();
            } else {
                std::fs::write(file, b"other minutes").unwrap();
            }
            let verified = verify(&app, &console(&app)).await.unwrap();
            let found = verified.findings.first().expect("a finding");
            let is_named = matches!(found, Finding::Attachment { name, is_missing: missing, .. }
                if name == "会议纪要.txt" && *missing == is_missing);
            assert!(is_named && verified.count == 1, "{:?}", verified.findings);
        }
        std::fs::write(file, bytes).unwrap();
        assert_eq!(findings(&app).await, [""; 0]);
    }
}

/// Every file below a directory.
fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
