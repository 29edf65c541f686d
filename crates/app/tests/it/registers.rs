//! Records entered on the page and listed, on both engines.

use std::collections::BTreeMap;

use app::{
    Error,
    facts::{self, Stated},
    registers::{ListAsk, list},
};
use model::{
    ids::{FactId, UnitId},
    month::Month,
    problem::ProblemKind,
};
use testkit::{console, databases};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, city, step};

const FORM: &str = "proposal";

fn proposal(number: &str, title: &str) -> Stated {
    let typed =
        [("number", number), ("title", title), ("proposed_on", "2011-5-3"), ("measure", "加装定位销")];
    typed
        .map(|(field, text)| (field.to_owned(), text.to_owned()))
        .into_iter()
        .collect::<BTreeMap<_, _>>()
        .into()
}

async fn listed(app: &app::App, unit: UnitId, number: Option<&str>) -> Vec<FactId> {
    let ask = ListAsk { form: FORM.to_owned(), number: number.map(str::to_owned), before: None, limit: 10 };
    list(app, &console(), unit, &ask).await.unwrap().rows.iter().map(|row| row.fact.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_at_once_is_entered_once() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console();
        let enter = || facts::enter(&app, &ctx, FORM, FIRM, proposal("1", "夹具"));
        let (first, second, third) = tokio::join!(enter(), enter(), enter());
        let entered = [first.unwrap(), second.unwrap(), third.unwrap()];
        assert!(entered.iter().all(|other| other.id == entered[0].id), "{entered:?}");
        assert_eq!(entered.iter().filter(|other| other.is_new).count(), 1);
        assert_eq!(listed(&app, CITY, None).await, [entered[0].id]);
        let Err(Error::InvalidFields(faults)) =
            facts::enter(&app, &ctx, FORM, FIRM, proposal("1", "别的")).await
        else {
            panic!("the number is taken");
        };
        let told: Vec<_> = faults
            .iter()
            .map(|fault| (fault.field.as_str(), fault.problem.kind, fault.problem.args.clone()))
            .collect();
        let args = vec!["1".to_owned(), entered[0].id.to_string()];
        assert_eq!(told, [("number", ProblemKind::Registered, args)]);
    }
}

#[tokio::test]
async fn a_register_shows_what_stands_under_a_unit_today() {
    for test in databases().await {
        let app = city(&test).await;
        let mut entered = Vec::new();
        for (number, unit) in [("1", FIRM), ("2", FIRM), ("1", SOUTH)] {
            let made = facts::enter(&app, &console(), FORM, unit, proposal(number, "夹具")).await.unwrap();
            entered.push(made.id);
        }
        let [one, two, south] = entered[..] else { panic!("three") };
        assert_eq!(listed(&app, CITY, None).await, [south, two, one]);
        assert_eq!(listed(&app, CITY, Some(" 1 ")).await, [south, one]);
        assert_eq!(listed(&app, NORTH, None).await, [two, one]);
        assert_eq!(listed(&app, NORTH, Some("1")).await, [one]);
        assert_eq!(listed(&app, SOUTH, Some("2")).await, []);
        assert_eq!(listed(&app, SOUTH, Some("-")).await, [], "what is no number finds nothing");
        step(&app, FIRM, app::units::Step::Move { parent: SOUTH, from: Month::january(2012) }).await.unwrap();
        assert_eq!(listed(&app, NORTH, None).await, []);
        assert_eq!(listed(&app, SOUTH, None).await, [south, two, one]);
    }
}
