//! Two federations in one process and one database: nothing of one is found in the other.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use app::{
    App, Context, Error, Role, Setup,
    accounts::{self, Credentials, NewAccount},
    attachments::{self, AttachmentLimits, Cabinet, Outcome},
    comments, drafts,
    figures::{FigureRequest, show},
    imports::{self, ImportState},
    person_lookup, persons, records,
    registers::{self, Filter, Selection, Sort, list},
    tasks::{Supervisor, TASKS},
    todo, unmask_log,
};
use model::ids::{AttachmentId, ImportId, RecordId, RegionId};
use store::{Files, audit, balances::Rows};
use testkit::{TestDb, databases, eventually, second_region};
use words::Language;

use crate::privacy::{CITY, FORM, MILL, checked, city, idea};

/// How a federation is opened that has its own place for files and indexes below `dir`.
fn setup(region: RegionId, dir: &Path) -> Setup<'static> {
    let cabinet = Cabinet::new(Files::new(&dir.join("files"), region), AttachmentLimits::default());
    let indexes = dir.join("index").join(region.to_string());
    Setup { cabinet: Some(cabinet), indexes: Some(indexes), ..Setup::new(testkit::secret()) }
}

/// One server with two federations.
async fn server(first: &TestDb, second: &TestDb, dir: &Path) -> App {
    let app = city(first).await;
    // The second is set up by another program.
    drop(city(second).await);
    for test in [first, second] {
        app.open_region(test.region, setup(test.region, dir)).await.unwrap();
    }
    app
}

/// The console of one federation.
fn console(test: &TestDb, app: &App) -> Context {
    app.system(test.region, Language::Chinese)
}

/// What is in a federation.
struct Content {
    fact: RecordId,
    attachment: AttachmentId,
    session: String,
    import: ImportId,
    place: drafts::DraftForm,
}

async fn fill(app: &App, test: &TestDb, role: Role, login: &str, number: &str) -> Content {
    let console = console(test, app);
    let fact = records::create(app, &console, FORM, MILL, idea("夹具", "张三", Some(number))).await.unwrap();
    comments::add(app, &console, fact, "seen").await.unwrap();
    let attached = attachments::attach(app, &console, fact, "a.txt", b"text".to_vec()).await.unwrap();
    let Outcome::Attached(attachment) = attached else { panic!("{attached:?}") };
    let new = NewAccount {
        login: login.to_owned(),
        name: "Li".to_owned(),
        role,
        unit_code: MILL.to_string(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, &console, new).await.unwrap();
    let session = testkit::first_sign_in(app, login).await.token;
    let (ctx, _) = accounts::session_context(app, &session, None).await.unwrap();
    let place = drafts::DraftForm { unit: MILL, form: FORM.to_owned(), fact: None };
    let fields = BTreeMap::from([("title".to_owned(), "half".to_owned())]);
    let typed = drafts::Typed { fields, ..drafts::Typed::default() };
    let draft = drafts::DraftId::parse("same").unwrap();
    drafts::save(app, &ctx, &draft, &place, ("", &typed), None).await.unwrap();
    let submission = imports::Submission {
        key: "key".to_owned(),
        file_name: "ideas.csv".to_owned(),
        bytes: "组织编码,金点子名称,姓名,提出日期\n10003,one,甲,2021-03-01\n".into(),
        kind: Some(format!("register:{FORM}")),
    };
    let import = imports::submit(app, &ctx, submission).await.unwrap();
    unmask_log::unmask(app, &ctx, fact, "核对").await.unwrap();
    Content { fact, attachment, session, import, place }
}

fn missing<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::NotFound { .. }))
}

/// The city's figures and balances, as text.
async fn figures(app: &App, test: &TestDb) -> String {
    let console = console(test, app);
    app.fold(&console).await.unwrap();
    let shown =
        show(app, &console, CITY, &FigureRequest { year: 2021, ..FigureRequest::default() }).await.unwrap();
    let values: Vec<_> = shown.entries.iter().map(|entry| entry.figure.value).collect();
    let mut tx = test.db.read(test.region).await.unwrap();
    let balances =
        store::balances::of_unit(&mut tx, CITY, Rows { from: 0, through: 2021, months: None }).await.unwrap();
    format!("{values:?} {balances:?}")
}

/// That a federation holds nothing of what is in another federation.
async fn knows_nothing_of(app: &App, test: &TestDb, other: &Content, number: &str) {
    let console = console(test, app);
    let selection = |text: &str| Selection {
        form: FORM.to_owned(),
        unit: CITY,
        filter: Filter { text: text.to_owned(), ..Filter::default() },
        sort: Sort::default(),
    };
    for text in ["", "夹具", "张三"] {
        assert_eq!(list(app, &console, &selection(text), 1, 10).await.unwrap().count, 0, "{text}");
        assert_eq!(registers::ids(app, &console, &selection(text)).await.unwrap().ids, []);
    }
    assert!(missing(records::find(app, &console, other.fact).await));
    assert!(missing(records::delete(app, &console, other.fact, 1).await));
    assert!(missing(comments::add(app, &console, other.fact, "seen").await));
    assert!(missing(attachments::list(app, &console, other.fact).await));
    assert!(missing(attachments::read(app, &console, other.attachment).await));
    assert!(missing(imports::find(app, &console, other.import).await));
    assert_eq!(accounts::list(app, &console).await.unwrap(), []);
    // A session's secret is worth nothing under the name of another federation.
    let secret = other.session.split_once('.').unwrap().1;
    let forged = accounts::session_context(app, &format!("{}.{secret}", test.region), None).await;
    assert!(matches!(forged, Err(Error::NotSignedIn)));
    assert_eq!(unmask_log::log(app, &console, None, 10).await.unwrap().0.len(), 0);
    assert_eq!(persons::by_number(app, &console, number).await.unwrap(), None);
    assert!(persons::by_name(app, &console, CITY, "张三").await.unwrap().is_empty());
    assert!(person_lookup::search(app, &console, CITY, "张三", 10).await.unwrap().is_empty());
    let ask = todo::TodoRequest { limit: 10, ..todo::TodoRequest::default() };
    assert_eq!(todo::list(app, &console, &ask).await.unwrap().items.len(), 0);
    let mut tx = test.db.read(test.region).await.unwrap();
    for subject in ["fact", "attachment"] {
        assert!(audit::list_of(&mut tx, subject, other.fact.0).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_one_federation_is_found_in_another() {
    for first in databases().await {
        let second = second_region(&first);
        let dir = tempfile::tempdir().unwrap();
        let app = server(&first, &second, dir.path()).await;
        let (empty, number) = (figures(&app, &second).await, checked("320106197703120413"));
        let role = testkit::role("enterprise-officer");
        let of_one = fill(&app, &first, role.clone(), "li", &number).await;
        knows_nothing_of(&app, &second, &of_one, &number).await;
        assert_eq!(figures(&app, &second).await, empty);
        assert_ne!(figures(&app, &first).await, empty);

        // The same numbers and the same people: each federation has its own.
        let of_two = fill(&app, &second, role, "wang", &number).await;
        assert_eq!(figures(&app, &first).await, figures(&app, &second).await);
        for (test, theirs, others) in [(&first, &of_one, &of_two), (&second, &of_two, &of_one)] {
            let console = console(test, &app);
            let all = Selection {
                form: FORM.to_owned(),
                unit: CITY,
                filter: Filter::default(),
                sort: Sort::default(),
            };
            assert_eq!(registers::ids(&app, &console, &all).await.unwrap().ids, [theirs.fact]);
            assert!(missing(records::find(&app, &console, others.fact).await));
            assert!(missing(attachments::read(&app, &console, others.attachment).await));
            let (ctx, _) = accounts::session_context(&app, &theirs.session, None).await.unwrap();
            assert_eq!(ctx.region, test.region);
            assert_eq!(drafts::list(&app, &ctx).await.unwrap().len(), 1);
            assert!(drafts::list(&app, &ctx).await.unwrap()[0].title.is_some());
            let same = drafts::DraftId::parse("same").unwrap();
            let draft = drafts::find(&app, &ctx, &same, &theirs.place).await.unwrap();
            assert!(draft.is_some(), "the draft of the own federation");
            assert_eq!(imports::list(&app, &ctx, 0, 10).await.unwrap().total, 1);
        }
        records::delete(&app, &console(&first, &app), of_one.fact, 1).await.unwrap();
        let of_second = console(&second, &app);
        assert!(records::find(&app, &of_second, of_two.fact).await.is_ok());
        assert!(attachments::read(&app, &of_second, of_two.attachment).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_account_in_two_federations_comes_to_the_one_with_the_password() {
    for first in databases().await {
        let second = second_region(&first);
        let dir = tempfile::tempdir().unwrap();
        let app = server(&first, &second, dir.path()).await;
        for (test, password) in [(&first, "first brass kettle"), (&second, "second brass kettle")] {
            let new = NewAccount {
                login: "li".to_owned(),
                name: "Li".to_owned(),
                role: testkit::role("viewer"),
                unit_code: MILL.to_string(),
                password: password.to_owned(),
            };
            accounts::add(&app, &console(test, &app), new).await.unwrap();
        }
        // More often than an account allows wrong passwords: none of these is one.
        let often = [(&second, "second brass kettle")].repeat(6);
        for (test, password) in often.into_iter().chain([(&first, "first brass kettle")]) {
            let session = accounts::sign_in(&app, Credentials::new("li", password)).await.unwrap().token;
            let (ctx, snapshot, _) = accounts::account_context(&app, &session, None).await.unwrap();
            assert_eq!((ctx.region, snapshot.region_id), (test.region, test.region));
            accounts::sign_out(&app, &session).await.unwrap();
            let ended = accounts::account_context(&app, &session, None).await;
            assert!(matches!(ended, Err(Error::NotSignedIn)));
        }
        let refused = accounts::sign_in(&app, Credentials::new("li", "third brass kettle")).await;
        assert!(matches!(refused, Err(Error::SignInRefused)));
    }
}

/// The tasks of a server work in every federation, and each job in its own.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_runs_in_the_federation_of_its_job() {
    for first in databases().await {
        let second = second_region(&first);
        let dir = tempfile::tempdir().unwrap();
        let app = Arc::new(server(&first, &second, dir.path()).await);
        let role = testkit::role("enterprise-officer");
        let number = checked("320106197703120413");
        let contents = [
            fill(&app, &first, role.clone(), "li", &number).await,
            fill(&app, &second, role, "wang", &number).await,
        ];
        for content in &contents {
            let (ctx, _) = accounts::session_context(&app, &content.session, None).await.unwrap();
            imports::start(&app, &ctx, content.import, false).await.unwrap();
        }
        let tasks: Vec<_> = TASKS.iter().filter(|task| task.name == "imports").collect();
        let supervisor = Supervisor::start(app.clone(), &tasks);
        for content in &contents {
            let (ctx, _) = accounts::session_context(&app, &content.session, None).await.unwrap();
            eventually("the import has run", async || {
                let job = imports::find(&app, &ctx, content.import).await.unwrap();
                job.state == ImportState::Done
            })
            .await;
        }
        supervisor.stop().await.unwrap();
    }
}
