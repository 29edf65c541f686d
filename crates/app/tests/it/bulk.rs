//! One transition of many records.

use std::collections::BTreeMap;

use app::{
    App, Context, Error, records,
    transitions::{BulkTransition, MOST, preview_bulk, survey_bulk, take, take_bulk},
};
use model::{ids::RecordId, value::Value};
use testkit::{TestDb, console, databases, role, small_campaign};

use crate::{
    steps::{WORKS, YARD, city, person},
    work::{REGISTER, enter, finished, nothing},
};

/// Records chosen to be finished by the officer of the works.
struct Chosen {
    app: App,
    works: Context,
    /// Five of the works; the first is paused and cannot be finished.
    own: Vec<RecordId>,
    /// One of another enterprise.
    foreign: RecordId,
}

impl Chosen {
    async fn new(test: &TestDb) -> Self {
        let app = city(test, &small_campaign()).await;
        let works = person(&app, role("enterprise-officer"), WORKS);
        let mut own = Vec::new();
        for number in 0..5 {
            own.push(enter(&app, WORKS, &format!("action {number}")).await);
        }
        let foreign = enter(&app, YARD, "foreign").await;
        take(&app, &works, own[0], 1, "pause", nothing()).await.unwrap();
        Self { app, works, own, foreign }
    }

    fn all(&self) -> Vec<(RecordId, Option<i64>)> {
        self.own.iter().chain([&self.foreign]).map(|id| (*id, None)).collect()
    }
}

fn finish(chosen: &[(RecordId, Option<i64>)]) -> BulkTransition<'_> {
    BulkTransition { form: REGISTER, transition: "finish", chosen }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_names_the_fields_that_the_transition_needs_and_sets() {
    for test in databases().await {
        let chosen = Chosen::new(&test).await;
        let survey = survey_bulk(&chosen.app, &chosen.works, finish(&chosen.all())).await.unwrap();
        assert_eq!((survey.fit.len(), survey.unfit.len()), (4, 2), "nothing is required of it yet");
        let form = &survey.snapshot.definition.forms[survey.form];
        let fields: Vec<&str> = survey.required.iter().map(|field| form.fields[*field].id.as_str()).collect();
        assert_eq!(fields, ["finished_on", "saving"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_the_records_that_cannot_take_the_transition() {
    for test in databases().await {
        let chosen = Chosen::new(&test).await;
        let all = chosen.all();
        let preview = preview_bulk(&chosen.app, &chosen.works, finish(&all), finished()).await.unwrap();
        assert_eq!((preview.fit.len(), preview.unfit.len()), (4, 2));
        let unfit: Vec<RecordId> = preview.unfit.iter().map(|(id, _)| *id).collect();
        assert_eq!(unfit, [chosen.own[0], chosen.foreign]);
        let lacking = preview_bulk(&chosen.app, &chosen.works, finish(&all), nothing()).await.unwrap();
        assert_eq!(lacking.fit, [], "a field is lacking");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_the_register_does_not_have_is_refused() {
    for test in databases().await {
        let chosen = Chosen::new(&test).await;
        let nonsense = BTreeMap::from([("nonsense".to_owned(), Value::Flag(true))]);
        let refused = preview_bulk(&chosen.app, &chosen.works, finish(&chosen.all()), nonsense).await;
        assert!(matches!(refused, Err(Error::FormChanged { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_records_than_the_limit_are_refused() {
    for test in databases().await {
        let chosen = Chosen::new(&test).await;
        let too_many: Vec<_> = (0..=MOST).map(|_| (chosen.own[0], None)).collect();
        let refused = preview_bulk(&chosen.app, &chosen.works, finish(&too_many), finished()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_records_but_those_changed_meanwhile_take_the_transition_once() {
    for test in databases().await {
        let chosen = Chosen::new(&test).await;
        let (app, works, own) = (&chosen.app, &chosen.works, &chosen.own);
        let preview = preview_bulk(app, works, finish(&chosen.all()), finished()).await.unwrap();
        // Somebody is faster with one of them.
        take(app, &console(app), own[1], 1, "finish", finished()).await.unwrap();
        let seen: Vec<_> = preview.fit.iter().map(|(id, version)| (*id, Some(*version))).collect();
        let done = take_bulk(app, works, finish(&seen), finished()).await.unwrap();
        assert_eq!((done.fit.len(), done.unfit.len()), (3, 1));
        assert!(matches!(done.unfit[0], (id, Error::Stale { .. }) if id == own[1]));
        // The same click once more changes nothing, and is reported as done.
        let again = take_bulk(app, works, finish(&seen), finished()).await.unwrap();
        assert_eq!((again.fit.len(), again.unfit.len()), (3, 1));
        for id in &own[1..] {
            assert_eq!(records::find(app, works, *id).await.unwrap().version, 2);
        }
        assert_eq!(app::rebuild::verify(app, &console(app)).await.unwrap().findings, []);
    }
}
