//! Keeping the tree: what is refused and why, new units, and who changed first.

use std::collections::BTreeMap;

use app::{
    Actor, App, Context, Error, Role,
    units::{self, Command, NewUnit, Step, carry_out, create, plan},
};
use ledger::hierarchy::Line;
use model::{
    ids::{UnitId, UserId},
    month::Month,
    problem::ProblemKind,
};
use store::units::UnitKind;
use testkit::{clock, console, databases, sqlite};
use words::Language;

use crate::tree::{CITY, FIRM, NORTH, SOUTH, city, step};

fn month(year: i16, number: i8) -> Month {
    Month::new(year, number).unwrap()
}

fn named(name: &str, until: jiff::civil::Date) -> Step {
    Step::Rename { name: name.to_owned(), until }
}

fn today() -> jiff::civil::Date {
    clock().today()
}

/// A team below the firm, and the firm under the south since July 2012.
async fn moved(app: &App) -> UnitId {
    let team = NewUnit {
        code: "team".to_owned(),
        name: "一班".to_owned(),
        parent: Some(FIRM),
        ..NewUnit::default()
    };
    let team = create(app, &console(), &team).await.unwrap();
    step(app, FIRM, Step::Move { parent: SOUTH, from: month(2012, 7) }).await.unwrap();
    team
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_reason() {
    let test = sqlite().await;
    let app = city(&test).await;
    let team = moved(&app).await;
    let check = async |unit: UnitId, step: Step, expected: ProblemKind| {
        let command = Command { unit, seen: None, step };
        for outcome in
            [plan(&app, &console(), &command).await.map(|_| ()), carry_out(&app, &console(), &command).await]
        {
            let Err(Error::Invalid(problems)) = outcome else { panic!("{command:?}: {outcome:?}") };
            assert_eq!(
                problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(),
                [expected],
                "{command:?}"
            );
        }
    };
    let from = month(2013, 1);
    let close = |from| Step::Close { from };
    check(FIRM, Step::Move { parent: NORTH, from: month(2012, 6) }, ProblemKind::MonthTooEarly).await;
    check(FIRM, Step::Move { parent: SOUTH, from }, ProblemKind::SameParent).await;
    check(FIRM, Step::Move { parent: FIRM, from }, ProblemKind::Itself).await;
    check(FIRM, Step::Move { parent: NORTH, from: month(1900, 1) }, ProblemKind::OutOfRange).await;
    check(FIRM, Step::Move { parent: team, from }, ProblemKind::CircularTree).await;
    check(team, Step::Move { parent: NORTH, from }, ProblemKind::WrongLevel).await;
    check(NORTH, Step::Move { parent: FIRM, from }, ProblemKind::WrongLevel).await;
    check(SOUTH, Step::Move { parent: FIRM, from }, ProblemKind::CircularTree).await;
    check(CITY, Step::Move { parent: NORTH, from }, ProblemKind::TopUnit).await;
    check(CITY, Step::Merge { into: NORTH, from }, ProblemKind::TopUnit).await;
    check(CITY, close(from), ProblemKind::TopUnit).await;
    check(FIRM, Step::Guide { by: None, from }, ProblemKind::NoGuidance).await;
    check(FIRM, Step::Guide { by: Some(team), from }, ProblemKind::CircularTree).await;
    check(NORTH, Step::Merge { into: NORTH, from }, ProblemKind::Itself).await;
    check(NORTH, Step::Merge { into: CITY, from: month(1948, 12) }, ProblemKind::OutOfRange).await;
    check(NORTH, Step::Merge { into: FIRM, from }, ProblemKind::KindDiffers).await;
    check(SOUTH, close(from), ProblemKind::UnitsBelow).await;
    check(FIRM, close(month(2012, 1)), ProblemKind::MonthTooEarly).await;
    check(FIRM, named(" ", today()), ProblemKind::Missing).await;
    check(FIRM, named(&"长".repeat(101), today()), ProblemKind::TooLong).await;
    check(FIRM, named(&format!("unit {FIRM}"), today()), ProblemKind::NameUnchanged).await;
    check(FIRM, named("新名", today().tomorrow().unwrap()), ProblemKind::FutureDate).await;
    step(&app, FIRM, named("新名", jiff::civil::date(2013, 5, 31))).await.unwrap();
    check(FIRM, named("更新", jiff::civil::date(2013, 5, 30)), ProblemKind::BeforeFormerName).await;

    step(&app, NORTH, Step::Merge { into: SOUTH, from }).await.unwrap();
    check(SOUTH, Step::Merge { into: NORTH, from: month(2014, 1) }, ProblemKind::UnitEnded).await;
    check(NORTH, close(month(2012, 1)), ProblemKind::UnitEnded).await;
    check(NORTH, named("北区", today()), ProblemKind::UnitEnded).await;
    check(FIRM, Step::Move { parent: NORTH, from }, ProblemKind::UnitEnded).await;
    let missing = Command { unit: UnitId(1), seen: None, step: close(from) };
    assert!(matches!(carry_out(&app, &console(), &missing).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_unit_cannot_be_merged_into_one_below_it() {
    let test = sqlite().await;
    let app = city(&test).await;
    let street = NewUnit {
        code: "street".to_owned(),
        name: "街道".to_owned(),
        parent: Some(NORTH),
        ..NewUnit::default()
    };
    let street = create(&app, &console(), &street).await.unwrap();
    let outcome = step(&app, NORTH, Step::Merge { into: street, from: month(2013, 1) }).await;
    assert!(matches!(outcome, Err(Error::Invalid(problems)) if problems[0].kind == ProblemKind::MergeBelow));
    step(&app, street, Step::Merge { into: NORTH, from: month(2013, 1) }).await.unwrap();
    let page = units::show(&app, &console(), street).await.unwrap();
    assert_eq!(page.affiliations.len(), 1, "it hung there already");
    assert_eq!(page.merged_into.map(|into| into.id), Some(NORTH));
}

#[tokio::test]
async fn a_mistaken_move_is_put_right() {
    let test = sqlite().await;
    let app = city(&test).await;
    step(&app, FIRM, Step::Move { parent: SOUTH, from: month(2012, 7) }).await.unwrap();
    let back = Command { unit: FIRM, seen: None, step: Step::Move { parent: NORTH, from: month(2012, 7) } };
    assert!(plan(&app, &console(), &back).await.unwrap().replaces);
    carry_out(&app, &console(), &back).await.unwrap();
    let page = units::show(&app, &console(), FIRM).await.unwrap();
    let links: Vec<_> = page.affiliations.iter().map(|link| (link.parent, link.from, link.to)).collect();
    assert_eq!(links, [(NORTH, Month::ALWAYS, Month::NEVER)], "as if it had never left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_changes_is_stale() {
    for test in databases().await {
        let app = city(&test).await;
        let look =
            Command { unit: FIRM, seen: None, step: Step::Move { parent: SOUTH, from: month(2013, 1) } };
        let seen = plan(&app, &console(), &look).await.unwrap();
        assert_eq!(
            (seen.present.map(|unit| unit.id), seen.other.map(|unit| unit.id)),
            (Some(NORTH), Some(SOUTH))
        );
        let command = Command { seen: Some(seen.version), ..look };
        carry_out(&app, &console(), &command).await.unwrap();
        assert!(matches!(carry_out(&app, &console(), &command).await, Err(Error::Stale { what: "unit" })));
        let page = units::show(&app, &console(), FIRM).await.unwrap();
        assert_eq!(page.affiliations.len(), 2, "moved once");
        assert_eq!(page.history.last().map(|entry| entry.action.as_str()), Some("move"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guidance_begins_and_ends() {
    for test in databases().await {
        let app = city(&test).await;
        step(&app, FIRM, Step::Guide { by: Some(SOUTH), from: month(2012, 1) }).await.unwrap();
        step(&app, FIRM, Step::Guide { by: None, from: month(2013, 1) }).await.unwrap();
        let snapshot = app.current().await.unwrap();
        let guide = |month| snapshot.tree.parent(FIRM, Line::Guidance, month);
        assert_eq!([2011, 2012, 2013].map(|year| guide(month(year, 6))), [None, Some(SOUTH), None]);
        assert_eq!(snapshot.tree.parent(FIRM, Line::Subordination, month(2013, 6)), Some(NORTH));
        assert_eq!(app::rebuild::verify(&app, &console()).await.unwrap().difference, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_close_with_their_enterprise() {
    for test in databases().await {
        let app = city(&test).await;
        let team = moved(&app).await;
        let close = Command { unit: FIRM, seen: None, step: Step::Close { from: month(2014, 1) } };
        assert_eq!(plan(&app, &console(), &close).await.unwrap().below, 1);
        carry_out(&app, &console(), &close).await.unwrap();
        let snapshot = app.current().await.unwrap();
        assert_eq!([FIRM, team].map(|unit| snapshot.units[&unit].closed_from), [Some(month(2014, 1)); 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_unit_is_what_it_states() {
    for test in databases().await {
        let app = city(&test).await;
        let stated = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
        };
        let new = |code: &str, parent, pairs: &[(&str, &str)]| NewUnit {
            code: code.to_owned(),
            name: format!("新单位{code}"),
            parent: Some(parent),
            stated: stated(pairs),
        };
        let kind = async |new: NewUnit| {
            let id = create(&app, &console(), &new).await.unwrap();
            app.current().await.unwrap().units[&id].kind
        };
        assert_eq!(kind(new("1", NORTH, &[])).await, UnitKind::Union);
        assert_eq!(
            kind(new("2", NORTH, &[("unit_type", "170"), ("founded_on", "2011年5月1日")])).await,
            UnitKind::Grassroots
        );
        assert_eq!(kind(new("3", FIRM, &[])).await, UnitKind::Team);

        let faulty = async |new: NewUnit| match create(&app, &console(), &new).await {
            Err(Error::InvalidFields(faults)) => {
                faults.into_iter().map(|fault| (fault.field, fault.problem.kind)).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        let one = |field: &str, kind| vec![(field.to_owned(), kind)];
        assert_eq!(faulty(new("2", NORTH, &[])).await, one("code", ProblemKind::RepeatedUnitCode));
        assert_eq!(
            faulty(new("4", NORTH, &[("unit_type", "?")])).await,
            one("unit_type", ProblemKind::UnknownCode)
        );
        assert_eq!(
            faulty(NewUnit { name: String::new(), ..new("4", NORTH, &[]) }).await,
            one("name", ProblemKind::Missing)
        );
        assert_eq!(
            faulty(NewUnit { parent: None, ..new("4", NORTH, &[]) }).await,
            one("parent", ProblemKind::SecondRoot)
        );
        let team = app.current().await.unwrap().unit_by_code("3").unwrap().id;
        assert_eq!(faulty(new("4", team, &[])).await, one("parent", ProblemKind::WrongLevel));
        let unknown = create(&app, &console(), &new("4", NORTH, &[("colour", "red")])).await;
        assert!(matches!(unknown, Err(Error::NotFound { what: "field", .. })));
    }
}

#[tokio::test]
async fn only_the_city_office_keeps_the_tree() {
    let test = sqlite().await;
    let app = city(&test).await;
    for (role, unit) in [
        (Role::CityOffice, NORTH),
        (Role::LevelTwoOfficer, NORTH),
        (Role::EnterpriseOfficer, FIRM),
        (Role::Viewer, CITY),
    ] {
        let actor =
            Actor::User { id: UserId(1), login: "somebody".to_owned(), name: String::new(), role, unit };
        let ctx = Context { actor, clock: clock(), language: Language::Chinese };
        let close = Command { unit: FIRM, seen: None, step: Step::Close { from: month(2014, 1) } };
        let new =
            NewUnit { code: "1".to_owned(), name: "1".to_owned(), parent: Some(unit), ..NewUnit::default() };
        let outcomes = [
            plan(&app, &ctx, &close).await.map(|_| ()),
            carry_out(&app, &ctx, &close).await,
            create(&app, &ctx, &new).await.map(|_| ()),
        ];
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, Err(Error::Forbidden(_)))),
            "{role:?}: {outcomes:?}"
        );
    }
}

#[tokio::test]
async fn the_roster_s_own_words_follow() {
    let test = sqlite().await;
    let app = city(&test).await;
    let new =
        NewUnit {
            code: "5".to_owned(), name: "旧名".to_owned(), parent: Some(NORTH), ..NewUnit::default()
        };
    let unit = create(&app, &console(), &new).await.unwrap();
    step(&app, unit, Step::Move { parent: SOUTH, from: month(2013, 1) }).await.unwrap();
    step(&app, unit, named("新名", today())).await.unwrap();
    let page = units::show(&app, &console(), unit).await.unwrap();
    let roster = &page.snapshot.campaign.forms[page.snapshot.campaign.roster];
    let stated: BTreeMap<&str, &str> = page
        .attributes
        .iter()
        .filter_map(|(field, value)| Some((roster.fields[*field].id.as_str(), value.as_str()?)))
        .collect();
    assert_eq!((stated["name"], stated["parent"]), ("新名", SOUTH.to_string().as_str()));
}
