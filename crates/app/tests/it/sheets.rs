//! Every register of the campaign goes out as a file and comes back: unchanged
//! it changes nothing, edited it changes exactly that, and what two people do
//! at the same time is reported to the second, not overwritten.

mod conflicts;
mod formats;
mod rows;

use std::{
    collections::BTreeMap,
    io::Cursor,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::{
    App,
    imports::{Report, Request, import},
    records,
    register_export::{Format, Which, export, template},
};
use campaign::{
    definition::{FieldIdx, FieldKind, Form, FormIdx, FormKind, Values},
    source::{Source, SourceFile},
};
use exchange::register::{ORIGIN_SHEET, RECORD_TITLE, written};
use model::{ids::RecordId, value::Value};
use sheet::{
    workbook::{Cell, Limits, Table, read},
    write::{Heading, Output, XlsxTable},
};
use testkit::{console, databases, records::Records, small_campaign};

use crate::{
    steps::with_targets,
    tree::{FIRM, NORTH, SOUTH, city, city_under},
};

/// The row of the titles in a file of ours, from 0.
const HEADER: usize = 2;

fn registers(app: &app::Snapshot) -> Vec<FormIdx> {
    let forms = app.definition.forms.entries();
    forms.filter(|(_, form)| form.kind == FormKind::Register).map(|(position, _)| position).collect()
}

async fn out(app: &App, form: &str, format: Format) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    export(app, &console(app), FIRM, form, Which::All, format, &mut bytes).await.unwrap();
    bytes.into_inner()
}

fn request(name: &str, bytes: Vec<u8>, form: &str) -> Request {
    Request {
        file_name: name.to_owned(),
        bytes: Arc::new(bytes),
        kind: format!("register:{form}"),
        sheet: None,
        unit: None,
        mapping: BTreeMap::new(),
        accept_good_rows: false,
        correct_stored: false,
        skip_conflicts: false,
        hidden_rows: None,
        preview: false,
        ..Request::default()
    }
}

async fn back(app: &App, name: &str, bytes: Vec<u8>, form: &str) -> Report {
    let report = import(app, &console(app), request(name, bytes, form), &|_, _| {}).await;
    report.unwrap_or_else(|error| panic!("{form}: {error:?}"))
}

/// What became of the rows: new, corrected, unchanged, and nothing refused.
fn taken(report: &Report, form: &str) -> (usize, usize, usize) {
    assert_eq!(report.refused, [], "{form}");
    assert_eq!(report.older_definition, None, "{form}");
    (report.accepted, report.corrected, report.unchanged)
}

fn table(bytes: &[u8]) -> Table {
    read("a.xlsx", bytes, None, &Limits::default()).unwrap()
}

fn column(table: &Table, title: &str) -> usize {
    let titles = &table.rows[HEADER].cells;
    titles.iter().position(|cell| cell.text().trim_start_matches('*') == title).unwrap()
}

/// The sheet written again by another program: the same cells and no more, one row further down.
fn rewritten(table: &Table) -> Vec<u8> {
    let headings: Vec<Heading<'_>> = Vec::new();
    let mut sheet = XlsxTable::new("Sheet1", &headings).unwrap();
    for row in &table.rows {
        let texts: Vec<String> = row.cells.iter().map(Cell::text).collect();
        let cells: Vec<Output<'_>> = row
            .cells
            .iter()
            .zip(&texts)
            .map(|(cell, text)| match cell {
                Cell::Empty => Output::Empty,
                Cell::Number(number) => Output::Number(*number),
                Cell::Date(date) => Output::Date(*date),
                _ => Output::Text(text),
            })
            .collect();
        sheet.row(&cells).unwrap();
    }
    sheet.finish().unwrap()
}

fn set(table: &mut Table, row: usize, column: usize, text: &str) {
    let cells = &mut table.rows[row].cells;
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    cells[column] = if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) };
}

/// What a record states, by the names of its fields.
fn values(form: &Form, values: &Values) -> BTreeMap<String, Value> {
    let fields = form.fields.iter().zip(values).filter(|(field, _)| field.id != "unit");
    fields.filter_map(|(field, value)| Some((field.id.clone(), value.clone()?))).collect()
}

async fn enter(app: &App, form: &str, values: &Values) -> RecordId {
    // Each refers to records of its own.
    static LAST: AtomicI64 = AtomicI64::new(0);
    let snapshot = app.current(&console(app)).await.unwrap();
    let (_, definition) = snapshot.definition.form(form).unwrap();
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    let values = self::values(definition, values);
    let values = with_targets(app, &snapshot.definition, definition, (number, FIRM, SOUTH), values).await;
    records::create(app, &console(app), form, FIRM, values).await.unwrap_or_else(|e| panic!("{form}: {e:?}"))
}

/// Cells without the column of marks, whose versions rise.
fn unmarked(table: &Table) -> Vec<Vec<String>> {
    let mark = column(table, RECORD_TITLE);
    let text = |(position, cell): (usize, &Cell)| if position == mark { String::new() } else { cell.text() };
    table.rows[HEADER..].iter().map(|row| row.cells.iter().enumerate().map(text).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_register_comes_back_as_it_went_out() {
    for test in databases().await {
        let app = city(&test).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        for position in registers(&snapshot) {
            let form = &snapshot.definition.forms[position];
            let records = Records { definition: &snapshot.definition, form, units: (FIRM, SOUTH) };
            let made: Vec<Values> = (0..7).map(|number| records.record(number)).collect();
            for values in &made {
                enter(&app, &form.id, values).await;
            }
            let stated = made[0].iter().filter(|value| value.is_some()).count();
            assert!(stated * 3 > form.fields.len() * 2, "{}: {stated} fields are stated", form.id);

            for (format, name) in [(Format::Xlsx, "a.xlsx"), (Format::Csv, "a.csv")] {
                let bytes = out(&app, &form.id, format).await;
                let report = back(&app, name, bytes, &form.id).await;
                assert_eq!(report.changes, [], "{} in {name}", form.id);
                assert_eq!(taken(&report, &form.id), (0, 0, 7), "{} in {name}", form.id);
            }
            edited(&app, &records, &made).await;
        }
    }
}

/// Every field that may change is changed in a record of its own.
async fn edited(app: &App, records: &Records<'_>, made: &[Values]) {
    let (form, snapshot) = (records.form, app.current(&console(app)).await.unwrap());
    let mut sheet = table(&out(app, &form.id, Format::Xlsx).await);
    let mut expected = Vec::new();
    let own = |field: &FieldIdx| Some(*field) != form.unit;
    for (row, field) in (0..made.len()).cycle().zip(form.fields.positions().filter(own)) {
        if expected.iter().any(|(known, _)| *known == row) || form.identity.contains(&field) {
            continue;
        }
        let Some(value) = records.another(&made[row], field) else { continue };
        let definition = &form.fields[field];
        if matches!(definition.kind, FieldKind::IdNumber | FieldKind::Phone) {
            continue;
        }
        let text = written(&snapshot.definition, definition, &value, &*snapshot).text();
        let title = sheet.rows[HEADER].cells.iter().position(|cell| {
            let title = cell.text();
            let title = title.trim_start_matches('*');
            title
                .strip_prefix(definition.label.zh.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('（'))
        });
        set(&mut sheet, HEADER + 1 + row, title.unwrap(), &text);
        expected.push((row, definition.label.zh.clone()));
    }
    expected.sort();
    assert!(!expected.is_empty(), "{}: nothing could be changed", form.id);
    let report = back(app, "edited.xlsx", rewritten(&sheet), &form.id).await;
    let unchanged = made.len() - expected.len();
    assert_eq!(taken(&report, &form.id), (0, expected.len(), unchanged), "{}", form.id);
    let first = u32::try_from(HEADER + 3).unwrap();
    let mut reported: Vec<(usize, String)> =
        report.changes.iter().map(|cell| ((cell.row - first) as usize, cell.header.clone())).collect();
    reported.sort();
    assert_eq!(reported, expected, "{}: exactly what was edited", form.id);
    let again = table(&out(app, &form.id, Format::Xlsx).await);
    let after = back(app, "again.csv", out(app, &form.id, Format::Csv).await, &form.id).await;
    assert_eq!(taken(&after, &form.id), (0, 0, made.len()), "{}", form.id);
    let differing: Vec<usize> = (0..=made.len())
        .filter(|row| unmarked(&again)[*row] != unmarked(&table(&rewritten(&sheet)))[*row])
        .collect();
    // Edited cells were typed as text; read, they say the same.
    let edited_rows: Vec<usize> = expected.iter().map(|(row, _)| row + 1).collect();
    assert!(differing.iter().all(|row| edited_rows.contains(row)), "{}: {differing:?}", form.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_filled_in_is_taken() {
    for test in databases().await {
        let app = city(&test).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        for position in registers(&snapshot) {
            let form = &snapshot.definition.forms[position];
            let records = Records { definition: &snapshot.definition, form, units: (FIRM, SOUTH) };
            let (made, bytes) = template(&app, &console(&app), FIRM, &form.id).await.unwrap();
            assert!(made.name.ends_with("模板.xlsx"), "{}", made.name);
            let mut sheet = table(&bytes);
            for number in 0..3 {
                let values = records.record(number);
                let mut row = sheet.rows[HEADER].clone();
                row.number = u32::try_from(HEADER + 2 + number).unwrap();
                row.cells.fill(Cell::Empty);
                sheet.rows.push(row);
                for (field, value) in form.fields.iter().zip(&values) {
                    let Some(value) = value.as_ref().filter(|_| field.id != "unit") else { continue };
                    let text = match value {
                        Value::Text(text) => text.clone(),
                        value => written(&snapshot.definition, field, value, &*snapshot).text(),
                    };
                    let at = sheet.rows[HEADER].cells.iter().position(|cell| {
                        let title = cell.text();
                        let rest = title.trim_start_matches('*').strip_prefix(field.label.zh.as_str());
                        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('（'))
                    });
                    set(&mut sheet, HEADER + 1 + number, at.unwrap(), &text);
                }
            }
            let bytes = rewritten(&sheet);
            assert_eq!(taken(&back(&app, "filled.xlsx", bytes.clone(), &form.id).await, &form.id), (3, 0, 0));
            let again = back(&app, "filled.xlsx", bytes, &form.id).await;
            assert_eq!(taken(&again, &form.id), (0, 0, 3), "{}: the same once more", form.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_is_no_more_corrected_by_a_file() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let (form, definition) = snapshot.definition.form(FORM).unwrap();
        let workflow = definition.workflow.as_ref().unwrap();
        let title = column(&sheet, "建议名称");
        let officer = crate::steps::person(&app, testkit::role("enterprise-officer"), FIRM);
        let mut closed = 0;
        for (row, id) in ids.iter().enumerate() {
            let found = records::find(&app, &console(&app), *id).await.unwrap();
            closed += usize::from(records::locked(&officer, &snapshot, &found.fact, found.state).is_some());
            set(&mut sheet, HEADER + 1 + row, title, "改了名称");
        }
        let states: Vec<&str> = workflow.states.iter().map(|state| state.id.as_str()).collect();
        assert!(
            closed > 0 && closed < ids.len(),
            "{form:?}: {states:?}: {closed} of {} are closed",
            ids.len()
        );
        let report =
            import(&app, &officer, request("a.xlsx", rewritten(&sheet), FORM), &|_, _| {}).await.unwrap();
        let kinds: Vec<&'static str> = report.refused.iter().map(|cell| cell.problem.name()).collect();
        assert_eq!(kinds, vec!["not_editable"; closed]);
        assert_eq!(report.corrected, ids.len() - closed);
    }
}

const FORM: &str = "proposal";

/// Some proposals of the firm, and the file with them.
async fn proposals(app: &App) -> (Vec<RecordId>, Table) {
    let snapshot = app.current(&console(app)).await.unwrap();
    let (_, form) = snapshot.definition.form(FORM).unwrap();
    let records = Records { definition: &snapshot.definition, form, units: (FIRM, SOUTH) };
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(enter(app, FORM, &records.record(number)).await);
    }
    (ids, table(&out(app, FORM, Format::Xlsx).await))
}

async fn stated(app: &App, id: RecordId, field: &str) -> Option<Value> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let position = found.snapshot.definition.forms[found.fact.form].field(field).unwrap();
    found.fact.value(position).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_an_older_definition_is_reported() {
    let test = testkit::sqlite().await;
    let app = city(&test).await;
    proposals(&app).await;
    let csv = String::from_utf8(out(&app, FORM, Format::Csv).await).unwrap();
    let hash = app.current(&console(&app)).await.unwrap().definition.hash.clone();
    let older = csv.replace(&hash, "0123456789abcdef");
    let report = back(&app, "a.csv", older.into_bytes(), FORM).await;
    assert_eq!(report.older_definition.as_deref(), Some("0123456789abcdef"));
    assert_eq!((report.unchanged, report.changes_nothing()), (4, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_was_chosen() {
    let test = testkit::sqlite().await;
    let app = city(&test).await;
    let (ids, _) = proposals(&app).await;
    let mut bytes = Cursor::new(Vec::new());
    let chosen = vec![ids[2], RecordId(1), ids[0]];
    let which = Which::Ids { ids: chosen, selection: "只看两条".to_owned() };
    let made = export(&app, &console(&app), NORTH, FORM, which, Format::Xlsx, &mut bytes).await.unwrap();
    assert_eq!((made.rows, made.name.as_str()), (2, "unit 10002-合理化建议-2026-03-01.xlsx"));
    let bytes = bytes.into_inner();
    let sheet = table(&bytes);
    let marks: Vec<String> =
        sheet.rows[HEADER + 1..].iter().map(|row| row.cell(column(&sheet, RECORD_TITLE)).text()).collect();
    assert_eq!(marks, [format!("R{}v1", ids[2]), format!("R{}v1", ids[0])]);
    let hidden = read("a.xlsx", &bytes, Some(ORIGIN_SHEET), &Limits::default()).unwrap();
    let origin: Vec<(String, String)> =
        hidden.rows.iter().take(6).map(|row| (row.cell(0).text(), row.cell(1).text())).collect();
    assert_eq!(origin[4], ("行数".to_owned(), "2".to_owned()));
    assert_eq!(origin[5], ("选取".to_owned(), "只看两条".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_no_records_of_another_unit() {
    let test = testkit::sqlite().await;
    let app = city(&test).await;
    let (ids, _) = proposals(&app).await;
    let which = Which::Ids { ids, selection: String::new() };
    let made =
        export(&app, &console(&app), SOUTH, FORM, which, Format::Csv, Cursor::new(Vec::new())).await.unwrap();
    assert_eq!(made.rows, 0);
}

/// The small campaign whose ideas state periods of every grain.
fn with_periods() -> Source {
    let small = small_campaign();
    let field = |id: &str, label: &str, grain: &str| {
        format!(
            "[[field]]\nid = \"{id}\"\nlabel = {{ zh = \"{label}\", en = \"{id}\" }}\nkind = \"period\"\ngrain = \"{grain}\"\n\n"
        )
    };
    let fields: String = PERIODS.map(|(id, label, grain, ..)| field(id, label, grain)).concat();
    let files = small.files().iter().map(|file| {
        let text = match file.path.as_str() {
            "registers/workshop-idea.toml" => {
                let own: String = PERIODS.map(|(id, ..)| format!(", \"{id}\"")).concat();
                let text = file.text.replacen(
                    "\"actions\", \"saved\"]",
                    &format!("\"actions\", \"saved\"{own}]"),
                    1,
                );
                let author = "[[field]]\nid = \"author\"";
                text.replacen(author, &format!("{fields}{author}"), 1)
            }
            _ => file.text.clone(),
        };
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

/// Id, title and grain of a field, what a record states in it, and how officers write another one.
type PeriodField =
    (&'static str, &'static str, &'static str, &'static str, [(&'static str, &'static str); 2]);

const PERIODS: [PeriodField; 5] = [
    (
        "in_quarter",
        "所属季度",
        "quarter",
        "2022-Q1",
        [("2021年第三季度", "2021-Q3"), ("2021.7-9", "2021-Q3")],
    ),
    ("in_month", "所属月份", "month", "2022-02", [("2021年7月", "2021-07"), ("2021/7", "2021-07")]),
    ("in_half", "所属半年", "half", "2022-H2", [("2021年上半年", "2021-H1"), ("2021年1-6月", "2021-H1")]),
    ("in_year", "所属年度", "year", "2022", [("2021年度", "2021"), ("2021", "2021")]),
    (
        "in_union_year",
        "统计年度",
        "union-year",
        "U2022",
        [("工会统计年度2021", "U2021"), ("2020年10月—2021年9月", "U2021")],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn periods_come_back_as_they_went_out_however_officers_write_them() {
    for test in databases().await {
        let app = city_under(&test, &with_periods()).await;
        let form = "workshop-idea";
        let mut values = BTreeMap::from([
            ("title".to_owned(), Value::Text("节电".to_owned())),
            ("author".to_owned(), Value::Text("张三".to_owned())),
            ("told_on".to_owned(), Value::Date(jiff::civil::date(2022, 2, 5))),
        ]);
        values.extend(PERIODS.map(|(id, .., held, _)| (id.to_owned(), Value::Text(held.to_owned()))));
        let id = records::create(&app, &console(&app), form, FIRM, values).await.unwrap();
        for (format, name) in [(Format::Xlsx, "a.xlsx"), (Format::Csv, "a.csv")] {
            let report = back(&app, name, out(&app, form, format).await, form).await;
            assert_eq!((taken(&report, form), report.changes.len()), ((0, 0, 1), 0), "{name}");
        }
        for written in 0..2 {
            let mut sheet = table(&out(&app, form, Format::Xlsx).await);
            for (_, title, .., texts) in PERIODS {
                let at = column(&sheet, title);
                set(&mut sheet, HEADER + 1, at, texts[written].0);
            }
            let report = back(&app, "a.xlsx", rewritten(&sheet), form).await;
            let expected = if written == 0 { (0, 1, 0) } else { (0, 0, 1) };
            assert_eq!(taken(&report, form), expected, "the second way means the same as the first");
            for (field, .., texts) in PERIODS {
                let held = Some(Value::Text(texts[written].1.to_owned()));
                assert_eq!(stated(&app, id, field).await, held, "{field}");
            }
        }
    }
}
