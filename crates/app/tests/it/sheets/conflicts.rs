//! A file whose records have been changed since it was made.

use app::{
    App,
    imports::{Request, import},
    records::{self, Input},
};
use model::{ids::RecordId, problem::Problem, value::Value};
use testkit::{console, databases};

use super::{FORM, HEADER, back, column, proposals, request, rewritten, set, stated, values};
use crate::tree::city;

async fn correct(app: &App, id: RecordId, field: &str, text: &str) {
    let found = records::find(app, &console(app), id).await.unwrap();
    let mut values = values(&found.snapshot.definition.forms[found.fact.form], &found.fact.values);
    values.insert(field.to_owned(), Value::Text(text.to_owned()));
    records::correct(app, &console(app), id, found.version, Input::Values(values)).await.unwrap();
}

/// Four proposals and the bytes of a file with them. Edited in both, in the store alone, in the file
/// alone; the last removed from the store.
async fn edited_by_two(app: &App) -> (Vec<RecordId>, Vec<u8>) {
    let (ids, mut sheet) = proposals(app).await;
    let title = column(&sheet, "建议名称");
    correct(app, ids[0], "title", "库里改的").await;
    correct(app, ids[1], "title", "只在库里改").await;
    let version = records::find(app, &console(app), ids[3]).await.unwrap().version;
    records::delete(app, &console(app), ids[3], version).await.unwrap();
    for (row, text) in [(0, "文件里改的"), (2, "只在文件里改")] {
        set(&mut sheet, HEADER + 1 + row, title, text);
    }
    (ids, rewritten(&sheet))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_conflicts_is_refused_whole() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, bytes) = edited_by_two(&app).await;
        let report = back(&app, "a.xlsx", bytes, FORM).await;
        let refused: Vec<_> =
            report.refused.iter().map(|cell| (cell.row, cell.problem.name(), cell.value.as_str())).collect();
        assert_eq!(refused[0], (5, "conflict", "文件里改的"));
        assert_eq!(report.refused[0].field, "title");
        assert!(
            matches!(&report.refused[0].problem, Problem::Conflict { stored, .. } if stored == "库里改的")
        );
        assert_eq!((refused[1].0, refused[1].1, refused.len()), (8, "record_gone", 2));
        assert!(!report.stored);
        assert_eq!(stated(&app, ids[2], "title").await, Some(Value::Text("，\"引\"建议名称2".to_owned())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_skipped_on_request_and_not_overwritten() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, bytes) = edited_by_two(&app).await;
        let skipping = Request { skip_conflicts: true, ..request("a.xlsx", bytes, FORM) };
        let report = import(&app, &console(&app), skipping, &|_, _| {}).await.unwrap();
        assert_eq!(report.refused, []);
        assert_eq!((report.accepted, report.corrected, report.unchanged, report.skipped), (0, 1, 1, 2));
        assert_eq!(report.warnings.iter().filter(|cell| cell.problem.name() == "conflict").count(), 1);
        for (id, text) in [(0, "库里改的"), (1, "只在库里改"), (2, "只在文件里改")] {
            assert_eq!(stated(&app, ids[id], "title").await, Some(Value::Text(text.to_owned())));
        }
        assert!(records::find(&app, &console(&app), ids[3]).await.is_err(), "it is not entered again");
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}
