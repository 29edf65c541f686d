//! Prints the figures of a demonstration city, for whoever tunes a recipe:
//! `cargo run --release -p demo --example figures -- ENTERPRISES RECORDS [TEAMS]`.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a tool for the desk: it may stop, and counts are far below 2^53"
)]

#[path = "../tests/it/common.rs"]
mod common;
#[path = "../tests/it/counted.rs"]
mod counted;

use std::time::Instant;

use demo::{City, Size, UnitSort};

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).map(|argument| argument.parse().unwrap()).collect();
    let given = |place: usize, usual: usize| arguments.get(place).copied().unwrap_or(usual);
    let size = Size {
        enterprises: given(0, 300),
        records: given(1, 60_000),
        teams: given(2, 0),
        seed: 1,
        history: true,
    };
    let (definition, recipe) = common::read();
    let start = Instant::now();
    let city = City::new(&definition, &recipe, &size);
    println!(
        "{} units, {} records planned in {:.2?}",
        city.units().len(),
        city.record_count(),
        start.elapsed()
    );
    let start = Instant::now();
    let mut by_form: campaign::definition::IdxVec<campaign::definition::Form, usize> =
        definition.forms.iter().map(|_| 0).collect();
    city.records().for_each(|fact| by_form[fact.form] += 1);
    let (made, time) = (by_form.iter().sum::<usize>(), start.elapsed());
    println!("{made} facts in {time:.2?}: {:.0} a second", made as f64 / time.as_secs_f64());
    for (form, count) in definition.forms.iter().zip(by_form) {
        println!("{count:>9} {}", form.label.zh);
    }
    let counted = counted::Counted::new(&definition, &city);
    let root = city.units()[0].id;
    let full = |value: f64| value / city.scale();
    for indicator in &definition.first_campaign().indicators {
        print!("{:<6} {:>10.3} ", indicator.id, indicator.target);
        for year in definition.first_campaign().period.first..=definition.first_campaign().period.last {
            let figure = counted.figure(root, &indicator.id, year);
            let value = figure.value.unwrap_or(f64::NAN);
            let is_count = indicator.formula.denominator.is_none();
            print!("{:>12.3} {:<9}", if is_count { full(value) } else { value }, figure.state.name());
        }
        println!("{}", indicator.label.zh);
    }
    for year in definition.first_campaign().period.first..=definition.first_campaign().period.last {
        let measure = |id: &str| full(counted.measure(id, year) as f64);
        println!(
            "{year}: {:.0} workers, {:.0} in competition, {:.0} proposals, {:.0} enterprises",
            measure("workers_avg"),
            measure("competition_persons"),
            measure("proposed"),
            measure("enterprises"),
        );
    }
    for unit in city.units().iter().filter(|unit| unit.parent == Some(root) && unit.kind == UnitSort::Union) {
        let members = city
            .units()
            .iter()
            .filter(|member| member.parent == Some(unit.id) && member.kind == UnitSort::Grassroots);
        print!("{:<8} {:>5} ", unit.name.chars().take(8).collect::<String>(), members.count());
        for id in
            ["1.1", "1.3", "1.4", "1.5", "1.6", "2.4", "2.9.1", "4.1", "4.2", "4.5.2", "4.6.1", "5.1", "5.2"]
        {
            print!(
                "{:>8.3}",
                counted
                    .figure(unit.id, id, definition.first_campaign().period.last)
                    .value
                    .unwrap_or(f64::NAN)
            );
        }
        println!();
    }
}
