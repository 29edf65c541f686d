//! Every kind of page, in both languages, against its snapshot: it comes, in
//! that language only, and the same twice.

mod accounts;
mod audit_trail;
mod definition;
mod figures;
mod home;
mod imports;
mod persons;
mod records;
mod registers;
mod returns;
mod server;
mod todo;
mod transitions;
mod units;

use model::ids::UnitId;

use crate::site::{MILL, Site, code};

fn unit(unit: UnitId) -> String {
    format!("/units/{}", code(unit))
}

fn figures(of: UnitId, rest: &str) -> String {
    format!("{}/figures{rest}", unit(of))
}

fn register(of: UnitId, form: &str) -> String {
    format!("{}/registers/{form}", unit(of))
}

/// Nobody's ID number.
const NUMBER: &str = "210202198001010008";

/// The address of a record that stands for the mill.
fn record(site: &Site) -> String {
    format!("/records/{}", site.facts[&MILL])
}
