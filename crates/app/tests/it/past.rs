//! Units, records and definitions as they were known on an earlier day.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Context, Error, MissingPeriod, campaigns,
    figures::{FigureRequest, TraceRequest, rank, show, trace},
    load::{LoadRecord, LoadUnit, load},
    records,
    units::{self, Command, NewUnit, UnitChange, carry_out},
};
use campaign::{
    definition::CampaignIdx,
    source::{Source, SourceFile},
};
use jiff::{SignedDuration, civil::Date};
use ledger::{figure::Note, hierarchy::Line};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
    value::Value,
};
use store::{Vault, audit, units::UnitKind};
use testkit::{
    MovableClock, TestDb, console, databases, first_campaign, open, open_again, run_sql, second_campaign,
    secret, small_campaign, write_as_text,
};
use words::Language;

use crate::tree::{CITY, FIRM, NORTH, SOUTH, city_under};

/// A city whose clock is moved on by days.
struct Days {
    app: App,
    clock: Arc<MovableClock>,
}

impl Days {
    async fn new(test: &TestDb, source: &Source) -> Self {
        city_under(test, source).await;
        let clock = Arc::new(MovableClock::default());
        Self { app: open_again(test, clock.clone()).await, clock }
    }

    fn office(&self) -> Context {
        self.app.system(self.app.first_region().unwrap(), Language::Chinese)
    }

    /// Ends a day; which it was.
    async fn end(&self) -> Date {
        self.app.fold(&self.office()).await.unwrap();
        let day = self.office().clock.calendar_day();
        self.clock.advance(SignedDuration::from_hours(24));
        day
    }

    async fn enter(&self, form: &str, values: &[(&str, Value)]) -> RecordId {
        let values: BTreeMap<String, Value> =
            values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        records::create(&self.app, &self.office(), form, FIRM, values).await.unwrap()
    }

    async fn change(&self, unit: UnitId, change: UnitChange) {
        carry_out(&self.app, &self.office(), &Command { unit, seen: None, change }).await.unwrap();
    }

    /// Codes and names of the units right below a unit in a month.
    async fn below(&self, unit: UnitId, as_of: Option<Date>) -> Vec<String> {
        let ask = FigureRequest { year: 2013, as_of, ..FigureRequest::default() };
        let ranking = rank(&self.app, &self.office(), unit, Line::Subordination, &ask).await.unwrap();
        ranking.rows.into_iter().map(|row| row.unit.name).collect()
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn proposal(number: &str) -> [(&'static str, Value); 4] {
    [
        ("number", text(number)),
        ("title", text(number)),
        ("measure", text("换灯")),
        ("proposed_on", Value::Date(jiff::civil::date(2013, 5, 5))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_the_units_and_the_tree_that_were_known_then() {
    for test in databases().await {
        let days = Days::new(&test, &first_campaign()).await;
        days.enter("proposal", &proposal("A-1")).await;
        let first = days.end().await;
        let until = jiff::civil::date(2012, 12, 31);
        days.change(FIRM, UnitChange::Rename { name: "新名".to_owned(), until }).await;
        days.change(FIRM, UnitChange::Move { parent: SOUTH, from: Month::new(2013, 1).unwrap() }).await;
        let second = days.end().await;
        days.change(NORTH, UnitChange::Merge { into: SOUTH, from: Month::new(2013, 1).unwrap() }).await;
        days.end().await;

        let old = format!("unit {FIRM}");
        assert_eq!(days.below(NORTH, Some(first)).await, [old.as_str()]);
        assert_eq!(days.below(SOUTH, Some(first)).await, [""; 0]);
        assert_eq!(days.below(NORTH, Some(second)).await, [""; 0]);
        assert_eq!(days.below(SOUTH, Some(second)).await, ["新名"]);
        assert_eq!(days.below(CITY, Some(second)).await.len(), 2);
        assert_eq!(days.below(CITY, None).await.len(), 1);

        let page = async |unit, day| units::show_as_of(&days.app, &days.office(), unit, day).await.unwrap();
        let then = page(FIRM, Some(first)).await;
        assert_eq!((then.unit.name.as_str(), then.known.is_past), (old.as_str(), true));
        assert_eq!(then.above.iter().map(|unit| unit.id).collect::<Vec<_>>(), [CITY, NORTH]);
        assert_eq!((then.former_names.len(), then.history.len()), (0, 1), "what came later is left out");
        assert_eq!(page(FIRM, Some(second)).await.former_names.len(), 1);
        assert_eq!(page(NORTH, Some(second)).await.unit.closed_from, None);
        let now = page(NORTH, None).await.unit;
        assert_eq!((now.closed_from, now.merged_into), (Some(Month::new(2013, 1).unwrap()), Some(SOUTH)));
        days.app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_record_is_behind_the_figure_of_the_day_before() {
    for test in databases().await {
        let days = Days::new(&test, &first_campaign()).await;
        let gone = days.enter("proposal", &proposal("A-1")).await;
        days.enter("proposal", &proposal("A-2")).await;
        let first = days.end().await;
        records::delete(&days.app, &days.office(), gone, 1).await.unwrap();
        days.end().await;
        for (as_of, expected) in [(Some(first), vec![true, false]), (None, vec![false])] {
            let ask = FigureRequest { year: 2013, as_of, ..FigureRequest::default() };
            let shown = show(&days.app, &days.office(), NORTH, &ask).await.unwrap();
            let indicators = &shown.campaign().indicators;
            let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == "1.2");
            assert_eq!(entry.unwrap().figure.value, Some(expected.len() as f64));
            let request = TraceRequest { indicator: "1.2".to_owned(), ask, after: None, limit: 10 };
            let page = trace(&days.app, &days.office(), NORTH, &request).await.unwrap();
            let removed: Vec<bool> = page.rows.iter().map(|row| row.is_removed).collect();
            assert_eq!((removed, page.recomputed_on), (expected, None), "as known on {as_of:?}");
            assert!(page.total.is_exact && page.next.is_none());
        }
        days.app.close().await;
    }
}

/// A campaign with words in its files replaced.
fn replaced(source: &Source, words: &[(&str, &str)]) -> Source {
    let file = |file: &SourceFile| {
        let text = words.iter().fold(file.text.clone(), |text, (from, to)| text.replace(from, to));
        SourceFile { path: file.path.clone(), text }
    };
    Source::from_files(source.files().iter().map(file).collect())
}

/// Puts another version of a campaign in force, whatever it moves.
async fn put(days: &Days, source: &Source) {
    let load = async |consent| campaigns::load(&days.app, &days.office(), source, consent).await;
    match load(None).await {
        Err(Error::DefinitionChange(plan)) => {
            load(Some(&plan.hash)).await.unwrap();
        }
        other => {
            other.unwrap();
        }
    }
}

async fn figure(
    days: &Days,
    as_of: Option<Date>,
    id: &str,
) -> (Option<f64>, Option<f64>, String, Option<Note>) {
    let ask = FigureRequest { year: 2022, as_of, ..FigureRequest::default() };
    let shown = show(&days.app, &days.office(), CITY, &ask).await.unwrap();
    let indicators = &shown.campaign().indicators;
    let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == id).unwrap();
    let label = indicators[entry.indicator].label.en.clone();
    (entry.figure.value, entry.figure.target, label, entry.figure.note)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_the_definition_that_was_in_force_then() {
    for test in databases().await {
        let days = Days::new(&test, &small_campaign()).await;
        days.enter("workshop-idea", &idea()).await;
        let first = days.end().await;
        let before = days.app.current(&days.office()).await.unwrap().definition.hash.clone();
        // Another target, another label; a measure that is called otherwise is another one.
        let other = replaced(
            &small_campaign(),
            &[
                ("target = 500", "target = 800"),
                ("Green actions running", "Actions under way"),
                ("id = \"savings\"", "id = \"saved_costs\""),
                ("measure = \"savings\"", "measure = \"saved_costs\""),
                ("to_date(savings)", "to_date(saved_costs)"),
            ],
        );
        put(&days, &other).await;
        let second = days.end().await;
        let now = days.app.current(&days.office()).await.unwrap().definition.hash.clone();
        assert_ne!(before, now);
        assert_eq!(figure(&days, Some(first), "1.1").await.1, Some(500.0));
        assert_eq!(figure(&days, Some(second), "1.1").await.1, Some(800.0));
        assert_eq!(figure(&days, None, "1.1").await.1, Some(800.0));
        assert_eq!(figure(&days, Some(first), "1.3").await.2, "Green actions running");
        assert_eq!(figure(&days, None, "1.3").await.2, "Actions under way");
        // What is not counted any more has no value, and the reason; what is counted still has its own.
        let (value, target, _, note) = figure(&days, Some(first), "1.2").await;
        assert_eq!((value, target, note), (None, Some(1000.0), Some(Note::NotKept)));
        assert_eq!(figure(&days, None, "1.2").await.3, None);
        let ask = FigureRequest { year: 2022, as_of: Some(first), ..FigureRequest::default() };
        let shown = show(&days.app, &days.office(), CITY, &ask).await.unwrap();
        assert_eq!(shown.snapshot.definition.hash, before);
        let request = TraceRequest { indicator: "2.2".to_owned(), ask, after: None, limit: 10 };
        let page = trace(&days.app, &days.office(), CITY, &request).await.unwrap();
        assert_eq!((page.rows.len(), page.snapshot.definition.hash.as_str()), (1, before.as_str()));
        days.app.close().await;
    }
}

/// An idea in use since April 2022.
fn idea() -> [(&'static str, Value); 5] {
    let day = |month| Value::Date(jiff::civil::date(2022, month, 5));
    [
        ("title", text("节电")),
        ("author", text("张三")),
        ("told_on", day(1)),
        ("outcome", Value::Code("1".to_owned())),
        ("used_on", day(4)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_before_a_unit_or_a_campaign_was_there_is_refused() {
    for test in databases().await {
        let days = Days::new(&test, &small_campaign()).await;
        days.enter("workshop-idea", &idea()).await;
        let first = days.end().await;
        campaigns::load(&days.app, &days.office(), &second_campaign(), None).await.unwrap();
        let team = NewUnit {
            code: "team".to_owned(),
            name: "一班".to_owned(),
            parent: Some(FIRM),
            ..NewUnit::default()
        };
        let team = units::create(&days.app, &days.office(), &team).await.unwrap();
        days.end().await;
        let second = CampaignIdx::new(1);
        let refused = async |campaign, unit, day: Date| {
            let ask = FigureRequest { campaign, year: 2022, as_of: Some(day), ..FigureRequest::default() };
            match show(&days.app, &days.office(), unit, &ask).await.err() {
                Some(Error::NoSuchPeriod(missing)) => missing,
                other => panic!("{other:?}"),
            }
        };
        let found = refused(second, CITY, first).await;
        assert_eq!(found, MissingPeriod::CampaignNotYet { day: first });
        let found = refused(CampaignIdx::FIRST, team, first).await;
        assert_eq!(found, MissingPeriod::UnitNotYet { day: first });
        let earlier = first.yesterday().unwrap();
        let found = refused(CampaignIdx::FIRST, CITY, earlier).await;
        assert_eq!(found, MissingPeriod::DayBefore { day: earlier, first });
        let page = units::show_as_of(&days.app, &days.office(), team, Some(first)).await.err();
        assert!(matches!(page, Some(Error::NoSuchPeriod(MissingPeriod::UnitNotYet { .. }))), "{page:?}");
        days.app.close().await;
    }
}

/// Measures figures on today's tree after a district of a thousand enterprises was merged into another one:
/// `cargo nextest run -p app --run-ignored only a_merged_district --no-capture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures a large city"]
async fn a_merged_district_of_a_thousand_enterprises_is_restated_within_a_second() {
    let test = testkit::sqlite().await;
    let app = open(&test, &first_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let unit = |id: UnitId, kind, parent| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: roster.no_values(),
    };
    let firms: Vec<UnitId> = (0..1_000).map(|number| UnitId(20_000 + number)).collect();
    let mut all = vec![unit(CITY, UnitKind::Union, None)];
    all.extend([NORTH, SOUTH].map(|id| unit(id, UnitKind::Union, Some(CITY))));
    all.extend(firms.iter().map(|id| unit(*id, UnitKind::Grassroots, Some(NORTH))));
    let (form, definition) = snapshot.definition.form("proposal").unwrap();
    let record = |firm: UnitId, number: i8| {
        let mut values = definition.no_values();
        values[definition.unit.unwrap()] = Some(Value::Unit(firm));
        for (field, value) in proposal(&format!("P-{number}")) {
            values[definition.field(field).unwrap()] = Some(value);
        }
        let on = jiff::civil::date(2011 + i16::from(number % 4), 1 + number % 12, 5);
        values[definition.field("proposed_on").unwrap()] = Some(Value::Date(on));
        LoadRecord { form, unit: firm, values, history: Vec::new(), key: None, referred: Vec::new() }
    };
    let of_firm = |firm: &UnitId| (0..30).map(|number| record(*firm, number)).collect::<Vec<_>>();
    let records: Vec<LoadRecord> = firms.iter().flat_map(of_firm).collect();
    load(&app, &console(&app), all, records.into_iter(), &|_| {}).await.unwrap();
    let change = UnitChange::Merge { into: SOUTH, from: Month::new(2013, 1).unwrap() };
    carry_out(&app, &console(&app), &Command { unit: NORTH, seen: None, change }).await.unwrap();
    for _ in 0..3 {
        let ask = FigureRequest { year: 2013, is_restated: true, ..FigureRequest::default() };
        let start = std::time::Instant::now();
        let shown = show(&app, &console(&app), SOUTH, &ask).await.unwrap();
        let took = start.elapsed();
        println!("{} indicators on today's tree: {took:?}", shown.entries.len());
        assert!(took.as_secs_f64() < 1.0, "{took:?}");
    }
}

/// A database of an earlier version knows no days: they are made from its audit, whose entries get their compact form before.
#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_an_earlier_version_are_made_from_its_audit() {
    for test in databases().await {
        let days = Days::new(&test, &first_campaign()).await;
        let office = days.office();
        let number = days.enter("proposal", &proposal("A-1")).await;
        let mut ends = vec![days.end().await];
        let other =
            [proposal("A-1").to_vec(), vec![("proposed_on", Value::Date(jiff::civil::date(2012, 4, 4)))]];
        for values in [other.concat(), proposal("A-1").to_vec()] {
            let version = records::find(&days.app, &office, number).await.unwrap().version;
            let values: BTreeMap<String, Value> =
                values.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
            records::correct(&days.app, &office, number, version, values).await.unwrap();
            ends.push(days.end().await);
        }
        let known = async |app: &App| {
            let mut values = Vec::new();
            for day in &ends {
                for year in [2012, 2013] {
                    let ask = FigureRequest { year, as_of: Some(*day), ..FigureRequest::default() };
                    let shown = show(app, &office, NORTH, &ask).await.unwrap();
                    let indicators = &shown.campaign().indicators;
                    let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == "1.2");
                    values.push(entry.unwrap().figure.value);
                }
            }
            values
        };
        let before = known(&days.app).await;
        assert_eq!(
            before.iter().map(|value| value.unwrap_or(0.0)).collect::<Vec<_>>(),
            [0.0, 1.0, 1.0, 1.0, 0.0, 1.0],
            "up to the end of each year"
        );
        // Entries held whole texts then, and their digests were of these.
        let mut tx = test.db.write(test.region).await.unwrap();
        let texts = audit::texts_of(&mut tx, audit::RECORD, number.0).await.unwrap();
        audit::put_texts(&mut tx, &Arc::new(Vault::new(&secret())), texts).await.unwrap();
        tx.commit().await.unwrap();
        write_as_text(&test.db, test.region).await;
        for text in [
            "UPDATE region SET packing_step = 1, packed_to = 0, is_unfolded = TRUE, days_definition = NULL WHERE region_id = {region}",
            "DELETE FROM balance_day WHERE region_id = {region}",
        ] {
            assert!(run_sql(&test, text).await > 0, "{text}");
        }
        let again = open_again(&test, days.clock.clone()).await;
        assert_eq!(known(&again).await, before);
        let verified = app::rebuild::verify(&again, &office).await.unwrap();
        assert!(verified.agrees(), "{:?}", verified.findings);
        again.close().await;
        days.app.close().await;
    }
}
