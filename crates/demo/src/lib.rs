//! The demonstration city: invented units with invented facts, in the size
//! that is asked for and the same on every machine, so that a fresh
//! installation has something to look at and the bench has something to count.
//!
//! The generator knows kinds (unit, register, return, baseline) and how to make
//! a value; what is particular to a campaign stands in its recipe,
//! `demonstration/` of the campaign's directory (`docs/demonstration.md`).
//!
//! ```text
//! Recipe::read(source, campaign) --City::new(size)--> units, facts(), accounts
//! ```
//!
//! Pure: no clock, no storage, no randomness but that which follows from the
//! seed. It never keeps the facts: they are made one by one.

mod city;
mod people;
mod random;
mod recipe;
mod words;

pub use city::{
    City, Size,
    account::DemoAccount,
    facts::DemoFact,
    unit::{DemoUnit, Kind},
};
pub use recipe::Recipe;
