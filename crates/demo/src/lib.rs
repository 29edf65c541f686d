//! The demonstration city: invented units with invented records, in the requested
//! size and the same on every machine. A new installation has something to
//! look at, and the benchmark has something to count.
//!
//! The generator knows kinds (unit, register, return, baseline) and how to make
//! a value. Everything particular to a campaign is in its recipe, in the directory
//! `demonstration/` of the campaign (`docs/demonstration.md`).
//!
//! ```text
//! Recipe::read(source, campaign) --City::new(size)--> units, records(), accounts
//! ```
//!
//! Pure: no clock, no storage, and random numbers only from the seed. It never
//! stores the records: they are made one by one.

mod city;
mod person_names;
mod random;
mod recipe;
mod words;

pub use city::{
    City, Size,
    account::DemoAccount,
    history::DemoVersion,
    records::DemoRecord,
    unit::{DemoUnit, UnitSort},
};
pub use recipe::Recipe;
