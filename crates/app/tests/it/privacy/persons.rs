//! All records of one person: who sees them, corrected together, removed on request without moving
//! a figure.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use app::{
    App, Context, Error,
    figures::{FigureRequest, show},
    imports::import,
    persons::{self, Correction, PersonKey},
    rebuild::{rebuild, verify},
    records::{self, Input, Outcome, submit_correction},
    unmask_log::{self, UnmaskAction},
};
use campaign::definition::Form;
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use testkit::{TestDb, console, databases, role};

use super::{CITY, MILL, NORTH, YARD, assert_absent, checked, city, enter, idea, officer, request};

/// A person with records in two units, and a namesake without a number.
struct Person {
    app: App,
    number: String,
    key: PersonKey,
    /// The officer of the mill.
    mill: Context,
    /// Two of the mill and one of the yard, in the order of their entry.
    records: [RecordId; 3],
    namesake: RecordId,
}

impl Person {
    async fn new(test: &TestDb) -> Self {
        let app = city(test).await;
        let number = checked("320106198101010010");
        let records = [
            enter(&app, MILL, "one", "甲", Some(&number)).await,
            enter(&app, MILL, "two", "甲", Some(&number)).await,
            enter(&app, YARD, "three", "甲", Some(&number)).await,
        ];
        let namesake = enter(&app, MILL, "four", "甲", None).await;
        let mill = officer(&app, MILL, role("enterprise-officer"));
        let key = persons::by_number(&app, &mill, &number).await.unwrap().unwrap();
        Self { app, number, key, mill, records, namesake }
    }

    async fn seen_by(&self, ctx: &Context, key: &PersonKey) -> Vec<RecordId> {
        let file = persons::file(&self.app, ctx, key).await.unwrap();
        file.entries.iter().map(|entry| entry.fact.id).collect()
    }
}

/// The number of another person.
fn other_number() -> String {
    checked("320106198101010029")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_a_person_are_shown_as_far_as_they_may_be_seen() {
    for test in databases().await {
        let person = Person::new(&test).await;
        let (app, key, [first, second, third]) = (&person.app, &person.key, person.records);
        assert_eq!(person.seen_by(&person.mill, key).await, [second, first]);
        assert_eq!(person.seen_by(&console(app), key).await, [third, second, first]);
        let viewer = officer(app, NORTH, role("viewer"));
        assert!(matches!(persons::file(app, &viewer, key).await, Err(Error::Forbidden(_))));
        let foreign = officer(app, UnitId(10_005), role("enterprise-officer"));
        assert!(matches!(persons::file(app, &foreign, key).await, Err(Error::NotFound { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_number() {
    for test in databases().await {
        let person = Person::new(&test).await;
        assert!(!person.key.to_string().contains(&person.number));
        let north = officer(&person.app, NORTH, role("level-2-officer"));
        assert_eq!(persons::by_number(&person.app, &north, &other_number()).await.unwrap(), None);
        assert!(matches!(persons::by_number(&person.app, &north, "1").await, Err(Error::Invalid(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_one_name_are_told_apart_by_their_numbers() {
    for test in databases().await {
        let person = Person::new(&test).await;
        let north = officer(&person.app, NORTH, role("level-2-officer"));
        let named = persons::by_name(&person.app, &north, NORTH, "甲").await.unwrap();
        let mut counts: Vec<usize> = named.iter().map(|found| found.records).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 2], "one with a number, one by name alone");
        let by_name = named.iter().find(|found| matches!(found.key, PersonKey::Name(..))).unwrap();
        assert_eq!(person.seen_by(&person.mill, &by_name.key).await, [person.namesake]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_corrected_in_all_records_that_may_be_seen() {
    for test in databases().await {
        let Person { app, key, mill, .. } = Person::new(&test).await;
        let correction = Correction { name: "甲甲".to_owned(), ..Correction::default() };
        let changed = persons::correct(&app, &mill, &key, &correction, "姓名写错").await.unwrap();
        assert_eq!((changed.records, &changed.key), (2, &key));
        let other = other_number();
        let correction = Correction { id_number: other.clone(), ..Correction::default() };
        let changed = persons::correct(&app, &console(&app), &key, &correction, "号码写错").await.unwrap();
        assert_eq!(changed.records, 3);
        assert!(persons::file(&app, &console(&app), &key).await.is_err(), "nobody bears the old number");
        let file = persons::file(&app, &console(&app), &changed.key).await.unwrap();
        assert_eq!((file.number, file.names), (Some(other), vec!["甲".to_owned(), "甲甲".to_owned()]));
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

/// All figures of all units.
async fn figures(app: &App) -> String {
    app.fold(&console(app)).await.unwrap();
    let mut text = String::new();
    for unit in [CITY, NORTH, MILL, YARD] {
        let shown = show(app, &console(app), unit, &FigureRequest { year: 2021, ..FigureRequest::default() })
            .await
            .unwrap();
        for entry in shown.entries {
            text.extend([format!("{unit} {:?}\n", entry.figure)]);
        }
    }
    text
}

const REASON: &str = "本人要求";

/// Two people who are to be removed.
struct Removal {
    /// Their names; only the first has a number.
    names: [&'static str; 2],
    app: App,
    number: String,
    key: PersonKey,
    /// Who is known by name alone.
    unnumbered: PersonKey,
    /// A record of the latter.
    of_unnumbered: RecordId,
    mill: Context,
    /// The figures of before.
    before: String,
}

impl Removal {
    async fn new(test: &TestDb) -> Self {
        Self::of(test, ["司马无忌", "欧阳无名"]).await
    }

    async fn of(test: &TestDb, names: [&'static str; 2]) -> Self {
        let app = city(test).await;
        let number = checked("320106198201010013");
        for (unit, title) in [(MILL, "one"), (MILL, "two"), (YARD, "three")] {
            enter(&app, unit, title, names[0], Some(&number)).await;
        }
        let by_name = enter(&app, MILL, "four", names[1], None).await;
        let of_unnumbered = enter(&app, MILL, "five", names[1], None).await;
        let later = enter(&app, MILL, "six", names[0], None).await;
        records::correct(&app, &console(&app), later, 1, idea("six", names[0], Some(&number))).await.unwrap();
        let before = figures(&app).await;
        let mill = officer(&app, MILL, role("enterprise-officer"));
        let key = persons::by_number(&app, &mill, &number).await.unwrap().unwrap();
        let snapshot = app.current(&console(&app)).await.unwrap();
        let fact = records::find(&app, &console(&app), by_name).await.unwrap().fact;
        let position = snapshot.definition.forms[fact.form].persons[0];
        let unnumbered = PersonKey::from_record(&snapshot, &fact, position).unwrap();
        Self { names, app, number, key, unnumbered, of_unnumbered, mill, before }
    }

    /// Removes a person from the records of the mill.
    async fn by_mill(&self, key: &PersonKey) -> usize {
        persons::remove(&self.app, &self.mill, key, REASON).await.unwrap().records
    }

    /// Removes both, from the records of all units.
    async fn by_all(&self) {
        for key in [&self.key, &self.unnumbered] {
            persons::remove(&self.app, &console(&self.app), key, REASON).await.unwrap();
        }
    }

    async fn assert_figures_stay(&self) {
        assert_eq!(figures(&self.app).await, self.before);
        assert_eq!(verify(&self.app, &console(&self.app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_stay_when_a_person_is_removed() {
    for test in databases().await {
        let removal = Removal::new(&test).await;
        let (app, key) = (&removal.app, &removal.key);
        assert_eq!(removal.by_mill(key).await, 3, "its own");
        // The city counts him once still.
        removal.assert_figures_stay().await;
        assert_eq!(persons::remove(app, &console(app), key, REASON).await.unwrap().records, 1);
        assert_eq!(removal.by_mill(&removal.unnumbered).await, 2);
        removal.assert_figures_stay().await;
        rebuild(app, &console(app)).await.unwrap();
        removal.assert_figures_stay().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_person_who_is_removed() {
    for test in databases().await {
        // Names that no other test has: all tests share one database on PostgreSQL.
        let removal = Removal::of(&test, ["诸葛无忌", "上官无名"]).await;
        removal.by_all().await;
        assert_absent(&test, &[&removal.number, removal.names[0], removal.names[1]]);
        let file = persons::file(&removal.app, &console(&removal.app), &removal.key).await.unwrap();
        assert!(file.is_removed && file.names.is_empty() && file.number.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_does_not_bring_back_a_person_who_was_removed() {
    for test in databases().await {
        let removal = Removal::new(&test).await;
        removal.by_all().await;
        let (app, number, [name, alone]) = (&removal.app, &removal.number, removal.names);
        let rows = format!(
            "组织编码,金点子名称,姓名,身份证号,提出日期\n{MILL},one,{name},{number},2021-03-01\n\
             {MILL},five,{alone},,2021-03-01\n"
        );
        let report = import(app, &console(app), request(&rows, false), &|_, _| {}).await.unwrap();
        assert_eq!((report.accepted, report.corrected, report.unchanged), (0, 0, 2), "{report:?}");
        removal.assert_figures_stay().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_removed_person_is_corrected_without_moving_a_figure() {
    for test in databases().await {
        let removal = Removal::new(&test).await;
        removal.by_all().await;
        let (app, id) = (&removal.app, removal.of_unnumbered);
        let typed = [("title", "five"), ("author", "已删除"), ("told_on", "2021-3-2")];
        let typed: BTreeMap<String, String> =
            typed.map(|(field, text)| (field.to_owned(), text.to_owned())).into();
        let version = records::find(app, &console(app), id).await.unwrap().version;
        records::correct(app, &console(app), id, version, typed).await.unwrap();
        removal.assert_figures_stay().await;
        rebuild(app, &console(app)).await.unwrap();
        removal.assert_figures_stay().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_needs_a_reason() {
    for test in databases().await {
        let Removal { app, mill, key, .. } = Removal::new(&test).await;
        assert!(matches!(persons::remove(&app, &mill, &key, "").await, Err(Error::Invalid(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_removal_is_logged() {
    for test in databases().await {
        let removal = Removal::new(&test).await;
        removal.by_mill(&removal.key).await;
        removal.by_all().await;
        let (log, _) = unmask_log::log(&removal.app, &console(&removal.app), None, 10).await.unwrap();
        let entries: Vec<_> = log.iter().map(|entry| (entry.action, entry.records)).collect();
        let expected = [
            (UnmaskAction::Remove, Some(2)),
            (UnmaskAction::Remove, Some(1)),
            (UnmaskAction::Remove, Some(3)),
            (UnmaskAction::Find, Some(3)),
        ];
        assert_eq!(entries, expected);
    }
}

/// What a form sends that takes a person over by name and mask.
fn taken_over(person: &Person) -> Input {
    let mask = model::codes::mask_id_number(&person.number);
    let typed = [("title", "four"), ("author", "甲"), ("id_number", &mask), ("told_on", "2021-03-01")];
    Input::Typed(typed.map(|(field, text)| (field.to_owned(), text.to_owned())).into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_takes_a_person_over_by_the_mask() {
    for test in databases().await {
        let person = Person::new(&test).await;
        let sent = taken_over(&person);
        let done = submit_correction(&person.app, &person.mill, person.namesake, 1, &|_| sent.clone())
            .await
            .unwrap();
        assert!(matches!(done, Outcome::Done(())));
        assert_eq!(person.seen_by(&person.mill, &person.key).await.len(), 3);
    }
}

/// The person is looked up outside of a transaction, where somebody else may be faster.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_looks_a_person_up_overwrites_nobody() {
    for test in databases().await {
        let person = Person::new(&test).await;
        let (sent, faster) = (taken_over(&person), idea("five", "甲", None));
        let reads = AtomicUsize::new(0);
        let runtime = tokio::runtime::Handle::current();
        let read = |_: &Form| {
            // First in the transaction that finds the mask, then for the lookup.
            if reads.fetch_add(1, Ordering::Relaxed) == 1 {
                let correction =
                    records::correct(&person.app, &person.mill, person.namesake, 1, faster.clone());
                std::thread::scope(|scope| scope.spawn(|| runtime.block_on(correction)).join())
                    .unwrap()
                    .unwrap();
            }
            sent.clone()
        };
        let outcome = submit_correction(&person.app, &person.mill, person.namesake, 1, &read).await.unwrap();
        let Outcome::Refused(refused) = outcome else { panic!("the other's change was overwritten") };
        assert!(matches!(refused.why, Error::Stale { .. }), "{:?}", refused.why);
        assert_eq!(refused.found.version, 2);
        let title = refused
            .found
            .fact
            .value(refused.found.snapshot.definition.forms[refused.found.fact.form].field("title").unwrap());
        assert_eq!(title, Some(&Value::Text("five".to_owned())));
    }
}
