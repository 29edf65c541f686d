//! The stored list of which records count where: what is wrong with it is found and made again, and
//! a page is right while changes wait to be folded.

use std::collections::BTreeMap;

use app::{
    App,
    figures::{FigureRequest, TraceRequest, trace, trace_all},
    rebuild::{Finding, rebuild, verify},
    records,
};
use ledger::posting_list::{PostingKey, PostingList};
use model::{ids::RecordId, month::Month, value::Value};
use testkit::{TestDb, console, databases};

use crate::tree::{CITY, FIRM, city};

/// A supervisor of the firm since a month of 2011.
async fn supervisor(app: &App, name: &str, month: i8) -> RecordId {
    let appointed = jiff::civil::date(2011, month, 5);
    let values = [
        ("name".to_owned(), Value::Text(name.to_owned())),
        ("appointed_on".to_owned(), Value::Date(appointed)),
    ];
    records::create(app, &console(app), "supervisor", FIRM, BTreeMap::from(values)).await.unwrap()
}

/// Adds to the stored postings of a record of the firm what no record states.
async fn tamper(test: &TestDb, app: &App, fact: RecordId, times: i32) -> PostingKey {
    let snapshot = app.current(&console(app)).await.unwrap();
    let form = snapshot.definition.form("supervisor").unwrap().1;
    let key =
        PostingKey { measure: form.posts[0].measure, month: Month::new(2011, 3).unwrap(), unit: FIRM, fact };
    let mut list = PostingList::default();
    list.add(key, times);
    let mut tx = test.db.write(test.region).await.unwrap();
    store::postings::apply(&mut tx, list, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    app.fold(&console(app)).await.unwrap();
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posting_too_many_or_too_few_is_named_and_made_again() {
    for test in databases().await {
        let app = city(&test).await;
        let fact = supervisor(&app, "张三", 3).await;
        assert!(verify(&app, &console(&app)).await.unwrap().agrees());
        for times in [1, -1] {
            let key = tamper(&test, &app, fact, times).await;
            let verified = verify(&app, &console(&app)).await.unwrap();
            let [Finding::Posting(found)] = &verified.findings[..] else { panic!("{:?}", verified.findings) };
            assert_eq!((found.key, found.stored, found.recounted), (key, 1 + times, 1));
            rebuild(&app, &console(&app)).await.unwrap();
            assert!(verify(&app, &console(&app)).await.unwrap().agrees());
        }
    }
}

async fn traced(app: &App) -> Vec<RecordId> {
    let ask = FigureRequest { year: 2012, through: Month::new(2012, 6), ..FigureRequest::default() };
    let request = TraceRequest { indicator: "3.1".to_owned(), ask, after: None, limit: 10 };
    let page = trace(app, &console(app), CITY, &request).await.unwrap();
    page.rows.iter().map(|row| row.fact.id).collect()
}

/// On PostgreSQL postings are folded a moment later. Until then a page has no record that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_is_not_shown_before_the_fold() {
    for test in databases().await {
        let app = city(&test).await;
        let (stays, goes) = (supervisor(&app, "张三", 3).await, supervisor(&app, "李四", 4).await);
        app.fold(&console(&app)).await.unwrap();
        assert_eq!(traced(&app).await, [stays, goes]);
        records::delete(&app, &console(&app), goes, 1).await.unwrap();
        assert_eq!(traced(&app).await, [stays]);
        app.fold(&console(&app)).await.unwrap();
        assert_eq!(traced(&app).await, [stays]);
    }
}

/// All rows one after the other are the rows of all pages, from wherever one goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_trace_is_all_its_pages() {
    for test in databases().await {
        let app = city(&test).await;
        for month in 1..=6 {
            for number in 0..3 {
                supervisor(&app, &format!("张{month}{number}"), month).await;
            }
        }
        app.fold(&console(&app)).await.unwrap();
        for unit in [CITY, FIRM] {
            let ask = FigureRequest { year: 2012, through: Month::new(2012, 6), ..FigureRequest::default() };
            let mut request = TraceRequest { indicator: "3.1".to_owned(), ask, after: None, limit: 4 };
            let mut paged = Vec::new();
            loop {
                let page = trace(&app, &console(&app), unit, &request).await.unwrap();
                paged.extend(page.rows.iter().map(|row| (row.fact.id, row.month, row.amount)));
                request.after = page.next;
                if page.next.is_none() {
                    break;
                }
            }
            assert_eq!(paged.len(), 18);
            let mut whole = Vec::new();
            let mut take = |_: &app::Snapshot, row: &app::figures::TraceRow| {
                whole.push((row.fact.id, row.month, row.amount));
            };
            trace_all(&app, &console(&app), unit, &request, &mut take).await.unwrap();
            assert_eq!(whole, paged);
        }
    }
}
