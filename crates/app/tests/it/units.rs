//! Keeping the tree: what is refused and why, new units, and who changed first.

use std::collections::BTreeMap;

use app::{
    Actor, App, Context, Error,
    units::{self, Command, NewUnit, UnitChange, carry_out, create, plan},
};
use ledger::hierarchy::Line;
use model::{
    ids::{UnitId, UserId},
    month::Month,
    problem::Problem,
};
use store::units::UnitKind;
use testkit::{clock, console, databases, role, sqlite};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, change, city};

fn month(year: i16, number: i8) -> Month {
    Month::new(year, number).unwrap()
}

fn named(name: &str, until: jiff::civil::Date) -> UnitChange {
    UnitChange::Rename { name: name.to_owned(), until }
}

fn today() -> jiff::civil::Date {
    clock().calendar_day()
}

/// A team below the firm, and the firm under the south since July 2012.
async fn moved(app: &App) -> UnitId {
    let team = NewUnit {
        code: "team".to_owned(),
        name: "一班".to_owned(),
        parent: Some(FIRM),
        ..NewUnit::default()
    };
    let team = create(app, &console(app), &team).await.unwrap();
    change(app, FIRM, UnitChange::Move { parent: SOUTH, from: month(2012, 7) }).await.unwrap();
    team
}

/// From when a change that is refused would hold, unless the month is the reason.
fn from() -> Month {
    month(2013, 1)
}

fn move_to(parent: UnitId) -> UnitChange {
    UnitChange::Move { parent, from: from() }
}

fn merge_into(into: UnitId) -> UnitChange {
    UnitChange::Merge { into, from: from() }
}

fn close(from: Month) -> UnitChange {
    UnitChange::Close { from }
}

/// Fails unless each change is refused for its reason, both looked at and carried out.
async fn check_refused<const N: usize>(app: &App, cases: [(UnitId, UnitChange, &str); N]) {
    for (unit, change, expected) in cases {
        let command = Command { unit, seen: None, change };
        for outcome in [
            plan(app, &console(app), &command).await.map(|_| ()),
            carry_out(app, &console(app), &command).await,
        ] {
            let Err(Error::Invalid(problems)) = outcome else { panic!("{command:?}: {outcome:?}") };
            assert_eq!(problems.iter().map(Problem::name).collect::<Vec<_>>(), [expected], "{command:?}");
        }
    }
}

#[tokio::test]
async fn moves_that_cannot_be_are_refused() {
    let test = sqlite().await;
    let app = city(&test).await;
    let team = moved(&app).await;
    let cases = [
        (FIRM, UnitChange::Move { parent: NORTH, from: month(2012, 6) }, "month_too_early"),
        (FIRM, move_to(SOUTH), "same_parent"),
        (FIRM, move_to(FIRM), "itself"),
        (FIRM, UnitChange::Move { parent: NORTH, from: month(1900, 1) }, "out_of_range"),
        (FIRM, move_to(team), "circular_tree"),
        (team, move_to(NORTH), "wrong_level"),
        (NORTH, move_to(FIRM), "wrong_level"),
        (SOUTH, move_to(FIRM), "circular_tree"),
        (CITY, move_to(NORTH), "top_unit"),
    ];
    check_refused(&app, cases).await;
}

#[tokio::test]
async fn mergers_guidance_and_ends_that_cannot_be_are_refused() {
    let test = sqlite().await;
    let app = city(&test).await;
    let team = moved(&app).await;
    let cases = [
        (CITY, merge_into(NORTH), "top_unit"),
        (NORTH, merge_into(NORTH), "itself"),
        (NORTH, UnitChange::Merge { into: CITY, from: month(1948, 12) }, "out_of_range"),
        (NORTH, merge_into(FIRM), "kind_differs"),
        (FIRM, UnitChange::Guide { by: None, from: from() }, "no_guidance"),
        (FIRM, UnitChange::Guide { by: Some(team), from: from() }, "circular_tree"),
        (CITY, close(from()), "top_unit"),
        (SOUTH, close(from()), "units_below"),
        (FIRM, close(month(2012, 1)), "month_too_early"),
    ];
    check_refused(&app, cases).await;
}

#[tokio::test]
async fn names_that_cannot_be_are_refused() {
    let test = sqlite().await;
    let app = city(&test).await;
    let cases = [
        (FIRM, named(" ", today()), "missing"),
        (FIRM, named(&"长".repeat(101), today()), "too_long"),
        (FIRM, named(&format!("unit {FIRM}"), today()), "name_unchanged"),
        (FIRM, named("新名", today().tomorrow().unwrap()), "future_date"),
    ];
    check_refused(&app, cases).await;
    change(&app, FIRM, named("新名", jiff::civil::date(2013, 5, 31))).await.unwrap();
    let before = named("更新", jiff::civil::date(2013, 5, 30));
    check_refused(&app, [(FIRM, before, "before_former_name")]).await;
}

#[tokio::test]
async fn a_unit_that_has_ended_is_not_changed() {
    let test = sqlite().await;
    let app = city(&test).await;
    moved(&app).await;
    change(&app, NORTH, merge_into(SOUTH)).await.unwrap();
    let cases = [
        (SOUTH, UnitChange::Merge { into: NORTH, from: month(2014, 1) }, "unit_ended"),
        (NORTH, close(month(2012, 1)), "unit_ended"),
        (NORTH, named("北区", today()), "unit_ended"),
        (FIRM, move_to(NORTH), "unit_ended"),
    ];
    check_refused(&app, cases).await;
}

#[tokio::test]
async fn a_unit_that_does_not_exist_is_not_found() {
    let test = sqlite().await;
    let app = city(&test).await;
    assert!(matches!(change(&app, UnitId(1), close(from())).await, Err(Error::NotFound { .. })));
}

/// A street below the north.
async fn street(app: &App) -> UnitId {
    let street = NewUnit {
        code: "street".to_owned(),
        name: "街道".to_owned(),
        parent: Some(NORTH),
        ..NewUnit::default()
    };
    create(app, &console(app), &street).await.unwrap()
}

#[tokio::test]
async fn a_unit_cannot_be_merged_into_one_below_it() {
    let test = sqlite().await;
    let app = city(&test).await;
    let street = street(&app).await;
    let outcome = change(&app, NORTH, merge_into(street)).await;
    assert!(matches!(outcome, Err(Error::Invalid(problems)) if problems[0].name() == "merge_below"));
}

#[tokio::test]
async fn a_unit_merged_into_the_one_above_it_keeps_its_place() {
    let test = sqlite().await;
    let app = city(&test).await;
    let street = street(&app).await;
    change(&app, street, merge_into(NORTH)).await.unwrap();
    let page = units::show(&app, &console(&app), street).await.unwrap();
    assert_eq!(page.affiliations.len(), 1, "it hung there already");
    assert_eq!(page.merged_into.map(|into| into.id), Some(NORTH));
}

#[tokio::test]
async fn a_mistaken_move_is_put_right() {
    let test = sqlite().await;
    let app = city(&test).await;
    change(&app, FIRM, UnitChange::Move { parent: SOUTH, from: month(2012, 7) }).await.unwrap();
    let back =
        Command { unit: FIRM, seen: None, change: UnitChange::Move { parent: NORTH, from: month(2012, 7) } };
    assert!(plan(&app, &console(&app), &back).await.unwrap().replaces);
    carry_out(&app, &console(&app), &back).await.unwrap();
    let page = units::show(&app, &console(&app), FIRM).await.unwrap();
    let links: Vec<_> = page.affiliations.iter().map(|link| (link.parent, link.from, link.to)).collect();
    assert_eq!(links, [(NORTH, Month::ALWAYS, Month::NEVER)], "as if it had never left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_changes_is_stale() {
    for test in databases().await {
        let app = city(&test).await;
        let look = Command {
            unit: FIRM,
            seen: None,
            change: UnitChange::Move { parent: SOUTH, from: month(2013, 1) },
        };
        let seen = plan(&app, &console(&app), &look).await.unwrap();
        assert_eq!(
            (seen.present.map(|unit| unit.id), seen.other.map(|unit| unit.id)),
            (Some(NORTH), Some(SOUTH))
        );
        let command = Command { seen: Some(seen.version), ..look };
        carry_out(&app, &console(&app), &command).await.unwrap();
        assert!(matches!(
            carry_out(&app, &console(&app), &command).await,
            Err(Error::Stale { what: app::Thing::Unit })
        ));
        let page = units::show(&app, &console(&app), FIRM).await.unwrap();
        assert_eq!(page.affiliations.len(), 2, "moved once");
        assert_eq!(page.history.last().map(|entry| entry.action.as_str()), Some("move"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guidance_begins_and_ends() {
    for test in databases().await {
        let app = city(&test).await;
        change(&app, FIRM, UnitChange::Guide { by: Some(SOUTH), from: month(2012, 1) }).await.unwrap();
        change(&app, FIRM, UnitChange::Guide { by: None, from: month(2013, 1) }).await.unwrap();
        let snapshot = app.current(&console(&app)).await.unwrap();
        let guide = |month| snapshot.tree.parent(FIRM, Line::Guidance, month);
        assert_eq!([2011, 2012, 2013].map(|year| guide(month(year, 6))), [None, Some(SOUTH), None]);
        assert_eq!(snapshot.tree.parent(FIRM, Line::Subordination, month(2013, 6)), Some(NORTH));
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_close_with_their_enterprise() {
    for test in databases().await {
        let app = city(&test).await;
        let team = moved(&app).await;
        let close = Command { unit: FIRM, seen: None, change: UnitChange::Close { from: month(2014, 1) } };
        assert_eq!(plan(&app, &console(&app), &close).await.unwrap().below, 1);
        carry_out(&app, &console(&app), &close).await.unwrap();
        let snapshot = app.current(&console(&app)).await.unwrap();
        assert_eq!([FIRM, team].map(|unit| snapshot.units[&unit].closed_from), [Some(month(2014, 1)); 2]);
    }
}

/// A unit to be created below `parent`.
fn new_unit(code: &str, parent: UnitId, stated: &[(&str, &str)]) -> NewUnit {
    NewUnit {
        code: code.to_owned(),
        name: format!("新单位{code}"),
        parent: Some(parent),
        typed: stated.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kind_of_a_new_unit_follows_from_what_it_states() {
    for test in databases().await {
        let app = city(&test).await;
        let enterprise = [("unit_type", "170"), ("founded_on", "2011年5月1日")];
        for (new, expected) in [
            (new_unit("1", NORTH, &[]), UnitKind::Union),
            (new_unit("2", NORTH, &enterprise), UnitKind::Grassroots),
            (new_unit("3", FIRM, &[]), UnitKind::Team),
        ] {
            let id = create(&app, &console(&app), &new).await.unwrap();
            assert_eq!(app.current(&console(&app)).await.unwrap().units[&id].kind, expected, "{new:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_unit_with_a_fault_is_refused_at_its_field() {
    for test in databases().await {
        let app = city(&test).await;
        let team = moved(&app).await;
        for (new, field, expected) in [
            (new_unit("team", NORTH, &[]), "code", "repeated_unit_code"),
            (new_unit("4", NORTH, &[("unit_type", "?")]), "unit_type", "unknown_code"),
            (NewUnit { name: String::new(), ..new_unit("4", NORTH, &[]) }, "name", "missing"),
            (NewUnit { parent: None, ..new_unit("4", NORTH, &[]) }, "parent", "second_root"),
            (new_unit("4", team, &[]), "parent", "wrong_level"),
        ] {
            let outcome = create(&app, &console(&app), &new).await;
            let Err(Error::InvalidFields(faults)) = outcome else { panic!("{new:?}: {outcome:?}") };
            let faults: Vec<_> =
                faults.iter().map(|fault| (fault.field.as_str(), fault.problem.name())).collect();
            assert_eq!(faults, [(field, expected)], "{new:?}");
        }
        let unknown = create(&app, &console(&app), &new_unit("4", NORTH, &[("colour", "red")])).await;
        assert!(matches!(unknown, Err(Error::FormChanged { .. })));
    }
}

#[tokio::test]
async fn only_the_city_office_keeps_the_tree() {
    let test = sqlite().await;
    let app = city(&test).await;
    for (role, unit) in [
        (role("city-office"), NORTH),
        (role("level-2-officer"), NORTH),
        (role("enterprise-officer"), FIRM),
        (role("viewer"), CITY),
    ] {
        let actor = Actor::User {
            id: UserId(1),
            login: "somebody".to_owned(),
            name: String::new(),
            role: role.clone(),
            unit,
        };
        let ctx = Context { actor, ..console(&app) };
        let close = Command { unit: FIRM, seen: None, change: UnitChange::Close { from: month(2014, 1) } };
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
async fn the_roster_states_the_new_name_and_parent() {
    let test = sqlite().await;
    let app = city(&test).await;
    let new =
        NewUnit {
            code: "5".to_owned(), name: "旧名".to_owned(), parent: Some(NORTH), ..NewUnit::default()
        };
    let unit = create(&app, &console(&app), &new).await.unwrap();
    change(&app, unit, UnitChange::Move { parent: SOUTH, from: month(2013, 1) }).await.unwrap();
    change(&app, unit, named("新名", today())).await.unwrap();
    let page = units::show(&app, &console(&app), unit).await.unwrap();
    let roster = &page.snapshot.definition.forms[page.snapshot.definition.roster];
    let stated: BTreeMap<&str, &str> = page
        .attributes
        .iter()
        .filter_map(|(field, value)| Some((roster.fields[*field].id.as_str(), value.as_str()?)))
        .collect();
    assert_eq!((stated["name"], stated["parent"]), ("新名", SOUTH.to_string().as_str()));
}
