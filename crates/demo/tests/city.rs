//! x
#![expect(clippy::unwrap_used, reason = "tests")]
use std::path::Path;
use campaign::{check::check, source::Source};
use demo::{City, Recipe, Size};
#[test]
fn read() {
    let source = Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../campaigns/dalian-2011-23")).unwrap();
    let campaign = check(&source).unwrap();
    let recipe = Recipe::read(&source, &campaign).unwrap_or_else(|m| { for m in &m { println!("{m}"); } panic!() });
    let city = City::new(&campaign, &recipe, &Size::SMALL);
    println!("{} units {} records", city.units().len(), city.records());
    for fact in city.facts().step_by(97).take(60) { println!("{} {:?}", campaign.forms[fact.form].id, fact.values.iter().flatten().collect::<Vec<_>>()); }
    println!("{}", city.facts().count());
}
