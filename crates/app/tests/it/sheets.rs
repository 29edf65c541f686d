//! Every register of the campaign goes out as a file and comes back: unchanged
//! it changes nothing, edited it changes exactly that, and what two people do
//! at the same time is told to the second, not overwritten.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use app::{
    App,
    facts::{self, Stated},
    imports::{Report, Request, import},
    sheets::{Format, Which, export, template},
};
use campaign::definition::{FieldKind, FormKind};
use exchange::{
    register::{ORIGIN_SHEET, RECORD_TITLE, written},
    workbook::{Cell, Limits, Table, read},
    write::{Heading, Output, XlsxTable},
};
use model::{ids::FactId, problem::ProblemKind, value::Value};
use testkit::{
    console, databases,
    records::{Records, Values},
};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, city};

/// The row of the titles in a file of ours, from 0.
const HEADER: usize = 2;

fn registers(app: &app::Snapshot) -> Vec<usize> {
    let forms = app.campaign.forms.iter().enumerate();
    forms.filter(|(_, form)| form.kind == FormKind::Register).map(|(position, _)| position).collect()
}

async fn out(app: &App, form: &str, format: Format) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    export(app, &console(), CITY, form, Which::All, format, &mut bytes).await.unwrap();
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
        preview: false,
    }
}

async fn back(app: &App, name: &str, bytes: Vec<u8>, form: &str) -> Report {
    let report = import(app, &console(), request(name, bytes, form), &|_, _| {}).await;
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

async fn enter(app: &App, form: &str, values: &Values) -> FactId {
    let snapshot = app.current().await.unwrap();
    let (_, definition) = snapshot.campaign.form(form).unwrap();
    let fields = definition.fields.iter().zip(values);
    let stated: BTreeMap<String, Value> = fields
        .filter(|(field, _)| field.id != "unit")
        .filter_map(|(field, value)| Some((field.id.clone(), value.clone()?)))
        .collect();
    facts::create(app, &console(), form, FIRM, stated).await.unwrap_or_else(|e| panic!("{form}: {e:?}"))
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
        let snapshot = app.current().await.unwrap();
        for position in registers(&snapshot) {
            let form = &snapshot.campaign.forms[position];
            let records = Records { campaign: &snapshot.campaign, form, units: (FIRM, SOUTH) };
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
    let (form, snapshot) = (records.form, app.current().await.unwrap());
    let mut sheet = table(&out(app, &form.id, Format::Xlsx).await);
    let mut expected = Vec::new();
    let own = |field: &usize| Some(*field) != form.unit_field();
    for (row, field) in (0..made.len()).cycle().zip((0..form.fields.len()).filter(own)) {
        if expected.iter().any(|(known, _)| *known == row) || form.identity.contains(&field) {
            continue;
        }
        let Some(value) = records.another(&made[row], field) else { continue };
        let definition = &form.fields[field];
        if matches!(definition.kind, FieldKind::IdNumber | FieldKind::Phone) {
            continue;
        }
        let text = written(&snapshot.campaign, definition, &value, &*snapshot).text();
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
    let kept = made.len() - expected.len();
    assert_eq!(taken(&report, &form.id), (0, expected.len(), kept), "{}", form.id);
    let first = u32::try_from(HEADER + 3).unwrap();
    let mut told: Vec<(usize, String)> =
        report.changes.iter().map(|cell| ((cell.row - first) as usize, cell.header.clone())).collect();
    told.sort();
    assert_eq!(told, expected, "{}: exactly what was edited", form.id);
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
        let snapshot = app.current().await.unwrap();
        for position in registers(&snapshot) {
            let form = &snapshot.campaign.forms[position];
            let records = Records { campaign: &snapshot.campaign, form, units: (FIRM, SOUTH) };
            let (made, bytes) = template(&app, &console(), FIRM, &form.id).await.unwrap();
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
                        value => written(&snapshot.campaign, field, value, &*snapshot).text(),
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
async fn rows_of_our_own_files_are_given_numbers() {
    for test in databases().await {
        let app = city(&test).await;
        let (_, mut sheet) = proposals(&app).await;
        let (number, mark) = (column(&sheet, "编号"), column(&sheet, RECORD_TITLE));
        let title = column(&sheet, "建议名称");
        for (row, name) in [(1, "甲"), (2, "乙"), (3, "丙")] {
            set(&mut sheet, HEADER + row, mark, "");
            set(&mut sheet, HEADER + row, number, "");
            set(&mut sheet, HEADER + row, title, name);
            for personal in ["建议人身份证号", "联系电话"] {
                let personal = column(&sheet, personal);
                set(&mut sheet, HEADER + row, personal, "");
            }
        }
        let looked = Request { preview: true, ..request("a.xlsx", rewritten(&sheet), FORM) };
        let report = import(&app, &console(), looked, &|_, _| {}).await.unwrap();
        assert_eq!((report.accepted, report.unchanged), (3, 1));
        assert_eq!(taken(&back(&app, "a.xlsx", rewritten(&sheet), FORM).await, FORM), (3, 0, 1));
        let again = back(&app, "a.xlsx", rewritten(&sheet), FORM).await;
        assert_eq!(taken(&again, FORM), (0, 0, 4), "the same once more is given no second number");
        // A number is given to new records alone: cleared in a row that is a record, it is asked for.
        let mut cleared = table(&out(&app, FORM, Format::Xlsx).await);
        set(&mut cleared, HEADER + 1, number, "");
        set(&mut cleared, HEADER + 1, title, "抄一行改成新的");
        let report = back(&app, "a.xlsx", rewritten(&cleared), FORM).await;
        let kinds: Vec<ProblemKind> = report.refused.iter().map(|cell| cell.problem.kind).collect();
        assert_eq!((kinds, report.stored), (vec![ProblemKind::Missing], false));
        // A marked row edited, and its copy left as it was, contradict each other.
        let mut twice = table(&out(&app, FORM, Format::Xlsx).await);
        let mut copy = twice.rows[HEADER + 1].clone();
        copy.number = 30;
        twice.rows.push(copy);
        set(&mut twice, HEADER + 1, title, "改过名称");
        let report = back(&app, "a.xlsx", rewritten(&twice), FORM).await;
        let kinds: Vec<ProblemKind> = report.refused.iter().map(|cell| cell.problem.kind).collect();
        assert_eq!((kinds, report.stored), (vec![ProblemKind::RepeatedInFile], false));
        let given: Vec<String> = table(&out(&app, FORM, Format::Xlsx).await).rows[HEADER + 1..]
            .iter()
            .filter(|row| ["甲", "乙", "丙"].contains(&row.cell(title).text().as_str()))
            .map(|row| row.cell(number).text())
            .collect();
        let different: std::collections::BTreeSet<&String> = given.iter().collect();
        assert!(given.len() == 3 && different.len() == 3, "{given:?}");
        assert!(given.iter().all(|number| number.starts_with(&FIRM.to_string())), "{given:?}");
        // The same row twice in one file, and a row that no number can be made for.
        let copy = sheet.rows[HEADER + 1].clone();
        set(&mut sheet, HEADER + 1, title, "丁");
        let mut twice = sheet.rows[HEADER + 1].clone();
        twice.number = 20;
        sheet.rows.push(twice);
        let mut undated = copy;
        undated.number = 21;
        undated.cells[column(&sheet, "提出日期")] = Cell::Empty;
        sheet.rows.push(undated);
        let report = back(&app, "a.xlsx", rewritten(&sheet), FORM).await;
        let kinds: Vec<ProblemKind> = report.refused.iter().map(|cell| cell.problem.kind).collect();
        assert_eq!(kinds, [ProblemKind::RepeatedInFile, ProblemKind::Missing]);
        assert_eq!(app::rebuild::verify(&app, &console()).await.unwrap().difference, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_is_no_more_corrected_by_a_file() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let snapshot = app.current().await.unwrap();
        let (form, definition) = snapshot.campaign.form(FORM).unwrap();
        let workflow = definition.workflow.as_ref().unwrap();
        let title = column(&sheet, "建议名称");
        let officer = crate::steps::person(app::Role::EnterpriseOfficer, FIRM);
        let mut closed = 0;
        for (row, id) in ids.iter().enumerate() {
            let found = facts::find(&app, &console(), *id).await.unwrap();
            closed += usize::from(facts::locked(&officer, &snapshot, &found.fact, found.state).is_some());
            set(&mut sheet, HEADER + 1 + row, title, "改了名称");
        }
        let states: Vec<&str> = workflow.states.iter().map(|state| state.id.as_str()).collect();
        assert!(closed > 0 && closed < ids.len(), "{form}: {states:?}: {closed} of {} are closed", ids.len());
        let report =
            import(&app, &officer, request("a.xlsx", rewritten(&sheet), FORM), &|_, _| {}).await.unwrap();
        let kinds: Vec<ProblemKind> = report.refused.iter().map(|cell| cell.problem.kind).collect();
        assert_eq!(kinds, vec![ProblemKind::NotEditable; closed]);
        assert_eq!(report.corrected, ids.len() - closed);
    }
}

const FORM: &str = "proposal";

/// Some proposals of the firm, and the file with them.
async fn proposals(app: &App) -> (Vec<FactId>, Table) {
    let snapshot = app.current().await.unwrap();
    let (_, form) = snapshot.campaign.form(FORM).unwrap();
    let records = Records { campaign: &snapshot.campaign, form, units: (FIRM, SOUTH) };
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(enter(app, FORM, &records.record(number)).await);
    }
    (ids, table(&out(app, FORM, Format::Xlsx).await))
}

async fn correct(app: &App, id: FactId, field: &str, text: &str) {
    let found = facts::find(app, &console(), id).await.unwrap();
    let form = &found.snapshot.campaign.forms[found.fact.form];
    let mut stated: BTreeMap<String, Value> = form
        .fields
        .iter()
        .zip(&found.fact.values)
        .filter(|(field, _)| field.id != "unit")
        .filter_map(|(field, value)| Some((field.id.clone(), value.clone()?)))
        .collect();
    stated.insert(field.to_owned(), Value::Text(text.to_owned()));
    facts::correct(app, &console(), id, found.version, Stated::Values(stated)).await.unwrap();
}

async fn stated(app: &App, id: FactId, field: &str) -> Option<Value> {
    let found = facts::find(app, &console(), id).await.unwrap();
    let position = found.snapshot.campaign.forms[found.fact.form].field(field).unwrap();
    found.fact.value(position).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_people_change_is_told_and_not_overwritten() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let title = column(&sheet, "建议名称");
        // Edited in both, in the store alone, in the file alone, removed from the store.
        correct(&app, ids[0], "title", "库里改的").await;
        correct(&app, ids[1], "title", "只在库里改").await;
        let version = facts::find(&app, &console(), ids[3]).await.unwrap().version;
        facts::delete(&app, &console(), ids[3], version).await.unwrap();
        for (row, text) in [(0, "文件里改的"), (2, "只在文件里改")] {
            set(&mut sheet, HEADER + 1 + row, title, text);
        }
        let bytes = rewritten(&sheet);

        let report = back(&app, "a.xlsx", bytes.clone(), FORM).await;
        let told: Vec<_> = report
            .refused
            .iter()
            .map(|cell| (cell.row, cell.problem.kind, cell.value.as_str(), cell.problem.args.clone()))
            .collect();
        assert_eq!(told[0], (5, ProblemKind::Conflict, "文件里改的", vec!["库里改的".to_owned()]));
        assert_eq!((told[1].0, told[1].1, told.len()), (8, ProblemKind::RecordGone, 2));
        assert!(!report.stored);
        assert_eq!(stated(&app, ids[2], "title").await, Some(Value::Text("，\"引\"建议名称2".to_owned())));

        let skipping = Request { skip_conflicts: true, ..request("a.xlsx", bytes, FORM) };
        let report = import(&app, &console(), skipping, &|_, _| {}).await.unwrap();
        assert_eq!(report.refused, []);
        assert_eq!((report.accepted, report.corrected, report.unchanged, report.skipped), (0, 1, 1, 2));
        assert_eq!(
            report.warnings.iter().filter(|cell| cell.problem.kind == ProblemKind::Conflict).count(),
            1
        );
        for (id, text) in [(0, "库里改的"), (1, "只在库里改"), (2, "只在文件里改")] {
            assert_eq!(stated(&app, ids[id], "title").await, Some(Value::Text(text.to_owned())));
        }
        assert!(facts::find(&app, &console(), ids[3]).await.is_err(), "it is not entered again");
        let verified = app::rebuild::verify(&app, &console()).await.unwrap();
        assert_eq!(verified.difference, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_known_by_their_marks() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, sheet) = proposals(&app).await;
        let number = column(&sheet, "编号");
        let mark = column(&sheet, RECORD_TITLE);
        let id_number = stated(&app, ids[1], "proposer_id_number").await;
        let refused = async |sheet: &Table| {
            let report = back(&app, "a.xlsx", rewritten(sheet), FORM).await;
            assert!(!report.stored, "{:?}", (report.accepted, report.corrected, report.unchanged));
            report.refused.iter().map(|cell| cell.problem.kind).collect::<Vec<_>>()
        };

        // A number that another record has.
        let mut taken_number = sheet.clone();
        let other = taken_number.rows[HEADER + 2].cell(number).text();
        taken_number.rows.remove(HEADER + 2);
        set(&mut taken_number, HEADER + 1, number, &other);
        assert_eq!(refused(&taken_number).await, [ProblemKind::Registered]);
        // A mark that somebody has spoilt.
        let mut spoilt = sheet.clone();
        set(&mut spoilt, HEADER + 1, mark, "1.2E+17");
        assert_eq!(refused(&spoilt).await, [ProblemKind::RecordMark]);
        // A record that is to belong to another unit.
        let mut moved = sheet.clone();
        let unit = column(&moved, "单位编码");
        set(&mut moved, HEADER + 1, unit, &NORTH.to_string());
        set(&mut moved, HEADER + 1, unit + 1, "");
        assert_eq!(refused(&moved).await, [ProblemKind::RecordUnit]);
        // A masked number in a record that is not there.
        let mut fresh = sheet.clone();
        set(&mut fresh, HEADER + 1, mark, "");
        set(&mut fresh, HEADER + 1, number, "新编号");
        assert_eq!(refused(&fresh).await, [ProblemKind::MaskedNumber]);

        // A new number for a record; a row copied and given a number of its own; a row taken out.
        let mut edited = sheet.clone();
        set(&mut edited, HEADER + 1, number, "改过的编号");
        let mut copied = edited.rows[HEADER + 2].clone();
        copied.number = 8;
        edited.rows.push(copied);
        let last = edited.rows.len() - 1;
        set(&mut edited, last, number, "抄来的一行");
        for personal in ["建议人身份证号", "联系电话"] {
            let personal = column(&edited, personal);
            set(&mut edited, last, personal, "");
        }
        edited.rows.remove(HEADER + 4);
        let report = back(&app, "a.xlsx", rewritten(&edited), FORM).await;
        assert_eq!(taken(&report, FORM), (1, 1, 2));
        assert_eq!(stated(&app, ids[0], "number").await, Some(Value::Text("改过的编号".to_owned())));
        assert_eq!(stated(&app, ids[1], "proposer_id_number").await, id_number, "behind its mask it stays");
        assert!(
            facts::find(&app, &console(), ids[3]).await.is_ok(),
            "a row taken out leaves its record alone"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_definition_is_told() {
    let test = testkit::sqlite().await;
    let app = city(&test).await;
    proposals(&app).await;
    let csv = String::from_utf8(out(&app, FORM, Format::Csv).await).unwrap();
    let hash = app.current().await.unwrap().campaign.hash.clone();
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
    let chosen = vec![ids[2], FactId(1), ids[0]];
    let which = Which::Ids { ids: chosen, said: "只看两条".to_owned() };
    let made = export(&app, &console(), NORTH, FORM, which, Format::Xlsx, &mut bytes).await.unwrap();
    assert_eq!((made.rows, made.name.as_str()), (2, "unit 10002-合理化建议-2026-03-01.xlsx"));
    let bytes = bytes.into_inner();
    let sheet = table(&bytes);
    let numbers: Vec<String> =
        sheet.rows[HEADER + 1..].iter().map(|row| row.cell(column(&sheet, RECORD_TITLE)).text()).collect();
    assert_eq!(numbers, [format!("R{}v1", ids[2]), format!("R{}v1", ids[0])]);
    let hidden = read("a.xlsx", &bytes, Some(ORIGIN_SHEET), &Limits::default()).unwrap();
    let origin: Vec<(String, String)> =
        hidden.rows.iter().take(6).map(|row| (row.cell(0).text(), row.cell(1).text())).collect();
    assert_eq!(origin[4], ("行数".to_owned(), "2".to_owned()));
    assert_eq!(origin[5], ("选取".to_owned(), "只看两条".to_owned()));
    let none = Which::Ids { ids: ids.clone(), said: String::new() };
    let made =
        export(&app, &console(), SOUTH, FORM, none, Format::Csv, Cursor::new(Vec::new())).await.unwrap();
    assert_eq!(made.rows, 0, "records of another unit are not handed out");
}
