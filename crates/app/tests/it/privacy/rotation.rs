//! Another secret: everything is sealed anew, nothing is counted otherwise, and nothing opens with the former one.

use std::{collections::BTreeSet, io::Cursor, sync::Arc};

use app::{
    App, Error, Setup,
    access_log::check as check_log,
    attachments::{self, AttachmentLimits, Cabinet, Outcome},
    drafts::{self, DraftForm, DraftId, Typed},
    figures::{FigureRequest, show},
    imports::import,
    persons::{self, PersonKey},
    rebuild::verify,
    records,
    register_export::{Format, Which, export},
    secret_rotation::{Rotated, rotate},
    unmask_log,
};
use model::ids::{AttachmentId, RecordId};
use store::{Files, Personal, Rekey, Secret, Vault};
use tempfile::TempDir;
use testkit::{TestDb, console, databases, role};

use super::{CITY, FORM, MILL, YARD, checked, city, dump, enter, idea, officer, request, signed_in};

/// The secret that everything is put under.
fn new_secret() -> Secret {
    Secret::new([8; 32])
}

fn draft_id() -> DraftId {
    DraftId::parse("one").unwrap()
}

/// A region with persons, one of them removed, attachments, a draft and files handed in.
struct Region {
    app: App,
    files: TempDir,
    number: String,
    attachment: AttachmentId,
    record: RecordId,
    removed: [RecordId; 2],
}

impl Region {
    async fn new(test: &TestDb) -> Self {
        let files = tempfile::tempdir().unwrap();
        let cabinet = Cabinet::new(Files::new(files.path(), test.region), AttachmentLimits::default());
        let app = testkit::with_places(city(test).await, Some(cabinet), None).await;
        let (number, gone) = (checked("320106198101010010"), checked("320106197501010018"));
        let record = enter(&app, MILL, "one", "甲", Some(&number)).await;
        enter(&app, YARD, "two", "甲", Some(&number)).await;
        records::correct(&app, &console(&app), record, 1, idea("one more", "甲", Some(&number)))
            .await
            .unwrap();
        let removed = [
            enter(&app, MILL, "three", "乙", Some(&gone)).await,
            enter(&app, MILL, "four", "乙", Some(&gone)).await,
        ];
        let key = persons::by_number(&app, &console(&app), &gone).await.unwrap().unwrap();
        persons::remove(&app, &console(&app), &key, "asked for").await.unwrap();
        persons::by_number(&app, &console(&app), &number).await.unwrap().unwrap();
        let ctx = console(&app);
        let attached = attachments::attach(&app, &ctx, record, "a.txt", b"the content".to_vec()).await;
        let Outcome::Attached(attachment) = attached.unwrap() else { panic!("not attached") };
        Self { app, files, number, attachment, record, removed }
    }

    /// What a server finds that has this secret.
    async fn opened(&self, test: &TestDb, secret: Secret) -> Result<App, Error> {
        let cabinet = Cabinet::new(Files::new(self.files.path(), test.region), AttachmentLimits::default());
        let setup = Setup { cabinet: Some(cabinet), ..Setup::new(secret) };
        App::open(test.db.clone(), test.region, setup, testkit::clock()).await
    }

    /// Puts everything under the new secret, as the command line does.
    async fn rotate(&self, test: &TestDb) -> (Rotated, App) {
        let done = rotate(&self.app, &console(&self.app), &new_secret()).await.unwrap();
        let new = Arc::new(Vault::new(&new_secret()));
        let files = Files::new(self.files.path(), test.region).sealed_with(new);
        files.reseal(Some(&Vault::new(&testkit::secret()))).unwrap();
        (done, self.opened(test, new_secret()).await.unwrap())
    }
}

/// Every sealed text of a dump, and every token.
fn sealed(dump: &str) -> BTreeSet<String> {
    let is_of_base64 = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let parts = dump.split('~').skip(1);
    let texts = parts.map(|part| part.chars().take_while(|c| is_of_base64(*c)).collect::<String>());
    texts.filter(|text| text.len() >= 22).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_opens_with_the_former_secret_and_everything_with_the_new_one() {
    for test in databases().await {
        let region = Region::new(&test).await;
        let (app, number) = (&region.app, &region.number);
        let typing = signed_in(app).await;
        let place = DraftForm { unit: MILL, form: FORM.to_owned(), fact: None };
        let typed = Typed { fields: [("title".to_owned(), "half".to_owned())].into(), ..Typed::default() };
        drafts::save(app, &typing, &draft_id(), &place, ("hash", &typed), None).await.unwrap();
        let figures = async |app: &App| {
            app.fold(&console(app)).await.unwrap();
            let ask = FigureRequest { year: 2021, ..FigureRequest::default() };
            let shown = show(app, &console(app), CITY, &ask).await.unwrap();
            format!("{:?}", shown.entries.iter().map(|entry| &entry.figure).collect::<Vec<_>>())
        };
        let before = figures(app).await;
        let former = Vault::new(&testkit::secret());
        let (token, name) = (former.token(Personal::IdNumber, number), former.token(Personal::Name, "甲"));
        let old = sealed(&dump_of(&test));
        assert!(old.iter().any(|text| text.starts_with(&token)), "there is something to seal anew");

        let (done, new) = region.rotate(&test).await;
        assert!(done.records >= 4 && done.changes >= 6 && done.unreadable == 0, "{done:?}");
        let all = dump_of(&test);
        let left: Vec<_> = sealed(&all).intersection(&old).cloned().collect();
        assert_eq!(left, Vec::<String>::new(), "still as the former secret has made it");
        assert!(!all.contains(&token) && !all.contains(&name), "no token of the former secret is left");
        let rekey = Rekey::new(Arc::new(former), Arc::new(Vault::new(&new_secret())));
        for text in sealed(&all) {
            assert_eq!(rekey.open(&format!("~{text}")), None, "{text}");
        }

        let ctx = console(&new);
        let found = records::find(&new, &ctx, region.record).await.unwrap();
        assert_eq!(
            found.fact.values.as_slice()[3].as_ref().and_then(|value| value.as_str()),
            Some(&**number)
        );
        assert_eq!(attachments::read(&new, &ctx, region.attachment).await.unwrap().1, b"the content");
        let key = persons::by_number(&new, &ctx, number).await.unwrap().expect("found by the number");
        assert_eq!(persons::file(&new, &ctx, &key).await.unwrap().entries.len(), 2);
        assert_eq!(drafts::find(&new, &typing, &draft_id(), &place).await.unwrap().unwrap().typed, typed);
        assert_eq!(figures(&new).await, before);
        assert!(verify(&new, &ctx).await.unwrap().agrees());
        // Both records of the person whose data was removed are still one person's.
        let fact = records::find(&new, &ctx, region.removed[0]).await.unwrap();
        let fields = fact.snapshot.definition.forms[fact.fact.form].persons[0];
        let gone = PersonKey::from_record(&fact.snapshot, &fact.fact, fields).unwrap();
        assert_eq!(persons::file(&new, &ctx, &gone).await.unwrap().entries.len(), 2);
        let (log, _) = unmask_log::log(&new, &ctx, None, 10).await.unwrap();
        assert!(!log.is_empty());
        // A server that was started before is refused, and so is one that has the former secret.
        assert!(matches!(app.current(&console(app)).await, Err(Error::WrongSecret)));
        assert!(matches!(region.opened(&test, testkit::secret()).await, Err(Error::WrongSecret)));
    }
}

/// The dump of this test's own region: others may be in the same database.
fn dump_of(test: &TestDb) -> String {
    let all = dump(test);
    let region = test.region.to_string();
    let own = all.lines().filter(|line| {
        let values = line.split_once("VALUES(").or_else(|| line.split_once("VALUES ("));
        values.is_some_and(|(_, values)| values.split(',').next() == Some(&*region))
    });
    own.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_exported_before_comes_back_rightly_afterwards() {
    for test in databases().await {
        let region = Region::new(&test).await;
        let mut file = Cursor::new(Vec::new());
        let ctx = console(&region.app);
        export(&region.app, &ctx, CITY, FORM, Which::All, Format::Csv, &mut file).await.unwrap();
        let text = String::from_utf8(file.into_inner()).unwrap();
        let (_, new) = region.rotate(&test).await;
        let same = import(&new, &console(&new), request(&text, false), &|_, _| {}).await.unwrap();
        assert_eq!((same.accepted, same.refused.len()), (0, 0), "{same:?}");
        let edited = text.replacen("one more", "edited", 1);
        let report = import(&new, &console(&new), request(&edited, true), &|_, _| {}).await.unwrap();
        assert_eq!(report.refused.len(), 0, "{report:?}");
        let found = records::find(&new, &console(&new), region.record).await.unwrap();
        let values = found.fact.values.as_slice();
        assert_eq!(
            values[3].as_ref().and_then(|value| value.as_str()),
            Some(&*region.number),
            "still its number"
        );
        assert!(values.iter().flatten().any(|value| value.as_str() == Some("edited")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_of_the_log_stays_what_it_was() {
    for test in databases().await {
        let region = Region::new(&test).await;
        crate::access_log::seal(&region.app).await;
        let (_, new) = region.rotate(&test).await;
        crate::access_log::seal(&new).await;
        let checked = check_log(&new, &console(&new)).await.unwrap();
        assert_eq!(checked.faults, []);
        assert!(checked.entries > 1 && checked.head.is_some(), "{checked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_log_is_not_made_right_by_another_secret() {
    for test in databases().await {
        let region = Region::new(&test).await;
        crate::access_log::seal(&region.app).await;
        crate::access_log::alter(&test, "UPDATE access_log SET actor = 'nobody' WHERE block = 1").await;
        let before = check_log(&region.app, &console(&region.app)).await.unwrap();
        assert_eq!(before.faults.len(), 1, "{before:?}");
        let (_, new) = region.rotate(&test).await;
        let after = check_log(&new, &console(&new)).await.unwrap();
        assert_eq!(after.faults, before.faults);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_console_exchanges_the_secret_and_only_while_no_server_runs() {
    for test in databases().await {
        let region = Region::new(&test).await;
        let app = &region.app;
        let office = officer(app, CITY, role("city-office"));
        assert!(matches!(rotate(app, &office, &new_secret()).await, Err(Error::Forbidden(_))));
        let mut tx = test.db.write(test.region).await.unwrap();
        let run = store::task_runs::TaskRun {
            server: "other".to_owned(),
            task: "fold".to_owned(),
            started_at: None,
            succeeded_at: None,
            failed_at: None,
            failure: None,
            failures: 0,
            next_at: None,
            reported_at: app.now().as_microsecond(),
        };
        store::task_runs::put(&mut tx, &[run]).await.unwrap();
        tx.commit().await.unwrap();
        let refused = rotate(app, &console(app), &new_secret()).await;
        assert!(matches!(&refused, Err(Error::ServersRun { server }) if server == "other"), "{refused:?}");
    }
}
