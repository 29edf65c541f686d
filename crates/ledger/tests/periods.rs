//! Figures by half, quarter, month and union statistical year, on the small campaign: what is stated for a period counts
//! in every calendar into which the period fits whole, and in no other.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use campaign::{
    check::check,
    definition::{Definition, Goal, Indicator, IndicatorKind, Part, Path},
    formula::{Formula, Over, Term},
    source::Source,
};
use ledger::{
    balance::{Period, month_slot},
    balance_row::BalanceRow,
    figure::{Balances, CountedMonths, Figure, FigureState, Note, Question, Readings, RegionTargets, figure},
    owed::UnitCount,
};
use model::{
    month::Month,
    period::{Grain, ReportingPeriod},
};

fn definition() -> Definition {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../campaign/tests/small");
    check(&Source::read_dir(&dir).unwrap()).unwrap()
}

fn period(text: &str) -> ReportingPeriod {
    text.parse().unwrap()
}

/// One idea in each month of 2020 to 2023, and what is stated beside them: (period, ideas).
fn balances(definition: &Definition, stated: &[(&str, i64)], by_month: bool) -> Balances {
    let ideas = &definition.measures[definition.measure("ideas").unwrap().0];
    let mut rows: Vec<(Period, BalanceRow)> = Vec::new();
    let mut add = |month: Month, slot: usize, amount: i64| {
        rows.push((Period::year(month.year()), [(slot, amount)].into_iter().collect()));
        let (second, slot) = if by_month {
            (Period::month(month), slot)
        } else {
            (Period::months(month.year()), month_slot(slot, month))
        };
        rows.push((second, [(slot, amount)].into_iter().collect()));
    };
    let mut month = Month::january(2020);
    while month.year() < 2024 {
        add(month, ideas.slot(Part::Listed, Grain::Month), 1);
        month = month.next();
    }
    for (text, amount) in stated {
        add(period(text).last(), ideas.slot(Part::Unlisted, period(text).grain()), *amount);
    }
    let mut summed: std::collections::BTreeMap<Period, BalanceRow> = std::collections::BTreeMap::new();
    for (period, row) in rows {
        summed.entry(period).or_default().add_row(&row, 1);
    }
    summed.into_iter().collect()
}

/// A count of ideas, and how it is asked for.
fn count(definition: &Definition, over: Over, goal: Goal) -> Indicator {
    let mut indicator = definition.first_campaign().indicator("1.1").unwrap().clone();
    let measure = definition.measure("ideas").unwrap().0;
    indicator.formula.kind = IndicatorKind::Count;
    indicator.formula.numerator = Formula::Term(Term { measure, over });
    indicator.target = 10.0;
    indicator.goal = goal;
    indicator
}

fn asked(definition: &Definition, indicator: &Indicator, balances: &Balances, text: &str) -> Figure {
    let period = period(text);
    let other = Some(period).filter(|period| period.grain() != Grain::Year);
    asked_through(definition, indicator, balances, (period.last(), other))
}

fn asked_through(
    definition: &Definition,
    indicator: &Indicator,
    balances: &Balances,
    (through, period): (Month, Option<ReportingPeriod>),
) -> Figure {
    let question = Question {
        definition,
        campaign: definition.first_campaign(),
        readings: &Readings::default(),
        through,
        period,
        has_begun: true,
        is_running: false,
        owed: &UnitCount::default(),
        is_region: true,
        targets: &RegionTargets::default(),
        is_reported: true,
        is_single: false,
    };
    figure(&question, indicator, balances)
}

#[test]
fn what_fits_whole_counts_and_what_does_not_is_left_out() {
    let definition = definition();
    let stated = [("2022", 1000), ("2022-Q2", 100), ("2021-Q4", 200), ("U2022", 10)];
    let year = count(&definition, Over::Year, Goal::EachYear);
    for by_month in [true, false] {
        let balances = balances(&definition, &stated, by_month);
        for (text, listed, unlisted, left_out) in [
            // The quarter and the year fit; the union year does not.
            ("2022", 12.0, 1100.0, Some(10.0)),
            ("2021", 12.0, 200.0, Some(10.0)),
            ("2023", 12.0, 0.0, None),
            ("U2022", 12.0, 310.0, Some(1000.0)),
            ("U2023", 12.0, 0.0, Some(1000.0)),
            ("2022-H1", 6.0, 100.0, Some(1010.0)),
            ("2022-Q2", 3.0, 100.0, Some(1010.0)),
            ("2022-Q3", 3.0, 0.0, Some(1010.0)),
            ("2022-Q4", 3.0, 0.0, Some(1000.0)),
            ("2022-05", 1.0, 0.0, Some(1110.0)),
            ("2021-10", 1.0, 0.0, Some(210.0)),
            ("2023-02", 1.0, 0.0, None),
        ] {
            let found = asked(&definition, &year, &balances, text);
            let parts = (found.listed, found.unlisted, found.left_out);
            assert_eq!(parts, (Some(listed), Some(unlisted), left_out), "{text}");
            assert_eq!(found.value, Some(listed + unlisted), "{text}");
            assert_eq!(found.note == Some(Note::StatementsLeftOut), left_out.is_some(), "{text}");
            assert!(left_out.is_none() || found.state != FigureState::Met, "{text}");
        }
    }
}

#[test]
fn a_campaign_year_that_is_not_over_leaves_out_nothing_that_is_not_due() {
    let definition = definition();
    let balances = balances(&definition, &[("2022", 1000), ("2022-Q3", 100), ("U2022", 10)], true);
    let question = |month: i8, indicator: &Indicator| {
        asked_through(&definition, indicator, &balances, (Month::new(2022, month).unwrap(), None))
    };
    let indicator = count(&definition, Over::Year, Goal::EachYear);
    let august = question(8, &indicator);
    assert_eq!((august.value, august.left_out), (Some(8.0), Some(10.0)), "the union year began in 2021");
    let to_date = count(&definition, Over::ToDate, Goal::EachYear);
    let august = question(8, &to_date);
    assert_eq!((august.value, august.left_out), (Some(20.0), None), "it is not over");
    let september = question(9, &to_date);
    assert_eq!((september.value, september.left_out), (Some(131.0), None), "it lies whole in the campaign");
}

#[test]
fn targets_are_for_years_unless_the_figure_is_to_date() {
    let definition = definition();
    let balances = balances(&definition, &[], true);
    let by_end = || Goal::ByEnd(Path::Linear);
    for (over, goal, text, state) in [
        (Over::Year, Goal::EachYear, "2022", FigureState::Met),
        (Over::Year, Goal::EachYear, "U2022", FigureState::Met),
        (Over::Year, Goal::EachYear, "2022-H1", FigureState::NoTarget),
        (Over::Year, by_end(), "2022-Q1", FigureState::NoTarget),
        (Over::ToDate, by_end(), "2021-Q1", FigureState::OnTrack),
        (Over::ToDate, by_end(), "2022-03", FigureState::Met),
        (Over::ToDate, Goal::EachYear, "2022-03", FigureState::NoTarget),
    ] {
        let found = asked(&definition, &count(&definition, over, goal), &balances, text);
        assert_eq!(found.state, state, "{over:?} {text}");
        assert!(found.note != Some(Note::TargetNotSplit), "the region's target is not divided");
    }
}

#[test]
fn of_a_period_that_the_campaign_has_in_part_only_its_months_are_counted() {
    let definition = definition();
    let balances = balances(&definition, &[("U2021", 70), ("2021-Q3", 3), ("U2024", 5)], true);
    let of = |over, text: &str| {
        let last = period(text).last().min(definition.first_campaign().last_month());
        let indicator = count(&definition, over, Goal::EachYear);
        asked_through(&definition, &indicator, &balances, (last, Some(period(text))))
    };
    let year = of(Over::Year, "U2021");
    // January to September, where the balances have ideas of 2020 too.
    assert_eq!((year.listed, year.unlisted, year.left_out), (Some(9.0), Some(3.0), Some(70.0)));
    assert_eq!((year.state, year.target), (FigureState::NoTarget, None));
    let year = of(Over::Year, "U2024");
    assert_eq!((year.listed, year.unlisted, year.left_out), (Some(3.0), Some(0.0), Some(5.0)));
    assert_eq!((year.state, year.target), (FigureState::NoTarget, None));
    let year = count(&definition, Over::Year, Goal::EachYear);
    let without = self::balances(&definition, &[], true);
    let found = asked(&definition, &year, &without, "U2021");
    assert_eq!((found.value, found.note), (Some(9.0), Some(Note::PartOfPeriod)));
    assert_eq!(of(Over::Previous(definition.measure("ideas").unwrap().0), "U2021").value, None);
}

#[test]
fn what_is_known_by_calendar_years_has_no_value_in_other_periods() {
    let definition = definition();
    let balances = balances(&definition, &[], true);
    let indicators = &definition.first_campaign().indicators;
    let of = |id: &str, text: &str| {
        let indicator = indicators.iter().find(|indicator| indicator.id == id).unwrap();
        let found = asked(&definition, indicator, &balances, text);
        (found.value, found.note)
    };
    let unknown = (None, Some(Note::CalendarYearsOnly));
    // Growth against what was before the campaign, and persons once in a year.
    assert_eq!(of("2.1", "2021-Q3"), unknown);
    assert_eq!(of("2.1", "U2022"), unknown, "its year before began in 2020");
    assert_eq!(of("2.1", "U2023"), (Some(0.0), None));
    assert_eq!(of("2.1", "2022-Q3"), (Some(0.0), None));
    assert_eq!(of("2.2", "2022-Q2"), unknown);
    assert_eq!(of("2.2", "U2022"), unknown);
    assert_eq!(of("2.2", "2022-H1").1, Some(Note::NothingToDivideBy), "from January on it is known");
}

#[test]
fn a_period_straddles_with_a_part() {
    let definition = definition();
    let question = Question {
        definition: &definition,
        campaign: definition.first_campaign(),
        readings: &Readings::default(),
        through: period("U2022").last(),
        period: Some(period("U2022")),
        has_begun: true,
        is_running: false,
        owed: &UnitCount::default(),
        is_region: true,
        targets: &RegionTargets::default(),
        is_reported: true,
        is_single: false,
    };
    let span = CountedMonths::of_term(question.months(), Over::Year).unwrap();
    let straddling = |grain| span.straddling(grain).map(|period| period.to_string()).collect::<Vec<_>>();
    assert_eq!(straddling(Grain::Half), ["2021-H2", "2022-H2"]);
    assert_eq!(straddling(Grain::Year), ["2021", "2022"]);
    assert!(straddling(Grain::Quarter).is_empty() && straddling(Grain::UnionYear).is_empty());
    assert!(span.counts(Grain::Quarter, Month::december(2021)));
    assert!(!span.counts(Grain::Half, Month::december(2021)));
    assert_eq!(CountedMonths::of_term(question.months(), Over::AtEnd), None);
}
